"""Which addresses of a scan are kept, and that a sample of neighbours is fair."""

from __future__ import annotations

import random

from attribution.enrich.evidence import Neighbours

CASE = ["22.1.2.3", "2a0e:100:7::5"]


def test_addresses_of_the_case_and_of_the_networks_of_its_senders_are_kept() -> None:
    kept = Neighbours([*CASE, "198.51.100.4"], CASE, 1_000)
    assert "22.1.2.3" in kept
    assert "198.51.100.4" in kept
    assert "22.1.200.9" in kept
    assert "2a0e:100:ffff::1" in kept
    assert "22.2.0.1" not in kept
    assert "198.51.100.5" not in kept
    assert "2a0e:101::1" not in kept
    assert None not in kept


def neighbours(number: int) -> list[str]:
    return [f"22.1.{100 + place // 200}.{place % 200}" for place in range(number)]


def test_the_sample_is_the_same_in_whatever_order_neighbours_come() -> None:
    ips = [ip for ip in neighbours(20_000) if ip not in CASE]
    samples = []
    for seed in range(3):
        random.Random(seed).shuffle(ips)  # noqa: S311 (an order, no secret)
        kept = Neighbours(CASE, CASE, 1_000)
        for start in range(0, len(ips), 500):
            kept.keep(ip for ip in ips[start : start + 500] if ip in kept)
        samples.append({ip for ip in ips if ip in kept})
    assert samples[0] == samples[1] == samples[2]
    assert 400 <= len(samples[0]) <= 1_000
    assert (kept.near_share, kept.far_share) == (1, 1 / 32)


def test_the_nearest_are_the_last_to_go() -> None:
    near = [f"22.1.2.{host}" for host in range(10, 110)]
    kept = Neighbours(CASE, CASE, 150)
    kept.keep([*near, *neighbours(5_000)])
    assert all(ip in kept for ip in near)
    assert 0 < kept.far_share < 1 / 16
    fewer = Neighbours(CASE, CASE, 60)
    fewer.keep([*near, *neighbours(5_000)])
    assert (fewer.near_share, fewer.far_share) == (1 / 2, 0)


def test_addresses_of_the_case_are_never_thinned_out() -> None:
    kept = Neighbours(CASE, CASE, 10)
    kept.keep(ip for ip in neighbours(5_000) if ip not in CASE)
    assert all(ip in kept for ip in CASE)
