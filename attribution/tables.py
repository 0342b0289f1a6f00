"""The columns of every table of a case, as Arrow schemas: the contract that other programs read.

A column may be added; none is renamed or changes its meaning. What is not known is null.
"""

from __future__ import annotations

import hashlib

import pyarrow as pa

__all__ = [
    "ADDRESSES",
    "BANNERS",
    "CAMPAIGNS",
    "CONTROLS",
    "EVIDENCE",
    "HOPS",
    "LEADS",
    "LINKS",
    "MESSAGES",
    "PROBLEMS",
    "TABLES",
    "TRAITS",
    "message_key",
]

_UTC = pa.timestamp("us", tz="UTC")
_IDS = pa.list_(pa.string())
_WORDS = pa.list_(pa.string())

MESSAGES = pa.schema(
    [
        ("message", pa.int64()),
        ("sha256", pa.string()),
        ("source", pa.string()),
        ("member", pa.string()),
        ("offset", pa.int64()),
        ("length", pa.int64()),
        ("status", pa.string()),
        ("detail", pa.string()),
        ("header_message_id", pa.string()),
        ("date", _UTC),
        ("received_at", _UTC),
        ("subject", pa.string()),
        ("from_address", pa.string()),
        ("from_name", pa.string()),
        ("from_domain", pa.string()),
        ("return_path", pa.string()),
        ("reply_to", pa.string()),
        ("mailer", pa.string()),
        ("hop_count", pa.int32()),
        ("handover_ip", pa.string()),
        ("handover_grade", pa.string()),
        ("handover_rule", pa.string()),
        ("handover_reason", pa.string()),
        ("handover_hop", pa.int32()),
        ("handover_start", pa.int64()),
        ("handover_end", pa.int64()),
        ("helo", pa.string()),
        ("rdns", pa.string()),
        ("client_ip", pa.string()),
        ("client_fields", _IDS),
        ("origin_ip", pa.string()),
        ("origin_grade", pa.string()),
        ("origin_rule", pa.string()),
        ("origin_reason", pa.string()),
        ("origin_hop", pa.int32()),
        ("origin_start", pa.int64()),
        ("origin_end", pa.int64()),
        ("findings", _IDS),
        ("engine", pa.string()),
        ("device_type", pa.string()),
        ("device_grade", pa.string()),
        ("device_gap_days", pa.int32()),
        ("device_reasons", _IDS),
        ("campaign", pa.int64()),
    ]
)

HOPS = pa.schema(
    [
        ("message", pa.int64()),
        ("hop", pa.int32()),
        ("dialect", pa.string()),
        ("status", pa.string()),
        ("helo", pa.string()),
        ("rdns", pa.string()),
        ("rdns_state", pa.string()),
        ("ip", pa.string()),
        ("port", pa.int32()),
        ("ident", pa.string()),
        ("by", pa.string()),
        ("by_ip", pa.string()),
        ("via", pa.string()),
        ("protocol", pa.string()),
        ("queue_id", pa.string()),
        ("recipient", pa.string()),
        ("envelope_from", pa.string()),
        ("auth", pa.string()),
        ("tls", pa.string()),
        ("date", _UTC),
        ("date_text", pa.string()),
        ("id_date", _UTC),
        ("trusted", pa.bool_()),
        ("trust_rule", pa.string()),
        ("trust_reason", pa.string()),
        ("findings", _IDS),
        ("span_start", pa.int64()),
        ("span_end", pa.int64()),
        ("raw", pa.string()),
    ]
)

ADDRESSES = pa.schema(
    [
        ("ip", pa.string()),
        ("messages", pa.int64()),
        ("first_seen", _UTC),
        ("last_seen", _UTC),
        ("special", pa.string()),
        ("asn", pa.int64()),
        ("as_org", pa.string()),
        ("as_source", pa.string()),
        ("as_built", _UTC),
        ("as_gap_days", pa.int32()),
        ("as_stale", pa.bool_()),
        ("country", pa.string()),
        ("city", pa.string()),
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
        ("radius_km", pa.int32()),
        ("geo_source", pa.string()),
        ("geo_built", _UTC),
        ("geo_gap_days", pa.int32()),
        ("geo_stale", pa.bool_()),
        ("access", pa.string()),
        ("access_guess", pa.string()),
        ("access_confidence", pa.string()),
        ("access_evidence", pa.string()),
        ("access_rule", pa.string()),
        ("access_matched", pa.string()),
        ("access_against", pa.string()),
        ("banners", pa.int64()),
        ("device_type", pa.string()),
        ("device_vendor", pa.string()),
        ("device_product", pa.string()),
        ("device_rule", pa.string()),
        ("device_strength", pa.string()),
        ("device_seen", _UTC),
        ("device_gap_days", pa.int32()),
        ("device_types", _IDS),
        ("device_grade", pa.string()),
        ("device_reasons", _IDS),
        ("compared_network", pa.int64()),
        ("compared_thing", pa.bool_()),
    ]
)

CAMPAIGNS = pa.schema(
    [
        ("campaign", pa.int64()),
        ("messages", pa.int64()),
        ("addresses", pa.int64()),
        ("networks", pa.int64()),
        ("countries", pa.int64()),
        ("first_seen", _UTC),
        ("last_seen", _UTC),
        ("subject_template", pa.string()),
        ("cohesion", pa.float64()),
        ("bursts", pa.int64()),
        ("max_per_address", pa.int64()),
        ("device_share", pa.float64()),
        ("name", pa.string()),
        ("aliases", pa.list_(pa.int64())),
        ("group", pa.int64()),
        ("subject_slots", pa.string()),
        ("engine", pa.string()),
        ("confidence", pa.float64()),
        ("families", _WORDS),
        ("remains", pa.list_(pa.float64())),
        ("bridge_evidence", pa.int64()),
        ("bridge_messages", pa.int64()),
        ("bridge_background", pa.float64()),
        ("burst_starts", pa.list_(_UTC)),
        ("bursts_per_day", pa.float64()),
        ("per_address", pa.list_(pa.int64())),
        ("low_and_slow", pa.float64()),
        ("device_types", _WORDS),
        ("device_grade", pa.string()),
        ("device_verdict", pa.string()),
        ("device_sentence", pa.string()),
    ]
)

EVIDENCE = pa.schema(
    [
        ("campaign", pa.int64()),
        ("trait", pa.string()),
        ("value", pa.string()),
        ("messages", pa.int64()),
        ("background", pa.float64()),
        ("weight", pa.float64()),
        ("evidence", pa.int64()),
        ("families", _WORDS),
        ("values", _WORDS),
        ("bits", pa.list_(pa.float64())),
        ("round", pa.int32()),
        ("among", pa.int64()),
    ]
)

LINKS = pa.schema(
    [
        ("campaign", pa.int64()),
        ("message_a", pa.int64()),
        ("message_b", pa.int64()),
        ("evidence", pa.int64()),
    ]
)

LEADS = pa.schema(
    [
        ("lead", pa.int64()),
        ("kind", pa.string()),
        ("campaign_a", pa.int64()),
        ("campaign_b", pa.int64()),
        ("message_a", pa.int64()),
        ("message_b", pa.int64()),
        ("trait", pa.string()),
        ("value", pa.string()),
        ("shared", pa.int64()),
        ("background", pa.float64()),
        ("weight", pa.float64()),
        ("reason", pa.string()),
    ]
)

TRAITS = pa.schema(
    [
        ("message", pa.int64()),
        ("time", _UTC),
        ("answer", pa.bool_()),
        ("subject_template", pa.string()),
        ("from_domain", pa.string()),
        ("from_proven", pa.bool_()),
        ("from_account", pa.string()),
        ("envelope_domain", pa.string()),
        ("reply_to", pa.string()),
        ("list_id", pa.string()),
        ("list_verified", pa.bool_()),
        ("engine", pa.string()),
        ("helo_shape", pa.string()),
        ("trace", pa.string()),
        ("address", pa.string()),
        ("network", pa.string()),
        ("url_domains", _WORDS),
        ("url_shapes", _WORDS),
        ("attachments", _WORDS),
        ("phones", _WORDS),
        ("wallets", _WORDS),
        ("text_start", pa.string()),
        ("text_words", pa.int32()),
        ("text_sketch", pa.binary(128)),
    ]
)

BANNERS = pa.schema(
    [
        ("ip", pa.string()),
        ("port", pa.int32()),
        ("transport", pa.string()),
        ("observed_at", _UTC),
        ("text", pa.string()),
        ("dataset", pa.string()),
        ("scanner", pa.string()),
        ("service", pa.string()),
        ("product", pa.string()),
        ("hints", pa.map_(pa.string(), pa.string())),
        ("observed_inferred", pa.bool_()),
        ("device_type", pa.string()),
        ("device_vendor", pa.string()),
        ("device_product", pa.string()),
        ("device_rule", pa.string()),
        ("device_strength", pa.string()),
        ("device_source", pa.string()),
        ("device_field", pa.string()),
        ("device_start", pa.int32()),
        ("device_end", pa.int32()),
    ]
)

CONTROLS = pa.schema(
    [
        ("ip", pa.string()),
        ("network", pa.string()),
        ("asn", pa.int64()),
        ("banners", pa.int64()),
        ("first_observed", _UTC),
        ("last_observed", _UTC),
        ("device_types", _IDS),
        ("compared_network", pa.int64()),
        ("compared_thing", pa.bool_()),
    ]
)

PROBLEMS = pa.schema(
    [
        ("source", pa.string()),
        ("member", pa.string()),
        ("offset", pa.int64()),
        ("status", pa.string()),
        ("detail", pa.string()),
    ]
)

TABLES: dict[str, pa.Schema] = {
    "messages": MESSAGES,
    "hops": HOPS,
    "addresses": ADDRESSES,
    "campaigns": CAMPAIGNS,
    "evidence": EVIDENCE,
    "links": LINKS,
    "leads": LEADS,
    "traits": TRAITS,
    "banners": BANNERS,
    "controls": CONTROLS,
    "problems": PROBLEMS,
}


def message_key(source: str, member: str | None, offset: int) -> int:
    """Return the 63-bit key of a message, the same for the same place in every run.

    It is never negative, so that it reads the same in programs without unsigned integers.

    Args:
        source: As in the messages table.
        member: Likewise; None where there is none.
        offset: First byte of the message in the member.
    """
    place = "\0".join((source, "" if member is None else "\1" + member, str(offset)))
    digest = hashlib.blake2b(place.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
