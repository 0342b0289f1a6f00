"""Device lines of an installed nmap-service-probes file, which is never shipped (its licence is nmap's own).

Only lines with a device type (`d/.../`) are taken: the others say nothing about the kind of a device.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attribution.enrich.devices.regex_dialects import tamed, translate
from attribution.enrich.devices.vocabulary import type_of_word
from attribution.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["NmapMatch", "NmapProbes", "read_nmap_probes"]

LARGEST_FILE = 32 * 1024 * 1024
_SPACE = " \t"
_GROUP = re.compile(r"\$(?:P\((\d)\)|SUBST\((\d),\"([^\"]{0,40})\",\"([^\"]{0,40})\"\)|I\(\d,\"[<>]\"\)|(\d))")
_UNPRINTED = re.compile(r"[^\x20-\x7e]++")


@dataclass(frozen=True, slots=True)
class NmapMatch:
    """What a line says of a banner.

    Attributes:
        service: nmap's name for the service.
        word: nmap's word for the device.
        product: The product; None where the line names none.
        info: What else it says, likewise.
        system: The operating system, likewise.
        line: Number of the line in its file.
        soft: Whether the line is only a `softmatch`, which says what the service may be.
    """

    service: str
    word: str
    product: str | None
    info: str | None
    system: str | None
    line: int
    soft: bool

    @property
    def device_type(self) -> str | None:
        """The type in our vocabulary, None where nmap's word has no counterpart."""
        return type_of_word("nmap", self.word)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    soft: bool
    pattern: re.Pattern[str]
    parts: Mapping[str, str]


class NmapProbes:
    """The device lines of a file.

    Args:
        lines: In order, by service.
        skipped: For each line that cannot be used: its number and the reason.
    """

    def __init__(self, lines: Mapping[str, tuple[_Line, ...]], skipped: tuple[tuple[int, str], ...]) -> None:
        self.lines = lines
        self.skipped = skipped

    def match(self, text: str, service: str) -> NmapMatch | None:
        """Return what the first line that matches says, or None.

        Args:
            text: The answer of the service, bytes read as Latin-1.
            service: nmap's name for it (`http`, `ftp`, `telnet` ...).
        """
        text = tamed(text)
        for line in self.lines.get(service, ()):
            found = line.pattern.search(text)
            if found is not None:
                told = {key: _filled(value, found) or None for key, value in line.parts.items()}
                named = (told["d"] or "", told.get("p"), told.get("i"), told.get("o"))
                return NmapMatch(service, *named, line.number, line.soft)
        return None


def _filled(template: str, found: re.Match[str]) -> str:
    """Put the groups of a match in the places that a template leaves for them."""

    def part(place: re.Match[str]) -> str:
        printed, substituted, old, new, plain = place.groups()
        number = int(printed or substituted or plain or -1)
        value = (found[number] or "") if 0 < number <= found.re.groups else ""
        if printed:
            return _UNPRINTED.sub("", value)
        return value.replace(old, new) if substituted else value

    return " ".join(_GROUP.sub(part, template).split())


def read_nmap_probes(path: Path) -> NmapProbes:
    """Return the device lines of a file; those that Python cannot use are skipped and listed.

    Args:
        path: The file `nmap-service-probes` of an installed nmap.

    Raises:
        UsageError: It cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise UsageError(f"{path}: this file cannot be read: {error}") from error
    if len(content) > LARGEST_FILE:
        raise UsageError(f"{path}: this file is larger than {LARGEST_FILE} bytes")
    lines: dict[str, list[_Line]] = {}
    skipped: list[tuple[int, str]] = []
    for number, text in enumerate(content.decode("latin-1").splitlines(), 1):
        if not text.startswith(("match ", "softmatch ")):
            continue
        try:
            service, line = _read_line(text, number)
        except (re.error, ValueError, IndexError, OverflowError, RecursionError) as error:
            skipped.append((number, str(error)))
            continue
        if line is not None:
            lines.setdefault(service, []).append(line)
    if not lines:
        raise UsageError(f"{path}: this file has no line of nmap's that names a device; give nmap-service-probes")
    return NmapProbes({service: tuple(found) for service, found in lines.items()}, tuple(skipped))


def _read_line(text: str, number: int) -> tuple[str, _Line | None]:
    word, service, rest = text.split(None, 2)
    if rest[0] != "m":
        raise ValueError("no pattern behind the name of the service")
    end = rest.index(rest[1], 2)
    pattern, rest = rest[2:end], rest[end + 1 :]
    flags = rest[: len(rest) - len(rest.lstrip("is"))]
    parts = dict(_parts(rest[len(flags) :]))
    if not parts.get("d"):
        return service, None
    options = re.ASCII | (re.IGNORECASE if "i" in flags else 0) | (re.DOTALL if "s" in flags else 0)
    return service, _Line(number, word == "softmatch", re.compile(translate(pattern, ruby=False), options), parts)


def _parts(rest: str) -> Iterator[tuple[str, str]]:
    """Give what a line says: a letter (or `cpe:`), then a text between two delimiters of its own choice."""
    place = 0
    while place < len(rest):
        if rest[place] in _SPACE:
            place += 1
            continue
        key = "cpe" if rest.startswith("cpe:", place) else rest[place]
        start = place + (4 if key == "cpe" else 1)
        end = rest.index(rest[start], start + 1)
        yield key, rest[start + 1 : end]
        place = end + 1
        while place < len(rest) and rest[place] not in _SPACE:
            place += 1
