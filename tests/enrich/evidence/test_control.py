"""Senders beside their neighbours: what is compared, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from attribution.enrich.evidence import Group, compare

if TYPE_CHECKING:
    from collections.abc import Sequence


def group(ips: Sequence[str], things: Sequence[bool], asn: int | None = 64500, silent: int = 0) -> Group:
    """Give addresses of which the last `silent` ones did not answer."""
    thing = np.array(things, np.bool_)
    answers = np.ones(len(ips), np.int64)
    if silent:
        answers[-silent:] = 0
    return Group(
        pa.array(ips, pa.string()), pa.array([asn] * len(ips), pa.int64()), answers, {"ip-camera": thing}, thing
    )


def block(prefix: str, number: int, start: int = 0) -> list[str]:
    return [f"{prefix}.{(start + place) // 250}.{(start + place) % 250 + 1}" for place in range(number)]


def rate(number: int, share: float) -> list[bool]:
    """Give a column in which a share of the rows is true, spread evenly."""
    return [int((place + 1) * share) > int(place * share) for place in range(number)]


SENDERS = block("22.5", 400)
NEIGHBOURS = block("22.5", 1_000, start=400)


def test_senders_that_show_things_far_more_often_stand_out() -> None:
    found = compare(group(SENDERS, rate(400, 0.7)), group(NEIGHBOURS, rate(1_000, 0.1)))
    assert found.things.verdict == "more"
    assert (found.things.senders, found.things.controls) == (400, 1_000)
    assert "clearly more often" in found.said
    assert "not prove it of any one address" in found.said


def test_the_base_rate_shows_nothing() -> None:
    found = compare(group(SENDERS, rate(400, 0.2)), group(NEIGHBOURS, rate(1_000, 0.2)))
    assert found.things.verdict == "same"
    assert "the data do not show things sending mail" in found.said


def test_a_small_difference_is_called_what_it_is() -> None:
    found = compare(group(SENDERS, rate(400, 0.30)), group(NEIGHBOURS, rate(1_000, 0.22)))
    assert found.things.verdict == "slightly-more"
    assert "the data do not show things sending mail" in found.said


def test_few_addresses_leave_it_open() -> None:
    found = compare(group(SENDERS[:25], rate(25, 0.2)), group(NEIGHBOURS[:40], rate(40, 0.15)))
    assert found.things.verdict == "unclear"
    assert "nor that they did not" in found.said


def test_where_nobody_shows_a_thing_the_shares_are_the_same() -> None:
    found = compare(group(SENDERS, rate(400, 0)), group(NEIGHBOURS, rate(1_000, 0)))
    assert found.things.verdict == "same"
    assert "Odds ratio" not in found.said


def test_where_only_senders_show_things_the_interval_has_no_upper_end() -> None:
    found = compare(group(SENDERS, rate(400, 0.3)), group(NEIGHBOURS, rate(1_000, 0)))
    assert found.things.verdict == "more"
    assert "Odds ratio without bound (95 % interval" in found.said


def test_without_neighbours_nothing_can_be_judged() -> None:
    found = compare(group(SENDERS, rate(400, 0.7)), group([], []))
    assert found.things.verdict == "none"
    assert "no control group" in found.said
    assert "cannot be judged" in found.said


def test_neighbours_in_other_networks_are_no_neighbours() -> None:
    found = compare(group(SENDERS, rate(400, 0.7)), group(block("31.7", 1_000), rate(1_000, 0.1), asn=64501))
    assert found.things.verdict == "none"
    assert "cannot be judged" in found.said


def test_a_scan_that_lists_devices_alone_cannot_be_a_control_group() -> None:
    found = compare(group(SENDERS, rate(400, 1.0)), group(NEIGHBOURS, rate(1_000, 1.0)))
    assert found.things.verdict == "none"
    assert "lists only addresses with a device" in found.said


def test_where_senders_are_listed_for_their_device_only_the_silent_ones_count_against_them() -> None:
    # 80 of 400 senders are listed, each with a device; of the neighbours all that answer. That may be no difference.
    things = [*([True] * 80), *([False] * 320)]
    found = compare(group(SENDERS, things, silent=320), group(NEIGHBOURS, rate(1_000, 0.2)))
    assert found.things.verdict == "none"
    assert "not listed alike" in found.said
    # 300 of 400 are more than a fifth even if no other sender has a device.
    things = [*([True] * 300), *([False] * 100)]
    found = compare(group(SENDERS, things, silent=100), group(NEIGHBOURS, rate(1_000, 0.2)))
    assert (found.things.verdict, found.things.senders) == ("more", 400)
    assert any("100 of 400 senders not at all" in line for line in found.remarks)


def test_sides_that_were_not_asked_alike_are_not_compared() -> None:
    senders, others = group(SENDERS, rate(400, 0.5)), group(NEIGHBOURS, rate(1_000, 0.2))
    asked_more = Group(senders.ips, senders.asn, senders.answers * 2, senders.types, senders.thing)
    assert compare(senders, others).things.verdict == "more"
    found = compare(asked_more, others)
    assert found.things.verdict == "none"
    assert "different numbers of ports or days" in found.said


def test_the_share_among_neighbours_is_weighed_as_the_senders_are_spread() -> None:
    senders = [*block("22.5", 300), *block("31.7", 100)]
    others = [*block("22.5", 100, start=300), *block("31.7", 900, start=100)]
    found = compare(group(senders, rate(400, 0.5)), group(others, [*rate(100, 0.8), *rate(900, 0.1)]))
    assert found.things.controls_share == pytest.approx(0.75 * 0.8 + 0.25 * 0.1, abs=0.05)


def test_silent_senders_do_not_count_where_the_scan_lists_addresses_without_devices_too() -> None:
    found = compare(group(SENDERS, rate(400, 0.5), silent=100), group(NEIGHBOURS, rate(1_000, 0.1)))
    assert (found.asked, found.silent, found.things.senders) == (400, 100, 300)


def test_networks_with_other_base_rates_are_not_mixed() -> None:
    # Most senders live in a network where most homes have a thing; most neighbours that answer live in another.
    senders = [*block("22.5", 300), *block("31.7", 30)]
    others = [*block("22.5", 60, start=300), *block("31.7", 900, start=30)]
    found = compare(group(senders, [*rate(300, 0.8), *rate(30, 0.1)]), group(others, [*rate(60, 0.8), *rate(900, 0.1)]))
    assert found.things.verdict in {"same", "unclear"}
    assert found.things.odds_ratio == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(
    ("third", "level"),
    [(0, "/24"), (1, "/20"), (128, "AS in /16")],
)
def test_the_narrowest_networks_in_which_most_senders_have_neighbours_are_taken(third: int, level: str) -> None:
    senders = [f"22.{net}.{place * 16}.{host}" for net in (5, 6) for place in range(4) for host in range(1, 31)]
    others = [
        f"22.{net}.{place * 16 + third}.{host}" for net in (5, 6) for place in range(4) for host in range(101, 221)
    ]
    found = compare(group(senders, rate(240, 0.4)), group(others, rate(960, 0.4)))
    assert found.network == level


def test_systems_that_share_a_sixteen_are_told_apart() -> None:
    senders, others = block("22.5", 100), block("22.5", 100, start=30_000)
    found = compare(group(senders, rate(100, 0.4), asn=64500), group(others, rate(100, 0.4), asn=64501))
    assert found.network == "/16"


def test_types_and_networks_are_compared_by_themselves() -> None:
    found = compare(group(SENDERS, rate(400, 0.7)), group(NEIGHBOURS, rate(1_000, 0.1)))
    assert [row.what for row in found.types] == ["ip-camera"]
    assert [row.what for row in found.networks] == ["AS64500"]
    assert found.networks[0].senders == 400
    assert found.as_dict()["things"]["controls_with"] == 100
