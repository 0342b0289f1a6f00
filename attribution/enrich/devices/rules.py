"""The device rules, read from the TOML files of this package.

A file has `[defaults]`, which hold for all its rules, and an array of tables `rule` with these keys:

- `id`, `says` (a sentence), `type` (of the vocabulary), `vendor`, `source` (what the rule rests on);
- `product`: a template, in which `{name}` stands for the group of that name in the pattern;
- `fields`: where to look: names of `kinds.FIELDS`, `http` for all of HTTP but the body, `any` for all but the body;
- `literals`: lower-case texts of which at least one stands in whatever the pattern matches;
- `pattern`: a regular expression, ASCII, whatever the case of letters, every repeat bounded; or a list of them, one of
  which must match; or instead `words`, a list of such, one of which must stand without a letter before or behind it;
- `strength`: `strong` names the maker's product, `medium` a family or a habit of naming, `weak` a part that many share;
- `match`: examples as `{ field, text }` that the rule must match, and `differ`: those that it must not match.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from attribution.enrich.devices.kinds import FIELDS
from attribution.enrich.devices.vocabulary import device_types
from attribution.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["STRENGTHS", "DeviceRule", "Example", "device_rules", "read_rules"]

STRENGTHS = ("weak", "medium", "strong")
_KEYS = frozenset(
    {"id", "says", "type", "vendor", "product", "fields", "literals", "pattern", "words", "strength", "source"}
)
_HTTP = tuple(name for name in FIELDS if name.startswith("http.") and name not in {"http.body", "http.favicon"})
_GROUPS = {"http": _HTTP, "any": tuple(name for name in FIELDS if name not in {"http.body", "http.favicon"})}


@dataclass(frozen=True, slots=True)
class Example:
    """A text of a field that a rule must match, or must not."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class DeviceRule:
    """One rule; the module's text explains the parts.

    Attributes:
        fields: With the groups `http` and `any` written out.
        strength: Place in `STRENGTHS`.
    """

    id: str
    says: str
    type: str
    vendor: str
    product: str
    fields: frozenset[str]
    literals: tuple[str, ...]
    pattern: re.Pattern[str]
    strength: int
    source: str
    match: tuple[Example, ...]
    differ: tuple[Example, ...]

    def product_of(self, found: re.Match[str]) -> str:
        """Return the product that a match names, with one space between words; empty where it names none."""
        if "{" not in self.product:
            return self.product
        groups = {name: value or "" for name, value in found.groupdict().items()}
        return " ".join(self.product.format_map(groups).split())


def read_rules(text: str, origin: str) -> list[DeviceRule]:
    """Return the rules of one TOML text, in its order.

    Args:
        text: TOML as the module's text says.
        origin: The name of the text in messages, for instance its path.

    Raises:
        UsageError: The text is no TOML, a key is missing or not known, or a pattern is broken.
    """
    try:
        table = tomllib.loads(text)
        return [_rule(table.get("defaults", {}) | entry) for entry in table.get("rule", [])]
    except (KeyError, TypeError, AttributeError, ValueError, re.error) as error:
        raise UsageError(f"{origin}: these device rules cannot be read: {error!r}") from error


def _rule(entry: Mapping[str, Any]) -> DeviceRule:
    strange = sorted(set(entry) - _KEYS - {"match", "differ"})
    if strange:
        raise ValueError(f"rule {entry.get('id')!r} has keys that are not known: {', '.join(strange)}")
    if entry["type"] not in device_types():
        raise ValueError(f"rule {entry['id']!r} has a type that is not in the vocabulary: {entry['type']!r}")
    fields = [name for each in entry["fields"] for name in _GROUPS.get(each, (each,))]
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown or not entry["literals"]:
        raise ValueError(f"rule {entry['id']!r} has no literals, or fields that do not exist: {', '.join(unknown)}")
    return DeviceRule(
        id=entry["id"],
        says=entry["says"],
        type=entry["type"],
        vendor=entry.get("vendor", ""),
        product=entry.get("product", ""),
        fields=frozenset(fields),
        literals=tuple(entry["literals"]),
        pattern=re.compile(_expression(entry), re.ASCII | re.IGNORECASE),
        strength=STRENGTHS.index(entry["strength"]),
        source=entry["source"],
        match=tuple(Example(**each) for each in entry.get("match", ())),
        differ=tuple(Example(**each) for each in entry.get("differ", ())),
    )


def _expression(entry: Mapping[str, Any]) -> str:
    if ("pattern" in entry) == ("words" in entry):
        raise ValueError(f"rule {entry['id']!r} must have either a pattern or words")
    if "words" in entry:
        return rf"(?<![a-z])(?:{'|'.join(entry['words'])})(?![a-z])"
    return entry["pattern"] if isinstance(entry["pattern"], str) else "|".join(entry["pattern"])


@cache
def device_rules() -> tuple[DeviceRule, ...]:
    """Return the rules that come with the package, by file and then in its order.

    Raises:
        UsageError: A file of the package is broken.
    """
    folder = files("attribution.enrich.devices").joinpath("rules")
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)
    return tuple(rule for path in paths for rule in read_rules(path.read_text("utf-8"), path.name))
