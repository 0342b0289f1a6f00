"""What a verdict speaks of: no supported claim can be read as one about who sent, where that was not asked."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from attribution.claims import check_claims
from attribution.cli.claims_view import show_claims
from tests.claims.made_case import START, claims_of, made_case, rate

if TYPE_CHECKING:
    from pathlib import Path

    from attribution import Case

ROUTER = {"device_type": "router", "device_types": ["router"], "device_grade": "shared", "banners": 1}
ANY = 'op = "at-least", value = 0'


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Give twenty addresses with a router, in one country, on lines of homes, with a message an hour each."""
    place = {"country": "BR", "access": "residential", "asn": 64500}
    addresses = {f"198.51.100.{number}": {**ROUTER, **place} for number in range(20)}
    row = {"campaign": 7, "name": "Parcel"}
    return made_case(
        tmp_path / "case",
        dict.fromkeys(addresses, 12),
        addresses=addresses,
        messages={ip: {"campaign": 7} for ip in addresses},
        campaigns=[row],
    )


KINDS = {
    "count": f'kind = "count", of = "messages", {ANY}, where = {{ {{}} }}',
    "share": f'kind = "share", of = "messages", {ANY}, with = {{ {{}} }}',
    "share of them": f'kind = "share", of = "messages", {ANY}, with = {{ grade = "vouched" }}, where = {{ {{}} }}',
    "maximum": f'kind = "maximum", of = "messages", per = "address", {ANY}, where = {{ {{}} }}',
    "ratio": f'kind = "ratio", of = "messages", per = "addresses", {ANY}, where = {{ {{}} }}',
    "rate": f'kind = "rate", of = "messages", per = "day", {ANY}, where = {{ {{}} }}',
    "bursts": f'kind = "bursts", of = "per-day", {ANY}, where = {{ {{}} }}',
    "period": f'kind = "period", first = {START:%Y-%m-%d}, last = {START:%Y-%m-%d}, where = {{ {{}} }}',
    "hosts": f'kind = "count", of = "hosts", {ANY}, where = {{ {{}} }}',
    "exists": 'kind = "exists", device = "router", where = { {} }',
}
"""A claim of each kind that this case supports, with a place for a filter."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("condition", "so", "unsaid", "supposed"),
    [
        (
            'device = "router"',
            'That it sent the mail is another claim. Ask it with kind = "sent-by".',
            "who sent",
            (
                "A banner speaks about the address",
                "Behind a home router several hosts share",
                "A banner can be made up",
            ),
        ),
        (
            'country = "BR"',
            "Where whoever used them was is not said.",
            "where whoever sent was",
            ("A country is where a database places the address",),
        ),
        (
            'access = "residential"',
            "What sent over it, and whose it was, is not said.",
            "what sent over them",
            ("An access type is read from names and networks",),
        ),
        (
            "campaign = 7",
            "Who is behind it, and whether they are one or many, is not said.",
            "who is behind it",
            ("Which messages belong to the campaign is the result of this program",),
        ),
    ],
)
def test_what_is_supported_of_addresses_says_that_it_is_of_addresses(
    case: Case, kind: str, condition: str, so: str, unsaid: str, supposed: tuple[str, ...]
) -> None:
    found = rate(case, KINDS[kind].replace("{}", condition))
    assert found.verdict == "supported"
    assert so in found.why
    assert unsaid in (found.speaks_of or "").partition("; not said: ")[2]
    for sentence in supposed:
        assert sum(one.startswith(sentence) for one in found.assumptions) == 1


@pytest.mark.parametrize(
    ("of", "so"),
    [
        ("addresses", "How many machines sent is another claim."),
        ("networks", "Which customer sent is not said."),
        ("countries", "Where whoever used them was is not said."),
        ("campaigns", "Who is behind it, and whether they are one or many, is not said."),
    ],
)
def test_what_is_counted_is_not_taken_for_what_it_is_not(case: Case, of: str, so: str) -> None:
    found = rate(case, f'kind = "count", of = "{of}", {ANY}')
    assert found.verdict == "supported"
    assert so in found.why


def test_a_contradiction_is_of_addresses_too(case: Case) -> None:
    found = rate(case, 'kind = "share", of = "messages", with = { device = "router" }, op = "at-most", value = 0.1')
    assert found.verdict == "contradicted"
    assert "That it sent the mail is another claim." in found.why


def test_handovers_that_are_only_claimed_are_named_where_they_count(case: Case) -> None:
    claimed = 'kind = "count", of = "addresses", where = { grade = ["vouched", "claimed"] }, op = "at-least", value = 1'
    found = rate(case, claimed)
    assert "Whoever sends can write a handover that is only claimed." in found.why
    assert not any("Only handovers that the receiver vouches for" in sentence for sentence in found.assumptions)


@pytest.mark.parametrize("predicate", ['kind = "count", of = "messages", {ANY}', 'kind = "not-testable", reason = "x"'])
def test_where_nothing_can_be_mistaken_nothing_is_added(case: Case, predicate: str) -> None:
    assert rate(case, predicate.replace("{ANY}", ANY)).speaks_of is None


def test_it_stands_beside_the_verdicts(case: Case) -> None:
    checked = check_claims(
        case, claims_of('kind = "exists", device = "router"', f'kind = "count", of = "messages", {ANY}')
    )
    out = io.StringIO()
    show_claims(Console(file=out, width=100), checked)
    verdicts = out.getvalue().partition("\n\nc0")[0]
    assert "c0: speaks of what answers on addresses; not said: who sent" in verdicts
    assert "<td>what answers on addresses; not said: who sent</td>" in checked._repr_html_()
    assert checked.as_dict()["claims"][0]["speaks_of"] == "what answers on addresses; not said: who sent"
