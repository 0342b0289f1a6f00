"""The reasons by which the grade of a device is limited, read from the data file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["Reason", "reasons"]


@dataclass(frozen=True, slots=True)
class Reason:
    """What limits or opposes the reading that the device sent the mail.

    Attributes:
        id: As it stands in the tables.
        effect: The grade that it leaves at best.
        says: What it means, in a sentence.
        cites: What it rests on; empty where it needs nothing.
    """

    id: str
    effect: str
    says: str
    cites: str


@cache
def reasons() -> dict[str, Reason]:
    """Return all reasons by id, in the order of the data file."""
    table = tomllib.loads((files("attribution.enrich.evidence") / "reasons.toml").read_text("utf-8"))
    return {name: Reason(name, entry["effect"], entry["says"], entry.get("cites", "")) for name, entry in table.items()}
