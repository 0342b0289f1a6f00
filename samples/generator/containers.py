"""The files that mail is kept in, and the place of each message in them."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import shutil
import tarfile
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from .model import Sample, Truth, asctime, at

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["COLUMNS", "Row", "write_corpus", "write_expected"]

COLUMNS = (
    "path",
    "index",
    "offset",
    "sha256",
    "status",
    "kind",
    "receiver",
    "handover_ip",
    "handover_grade",
    "origin_ip",
    "origin_grade",
    "campaign",
    "note",
)

_QUOTED = re.compile(rb"^(>*From )", re.MULTILINE)
_FIXED_TIME = int(at(20, 0).timestamp())


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `expected.csv`.

    Attributes:
        path: The file below `samples/mail/`, with `!/` before the path inside an archive.
        index: Place among the messages of the path, from 0.
        offset: First byte of the message in the (expanded) file.
        sha256: Of the message's bytes as they stand there.
        truth: What is true of it.
    """

    path: str
    index: int
    offset: int
    sha256: str
    truth: Truth


def write_corpus(folder: Path, samples: Iterable[Sample]) -> list[Row]:
    """Write every container of the corpus; return a row for each item in them.

    Args:
        folder: Where to write; what is there is replaced.
        samples: All items.
    """
    boxes: dict[str, list[Sample]] = {}
    for sample in samples:
        boxes.setdefault(sample.box, []).append(sample)
    for found in boxes.values():
        found.sort(key=lambda sample: (sample.when, sample.data))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    rows = _mbox(folder / "company.mbox", "company.mbox", boxes["company"])
    rows += _folder(folder / "foundation", "foundation", boxes["foundation"])
    rows += _maildir(folder / "university", "university", boxes["university"])
    rows += _mbox(folder / "reader.mbox.gz", "reader.mbox.gz", boxes["reader"], takeout=True)
    rows += _archive(folder / "reported.tar.gz", "reported.tar.gz", boxes["reported"])
    return rows


def write_expected(path: Path, rows: Sequence[Row]) -> None:
    """Write `expected.csv`."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            place = {"path": row.path, "index": row.index, "offset": row.offset, "sha256": row.sha256}
            writer.writerow(place | asdict(row.truth))


def _mbox(path: Path, shown: str, samples: Sequence[Sample], *, takeout: bool = False) -> list[Row]:
    """Write an mbox that quotes as mboxrd does; as Google exports one, it has CR LF and an odd postmark."""
    out = io.BytesIO()
    rows = []
    end = b"\r\n" if takeout else b"\n"
    for index, sample in enumerate(samples):
        if takeout:
            mark = f"From {1_850_000_000_000_000_000 + index * 7919}@xxx {asctime(sample.when, '+0000')}"
        else:
            mark = f"From {sample.postmark or 'MAILER-DAEMON'} {asctime(sample.when)}"
        data = _QUOTED.sub(rb">\1", sample.data).replace(b"\n", end)
        out.write(mark.encode() + end)
        rows.append(_row(shown, index, out.tell(), data, sample))
        out.write(data + end)
    path.write_bytes(_gzip(out.getvalue()) if takeout else out.getvalue())
    return rows


def _folder(path: Path, shown: str, samples: Sequence[Sample]) -> list[Row]:
    """Write a folder of single files with CR LF."""
    path.mkdir()
    rows = []
    for index, sample in enumerate(samples):
        name = f"{index + 1:03d}{sample.suffix}"
        data = _crlf(sample)
        (path / name).write_bytes(data)
        rows.append(_row(f"{shown}/{name}", 0, 0, data, sample))
    return rows


def _maildir(path: Path, shown: str, samples: Sequence[Sample]) -> list[Row]:
    """Write a Maildir as Dovecot does; the last few messages are not yet seen.

    `tmp` is left out: git keeps no empty folder.
    """
    rows = []
    for part in ("cur", "new"):
        (path / part).mkdir(parents=True)
    for index, sample in enumerate(samples):
        name = f"{int(sample.when.timestamp())}.M{index:06d}P4711.mail,S={len(sample.data)}"
        part, name = ("new", name) if index >= len(samples) - 5 else ("cur", f"{name}:2,{'RS' if index % 4 else 'S'}")
        (path / part / name).write_bytes(sample.data)
        rows.append(_row(f"{shown}/{part}/{name}", 0, 0, sample.data, sample))
    return rows


def _archive(path: Path, shown: str, samples: Sequence[Sample]) -> list[Row]:
    """Write a compressed tar of single files with CR LF."""
    out = io.BytesIO()
    rows = []
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for index, sample in enumerate(samples):
            name = f"reported/{index + 1:03d}{sample.suffix}"
            data = _crlf(sample)
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(data), _FIXED_TIME, 0o644
            tar.addfile(info, io.BytesIO(data))
            rows.append(_row(f"{shown}!/{name}", 0, 0, data, sample))
    path.write_bytes(_gzip(out.getvalue()))
    return rows


def _crlf(sample: Sample) -> bytes:
    return sample.data if sample.verbatim else sample.data.replace(b"\n", b"\r\n")


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=9, mtime=0)


def _row(path: str, index: int, offset: int, data: bytes, sample: Sample) -> Row:
    return Row(path, index, offset, hashlib.sha256(data).hexdigest(), sample.truth)
