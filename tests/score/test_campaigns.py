from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from attribution.score.campaigns import (
    Labelled,
    label_messages,
    score_campaigns,
    score_groups,
    score_leads,
)

ROWS: list[tuple[str | None, str | None, str | None, int, int | None]] = [
    # true campaign, kind, botnet; message, campaign of the case
    ("pills", "bot", "1", 10, 100),
    ("pills", "bot", "1", 11, 100),
    ("pills", "bot", "1", 12, 200),
    ("watches", "bot", "1", 20, 200),
    ("watches", "bot", "1", 21, 200),
    ("watches", "bot", "1", 22, None),
    ("loans", "bot", "2", 30, 300),
    ("loans", "bot", "2", 31, 300),
    ("news", "newsletter", None, 40, 400),
    ("news", "newsletter", None, 41, 400),
    ("letter", None, None, 50, None),
    (None, "bot", "9", 60, 100),
]


def labelled() -> Labelled:
    campaign, kind, botnet, message, found = zip(*ROWS, strict=True)
    truth = pa.table(
        {
            name: pa.array(column, pa.string())
            for name, column in zip(("campaign", "kind", "botnet"), (campaign, kind, botnet), strict=True)
        }
    )
    result = label_messages(truth, pa.table({"message": pa.array(message), "campaign": pa.array(found, pa.int64())}))
    assert result is not None
    return result


def leads(*rows: tuple[str, int | None, int | None, int | None, int | None]) -> pa.Table:
    names = ("kind", "campaign_a", "campaign_b", "message_a", "message_b")
    columns: list[Any] = list(zip(*rows, strict=True)) if rows else [()] * 5
    kinds = (pa.string(), *[pa.int64()] * 4)
    return pa.table({name: pa.array(column, kind) for name, column, kind in zip(names, columns, kinds, strict=True)})


def test_messages_of_no_known_campaign_are_left_out() -> None:
    found = score_campaigns(labelled())
    assert found.all.items == 11
    assert (found.found, found.true_many, found.all.campaigns) == (4, 4, 5)


def test_kinds_are_scored_each() -> None:
    kinds = {kind.kind: kind for kind in score_campaigns(labelled()).kinds}
    assert list(kinds) == ["bot", "newsletter"]
    assert (kinds["newsletter"].messages, kinds["newsletter"].f1) == (2, 1.0)
    assert kinds["bot"].messages == 8
    # Two right, one beside two strangers, two beside one stranger, one alone, two right.
    assert kinds["bot"].precision == pytest.approx((2 + 1 / 3 + 2 * 2 / 3 + 1 + 2) / 8)


def test_a_campaign_that_merges_is_named() -> None:
    one = score_campaigns(labelled())
    assert (one.all.merging, one.all.merging_twice, one.merged) == (1, 0, ())
    truth = pa.table(
        {"campaign": ["a", "a", "b", "b", "b"], "kind": pa.nulls(5, pa.string()), "botnet": pa.nulls(5, pa.string())}
    )
    two = label_messages(truth, pa.table({"message": [1, 2, 3, 4, 5], "campaign": [7] * 5}))
    assert two is not None
    (merged,) = score_campaigns(two).merged
    assert (merged.campaign, merged.messages, merged.labels, merged.sizes) == (7, 5, ("b", "a"), (3, 2))


def test_a_lead_by_evidence_is_right_where_both_ends_are_one_campaign() -> None:
    table = leads(
        ("evidence", 100, 200, 11, 12),  # both messages are of one
        ("evidence", 100, 200, 11, 20),
        ("evidence", 200, None, 21, 22),
        ("evidence", 100, None, 11, 999),  # nobody knows that message
    )
    (found,) = score_leads(labelled(), table)
    assert (found.kind, found.leads, found.compared, found.right.part, found.right.of) == ("evidence", 4, 3, 2, 3)


def test_a_lead_by_senders_is_right_where_one_botnet_sent_both() -> None:
    table = leads(
        ("same senders", 100, 200, None, None),  # pills and watches, of botnet 1
        ("same senders", 100, 300, None, None),
        ("same engine", 300, 400, None, None),  # a newsletter has no botnet
    )
    engine, senders = score_leads(labelled(), table)
    assert (engine.kind, engine.right.part, engine.right.of) == ("same engine", 0, 1)
    assert (senders.kind, senders.right.part, senders.same_campaign.part, senders.right.of) == ("same senders", 1, 0, 2)


def test_no_leads_are_no_rows() -> None:
    assert score_leads(labelled(), leads()) == ()


def test_groups_are_compared_with_botnets_campaign_by_campaign() -> None:
    campaigns = pa.table({"campaign": [100, 200, 300, 400], "group": pa.array([100, 100, None, 100], pa.int64())})
    found = score_groups(labelled(), campaigns)
    assert found is not None
    assert (found.campaigns, found.botnets, found.grouped, found.groups, found.stray) == (3, 2, 2, 1, 1)
    assert (found.precision, found.recall, found.f1) == (1.0, 1.0, 1.0)


def test_without_botnets_there_is_nothing_to_compare_groups_with() -> None:
    truth = pa.table({"campaign": ["a"], "kind": pa.nulls(1, pa.string()), "botnet": pa.nulls(1, pa.string())})
    one = label_messages(truth, pa.table({"message": [1], "campaign": pa.nulls(1, pa.int64())}))
    assert one is not None
    assert score_groups(one, pa.table({"campaign": pa.nulls(0, pa.int64()), "group": pa.nulls(0, pa.int64())})) is None
    assert score_campaigns(one).kinds == ()
    assert (
        label_messages(
            truth.slice(1), pa.table({"message": pa.nulls(0, pa.int64()), "campaign": pa.nulls(0, pa.int64())})
        )
        is None
    )
