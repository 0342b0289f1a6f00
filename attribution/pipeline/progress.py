"""How far a run is, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Progress"]


@dataclass(slots=True)
class Progress:
    """The state of a running analysis, given to the `progress` callback whenever it changes.

    Attributes:
        stage: What is being done: `reading sample`, `reading mail`, `addresses`, `campaigns`, `writing`.
        bytes_done: Bytes of the sources that have been read; of a compressed source its compressed bytes.
        bytes_total: Bytes of all sources; None where that cannot be known (standard input).
        messages: Messages that have been analysed.
        problems: Items that gave no message.
    """

    stage: str = "reading sample"
    bytes_done: int = 0
    bytes_total: int | None = None
    messages: int = 0
    problems: int = 0
