from __future__ import annotations

import numpy as np
import pytest

from attribution.simulate import KINDS, World
from attribution.simulate.plan import Plan, make_plan
from attribution.simulate.presets import PRESETS


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


@pytest.mark.parametrize("messages", [4000, 100_000])
def test_the_run_of_2014_has_all_its_bursts_and_they_are_of_like_size(messages: int) -> None:
    world = PRESETS["thingbot-2014"].world(messages)
    plan = make_plan(messages, 1, world)
    times = plan.time[plan.sender >= 0] - int(world.start.timestamp())
    begins = (np.arange(world.days)[:, None] * 86400 + np.array(world.burst_hours) * 3600).ravel()
    sizes = np.array([((times >= begin) & (times <= begin + 7200)).sum() for begin in begins])
    assert len(sizes) == 45
    assert sizes.min() > 0.35 * sizes.mean()
    assert sizes.max() < 2 * sizes.mean()
    assert 0.1 < sizes.std() / sizes.mean() < 0.45
    assert sizes.sum() > 0.93 * len(times)


def test_campaigns_of_the_run_of_2014_live_for_days_and_not_for_all_of_it() -> None:
    world = PRESETS["thingbot-2014"].world(100_000)
    plan = make_plan(100_000, 1, world)
    labels = np.unique(plan.label[plan.sender >= 0])
    large = labels[plan.size[labels] >= 1000]
    spans = [np.ptp(plan.time[plan.label == label]) / 86400 for label in large]
    assert 1 < np.median(spans) < 6
    assert max(spans) < world.days - 2
    assert (plan.start[labels] == [plan.time[plan.label == label].min() for label in labels]).all()


def test_the_run_of_2014_has_enough_addresses_and_none_sends_more_than_ten_mails() -> None:
    plan = make_plan(750_000, 1, PRESETS["thingbot-2014"].world(750_000))
    _, sent = np.unique(plan.bots.ip[plan.sender[plan.sender >= 0]], return_counts=True)
    assert len(sent) >= 100_000
    assert sent.max() <= 10
