"""Predicates of a claims file: the keys of each kind, and what programs are given of them."""

from __future__ import annotations

import json
import math

import pytest

from attribution.claims import parse_claims
from attribution.claims.model import Predicate
from tests.claims.made_case import ABOUT, claims_of
from tests.claims.reading.made_file import CLAIM, faults


@pytest.mark.parametrize(
    ("predicate", "says"),
    [
        ('kind = "share", of = "messages", op = "at-least", value = 0.2', '"share" needs with: a filter'),
        (
            'kind = "share", of = "messages", with = { device = "thing" }, op = "at-least", value = 25',
            "value must be a share from 0 to 1: write 0.25 for 25 %",
        ),
        ('kind = "sent-by", device = "thing", op = "at-most", value = 0.2', "expected one of at-least, more-than"),
        ('kind = "sent-by", device = "thing", value = 0.2', "op and value belong together"),
        ('kind = "period", first = 2014-01-06, last = 2013-12-23', "last (2013-12-23) is before first (2014-01-06)"),
        ('kind = "period", first = 2014-01-06', '"period" needs last: last = 2014-01-06'),
        ('kind = "not-testable"', '"not-testable" needs reason'),
        ('kind = "share", of = "messages", with = {}, op = "about", value = 0.2', "with holds no condition"),
        ('kind = "ratio", of = "messages", per = "messages", op = "about", value = 1', "for each of themselves"),
        ('kind = "maximum", of = "messages", op = "at-most", value = 10', '"maximum" needs per: one of address'),
        ('kind = "exists", device = ["router", "nas"]', 'device is a list; expected "thing" or one of the types in'),
        (
            'kind = "sent-by", device = "router", where = { device = "thing" }',
            "a device in where keeps none but senders that show one",
        ),
        ('kind = "as-neighbours", device = "router", where = { device = "router" }', "leave it out of where"),
        ('of = "messages"', "its predicate has no kind"),
    ],
)
def test_a_kind_has_its_own_keys(predicate: str, says: str) -> None:
    text = f'{ABOUT}[[claim]]\nid = "a"\nwording = "b"\nsource = "c"\npredicate = {{ {predicate} }}\n'
    (fault,) = faults(text)
    assert fault.startswith('c.toml:10: claim "a": ')
    assert says in fault


def test_a_predicate_is_given_to_programs_by_the_keys_of_the_file() -> None:
    text = ABOUT + 'where = { access = "residential" }\n' + CLAIM
    where = """, where = { campaign = 7, from = 2014-01-01T01:00:00+01:00, to = 2014-01-07, country = "us" }"""
    (claim,) = parse_claims("c.toml", text.replace("750_000 }", f"750_000{where} }}")).claims
    assert claim.predicate.as_dict() == {
        "kind": "count",
        "of": "messages",
        "per": None,
        "op": "at-least",
        "value": 750_000,
        "value_to": None,
        "device": None,
        "first": None,
        "last": None,
        "where": {
            "campaign": [7],
            "from": "2014-01-01T00:00:00+00:00",
            "to": "2014-01-08T00:00:00+00:00",
            "country": "US",
            "access": ["residential"],
        },
        "with": {},
    }


@pytest.mark.parametrize(
    ("predicate", "shown"),
    [
        ('kind = "count", of = "hosts", op = "between", value = [1, 2]', {"of": "hosts", "value": 1, "value_to": 2}),
        ('kind = "exists", device = "router"', {"of": None, "op": None, "value": None, "device": "router"}),
        ('kind = "sent-by", device = "nas"', {"of": "messages", "op": None, "value": None, "device": "nas"}),
        ('kind = "period", first = 2014-01-06, last = 2014-01-07', {"first": "2014-01-06", "last": "2014-01-07"}),
        ('kind = "rate", of = "messages", per = "day", op = "about", value = 0', {"per": "day", "value": 0}),
        (
            'kind = "share", of = "addresses", with = { grade = "vouched", name = "x" }, op = "about", value = 0.5',
            {"where": {}, "with": {"name": "x", "grade": ["vouched"]}, "value": 0.5},
        ),
        ('kind = "not-testable", reason = "x"', {"kind": "not-testable", "of": None, "value": None, "where": {}}),
    ],
)
def test_each_kind_of_predicate_is_given_to_programs(predicate: str, shown: dict[str, object]) -> None:
    (claim,) = claims_of(predicate).claims
    found = claim.predicate.as_dict()
    assert {key: found[key] for key in shown} == shown
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_what_is_given_to_programs_has_no_nan() -> None:
    assert Predicate("count", op="about", value=math.nan, value_to=math.inf).as_dict()["value"] is None
    assert Predicate("count", op="about", value=math.nan, value_to=math.inf).as_dict()["value_to"] is None


def test_a_device_that_holds_for_the_whole_file_is_told_at_the_predicate() -> None:
    text = ABOUT + 'where = { device = "router" }\n[[claim]]\nid = "a"\nwording = "b"\nsource = "c"\n'
    (fault,) = faults(text + 'predicate = { kind = "sent-by", device = "router" }\n')
    assert fault.startswith('c.toml:11: claim "a": "sent-by" holds senders against their neighbours')
    assert "that of [about] too" in fault
