from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attribution.enrich.access import access_of, access_types, read_access_list
from attribution.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

LIST = """\
# what we know ourselves
vpn-proxy    203.0.113.0/24
hosting      203.0.113.7        ; narrower
hosting      AS64500
residential  *.dyn.example.net  # and all names below
business     fixed.dyn.example.net
mobile       2001:db8:7::/48
"""


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "ours.txt"
    path.write_text(LIST, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("ip", "rdns", "asn", "access", "matched"),
    [
        ("203.0.113.1", None, None, "vpn-proxy", "203.0.113.0/24"),
        ("203.0.113.7", None, None, "hosting", "203.0.113.7/32"),
        ("203.0.113.1", "x.dyn.example.net", 64500, "vpn-proxy", "203.0.113.0/24"),
        ("192.0.2.1", "x.DYN.example.net.", 64500, "residential", "dyn.example.net"),
        ("192.0.2.1", "a.fixed.dyn.example.net", 64500, "business", "fixed.dyn.example.net"),
        ("192.0.2.1", "x.example.net", 64500, "hosting", "AS64500"),
        ("2001:db8:7::1", None, None, "mobile", "2001:db8:7::/48"),
        ("10.1.2.3", "x.dyn.example.net", None, "residential", "dyn.example.net"),
    ],
)
def test_what_the_user_says_goes_before_all_else(
    given: Path, ip: str, rdns: str | None, asn: int | None, access: str, matched: str
) -> None:
    ours = read_access_list(given)
    assert ours.entries == 6
    found = access_of(ip, rdns=rdns, asn=asn, lists=[ours])
    assert found is not None
    assert found == (access, "certain", "list", "list:ours.txt", matched, None)
    assert access_types([ip], rdns=[rdns], asn=[asn], lists=[ours]).to_pylist() == [
        dict(zip(access_types([]).column_names, found, strict=True))
    ]


def test_the_first_list_decides_and_a_helo_is_in_no_list(given: Path, tmp_path: Path) -> None:
    tor = tmp_path / "exits"
    tor.write_text("203.0.113.1\n203.0.113.9\n")
    lists = [read_access_list(tor, "tor"), read_access_list(given)]
    found = access_types(["203.0.113.1", "203.0.113.2"], lists=lists)
    assert found["access"].to_pylist() == ["tor", "vpn-proxy"]
    assert getattr(access_of("192.0.2.1", helo="x.dyn.example.net", lists=lists[1:]), "evidence", None) == "helo"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("hosting", "line 2: write an access type and one entry"),
        ("hosting 192.0.2.0/24 extra", "line 2: write an access type and one entry"),
        ("hostings 192.0.2.0/24", "line 2: 'hostings' is no access type: use one of residential"),
        ("hosting 192.0.2.0/33", "line 2: '192.0.2.0/33' is no network, address, AS number or host name"),
        ("hosting AS0", "line 2: 'AS0' is no network"),
        ("hosting \x1b[31m", r"line 2: '\\\\x1b\[31m' is no network"),
        ("hosting com", "line 2: 'com' is no network"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_with_what_to_write(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(f"# first\n{line}\n")
    with pytest.raises(UsageError, match=says):
        read_access_list(path)


def test_a_list_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_access_list(tmp_path / "absent")
    with pytest.raises(UsageError, match="is no access type"):
        read_access_list(tmp_path / "absent", "exit")
    path = tmp_path / "exits"
    path.write_text("tor 192.0.2.1\n")
    with pytest.raises(UsageError, match="line 1: one entry is expected"):
        read_access_list(path, "tor")
