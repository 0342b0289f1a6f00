from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from attribution.campaigns.body.sketch import FEWEST_SHINGLES, MINIMA, sketch_text

LETTER = (
    "Dear customer, our system has shown that your wallet has not been verified yet. Please confirm it on the page "
    "below before the end of the week, or it will be suspended."
)


def likeness(one: bytes | None, other: bytes | None) -> float:
    assert one is not None
    assert other is not None
    return float(np.mean(np.frombuffer(one, "<u4") == np.frombuffer(other, "<u4")))


@pytest.mark.parametrize(
    "same",
    [
        LETTER.upper(),
        LETTER.replace(" ", "\n\n"),
        LETTER.replace("wallet", "wallet 4711"),
        LETTER.replace("page", "page http://evil.test/x?y=1"),
        LETTER.replace("page", "page jane.roe@example.org"),
        LETTER.replace("page", "page xk3jd9f"),
        LETTER.replace("wallet", "w\u00e1llet"),
        LETTER.replace("wallet", "wall\u0435t"),
        LETTER.replace("wallet", "wal\u200blet"),
        LETTER.replace("wallet", "𝘄𝗮𝗹𝗹𝗲𝘁"),
    ],
)
def test_what_makes_copies_different_does_not_count(same: str) -> None:
    assert sketch_text(same) == sketch_text(LETTER)


def test_names_of_the_recipient_do_not_count() -> None:
    assert sketch_text("Dear John, " + LETTER, ["john"])[1] == sketch_text("Dear Mary, " + LETTER, ["mary"])[1]


def test_other_texts_are_unlike_and_changed_ones_are_like() -> None:
    other = "The quick brown fox jumps over the lazy dog while nobody looks at what it does in the meadow by the river."

    assert likeness(sketch_text(LETTER)[1], sketch_text(other)[1]) < 0.1
    assert likeness(sketch_text(LETTER)[1], sketch_text(LETTER.replace("week", "month"))[1]) > 0.6


def test_a_short_text_has_no_sketch() -> None:
    assert sketch_text("Click here to see it") == (5, None)
    assert sketch_text("buy now " * 100) == (200, None)
    assert sketch_text("") == (0, None)
    words = [f"{a}{b}" for a in ("ma", "re", "to") for b in ("na", "le", "so", "vi", "du")]
    assert sketch_text(" ".join(words[:FEWEST_SHINGLES]))[1] is None
    assert sketch_text(" ".join(words[: FEWEST_SHINGLES + 1]))[1] is not None


def test_scripts_without_spaces_count_by_three_characters() -> None:
    chinese = "您的账户存在异常登录请立即点击链接验证您的身份信息"
    words, sketch = sketch_text(chinese)

    assert words == len(chinese)
    assert likeness(sketch, sketch_text(chinese + "谢谢")[1]) > 0.7
    assert sketch_text(chinese.replace("异", "异 "))[1] == sketch
    assert sketch_text("สวัสดีครับคุณลูกค้าบัญชีของคุณถูกระงับ")[1] is not None


def test_words_beyond_the_cap_do_not_count() -> None:
    assert sketch_text(LETTER + " more words", most_words=32) == sketch_text(LETTER)


def test_a_sketch_stays_the_same_from_version_to_version() -> None:
    sketch = sketch_text(LETTER)[1]
    assert sketch is not None
    assert len(sketch) == 4 * MINIMA
    assert np.frombuffer(sketch, "<u4")[:3].tolist() == FIRST_MINIMA


FIRST_MINIMA = [92635492, 342632078, 57493549]


def test_the_share_of_equal_minima_estimates_the_jaccard_index() -> None:
    rng = random.Random(7)  # noqa: S311 (repeatable)
    syllables = [a + b for a in "bdfglmnprst" for b in "aeiou"]
    words = [a + b for a in syllables for b in syllables]
    for jaccard in (0.2, 0.5, 0.8):
        errors = []
        for _ in range(300):
            chosen = rng.sample(words, 400)
            # Pairs of words far from each other, so that each is one shingle of its own: "a b . a b" has no others.
            shared = round(100 * jaccard)
            alone = (100 - shared) // 2
            pairs = [f"{chosen[2 * n]} {chosen[2 * n + 1]}" for n in range(shared + 2 * alone)]
            one = pairs[:shared] + pairs[shared : shared + alone]
            other = pairs[:shared] + pairs[shared + alone :]
            exact = _jaccard(one, other)
            errors.append(likeness(sketch_text(" ".join(one))[1], sketch_text(" ".join(other))[1]) - exact)
        assert abs(np.mean(errors)) < 0.015
        assert np.std(errors) < 0.1


def _jaccard(one: list[str], other: list[str]) -> float:
    sets = []
    for pairs in (one, other):
        words = " ".join(pairs).split()
        sets.append(set(pairwise(words)))
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])
