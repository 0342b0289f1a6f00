"""Shapes of paths: what the links of one campaign keep in common when ids and readers change."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from attribution.campaigns.randomness import is_random

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["path_shape"]

_SHAPE_CHARS = 160
_SEGMENTS = 12
_SEGMENT_CHARS = 80
_KEYS = 12
_PIECES = re.compile(r"[^\W_]+|[\W_]+")
_HEX = re.compile(r"[0-9a-fA-F]{8,}")
_UUID = re.compile(
    r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}|(?:[0-9a-fA-F]{2,12}-){4,8}[0-9a-fA-F]{2,12}"
)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_LETTERS = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
_END = re.compile(r"[#\s\"'<>]")
_QUERY_DIVIDER = re.compile(r"&amp;|[&;]")


def path_shape(rest: str, recipients: Collection[str] = ()) -> str | None:
    """Return the shape of what follows the host of a web address, or None where it could be of any site.

    Words stay, in lower case; numbers become `#`, random tokens and the recipient's address `*`. Of the query
    stay the sorted names, and whether a value is empty, a number, or anything else. The fragment does not count.
    `/wp-content/x7Gk2Pq/login.php?id=12&e=a%40example.org` gives `/wp-content/*/login.php?e=*&id=#`.

    Args:
        rest: Path, query and fragment, as written.
        recipients: Addresses that the message went to, lower case.
    """
    end = _END.search(rest)
    path, _, query = (rest[: end.start()] if end else rest).replace("\\", "/").partition("?")
    segments = [segment for segment in path.split("/", _SEGMENTS)[:_SEGMENTS] if segment]
    shaped = [_segment(segment[:_SEGMENT_CHARS], len(segment) > _SEGMENT_CHARS) for segment in segments]
    if recipients:
        both = zip(segments, shaped, strict=True)
        shaped = ["*" if _names_reader(segment, recipients) else shape for segment, shape in both]
    keys = _query_keys(query) if query else []
    # A shape needs a word of its own: a folder or file with a name, or two named values.
    if not any(_has_word(shape) for shape in shaped) and sum(_is_telling(key.partition("=")[0]) for key in keys) < 2:
        return None
    shape = "/" + "/".join(shaped)
    if keys:
        shape += "?" + "&".join(keys)
    return shape[:_SHAPE_CHARS]


@cache
def _common() -> frozenset[str]:
    text = files("attribution.campaigns.body").joinpath("data/common_paths.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


@lru_cache(maxsize=32_768)
def _has_word(shape: str) -> bool:
    if shape in _common():
        return False
    return any(len(word) >= 3 and word not in _common() for word in _LETTERS.findall(shape))


def _is_telling(key: str) -> bool:
    return key[:1] not in {"*", "#", ""} and key not in _common()


def _names_reader(segment: str, recipients: Collection[str]) -> bool:
    folded = segment.lower().replace("%40", "@")
    return "@" in folded or any(folded == address.partition("@")[0] for address in recipients)


@lru_cache(maxsize=32_768)
def _segment(segment: str, is_cut: bool) -> str:
    text = _UUID.sub("*", _PERCENT.sub("-", segment))
    if is_cut or "@" in text or _is_code(text):
        return "*"
    pieces = [_piece(piece) for piece in _PIECES.findall(text)]
    if sum(piece == "*" for piece in pieces) > 1 and all(piece in {"*", "#", "-", "_", "."} for piece in pieces):
        return "*"
    return "".join(pieces)


def _is_code(text: str) -> bool:
    """Say whether a segment as a whole is a code: base64 with its signs, or a UUID."""
    return len(text) >= 20 and not any(char in "./ " for char in text) and _is_mixed(text)


def _is_mixed(text: str) -> bool:
    """Say whether letters of both cases and digits stand in one token."""
    return any(c.isdigit() for c in text) and any(c.isupper() for c in text) and any(c.islower() for c in text)


def _piece(piece: str) -> str:
    if not piece[0].isalnum():
        return piece[:3]
    if piece.isdigit():
        return "#"
    if is_random(piece[:64]) or (_HEX.fullmatch(piece) and any(c.isdigit() for c in piece)):
        return "*"
    if len(piece) >= 5 and _is_mixed(piece):
        return "*"
    folded = _NUMBER.sub("#", piece.lower())
    # Letters and digits by turns: part of a code.
    return "*" if folded.count("#") > 1 or (folded[0] == "#" and len(folded) > 1) else folded


def _query_keys(query: str) -> list[str]:
    found: dict[str, None] = {}
    for item in _QUERY_DIVIDER.split(query[:1_000], maxsplit=_KEYS)[:_KEYS]:
        name, sign, value = item.partition("=")
        if not item:
            continue
        if not sign:
            found["*" if not value and not name.isalpha() else _key(name[:24])] = None
        else:
            found[f"{_key(name[:24])}={'#' if value.isdigit() else '*' if value else ''}"] = None
    return sorted(found)


@lru_cache(maxsize=8_192)
def _key(name: str) -> str:
    text = _PERCENT.sub("-", name)
    return "".join(_piece(piece) for piece in _PIECES.findall(text)) or "*"
