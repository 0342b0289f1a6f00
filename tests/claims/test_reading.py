"""Claims files: what may be written, and what is said of what may not, with the line."""

from __future__ import annotations

import json
import math
import tomllib
from datetime import UTC, date, datetime
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.claims import ClaimsFileError, packaged, parse_claims, read_claims
from attribution.claims.lines import Lines
from attribution.claims.model import Predicate
from attribution.claims.reading import MAX_BYTES
from attribution.errors import InputNotFoundError
from tests.claims.made_case import ABOUT, claims_of

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
        ('of = "messages"', "its predicate has no kind"),
    ],
)
def test_a_kind_has_its_own_keys(predicate: str, says: str) -> None:
    text = f'{ABOUT}[[claim]]\nid = "a"\nwording = "b"\nsource = "c"\npredicate = {{ {predicate} }}\n'
    (fault,) = faults(text)
    assert fault.startswith('c.toml:10: claim "a": ')
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


@pytest.mark.parametrize(
    ("key", "written", "meant"),
    [
        ("kind", "Count", "count"),
        ("of", "mesages", "messages"),
        ("of", "address", "addresses"),
        ("op", "at_least", "at-least"),
        ("op", "<", "less-than"),
        ("quantity", "message", "messages"),
        ("device", "routers", "router"),
        ("device", "fridge", "refrigerator"),
        ("device", "televisions", "smart-tv"),
        ("device", "things", "thing"),
        ("access", "residental", "residential"),
        ("not-access", "mailprovider", "mail-provider"),
        ("grade", "vouch", "vouched"),
    ],
)
def test_a_word_that_is_like_a_known_one_is_asked_for(key: str, written: str, meant: str) -> None:
    right = {"kind": "count", "of": "messages", "op": "at-least", "quantity": "messages"}
    text = CLAIM.replace(f'{key} = "{right[key]}"', f'{key} = "{written}"') if key in right else CLAIM
    where = "" if key in right else f', where = {{ {key} = "{written}" }}'
    (fault,) = faults(ABOUT + text.replace(" }", f"{where} }}"))
    assert f'unknown {key} "{written}" (did you mean "{meant}"?); expected ' in fault


@pytest.mark.parametrize("word", ["toaster", "zzz", "", "x" * 5_000, "\u202e"])
def test_a_word_that_is_like_none_has_no_word_asked_for(word: str) -> None:
    (fault,) = faults(ABOUT + CLAIM.replace(" }", f', where = {{ device = "{word}" }} }}'))
    assert "did you mean" not in fault
    assert len(fault) < 300


def test_types_of_devices_are_too_many_to_list() -> None:
    (fault,) = faults(ABOUT + CLAIM.replace(" }", ', where = { device = "toaster" } }'))
    assert fault.endswith(
        'unknown device "toaster"; expected "thing" or one of the types in docs/reference/device-types.md'
    )


def test_many_unknown_words_cost_little_time() -> None:
    words = ", ".join(f'"residentia{number}"' for number in range(12_000))
    began = monotonic()
    assert len(faults(ABOUT + CLAIM.replace(" }", f", where = {{ access = [{words}] }} }}"))) == 21
    assert monotonic() - began < 5


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


BAD = CLAIM.replace("at-least", "x")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (ABOUT + '# """\n' + BAD, 12),
        (ABOUT + "notes = \"it'''s\"\n" + BAD, 12),
        (ABOUT + 'notes = """x \\""" y\n[[claim]]\n"""\n' + BAD, 14),
        (ABOUT + "notes = '''\n\"\"\"\n[[claim]]\n'''\n" + BAD, 15),
        (ABOUT + 'notes = """x""""\n' + BAD, 12),
        ((ABOUT + BAD).replace("\n", "\r\n"), 11),
        (ABOUT + CLAIM.rstrip() + " # '''\n" + BAD.replace('"messages"', '"b"', 1), 17),
        (ABOUT + BAD.replace("{ kind", "{ 'kind'"), 11),
        (ABOUT + BAD.replace("predicate", '"predic\\u0061te"'), 11),
    ],
)
def test_the_line_is_right_whatever_quotes_stand_before_it(text: str, line: int) -> None:
    (fault,) = faults(text)
    assert fault.startswith(f"c.toml:{line}: ")
    assert 'unknown op "x"' in fault


def test_the_line_is_that_of_the_key_in_every_way_to_write_it() -> None:
    claim = '[[claim]]\nid = "{id}"\nwording = "w"\nsource = "s"\n'
    dotted = 'predicate.kind = "count"\npredicate.of = "messages"\npredicate.op = "x"\npredicate.value = 1\n'
    table = '[claim.predicate]\nkind = "count"\nof = "messages"\nvalue = 1\nop = "x"\n'
    where = '[claim.predicate.where]\ncountry = "USA"\n'
    text = ABOUT + claim.replace("{id}", "a") + dotted + claim.replace("{id}", "b") + table + where
    assert [fault.split(":")[1] for fault in faults(text)] == ["12", "22", "24"]
    listed = 'claim = [\n  { id = "a" },\n  # { id = "c" },\n  [1, 2], { id = "b", wording = 1 },\n]\n' + ABOUT
    assert faults(listed)[0].startswith("c.toml:1: a claim begins with [[claim]]")
    named = [fault.split(":")[1] for fault in faults(listed.replace("[1, 2], ", ""))]
    assert named == ["2"] * 3 + ["4"] * 3


def test_an_array_of_arrays_is_no_table() -> None:
    block = "[[claim]]\ntags = [\n[1],\n[2]\n]\n"
    tags, op = faults(ABOUT + BAD.replace("[[claim]]\n", block))
    assert tags.startswith('c.toml:7: claim "messages": unknown key "tags"')
    assert op.startswith("c.toml:15: ")


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


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[about", "c.toml:1: no TOML: Expected ']' at the end of a table declaration; write key = value"),
        ('\na = "\\q"', "c.toml:2: no TOML: Unescaped '\\' in a string (column 8)"),
        ("x = 1\nx = 2", "c.toml:2: no TOML: Cannot overwrite a value"),
        ("x = 1\r\ny = = 2\r\nz = 3", "c.toml:2: no TOML: Invalid value (column 5)"),
        ('x = 1\ny = """a\nb\nc', "c.toml:2: no TOML: "),
        ("x = 1\ny = 2014-02-30", "c.toml:2: no TOML: Invalid date or datetime"),
        ("x = 1\na = " + "[" * 5_000, "c.toml:2: more than 50 brackets in brackets"),
        ("x = 1\na = " + "{a = " * 5_000, "c.toml:2: more than 50 brackets in brackets"),
        ("x = 1\na = " + "9" * 5_000, "c.toml:2: a number or key of 5,000 characters: at most 1,000 are read"),
    ],
)
def test_what_is_no_toml_is_said_in_one_line(text: str, fault: str) -> None:
    (found,) = faults(text)
    assert found.startswith(fault)
    assert len(found) < 300


LONG_FORM = "write all of { ... } on one line, or as a table of its own: [claim.predicate]"
STRAIGHT = 'write straight quotes: "..."'


@pytest.mark.parametrize(
    ("old", "new", "line", "hint"),
    [
        ("{ kind", "{\n  kind", 11, LONG_FORM),
        ('"count", ', '"count",\n  ', 11, LONG_FORM),
        ('"count", ', '"count", # what\n  ', 11, LONG_FORM),
        ("750_000 }", "750_000\n}", 11, LONG_FORM),
        ("750_000 }", "750_000, }", 11, "leave out the comma before }"),
        ("750_000 }", "750,000 }", 11, "write 750_000"),
        ("750_000 }", "1,750,000, where = {} }", 11, "write 1_750_000"),
        ("value = 750_000 }", "value = [750,000, 800,000] }", 11, "write 750_000"),
        ("op =", "value = 1,000.5, op =", 11, "write 1_000.5"),
        ("750_000", ".25", 11, "write 0.25"),
        ("750_000", "-.25", 11, "write -0.25"),
        ("published = 2014-01-16", "published = 23.12.2013", 4, "write 2013-12-23"),
        ("published = 2014-01-16", "published = 23-12-2013", 4, "write 2013-12-23"),
        ("published = 2014-01-16", "published = 2013/12/23", 4, "write 2013-12-23"),
        ("published = 2014-01-16", "published = 2013.12.23", 4, "write 2013-12-23"),
        ("published = 2014-01-16", "published = 2014-1-6", 4, "write 2014-01-06"),
        ("published = 2014-01-16", "published = 1/6/2014", 4, "write a day as year-month-day, such as 2014-01-16"),
        ("published = 2014-01-16", "published = 31.02.2014", 4, "write a day as year-month-day, such as 2014-01-16"),
        ("750_000", "1, where = { to = 23.12.2013 }", 11, "write 2013-12-23"),
        ('"page 1"', "\u201cpage 1\u201d", 9, STRAIGHT),
        ('"page 1"', "\u2018page 1\u2019", 9, STRAIGHT),
        ('"page 1"', '"page 1\u201d', 9, STRAIGHT),
        ('"count"', "\u201ecount\u201c", 11, STRAIGHT),
        ('"count"', '"count\u201d', 11, STRAIGHT),
    ],
)
def test_what_to_write_in_place_of_what_is_no_toml(old: str, new: str, line: int, hint: str) -> None:
    assert old in ABOUT + CLAIM
    for ended in ("\n", "\r\n"):
        (fault,) = faults((ABOUT + CLAIM).replace(old, new, 1).replace("\n", ended))
        assert fault.startswith(f"c.toml:{line}: no TOML: ")
        assert fault.endswith(f"; {hint}")


@pytest.mark.parametrize(
    "row",
    [
        'wording = "750,000 on 23.12.2013 \u201cthere\u201d" x',
        "value = [100,200 300]",
        "value = 1.2.3",
        "value = 1,2",
        "value = 12,345,67",
        'value = { wording = "750,000", x }',
        'wording = "it\u2019s", x = .',
    ],
)
def test_what_is_right_beside_a_fault_is_not_blamed(row: str) -> None:
    (fault,) = faults(ABOUT + row)
    assert fault.startswith("c.toml:6: no TOML: ")
    assert fault.endswith("; write key = value, and texts in quotes")


@pytest.mark.parametrize("row", ["1" + ",111" * 60_000, "1.1." * 24 + "/1" * 100_000, "[" + "100,200 " * 30_000])
def test_a_hint_costs_little_time_and_is_short(row: str) -> None:
    began = monotonic()
    (fault,) = faults(f"{ABOUT}value = {row}")
    assert monotonic() - began < 5
    assert len(fault) < 300


@pytest.mark.parametrize("part", ["a", '"a"', "'a'", '""', '"a.\\"b"'])
def test_a_line_made_to_cost_time_is_refused(part: str) -> None:
    (fault,) = faults("x = 1\n" + part + f" . {part}" * 20_000 + " = 1")
    assert fault == "c.toml:2: far too many full stops for a line of a claims file"


def test_full_stops_in_a_text_cost_nothing() -> None:
    dots = "." * 500
    assert parse_claims("c.toml", f'{ABOUT}notes = """\n{dots}\n{dots}"""\n{CLAIM}# {dots}\n').about.notes


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


def test_the_files_of_the_program_say_no_more_than_their_sources() -> None:
    first, second = read_claims("proofpoint-2014"), read_claims("symantec-2014")
    wordings = {claim.id: claim.wording for claim in (*first.claims, *second.claims)}
    # The operator comes from the file, "more than" is the text's: beside each other they must not be one.
    assert wordings["messages"] == "750,000 malicious mails; the text says more than that"
    assert wordings["burst-size"].startswith("typically ")
    assert wordings["bursts-per-day"].startswith("typically ")
    assert "some of the computers" in wordings["malware"]
    assert wordings["devices-only-answer"].startswith("the explanation: ")
    assert "is its explanation" in (first.about.notes or "")
    assert "more than a quarter" in (first.about.notes or "")
    assert "day of publication is not verified" in (second.about.notes or "")
    # A terminal shows 500 characters of a text.
    assert all(len(found.about.notes or "") <= 500 for found in (first, second))


_KEYS = st.sampled_from(["a", "b-1", '"c.d"', "'e\"'", '"\\u0066"', "42"])
_NOISE = [
    "# [x] \"\"\" '''",
    "",
    "\t",
    's{n} = """\\"""\n[a]\nb = 1\n"""',
    "t{n} = '''\n\"\"\" [[claim]]\n'''",
    'u{n} = "[\'{"',
    "v{n} = 2014-01-01T10:00:00.5Z # = [",
]


@settings(max_examples=50)
@given(st.data())
def test_a_key_stands_on_the_line_that_its_value_names(data: st.DataObject) -> None:
    def value(depth: int) -> str:
        form = data.draw(st.integers(0, 3 if depth else 0))
        if form <= 1:
            return "LINE"
        if form == 2:
            members = [value(depth - 1) for _ in range(data.draw(st.integers(0, 3)))]
            return "[ # ]\n" + "".join(f"  {member}, # }}\n" for member in members) + "]"
        keys = data.draw(st.lists(_KEYS, unique=True, max_size=3))
        return "{ " + ", ".join(f"{key} = {value(depth - 1)}" for key in keys) + " }"

    blocks = []
    for number in range(data.draw(st.integers(1, 4))):
        blocks.append(data.draw(st.sampled_from(["[[claim]]", f"[t{number}]", f"[[ r.'x' ]]\n[r.x.y{number} . z]"])))
        for key in data.draw(st.lists(_KEYS, unique=True, max_size=4)):
            blocks.append(data.draw(st.sampled_from(_NOISE)).replace("{n}", f"{number}-{len(blocks)}"))
            blocks.append(key + data.draw(st.sampled_from(["", ".k", ' . "l"'])) + " = " + value(2))
    text = "\n".join(line.replace("LINE", str(at)) for at, line in enumerate("\n".join(blocks).split("\n"), 1))
    lines = Lines(text)

    def check(found: object, path: tuple[str | int, ...]) -> None:
        if isinstance(found, dict):
            for key, below in found.items():
                check(below, (*path, key))
        elif isinstance(found, list):
            for place, below in enumerate(found):
                check(below, (*path, place))
        elif isinstance(found, int) and len(path) <= 6 and isinstance(path[-1], str):
            assert lines.of(path) == found

    check(tomllib.loads(text), ())


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
