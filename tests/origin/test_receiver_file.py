from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.origin import Receiver, Receivers, learn_receivers, read_trust
from attribution.origin.receiver_file import receiver_file

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_learnt_can_be_given_back(tmp_path: Path) -> None:
    learnt = {
        "example.net": Receiver(
            "example.net", hosts=("example.net", "mail.example.org"), relays=frozenset({"28.5.5.5"})
        ),
        "example.com": Receiver("example.com", hosts=("example.com",)),
    }
    path = tmp_path / "receiver.toml"
    path.write_text(receiver_file(Receivers(learnt=learnt, sentences=("7 of 9 messages end at *.example.net",))))
    assert "#   7 of 9 messages end at *.example.net" in path.read_text()
    back = learn_receivers([], read_trust([str(path)])).configured
    assert back is not None
    assert all(back.wrote(host) for host in ("mx.example.net", "mail.example.org", "example.com"))
    assert back.is_inside("28.5.5.5")
    assert not back.is_inside("28.5.5.6")


def test_what_was_configured_comes_out_as_it_was(tmp_path: Path) -> None:
    rules = read_trust(["!dmz.example.net", "example.net", "!10.0.0.7", "10.0.0.0/8"])
    path = tmp_path / "receiver.toml"
    path.write_text(receiver_file(learn_receivers([], rules)))
    assert read_trust([str(path)]) == [rules[0], rules[1], rules[2], rules[3]]


def test_a_name_out_of_mail_that_is_none_stays_out_and_no_sentence_ends_its_comment() -> None:
    learnt = {"x": Receiver("x", hosts=('ex"ample.net\n', "exa mple.net", "good.example"))}
    text = receiver_file(Receivers(learnt=learnt, sentences=("ends at *.ex\nhosts = ['evil.test']",)))
    assert "good.example" in text
    assert not any(line.startswith("hosts = ['evil") for line in text.splitlines())
    assert 'ex"ample' not in text.split("hosts = [")[1]


def test_a_relay_that_the_user_left_out_or_named_with_its_network_is_not_written_again(tmp_path: Path) -> None:
    rules = read_trust(["!28.5.5.5", "28.6.6.0/24", "example.net"])
    relays = frozenset({"28.5.5.5", "28.6.6.7", "28.7.7.7"})
    path = tmp_path / "receiver.toml"
    path.write_text(receiver_file(Receivers(configured=Receiver("x", rules=tuple(rules), relays=relays))))
    assert [str(rule) for rule in read_trust([str(path)])] == ["example.net", "!28.5.5.5", "28.6.6.0/24", "28.7.7.7"]
