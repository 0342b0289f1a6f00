"""Files of Recog fingerprints, read by expat without any of XML's dangerous parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from attribution.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LARGEST_FILE", "RawExample", "RawFile", "RawFingerprint", "read_xml"]

LARGEST_FILE = 16 * 1024 * 1024
"""Bytes of one file; Recog's largest has half of one million."""
_DEEPEST = 8
_MOST_FINGERPRINTS = 100_000


@dataclass(slots=True)
class RawExample:
    """A text that a fingerprint must match, and its attributes: parameters that it must give, or how it is encoded."""

    text: str
    attributes: dict[str, str]


@dataclass(slots=True)
class RawFingerprint:
    """One fingerprint as it stands in the file; a parameter is position, name and value."""

    pattern: str
    flags: str
    description: str = ""
    params: list[tuple[str, str, str]] = field(default_factory=list)
    examples: list[RawExample] = field(default_factory=list)


@dataclass(slots=True)
class RawFile:
    """One file: what its fingerprints are matched against, and the fingerprints in order."""

    matches: str = ""
    fingerprints: list[RawFingerprint] = field(default_factory=list)


class _Builder:
    """Takes the events of the parser."""

    def __init__(self) -> None:
        self.file = RawFile()
        self._depth = 0
        self._text: list[str] = []
        self._attributes: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._text = []
        self._attributes = attributes
        if self._depth > _DEEPEST or len(self.file.fingerprints) > _MOST_FINGERPRINTS:
            raise ValueError("the file is too deep or has too many fingerprints")
        if name == "fingerprints":
            self.file.matches = attributes.get("matches", "")
        elif name == "fingerprint":
            self.file.fingerprints.append(RawFingerprint(attributes.get("pattern", ""), attributes.get("flags", "")))
        elif name == "param" and self.file.fingerprints:
            param = (attributes.get("pos", "0"), attributes.get("name", ""), attributes.get("value", ""))
            self.file.fingerprints[-1].params.append(param)

    def end(self, name: str) -> None:
        self._depth -= 1
        if not self.file.fingerprints:
            return
        if name == "example":
            self.file.fingerprints[-1].examples.append(RawExample("".join(self._text), self._attributes))
        elif name == "description":
            self.file.fingerprints[-1].description = " ".join("".join(self._text).split())

    def text(self, text: str) -> None:
        self._text.append(text)

    @staticmethod
    def refuse(*_: object) -> int:
        raise ValueError("it declares a document type or an entity, which such files have no use for")


def read_xml(path: Path) -> RawFile:
    """Return the fingerprints of one file.

    A document type is refused, so that no entity can be declared: neither bombs nor other files come in by them.

    Args:
        path: An XML file of Recog's format.

    Raises:
        UsageError: It cannot be read, is too large, is no XML, or declares a document type.
    """
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.EntityDeclHandler = builder.refuse
    parser.ExternalEntityRefHandler = builder.refuse
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise ValueError(f"it is larger than {LARGEST_FILE} bytes")
        parser.Parse(content, True)
    except (OSError, ValueError, expat.ExpatError) as error:
        raise UsageError(f"{path}: these fingerprints cannot be read: {error}") from error
    return builder.file
