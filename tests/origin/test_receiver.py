from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attribution import UsageError
from attribution.origin.receiver import Receiver, TrustRule, read_trust

if TYPE_CHECKING:
    from pathlib import Path


def receiver(*values: str) -> Receiver:
    return Receiver(name="test", rules=tuple(read_trust(values)))


def test_a_host_stands_for_itself_and_all_below_it() -> None:
    ours = receiver("example.net")
    assert ours.wrote("mx1.Example.NET.")
    assert ours.wrote("example.net")
    assert not ours.wrote("notexample.net")
    assert not ours.wrote("example.net.evil.test")


def test_the_first_rule_that_matches_decides() -> None:
    ours = receiver("!dmz.example.net", "example.net", "!10.0.0.7", "10.0.0.0/8")
    assert not ours.wrote("web.dmz.example.net")
    assert ours.wrote("mx.example.net")
    assert not ours.is_inside("10.0.0.7")
    assert ours.is_inside("10.0.0.8")
    assert not ours.is_inside("2001:db8::1")


@pytest.mark.parametrize("text", ["300.1.2.3", "10.0.0.0/33", "fe80::/200", "fe80::1%eth0", "10", "1.2.3", "two words", "", "!", "a..b"])
def test_a_value_that_is_neither_host_nor_network_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError) as error:
        TrustRule.parse(text)
    assert repr(text) in str(error.value)


def test_exclusions_alone_describe_nobody() -> None:
    with pytest.raises(UsageError, match="only exclusions"):
        read_trust(["!mx.example.net"])


def test_a_file_gives_hosts_and_networks(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text('[receiver]\nhosts = ["example.net"]\nnetworks = ["!10.1.0.0/16", "10.0.0.0/8"]\n')
    ours = receiver(str(path))
    assert ours.wrote("mx.example.net")
    assert not ours.is_inside("10.1.2.3")
    assert ours.is_inside("10.2.2.3")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hosts = [", "cannot be read as TOML"),
        ("host = ['a.example']", "expected the lists"),
        ("", "expected the lists"),
        ("hosts = 'a.example'", "must be a list"),
        ("hosts = [7]", "must be a list"),
        ("hosts = ['10.0.0.0/8']", "does not belong into `hosts`"),
        ("networks = ['a.example']", "does not belong into `networks`"),
    ],
)
def test_a_file_with_an_error_is_refused_with_the_key(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=says) as error:
        read_trust([str(path)])
    assert "ours.toml" in str(error.value)


def test_a_file_that_is_missing_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_trust(["missing.toml"])
