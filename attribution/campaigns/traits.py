"""The traits of one message: the columns by which messages are compared, read in a worker."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attribution._names import registrable_domain, same_organisation
from attribution._net import network_key
from attribution.campaigns.engine import engine_code, helo_shape, token_shape
from attribution.campaigns.identity import contact_address, list_identity, sender_account, sender_domain
from attribution.campaigns.templates import is_answer, subject_template
from attribution.tables import TRAITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.campaigns.body import BodyTraits
    from attribution.models import HeaderBlock, Hop, Verdict

__all__ = ["TRAITS", "extract", "recipients_of"]

_RECIPIENT_FIELDS = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
_LIST_FIELDS = frozenset(
    ("errors-to", "list-id", "list-post", "mailing-list", "sender", "x-beenthere", "x-loop", "x-mailing-list")
)
_ADDRESS = re.compile(r"[^\s@<>()\[\]:;,\"]{1,64}@[^\s@<>()\[\]:;,\"]{1,255}")
_FIELD_CHARS = 4_000
_RECIPIENTS = 20
_TRACE_HOPS = 4


def extract(
    block: HeaderBlock,
    hops: Sequence[Hop],
    verdict: Verdict,
    *,
    subject: str | None,
    from_address: str | None,
    from_domain: str | None,
    reply_to: str | None,
    return_path: str | None = None,
    recipients: Sequence[str] = (),
    body: BodyTraits | None = None,
) -> dict[str, object]:
    """Return the traits of one message: all columns of `TRAITS` but `message`.

    What a message does not have, or what is no evidence in it, is missing. Only what the sender's side wrote counts for
    the engine, and only what the receiver itself recorded counts for time, address and signatures: fields are told
    apart by the line of the handover. Time and memory are linear in the header; nothing in a header makes it raise.

    Args:
        block: The header.
        hops: Its Received fields, newest first, with `trusted` set by the origin stage.
        verdict: What the origin stage found.
        subject: The decoded subject.
        from_address: Address of the author.
        from_domain: Its domain.
        reply_to: First address of the Reply-To field.
        return_path: The envelope sender, as the receiver's server noted it.
        recipients: Known recipients; those that the header names are added.
        body: What the body showed; None where it is not read.
    """
    boundary = _boundary_field(hops, verdict)
    list_id = _list_of(block)
    addresses = recipients_of(block, hops, recipients)
    template = subject_template(subject, addresses)
    signers = _verified_domains(block, boundary)
    own_name = from_address is not None and from_address.casefold() in addresses
    domain = None if own_name else from_domain
    vouched = verdict.handover_ip if verdict.handover_grade in {"vouched", "corroborated"} else None
    proven = any(same_organisation(signer, domain) for signer in signers)
    author = sender_domain(domain, template, proven=proven)
    envelope = sender_domain((return_path or "").rpartition("@")[2] or None, template, proven=False)
    # What names the reader's own organisation says nothing of the sender: most often it is forged.
    own = {registrable_domain(address.rpartition("@")[2][:253]) for address in addresses}
    return {
        "time": verdict.received_at,
        "answer": is_answer(subject) or any(field.key in {"in-reply-to", "references"} for field in block.fields),
        "subject_template": template,
        "from_domain": None if author in own else author,
        "from_proven": proven,
        "from_account": None if own_name else sender_account(from_address),
        "envelope_domain": None if envelope in own else envelope,
        "reply_to": None if _is_of_list(reply_to, block) else contact_address(reply_to, from_address, addresses),
        "list_id": list_id,
        "list_verified": None if list_id is None else _is_of(list_id, signers),
        "engine": engine_code(block.fields[boundary + 1 :], from_domain),
        "helo_shape": helo_shape(verdict.helo, from_domain),
        "trace": _trace(hops, verdict),
        "address": vouched,
        "network": None if vouched is None else network_key(vouched),
        **_of_body(body),
    }


def _of_body(body: BodyTraits | None) -> dict[str, object]:
    """Return the columns that come from the body, null where it is not read."""
    if body is None:
        return {}
    return {
        "url_domains": list(body.url_domains),
        "url_shapes": list(body.url_shapes),
        "attachments": list(body.attachments),
        "phones": list(body.phones),
        "wallets": list(body.wallets),
        "text_start": body.text_start,
        "text_words": body.text_words,
        "text_sketch": body.text_sketch,
    }


def _is_of_list(reply_to: str | None, block: HeaderBlock) -> bool:
    """Say whether answers go to a mailing list, as fields that lists add name it or its owner."""
    local = (reply_to or "").rpartition("@")[0].casefold()
    return len(local) >= 3 and any(
        local in field.value[:_FIELD_CHARS].casefold() for field in block.fields if field.key in _LIST_FIELDS
    )


def _boundary_field(hops: Sequence[Hop], verdict: Verdict) -> int:
    """Return the index of the field that records the handover; -1 where no line is the receiver's.

    A server puts its lines on top: what stands above the line is the receiver's, what stands below is not.
    """
    trusted = [hop.field for hop in hops if hop.trusted]
    if verdict.handover_hop is not None and 0 <= verdict.handover_hop < len(hops):
        trusted.append(hops[verdict.handover_hop].field)
    return max(trusted, default=-1)


def _list_of(block: HeaderBlock) -> str | None:
    stream = block.first("list-id")
    return list_identity(stream.value) if stream is not None else None


def recipients_of(block: HeaderBlock, hops: Sequence[Hop], known: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the recipients' addresses, case folded, each once, those that servers recorded first.

    The address of the message's own mailing list is none of them: its name in a subject is no mark of the reader.

    Args:
        block: The header.
        hops: Its Received fields, newest first.
        known: Addresses that are known otherwise.
    """
    list_id = _list_of(block)
    found = dict.fromkeys(address.casefold() for address in known[:_RECIPIENTS] if address)
    found.update((hop.recipient.casefold(), None) for hop in hops[:_RECIPIENTS] if hop.recipient)
    for key in _RECIPIENT_FIELDS:
        field = block.first(key)
        if field is not None:
            found.update((address.casefold(), None) for address in _ADDRESS.findall(field.value[:_FIELD_CHARS]))
        if len(found) >= _RECIPIENTS:
            break
    return tuple(address for address in found if address.replace("@", ".") != list_id)[:_RECIPIENTS]


def _verified_domains(block: HeaderBlock, boundary: int) -> list[str]:
    """Return the domains whose DKIM signature the receiver verified, as its own fields say (RFC 8601)."""
    domains: list[str] = []
    for field in block.fields[: max(0, boundary)]:
        if field.key != "authentication-results":
            continue
        for clause in _bare(field.value[:_FIELD_CHARS]).split(";"):
            words = clause.split()
            if not words or words[0].lower() != "dkim=pass":
                continue
            for word in words[1:]:
                name, _, value = word.partition("=")
                if name.lower() in {"header.d", "header.i"} and value:
                    domains.append(value.rpartition("@")[2][:253])
    return domains


def _bare(value: str) -> str:
    """Return a structured value without comments and quoted strings (RFC 5322 §3.2.2, §3.2.4).

    Servers write in them what senders chose, such as the envelope address.
    """
    kept: list[str] = []
    depth = 0
    is_quoted = is_escaped = False
    for char in value:
        if is_escaped:
            is_escaped = False
        elif is_quoted or depth:
            is_escaped = char == "\\"
            is_quoted = is_quoted and char != '"'
            depth += 0 if is_quoted else (char == "(") - (char == ")")
        elif char == '"':
            is_quoted = True
        elif char == "(":
            depth = 1
            kept.append(" ")
        else:
            kept.append(char)
    return "".join(kept)


def _is_of(list_id: str, signers: Sequence[str]) -> bool:
    host = list_id.rpartition(" ")[2].strip("<>")
    return any(same_organisation(signer, host[:253]) for signer in signers)


def _trace(hops: Sequence[Hop], verdict: Verdict) -> str | None:
    """Return the pattern of the lines below the handover: their dialects, names and ids, without what changes."""
    if verdict.handover_hop is None:
        return None
    below = [hop for hop in hops if hop.hop > verdict.handover_hop and not hop.trusted and (hop.helo or hop.by)]
    if not below:
        return None
    return " < ".join(_line_pattern(hop) for hop in below[:_TRACE_HOPS])


def _line_pattern(hop: Hop) -> str:
    by = hop.by or ""
    return " ".join(
        (
            hop.dialect or "unknown",
            "helo " + (helo_shape(hop.helo) or "-"),
            "by " + (registrable_domain(by[:253]) or token_shape(by) or "-"),
            "with " + (hop.protocol or "-")[:40].upper(),
            "id " + (token_shape(hop.queue_id or "") or "-"),
        )
    )
