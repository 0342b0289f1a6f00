"""How many hosts may have sent mail, as a range: a count of addresses is no count of devices.

A line that gets another address every day shows one host as many, and a router with several computers behind it, or
a provider's translator, shows many hosts as one address. Stone-Gross et al., "Your Botnet is My Botnet" (CCS 2009,
§5), had the bots' own ids beside their addresses: some 180,000 bots showed over 1.2 million addresses in ten days,
while the addresses of one hour came close to the bots at work in it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich.evidence.owners import fewest_hosts
from attribution.enrich.evidence.recapture import METHOD, Recapture, recapture
from attribution.enrich.ip.packed import pack

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["HostCount", "count_hosts"]

_SECOND = 1_000_000
_WINDOW = 1800
"""Seconds within which a line is taken to change its address once at most."""
_LONGEST_WINDOW = 366 * 86_400
_LATEST = 1 << 61
"""Microseconds since 1970; times beyond are none, and would not bear sums."""
_HELD = 60
"""Seconds between two messages of one address, within which few addresses can have been given to somebody else."""
_NO_METHOD = "None: the data carry no estimate"
_SERVICES = frozenset({"mail-provider", "bulk-mailer", "vpn-proxy", "tor", "cdn"})
"""Access types behind which anybody may sit, also somebody who is counted at an address of his own."""
_SHARED = frozenset({"cgnat", "mobile"})
"""Access types whose addresses stand for many hosts, and where one host may show several at a time."""
_SERVERS = frozenset({"hosting"})
"""Access types of machines that may have any number of addresses at a time."""
_LINES = frozenset({"residential"})
"""Access types of lines that are given another address of the same network from time to time."""
_MOST_OTHERS = 0.1
"""Share of the addresses that may be others than such lines', beyond which an estimate for lines says nothing."""
_ASSUMED = {
    "line": "A line has one address at a time, and within {window} two at most.",
    "held": "Where an address sent twice within a minute, one host had it all the while, but for those that can have"
    " changed hands in that minute, which are taken off.",
    "servers": "A rented server may have many addresses: those of one network count as one host in the lower bound.",
    "unknown": "Where the access type is not known, the addresses of one /24 count as one host in the lower bound.",
    "owners": "A mail server whose verified name belongs to one organisation is no host of another organisation in"
    " another network; a network is an autonomous system where that is known, else a /16 (IPv6: a /32).",
    "ipv6": "A host may have many IPv6 addresses within one /56, and one of each version at a time: the lower bound"
    " takes the larger of the two versions, the estimate adds them.",
    "upper": "The upper bound holds only where no two hosts used one address, neither at once behind a router nor one"
    " after the other.",
    "lines": "The estimate is for home lines of known networks, which change their addresses within their network. An"
    " address of another kind, of which there are few, counts as one host in it.",
    "estimate": "The estimate takes the hosts to be there for the whole time and all as likely to be seen; where some"
    " send far more than others, or come and go, there were more than it says.",
    "range": "The range of the estimate is that of chance, and of what is seen again within hours or on other days.",
    "engines": "Several programs at one address may be several hosts or one: they are counted apart and added to no"
    " bound.",
}


@dataclass(frozen=True, slots=True)
class HostCount:
    """How many hosts may stand behind the mail; what is not known is None, with the reason beside it.

    Attributes:
        messages: Messages with an address. `without_time`: those of them without a time, which count as addresses
            only.
        addresses: Distinct addresses. `open_addresses`: those of services and translators, behind which any number
            of hosts may sit.
        lower: Hosts that must have existed. `lower_from`: what shows it.
        upper: Hosts at most, one for an address. `upper_reason`: why there is none.
        estimate: Hosts, corrected for changes of address, open addresses left out; only where nearly all others are
            home lines of known networks. `estimate_low`: the lower end of its range (see `Recapture`).
            `estimate_high`: the upper end. `estimate_reason`: why there is none.
        method: How the estimate is made.
        assumptions: What bounds and estimate rest on, in sentences.
        window_seconds: The time in which a line is taken to change its address once at most.
        mixed_addresses: Addresses at which two programs wrote headers within one window.
        pairs_at_once: Largest number of distinct pairs of address and program within one window.
        said: All of it in one sentence.
    """

    messages: int
    without_time: int
    addresses: int
    open_addresses: int
    lower: int
    lower_from: str
    upper: int | None
    upper_reason: str | None
    estimate: int | None
    estimate_low: int | None
    estimate_high: int | None
    estimate_reason: str | None
    method: str
    assumptions: tuple[str, ...]
    window_seconds: int
    mixed_addresses: int
    pairs_at_once: int
    said: str

    def as_dict(self) -> dict[str, Any]:
        """Return the attributes as values that JSON holds."""
        return asdict(self) | {"assumptions": list(self.assumptions)}


def count_hosts(messages: pa.Table, addresses: pa.Table, *, window_seconds: int = _WINDOW) -> HostCount:
    """Return how many hosts may have sent messages, as bounds and an estimate, each with what it rests on.

    The lower bound is the largest of three. One host is at one address at a time, so addresses that are in use at the
    same moment are as many hosts, but for a few that are just changing hands; it has two at most within a window, so
    hosts are at least half of the largest number of addresses in any window; and mail servers of different
    organisations in different networks are different hosts (see `fewest_hosts`). The upper bound is the number of
    addresses.

    The estimate is a recapture of addresses (see `recapture`) by access type and network, for addresses change at a
    pace of each network's own (Moura et al., "How Dynamic is the ISPs Address Space?", 2015). It is made for home lines
    alone: servers of many organisations do not change their addresses, and that few of them are seen again says
    nothing. It is given up where it contradicts what is known.

    Args:
        messages: A row a message: `ip` (handover address, canonical text), `time` (UTC), `engine` (which program
            wrote the header), `service` (whether the address is a mail service's), and, if there is such a column,
            `owner` (the registrable domain of the mail server that the address was verified to be); all may be null.
        addresses: A row an address: `ip`, `access` (one of `ACCESS_TYPES`, null where not known), `asn`.
        window_seconds: Time in which a line is taken to change its address once at most; 1 to a year's.

    Raises:
        ValueError: `window_seconds` is less than 1, or more than a year's.
    """
    if not 1 <= window_seconds <= _LONGEST_WINDOW:
        raise ValueError(f"{window_seconds} s is no window in which addresses are kept; give 1 to {_LONGEST_WINDOW}")
    seen = _read(messages, addresses)
    if not seen.addresses:
        return _nothing(window_seconds)
    lower, lower_from = _lower(seen, window_seconds)
    reason = _why_open(seen)
    upper = seen.addresses if reason is None else None
    found = _estimate(seen, lower)
    low_high = found.hosts, found.low, found.high
    # What is counted at open addresses is beyond the estimate, and never less than the lower bound that includes it.
    estimate, low, high = (None if one is None else max(lower, min(one, seen.addresses)) for one in low_high)
    mixed, pairs = _engines(seen, window_seconds)
    return HostCount(
        messages=seen.messages,
        without_time=seen.messages - len(seen.time),
        addresses=seen.addresses,
        open_addresses=int(seen.is_open.sum()),
        lower=lower,
        lower_from=lower_from,
        upper=upper,
        upper_reason=reason,
        estimate=estimate,
        estimate_low=low,
        estimate_high=high,
        estimate_reason=found.reason,
        method=_NO_METHOD if found.hosts is None else METHOD,
        assumptions=_assumptions(seen, window_seconds, upper, estimate),
        window_seconds=window_seconds,
        mixed_addresses=mixed,
        pairs_at_once=pairs,
        said=_said(seen.addresses, (lower, lower_from), upper, reason, estimate, (low, high), found.reason),
    )


class _Seen(NamedTuple):
    """The messages as numbers. The columns of addresses have a value each, those of messages are rows with a time.

    Attributes:
        messages: How many have an address. `addresses`: how many addresses.
        is_open: Of addresses. `kind`: the access type's place in `kinds`. `kinds`: the access types, "" for unknown.
        stratum: Of addresses: number of access type and network together.
        unit: Of addresses: what counts as one host at one time, -1 for what counts as none.
        changes: Of addresses: whether the unit is a line's, whose address may change.
        is_ipv6: Of addresses.
        is_line: Of addresses: whether it is that of a home line whose network is known.
        owner: Of addresses: number of the organisation whose mail server it is, -1 where it is not known to be one's.
        network: Of addresses: number of its network.
        address, time, engine: Of messages: place of the address; microseconds since 1970; number, -1 for null.
    """

    messages: int
    addresses: int
    is_open: NDArray[np.bool_]
    kind: NDArray[np.int64]
    kinds: list[str]
    stratum: NDArray[np.int64]
    unit: NDArray[np.int64]
    changes: NDArray[np.bool_]
    is_ipv6: NDArray[np.bool_]
    is_line: NDArray[np.bool_]
    owner: NDArray[np.int64]
    network: NDArray[np.int64]
    address: NDArray[np.int64]
    time: NDArray[np.int64]
    engine: NDArray[np.int64]


def _column(table: pa.Table, name: str, kind: pa.DataType) -> pa.Array:
    column = table[name].combine_chunks()
    column = column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
    return column if column.type == kind else column.cast(kind)


def _codes(column: pa.Array) -> tuple[NDArray[np.int64], pa.Array]:
    """Return the number of each row's value, -1 for null, and the values."""
    encoded = column.dictionary_encode()
    return pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64), encoded.dictionary


def _numbered(*columns: NDArray[Any]) -> NDArray[np.int64]:
    """Return the number of each row among the distinct combinations of columns."""
    number = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        _, inverse = np.unique(column, return_inverse=True)
        _, number = np.unique(number * (inverse.max(initial=0) + 1) + inverse, return_inverse=True)
    return number


def _read(messages: pa.Table, addresses: pa.Table) -> _Seen:
    code, texts = _codes(_column(messages, "ip", pa.string()))
    packed = pack(texts)
    # What is no address was never handed over from one.
    place = np.full(len(texts) + 1, -1, np.int64)
    rows = np.sort(np.concatenate([packed.rows4, packed.rows6]))
    place[rows] = np.arange(len(rows))
    address = place[code]
    size = len(rows)
    known = pc.index_in(texts.take(pa.array(rows)), value_set=_column(addresses, "ip", pa.string()))
    kind, names = _codes(pc.fill_null(_column(addresses, "access", pa.string()).take(known), ""))
    asn = pc.fill_null(_column(addresses, "asn", pa.int64()).take(known), -1).to_numpy(zero_copy_only=False)
    kinds: list[str] = names.to_pylist()

    def among(group: frozenset[str]) -> NDArray[np.bool_]:
        return np.array([name in group for name in kinds], np.bool_)[kind]

    service = pc.fill_null(_column(messages, "service", pa.bool_()), fill_value=False)
    is_service = among(_SERVICES)
    flagged = address[service.to_numpy(zero_copy_only=False)]
    is_service[flagged[flagged >= 0]] = True
    shared, servers, unknown = among(_SHARED), among(_SERVERS), among(frozenset({""}))
    is_ipv6 = np.zeros(size, np.bool_)
    is_ipv6[place[packed.rows6]] = True
    number = np.zeros(size, np.uint64)
    number[place[packed.rows4]] = packed.ipv4
    first_half = np.ascontiguousarray(packed.ipv6).view(">u8").reshape(-1, 2)[:, 0]
    number[place[packed.rows6]] = first_half >> np.uint64(8)  # the /56 of a site (RFC 6177)
    # An autonomous system where it is known, else the upper half of the 32 bits of version 4 or of a site's /56.
    wide = np.where(asn >= 0, 0, number >> np.where(is_ipv6, np.uint64(24), np.uint64(16)))
    network = _numbered(asn, is_ipv6 & (asn < 0), wide)
    number = np.where(unknown & ~is_ipv6, number >> np.uint64(8), number)
    by_network = shared | servers
    number = np.where(by_network, 0, number)
    # Access types are kept apart where units are networks: a provider has lines and servers in one of them.
    unit = _numbered(is_ipv6, np.where(by_network, kind, -1), unknown, np.where(by_network, asn, -1), number)
    unit = np.where(is_service, -1, unit)

    times = _column(messages, "time", pa.timestamp("us", tz="UTC")).cast(pa.int64())
    used = (address >= 0) & pc.is_valid(times).to_numpy(zero_copy_only=False)
    moment = pc.fill_null(times, 0).to_numpy(zero_copy_only=False)
    used &= (moment > -_LATEST) & (moment < _LATEST)
    engine, _ = _codes(_column(messages, "engine", pa.string()))
    lines = among(_LINES)
    owner = np.where(is_service | shared | lines, -1, _owners(messages, address, size))
    return _Seen(
        *(int((address >= 0).sum()), size, is_service | shared, kind, kinds),
        *(_numbered(kind, asn), unit, ~by_network, is_ipv6),
        *(lines & ~is_service & (asn >= 0), owner, network, address[used]),
        moment[used],
        engine[used],
    )


def _owners(messages: pa.Table, address: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return the one organisation of each address's verified name, -1 where there is none or more than one."""
    owner = np.full(size, -1, np.int64)
    if "owner" not in messages.column_names:
        return owner
    named, _ = _codes(_column(messages, "owner", pa.string()))
    rows = (named >= 0) & (address >= 0)
    owner[address[rows]] = named[rows]
    # The last name has been taken: where another one was seen as well, none of them is steady.
    owner[address[rows][owner[address[rows]] != named[rows]]] = -1
    return owner


# --- Bounds ---------------------------------------------------------------------------------------------------------


def _spans(
    key: NDArray[np.int64], time: NDArray[np.int64], gap: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the stretches in which each key was seen without a gap that long, as key, first and last moment.

    Args:
        key: In order.
        time: In order for each key.
        gap: Microseconds.
    """
    new = np.ones(len(key), np.bool_)
    new[1:] = (key[1:] != key[:-1]) | (time[1:] - time[:-1] >= gap)
    ends = np.ones(len(key), np.bool_)
    ends[:-1] = new[1:]
    return key[new], time[new], time[ends]


def _most_at_once(first: NDArray[np.int64], last: NDArray[np.int64]) -> tuple[int, int]:
    """Return how many stretches share a moment at most, and that moment; both ends belong to a stretch."""
    if not len(first):
        return 0, 0
    begun = np.sort(first)
    depth = np.arange(1, len(begun) + 1) - np.searchsorted(np.sort(last), begun)
    best = int(depth.argmax())
    return int(depth[best]), int(begun[best])


def _lower(seen: _Seen, window: int) -> tuple[int, str]:
    best, source = 1, "a message has an address"
    changes = np.zeros(seen.unit.max(initial=-1) + 1, np.bool_)
    changes[seen.unit[seen.unit >= 0]] = seen.changes[seen.unit >= 0]
    of_message, is_ipv6 = seen.unit[seen.address], seen.is_ipv6[seen.address]
    for version in (False, True):
        rows = (of_message >= 0) & (is_ipv6 == version)
        unit, time = of_message[rows], seen.time[rows]
        order = np.lexsort((time, unit))
        unit, time = unit[order], time[order]
        _, first, last = _spans(unit, time, _HELD * _SECOND)
        held, _ = _most_at_once(first, last)
        # An address that changes hands between two messages is taken for held by a host that is already at another.
        # Each needs a host that has just left it: so many as change their address in that time.
        hosts = -(-held * window // (window + _HELD))
        if hosts > best:
            best, source = hosts, f"{held:,} addresses were in use at the same moment"
        key, first, last = _spans(unit, time, window * _SECOND)
        # A stretch prolonged by the window, less one tick, covers the ends of all windows that hold a message of it.
        last = last + (window * _SECOND - 1)
        # What cannot have changed counts twice, for lines count by halves.
        twice = np.where(changes[key], 1, 2)
        halves, moment = _most_at_once(np.repeat(first, twice), np.repeat(last, twice))
        if -(-halves // 2) > best:
            there = int(((first <= moment) & (last >= moment)).sum())
            best, source = -(-halves // 2), f"{there:,} addresses sent within {_duration(window)}"
    owned = seen.owner >= 0
    apart = fewest_hosts(seen.owner[owned], seen.network[owned])
    if apart > best:
        best, source = apart, f"{apart:,} mail servers belong to as many organisations in as many networks"
    return best, source


def _duration(seconds: int) -> str:
    for size, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds // size} {name}"
    return f"{seconds} seconds"


def _why_open(seen: _Seen) -> str | None:
    count = int(seen.is_open.sum())
    if not count:
        return None
    return (
        f"{count:,} of {seen.addresses:,} addresses are those of mail services, proxies or shared networks, with any"
        " number of hosts behind"
    )


def _engines(seen: _Seen, window: int) -> tuple[int, int]:
    """Return at how many addresses two programs were at work within a window, and the most pairs in one window."""
    rows = (seen.engine >= 0) & ~seen.is_open[seen.address]
    address, time, engine = seen.address[rows], seen.time[rows], seen.engine[rows]
    order = np.lexsort((time, address))
    address, time, engine = address[order], time[order], engine[order]
    near = (address[1:] == address[:-1]) & (time[1:] - time[:-1] < window * _SECOND) & (engine[1:] != engine[:-1])
    mixed = len(np.unique(address[1:][near]))
    pair = address * (engine.max(initial=0) + 1) + engine
    order = np.lexsort((time, pair))
    _, first, last = _spans(pair[order], time[order], window * _SECOND)
    pairs, _ = _most_at_once(first, last + window * _SECOND - 1)
    return mixed, pairs


# --- Estimate -------------------------------------------------------------------------------------------------------


def _estimate(seen: _Seen, lower: int) -> Recapture:
    closed = ~seen.is_open
    if not len(seen.time):
        return _without("no message has a time")
    if not closed[seen.address].any():
        return _without("all messages with a time came from services or from shared addresses")
    others = int((closed & ~seen.is_line).sum())
    if others > _MOST_OTHERS * closed.sum():
        return _without(
            f"{others:,} of {int(closed.sum()):,} addresses are not known to be home lines, whose changes of address"
            " can be undone"
        )
    lines = seen.is_line[seen.address]
    address, time = seen.address[lines], seen.time[lines]
    # An IPv6 address is one of many that its host has; its site is the mark. Others are their own.
    mark = np.where(seen.is_ipv6, seen.addresses + np.maximum(seen.unit, 0), np.arange(seen.addresses))
    found = recapture(mark[address], time, seen.stratum[address]) if len(address) else _without("no home line sent")
    if found.hosts is None or found.low is None or found.high is None:
        return found
    networks = len(np.unique(seen.network[address]))
    if found.high < networks:
        return _without(
            f"addresses seen again speak for {found.hosts:,} hosts, fewer than the {networks:,} networks of these"
            " lines: some send far more than others, or they come and go"
        )
    if found.high + others < lower:
        return _without(f"addresses seen again speak for {found.hosts:,} hosts, and {lower:,} must have existed")
    return Recapture(found.hosts + others, found.low + others, found.high + others, None)


def _without(reason: str) -> Recapture:
    return Recapture(None, None, None, reason)


# --- Words ----------------------------------------------------------------------------------------------------------


def _assumptions(seen: _Seen, window: int, upper: int | None, estimate: int | None) -> tuple[str, ...]:
    kinds = {seen.kinds[number] for number in np.unique(seen.kind).tolist()}
    told = ["line", "held"]
    told += ["servers"] if kinds & _SERVERS else []
    told += ["unknown"] if "" in kinds else []
    told += ["owners"] if (seen.owner >= 0).any() else []
    told += ["ipv6"] if seen.is_ipv6.any() else []
    told += ["upper"] if upper is not None else []
    told += ["lines", "estimate", "range"] if estimate is not None else []
    told += ["engines"] if (seen.engine >= 0).any() else []
    return tuple(_ASSUMED[name].format(window=_duration(window)) for name in told)


def _said(
    addresses: int,
    least: tuple[int, str],
    upper: int | None,
    reason: str | None,
    estimate: int | None,
    span: tuple[int | None, int | None],
    without: str | None,
) -> str:
    if upper == 1:
        return "One address, and so one host at least; how many stood behind it, the address does not say."
    about = f"There is no estimate, for {without}."
    if estimate is not None:
        chance = "" if None in span else f" ({span[0]:,} to {span[1]:,} by chance alone)"
        about = (
            f"About {estimate:,} by the estimate{chance}, if they were there all the time and only changed their"
            " addresses; if they came and went, more."
        )
    devices = (
        f"The count of addresses, {addresses:,}, is no count of devices: one host may have had many of them, and one"
        " address many hosts."
    )
    lower, shown_by = least
    if upper is not None:
        number = f"{upper:,}" if lower == upper else f"Between {lower:,} and {upper:,}"
        return f"{number} hosts sent, if no two shared an address. {about} {devices}"
    hosts = "At least 1 host sent." if lower == 1 else f"At least {lower:,} hosts sent: {shown_by}."
    return f"{hosts} {about} There is no upper bound, for {reason}. {devices}"


def _nothing(window: int) -> HostCount:
    why = "no message has an address"
    return HostCount(
        *(0, 0, 0, 0, 0, why, 0, None, None, None, None, why),
        *(_NO_METHOD, (), window, 0, 0, f"No hosts are counted, for {why}."),
    )
