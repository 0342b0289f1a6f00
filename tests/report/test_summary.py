from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

import pytest

from attribution import models, tables
from attribution.decisions import Decision, Decisions
from attribution.enrich.evidence.comparison import Verdict
from attribution.report import SUMMARISED, summarise, words
from attribution.report.summary import CampaignLine, CountryLine, NetworkLine, ProblemLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.report import Summary


def test_messages_are_counted_with_their_copies(small: Summary) -> None:
    assert (small.messages, small.duplicates) == (6, 1)
    assert small.statuses == {"ok": 5, "partial": 1}


def test_grades_come_in_the_order_of_the_vocabulary(small: Summary) -> None:
    assert list(small.handover_grades.items()) == [("vouched", 4), ("claimed", 1), ("none", 1)]
    assert list(small.origin_grades.items()) == [("claimed", 1), ("none", 5)]


def test_networks_are_those_of_the_handover_addresses(small: Summary) -> None:
    assert small.handover_addresses == 4
    assert small.networks == (
        NetworkLine(64500, "Example Broadband", messages=3, addresses=2),
        NetworkLine(64501, "Example Hosting", messages=1, addresses=1),
    )
    assert (small.network_count, small.networkless) == (2, 1)
    assert small.countries == (CountryLine("DE", 3, 2), CountryLine("NL", 1, 1))
    assert (small.country_count, small.countryless) == (2, 1)


def test_the_period_is_that_of_the_trusted_clock(small: Summary) -> None:
    assert small.first == datetime(2024, 1, 2, tzinfo=UTC)
    assert small.last == datetime(2024, 1, 9, 8, tzinfo=UTC)


def test_campaigns_findings_and_problems(small: Summary) -> None:
    first, last = (datetime(2024, 1, n, tzinfo=UTC) for n in (2, 3))
    assert small.campaigns == (CampaignLine(5, 3, 2, "Your parcel <n> waits", first, last),)
    assert (small.campaign_count, small.campaign_messages) == (1, 3)
    assert list(small.findings.items()) == [("x.one", 2), ("x.two", 1)]
    assert small.problem_examples == (ProblemLine("dump", "a.eml", 0, "malformed", "no header"),)
    assert small.flawed == 2


def test_the_largest_campaigns_come_first_and_ties_by_number(summary_of: Callable[..., Summary]) -> None:
    rows = [{"campaign": number, "messages": 2 + (number == 7)} for number in range(20)]
    summary = summary_of(campaigns=rows)
    assert [line.campaign for line in summary.campaigns] == [7, 0, 1, 2, 3, 4, 5, 6, 8, 9]
    assert (summary.campaign_count, summary.campaign_messages) == (20, 41)


def test_all_of_a_campaign_is_in_the_json(summary_of: Callable[..., Summary]) -> None:
    day = datetime(2024, 1, 2, tzinfo=UTC)
    row = {
        "campaign": 5,
        "messages": 40,
        "addresses": 9,
        "networks": 4,
        "countries": 2,
        "first_seen": day,
        "subject_template": "parcel <#>",
        "subject_slots": "{parcel|package} <#>",
        "name": "Parcel A",
        "bursts": 3,
        "bursts_per_day": 0.5,
        "max_per_address": 12,
        "per_address": [3, 2, 2, 1, 1, 0],
        "low_and_slow": 0.7,
        "families": ["engine", "subject"],
        "remains": [1.0, 0.5],
        "confidence": 0.99,
        "cohesion": 0.8,
        "device_types": ["router"],
        "device_grade": "near",
        "device_verdict": "more",
        "group": 5,
    }
    summary = summary_of(campaigns=[row, {"campaign": 6, "messages": 2, "group": 5}])
    (first, second) = json.loads(json.dumps(summary.as_dict()))["campaigns"]
    assert first == {
        "campaign": 5,
        "messages": 40,
        "addresses": 9,
        "networks": 4,
        "countries": 2,
        "first": "2024-01-02T00:00:00+00:00",
        "last": None,
        "template": "parcel <#>",
        "slots": "{parcel|package} <#>",
        "name": "Parcel A",
        "bursts": 3,
        "bursts_per_day": 0.5,
        "max_per_address": 12,
        "low_and_slow": 0.7,
        "confidence": 0.99,
        "cohesion": 0.8,
        "per_address": [
            {"least": 1, "most": 1, "addresses": 3},
            {"least": 2, "most": 2, "addresses": 2},
            {"least": 3, "most": 5, "addresses": 2},
            {"least": 6, "most": 10, "addresses": 1},
            {"least": 11, "most": 100, "addresses": 1},
            {"least": 101, "most": None, "addresses": 0},
        ],
        "families": ["subject", "engine"],
        "remains": [0.5, 1.0],
        "device_types": ["router"],
        "device_grade": "near",
        "device_verdict": "more",
        "group": 5,
        "group_campaigns": 2,
    }
    assert second.keys() == first.keys()


def test_groups_leads_additions_and_decisions_are_in_the_json(summary_of: Callable[..., Summary]) -> None:
    made = datetime(2026, 11, 29, tzinfo=UTC)
    summary = summary_of(
        campaigns=[
            {"campaign": key, "messages": 2, "group": group} for key, group in ((1, 1), (2, 1), (3, 3), (4, None))
        ],
        leads=[{"kind": "evidence"}, {"kind": "evidence"}, {"kind": "same senders"}],
        decisions=Decisions((Decision(1, made, "apart", "two shops", (1, 2)),)),
        run={"appended": [{"time": made.isoformat(), "messages": 1_200, "passed_over": 4}]},
    )
    read = json.loads(json.dumps(summary.as_dict()))
    assert (read["campaign_groups"], read["campaign_grouped"]) == (1, 2)
    assert read["leads"] == {"evidence": 2, "same senders": 1}
    assert read["decisions"] == {
        "number": 1,
        "holding": 1,
        "waiting": 0,
        "last": {
            "number": 1,
            "time": "2026-11-29T00:00:00+00:00",
            "action": "apart",
            "reason": "two shops",
            "name": None,
            "by": None,
        },
    }
    assert read["decisions_lost"] is False
    assert read["appended"] == [{"time": "2026-11-29T00:00:00+00:00", "messages": 1_200, "passed_over": 4}]


def test_the_columns_that_are_named_are_enough() -> None:
    some = {name: tables.TABLES[name].empty_table().select(columns) for name, columns in SUMMARISED.items()}
    found = summarise(
        some["messages"], some["addresses"], some["campaigns"], some["problems"], {"control": {}}, leads=some["leads"]
    )
    assert (found.messages, found.campaigns, found.leads) == (0, (), {})


def test_nothing_at_all_is_a_summary_too(summary_of: Callable[..., Summary]) -> None:
    empty = summary_of()
    assert (empty.messages, empty.duplicates, empty.flawed, empty.problems) == (0, 0, 0, 0)
    assert (empty.first, empty.last, empty.seconds, empty.case) == (None, None, None, None)
    assert not any((empty.networks, empty.countries, empty.campaigns, empty.findings, empty.advice))


def test_an_address_without_a_row_has_no_network(summary_of: Callable[..., Summary]) -> None:
    summary = summary_of(messages=[{"handover_ip": "192.0.2.1"}], addresses=[{"ip": "192.0.2.2", "asn": 64500}])
    assert (summary.networks, summary.networkless) == ((), 1)


def test_the_summary_is_json(small: Summary) -> None:
    read = json.loads(json.dumps(small.as_dict()))
    assert read["first"] == "2024-01-02T00:00:00+00:00"
    assert read["networks"][0] == {
        "asn": 64500,
        "as_org": "Example Broadband",
        "messages": 3,
        "addresses": 2,
    }
    assert read["databases"][0]["name"] == "lite.mmdb"
    assert read["seconds"] == 1.5


def test_an_old_or_new_database_is_warned_of(summary_of: Callable[..., Summary]) -> None:
    mail = [{"received_at": datetime(2024, 1, day, tzinfo=UTC)} for day in (1, 31)]

    def gap(built: str | None) -> tuple[int | None, bool]:
        summary = summary_of(messages=mail, run={"databases": [{"name": "a.mmdb", "built": built}]})
        return summary.databases[0].gap_days, summary.databases[0].warning is not None

    assert gap("2024-01-15T00:00:00+00:00") == (0, False)
    assert gap("2024-02-20T00:00:00") == (20, False)
    assert gap("2025-01-31T00:00:00+00:00") == (366, True)
    assert gap("2023-01-01T00:00:00+00:00") == (-365, True)
    assert gap(None) == (None, False)
    assert gap("yesterday") == (None, False)


def test_advice_names_the_next_step(summary_of: Callable[..., Summary]) -> None:
    message = {"handover_ip": "192.0.2.1", "handover_grade": "vouched"}
    assert "attribution data install ipinfo-lite" in summary_of(messages=[message]).advice[0]
    other = summary_of(messages=[message], run={"databases": [{"path": "x/y.mmdb"}]})
    assert other.databases[0].name == "y.mmdb"
    assert "--mmdb" in other.advice[0]
    (line,) = summary_of(messages=[{}]).advice
    assert "--trust" in line
    undated = summary_of(messages=[message], run={"databases": [{"path": "x/y.mmdb"}]}).advice
    assert undated[-1].startswith("y.mmdb does not say when it was built")
    assert "--mmdb PATH@YYYY-MM-DD" in undated[-1]
    assert "problems" in summary_of(problems=[{"source": "x", "status": "unsupported", "detail": "?"}]).advice[-1]


GATEWAY = {"name": "A Filter", "messages": 60, "of": 60, "trust": ["filter.example", "192.0.2.7"], "more_networks": 0}


def test_a_filter_in_front_is_named_with_what_leads_behind_it_quoted_for_the_shell(
    summary_of: Callable[..., Summary],
) -> None:
    message = {"handover_ip": "192.0.2.1", "handover_grade": "vouched"}

    def said(**more: object) -> str:
        run = {
            "databases": [{"path": "x.mmdb", "built": "2024-01-01"}],
            "case": "cases/my case",
            "gateway": GATEWAY | more,
        }
        return next(line for line in summary_of(messages=[message], run=run).advice if "A Filter" in line)

    assert said() == (
        "All 60 messages with a handover were handed over by A Filter, which filters mail on its way to a mailbox. If "
        "it does so for the receiver, its lines say who connected to it; run again with "
        "--trust 'cases/my case/receiver.toml' --trust filter.example --trust 192.0.2.7"
    )
    assert said(messages=55).startswith("55 of 60 messages")
    assert said(more_networks=31).endswith(", and the 31 networks of its servers that the column handover_ip shows")
    assert said(trust=[]).endswith("It left no line that says who connected to it.")


@pytest.mark.parametrize("gateway", [None, {}, [], "x", {"name": "A Filter"}, GATEWAY | {"trust": None}])
def test_a_record_without_a_filter_or_with_a_broken_one_gives_no_advice_on_it(
    gateway: object, summary_of: Callable[..., Summary]
) -> None:
    assert not any("filters mail" in line for line in summary_of(run={"gateway": gateway}).advice)


@pytest.mark.parametrize(("elsewhere", "part"), [(7, "7 of their records"), (0, "--banners PATH@YYYY-MM-DD")])
def test_scan_files_without_a_banner_of_the_case_are_told_of(
    summary_of: Callable[..., Summary], elsewhere: int, part: str
) -> None:
    run = {"control": {"said": "no control group"}, "banners": {"tally": {"elsewhere": elsewhere}}}
    empty = summary_of(addresses=[{"ip": "192.0.2.1", "banners": 0}], run=run)
    assert any(part in line for line in empty.advice)
    known = summary_of(addresses=[{"ip": "192.0.2.1", "banners": 2}], run=run)
    assert known.advice == ()
    assert summary_of(addresses=[{"ip": "192.0.2.1"}]).advice == ()


def test_decisions_that_wait_or_are_lost_are_told_of(summary_of: Callable[..., Summary]) -> None:
    decided = Decisions((Decision(1, datetime(2026, 1, 2, tzinfo=UTC), "apart", "two shops", (1, 2)),))
    (line,) = summary_of(decisions=decided, run={"finished": "2026-01-01T00:00:00+00:00"}).advice
    assert "attribution regroup CASE" in line
    assert summary_of(decisions=decided, run={"finished": "2026-01-03T00:00:00+00:00"}).advice == ()
    empty = {name: tables.TABLES[name].empty_table() for name in ("messages", "addresses", "campaigns", "problems")}
    (line,) = summarise(**empty, run={}, decisions_lost=True).advice
    assert line.startswith("decisions.toml cannot be used")


def test_a_file_of_many_broken_lines_does_not_hide_what_else_is_wrong(summary_of: Callable[..., Summary]) -> None:
    broken = [{"source": "scan", "offset": at, "status": "malformed", "detail": "no time"} for at in range(40)]
    other = {"source": "scan", "offset": 99, "status": "malformed", "detail": "no address"}
    found = summary_of(problems=[*broken, other]).problem_examples
    assert [(line.detail, line.offset, line.alike) for line in found] == [("no time", 0, 40), ("no address", 99, 1)]


def test_a_comparison_has_all_figures_and_the_name_of_its_network(summary_of: Callable[..., Summary]) -> None:
    figures = {"senders": 40, "senders_with": 8, "controls": 90, "controls_with": 9, "controls_share": 0.11}
    ratio = {"odds_ratio": 1.9, "low": 0.7, "high": None, "verdict": "unclear"}
    row = figures | ratio
    control = {"things": row | {"what": "things"}, "networks": [row | {"what": "AS64500"}], "types": []}
    addresses = [{"ip": "192.0.2.1", "banners": 1, "asn": 64500, "as_org": "Example Broadband"}]
    found = summary_of(addresses=addresses, run={"control": control}).devices
    assert found is not None
    assert [(line.of, line.what, line.name) for line in found.comparisons] == [
        ("all", "things", None),
        ("network", "AS64500", "Example Broadband"),
    ]
    for line in found.comparisons:
        assert {name: getattr(line, name) for name in row} == row


def test_the_count_of_hosts_comes_with_what_it_rests_on(summary_of: Callable[..., Summary]) -> None:
    hosts = {"said": "Some hosts.", "estimate_low": 3, "estimate_high": 1_900, "assumptions": ["One line, one host."]}
    found = summary_of(run={"hosts": hosts})
    assert (found.hosts, found.host_notes) == (
        "Some hosts.",
        ("The estimate may as well be anything from 3 to 1,900.", "One line, one host."),
    )
    assert summary_of(run={"hosts": {"said": "None."}}).host_notes == ()


def test_every_word_of_the_vocabularies_is_explained() -> None:
    assert tuple(words.GRADES) == get_args(models.Grade)
    assert tuple(words.STATUSES) == get_args(models.Status)
    assert tuple(words.DEVICE_GRADES) == get_args(models.DeviceGrade)
    assert set(words.VERDICTS) == set(get_args(Verdict))
    assert list(words.TABLES) == list(tables.TABLES)
