"""Numbers that TOML reads otherwise than who wrote them: a full stop between thousands."""

from __future__ import annotations

import pytest

from attribution.claims import parse_claims
from attribution.claims.vocabulary import KINDS
from tests.claims.made_case import ABOUT, claims_of
from tests.claims.reading.made_file import CLAIM, faults

COUNTS = (
    'kind = "count", of = "messages"',
    'kind = "count", of = "devices"',
    'kind = "maximum", of = "messages", per = "address"',
)
MEANS = (
    'kind = "rate", of = "messages", per = "day"',
    'kind = "ratio", of = "messages", per = "addresses"',
    'kind = "bursts", of = "per-day"',
    'kind = "bursts", of = "size"',
)
SHARES = (
    'kind = "share", of = "messages", with = { country = "US" }',
    'kind = "sent-by", device = "thing"',
)


def said(predicate: str) -> list[str]:
    claim = f'[[claim]]\nid = "a"\nwording = "b"\nsource = "c"\npredicate = {{ {predicate} }}\n'
    found = faults(ABOUT + claim)
    assert all(fault.startswith('c.toml:10: claim "a": ') for fault in found)
    return [fault.removeprefix('c.toml:10: claim "a": ') for fault in found]


def test_a_full_stop_between_thousands_is_told_with_its_line_and_what_to_write() -> None:
    (fault,) = faults(ABOUT + CLAIM.replace("750_000", "750.000"))
    assert fault == (
        'c.toml:11: claim "messages": whole things are counted: write 750000 or 750_000 in place of 750.000'
    )


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(
    ("written", "write"),
    [
        ("100.000", "100000 or 100_000"),
        ("1.234", "1234 or 1_234"),
        ("+7.500", "7500 or 7_500"),
        # One way to write whole numbers, so that nobody has to know how many zeros are thousands.
        ("3.0", "3"),
        ("750_000.0", "750000"),
        ("-0.0", "0"),
        ("2.5", "a whole number"),
        ("0.25", "a whole number"),
        ("1.5e0", "a whole number"),
        ("5e-1", "a whole number"),
    ],
)
def test_what_is_counted_has_no_fraction(count: str, written: str, write: str) -> None:
    assert said(f'{count}, op = "at-least", value = {written}') == [
        f"whole things are counted: write {write} in place of {written}"
    ]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(
    ("written", "value"), [("3", 3), ("750_000", 750_000), ("1e6", 1_000_000), ("7.5e5", 750_000), ("0", 0)]
)
def test_whole_numbers_may_have_an_exponent(count: str, written: str, value: int) -> None:
    (claim,) = claims_of(f'{count}, op = "at-least", value = {written}').claims
    assert claim.predicate.value == value


@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize(("written", "write"), [("750.000", "750.0"), ("7.500", "7.5"), ("1.234", "1.2340")])
def test_of_a_mean_what_may_be_thousands_is_asked_for(mean: str, written: str, write: str) -> None:
    thousands, parted = written.replace(".", ""), written.replace(".", "_")
    assert said(f'{mean}, op = "about", value = {written}') == [
        f"{written} may be a fraction or thousands: write {write}, or {thousands} or {parted}"
    ]
    (claim,) = claims_of(f'{mean}, op = "about", value = {write}').claims
    assert claim.predicate.value == float(written)


@pytest.mark.parametrize("mean", MEANS)
@pytest.mark.parametrize("written", ["7.5", "3.0", "0.125", "12.3456", "1234.500", "750_000.0", "1.250e2"])
def test_other_fractions_of_a_mean_are_taken(mean: str, written: str) -> None:
    (claim,) = claims_of(f'{mean}, op = "about", value = {written}').claims
    assert claim.predicate.value == float(written)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("written", ["0.25", "0.250", "1.000", "1.0", "1"])
def test_a_share_is_a_fraction(share: str, written: str) -> None:
    (claim,) = claims_of(f'{share}, op = "at-least", value = {written}').claims
    assert claim.predicate.value == float(written)


def test_a_share_of_thousands_is_no_share() -> None:
    assert "write 0.25 for 25 %" in said(f'{SHARES[0]}, op = "about", value = 25.000')[0]


def test_both_ends_of_a_range_are_looked_at() -> None:
    found = said(f'{COUNTS[0]}, op = "between", value = [750.000, 800.000]')
    assert [says.partition(": ")[2] for says in found] == [
        "write 750000 or 750_000 in place of 750.000",
        "write 800000 or 800_000 in place of 800.000",
    ]
    # 750 is below 1,000: that the order is wrong would be the second fault of one cause.
    assert len(said(f'{COUNTS[0]}, op = "between", value = [1_000, 750.000]')) == 1
    assert len(said(f'{MEANS[0]}, op = "between", value = [7.5, 100.000]')) == 1


def test_shares_beside_a_count_are_fractions() -> None:
    text = (
        ABOUT
        + "sample = 0.100\n"
        + CLAIM.replace('"at-least"', '"about"').replace("quantity", "tolerance = 0.200\nquantity")
    )
    found = parse_claims("c.toml", text)
    assert (found.about.sample, found.claims[0].predicate.tolerance) == (0.1, 0.2)
    assert type(found.about.sample) is type(found.claims[0].predicate.value) is float


def test_a_number_that_is_no_key_of_a_campaign() -> None:
    (fault,) = faults(ABOUT + CLAIM.replace(" }", ", where = { campaign = 25.008 } }"))
    assert "campaign must be the key of a campaign" in fault


def test_every_kind_with_a_figure_is_a_count_a_share_or_a_mean() -> None:
    assert {name for name, kind in KINDS.items() if kind.whole} == {"count", "maximum"}
    assert not any(kind.whole and kind.share for kind in KINDS.values())


def test_a_long_number_is_told_in_short() -> None:
    (says,) = said(f'{COUNTS[0]}, op = "at-least", value = 1.{"0" * 900}')
    assert len(says) < 150
