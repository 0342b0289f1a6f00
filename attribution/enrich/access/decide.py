"""The access type of addresses, from all that is known of them, with the reason.

The evidence in its order: lists that the user gave, the name in DNS, the network, and what the sender called itself
in HELO. An address's owner sets its name in DNS as he likes, so a name yields to the number of a network that holds
nothing but servers for rent. HELO counts only where nothing else is known, and then weakly: the sender writes it; but a
provider's name from an address in a network that the provider sends from is believed.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich.access.embedded import embeds_address
from attribution.enrich.access.names import read_name, read_names
from attribution.enrich.access.networks import read_network
from attribution.enrich.access.tables import CONFIDENCE, Guess, zones
from attribution.enrich.ip.packed import pack
from attribution.enrich.ip.special import blocks, find_special, special_use

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.enrich.access.lists import AccessList
    from attribution.enrich.access.names import Reading

    Texts: TypeAlias = Sequence[str | None] | pa.Array | pa.ChunkedArray

__all__ = ["ACCESS_COLUMNS", "Access", "access_of", "access_types"]

ACCESS_COLUMNS = pa.schema(
    [
        ("access", pa.string()),
        ("access_confidence", pa.string()),
        ("access_evidence", pa.string()),
        ("access_rule", pa.string()),
        ("access_matched", pa.string()),
        ("access_against", pa.string()),
    ]
)
"""The columns that `access_types` returns."""


class Access(NamedTuple):
    """The access type of one address.

    Attributes:
        access: One of `ACCESS_TYPES`.
        confidence: `weak`, `fair`, `strong` or `certain`.
        evidence: What says so: `list`, `special`, `rdns`, `network` or `helo`.
        rule: Id of the rule. `matched`: what it found.
        against: Id of the rule by which other evidence says something else, None where none does.
    """

    access: str
    confidence: str
    evidence: str
    rule: str
    matched: str
    against: str | None


_CUSTOMERS = frozenset({"residential", "mobile", "business", "cgnat"})
"""What a name that a customer chose may claim to be."""
_FRESH_DAYS = 180
"""Days between mail and database within which a network is taken to be the same."""
_OLD_DAYS = 5 * 365
"""Days beyond which it may well be another's: addresses were sold and moved by the million. Between the two a network
counts one step less."""
_STEP_DOWN = {"certain": "strong", "strong": "fair", "fair": "weak", "weak": "weak"}
_OWNERS = frozenset({"education", "government"})
_SERVERS = frozenset({"hosting", "cdn"})
_RANK = {word: rank for rank, word in enumerate(CONFIDENCE)}


def access_of(
    ip: str,
    *,
    rdns: str | None = None,
    helo: str | None = None,
    asn: int | None = None,
    as_org: str | None = None,
    gap_days: int | None = None,
    lists: Sequence[AccessList] = (),
) -> Access | None:
    """Return the access type of one address, None where nothing tells it.

    Args:
        ip: An address in canonical form.
        rdns: Its name, as the receiver looked it up.
        helo: What the sender called itself.
        asn: The number of the network that announces it.
        as_org: The name of its holder.
        gap_days: Days between the mail and the database that names the network, where they are known: a network of
            another time counts less.
        lists: The user's own, of which the first that knows the address decides.
    """
    for given in lists:
        guess = given.find(ip, rdns, asn)
        if guess is not None:
            return Access(*guess[:2], "list", *guess[2:], None)
    use = special_use(ip)
    if use is not None and use.use != "documentation":
        return _of_special(use.use, use.prefix)
    name = None if rdns is None else _taken(read_name(rdns), rdns, ip)
    network = _of_time(read_network(asn, as_org), _age(gap_days))
    called = None if helo is None else _taken(read_name(helo), helo, ip)
    return _decide(name, network, called, confirmed=called is not None and asn in _networks_of(called.rule))


def access_types(
    ips: Texts,
    *,
    rdns: Texts | None = None,
    helo: Texts | None = None,
    asn: Sequence[int | None] | pa.Array | pa.ChunkedArray | None = None,
    as_org: Texts | None = None,
    gap_days: Sequence[int | None] | pa.Array | pa.ChunkedArray | None = None,
    lists: Sequence[AccessList] = (),
) -> pa.Table:
    """Return the access types of many addresses at once: the same as `access_of` for each, in `ACCESS_COLUMNS`.

    Args:
        ips: Addresses in canonical form; null has no access type.
        rdns: As for `access_of`, one for each address; left out where none is known. The next four likewise.
        helo: See `rdns`.
        asn: See `rdns`.
        as_org: See `rdns`.
        gap_days: See `rdns`.
        lists: As for `access_of`.
    """
    texts = _column(ips, None, pa.string())
    size = len(texts)
    names, called = (_column(column, size, pa.string()) for column in (rdns, helo))
    addresses = pack(texts)
    known: dict[Access | None, int] = {None: 0}
    result = np.zeros(size, np.int64)

    special = find_special(addresses)
    kept = {
        place: _of_special(block.use, block.prefix)
        for place, block in enumerate(blocks())
        if block.use != "documentation"
    }
    of_block = np.array([known.setdefault(kept.get(place), len(known)) for place in range(len(blocks()))])
    result[special >= 0] = of_block[special[special >= 0]]
    is_address = np.zeros(size, np.bool_)
    is_address[addresses.rows4] = is_address[addresses.rows6] = True
    is_common = np.array([place not in kept for place in range(len(blocks()))] + [True])[special] & is_address

    guesses: dict[Guess | None, int] = {None: 0}
    by_name = _guess_names(names, texts, guesses)
    by_helo = _guess_names(called, texts, guesses)
    numbers = _column(asn, size, pa.int64())
    by_network = _guess_networks(numbers, _column(as_org, size, pa.string()), guesses)
    gap = pc.fill_null(_column(gap_days, size, pa.int64()), 0).to_numpy(zero_copy_only=False)
    ages = np.searchsorted([_FRESH_DAYS, _OLD_DAYS], gap, side="left")
    fresh = list(guesses)
    aged = [[guesses.setdefault(_of_time(guess, age), len(guesses)) for guess in fresh] for age in range(3)]
    by_network = np.array(aged, np.int64)[ages, by_network]
    listed = list(guesses)
    confirmed = _confirmed(listed, by_helo, numbers)
    # Each combination of what is known is decided once.
    combined = ((by_name * len(listed) + by_network) * len(listed) + by_helo) * 2 + confirmed
    combinations, inverse = np.unique(combined, return_inverse=True)
    decided = np.zeros(len(combinations), np.int64)
    for at, combination in enumerate(combinations.tolist()):
        rest, is_confirmed = divmod(combination, 2)
        rest, last = divmod(rest, len(listed))
        first, second = divmod(rest, len(listed))
        found = _decide(listed[first], listed[second], listed[last], confirmed=bool(is_confirmed))
        decided[at] = known.setdefault(found, len(known))
    result[is_common] = decided[inverse.ravel()][is_common]
    _put_lists(result, texts, names, numbers, lists, known)
    table = list(known)
    return pa.table(
        {
            field.name: pa.array([None if one is None else one[at] for one in table], pa.string()).take(
                pa.array(result)
            )
            for at, field in enumerate(ACCESS_COLUMNS)
        },
        schema=ACCESS_COLUMNS,
    )


def _put_lists(
    result: NDArray[np.int64],
    texts: pa.Array,
    names: pa.Array,
    numbers: pa.Array,
    lists: Sequence[AccessList],
    known: dict[Access | None, int],
) -> None:
    """Write what the user's lists say over all else, the first list last."""
    if not lists:
        return
    addresses = pack(texts)
    is_address = np.zeros(len(texts), np.bool_)
    is_address[addresses.rows4] = is_address[addresses.rows6] = True
    rows = np.flatnonzero(is_address).tolist()
    host, number = names.to_pylist(), numbers.to_pylist()
    for given in reversed(lists):
        places = given.places(addresses).tolist()
        for row in rows:
            guess = given.entry(places[row], host[row], number[row])
            if guess is not None:
                result[row] = known.setdefault(Access(*guess[:2], "list", *guess[2:], None), len(known))


def _column(given: object, size: int | None, kind: pa.DataType) -> pa.Array:
    if given is None:
        return pa.nulls(size or 0, kind)
    if isinstance(given, pa.ChunkedArray):
        given = given.combine_chunks()
    column = given if isinstance(given, pa.Array) else pa.array(given, kind)
    if size is not None and len(column) != size:
        raise ValueError(f"{len(column)} values for {size} addresses")
    return column if column.type == kind else column.cast(kind)


def _guess_names(names: pa.Array, ips: pa.Array, guesses: dict[Guess | None, int]) -> NDArray[np.int64]:
    """Return for each name the number of what it tells, beside its address where that makes a difference."""
    if names.null_count == len(names):
        return np.zeros(len(names), np.int64)
    readings, which = read_names(names)
    plain = np.array([guesses.setdefault(reading.plain, len(guesses)) for reading in readings], np.int64)
    beside = np.array([guesses.setdefault(reading.beside, len(guesses)) for reading in readings], np.int64)
    found = plain[which]
    rows = np.flatnonzero(plain[which] != beside[which])
    at = pa.array(rows)
    pairs = zip(pc.utf8_lower(names.take(at)).to_pylist(), ips.take(at).to_pylist(), strict=True)
    embedded = np.fromiter((ip is not None and embeds_address(name, ip) for name, ip in pairs), np.bool_, len(rows))
    found[rows[embedded]] = beside[which[rows[embedded]]]
    return found


def _guess_networks(numbers: pa.Array, names: pa.Array, guesses: dict[Guess | None, int]) -> NDArray[np.int64]:
    number, name = numbers.dictionary_encode(), names.dictionary_encode()
    # One more for null.
    one = pc.fill_null(number.indices, len(number.dictionary)).to_numpy().astype(np.int64)
    other = pc.fill_null(name.indices, len(name.dictionary)).to_numpy().astype(np.int64)
    pairs, inverse = np.unique(one * (len(name.dictionary) + 1) + other, return_inverse=True)
    all_numbers, all_names = [*number.dictionary.to_pylist(), None], [*name.dictionary.to_pylist(), None]
    found = [
        guesses.setdefault(read_network(all_numbers[first], all_names[second]), len(guesses))
        for first, second in (divmod(pair, len(all_names)) for pair in pairs.tolist())
    ]
    return np.array(found, np.int64)[inverse.ravel()] if found else np.zeros(len(names), np.int64)


def _taken(reading: Reading, name: str, ip: str) -> Guess | None:
    if reading.plain == reading.beside:
        return reading.plain
    return reading.beside if embeds_address(name.lower(), ip) else reading.plain


def _of_special(use: str, prefix: str) -> Access | None:
    # Shared addresses are meant for providers, but clusters and private networks use them as well.
    return Access("cgnat", "fair", "special", f"special:{use}", prefix, None) if use == "shared" else None


def _age(gap_days: int | None) -> int:
    """Return 0 where a network is taken to be that of the mail's time, 1 where it mostly is, 2 where it may not be."""
    return 0 if gap_days is None or gap_days <= _FRESH_DAYS else 1 if gap_days <= _OLD_DAYS else 2


def _of_time(network: Guess | None, age: int) -> Guess | None:
    """Return what a network tells, or how little it does for mail of another time: networks are sold and split."""
    if not age or network is None:
        return network
    if network.access == "isp":
        return network if age == 1 else None
    return network._replace(confidence=_STEP_DOWN[network.confidence] if age == 1 else "weak")


@cache
def _networks_of(rule: str) -> frozenset[int]:
    """Return the networks that the provider of a zone sends from."""
    return next((zone.asn for zone in zones() if zone.id == rule), frozenset())


def _confirmed(guesses: Sequence[Guess | None], by_helo: NDArray[np.int64], numbers: pa.Array) -> NDArray[np.int64]:
    """Say with 1 where a HELO name is one of a provider in whose networks the address lies."""
    asn = pc.fill_null(numbers, -1).to_numpy(zero_copy_only=False)
    confirmed = np.zeros(len(asn), np.int64)
    for place in np.unique(by_helo).tolist():
        guess = guesses[place]
        networks = frozenset[int]() if guess is None else _networks_of(guess.rule)
        if networks:
            confirmed[(by_helo == place) & np.isin(asn, sorted(networks))] = 1
    return confirmed


def _decide(name: Guess | None, network: Guess | None, called: Guess | None, *, confirmed: bool) -> Access | None:
    """Return the access type that the evidence carries, None where there is none."""
    if name is None and confirmed and called is not None:
        return _access(called._replace(confidence="fair"), "helo", network)
    if network is not None and network.access == "isp":
        # A line's name on a provider's network is a customer's of that provider; a server's may be its own.
        if name is not None and name.confidence == "weak" and name.rule != "word-server":
            name = name._replace(confidence="fair")
        network = None
    if name is not None and (network is None or not _yields(name, network)):
        return _access(name, "rdns", network)
    if network is not None:
        return _access(network, "network", name)
    # The words of a server, or whose domain it is, say nothing in a name that the sender made up.
    if called is not None and called.confidence != "weak" and called.access not in _OWNERS:
        return _access(called._replace(confidence="weak"), "helo", None)
    return None


def _yields(name: Guess, network: Guess) -> bool:
    """Say whether a name counts less than the network that its address lies in."""
    if name.access == network.access:
        return _RANK[name.confidence] < _RANK[network.confidence]
    if network.access in _SERVERS and network.confidence == "strong":
        return name.access in _CUSTOMERS | _OWNERS
    if network.access in _OWNERS | {"mobile"} and network.confidence != "weak" and name.access in _CUSTOMERS:
        return name.rule.startswith(("word-", "name-"))
    return _RANK[name.confidence] < _RANK[network.confidence]


def _access(guess: Guess, evidence: str, other: Guess | None) -> Access:
    against = other.rule if other is not None and other.access != guess.access else None
    return Access(guess.access, guess.confidence, evidence, guess.rule, guess.matched, against)
