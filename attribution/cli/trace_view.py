"""One message on a terminal: its hops from the newest down, the verdict, and what the message holds."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rich.text import Text

from attribution.cli.contents_view import show_contents
from attribution.cli.layout import GRADE_STYLES, heading, pairs, paragraph, text, utc
from attribution.origin.rulebook import rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from attribution.models import Hop
    from attribution.pipeline import Trace

__all__ = ["delay_text", "show_trace"]


def show_trace(console: Console, trace: Trace) -> None:
    """Print everything that is known of one message.

    Args:
        console: Where to; its width and encoding are respected.
        trace: The message.
    """
    _head(console, trace)
    _receiver(console, trace)
    _hops(console, trace.hops)
    _verdict(console, trace, "handover", "Handover: the address that connected to the receiver")
    _verdict(console, trace, "origin", "Origin: the earliest address that the chain supports")
    _findings(console, trace.findings)
    if trace.contents is not None:
        show_contents(console, trace.contents)


def _head(console: Console, trace: Trace) -> None:
    name = trace.source if trace.member is None else f"{trace.source}: {trace.member}"
    sender = trace.from_address if trace.from_name is None else f"{trace.from_name} <{trace.from_address}>"
    console.print(text(name, "bold"))
    lines = [
        ("sha256", trace.sha256),
        ("place", f"{trace.length:,} bytes at byte {trace.offset:,}"),
        ("status", None if trace.status == "ok" else trace.status),
        ("from", sender),
        ("reply to", trace.reply_to),
        ("return path", "<>" if trace.return_path == "" else trace.return_path),
        ("subject", trace.subject),
        ("date", trace.date and f"{utc(trace.date, seconds=True)}, as the sender claims"),
        ("received", trace.received_at and f"{utc(trace.received_at, seconds=True)}, by the receiver's clock"),
        ("message id", trace.header_message_id),
        ("mailer", trace.mailer),
    ]
    pairs(console, lines)


def _receiver(console: Console, trace: Trace) -> None:
    heading(console, "Receiver")
    for sentence in trace.receiver or ("not known: every line is a claim",):
        paragraph(console, sentence)


def _hops(console: Console, hops: Sequence[Hop]) -> None:
    heading(console, "Hops, newest first" if hops else "No Received field: nothing says how the message came")
    for place, hop in enumerate(hops):
        if not hop.trusted and (place == 0 or hops[place - 1].trusted):
            _boundary(console)
        _hop(console, hop, hops[place + 1 :])


def _boundary(console: Console) -> None:
    label = "  trust boundary: the lines below are claims "
    console.print(Text(label + "-" * max(0, min(console.width, 100) - len(label)), "yellow"), soft_wrap=True)


def _hop(console: Console, hop: Hop, older: Sequence[Hop]) -> None:
    title = Text(f"  hop {hop.hop}  ", "bold")
    title.append("trusted" if hop.trusted else "not trusted", "green" if hop.trusted else "yellow")
    title.append(f"  {hop.dialect or 'no known dialect'}, bytes {hop.span_start}-{hop.span_end}", "dim")
    console.print(title, soft_wrap=True)
    lines: list[tuple[str, object]] = [
        ("why", hop.trust_reason or None),
        ("by", _beside(hop.by, hop.by_ip)),
        ("from", hop.ip if hop.port is None else f"{hop.ip} port {hop.port}"),
        ("name", hop.rdns if hop.rdns_state is None else f"{hop.rdns or 'none'} ({hop.rdns_state})"),
        ("helo", hop.helo),
        ("ident", hop.ident),
        ("with", hop.protocol),
        ("tls", hop.tls),
        ("auth", hop.auth),
        ("via", hop.via),
        ("id", hop.queue_id),
        ("for", hop.recipient),
        ("sender", hop.envelope_from),
        ("date", utc(hop.date, seconds=True) or hop.date_text),
        ("delay", _delay(hop, older)),
        ("raw", " ".join(hop.raw.split()) if hop.status == "unknown" else None),
        ("findings", ", ".join(hop.findings) or None),
    ]
    pairs(console, lines, indent=4)


def _beside(name: str | None, ip: str | None) -> str | None:
    return name if ip is None else f"{name or ''} ({ip})".strip()


def _delay(hop: Hop, older: Sequence[Hop]) -> str | Text | None:
    """Say how long after the next older hop with a time this one came; below zero, time runs backwards."""
    before = next((item for item in older if item.date is not None), None)
    if hop.date is None or before is None or before.date is None:
        return None
    gap = hop.date - before.date
    words = f"{delay_text(gap)} since hop {before.hop}"
    if gap >= timedelta(0):
        return words
    if "time-reversed" in before.findings:
        return Text(f"{words}: the clocks disagree, or a line is forged", "red")
    return f"{words}: the two clocks differ"


_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def delay_text(gap: timedelta) -> str:
    """Return a signed time span in its two largest units, such as `+1 h 5 min` or `-12 s`."""
    seconds = round(gap.total_seconds())
    sign, rest = ("-" if seconds < 0 else "+"), abs(seconds)
    parts = []
    for unit, size in _UNITS:
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number:,} {unit}")
    return sign + (" ".join(parts[:2]) or "0 s")


def _verdict(console: Console, trace: Trace, which: str, title: str) -> None:
    ip, grade, reason, hop, start, end = (
        getattr(trace, f"{which}_{part}") for part in ("ip", "grade", "reason", "hop", "start", "end")
    )
    heading(console, title)
    line = Text("  ").append_text(text(ip or "none", "bold"))
    line.append("  ").append(grade, GRADE_STYLES[grade])
    if hop is not None:
        line.append(f"  hop {hop}", "dim")
    if start is not None:
        line.append(f", bytes {start}-{end}" if hop is not None else f"  bytes {start}-{end}", "dim")
    console.print(line, soft_wrap=True)
    if reason:
        paragraph(console, reason, indent=4)
    if ip is not None:
        pairs(console, list(_facts(trace.facts.get(ip, {}))), indent=4)


def _facts(facts: dict[str, Any]) -> Iterator[tuple[str, object]]:
    if facts.get("special"):
        yield "kept for", facts["special"]
    if facts.get("asn") is not None:
        yield "network", f"AS{facts['asn']} {facts.get('as_org') or ''}".strip()
    place = ", ".join(str(facts[key]) for key in ("city", "country") if facts.get(key))
    if place:
        yield "place", place
    if facts.get("access"):
        by = f"{facts.get('access_evidence')}, {facts.get('access_rule')}: {facts.get('access_matched')}"
        yield "access", f"{facts['access']} ({facts.get('access_confidence')}, by {by})"
    for source in dict.fromkeys(_source(facts, column) for column in ("as", "geo")):
        if source:
            yield "source", source


def _source(facts: dict[str, Any], column: str) -> str:
    name, built, gap = (facts.get(f"{column}_{part}") for part in ("source", "built", "gap_days"))
    if not name:
        return ""
    age = "" if gap is None else f" ({gap:,} days from the mail)"
    return f"{name}{f', built {utc(built)}' if built else ''}{age}"


def _findings(console: Console, findings: Sequence[str]) -> None:
    heading(console, "Findings" if findings else "No findings")
    known = rules()
    for name in findings:
        rule = known.get(name)
        if rule is None:
            paragraph(console, name)
        else:
            paragraph(console, f"{name}: {rule.says}", _style(rule.severity))


def _style(severity: str) -> str:
    return {"high": "red", "warning": "yellow"}.get(severity, "")
