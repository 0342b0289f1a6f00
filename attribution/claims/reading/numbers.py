"""Numbers as they were written: `750.000` is seven hundred and fifty to TOML, and 750 thousand to half of the world."""

from __future__ import annotations

import math
import re

from attribution._text import shorten

__all__ = ["LARGEST", "Written", "is_number", "misread"]

LARGEST = 1e15
"""The largest number that is read."""
_THOUSANDS = re.compile(r"\+?([1-9][0-9]{0,2})\.([0-9]{3})")
_EXPONENT = re.compile(r"[eE]")
_SHOWN = 60


class Written(float):
    """A number with a full stop or an exponent.

    Attributes:
        text: As it stands in the file.
    """

    text: str

    def __new__(cls, text: str) -> Written:
        """Return the number that a text of TOML is."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def is_number(value: object) -> bool:
    """Return whether a value is a number that a figure can be."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= LARGEST and math.isfinite(value)


def misread(value: object, *, whole: bool) -> str:
    """Return what is wrong with how a number was written, and what to write; empty where nothing is.

    Args:
        value: A number that `is_number` takes, and no negative one.
        whole: Whether it counts whole things. They have no full stop (an exponent without a fraction may stand); of
            other numbers only what may be thousands is wrong.
    """
    if not isinstance(value, Written):
        return ""
    thousands = _THOUSANDS.fullmatch(value.text)
    together = "".join(thousands.groups()) if thousands else ""
    parted = "_".join(thousands.groups()) if thousands else ""
    if not whole:
        if not thousands:
            return ""
        decimal = value.text.rstrip("0")
        decimal += "0" if decimal[-1] == "." or decimal == value.text else ""
        return f"{value.text} may be a fraction or thousands: write {decimal}, or {together} or {parted}"
    if value.is_integer() and _EXPONENT.search(value.text):
        return ""
    written = f"{together} or {parted}" if thousands else str(int(value)) if value.is_integer() else "a whole number"
    return f"whole things are counted: write {written} in place of {shorten(value.text, _SHOWN)}"
