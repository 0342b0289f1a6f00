from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_args

import pyarrow as pa
import pytest

from attribution.campaigns.botnets import SAME_ENGINE, SAME_SENDERS
from attribution.campaigns.families import FIELDS
from attribution.campaigns.per_address import PER_ADDRESS
from attribution.decisions import Action
from attribution.report import words
from attribution.report.campaigns import (
    AddressClass,
    CampaignLine,
    campaign_line,
    grouped,
    largest,
    lead_kinds,
    per_day,
    reason,
)
from attribution.tables import CAMPAIGNS

BARE = CampaignLine(7, 4, 2, None, None, None)


def row(**known: object) -> dict[str, Any]:
    return dict.fromkeys(CAMPAIGNS.names) | {"campaign": 7, "messages": 4} | known


def test_a_campaign_of_an_older_version_has_what_that_wrote() -> None:
    day = datetime(2024, 1, 5, tzinfo=UTC)
    old = row(addresses=2, subject_template="parcel <#>", first_seen=day, last_seen=day)
    assert campaign_line(old, {}, PER_ADDRESS) == CampaignLine(7, 4, 2, "parcel <#>", day, day)


def test_families_without_which_least_stays_together_come_first() -> None:
    line = campaign_line(row(families=["engine", "subject", "text"], remains=[1.0, 0.2, 0.2]), {}, ())
    assert line.families == ("subject", "text", "engine")
    assert line.remains == (0.2, 0.2, 1.0)


def test_the_histogram_of_addresses_names_its_classes() -> None:
    line = campaign_line(row(per_address=[40, 9, 5, 2, 1, 0]), {}, PER_ADDRESS)
    assert [str(each) for each in line.per_address] == ["1", "2", "3\u20135", "6\u201310", "11\u2013100", "over 100"]
    assert [each.addresses for each in line.per_address] == [40, 9, 5, 2, 1, 0]
    assert line.per_address[2] == AddressClass(3, 5, 5)
    assert line.per_address[-1] == AddressClass(101, None, 0)


@pytest.mark.parametrize("counts", [None, [1, 2], [1] * 9])
def test_a_histogram_with_other_classes_is_not_shown(counts: list[int] | None) -> None:
    assert campaign_line(row(per_address=counts), {}, PER_ADDRESS).per_address == ()


def test_a_group_of_one_campaign_is_none() -> None:
    table = pa.table({"group": pa.array([5, 5, 9, None, 5], pa.int64())})
    assert grouped(table) == {5: 3}
    assert campaign_line(row(group=5), {5: 3}, ()).group_campaigns == 3
    assert campaign_line(row(group=9), {5: 3}, ()).group_campaigns is None


def test_leads_are_counted_by_kind_the_most_frequent_first() -> None:
    kinds = ["same engine", "evidence", "same senders", "evidence", None]
    assert list(lead_kinds(pa.table({"kind": pa.array(kinds, pa.string())})).items()) == [
        ("evidence", 2),
        ("same engine", 1),
        ("same senders", 1),
    ]
    assert lead_kinds(pa.table({"kind": pa.array([], pa.string())})) == {}


def test_the_largest_rows_do_not_depend_on_their_order() -> None:
    table = pa.table({"campaign": [3, 1, 2, 4], "messages": [5, 5, 9, 2], "name": ["c", "a", "b", "d"]})
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]):
        assert largest(table.take(order), 3)["name"].to_pylist() == ["b", "a", "c"]
    assert largest(table, 0).num_rows == 0


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0.00"), (0.004, "below 0.01"), (0.25, "0.25"), (1.24, "1.2"), (17.6, "18"), (1_234.5, "1,234")],
)
def test_bursts_a_day_have_digits_that_say_something(value: float, words: str) -> None:
    assert per_day(value) == words


def test_the_reason_names_few_families_and_counts_the_others() -> None:
    line = campaign_line(
        row(
            families=["contact", "engine", "payload", "subject", "text"],
            remains=[0.1, 0.2, 0.3, 0.4, 0.5],
            confidence=0.98765,
        ),
        {},
        (),
    )
    assert reason(line) == "contacts, engine, links and 2 more; confidence 0.988"
    assert reason(line, named=2) == "contacts, engine and 3 more; confidence 0.988"


def test_the_reason_says_what_is_known_and_no_more() -> None:
    assert reason(BARE) is None
    assert reason(campaign_line(row(confidence=0.5), {}, ())) == "confidence 0.500"
    one = campaign_line(row(families=["subject", None], remains=[1.0, 0.5]), {}, ())
    assert reason(one) == "subject"
    odd = campaign_line(row(families=["\x1b[31m" + "x" * 99], remains=[1.0]), {}, ())
    assert (reason(odd) or "").startswith("\\x1b[31mxxx")
    assert len(reason(odd) or "") == 40


def test_every_family_kind_of_lead_and_kind_of_decision_has_its_words() -> None:
    assert set(words.LEADS) == {"evidence", SAME_SENDERS, SAME_ENGINE}
    assert set(words.FAMILIES) == {field.family for field in FIELDS.values()}
    assert set(words.ACTIONS) == set(get_args(Action))
