from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from attribution.score.devices import (
    Confusion,
    score_devices,
    score_hosts,
    score_value,
    score_verdict,
    thing_shares,
)

THINGS = ("router", "smart-tv", "refrigerator")


def texts(*values: str | None) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def test_a_value_is_right_wrong_or_missing() -> None:
    found = score_value(texts("DE", "DE", "FR", None), texts("DE", "FR", None, "DE"))
    assert (found.addresses, found.right, found.wrong, found.missing) == (3, 1, 1, 1)


def test_devices_are_scored_where_their_banner_can_be_seen() -> None:
    truth = pa.table(
        {
            "device_type": ["router", "router", "smart-tv", "desktop", "router", None],
            "banner": [True, True, True, True, False, False],
        }
    )
    found = score_devices(
        truth, texts("router", "smart-tv", None, "desktop", None, "router"), {"device_type", "banner"}, THINGS
    )
    assert (found.type.addresses, found.type.right, found.type.wrong, found.type.missing) == (4, 2, 1, 1)
    assert (found.type_of_things.addresses, found.type_of_things.right) == (3, 1)
    assert found.confused == (Confusion("router", "smart-tv", 1), Confusion("smart-tv", None, 1))
    # A television taken for a router is a thing all the same.
    assert (found.thing.right, found.thing.wrong, found.thing.missing) == (3, 0, 1)
    assert (found.invented.part, found.invented.of) == (1, 2)


def test_without_a_column_of_banners_every_device_can_be_seen() -> None:
    truth = pa.table({"device_type": ["router"], "banner": pa.nulls(1, pa.bool_())})
    assert score_devices(truth, texts("router"), {"device_type"}, THINGS).type.right == 1


def test_where_nobody_knows_of_a_banner_nothing_is_invented() -> None:
    truth = pa.table({"device_type": ["router", None], "banner": pa.array([None, None], pa.bool_())})
    for columns in ({"device_type", "banner"}, {"device_type"}):
        invented = score_devices(truth, texts("router", "router"), columns, THINGS).invented
        assert (invented.part, invented.of, invented.share) == (0, 0, None)


def test_a_count_of_hosts_that_is_no_number_is_none() -> None:
    assert score_hosts({"lower": "2", "upper": 3}, 2) is None
    found = score_hosts({"lower": 2, "upper": float("nan"), "estimate": float("inf")}, 2)
    assert found is not None
    assert (found.upper, found.estimate) == (None, None)


def test_shares_stand_beside_those_of_the_truth() -> None:
    found = thing_shares(np.array([True, False, False, False]), np.array([True, True, False, False]))
    assert found is not None
    assert (found.case.share, found.truth.share) == (0.25, 0.5)
    assert thing_shares(np.zeros(0, np.bool_), np.zeros(0, np.bool_)) is None


@pytest.mark.parametrize(
    ("verdict", "sent_by", "outcome"),
    [
        ("more", ("thing", "pc"), "right"),
        ("more", ("refrigerator", None), "right"),
        ("slightly-more", ("thing", "pc"), "missed"),
        ("same", ("thing", "pc"), "missed"),
        ("more", ("pc", "server"), "wrong"),
        ("slightly-more", ("pc", "server"), "right"),
        ("same", ("pc", "server"), "right"),
        ("less", ("pc", "server"), "right"),
        ("unclear", ("thing", "pc"), "undecided"),
        ("none", ("pc", "server"), "undecided"),
        (None, ("thing", None), "undecided"),
    ],
)
def test_the_verdict_is_right_only_where_it_says_what_is(
    verdict: str | None, sent_by: tuple[str | None, ...], outcome: str
) -> None:
    found = score_verdict(verdict, texts(*sent_by), THINGS)
    assert found is not None
    assert found.outcome == outcome


def test_nobody_knows_who_sent() -> None:
    assert score_verdict("more", texts(None, None), THINGS) is None


def test_a_range_of_hosts_holds_the_truth_or_not() -> None:
    run = {"lower": 10, "upper": 50, "estimate": 30, "estimate_low": 25, "estimate_high": 35}
    inside, outside, beyond = (score_hosts(run, truth) for truth in (28, 40, 51))
    assert inside is not None
    assert outside is not None
    assert beyond is not None
    assert (inside.contains, inside.estimate_contains) == (True, True)
    assert (outside.contains, outside.estimate_contains) == (True, False)
    assert (beyond.contains, beyond.estimate_contains) == (False, False)


def test_a_range_without_an_end_holds_all_above() -> None:
    found = score_hosts({"lower": 10, "upper": None, "estimate": None}, 10_000)
    assert found is not None
    assert (found.contains, found.estimate_contains) == (True, None)
    assert score_hosts({}, 5) is None
    assert score_hosts({"lower": 1}, None) is None
