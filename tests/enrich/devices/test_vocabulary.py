"""The vocabulary of device types, its page, and the words of other vocabularies."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from attribution.enrich.devices import device_types, type_of_word

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "device-types.md"


@pytest.mark.parametrize(
    ("vocabulary", "word", "kind"),
    [
        ("recog", "Broadband Router", "router"),
        ("recog", "WAP", "access-point"),
        ("recog", "Multifunction Device", "printer"),
        ("recog", "Lights Out Management", "management-controller"),
        ("recog", "Smart TV", "smart-tv"),
        ("nmap", "WAP", "access-point"),
        ("nmap", "webcam", "ip-camera"),
        ("nmap", "game console", "game-console"),
        ("nmap", "general purpose", "server"),
        ("shodan", "ics", "industrial"),
        ("shodan", "broadband router", "router"),
        ("recog", "Flying carpet", None),
        ("recog", "x" * 10_000, None),
    ],
)
def test_a_word_of_another_vocabulary_has_its_type(vocabulary: str, word: str, kind: str | None) -> None:
    assert type_of_word(vocabulary, word) == kind  # type: ignore[arg-type]  # the parameters are plain strings


def test_no_word_means_two_types() -> None:
    for name in ("recog", "nmap", "shodan"):
        words = Counter(word for kind in device_types().values() for word in getattr(kind, name))
        assert [word for word, count in words.items() if count > 1] == []
        assert all(word == word.lower() for word in words)


def test_every_word_that_recog_has_for_a_labelled_banner_has_a_type(shared: Path) -> None:
    lines = (shared / "banners/labelled_banners.jsonl").read_text("utf-8").splitlines()
    words = Counter(json.loads(line)["device"] for line in lines)
    unknown = {word for word in words if type_of_word("recog", word) is None}
    assert unknown <= {"Network", "SIP Device", "Video Encoder"}


def test_the_page_lists_each_type_as_the_vocabulary_has_it() -> None:
    page = PAGE.read_text("utf-8")
    for kind in device_types().values():
        marks = ["yes" if mark else "no" for mark in (kind.thing, kind.gateway)]
        strength = "weak" if kind.weak else "strong"
        words = [", ".join(words) for words in (kind.recog, kind.nmap, kind.shodan)]
        cells = [f"`{kind.id}`", kind.says, *marks, strength, *words]
        assert "".join(f"| {cell} ".replace("|  ", "| ") for cell in cells) + "|" in page, kind.id
