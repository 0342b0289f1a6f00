from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.campaigns.randomness import is_random


@pytest.mark.parametrize(
    "word",
    [
        "xk3jd9f",
        "aXbQzRtK",
        "CY1022030750US",
        "bcdfghkl",
        "Pnmkfwzq",
        "кжщзфхвп",
        "qzxwvkj",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4",
    ],
)
def test_what_a_generator_made_is_random(word: str) -> None:
    assert is_random(word)


@pytest.mark.parametrize(
    "word",
    [
        "account",
        "Rechnung",
        "Benachrichtigung",
        "przesyłka",
        "félicitations",
        "LinkedIn",
        "YouTube",
        "covid19",
        "счёт",
        "взгляд",
        "λογαριασμός",
        "מזל",
        "आपका",
        "계정",
        "HTML",
        "24h",
    ],
)
def test_words_of_many_languages_are_not(word: str) -> None:
    assert not is_random(word)


@given(st.text(max_size=60))
def test_any_text_is_judged(word: str) -> None:
    assert is_random(word) in {True, False}
