from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attribution import UsageError
from attribution.models import Hop
from attribution.origin import learn_receivers
from attribution.origin.receiver import Receiver, TrustRule, by_receiver, read_trust
from attribution.origin.trust_check import remarks

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


@pytest.mark.parametrize(
    "text", ["300.1.2.3", "10.0.0.0/33", "fe80::/200", "fe80::1%eth0", "10", "1.2.3", "two words", "", "!", "a..b"]
)
def test_a_value_that_is_neither_host_nor_network_is_refused_by_name(text: str) -> None:
    with pytest.raises(UsageError) as error:
        TrustRule.parse(text)
    assert repr(text) in str(error.value)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("10/8", "10.0.0.0/8"),
        ("1.1/16", "1.1.0.0/16"),
        ("1.2.", "1.2.0.0/16"),
        ("192.0.2.", "192.0.2.0/24"),
        ("198.51.100.0/255.255.255.0", "198.51.100.0/24"),
        ("198.51.100.7", "198.51.100.7/32"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
    ],
)
def test_a_network_may_be_written_in_the_short_forms_of_mail_servers(text: str, network: str) -> None:
    rule = TrustRule.parse(text)
    assert str(rule.network) == network
    assert rule.remark == ""
    assert TrustRule.parse(str(rule)) == rule


def test_an_address_with_a_mask_stands_for_the_whole_network_and_says_so() -> None:
    rules = read_trust(["198.51.100.7/24", "2001:db8::5/64"])
    assert [str(rule) for rule in rules] == ["198.51.100.0/24", "2001:db8::/64"]
    assert remarks(rules)[0] == (
        "--trust 198.51.100.7/24 is taken for the whole network 198.51.100.0/24; "
        "write 198.51.100.7 if that one address is meant"
    )


def test_what_is_left_out_is_told_from_what_is_not_named() -> None:
    ours = receiver("!dmz.example.net", "example.net", "!10.0.0.7", "10.0.0.0/8")
    assert ours.leaves_out_host("web.dmz.example.net")
    assert not ours.leaves_out_host("mx.example.org")
    assert ours.leaves_out("10.0.0.7")
    assert not ours.leaves_out("192.0.2.1")


def test_loopback_is_inside_whatever_is_left_out() -> None:
    ours = receiver("10.0.0.0/8", "!0.0.0.0/0", "!::/0")
    assert ours.is_inside("127.0.0.1")
    assert ours.is_inside("::1")
    assert ours.leaves_out("192.0.2.1")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (["!198.51.100.7", "198.51.100.7", "10/8"], "says both '!198.51.100.7' and '198.51.100.7': take one"),
        (
            ["!198.51.100.0/24", "198.51.100.7"],
            (
                "'198.51.100.7' is named as the receiver's, and '!198.51.100.0/24' before it leaves all of it out. "
                "Put '198.51.100.7' first"
            ),
        ),
        (
            ["!example.net", "mx.example.net"],
            "'mx.example.net' is named as the receiver's, and '!example.net' before it",
        ),
        (
            ["example.net", "!dmz.example.net"],
            (
                "'!dmz.example.net' comes too late: 'example.net' stands before it and decides already. "
                "Put '!dmz.example.net' first"
            ),
        ),
        (["10/8", "!10.0.0.7"], "'!10.0.0.7' comes too late"),
        (["!127.0.0.0/8", "example.net"], "a server's own loopback cannot be left out"),
        (["!127.0.0.53", "example.net"], "a server's own loopback cannot be left out"),
        (["!::1", "example.net"], "a server's own loopback cannot be left out"),
        (["!localhost", "example.net"], "a server's own loopback cannot be left out"),
        (["0.0.0.0/0"], "holds all addresses: nobody would be outside"),
    ],
)
def test_entries_that_can_never_do_what_they_say_are_refused_with_both_names(values: list[str], says: str) -> None:
    with pytest.raises(UsageError) as error:
        read_trust(values)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (
            ["example.net", "mx.example.net"],
            "'mx.example.net' changes nothing: 'example.net' before it says so already",
        ),
        (["10/8", "10.1/16"], "'10.1.0.0/16' changes nothing"),
        (["127/8", "example.net"], "'127.0.0.0/8' changes nothing: a server's own loopback is inside anyway"),
        (["!guest.exmaple.net", "example.net"], "'!guest.exmaple.net' leaves out what no other entry names"),
    ],
)
def test_entries_that_change_nothing_are_remarked_on(values: list[str], says: str) -> None:
    assert len(remarks(read_trust(values))) == 1
    assert says in remarks(read_trust(values))[0]


@pytest.mark.parametrize(
    "values",
    [
        ["!dmz.example.net", "example.net", "!10.0.0.7", "10/8"],
        ["mx.example.net", "example.net"],
        ["!22.200.10.26", "example.net"],
        ["!office365.com", "outlook.com"],
    ],
    ids=["exceptions first", "narrow before wide", "a relay that would be learnt", "one domain of a provider"],
)
def test_entries_that_make_sense_are_not_remarked_on(values: list[str]) -> None:
    assert remarks(read_trust(values)) == []


def test_a_long_list_of_remarks_is_cut_and_a_long_list_of_entries_is_checked_at_once() -> None:
    rules = read_trust([f"10.{number // 250}.{number % 250}.0/24" for number in range(5_000)] * 2)
    assert remarks(rules)[10:] == ["--trust: 4,990 more remarks of this kind"]


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


def test_a_file_of_several_tables_describes_as_many_receivers(tmp_path: Path) -> None:
    path = tmp_path / "all.toml"
    path.write_text(
        '[[receiver]]\nhosts = ["!guest.example.net", "example.net", "pop.example.org"]\nnetworks = ["192.0.2.7"]\n'
        '[[receiver]]\nhosts = ["example.com", "pop.example.org", "example.edu"]\n'
    )
    rules = read_trust(["!198.51.100.9", str(path)])
    assert [[str(rule) for rule in own] for own in by_receiver(rules)] == [
        ["!198.51.100.9", "!guest.example.net", "example.net", "pop.example.org", "192.0.2.7"],
        ["!198.51.100.9", "example.com", "pop.example.org", "example.edu"],
    ]
    learnt = learn_receivers([], rules).learnt
    assert {domain: one.name for domain, one in learnt.items()} == {
        "example.net": "example.net, pop.example.org, 192.0.2.7",
        "example.com": "example.com, pop.example.org, example.edu",
        "example.edu": "example.com, pop.example.org, example.edu",
    }
    assert all(one.leaves_out("198.51.100.9") for one in learnt.values())


def ends_at(domain: str) -> list[Hop]:
    return [Hop(0, "postfix", "parsed", ip="22.1.2.3", by=f"mx.{domain}")]


def test_where_no_mail_of_a_table_came_in_that_is_said_once(tmp_path: Path) -> None:
    path = tmp_path / "all.toml"
    domains = [f"{number}.example" for number in range(9)]
    path.write_text("".join(f'[[receiver]]\nhosts = ["{domain}"]\n' for domain in domains))
    rules = read_trust([str(path)])
    said = learn_receivers([ends_at("7.example"), ends_at("other.example")], rules).sentences
    assert said[1:] == (
        "1 of 2 messages end at *.7.example",
        "No message ends at *.0.example, *.1.example, *.2.example, *.3.example, *.4.example and 3 more",
    )
    assert learn_receivers([ends_at("other.example")], rules).sentences[1:] == ("No message ends at any of them",)
    assert len(learn_receivers([], rules).sentences) == 1


def test_what_contradicts_itself_within_one_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "all.toml"
    path.write_text('[[receiver]]\nhosts = ["example.net", "!mx.example.net"]\n[[receiver]]\nhosts = ["example.com"]\n')
    with pytest.raises(UsageError, match="comes too late"):
        read_trust([str(path)])


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
        ("[[receiver]]\nhosts = ['a.example']\n[[receiver]]\nnetworks = ['10/8']", "must name a host of its own"),
        ("[[receiver]]\nhosts = ['!a.example']\nnetworks = ['10/8']", "must name a host of its own"),
        ("receiver = ['a.example']", "expected the lists"),
        ("receiver = []", "expected the lists"),
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
