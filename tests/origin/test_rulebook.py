from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from attribution import headers, origin
from attribution.enrich.ip.base import one_by_one
from attribution.enrich.ip.schemas import Network
from attribution.limits import Limits
from attribution.origin.rulebook import Example, rules
from attribution.pipeline import home_relays, provider_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from attribution.enrich import Database
    from attribution.enrich.ip.base import Answers
    from attribution.enrich.ip.packed import Packed
    from attribution.models import Verdict

EXAMPLES = [
    pytest.param(example, id=f"{rule.id}-{number}")
    for rule in rules().values()
    for number, example in enumerate(rule.examples)
]


class Numbers:
    """A database that knows the AS numbers of some addresses, built in the days of the examples."""

    label = "invented"
    build = datetime(2026, 1, 1, tzinfo=UTC)

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self.numbers = numbers

    def read(self, ip: str) -> tuple[Network | None, None]:
        return (Network(self.numbers[ip], "Invented") if ip in self.numbers else None), None

    def read_many(self, ips: pa.Array, addresses: Packed) -> Answers:
        return one_by_one(cast("Database", self), ips, addresses)


def decide(example: Example) -> Verdict:
    lines = [value if value.startswith("Subject:") else f"Received: {value}" for value in example.chain]
    data = "\n".join((*lines, "Subject: x", "", "body")).encode()
    block = headers.read_block(data, Limits())
    receivers = origin.learn_receivers([], origin.read_trust(example.trust))
    hops = headers.hops(block, Limits())
    verdict = origin.decide(block, hops, receivers)
    if example.asn:
        provider_lines.note_elsewhere(verdict, hops, [cast("Database", Numbers(example.asn))])
    home_relays.note_home_relay(verdict, hops, example.access)
    return verdict


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_rule_fires_on_its_examples_and_only_there(example: Example) -> None:
    found = set(decide(example).findings)
    assert set(example.fires) <= found
    assert not set(example.silent) & found


def test_every_id_that_the_code_names_is_in_the_table_and_the_other_way_round() -> None:
    folder = Path(origin.__file__).parent
    late = [folder.parent / "pipeline" / name for name in ("provider_lines.py", "home_relays.py")]
    modules = [*folder.glob("*.py"), *late]
    source = "".join(path.read_text("utf-8") for path in modules)
    named = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source))
    fields = {name for name in named if name.startswith(("x-", "arc-", "received-", "authentication-", "list-"))}
    assert named - fields - {"no-peer", "mailing-list"} <= set(rules())
    assert set(rules()) - named <= {"no-peer"}


@pytest.mark.parametrize(
    "name",
    [
        *("impossible-protocol", "id-not-of-server", "id-used-twice", "date-as-address", "reserved-peer"),
        *("template-placeholder", "date-unreadable", "date-missing", "below-subject", "helo-is-other-name"),
        *("chain-broken", "time-reversed", "forged-provider-hop", "helo-is-other-address", "id-clock-disagrees"),
        *("provider-hop-elsewhere", "date-out-of-range", "receiver-name-in-helo", "receiver-name-looked-up"),
        "relay-on-home-line",
    ],
)
def test_a_finding_that_accuses_has_examples_for_and_against(name: str) -> None:
    examples = rules()[name].examples
    assert any(name in example.fires for example in examples)
    assert any(name in example.silent for example in examples)


def test_findings_have_a_severity_and_other_kinds_have_none() -> None:
    for rule in rules().values():
        assert (rule.severity in {"info", "warning", "high"}) == (rule.kind == "finding"), rule.id
        assert rule.says.endswith("."), rule.id
