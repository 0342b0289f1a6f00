"""Claims files: what may be written, and what is said of what may not, with the line."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
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
        ('quantity = "messages"', "tolerence = 0.1", 10, 'unknown key "tolerence"; a claim has id, wording'),
        ("published = 2014-01-16", 'published = "16 January"', 4, "[about]: published must be a day without quotes"),
        ("published = 2014-01-16", "published = 2014-01-16T10:00:00Z", 4, "published must be a day"),
        ('who = "Example, Inc."\n', "", 1, "[about]: it has no who"),
        ('who = "Example, Inc."', 'who = "E"\nsample = 2', 6, "sample must be a share from 1e-09 to below 1"),
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
        ('kind = "share", of = "messages", with = {}, op = "about", value = 0.2', "with holds no condition"),
        ('kind = "ratio", of = "messages", per = "messages", op = "about", value = 1', "for each of themselves"),
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
