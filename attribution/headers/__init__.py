"""Header bytes in, fields and hops out: the stage that knows the syntax of mail headers, and nothing of trust.

`block` splits a header into fields, and `fields` reads those of the message itself (with `mailboxes` and `words`).

`chain` turns the Received fields into hops. `received` reads one: by the single pattern of `usual`, else by scanning
(`tokens`, then `clauses`, and `peer` for who connected). Both ways use `dialect_table`, whose `from` clauses are
templates (`slots`), `session` (with `annotations`) for TLS and logins, and `dates`. `queue_ids` reads the time in an
id. What no dialect fits is grouped by `unknown_lines` for whoever wants to extend the table.
"""

from __future__ import annotations

from attribution.headers.block import read_block
from attribution.headers.chain import hops
from attribution.headers.dates import ParsedDate, parse_date, parse_date_parts
from attribution.headers.fields import MessageFields, message_fields
from attribution.headers.mailboxes import Mailbox, read_mailbox
from attribution.headers.received import parse_received
from attribution.headers.words import decode_words

__all__ = [
    "Mailbox",
    "MessageFields",
    "ParsedDate",
    "decode_words",
    "hops",
    "message_fields",
    "parse_date",
    "parse_date_parts",
    "parse_received",
    "read_block",
    "read_mailbox",
]
