"""The devices of a campaign: which, how far they speak, and what the neighbours of its senders say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from attribution.enrich.evidence import Group, campaign_devices, compare
from attribution.enrich.evidence.comparison import Verdict
from attribution.enrich.evidence.control import compare_each
from attribution.enrich.evidence.odds import Interval
from attribution.enrich.evidence.verdicts import verdict_of
from attribution.tables import ADDRESSES, CAMPAIGNS, CONTROLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COLUMNS = ["device_types", "device_grade", "device_verdict", "device_sentence"]


def table(schema: pa.Schema, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows], schema=schema)


def sender(ip: str, **columns: Any) -> dict[str, Any]:  # noqa: ANN401 (columns have many types)
    """Give an address that answered the scan and named nothing, unless columns say otherwise."""
    return {"ip": ip, "banners": 1, "device_types": [], "device_grade": "none", **columns}


def camera(ip: str, **columns: Any) -> dict[str, Any]:  # noqa: ANN401 (columns have many types)
    seen = {"device_type": "ip-camera", "device_types": ["ip-camera"], "device_grade": "near"}
    return sender(ip, **{**seen, **columns})


def block(first: str, number: int, network: int, share: float, *, controls: bool = False) -> list[dict[str, Any]]:
    """Give addresses that are compared in one network; a share of them shows a thing, spread evenly."""
    rows = []
    for place in range(number):
        thing = int((place + 1) * share) > int(place * share)
        ip, compared = f"{first}.{place // 250}.{place % 250}", {"compared_network": network, "compared_thing": thing}
        rows.append({"ip": ip, **compared} if controls else (camera if thing else sender)(ip, **compared))
    return rows


def case_of(
    senders: Mapping[int, Iterable[Mapping[str, Any]]], controls: Sequence[Mapping[str, Any]] = ()
) -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
    """Give the tables of a case from the addresses of each campaign."""
    mail = [(campaign, row) for campaign, rows in senders.items() for row in rows]
    messages = pa.table(
        {
            "campaign": pa.array([campaign for campaign, _ in mail], pa.int64()),
            "handover_ip": pa.array([row["ip"] for _, row in mail], pa.string()),
        }
    )
    known = {row["ip"]: row for _, row in mail}
    campaigns = table(CAMPAIGNS, [{"campaign": campaign} for campaign in senders])
    return campaigns, messages, table(ADDRESSES, [*known.values()]), table(CONTROLS, controls)


def first(found: pa.Table) -> dict[str, Any]:
    row: dict[str, Any] = found.to_pylist()[0]
    return row


NEIGHBOURS = block("24.0", 1_000, 7, 0.2, controls=True)


def test_without_banners_nothing_is_known() -> None:
    campaigns, messages, addresses, controls = case_of({1: [{"ip": "24.5.0.1"}], 2: [{"ip": "24.5.0.2"}]})
    found = campaign_devices(campaigns, messages, addresses, controls)
    assert found.schema == pa.schema([CAMPAIGNS.field(name) for name in COLUMNS])
    assert found.to_pylist() == [dict.fromkeys(COLUMNS)] * 2


def test_a_case_without_addresses_has_nothing_to_say() -> None:
    campaigns, messages, addresses, controls = case_of({1: []})
    assert campaign_devices(campaigns, messages, addresses, controls).to_pylist() == [dict.fromkeys(COLUMNS)]


def test_a_campaign_that_things_send_stands_out() -> None:
    found = first(campaign_devices(*case_of({1: block("24.5", 200, 7, 0.7)}, NEIGHBOURS)))
    assert (found["device_types"], found["device_grade"], found["device_verdict"]) == (["ip-camera"], "near", "more")
    assert found["device_sentence"].startswith(
        "Of 200 senders of this campaign that are compared, 70.0 % show a thing; of 1,000 addresses in the same"
        " networks that answered the same scan and sent none of this mail, 20.0 % do, weighed as the senders are"
        " spread. Odds ratio 9.3"
    )
    assert "clearly more often" in found["device_sentence"]
    assert "not prove it of any one address" in found["device_sentence"]


def test_where_the_neighbours_show_the_same_the_data_show_nothing() -> None:
    found = first(campaign_devices(*case_of({1: block("24.5", 400, 7, 0.2)}, NEIGHBOURS)))
    assert found["device_verdict"] == "same"
    assert found["device_sentence"].endswith(
        "The share is what the control group has: the data do not show things sending this campaign."
    )


def test_things_of_a_campaign_whose_neighbours_show_the_same_are_opposed() -> None:
    # On each address nothing speaks for another host, but the campaign as a whole does.
    assert first(campaign_devices(*case_of({1: block("24.5", 400, 7, 0.2)}, NEIGHBOURS)))["device_grade"] == "opposed"


def test_where_nobody_shows_a_thing_there_is_no_ratio() -> None:
    nobody = block("24.0", 100, 7, 0, controls=True)
    found = first(campaign_devices(*case_of({1: block("24.5", 30, 7, 0)}, nobody)))
    assert (found["device_types"], found["device_grade"], found["device_verdict"]) == ([], "none", "same")
    assert "Odds ratio" not in found["device_sentence"]


def test_of_few_addresses_no_share_is_compared() -> None:
    found = campaign_devices(*case_of({1: block("24.5", 19, 7, 0.9), 2: block("24.6", 400, 7, 0.2)}, NEIGHBOURS))
    assert found["device_verdict"].to_pylist() == ["none", "same"]
    assert "at least 20 senders" in found["device_sentence"][0].as_py()
    assert "here it is 19 and 1,000" in found["device_sentence"][0].as_py()
    assert found["device_grade"][0].as_py() == "near"


def test_neighbours_in_other_networks_are_no_neighbours() -> None:
    found = first(campaign_devices(*case_of({1: block("24.5", 200, 8, 0.9)}, NEIGHBOURS)))
    assert found["device_verdict"] == "none"
    assert found["device_sentence"] == (
        "None of its senders has addresses beside it in the same scan to be compared with."
    )


def test_networks_are_not_mixed() -> None:
    # Most senders live where most homes have a thing, most neighbours that answer where few have.
    senders = [*block("24.5", 300, 7, 0.8), *block("24.6", 30, 8, 0.1)]
    beside = [*block("24.0", 60, 7, 0.8, controls=True), *block("24.1", 900, 8, 0.1, controls=True)]
    found = first(campaign_devices(*case_of({1: senders}, beside)))
    assert found["device_verdict"] in {"same", "unclear"}
    assert "Odds ratio 1.0" in found["device_sentence"]


def test_an_address_with_many_messages_counts_once() -> None:
    rows = block("24.5", 200, 7, 0.7)
    whole = campaign_devices(*case_of({1: rows}, NEIGHBOURS))
    assert campaign_devices(*case_of({1: [*rows, *rows[:50] * 20]}, NEIGHBOURS)) == whole


def test_mail_without_campaign_or_address_counts_for_none() -> None:
    campaigns, messages, addresses, controls = case_of({1: block("24.5", 200, 7, 0.7)}, NEIGHBOURS)
    more = pa.table(
        {"campaign": pa.array([None, 1, 99], pa.int64()), "handover_ip": ["24.5.0.1", None, "24.5.0.2"]},
        schema=messages.schema,
    )
    found = campaign_devices(campaigns, pa.concat_tables([more, messages]), addresses, controls)
    assert found == campaign_devices(campaigns, messages, addresses, controls)


def test_rows_come_in_the_order_of_the_campaigns_whatever_the_order_of_the_rest() -> None:
    senders = {5: block("24.5", 200, 7, 0.7), 3: block("24.6", 10, 7, 0.5), 9: block("24.7", 400, 7, 0.2), 4: []}
    campaigns, messages, addresses, controls = case_of(senders, NEIGHBOURS)
    found = campaign_devices(campaigns, messages, addresses, controls)
    assert found["device_verdict"].to_pylist() == ["more", "none", "same", "none"]
    assert found["device_types"].to_pylist() == [["ip-camera"]] * 3 + [None]
    draw = np.random.default_rng(11)
    mixed = [each.take(pa.array(draw.permutation(len(each)))) for each in (messages, addresses, controls)]
    assert campaign_devices(campaigns, *mixed) == found


class TestTypes:
    def test_the_most_frequent_come_first_and_at_most_five(self) -> None:
        seen = {"router": 4, "printer": 3, "nas": 2, "dvr": 2, "ip-camera": 2, "voip": 1}
        senders = [
            sender(f"24.5.{at}.{number}", device_types=[kind])
            for at, (kind, count) in enumerate(seen.items())
            for number in range(count)
        ]
        found = first(campaign_devices(*case_of({1: senders})))
        assert found["device_types"] == ["router", "printer", "dvr", "ip-camera", "nas"]

    def test_an_address_counts_for_each_type_that_answers_on_it(self) -> None:
        senders = [sender("24.5.0.1", device_types=["nas", "router"]), sender("24.5.0.2", device_types=["router"])]
        assert first(campaign_devices(*case_of({1: senders})))["device_types"] == ["router", "nas"]

    def test_no_device_is_not_the_same_as_no_answer(self) -> None:
        silent = sender("24.5.0.2", banners=0, device_types=None, device_grade=None)
        found = campaign_devices(*case_of({1: [sender("24.5.0.1")], 2: [silent]}))
        assert found["device_types"].to_pylist() == [[], None]
        assert found["device_grade"].to_pylist() == ["none", None]


class TestGrade:
    @pytest.mark.parametrize(
        ("grades", "said"),
        [
            (["near"], "near"),
            (["near", "near", "far"], "near"),
            (["near", "far"], "far"),  # half is not more than half
            (["near", "shared", "opposed"], "shared"),  # two of three are at least shared
            (["near", "opposed", "opposed", "far", "far"], "opposed"),
            (["near", "none", "none", "none"], "near"),  # addresses without a device say nothing of devices
            (["none", None], "none"),
        ],
    )
    def test_it_is_what_more_than_half_of_the_addresses_with_a_thing_reach(
        self, grades: list[str | None], said: str
    ) -> None:
        senders = [camera(f"24.5.0.{at}", device_grade=grade) for at, grade in enumerate(grades)]
        assert first(campaign_devices(*case_of({1: senders})))["device_grade"] == said

    def test_computers_do_not_speak_for_things(self) -> None:
        computers = [sender(f"24.5.0.{at}", device_type="windows-pc", device_grade="near") for at in range(9)]
        things = [camera("24.5.1.1", device_grade="far")]
        found = campaign_devices(*case_of({1: [*computers, *things], 2: computers}))
        assert found["device_grade"].to_pylist() == ["far", "near"]


class TestManyCampaigns:
    def test_what_stands_out_by_chance_among_many_is_not_said(self) -> None:
        odd = block("24.5", 60, 7, 0.35)
        beside = {2 + at: block(f"24.{20 + at}", 40, 7, 0.2) for at in range(40)}
        alone = first(campaign_devices(*case_of({1: odd}, NEIGHBOURS)))
        assert alone["device_verdict"] == "slightly-more"
        assert "Of " not in alone["device_sentence"][3:]
        among = first(campaign_devices(*case_of({1: odd, **beside}, NEIGHBOURS)))
        assert among["device_verdict"] == "unclear"
        assert among["device_sentence"].endswith(
            "Of 41 campaigns that are compared some differ as much by chance: the data do not show things sending this"
            " campaign, nor that they did not."
        )

    def test_clearly_more_may_be_left_as_more(self) -> None:
        odd = block("24.5", 60, 7, 0.45)
        beside = {2 + at: block(f"24.{20 + at}", 40, 7, 0.2) for at in range(40)}
        assert first(campaign_devices(*case_of({1: odd}, NEIGHBOURS)))["device_verdict"] == "more"
        among = first(campaign_devices(*case_of({1: odd, **beside}, NEIGHBOURS)))
        assert among["device_verdict"] == "slightly-more"
        assert "that it is clearly more often is not as sure" in among["device_sentence"]

    def test_less_needs_to_hold_among_all_too(self) -> None:
        rare = block("24.5", 120, 7, 0.1)
        beside = {2 + at: block(f"24.{20 + at}", 40, 7, 0.2) for at in range(40)}
        assert first(campaign_devices(*case_of({1: rare}, NEIGHBOURS)))["device_verdict"] == "less"
        assert first(campaign_devices(*case_of({1: rare, **beside}, NEIGHBOURS)))["device_verdict"] == "unclear"
        none = {1: block("24.5", 400, 7, 0.05), **beside}
        assert first(campaign_devices(*case_of(none, NEIGHBOURS)))["device_verdict"] == "less"

    def test_campaigns_that_cannot_be_compared_do_not_make_it_stricter(self) -> None:
        odd = block("24.5", 60, 7, 0.35)
        beside = {2 + at: block(f"24.{20 + at}", 10, 7, 0.2) for at in range(40)}
        assert first(campaign_devices(*case_of({1: odd, **beside}, NEIGHBOURS)))["device_verdict"] == "slightly-more"

    def test_a_campaign_that_things_send_is_found_among_many(self) -> None:
        beside = {2 + at: block(f"24.{20 + at}", 40, 7, 0.2) for at in range(40)}
        found = campaign_devices(*case_of({1: block("24.5", 60, 7, 0.8), **beside}, NEIGHBOURS))
        assert found["device_verdict"].to_pylist()[0] == "more"
        assert set(found["device_verdict"].to_pylist()[1:]) <= {"same", "unclear"}
        assert "chance among 41 compared campaigns allowed for" in found["device_sentence"][0].as_py()

    @pytest.mark.parametrize("seed", range(4))
    def test_where_things_do_not_send_no_campaign_is_accused(self, seed: int) -> None:
        draw = np.random.default_rng(seed)
        rate = draw.uniform(0.01, 0.6, 300)
        at, beside = draw.integers(0, 300, 12_000), draw.integers(0, 300, 20_000)
        thing, thing_beside = draw.random(12_000) < rate[at], draw.random(20_000) < rate[beside]
        ips = [f"24.{row // 62_500}.{row // 250 % 250}.{row % 250}" for row in range(12_000)]
        addresses = pa.table({"ip": ips, "banners": np.ones(12_000, np.int64)})
        for name in ("device_type", "device_grade"):
            addresses = addresses.append_column(name, pa.nulls(12_000, pa.string()))
        addresses = addresses.append_column("device_types", pa.nulls(12_000, pa.list_(pa.string())))
        addresses = addresses.append_column("compared_network", pa.array(at)).append_column(
            "compared_thing", pa.array(thing)
        )
        controls = pa.table({"compared_network": beside, "compared_thing": thing_beside})
        messages = pa.table({"campaign": draw.integers(0, 300, 12_000), "handover_ip": ips})
        found = campaign_devices(pa.table({"campaign": np.arange(300)}), messages, addresses, controls)
        said = found["device_verdict"].to_pylist()
        assert said.count("unclear") > 200
        assert not {"more", "slightly-more", "less"} & set(said)


class TestTheWholeCase:
    def test_a_campaign_of_all_mail_is_compared_as_the_case_is(self) -> None:
        draw = np.random.default_rng(3)
        mine = [f"24.{net}.{host}.9" for net in range(4) for host in range(50)]
        others = [f"24.{net}.{host}.{last}" for net in range(4) for host in range(50) for last in (20, 30, 40)]
        sides = [
            Group(
                pa.array(ips), pa.array([64500] * len(ips)), np.ones(len(ips), np.int64), {}, draw.random(len(ips)) < p
            )
            for ips, p in ((mine, 0.5), (others, 0.25))
        ]
        whole = compare_each(*sides)
        senders = [
            sender(ip, compared_network=network, compared_thing=thing)
            for ip, network, thing in zip(mine, whole.senders.tolist(), sides[0].thing.tolist(), strict=True)
        ]
        beside = [
            {"ip": ip, "compared_network": network, "compared_thing": thing}
            for ip, network, thing in zip(others, whole.controls.tolist(), sides[1].thing.tolist(), strict=True)
        ]
        found = first(campaign_devices(*case_of({1: senders}, beside), control=whole.control.as_dict()))
        things = whole.control.things
        assert found["device_verdict"] == things.verdict == "more"
        assert f"Of {things.senders:,} senders" in found["device_sentence"]
        assert (
            f"Odds ratio {things.odds_ratio:.2f} (95 % interval {things.low:.2f} to {things.high:.2f})"
            in (found["device_sentence"])
        )
        assert f"{100 * (things.controls_share or 0):.1f} % do" in found["device_sentence"]

    def test_where_both_sides_were_not_asked_alike_no_campaign_is_judged(self) -> None:
        tables = case_of({1: block("24.5", 200, 7, 0.7)}, NEIGHBOURS)
        control = {"things": {"verdict": "none", "method": "unequal"}}
        found = first(campaign_devices(*tables, control=control))
        assert found["device_verdict"] == "none"
        assert "different numbers of ports or days" in found["device_sentence"]

    def test_without_a_control_group_no_campaign_is_judged(self) -> None:
        senders = [camera(f"24.5.0.{at}") for at in range(30)]
        mine = Group(pa.array(["24.5.0.1"]), pa.array([64500]), np.ones(1, np.int64), {}, np.ones(1, np.bool_))
        nobody = Group(
            pa.array([], pa.string()), pa.array([], pa.int64()), np.empty(0, np.int64), {}, np.empty(0, np.bool_)
        )
        control = compare(mine, nobody).as_dict()
        found = first(campaign_devices(*case_of({1: senders}), control=control))
        assert (found["device_verdict"], found["device_grade"]) == ("none", "near")
        assert "no control group" in found["device_sentence"]

    def test_where_silent_senders_count_as_without_only_more_can_be_said(self) -> None:
        silent = [row | {"banners": 0} for row in block("24.6", 100, 7, 0)]
        more, same = block("24.5", 300, 7, 1), block("24.7", 25, 7, 1)
        found = campaign_devices(*case_of({1: [*more, *silent], 2: [*same, *silent]}, NEIGHBOURS))
        assert found["device_verdict"].to_pylist() == ["more", "none"]
        assert "those that the scan does not list counted as without" in found["device_sentence"][0].as_py()
        assert "not listed alike" in found["device_sentence"][1].as_py()


def test_clearly_means_the_same_as_for_the_whole_case() -> None:
    assert verdict_of(Interval(2.0, 1.5001, 3.0, "")) == "more"
    assert verdict_of(Interval(2.0, 1.4999, 3.0, "")) == "slightly-more"


def test_the_figures_can_be_had_again_from_the_tables() -> None:
    senders = [*block("24.5", 150, 7, 0.5), *block("24.6", 70, 8, 0.3)]
    beside = [*NEIGHBOURS, *block("24.1", 300, 8, 0.1, controls=True)]
    campaigns, messages, addresses, controls = case_of({1: senders}, beside)
    found = first(campaign_devices(campaigns, messages, addresses, controls))
    mine = addresses.to_pandas()[lambda rows: rows["ip"].isin(messages["handover_ip"].to_pylist())]
    sides = [rows.dropna(subset="compared_network") for rows in (mine, controls.to_pandas())]
    counts = [side.groupby("compared_network")["compared_thing"].agg(["sum", "size"]).astype(int) for side in sides]
    strata = StratifiedTable(np.array([[each["sum"], each["size"] - each["sum"]] for each in counts]).astype(float))
    low, high = strata.oddsratio_pooled_confint()
    assert (
        f"Odds ratio {strata.oddsratio_pooled:.2f} (95 % interval {low:.2f} to {high:.2f})"
        in (found["device_sentence"])
    )


_GRADES = st.sampled_from([None, "near", "shared", "opposed", "far", "none"])
_TYPES = st.sampled_from([None, "router", "ip-camera", "windows-pc", "no such type"])
_ROWS = st.fixed_dictionaries(
    {
        "banners": st.sampled_from([None, 0, 1, 7]),
        "device_type": _TYPES,
        "device_types": st.none() | st.lists(st.sampled_from(["router", "nas", "\x1b[31m"]), max_size=3, unique=True),
        "device_grade": _GRADES,
        "compared_network": st.none() | st.integers(0, 3),
        "compared_thing": st.none() | st.booleans(),
    }
)
_BESIDE = st.fixed_dictionaries({"compared_network": st.none() | st.integers(0, 3), "compared_thing": st.booleans()})


@settings(max_examples=60)
@given(st.lists(_ROWS, max_size=80), st.lists(_BESIDE, max_size=80), st.integers(1, 4))
def test_any_tables_give_a_row_for_each_campaign(
    rows: list[dict[str, Any]], beside: list[dict[str, Any]], count: int
) -> None:
    senders: dict[int, list[dict[str, Any]]] = {campaign: [] for campaign in range(count)}
    for at, row in enumerate(rows):
        senders[at % count].append({"ip": f"24.5.{at // 250}.{at % 250}", **row})
    campaigns, messages, addresses, controls = case_of(senders, beside)
    found = campaign_devices(campaigns, messages, addresses, controls)
    assert len(found) == len(campaigns)
    without = all(row["banners"] is None for row in rows)
    for row in found.to_pylist():
        assert (row["device_verdict"] is None) == (row["device_sentence"] is None) == without
        assert without or row["device_verdict"] in get_args(Verdict)
        assert (row["device_types"] is None) == (row["device_grade"] is None)
