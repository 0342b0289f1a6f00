"""The vocabulary of device types, and what the words of Recog, nmap and Shodan mean in it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

__all__ = ["DeviceType", "Vocabulary", "device_types", "type_of_word"]

Vocabulary = Literal["recog", "nmap", "shodan"]
_LONGEST_WORD = 64


@dataclass(frozen=True, slots=True)
class DeviceType:
    """One kind of device.

    Attributes:
        id: As it stands in tables and rules.
        says: Plain words, in the singular.
        thing: Whether it is what the word "thing" means: an appliance with a program inside, not a computer.
        gateway: Whether it stands in front of other hosts, which share its address.
        weak: Whether it is only a part that many devices and servers share, so that it names no device by itself.
        recog: Recog's words for it (`hw.device`, `os.device`), in lower case.
        nmap: nmap's words for it (`devicetype`), likewise.
        shodan: Words that Shodan has beyond nmap's: tags.
    """

    id: str
    says: str
    thing: bool
    gateway: bool
    weak: bool
    recog: tuple[str, ...]
    nmap: tuple[str, ...]
    shodan: tuple[str, ...]


@cache
def device_types() -> dict[str, DeviceType]:
    """Return all types by id, in the order of the data file."""
    table = tomllib.loads((files("attribution.enrich.devices") / "types.toml").read_text("utf-8"))
    return {
        name: DeviceType(
            id=name,
            says=entry["says"],
            thing=entry["thing"],
            gateway=entry["gateway"],
            weak=entry.get("weak", False),
            recog=tuple(entry.get("recog", ())),
            nmap=tuple(entry.get("nmap", ())),
            shodan=tuple(entry.get("shodan", ())),
        )
        for name, entry in table.items()
    }


@cache
def _words(vocabulary: Vocabulary) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind in device_types().values():
        words = {"recog": kind.recog, "nmap": kind.nmap, "shodan": (*kind.nmap, *kind.shodan)}[vocabulary]
        found |= dict.fromkeys(words, kind.id)
    return found


def type_of_word(vocabulary: Vocabulary, word: str) -> str | None:
    """Return the type that a word of another vocabulary means, or None where it has no counterpart here.

    Args:
        vocabulary: Whose word it is; `shodan` takes a tag as well as a `devicetype`.
        word: The word, in any case of letters.
    """
    return _words(vocabulary).get(word.strip().lower()) if len(word) <= _LONGEST_WORD else None
