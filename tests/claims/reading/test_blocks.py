"""Claims files: what may be written, and what is said of what may not, with the line."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.claims import ClaimsFileError, parse_claims
from tests.claims.made_case import ABOUT
from tests.claims.reading.made_file import CLAIM, faults


def test_a_file_is_read() -> None:
    found = parse_claims("c.toml", ABOUT + "\n" + CLAIM)
    assert (found.about.title, found.about.published) == ("A report", date(2014, 1, 16))
    (claim,) = found.claims
    assert (claim.id, claim.line, claim.quantity) == ("messages", 7, "messages")
    assert (claim.predicate.kind, claim.predicate.op, claim.predicate.value) == ("count", "at-least", 750_000)


def test_a_filter_of_the_whole_file_holds_where_a_claim_says_nothing_else() -> None:
    text = ABOUT + 'where = { not-access = "mail-provider", country = "us" }\n' + CLAIM
    text += """
[[claim]]
id = "days"
wording = "in one week"
source = "page 2"
[claim.predicate]
kind = "count"
of = "addresses"
op = "between"
value = [1, 20]
[claim.predicate.where]
from = 2014-01-01
to = 2014-01-07
country = "BR"
"""
    first, second = parse_claims("c.toml", text).claims
    assert (first.predicate.where.country, first.predicate.where.not_access) == ("US", ("mail-provider",))
    where = second.predicate.where
    assert (where.country, where.not_access) == ("BR", ("mail-provider",))
    # A day as the end is within.
    assert (where.begin, where.end) == (datetime(2014, 1, 1, tzinfo=UTC), datetime(2014, 1, 8, tzinfo=UTC))
    assert (second.predicate.value, second.predicate.value_to) == (1, 20)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        (
            'kind = "count"',
            'kind = "cuont"',
            11,
            'claim "messages": unknown kind "cuont" (did you mean "count"?); expected one of count, share',
        ),
        ('op = "at-least"', 'op = ">="', 11, 'unknown op ">=" (did you mean "at-least"?); expected one of at-least'),
        ("value = 750_000", 'value = "many"', 11, "value must be a number, not a text"),
        ("value = 750_000", "value = true", 11, "value must be a number, not true or false"),
        ("value = 750_000", "value = nan", 11, "value must be a number, not nan"),
        ("value = 750_000", "value = -inf", 11, "value must be a number, not -inf"),
        ("value = 750_000", "value = 1e400", 11, "value must be a number, not inf"),
        ("value = 750_000", f"value = {'9' * 400}", 11, "value must be a number, not a number that is too large"),
        ("value = 750_000", "value = -1", 11, "value must be from 0 to"),
        ("value = 750_000", "value = 1, where = { to = 9999-12-31 }", 11, "to is at the end of the calendar"),
        ("value = 750_000", "value = 1, where = { from = 2014-01-01T00:00:00 }", 11, "or a time with its zone"),
        ("value = 750_000", 'value = 1, where = { subject = "x" }', 11, 'unknown key "subject"; a filter has campaign'),
        ("value = 750_000", """value = 1, where = { country = "' OR 1" }""", 11, "country must be a code"),
        ('quantity = "messages"', 'see = "other"', 10, 'unknown key "see"; a claim has id, wording'),
        (", value = 750_000", "", 11, '"count" needs value: a number'),
        ('of = "messages"', 'of = "spam"', 11, 'unknown of "spam"; expected one of messages, addresses'),
        ('source = "page 1"\n', "", 6, 'claim "messages": it has no source: write source = "..."'),
        ('source = "page 1"', "source = 1", 9, "source must be a text in quotes, not a number"),
        ('source = "page 1"', 'source = " "', 9, "source is empty"),
        ('quantity = "messages"', 'quantity = "mails"', 10, 'unknown quantity "mails"'),
        ('quantity = "messages"', "tolerance = 0.1", 10, 'tolerance goes with op = "about" alone'),
        (
            'quantity = "messages"',
            "tolerence = 0.1",
            10,
            'unknown key "tolerence" (did you mean "tolerance"?); a claim has',
        ),
        ("published = 2014-01-16", 'published = "16 January"', 4, "[about]: published must be a day without quotes"),
        ("published = 2014-01-16", "published = 2014-01-16T10:00:00Z", 4, "published must be a day"),
        ('who = "Example, Inc."\n', "", 1, "[about]: it has no who"),
        ('who = "Example, Inc."', 'who = "E"\nsample = 2', 6, "sample must be a share from 1e-09 to below 1"),
        (
            "value = 750_000",
            "value = 1, when = 2",
            11,
            'unknown key "when" (did you mean "where"?); "count" has kind, of',
        ),
        ("value = 750_000", "value = 1, where = { land = 1 }", 11, 'unknown key "land"; a filter has campaign'),
        ("value = 750_000", 'value = 1, where = { country = "Brazil" }', 11, "country must be a code of two letters"),
        ("value = 750_000", 'value = 1, where = { campaign = "x" }', 11, "campaign must be the key of a campaign"),
        ("value = 750_000", 'value = 1, where = { device = "toaster" }', 11, 'unknown device "toaster"'),
        ("value = 750_000", 'value = 1, where = { from = "May" }', 11, "from must be a day (2014-01-16) or a time"),
        ("value = 750_000", "value = 1, where = { from = 2014-01-02, to = 2014-01-01 }", 11, "to is before from"),
        (
            "value = 750_000",
            'value = 1, where = { grade = "good" }',
            11,
            'unknown grade "good"; expected one of vouched',
        ),
        ('op = "at-least", value = 750_000', 'op = "between", value = [2, 1]', 11, "between takes two numbers"),
        ("predicate = {", 'predicate = "many" #', 11, "predicate must be a table"),
    ],
)
def test_a_fault_is_named_with_its_line(old: str, new: str, line: int, says: str) -> None:
    text = ABOUT + CLAIM
    assert old in text
    (fault,) = faults(text.replace(old, new))
    assert fault.startswith(f"c.toml:{line}: ")
    assert says in fault


@pytest.mark.parametrize(
    ("predicate", "quantity", "says"),
    [
        ('kind = "period", first = 2014-01-01, last = 2014-01-02', "messages", "write quantity = "),
        ('kind = "share", of = "messages", with = { country = "US" }, op = "about", value = 1', "messages", "leave it"),
        ('kind = "exists", device = "thing"', "addresses", "leave it out"),
    ],
)
def test_a_quantity_is_that_of_a_figure(predicate: str, quantity: str, says: str) -> None:
    claim = f'id = "a"\nwording = "b"\nsource = "c"\nquantity = "{quantity}"\npredicate = {{ {predicate} }}\n'
    (fault,) = faults(f"{ABOUT}[[claim]]\n{claim}")
    assert fault.startswith('c.toml:10: claim "a": ')
    assert says in fault


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    second = CLAIM.replace('source = "page 1"\n', "").replace("at-least", "atleast")
    found = faults(ABOUT.replace("2014-01-16", "16") + CLAIM + second)
    assert [fault.split(":")[1] for fault in found] == ["4", "12", "13", "16"]
    assert "its id stands in line 7 already" in found[2]


def test_faults_without_end_are_cut() -> None:
    found = faults(ABOUT + "[[claim]]\n" * 100)
    assert len(found) == 21
    assert found[-1] == "c.toml: and 380 more"


@given(st.text(alphabet="[]claimbout=\"\n.'{},#0 \\\u202e\x1b", max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_claims("c.toml", text)
    except ClaimsFileError as error:
        assert error.problems  # noqa: PT017 (either outcome will do)
