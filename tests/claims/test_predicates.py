"""What a case says of each kind of claim, on cases made by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from attribution.claims import ClaimsFileError, check_claims
from attribution.claims.intervals import wilson
from attribution.claims.model import Filter
from attribution.errors import UsageError
from tests.claims.made_case import CONTROL, HOSTS, START, claims_of, made_case, rate

if TYPE_CHECKING:
    from pathlib import Path

    from attribution import Case

ANSWERED = {"banners": 1, "compared_network": 0}
ROUTER: dict[str, Any] = {**ANSWERED, "device_type": "router", "device_types": ["router"], "device_grade": "shared"}
SERVER: dict[str, Any] = {**ANSWERED, "device_type": "server", "device_types": ["server"], "device_grade": "none"}
SILENT: dict[str, Any] = {"banners": 0}
FRIDGE = {**ROUTER, "device_types": ["refrigerator", "router"]}


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Give four addresses with ten messages; one claimed only, one of a mail service."""
    return made_case(
        tmp_path / "case",
        {"198.51.100.1": 4, "198.51.100.2": 3, "198.51.100.3": 2, "198.51.100.4": 1},
        addresses={
            "198.51.100.1": {"country": "US", "asn": 64500, "access": "mail-provider"},
            "198.51.100.2": {"country": "BR", "asn": 64501},
            "198.51.100.3": {"country": "BR", "asn": 64501},
        },
        messages={"198.51.100.2": {"campaign": 7}, "198.51.100.4": {"handover_grade": "claimed"}},
        campaigns=[{"campaign": 7, "name": "Parcel", "aliases": [5]}],
    )


@pytest.mark.parametrize(
    ("predicate", "figure"),
    [
        ('of = "messages"', 10),
        ('of = "addresses"', 3),  # of one the handover is only claimed
        ('of = "addresses", where = { grade = ["vouched", "claimed"] }', 4),
        ('of = "networks"', 2),
        ('of = "countries"', 2),
        ('of = "messages", where = { country = "BR" }', 5),
        ('of = "messages", where = { campaign = 7 }', 3),
        ('of = "messages", where = { campaign = 5 }', 3),  # the key of one that it took up
        ('of = "messages", where = { name = "Parcel" }', 3),
        ('of = "messages", where = { not-access = "mail-provider" }', 6),
        ('of = "messages", where = { from = 2013-12-23T02:00:00Z }', 3),
        ('of = "messages", where = { to = 2013-12-23T01:00:00Z }', 4),
    ],
)
def test_numbers_are_counted_as_they_are(case: Case, predicate: str, figure: int) -> None:
    found = rate(case, f'kind = "count", {predicate}, op = "at-least", value = {figure}')
    assert (found.verdict, found.figure, found.low, found.high) == ("supported", figure, figure, figure)
    assert rate(case, f'kind = "count", {predicate}, op = "more-than", value = {figure}').verdict == "contradicted"


@pytest.mark.parametrize(
    ("where", "says", "step"),
    [
        ('name = "Tax"', "No campaign of the case is called 'Tax'.", "attribution pin"),
        ("campaign = 99", "The case has no campaign 99.", None),
        ('device = "thing"', "no scan file", "--banners"),
        ("from = 2020-01-01", "No message received from 2020-01-01", "Choose other messages"),
    ],
)
def test_what_the_case_lacks_is_not_testable_and_the_next_step_named(
    case: Case, where: str, says: str, step: str | None
) -> None:
    found = rate(case, f'kind = "count", of = "messages", where = {{ {where} }}, op = "at-least", value = 1')
    assert found.verdict == "not testable"
    assert says in found.said
    assert step is None or step in (found.next_step or "")


@pytest.mark.parametrize(
    ("value", "verdict"),
    [(1, "supported"), (2, "not testable"), (4, "not testable"), (39, "not testable"), (40, "contradicted")],
)
@pytest.mark.parametrize("of", ["devices", "hosts"])
def test_devices_are_rated_on_the_range_of_hosts_and_never_on_addresses(
    case: Case, of: str, value: int, verdict: str
) -> None:
    found = rate(case, f'kind = "count", of = "{of}", op = "more-than", value = {value}')
    # A router may hide several: one host for each address is no upper end.
    assert (found.verdict, found.low, found.figure, found.high) == (verdict, 2, None, 40)
    assert "With one host for each address it would be 4." in found.why
    assert any("An address is no device" in sentence for sentence in found.assumptions)
    assert any("Behind one address there were 10 hosts that sent at most" in sentence for sentence in found.assumptions)


def test_hosts_of_some_messages_are_counted_again(case: Case) -> None:
    found = rate(case, 'kind = "count", of = "devices", where = { country = "BR" }, op = "more-than", value = 20')
    assert (found.verdict, found.high) == ("contradicted", 20)


def test_hosts_without_an_upper_bound_contradict_nothing(tmp_path: Path) -> None:
    hosts: dict[str, Any] = {"lower": 2, "upper": None, "estimate": None, "assumptions": [], "said": "At least 2."}
    case = made_case(tmp_path / "case", {"198.51.100.1": 1}, run={"hosts": hosts})
    found = rate(case, 'kind = "count", of = "devices", op = "more-than", value = 100_000')
    assert (found.verdict, found.figure, found.high) == ("not testable", None, None)


def test_campaigns_are_what_the_program_joins_and_may_be_one_or_as_many_as_messages(case: Case) -> None:
    campaigns = 'kind = "count", of = "campaigns", op = "at-least", value = '
    found = rate(case, f"{campaigns}1")
    assert (found.verdict, found.figure, found.low, found.high) == ("supported", 1, 1, 10)
    assert rate(case, f"{campaigns}2").verdict == "not testable"
    assert rate(case, f"{campaigns}11").verdict == "contradicted"
    each = rate(case, 'kind = "ratio", of = "messages", per = "campaigns", op = "at-least", value = 2')
    assert (each.verdict, each.figure, each.low, each.high) == ("not testable", 10, 1, 10)


# A share, and who sent


def scanned(folder: Path, things: int, servers: int, silent: int = 0, **run: object) -> Case:
    """Write a case with so many addresses of each sort, a message of each."""
    kinds = [ROUTER] * things + [SERVER] * servers + [SILENT] * silent
    addresses = {f"198.51.{number // 250}.{number % 250}": kind for number, kind in enumerate(kinds)}
    return made_case(folder / "case", dict.fromkeys(addresses, 1), addresses=addresses, run=run)


SHARE = 'kind = "share", of = "messages", with = { device = "thing" }, op = "more-than", value = 0.25'
SENT = 'kind = "sent-by", device = "thing", op = "more-than", value = 0.25'


@pytest.mark.parametrize(
    ("things", "servers", "silent", "verdict"),
    [
        (200, 200, 0, "supported"),
        (40, 360, 0, "contradicted"),
        (100, 300, 0, "not testable"),
        # All that is silent may be a thing: what answered is too little to say no.
        (40, 40, 320, "not testable"),
        # And where what answered shows few, the silent ones are taken for no better.
        (10, 190, 200, "contradicted"),
    ],
)
def test_a_share_is_held_with_its_interval(
    tmp_path: Path, things: int, servers: int, silent: int, verdict: str
) -> None:
    found = rate(scanned(tmp_path, things, servers, silent), SHARE)
    assert found.verdict == verdict
    assert found.figure == pytest.approx(things / (things + servers + silent))
    low, high = found.low, found.high
    assert low is not None
    assert high is not None
    assert low <= things / (things + servers + silent) <= high
    assert (found.next_step is not None) == (verdict == "not testable" and silent > 0)


def test_a_thousand_messages_of_one_router_are_no_thousand_witnesses(tmp_path: Path) -> None:
    sent: dict[str, int] = {"198.51.100.1": 1000} | {f"198.51.101.{number}": 1 for number in range(100)}
    addresses = {ip: ROUTER if ip == "198.51.100.1" else SERVER for ip in sent}
    found = rate(made_case(tmp_path / "case", sent, addresses=addresses), SHARE)
    assert found.figure == pytest.approx(1000 / 1100)
    assert found.verdict == "not testable"
    assert "By addresses it is 1 of 101" in found.said


def test_a_banner_of_another_time_counts_as_unknown(tmp_path: Path) -> None:
    far = {**ROUTER, "device_grade": "far"}
    case = made_case(tmp_path / "case", {"198.51.100.1": 1, "198.51.100.2": 1}, addresses={"198.51.100.1": far})
    found = rate(case, SHARE)
    assert (found.figure, found.high) == (0, 1)


@pytest.mark.parametrize(
    ("verdict", "things", "rating"),
    [
        ("more", 200, "supported"),
        ("more", 100, "not testable"),
        ("more", 20, "contradicted"),
        ("same", 200, "contradicted"),
        ("less", 200, "contradicted"),
        ("slightly-more", 200, "not testable"),
        ("unclear", 200, "not testable"),
        ("none", 200, "not testable"),
    ],
)
def test_that_things_sent_takes_the_share_and_the_neighbours(
    tmp_path: Path, verdict: str, things: int, rating: str
) -> None:
    case = scanned(tmp_path, things, 400 - things, control=CONTROL(verdict))
    found = rate(case, SENT)
    assert found.verdict == rating
    assert f"The comparison says {verdict}." in found.said
    # What banners show is another claim, and does not hang on the neighbours.
    assert rate(case, SHARE).verdict == {200: "supported", 100: "not testable", 20: "contradicted"}[things]


def test_what_neighbours_show_too_is_taken_off_what_may_have_been_sent(tmp_path: Path) -> None:
    # Of 400 senders 160 show one, and of 300 neighbours a tenth: chance alone would have put one before a tenth of the
    # senders that are none.
    case = scanned(tmp_path, 160, 240, control=CONTROL("more", 0.1))
    found = rate(case, SENT)
    assert found.figure == pytest.approx((0.4 - 0.1) / 0.9)
    # Each at its doubtful end: few of the senders, and many of the neighbours.
    assert found.low == pytest.approx(wilson(0.4, 400)[0] - wilson(0.1, 300)[1])
    assert found.high == pytest.approx(wilson(0.4, 400)[1])
    assert "33.3 % of all" in found.said
    # 40 % show one, and with a fifth of the neighbours the quarter is no longer sure.
    weaker = rate(scanned(tmp_path / "weaker", 160, 240, control=CONTROL("more", 0.2)), SENT)
    assert weaker.verdict == "not testable"
    assert weaker.figure == pytest.approx(0.25)
    assert rate(scanned(tmp_path / "banners", 160, 240, control=CONTROL("more", 0.2)), SHARE).verdict == "supported"


def test_where_senders_are_as_their_neighbours_hardly_anything_is_left(tmp_path: Path) -> None:
    found = rate(scanned(tmp_path, 40, 360, control=CONTROL("same", 0.1)), SENT)
    assert found.figure == pytest.approx(0)
    assert (found.high or 1) < 0.1


def test_where_few_show_one_no_scan_is_asked_for(tmp_path: Path) -> None:
    case = scanned(tmp_path, 3, 200, control=CONTROL("none"))
    assert rate(case, 'kind = "sent-by", device = "refrigerator"').next_step is not None
    assert rate(case, 'kind = "sent-by", device = "thing"').next_step is None
    assert rate(case, 'kind = "as-neighbours", device = "thing"').next_step is None


@pytest.mark.parametrize(
    ("verdict", "rating"),
    [("same", "supported"), ("less", "supported"), ("more", "contradicted"), ("unclear", "not testable")],
)
def test_the_other_reading_is_that_senders_are_as_their_neighbours(tmp_path: Path, verdict: str, rating: str) -> None:
    case = scanned(tmp_path, 200, 200, control=CONTROL(verdict))
    found = rate(case, 'kind = "as-neighbours", device = "thing"')
    assert (found.verdict, found.figure, found.low, found.high) == (rating, 3, 2, 4)


@pytest.mark.parametrize("kind", ["sent-by", "as-neighbours"])
def test_who_sent_is_not_asked_of_senders_that_were_chosen_by_their_device(tmp_path: Path, kind: str) -> None:
    case = scanned(tmp_path, 200, 200, control=CONTROL("more"))
    with pytest.raises(ClaimsFileError, match="keeps none but senders that show one: leave it out"):
        rate(case, f'kind = "{kind}", device = "router", where = {{ device = "router" }}')
    # Who builds claims without a file is told the same.
    made = claims_of(f'kind = "{kind}", device = "router"')
    chosen = replace(made.claims[0].predicate, where=Filter(device="thing"))
    ((_, found),) = check_claims(case, replace(made, claims=(replace(made.claims[0], predicate=chosen),))).ratings
    assert (found.verdict, found.figure, found.low, found.high) == ("not testable", None, None, None)
    assert found.next_step == "Leave the device out of where."


def streets(folder: Path, country: str = "BR") -> Case:
    """Write a case of two networks: in one of them all neighbours show a thing, in the other none; senders show one.

    Half of the senders are in the first network, which is in one country, and half in the other.
    """
    one = {f"198.51.100.{number}": {**ROUTER, "country": country} for number in range(100)}
    other = {f"203.0.113.{number}": {**ROUTER, "country": "US", "compared_network": 1} for number in range(100)}
    addresses = {
        ip: {**row, "compared_thing": number % 2 > 0} for number, (ip, row) in enumerate({**one, **other}.items())
    }
    for row in addresses.values():
        row.update({} if row["compared_thing"] else {"device_type": "server", "device_types": ["server"]})
    controls = [
        {"ip": f"{net}.{number}", "compared_network": at, "compared_thing": shows, "device_types": ["router"] * shows}
        for at, net in enumerate(("198.51.100", "203.0.113"))
        for number in range(100, 200)
        for shows in [number % 2 > 0 if at == 0 else number % 50 == 0]
    ]
    sent = dict.fromkeys(addresses, 1)
    return made_case(folder / "case", sent, addresses=addresses, controls=controls, run={"control": CONTROL("more")})


@pytest.mark.parametrize("device", ["thing", "router"])
def test_a_part_of_the_mail_is_held_against_the_neighbours_of_its_own_senders(tmp_path: Path, device: str) -> None:
    case = streets(tmp_path)
    sent = f'kind = "sent-by", device = "{device}", op = "at-least", value = 0.1, where = {{ country = '
    # In one country half of the neighbours show one too, as many as the senders do.
    alike = rate(case, f'{sent}"BR" }}')
    assert (alike.verdict, alike.low) == ("contradicted", 0)
    assert "of their neighbours 50.0 %" in alike.said
    apart = rate(case, f'{sent}"US" }}')
    assert apart.verdict == "supported"
    assert apart.figure == pytest.approx((0.5 - 0.02) / 0.98)
    for found in (alike, apart):
        assert any("The claim chooses which part of the mail" in sentence for sentence in found.assumptions)
    neighbours = f'kind = "as-neighbours", device = "{device}", where = {{ country = '
    assert [rate(case, f'{neighbours}"{country}" }}').verdict for country in ("BR", "US")] == [
        *("supported", "contradicted")
    ]


def test_services_are_in_no_comparison_so_that_leaving_them_out_makes_no_part(tmp_path: Path) -> None:
    case = scanned(tmp_path, 200, 200, control=CONTROL("more", 0.1))
    whole, without = rate(case, SENT), rate(case, f'{SENT}, where = {{ not-access = "mail-provider" }}')
    assert whole.verdict == "supported"
    assert (without.verdict, without.figure, without.low) == (whole.verdict, whole.figure, whole.low)
    assert not any("The claim chooses which part" in sentence for sentence in without.assumptions)


def test_without_a_scan_nobody_can_say_who_sent(case: Case) -> None:
    assert rate(case, 'kind = "as-neighbours", device = "thing"').verdict == "not testable"
    found = rate(case, SENT)
    assert found.verdict == "not testable"
    assert "attribution enrich CASE --banners" in (found.next_step or "")


def test_one_type_of_device_has_a_comparison_of_its_own(tmp_path: Path) -> None:
    case = scanned(tmp_path, 200, 200, control=CONTROL("more"))
    assert rate(case, 'kind = "sent-by", device = "router"').verdict == "supported"
    fridge = rate(case, 'kind = "sent-by", device = "refrigerator"')
    assert fridge.verdict == "not testable"
    assert "too few to be compared" in fridge.said


def test_one_campaign_is_rated_by_its_own_comparison(tmp_path: Path) -> None:
    sent = {f"198.51.100.{number}": 1 for number in range(200)}
    row = {"campaign": 7, "device_verdict": "same", "device_sentence": "Its share is that of the neighbours."}
    case = made_case(
        tmp_path / "case",
        sent,
        addresses=dict.fromkeys(sent, ROUTER),
        messages={ip: {"campaign": 7} for ip in sent},
        campaigns=[row],
        run={"control": CONTROL("more")},
    )
    assert rate(case, SENT).verdict == "supported"
    found = rate(case, SENT, campaigns=[7])
    assert found.verdict == "contradicted"
    assert "Its share is that of the neighbours." in found.said


def test_that_none_was_seen_does_not_say_that_there_was_none(tmp_path: Path) -> None:
    addresses = {"198.51.100.1": FRIDGE, "198.51.100.2": SERVER}
    case = made_case(tmp_path / "case", {"198.51.100.1": 1, "198.51.100.2": 1}, addresses=addresses)
    found = rate(case, 'kind = "exists", device = "refrigerator"')
    assert (found.verdict, found.figure) == ("supported", 1)
    assert "198.51.100.1" in found.said
    assert "That it sent the mail is another claim." in found.why
    assert rate(case, 'kind = "exists", device = "smart-tv"').verdict == "not testable"


# Maximum, times


def test_the_most_messages_of_one_address(case: Case) -> None:
    predicate = 'kind = "maximum", of = "messages", per = "address", op = "at-most", value = '
    assert rate(case, predicate + "4").verdict == "supported"
    found = rate(case, predicate + "3")
    assert (found.verdict, found.figure) == ("contradicted", 4)
    assert "More than 3 came from 1 of 3 addresses, 44.4 % of the messages." in found.said


def test_messages_for_each_address(case: Case) -> None:
    found = rate(case, 'kind = "ratio", of = "messages", per = "addresses", op = "about", value = 3')
    assert (found.verdict, found.figure) == ("supported", 3)


@pytest.mark.parametrize(
    ("days", "verdict"),
    [
        (range(15), "supported"),
        (range(1, 14), "supported"),  # a day at either end may be a matter of time zones
        (range(5), "not testable"),
        (range(40), "contradicted"),
    ],
)
def test_a_period_must_be_covered_and_kept_to(tmp_path: Path, days: range, verdict: str) -> None:
    times = [START + timedelta(days=day, hours=12) for day in days]
    found = rate(
        made_case(tmp_path / "case", {"198.51.100.1": times}),
        'kind = "period", first = 2013-12-23, last = 2014-01-06',
    )
    assert found.verdict == verdict


def test_mail_that_may_not_count_leaves_a_period_open_where_it_decides(tmp_path: Path) -> None:
    inside = [START + timedelta(days=day, hours=12) for day in range(15)]
    claim = 'kind = "period", first = 2013-12-23, last = 2014-01-06, where = { country = "US" }'
    for outside, verdict in ((0, "supported"), (14, "not testable")):
        case = made_case(
            tmp_path / f"case{outside}",
            {"198.51.100.1": inside, "198.51.100.2": [START + timedelta(days=40 + day) for day in range(outside)]},
            addresses={"198.51.100.1": {"country": "US"}},
        )
        found = rate(case, claim)
        assert found.verdict == verdict
        assert ("Mail of which nobody knows whether it counts decides" in found.why) == (outside > 0)


def test_messages_a_day(tmp_path: Path) -> None:
    times = [START + timedelta(hours=hour) for hour in range(0, 240, 2)]
    found = rate(
        made_case(tmp_path / "case", {"198.51.100.1": times}),
        'kind = "rate", of = "messages", per = "day", op = "about", value = 12',
    )
    assert (found.verdict, found.figure) == ("supported", 12)


def test_bursts_and_their_size(tmp_path: Path) -> None:
    times = [
        START + timedelta(days=day, hours=hour, seconds=20 * number)
        for day in range(5)
        for hour in (6, 13, 20)
        for number in range(40)
    ]
    case = made_case(tmp_path / "case", {"198.51.100.1": times})
    a_day = rate(case, 'kind = "bursts", of = "per-day", op = "about", value = 3')
    assert a_day.verdict == "supported"
    size = rate(case, 'kind = "bursts", of = "size", op = "about", value = 40')
    assert (size.verdict, size.figure) == ("supported", 40)


@pytest.mark.parametrize("kind", ['"rate", of = "messages", per = "day"', '"bursts", of = "size"'])
def test_without_times_nothing_is_said_of_time(tmp_path: Path, kind: str) -> None:
    case = made_case(tmp_path / "case", {"198.51.100.1": 20}, messages={"198.51.100.1": {"received_at": None}})
    found = rate(case, f'kind = {kind}, op = "about", value = 3')
    assert found.verdict == "not testable"
    assert "--trust" in (found.next_step or "")


def test_what_mail_cannot_show_is_said_with_its_reason(case: Case) -> None:
    found = rate(case, 'kind = "not-testable", reason = "Passwords are not in mail."')
    assert (found.verdict, found.why) == ("not testable", "Passwords are not in mail.")


# A sample; a part of the case


@pytest.mark.parametrize(
    ("predicate", "estimate"),
    [
        ('kind = "count", of = "messages", op = "at-least", value = 1', 100),
        ('kind = "count", of = "addresses", op = "at-least", value = 1', None),
        ('kind = "rate", of = "messages", per = "day", op = "about", value = 10', 100),
        ('kind = "maximum", of = "messages", per = "address", op = "at-most", value = 10', 4),
    ],
)
def test_of_a_sample_numbers_are_estimates(case: Case, predicate: str, estimate: float | None) -> None:
    found = rate(case, predicate, sample=0.1)
    assert (found.verdict, found.figure) == ("not testable", estimate)


def test_a_sample_can_still_exceed_a_limit(case: Case) -> None:
    predicate = 'kind = "maximum", of = "messages", per = "address", op = "at-most", value = 3'
    assert rate(case, predicate, sample=0.1).verdict == "contradicted"


def test_a_share_of_a_sample_is_a_share(tmp_path: Path) -> None:
    assert rate(scanned(tmp_path, 200, 200), SHARE, sample=0.1).verdict == "supported"


def test_the_check_can_be_restricted_to_campaigns_by_key_or_name(case: Case) -> None:
    predicate = 'kind = "count", of = "messages", op = "at-most", value = 3'
    assert rate(case, predicate).verdict == "contradicted"
    for campaign in (7, "7", 5, "Parcel"):
        assert rate(case, predicate, campaigns=[campaign]).figure == 3


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"sample": 1.5}, "--sample 1.5"),
        ({"sample": 0.0}, "from 1e-09 to below 1"),
        ({"sample": 1e-320}, "from 1e-09"),
        ({"campaigns": ["Tax"]}, "no campaign"),
    ],
)
def test_options_that_make_no_sense(case: Case, asked: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        check_claims(case, claims_of('kind = "not-testable", reason = "x"'), **asked)


def untimed(folder: Path, timed: int, others: int) -> Case:
    """Write a case with so many messages an hour apart, and others of which nobody knows when they came."""
    start = [START + timedelta(hours=hour) for hour in range(timed)]
    return made_case(
        folder / "case",
        {"198.51.100.1": start, "198.51.100.2": [START] * others},
        messages={"198.51.100.2": {"received_at": None}},
    )


@pytest.mark.parametrize(
    "predicate",
    [
        'kind = "period", first = 2013-12-23, last = 2013-12-23',
        'kind = "bursts", of = "per-day", op = "at-most", value = 9',
        'kind = "rate", of = "messages", per = "day", op = "at-least", value = 1',
    ],
)
def test_where_most_messages_have_no_time_nothing_is_said_of_time(tmp_path: Path, predicate: str) -> None:
    found = rate(untimed(tmp_path, 12, 13), predicate)
    assert (found.verdict, found.said) == (
        "not testable",
        "12 of 25 messages have a time by the receiver's clock.",
    )
    assert "--trust" in (found.next_step or "")


def test_messages_without_a_time_may_be_of_any_day(tmp_path: Path) -> None:
    case = untimed(tmp_path, 12, 4)
    daily = 'kind = "rate", of = "messages", per = "day", op = "at-most", value = '
    assert [rate(case, f"{daily}{value}").verdict for value in (11, 12, 15, 16)] == [
        *("contradicted", "not testable", "not testable", "supported")
    ]
    count = 'kind = "count", of = "messages", where = { to = 2013-12-23T06:00:00Z }, op = "at-most", value = '
    found = rate(case, f"{count}6")
    assert (found.verdict, found.low, found.high) == ("not testable", 6, 10)
    assert rate(case, f"{count}10").verdict == "supported"


def test_that_no_mail_came_from_a_country_is_a_figure(case: Case) -> None:
    none = 'kind = "count", of = "messages", where = { country = "IS" }, op = '
    found = rate(case, f'{none}"at-least", value = 1')
    assert (found.figure, found.low) == (0, 0)
    unknown = found.high or 0
    assert rate(case, f'{none}"at-least", value = {int(unknown) + 1}').verdict == "contradicted"
    assert rate(case, f'{none}"at-most", value = {int(unknown)}').verdict == "supported"
    other_days = (
        'kind = "count", of = "messages", where = { country = "IS", to = 1999-01-01 }, op = "at-most", value = 0'
    )
    assert rate(case, other_days).verdict == "not testable"


def test_without_any_time_a_filter_by_time_takes_nothing(tmp_path: Path) -> None:
    case = untimed(tmp_path, 0, 4)
    found = rate(case, 'kind = "count", of = "messages", where = { to = 2014-01-01 }, op = "at-least", value = 1')
    assert (found.verdict, found.said) == ("not testable", "No message has a time by the receiver's clock.")
    assert "--trust" in (found.next_step or "")


def test_the_moment_of_a_filter_is_exact_before_1970_too(tmp_path: Path) -> None:
    moment = datetime(1969, 12, 31, 23, 59, 59, 250_000, tzinfo=UTC)
    case = made_case(tmp_path / "case", {"198.51.100.1": [moment, moment + timedelta(microseconds=1)]})
    counted = 'kind = "count", of = "messages", where = { from = 1969-12-31T23:59:59.250001Z }, op = "about", value = 1'
    found = rate(case, counted)
    assert found.figure == 1
    assert "TIMESTAMPTZ '1969-12-31 23:59:59.250001+00:00'" in found.rows[0].sql


def test_addresses_of_no_known_network_may_be_of_networks_of_their_own(tmp_path: Path) -> None:
    case = made_case(
        tmp_path / "case",
        {"198.51.100.1": 1, "198.51.100.2": 1, "198.51.100.3": 4},
        addresses={"198.51.100.1": {"asn": 64500}, "198.51.100.2": {"asn": 64500}},
    )
    networks = 'kind = "count", of = "networks", op = "at-most", value = '
    assert (rate(case, f"{networks}1").verdict, rate(case, f"{networks}2").verdict) == ("not testable", "supported")
    each = rate(case, 'kind = "ratio", of = "messages", per = "networks", op = "at-least", value = 4')
    assert (each.verdict, each.figure, each.low, each.high) == ("not testable", 6, 3, 6)


def test_the_most_messages_may_be_those_of_an_address_that_nobody_knows(tmp_path: Path) -> None:
    case = made_case(
        tmp_path / "case",
        {"198.51.100.1": 2, "198.51.100.2": 5},
        addresses={"198.51.100.1": {"country": "BR"}},
    )
    most = 'kind = "maximum", of = "messages", per = "address", where = { country = "BR" }, op = "at-most", value = '
    assert [rate(case, f"{most}{value}").verdict for value in (1, 2, 5)] == [
        *("contradicted", "not testable", "supported")
    ]


def test_a_share_exactly_at_the_threshold_is_left_open(tmp_path: Path) -> None:
    case = scanned(tmp_path, 25, 75)
    at = 'kind = "share", of = "addresses", with = { device = "thing" }, op = "{}", value = 0.25'
    for op in ("at-least", "at-most", "more-than", "less-than"):
        assert rate(case, at.replace("{}", op)).verdict == "not testable"


def test_a_line_that_is_known_by_one_name_alone_may_be_another(tmp_path: Path) -> None:
    kinds = [
        {"access": "business", "access_confidence": "fair"},
        {"access": "residential", "access_confidence": "strong"},
    ]
    addresses = {f"198.51.100.{number}": kinds[number % 4 > 0] for number in range(40)}
    case = made_case(tmp_path / "case", dict.fromkeys(addresses, 1), addresses=addresses)
    for of in ("messages", "addresses"):
        homes, firms = (
            rate(case, f'kind = "count", of = "{of}", where = {{ access = "{access}" }}, op = "at-least", value = 1')
            for access in ("residential", "business")
        )
        assert (homes.verdict, homes.figure, homes.low, homes.high) == ("supported", 30, 30, 40)
        assert (firms.verdict, firms.figure, firms.low, firms.high) == ("not testable", 10, 0, 10)
        shares = f'kind = "share", of = "{of}", op = "at-most", value = 0.5, with = {{ access = '
        homes, firms = (rate(case, f'{shares}"{access}" }}') for access in ("residential", "business"))
        assert (homes.figure, homes.high) == (0.75, 1)
        assert (firms.figure, firms.low) == (0.25, 0)


@pytest.mark.parametrize(
    ("predicate", "figure", "verdict", "span"),
    [
        ('kind = "maximum", of = "messages", per = "address", op = "at-most", value = 10', 20, "not testable", (3, 20)),
        ('kind = "rate", of = "messages", per = "day", op = "at-least", value = 20', 23, "not testable", None),
        (
            'kind = "ratio", of = "messages", per = "addresses", op = "at-least", value = 5',
            11.5,
            "not testable",
            (1.5, 23),
        ),
    ],
)
def test_what_a_line_known_by_one_name_alone_sent_may_not_count(
    tmp_path: Path, predicate: str, figure: float, verdict: str, span: tuple[float, float] | None
) -> None:
    addresses = {
        "198.51.100.1": {"access": "residential", "access_confidence": "fair"},
        "198.51.100.2": {"access": "residential", "access_confidence": "strong"},
    }
    case = made_case(tmp_path / "case", {"198.51.100.1": 20, "198.51.100.2": 3}, addresses=addresses)
    found = rate(case, f'{predicate}, where = {{ access = "residential" }}')
    assert (found.verdict, found.figure) == (verdict, figure)
    assert span is None or (found.low, found.high) == span


def test_a_share_of_a_sort_that_is_not_known_of_all_may_be_that_of_all_these(case: Case) -> None:
    # Of nine messages four are from a mail service, and of the lines of the others nothing is known: they need not be
    # like it, as silent addresses are taken to be like those that answered.
    found = rate(
        case,
        'kind = "share", of = "messages", with = { access = "mail-provider" }, where = { not-access = "hosting" }, '
        'op = "at-most", value = 1',
    )
    assert found.figure == pytest.approx(4 / 9)
    assert found.high == 1
    assert any("An access type is read from names and networks" in sentence for sentence in found.assumptions)


@pytest.mark.parametrize("with_", ['country = "US"', 'access = "residential"', "from = 2014-01-01"])
def test_a_share_of_what_the_case_knows_nothing_of_is_not_testable(tmp_path: Path, with_: str) -> None:
    found = rate(
        untimed(tmp_path, 0, 9), f'kind = "share", of = "messages", with = {{ {with_} }}, op = "at-most", value = 1'
    )
    assert found.verdict == "not testable"
    assert found.next_step


@pytest.mark.parametrize(
    "run",
    [
        {"hosts": "many", "control": "same"},
        {"hosts": {"lower": 1}, "control": {"things": [], "types": [1, {"what": "router"}]}},
        {"hosts": {**HOSTS, "upper": float("nan")}, "control": {**CONTROL("same"), "types": None}},
        {"control": {"things": {"verdict": "more", "odds_ratio": float("nan"), "low": "1", "high": float("inf")}}},
    ],
)
def test_a_run_record_that_was_tampered_with_gives_json_all_the_same(tmp_path: Path, run: dict[str, Any]) -> None:
    case = scanned(tmp_path, 3, 3, **run)
    kinds = ('kind = "as-neighbours", device = "thing"', 'kind = "as-neighbours", device = "router"', SENT)
    claims = claims_of(*kinds, 'kind = "count", of = "hosts", op = "at-least", value = 1')
    json.dumps(check_claims(case, claims).as_dict(), allow_nan=False)


def test_patterns_in_the_name_of_a_case_are_text_in_its_queries(tmp_path: Path) -> None:
    case = made_case(tmp_path / "it's [1]*", {"198.51.100.1": 1})
    found = rate(case, 'kind = "count", of = "messages", op = "at-least", value = 1')
    assert "/it''s [[]1][*]/messages/*.parquet'" in found.rows[0].sql


def test_an_empty_case_says_nothing(tmp_path: Path) -> None:
    case = made_case(tmp_path / "case", {})
    for predicate in (
        'kind = "count", of = "messages", op = "at-least", value = 1',
        'kind = "count", of = "devices", op = "at-least", value = 1',
        SHARE,
        SENT,
        'kind = "period", first = 2013-12-23, last = 2014-01-06',
        'kind = "bursts", of = "size", op = "at-least", value = 1',
        'kind = "ratio", of = "messages", per = "addresses", op = "at-least", value = 1',
    ):
        assert rate(case, predicate).verdict == "not testable"


# The queries


@pytest.mark.parametrize(
    ("predicate", "answer"),
    [
        ('kind = "count", of = "messages", where = { from = 2013-12-23T02:00:00Z, country = "BR" }, {op}', [(1,)]),
        ('kind = "count", of = "addresses", where = { not-access = "mail-provider" }, {op}', [(2,)]),
        ('kind = "count", of = "networks", {op}', [(2,)]),
        ('kind = "count", of = "messages", where = { campaign = 5 }, {op}', [(3,)]),
        ('kind = "share", of = "messages", with = { country = "BR" }, {op}', [(5, 9)]),
        ('kind = "share", of = "addresses", with = { access = "mail-provider" }, {op}', [(1, 3)]),
        ('kind = "ratio", of = "messages", per = "addresses", {op}', [(3.0,)]),
        ('kind = "maximum", of = "messages", per = "address", where = { country = "BR" }, {op}', None),
        ('kind = "rate", of = "messages", per = "day", {op}', None),
        ('kind = "bursts", of = "size", {op}', None),
    ],
)
def test_a_reader_can_repeat_the_query(case: Case, predicate: str, answer: list[tuple[float, ...]] | None) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is no dependency: pip install duckdb to try the queries")
    found = rate(case, predicate.replace("{op}", 'op = "at-least", value = 0'))
    for rows in found.rows:
        if rows.sql:
            got = duckdb.sql(rows.sql).fetchall()
            assert answer is None or got == answer


def test_what_is_not_known_to_belong_may_belong(tmp_path: Path) -> None:
    case = scanned(tmp_path, 3, 2, 5)
    predicate = 'kind = "count", of = "addresses", where = { device = "thing" }, op = "more-than", value = '
    found = rate(case, predicate + "2")
    assert (found.verdict, found.figure, found.low, found.high) == ("supported", 3, 3, 8)
    assert rate(case, predicate + "5").verdict == "not testable"
    assert rate(case, predicate + "8").verdict == "contradicted"
    silent_elsewhere = predicate.replace('"thing"', '"thing", to = 2013-12-01')
    assert "No message" in rate(case, silent_elsewhere + "2").said


def test_an_address_without_access_type_may_have_any(case: Case) -> None:
    found = rate(
        case, 'kind = "count", of = "messages", where = { access = "mail-provider" }, op = "at-least", value = 4'
    )
    assert (found.verdict, found.low, found.high) == ("supported", 4, 9)


def test_a_case_of_another_version_is_no_reason_to_fail(tmp_path: Path) -> None:
    sent = {"198.51.100.1": 2}
    case = made_case(
        tmp_path / "case",
        sent,
        addresses={"198.51.100.1": ROUTER},
        messages={"198.51.100.1": {"campaign": 7}},
        campaigns=[{"campaign": 8}],
        run={"hosts": {}, "control": None},
    )
    assert rate(case, 'kind = "count", of = "devices", op = "at-most", value = 10').verdict == "supported"
    assert rate(case, SENT).verdict == "not testable"
    assert rate(case, 'kind = "sent-by", device = "thing", where = { campaign = 8 }').verdict == "not testable"
