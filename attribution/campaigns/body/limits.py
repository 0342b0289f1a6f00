"""Caps on what is read of one message's body."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BodyLimits"]


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Caps that keep one message's body from costing more than some milliseconds.

    What a cap cut off is said in `BodyTraits.detail`, but for the numbers of values that are kept.
    """

    message_bytes: int = 1024 * 1024
    """Bytes that are read; of a longer message the head."""
    header_bytes: int = 256 * 1024
    """Bytes within which the header must end."""
    lines: int = 20_000
    """Lines of a message of several parts that are read; a mebibyte of base64 has 14,000."""
    parts: int = 100
    """Parts that are read."""
    depth: int = 8
    """Parts within parts; what lies deeper is not taken apart."""
    field_chars: int = 2_000
    """Characters of one Content field that are read."""
    text_bytes: int = 64 * 1024
    """Bytes of plain text that are read, of all parts together."""
    html_bytes: int = 256 * 1024
    """Bytes of HTML that are read, of all parts together."""
    html_depth: int = 500
    """Nesting of HTML elements; browsers stop at 512."""
    html_copies: int = 100_000
    """Elements that the HTML standard may have a parser make anew where tags cross each other."""
    links: int = 64
    """Links that are read."""
    domains: int = 8
    """Domains that are kept."""
    shapes: int = 6
    """Path shapes that are kept."""
    attachments: int = 8
    """Hashes that are kept."""
    phones: int = 4
    """Telephone numbers that are kept."""
    wallets: int = 4
    """Wallets that are kept."""
    words: int = 1_000
    """Words that count for the sketch."""
    start_chars: int = 200
    """Characters of the text that are kept for people."""
