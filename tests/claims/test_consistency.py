"""Published figures held against each other, without any case."""

from __future__ import annotations

from attribution.claims import check_consistency, parse_claims, read_claims
from tests.claims.made_case import ABOUT

COUNTS = {
    "messages": 'kind = "count", of = "messages"',
    "addresses": 'kind = "count", of = "addresses"',
    "per_day": 'kind = "rate", of = "messages", per = "day"',
    "bursts_per_day": 'kind = "bursts", of = "per-day"',
    "burst_size": 'kind = "bursts", of = "size"',
    "max_per_address": 'kind = "maximum", of = "messages", per = "address"',
}


def verdicts(*figures: tuple[str, str, float], days: str = "") -> dict[str, str]:
    """Return relations by their arithmetic; figures are quantity, operator and value."""
    text = ABOUT
    for number, (quantity, op, value) in enumerate(figures):
        text += f'[[claim]]\nid = "c{number}"\nwording = "w"\nsource = "s"\nquantity = "{quantity}"\n'
        text += f'predicate = {{ {COUNTS[quantity]}, op = "{op}", value = {value} }}\n'
    if days:
        text += f'[[claim]]\nid = "days"\nwording = "w"\nsource = "s"\npredicate = {{ kind = "period", {days} }}\n'
    return {found.arithmetic: found.verdict for found in check_consistency(parse_claims("c.toml", text).claims)}


def test_the_published_figures_of_2014() -> None:
    found = {relation.arithmetic: relation for relation in check_consistency(read_claims("proofpoint-2014").claims)}
    assert {arithmetic: relation.verdict for arithmetic, relation in found.items()} == {
        "3 (bursts a day) × 100,000 (messages in a burst) = 300,000; "
        "published: 100,000 (messages a day)": "inconsistent",
        "15 (days from first to last) × 3 (bursts a day) × 100,000 (messages in a burst) = 4,500,000; "
        "published: 750,000 (messages in all)": "inconsistent",
        "15 (days from first to last) × 100,000 (messages a day) = 1,500,000; "
        "published: 750,000 (messages in all)": "inconsistent",
        "750,000 (messages in all) / 100,000 (addresses that sent) = 7.50; "
        "published: at most 10 (most messages of one address)": "consistent",
        "100,000 (addresses that sent); published: at most 750,000 (messages in all)": "consistent",
    }
    each = next(relation for arithmetic, relation in found.items() if "7.50" in arithmetic)
    assert each.claims == ("messages", "devices", "per-address")


def test_what_fits_fits() -> None:
    days = "first = 2013-12-23, last = 2014-01-06"
    assert verdicts(("per_day", "about", 50_000), ("messages", "at-least", 750_000), days=days) == {
        "15 (days from first to last) × 50,000 (messages a day) = 750,000; "
        "published: 750,000 (messages in all)": "consistent"
    }


def test_more_each_than_the_most_of_one_cannot_be() -> None:
    figures = [("messages", "about", 1_000_000), ("addresses", "about", 10_000), ("max_per_address", "at-most", 10)]
    assert list(verdicts(*figures).values()) == ["inconsistent", "consistent"]


def test_more_addresses_than_messages_cannot_be() -> None:
    assert list(verdicts(("messages", "at-most", 100), ("addresses", "more-than", 1_000)).values()) == ["inconsistent"]


def test_a_figure_said_twice_must_be_the_same() -> None:
    said = verdicts(("messages", "about", 750_000), ("messages", "about", 760_000), ("messages", "about", 2_000_000))
    assert list(said.values()) == ["consistent", "inconsistent", "inconsistent"]


def test_a_limit_that_is_not_within_is_not_reached() -> None:
    assert list(verdicts(("messages", "more-than", 100), ("messages", "less-than", 100)).values()) == ["inconsistent"]
    assert list(verdicts(("messages", "at-least", 100), ("messages", "at-most", 100)).values()) == ["consistent"]
    assert list(verdicts(("messages", "at-most", 100), ("addresses", "more-than", 100)).values()) == ["inconsistent"]
    assert list(verdicts(("messages", "at-most", 100), ("addresses", "at-least", 100)).values()) == ["consistent"]


def test_no_message_of_no_address_is_no_contradiction() -> None:
    figures = [("messages", "about", 0), ("addresses", "about", 0), ("max_per_address", "at-most", 10)]
    assert list(verdicts(*figures).values()) == ["consistent", "consistent"]


def test_a_figure_said_many_times_does_not_fill_the_answer() -> None:
    text = ABOUT
    for number in range(200):
        text += f'[[claim]]\nid = "c{number}"\nwording = "w"\nsource = "s"\nquantity = "messages"\n'
        text += f'predicate = {{ kind = "count", of = "messages", op = "about", value = {10**number % 10**9} }}\n'
    assert len(check_consistency(parse_claims("c.toml", text).claims)) < 1_000


def test_claims_without_quantities_have_no_relations() -> None:
    assert verdicts(("messages", "about", 1)) == {}
