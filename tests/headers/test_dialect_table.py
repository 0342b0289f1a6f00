from __future__ import annotations

import pytest

from attribution.errors import UsageError
from attribution.headers.dialect_table import Dialect, dialect_table, read_dialects
from attribution.headers.received import parse_value

DIALECTS = dialect_table().dialects
EXAMPLES = [(dialect, example) for dialect in DIALECTS for example in dialect.examples]
DIFFERENT = [(dialect, line) for dialect in DIALECTS for line in dialect.differ]


@pytest.mark.parametrize(("dialect", "example"), EXAMPLES, ids=[f"{d.id}-{d.examples.index(e)}" for d, e in EXAMPLES])
def test_a_line_of_a_dialect_reads_as_its_entry_says(dialect: Dialect, example: object) -> None:
    line = example.line  # type: ignore[attr-defined]  # an Example; the ids above would not survive the import
    expected = {"status": "parsed", "dialect": dialect.id} | dict(example.expected)  # type: ignore[attr-defined]
    hop = parse_value(line)
    found = {name: getattr(hop, name) for name in expected}
    if found.get("date") is not None:
        found["date"] = found["date"].isoformat()
    assert found == expected


@pytest.mark.parametrize(("dialect", "line"), DIFFERENT, ids=[d.id for d, _ in DIFFERENT])
def test_a_line_of_another_dialect_is_not_taken_for_it(dialect: Dialect, line: str) -> None:
    assert parse_value(line).dialect != dialect.id


def test_every_dialect_has_a_source_a_year_and_lines_on_both_sides() -> None:
    for dialect in DIALECTS:
        assert dialect.name
        assert dialect.source
        assert 1980 < dialect.since < 2030
        assert dialect.examples, dialect.id
        assert dialect.differ, dialect.id


def test_the_table_is_large_and_its_ids_are_unique() -> None:
    ids = [dialect.id for dialect in DIALECTS]
    assert len(set(ids)) == len(ids) >= 60


def test_examples_hold_no_real_hosts_and_addresses() -> None:
    private = ("10.", "127.", "100.64.", "192.168.", "172.", "fe80:", "2002:", "::1", "2001:db8")
    documented = ("192.0.2.", "198.51.100.", "203.0.113.")
    for dialect, example in EXAMPLES:
        ip = parse_value(example.line).ip
        assert ip is None or ip.startswith(private + documented), (dialect.id, ip)


ENTRY = """
[[dialect]]
id = "acme"
name = "Acme MTA"
since = 2024
source = "lines of a test"
mark.product = '^Acme\\b'
shapes = ["{helo} ({rdns} [{ip}])"]
"""


def test_a_user_can_write_an_entry() -> None:
    (dialect,) = read_dialects(ENTRY, "acme.toml")
    assert dialect.id == "acme"
    assert not dialect.is_fallback
    assert [shape.template for shape in dialect.shapes] == ["{helo} ({rdns} [{ip}])"]


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (ENTRY.replace("since", "sinse"), "sinse"),
        (ENTRY.replace("source = ", "# "), "source"),
        (ENTRY.replace("{rdns}", "{name}"), "name"),
        (ENTRY.replace("'^Acme\\b'", "'('"), "unterminated"),
        (ENTRY.replace("mark.product", "mark.programme"), "programme"),
        (ENTRY + "[[", "TOML"),
    ],
)
def test_a_broken_entry_is_refused_with_the_name_of_its_file(broken: str, what: str) -> None:
    with pytest.raises(UsageError, match=r"^acme\.toml: ") as refused:
        read_dialects(broken, "acme.toml")
    assert what.lower() in str(refused.value).lower()


def test_the_programs_own_name_goes_before_the_protocol_and_the_host() -> None:
    table, rest = dialect_table(), ("a (b [192.0.2.7])", "4F0C21A0B7", "")
    found = table.candidates(("Postfix",), "HTTP", "")
    assert next(each for each in found if table.bears(each, "mail.gmx.net", rest)).dialect.id == "postfix"


def test_marks_that_the_peer_can_write_are_told_apart() -> None:
    table, rest = dialect_table(), ("unknown (HELO x) (192.0.2.7)", "", "")
    candidates = [each for each in table.candidates((), "SMTP", "") if table.bears(each, "mx.example.org", rest)]
    found = {candidate.dialect.id: candidate.by_server for candidate in candidates}
    assert found["qmail"] is False
