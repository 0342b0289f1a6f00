"""What servers add in comments about the session: TLS, authentication, the envelope sender."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["IS_ANNOTATION", "authenticated_protocol", "envelope_sender", "tls_session"]

IS_ANNOTATION = re.compile(
    r"\(\s*+(?:using\b|tls|ssl|cipher\b|version\s?=|no\s+client|client\s+(?:did|cert|cn)|authenticated|auth[:=\s]"
    r"|envelope-|mailfrom:|verified\s|not\s+verified\s|encrypted|uid\s+\d|user[=:]|no\s+auth|authentication"
    r"|google\s+transport|sender\b|smtp-auth)",
    re.IGNORECASE | re.ASCII,
)
"""Matches at the opening parenthesis of a comment that speaks of the session and not of the peer's name."""

_RFC3848 = re.compile(r"(?:UTF8)?(?:E?SMTPS?A|LMTPS?A|ASMTPS?)", re.IGNORECASE | re.ASCII)


@lru_cache(maxsize=4_096)
def authenticated_protocol(protocol: str) -> str | None:
    """Return the word of a `with` clause that says that the client authenticated (RFC 3848, RFC 6531).

    `ASMTP` is the older word of Exim and of some Windows servers.

    Args:
        protocol: The text of the clause.
    """
    return next((word for word in protocol.split() if _RFC3848.fullmatch(word.strip("(),;"))), None)


_TLS = (
    re.compile(r"\busing (?P<version>(?:TLS|SSL)\S*) with cipher (?P<cipher>[\w./:+-]+)", re.ASCII),
    re.compile(r"\bversion\s?=\s?(?P<version>[\w./-]+)[,;\s]\s*(?:cipher\s?=\s?(?P<cipher>[\w./:+-]+))?", re.ASCII),
    re.compile(r"\((?P<version>TLS[\d.]*|TLSv[\d.]+|SSLv\d)\)\s+tls (?P<cipher>[\w./:+-]+)", re.ASCII),
    re.compile(
        r"\((?:Cipher |tls_cipher )?(?P<version>(?:TLS[-v]?|SSLv)[\d.]+):(?P<cipher>[\w+-]+)(?::[\w:]+)?\)", re.ASCII
    ),
    re.compile(r"\bTLS: (?P<version>[\w./]+),\s?\d+ ?bits,\s?(?P<cipher>[\w+-]+)", re.ASCII),
    re.compile(r"SMTPS?/(?P<version>TLS)/(?P<cipher>[\w+-]+)", re.ASCII),
    re.compile(r"\bwith (?P<cipher>[\w+-]+) encrypted SMTP", re.ASCII),
    re.compile(r"\(cipher=(?P<cipher>[\w+-]+)", re.ASCII),
    re.compile(r"\((?:[Uu]sing )?(?P<version>(?:TLS|SSL)[\w./]*)\)", re.ASCII),
)


def tls_session(text: str) -> str | None:
    """Return version and cipher of the TLS session as the line prints them, with one space between.

    Args:
        text: What the server wrote of the session, with one space between words.
    """
    for pattern in _TLS:
        match = pattern.search(text)
        if match is not None:
            return " ".join(part for part in _parts(match) if part)
    return None


def _parts(match: re.Match[str]) -> tuple[str | None, ...]:
    found = match.groupdict()
    return found.get("version"), found.get("cipher")


_ENVELOPE = re.compile(r"\benvelope[- ](?:from|sender):?\s*+(?:<([^<>]*)>|\"([^\"]*)\"|([^\s()<>,;]++))", re.ASCII)


def envelope_sender(text: str) -> str | None:
    """Return the envelope sender that the line states beside its clauses, without brackets.

    Args:
        text: What the server wrote of the session, with one space between words.
    """
    match = _ENVELOPE.search(text)
    return None if match is None else (match[match.lastindex or 0] or None)
