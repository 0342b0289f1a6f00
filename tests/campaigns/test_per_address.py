from __future__ import annotations

import numpy as np
import pytest

from attribution.campaigns.per_address import PerAddress, per_address

MINUTE = 60_000_000
HOUR = 60 * MINUTE
UNKNOWN = np.iinfo(np.int64).min


def campaign(sent: list[int], apart: int = HOUR) -> PerAddress:
    """Give one campaign: how many messages each address sent, and the time between them."""
    address = np.repeat(np.arange(len(sent)), sent)
    time = np.concatenate([np.arange(count) * apart for count in sent])
    return per_address(np.zeros(len(address), dtype=np.int64), address, time, 1)


def test_a_histogram_of_messages_per_address() -> None:
    found = campaign([1, 1, 1, 2, 3, 5, 6, 10, 11, 100, 101])
    assert found.addresses.tolist() == [11]
    assert found.most.tolist() == [101]
    assert found.histogram.tolist() == [[3, 1, 2, 2, 2, 1]]


def test_a_botnet_of_many_machines_with_few_messages_is_low_and_slow() -> None:
    assert campaign([1 + n % 10 for n in range(2_000)]).low_and_slow.tolist() == [1.0]


def test_snowshoe_spam_from_few_addresses_with_many_messages_is_not() -> None:
    assert campaign([400] * 60, apart=10 * MINUTE).low_and_slow.tolist() == [0.0]


def test_one_server_has_no_score() -> None:
    found = campaign([5_000])
    assert np.isnan(found.low_and_slow[0])
    assert found.histogram.tolist() == [[0, 0, 0, 0, 0, 1]]


def test_many_machines_that_empty_their_queue_at_once_are_not_slow() -> None:
    assert campaign([10] * 500, apart=MINUTE // 60).low_and_slow.tolist() == [0.0]
    assert campaign([3] * 500, apart=0).low_and_slow.tolist() == [1.0]


@pytest.mark.parametrize(("seconds", "slow"), [(19, False), (20, True)])
def test_four_messages_in_less_than_a_minute_are_too_many(seconds: int, slow: bool) -> None:
    assert campaign([4] * 10, apart=seconds * 1_000_000).low_and_slow.tolist() == [float(slow)]


def test_the_score_is_a_share_of_messages() -> None:
    assert campaign([10] * 30 + [100]).low_and_slow.tolist() == [0.75]


def test_messages_without_a_time_count_as_slow() -> None:
    address = np.repeat(np.arange(10), 8)
    found = per_address(np.zeros(80, dtype=np.int64), address, np.full(80, UNKNOWN), 1)
    assert found.low_and_slow.tolist() == [1.0]


def test_campaigns_do_not_mix_and_messages_without_address_are_left_out() -> None:
    owner = np.array([1, 0, 1, 0, 1, 2])
    address = np.array([0, 0, 1, 0, 1, -1])
    found = per_address(owner, address, np.zeros(6, dtype=np.int64), 4)
    assert found.addresses.tolist() == [1, 2, 0, 0]
    assert found.most.tolist() == [2, 2, 0, 0]
    assert found.histogram[:, :2].tolist() == [[0, 1], [1, 1], [0, 0], [0, 0]]
    assert np.isnan(found.low_and_slow).all()


def test_nothing_is_counted_where_there_is_nothing() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert per_address(none, none, none, 0).histogram.shape == (0, 6)
