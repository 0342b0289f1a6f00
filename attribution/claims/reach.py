"""What the figure of a claim is about, and what it leaves unsaid: an address is no sender, whatever is known of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from attribution.claims.assumptions import (
    ADDRESS_IS_NO_DEVICE,
    BANNER_IS_OF_ADDRESS,
    CLAIMED_TOO,
    COUNTRY_IS_OF_ADDRESS,
    LINE_IS_READ,
    MADE_UP,
    NAT,
    NETWORK_IS_OF_ADDRESS,
    ONE_CAMPAIGN,
)
from attribution.claims.view import SURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attribution.claims.model import Predicate, Rating

__all__ = ["within_reach"]


class _Reach(NamedTuple):
    """How far one thing that a claim is measured by carries.

    Attributes:
        about: What it is a fact of. `unsaid`: what a reader may take it for.
        so: The same as a sentence for the reason of a verdict.
        assumptions: What a verdict on it rests on.
    """

    about: str
    unsaid: str
    so: str
    assumptions: tuple[str, ...]


_DEVICE = _Reach(
    "what answers on addresses",
    "who sent",
    "Such a device answers on an address that handed mail over. That it sent the mail is another claim. Ask it with "
    'kind = "sent-by".',
    (BANNER_IS_OF_ADDRESS, NAT, MADE_UP),
)
_COUNTRY = _Reach(
    "where a database places addresses",
    "where whoever sent was",
    "That is where the addresses are placed. Where whoever used them was is not said.",
    (COUNTRY_IS_OF_ADDRESS,),
)
_ACCESS = _Reach(
    "the lines of addresses",
    "what sent over them",
    "That is the line as its name and network tell. What sent over it, and whose it was, is not said.",
    (LINE_IS_READ,),
)
_NETWORK = _Reach(
    "who announces addresses",
    "which customer sent",
    "That is who announces the addresses. Which customer sent is not said.",
    (NETWORK_IS_OF_ADDRESS,),
)
_CAMPAIGN = _Reach(
    "mail that shares traits",
    "who is behind it",
    "A campaign is mail that this program joins by what it shares. Who is behind it, and whether they are one or many, "
    "is not said.",
    (ONE_CAMPAIGN,),
)
_CLAIMED = _Reach(
    "handovers that are only claimed too",
    "whether these are true",
    "Whoever sends can write a handover that is only claimed.",
    (CLAIMED_TOO,),
)
_ADDRESS = _Reach(
    "counts of addresses",
    "how many machines sent",
    'An address is no device. How many machines sent is another claim. Ask it with of = "hosts".',
    (ADDRESS_IS_NO_DEVICE,),
)


def within_reach(rating: Rating, predicate: Predicate) -> Rating:
    """Return a rating that says what its figure is about, and what it leaves unsaid.

    Args:
        rating: As its kind of predicate gives it.
        predicate: What was claimed.
    """
    if not rating.rows:
        return rating
    found = tuple(_reaches(predicate))
    needed = [sentence for one in found for sentence in one.assumptions]
    # What a claim leaves out says nothing of what is left; only which addresses those are may be wrong.
    needed += [LINE_IS_READ] if predicate.where.not_access or predicate.having.not_access else []
    more = dict.fromkeys(sentence for sentence in needed if sentence not in rating.assumptions)
    rating = replace(rating, assumptions=(*rating.assumptions, *more))
    if rating.verdict == "not testable" or not found:
        return rating
    speaks_of = f"{', '.join(one.about for one in found)}; not said: {', '.join(one.unsaid for one in found)}"
    return replace(rating, why=" ".join([rating.why, *(one.so for one in found)]), speaks_of=speaks_of)


def _reaches(predicate: Predicate) -> Iterator[_Reach]:
    filters = (predicate.where, predicate.having)
    measured = {predicate.of, predicate.per}
    # What compares senders with their neighbours speaks of who sent, and says how far in its own words.
    if predicate.kind == "exists" or any(one.device for one in filters):
        yield _DEVICE
    if "countries" in measured or any(one.country for one in filters):
        yield _COUNTRY
    if any(one.access for one in filters):
        yield _ACCESS
    if "networks" in measured:
        yield _NETWORK
    if "campaigns" in measured or any(one.campaigns is not None or one.name is not None for one in filters):
        yield _CAMPAIGN
    of_addresses = bool(measured & {"addresses", "address"})
    if of_addresses:
        yield _ADDRESS
    # A filter of an address in `with` takes the grades of `where`.
    by_address = any(one.device or one.country or one.access for one in filters)
    if (of_addresses or by_address) and not {*(predicate.where.grade or ())} <= {*SURE}:
        yield _CLAIMED
