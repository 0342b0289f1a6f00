"""The rules by id: what each says, how grave it is, and examples that it must and must not match."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Example", "Rule", "rules"]


@dataclass(frozen=True, slots=True)
class Example:
    """A chain of Received values, newest first, and the ids that must and must not appear.

    Attributes:
        asn: What an IP database says of addresses in it; empty for a run without a database.
        access: Access types of addresses in it.
    """

    chain: tuple[str, ...]
    fires: tuple[str, ...]
    silent: tuple[str, ...]
    trust: tuple[str, ...]
    asn: Mapping[str, int]
    access: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the table.

    Attributes:
        id: As it stands in the tables of a case.
        kind: `trust`, `handover`, `origin` or `finding`.
        says: What it means, in a sentence.
        severity: Of a finding: `info`, `warning` or `high`; empty for other kinds.
        cites: Standard or source, where there is one.
        examples: Chains that it must or must not match.
    """

    id: str
    kind: str
    says: str
    severity: str
    cites: str
    examples: tuple[Example, ...]


@cache
def rules() -> dict[str, Rule]:
    """Return all rules by id, in the order of the data file."""
    table = tomllib.loads((files("attribution.origin") / "rules.toml").read_text("utf-8"))
    return {
        name: Rule(
            id=name,
            kind=entry["kind"],
            says=entry["says"],
            severity=entry.get("severity", ""),
            cites=entry.get("cites", ""),
            examples=tuple(
                Example(
                    chain=tuple(example["chain"]),
                    fires=tuple(example.get("fires", ())),
                    silent=tuple(example.get("not", ())),
                    trust=tuple(entry.get("trust", ())),
                    asn=MappingProxyType(example.get("asn", {})),
                    access=MappingProxyType(example.get("access", {})),
                )
                for example in entry.get("example", ())
            ),
        )
        for name, entry in table.items()
    }
