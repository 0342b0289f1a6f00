"""Text from mail made fit to show to people, on a terminal and on a page."""

from __future__ import annotations

import re
import unicodedata

from attribution._text import escape_control, shorten

__all__ = ["CELL", "defang", "shown"]

CELL = 512
"""Characters of one value that are shown; the whole value is in the tables."""

_STACKED_MARKS = 3
_LINK = re.compile(r"(?i)\b(?:(?P<scheme>http|https|ftp)://|www(?=\.))[^\s/?#<>\"']{0,255}")


def defang(text: str) -> str:
    """Return text in which no program finds a link to offer: `hxxp://` for `http://`, `[.]` in its host."""
    return _LINK.sub(_defanged, text)


def shown(text: str, width: int = CELL) -> str:
    r"""Return text from mail as it may be shown: nothing in it acts, links or runs over its neighbours.

    Characters that are not printable are escaped (`\x1b`, `\u202e`), so are marks stacked on one letter
    beyond the third; links are defanged; what is longer than `width` ends in an ellipsis.

    Args:
        text: Any text. Only a little more than `width` characters of it are looked at.
        width: Characters to show at most.
    """
    text = text[: width + 1]
    if text.isascii():
        return shorten(defang(escape_control(text)), width)
    return shorten(defang(_unstack(escape_control(text))), width)


def _defanged(match: re.Match[str]) -> str:
    scheme = match["scheme"]
    host = match[0] if scheme is None else match[0].partition("://")[2]
    host = host.replace(".", "[.]")
    if scheme is None:
        return host
    return scheme.replace("tt", "xx").replace("TT", "XX").replace("ftp", "fxp") + "://" + host


def _unstack(text: str) -> str:
    out: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        out.append(char if marks <= _STACKED_MARKS else f"\\u{ord(char):04x}")
    return "".join(out)
