"""Every regular expression of the package, pumped: none may cost more than time that grows with the text (C.5, 6)."""

from __future__ import annotations

import ast
import fnmatch
import importlib
import pkgutil
import re
import time
from dataclasses import fields, is_dataclass
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]  # the parse tree of `re` has no public name
from re import _parser as parser  # type: ignore[attr-defined]  # likewise
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import attribution
from attribution.headers import peer
from attribution.headers.dialect_table import dialect_table
from attribution.limits import Limits
from attribution.origin.profiles import profiles
from attribution.workers import within

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(attribution.__file__).parent
LONGEST = Limits().field_bytes
SHORTER = {"mark": peer._LONGEST_TEXT, "peer": peer.LONGEST_CLAUSE, "shape": peer.LONGEST_CLAUSE}
"""Characters that the callers of dialect patterns let through at most, where that is less than a field's limit."""


class Use(NamedTuple):
    """One pattern, how it is asked, and the longest text that it is ever given."""

    pattern: re.Pattern[Any]
    methods: tuple[str, ...]
    longest: int
    place: str


def modules() -> list[str]:
    """Name every module of the package."""
    found = pkgutil.walk_packages([str(ROOT)], "attribution.")
    return [item.name for item in found if item.name != "attribution.__main__"]


def inside(value: object, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    """Give the patterns in a value, also in containers."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from inside(item, depth)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from inside(item, depth)
    elif is_dataclass(value) and not isinstance(value, type) and depth < 3:
        for field in fields(value):
            yield from inside(getattr(value, field.name), depth + 1)


def asked(tree: ast.Module) -> dict[str, set[str]]:
    """Return by which methods each name of a module is asked."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found.setdefault(node.value.id, set()).add(node.attr)
    return found


METHODS = {"search", "match", "fullmatch"}
SEARCHING = {"sub": "search", "subn": "search", "split": "search", "findall": "search", "finditer": "search"}


def uses() -> list[Use]:
    """Return every pattern of the package once."""
    found: dict[tuple[Any, int], Use] = {}

    def note(pattern: re.Pattern[Any], methods: tuple[str, ...], longest: int, place: str) -> None:
        found.setdefault((pattern.pattern, pattern.flags), Use(pattern, methods, longest, place))

    for dialect in dialect_table().dialects:
        for marks in dialect.marks:
            for field in fields(marks):
                for pattern in inside(getattr(marks, field.name)):
                    note(pattern, ("search", "fullmatch"), SHORTER.get(field.name, SHORTER["mark"]), dialect.id)
        for shape in (*dialect.shapes, *dialect.silent):
            note(shape.pattern, ("fullmatch",), SHORTER["shape"], dialect.id)
        for pattern in dialect.auth:
            note(pattern, ("search",), LONGEST, dialect.id)
    for profile in profiles():
        for name in profile.outbound_names:
            note(re.compile(fnmatch.translate(name)), ("match",), SHORTER["mark"], profile.id)
    for name in modules():
        module = importlib.import_module(name)
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        names = asked(tree)
        for variable, value in vars(module).items():
            methods = {SEARCHING.get(method, method) for method in names.get(variable, set())} & METHODS
            for pattern in inside(value):
                note(pattern, tuple(sorted(methods)) or ("search",), LONGEST, name)
        for function, pattern in written(tree):
            if function != "compile":
                note(pattern, (SEARCHING.get(function, function),), LONGEST, name)
    return list(found.values())


def written(tree: ast.Module) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """Give the functions of `re` that are called with a pattern as a literal, and that pattern."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.func.attr, re.compile(node.args[0].value)


PROBES = 'a0 .-(\t@:;"<[]>=?\\\n\xe9Z'


def choices(items: list[tuple[Any, Any]]) -> list[str]:
    """Return characters out of a set, of as many kinds as it holds."""
    test = re.compile("[" + "".join(_written(item) for item in items) + "]")
    return [char for char in PROBES if test.match(char)] or [chr(first) for op, first in items if op is sre.LITERAL]


_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}


def _written(item: tuple[Any, Any]) -> str:
    op, value = item
    if op is sre.NEGATE:
        return "^"
    if op is sre.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    if op is sre.CATEGORY:
        return _CATEGORIES[value]
    return re.escape(chr(value))


def sample(tree: Any, seed: int, times: int = 1) -> str:  # noqa: ANN401 (the tree has no type)
    """Return a text that part of a pattern matches, one of several by seed; what it repeats comes `times`."""
    out = []
    for op, value in tree:
        if op is sre.LITERAL:
            out.append(chr(value))
        elif op is sre.NOT_LITERAL:
            out.append(next(char for char in PROBES[seed % 4 :] if ord(char) != value))
        elif op is sre.ANY:
            out.append(PROBES[seed % len(PROBES)])
        elif op is sre.IN:
            kinds = choices(value)
            out.append(kinds[seed % len(kinds)] if kinds else "a")
        elif op is sre.BRANCH:
            out.append(sample(value[1][seed % len(value[1])], seed, times))
        elif op is sre.SUBPATTERN:
            out.append(sample(value[-1], seed, times))
        elif op is sre.ATOMIC_GROUP:
            out.append(sample(value, seed, times))
        elif op in REPEATS:
            least, most, body = value
            out.append(sample(body, seed, times) * min(max(least, times), most))
    return "".join(out)


REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
MANY = 20
"""Times that a part may be repeated from which it is pumped."""


def pumps(tree: Any, seed: int, before: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 (as above)
    """Give for each repeated part what leads to it, and what to repeat."""
    for op, value in tree:
        if op in REPEATS:
            if value[1] >= MANY:
                yield before, sample(value[2], seed)
                yield before, sample(value[2], seed, 2)
            yield from pumps(value[2], seed, before)
        elif op is sre.BRANCH:
            for branch in value[1]:
                yield from pumps(branch, seed, before)
        elif op is sre.SUBPATTERN:
            yield from pumps(value[-1], seed, before)
        elif op is sre.ATOMIC_GROUP:
            yield from pumps(value, seed, before)
        elif op in (sre.ASSERT, sre.ASSERT_NOT):
            yield from pumps(value[1], seed, before)
        before += sample([(op, value)], seed)


def texts(pattern: re.Pattern[Any]) -> list[tuple[str, str, str]]:
    """Return beginnings, what to repeat behind them, and endings that spoil the match."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else 0)
    found: dict[tuple[str, str, str], None] = {}
    for seed in range(4):
        for before, unit in pumps(tree, seed):
            if unit:
                found |= dict.fromkeys([(before, unit, ""), (before, unit, "\0"), ("", before + unit, "\0")])
    return list(found)


def cost(use: Use, text: str | bytes) -> float:
    """Return the processor time of the dearest way in which the pattern is asked."""
    worst = 0.0
    for method in use.methods:
        ask = getattr(use.pattern, method)
        start = time.thread_time()
        ask(text)
        worst = max(worst, time.thread_time() - start)
    return worst


BOUND = 0.25
"""Seconds that no text may cost; genuine ones take microseconds."""
NOTICED = 0.02
"""Seconds below which growth is not looked at: the clock is too coarse, and nobody is hurt."""
GROWTH = 8
"""Times that four times the text may cost: linear is 4, quadratic 16."""


def faults(use: Use) -> Iterator[str]:
    """Give the pumped texts that a pattern takes too long for."""
    for before, unit, end in texts(use.pattern):
        costs = []
        for size in (use.longest // 64, use.longest // 16, use.longest // 4, use.longest):
            whole = before + unit * max(1, (size - len(before)) // len(unit)) + end
            text = whole.encode("latin-1", "replace") if isinstance(use.pattern.pattern, bytes) else whole
            costs.append(cost(use, text))
            if costs[-1] > NOTICED:
                costs[-1] = min(costs[-1], *(cost(use, text) for _ in range(2)))
            grows = len(costs) > 1 and costs[-1] > NOTICED and costs[-1] > GROWTH * costs[-2]
            if costs[-1] > BOUND or grows:
                yield f"{use.place}: {use.pattern.pattern!r} on {before!r} + {unit!r} * n + {end!r}: {costs}"
                break


USES = uses()


def test_every_pattern_that_is_compiled_is_among_those_that_are_pumped() -> None:
    known = {use.pattern.pattern for use in USES}
    assert len(known) > 300
    for name in modules():
        tree = ast.parse(Path(str(importlib.import_module(name).__file__)).read_text("utf-8"))
        missing = [pattern.pattern for _, pattern in written(tree) if pattern.pattern not in known]
        assert not missing, name


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"\s+$", "search"),
        (r"a*a*b", "match"),
        (r"<[^>]*>", "search"),
        (r"(?:\d+,?)+;", "match"),
        (r"(\w+)*@", "match"),
    ],
)
@pytest.mark.benchmark
def test_patterns_that_are_known_to_be_slow_are_found(pattern: str, method: str) -> None:
    use = Use(re.compile(pattern), (method,), LONGEST, "here")
    try:
        found = within(2, lambda: next(faults(use), None))
    except TimeoutError:
        return
    assert found is not None


@pytest.mark.benchmark
@pytest.mark.parametrize("place", sorted({use.place for use in USES}))
def test_no_text_makes_a_pattern_slow(place: str) -> None:
    mine = [use for use in USES if use.place == place]
    assert within(60, lambda: [fault for use in mine for fault in faults(use)]) == []
