from __future__ import annotations

import time
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.campaigns.body.sketch import sketch_text
from attribution.campaigns.texts import SKETCH_SIZE, text_families

SYLLABLES = [a + b for a in ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z") for b in "aeiou"]


@cache
def vocabulary() -> list[str]:
    rng = np.random.default_rng(1)
    return sorted({"".join(rng.choice(SYLLABLES, 3)) for _ in range(4_000)})


def written(words: int, seed: int) -> list[str]:
    return [str(word) for word in np.random.default_rng(seed).choice(vocabulary(), words)]


def changed(text: list[str], share: float, seed: int) -> list[str]:
    """Replace a share of the words, at places and by words that follow from the seed."""
    rng = np.random.default_rng(seed)
    other = list(text)
    for place in rng.permutation(len(text))[: round(share * len(text))]:
        other[place] = str(rng.choice(vocabulary()))
    return other


def sketches(texts: list[list[str]]) -> pa.Array:
    return pa.array([sketch_text(" ".join(text))[1] for text in texts], pa.binary(128))


def raw(minima: np.ndarray[tuple[int, int], np.dtype[np.uint32]]) -> pa.Array:
    return pa.array([row.astype("<u4").tobytes() for row in minima], pa.binary(128))


def families(texts: list[list[str]]) -> list[int]:
    labels: list[int] = text_families(sketches(texts)).tolist()
    return labels


def partition(labels: list[int]) -> set[frozenset[int]]:
    return {frozenset(n for n, label in enumerate(labels) if label == one) for one in set(labels) if one >= 0}


def pairs_joined(share: float) -> int:
    """Count of a hundred pairs, a text of 150 words and one with a share of them changed, those that are a family."""
    texts = [text for seed in range(100) for text in (written(150, seed), changed(written(150, seed), share, seed))]
    found = families(texts)
    return sum(left == right for left, right in zip(found[::2], found[1::2], strict=True))


def test_a_text_with_few_words_changed_is_of_the_family_and_one_with_many_is_not() -> None:
    assert pairs_joined(0.0) == 100
    assert pairs_joined(0.05) >= 95
    assert pairs_joined(0.1) >= 50
    assert pairs_joined(0.2) <= 25
    assert pairs_joined(0.4) == 0


def test_variants_of_one_campaign_hang_together() -> None:
    template = written(150, 7)
    assert len(set(families([changed(template, 0.05, seed) for seed in range(60)]))) == 1


def test_unrelated_texts_are_never_a_family() -> None:
    found = families([written((14, 40, 150)[seed % 3], seed) for seed in range(1_200)])
    assert len(set(found)) == len(found)


def test_texts_that_share_a_footer_are_no_family() -> None:
    footer = written(40, 99)
    found = families([written(120, seed) + footer for seed in range(80)])
    assert len(set(found)) == len(found)


def test_a_text_that_nothing_is_like_is_a_family_of_its_own_and_none_has_none() -> None:
    found = text_families(sketches([written(60, 1), ["short"], written(60, 2), written(60, 1)])).tolist()
    assert found[1] == -1
    assert found[0] == found[3] != found[2]
    assert min(found[0], found[2]) >= 0


@pytest.mark.parametrize("sketch", [pa.array([], pa.binary(128)), pa.nulls(3, pa.binary(128))])
def test_no_texts_have_no_families(sketch: pa.Array) -> None:
    assert text_families(sketch).tolist() == [-1] * len(sketch)


def test_a_slice_is_read_as_what_it_holds() -> None:
    whole = sketches([written(60, 1), [], written(60, 2), written(60, 1), written(60, 2)])
    assert partition(text_families(whole.slice(2)).tolist()) == {frozenset([0, 2]), frozenset([1])}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_texts_makes_no_difference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    texts = [changed(written(60, n % 9), 0.06 * (n % 5), n) for n in range(40)] + [["few"]]
    order = rng.permutation(len(texts))
    one = text_families(sketches(texts))
    other = text_families(sketches([texts[n] for n in order]))
    assert one[order].tolist() == other.tolist()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 1), min_size=SKETCH_SIZE, max_size=SKETCH_SIZE), max_size=20))
def test_all_of_a_family_agree_in_nineteen_places_with_another_of_it(minima: list[list[int]]) -> None:
    table = np.array(minima, np.uint32).reshape(-1, SKETCH_SIZE)
    for family in partition(text_families(raw(table)).tolist()):
        for one in family:
            assert len(family) == 1 or max((table[one] == table[two]).sum() for two in family - {one}) >= 19


def timed(minima: np.ndarray[tuple[int, int], np.dtype[np.uint32]]) -> tuple[float, list[int]]:
    sketch = raw(minima)
    start = time.perf_counter()
    found = text_families(sketch).tolist()
    return time.perf_counter() - start, found


def random_minima(count: int, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint32]]:
    return np.random.default_rng(seed).integers(0, 2**32, (count, SKETCH_SIZE), dtype=np.uint32)


def test_a_hundred_thousand_equal_texts_are_one_family_in_the_time_of_diverse_ones() -> None:
    diverse, _ = timed(random_minima(100_000, 1))
    equal, found = timed(np.repeat(random_minima(1, 2), 100_000, axis=0))
    assert set(found) == {0}
    assert equal <= 2 * diverse + 0.5


@pytest.mark.parametrize("bands", [1, 5, 6])
def test_texts_made_to_meet_in_a_band_and_to_disagree_cost_no_more_time_and_join_nothing(bands: int) -> None:
    diverse, _ = timed(random_minima(50_000, 1))
    crafted = random_minima(50_000, 3)
    crafted[:, : 3 * bands] = 7
    spent, found = timed(crafted)
    assert spent <= 3 * diverse + 0.5
    assert len(set(found)) == len(found)


def test_texts_of_few_values_in_every_band_cost_no_more_time() -> None:
    diverse, _ = timed(random_minima(50_000, 1))
    spent, _ = timed(random_minima(50_000, 3) % np.uint32(2))
    assert spent <= 3 * diverse + 0.5


def test_a_flood_that_meets_a_text_in_one_band_does_not_hide_its_family() -> None:
    campaign = np.repeat(random_minima(1, 5), 30, axis=0)
    for row, minima in enumerate(campaign):
        minima[[row % 32, (row * 7 + 3) % 32, (row * 11 + 5) % 32]] = row
    flood = random_minima(20_000, 6)
    flood[:, :3] = campaign[0, :3]
    found = text_families(raw(np.concatenate([flood, campaign]))).tolist()
    assert len(set(found[20_000:])) == 1
    assert not set(found[:20_000]) & set(found[20_000:])
