"""A filter in front of the receiver is named, and the advice that goes with it leads behind it.

The mail is invented after the examples of the profiles, whose addresses lie in the profiles' networks.
"""

from __future__ import annotations

import shlex
import tomllib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest

import attribution

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attribution import Case

PROFILES = {
    entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text("utf-8"))
    for entry in (files("attribution.origin") / "profiles").iterdir()
    if entry.name.endswith(".toml")
}
IN_FRONT: list[tuple[str, dict[str, Any]]] = [
    (name, example)
    for name, table in sorted(PROFILES.items())
    if table.get("gateway")
    for example in table["examples"]
    if "trust" in example and example.get("grade") == "vouched"
]
"""Filters by the names of their profiles, each with mail that came through it."""
CLIENT = "28.1.2.3"
MESSAGES = 24


def mail(example: dict[str, Any], folder: Path, *, messages: int = MESSAGES, direct: int = 0) -> Path:
    """Write messages like an example, each from another client; the last of them came without the filter."""
    folder.mkdir()
    for number in range(messages):
        lines = [line.replace(CLIENT, client(number)) for line in example["received"]]
        if number >= messages - direct:
            lines = [f"from mail.shop.example ({client(number)}) by {line.partition(' by ')[2]}" for line in lines[1:2]]
        text = "".join(f"Received: {line}\r\n" for line in lines)
        head = f"Message-ID: <{number}@shop.example>\r\nSubject: offer {number}\r\n\r\nbody {number}\r\n"
        (folder / f"{number:03d}.eml").write_text(text + head, "utf-8", newline="")
    return folder


def client(number: int) -> str:
    return f"28.{number + 1}.2.3"


def advice(case: Case) -> list[str]:
    """Return what is said of a filter."""
    return [sentence for sentence in case.summary().advice if "filters mail on its way" in sentence]


def options(sentence: str) -> list[str]:
    """Return the entries that a sentence tells to trust."""
    words = shlex.split(sentence[sentence.index("--trust") :])
    assert words[::2] == ["--trust"] * (len(words) // 2)
    return words[1::2]


def handovers(case: Case) -> Sequence[tuple[str, str]]:
    rows = case.messages.sort_values("member")
    return list(zip(rows["handover_ip"], rows["handover_grade"], strict=True))


def test_every_filter_that_is_known_has_an_example_here() -> None:
    assert set(dict(IN_FRONT)) == {name for name, table in PROFILES.items() if table.get("gateway")}


@pytest.mark.parametrize(("name", "example"), IN_FRONT, ids=[name for name, _ in IN_FRONT])
def test_what_the_run_says_to_trust_leads_behind_the_filter(name: str, example: dict[str, Any], tmp_path: Path) -> None:
    folder = mail(example, tmp_path / "mail")
    before = attribution.analyze(folder, out=tmp_path / "case of mine", workers=1)
    assert not {ip for ip, _ in handovers(before)} & {client(number) for number in range(MESSAGES)}
    (said,) = advice(before)
    assert said.startswith(f"All {MESSAGES} messages with a handover were handed over by {PROFILES[name]['name']}")
    # Its servers are no hosts of the senders'.
    assert before.run["hosts"]["open_addresses"] == before.run["hosts"]["addresses"]
    assert before.run["hosts"]["upper"] is None
    after = attribution.analyze(folder, out=tmp_path / "after", trust=options(said), workers=1)
    assert handovers(after) == [(client(number), "vouched") for number in range(MESSAGES)]
    assert advice(after) == []


@pytest.mark.parametrize("newest", ["AB1PR01MB0001.prod.exchangelabs.com", "AB1PR01CA0003.outlook.office365.com"])
def test_it_is_right_whatever_name_of_its_own_the_receiver_writes_on_top(newest: str, tmp_path: Path) -> None:
    """The domain that stands on top must be trusted too, and Microsoft has several: receiver.toml holds them all."""
    example = dict(IN_FRONT)["proofpoint"]
    top, *rest = example["received"]
    moved = {"received": [top.replace("AB1PR01MB0001.eurprd01.prod.outlook.com", newest), *rest]}
    assert newest in moved["received"][0]
    (said,) = advice(attribution.analyze(mail(moved, tmp_path / "mail"), out=tmp_path / "case", workers=1))
    after = attribution.analyze(tmp_path / "mail", out=tmp_path / "after", trust=options(said), workers=1)
    assert {grade for _, grade in handovers(after)} == {"vouched"}
    assert {ip for ip, _ in handovers(after)} == {client(number) for number in range(MESSAGES)}


def test_servers_in_networks_that_no_profile_lists_are_named_one_by_one_or_by_network(tmp_path: Path) -> None:
    example = dict(IN_FRONT)["cisco"]
    for place, (servers, entries) in enumerate([(3, 3), (24, 1)]):
        folder = mail(example, tmp_path / f"mail{place}")
        for number, path in enumerate(sorted(folder.iterdir())):
            text = path.read_text("utf-8").replace("28.9.9.1", f"28.9.9.{number % servers + 1}")
            path.write_text(text, "utf-8", newline="")
        (said,) = advice(attribution.analyze(folder, out=tmp_path / f"before{place}", workers=1))
        trust = options(said)
        assert len([entry for entry in trust if entry.startswith("28.9.9.")]) == entries
        after = attribution.analyze(folder, out=tmp_path / f"after{place}", trust=trust, workers=1)
        assert handovers(after) == [(client(number), "vouched") for number in range(MESSAGES)]


def test_a_name_that_the_peer_gives_itself_makes_no_filter_of_it(tmp_path: Path) -> None:
    """Bots that all say they are the filter, and bring no line of its along."""
    example = dict(IN_FRONT)["cisco"]
    bots = {"received": [line.replace("28.9.9.1", CLIENT) for line in example["received"][:2]]}
    case = attribution.analyze(mail(bots, tmp_path / "mail"), out=tmp_path / "case", workers=1)
    assert [ip for ip, _ in handovers(case)] == [client(number) for number in range(MESSAGES)]
    assert advice(case) == []


def test_some_mail_may_come_in_beside_the_filter(tmp_path: Path) -> None:
    example = IN_FRONT[0][1]
    some = attribution.analyze(mail(example, tmp_path / "some", direct=2), out=tmp_path / "case", workers=1)
    (said,) = advice(some)
    assert said.startswith(f"{MESSAGES - 2} of {MESSAGES} messages with a handover were handed over by ")
    many = attribution.analyze(mail(example, tmp_path / "many", direct=4), out=tmp_path / "other", workers=1)
    assert advice(many) == []


def test_of_a_few_messages_nothing_is_said(tmp_path: Path) -> None:
    case = attribution.analyze(mail(IN_FRONT[0][1], tmp_path / "m", messages=9), out=tmp_path / "c", workers=1)
    assert advice(case) == []
    assert case.run["gateway"] is None


def test_enriched_again_and_added_to_a_case_says_the_same(tmp_path: Path) -> None:
    example = IN_FRONT[0][1]
    mail(example, tmp_path / "mail", messages=30)
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    for number, path in enumerate(sorted((tmp_path / "mail").iterdir())):
        path.rename((first if number < 20 else second) / path.name)
    attribution.analyze(first, out=tmp_path / "case", workers=1)
    case = attribution.append_mail(tmp_path / "case", second, workers=1)
    assert case.run["gateway"]["messages"] == case.run["gateway"]["of"] == 30
    assert attribution.enrich_case(tmp_path / "case", mmdb=[]).run["gateway"] == case.run["gateway"]
