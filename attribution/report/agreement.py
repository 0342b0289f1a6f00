"""How far the handover agrees with what other fields of the receiver say of the client, on a case's own mail."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from attribution.errors import CaseError

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["COMPARED", "Agreement", "Difference", "FieldAgreement", "agreement"]

COMPARED = (
    "source",
    "member",
    "offset",
    "handover_ip",
    "handover_grade",
    "handover_reason",
    "client_ip",
    "client_fields",
)
"""Columns of the messages table that are needed."""

_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class FieldAgreement:
    """Comparable messages in which a field speaks, by its lower-case name: those that agree, and those that differ."""

    field: str
    agreeing: int
    differing: int


@dataclass(frozen=True, slots=True)
class Difference:
    """A message whose fields name another address than its handover: its place, both, and the handover's reason."""

    source: str
    member: str | None
    offset: int
    handover_ip: str
    handover_grade: str
    handover_reason: str | None
    client_ip: str
    client_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Handover and fields compared; every count is of messages.

    Attributes:
        messages: All of them.
        comparable: Those with a handover and an address that the receiver's fields agree on.
        agreeing, differing: Those whose two addresses are the same, and the others of them.
        no_handover: Those in which fields name an address, and the verdict none.
        no_statement: Those in which fields name no address, or contradict each other.
        fields: Every field that speaks in a comparable message, the most frequent first.
        examples: The first of those that differ, in the order of the table.
    """

    messages: int
    comparable: int
    agreeing: int
    differing: int
    no_handover: int
    no_statement: int
    fields: tuple[FieldAgreement, ...]
    examples: tuple[Difference, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as values that JSON knows."""
        return asdict(self)


def agreement(messages: pa.Table) -> Agreement:
    """Compare the handover of each message with what the receiver's own fields say.

    Args:
        messages: Table with the columns `COMPARED` of `attribution.tables.MESSAGES`.

    Raises:
        CaseError: A column is missing, because an older version wrote the case.
    """
    missing = [name for name in COMPARED if name not in messages.column_names]
    if missing:
        message = (
            f"an older version wrote this case: its messages lack {', '.join(missing)}; "
            "run the analysis again into a new folder"
        )
        raise CaseError(message)
    agreeing: Counter[str] = Counter()
    differing: Counter[str] = Counter()
    examples: list[Difference] = []
    same = other = no_handover = no_statement = 0
    for batch in messages.select(COMPARED).to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            if row["client_ip"] is None:
                no_statement += 1
                continue
            if row["handover_ip"] is None:
                no_handover += 1
                continue
            fields = tuple(row["client_fields"] or ())
            if row["handover_ip"] == row["client_ip"]:
                same += 1
                agreeing.update(fields)
                continue
            other += 1
            differing.update(fields)
            if len(examples) < _EXAMPLES:
                examples.append(Difference(**{**row, "client_fields": fields}))
    names = sorted(agreeing.keys() | differing.keys(), key=lambda name: (-agreeing[name] - differing[name], name))
    return Agreement(
        messages=messages.num_rows,
        comparable=same + other,
        agreeing=same,
        differing=other,
        no_handover=no_handover,
        no_statement=no_statement,
        fields=tuple(FieldAgreement(name, agreeing[name], differing[name]) for name in names),
        examples=tuple(examples),
    )
