"""Clocks of the simulated world: summer time, hosts whose clock is wrong, mail that waits."""

from __future__ import annotations

import email
import itertools
import re
import statistics
from collections import Counter
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from attribution.errors import UsageError
from attribution.simulate import World, clocks, generate
from attribution.simulate.clocks import clock_error, wait, zone_at
from attribution.simulate.networks import HOSTS, HOUSEHOLDS, OFFICES
from attribution.simulate.presets import PRESETS

if TYPE_CHECKING:
    from email.message import Message

    from attribution.simulate import Generated


def _at(*date: int) -> int:
    return int(datetime(*date, tzinfo=UTC).timestamp())  # type: ignore[arg-type, misc] # (mypy counts no arguments)


def test_clocks_in_germany_show_summer_time_from_march_to_october() -> None:
    assert zone_at("Europe/Berlin", _at(2013, 10, 1)) == (120, "CEST")
    assert zone_at("Europe/Berlin", _at(2013, 10, 27, 0, 59, 59)) == (120, "CEST")
    assert zone_at("Europe/Berlin", _at(2013, 10, 27, 1)) == (60, "CET")
    assert zone_at("Europe/Berlin", _at(2002, 3, 31, 1)) == (120, "CEST")


def test_brazil_has_summer_at_christmas_and_a_zone_without_a_name() -> None:
    assert zone_at("America/Sao_Paulo", _at(2013, 12, 24)) == (-120, "")
    assert zone_at("America/Sao_Paulo", _at(2002, 5, 1)) == (-180, "")


def test_every_network_shows_what_its_place_showed() -> None:
    for network in (*HOUSEHOLDS, *HOSTS, *OFFICES):
        for time in range(_at(2002, 3, 30), _at(2002, 4, 9), 7201):
            offset = datetime.fromtimestamp(time, ZoneInfo(network.zone)).utcoffset()
            assert offset is not None
            assert zone_at(network.zone, time).minutes * 60 == offset.total_seconds(), network.owner


def test_a_system_without_time_zone_files_is_told_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(key: str) -> ZoneInfo:
        raise ZoneInfoNotFoundError(key)

    monkeypatch.setattr(clocks, "ZoneInfo", missing)
    with pytest.raises(UsageError, match="tzdata"):
        zone_at("Antarctica/Vostok", 0)


def test_most_clocks_are_off_by_seconds_a_few_by_minutes_and_one_in_a_hundred_by_hours() -> None:
    errors = [abs(clock_error(salt)) for salt in range(20_000)]
    assert errors == [abs(clock_error(salt)) for salt in range(20_000)]
    assert sum(error < 30 for error in errors) / len(errors) == pytest.approx(0.94, abs=0.01)
    assert sum(60 <= error < 1300 for error in errors) / len(errors) == pytest.approx(0.05, abs=0.01)
    assert sum(error >= 3600 for error in errors) / len(errors) == pytest.approx(0.01, abs=0.004)


def test_three_in_a_hundred_mails_wait_for_minutes_to_hours_and_hardly_any_for_a_day() -> None:
    waits = [wait(number / 100_000) for number in range(100_000)]
    waiting = [seconds for seconds in waits if seconds]
    assert len(waiting) / len(waits) == pytest.approx(0.03, abs=0.001)
    assert min(waiting) >= 300
    assert 1200 < statistics.median(waiting) < 7200
    assert 0 < sum(seconds > 86_400 for seconds in waiting) < len(waiting) / 15
    assert max(waiting) < 2.1 * 86_400


# --- In the mail ----------------------------------------------------------------------------------------------------


def _dates(parsed: Message) -> list[float]:
    lines = [line.rpartition(";")[2].strip() for line in parsed.get_all("received", [])]
    return [
        parsedate_to_datetime(re.sub(r" P[SD]T$", "", line)).timestamp()
        for line in lines
        if re.search(r"[+-]\d{4}", line)
    ]


@pytest.mark.parametrize("preset", ["archive-2002", "office-dump"])
def test_the_receiver_writes_the_time_of_its_place(preset: str) -> None:
    place = ZoneInfo("Europe/Berlin")
    seen = Counter[str]()
    for message in generate(400, 3, PRESETS[preset].world(400)):
        line = email.message_from_bytes(message.data).get_all("received", [])[0]
        name = datetime.fromtimestamp(message.received_at, place).tzname()
        seen[str(name)] += 1
        offset = {"CET": "+0100", "CEST": "+0200"}[str(name)]
        assert line.endswith(f" {offset} ({name})")
    assert min(seen["CET"], seen["CEST"]) > 40


def test_no_zone_east_or_west_of_utc_is_called_utc() -> None:
    for preset in PRESETS:
        for message in generate(500, 3, PRESETS[preset].world(500)):
            assert not re.search(rb"[+-](?!0000)\d{4} \(UTC\)", message.data)


@pytest.fixture(scope="module")
def office() -> list[Generated]:
    return list(generate(3000, 3, partial(PRESETS["office-dump"].world, 3000)(), bot=0.3))


def test_times_go_up_in_many_chains_as_they_do_in_real_mail(office: list[Generated]) -> None:
    chains = [_dates(email.message_from_bytes(message.data)) for message in office]
    rising = sum(any(older > newer for newer, older in itertools.pairwise(dates)) for dates in chains)
    assert 0.2 < rising / len(chains) < 0.7


def test_some_dates_lie_hours_from_the_arrival_and_most_do_not(office: list[Generated]) -> None:
    far = [
        abs(parsedate_to_datetime(email.message_from_bytes(message.data)["date"]).timestamp() - message.received_at)
        > 3600
        for message in office
    ]
    assert 0.01 < sum(far) / len(far) < 0.1


def test_the_truth_is_the_time_of_the_host_that_took_the_mail(office: list[Generated]) -> None:
    for message in office:
        parsed = email.message_from_bytes(message.data)
        outer = next(line for line in parsed.get_all("received", []) if message.handover_ip in line)
        date = re.sub(r"\s*\([A-Z]+\)$", "", outer.rpartition(";")[2].strip())
        assert parsedate_to_datetime(date).timestamp() == message.received_at


def test_a_bot_with_a_wrong_clock_has_it_in_all_its_mail_and_in_its_forgeries_too() -> None:
    world = World(bot=1.0, phish=0, scam=0, newsletter=0, discussion=0, shop=0, forging=1.0, mails_per_bot=8.0)
    dates: dict[str, list[tuple[float, float]]] = {}
    for message in generate(4000, 2, world):
        parsed = email.message_from_bytes(message.data)
        own = [line for line in parsed.get_all("received", []) if f".{world.receiver} (Postfix)" in line]
        found = _dates(parsed)[len(own) :]
        if found:
            written = parsedate_to_datetime(parsed["date"]).timestamp()
            dates.setdefault(message.handover_ip, []).append(
                (written - message.received_at, found[0] - message.received_at)
            )
    wrong = [pairs for pairs in dates.values() if len(pairs) > 2 and min(abs(one) for one, _ in pairs) > 1800]
    assert wrong
    for pairs in wrong:
        offsets = [offset for pair in pairs for offset in pair]
        assert max(offsets) - min(offsets) < 1500
