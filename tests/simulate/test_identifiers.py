"""Identifiers of simulated mail: each has the shape that its program gives it, and says what the hops say."""

from __future__ import annotations

import email
import email.policy
import re
from typing import TYPE_CHECKING

import pytest

from attribution.simulate import World, generate
from attribution.simulate.dice import Dice, Shape
from attribution.simulate.engines import programs_of
from attribution.simulate.presets import PRESETS

if TYPE_CHECKING:
    from email.message import EmailMessage

    from attribution.simulate import Generated

TIME = 1_030_053_519  # 22 August 2002, 21:58:39 UTC
_SHAPES = {
    "Outlook Express": r"00[0-9a-f]{2}01c[0-9a-f]{5}\$[0-9a-f]{8}\$[0-9a-f]{4}a8c0@pc7",
    "Outlook 14.0": r"00[0-9a-f]{2}01c[0-9a-f]{5}\$[0-9a-f]{8}\$[0-9a-f]{8}\$@home\.example",
    "Outlook 2000": r"[A-P]{26}AA\.[a-z]{6}@home\.example",
    "Thunderbird": r"3D655E8F\.\d0\d0\d0\d@home\.example",
    "Netscape": r"3D655E8F\.[0-9A-F]{8}@home\.example",
    "Mutt": r"20020822215839\.G[A-Z]\d{4}@(pc7|home\.example)",
    "Eudora": r"5\.1\.0\.14\.2\.20020822215839\.0[0-9a-f]{7}@mail\.home\.example",
    "Pine": r"Pine\.LNX\.4\.44\.020822215839\d\.\d{5}-100000@home\.example",
    "The Bat!": r"\d{10}\.20020822215839@home\.example",
    "Yahoo web": r"(1030053519\.\d{5}\.YahooMailNeo|20020822215839\.\d{5}\.qmail)@pc7",
    "Hotmail web 2002": r"Fpc7[A-Za-z0-9]{17}@hotmail\.com",
    "Exchange 2010": r"[0-9A-F]{40}@pc7",
}
"""What programs are known for, by the beginning of their name; the machine is `pc7`."""


@pytest.mark.parametrize("era", ["2013", "2002"])
def test_every_program_makes_identifiers_of_its_own_shape_and_of_usual_length(era: str) -> None:
    programs = programs_of(era)
    known = 0
    for engine in (*programs.clients, *programs.kits, *programs.webmail.values(), *programs.servers.values()):
        made = engine.message_id.make(Dice("id"), TIME, "home.example", "pc7")
        boundary = engine.boundary.make(Dice("boundary"), TIME, "home.example", "pc7")
        assert len(made) <= 90, (engine.name, made)
        assert 1 <= len(boundary) <= 70, (engine.name, boundary)
        assert made.count("@") == 1
        for start, shape in _SHAPES.items():
            if engine.name.startswith(start):
                known += 1
                assert re.fullmatch(shape, made), (engine.name, made)
    assert known >= 6


def test_a_number_in_a_shape_takes_all_its_digits_up_to_three() -> None:
    assert len(Shape("%h201").make(Dice("x"), 0, "", "")) == 201
    assert re.fullmatch(r"[0-9a-f]{2}01ce", Shape("%h00201ce").make(Dice("x"), 0, "", ""))


def test_outlook_writes_the_time_as_windows_keeps_it() -> None:
    # A real one of 22 August 2002, 22:58:39 +0100: 004b01c24a27$149934c0$f264a8c0.
    high, low = (int(part, 16) for part in Shape("%f").make(Dice("x"), TIME, "", "").split("$"))
    ticks = (high << 32) + low
    assert ticks // 10_000_000 - 11_644_473_600 == TIME
    assert ticks % 10_000 == 0
    assert f"{high:08x}" == "01c24a27"
    boundary = Shape("----=_NextPart_000_00%H2_%F").make(Dice("x"), TIME, "", "")
    assert re.fullmatch(r"----=_NextPart_000_00[0-9A-F]{2}_01C24A27\.[0-9A-F]{8}", boundary)


def test_outlook_express_names_the_same_address_in_every_mail_of_a_machine() -> None:
    ids = {Shape("%n").make(Dice(str(seed)), seed, "", "anna-pc") for seed in range(9)}
    assert len(ids) == 1
    assert ids.pop().endswith("a8c0")
    assert len({Shape("%n").make(Dice("x"), 0, "", f"pc{number}") for number in range(40)}) > 30


# --- Lists ----------------------------------------------------------------------------------------------------------


def _parsed(message: Generated) -> EmailMessage:
    return email.message_from_bytes(message.data, policy=email.policy.default)


@pytest.fixture(scope="module", params=["2013", "2002"])
def posts(request: pytest.FixtureRequest) -> list[tuple[Generated, EmailMessage]]:
    world = World(bot=0, phish=0, scam=0, newsletter=0, shop=0, discussion=1.0, users=50)
    if request.param == "2002":
        world = PRESETS["archive-2002"].world(900)
        world = World(
            start=world.start, days=20, bot=0, phish=0, scam=0, newsletter=0, shop=0, discussion=1.0, era="2002"
        )
    return [(message, _parsed(message)) for message in generate(900, 3, world)]


def test_a_post_has_an_identifier_of_the_program_and_at_the_domain_of_its_author(
    posts: list[tuple[Generated, EmailMessage]],
) -> None:
    shapes = {
        "Thunderbird": r"<[0-9A-F]{8}\.\d0\d0\d0\d@{home}>",
        "Netscape": r"<[0-9A-F]{8}\.[0-9A-F]{8}@{home}>",
        "The Bat!": r"<\d{10}\.20\d{12}@{home}>",
        "Outlook Express": r"<[0-9a-f]{4}01c[0-9a-f]{5}\$[0-9a-f]{8}\$[0-9a-f]{4}a8c0@[\w-]+>",
        "Pine": r"<Pine\.LNX\.4\.44\.02\d{11}\.\d{5}-100000@{home}>",
    }
    seen = 0
    for message, parsed in posts:
        home = str(parsed["from"].addresses[0].domain)
        for start, shape in shapes.items():
            if message.engine.startswith(start):
                seen += 1
                assert re.fullmatch(shape.replace("{home}", re.escape(home)), parsed["message-id"]), parsed[
                    "message-id"
                ]
    assert seen > 100


def test_copies_of_a_post_differ_in_nothing_that_the_author_wrote(posts: list[tuple[Generated, EmailMessage]]) -> None:
    by_id: dict[str, set[tuple[str, str, str]]] = {}
    for _, parsed in posts:
        written = (str(parsed["date"]), str(parsed["from"]), str(parsed["subject"]))
        by_id.setdefault(parsed["message-id"], set()).add(written)
    assert all(len(found) == 1 for found in by_id.values())
    assert len(by_id) < len(posts)


def test_an_answer_names_the_post_that_it_answers(posts: list[tuple[Generated, EmailMessage]]) -> None:
    known: dict[int, set[str]] = {}
    answers = 0
    for message, parsed in posts:
        here = known.setdefault(message.campaign, set())
        if parsed["in-reply-to"] is not None:
            answers += 1
            assert parsed["in-reply-to"] in here
        if parsed["references"] is not None:
            assert str(parsed["references"]).split()[-1] in here
        here.add(parsed["message-id"])
    assert answers > 100


def test_mailman_writes_the_fields_of_its_version(posts: list[tuple[Generated, EmailMessage]]) -> None:
    for _, parsed in posts[:50]:
        name, _, home = parsed["x-beenthere"].partition("@")
        old = parsed["x-mailman-version"] == "2.0.8"
        bounces = f"{name}-{'admin' if old else 'bounces'}@{home}"
        assert parsed["precedence"] == ("bulk" if old else "list")
        assert parsed["return-path"] == f"<{bounces}>"
        assert parsed["sender"].address.addr_spec == bounces
        assert parsed["errors-to"] == bounces
        assert parsed["list-post"] == f"<mailto:{name}@{home}>"
        assert parsed["list-help"] == f"<mailto:{name}-request@{home}?subject=help>"
        assert parsed["list-archive"] == f"<http://lists.{home}/pipermail/{name}/>"
        for field in ("list-subscribe", "list-unsubscribe", "list-id"):
            assert parsed[field]


# --- Providers and firms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preset", ["office-dump", "archive-2002"])
def test_the_machine_in_an_identifier_of_webmail_is_that_of_the_hop(preset: str) -> None:
    hops = {
        "Yahoo web": (r"@(web\d+\.mail\S*)>", r"by (web\d+\.mail\S*) via HTTP"),
        "Hotmail web 2002": (r"<F(\d+)\D", r"from f(\d+)\.law"),
        "Hotmail web": (r"<(BLU\d{3}-W\d{1,2})[0-9A-F]{30}@", r"from (BLU\d+-W\d+) "),
    }
    seen = 0
    for message in generate(1500, 2, PRESETS[preset].world(1500), bot=0, newsletter=0, discussion=0):
        found = hops.get(message.engine.removesuffix(" 2002") if "Yahoo" in message.engine else message.engine)
        if found is None:
            continue
        seen += 1
        parsed = _parsed(message)
        lines = "\n".join(" ".join(line.split()) for line in parsed.get_all("received", []))
        if message.engine == "Hotmail web 2002":
            lines = re.sub(r"from hotmail\.com \((f\d+\.law)", r"from \1", lines)
        by_hop = re.search(found[1], lines)
        by_id = re.search(found[0], parsed["message-id"])
        assert by_hop is not None, lines
        assert by_id is not None, parsed["message-id"]
        if message.engine == "Hotmail web 2002":
            # A number of digits may follow that of the machine.
            assert by_id[1].startswith(by_hop[1])
        else:
            assert by_id[1] == by_hop[1]
    assert seen > 40


@pytest.mark.parametrize("preset", ["office-dump", "archive-2002"])
def test_only_the_client_of_exchange_leaves_mail_in_its_store(preset: str) -> None:
    by_smtp = in_store = 0
    for message in generate(2500, 2, PRESETS[preset].world(2500), bot=0, newsletter=0, discussion=0):
        header = message.data.partition(b"\n\n")[0]
        if b"with mapi id" in header or b"with Internet Mail Service (" in header:
            in_store += 1
            assert message.engine.startswith("Exchange"), message.engine
        elif b"Microsoft SMTP Server id" in header or b"Microsoft Exchange Internet Mail Service Version" in header:
            by_smtp += 1
            assert not message.engine.startswith("Exchange"), message.engine
    assert in_store > 50
    assert by_smtp > 5
