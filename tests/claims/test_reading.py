"""Claims files: what may be written, and what is said of what may not, with the line."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.claims import ClaimsFileError, packaged, parse_claims, read_claims
from attribution.claims.lines import Lines
from attribution.claims.reading import MAX_BYTES
from attribution.errors import InputNotFoundError
from tests.claims.made_case import ABOUT

if TYPE_CHECKING:
    from pathlib import Path

CLAIM = """\
[[claim]]
id = "messages"
wording = "more than 750,000 mails"
source = "page 1"
quantity = "messages"
predicate = { kind = "count", of = "messages", op = "at-least", value = 750_000 }
"""


def faults(text: str) -> list[str]:
    with pytest.raises(ClaimsFileError) as caught:
        parse_claims("c.toml", text)
    return list(caught.value.problems)


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
            'claim "messages": unknown kind "cuont"; expected one of count, share',
        ),
        ('op = "at-least"', 'op = ">="', 11, 'unknown op ">="; expected one of at-least, at-most'),
        ("value = 750_000", 'value = "many"', 11, "value must be a number, not a text"),
        ("value = 750_000", "value = true", 11, "value must be a number, not true or false"),
        ("value = 750_000", "value = nan", 11, "value must be a number"),
        (", value = 750_000", "", 11, '"count" needs value: a number'),
        ('of = "messages"', 'of = "spam"', 11, 'unknown of "spam"; expected one of messages, addresses'),
        ('source = "page 1"\n', "", 6, 'claim "messages": it has no source: write source = "..."'),
        ('source = "page 1"', "source = 1", 9, "source must be a text in quotes, not a number"),
        ('source = "page 1"', 'source = " "', 9, "source is empty"),
        ('quantity = "messages"', 'quantity = "mails"', 10, 'unknown quantity "mails"'),
        ('quantity = "messages"', "tolerance = 0.1", 10, 'tolerance goes with op = "about" alone'),
        ('quantity = "messages"', "tolerence = 0.1", 10, 'unknown key "tolerence"; a claim has id, wording'),
        ("published = 2014-01-16", 'published = "16 January"', 4, "[about]: published must be a day without quotes"),
        ("published = 2014-01-16", "published = 2014-01-16T10:00:00Z", 4, "published must be a day"),
        ('who = "Example, Inc."\n', "", 1, "[about]: it has no who"),
        ('who = "Example, Inc."', 'who = "E"\nsample = 2', 6, "sample must be a share above 0 and below 1"),
        ("value = 750_000", "value = 1, when = 2", 11, 'unknown key "when"; "count" has kind, of, op, value, where'),
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
        ('kind = "maximum", of = "messages", op = "at-most", value = 10', '"maximum" needs per: one of address'),
        ('kind = "exists", device = "fridge"', 'unknown device "fridge"; expected one of thing, router'),
        ('of = "messages"', "its predicate has no kind"),
    ],
)
def test_a_kind_has_its_own_keys(predicate: str, says: str) -> None:
    text = f'{ABOUT}[[claim]]\nid = "a"\nwording = "b"\nsource = "c"\npredicate = {{ {predicate} }}\n'
    (fault,) = faults(text)
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


def test_what_stands_in_a_text_of_several_lines_is_no_key() -> None:
    text = ABOUT + 'notes = """\n[[claim]]\nsource = 1\n"""\n' + CLAIM.replace("at-least", "x")
    (fault,) = faults(text)
    assert fault.startswith("c.toml:15: ")


@pytest.mark.parametrize("text", ["[about", 'a = "\\q"', "x = 1\nx = 2", "a = " + "[" * 5_000])
def test_what_is_no_toml_is_said_in_one_line(text: str) -> None:
    (fault,) = faults(text)
    assert fault.startswith("c.toml: no TOML: ")
    assert len(fault) < 300


def test_a_line_made_to_cost_time_is_refused() -> None:
    (fault,) = faults("a" + ".a" * 100_000 + " = 1")
    assert fault == "c.toml:1: far too many full stops for a line of a claims file"


def test_files_that_are_no_claims_files(tmp_path: Path) -> None:
    large, latin = tmp_path / "large.toml", tmp_path / "latin.toml"
    large.write_bytes(b"#" * (MAX_BYTES + 1))
    latin.write_bytes(b'[about]\ntitle = "\xe9"\n')
    for path, says in ((large, "larger than"), (latin, "latin.toml:2: not UTF-8"), (tmp_path, "no regular file")):
        with pytest.raises(ClaimsFileError, match=says):
            read_claims(path)
    with pytest.raises(InputNotFoundError, match="proofpoint-2014"):
        read_claims(tmp_path / "none.toml")


@pytest.mark.parametrize("name", ["../data/proofpoint-2014", "proofpoint-2014.toml", "", "../reading"])
def test_only_the_name_alone_stands_for_a_file_of_the_program(name: str) -> None:
    with pytest.raises((InputNotFoundError, ClaimsFileError)):
        read_claims(name)


def test_the_files_of_the_program_are_valid() -> None:
    assert "proofpoint-2014" in packaged()
    for path in packaged().values():
        assert read_claims(path).claims
    assert len(read_claims("proofpoint-2014").claims) == 17


@given(st.text(alphabet="[]claimbout=\"\n.'{},#0 \\\u202e\x1b", max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_claims("c.toml", text)
    except ClaimsFileError as error:
        assert error.problems  # noqa: PT017 (either outcome will do)


@given(st.lists(st.sampled_from(["id", "wording", "source"]), unique=True), st.integers(0, 5))
def test_lines_are_those_of_the_text(keys: list[str], comments: int) -> None:
    text = "# a comment\n" * comments + "[[claim]]\n" + "".join(f'{key} = "x"\n' for key in keys)
    tomllib.loads(text)
    lines = Lines(text)
    assert lines.of(("claim", 0)) == comments + 1
    for place, key in enumerate(keys):
        assert lines.of(("claim", 0, key)) == comments + 2 + place
    assert lines.of(("claim", 0, "predicate", "kind")) == comments + 1
