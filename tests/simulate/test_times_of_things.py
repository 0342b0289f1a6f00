"""Simulated mail speaks of nothing that came later, and of feasts when they are near."""

from __future__ import annotations

import email
import email.policy
import io
import re
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from attribution.simulate import World, generate
from attribution.simulate.presets import PRESETS

if TYPE_CHECKING:
    from email.message import EmailMessage

    from attribution.simulate import Generated


def _parsed(message: Generated) -> EmailMessage:
    return email.message_from_bytes(message.data, policy=email.policy.default)


def _text(message: Generated) -> str:
    parsed = _parsed(message)
    body = parsed.get_body(("plain", "html"))
    return f"{parsed['subject']}\n{body.get_content() if body is not None else ''}"


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_what_an_archive_holds_is_older_than_the_mail(preset: str) -> None:
    world = PRESETS[preset].world(1000)
    seen = 0
    for message in generate(1000, 6, world, bot=0.9):
        for part in _parsed(message).iter_attachments():
            if part.get_content_type() == "application/zip":
                seen += 1
                with zipfile.ZipFile(io.BytesIO(part.get_content())) as packed:
                    made = datetime(*packed.infolist()[0].date_time, tzinfo=UTC)
                sent = datetime.fromtimestamp(message.received_at, UTC)
                assert 0 < (sent - made).total_seconds() < (world.days + 2) * 86_400
    assert seen


def test_nothing_of_later_years_is_in_mail_of_2002() -> None:
    later = re.compile(
        r"eight cores|amd64|consider the environment|Christmas|\.(eu|me|pw|ink)[/\s]|wp-content|com_[a-z]{4}/"
    )
    for message in generate(1500, 6, PRESETS["archive-2002"].world(1500)):
        found = later.search(_text(message))
        assert found is None, found


def test_there_is_no_talk_of_christmas_in_october_and_some_in_december() -> None:
    world = World(
        bot=0, phish=0, scam=0, newsletter=0, discussion=0, shop=0, start=datetime(2013, 10, 1, tzinfo=UTC), days=92
    )
    months = {10: 0, 11: 0, 12: 0}
    for message in generate(1500, 6, world):
        feast = re.search("Christmas|Weihnacht|New Year|Neujahr", _text(message)) is not None
        months[datetime.fromtimestamp(message.received_at, UTC).month] += feast
    assert months[10] == 0
    assert months[12] > 8


@pytest.mark.parametrize("preset", ["thingbot-2014", "office-dump", "newsletter-heavy", "archive-2002"])
def test_swindles_of_later_years_are_in_no_preset(preset: str) -> None:
    for message in generate(600, 6, PRESETS[preset].world(600), bot=0.9):
        assert not re.search(r"Bitcoin|\bBTC: |wallet: |[Cc]ancel by phone", _text(message))


def test_fixed_names_of_shops_and_of_link_services_belong_to_nobody() -> None:
    names = r"(payhaven|ticketeer|bookwell|cartmoor|ladenwerk|bitl|goo-s|tinyu|ow-s|shrt|tiny-go)\.(?!example)"
    for message in generate(1000, 6, World(shop=0.2)):
        assert not re.search(names, message.data.decode("latin-1"))


def test_plain_ascii_of_2002_goes_as_it_is() -> None:
    seen = 0
    for message in generate(800, 6, PRESETS["archive-2002"].world(800), bot=0, newsletter=0, scam=0):
        parsed = _parsed(message)
        body = parsed.get_body(("plain",))
        assert body is not None
        if body.get_content().isascii():
            seen += 1
            assert str(parsed["content-transfer-encoding"]) == "7bit", message.data
            assert parsed.get_content_charset() in {"us-ascii", "iso-8859-1", "windows-1252"}
    assert seen > 400
