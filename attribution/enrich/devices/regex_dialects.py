"""Regular expressions of Ruby and Perl written as Python's, and texts made fit for expressions that others wrote."""

from __future__ import annotations

import re

__all__ = ["tamed", "translate"]

_LONGEST_TEXT = 2_048
_LONG_RUN = re.compile(r"(\s{24})\s{1,2048}+|(([^\w\s])\3{79})\3{1,2048}+|(\S{256})\S{1,2048}+")
_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
    "xdigit": "0-9a-fA-F",
    "cntrl": r"\x00-\x1f\x7f",
    "print": r"\x20-\x7e",
    "graph": r"\x21-\x7e",
    "word": r"\w",
}
_CLASS = re.compile(r"\[:(\w{1,8}):\]")
_FLAGS = re.compile(r"\(\?([a-z]{0,6})(?:-([a-z]{1,6}))?([:)])")
_NAMED = re.compile(r"\(\?<([A-Za-z_]\w{0,40})>")
_RUBY = {"A": r"\A", "z": r"\Z", "Z": r"(?=\n?\Z)", "h": "[0-9a-fA-F]", "H": "[^0-9a-fA-F]", "R": r"(?:\r\n|[\n-\r])"}
_PERL = {
    "A": r"\A",
    "z": r"\Z",
    "Z": r"(?=\n?\Z)",
    "h": r"[ \t]",
    "H": r"[^ \t]",
    "R": r"(?:\r\n|[\n-\r])",
    "e": r"\x1b",
}
_IN_CLASS = {"h": "0-9a-fA-F"}


def translate(pattern: str, *, ruby: bool) -> str:
    r"""Return a pattern for `re` that means what the given one does; what is not known stays as it is.

    In Ruby `(?m)` lets the dot match line ends and `\h` is a hexadecimal digit, in Perl `\h` is a blank. Flags in the
    middle hold to the end of the group, which Python wants written as a group.

    Args:
        pattern: As it stands in a file of fingerprints.
        ruby: Whether it is Ruby's; else Perl's.
    """
    out: list[str] = []
    open_flags = [0]  # for each open group, how many groups of flags end with it
    place = 0
    while place < len(pattern):
        char = pattern[place]
        if char == "\\":
            out.append(_escape(pattern[place + 1 : place + 2], ruby=ruby))
            place += 2
        elif char == "[":
            end = _class_end(pattern, place)
            out.append(_class(pattern[place:end], ruby=ruby))
            place = end
        elif char == "(":
            place = _open(pattern, place, out, open_flags, ruby=ruby)
        elif char == ")":
            out.append(")" * (open_flags.pop() + 1 if len(open_flags) > 1 else 1))
            place += 1
        else:
            out.append(char)
            place += 1
    return "".join(out) + ")" * open_flags[0]


def _escape(letter: str, *, ruby: bool) -> str:
    return (_RUBY if ruby else _PERL).get(letter, "\\" + letter)


def _class_end(pattern: str, start: int) -> int:
    """Return the place behind a set of characters, in which a bracket may stand first, escaped, or for a class."""
    place = start + 1
    if pattern[place : place + 1] == "^":
        place += 1
    if pattern[place : place + 1] == "]":
        place += 1
    while place < len(pattern) and pattern[place] != "]":
        named = _CLASS.match(pattern, place)
        place = named.end() if named else place + (2 if pattern[place] == "\\" else 1)
    return min(place + 1, len(pattern))


def _class(text: str, *, ruby: bool) -> str:
    inner = _CLASS.sub(lambda found: _CLASSES.get(found[1], ""), text[1:-1])
    if ruby:
        inner = inner.replace(r"\h", _IN_CLASS["h"])
    # A bracket within a set warns of set operations that Python may get one day.
    inner = re.sub(r"(?<!\\)\[", r"\\[", inner)
    return f"[{inner}]"


def _open(pattern: str, place: int, out: list[str], open_flags: list[int], *, ruby: bool) -> int:
    named = _NAMED.match(pattern, place)
    flags = _FLAGS.match(pattern, place)
    if named:
        out.append(f"(?P<{named[1]}>")
        open_flags.append(0)
        return named.end()
    if flags is None:
        out.append("(")
        open_flags.append(0)
        return place + 1
    words = flags[1].replace("m", "s") if ruby else flags[1]
    if flags[2] is not None:
        words += "-" + (flags[2].replace("m", "s") if ruby else flags[2])
    out.append(f"(?{words}:")
    if flags[3] == ")":
        open_flags[-1] += 1
    else:
        open_flags.append(0)
    return flags.end()


def tamed(text: str) -> str:
    """Return a text cut to a length, and its runs of spaces, of one sign and without spaces cut shorter still.

    Expressions that others wrote may take time that grows with the third power of such runs, or worse.
    """
    return _LONG_RUN.sub(lambda found: found[1] or found[2] or found[4], text[:_LONGEST_TEXT])
