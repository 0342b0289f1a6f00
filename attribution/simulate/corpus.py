"""A whole simulated corpus in a folder: mail, truth, IP databases, a scan, the receiver, and what it all is."""

from __future__ import annotations

import contextlib
import errno
import gzip
import io
import ipaddress
import json
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution._version import __version__
from attribution.errors import CaseExistsError, OutputError, UsageError
from attribution.simulate.databases import write_databases
from attribution.simulate.frames import FORMATS, begin_mail, end_of, name_of_mail
from attribution.simulate.networks import HOSTS, HOUSEHOLDS, OFFICES, address_text
from attribution.simulate.presets import PRESETS
from attribution.simulate.truth import TRUTH_ADDRESSES, TRUTH_MESSAGES, TruthFile
from attribution.simulate.work import (
    Job,
    MailPiece,
    ScanPiece,
    Workshop,
    do_piece,
    mail_pieces,
    prepare,
    scan_pieces,
)
from attribution.workers import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from attribution.simulate.networks import Network

__all__ = ["NOTICE", "VARIANTS", "State", "simulate"]

VARIANTS = ("things", "nat")
"""What `--truth` takes."""
NOTICE = """\
All of this is invented. No message was ever sent, nobody in it exists, and no address, network, provider or firm in it
says anything about a real one. The addresses lie in blocks from which no mail comes on the public Internet (parts of
eleven /8 held by the US Department of Defense), the AS numbers are for private use (RFC 6996). Names of makers and of
large mail providers stand there because real mail and real scans hold them; what they do here is made up.

`attribution simulate` wrote this folder; the options are in simulation.json.
"""
_HALF = ".unfinished"
"""Where the corpus grows; its parts take their names when all of them are whole."""


class State(NamedTuple):
    """How far a simulation is.

    Attributes:
        stage: `planning`, `writing mail`, `writing scan` or `writing truth`.
        messages: That have been written.
        done: Bytes of mail that have been written.
        total: Bytes of mail that there will be, estimated; None where nothing is known yet.
    """

    stage: str
    messages: int = 0
    done: int = 0
    total: int | None = None


def simulate(
    preset: str,
    messages: int,
    seed: int,
    out: str | Path,
    *,
    format: str = "mbox",  # noqa: A002 (the option's name)
    truth: Literal["things", "nat"] = "things",
    workers: int | None = None,
    progress: Callable[[State], None] | None = None,
) -> dict[str, Any]:
    """Write a corpus of invented mail with the truth about it; the same arguments give the same bytes.

    Args:
        preset: One of `PRESETS`.
        messages: How many.
        seed: What decides.
        out: The folder; new or empty.
        format: One of `FORMATS`.
        truth: Who sent the mail of bots: `things`, or `nat`: computers behind the same routers. The mail is the same.
        workers: Processes; None for one for each core. With 1 this process does all itself.
        progress: Is told how far it is.

    Returns:
        What `simulation.json` holds.

    Raises:
        UsageError: An argument makes no sense.
        CaseExistsError: The folder holds something, or is a file.
        OutputError: The folder cannot be written; nothing of the corpus was kept.
    """
    _check(preset, messages, seed, format, truth)
    folder = Path(out)
    half = folder / _HALF
    say = progress or (lambda _state: None)
    _refuse_what_is_there(folder)
    try:
        # What a run left that was killed.
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        say(State("planning"))
        world = PRESETS[preset].world(messages)
        job = Job(messages, seed, world, truth, format, half / name_of_mail(format))
        for name in ("truth", "databases", "scan") if job.scanned else ("truth", "databases"):
            (half / name).mkdir()
        count = workers or os.cpu_count() or 1
        counts = _write(job, half, count, say)
        write_databases(half / "databases", int(world.start.timestamp()))
        (half / "receiver.toml").write_text(_receiver(world.receiver), "utf-8")
        (half / "NOTICE.txt").write_text(NOTICE, "utf-8")
        told: dict[str, Any] = {
            "notice": "All of this is invented; see NOTICE.txt.",
            "preset": preset,
            "messages": messages,
            "seed": seed,
            "format": format,
            "truth": truth,
            "mail": name_of_mail(format),
            "first_day": f"{world.start:%Y-%m-%d}",
            "days": world.days,
            "versions": {"attribution": __version__, "numpy": np.__version__},
            "counts": counts,
        }
        (half / "simulation.json").write_text(json.dumps(told, indent=2) + "\n", "utf-8")
        # The file that says what the folder is comes last.
        for path in sorted(half.iterdir(), key=lambda path: (path.name == "simulation.json", path.name)):
            path.rename(folder / path.name)
        half.rmdir()
    except OSError as error:
        shutil.rmtree(half, ignore_errors=True)
        if error.errno in _NOT_OF_THE_FOLDER:
            raise
        raise _not_written(folder, error) from error
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    return told


_NOT_OF_THE_FOLDER = {errno.EPIPE, errno.ENOMEM, errno.EAGAIN, errno.EMFILE, errno.ENFILE}
"""What a reader that has gone and a system that is short of memory, processes or open files say."""
_WHAT_NEXT = {
    errno.ENOSPC: "make space there, or choose another --out",
    errno.EDQUOT: "make space there, or choose another --out",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f), or ask for fewer messages",
}


def _not_written(folder: Path, error: OSError) -> OutputError:
    reason = str(error) if error.errno is None else os.strerror(error.errno)
    what_next = _WHAT_NEXT.get(error.errno or 0, "choose another --out")
    return OutputError(f"{folder} could not be written: {reason}. Nothing of it was kept; {what_next}")


def _check(preset: str, messages: int, seed: int, kind: str, truth: str) -> None:
    for name, value, known in (
        ("preset", preset, tuple(PRESETS)),
        ("format", kind, FORMATS),
        ("truth", truth, VARIANTS),
    ):
        if value not in known:
            message = f"{name} {value!r} is not known; give one of {', '.join(known)}"
            raise UsageError(message)
    if not 1 <= messages <= _MOST:
        message = f"{messages} messages cannot be simulated; give a number from 1 to {_MOST:,}"
        raise UsageError(message)
    if seed < 0:
        message = f"seed {seed} is negative; give 0 or more"
        raise UsageError(message)


_MOST = 10_000_000
"""Messages at most: above, the addresses of the invented households run short."""


def _refuse_what_is_there(folder: Path) -> None:
    """Let only a new or an empty folder pass, or one that holds no more than what a killed run left."""
    try:
        str(folder).encode("utf-8")
    except UnicodeEncodeError as error:
        # The library that writes the tables takes no other names.
        message = f"{str(folder)!r} is no valid UTF-8: choose another name for the folder"
        raise UsageError(message) from error
    try:
        held = [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return
    except NotADirectoryError as error:
        file = next((path for path in (folder, *folder.parents) if path.is_file()), folder)
        message = f"{file} is a file, and was not touched; give a new or an empty folder"
        raise CaseExistsError(message) from error
    except OSError as error:
        raise _not_written(folder, error) from error
    if any(name != _HALF for name in held):
        message = f"{folder} holds something already, and nothing in it was touched; give a new or an empty folder"
        raise CaseExistsError(message)


def _write(job: Job, half: Path, workers: int, say: Callable[[State], None]) -> dict[str, Any]:
    """Write mail, truth and scan, and return the counts."""
    begin_mail(job.kind, job.mail, job.messages)
    book = _Book(job.kind)
    lines = 0
    types: list[str | None] = []
    scan = half / "scan" / "shodan.json.gz"
    with contextlib.ExitStack() as stack:
        # Pieces of folders are written by the workers themselves.
        whole = end_of(job.kind) or job.kind == "mbox"
        mail = stack.enter_context(job.mail.open("wb")) if whole else None
        banners = stack.enter_context(scan.open("wb")) if job.scanned else io.BytesIO()
        table = stack.enter_context(TruthFile(half / "truth" / "messages.parquet", TRUTH_MESSAGES))
        made = _Made(job, half / "plan", workers)
        for piece in stack.enter_context(contextlib.closing(made.pieces())):
            if isinstance(piece, MailPiece):
                if mail is not None:
                    mail.write(piece.data)
                table.add(book.enter(piece))
                say(State("writing mail", book.messages, book.size, book.size * job.messages // book.messages))
            else:
                banners.write(piece.data)
                lines += piece.lines
                types += piece.types
                say(State("writing scan", book.messages))
        if mail is not None:
            mail.write(end_of(job.kind))
        say(State("writing truth", book.messages))
        shop = made.shop
        servers = book.servers(shop.homes.ip, job.seed)
        more, kinds = _scan_servers(shop, servers)
        banners.write(gzip.compress(more, 6, mtime=0))
        lines += more.count(b"\n") if job.scanned else 0
    rows = _addresses(shop, types, servers, kinds)
    with TruthFile(half / "truth" / "addresses.parquet", TRUTH_ADDRESSES) as table:
        table.add(rows)
    return _counts(shop, book, rows, lines)


class _Made:
    """The pieces of a corpus, made by this process or by others.

    Args:
        job: What is made.
        plan: A folder for the plan, which the others go by.
        workers: How many others; with 1 there are none.

    Attributes:
        shop: Is there with the first piece.
    """

    shop: Workshop

    def __init__(self, job: Job, plan: Path, workers: int) -> None:
        self._job, self._plan, self._workers = job, plan, workers

    def pieces(self) -> Generator[MailPiece | ScanPiece, None, None]:
        """Give the pieces in their order."""
        job = self._job
        if self._workers == 1 or mail_pieces(job.messages) < 2:
            self.shop = Workshop(job)
            for what, number in self._items():
                yield self.shop.mail(number) if what == "mail" else self.shop.scan(number)
            return
        self._plan.mkdir()
        with WorkerPool(do_piece, self._workers, prepare, (job, self._plan)) as pool:
            for _, piece in pool.run(self._batches()):
                if piece is not None:
                    yield piece
        shutil.rmtree(self._plan)

    def _batches(self) -> Iterator[tuple[int, list[tuple[str, int]]]]:
        # With the first one the other processes come up; they load their modules while this one plans.
        yield 0, [("start", 0)]
        self.shop = Workshop(self._job)
        self.shop.keep(self._plan)
        for number, item in enumerate(self._items(), 1):
            yield number, [item]

    def _items(self) -> Iterator[tuple[str, int]]:
        yield from (("mail", number) for number in range(mail_pieces(self._job.messages)))
        yield from (("scan", number) for number in range(scan_pieces(self.shop.homes)))


class _Book:
    """What is learnt of the mail while it is written.

    Args:
        kind: Its format.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._written = 0
        self.messages = 0
        self.size = 0
        self.kinds: Counter[str] = Counter()
        self.senders: Counter[str] = Counter()
        self._servers: Counter[str] = Counter()

    def enter(self, piece: MailPiece) -> pa.Table:
        """Return the rows of a piece as they stand in the whole."""
        rows = pa.ipc.open_stream(piece.rows).read_all()
        if self._kind == "mbox":
            place = rows.schema.get_field_index("offset")
            rows = rows.set_column(place, rows.schema.field(place), pc.add(rows["offset"], self._written))
        self._written += len(piece.data)
        self.size += piece.size
        self.messages += rows.num_rows
        for counter, column in ((self.kinds, rows["kind"]), (self.senders, rows["sender_kind"])):
            _count(counter, column)
        _count(self._servers, rows["handover_ip"].filter(pc.invert(pc.is_valid(rows["botnet"]))))
        return rows

    def servers(self, homes: np.ndarray[Any, np.dtype[np.int64]], seed: int) -> list[tuple[int, int]]:
        """Return the servers that handed mail over, and for each a neighbour; numbers, and how many messages.

        Args:
            homes: Addresses that are taken.
            seed: Of the world.
        """
        found = {int(ipaddress.IPv4Address(ip)): count for ip, count in self._servers.items()}
        taken = {*found, *homes.tolist()}
        rng = np.random.default_rng([seed, 0x53525652])
        for number in sorted(found):
            beside = (number & ~255) + int(rng.integers(1, 255))
            if beside not in taken:
                found[beside] = 0
        return sorted(found.items())


def _count(counter: Counter[str], column: pa.ChunkedArray) -> None:
    for entry in pc.value_counts(column.combine_chunks()).to_pylist():
        counter[entry["values"]] += entry["counts"]


_NETWORKS = {network.base >> 18: network for network in (*HOUSEHOLDS, *HOSTS, *OFFICES)}


def _network(number: int) -> Network:
    return _NETWORKS[number >> 18]


def _scan_servers(shop: Workshop, servers: list[tuple[int, int]]) -> tuple[bytes, list[str | None]]:
    """Return the lines of the scan for servers, and what answers at each."""
    if not shop.job.scanned:
        return b"", [None] * len(servers)
    lines: list[str] = []
    types: list[str | None] = []
    world = shop.job.world
    middle = int(world.start.timestamp()) + world.days * 43200
    for number, messages in servers:
        data, kind = shop.scanner.server(number, _network(number), middle, sends=messages > 0)
        lines.append(data)
        types.append(kind)
    return "".join(lines).encode("ascii"), types


def _addresses(
    shop: Workshop, types: list[str | None], servers: list[tuple[int, int]], kinds: list[str | None]
) -> pa.Table:
    """Return the table of addresses."""
    homes = shop.homes
    more = len(servers)
    numbers = np.concatenate([homes.ip, np.array([number for number, _ in servers], np.int64)])
    messages = np.concatenate([homes.messages, np.array([sent for _, sent in servers], np.int64)])
    sends = messages > 0
    # A bot that was made and never used is no neighbour either: it is left out.
    kept = np.concatenate([~homes.sends | (homes.messages > 0), np.ones(more, np.bool_)])
    networks = [_network(number) for number in numbers.tolist()]
    sent_by = np.where(homes.thing, "thing", "pc").tolist() + ["server"] * more
    columns: tuple[Any, ...] = (
        [address_text(number) for number in numbers.tolist()],
        [network.asn for network in networks],
        [network.country for network in networks],
        [network.access for network in networks],
        messages,
        np.concatenate([homes.messages > 0, np.zeros(more, np.bool_)]),
        np.concatenate([homes.hosts, np.array([int(sent > 0) for _, sent in servers], np.int64)]),
        [*types, *kinds],
        np.concatenate([homes.answers, np.full(more, shop.job.scanned)]),
        [who if sending else None for who, sending in zip(sent_by, sends.tolist(), strict=True)],
        ~sends,
    )
    table = pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, TRUTH_ADDRESSES, strict=True)],
        schema=TRUTH_ADDRESSES,
    )
    rows = np.flatnonzero(kept)
    return table.take(rows[np.argsort(numbers[rows], kind="stable")])


def _counts(shop: Workshop, book: _Book, rows: pa.Table, lines: int) -> dict[str, Any]:
    plan = shop.simulation.plan
    sent = plan.sender >= 0
    # By counting: `np.unique` is many times slower.
    spam = np.flatnonzero(np.bincount(plan.label[sent]))
    bots = np.flatnonzero(np.bincount(plan.sender[sent]))
    salts = np.sort(plan.bots.salt[bots])
    machines = int(np.count_nonzero(salts[1:] != salts[:-1])) + min(len(salts), 1)
    senders = rows.filter(pc.greater(rows["messages"], 0))
    own = senders.filter(senders["bot"])
    return {
        "mail_bytes": book.size,
        "kinds": dict(sorted(book.kinds.items())),
        "sender_kinds": dict(sorted(book.senders.items())),
        "campaigns_of_bots": len(spam),
        "botnets": len(np.unique(plan.bots.botnet[bots])),
        "sending_addresses": senders.num_rows,
        "bot_addresses": own.num_rows,
        "bot_machines": machines,
        "most_mails_of_a_bot_address": pc.max(own["messages"]).as_py() or 0,
        "neighbours": rows.num_rows - senders.num_rows,
        "scan_lines": lines,
    }


def _receiver(domain: str) -> str:
    return (
        "# Who the receiver of this invented mail is, for --trust.\n"
        f'hosts = [\n  "{domain}",\n]\nnetworks = [\n  "10.20.0.0/24",\n]\n'
    )
