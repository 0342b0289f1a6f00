from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from attribution import corpus, headers
from attribution.limits import Limits
from attribution.models import RawMessage
from attribution.origin import Receiver, Receivers, decide, learn_receivers, read_trust
from attribution.origin.receiver_file import receiver_file

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.origin import TrustRule

LIMITS = Limits()


def given_back(receivers: Receivers, folder: Path) -> list[TrustRule]:
    path = folder / "receiver.toml"
    path.write_text(receiver_file(receivers))
    return read_trust([str(path)])


def test_what_was_learnt_of_one_receiver_can_be_given_back(tmp_path: Path) -> None:
    ours = Receiver("example.net", hosts=("example.net", "mail.example.org"), relays=frozenset({"28.5.5.5"}))
    receivers = Receivers(learnt={"example.net": ours}, sentences=("7 of 9 messages end at *.example.net",))
    assert "#   7 of 9 messages end at *.example.net" in receiver_file(receivers)
    back = learn_receivers([], given_back(receivers, tmp_path)).configured
    assert back is not None
    assert all(back.wrote(host) for host in ("mx.example.net", "mail.example.org"))
    assert back.is_inside("28.5.5.5")
    assert not back.is_inside("28.5.5.6")


def test_several_receivers_come_back_apart_from_one_another(tmp_path: Path) -> None:
    learnt = {
        "example.net": Receiver(
            "example.net", hosts=("example.net", "gate.example.com"), relays=frozenset({"28.5.5.5"})
        ),
        "example.com": Receiver("example.com", hosts=("example.com",)),
    }
    back = learn_receivers([], given_back(Receivers(learnt=learnt), tmp_path))
    assert back.configured is None
    assert list(back.learnt) == ["example.net", "example.com"]
    assert back.learnt["example.net"].wrote("gate.example.com")
    assert back.learnt["example.net"].is_inside("28.5.5.5")
    assert not back.learnt["example.com"].wrote("mx.example.net")
    assert not back.learnt["example.com"].is_inside("28.5.5.5")
    assert back.sentences[0] == (
        "The receivers are what --trust says: example.net, example.com; other mail goes by its own newest line"
    )
    again = receiver_file(back)
    assert tomllib.loads(again) == tomllib.loads(receiver_file(Receivers(learnt=learnt)))


def test_a_relay_that_nothing_confirms_stands_in_a_comment_for_a_person_to_decide(tmp_path: Path) -> None:
    ours = Receiver("example.net", hosts=("example.net",), suspects=frozenset({"28.5.5.5"}))
    receivers = Receivers(learnt={"example.net": ours})
    assert [str(rule) for rule in given_back(receivers, tmp_path)] == ["example.net"]
    path = tmp_path / "edited.toml"
    path.write_text(receiver_file(receivers).replace('# "28.5.5.5"', '"28.5.5.5"'))
    assert [str(rule) for rule in read_trust([str(path)])] == ["example.net", "28.5.5.5"]


def test_where_nothing_was_learnt_the_file_says_so_with_empty_lists() -> None:
    assert tomllib.loads(receiver_file(Receivers())) == {"hosts": [], "networks": []}


@pytest.mark.parametrize("name", ["phishing_pot_dev", "spamassassin_dev"])
def test_real_mail_has_the_same_verdicts_when_what_was_learnt_is_given_back(
    shared: Path, tmp_path: Path, name: str
) -> None:
    items = corpus.read(str(shared / "corpora" / f"{name}.tar.xz"), LIMITS)
    blocks = [headers.read_block(item.data, LIMITS) for item in items if isinstance(item, RawMessage)]
    learnt = learn_receivers(headers.hops(block, LIMITS) for block in blocks)
    back = learn_receivers((headers.hops(block, LIMITS) for block in blocks), given_back(learnt, tmp_path))
    verdicts = [[decide(block, headers.hops(block, LIMITS), each) for block in blocks] for each in (learnt, back)]
    assert [verdict.handover_ip for verdict in verdicts[1]] == [verdict.handover_ip for verdict in verdicts[0]]
    assert [verdict.handover_grade for verdict in verdicts[1]] == [verdict.handover_grade for verdict in verdicts[0]]
    assert [verdict.findings for verdict in verdicts[1]] == [verdict.findings for verdict in verdicts[0]]


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
