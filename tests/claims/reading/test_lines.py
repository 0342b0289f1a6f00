"""Lines of keys, whatever stands before them."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.claims.reading.lines import Lines
from tests.claims.made_case import ABOUT
from tests.claims.reading.made_file import CLAIM, faults

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


def test_what_stands_in_a_text_of_several_lines_is_no_key() -> None:
    text = ABOUT + 'notes = """\n[[claim]]\nsource = 1\n"""\n' + CLAIM.replace("at-least", "x")
    (fault,) = faults(text)
    assert fault.startswith("c.toml:15: ")


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


@given(st.lists(st.sampled_from(["id", "wording", "source"]), unique=True), st.integers(0, 5))
def test_lines_are_those_of_the_text(keys: list[str], comments: int) -> None:
    text = "# a comment\n" * comments + "[[claim]]\n" + "".join(f'{key} = "x"\n' for key in keys)
    tomllib.loads(text)
    lines = Lines(text)
    assert lines.of(("claim", 0)) == comments + 1
    for place, key in enumerate(keys):
        assert lines.of(("claim", 0, key)) == comments + 2 + place
    assert lines.of(("claim", 0, "predicate", "kind")) == comments + 1
