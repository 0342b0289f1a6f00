"""Received lines that no dialect reads, grouped by their masked shape, with an entry for the table to fill in."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from attribution._text import shorten
from attribution.headers.slots import read_address

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["UnknownGroup", "group_unknown", "mask", "stanza"]

_LONGEST = 2_000
"""Characters of a line that make its shape."""
_SHAPES = 10_000
"""Shapes that are counted apart: hostile mail can make up any number."""
_PIECE = re.compile(r"\"[^\"]*+\"|[^\s()<>\[\]\";,=]++|\s++|.", re.DOTALL)
_NUMBER = re.compile(r"[0-9]+")
_HOST = re.compile(r"(?=.*[A-Za-z]\.?$)[\w-]++(?:\.[\w-]++)++\.?", re.ASCII)
_DATE_WORD = re.compile(
    r"(?:mon|tue|wed|thu|fri|sat|sun)(?:[a-z]{0,5}day)?|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
    r"|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?|[0-9]{4}-[0-9]{2}-[0-9]{2}\S*|[+-][0-9]{4}",
    re.IGNORECASE | re.ASCII,
)
_FIELD_NAME = re.compile(r"\s*+received\s*+:\s*+", re.IGNORECASE)
_ID_LENGTH = 8
"""Characters from which on a word with digits is taken for an id."""


@dataclass(frozen=True, slots=True)
class UnknownGroup:
    """Lines of one shape: the shape, their number, their share of all unknown lines (0 to 1), the first of them."""

    shape: str
    lines: int
    share: float
    example: str

    def as_dict(self) -> dict[str, Any]:
        """Return the group as values that JSON knows."""
        return asdict(self)


def mask(line: str) -> str:
    """Return the shape of a line: what differs from mail to mail is replaced by a word in capitals.

    Args:
        line: The value of a Received field; only its first 2,000 characters are looked at.
    """
    out: list[str] = []
    before = ""
    for piece in _PIECE.findall(line[:_LONGEST]):
        if piece.isspace():
            out.append(" ")
            continue
        masked = _masked(piece, before)
        before = piece.lower()
        if masked == "DATE" and out[-2:] in (["DATE", " "], ["DATE", ","]):
            out.pop()
        elif not (masked == "DATE" and out[-3:] == ["DATE", ",", " "]):
            out.append(masked)
            continue
        else:
            del out[-2:]
    return "".join(out).strip()


def _masked(piece: str, before: str) -> str:
    if piece.startswith('"') and len(piece) > 1:
        return '"TEXT"'
    if "@" in piece:
        return "MAIL"
    if read_address(piece.lower().removeprefix("ipv6:")) is not None:
        return "IP"
    if _DATE_WORD.fullmatch(piece):
        return "DATE"
    if before == "id" and len(piece) > 1:
        return "ID"
    if _HOST.fullmatch(piece) or (before in {"from", "by"} and piece[:1].isalnum()):
        return "HOST"
    if len(piece) >= _ID_LENGTH and any(char.isdigit() for char in piece):
        return "ID"
    return _NUMBER.sub("N", piece)


def group_unknown(lines: Iterable[str]) -> list[UnknownGroup]:
    """Return the shapes of lines, the most frequent first; shapes beyond the first 10,000 are one group `(others)`.

    Args:
        lines: Received fields that no dialect reads, with or without their name.
    """
    counts: dict[str, int] = {}
    examples: dict[str, str] = {}
    for raw in lines:
        name = _FIELD_NAME.match(raw)
        line = raw if name is None else raw[name.end() :]
        shape = mask(line)
        if shape not in counts and len(counts) >= _SHAPES:
            shape = "(others)"
        counts[shape] = counts.get(shape, 0) + 1
        examples.setdefault(shape, shorten(line, _LONGEST))
    total = sum(counts.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [UnknownGroup(shape, count, count / total, examples[shape]) for shape, count in ranked]


def stanza(group: UnknownGroup) -> str:
    """Return an entry for the table of dialects in which the words in capitals are to be filled in.

    Args:
        group: Its example becomes the first line that must match.
    """
    example = " ".join(group.example.split())
    return (
        "[[dialect]]\n"
        'id = "FILL-IN"\n'
        'name = "FILL IN: the program or service that writes these lines"\n'
        "since = 0  # the year that the format was first seen in\n"
        'source = "FILL IN: what this rests on"\n'
        "mark = { by = 'FILL IN: a pattern of the host behind by' }  # or product, protocol, via, id, date, from\n"
        'shapes = ["FILL IN: the from clause, such as {helo} ({rdns} [{ip}])"]\n'
        f'match = [{{ line = {_toml(example)}, ip = "FILL IN" }}]\n'
        "differ = []\n"
    )


def _toml(text: str) -> str:
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    return char if char.isprintable() else f"\\U{ord(char):08x}"
