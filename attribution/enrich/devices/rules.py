r"""The device rules, read from the TOML files of this package.

A file has `[defaults]`, which hold for all its rules, and an array of tables `rule` with these keys:

- `id`, `says` (a sentence), `type` (of the vocabulary), `vendor`, `source` (what the rule rests on);
- `product`: a template, in which `{name}` stands for the group of that name in the pattern;
- `fields`: where to look: names of `kinds.FIELDS`, `http` for all of HTTP but the body, `any` for all but the body;
- `literals`: lower-case texts of which at least one stands in whatever the pattern matches;
- `pattern`: a regular expression, ASCII, whatever the case of letters, every repeat bounded; or a list of them, one of
  which must match; or instead `words`, a list of such, one of which must stand without a letter before or behind it. A
  word that ends with any digit (`\d`) begins the number of a model, which may go on with letters and digits;
- `strength`: `strong` names the maker's product, `medium` a family or a habit of naming, `weak` a part that many share;
- `plain`: true where the pattern is what the device calls itself in plain words ("network camera"), whoever made it;
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
    from collections.abc import Mapping, Sequence

__all__ = ["STRENGTHS", "DeviceRule", "Example", "device_rules", "read_rules"]

_LABEL = re.compile(r"[\w-]+", re.ASCII)
_IN_NAME = re.compile(r"[\w.-]", re.ASCII)
_NAME_BEHIND = re.compile(
    r"[\w-]{0,63}(?:\.[\w-]{1,63}){0,8}?\.(?:com|net|org|info|biz|io|edu|gov|example|test|[a-z]{2})(?![\w.-])",
    re.ASCII | re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:\(\?:)?(?:\d|\\d|\[\d)")
_MODEL = re.compile(r"\\d(?:\{[\d,]{1,4}\})?$")
"""Words that end with any digit begin the number of a model, which may go on."""
_LETTER = re.compile(r"[A-Za-z](?![?*+{])")
_MOST_NAMES = 8
STRENGTHS = ("weak", "medium", "strong")
_KEYS = frozenset(
    {"id", "says", "type", "vendor", "product", "fields", "literals", "pattern", "words", "strength", "plain", "source"}
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
        plain: Whether it fires on what the device calls itself in plain words.
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
    plain: bool
    source: str
    match: tuple[Example, ...]
    differ: tuple[Example, ...]

    def find(self, value: str) -> re.Match[str] | None:
        """Return where the rule fires on the text of a field, or None.

        A word that is only part of a public host name (`cam.example.org`, `www.sonos.com`) is passed over: whoever
        chose the name need not have spoken of the device.
        """
        hit = self.pattern.search(value)
        for _ in range(_MOST_NAMES):
            if hit is None or not _in_host_name(value, hit):
                return hit
            hit = self.pattern.search(value, hit.start() + 1)
        return None

    def product_of(self, found: re.Match[str]) -> str:
        """Return the product that a match names, with one space between words; empty where it names none."""
        if "{" not in self.product:
            return self.product
        groups = {name: value or "" for name, value in found.groupdict().items()}
        return " ".join(self.product.format_map(groups).split())


def _in_host_name(value: str, hit: re.Match[str]) -> bool:
    start, end = hit.span()
    if _IN_NAME.match(value, end) is None and (start == 0 or _IN_NAME.match(value, start - 1) is None):
        return False
    if end - start > 64 or _LABEL.fullmatch(value, start, end) is None:  # what has a dot itself is meant as a name
        return False
    return _NAME_BEHIND.match(value, end) is not None


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
        plain=entry.get("plain", False),
        source=entry["source"],
        match=tuple(Example(**each) for each in entry.get("match", ())),
        differ=tuple(Example(**each) for each in entry.get("differ", ())),
    )


def _expression(entry: Mapping[str, Any]) -> str:
    if ("pattern" in entry) == ("words" in entry):
        raise ValueError(f"rule {entry['id']!r} must have either a pattern or words")
    if "words" in entry:
        # Neither does a word that begins or ends with a digit stand in the middle of a longer number.
        return rf"(?<![a-z])(?:{_grouped(entry['words'])})(?![a-z])(?!(?<=\d)\d)"
    return entry["pattern"] if isinstance(entry["pattern"], str) else "|".join(entry["pattern"])


def _grouped(words: Sequence[str]) -> str:
    """Write words as alternatives, those with the same first letter behind it: `re` tries few at each place then."""
    groups: dict[str, list[str]] = {}
    for word in words:
        if _MODEL.search(word):
            word += "[a-z\\d]{0,8}"
        if _NUMBER.match(word):
            groups.setdefault("", []).append(rf"(?<!\d){word}")
        elif _LETTER.match(word):
            groups.setdefault(word[0].lower(), []).append(word[1:])
        else:
            groups.setdefault("", []).append(word)
    others = groups.pop("", [])
    return "|".join([*(f"{letter}(?:{'|'.join(rests)})" for letter, rests in groups.items()), *others])


@cache
def device_rules() -> tuple[DeviceRule, ...]:
    """Return the rules that come with the package, by file and then in its order.

    Raises:
        UsageError: A file of the package is broken.
    """
    folder = files("attribution.enrich.devices").joinpath("rules")
    paths = sorted((path for path in folder.iterdir() if path.name.endswith(".toml")), key=lambda path: path.name)
    return tuple(rule for path in paths for rule in read_rules(path.read_text("utf-8"), path.name))
