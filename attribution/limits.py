"""Every cap of the program in one place; `run.json` records the ones in force."""

from __future__ import annotations

from dataclasses import asdict, dataclass

__all__ = ["GRAPH_MESSAGES", "Limits"]

GRAPH_MESSAGES = 100_000
"""Messages in a graph beyond which it is made only when that is asked for: networkx takes a kilobyte for each."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps that keep hostile input from costing more than one message.

    All sizes are bytes, all times seconds. What a cap cut off is never silent: the item gets
    the status `partial`, `too-large` or `timeout`.
    """

    message_bytes: int = 64 * 1024 * 1024
    """A larger message is hashed and its header read; its status is `too-large`."""
    header_bytes: int = 256 * 1024
    """Header block that is parsed; a longer one is cut there and the message is `partial`."""
    header_fields: int = 2_000
    """Fields that are split off a header block; the message is `partial` beyond."""
    field_bytes: int = 64 * 1024
    """Value of one field that is parsed."""
    received_fields: int = 100
    """Received fields that are parsed; the others keep their raw text and the status `unknown`."""
    comment_depth: int = 32
    """Nesting of comments in a structured field (RFC 5322 §3.2.2 sets no bound)."""
    mime_parts: int = 10_000
    """Lines of a body that may begin a part; a message with more is not opened by mail-parser."""
    message_seconds: float = 10.0
    """Time that a worker may spend on one message."""
    batch_messages: int = 1_000
    """Messages that are handed to a worker at once; also the rows of one Parquet part."""
    batch_bytes: int = 32 * 1024 * 1024
    """Bytes of mail that are handed to a worker at once."""
    worker_bytes: int = 2 * 1024 * 1024 * 1024
    """Address space that one worker may take up beyond what it has at its start."""
    archive_depth: int = 3
    """Containers within containers that are opened."""
    archive_members: int = 10_000_000
    """Members of one archive that are read."""
    expanded_bytes: int = 256 * 1024 * 1024 * 1024
    """Bytes that one compressed source may expand to."""
    expansion_ratio: int = 250
    """Expanded over compressed size that is taken for a bomb, counted beyond `ratio_floor_bytes`."""
    ratio_floor_bytes: int = 64 * 1024 * 1024
    """Expanded bytes below which no ratio is judged."""
    control_addresses: int = 200_000
    """Neighbours of senders of which a scan's answers are kept; of more, a sample by a hash of the address."""
    sample_messages: int = 2_000
    """Messages that the first pass looks at to learn who the receiver is."""

    def as_dict(self) -> dict[str, int | float]:
        """Return the caps by name, as `run.json` holds them."""
        return asdict(self)
