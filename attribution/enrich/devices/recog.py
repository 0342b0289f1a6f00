"""Fingerprints of Recog (Rapid7, BSD-2-Clause), read from a folder on this machine and matched as Recog does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attribution.enrich.devices.kinds import kind_of
from attribution.enrich.devices.recog_xml import read_xml
from attribution.enrich.devices.regex_dialects import tamed, translate
from attribution.enrich.devices.vocabulary import type_of_word
from attribution.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from attribution.enrich.devices.recog_xml import RawFingerprint

__all__ = ["Fingerprint", "Recog", "RecogMatch", "compile_fingerprint", "read_recog"]

_FLAGS = {"REG_ICASE": re.IGNORECASE, "IGNORECASE": re.IGNORECASE}
_FLAGS |= dict.fromkeys(("REG_DOT_NEWLINE", "REG_MULTILINE", "REG_LINE_ANY_CRLF"), re.DOTALL)
_NESTED = re.compile(r"\((\.|\\[wdSs])\+\)\*")
_NAME = re.compile(r"\{([A-Za-z_][\w.]{0,80})\}")
_DEVICES = ("hw.device", "os.device")
_VENDORS = ("hw.vendor", "os.vendor")
_PRODUCTS = ("hw.product", "hw.model", "hw.family", "os.product")
_WITHOUT_NAME = {"telnet_banners": "telnet", "hp_pjl_id": "printer", "h323_callresp": "h323"}


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """One fingerprint: a pattern, parameters with a fixed value, and parameters that are groups of the pattern."""

    description: str
    pattern: re.Pattern[str]
    fixed: tuple[tuple[str, str], ...]
    groups: tuple[tuple[int, str], ...]

    def params(self, text: str) -> dict[str, str] | None:
        """Return the parameters that the fingerprint gives for a text, or None where it does not match."""
        found = self.pattern.search(text)
        if found is None:
            return None
        raw = dict(self.fixed)
        raw |= {name: value for group, name in self.groups if (value := found[group]) is not None}
        filled = {name: _filled(name, value, raw) for name, value in raw.items()}
        return {name: value for name, value in filled.items() if not name.startswith("_tmp.")}


def _filled(name: str, value: str, params: Mapping[str, str]) -> str:
    """Put other parameters in the places that a value leaves for them; in a CPE a dash stands for what is missing."""
    if "{" not in value:
        return value
    missing = "-" if name.endswith("cpe23") else ""
    # A parameter may be made of another that is itself made of parts (product of family and model), never deeper.
    for _ in range(3):
        value = _NAME.sub(lambda found: params.get(found[1]) or missing, value)
    return value


def compile_fingerprint(raw: RawFingerprint) -> Fingerprint:
    """Return a fingerprint ready to match.

    Raises:
        re.error: Python cannot compile the pattern.
        ValueError: A parameter asks for a group that the pattern does not have.
    """
    flags = re.MULTILINE | re.ASCII  # as in Ruby, where `^` and `$` are always those of a line
    for word in raw.flags.split(","):
        flags |= _FLAGS.get(word.strip(), re.NOFLAG)
    # A repeat of a repeat means the same without the outer one, and takes time that doubles with each letter.
    pattern = re.compile(_NESTED.sub(r"(\1+)?", translate(raw.pattern, ruby=True)), flags)
    groups = tuple((int(position), name) for position, name, _ in raw.params if position != "0")
    if any(not 0 < group <= pattern.groups for group, _ in groups):
        raise ValueError("a parameter asks for a group that the pattern does not have")
    fixed = tuple((name, value) for position, name, value in raw.params if position == "0")
    return Fingerprint(raw.description, pattern, fixed, groups)


@dataclass(frozen=True, slots=True)
class RecogMatch:
    """What Recog says of a text.

    Attributes:
        database: What the fingerprint is matched against, in Recog's words.
        description: Of the fingerprint.
        params: Everything that it gives, by Recog's names.
    """

    database: str
    description: str
    params: Mapping[str, str]

    @property
    def word(self) -> str | None:
        """Recog's word for the device."""
        return next((self.params[name] for name in _DEVICES if self.params.get(name)), None)

    @property
    def device_type(self) -> str | None:
        """The type in our vocabulary, None where Recog names no device or one that has no counterpart."""
        return None if self.word is None else type_of_word("recog", self.word)

    @property
    def vendor(self) -> str | None:
        """Who made the device, or the system that runs on it."""
        return next((self.params[name] for name in _VENDORS if self.params.get(name)), None)

    @property
    def product(self) -> str | None:
        """The most telling name of the product."""
        return next((self.params[name] for name in _PRODUCTS if self.params.get(name)), None)


class Recog:
    """All fingerprints of a folder.

    Args:
        databases: The fingerprints in order, by what they are matched against.
        skipped: For each that Python cannot use: file, pattern, reason.
    """

    def __init__(
        self, databases: Mapping[str, tuple[Fingerprint, ...]], skipped: tuple[tuple[str, str, str], ...]
    ) -> None:
        self.databases = databases
        self.skipped = skipped
        self._by_field: dict[str, list[str]] = {}
        for name in databases:
            field = _WITHOUT_NAME.get(name) or kind_of(name)
            if field:
                self._by_field.setdefault(field, []).append(name)

    def match(self, text: str, database: str) -> RecogMatch | None:
        """Return what the first fingerprint that matches says, or None.

        Args:
            text: The value that the database is about, as Recog wants it (for instance a title without tags).
            database: Recog's name for what is matched.
        """
        text = tamed(text)
        for fingerprint in self.databases.get(database, ()):
            params = fingerprint.params(text)
            if params is not None:
                return RecogMatch(database, fingerprint.description, params)
        return None

    def match_fields(self, fields: Mapping[str, str]) -> tuple[RecogMatch, ...]:
        """Return what each database says of the fields of a banner, as `split_banner` gives them."""
        found = (self.match(value, name) for field, value in fields.items() for name in self._by_field.get(field, ()))
        return tuple(match for match in found if match is not None)


def read_recog(folder: Path) -> Recog:
    """Return the fingerprints of a folder; what Python cannot use is skipped and listed.

    Args:
        folder: With Recog's XML files.

    Raises:
        UsageError: The folder holds none, or a file is broken, too large or dangerous.
    """
    databases: dict[str, tuple[Fingerprint, ...]] = {}
    skipped: list[tuple[str, str, str]] = []
    paths = sorted(folder.glob("*.xml"))
    if not paths:
        raise UsageError(f"{folder}: there are no XML files of Recog in this folder")
    for path in paths:
        file = read_xml(path)
        usable = []
        for raw in file.fingerprints:
            try:
                usable.append(compile_fingerprint(raw))
            except (re.error, ValueError, OverflowError, RecursionError) as error:
                skipped.append((path.name, raw.pattern, str(error)))
        name = file.matches or path.stem
        databases[name] = databases.get(name, ()) + tuple(usable)
    return Recog(databases, tuple(skipped))
