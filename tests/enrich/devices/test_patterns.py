"""The patterns of the device rules, pumped as the package's own are: none may cost more than linear time."""

from __future__ import annotations

import importlib

import pytest

from attribution.enrich.devices import device_rules
from attribution.enrich.devices.fields import LONGEST_TEXT
from attribution.workers import within


@pytest.mark.benchmark
@pytest.mark.parametrize("place", sorted({rule.id for rule in device_rules()}))
def test_no_text_makes_a_device_pattern_slow(place: str) -> None:
    pumped = importlib.import_module("tests.hostile.test_patterns")
    mine = [pumped.Use(rule.pattern, ("search",), LONGEST_TEXT, rule.id) for rule in device_rules() if rule.id == place]
    assert within(60, lambda: [fault for use in mine for fault in pumped.faults(use)]) == []
