"""Hosts are counted as a range, and populations of known size are never outside what the range says."""

from __future__ import annotations

import heapq
import itertools
import json
import time as clock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.enrich.evidence.hosts import count_hosts
from attribution.enrich.evidence.owners import fewest_hosts
from attribution.enrich.evidence.recapture import recapture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attribution.enrich.evidence.hosts import HostCount

MINUTE, HOUR, DAY = 60, 3600, 86_400
START = 1_387_756_800  # 23 December 2013
UTC = pa.timestamp("us", tz="UTC")
Row = tuple[str | None, int | None, str | None, bool | None]


def count(rows: Sequence[Row], facts: Mapping[str, tuple[str | None, int | None]], *, window: int = 1800) -> HostCount:
    """Count the hosts behind rows of address, seconds, program and service, with access type and network."""
    ip, when, engine, service = zip(*rows, strict=True) if rows else ((), (), (), ())
    messages = pa.table(
        {
            "ip": pa.array(ip, pa.string()),
            "time": pa.array([None if one is None else (START + one) * 1_000_000 for one in when], pa.int64()).cast(
                UTC
            ),
            "engine": pa.array(engine, pa.string()),
            "service": pa.array(service, pa.bool_()),
        }
    )
    known = {
        "ip": pa.array(list(facts), pa.string()),
        "access": pa.array([access for access, _ in facts.values()], pa.string()),
        "asn": pa.array([asn for _, asn in facts.values()], pa.int64()),
    }
    return count_hosts(messages, pa.table(known), window_seconds=window)


def lines(*ips: str) -> dict[str, tuple[str | None, int | None]]:
    return dict.fromkeys(ips, ("residential", 64500))


def at(ip: str | None, *seconds: int | None, engine: str | None = None, service: bool = False) -> list[Row]:
    return [(ip, second, engine, service) for second in seconds]


# --- The lower bound -------------------------------------------------------------------------------------------------


def test_addresses_in_use_at_the_same_moment_are_as_many_hosts() -> None:
    rows = [*at("21.0.0.1", 0, 50), *at("21.0.0.2", 10, 60), *at("21.0.0.3", 20, 70)]
    found = count(rows, lines("21.0.0.1", "21.0.0.2", "21.0.0.3"))
    assert found.lower == 3
    assert found.lower_from == "3 addresses were in use at the same moment"


def test_addresses_one_after_the_other_may_be_one_host_that_changed_once() -> None:
    found = count([*at("21.0.0.1", 0, 10), *at("21.0.0.2", 600, 610)], lines("21.0.0.1", "21.0.0.2"))
    assert found.lower == 1


def test_a_host_has_two_addresses_at_most_in_a_window() -> None:
    ips = [f"21.0.0.{last}" for last in range(1, 6)]
    found = count([row for place, ip in enumerate(ips) for row in at(ip, place * 5 * MINUTE)], lines(*ips))
    assert found.lower == 3
    assert found.lower_from == "5 addresses sent within 30 minutes"


def test_days_apart_prove_no_second_host() -> None:
    ips = [f"21.0.0.{last}" for last in range(1, 15)]
    assert count([row for day, ip in enumerate(ips) for row in at(ip, day * DAY)], lines(*ips)).lower == 1


def test_an_address_that_was_silent_for_long_is_not_taken_to_be_held_between() -> None:
    rows = [*at("21.0.0.1", 0, HOUR), *at("21.0.0.2", HOUR // 2 + 1)]
    assert count(rows, lines("21.0.0.1", "21.0.0.2")).lower == 1


def test_rented_servers_of_one_network_may_be_one_machine_and_those_of_two_are_not() -> None:
    ips = [f"30.0.{third}.7" for third in range(8)]
    one = dict.fromkeys(ips, ("hosting", 64501))
    rows = [row for ip in ips for row in at(ip, 0, 50, 100)]
    assert count(rows, one).lower == 1
    assert count(rows, {ip: ("hosting", 64501 + place % 2) for place, ip in enumerate(ips)}).lower == 2


def test_addresses_of_unknown_access_count_by_their_24() -> None:
    rows = [row for ip in ("21.0.0.1", "21.0.0.2", "21.0.1.1") for row in at(ip, 0, 50, 100)]
    assert count(rows, {}).lower == 2


def test_a_host_with_many_addresses_of_version_6_is_one() -> None:
    ips = ["2001:470:1:100::1", "2001:470:1:1ff::2", "2001:470:1:100:a:b:c:d"]
    rows = [row for ip in ips for row in at(ip, 0, 50)]
    found = count([*rows, *at("21.0.0.1", 0, 50)], lines(*ips, "21.0.0.1"))
    # ... and an address of version 4 may be the same host's.
    assert found.lower == 1
    assert found.addresses == 4


def test_services_add_nothing_to_the_lower_bound_but_that_somebody_sent() -> None:
    rows = [row for last in range(9) for row in at(f"30.0.0.{last}", 0, 50, service=True)]
    found = count(rows, {})
    assert (found.lower, found.upper, found.open_addresses) == (1, None, 9)


def test_a_mobile_network_is_one_host_at_least() -> None:
    ips = [f"33.0.0.{last}" for last in range(1, 6)]
    rows = [row for ip in ips for row in at(ip, 0, 50)]
    found = count(rows, dict.fromkeys(ips, ("mobile", 64502)))
    assert (found.lower, found.upper) == (1, None)


# --- The upper bound -------------------------------------------------------------------------------------------------


def test_the_upper_bound_is_the_count_of_addresses_and_says_on_what_it_rests() -> None:
    found = count([*at("21.0.0.1", 0), *at("21.0.0.2", DAY)], lines("21.0.0.1", "21.0.0.2"))
    assert found.upper == found.addresses == 2
    assert any("upper bound holds only where no two hosts used one address" in text for text in found.assumptions)


@pytest.mark.parametrize("access", ["cgnat", "mobile", "mail-provider", "bulk-mailer", "vpn-proxy", "tor"])
def test_one_address_that_many_share_takes_the_upper_bound_away(access: str) -> None:
    found = count([*at("21.0.0.1", 0), *at("21.0.0.2", 0)], lines("21.0.0.1") | {"21.0.0.2": (access, 64503)})
    assert found.upper is None
    assert found.upper_reason is not None
    assert "1 of 2 addresses" in found.upper_reason
    assert "no upper bound" in found.said


# --- What is missing -------------------------------------------------------------------------------------------------


def test_nothing_is_counted_where_no_message_has_an_address() -> None:
    for rows in ([], at(None, 0, 5), at("no address", 0)):
        found = count(rows, {})
        assert (found.addresses, found.lower, found.upper, found.estimate) == (0, 0, 0, None)
        assert "no message has an address" in found.said


def test_messages_without_a_time_count_as_addresses_and_prove_nothing_at_once() -> None:
    found = count([*at("21.0.0.1", None), *at("21.0.0.2", None)], lines("21.0.0.1", "21.0.0.2"))
    assert (found.addresses, found.without_time, found.lower, found.upper) == (2, 2, 1, 2)
    assert found.estimate is None
    assert found.estimate_reason == "no message has a time"


def test_addresses_that_are_never_seen_again_carry_no_estimate() -> None:
    ips = [f"21.0.{third}.1" for third in range(100)]
    found = count([row for place, ip in enumerate(ips) for row in at(ip, place * HOUR)], lines(*ips))
    assert found.estimate is None
    assert found.estimate_reason is not None
    assert "only 0 times" in found.estimate_reason


def test_a_window_of_nothing_is_refused() -> None:
    for window in (0, -5, 10**9):
        with pytest.raises(ValueError, match="give 1 to"):
            count([], {}, window=window)


def test_absurd_times_are_none() -> None:
    table = {"ip": ["21.0.0.1"] * 2, "engine": [None] * 2, "service": [False] * 2}
    times = pa.array([-(1 << 63) + 1, (1 << 63) - 1], pa.int64()).cast(UTC)
    kinds = pa.schema([("ip", pa.string()), ("engine", pa.string()), ("service", pa.bool_())])
    found = count_hosts(
        pa.table(table, schema=kinds).append_column("time", times), pa.table({"ip": [], "access": [], "asn": []})
    )
    assert (found.addresses, found.without_time) == (1, 2)


# --- Servers by their names ------------------------------------------------------------------------------------------


def owned(*servers: tuple[str, str | None], asn: int | None = None, access: str | None = None) -> HostCount:
    """Count the hosts behind a message a day of each address, with the organisation that its verified name is of."""
    rows = [row for day, (ip, _) in enumerate(servers) for row in at(ip, day * DAY)]
    ip, when, engine, service = zip(*rows, strict=True)
    messages = pa.table(
        {
            "ip": pa.array(ip),
            "time": pa.array([(START + one) * 1_000_000 for one in when], pa.int64()).cast(UTC),
            "engine": pa.array(engine, pa.string()),
            "service": pa.array(service),
            "owner": pa.array([owner for _, owner in servers], pa.string()),
        }
    )
    ips = sorted(set(ip))
    kinds = pa.array([access] * len(ips), pa.string())
    known = {"ip": ips, "access": kinds, "asn": pa.array([asn] * len(ips), pa.int64())}
    return count_hosts(messages, pa.table(known))


def test_mail_servers_of_different_organisations_in_different_networks_are_different_hosts() -> None:
    found = owned(("21.1.0.1", "one.example"), ("21.2.0.1", "two.example"), ("21.3.0.1", "three.example"))
    assert found.lower == 3
    assert found.lower_from == "3 mail servers belong to as many organisations in as many networks"
    assert any("no host of another organisation in another network" in text for text in found.assumptions)


def test_one_organisations_servers_in_many_networks_may_be_one_host_that_moved() -> None:
    assert owned(("21.1.0.1", "one.example"), ("21.2.0.1", "one.example"), ("21.3.0.1", "one.example")).lower == 1


def test_names_of_many_organisations_in_one_network_may_be_one_rented_host() -> None:
    near = [("21.1.0.1", "one.example"), ("21.1.9.1", "two.example"), ("21.1.70.1", "three.example")]
    assert owned(*near).lower == 1
    far = [("21.1.0.1", "one.example"), ("21.2.0.1", "two.example"), ("2001:470:1::1", "three.example")]
    assert owned(*far, asn=64500).lower == 1
    assert owned(*far).lower == 3


def test_of_servers_that_have_organisation_or_network_in_common_no_more_are_counted_than_must_be() -> None:
    # The organisation one and the network 21.9 account for all of these.
    star = [("21.1.0.1", "one.example"), ("21.2.0.1", "one.example"), ("21.3.0.1", "one.example")]
    house = [("21.9.0.1", "two.example"), ("21.9.0.2", "three.example"), ("21.9.0.3", "four.example")]
    assert owned(*star, *house).lower == 2


@pytest.mark.parametrize("access", ["residential", "mobile", "mail-provider"])
def test_a_line_that_changes_hands_and_a_service_are_no_organisations_server(access: str) -> None:
    assert owned(("21.1.0.1", "one.example"), ("21.2.0.1", "two.example"), access=access).lower == 1
    assert owned(("21.1.0.1", "one.example"), ("21.2.0.1", "two.example"), access="business").lower == 2


def test_an_address_that_changes_its_organisation_proves_nothing() -> None:
    moved = [("21.1.0.1", "one.example"), ("21.1.0.1", "two.example"), ("21.2.0.1", "three.example")]
    assert owned(*moved).lower == 1


def test_servers_without_a_verified_name_are_not_counted_by_it() -> None:
    assert owned(("21.1.0.1", None), ("21.2.0.1", "two.example"), ("21.3.0.1", None)).lower == 1


@settings(max_examples=100, deadline=None)
@given(edges=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=14))
def test_so_many_hosts_and_no_fewer_can_stand_behind_servers(edges: list[tuple[int, int]]) -> None:
    owner, network = (np.array([edge[at] for edge in edges], np.int64) for at in (0, 1))
    nodes = [("owner", value) for value in set(owner.tolist())] + [
        ("network", value) for value in set(network.tolist())
    ]
    enough = next(
        size
        for size in range(len(nodes) + 1)
        if any(
            all(("owner", a) in chosen or ("network", b) in chosen for a, b in edges)
            for chosen in map(set, itertools.combinations(nodes, size))
        )
    )
    assert fewest_hosts(owner, network) == enough


# --- Which population an estimate may be made for --------------------------------------------------------------------


def test_servers_of_many_organisations_carry_no_estimate_however_often_some_are_seen_again() -> None:
    crowd = population(7, hosts=300, hold=None, access="hosting", uneven=2.0)
    found = count_hosts(crowd.messages, crowd.addresses)
    assert found.estimate is None
    assert found.estimate_reason is not None
    assert "addresses are not known to be home lines, whose changes of address can be undone" in found.estimate_reason


@pytest.mark.parametrize("column", ["access", "asn"])
def test_lines_of_which_access_or_network_is_not_known_carry_no_estimate(column: str) -> None:
    crowd = population(8, hosts=400, hold=DAY)
    place = crowd.addresses.column_names.index(column)
    unknown = crowd.addresses.set_column(
        place, column, pa.nulls(len(crowd.addresses), crowd.addresses.schema.field(column).type)
    )
    assert count_hosts(crowd.messages, crowd.addresses).estimate is not None
    assert count_hosts(crowd.messages, unknown).estimate is None


def test_a_few_other_addresses_count_as_one_host_each_in_the_estimate() -> None:
    crowd = population(9, hosts=400, hold=DAY)
    lines = count_hosts(crowd.messages, crowd.addresses)
    rows = [row for last in range(20) for row in at(f"30.0.{last}.7", last * DAY)]
    ip, when, engine, service = zip(*rows, strict=True)
    more = pa.table(
        {
            "ip": pa.array(ip),
            "time": pa.array([(START + one) * 1_000_000 for one in when], pa.int64()).cast(UTC),
            "engine": pa.array(engine, pa.string()),
            "service": pa.array(service),
        }
    )
    servers = pa.table({"ip": pa.array(ip), "access": ["hosting"] * 20, "asn": pa.array([64999] * 20, pa.int64())})
    found = count_hosts(pa.concat_tables([crowd.messages, more]), pa.concat_tables([crowd.addresses, servers]))
    assert lines.estimate is not None
    assert found.estimate == lines.estimate + 20


def test_an_estimate_of_fewer_hosts_than_networks_is_given_up() -> None:
    """Lines of as many networks, each seen now and then, and one that sends all the time."""
    dice = np.random.default_rng(1)
    ips = [f"21.{place}.0.1" for place in range(200)]
    rows = [row for ip in ips for row in at(ip, int(dice.integers(14 * DAY)))]
    rows += at("22.0.0.1", *range(0, 14 * DAY, HOUR))
    facts: dict[str, tuple[str | None, int | None]] = {
        ip: ("residential", 64500 + place) for place, ip in enumerate([*ips, "22.0.0.1"])
    }
    found = count(rows, facts)
    assert found.estimate is None
    assert found.estimate_reason is not None
    assert "fewer than the 201 networks of these lines" in found.estimate_reason


# --- Programs --------------------------------------------------------------------------------------------------------


def test_a_longer_window_asks_for_more_faith_and_says_so() -> None:
    ips = [f"21.0.0.{last}" for last in range(1, 11)]
    rows = [row for hour, ip in enumerate(ips) for row in at(ip, hour * HOUR)]
    found = count(rows, lines(*ips), window=DAY)
    assert (found.lower, found.window_seconds) == (5, DAY)
    assert "A line has one address at a time, and within 24 hours two at most." in found.assumptions


def test_two_programs_at_one_address_are_told_but_raise_no_bound() -> None:
    rows = [*at("21.0.0.1", 0, 120, engine="a"), *at("21.0.0.1", 60, 180, engine="b"), *at("21.0.0.2", 0, engine="a")]
    found = count(rows, lines("21.0.0.1", "21.0.0.2"))
    assert (found.mixed_addresses, found.pairs_at_once) == (1, 3)
    assert (found.lower, found.upper) == (2, 2)


def test_a_change_of_program_after_hours_is_no_mix() -> None:
    found = count([*at("21.0.0.1", 0, engine="a"), *at("21.0.0.1", DAY, engine="b")], lines("21.0.0.1"))
    assert (found.mixed_addresses, found.pairs_at_once) == (0, 1)


# --- The sentence and the record -------------------------------------------------------------------------------------


def test_the_sentence_says_that_addresses_are_no_devices() -> None:
    ips = [f"21.0.{third}.1" for third in range(6)]
    found = count([row for ip in ips for row in at(ip, 0, 50)], lines(*ips))
    assert found.said.startswith("6 hosts sent, if no two shared an address. There is no estimate, for only 0 times")
    assert "The count of addresses, 6, is no count of devices" in found.said


def test_the_record_holds_plain_values_and_is_the_same_each_time() -> None:
    crowd = population(1, hosts=200, hold=DAY)
    first, again = (count_hosts(crowd.messages, crowd.addresses).as_dict() for _ in range(2))
    assert json.dumps(first) == json.dumps(again)
    assert isinstance(first["assumptions"], list)


def test_the_order_of_messages_does_not_matter() -> None:
    crowd = population(2, hosts=200, hold=DAY)
    order = np.random.default_rng(1).permutation(len(crowd.messages))
    assert count_hosts(crowd.messages.take(pa.array(order)), crowd.addresses) == count_hosts(*crowd[:2])


_IPS = st.sampled_from(["21.0.0.1", "21.0.0.2", "21.0.1.1", "2001:470::1", "2001:470:0:200::1", "33.0.0.1", "x", None])
_ROWS = st.tuples(
    *(_IPS, st.none() | st.integers(-(10**9), 10**9), st.sampled_from([None, "a", "b"])),
    st.sampled_from([None, True, False]),
)
_FACTS = st.dictionaries(
    _IPS.filter(lambda ip: ip is not None),
    st.tuples(st.sampled_from([None, "residential", "hosting", "cgnat", "tor", "odd"]), st.none() | st.integers(1, 3)),
)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(_ROWS, max_size=40), facts=_FACTS)
def test_the_bounds_are_in_order_whatever_comes(
    rows: list[Row], facts: dict[str, tuple[str | None, int | None]]
) -> None:
    found = count(rows, facts)
    assert 0 <= found.lower <= found.addresses <= found.messages
    assert (found.upper is None) == (found.upper_reason is not None)
    if found.upper is not None:
        assert found.lower <= found.upper
    if found.estimate is not None:
        assert found.lower <= found.estimate <= found.addresses


# --- Populations of known size ---------------------------------------------------------------------------------------


class Crowd(NamedTuple):
    messages: pa.Table
    addresses: pa.Table
    hosts: int


def population(
    seed: int,
    *,
    hosts: int,
    hold: float | None,
    mails: float = 5.0,
    days: int = 14,
    forced: bool = False,
    crowding: float = 0.02,
    access: str = "residential",
    at_once: int = 1,
    household: int = 1,
    hours: float | None = None,
    uneven: float = 0.0,
) -> Crowd:
    """Make the mail of hosts of which it is known how many sent.

    Args:
        seed: Of all choices.
        hosts: How many there are; those that happen to send nothing do not count.
        hold: Seconds that a line keeps an address on average, None for ever.
        mails: Messages of a host, on average.
        days: How long it goes on.
        forced: Whether the line is cut after exactly `hold`, and not at random.
        crowding: Share of the network's addresses that such hosts have.
        access: The access type.
        at_once: Messages of one host within a minute.
        household: Hosts on a line.
        hours: Hours of a day that each is at work, at a time of its own; None for all.
        uneven: Standard deviation of the logarithm of how much a host sends.
    """
    dice = np.random.default_rng(seed)
    line = np.arange(hosts) // household
    count_of_lines = int(line.max()) + 1
    network = dice.integers(0, 10, count_of_lines)
    rate = mails / at_once * np.exp(dice.normal(0, uneven, hosts) - uneven**2 / 2)
    host = np.repeat(np.arange(hosts), dice.poisson(rate))
    when = dice.uniform(0, days * DAY, len(host))
    if hours is not None:
        begin = dice.uniform(0, 24 - hours, hosts)
        when = when // DAY * DAY + (begin[host] + dice.uniform(0, hours, len(host))) * HOUR
    host = np.repeat(host, at_once)
    when = np.repeat(when, at_once) + (dice.uniform(0, 60, len(host)) if at_once > 1 else 0)
    if hold is None:
        lease = np.zeros(len(host), np.int64)
    elif forced:
        lease = ((when + dice.uniform(0, hold, count_of_lines)[line[host]]) // hold).astype(np.int64)
    else:
        ends = np.cumsum(dice.exponential(hold, (count_of_lines, int(days * DAY / hold * 2 + 30))), axis=1)
        lease = np.array([np.searchsorted(ends[of], moment) for of, moment in zip(line[host], when, strict=True)])
    leases, which = np.unique(line[host] * 100_000 + lease, return_inverse=True)
    pool = max(16, int(count_of_lines / 10 / crowding))
    number = (21 << 24) + network[leases // 100_000] * (1 << 20) + dice.integers(0, pool, len(leases))
    if hold is None:
        number = (21 << 24) + network[leases // 100_000] * (1 << 20) + np.arange(len(leases))
    texts = np.array([".".join(str(one >> shift & 255) for shift in (24, 16, 8, 0)) for one in number.tolist()])
    ips, first = np.unique(texts, return_index=True)
    messages = {
        "ip": pa.array(texts[which]),
        "time": pa.array(((START + when) * 1_000_000).astype(np.int64)).cast(UTC),
        "engine": pa.nulls(len(host), pa.string()),
        "service": pa.array(np.zeros(len(host), np.bool_)),
    }
    asn = network[leases // 100_000][first] + 64512
    known = {"ip": pa.array(ips), "access": pa.array([access] * len(ips)), "asn": pa.array(asn, pa.int64())}
    return Crowd(pa.table(messages), pa.table(known), len(np.unique(host)))


@pytest.mark.parametrize("seed", range(20))
def test_the_lower_bound_holds_for_whatever_population(seed: int) -> None:
    crowds = [
        population(seed, hosts=400, hold=None, access="hosting"),
        population(seed, hosts=400, hold=DAY),
        population(seed, hosts=400, hold=DAY, mails=1.2),
        population(seed, hosts=400, hold=DAY, forced=True, mails=40),
        population(seed, hosts=400, hold=HOUR),
        population(seed, hosts=100, hold=HOUR, forced=True, mails=200, crowding=0.5),
        population(seed, hosts=40, hold=HOUR, mails=1500, crowding=0.9),
        population(seed, hosts=400, hold=DAY, at_once=5, mails=10),
        population(seed, hosts=400, hold=DAY, household=4),
        population(seed, hosts=400, hold=DAY, uneven=1.5),
        population(seed, hosts=400, hold=DAY, hours=3),
    ]
    for crowd in crowds:
        found = count_hosts(crowd.messages, crowd.addresses)
        assert 1 <= found.lower <= crowd.hosts
        assert found.upper == found.addresses


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("pool", "forced"), [(110, False), (110, True), (200, False), (1000, False)])
def test_the_lower_bound_holds_where_addresses_go_from_host_to_host(seed: int, pool: int, forced: bool) -> None:
    messages = relay(seed, hosts=100, pool=pool, hold=HOUR, forced=forced)
    known = pa.table({"ip": pc.unique(messages["ip"])})
    known = known.append_column("access", pa.array(["residential"] * len(known)))
    known = known.append_column("asn", pa.array([64500] * len(known), pa.int64()))
    assert 75 <= count_hosts(messages, known).lower <= 100


def relay(seed: int, *, hosts: int, pool: int, hold: float, forced: bool) -> pa.Table:
    """Make the worst case for the bound: a pool of such hosts alone, all at work all the time."""
    dice = np.random.default_rng(seed)
    free = dice.permutation(pool).tolist()
    held = [(free.pop(), 0.0) for _ in range(hosts)]
    due = [(hold if forced else dice.exponential(hold), host) for host in range(hosts)]
    heapq.heapify(due)
    stretches = []
    while due[0][0] < 6 * HOUR:
        now, host = heapq.heappop(due)
        stretches.append((*held[host], now))
        free.append(held[host][0])
        held[host] = free.pop(int(dice.integers(len(free)))), now
        heapq.heappush(due, (now + (hold if forced else dice.exponential(hold)), host))
    stretches += [(address, since, 6.0 * HOUR) for address, since in held]
    sent = [dice.uniform(since, until, dice.poisson((until - since) / 20)) for _, since, until in stretches]
    address = np.repeat([address for address, _, _ in stretches], [len(each) for each in sent])
    when = ((START + np.concatenate(sent)) * 1_000_000).astype(np.int64)
    return pa.table(
        {
            "ip": pa.array([f"21.0.{one >> 8}.{one & 255}" for one in address.tolist()]),
            "time": pa.array(when).cast(UTC),
            "engine": pa.nulls(len(when), pa.string()),
            "service": pa.nulls(len(when), pa.bool_()),
        }
    )


def test_hosts_that_send_all_the_time_are_nearly_all_in_the_lower_bound() -> None:
    crowd = population(3, hosts=60, hold=DAY, mails=4000, days=1)
    assert count_hosts(crowd.messages, crowd.addresses).lower >= 0.8 * crowd.hosts


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(
    ("name", "within"),
    [("fixed", 1.3), ("random", 1.3), ("forced", 1.5), ("slow", 1.8), ("bursts", 1.8)],
)
def test_the_estimate_undoes_the_change_of_addresses(name: str, within: float, seed: int) -> None:
    crowd = {
        "fixed": lambda: population(seed, hosts=2000, hold=None),
        "random": lambda: population(seed, hosts=2000, hold=DAY),
        "forced": lambda: population(seed, hosts=2000, hold=DAY, forced=True),
        "slow": lambda: population(seed, hosts=2000, hold=DAY, mails=1.5),
        "bursts": lambda: population(seed, hosts=2000, hold=DAY, mails=10, at_once=5),
    }[name]()
    found = count_hosts(crowd.messages, crowd.addresses)
    assert found.estimate is not None
    assert crowd.hosts / within <= found.estimate <= crowd.hosts * within


@pytest.mark.parametrize(("hold", "hours"), [(HOUR, None), (DAY, 3.0), (None, 3.0)])
def test_there_is_no_estimate_where_fast_changes_and_hours_of_work_look_alike(
    hold: float | None, hours: float | None
) -> None:
    crowd = population(4, hosts=2000, hold=hold, hours=hours, mails=20)
    found = count_hosts(crowd.messages, crowd.addresses)
    assert found.estimate is None
    assert found.estimate_reason is not None
    assert "either addresses change within hours, or each host is at work at hours of its own" in found.estimate_reason


def test_a_household_hides_hosts_from_upper_bound_and_estimate_and_the_assumptions_say_so() -> None:
    crowd = population(5, hosts=2000, hold=None, household=4)
    found = count_hosts(crowd.messages, crowd.addresses)
    assert found.upper is not None
    assert found.upper < crowd.hosts
    assert any("neither at once behind a router nor one after the other" in text for text in found.assumptions)


def test_the_range_of_the_estimate_holds_its_middle() -> None:
    crowd = population(6, hosts=1000, hold=DAY)
    found = count_hosts(crowd.messages, crowd.addresses)
    assert found.estimate is not None
    assert found.estimate_low is not None
    assert found.estimate_high is not None
    assert found.estimate_low <= found.estimate <= found.estimate_high


def test_one_mark_in_every_hour_is_counted_in_time() -> None:
    """The worst case for pairs at all distances: everything is seen again all the time."""
    hour = np.tile(np.arange(100_000), 2)
    began = clock.perf_counter()
    found = recapture(np.repeat([0, 1], 100_000), hour * HOUR * 1_000_000, np.zeros(200_000, np.int64))
    assert clock.perf_counter() - began < 20
    assert found.hosts == 2
