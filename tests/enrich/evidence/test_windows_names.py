"""HELO names that Windows gives: every pattern's own examples, and names of servers that no pattern may take."""

from __future__ import annotations

import pytest

from attribution.enrich.evidence.windows_names import name_patterns, windows_name

MATCH = [(pattern.id, name) for pattern in name_patterns() for name in pattern.match]
DIFFER = [name for pattern in name_patterns() for name in pattern.differ]


@pytest.mark.parametrize(("pattern", "name"), MATCH)
def test_each_pattern_matches_its_examples(pattern: str, name: str) -> None:
    (own,) = (each for each in name_patterns() if each.id == pattern)
    assert own.pattern.fullmatch(name)
    assert windows_name(name) is not None


@pytest.mark.parametrize("name", DIFFER)
def test_no_pattern_matches_what_is_no_such_name(name: str) -> None:
    assert windows_name(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "mail.example.com",
        "smtp-out-01.example.net",
        "localhost",
        "localhost.localdomain",
        "[192.0.2.1]",
        "192.0.2.1",
        "mx1",
        "host-203-0-113-9.pool.example.org",
        "ip-10-0-0-1.ec2.internal",
        "raspberrypi",
        "OpenWrt",
        "server",
        "web01",
        "",
        "A" * 5_000,
        "USER-PC\x00",
    ],
)
def test_servers_things_and_junk_are_no_windows_computers(name: str) -> None:
    assert windows_name(name) is None
