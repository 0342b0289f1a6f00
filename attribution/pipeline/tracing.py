"""One message, traced: every hop from the newest down, the verdict, and what the message holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa

from attribution import contents, corpus, enrich, origin
from attribution.errors import InputError, UsageError
from attribution.limits import Limits
from attribution.models import Hop, MessageRecord, RawMessage
from attribution.origin.walk import receiver_of
from attribution.pipeline.addresses import gather_addresses, with_access
from attribution.pipeline.batch import read_message, record_of, traits_of
from attribution.pipeline.home_relays import note_home_relay
from attribution.pipeline.provider_lines import note_elsewhere
from attribution.pipeline.receiver_record import receivers_of
from attribution.tables import ADDRESSES, HOPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from attribution.case import Case
    from attribution.contents import Contents
    from attribution.enrich import Database
    from attribution.enrich.access import AccessList
    from attribution.pipeline.enrichment import EnrichOptions

__all__ = ["Trace", "first_message", "trace"]


@dataclass(slots=True)
class Trace(MessageRecord):
    """What is known of one message: the columns of the messages table, and what they rest on.

    Attributes:
        hops: The Received fields, newest first; their attributes are the columns of the hops table.
        facts: For the handover and origin address, what the databases say: columns of the addresses table.
        contents: Addresses, bodies, attachments and defects of the whole message; None when it was not read.
        receiver: What was taken for the receiver, and why, in sentences.
    """

    hops: list[Hop] = field(default_factory=list)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    contents: Contents | None = None
    receiver: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return everything as values that JSON can hold, times in ISO 8601."""
        record = {item.name: _plain(getattr(self, item.name)) for item in fields(MessageRecord)}
        hops = [{name: _plain(getattr(hop, name)) for name in HOPS.names[1:]} for hop in self.hops]
        return {
            **record,
            "hops": hops,
            "facts": {ip: {key: _plain(value) for key, value in known.items()} for ip, known in self.facts.items()},
            "contents": None if self.contents is None else self.contents.as_dict(),
            "receiver": list(self.receiver),
        }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def trace(
    raw: bytes,
    *,
    trust: Iterable[str] = (),
    case: Case | str | Path | None = None,
    mmdb: Iterable[str | Path] = (),
    headers_only: bool = False,
    limits: Limits | None = None,
) -> Trace:
    """Trace one message, hop by hop.

    A message alone does not show what `analyze` learns from all mail: other names of the receiver, its relays, clocks
    that are off. With the case that the message is from, it is read as it was there.

    Args:
        raw: The exact bytes of the message.
        trust: Who the receiver is: hosts, networks, or TOML files. Without it, that is the organisation whose
            server wrote the newest line: where the mailbox is.
        case: A finished case, open or by its folder, whose receiver is taken instead, and its lists of access types.
        mmdb: IP databases, in the order in which they are asked; without any, those of the case, or else those in the
            usual places.
        headers_only: Leave out what the body holds.
        limits: Caps; None for the default ones.

    Raises:
        UsageError: A value of `trust` makes no sense, a case is given beside it, or a list of the case cannot be read.
        CaseError: There is no finished case.
        DatabaseError: A database that was named cannot be read.
    """
    caps = limits or Limits()
    return trace_message(RawMessage("-", None, 0, len(raw), raw), trust, mmdb, headers_only, caps, case)


def trace_message(
    message: RawMessage,
    trust: Iterable[str],
    mmdb: Iterable[str | Path],
    headers_only: bool,
    limits: Limits,
    case: Case | str | Path | None = None,
) -> Trace:
    """Trace one message that was read from a source; the arguments are those of `trace`."""
    rules = origin.read_trust(trust)
    before = None
    lists: tuple[str, ...] = ()
    if case is not None:
        if rules:
            both = "a case names its receiver itself: give either the case or who the receiver is (--trust)"
            raise UsageError(both)
        before, used = _opened(case)
        receivers = receivers_of(before)
        mmdb = list(mmdb) or used.mmdb
        lists = used.access
    else:
        receivers = origin.learn_receivers([], rules) if rules else origin.Receivers()
    reading = read_message(message.data, limits, receivers)
    record = record_of(message, reading)
    traits_of(reading, record)
    given = [Path(path) for path in mmdb]
    databases, _ = enrich.open_databases(given, () if given else enrich.find_databases())
    facts = _facts(record, databases, [enrich.access.read_access_list(Path(path)) for path in lists])
    note_elsewhere(record, reading.hops, databases)
    note_home_relay(record, reading.hops, {ip: known["access"] for ip, known in facts.items()})
    for database in databases:
        database.close()
    sentences = receivers.sentences or origin.describe_receiver(reading.hops)
    if before is not None:
        sentences = (f"{receiver_of(reading.hops, receivers).name}: the receiver as in the case {before.path}",)
    return Trace(
        **asdict(record),
        hops=reading.hops,
        facts=facts,
        contents=None if headers_only else contents.read_contents(message.data, limits),
        receiver=sentences,
    )


def _opened(case: Case | str | Path) -> tuple[Case, EnrichOptions]:
    """Return a case, open, and what was given for what it knows of addresses."""
    # They load what the later stages need, which takes as long as the trace of a message without a case.
    from attribution.case import open_case
    from attribution.pipeline.again import options_of

    found = open_case(case) if isinstance(case, (str, Path)) else case
    return found, options_of(found.run, None, None, None, None, None, None)


def _facts(
    record: MessageRecord, databases: Sequence[Database], lists: Sequence[AccessList]
) -> dict[str, dict[str, Any]]:
    """Look up the addresses of one message."""
    row = pa.table(
        {
            "handover_ip": pa.array([record.handover_ip], pa.string()),
            "origin_ip": pa.array([record.origin_ip], pa.string()),
            "received_at": pa.array([record.received_at], pa.timestamp("us", tz="UTC")),
            "rdns": pa.array([record.rdns], pa.string()),
            "helo": pa.array([record.helo], pa.string()),
        }
    )
    known = enrich.with_names(enrich.look_up(gather_addresses(row), databases), databases)
    facts = with_access(known, lists).to_pylist()
    wanted = [name for name in ADDRESSES.names if name not in {"ip", "messages", "first_seen", "last_seen"}]
    return {entry["ip"]: {name: entry.get(name) for name in wanted} for entry in facts}


def first_message(path: str, limits: Limits, stdin: BinaryIO | None = None) -> tuple[RawMessage, bool]:
    """Return the first message of a file, and whether it holds more than one.

    Args:
        path: A file, or `-` for standard input.
        limits: Caps.
        stdin: The stream that `-` stands for.

    Raises:
        InputError: The file does not exist or holds no mail.
    """
    source = path if path == "-" else str(PurePath(path))
    found: RawMessage | None = None
    detail = "it holds no mail"
    for item in corpus.read(source, limits, stdin=stdin):
        if not isinstance(item, RawMessage):
            detail = item.detail
        elif found is not None:
            return found, True
        else:
            found = item
    if found is None:
        message = f"{path}: {detail}"
        raise InputError(message)
    return found, False
