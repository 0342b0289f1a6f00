"""Lines of mail servers in simulated mail: the project's own reader knows the software and reads what it means."""

from __future__ import annotations

import email
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import pytest

from attribution.headers.dialect_table import dialect_table
from attribution.headers.queue_ids import plausible, read_queue_id
from attribution.headers.received import parse_value
from attribution.simulate import generate
from attribution.simulate.dice import Dice
from attribution.simulate.model import Peer
from attribution.simulate.presets import PRESETS
from attribution.simulate.servers import KINDS, Way, choose, software_of

if TYPE_CHECKING:
    from attribution.models import Hop as ReadHop
    from attribution.simulate import Generated
    from attribution.simulate.servers import Hop, Software

TIME = {"2013": 1_388_998_800, "2002": 1_018_000_000}
FACTS = {
    "from": "karin.weber@home.example",
    "to": "ann@tannenhof.example",
    "user": "karin.weber",
    "home": "home.example",
    "net": "HOME",
    "helo": "PC7",
    "list": "wood-users@lists.example",
    "bounces": "wood-users-bounces@lists.example",
}
CLIENTS = (
    Peer("PC7", "", "22.8.7.6"),
    Peer("PC7", "p7.dip.example", "22.8.7.6"),
    Peer("[192.168.1.7]", "p7.dip.example", "22.8.7.6"),
    Peer("p7.dip.example", "p7.dip.example", "22.8.7.6"),
)
"""What a computer says and what it is called: without a name, with another one, with an inner address, with its own."""


def _hosts(software: Software, client: Peer, era: str) -> dict[str, Peer]:
    name = f"{(software.hosts or ('mail',))[0]}"
    host = name if "." in name else f"{name}.home.example"
    inside = "EX01.home.local"
    return {
        "server": Peer(host, host, "21.1.2.3"),
        "lan": Peer(host, "", "10.1.0.5"),
        "inside": Peer(inside, "", "10.1.0.24"),
        "mailbox": Peer(inside, "", "fe80::1a2b:3c4d:5e6f:7a8b") if era == "2013" else Peer("EX01", "", "10.1.0.24"),
        "exchanger": Peer("", "", "26.1.2.25"),
        "author": client,
        "pc": client,
        "gate": client,
    }


class _Line(NamedTuple):
    hop: Hop
    peer: Peer | None
    value: str
    read: ReadHop


def _lines(software: Software, client: Peer, era: str, *, own: bool) -> list[_Line]:
    hosts = _hosts(software, client, era)
    text, _ = software.write(Way(hosts, FACTS, "Europe/Berlin", FACTS["from"]), TIME[era], Dice("line"), own=own)
    assert text == "" or text.endswith("\n")
    values = re.findall(r"(?m)^Received: ((?:.*)(?:\n[ \t].*)*)", text)
    hops = software.own if own else software.hops
    assert len(values) == len(hops)
    known = {**hosts, "self": Peer("", "localhost", "127.0.0.1")}
    known["localhost"] = known["loop"] = known["self"]
    return [_Line(hop, known.get(hop.of), value, parse_value(value)) for hop, value in zip(hops, values, strict=True)]


ALL = [
    pytest.param(era, software, client, own, id=f"{era} {kind}: {software.name} {number}{' own' if own else ''}")
    for era in ("2013", "2002")
    for kind in KINDS
    for software in software_of(era, kind)[1]
    for number, client in enumerate(CLIENTS)
    for own in ({False, software.own != software.hops})
]


@pytest.mark.parametrize(("era", "software", "client", "own"), ALL)
def test_each_line_is_known_for_its_software_and_read_as_it_is_meant(
    era: str, software: Software, client: Peer, own: bool
) -> None:
    for hop, peer, value, read in _lines(software, client, era, own=own):
        # Where qmail leaves the HELO out, another entry of the table has its lines.
        assert (read.dialect or "").removesuffix("-short") == hop.dialect, value
        if peer is None:
            assert read.status == "no-peer", value
        else:
            assert (read.status, read.ip) == ("parsed", peer.ip), value
        assert read.date is not None, value
        assert abs(read.date.timestamp() - TIME[era]) < 12 * 3600, value
        assert max(map(len, value.split("\n"))) < 500


@pytest.mark.parametrize("era", ["2013", "2002"])
def test_queue_ids_are_such_as_the_software_makes_at_that_moment(era: str) -> None:
    timed = 0
    for kind in KINDS:
        for software in software_of(era, kind)[1]:
            for hop, _, value, read in _lines(software, CLIENTS[1], era, own=False):
                if read.queue_id is None:
                    continue
                clock = read_queue_id(hop.dialect, read.queue_id, about=read.date)
                assert plausible(hop.dialect, clock) is not False, value
                if clock is not None and clock.utc is not None:
                    timed += 1
                    assert read.date is not None
                    assert abs((clock.utc - read.date).total_seconds()) <= 1, value
    assert timed > 10


@pytest.mark.parametrize("era", ["2013", "2002"])
def test_no_server_is_younger_than_the_mail(era: str) -> None:
    year = datetime.fromtimestamp(TIME[era], UTC).year
    for kind in KINDS:
        for software in software_of(era, kind)[1]:
            for hop in (*software.own, *software.hops):
                assert dialect_table().by_id(hop.dialect).since <= year, software.name


def test_there_are_many_dialects_in_either_time() -> None:
    count = {
        era: len(
            {hop.dialect for kind in KINDS for each in software_of(era, kind)[1] for hop in (*each.own, *each.hops)}
        )
        for era in ("2013", "2002")
    }
    assert count["2013"] >= 20
    assert count["2002"] >= 20


def test_one_organisation_always_has_the_same_software_and_others_have_others() -> None:
    assert choose("2013", "office", Dice("a")) is choose("2013", "office", Dice("a"))
    assert len({choose("2013", "office", Dice(f"{number}")).name for number in range(300)}) > 15


# --- In the mail ----------------------------------------------------------------------------------------------------


def _received(message: Generated) -> list[ReadHop]:
    parsed = email.message_from_bytes(message.data)
    return [parse_value(value) for value in parsed.get_all("received", [])]


@pytest.mark.parametrize(("preset", "least"), [("office-dump", 25), ("archive-2002", 25)])
def test_honest_mail_is_of_many_dialects_all_known_and_with_dates(preset: str, least: int) -> None:
    found: Counter[str] = Counter()
    for message in generate(3000, 7, PRESETS[preset].world(3000), bot=0):
        for hop in _received(message):
            assert hop.status in {"parsed", "no-peer"}, hop.raw
            assert hop.dialect is not None, hop.raw
            assert hop.date is not None, hop.raw
            found[hop.dialect] += 1
    assert len(found) >= least, found


def test_a_server_writes_as_the_same_software_in_all_mail() -> None:
    of_host: dict[str, set[str | None]] = defaultdict(set)
    lines = 0
    for message in generate(4000, 7, PRESETS["office-dump"].world(4000), bot=0, newsletter=0, discussion=0, shop=0):
        if message.kind == "ham":
            # The outgoing server is the first host below the receiver's.
            below = [hop for hop in _received(message) if hop.by is not None and "tannenhof" not in hop.by]
            if below:
                of_host[str(below[0].by)].add(below[0].dialect)
                lines += 1
    assert lines > 1000
    # Exchange writes two kinds of lines, of its own mailboxes and of programs that speak SMTP.
    assert all(len(dialects) == 1 or dialects == {"exchange", "exchange-mapi"} for dialects in of_host.values())


def test_mail_has_more_hops_where_organisations_have_several_servers() -> None:
    hops = Counter(
        len(_received(message)) for message in generate(2000, 7, PRESETS["office-dump"].world(2000), bot=0, shop=0)
    )
    assert sum(count for number, count in hops.items() if number >= 5) > 100
    assert max(hops) <= 10
