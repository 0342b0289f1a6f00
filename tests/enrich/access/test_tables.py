"""Every rule of the data files against its own examples."""

from __future__ import annotations

import re
from itertools import chain

import pytest

from attribution.enrich.access.names import _PARTS, _hits, read_name
from attribution.enrich.access.networks import read_network
from attribution.enrich.access.tables import (
    ACCESS_TYPES,
    NetworkRule,
    Owner,
    Words,
    Zone,
    network_rules,
    owners,
    words,
    zones,
)


@pytest.mark.parametrize("zone", zones(), ids=lambda zone: zone.id)
def test_the_domains_of_a_provider_and_its_examples(zone: Zone) -> None:
    assert zone.access in ACCESS_TYPES
    for name in zone.match:
        found = read_name(name).plain
        assert found is not None, name
        assert (found.access, found.rule) == (zone.access, zone.id), name
    for name in zone.not_:
        found = read_name(name).plain
        assert found is None or found.rule != zone.id, name


def test_no_provider_is_without_example() -> None:
    assert [zone.id for zone in zones() if not zone.match] == []
    assert len({zone.id for zone in zones()}) == len(zones())


def test_the_domains_of_providers_have_numbers_in_the_registered_domain_alone() -> None:
    # Other numbers are masked before names are compared.
    for under in chain.from_iterable(zone.under for zone in zones()):
        parts = _PARTS.match(under)
        assert parts is not None
        assert under == under.lower()
        assert not re.search("[0-9]", parts["own"] or ""), under


def own(name: str) -> str:
    parts = _PARTS.match(name)
    assert parts is not None
    return parts["own"] or ""


@pytest.mark.parametrize("group", words(), ids=lambda group: group.id)
def test_the_words_of_a_group_and_its_examples(group: Words) -> None:
    for name in group.match:
        hit = _hits(own(name)).get(group.kind)
        assert hit is not None, name
        assert hit.rule == group.id, name
    for name in group.not_:
        hit = _hits(own(name)).get(group.kind)
        assert hit is None or hit.rule != group.id, name
    assert group.match
    assert group.not_


@pytest.mark.parametrize("owner", owners(), ids=lambda owner: owner.id)
def test_the_domains_kept_for_an_owner_and_their_examples(owner: Owner) -> None:
    assert {getattr(read_name(name).plain, "rule", None) for name in owner.match} == {owner.id}
    assert owner.id not in {getattr(read_name(name).plain, "rule", None) for name in owner.not_}


@pytest.mark.parametrize("rule", network_rules(), ids=lambda rule: rule.id)
def test_networks_by_number_and_name(rule: NetworkRule) -> None:
    assert rule.access in ACCESS_TYPES or rule.access == "isp"
    for number in rule.numbers:
        assert getattr(read_network(number, None), "access", None) == rule.access
    assert {getattr(read_network(None, name), "rule", None) for name in rule.match} <= {rule.id}
    assert rule.id not in {getattr(read_network(None, name), "rule", None) for name in rule.not_}
    assert rule.numbers or (rule.match and rule.not_)


def test_no_as_number_is_of_two_kinds() -> None:
    numbers = [number for rule in network_rules() for number in rule.numbers]
    assert len(set(numbers)) == len(numbers)
