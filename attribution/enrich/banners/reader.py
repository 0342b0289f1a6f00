"""One scan file read into record batches, whatever it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from attribution.enrich.banners import values
from attribution.enrich.banners.csv_table import csv_records, delimiter
from attribution.enrich.banners.expanded import Expanded, Unreadable
from attribution.enrich.banners.json_records import json_records, stands_on_lines
from attribution.enrich.banners.nmap import nmap_hosts
from attribution.enrich.banners.observations import LONGEST_TEXT, Batch, Observation, quoted, settle
from attribution.enrich.banners.parquet_table import parquet_records
from attribution.enrich.banners.tally import UNANSWERED, Fault, Log, Tally
from attribution.enrich.banners.watched import watched
from attribution.errors import InputNotFoundError, UsageError
from attribution.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator
    from datetime import datetime

    import pyarrow as pa

    from attribution.enrich.banners.observations import Found

__all__ = ["read_banners"]

Kind = Literal["json-lines", "json", "nmap", "csv", "parquet"]

_HEAD = 64 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NMAP = re.compile(rb"<nmaprun[\s>]")
_FOREIGN = (
    (b"PK\x03\x04", "a zip archive; unpack it first"),
    (b"\xff\xfe", "text in UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16; save it as UTF-8"),
    (b"\x1f\x8b", "compressed twice"),
    (b"# Nmap ", "nmap's text output; nmap's `-oX` is read"),
    (b"#masscan", "masscan's list output; masscan's `-oJ` is read"),
)


def read_banners(
    path: str | Path,
    wanted: Container[str] | None = None,
    *,
    dataset: str | None = None,
    observed: datetime | None = None,
    limits: Limits | None = None,
    tally: Tally | None = None,
    advance: Callable[[int], None] | None = None,
) -> Iterator[pa.RecordBatch]:
    """Yield the banners of one scan file in record batches of the schema `OBSERVATIONS`, in the order of the file.

    What the file is is told from its content: JSON of Shodan, Censys (v2 hosts), ZGrab2 or masscan, in lines or
    not, XML of nmap, CSV or Parquet with named columns; plain, or compressed with gzip, bzip2, xz or zstd. What
    cannot be read becomes a row of `tally.problems` and never an exception.

    Args:
        path: The file.
        wanted: Addresses, in canonical form, of which banners are kept (see `Wanted`); None keeps all.
        dataset: The column of that name; the name of the file when it is not given.
        observed: Time that is taken for banners of which the file gives none; a time without a zone is UTC.
        limits: For what compressed files may expand to.
        tally: Takes counts and problems; one may go through many files.
        advance: Called with how many more bytes of the file were read, as they lie there.

    Raises:
        InputNotFoundError: There is no such file.
        UsageError: `observed` is no time between 1990 and 2100.
    """
    path, limits = Path(path), limits or Limits()
    tally = Tally() if tally is None else tally
    time = None
    if observed is not None:
        time = values.moment(observed)
        if time is None:
            raise UsageError(f"{observed} is no time at which banners can have been seen; give one from 1990 to 2099")
    if not path.is_file():
        raise InputNotFoundError(f"no such file: {path}; give files of banners")
    log = Log(values.clean(str(path)), tally)
    tally.files += 1
    return _read(_Import(path, limits, wanted, time, values.clean(dataset or path.name), tally, log, advance))


@dataclass(slots=True)
class _Import:
    path: Path
    limits: Limits
    wanted: Container[str] | None
    observed: int | None
    dataset: str
    tally: Tally
    log: Log
    advance: Callable[[int], None] | None


def _read(run: _Import) -> Iterator[pa.RecordBatch]:
    batch = Batch(run.dataset)
    try:
        with run.path.open("rb") as file:
            for row in _rows(run, file if run.advance is None else watched(file, run.advance)):
                if batch.add(row) and (full := batch.take()) is not None:
                    yield full
    except OSError as error:
        run.log.add(Fault("malformed", f"the file cannot be read: {error.strerror}", fatal=True))
    run.log.close()
    if (rest := batch.take()) is not None:
        yield rest


def _rows(run: _Import, file: IO[bytes]) -> Iterator[Observation]:
    tally = run.tally
    for found in _records(run, file):
        if isinstance(found, Fault):
            run.log.add(found)
            continue
        ip = values.address(found.address)
        if ip is None:
            what = "no address" if found.address is None else f"{quoted(found.address)} is no address"
            run.log.add(Fault("malformed", what + found.where, found.offset))
            continue
        if run.wanted is not None and ip not in run.wanted:
            tally.elsewhere += 1
            continue
        for banner in found.banners:
            row = banner if isinstance(banner, Fault) else settle(ip, banner, run.observed)
            if isinstance(row, Observation):
                tally.kept += 1
                tally.silent += row.text is None
                tally.inferred += row.observed_inferred
                tally.cut += row.text is not None and len(row.text) == LONGEST_TEXT and "text.length" in row.hints
                yield row
            elif row is UNANSWERED:
                tally.unanswered += 1
            else:
                run.log.add(row._replace(detail=row.detail + found.where, offset=found.offset))


def _records(run: _Import, file: IO[bytes]) -> Iterator[Found | Fault]:
    timed = run.observed is not None
    stream = Expanded(file, run.limits)
    try:
        head = stream.head(_HEAD)
    except Unreadable as error:
        yield Fault(error.status, error.detail, 0, fatal=True)
        return
    kind = _kind(head)
    if isinstance(kind, Fault):
        yield kind
        return
    if kind == "parquet" and stream.compression:
        yield Fault("unsupported", f"a Parquet table within {stream.compression}; expand it first", 0, fatal=True)
        return
    run.tally.kinds[kind] += 1
    if kind == "nmap":
        yield from nmap_hosts(stream)
    elif kind == "csv":
        yield from csv_records(stream, delimiter(head) or ",", timed=timed)
    elif kind == "parquet":
        file.seek(0)
        yield from parquet_records(file, run.wanted, run.limits, run.tally, timed=timed)
    else:
        yield from json_records(stream, run.wanted, run.tally)


def _kind(head: bytes) -> Kind | Fault:
    """Tell what a file is from its first bytes, or why it is not read."""
    if not head:
        return Fault("malformed", "an empty file", 0, fatal=True)
    text = head.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if not text.strip(b"\0"):
        what = "nothing but zero bytes" if text else "nothing but empty lines"
        return Fault("malformed", what, 0, fatal=True)
    if head.startswith(b"PAR1"):
        return "parquet"
    for magic, label in _FOREIGN:
        if text.startswith(magic):
            return Fault("unsupported", label, 0, fatal=True)
    if text.startswith(b"<"):
        if _NMAP.search(head):
            return "nmap"
        return Fault("unsupported", "XML or HTML that is not nmap's", 0, fatal=True)
    if stands_on_lines(head):
        return "json-lines"
    if text[:1] in (b"{", b"["):
        return "json"
    if delimiter(head) is not None:
        return "csv"
    detail = "no scan file that is known: no JSON, no XML of nmap, no Parquet, no CSV with a column `ip`"
    return Fault("unsupported", detail, 0, fatal=True)
