from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attribution import headers, origin
from attribution.limits import Limits
from attribution.origin.rulebook import Example, rules

if TYPE_CHECKING:
    from attribution.models import Verdict

EXAMPLES = [
    pytest.param(example, id=f"{rule.id}-{number}")
    for rule in rules().values()
    for number, example in enumerate(rule.examples)
]


def decide(chain: tuple[str, ...], trust: tuple[str, ...] = ()) -> Verdict:
    data = "".join(f"Received: {value}\n" for value in chain).encode() + b"Subject: x\n\nbody\n"
    block = headers.read_block(data, Limits())
    receivers = origin.learn_receivers([], origin.read_trust(trust))
    return origin.decide(block, headers.hops(block, Limits()), receivers)


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_rule_fires_on_its_examples_and_only_there(example: Example) -> None:
    found = set(decide(example.chain, example.trust).findings)
    assert set(example.fires) <= found
    assert not set(example.silent) & found


def test_every_id_that_the_code_names_is_in_the_table_and_the_other_way_round() -> None:
    folder = Path(origin.__file__).parent
    source = "".join(
        (folder / name).read_text("utf-8") for name in ("walk.py", "claims.py", "verdict.py", "findings.py")
    )
    named = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', source))
    fields = {"received-spf", "x-originating-ip"}
    assert named - fields - {"no-peer"} <= set(rules()) | {"pop3-connector"}
    assert set(rules()) - named <= {"no-peer"}


def test_findings_have_a_severity_and_other_kinds_have_none() -> None:
    for rule in rules().values():
        assert (rule.severity in {"info", "warning", "high"}) == (rule.kind == "finding"), rule.id
        assert rule.says.endswith("."), rule.id
