"""HELO names that Windows gives to computers."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

__all__ = ["NamePattern", "name_patterns", "windows_name"]

_LONGEST = 64


@dataclass(frozen=True, slots=True)
class NamePattern:
    """One habit of naming, with names that it must match and names that it must not.

    Attributes:
        id: What it is called.
        says: Where such names come from.
        pattern: Fits the whole name.
        match: Names that it must match. `differ`: names that no pattern may match.
    """

    id: str
    says: str
    pattern: re.Pattern[str]
    match: tuple[str, ...]
    differ: tuple[str, ...]


@cache
def name_patterns() -> tuple[NamePattern, ...]:
    """Return all patterns in the order of the data file."""
    table = tomllib.loads((files("attribution.enrich.evidence") / "windows_names.toml").read_text("utf-8"))
    return tuple(
        NamePattern(
            entry["id"],
            entry["says"],
            re.compile(entry["pattern"], re.ASCII),
            tuple(entry["match"]),
            tuple(entry["differ"]),
        )
        for entry in table["name"]
    )


@lru_cache(maxsize=65_536)
def windows_name(helo: str) -> str | None:
    """Return the id of the pattern that a HELO name fits, None where it fits none.

    Args:
        helo: What the sender called itself.
    """
    if len(helo) > _LONGEST:
        return None
    return next((each.id for each in name_patterns() if each.pattern.fullmatch(helo) is not None), None)
