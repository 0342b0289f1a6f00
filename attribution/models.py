"""What the stages hand to one another: plain records, with no behaviour that belongs to a stage."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as default
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

__all__ = [
    "DeviceGrade",
    "Field",
    "Grade",
    "HeaderBlock",
    "Hop",
    "HopStatus",
    "MessageRecord",
    "Problem",
    "RawMessage",
    "Status",
    "Verdict",
]

Status = Literal["ok", "partial", "malformed", "too-large", "timeout", "unsupported", "unreadable", "crashed"]
"""What became of one item of the input.

`ok` read in full · `partial` read up to a limit · `malformed` not what its kind requires · `too-large`
beyond a limit of size · `timeout` beyond a limit of time · `unsupported` no kind that is read here ·
`unreadable` the system did not let it be opened or read · `crashed` the worker died on it.
"""

HopStatus = Literal["parsed", "no-peer", "unknown"]
"""How far a Received field was understood: with its peer, as one that names none on purpose, or not."""

DeviceGrade = Literal["near", "shared", "opposed", "far", "none"]
"""How far a device that was seen on an address speaks about the sender, from the strongest; none says that it sent."""

Grade = Literal["vouched", "corroborated", "claimed", "contradicted", "none"]
"""How far an address is carried by evidence, from the receiver's own record down to nothing."""


@dataclass(slots=True)
class RawMessage:
    """One message as its exact bytes, and where they were found.

    Attributes:
        source: The file or folder that was given, as given; `-` for standard input.
        member: The path inside the source (folder or archive), `!/` between nested containers; None
            where the source itself holds the message.
        offset: First byte of the message in the member's expanded bytes.
        length: Number of bytes of the message; may exceed `len(data)` when the status is `too-large`.
        data: The bytes. Framing (an mbox `From ` line, the empty line that closes an mbox entry) is
            no part of them.
        sha256: Hex digest of all `length` bytes where the reader had to compute it because `data` is
            cut; None when it can be computed from `data`.
        status: `ok`, or `too-large` when only the head is in `data`.
    """

    source: str
    member: str | None
    offset: int
    length: int
    data: bytes
    sha256: str | None = None
    status: Status = "ok"


@dataclass(slots=True)
class Problem:
    """An item of the input that yields no message, and why."""

    source: str
    member: str | None
    offset: int | None
    status: Status
    detail: str


@dataclass(slots=True)
class Field:
    """One header field as it stands in the message (RFC 5322 §2.2).

    Attributes:
        key: The name in lower case, for look-ups.
        name: The name as written.
        value: The value as written, folds kept, one character for each byte (Latin-1), so that an
            index into it plus `value_start` is an offset into the message.
        start: Offset of the first byte of the name in the message.
        value_start: Offset of the first byte after the colon.
        end: Offset just beyond the last byte of the value; the line's own terminator is left out.
    """

    key: str
    name: str
    value: str
    start: int
    value_start: int
    end: int


@dataclass(slots=True)
class HeaderBlock:
    """The header of one message, split into fields in their order.

    Attributes:
        fields: All fields, top first.
        end: Offset of the first byte of the body (beyond the empty line), or the message's length.
        status: `ok`; `partial` when a limit cut the block; `malformed` when no field was found.
        detail: What a person should know of the block: why the status is not `ok`, or that it holds lines which are
            no fields; empty when there is nothing.
    """

    fields: list[Field]
    end: int
    status: Status = "ok"
    detail: str = ""

    def first(self, key: str) -> Field | None:
        """Return the topmost field of that lower-case name, or None."""
        for item in self.fields:
            if item.key == key:
                return item
        return None

    def all(self, key: str) -> list[Field]:
        """Return every field of that lower-case name, top first."""
        return [item for item in self.fields if item.key == key]


@dataclass(slots=True)
class Hop:
    """One Received field, read. Its attributes are the columns of the hops table, and some more.

    Texts are decoded as UTF-8 where they are valid UTF-8, else as Latin-1. What a line does not say is None.

    Attributes:
        hop: Position among the Received fields, 0 the newest (top).
        dialect: Id in the dialect table; None when the line fits none.
        status: See `HopStatus`.
        helo: What the peer called itself. Sender-controlled text, never an address.
        rdns: The name that the writing server found for the peer's address, without a final dot.
        rdns_state: What the line says of that name: `verified`, `unknown` (no name), `may-be-forged`,
            `failed` (the look-up failed); None when the line does not say.
        ip: Address of the peer that the writing server saw, in canonical form, IPv4-mapped shown as IPv4.
        port: The peer's port.
        ident: RFC 1413 answer or `ident=` text.
        by: Host that wrote the line. `by_ip`: its address, where the line prints one.
        via: The `via` clause. `protocol`: the `with` clause. `queue_id`: the `id` clause.
        recipient: The `for` clause, without angle brackets. `envelope_from`: likewise.
        auth: How the peer authenticated, as the line says it. `tls`: version and cipher as printed.
        date: UTC. `date_text`: the bytes it was read from.
        id_date: The time that the queue id carries, UTC: a second clock of the same server.
        id_plausible: False when the server that the line names cannot have made that id; None where nobody can say.
        zone_stated: False when the date has no zone, or none that is known: it is taken as UTC, up to 14 hours off.
        field: Index of the field in `HeaderBlock.fields`.
        span_start, span_end: Byte span of the whole field in the message. `raw`: those bytes, Latin-1.
        ip_span, helo_span, by_span: Byte spans in the message of those slots.
        trusted: Set by the origin stage: the receiver wrote this line.
        trust_rule: Id of the rule that decided so (`origin/rules.toml`); set by the origin stage.
        trust_reason: The same in one sentence; set by the origin stage.
        findings: Ids of the rules that fired on this hop; set by the origin stage.
    """

    hop: int
    dialect: str | None = None
    status: HopStatus = "unknown"
    helo: str | None = None
    rdns: str | None = None
    rdns_state: str | None = None
    ip: str | None = None
    port: int | None = None
    ident: str | None = None
    by: str | None = None
    by_ip: str | None = None
    via: str | None = None
    protocol: str | None = None
    queue_id: str | None = None
    recipient: str | None = None
    envelope_from: str | None = None
    auth: str | None = None
    tls: str | None = None
    date: datetime | None = None
    date_text: str | None = None
    id_date: datetime | None = None
    id_plausible: bool | None = None
    zone_stated: bool = True
    field: int = 0
    span_start: int = 0
    span_end: int = 0
    raw: str = ""
    ip_span: tuple[int, int] | None = None
    helo_span: tuple[int, int] | None = None
    by_span: tuple[int, int] | None = None
    trusted: bool = False
    trust_rule: str = ""
    trust_reason: str = ""
    findings: list[str] = default(default_factory=list)


@dataclass(slots=True)
class Verdict:
    """Where one message entered the receiver's mail system, and what the chain claims beyond.

    Attributes:
        handover_ip: The address that connected to the receiver, as its own server recorded it.
        handover_grade, handover_rule, handover_reason: How far that holds, the id of the rule that
            decided it (`origin/rules.toml`), and why, in one sentence.
        handover_hop: The hop that recorded it; None when there is none.
        handover_span: Byte span of the address in the message.
        helo, rdns: What that hop says of the peer.
        origin_ip, origin_grade, origin_rule, origin_reason, origin_hop, origin_span: The same for the earliest address
            that the chain supports.
        findings: Ids of all rules that fired on the message or one of its hops, in order, each once.
        client_ip: The client's address that fields above the handover line state, if they agree on one.
        client_fields: Lower-case names of those fields.
        received_at: UTC time at which the message was handed over, by the receiver's own clock: of the
            oldest trusted hop whose date can be believed.
    """

    handover_ip: str | None = None
    handover_grade: Grade = "none"
    handover_rule: str = ""
    handover_reason: str = ""
    handover_hop: int | None = None
    handover_span: tuple[int, int] | None = None
    helo: str | None = None
    rdns: str | None = None
    origin_ip: str | None = None
    origin_grade: Grade = "none"
    origin_rule: str = ""
    origin_reason: str = ""
    origin_hop: int | None = None
    origin_span: tuple[int, int] | None = None
    findings: list[str] = default(default_factory=list)
    received_at: datetime | None = None
    client_ip: str | None = None
    client_fields: list[str] = default(default_factory=list)


@dataclass(slots=True)
class MessageRecord:
    """One row of the messages table; the attributes are its columns, in their order.

    Attributes:
        message: Key of the message, unique in the case; see `tables.message_key`.
        sha256: Hex digest of the message's raw bytes; duplicates share it.
        source, member, offset, length: Where the bytes are; see `RawMessage`.
        status: See `Status`.
        detail: What a person should know of the header: why the status is not `ok`, or of lines that are no fields.
        header_message_id: The Message-ID field, without angle brackets.
        date: UTC, as the sender claims.
        received_at: UTC, by the receiver's clock.
        subject: Decoded for reading.
        from_address, from_name, from_domain: The first author; the domain in lower case.
        return_path: Empty text for the null path `<>`.
        reply_to: First address of the Reply-To field.
        mailer: The User-Agent or X-Mailer field.
        hop_count: Number of Received fields.
        handover_ip: Address that connected to the receiver. `handover_grade`, `handover_rule`,
            `handover_reason`, `handover_hop`: how that is known. `handover_start`, `handover_end`: byte span.
        helo, rdns: What the receiver's line says of that peer.
        client_ip, client_fields: What other fields of the receiver say of its address; see `Verdict`.
        origin_ip: Earliest address that the chain supports, with the same companions.
        findings: Ids of the rules that fired.
        engine: Code of the sending program by its header fingerprint; the same for messages of one program.
        device_type: The device that was seen on the origin address, or where there is none on the handover address.
            `device_grade`: how far it speaks about the sender. `device_gap_days`: days between banner and mail.
            `device_reasons`: what limits the grade. None without banners of that address.
        campaign: Key of the campaign, None when it belongs to none.
    """

    message: int
    sha256: str
    source: str
    member: str | None
    offset: int
    length: int
    status: Status
    detail: str | None = None
    header_message_id: str | None = None
    date: datetime | None = None
    received_at: datetime | None = None
    subject: str | None = None
    from_address: str | None = None
    from_name: str | None = None
    from_domain: str | None = None
    return_path: str | None = None
    reply_to: str | None = None
    mailer: str | None = None
    hop_count: int = 0
    handover_ip: str | None = None
    handover_grade: Grade = "none"
    handover_rule: str = ""
    handover_reason: str = ""
    handover_hop: int | None = None
    handover_start: int | None = None
    handover_end: int | None = None
    helo: str | None = None
    rdns: str | None = None
    client_ip: str | None = None
    client_fields: list[str] = default(default_factory=list)
    origin_ip: str | None = None
    origin_grade: Grade = "none"
    origin_rule: str = ""
    origin_reason: str = ""
    origin_hop: int | None = None
    origin_start: int | None = None
    origin_end: int | None = None
    findings: list[str] = default(default_factory=list)
    engine: str | None = None
    device_type: str | None = None
    device_grade: str | None = None
    device_gap_days: int | None = None
    device_reasons: list[str] | None = None
    campaign: int | None = None
