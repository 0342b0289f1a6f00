"""Two small campaigns and two messages that are in none, as the tables of a case say it.

Campaign 100 is a star of parcel mail round message 101, to which a wave of the next days hangs by one link:

    100 -1- 101 -1- 102 -1- 103 -1- 104 -2- 105 -3- 106, 107        (1 to 3: the evidence)

Campaign 200 is two invoices. Message 300 is in none, and a lead names it; message 301 is in none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from attribution.tables import CAMPAIGNS, EVIDENCE, LEADS, LINKS, MESSAGES

__all__ = ["campaigns", "evidence", "leads", "links", "made", "messages"]

SUBJECT = "your parcel <n> could not be delivered \x1b[2J"


def campaigns(**changed: Any) -> pa.Table:  # noqa: ANN401 (columns of any type)
    """Give both campaigns; named columns of the first are replaced."""
    first = {
        "campaign": 100,
        "messages": 4_112,
        "name": 'Parcel \x1b]8;;http://evil.example\x07 "wave"',
        "aliases": [102, 105],
        "confidence": 0.987,
        "families": ["subject", "engine"],
        "remains": [0.96, 0.12],
        "bridge_evidence": 2,
        "bridge_messages": 412,
        "bridge_background": 0.008,
    }
    second = {"campaign": 200, "messages": 2, "aliases": [], "confidence": 0.99999}
    return pa.Table.from_pylist([first | changed, second], CAMPAIGNS)


def evidence(**changed: Any) -> pa.Table:  # noqa: ANN401 (columns of any type)
    """Give the evidence of both; named columns of the first row are replaced."""
    rows = [
        {
            "campaign": 100,
            "trait": "subject family + engine",
            "value": f"{SUBJECT} + pmsg-7f03",
            "messages": 4_112,
            "background": 0.003,
            "weight": 27.9,
            "evidence": 1,
            "families": ["subject", "engine"],
            "values": [SUBJECT, "pmsg-7f03"],
            "bits": [18.2, 9.7],
            "round": 1,
            "among": 750_000,
        }
        | changed,
        {
            "campaign": 100,
            "trait": "subject template + time window",
            "value": "we tried to reach you + 6 hours from 2014-01-03T06:00Z",
            "messages": 52,
            "background": 0.008,
            "weight": 24.1,
            "evidence": 2,
            "families": ["subject", "time"],
            "values": ["we tried to reach you", "6 hours from 2014-01-03T06:00Z"],
            "bits": [19.1, 5.0],
            "round": 2,
            "among": 91_250,
        },
        {
            "campaign": 100,
            "trait": "text + HELO shape + time window",
            "value": "we tried to reach you at + aaaa-9 + 6 hours from 2014-01-03T12:00Z",
            "messages": 410,
            "background": 2e-9,
            "weight": 48.0,
            "evidence": 3,
            "families": ["text", "trace", "time"],
            "values": ["we tried to reach you at", "aaaa-9", "6 hours from 2014-01-03T12:00Z"],
            "bits": [30.0, 10.0, 5.0],
            "round": 1,
            "among": 750_000,
        },
        {
            "campaign": 200,
            "trait": "attachment",
            "value": "9f" * 32,
            "messages": 2,
            "background": 0.0007,
            "weight": 30.0,
            "evidence": 4,
            "families": ["attachment"],
            "values": ["9f" * 32],
            "bits": [30.0],
            "round": 1,
            "among": 750_000,
        },
    ]
    return pa.Table.from_pylist(rows, EVIDENCE)


def links() -> pa.Table:
    """Give the forests of both."""
    star = [(100, 100, 101, 1), (100, 101, 102, 1), (100, 101, 103, 1), (100, 101, 104, 1)]
    wave = [(100, 104, 105, 2), (100, 105, 106, 3), (100, 105, 107, 3)]
    rows = [*star, *wave, (200, 200, 201, 4)]
    return pa.Table.from_pylist([dict(zip(LINKS.names, row, strict=True)) for row in rows], LINKS)


def leads() -> pa.Table:
    """Give a lead of each kind to campaign 100, and one from it to message 300."""
    rows = [
        {"lead": 1, "kind": "same senders", "campaign_a": 100, "campaign_b": 200, "shared": 17, "background": 0.0004},
        {"lead": 2, "kind": "same engine", "campaign_a": 100, "campaign_b": 400, "background": 0.02},
        {
            "lead": 3,
            "kind": "evidence",
            "campaign_a": 100,
            "message_a": 103,
            "message_b": 300,
            "trait": "subject template + time window",
            "background": 0.06,
            "reason": "hello \x1b[31m",
        },
    ]
    return pa.Table.from_pylist(rows, LEADS)


def messages() -> pa.Table:
    """Give all messages, two of them copies of one."""
    rows = [
        {
            "message": key,
            "campaign": 100 if key < 200 else 200 if key < 300 else None,
            "sha256": f"{key - 1 if key == 201 else key:08x}" + "ab" * 28,
            "source": "dump.mbox" if key < 200 else "mail",
            "member": None if key < 200 else f"inbox/{key}.eml",
            "offset": 1_000 * (key - 100) if key < 200 else 0,
            "header_message_id": f"{key}.4711@mail.example.org",
            "subject": f"Your parcel {key} \x1b[2J could not be delivered",
            "from_address": "post@example.com",
            "received_at": datetime(2014, 1, 3, 6, key % 60, tzinfo=UTC),
        }
        for key in (*range(100, 108), 200, 201, 300, 301)
    ]
    return pa.Table.from_pylist(rows, MESSAGES)


def made() -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
    """Give the tables that an explanation is made of, in the order in which it takes them."""
    return campaigns(), evidence(), links(), leads()
