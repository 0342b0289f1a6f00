"""How far the clocks of servers are off, learnt from a sample: a constant error is no sign of forgery."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import timedelta
from statistics import median, quantiles
from typing import TYPE_CHECKING, NamedTuple

from attribution._names import host_form, same_organisation
from attribution._net import is_public, network_key
from attribution.origin.profiles import profile_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attribution.models import Hop

__all__ = ["ClockSample", "host_key"]

_MESSAGES = 8
"""Messages that must show an error of the same size."""
_DAYS = 3
"""Days, by the newest clock of each message, that they must come from: one mailing teaches nothing."""
_NEIGHBOURS = 3
"""Servers that must all seem to be ahead of one before it is taken to be behind."""
_SAME_PLACE = 0.5
"""Share of a server's messages that must be recorded from one network: a name that many machines bear is no server."""
_SMALLEST = 5 * 60
"""Seconds below which an error is not worth allowing for; the fixed tolerance is larger."""
_LARGEST = 14 * 60 * 60
"""Seconds above which it is no error of a clock or a time zone."""
_SPREAD = 10 * 60
"""Seconds that may lie between the quartiles: random times, as forgers write them, lie hours apart."""
_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,255}", re.ASCII)
_NAMED_IN_SENTENCES = 5
"""Clocks that have a sentence of their own."""


class _Difference(NamedTuple):
    """What one message says of two neighbours: by how many seconds the older line is dated after the newer.

    Attributes:
        above, below: The hosts that wrote the two lines. `peer`: the address that the newer one names.
        day: Of the newest clock of the message.
        tied: The newer line knows its peer to be of the older one's organisation, by more than the peer's word.
    """

    above: str
    below: str
    ahead: float
    day: int
    peer: str | None
    tied: bool


def host_key(by: str) -> str:
    """Return a host name as the table of clock errors has it."""
    return host_form(by)


class ClockSample:
    """The differences between neighbouring lines of sampled messages."""

    def __init__(self) -> None:
        self._differences: list[_Difference] = []

    def add(self, chain: Sequence[Hop]) -> None:
        """Take up one message.

        Args:
            chain: Its hops, newest first.
        """
        day = next((hop.date.toordinal() for hop in chain if hop.date is not None), None)
        above: Hop | None = None
        found: dict[tuple[str, str], _Difference] = {}
        for hop in chain:
            if hop.status == "unknown":
                break
            if hop.by is None:
                continue
            item = None if above is None or day is None else _difference(above, hop, day)
            if item is not None:
                found.setdefault((item.above, item.below), item)
            above = hop
        self._differences.extend(found.values())

    def skews(self) -> tuple[dict[str, timedelta], list[str]]:
        """Return by host how far its clock is ahead (negative: behind), and sentences that say so.

        A message is never written down before it was handed on: where a server's lines constantly lie after those
        of the next server, one of the two clocks is wrong. It is the newer's where that is so with several older
        ones, else the older's. Large providers' clocks are right, so that their names teach nothing.
        """
        behind = self._behind()
        ahead = self._ahead(behind)
        found = {host: timedelta(seconds=round(-error)) for host, (error, _) in behind.items()}
        found |= {host: timedelta(seconds=round(error)) for host, (error, _) in ahead.items()}
        said = [
            (count, host, f"{_span(error)} {where}")
            for errors, where in (
                (behind, "behind those of servers that it takes mail from"),
                (ahead, "ahead of those of servers that it hands mail to"),
            )
            for host, (error, count) in errors.items()
        ]
        said.sort(key=lambda item: (-item[0], item[1]))
        sentences = [
            f"The clock of {host} is {what} in {count:,} messages: allowed for"
            for count, host, what in said[:_NAMED_IN_SENTENCES]
        ]
        if len(said) > _NAMED_IN_SENTENCES:
            sentences.append(
                f"The clocks of {len(said) - _NAMED_IN_SENTENCES:,} other servers are off, too: allowed for"
            )
        return dict(sorted(found.items())), sentences

    def _behind(self) -> dict[str, tuple[float, int]]:
        """Find the servers that several others seem to be ahead of, by the same time."""
        by_host: dict[str, list[_Difference]] = defaultdict(list)
        for item in self._differences:
            by_host[item.above].append(item)
        found = {}
        for host, items in by_host.items():
            # What strangers write below has their own clocks, or none: only servers that are known by name count.
            tied = [item for item in items if item.tied]
            if len({item.below for item in tied}) >= _NEIGHBOURS:
                error = _constant(host, tied, [item.ahead for item in tied])
                if error is not None:
                    found[host] = (error, len(tied))
        return found

    def _ahead(self, behind: dict[str, tuple[float, int]]) -> dict[str, tuple[float, int]]:
        """Find the servers, each in one place, that are ahead of the next one, whose own error is taken off."""
        by_host: dict[str, list[_Difference]] = defaultdict(list)
        for item in self._differences:
            by_host[item.below].append(item)
        found = {}
        for host, items in by_host.items():
            if host in behind:
                continue
            error = _constant(host, items, [item.ahead - behind.get(item.above, (0.0, 0))[0] for item in items])
            if error is not None and _is_one_place(items):
                found[host] = (error, len(items))
        return found


def _difference(above: Hop, hop: Hop, day: int) -> _Difference | None:
    """Return what two lines say of their writers' clocks, or None where they say nothing."""
    if above.by is None or hop.by is None or above.date is None or hop.date is None:
        return None
    ahead = (hop.date - above.date).total_seconds()
    if abs(ahead) > _LARGEST or not above.zone_stated or not hop.zone_stated:
        return None
    one, other = host_key(above.by), host_key(hop.by)
    if one == other or _HOST.fullmatch(one) is None or _HOST.fullmatch(other) is None:
        return None
    return _Difference(one, other, ahead, day, above.ip, _are_tied(above, hop))


def _are_tied(above: Hop, hop: Hop) -> bool:
    if above.ip is None:
        return False
    if not is_public(above.ip) or above.ip == hop.by_ip:
        return True
    return above.rdns_state == "verified" and same_organisation(above.rdns, hop.by)


def _is_one_place(items: Sequence[_Difference]) -> bool:
    """Say whether the newer lines record a server mostly from one network."""
    places = Counter(None if item.peer is None else network_key(item.peer) for item in items)
    return max(places.values()) >= _SAME_PLACE * len(items)


def _constant(host: str, items: Iterable[_Difference], errors: list[float]) -> float | None:
    """Return the middle of some differences where they are many, alike, and large enough to count; else None."""
    if len(errors) < _MESSAGES or len({item.day for item in items}) < _DAYS:
        return None
    middle = median(errors)
    if middle < _SMALLEST or profile_of(host) is not None:
        return None
    lower, _, upper = quantiles(errors, n=4)
    return middle if upper - lower <= _SPREAD else None


def _span(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    parts = [
        f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in ((hours, "hour"), (minutes, "minute")) if count
    ]
    return " ".join(parts)
