"""Why messages are one campaign, in words: its evidence, its weakest link, and the way from a message to the rest.

Pure functions on the tables of a case. They read `CAMPAIGNS`, `EVIDENCE`, `LINKS` and `LEADS` as they stand there,
whole or cut to the rows of one campaign, and decide nothing anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from attribution._text import escape_control, shorten
from attribution.campaigns.answers import Bridge, CampaignWhy, MessageWhy, Reason
from attribution.campaigns.families import ANALYST
from attribution.campaigns.paths import LinkGraph
from attribution.campaigns.why_leads import End, leads_between, leads_of
from attribution.campaigns.wording import (
    by_chance,
    chance,
    counted,
    field_words,
    fields_of,
    meaning,
    percent,
    remaining,
    same,
)
from attribution.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "Bridge",
    "CampaignWhy",
    "MessageWhy",
    "Reason",
    "absorbing",
    "explain_campaign",
    "explain_message",
]

_DECISION_CHARS = 300
_NAME_CHARS = 120
_KINDS = 3
_CHAIN = 0.25
_LOW_CONFIDENCE = 0.95
_MOST_CONFIDENCE = 0.999


def absorbing(key: int, campaigns: pa.Table) -> int | None:
    """Return the campaign of a key: itself, the one that absorbed it, or None where there is neither.

    Args:
        key: A key of a campaign, or one that a campaign keeps as an alias.
        campaigns: Columns `campaign` and `aliases` of `tables.CAMPAIGNS`.
    """
    if pc.any(pc.equal(campaigns["campaign"], key)).as_py():
        return key
    aliases = campaigns["aliases"].combine_chunks()
    place = pc.index(pc.list_flatten(aliases), pa.scalar(key, pa.int64())).as_py()
    if place < 0:
        return None
    found: int = campaigns["campaign"][pc.list_parent_indices(aliases)[place].as_py()].as_py()
    return found


def explain_campaign(
    key: int,
    campaigns: pa.Table,
    evidence: pa.Table,
    links: pa.Table,
    leads: pa.Table,
    *,
    limit: int | None = None,
) -> CampaignWhy:
    """Say why a campaign is one, what it hangs on, and what may belong to it.

    Args:
        key: Its key, or that of a campaign that it absorbed.
        campaigns: As `tables.CAMPAIGNS`.
        evidence: As `tables.EVIDENCE`.
        links: As `tables.LINKS`.
        leads: As `tables.LEADS`.
        limit: Reasons that are returned at most; None for all.

    Raises:
        UsageError: There is no such campaign.
    """
    campaign = absorbing(key, campaigns)
    if campaign is None:
        message = f"there is no campaign {key}"
        raise UsageError(message)
    row = _of(campaigns, campaign).slice(0, 1).to_pylist()[0]
    messages = row["messages"] or 0
    own = _of(evidence, campaign)
    own = own.sort_by([("messages", "descending"), ("weight", "descending"), ("evidence", "ascending")])
    used = _uses(_of(links, campaign))
    reasons = _reasons(own.slice(0, limit), used)
    top = reasons[0] if reasons else next(iter(_reasons(own.slice(0, 1), used)), None)
    bridge = _bridge(row, messages, own, used)
    families = tuple(zip(row["families"] or (), row["remains"] or (), strict=False))
    families = tuple((family, share) for family, share in families if family is not None and share is not None)
    found = leads_of(leads, End(campaign))
    shown = (*reasons, *([bridge.reason] if bridge is not None and bridge.reason is not None else []))
    return CampaignWhy(
        campaign=campaign,
        asked=key,
        name=row["name"],
        messages=messages,
        sentences=tuple(_campaign_sentences(key, row, messages, top, own)),
        reasons=reasons,
        all_reasons=len(own),
        bridge=bridge,
        bridge_sentence=_no_bridge(messages) if bridge is None else bridge.sentence,
        families=tuple(family for family, _ in families),
        remains=tuple(share for _, share in families),
        stability=remaining(families),
        leads=found,
        confidence=row["confidence"],
        warnings=tuple(_warnings(row, messages, top)),
        words=_words(shown),
    )


def explain_message(
    message: int,
    campaigns: pa.Table,
    evidence: pa.Table,
    links: pa.Table,
    leads: pa.Table,
    *,
    other: int | None = None,
) -> MessageWhy:
    """Say why a message is in its campaign, by the shortest way over shared evidence to its core or another message.

    Time is linear in the links of the campaign. The result does not depend on the order of rows.

    Args:
        message: Its key. That it is the key of a campaign too, or an alias of one, changes nothing but is said.
        campaigns: As `tables.CAMPAIGNS`.
        evidence: As `tables.EVIDENCE`.
        links: As `tables.LINKS`.
        leads: As `tables.LEADS`.
        other: Key of the message to which the path shall lead; None for the campaign's core: the message with most
            links, of equals the one of least key.
    """
    links = links.drop_null()
    campaign = _campaign_of(message, links)
    theirs = None if other is None else _campaign_of(other, links)
    if campaign is None or (other is not None and theirs != campaign):
        return _apart(message, campaign, other, theirs, campaigns, leads)
    own = _of(links, campaign)
    graph = LinkGraph(own)
    target = graph.core() if other is None else other
    path = graph.path(message, target)
    touching = graph.evidence_of(message)
    wanted = pa.array(sorted({*path[1::2], *touching}), pa.int64())
    rows = _of(evidence.filter(pc.is_in(evidence["evidence"], wanted)), campaign)
    known = {reason.evidence: reason for reason in _reasons(rows, _uses(own))}
    best = min((known[number] for number in set(touching) if number in known), key=_strength, default=None)
    steps = tuple(known[number] for number in path[1::2] if number in known)
    weakest = max(steps, key=lambda reason: (reason.background or 0.0, -reason.evidence), default=None)
    row = _of(campaigns, campaign).slice(0, 1).to_pylist()
    sentences = [
        _place_in_campaign(message, campaign, row[0] if row else {}, len(touching)),
        *_alias_of_message(message, campaigns),
        _path_sentence(message, target, other, path, weakest),
    ]
    return MessageWhy(
        message=message,
        campaign=campaign,
        target=target,
        target_is="core" if other is None else "other",
        sentences=tuple(sentences),
        links=len(touching),
        best=best,
        path=path,
        path_reasons=steps,
        weakest=weakest,
        leads=leads_of(leads, End(message=message)),
        words=_words(steps if best is None else (best, *steps)),
    )


def _campaign_of(message: int, links: pa.Table) -> int | None:
    at = pc.or_(pc.equal(links["message_a"], message), pc.equal(links["message_b"], message))
    found: int | None = pc.min(links["campaign"].filter(at)).as_py()
    return found


def _of(table: pa.Table, campaign: int) -> pa.Table:
    return table.filter(pc.equal(table["campaign"], campaign))


def _uses(links: pa.Table) -> dict[int, int]:
    """Return how many links are of each evidence."""
    counts = links["evidence"].drop_null().value_counts()
    return dict(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True))


def _reasons(rows: pa.Table, used: dict[int, int]) -> tuple[Reason, ...]:
    return tuple(_reason(row, used) for row in rows.to_pylist())


def _sentence(fields: tuple[str, ...], row: dict[str, Any]) -> str:
    if fields == (ANALYST,):
        return f"{same(fields)}: {shorten(escape_control(row['value'] or ''), _DECISION_CHARS)}"
    return f"{same(fields)}; {chance(row['background'], row['among'], row['round'])}"


def _reason(row: dict[str, Any], used: dict[int, int]) -> Reason:
    fields = fields_of(row["trait"])
    number = -1 if row["evidence"] is None else row["evidence"]
    return Reason(
        evidence=number,
        sentence=_sentence(fields, row),
        fields=fields,
        families=tuple(row["families"] or ()),
        values=tuple(row["values"] or (() if row["value"] is None else (row["value"],))),
        bits=tuple(row["bits"] or ()),
        messages=row["messages"] or 0,
        links=used.get(number, 0),
        background=row["background"],
        weight=row["weight"],
        round=row["round"],
        among=row["among"],
    )


def _strength(reason: Reason) -> tuple[float, float, int]:
    return -(reason.weight or 0.0), reason.background or 0.0, reason.evidence


def _words(reasons: Sequence[Reason]) -> dict[str, str]:
    fields = dict.fromkeys(name for reason in reasons for name in reason.fields)
    return {field_words(name): says for name in fields if (says := meaning(name)) is not None}


def _campaign_sentences(key: int, row: dict[str, Any], messages: int, top: Reason | None, own: pa.Table) -> list[str]:
    total = counted(messages, "message")
    sentences = []
    if top is None:
        sentences.append(f"{total}; the evidence table says nothing of what joins them.")
    elif top.messages >= messages:
        sentences.append(f"{total}: {top.sentence}.")
    else:
        sentences.append(f"{total}, {top.messages:,} of them with the {top.sentence}.")
    if len(own) > 1:
        sentences.append(f"{counted(len(own) - 1, 'more combination')} of values {_kinds(own.slice(1))}.")
    if row["confidence"] is not None:
        sentences.append(_confidence(row["confidence"]))
    if key != row["campaign"]:
        sentences.append(f"Campaign {key}, which was asked for, has been absorbed by campaign {row['campaign']}.")
    return sentences


def _kinds(rest: pa.Table) -> str:
    """Say of which kinds the other combinations are, the most frequent first."""
    counts = rest.group_by("trait").aggregate([([], "count_all")])
    ordered = counts.sort_by([("count_all", "descending"), ("trait", "ascending")]).to_pylist()
    verb = "joins" if len(rest) == 1 else "join"
    kinds = [f"{same(fields_of(kind['trait']))} ({kind['count_all']:,})" for kind in ordered[:_KINDS]]
    more = len(ordered) - len(kinds)
    return f"{verb} messages too: " + "; ".join([*kinds, *([f"{counted(more, 'other kind')}"] if more else [])])


def _confidence(confidence: float) -> str:
    shown = f"above {_MOST_CONFIDENCE}" if confidence > _MOST_CONFIDENCE else f"{max(confidence, 0.0):.3f}"
    return (
        f"Confidence {shown}: 1, less the unrelated matches to expect in its links, each by how much of it hangs on"
        " the link."
    )


def _bridge(row: dict[str, Any], messages: int, own: pa.Table, used: dict[int, int]) -> Bridge | None:
    number, behind = row["bridge_evidence"], row["bridge_messages"]
    if number is None or not behind:
        return None
    reason = next(iter(_reasons(own.filter(pc.equal(own["evidence"], number)).slice(0, 1), used)), None)
    background = row["bridge_background"]
    what = same(()) if reason is None else same(reason.fields)
    hang = "hangs" if behind == 1 else "hang"
    without = "it would belong to none" if behind == 1 else "they are a campaign of their own"
    part = f"{behind:,} of {counted(messages, 'message')} {hang} on one link"
    sentence = f"{part}: {what}; {by_chance(background)}. Without it {without}."
    return Bridge(number, behind, background, sentence, reason)


def _no_bridge(messages: int) -> str:
    return "Its two messages are one link." if messages == 2 else "No single link holds a large part of it."


def _warnings(row: dict[str, Any], messages: int, top: Reason | None) -> list[str]:
    found = []
    if top is None:
        found.append("The evidence table has no row of this campaign: run the analysis again.")
    elif messages and top.messages / messages < _CHAIN:
        found.append(
            f"The combination that most messages carry is in {percent(top.messages / messages)} of them: they hang "
            "together as a chain, so look at its links before you call it one campaign."
        )
    if row["confidence"] is not None and row["confidence"] < _LOW_CONFIDENCE:
        found.append("Its links are many or weak enough that one of them may be a chance match.")
    return found


def _place_in_campaign(message: int, campaign: int, row: dict[str, Any], links: int) -> str:
    name = row.get("name")
    called = f' "{shorten(escape_control(name), _NAME_CHARS)}"' if name else ""
    size = row.get("messages")
    among = "" if size is None else f", one of {counted(size, 'message')}"
    return f"Message {message} is in campaign {campaign}{called}{among}, and joined to it by {counted(links, 'link')}."


def _alias_of_message(message: int, campaigns: pa.Table) -> list[str]:
    by = absorbing(message, campaigns)
    if by is None or by == message:
        return []
    return [f"Its key was also that of a campaign, which has been absorbed by campaign {by}."]


def _path_sentence(message: int, target: int, other: int | None, path: tuple[int, ...], weakest: Reason | None) -> str:
    if message == target:
        return (
            "It is the core of the campaign: no message has more links."
            if other is None
            else "Both are one and the same message."
        )
    to = f"the core of the campaign, message {target}" if other is None else f"message {target}"
    if not path:
        return f"The links do not lead to {to}: the table is not complete, so run the analysis again."
    steps = counted(len(path) // 2, "step")
    if weakest is None:
        return f"{steps} to {to}."
    return f"{steps} to {to}{': ' if len(path) == 3 else '; the weakest: '}{weakest.sentence}."


def _apart(
    message: int, campaign: int | None, other: int | None, theirs: int | None, campaigns: pa.Table, leads: pa.Table
) -> MessageWhy:
    """Explain a message that is in no campaign, or in another one than the message it is compared with."""
    if other is None or other == message:
        found = leads_of(leads, End(message=message))
        sentences = [_where(message, campaign), *_alias_of_message(message, campaigns)]
        sentences.append("Nothing that it shares with other messages is rare enough to join it to them.")
        sentences.append(f"Leads that touch it: {len(found):,}." if found else "No lead touches it.")
    else:
        found = leads_between(leads, End(campaign, message), End(theirs, other))
        sentences = [_where(message, campaign), _where(other, theirs), *_alias_of_message(message, campaigns)]
        sentences.append("Nothing that they share, nor any chain of messages between them, is enough to join them.")
        sentences.append(f"Leads between them: {len(found):,}." if found else "No lead is between them.")
    return MessageWhy(
        message=message,
        campaign=campaign,
        target=other,
        target_is=None if other is None else "other",
        sentences=tuple(sentences),
        links=0,
        best=None,
        path=(),
        path_reasons=(),
        weakest=None,
        leads=found,
    )


def _where(message: int, campaign: int | None) -> str:
    return f"Message {message} is in {'no campaign' if campaign is None else f'campaign {campaign}'}."
