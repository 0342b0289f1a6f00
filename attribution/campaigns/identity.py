"""Who a message says it is from and where it wants its answers: identity and contact."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from attribution._names import registrable_domain

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["contact_address", "is_free_provider", "is_link_service", "list_identity", "sender_account", "sender_domain"]

_ADDRESS_CHARS = 320  # RFC 5321 §4.5.3.1: 64 for the local part, 255 for the domain, and the sign between

# Local parts of addresses that nobody reads: no contact.
_UNREAD = ("no-reply", "noreply", "no_reply", "donotreply", "do-not-reply", "do_not_reply", "mailer-daemon", "bounce")


@cache
def _listed(name: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the domains of a data file, and the names that count under any suffix."""
    text = files("attribution.campaigns").joinpath(f"data/{name}.txt").read_text(encoding="utf-8")
    words = [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]
    return (
        frozenset(word for word in words if not word.endswith(".*")),
        frozenset(word[:-2] for word in words if word.endswith(".*")),
    )


@lru_cache(maxsize=65_536)
def is_free_provider(domain: str) -> bool:
    """Say whether anybody can get an address at a registrable domain, so that it identifies nobody."""
    domains, names = _listed("free_providers")
    return domain in domains or domain.partition(".")[0] in names


@lru_cache(maxsize=65_536)
def is_link_service(domain: str) -> bool:
    """Say whether links lead to a registrable domain whoever wrote the message: a shortener, a portal, a free host."""
    domains, names = _listed("link_services")
    return domain in domains or domain.partition(".")[0] in names


def sender_domain(from_domain: str | None, template: str | None, *, proven: bool) -> str | None:
    """Return the registrable domain of the author, where it is evidence beside the subject.

    Null for free providers. Null too when the subject names the same organisation ("your Example account" from
    example.com) and the domain is not proven: whoever imitates Example writes both, so they are one piece of evidence.

    Args:
        from_domain: Domain of the From address.
        template: The subject's template.
        proven: Whether the receiver itself verified a signature of that domain.
    """
    domain = registrable_domain(from_domain[:253]) if from_domain else None
    if domain is None or is_free_provider(domain):
        return None
    if not proven and template is not None and domain.partition(".")[0] in template.split():
        return None
    return domain


def sender_account(from_address: str | None) -> str | None:
    """Return the author's whole address where it is one at a free provider, in lower case; else None."""
    address = _clean(from_address)
    if address is None:
        return None
    domain = registrable_domain(address.rpartition("@")[2][:253])
    return address if domain is not None and is_free_provider(domain) else None


def contact_address(reply_to: str | None, from_address: str | None, recipients: Collection[str]) -> str | None:
    """Return the address that answers shall go to, in lower case, where it is evidence of its own.

    Null where it repeats the author's address, is the recipient's own, or is one that nobody reads.

    Args:
        reply_to: First address of the Reply-To field.
        from_address: Address of the author.
        recipients: Addresses of the recipients, case folded.
    """
    address = _clean(reply_to)
    if address is None or address in recipients or address == _clean(from_address):
        return None
    return None if address.startswith(_UNREAD) else address


def list_identity(value: str | None) -> str | None:
    """Return the identifier of a List-Id field (RFC 2919) in lower case: what stands in angle brackets, else all.

    Args:
        value: The field's value, folded or not.
    """
    if not value:
        return None
    text = " ".join(value[:1_000].split()).lower()
    opening = text.rfind("<")
    if opening >= 0:
        inner = text[opening + 1 :].partition(">")[0].strip()
        text = inner if "." in inner else text
    return text[:255] or None


def _clean(address: str | None) -> str | None:
    text = (address or "").strip().strip("<>").casefold()
    return text if "@" in text[1:] and len(text) <= _ADDRESS_CHARS else None
