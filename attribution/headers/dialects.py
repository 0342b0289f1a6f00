"""The table of Received dialects: one entry for each format family, read from the TOML files of this package.

An entry has these keys:

- `id`, `name`, `since` (the year that the format was first seen in), `source` (what the entry rests on);
- `mark`: patterns by which the writing server is known, all of which must be found: `product` (a comment behind
  `by`, or in a line without `by` any comment), `protocol` (the whole `with` clause), `via`, `by` (the host),
  `id` (the whole id), `date` (the whole text) and `from` (the `from` clause, which alone the peer can imitate). A mark `^$` on `id` or
  `protocol` asks for its absence;
- `shapes`: templates of the `from` clause with the peer's address, `silent` of those without one (`slots`);
- `no_peer = true`: whatever the `from` clause holds is no address of a peer that connected by SMTP;
- `verified = true`: a name in the `{rdns}` slot was looked up in both directions;
- `auth`: patterns, with one group, of how this server says that the client authenticated;
- `match`: lines of the dialect with their reading, and `differ`: lines that must not be taken for it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping  # noqa: TC003 - dataclass fields name them
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from attribution.errors import UsageError
from attribution.headers.slots import Shape, compile_shape

__all__ = ["Dialect", "DialectTable", "Example", "dialect_table", "read_dialects"]

_Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Example:
    """A line of a dialect, and what must be read from it.

    Attributes:
        line: The value of the field.
        expected: Attributes of `Hop` and their values; a date as text of RFC 3339.
    """

    line: str
    expected: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One format family of the Received field; the module's text explains the parts.

    Attributes:
        marks_server: Whether a mark is something that the peer cannot write.
        is_fallback: Whether there is no mark at all, so that only the shape of the line speaks.
    """

    id: str
    name: str
    since: int
    source: str
    product: _Pattern | None
    protocol: _Pattern | None
    via: _Pattern | None
    by: _Pattern | None
    queue_id: _Pattern | None
    date: _Pattern | None
    peer: _Pattern | None
    shapes: tuple[Shape, ...]
    silent: tuple[Shape, ...]
    no_peer: bool
    verified: bool
    auth: tuple[_Pattern, ...]
    examples: tuple[Example, ...]
    differ: tuple[str, ...]

    marks_server: bool
    is_fallback: bool


_MARKS = {"product": 0, "protocol": re.IGNORECASE, "via": re.IGNORECASE, "by": re.IGNORECASE}
_MARKS |= {"id": 0, "date": 0, "from": 0}
_KEYS = frozenset(
    {"id", "name", "since", "source", "mark", "shapes", "silent", "no_peer", "verified", "auth", "match", "differ"}
)


def read_dialects(text: str, origin: str) -> list[Dialect]:
    """Return the dialects of one TOML text, in its order.

    Args:
        text: TOML with an array of tables `dialect`.
        origin: The name of the text in messages, for instance its path.

    Raises:
        UsageError: The text is no TOML, a key is missing or not known, or a pattern or template is broken.
    """
    try:
        entries = tomllib.loads(text).get("dialect", [])
        return [_dialect(entry) for entry in entries]
    except (KeyError, TypeError, AttributeError, ValueError, re.error) as error:
        raise UsageError(f"{origin}: this table of dialects cannot be read: {error!r}") from error


def _dialect(entry: Mapping[str, Any]) -> Dialect:
    strange = sorted(set(entry) - _KEYS) + sorted(set(entry.get("mark", {})) - set(_MARKS))
    if strange:
        raise ValueError(f"dialect {entry.get('id')!r} has keys that are not known: {', '.join(strange)}")
    mark = {name: re.compile(text, re.ASCII | _MARKS[name]) for name, text in entry.get("mark", {}).items()}
    by_server = any(name != "from" for name in mark)
    return Dialect(
        id=entry["id"],
        name=entry["name"],
        since=entry["since"],
        source=entry["source"],
        product=mark.get("product"),
        protocol=mark.get("protocol"),
        via=mark.get("via"),
        by=mark.get("by"),
        queue_id=mark.get("id"),
        date=mark.get("date"),
        peer=mark.get("from"),
        shapes=tuple(compile_shape(template, any_helo=by_server) for template in entry.get("shapes", [])),
        silent=tuple(compile_shape(template, any_helo=by_server) for template in entry.get("silent", [])),
        no_peer=entry.get("no_peer", False),
        verified=entry.get("verified", False),
        auth=tuple(re.compile(pattern, re.ASCII) for pattern in entry.get("auth", [])),
        examples=tuple(
            Example(example["line"], {name: value for name, value in example.items() if name != "line"})
            for example in entry.get("match", [])
        ),
        differ=tuple(entry.get("differ", [])),
        marks_server=by_server,
        is_fallback=not mark,
    )


class DialectTable:
    """All dialects, arranged so that few of them have to be tried on a line.

    Args:
        dialects: In order of preference among those that are marked alike.
    """

    def __init__(self, dialects: list[Dialect]) -> None:
        self.dialects = tuple(dialects)
        # What the server calls itself says more than the protocol, that more than its host name or its ids.
        self._named = tuple(sorted((d for d in dialects if d.product or d.protocol or d.via), key=_rank))
        unnamed = [d for d in dialects if not (d.product or d.protocol or d.via)]
        self._hosts = tuple(sorted((d for d in unnamed if d.by), key=_rank))
        self._shaped = tuple(sorted((d for d in unnamed if not d.by), key=_rank))
        self._by_name = lru_cache(maxsize=8_192)(self._find_by_name)
        self._by_host = lru_cache(maxsize=8_192)(self._find_by_host)

    def candidates(
        self, value: str, peer: tuple[int, int] | None, products: tuple[str, ...], texts: tuple[str, str, str, str, str]
    ) -> Iterator[Dialect]:
        """Yield the dialects whose marks a line bears, the most telling first.

        Args:
            value: The value of the field.
            peer: Where the `from` clause lies in it.
            products: The comments that may name the server's program, without parentheses.
            texts: The `with` clause, the `via` clause, the host behind `by`, the id and the date; empty where absent.
        """
        protocol, via, by, queue_id, date = texts
        for dialects in (self._by_name(products, protocol, via), self._by_host(by), self._shaped):
            for dialect in dialects:
                if (
                    (dialect.by is None or dialect.by.search(by) is not None)
                    and (dialect.queue_id is None or dialect.queue_id.fullmatch(queue_id) is not None)
                    and (dialect.date is None or dialect.date.fullmatch(date) is not None)
                    and (
                        dialect.peer is None
                        or (peer is not None and dialect.peer.search(value, *peer) is not None)
                    )
                ):
                    yield dialect

    def _find_by_name(self, products: tuple[str, ...], protocol: str, via: str) -> tuple[Dialect, ...]:
        return tuple(
            dialect
            for dialect in self._named
            if (dialect.product is None or any(dialect.product.search(product) for product in products))
            and (dialect.protocol is None or dialect.protocol.fullmatch(protocol) is not None)
            and (dialect.via is None or dialect.via.search(via) is not None)
        )

    def _find_by_host(self, by: str) -> tuple[Dialect, ...]:
        return tuple(dialect for dialect in self._hosts if dialect.by is not None and dialect.by.search(by))


def _rank(dialect: Dialect) -> tuple[int, int]:
    marks = (dialect.product, dialect.protocol, dialect.via, dialect.by, dialect.queue_id, dialect.date, dialect.peer)
    first = next((place for place, mark in enumerate(marks) if mark is not None), len(marks))
    return first, -sum(mark is not None for mark in marks)


@lru_cache(maxsize=1)
def dialect_table() -> DialectTable:
    """Return the table that comes with the package.

    Raises:
        UsageError: A file of the package is broken.
    """
    folder = files("attribution.headers").joinpath("dialects")
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)
    dialects = [dialect for path in paths for dialect in read_dialects(path.read_text("utf-8"), path.name)]
    return DialectTable(dialects)
