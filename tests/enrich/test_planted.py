"""The planted cases are what they say they are: they judge others, so they are judged first."""

from __future__ import annotations

import gzip
import hashlib
import ipaddress
import json
import mailbox
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import maxminddb
import pytest
from scipy import stats

from attribution.enrich.banners.reader import read_banners
from attribution.enrich.devices import device_matcher, device_types
from attribution.enrich.ip.databases import open_database
from tests.enrich.planted import DEVICE_BANNERS, OTHER_BANNERS, REFRIGERATOR, Planted, plant

if TYPE_CHECKING:
    from pathlib import Path

    from tests.enrich.planted import Style, Truth, World

WORLDS: tuple[World, ...] = ("pcs", "things")
DOCUMENTATION = [ipaddress.ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[World, Planted]:
    folder = tmp_path_factory.mktemp("planted")
    return {world: plant(folder / world, world=world, seed=1) for world in WORLDS}


@pytest.fixture(params=WORLDS)
def case(request: pytest.FixtureRequest, cases: dict[World, Planted]) -> Planted:
    return cases[request.param]


def digests(planted: Planted) -> list[str]:
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in (planted.mail, planted.banners, planted.mmdb)]


def lines(planted: Planted) -> list[dict[str, Any]]:
    data = planted.banners.read_bytes()
    data = gzip.decompress(data) if planted.banners.suffix == ".gz" else data
    return [json.loads(line) for line in data.splitlines()]


def is_thing(text: str, module: str) -> bool:
    matches = device_matcher().match(text, module)
    return (
        bool(matches) and device_types()[matches[0].rule.type].thing and not device_types()[matches[0].rule.type].weak
    )


# --- The same seed ---------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    first, again, other = (
        plant(tmp_path / name, world="things", seed=seed, scale=0.3) for name, seed in (("a", 7), ("b", 7), ("c", 8))
    )
    assert digests(first) == digests(again)
    assert first.truth == again.truth
    assert not set(digests(first)) & set(digests(other))


def test_worlds_whose_names_are_alike_have_the_same_mail_to_the_byte(tmp_path: Path) -> None:
    pcs, things = (plant(tmp_path / world, world=world, seed=3, scale=0.3, helo="alike") for world in WORLDS)
    assert pcs.mail.read_bytes() == things.mail.read_bytes()
    assert pcs.banners.read_bytes() != things.banners.read_bytes()


def test_worlds_differ_in_the_mail_by_nothing_but_what_the_senders_call_themselves(cases: dict[World, Planted]) -> None:
    mail = [[message._replace(helo="", message_id="") for message in cases[world].truth.messages] for world in WORLDS]
    assert Counter(mail[0]) == Counter(mail[1])


def test_the_style_of_the_scan_changes_neither_mail_nor_truth(tmp_path: Path) -> None:
    styles: tuple[Style, ...] = ("full", "devices-only", "no-control")
    planted = [plant(tmp_path / style, world="things", seed=5, scale=0.3, style=style) for style in styles]
    assert len({each.mail.read_bytes() for each in planted}) == 1
    assert len({each.truth.tally() for each in planted}) == 1


# --- The truth -------------------------------------------------------------------------------------------------------


def test_the_case_has_the_size_of_a_real_one(case: Planted) -> None:
    truth = case.truth
    spam = [message for message in truth.messages if message.spam]
    senders = Counter(message.ip for message in spam)
    assert 1_000 <= len(spam) <= 3_000
    assert 400 <= len(senders) <= 1_200
    assert 20 <= sum(not network.hosting for network in truth.networks.values()) <= 60
    assert max(senders.values()) <= 10
    assert 0 < len(truth.messages) - len(spam) < len(spam)


def test_truth_adds_up(case: Planted) -> None:
    truth = case.truth
    sent = Counter(message.ip for message in truth.messages)
    assert {a.ip: a.messages for a in truth.addresses if a.messages} == dict(sent)
    assert len({a.ip for a in truth.addresses}) == len(truth.addresses)
    assert len({message.message_id for message in truth.messages}) == len(truth.messages)
    assert {a.sends for a in truth.addresses if a.role == "sender"} == {"thing" if truth.things_send else "pc"}
    for address in truth.addresses:
        assert (address.role == "control") == (address.messages == 0) == (address.sends is None)
        assert bool(address.types) == address.device <= address.answers
    by_network = [truth.tally(asn) for asn in truth.networks]
    assert tuple(map(sum, zip(*by_network, strict=True))) == truth.tally()


def test_every_network_has_addresses_that_sent_nothing(case: Planted) -> None:
    for network in case.truth.networks.values():
        silent = [a for a in case.truth.addresses if a.asn == network.asn and a.role == "control"]
        assert len(silent) >= 20
        # They stand beside the senders, as far as a comparison by blocks of 256 goes.
        beside = {a.ip.rpartition(".")[0] for a in silent}
        assert all(a.ip.rpartition(".")[0] in beside for a in case.truth.addresses if a.asn == network.asn)


def test_addresses_are_public_and_of_their_network(case: Planted) -> None:
    inside = {asn: [ipaddress.ip_network(p) for p in net.prefixes] for asn, net in case.truth.networks.items()}
    for nets in inside.values():
        assert all(16 <= net.prefixlen <= 22 for net in nets)
    every = sorted((net for nets in inside.values() for net in nets), key=lambda net: net.network_address)
    assert not any(first.overlaps(second) for first, second in pairwise(every))
    for address in case.truth.addresses:
        ip = ipaddress.ip_address(address.ip)
        assert ip.is_global
        assert not any(ip in net for net in DOCUMENTATION)
        assert any(ip in net for net in inside[address.asn])


def test_times_lie_in_the_period_and_the_scan_near_it_but_for_the_stale_part(case: Planted) -> None:
    truth = case.truth
    assert all(truth.start <= message.time <= truth.end for message in truth.messages)
    seen = [a.observed_at for a in truth.addresses if a.observed_at is not None]
    near = sum(truth.start - timedelta(days=5) <= when <= truth.end + timedelta(days=5) for when in seen)
    assert near / len(seen) == pytest.approx(0.85, abs=0.03)


def test_another_period_is_kept(tmp_path: Path) -> None:
    start, end = datetime(2019, 6, 1, tzinfo=UTC), datetime(2019, 6, 4, tzinfo=UTC)
    planted = plant(tmp_path, world="pcs", seed=1, scale=0.2, start=start, end=end, compressed=False)
    assert {message.time.date().month for message in planted.truth.messages} == {6}
    assert all(start <= message.time <= end for message in planted.truth.messages)
    assert all(2018 <= int(line["timestamp"][:4]) <= 2020 for line in lines(planted))


# --- The mail --------------------------------------------------------------------------------------------------------


def test_the_mail_is_read_without_a_defect_and_says_what_the_truth_says(case: Planted) -> None:
    parser = BytesParser(policy=policy.default)
    box = mailbox.mbox(case.mail, create=False)
    read = []
    for key in box.iterkeys():
        message = parser.parsebytes(box.get_bytes(key))
        assert not message.defects
        assert not [field for field in message.values() if field.defects]
        own = str(message.get_all("Received", [])[0])
        time = datetime.strptime(own.rpartition(";")[2].strip(), "%a, %d %b %Y %H:%M:%S %z (UTC)")
        read.append(
            (str(message["Message-ID"]), own.partition("[")[2] and own.rpartition("]")[0].rpartition("[")[2], time)
        )
        assert own.startswith("from ")
        assert ".example.net (Postfix) with " in own
        assert abs(message["Date"].datetime - time) < timedelta(minutes=10)
    box.close()
    assert read == [(message.message_id, message.ip, message.time) for message in case.truth.messages]


def test_computers_and_things_call_themselves_otherwise(cases: dict[World, Planted]) -> None:
    names = {world: {m.helo for m in cases[world].truth.messages if m.spam} for world in WORLDS}
    assert any(name.endswith("-PC") for name in names["pcs"])
    assert any(name.startswith("WIN-") for name in names["pcs"])
    assert "localhost" in names["things"]
    assert not names["pcs"] & names["things"]


def test_every_program_orders_its_header_in_its_own_way(case: Planted) -> None:
    orders = defaultdict(set)
    box = mailbox.mbox(case.mail, create=False)
    for message, true in zip(box, case.truth.messages, strict=True):
        orders[true.engine].add(tuple(message.keys()))
    box.close()
    assert set(orders) == {"express", "bat", "script", "thunderbird"}
    assert all(len(seen) == 1 for seen in orders.values())
    assert len(set().union(*orders.values())) == 4


# --- The scan --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("seed", range(5))
def test_the_rates_in_the_scan_are_those_that_were_planted(tmp_path: Path, world: World, seed: int) -> None:
    planted = plant(tmp_path, world=world, seed=seed)
    truth, shown, listed = planted.truth, set(), set()
    for line in lines(planted):
        listed.add(line["ip_str"])
        if is_thing(line["data"], line["_shodan"]["module"]):
            shown.add(line["ip_str"])
    assert shown == {a.ip for a in truth.addresses if a.device}
    assert listed == {a.ip for a in truth.addresses if a.answers}
    counts = truth.tally()
    of_senders, of_control = truth.expected_rates
    # One in a thousand for each: ten cases of two rates are tried.
    assert stats.binomtest(counts.sender_devices, counts.senders, of_senders).pvalue > 0.001
    assert stats.binomtest(counts.control_devices, counts.control, of_control).pvalue > 0.001
    assert 0.05 <= of_control <= 0.25
    if world == "things":
        assert of_senders > 0.5


@pytest.mark.parametrize("churn", [0.0, 0.5, 1.0])
def test_churn_takes_the_things_away_from_their_banners(tmp_path: Path, churn: float) -> None:
    truth = plant(tmp_path, world="things", seed=2, churn=churn, base_rate=0.1, thing_rate=0.8).truth
    counts = truth.tally()
    assert truth.expected_rates == pytest.approx(((1 - churn) * 0.8 + churn * 0.1, 0.1))
    assert stats.binomtest(counts.sender_devices, counts.senders, truth.expected_rates[0]).pvalue > 0.001
    moved = [a.churned for a in truth.addresses if a.role == "sender"]
    assert sum(moved) / len(moved) == pytest.approx(churn, abs=0.06)


def test_computers_answer_no_more_as_things_than_their_networks_do_though_the_pooled_rates_say_so(
    tmp_path: Path,
) -> None:
    """With strong confounding the pooled rates mislead in the world of computers; within networks they agree."""
    pooled, within = [], []
    for seed in range(8):
        truth = plant(tmp_path, world="pcs", seed=seed, confounding=5.0).truth
        pooled.append(odds(truth, by_network=False))
        within.append(odds(truth, by_network=True))
    assert min(pooled) > 1
    assert sum(pooled) / len(pooled) > 1.25
    assert sum(within) / len(within) == pytest.approx(1, abs=0.15)


def odds(truth: Truth, *, by_network: bool) -> float:
    """Return the odds ratio of devices among senders, pooled or as Mantel and Haenszel combine those of networks."""
    above = below = 0.0
    for counts in [truth.tally(asn) for asn in truth.networks] if by_network else [truth.tally()]:
        size = max(1, counts.senders + counts.control)
        above += counts.sender_devices * (counts.control - counts.control_devices) / size
        below += counts.control_devices * (counts.senders - counts.sender_devices) / size
    return above / below


def test_a_filtered_export_lists_devices_alone(tmp_path: Path) -> None:
    planted = plant(tmp_path, world="pcs", seed=4, scale=0.5, style="devices-only")
    assert all(is_thing(line["data"], line["_shodan"]["module"]) for line in lines(planted))
    assert {line["ip_str"] for line in lines(planted)} == {a.ip for a in planted.truth.addresses if a.device}


def test_a_scan_without_a_control_group_lists_senders_alone(tmp_path: Path) -> None:
    planted = plant(tmp_path, world="things", seed=4, scale=0.5, style="no-control")
    sent = {a.ip for a in planted.truth.addresses if a.messages and a.answers}
    assert {line["ip_str"] for line in lines(planted)} == sent
    assert not any(a.listed for a in planted.truth.addresses if a.role == "control")


def test_some_addresses_show_several_things_and_one_shows_a_refrigerator(case: Planted) -> None:
    devices = [a for a in case.truth.addresses if a.device]
    assert 0.1 < sum(len(a.types) > 1 for a in devices) / len(devices) < 0.3
    assert sum("refrigerator" in a.types for a in devices) == 1


def test_computers_answer_beside_senders_and_others_alike(case: Planted) -> None:
    roles = {a.ip: a.role for a in case.truth.addresses}
    ports = defaultdict(set)
    for line in lines(case):
        ports[roles[line["ip_str"]]].add((line["port"], line["data"].partition("\r\n")[0]))
    for name in ("sender", "control"):
        assert {22, 80, 3389} <= {port for port, _ in ports[name]}


@pytest.mark.parametrize(
    "service", [*DEVICE_BANNERS, REFRIGERATOR], ids=lambda service: f"{service.type}-{service.port}"
)
def test_every_device_banner_is_known_as_what_it_is(service: Any) -> None:  # noqa: ANN401 (a parameter of pytest)
    matches = device_matcher().match(service.text.replace("{n}", "17"), service.module)
    assert matches
    assert matches[0].rule.type == service.type


@pytest.mark.parametrize("service", OTHER_BANNERS, ids=lambda service: str(service.port))
def test_no_other_banner_is_known_as_a_thing(service: Any) -> None:  # noqa: ANN401 (a parameter of pytest)
    assert not is_thing(service.text.replace("{n}", "3"), service.module)


def test_the_scan_is_read_as_shodans_without_a_problem(case: Planted) -> None:
    rows = sum(batch.num_rows for batch in read_banners(case.banners))
    assert rows == len(lines(case))


# --- The IP database -------------------------------------------------------------------------------------------------


def test_the_database_knows_every_address_as_of_the_time_of_the_mail(case: Planted) -> None:
    with maxminddb.open_database(str(case.mmdb)) as raw:
        assert raw.metadata().build_epoch == int(case.truth.start.timestamp())
    database = open_database(case.mmdb)
    for address in case.truth.addresses[::17]:
        network, place = database.read(address.ip)
        planted = case.truth.networks[address.asn]
        assert network is not None
        assert (network.asn, network.as_org) == (planted.asn, planted.as_org)
        assert place is not None
        assert place.country == planted.country
