from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.campaigns.botnets import SAME_ENGINE, SAME_SENDERS, BotnetLayer, link_campaigns
from attribution.tables import CAMPAIGNS, LEADS

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
_DAY = 86_400_000_000
_START = 1_388_000_000_000_000
_CLIENTS = [f"client {n}; id <9.{n}@host>; boundary z; order c{n:07x}" for n in range(12)]


@dataclass
class World:
    """Mail with known senders. Everything follows from the seed."""

    seed: int = 1
    parts: list[pa.Table] = field(default_factory=list)
    campaigns: int = 0
    truth: dict[int, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def hosts(self, count: int, blocks: int = 20_000) -> Numbers:
        """Draw addresses of machines that lie all over the Internet, or in a number of /16."""
        chosen = self.rng.integers(11 << 8, 223 << 8, blocks)
        return (self.rng.choice(chosen, count) << 16) + self.rng.integers(0, 1 << 16, count)

    def add(
        self, campaign: int | None, address: Numbers, days: np.ndarray | float, engine: str | None = None,
        grade: str = "vouched",
    ) -> None:  # fmt: skip
        count = len(address)
        time = _START + (np.broadcast_to(np.asarray(days, dtype=float), count) * _DAY).astype(np.int64)
        texts, code = np.unique(address, return_inverse=True)
        names = pa.array([".".join(str(int(ip) >> shift & 255) for shift in (24, 16, 8, 0)) for ip in texts])
        self.parts.append(
            pa.table(
                {
                    "message": pa.nulls(count, pa.int64()),
                    "campaign": pa.array([campaign] * count, pa.int64()),
                    "handover_ip": names.take(pa.array(code)) if count else pa.array([], pa.string()),
                    "handover_grade": pa.array([grade] * count, pa.string()),
                    "received_at": pa.array(time).cast(pa.timestamp("us", tz="UTC")),
                    "engine": pa.array([engine] * count, pa.string()),
                }
            )
        )

    def campaign(
        self, pool: Numbers, size: int, botnet: str = "", *, start: float = 0, days: float = 7,
        engine: str | None = None,
    ) -> int:  # fmt: skip
        """Send a campaign of some messages from hosts that are drawn from a pool for each message."""
        self.campaigns += 1
        key = 1_000 + self.campaigns
        self.truth[key] = frozenset([botnet] if botnet else [])
        self.add(key, self.rng.choice(pool, size), start + self.rng.random(size) * days, engine)
        return key

    def singles(self, pool: Numbers, size: int, *, days: float = 14) -> None:
        """Send mail of no campaign, written by common clients."""
        address = self.rng.choice(pool, size)
        rate = 1 / np.arange(1, len(_CLIENTS) + 1)
        client = self.rng.choice(len(_CLIENTS), size, p=rate / rate.sum())
        for number, engine in enumerate(_CLIENTS):
            mine = address[client == number]
            self.add(None, mine, self.rng.random(len(mine)) * days, engine)

    def crowd(self) -> None:
        """Send what an ordinary dump holds besides: single mails, and campaigns that have nothing to do with others."""
        self.singles(self.hosts(8_000), 8_000)
        for _ in range(30):
            self.campaign(self.hosts(200), int(self.rng.integers(5, 300)), start=self.rng.random() * 7)

    def messages(self) -> pa.Table:
        table = pa.concat_tables(self.parts).combine_chunks()
        return table.set_column(0, "message", pa.array(np.arange(len(table))))

    def table(self) -> pa.Table:
        return campaign_table(sorted(self.truth))

    def link(self) -> BotnetLayer:
        return link_campaigns(self.table(), self.messages())


def campaign_table(keys: list[int]) -> pa.Table:
    return pa.Table.from_pylist([{"campaign": key} for key in keys], schema=CAMPAIGNS)


def pairs(layer: BotnetLayer, kind: str | None = None) -> set[tuple[int, int]]:
    return {(row["campaign_a"], row["campaign_b"]) for row in layer.leads.to_pylist() if kind in (None, row["kind"])}


def botnet_world(seed: int) -> World:
    """Make two pairs of botnets of 600, 15 % of whose machines are in both of a pair, and a crowd of others."""
    world = World(seed)
    world.crowd()
    nets = [world.hosts(600) for _ in range(4)]
    nets[1][:90] = nets[0][:90]
    nets[3][:90] = nets[2][:90]
    for number, net in enumerate(nets):
        for _ in range(10):
            size = int(min(3_000, 40 * (world.rng.pareto(1.0) + 1)))
            world.campaign(net, size, f"botnet {number}", start=world.rng.random() * 7)
    return world


def test_two_campaigns_from_one_botnet_get_a_lead_that_says_how_many_senders_they_share() -> None:
    world = World()
    world.crowd()
    net = world.hosts(500)
    first, second = world.campaign(net, 150, "b"), world.campaign(net, 200, "b")
    layer = world.link()
    (lead,) = layer.leads.to_pylist()
    assert layer.leads.schema == LEADS
    assert (lead["kind"], lead["campaign_a"], lead["campaign_b"]) == (SAME_SENDERS, first, second)
    sent = world.messages().to_pandas().groupby("campaign")["handover_ip"].agg(set)
    both = sent[first] & sent[second]
    assert lead["shared"] == len(both)
    assert set(lead["value"].removesuffix(", …").split(", ")) <= both
    assert lead["reason"].startswith(f"{len(both)} of the {len(sent[first])} addresses of the smaller campaign")
    assert lead["reason"].endswith("fewer than 0.0001 such pairs expected by chance")
    assert lead["background"] < 0.0001
    assert lead["weight"] == pytest.approx(-np.log2(lead["background"]))
    assert lead["lead"] == first


def test_campaigns_that_share_fifteen_percent_of_their_machines_are_linked() -> None:
    world = World()
    world.crowd()
    common = world.hosts(30)
    for _ in range(2):
        world.campaigns += 1
        world.truth[1_000 + world.campaigns] = frozenset("b")
        machines = np.concatenate([common, world.hosts(170)])
        world.add(1_000 + world.campaigns, machines, world.rng.random(200) * 7)
    assert pairs(world.link()) == {(1_031, 1_032)}


def test_one_botnet_that_sends_ten_campaigns_is_one_group() -> None:
    world = World()
    world.crowd()
    net = world.hosts(800)
    keys = [world.campaign(net, 60 + 40 * number, "b", start=number) for number in range(10)]
    groups = dict(zip(sorted(world.truth), world.link().groups.to_pylist(), strict=True))
    assert {groups[key] for key in keys} == {keys[0]}
    assert {group for key, group in groups.items() if key not in keys} == {None}


def test_two_botnets_with_some_machines_in_common_are_two_groups() -> None:
    world = World()
    world.crowd()
    first, second = world.hosts(600), world.hosts(600)
    second[:90] = first[:90]
    ours = [world.campaign(first, 250, "first") for _ in range(6)]
    theirs = [world.campaign(second, 250, "second") for _ in range(6)]
    groups = dict(zip(sorted(world.truth), world.link().groups.to_pylist(), strict=True))
    assert {groups[key] for key in ours} == {ours[0]}
    assert {groups[key] for key in theirs} == {theirs[0]}


def test_a_lead_that_joins_two_groups_has_the_id_of_the_first() -> None:
    world = World()
    world.singles(world.hosts(40_000), 40_000)
    nets = [world.hosts(2_000), world.hosts(2_000)]
    for net in nets:
        for _ in range(3):
            world.campaign(net, 1_000, "b")
    # One campaign of each was also sent by forty machines that nobody else has.
    extra = world.hosts(60)
    for key in (1_001, 1_004):
        world.add(key, extra, 3.0)
    layer = world.link()
    leads = {(row["campaign_a"], row["campaign_b"]): row["lead"] for row in layer.leads.to_pylist()}
    assert leads[1_001, 1_002] == 1_001
    assert leads[1_004, 1_006] == 1_004
    assert leads[1_001, 1_004] == 1_001
    assert layer.groups.to_pylist() == [1_001] * 3 + [1_004] * 3


def test_over_twenty_worlds_no_lead_is_false_and_most_campaigns_of_size_are_placed() -> None:
    false = found = true = strangers = misplaced = placed = 0
    for seed in range(20):
        world = botnet_world(seed)
        layer = world.link()
        same = {(a, b) for a, b in combinations(sorted(world.truth), 2) if world.truth[a] & world.truth[b]}
        leads = pairs(layer)
        found, true, false = found + len(leads & same), true + len(same), false + len(leads - same)
        groups = dict(zip(sorted(world.truth), layer.groups.to_pylist(), strict=True))
        placed += sum(group is not None and bool(world.truth[key]) for key, group in groups.items())
        strangers += sum(group is not None and not world.truth[key] for key, group in groups.items())
        members = [(groups[key], botnet) for key, net in world.truth.items() for botnet in net if groups[key]]
        misplaced += sum(len({net for group, net in members if group == one}) > 1 for one in {g for g, _ in members})
    assert (false, strangers, misplaced) == (0, 0, 0)
    assert found / true > 0.5
    assert placed / (20 * 40) > 0.9


@pytest.mark.parametrize("blocks", [1, 2, 5])
@pytest.mark.parametrize("messages", [10, 200])
def test_newsletters_of_one_bulk_mailer_are_no_botnet(blocks: int, messages: int) -> None:
    world = World()
    world.crowd()
    world.singles(world.hosts(30_000), 30_000)
    hosts = world.hosts(5, blocks)
    for _ in range(8):
        world.campaign(hosts, messages, engine="mailer of the service; id <z9@from>; boundary h32; order 0123abcd")
    assert len(world.link().leads) == 0


def test_newsletters_of_a_bulk_mailer_with_hundreds_of_servers_are_no_botnet() -> None:
    world = World()
    world.crowd()
    world.singles(world.hosts(30_000), 30_000)
    hosts = world.hosts(300, 7)
    for _ in range(60):
        world.campaign(hosts, 40, engine="mailer of the service; id <z9@from>; boundary h32; order 0123abcd")
    assert len(world.link().leads) == 0


def test_relays_that_hand_over_mail_of_all_kinds_link_nothing() -> None:
    world = World()
    world.crowd()
    relays = world.hosts(4, 4)
    world.singles(relays, 200)
    for _ in range(6):
        key = world.campaign(world.hosts(300), 100)
        world.add(key, np.repeat(relays, 3), world.rng.random(12) * 7)
    assert len(world.link().leads) == 0


def test_relays_that_hand_over_campaigns_only_link_nothing() -> None:
    world = World()
    world.crowd()
    relays = world.hosts(4, 4)
    for _ in range(12):
        key = world.campaign(world.hosts(300), 100)
        world.add(key, relays, world.rng.random(4) * 7)
    assert len(world.link().leads) == 0


def test_an_address_of_a_dynamic_pool_is_another_customer_three_weeks_later() -> None:
    world = World()
    world.crowd()
    pool = world.hosts(500)
    first = world.campaign(pool, 300, "early", start=0, days=4)
    late = world.campaign(pool, 300, "late", start=25, days=4)
    assert pairs(world.link()) == set()
    again = world.campaign(pool, 300, "early", start=5, days=4)
    assert pairs(world.link()) == {(first, again)}
    assert late not in {key for pair in pairs(world.link()) for key in pair}


def test_a_pause_in_the_use_of_an_address_is_no_use() -> None:
    world = World()
    world.crowd()
    pool = world.hosts(60)
    world.truth |= {1: frozenset(), 2: frozenset()}
    for day in (0.0, 60.0):
        world.add(1, pool, day)
    world.add(2, pool, 30.0)
    assert pairs(world.link()) == set()


def test_customers_who_move_through_one_network_count_once() -> None:
    world = World()
    world.crowd()
    networks = world.hosts(2, 2) & ~0xFF
    pool = (networks[:, None] + np.arange(1, 200)[None, :]).ravel()
    world.campaign(np.concatenate([world.hosts(300), pool]), 300)
    world.campaign(np.concatenate([world.hosts(300), pool]), 300)
    assert pairs(world.link()) == set()


def test_overlap_in_a_small_pool_is_what_chance_gives() -> None:
    leads = 0
    for seed in range(20):
        world = World(seed)
        pool = world.hosts(500)
        world.singles(pool, 300)
        for _ in range(20):
            world.campaign(pool, 60)
        leads += len(world.link().leads)
    assert leads == 0


def test_chance_is_counted_against_the_machines_of_the_same_weeks() -> None:
    # A year holds many addresses, of which few were at work in the week of these two.
    world = World()
    for week in range(0, 364, 28):
        world.singles(world.hosts(5_000), 0)
        world.add(None, world.hosts(5_000), week + 20.0)
    busy = world.hosts(400)
    world.add(None, busy, 2.0)
    world.campaign(busy, 120, days=4)
    world.campaign(busy, 120, days=4)
    assert pairs(world.link()) == set()


def test_a_huge_campaign_swallows_no_small_one_by_its_size() -> None:
    world = World()
    pool = world.hosts(60_000)
    world.singles(pool, 40_000)
    huge = world.campaign(pool, 100_000)
    for _ in range(40):
        world.campaign(pool, 50)
    assert all(huge not in pair for pair in pairs(world.link()))


def test_only_handovers_that_are_carried_count() -> None:
    world = World()
    world.crowd()
    net = world.hosts(200)
    world.truth |= {1: frozenset(), 2: frozenset(), 3: frozenset()}
    world.add(1, net, 1.0)
    world.add(2, net, 1.0, grade="claimed")
    world.add(3, net, 1.0, grade="corroborated")
    assert pairs(world.link()) == {(1, 3)}


def test_ipv6_hosts_that_change_their_address_are_one_sender() -> None:
    world = World()
    world.crowd()
    world.truth |= {1: frozenset(), 2: frozenset()}
    base = world.messages()
    rows = [
        {"campaign": key, "handover_ip": f"2a0{site % 8}:{site:x}:1:2::{key}{site:x}", "handover_grade": "vouched"}
        for key in (1, 2)
        for site in range(1, 60)
    ]
    time = pa.array([_START] * len(rows)).cast(pa.timestamp("us", tz="UTC"))
    more = pa.Table.from_pylist(rows).append_column("received_at", time)
    messages = pa.concat_tables([base, more], promote_options="default")
    (lead,) = link_campaigns(world.table(), messages).leads.to_pylist()
    assert (lead["campaign_a"], lead["campaign_b"], lead["shared"]) == (1, 2, 59)
    assert lead["value"].split(", ")[0].endswith("::/64")


def engine_world(clients: int = 6) -> World:
    world = World()
    world.crowd()
    for number in range(clients):
        world.campaign(world.hosts(200), 100, engine=_CLIENTS[number % 3])
    return world


def test_a_rare_engine_links_the_campaigns_that_it_made_as_a_star() -> None:
    world = engine_world()
    engine = "no mailer; id <h17@host>; boundary none; order b0000007"
    keys = [world.campaign(world.hosts(200), 50 + 10 * (number == 2), "b", engine=engine) for number in range(4)]
    layer = world.link()
    leads = layer.leads.to_pylist()
    hub = keys[2]
    assert pairs(layer) == {(min(key, hub), max(key, hub)) for key in keys if key != hub}
    assert {(row["kind"], row["trait"], row["value"]) for row in leads} == {(SAME_ENGINE, "engine", engine)}
    assert {row["shared"] for row in leads} == {110}
    assert leads[0]["reason"].startswith("one engine made at least 100% of each of 4 campaigns and occurs in 0 of ")
    assert {row["lead"] for row in leads} == {keys[0]}


def test_a_common_mail_client_links_nothing() -> None:
    world = engine_world(clients=60)
    assert len(world.link().leads) == 0


def test_an_engine_that_only_part_of_a_campaign_carries_is_not_its_engine() -> None:
    world = engine_world()
    engine = "no mailer; id <h17@host>; boundary none; order b0000007"
    for _ in range(3):
        key = world.campaign(world.hosts(200), 70, engine=engine)
        world.add(key, world.hosts(30), 3.0, engine=_CLIENTS[0])
    assert len(world.link().leads) == 0


def test_a_program_of_many_campaigns_links_none_of_them() -> None:
    world = engine_world()
    for _ in range(30):
        world.campaign(world.hosts(200), 50, engine="kit; id <z9@from>; boundary h32; order 4000000a")
    assert len(world.link().leads) == 0


def test_a_small_case_cannot_say_that_an_engine_is_rare() -> None:
    world = World()
    world.singles(world.hosts(100), 60)
    for _ in range(4):
        world.campaign(world.hosts(100), 40, engine=_CLIENTS[0])
    for _ in range(2):
        world.campaign(world.hosts(100), 40, engine="kit; id <z9@from>; boundary h32; order 4000000a")
    assert len(world.link().leads) == 0


def test_the_text_of_an_engine_cannot_act_in_a_terminal() -> None:
    world = engine_world()
    for _ in range(4):
        world.campaign(world.hosts(200), 50, engine="kit \x1b[2J\u202e; id <z9@from>")
    values = world.link().leads["value"].to_pylist()
    assert values
    assert all(value.isprintable() for value in values)


def test_a_campaign_keeps_its_strongest_leads_only() -> None:
    world = World()
    world.add(None, world.hosts(60_000), 1.0)
    keys = range(1, 31)
    world.truth = {key: frozenset() for key in keys}
    sent: dict[int, list[Numbers]] = {key: [] for key in keys}
    for first, second in combinations(keys, 2):
        machines = world.hosts(8)
        sent[first].append(machines)
        sent[second].append(machines)
    for key, machines_of in sent.items():
        world.add(key, np.concatenate(machines_of), 1.0)
    dropped = set(combinations(keys, 2)) - pairs(world.link())
    # All are equally strong, so that the lesser keys go first; each of the last five has its 25 by then.
    assert dropped == set(combinations(range(26, 31), 2))


def test_the_layer_does_not_depend_on_the_order_of_rows() -> None:
    world = botnet_world(3)
    keys = sorted(world.truth)
    messages = world.messages()
    expected = link_campaigns(campaign_table(keys), messages)
    assert len(expected.leads)
    for seed in range(2):
        rng = np.random.default_rng(seed)
        order = rng.permutation(len(keys))
        shuffled = messages.take(pa.array(rng.permutation(len(messages))))
        layer = link_campaigns(campaign_table([keys[number] for number in order]), shuffled)
        assert layer.leads.equals(expected.leads)
        assert layer.groups.to_pylist() == expected.groups.take(pa.array(order)).to_pylist()


def test_nothing_known_gives_no_leads() -> None:
    world = World()
    world.add(None, np.zeros(0, np.int64), 0.0)
    layer = link_campaigns(campaign_table([]), world.messages())
    assert layer.leads.schema == LEADS
    assert (len(layer.leads), len(layer.groups)) == (0, 0)
    assert link_campaigns(campaign_table([5]), world.messages()).groups.to_pylist() == [None]


_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "campaign": st.sampled_from([None, 1, 2, 3, 99]),
            "handover_ip": st.sampled_from([None, "20.1.1.1", "20.2.1.1", "30.3.3.3", "2a00::1", "x", "1:"]),
            "handover_grade": st.sampled_from([None, "vouched", "corroborated", "claimed"]),
            "received_at": st.sampled_from([None, 0, 1, 10**15, -(10**15), 250_000 * 10**12]),
            "engine": st.sampled_from([None, "", "a", "\ud7ff"]),
        }
    ),
    max_size=30,
)


@given(_ROWS)
@settings(max_examples=60, deadline=None)
def test_any_rows_are_read(rows: list[dict[str, object]]) -> None:
    schema = pa.schema(
        [
            ("campaign", pa.int64()), ("handover_ip", pa.string()), ("handover_grade", pa.string()),
            ("received_at", pa.timestamp("us", tz="UTC")), ("engine", pa.string()),
        ]
    )  # fmt: skip
    layer = link_campaigns(campaign_table([3, 1, 2]), pa.Table.from_pylist(rows, schema=schema))
    assert len(layer.groups) == 3


def test_five_thousand_campaigns_from_the_same_25_addresses_are_no_pairs() -> None:
    world = World()
    hosts = world.hosts(25)
    keys = np.repeat(np.arange(5_000), 25)
    world.add(None, np.tile(hosts, 5_000), 1.0)
    messages = world.messages().set_column(1, "campaign", pa.array(keys))
    assert len(link_campaigns(campaign_table(list(range(5_000))), messages).leads) == 0
