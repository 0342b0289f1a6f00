"""The corpus that `attribution simulate` writes, as whoever measures on it relies on it."""

from __future__ import annotations

import email
import email.policy
import gzip
import hashlib
import ipaddress
import itertools
import json
import mailbox
import tarfile
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import mailparser
import maxminddb
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import attribution
from attribution.enrich.devices import device_matcher, device_types
from attribution.errors import CaseExistsError, UsageError
from attribution.simulate import FORMATS, PRESETS, TRUTH_ADDRESSES, TRUTH_MESSAGES, State, simulate
from attribution.simulate.scan import COMPUTERS, MAIL_SERVERS, THINGS, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MESSAGES = 3000
SEED = 1
_COMPUTERS = frozenset(("server", "desktop", "mail-server"))
Variant = Literal["things", "nat"]


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(folder / "truth" / f"{name}.parquet")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Variant], Path]:
    """Return a function that gives the folder of a variant."""
    base = tmp_path_factory.mktemp("simulated")

    def folder(truth: Variant) -> Path:
        path = base / truth
        if not path.exists():
            simulate("thingbot-2014", MESSAGES, SEED, path, truth=truth, workers=1)
        return path

    return folder


@pytest.fixture(scope="module")
def things(written: Callable[[Variant], Path]) -> Path:
    return written("things")


@pytest.fixture(scope="module")
def nat(written: Callable[[Variant], Path]) -> Path:
    return written("nat")


# --- The folder -----------------------------------------------------------------------------------------------------


def test_the_folder_holds_all_that_a_measurement_needs(things: Path) -> None:
    assert set(_hashes(things)) == {
        *("NOTICE.txt", "databases/asn.mmdb", "databases/city.mmdb", "dump.mbox", "receiver.toml"),
        *("scan/shodan.json.gz", "simulation.json", "truth/addresses.parquet", "truth/messages.parquet"),
    }
    assert pq.read_schema(things / "truth" / "messages.parquet") == TRUTH_MESSAGES
    assert pq.read_schema(things / "truth" / "addresses.parquet") == TRUTH_ADDRESSES


def test_it_says_that_all_is_invented_and_what_it_is_made_of(things: Path) -> None:
    told = json.loads((things / "simulation.json").read_text("utf-8"))
    assert "invented" in told["notice"]
    assert "All of this is invented" in (things / "NOTICE.txt").read_text("utf-8")
    assert (told["preset"], told["messages"], told["seed"], told["truth"]) == (
        "thingbot-2014",
        MESSAGES,
        SEED,
        "things",
    )
    assert sum(told["counts"]["kinds"].values()) == MESSAGES


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_seed_gives_the_same_bytes_with_any_number_of_workers(tmp_path: Path, kind: str) -> None:
    simulate("thingbot-2014", 5000, 8, tmp_path / "one", format=kind, workers=1)
    simulate("thingbot-2014", 5000, 8, tmp_path / "two", format=kind, workers=2)
    assert _hashes(tmp_path / "one") == _hashes(tmp_path / "two")


def test_another_seed_gives_another_corpus(tmp_path: Path, things: Path) -> None:
    simulate("thingbot-2014", MESSAGES, SEED + 1, tmp_path / "other", workers=1)
    ours, others = _hashes(things), _hashes(tmp_path / "other")
    assert ours["dump.mbox"] != others["dump.mbox"]
    assert ours["scan/shodan.json.gz"] != others["scan/shodan.json.gz"]


def _contents(folder: Path, kind: str) -> Iterator[tuple[str | None, bytes]]:
    """Yield member and bytes of each message, read by the standard library."""
    if kind == "tar.gz":
        with tarfile.open(folder / "mail.tar.gz") as archive:
            for entry in archive:
                file = archive.extractfile(entry)
                assert file is not None
                yield entry.name, file.read()
    elif kind == "maildir":
        for path in sorted((folder / "Maildir" / "cur").iterdir()):
            yield f"cur/{path.name}", path.read_bytes()
    elif kind == "eml":
        for path in sorted((folder / "mail").rglob("*.eml")):
            yield str(path.relative_to(folder / "mail")), path.read_bytes()
    else:
        box = mailbox.mbox(folder / "dump.mbox", create=False)
        for key in box.iterkeys():
            yield None, box.get_bytes(key)
        box.close()


@pytest.mark.parametrize("kind", FORMATS)
def test_the_truth_finds_every_message_in_every_format(tmp_path: Path, kind: str) -> None:
    simulate("thingbot-2014", 2300, 8, tmp_path / kind, format=kind, workers=1)
    truth = _table(tmp_path / kind, "messages")
    found = list(_contents(tmp_path / kind, kind))
    assert [hashlib.sha256(data).hexdigest() for _, data in found] == truth["sha256"].to_list()
    assert [member for member, _ in found] == pq.read_table(tmp_path / kind / "truth" / "messages.parquet")[
        "member"
    ].to_pylist()
    assert truth["order"].to_list() == list(range(2300))
    assert truth["length"].to_list() == [len(data) for _, data in found]
    if kind == "mbox":
        whole = (tmp_path / kind / "dump.mbox").read_bytes()
        for offset, (_, data) in zip(truth["offset"], found, strict=True):
            assert whole[offset : offset + len(data)] == data
    if kind == "maildir":
        assert len(mailbox.Maildir(tmp_path / kind / "Maildir", create=False)) == 2300


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(CaseExistsError, match="holds something already"):
        simulate("thingbot-2014", 10, 1, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_taken_and_one_that_a_killed_run_left(tmp_path: Path) -> None:
    (tmp_path / ".unfinished" / "truth").mkdir(parents=True)
    simulate("thingbot-2014", 40, 1, tmp_path, workers=1)
    assert (tmp_path / "simulation.json").is_file()
    assert not (tmp_path / ".unfinished").exists()


def test_a_run_that_is_stopped_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    def stop(state: State) -> None:
        if state.messages:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate("thingbot-2014", 6000, 1, tmp_path, workers=2, progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("thingbot", 10, 1, "mbox"), "preset 'thingbot' is not known; give one of thingbot-2014"),
        (("thingbot-2014", 10, 1, "pst"), "format 'pst' is not known; give one of mbox, maildir, eml, tar.gz"),
        (("thingbot-2014", 0, 1, "mbox"), "0 messages cannot be simulated"),
        (("thingbot-2014", 10, -1, "mbox"), "seed -1 is negative"),
    ],
)
def test_what_makes_no_sense_is_said(tmp_path: Path, arguments: tuple[str, int, int, str], says: str) -> None:
    preset, messages, seed, kind = arguments
    with pytest.raises(UsageError, match=says):
        simulate(preset, messages, seed, tmp_path / "out", format=kind)
    assert not (tmp_path / "out").exists()


def test_progress_comes_to_the_end(tmp_path: Path) -> None:
    states: list[State] = []
    simulate("office-dump", 2500, 1, tmp_path / "out", workers=1, progress=states.append)
    assert [stage for stage, _ in itertools.groupby(state.stage for state in states)] == [
        *("planning", "writing mail", "writing scan", "writing truth")
    ]
    last = [state for state in states if state.stage == "writing mail"][-1]
    assert last.messages == 2500
    assert last.done == last.total


# --- The run of 2014 ------------------------------------------------------------------------------------------------


def test_the_mail_is_of_the_published_fortnight(things: Path) -> None:
    truth = _table(things, "messages")
    days = truth["received_at"].dt.strftime("%Y-%m-%d")
    assert (days.min(), days.max()) == ("2013-12-23", "2014-01-06")
    assert days.nunique() == 15


def test_no_address_of_a_bot_sends_more_than_ten(things: Path) -> None:
    truth = _table(things, "messages")
    sent = truth[truth["botnet"].notna()].groupby("handover_ip").size()
    assert sent.max() <= 10
    # 125,000 addresses at 750,000 messages.
    assert len(sent) > MESSAGES * 100_000 / 750_000


def test_bots_send_in_three_bursts_a_day(things: Path) -> None:
    truth = _table(things, "messages")
    hours = truth.loc[truth["botnet"].notna(), "received_at"].dt.hour
    counts = np.bincount(hours, minlength=24)
    busy = np.convolve(np.concatenate([counts, counts[:2]]), np.ones(3), "valid")
    peaks = sorted(int(hour) for hour in np.argsort(-busy)[:3])
    assert counts[[5, 6, 7, 12, 13, 14, 20, 21, 22]].sum() > 0.9 * counts.sum(), peaks


def test_several_campaigns_of_several_botnets_and_legitimate_mail_among_them(things: Path) -> None:
    truth = _table(things, "messages")
    bots = truth[truth["kind"] == "bot"]
    assert bots["botnet"].nunique() >= 3
    assert bots["campaign"].nunique() >= 8
    assert 0.1 <= (truth["botnet"].isna()).mean() <= 0.25
    assert bots["forged"].any()
    assert not truth.loc[truth["botnet"].isna(), "forged"].any()


def test_no_address_is_of_documentation_private_or_reserved(things: Path) -> None:
    addresses = _table(things, "addresses")
    for ip in addresses["ip"]:
        address = ipaddress.ip_address(ip)
        assert address.is_global, ip
        assert int(address) >> 24 in {6, 7, 11, 21, 22, 26, 28, 29, 30, 33, 55}


def test_the_mail_is_read_by_the_standard_library_without_defects(things: Path) -> None:
    box = mailbox.mbox(things / "dump.mbox", create=False)
    assert len(box) == MESSAGES
    for key in itertools.islice(box.iterkeys(), 0, None, 9):
        parsed = email.message_from_bytes(box.get_bytes(key), policy=email.policy.default)
        for part in parsed.walk():
            defects = [*part.defects, *(defect for value in part.values() for defect in value.defects)]
            if not part.is_multipart():
                part.get_content()
                defects += part.defects
            assert not defects
    box.close()


# --- Who sent -------------------------------------------------------------------------------------------------------


def _shares(folder: Path) -> dict[str, float]:
    """Return what the truth of a variant says of things; shares of messages, and of addresses that answer."""
    addresses, messages = _table(folder, "addresses"), _table(folder, "messages")
    shows = addresses["banner"] & ~addresses["device_type"].isin(_COMPUTERS)
    homes = addresses["access"] == "residential"
    bots = addresses["bot"]
    return {
        "volume with a thing's banner": addresses.loc[shows, "messages"].sum() / addresses["messages"].sum(),
        "senders": shows[bots & addresses["banner"]].mean(),
        "neighbours": shows[homes & addresses["neighbour"]].mean(),
        "volume of things": (messages["sender_kind"] == "thing").mean(),
    }


def test_the_mail_does_not_tell_the_variants_apart(things: Path, nat: Path) -> None:
    ours, others = _hashes(things), _hashes(nat)
    for name in ("dump.mbox", "databases/asn.mmdb", "databases/city.mmdb", "receiver.toml", "NOTICE.txt"):
        assert ours[name] == others[name]


def test_in_both_variants_over_a_quarter_comes_from_addresses_that_show_a_thing(things: Path, nat: Path) -> None:
    for folder in (things, nat):
        assert _shares(folder)["volume with a thing's banner"] > 0.25


def test_things_that_send_show_beside_their_neighbours(things: Path) -> None:
    shares = _shares(things)
    assert shares["volume of things"] > 0.25
    assert 0.05 < shares["neighbours"] < 0.18
    assert shares["senders"] > 2 * shares["neighbours"]


def test_computers_behind_routers_show_what_their_neighbours_show(nat: Path) -> None:
    shares = _shares(nat)
    assert shares["volume of things"] == 0
    assert shares["senders"] == pytest.approx(shares["neighbours"], abs=0.06)


def test_what_senders_show_is_the_same_in_both_variants(things: Path, nat: Path) -> None:
    seen = []
    for folder in (things, nat):
        addresses = _table(folder, "addresses")
        shown = addresses[addresses["bot"] & addresses["banner"]]
        seen.append(shown[["ip", "messages", "hosts", "device_type"]].reset_index(drop=True))
    pd.testing.assert_frame_equal(seen[0], seen[1])


def test_there_is_a_refrigerator_and_few_of_them(things: Path, nat: Path) -> None:
    for folder in (things, nat):
        addresses = _table(folder, "addresses")
        cold = addresses[(addresses["device_type"] == "refrigerator") & addresses["bot"]]
        assert len(cold) == 1
        assert cold["banner"].all()
        assert cold["sent_by"].to_list() == ["thing" if folder == things else "pc"]


def test_the_truth_of_messages_and_of_addresses_agree(things: Path) -> None:
    messages, addresses = _table(things, "messages"), _table(things, "addresses").set_index("ip")
    counted = messages.groupby("handover_ip").size()
    assert addresses.index.is_unique
    assert (addresses.loc[counted.index, "messages"] == counted).all()
    assert addresses.loc[~addresses.index.isin(counted.index), "neighbour"].all()
    bots = messages[messages["botnet"].notna()]
    assert (addresses.loc[bots["handover_ip"], "sent_by"].to_numpy() == bots["sender_kind"].to_numpy()).all()
    machines = bots.groupby("handover_ip")["machine"].nunique()
    assert (addresses.loc[machines.index, "hosts"] == machines).all()
    assert machines.max() == 2
    assert bots["machine"].nunique() < machines.sum()
    assert set(messages["sender_kind"]) <= {"thing", "pc", "server", "webmail"}
    assert (messages["thing"].notna() == (messages["sender_kind"] == "thing")).all()


# --- Databases and scan ---------------------------------------------------------------------------------------------


def test_the_databases_know_the_network_of_every_address(things: Path) -> None:
    addresses = _table(things, "addresses")
    some = addresses.iloc[:: max(len(addresses) // 150, 1)]
    assert len(some) >= 100
    with (
        maxminddb.open_database(things / "databases" / "asn.mmdb") as asn,
        maxminddb.open_database(things / "databases" / "city.mmdb") as city,
    ):
        assert datetime.fromtimestamp(asn.metadata().build_epoch, UTC) == datetime(2013, 12, 23, tzinfo=UTC)
        for row in some.itertuples():
            network, place = asn.get(str(row.ip)), city.get(str(row.ip))
            assert isinstance(network, dict)
            assert isinstance(place, dict)
            assert network["autonomous_system_number"] == row.asn
            assert place["country"]["iso_code"] == row.country  # type: ignore[call-overload,index]  # (any JSON)


def _records(folder: Path) -> list[dict[str, Any]]:
    with gzip.open(folder / "scan" / "shodan.json.gz", "rt", encoding="ascii") as file:
        return [json.loads(line) for line in file]


def test_the_scan_lists_all_that_answer_and_nobody_else(things: Path) -> None:
    addresses = _table(things, "addresses")
    records = _records(things)
    assert {record["ip_str"] for record in records} == set(addresses.loc[addresses["banner"], "ip"])
    assert all(set(record) >= {"port", "transport", "timestamp", "data", "_shodan"} for record in records)


def test_senders_and_neighbours_were_asked_on_the_same_ports(nat: Path) -> None:
    addresses = _table(nat, "addresses").set_index("ip")
    homes = addresses[addresses["access"] == "residential"]
    asked: dict[bool, Counter[int]] = {True: Counter(), False: Counter()}
    for record in _records(nat):
        if record["ip_str"] in homes.index and homes.at[record["ip_str"], "sent_by"] != "server":
            asked[bool(homes.at[record["ip_str"], "neighbour"])][record["port"]] += 1
    for port, count in asked[True].items():
        if count > 50:
            share, other = count / asked[True].total(), asked[False][port] / asked[False].total()
            assert share == pytest.approx(other, abs=0.05), port


@pytest.mark.parametrize("service", THINGS, ids=lambda service: f"{service.type}-{service.port}")
def test_what_a_thing_answers_is_told_by_our_rules(service: Service) -> None:
    hints = {key: value for key, value in (("http.title", service.title), ("http.server", service.server)) if value}
    found = device_matcher().match(service.text.replace("{n}", "42").replace("{when}", "now"), service.module, hints)
    assert found
    assert found[0].rule.type == service.type


def test_the_types_are_those_of_the_page_on_device_types() -> None:
    assert {service.type for service in (*THINGS, *COMPUTERS, *MAIL_SERVERS)} <= set(device_types())


# --- Other presets --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_gives_mail_of_its_period(tmp_path: Path, preset: str) -> None:
    simulate(preset, 1500, 2, tmp_path / "out", workers=1)
    world = PRESETS[preset].world(1500)
    times = _table(tmp_path / "out", "messages")["received_at"]
    assert times.min() >= pd.Timestamp(world.start)
    assert times.max() < pd.Timestamp(world.start) + pd.Timedelta(days=world.days)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_mail_parser_finds_no_defect(tmp_path: Path, preset: str) -> None:
    simulate(preset, 1500, 4, tmp_path / "out", workers=1)
    for _, data in itertools.islice(_contents(tmp_path / "out", "mbox"), 0, None, 5):
        parsed = mailparser.parse_from_bytes(data)
        assert not parsed.has_defects, (parsed.defects, data)


def test_an_office_gets_mostly_ordinary_mail_and_a_list_of_newsletters_mostly_newsletters(tmp_path: Path) -> None:
    for preset, kinds in (("office-dump", {"ham", "newsletter", "list", "shop"}), ("newsletter-heavy", {"newsletter"})):
        simulate(preset, 1500, 2, tmp_path / preset, workers=1)
        assert _table(tmp_path / preset, "messages")["kind"].isin(kinds).mean() > 0.65


def test_the_archive_is_of_2002(tmp_path: Path) -> None:
    simulate("archive-2002", 1500, 2, tmp_path / "out", workers=1)
    assert not (tmp_path / "out" / "scan").exists()
    truth = _table(tmp_path / "out", "messages")
    assert not (truth["sender_kind"] == "thing").any()
    text = (tmp_path / "out" / "dump.mbox").read_bytes()
    for program in (
        b"Pine.LNX.4.44",
        b"Mutt/1.3.27i",
        b"Mailman-Version: 2.0.8",
        b"(Exim 3.35 #1)",
        b"(8.11.6/8.11.6)",
    ):
        assert program in text
    later = (b"DKIM-Signature", b"Received-SPF", b"TLSv1", b"Thunderbird", b"iPhone", b"gmail.com", b"Exim 4")
    for word in (*later, b" 2013", b" 2014"):
        assert word not in text, word


# --- An analysis of it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("truth", ["things", "nat"])
def test_an_analysis_finds_the_handovers_and_reads_the_scan(
    tmp_path: Path, written: Callable[[Variant], Path], truth: Variant
) -> None:
    folder = written(truth)
    case = attribution.analyze(
        [str(folder / "dump.mbox")],
        out=tmp_path / "case",
        trust=[str(folder / "receiver.toml")],
        mmdb=[folder / "databases" / "asn.mmdb", folder / "databases" / "city.mmdb"],
        banners=[folder / "scan"],
        workers=1,
    )
    assert len(case.problems) == 0
    merged = case.messages.merge(_table(folder, "messages"), on="offset", suffixes=("", "_true"))
    assert len(merged) == MESSAGES
    assert (merged["sha256"] == merged["sha256_true"]).all()
    assert (merged["handover_ip"] == merged["handover_ip_true"]).mean() >= 0.99
    addresses = case.addresses.merge(_table(folder, "addresses"), on="ip", suffixes=("", "_true"))
    assert (addresses["asn"] == addresses["asn_true"]).all()
    seen = addresses[addresses["banner"] & ~addresses["device_type_true"].isin(_COMPUTERS)]
    assert (seen["device_type"] == seen["device_type_true"]).mean() > 0.9
    assert case.run["control"]["things"]["verdict"] == ("more" if truth == "things" else "same")
