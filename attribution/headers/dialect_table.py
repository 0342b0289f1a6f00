"""The table of Received dialects: one entry for each format family, read from the TOML files of this package.

An entry has these keys:

- `id`, `name`, `since` (the year that the format was first seen in), `source` (what the entry rests on);
- `mark`: patterns by which the writing server is known, all of which must be found, or a list of such sets:
  `product` (a comment behind `by`, or in a line without `by` any comment), `protocol` (the whole `with` clause),
  `via`, `by` (the host), `id` (the whole id), `date` (its whole text) and `from` (the `from` clause, which alone the
  peer can imitate). The pattern `^$` asks for the absence of a clause. Sets with `product` go first, then larger ones.
- `shapes`: templates of the `from` clause with the peer's address, `silent` of those without one (`slots`);
- `no_peer = true`: whatever the `from` clause holds is no address of a peer that connected by SMTP;
- `verified = true`: a name in the `{rdns}` slot was looked up in both directions;
- `auth`: patterns, with one group, of how this server says that the client authenticated; `submission = true`:
  whoever gives mail to this server has logged in, and the protocol word says so;
- `match`: lines of the dialect with their reading, and `differ`: lines that must not be taken for it.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from attribution.errors import UsageError
from attribution.headers.slots import Helo, Shape, compile_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Candidate", "Dialect", "DialectTable", "Example", "Marks", "dialect_table", "read_dialects"]

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
class Marks:
    """Patterns that must all be found in a line; the module's text explains each."""

    product: _Pattern | None = None
    protocol: _Pattern | None = None
    via: _Pattern | None = None
    by: _Pattern | None = None
    queue_id: _Pattern | None = None
    date: _Pattern | None = None
    peer: _Pattern | None = None

    @property
    def rank(self) -> tuple[bool, int, int]:
        """Sort key, the most telling marks first: the program's name before all others, many before few."""
        present = [place for place, mark in enumerate(self._all) if mark is not None]
        return self.product is None, -len(present), min(present, default=len(self._all))

    @property
    def by_server(self) -> bool:
        """Whether one of them is something that the peer cannot write."""
        return any(self._all[:-1])

    @property
    def _all(self) -> tuple[_Pattern | None, ...]:
        return self.product, self.protocol, self.via, self.by, self.queue_id, self.date, self.peer


@dataclass(frozen=True, slots=True)
class Dialect:
    """One format family of the Received field; the module's text explains the parts.

    Attributes:
        is_fallback: Whether there is no mark at all, so that only the shape of the line speaks.
        auth_in_comments: Whether comments alone say how the client authenticated.
    """

    id: str
    name: str
    since: int
    source: str
    marks: tuple[Marks, ...]
    shapes: tuple[Shape, ...]
    silent: tuple[Shape, ...]
    no_peer: bool
    verified: bool
    auth: tuple[_Pattern, ...]
    submission: bool
    examples: tuple[Example, ...]
    differ: tuple[str, ...]
    is_fallback: bool
    auth_in_comments: bool


_KEYS = frozenset(
    {"id", "name", "since", "source", "mark", "shapes", "silent", "no_peer", "verified", "auth", "submission"}
    | {"match", "differ"}
)
_MARKS = {"product": "product", "protocol": "protocol", "via": "via", "by": "by", "id": "queue_id", "date": "date"}
_MARKS |= {"from": "peer"}
_ANY_CASE = frozenset({"protocol", "via", "by"})


def read_dialects(text: str, origin: str) -> list[Dialect]:
    """Return the dialects of one TOML text, in its order.

    Args:
        text: TOML with an array of tables `dialect`.
        origin: The name of the text in messages, for instance its path.

    Raises:
        UsageError: The text is no TOML, a key is missing or not known, or a pattern or template is broken.
    """
    try:
        return [_dialect(entry) for entry in tomllib.loads(text).get("dialect", [])]
    except (KeyError, TypeError, AttributeError, ValueError, re.error) as error:
        raise UsageError(f"{origin}: this table of dialects cannot be read: {error!r}") from error


def _dialect(entry: Mapping[str, Any]) -> Dialect:
    mark = entry.get("mark", {})
    marks = tuple(_marks(each) for each in (mark if isinstance(mark, list) else [mark]))
    strange = sorted(set(entry) - _KEYS)
    if strange:
        raise ValueError(f"dialect {entry.get('id')!r} has keys that are not known: {', '.join(strange)}")
    helo: Helo = "any" if all(each.by_server for each in marks) else "plain"
    return Dialect(
        id=entry["id"],
        name=entry["name"],
        since=entry["since"],
        source=entry["source"],
        marks=marks,
        shapes=tuple(compile_shape(template, helo) for template in entry.get("shapes", [])),
        # Without an address nothing tells HELO from what the server wrote: here it is always one word.
        silent=tuple(compile_shape(template, "word") for template in entry.get("silent", [])),
        no_peer=entry.get("no_peer", False),
        verified=entry.get("verified", False),
        auth=tuple(re.compile(pattern, re.ASCII) for pattern in entry.get("auth", [])),
        submission=entry.get("submission", False),
        examples=tuple(
            Example(example["line"], {name: value for name, value in example.items() if name != "line"})
            for example in entry.get("match", [])
        ),
        differ=tuple(entry.get("differ", [])),
        is_fallback=not mark,
        auth_in_comments=all(pattern.startswith(r"\(") for pattern in entry.get("auth", [])),
    )


def _marks(mark: Mapping[str, str]) -> Marks:
    return Marks(
        **{
            _MARKS[name]: re.compile(pattern, re.ASCII | (re.IGNORECASE if name in _ANY_CASE else 0))
            for name, pattern in mark.items()
        }
    )


class Candidate(NamedTuple):
    """A dialect that a line may be of, by one of its sets of marks.

    Attributes:
        number: Its place among all candidates, the most telling first.
        dialect: The dialect.
        by_server: Whether it is known by something that the peer cannot write.
        marks: All its marks.
        open_marks: Those that stand in the `from` clause, the id or the date, as places in that order and searches:
            lines hardly ever share those texts, so that they are looked for in each line.
        is_open: Whether it has such marks, or one in the host.
    """

    number: int
    dialect: Dialect
    by_server: bool
    marks: Marks
    open_marks: tuple[tuple[int, Callable[[str], re.Match[str] | None]], ...]
    is_open: bool


def _candidate(number: int, marks: Marks, dialect: Dialect) -> Candidate:
    searches = (
        None if marks.peer is None else marks.peer.search,
        None if marks.queue_id is None else marks.queue_id.fullmatch,
        None if marks.date is None else marks.date.fullmatch,
    )
    open_marks = tuple((place, search) for place, search in enumerate(searches) if search is not None)
    return Candidate(number, dialect, marks.by_server, marks, open_marks, bool(open_marks) or marks.by is not None)


class DialectTable:
    """All dialects, arranged so that few of them have to be tried on a line.

    Args:
        dialects: In order of preference among those that are marked alike.
    """

    def __init__(self, dialects: list[Dialect]) -> None:
        self.dialects = tuple(dialects)
        self._by_id = {dialect.id: dialect for dialect in dialects}
        entries = [(marks, dialect) for dialect in dialects for marks in dialect.marks]
        self._entries = [
            _candidate(number, *entry) for number, entry in enumerate(sorted(entries, key=lambda entry: entry[0].rank))
        ]
        self._by_host = tuple(entry for entry in self._entries if entry.marks.by is not None)
        # The same few programs and hosts write most lines: what they stand for is looked up once.
        self._named = lru_cache(maxsize=8_192)(self._find_named)
        self._spoken = lru_cache(maxsize=8_192)(self._find_spoken)
        self._made_by = lru_cache(maxsize=8_192)(self._find_made_by)
        self._hosted = lru_cache(maxsize=8_192)(self._find_hosted)

    def candidates(self, products: tuple[str, ...], protocol: str, via: str) -> tuple[Candidate, ...]:
        """Return the dialects that program, protocol and `via` do not rule out, the most telling first.

        Args:
            products: The comments that may name the server's program, without parentheses.
            protocol: The `with` clause, empty where the line lacks it.
            via: The `via` clause, likewise.
        """
        return self._named(products, protocol, via)

    def bears(self, candidate: Candidate, by: str, rest: tuple[str, str, str]) -> bool:
        """Say whether a line bears the marks of an open candidate that were not looked for yet.

        Args:
            candidate: One of `candidates`.
            by: The host, empty where the line lacks it.
            rest: The `from` clause with one space between words, the id, and the whole text of the date, likewise.
        """
        for place, search in candidate.open_marks:
            if search(rest[place]) is None:
                return False
        # Hosts are asked about last, because they are many and most lines are known by something else.
        return candidate.marks.by is None or candidate.number in self._hosted(by)

    def by_id(self, dialect: str) -> Dialect:
        """Return the dialect of that id."""
        return self._by_id[dialect]

    def by_number(self, number: int) -> Dialect:
        """Return the dialect of a candidate."""
        return self._entries[number].dialect

    def _find_named(self, products: tuple[str, ...], protocol: str, via: str) -> tuple[Candidate, ...]:
        """Return the candidates that the program's name, the protocol and `via` do not rule out."""
        made_by = [self._made_by(product) for product in products]
        return tuple(
            entry
            for entry in self._spoken(protocol)
            if (entry.marks.product is None or any(entry.number in numbers for numbers in made_by))
            and (entry.marks.via is None or entry.marks.via.search(via) is not None)
        )

    def _find_spoken(self, protocol: str) -> tuple[Candidate, ...]:
        return tuple(
            entry
            for entry in self._entries
            if entry.marks.protocol is None or entry.marks.protocol.fullmatch(protocol) is not None
        )

    def _find_made_by(self, product: str) -> frozenset[int]:
        marked = ((entry.number, entry.marks.product) for entry in self._entries)
        return frozenset(number for number, mark in marked if mark is not None and mark.search(product) is not None)

    def _find_hosted(self, by: str) -> frozenset[int]:
        marked = ((entry.number, entry.marks.by) for entry in self._by_host)
        return frozenset(number for number, mark in marked if mark is not None and mark.search(by) is not None)


@lru_cache(maxsize=1)
def dialect_table() -> DialectTable:
    """Return the table that comes with the package.

    Raises:
        UsageError: A file of the package is broken.
    """
    folder = files("attribution.headers").joinpath("dialects")
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)
    return DialectTable([each for path in paths for each in read_dialects(path.read_text("utf-8"), path.name)])
