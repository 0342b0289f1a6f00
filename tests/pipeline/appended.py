"""Mail in waves, batches worked off in this process, and what of a case has to stay the same."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from attribution import analyze
from attribution.pipeline import analysis, batch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pytest

    from attribution import Case
    from attribution.models import Problem, RawMessage
    from attribution.pipeline.batch import BatchCounts

__all__ = [
    "common",
    "everything",
    "files",
    "ham",
    "letter",
    "made",
    "mbox",
    "partition",
    "rows",
    "tables",
    "wave",
    "work_here",
]

_TREES = ("cedar", "elder", "hazel", "juniper", "laurel", "maple", "olive", "poplar", "quince", "rowan")
_HERBS = ("amber", "basil", "dahlia", "fennel", "ginger", "iris", "nettle", "sorrel", "thyme", "willow")
_WORDS = (*_TREES, *_HERBS)
_WAVES = {"parcel": "Your parcel waits at the depot", "invoice": "Invoice overdue, final reminder"}
_LINKS = {"parcel": "parcel-tracking.ru", "invoice": "pay-invoice.info"}
_FILES = {"parcel": b"%PDF-1.4 label of the parcel " * 40, "invoice": b"%PDF-1.4 invoice of the year " * 40}


_PART = "--=_x\nContent-Type: application/pdf; name={}.pdf\nContent-Transfer-Encoding: base64\n\n{}\n"

_MIXED = b'\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=_x"\n\n'


def letter(number: int, subject: str, body: str, ip: str, sender: str) -> bytes:
    """Return a message that a Postfix server of example.net received from `ip`."""
    host = sender.partition("@")[2]
    day, hour = 5 + number % 20, number % 24
    return f"""Received: from mail.{host} (mail.{host} [{ip}])
\tby mx.example.net (Postfix) with ESMTP id 4AbC{number:05d}
\tfor <ann@example.net>; Mon, {day} Jan 2026 {hour:02d}:00:{number % 60:02d} +0000
From: <{sender}>
To: ann@example.net
Subject: {subject}
Message-ID: <{number}@{host}>
Date: Mon, {day} Jan 2026 {hour:02d}:00:00 +0000

{body}
""".encode()


def ham(*numbers: int) -> list[bytes]:
    """Return messages that have nothing to do with one another."""
    found = []
    for number in numbers:
        one, two, three, four = (_WORDS[(number * factor + at) % 20] for at, factor in enumerate((1, 3, 7, 9)))
        body = f"{four} {one} of {three}: see the {two} and then the {four}{number}"
        ip = f"28.{number % 200}.{number * 7 % 250}.{number % 240 + 1}"
        found.append(letter(number, f"{one} {two} {three}", body, ip, f"u{number}@{one}{two}{number}.com"))
    return found


def wave(kind: str, *numbers: int, links: Iterable[str] = (), files: bool = True) -> list[bytes]:
    """Return messages of one campaign, each from a host of its own; `links` names the waves whose links and
    attachments they hold; without `files` only the links.
    """
    found = []
    for number in numbers:
        shown = list(links) or [kind]
        body = " ".join(f"see http://{_LINKS[link]}/track/{number} now" for link in shown)
        ip, sender = f"29.{number % 200}.{number * 7 % 250}.{number % 240 + 1}", f"r{number}@host{number}.org"
        if files:
            parts = "".join(_PART.format(link, b64encode(_FILES[link]).decode()) for link in shown)
            body = f"--=_x\n\n{body}\n{parts}--=_x--"
        one = letter(number, _WAVES[kind], body, ip, sender)
        found.append(one.replace(b"\n\n", _MIXED, 1) if files else one)
    return found


def common(*numbers: int) -> list[bytes]:
    """Return unrelated messages that all have the subject of the parcels, each with a link of its own."""
    own = zip(numbers, wave("parcel", *numbers, files=False), strict=True)
    return [each.replace(b"parcel-tracking.ru", b"depot%d.ru" % number) for number, each in own]


def mbox(path: Path, messages: Iterable[bytes]) -> Path:
    """Write messages into an mbox file and return its path."""
    path.write_bytes(b"".join(b"From x@y Mon Jan  5 10:00:00 2026\n" + each + b"\n" for each in messages))
    return path


class _Here:
    """Stands for the pool: the batches are worked off in this process, which no test of tables minds."""

    faults = 0

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401 (those of the pool)
        self._setup = arguments[3]

    def __enter__(self) -> _Here:
        batch.set_up_worker(*self._setup)
        return self

    def __exit__(self, *_: object) -> None:
        batch._setup = None

    def run(self, batches: Iterator[tuple[int, list[RawMessage | Problem]]]) -> Iterator[tuple[int, BatchCounts]]:
        for number, items in batches:
            yield number, batch.process_batch(number, items, [])


def work_here(patch: pytest.MonkeyPatch, none: Path) -> None:
    """Start no worker processes, which is faster, and look for no databases of this machine."""
    patch.setattr(analysis, "WorkerPool", _Here)
    patch.setattr(batch, "limit_memory", lambda _: None)
    patch.setattr("attribution.pipeline.batch.gc.freeze", lambda: None)
    patch.setenv("ATTRIBUTION_DATA", str(none))


def made(folder: Path, messages: Iterable[bytes], out: str = "case", **options: Any) -> Case:  # noqa: ANN401 (those of analyze)
    """Return a case made of an mbox file `first.mbox` that holds these messages."""
    return analyze(mbox(folder / "first.mbox", messages), out=folder / out, workers=1, **options)


def partition(case: Case) -> set[frozenset[int]]:
    """Return the campaigns as sets of messages, whatever their keys."""
    labelled = case.messages.dropna(subset="campaign")
    return {frozenset(part) for part in labelled.groupby("campaign")["message"].agg(list)}


def rows(case: Case, table: str, *without: str) -> list[dict[str, Any]]:
    """Return the rows of a table without some columns."""
    return [{name: row[name] for name in row if name not in without} for row in case.table(table).to_pylist()]


def tables(folder: Path) -> dict[str, str]:
    """Return the digests of all parts of all tables."""
    parts = sorted(folder.glob("*/part-*.parquet"))
    return {str(part.relative_to(folder)): hashlib.sha256(part.read_bytes()).hexdigest() for part in parts}


def files(folder: Path) -> set[str]:
    """Return the names of all that lies in a folder."""
    return {path.name for path in folder.iterdir()}


def everything(folder: Path) -> dict[str, bytes]:
    """Return each file below a folder, hidden ones too, with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
