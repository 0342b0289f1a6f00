"""Who handed the mail over, as the lines tell: servers with verified names, and filters that stand before a mailbox."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution._names import registrable_domain
from attribution._net import network_key
from attribution.origin.profiles import profile_of, profiles, profiles_sending_from
from attribution.origin.server_names import is_access_line, is_mail_server

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from attribution.origin.profiles import Profile

__all__ = ["HOP_COLUMNS", "MESSAGE_COLUMNS", "Peers", "read_peers"]

MESSAGE_COLUMNS = ("message", "handover_ip", "handover_hop", "helo", "rdns")
"""Columns of the messages table that are needed."""
HOP_COLUMNS = ["message", "hop", "rdns_state", "by"]
"""Columns of the hops table that are needed."""
_NEARLY_ALL = 0.9
"""Share of the mail that must come by way of one filter before it may be the receiver's own."""
_FEWEST = 10
"""Messages below which a filter may be that of the one sender."""
_MOST_ENTRIES = 12
"""Addresses outside of the filter's known networks, or networks of them, that are named one by one."""


class Peers(NamedTuple):
    """What is known of those who handed over.

    Attributes:
        owner: Of messages: the registrable domain of the mail server that a verified name shows the peer to be.
        service: Of messages: whether the peer is a large provider's server or the filter's, with anybody behind it.
        gateway: What `run.json` keeps of a mail filter that handed nearly all mail over; None where there is none.
    """

    owner: pa.Array
    service: pa.Array
    gateway: dict[str, Any] | None


def read_peers(messages: pa.Table, hops: Iterable[pa.Table]) -> Peers:
    """Return what the lines at and below the trust boundary tell of those who handed over.

    Args:
        messages: With `MESSAGE_COLUMNS`, a row a message.
        hops: The parts of the hops table, with `HOP_COLUMNS`; read once, one after the other.
    """
    keys = messages["message"].to_numpy()
    order = np.argsort(keys, kind="stable")
    at = pc.fill_null(messages["handover_hop"], -1).to_numpy()
    address, ips = _coded(messages["handover_ip"])
    networks = [profiles_sending_from(ip) for ip in ips]
    of_provider = np.array([*map(bool, networks), False], np.bool_)
    filtered = _Filtered.find(messages, address, ips, networks)
    verified = np.zeros(len(keys), np.bool_)
    for part in hops:
        if not len(part) or not len(keys):
            continue
        lines = part["message"].to_numpy()
        row = order[np.minimum(np.searchsorted(keys, lines, sorter=order), len(keys) - 1)]
        depth = part["hop"].to_numpy() - at[row]
        known = (keys[row] == lines) & (at[row] >= 0)
        is_verified = pc.fill_null(pc.equal(part["rdns_state"], "verified"), fill_value=False)
        verified[row[known & (depth == 0) & is_verified.to_numpy()]] = True
        if filtered is not None:
            below = known & (depth > 0)
            filtered.look_at(row[below], part["by"].filter(pa.array(below)))
    owner = _owners(messages["rdns"], verified, address, ips)
    gateway = None if filtered is None else filtered.as_dict()
    service = of_provider[address] if filtered is None or gateway is None else of_provider[address] | filtered.through
    return Peers(owner, pa.array(service), gateway)


def _filter_called(name: str) -> Profile | None:
    """Return the filter that a host name belongs to; quick for the many that are no filter's."""
    return profile_of(name) if name.rstrip(".").lower().endswith(_filters_hosts()) else None


@cache
def _filters_hosts() -> tuple[str, ...]:
    return tuple(host for profile in profiles() if profile.gateway for host in profile.hosts)


def _coded(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], list[str]]:
    """Return the number of each row's value, -1 for null, and the values."""
    encoded = column.combine_chunks().dictionary_encode()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    return codes, encoded.dictionary.to_pylist()


@dataclass
class _Filtered:
    """Mail that one filter seems to have handed over, and what its own lines below tell.

    Attributes:
        gateway: The filter.
        address: Of messages: number of the handover address, -1 for none. `ips`: the addresses.
        inside: Of messages: whether the address is in the filter's networks.
        named: Of messages: whether the peer has a name of the filter's, its own word or not.
        lined: Of messages: whether the filter wrote a line below.
        writers: By domain of the filter's servers that did, how many lines.
    """

    gateway: Profile
    address: NDArray[np.int64]
    ips: list[str]
    inside: NDArray[np.bool_]
    named: NDArray[np.bool_]
    lined: NDArray[np.bool_]
    writers: Counter[str]

    @classmethod
    def find(
        cls, messages: pa.Table, address: NDArray[np.int64], ips: list[str], networks: list[tuple[Profile, ...]]
    ) -> _Filtered | None:
        """Return the filter from whose servers nearly all messages seem to come; None where there is none."""
        names = [_coded(messages[column]) for column in ("helo", "rdns")]
        called = [list(map(_filter_called, each)) for _, each in names]
        known = (found for found in chain(*networks, *called) if found is not None)
        gateways = {found.id: found for found in known if found.gateway}
        needed = max(_FEWEST, _NEARLY_ALL * np.count_nonzero(address >= 0))
        for _, gateway in sorted(gateways.items()):
            inside = np.array([*(gateway in found for found in networks), False], np.bool_)[address]
            named = np.zeros(len(address), np.bool_)
            for (code, _), found in zip(names, called, strict=True):
                named |= np.array([*(one is gateway for one in found), False], np.bool_)[code]
            named &= address >= 0
            if np.count_nonzero(inside | named) >= needed:
                return cls(gateway, address, ips, inside, named, np.zeros(len(address), np.bool_), Counter())
        return None

    def look_at(self, row: NDArray[np.int64], by: pa.ChunkedArray) -> None:
        """Take in who wrote some lines below the boundary.

        Args:
            row: Of lines: the message.
            by: Of lines: the host that wrote it.
        """
        code, hosts = _coded(by)
        own = np.array([*map(self.gateway.owns, hosts), False], np.bool_)[code] & (self.inside | self.named)[row]
        self.lined[row[own]] = True
        for host, count in zip(*np.unique(code[own], return_counts=True), strict=True):
            self.writers[registrable_domain(hosts[host]) or hosts[host]] += int(count)

    @property
    def through(self) -> NDArray[np.bool_]:
        """Of messages: whether the filter handed it over; a name alone does not tell."""
        return self.inside | (self.named & self.lined)

    def as_dict(self) -> dict[str, Any] | None:
        """Return what `run.json` keeps; None where a name alone speaks for the filter in too many messages."""
        through = self.through
        whole = np.count_nonzero(self.address >= 0)
        if np.count_nonzero(through) < max(_FEWEST, _NEARLY_ALL * whole):
            return None
        outside = Counter(self.address[through & ~self.inside].tolist())
        networks = [self.ips[number] for number in sorted(outside, key=lambda one: (-outside[one], self.ips[one]))]
        if len(networks) > _MOST_ENTRIES:
            networks = sorted({network_key(ip) for ip in networks})
        too_many = len(networks) > _MOST_ENTRIES
        return {
            "profile": self.gateway.id,
            "name": self.gateway.name,
            "messages": int(np.count_nonzero(through)),
            "of": int(whole),
            "trust": [
                *sorted(self.writers, key=lambda domain: (-self.writers[domain], domain)),
                *([] if too_many else networks),
            ],
            "more_networks": len(networks) if too_many else 0,
        }


def _owners(rdns: pa.ChunkedArray, verified: NDArray[np.bool_], address: NDArray[np.int64], ips: list[str]) -> pa.Array:
    """Return the organisation of each verified name that is a mail server's, and no line's of a customer."""
    name, names = _coded(rdns)
    used = verified & (name >= 0) & (address >= 0)
    pairs, place = np.unique(np.column_stack([name[used], address[used]]), axis=0, return_inverse=True)
    found = [_owner(names[one], ips[other]) for one, other in pairs.tolist()]
    owner = np.full(len(name), None, object)
    owner[used] = np.array([*found, None], object)[place.reshape(-1)]
    return pa.array(owner, pa.string())


def _owner(name: str, ip: str) -> str | None:
    return registrable_domain(name) if is_mail_server(name) and not is_access_line(name, ip) else None
