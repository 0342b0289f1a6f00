"""The families of evidence, their fields, and the combinations that may join messages."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ANALYST",
    "DISAGREEMENT",
    "FIELDS",
    "KEYS",
    "SLOTS",
    "TIME_BUCKET_HOURS",
    "WITHOUT_TIME",
    "Field",
    "circumstances",
    "key_words",
]

TIME_BUCKET_HOURS = 6

ANALYST = "analyst's decision"
"""What stands for the evidence where a person joined messages."""


@dataclass(frozen=True, slots=True)
class Field:
    """One kind of evidence.

    Attributes:
        code: Its short name.
        family: Fields of one family come from the same cause; no combination holds two of them.
        words: What it is called where people read.
        cap: The most that it can weigh, in bits, however rare it is in the corpus.
        exclusive: It weighs its cap (a subject or text: its own information) when nobody else has the value.
            Other fields always weigh their measured rate.
        often_absent: Messages lack it for reasons that are no evidence, so that its rate is taken among those
            that have it.
        infrastructure: It tells who carried the mail and not what the mail is; counts in the first round only.
        several: A message may have several values of it, of which one in common is enough.
        prior: Clusters of unrelated mail without the value that are added to those of the corpus: what a small corpus
            cannot show to be rare is rare all the same.
    """

    code: str
    family: str
    words: str
    cap: float
    exclusive: bool = False
    often_absent: bool = False
    infrastructure: bool = False
    several: bool = False
    prior: float = 0.0


_CONTENT_AND_TIME = frozenset(("subject", "text", "payload", "attachment", "contact", "stream", "time"))

FIELDS: dict[str, Field] = {
    field.code: field
    for field in (
        Field("S", "subject", "subject template", 40, exclusive=True),
        Field("S2", "subject", "subject family", 40, exclusive=True),
        Field("M", "text", "text", 30, exclusive=True),
        Field("U", "payload", "link domain", 24, several=True, prior=500),
        Field("Q", "payload", "link path", 12, often_absent=True, several=True, prior=500),
        Field("A", "attachment", "attachment", 30, exclusive=True, several=True),
        Field("C", "contact", "contact (Reply-To or wallet)", 30, exclusive=True, several=True),
        Field("F", "contact", "phone number", 24, exclusive=True, several=True),
        Field("V", "stream", "signed List-Id", 40, exclusive=True),
        Field("L", "stream", "List-Id", 20, exclusive=True),
        Field("I", "identity", "From domain", 12, often_absent=True),
        Field("E", "identity", "envelope domain", 12, often_absent=True),
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

DISAGREEMENT = {"C": 10.0, "T": 3.0, "M": 2.0}
"""Bits that a combination loses where the messages that share it have different contacts, engines or texts.

Who writes for himself wants his own answers; a campaign is mostly sent by one program, and often says one thing.
"""

SLOTS = tuple(code for code, field in FIELDS.items() if field.several)
"""The fields of which a message may have several values."""

_CIRCUMSTANCES = ("I", "E", "J", "T", "R", "H", "P", "N", "D")


def _subject_keys(subject: str) -> list[tuple[str, ...]]:
    """Return the combinations with a subject, or with a family of subjects."""
    with_one = [(subject, other) for other in _CIRCUMSTANCES]
    # A kit writes subject and text alike: a text bears out the same subject, and not one with another name in it.
    with_content = [(other, subject) for other in ("A", "C", "F", "U", "Q", *(["M"] if subject == "S" else []))]
    pairs = ("TN", "TD", "TI", "TE", "TR", "TH", "ND", "RD", "HD", "ID", "ED")
    with_two = [(subject, *pair) for pair in pairs]
    with_more = [(subject, *more) for more in ("TRD", "THD", "TND", "ITD")] if subject == "S" else []
    payload = [("U", subject, *more) for more in ("D", "T", "H", "R", "TD", "HD")]
    return [*with_content, *with_one, *with_two, *with_more, *payload]


KEYS: tuple[tuple[str, ...], ...] = tuple(
    sorted(
        (
            ("V",),
            ("C",),
            ("A",),
            *(("L", other) for other in ("S", "S2", "M", "T", "I", "J", "P", "N")),
            *_subject_keys("S"),
            *_subject_keys("S2"),
            *((slot, "M") for slot in ("A", "F", "U", "Q")),
            *(("M", other) for other in ("J", "T", "R", "H", "D")),
            *(("M", *pair) for pair in ("TD", "TH", "TR", "HD", "RD")),
            *(("U", other) for other in ("I", "E", "J", "T", "R", "H", "D")),
            *(("U", *more) for more in ("TN", "TD", "TR", "TH", "RD", "HD", "ND")),
            *(("Q", *more) for more in ("TD", "THD", "TRD")),
        ),
        key=len,
    )
)
"""Combinations, shortest first: a longer one is looked at only where no shorter one holds.

Each holds a content field (subject, text, payload, attachment, contact or stream), and at most one field of several
values, which stands first. Engine, identity and infrastructure alone never join: one tool, one company and one address
serve many campaigns. A link domain and its server are one organisation, and a text and the server of one organisation
too, so that neither pair joins.
"""


def _without_time() -> dict[tuple[str, ...], int]:
    numbers = {frozenset(key): number for number, key in enumerate(KEYS)}
    pairs = ((key, frozenset(key) - {"D"}) for key in KEYS if "D" in key and len(key) > 2)
    return {key: numbers[rest] for key, rest in pairs if rest in numbers}


WITHOUT_TIME = _without_time()
"""For each combination of time and at least two other fields, the number of the one without time."""


def circumstances(key: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields of a combination that say how a message was made and sent, and not what it is, nor when."""
    return tuple(code for code in key if FIELDS[code].family not in _CONTENT_AND_TIME)


def key_words(key: tuple[str, ...]) -> str:
    """Return a combination in words, as in `subject template + engine`."""
    return " + ".join(FIELDS[code].words for code in key)
