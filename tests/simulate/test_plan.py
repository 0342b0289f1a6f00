from __future__ import annotations

import numpy as np
import pytest

from attribution.simulate import KINDS, World
from attribution.simulate.plan import Plan, make_plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(30_000, 3, World())


def test_every_message_has_its_place_in_its_campaign(plan: Plan) -> None:
    assert np.array_equal(np.bincount(plan.label, minlength=len(plan.size)), plan.size)
    for label in range(0, len(plan.size), 97):
        assert np.array_equal(np.sort(plan.seq[plan.label == label]), np.arange(plan.size[label]))
    assert (np.diff(plan.time) >= 0).all()


def test_bots_send_for_their_own_botnet_and_campaigns_come_from_theirs(plan: Plan) -> None:
    rows = np.flatnonzero(plan.sender >= 0)
    assert (plan.kind[plan.label[rows]] == KINDS.index("bot")).all()
    botnet = plan.bots.botnet[plan.sender[rows]]
    assert (plan.botnets[plan.label[rows]] == botnet[:, None]).any(axis=1).all()
    assert 10 <= len(np.unique(botnet)) < 30


def test_two_pairs_of_botnets_share_bots(plan: Plan) -> None:
    pairs = 0
    for one in range(0, 8, 2):
        first, second = (plan.bots.ip[plan.bots.botnet == number] for number in (one, one + 1))
        shared = len(np.intersect1d(first, second)) / len(second)
        pairs += shared > 0.03
        assert shared < 0.2
    assert pairs == World().sharing_pairs


def test_a_bot_is_awake_for_a_part_of_the_period_only(plan: Plan) -> None:
    rows = np.flatnonzero(plan.sender >= 0)
    rows = rows[np.argsort(plan.sender[rows], kind="stable")]
    times = np.split(plan.time[rows], np.flatnonzero(np.diff(plan.sender[rows])) + 1)
    spans = [np.ptp(sent) for sent in times if len(sent) >= 5]
    assert np.median(spans) < World().days * 86400 / 3


def test_some_campaigns_come_three_times_a_day() -> None:
    plan = make_plan(30_000, 5, World(thrice=1.0, smallest=600, largest=0.2))
    label = int(np.argmax(np.where(plan.kind == KINDS.index("bot"), plan.size, 0)))
    times = plan.time[plan.label == label]
    phase = (times - times.min()) % (86400 // 3)
    # All of it lies in a part of each third of a day.
    assert np.percentile(phase, 90) < 0.7 * 86400 / 3


def test_the_seed_and_the_number_of_messages_decide() -> None:
    one, same, other = make_plan(900, 1, World()), make_plan(900, 1, World()), make_plan(900, 2, World())
    assert np.array_equal(one.time, same.time)
    assert np.array_equal(one.bots.ip, same.bots.ip)
    assert not np.array_equal(one.time, other.time)
