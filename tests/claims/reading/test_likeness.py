"""Words that are like a known one."""

from __future__ import annotations

from time import monotonic

import pytest

from tests.claims.made_case import ABOUT
from tests.claims.reading.made_file import CLAIM, faults


@pytest.mark.parametrize(
    ("key", "written", "meant"),
    [
        ("kind", "Count", "count"),
        ("of", "mesages", "messages"),
        ("of", "address", "addresses"),
        ("op", "at_least", "at-least"),
        ("op", "<", "less-than"),
        ("quantity", "message", "messages"),
        ("device", "routers", "router"),
        ("device", "fridge", "refrigerator"),
        ("device", "televisions", "smart-tv"),
        ("device", "things", "thing"),
        ("access", "residental", "residential"),
        ("not-access", "mailprovider", "mail-provider"),
        ("grade", "vouch", "vouched"),
    ],
)
def test_a_word_that_is_like_a_known_one_is_asked_for(key: str, written: str, meant: str) -> None:
    right = {"kind": "count", "of": "messages", "op": "at-least", "quantity": "messages"}
    text = CLAIM.replace(f'{key} = "{right[key]}"', f'{key} = "{written}"') if key in right else CLAIM
    where = "" if key in right else f', where = {{ {key} = "{written}" }}'
    (fault,) = faults(ABOUT + text.replace(" }", f"{where} }}"))
    assert f'unknown {key} "{written}" (did you mean "{meant}"?); expected ' in fault


@pytest.mark.parametrize("word", ["toaster", "zzz", "", "x" * 5_000, "\u202e"])
def test_a_word_that_is_like_none_has_no_word_asked_for(word: str) -> None:
    (fault,) = faults(ABOUT + CLAIM.replace(" }", f', where = {{ device = "{word}" }} }}'))
    assert "did you mean" not in fault
    assert len(fault) < 300


def test_types_of_devices_are_too_many_to_list() -> None:
    (fault,) = faults(ABOUT + CLAIM.replace(" }", ', where = { device = "toaster" } }'))
    assert fault.endswith(
        'unknown device "toaster"; expected "thing" or one of the types in docs/reference/device-types.md'
    )


def test_many_unknown_words_cost_little_time() -> None:
    words = ", ".join(f'"residentia{number}"' for number in range(12_000))
    began = monotonic()
    assert len(faults(ABOUT + CLAIM.replace(" }", f", where = {{ access = [{words}] }} }}"))) == 21
    assert monotonic() - began < 5
