"""Each device rule against its own examples, and what the files of rules must keep to."""

from __future__ import annotations

import importlib
import re
import tomllib
from importlib.resources import files
from re import _constants as sre  # type: ignore[attr-defined]  # the parse tree of `re` has no public name
from re import _parser as parser  # type: ignore[attr-defined]  # likewise
from typing import TYPE_CHECKING, Any

import pytest

from attribution.enrich.devices import DeviceRule, device_matcher, device_rules, read_rules
from attribution.enrich.devices.fields import split_banner
from attribution.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = device_rules()
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
LONGEST_REPEAT = 200


def fires(rule: DeviceRule, field: str, text: str) -> bool:
    fields = split_banner(text, field)
    return any(name in rule.fields and rule.find(value) for name, value in fields.items())


@each_rule
def test_a_rule_matches_its_examples_and_not_those_that_differ(rule: DeviceRule) -> None:
    assert rule.match
    assert rule.differ
    for example in rule.match:
        assert fires(rule, example.field, example.text), example
    for example in rule.differ:
        assert not fires(rule, example.field, example.text), example


@each_rule
def test_an_example_is_found_by_the_prefilter_and_named_with_the_type_of_its_rule(rule: DeviceRule) -> None:
    for example in rule.match:
        assert any(literal in example.text.lower() for literal in rule.literals)
        matches = device_matcher().match(example.text, example.field)
        assert rule in {match.rule for match in matches}
        assert matches[0].rule.type == rule.type, example


def alternatives() -> list[tuple[str, str]]:
    """Return each alternative pattern or word of each rule, with the id of its rule."""
    folder = files("attribution.enrich.devices") / "rules"
    tables = [tomllib.loads(path.read_text("utf-8")) for path in folder.iterdir() if path.name.endswith(".toml")]
    found = []
    for entry in (entry for table in tables for entry in table["rule"]):
        written = entry.get("words") or entry["pattern"]
        found += [(entry["id"], each) for each in ([written] if isinstance(written, str) else written)]
    return found


def test_whatever_a_pattern_matches_holds_a_literal_of_its_rule() -> None:
    rules = {rule.id: rule for rule in RULES}
    sample = importlib.import_module("tests.hostile.test_patterns").sample
    missed = []
    for name, alternative in alternatives():
        tree = parser.parse(alternative, re.IGNORECASE)
        for seed in range(12):
            text = sample(tree, seed)
            rule = rules[name]
            if rule.pattern.search(text) and not any(literal in text.lower() for literal in rule.literals):
                missed.append((name, alternative, text))
    assert missed == []


@each_rule
def test_a_rule_says_what_it_means_in_a_sentence_and_has_literals_in_lower_case(rule: DeviceRule) -> None:
    assert rule.says[0].isupper()
    assert rule.says.endswith(".")
    assert rule.source
    assert rule.fields
    assert all(literal == literal.lower() and len(literal) > 1 for literal in rule.literals)


def repeats(tree: Any) -> Iterator[int]:  # noqa: ANN401 (the tree has no type)
    for op, value in tree:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            yield int(value[1])
            assert value[1] <= 5 or not [inner for inner in repeats(value[2]) if inner > 12], "a repeat within a repeat"
            yield from repeats(value[2])
        elif op is sre.BRANCH:
            for branch in value[1]:
                yield from repeats(branch)
        elif op is sre.SUBPATTERN:
            yield from repeats(value[-1])
        elif op is sre.ATOMIC_GROUP:
            yield from repeats(value)
        elif op in (sre.ASSERT, sre.ASSERT_NOT):
            yield from repeats(value[1])


@each_rule
def test_every_repeat_of_a_pattern_is_bounded(rule: DeviceRule) -> None:
    assert max(repeats(parser.parse(rule.pattern.pattern)), default=0) <= LONGEST_REPEAT


def test_hashes_of_icons_that_nobody_checked_are_weak() -> None:
    assert {rule.strength for rule in RULES if "http.favicon" in rule.fields} == {0}


def test_ids_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


RULE = """
[[rule]]
id = 'x'
says = 'A router.'
type = 'router'
fields = ['http']
literals = ['box']
pattern = '\\bbox (?P<m>\\d{1,4})'
product = 'Box {m}'
strength = 'strong'
source = 'here'
"""


def test_a_rule_names_the_product_by_the_groups_of_its_pattern() -> None:
    (rule,) = read_rules(RULE, "here")
    found = rule.pattern.search("my box 12")
    assert found is not None
    assert rule.product_of(found) == "Box 12"
    assert "http.title" in rule.fields
    assert "http.body" not in rule.fields


@pytest.mark.parametrize(
    "text",
    [
        "this is no TOML",
        RULE.replace("'router'", "'sandwich'"),
        RULE.replace("(?P<m>", "(?P<m"),
        RULE.replace("['box']", "[]"),
        RULE.replace("['http']", "['colour']"),
        RULE.replace("'strong'", "'mighty'"),
        RULE.replace("source", "sauce"),
        RULE + "flavour = 1\n",
    ],
)
def test_rules_that_cannot_be_read_are_refused_by_the_name_of_their_file(text: str) -> None:
    with pytest.raises(UsageError, match=r"mine\.toml"):
        read_rules(text, "mine.toml")
