"""The families of evidence, their fields, and the combinations that may join messages."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FIELDS", "KEYS", "TIME_BUCKET_HOURS", "WITHOUT_TIME", "Field", "circumstances", "key_words"]

TIME_BUCKET_HOURS = 6


@dataclass(frozen=True, slots=True)
class Field:
    """One kind of evidence.

    Attributes:
        code: Its short name.
        family: Fields of one family come from the same cause; no combination holds two of them.
        words: What it is called where people read.
        cap: The most that it can weigh, in bits, however rare it is in the corpus.
        exclusive: It weighs its cap (a subject: its own information) when nobody else has the value.
            Other fields always weigh their measured rate.
        often_absent: Messages lack it for reasons that are no evidence, so that its rate is taken among those
            that have it.
        infrastructure: It tells who carried the mail and not what the mail is; counts in the first round only.
    """

    code: str
    family: str
    words: str
    cap: float
    exclusive: bool = False
    often_absent: bool = False
    infrastructure: bool = False


_CONTENT_AND_TIME = frozenset(("subject", "contact", "stream", "time"))

FIELDS: dict[str, Field] = {
    field.code: field
    for field in (
        Field("S", "subject", "subject template", 40, exclusive=True),
        Field("S2", "subject", "subject family", 40, exclusive=True),
        Field("C", "contact", "Reply-To address", 30, exclusive=True),
        Field("V", "stream", "signed List-Id", 40, exclusive=True),
        Field("L", "stream", "List-Id", 20, exclusive=True),
        Field("I", "identity", "From domain", 12, often_absent=True),
        Field("J", "identity", "From address", 12, often_absent=True),
        Field("T", "engine", "engine", 10, often_absent=True),
        Field("R", "trace", "pattern of the unverified Received lines", 10),
        Field("H", "trace", "HELO shape", 10, often_absent=True),
        Field("P", "infrastructure", "handover address", 12, often_absent=True, infrastructure=True),
        Field("N", "infrastructure", "handover network", 8, often_absent=True, infrastructure=True),
        Field("D", "time", "time window", 5, often_absent=True),
    )
}
"""Caps after the project's specification of campaigns. A List-Id that is not signed can be forged, so
that it weighs little more than a From domain; a signed one names a stream of mail by itself."""

KEYS: tuple[tuple[str, ...], ...] = (
    ("V",),
    ("C",),
    ("L", "S"),
    ("L", "S2"),
    ("L", "T"),
    ("L", "I"),
    ("L", "J"),
    ("L", "P"),
    ("L", "N"),
    ("S", "C"),
    ("S", "I"),
    ("S", "J"),
    ("S", "T"),
    ("S", "R"),
    ("S", "H"),
    ("S", "P"),
    ("S", "N"),
    ("S", "D"),
    ("S2", "C"),
    ("S2", "I"),
    ("S2", "J"),
    ("S2", "T"),
    ("S2", "R"),
    ("S2", "H"),
    ("S2", "P"),
    ("S2", "N"),
    ("S2", "D"),
    ("S", "T", "N"),
    ("S", "T", "D"),
    ("S", "T", "I"),
    ("S", "T", "R"),
    ("S", "T", "H"),
    ("S", "N", "D"),
    ("S", "R", "D"),
    ("S", "H", "D"),
    ("S", "I", "D"),
    ("S2", "T", "D"),
    ("S2", "T", "N"),
    ("S2", "T", "R"),
    ("S2", "T", "H"),
    ("S2", "R", "D"),
    ("S2", "H", "D"),
    ("S", "T", "R", "D"),
    ("S", "T", "H", "D"),
    ("S", "T", "N", "D"),
    ("S", "I", "T", "D"),
)
"""Combinations, shortest first: a longer one is looked at only where no shorter one holds.

Each holds a content field (subject, contact or stream). Engine, identity and infrastructure alone never join: one
tool, one company and one address serve many campaigns.
"""


def _without_time() -> dict[tuple[str, ...], int]:
    numbers = {frozenset(key): number for number, key in enumerate(KEYS)}
    return {key: numbers[frozenset(key) - {"D"}] for key in KEYS if "D" in key and len(key) > 2}


WITHOUT_TIME = _without_time()
"""For each combination of time and at least two other fields, the number of the one without time."""


def circumstances(key: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields of a combination that say how a message was made and sent, and not what it is, nor when."""
    return tuple(code for code in key if FIELDS[code].family not in _CONTENT_AND_TIME)


def key_words(key: tuple[str, ...]) -> str:
    """Return a combination in words, as in `subject template + engine`."""
    return " + ".join(FIELDS[code].words for code in key)
