"""What servers add in comments about the session: TLS, authentication, the envelope sender."""

from __future__ import annotations

import re

__all__ = ["authenticated_protocol", "envelope_sender", "is_annotation", "tls_session"]

_ANNOTATION = re.compile(
    r"\(\s*+(?:using\s|tls[-v]?[\d.]*[:)\s]|tls_cipher\s|sslv?[\d.]*[:)\s]|cipher[\s=]|version\s?=|no\s+client\s"
    r"|client\s+(?:did|cert|cn)|authenticated[\s):]|auth[:=\s]|(?P<sender>envelope-(?:from|sender):?\s)|verified\s"
    r"|not\s+verified\s|encrypted[\s)]|uid\s+\d|user[=:]|no\s+auth|authentication\s|google\s+transport|smtp-auth\s)",
    re.IGNORECASE | re.ASCII,
)
_CERTIFICATE = re.compile(r'\(Client CN "[^"]*+", Issuer "[^"]*+" \((?:not )?verified(?: OK)?\)\)', re.ASCII)
_ADDRESS = re.compile(r"[\[@(/\s](?:ipv6:)?(?:(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-f]*:[0-9a-f:.]*)[\])]", re.IGNORECASE)


def is_annotation(value: str, start: int, end: int) -> bool:
    """Say whether a comment speaks of the session (TLS, authentication, envelope) and not of the peer's name.

    The peer chooses its name and its ident, so a comment that holds an address never counts, however it begins;
    but for Postfix's on a client certificate, which stands behind the peer's own and quotes a name of its choice.

    Args:
        value: The value of the field.
        start: Index of the opening parenthesis.
        end: Index beyond the closing one.
    """
    found = _ANNOTATION.match(value, start)
    if found is None or found["sender"] is not None or _CERTIFICATE.fullmatch(value, start, end) is not None:
        return found is not None
    return _ADDRESS.search(value, start, end) is None


_RFC3848 = re.compile(r"\b(?:ESMTPS?A|UTF8E?SMTPS?A|(?:UTF8)?LMTPS?A|ASMTPS?)(?![\w-])", re.IGNORECASE | re.ASCII)


def authenticated_protocol(protocol: str) -> str | None:
    """Return the word of a `with` clause that says that the client authenticated (RFC 3848, RFC 6531).

    `ASMTP` is the older word of Exim and of some Windows servers.

    Args:
        protocol: The text of the clause.
    """
    found = _RFC3848.search(protocol)
    return None if found is None else found.group()


# Each with a text that it cannot do without, which is found sooner.
_TLS = (
    ("using ", re.compile(r"\busing (?P<version>(?:TLS|SSL)\S*) with cipher (?P<cipher>[\w./:+-]+)", re.ASCII)),
    (
        "version",
        re.compile(r"\bversion\s?=\s?(?P<version>[\w./-]+)[,;\s]\s*(?:cipher\s?=\s?(?P<cipher>[\w./:+-]+))?", re.ASCII),
    ),
    (" tls ", re.compile(r"\((?P<version>TLS[\d.]*|TLSv[\d.]+|SSLv\d)\)\s+tls (?P<cipher>[\w./:+-]+)", re.ASCII)),
    (
        ":",
        re.compile(
            r"\((?:Cipher |tls_cipher )?(?P<version>(?:TLS[-v]?|SSLv)[\d.]+):(?P<cipher>[\w+-]+)(?::[\w:]+)?\)",
            re.ASCII,
        ),
    ),
    ("TLS: ", re.compile(r"\bTLS: (?P<version>[\w./]+),\s?\d+ ?bits,\s?(?P<cipher>[\w+-]+)", re.ASCII)),
    ("/TLS/", re.compile(r"SMTPS?/(?P<version>TLS)/(?P<cipher>[\w+-]+)", re.ASCII)),
    (" encrypted SMTP", re.compile(r"\bwith (?P<cipher>[\w+-]+) encrypted SMTP", re.ASCII)),
    (" encrypted)", re.compile(r"\((?P<cipher>[A-Z0-9][\w+-]+) encrypted\)", re.ASCII)),
    ("(cipher=", re.compile(r"\(cipher=(?P<cipher>[\w+-]+)", re.ASCII)),
    ("", re.compile(r"\((?:[Uu]sing )?(?P<version>(?:TLS|SSL)[\w./]*)\)", re.ASCII)),
)


def tls_session(text: str) -> str | None:
    """Return version and cipher of the TLS session as the line prints them, with one space between.

    Args:
        text: What the server wrote of the session, with one space between words.
    """
    for needed, pattern in _TLS:
        match = pattern.search(text) if needed in text else None
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
