"""The `From ` line that divides an mbox: what it looks like, and what only looks like one.

RFC 4155 gives one form (address, asctime date in UTC). Mailboxes of the last forty years hold many others:
without seconds, with a zone before or after the year, with `remote from`, with no address or with one that
has blanks in it. A line of the body may begin with the same five bytes, so the line alone does not count.
"""

from __future__ import annotations

import re

from attribution.corpus.opening import opens_with_header

__all__ = ["WINDOW", "from_line_length", "is_postmark"]

WINDOW = 4096
"""Bytes from the start of a `From ` line on that decide whether it divides; the line must end within them."""

_END = re.compile(rb"\r{0,2}\n|\r")
_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = rb"\d{1,2}:\d\d(?::\d\d)?"
_YEAR = rb"(?:(?:19|20)\d\d|\d\d)"
_ZONE = rb"(?:[A-Z]{1,5}(?:[+-]\d\d:?\d\d)?|[+-]\d{4})"
_POSTMARK = re.compile(
    rb"(?:[ \t]|\A)" + _DAY + rb",?[ \t]{1,4}(?:"
    # asctime and its kin: Thu Jan  5 10:11[:12] [CET] 1995
    + _MONTH + rb"[ \t]{1,4}\d{1,2},?[ \t]{1,4}" + _TIME + rb"(?:[ \t]{1,4}" + _ZONE + rb"){0,2}[ \t]{1,4}" + _YEAR
    # RFC 822 order: Thu, 5 Jan 1995 10:11[:12]
    + rb"|\d{1,2}[ \t-]{1,4}" + _MONTH + rb"[ \t-]{1,4}" + _YEAR + rb"[ \t]{1,4}" + _TIME
    # year before the time: Thu Jan 5 1995 10:11[:12]
    + rb"|" + _MONTH + rb"[ \t]{1,4}\d{1,2},?[ \t]{1,4}" + _YEAR + rb"[ \t]{1,4}" + _TIME
    + rb")(?!\d)"
)  # fmt: skip


def is_postmark(line: bytes) -> bool:
    """Say whether a `From ` line carries a date as a mail system writes it, anywhere in the line."""
    return _POSTMARK.search(line) is not None


def from_line_length(window: bytes) -> int | None:
    """Return the length of the dividing `From ` line that the window begins with, its end included.

    The line divides when it reads like a postmark or when a header follows it. That it stands at the file's
    start or after an empty line is for the caller to see to.

    Args:
        window: The `WINDOW` bytes from the line's start on, or all that are left of the file.

    Returns:
        The length, or None when the line is a line of text. A line without an end counts only where the
        file ends with it.
    """
    if not window.startswith(b"From "):
        return None
    end = _END.search(window)
    if end is None:
        return len(window) if len(window) < WINDOW and is_postmark(window) else None
    if is_postmark(window[: end.start()]) or opens_with_header(window[end.end() :]):
        return end.end()
    return None
