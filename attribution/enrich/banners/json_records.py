"""The records of a JSON file, whichever scanner wrote them and however they stand in it.

Two ways of standing are told apart: one record to a line, in which a broken line costs only itself, and texts that
span lines, in which records are found by their brackets. masscan's files are read by lines: whichever version wrote
them, their records stand on lines of their own, between brackets and commas that are no JSON in some versions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from attribution.enrich.banners import censys, masscan, shodan, zgrab2
from attribution.enrich.banners.documents import documents
from attribution.enrich.banners.json_text import parse
from attribution.enrich.banners.lines import lines
from attribution.enrich.banners.observations import Found
from attribution.enrich.banners.prefilter import is_elsewhere
from attribution.enrich.banners.tally import Fault

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from types import ModuleType

    from attribution.enrich.banners.expanded import Expanded
    from attribution.enrich.banners.tally import Tally

__all__ = ["json_records", "stands_on_lines"]

# A record that begins its line; the elements of printed JSON are indented, or begin with a bracket alone.
_RECORD_LINE = re.compile(rb'\A\s*+[\[,]?[ \t]*+\{[ \t]*+(?:"|finished)')
_LINE_ENDS = b" \t\r,]"
_FRAME = frozenset({b"", b"[", b"]", b",", b"],", b"[]"})
# The last line of masscan's older files, with the name in quotes or without.
_FINISHED = re.compile(rb'\{[ \t]*+"?finished"?[ \t]*+:[ \t]*+1[ \t]*+\}')
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WRAPPED = (("result", "hits"), ("matches",), ("hits",), ("results",))
"""Where answers of search interfaces have their records."""


def stands_on_lines(head: bytes) -> bool:
    """Say whether a file has one record to a line.

    Args:
        head: Its first bytes; a line that goes beyond them is taken for a record.
    """
    found = head.removeprefix(_BYTE_ORDER_MARK).split(b"\n")
    last = len(found) - 1
    for place, line in enumerate(found):
        begun = _RECORD_LINE.match(line)
        if begun is None or (place and line[:1] in b" \t"):
            continue
        in_list = line.lstrip()[:1] == b"["
        if place == last:  # it may be cut
            return not in_list
        if line.rstrip(_LINE_ENDS).endswith(b"}") and not (in_list and b"]" in line[-4:]):
            return True
    return False


def json_records(stream: Expanded, wanted: Container[str] | None, tally: Tally) -> Iterator[Found | Fault]:
    """Yield the records of a file with what its scanner says of their addresses.

    Args:
        stream: The file.
        wanted: Addresses of which records are read; None for all.
        tally: Counts the records that are passed over unread.
    """
    by_line = stands_on_lines(stream.head(64 * 1024))
    for item in lines(stream) if by_line else documents(stream):
        if isinstance(item, Fault):
            yield item
            continue
        offset, line = item
        if wanted is not None and is_elsewhere(line, wanted):
            tally.elsewhere += 1
            continue
        if by_line:
            line = _bare(line)
            if not line:
                continue
        value = parse(line)
        if isinstance(value, Fault):
            yield value._replace(offset=offset)
        else:
            yield from _found(value, offset)


def _bare(line: bytes) -> bytes:
    """Return the record of a line without what frames it; nothing for a line that is frame alone."""
    line = line.removeprefix(_BYTE_ORDER_MARK).strip()
    if line in _FRAME:
        return b""
    if line[:1] == b"," or (line[:1] == b"[" and line[-1:] != b"]"):
        line = line[1:].lstrip()
    if line[-1:] == b",":
        line = line[:-1].rstrip()
    if line[:1] == b"{" and line[-1:] == b"]":
        line = line[:-1].rstrip(b" \t,")
    return b"" if _FINISHED.fullmatch(line) else line


def _found(value: object, offset: int) -> Iterator[Found | Fault]:
    kind = _kind(value)
    if kind is not None:
        yield Found(offset, kind.address(value), kind.banners(value))
        return
    for record in _unwrapped(value):
        kind = _kind(record)
        if kind is None:
            yield Fault("unsupported", "a JSON value that is no record of a scanner that is known", offset)
        else:
            yield Found(offset, kind.address(record), kind.banners(record))


def _unwrapped(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        for path in _WRAPPED:
            inner: object = value
            for key in path:
                inner = inner.get(key) if isinstance(inner, dict) else None
            if isinstance(inner, list):
                return inner
        if isinstance(value.get("result"), dict):
            return [value["result"]]
    return [value]


def _kind(record: object) -> ModuleType | None:
    if not isinstance(record, dict):
        return None
    return next((kind for kind in (shodan, zgrab2, censys, masscan) if kind.fits(record)), None)
