"""Text from mail made safe to show, and bytes made text without loss; a leaf that every stage may use."""

from __future__ import annotations

__all__ = ["decode", "escape_control", "shorten"]


def decode(data: bytes) -> str:
    """Return bytes as text: UTF-8 where they are valid UTF-8, else one character for each byte (Latin-1)."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def escape_control(text: str) -> str:
    r"""Return text in which nothing can act in a terminal: every character that is not printable is escaped.

    Control characters, escape sequences, bidirectional overrides and zero-width characters come out as
    `\x1b`, `\u202e` and so on. Line feeds are escaped as well: callers lay out lines, mail does not.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode("ascii") for char in text
    )


def shorten(text: str, width: int) -> str:
    """Return text of at most `width` characters, with an ellipsis where it was cut."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"
