"""How far a run is, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Progress"]


@dataclass(slots=True)
class Progress:
    """The state of a running analysis, given to the `progress` callback whenever it changes.

    Attributes:
        stage: What is being done: `reading sample`, `reading mail`, `addresses`, `reading banners`, `devices`,
            `campaigns`, `writing`.
        bytes_done: Bytes of the mail or of the scan files that have been read in this stage; of a compressed file its
            compressed bytes.
        bytes_total: All bytes that this stage reads; None where it reads none, or they are not known (standard input).
        messages: Messages that have been analysed.
        problems: Items that gave no message.
    """

    stage: str = "reading sample"
    bytes_done: int = 0
    bytes_total: int | None = None
    messages: int = 0
    problems: int = 0
