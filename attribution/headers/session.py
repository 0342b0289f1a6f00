"""What a Received line says of the session: TLS, authentication, the envelope sender."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from attribution.headers.annotations import authenticated_protocol, envelope_sender, tls_session
from attribution.headers.dialect_table import dialect_table
from attribution.models import Hop

if TYPE_CHECKING:
    from attribution.headers.dialect_table import Dialect

__all__ = ["set_known_session", "set_session"]


def _speaks_of_session(text: str) -> bool:
    """Say whether a text holds a word that TLS or the envelope sender cannot be stated without."""
    return "TLS" in text or "SSL" in text or "ipher" in text or "nvelope" in text or "encrypt" in text


def set_session(hop: Hop, tail: str, product: str | None, dialect: Dialect | None) -> None:
    """Set what the server's own part of a line says of TLS, authentication and the envelope sender.

    Args:
        hop: The hop to fill; protocol, via, status and what the `from` clause says are set already.
        tail: The line from the first comment on the session, or from `by`, to its end.
        product: The first comment behind `by`, without parentheses.
        dialect: The dialect of the line, where one was found.
    """
    text = ""
    if _speaks_of_session(tail):
        text = " ".join(tail.split())
        hop.tls = tls_session(text)
        if hop.envelope_from is None and "nvelope" in text:
            hop.envelope_from = envelope_sender(text)
    if hop.auth is None and dialect is not None and dialect.auth:
        text = text or " ".join(tail.split())
        hop.auth = next((found[1] for pattern in dialect.auth if (found := pattern.search(text))), None)
    if hop.auth is None:
        hop.auth = _submission(hop, product, dialect)


def set_known_session(hop: Hop, text: str, product: str | None, dialect: Dialect | None) -> None:
    """Do what `set_session` does, where the same text stands in many lines.

    Args:
        hop: As there.
        text: The comments and the `with` clause.
        product: As there.
        dialect: One whose comments alone say how the client authenticated.
    """
    if len(text) > _USUAL_LENGTH:
        set_session(hop, text, product, dialect)
        return
    hop.tls, sender, auth = _said(text, dialect.id if dialect is not None and dialect.auth else "")
    hop.envelope_from = hop.envelope_from or sender
    hop.auth = hop.auth or auth or _submission(hop, product, dialect)


_USUAL_LENGTH = 400
"""Characters up to which a text on the session is remembered."""


@lru_cache(maxsize=16_384)
def _said(text: str, dialect: str) -> tuple[str | None, str | None, str | None]:
    """Return what a text says of TLS, the envelope sender, and, in the way of a dialect, of the login."""
    hop = Hop(0)
    set_session(hop, text, None, dialect_table().by_id(dialect) if dialect else None)
    return hop.tls, hop.envelope_from, hop.auth


def _submission(hop: Hop, product: str | None, dialect: Dialect | None) -> str | None:
    """Return the word that says that whoever gave the message to this server had logged in, or None."""
    if dialect is not None and dialect.submission and hop.status == "parsed":
        return hop.protocol or hop.via or product
    return None if hop.protocol is None else authenticated_protocol(hop.protocol)
