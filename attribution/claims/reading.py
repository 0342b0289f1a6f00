"""A claims file read and checked: all that is wrong with it is said at once, each with its line."""

from __future__ import annotations

import hashlib
import math
import re
import stat
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attribution._text import shorten
from attribution.claims.lines import Lines, hint, tokens
from attribution.claims.model import About, Claim, ClaimsFile, Filter, Predicate
from attribution.claims.vocabulary import (
    FILTER_KEYS,
    GRADES,
    KINDS,
    LEAST_SAMPLE,
    OPERATORS,
    QUANTITIES,
    THING,
    nearest,
)
from attribution.enrich import access, devices
from attribution.errors import InputNotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from attribution.claims.model import Operator
    from attribution.claims.vocabulary import Kind

__all__ = ["MAX_BYTES", "ClaimsFileError", "packaged", "parse_claims", "read_claims"]

MAX_BYTES = 256 * 1024
"""A larger file is refused: a publication has some dozen claims."""
_MOST_CLAIMS = 500
_MOST_DOTS = 100
"""Full stops outside of texts in one line: the parser takes time with the square of the parts of a dotted key."""
_DEEPEST = 50
"""Brackets in brackets: the parser calls itself for each."""
_LONGEST_WORD = 1_000
"""Characters of a number or bare key."""
_MOST_ERRORS = 20
_MOST_ASKED = 500
"""Faults after which no more like words are looked for: that takes time, and few of them are told."""
_MOST_WORDS = 12
"""Words that an error lists."""
_DEVICES = f'"{THING}" or one of the types in docs/reference/device-types.md'
_CHARACTERS = {"reason": 2_000, "notes": 4_000}
_LONGEST = 1_000
_SHOWN = 60
_ABOUT = ("title", "source", "published", "who", "sample", "notes", "where")
_CLAIM = ("id", "wording", "source", "predicate", "tolerance", "quantity")
_LARGEST = 1e15


class ClaimsFileError(UsageError):
    """A claims file cannot be used.

    Attributes:
        problems: What is wrong with it, each in one line that begins with the file and the line in it.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


def packaged() -> dict[str, Path]:
    """Return the claims files that come with the program, by name."""
    folder = Path(str(files("attribution.claims") / "data"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def read_claims(path: str | Path) -> ClaimsFile:
    """Read a claims file.

    Args:
        path: The file; or the name of one that comes with the program, where there is no such file.

    Raises:
        InputNotFoundError: There is no such file.
        ClaimsFileError: It is too large, no UTF-8, no TOML, or holds what a claims file does not have.
    """
    asked = Path(path)
    known = packaged()
    found = known[str(path)] if str(path) in known and not asked.exists() else asked
    try:
        if not stat.S_ISREG(found.stat().st_mode):
            raise ClaimsFileError([f"{found} is no regular file: give a TOML file of claims"])
        with found.open("rb") as handle:
            data = handle.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        names = ", ".join(known)
        message = f"{asked} does not exist; claims files that come with the program: {names}"
        raise InputNotFoundError(message) from error
    except OSError as error:
        raise ClaimsFileError([f"{found} cannot be read: {error.strerror or error}"]) from error
    if len(data) > MAX_BYTES:
        raise ClaimsFileError([f"{found} is larger than {MAX_BYTES:,} bytes: that is no claims file"])
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ClaimsFileError([f"{found}:{line}: not UTF-8 (byte {error.start}): save it as UTF-8"]) from error
    return parse_claims(str(found), text, hashlib.sha256(data).hexdigest())


def parse_claims(path: str, text: str, sha256: str = "") -> ClaimsFile:
    """Return the claims of a text.

    Args:
        path: Where it is from, for errors.
        text: TOML.
        sha256: Of its bytes.

    Raises:
        ClaimsFileError: It holds what a claims file does not have.
    """
    text = text.replace("\r\n", "\n")
    _check_cost(path, text)
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        says, line = _of_parser(str(error), text)
        raise ClaimsFileError([f"{path}{line}: no TOML: {says}"]) from error
    reader = _Reader(path, Lines(text))
    found = reader.file(table)
    if reader.problems:
        reader.problems.sort(key=lambda problem: problem[0])
        lines = [f"{path}:{line}: {says}" for line, says in reader.problems[:_MOST_ERRORS]]
        more = len(reader.problems) - _MOST_ERRORS
        raise ClaimsFileError([*lines, *([f"{path}: and {more} more"] if more > 0 else [])])
    return ClaimsFile(path, sha256, *found)


def _check_cost(path: str, text: str) -> None:
    """Refuse what would take the parser long, or further than it can go.

    Raises:
        ClaimsFileError: There is such a thing; with its line.
    """
    depth = dots = 0
    for kind, found, line in tokens(text):
        says = ""
        if kind == "line":
            dots = 0
        elif kind == "word" and len(found) > _LONGEST_WORD:
            says = f"a number or key of {len(found):,} characters: at most {_LONGEST_WORD:,} are read"
        elif kind == "sign":
            dots += found == "."
            depth = max(0, depth + (found in "[{") - (found in "]}"))
            if dots > _MOST_DOTS:
                says = "far too many full stops for a line of a claims file"
            elif depth > _DEEPEST:
                says = f"more than {_DEEPEST} brackets in brackets: a claims file has three at most"
        if says:
            raise ClaimsFileError([f"{path}:{line}: {says}"])


_WRITE = "write key = value, and texts in quotes"
_PLACE = re.compile(r" \((?:at line (\d+), column (\d+)|at end of document)\)$")


def _of_parser(says: str, text: str) -> tuple[str, str]:
    """Return what the parser says of a fault and what to write, and the line as it stands behind the name of a file."""
    place = _PLACE.search(says)
    if place is None:
        return f"{shorten(says, 200)}; {_WRITE}", ""
    what = shorten(says[: place.start()], 200)
    if place[1] is not None:
        line, column = int(place[1]), int(place[2])
        return f"{what} (column {column}); {hint(text, what, line, column) or _WRITE}", f":{line}"
    # Where the text ends is not where the fault is: of a text without its closing quotes that is where it begins.
    last = [token.line for token in tokens(text) if token.kind != "line"] or [1]
    return f"{what}; {hint(text, what, last[-1]) or _WRITE}", f":{last[-1]}"


_Path = tuple[str | int, ...]


@dataclass(slots=True)
class _Reader:
    """Takes a table apart and notes all that is wrong with it.

    Attributes:
        path: The file. `lines`: where its keys stand.
        problems: Line and sentence of each fault.
        who: Whom a fault belongs to: `claim "devices": `.
    """

    path: str
    lines: Lines
    problems: list[tuple[int, str]] = field(default_factory=list)
    who: str = ""
    _base: Filter = field(default_factory=Filter)

    def bad(self, at: _Path, says: str) -> None:
        """Note a fault."""
        self.problems.append((self.lines.of(at), self.who + says))

    def file(self, table: dict[str, Any]) -> tuple[About, tuple[Claim, ...]]:
        """Return what the file holds."""
        self._unknown((), table, ("about", "claim"), "a claims file holds [about] and [[claim]]")
        about = self._about(table.get("about"))
        self.who = ""
        blocks = table.get("claim", [])
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            self.bad(("claim",), "a claim begins with [[claim]], in two pairs of brackets")
            blocks = []
        if not blocks:
            self.bad(("claim",), "it has no claim: write [[claim]] and its keys below")
        if len(blocks) > _MOST_CLAIMS:
            self.bad(("claim",), f"{len(blocks):,} claims: at most {_MOST_CLAIMS} are read")
            blocks = blocks[:_MOST_CLAIMS]
        claims: list[Claim] = []
        first: dict[str, int] = {}
        for number, block in enumerate(blocks):
            claim = self._claim(number, block)
            if claim.id and claim.id in first:
                self.bad(("claim", number, "id"), f"its id stands in line {first[claim.id]} already: give it another")
            first.setdefault(claim.id, self.lines.of(("claim", number, "id")))
            claims.append(claim)
        return about, tuple(claims)

    def _about(self, table: object) -> About:
        self.who = "[about]: "
        at: _Path = ("about",)
        if not isinstance(table, dict):
            self.bad(at, "missing: say what was published, with title, source, published and who")
            table = {"title": "-", "source": "-", "published": date.min, "who": "-"}
        self._unknown(at, table, _ABOUT, f"[about] has {', '.join(_ABOUT)}")
        sample = None
        if "sample" in table:
            sample = self._number(at, table, "sample")
            if sample is not None and not LEAST_SAMPLE <= sample < 1:
                says = f"sample must be a share from {LEAST_SAMPLE:g} to below 1, such as 0.1"
                self.bad((*at, "sample"), says)
        self._base = self._filter((*at, "where"), table.get("where", {}))
        return About(
            title=self._text(at, table, "title"),
            source=self._text(at, table, "source"),
            published=self._day(at, table, "published"),
            who=self._text(at, table, "who"),
            sample=sample,
            notes=self._text(at, table, "notes") if "notes" in table else None,
        )

    def _claim(self, number: int, block: dict[str, Any]) -> Claim:
        at: _Path = ("claim", number)
        name = block.get("id")
        shown = shorten(name, _SHOWN) if isinstance(name, str) and name.strip() else str(number + 1)
        self.who = f'claim "{shown}": '
        self._unknown(at, block, _CLAIM, f"a claim has {', '.join(_CLAIM)}")
        quantity = None
        if "quantity" in block:
            quantity = self._one_of(at, block, "quantity", tuple(QUANTITIES))
        predicate = self._predicate((*at, "predicate"), block)
        kind = KINDS.get(predicate.kind)
        if quantity and kind is not None and predicate.kind == "period":
            if quantity != "days":
                self.bad((*at, "quantity"), 'the figure of a "period" is its days: write quantity = "days", or nothing')
        elif quantity and kind is not None and (kind.share or "op" not in kind.needs):
            self.bad((*at, "quantity"), f'"{predicate.kind}" has no figure that could be a quantity: leave it out')
        return Claim(
            id=self._text(at, block, "id"),
            line=self.lines.of(at),
            wording=self._text(at, block, "wording"),
            source=self._text(at, block, "source"),
            predicate=predicate,
            quantity=quantity,
        )

    def _predicate(self, at: _Path, block: dict[str, Any]) -> Predicate:
        table = block.get("predicate")
        if not isinstance(table, dict):
            missing = "it has no predicate" if table is None else "predicate must be a table"
            self.bad(
                at, missing + ': write predicate = { kind = "count", of = "messages", op = "at-least", value = 1 }'
            )
            return Predicate("")
        if "kind" not in table:
            self.bad(at, f"its predicate has no kind: write kind = one of {', '.join(KINDS)}")
            return Predicate("")
        name = self._one_of(at, table, "kind", tuple(KINDS))
        if name not in KINDS:
            return Predicate("")
        kind = KINDS[name]
        known = ("kind", *kind.needs, *kind.may)
        self._unknown(at, table, known, f'"{name}" has {", ".join(known)}')
        for key in kind.needs:
            if key not in table:
                self.bad(at, f'"{name}" needs {key}{_such_as(kind, key)}')
        if kind.per and isinstance(table.get("of"), str) and table["of"] == table.get("per"):
            self.bad((*at, "per"), f"{shorten(table['of'], _SHOWN)} for each of themselves: give another of or per")
        if "with" in kind.needs and table.get("with") == {}:
            self.bad((*at, "with"), 'with holds no condition: write one, such as with = { device = "thing" }')
        op, value, value_to = self._figure(at, table, kind)
        tolerance = 0.2
        if "tolerance" in block:
            given = self._number(at[:-1], block, "tolerance")
            tolerance = 0.2 if given is None else given
            if given is not None and not 0 <= given < 1:
                self.bad((*at[:-1], "tolerance"), "tolerance must be a share from 0 to below 1, such as 0.2")
            if op not in {"about", None} or not kind.operators or "op" not in table:
                self.bad((*at[:-1], "tolerance"), 'tolerance goes with op = "about" alone')
        first, last = (self._day(at, table, key) if key in table else None for key in ("first", "last"))
        if first is not None and last is not None and last < first:
            self.bad((*at, "last"), f"last ({last}) is before first ({first})")
        return Predicate(
            kind=name,
            of=self._one_of(at, table, "of", kind.of) if "of" in table and kind.of else "messages" if kind.of else "",
            per=self._one_of(at, table, "per", kind.per) if "per" in table and kind.per else "",
            op=op,
            value=value,
            value_to=value_to,
            tolerance=tolerance,
            where=self._filter((*at, "where"), table.get("where", {}), self._base),
            having=self._filter((*at, "with"), table.get("with", {})),
            device=self._device(at, table) if "device" in table and "device" in kind.needs else "",
            first=first,
            last=last,
            reason=self._text(at, table, "reason") if "reason" in table and "reason" in kind.needs else "",
        )

    def _figure(self, at: _Path, table: dict[str, Any], kind: Kind) -> tuple[Operator | None, float, float | None]:
        """Return operator, value and upper value of a predicate."""
        if "op" not in (*kind.needs, *kind.may) or not table.keys() & {"op", "value"}:
            return None, 0.0, None
        if ("op" in table) != ("value" in table) and "op" not in kind.needs:
            self.bad(at, "op and value belong together: give both or none")
        name = self._one_of(at, table, "op", kind.operators) if "op" in table else ""
        op = next((one for one in OPERATORS if one == name), None)
        if "value" not in table:
            return op, 0.0, None
        value, value_to = table["value"], None
        if op == "between":
            if not isinstance(value, list) or len(value) != 2 or not all(map(_is_number, value)) or value[0] > value[1]:
                self.bad((*at, "value"), "between takes two numbers, the lower one first: value = [10, 20]")
                return op, 0.0, None
            value, value_to = value
        elif not _is_number(value):
            self.bad((*at, "value"), f"value must be a number, not {_called(value)}")
            return op, 0.0, None
        for one in (value, value_to):
            if one is not None and not 0 <= one <= (1 if kind.share else _LARGEST):
                limits = "a share from 0 to 1: write 0.25 for 25 %" if kind.share else f"from 0 to {_LARGEST:,.0f}"
                self.bad((*at, "value"), f"value must be {limits}")
        # Plus 0.0 for numbers with a fraction, and for -0.0 to be 0.
        return op, value + 0.0, None if value_to is None else value_to + 0.0

    def _filter(self, at: _Path, table: object, base: Filter | None = None) -> Filter:
        """Return the conditions of a filter; what it does not say, that of the whole file says."""
        base = base or Filter()
        if not isinstance(table, dict):
            self.bad(at, 'a filter is a table: write { country = "US" }')
            return base
        self._unknown(at, table, FILTER_KEYS, f"a filter has {', '.join(FILTER_KEYS)}")
        kinds = tuple(access.ACCESS_TYPES)
        begin, end = self._moment(at, table, "from"), self._moment(at, table, "to")
        if begin is not None and end is not None and end <= begin:
            self.bad((*at, "to"), "to is before from")
        return Filter(
            campaigns=self._campaigns(at, table) if "campaign" in table else base.campaigns,
            name=self._text(at, table, "name") if "name" in table else base.name,
            begin=begin if "from" in table else base.begin,
            end=end if "to" in table else base.end,
            device=self._device(at, table) if "device" in table else base.device,
            country=self._country(at, table) if "country" in table else base.country,
            access=self._some_of(at, table, "access", kinds) if "access" in table else base.access,
            not_access=self._some_of(at, table, "not-access", kinds) if "not-access" in table else base.not_access,
            grade=self._some_of(at, table, "grade", GRADES) if "grade" in table else base.grade,
        )

    # --- Single values ---------------------------------------------------------------------------------------------

    def _unknown(self, at: _Path, table: dict[str, Any], known: Collection[str], says: str) -> None:
        for key in table:
            if key not in known:
                self.bad((*at, key), f"{self._not_known('key', key, known)}; {says}")

    def _not_known(self, key: str, word: str, known: Collection[str]) -> str:
        """Return that a word is not known, with the one that may have been meant."""
        meant = nearest(word, known) if len(self.problems) < _MOST_ASKED else ""
        return f'unknown {key} "{shorten(word, _SHOWN)}"' + (f' (did you mean "{meant}"?)' if meant else "")

    def _text(self, at: _Path, table: dict[str, Any], key: str) -> str:
        value = table.get(key)
        if key not in table:
            self.bad(at, f'it has no {key}: write {key} = "..."')
        elif not isinstance(value, str):
            self.bad((*at, key), f"{key} must be a text in quotes, not {_called(value)}")
        elif not value.strip():
            self.bad((*at, key), f"{key} is empty")
        elif len(value) > _CHARACTERS.get(key, _LONGEST):
            self.bad((*at, key), f"{key} is longer than {_CHARACTERS.get(key, _LONGEST):,} characters")
        else:
            return " ".join(value.split())
        return ""

    def _one_of(self, at: _Path, table: dict[str, Any], key: str, known: Sequence[str]) -> str:
        value = table.get(key)
        if isinstance(value, str) and value in known:
            return value
        called = self._not_known(key, value, known) if isinstance(value, str) else f"{key} is {_called(value)}"
        expected = f"one of {', '.join(known)}" if len(known) <= _MOST_WORDS else _DEVICES
        self.bad((*at, key), f"{called}; expected {expected}")
        return ""

    def _some_of(self, at: _Path, table: dict[str, Any], key: str, known: Sequence[str]) -> tuple[str, ...]:
        value = table[key]
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not listed or not all(isinstance(one, str) for one in listed):
            self.bad((*at, key), f"{key} must be a text or a list of texts, of {', '.join(known)}")
            return ()
        for one in listed:
            if one not in known:
                self.bad((*at, key), f"{self._not_known(key, one, known)}; expected one of {', '.join(known)}")
        return tuple(dict.fromkeys(listed))

    def _campaigns(self, at: _Path, table: dict[str, Any]) -> tuple[int, ...]:
        value = table["campaign"]
        listed = value if isinstance(value, list) else [value]
        if not listed or not all(type(one) is int and 0 <= one < 2**63 for one in listed):
            self.bad((*at, "campaign"), "campaign must be the key of a campaign, or a list of keys, without quotes")
            return ()
        return tuple(dict.fromkeys(listed))

    def _country(self, at: _Path, table: dict[str, Any]) -> str:
        value = table["country"]
        if isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha():
            return value.upper()
        self.bad((*at, "country"), 'country must be a code of two letters, such as "US"')
        return ""

    def _device(self, at: _Path, table: dict[str, Any]) -> str:
        return self._one_of(at, table, "device", (THING, *devices.device_types()))

    def _number(self, at: _Path, table: dict[str, Any], key: str) -> float | None:
        value = table.get(key)
        if isinstance(value, int | float) and _is_number(value):
            return float(value)
        self.bad((*at, key), f"{key} must be a number, not {_called(value)}")
        return None

    def _day(self, at: _Path, table: dict[str, Any], key: str) -> date:
        value = table.get(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        says = f"it has no {key}" if value is None else f"{key} must be a day without quotes, not {_called(value)}"
        self.bad((*at, key), f"{says}: write {key} = 2014-01-16")
        return date.min

    def _moment(self, at: _Path, table: dict[str, Any], key: str) -> datetime | None:
        """Return the moment that a filter begins or ends before; a day as `to` is within."""
        value = table.get(key)
        try:
            if isinstance(value, datetime) and value.tzinfo is not None:
                return value.astimezone(UTC)
            if isinstance(value, date) and not isinstance(value, datetime):
                return datetime.combine(value, time(), UTC) + timedelta(days=1 if key == "to" else 0)
        except OverflowError:
            self.bad((*at, key), f"{key} is at the end of the calendar: leave it out")
            return None
        if key in table:
            self.bad((*at, key), f"{key} must be a day (2014-01-16) or a time with its zone (2014-01-16T10:00:00Z)")
        return None


def _is_number(value: object) -> bool:
    return type(value) in {int, float} and abs(value) <= _LARGEST and math.isfinite(value)  # type: ignore[arg-type]  # a number by now


def _called(value: object) -> str:
    """Return what a value is, in the words of TOML."""
    names = {
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a table",
        datetime: "a time",
        date: "a day",
        time: "a time of day",
        type(None): "nothing",
    }
    if type(value) is float and not math.isfinite(value):
        return f"{value} (no figure can be that)"
    if type(value) in {int, float} and not _is_number(value):
        return "a number that is too large"
    return names.get(type(value), "something else")


def _such_as(kind: Kind, key: str) -> str:
    match key:
        case "of":
            return f": one of {', '.join(kind.of)}"
        case "per":
            return f": one of {', '.join(kind.per)}"
        case "op":
            return f": one of {', '.join(kind.operators)}"
        case "with":
            return ': a filter, such as with = { device = "thing" }'
        case "reason":
            return ': reason = "..."'
        case "device":
            return ': device = "thing", or a type of device'
        case "first" | "last":
            return f": {key} = 2014-01-06"
        case _:
            return ": a number"
