"""The summary of a case on a terminal."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from rich.text import Text

from attribution._text import escape_control
from attribution.cli.layout import GRADE_STYLES, bar, columns, heading, paragraph, share, text, to_copy, utc
from attribution.enrich.evidence import reasons
from attribution.models import Grade
from attribution.origin.rulebook import rules
from attribution.report.campaigns import per_day, reason
from attribution.report.words import ACTIONS, DEVICE_GRADES, LEADS, STATUSES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Collection

    from rich.console import Console

    from attribution.report import Summary
    from attribution.report.campaigns import CampaignLine

__all__ = ["show_summary"]

_ROWS = 5
_FAMILIES = 2
_SUBJECT_CHARS = 112
"""Two lines of the column of campaigns in a terminal of 80 columns."""
_HOSTS_CHARS = 1_024
"""Of what is said of hosts, which holds nothing out of mail."""


def show_summary(console: Console, summary: Summary, said: Collection[str] = ()) -> None:
    """Print a summary: what was read, where it came in, and what to do next.

    Args:
        console: Where to; its width and encoding are respected.
        summary: The figures of a case.
        said: Sentences on the receiver that stand there already.
    """
    _head(console, summary, said)
    _grades(console, summary)
    _networks(console, summary)
    _countries(console, summary)
    _access(console, summary)
    _hosts(console, summary)
    _devices(console, summary)
    _campaigns(console, summary)
    _decisions(console, summary)
    _findings(console, summary)
    _status(console, summary)
    _databases(console, summary)
    _ending(console, summary)


def _head(console: Console, summary: Summary, said: Collection[str]) -> None:
    line = Text(_number(summary.messages, "message"), "bold")
    line.append(f", {_number(summary.handover_addresses, 'handover address', 'es')}", "not bold")
    line.append(f", {_number(summary.campaign_count, 'campaign')}", "not bold")
    console.print(line)
    parts = []
    if summary.first is not None:
        parts.append(f"received {utc(summary.first)} to {utc(summary.last)}")
    if summary.duplicates:
        parts.append(f"{summary.duplicates:,} are identical copies of others")
    if summary.seconds is not None and not summary.appended:  # the time of the first run is not that of all mail
        rate = summary.messages / summary.seconds if summary.seconds else 0.0
        parts.append(f"{summary.seconds:,.1f} s ({rate:,.0f}/s)")
    if parts:
        paragraph(console, "; ".join(parts), indent=0)
    if summary.appended:
        paragraph(console, _appended(summary), indent=0)
    receiver = [sentence for sentence in summary.receiver if sentence not in said]
    if receiver:
        heading(console, "Receiver")
    for sentence in receiver:
        paragraph(console, sentence)


def _appended(summary: Summary) -> str:
    last = summary.appended[-1]
    added = f"added on {utc(last.time) or 'an unknown day'}: {_number(last.messages, 'message')}"
    if len(summary.appended) == 1:
        return added
    total = sum(line.messages for line in summary.appended)
    return f"{added}; in all {len(summary.appended):,} additions with {_number(total, 'message')}"


def _number(count: int, what: str, many: str = "s") -> str:
    return f"{count:,} {what}{'' if count == 1 else many}"


def _grades(console: Console, summary: Summary) -> None:
    heading(console, "How far the addresses hold (messages)")
    table = columns("", "handover", "", "", "origin", " ", right=("handover", "origin", " "))
    table.columns[1].no_wrap = True  # the words are read as they stand in the tables
    table.columns[4].no_wrap, table.columns[4].overflow = True, "crop"
    table.columns[3].justify = "right"
    for grade in get_args(Grade):
        handover = summary.handover_grades.get(grade, 0)
        origin = summary.origin_grades.get(grade, 0)
        if handover or origin:
            table.add_row(
                "",
                Text(grade, GRADE_STYLES[grade]),
                f"{handover:,}",
                share(handover, summary.messages),
                bar(console, handover, summary.messages),
                f"{origin:,}",
                share(origin, summary.messages),
            )
    console.print(table)


def _networks(console: Console, summary: Summary) -> None:
    if not summary.networks:
        return
    heading(console, f"Networks that handed over most ({summary.network_count:,} in all)")
    table = columns("AS", "held by", "messages", "addresses", "", right=("AS", "messages", "addresses"))
    for line in summary.networks[:_ROWS]:
        table.add_row(
            "",
            str(line.asn),
            text(line.as_org, width=48),
            f"{line.messages:,}",
            f"{line.addresses:,}",
            bar(console, line.messages, summary.networks[0].messages),
        )
    console.print(table)
    _unknown(console, summary.networkless, "network")


def _countries(console: Console, summary: Summary) -> None:
    if summary.countries:
        title = f"Countries of those addresses ({summary.country_count:,} in all)"
        lines = [(line.country, line.messages, line.addresses) for line in summary.countries]
        _counted(console, title, "country", lines, summary.countryless)


def _access(console: Console, summary: Summary) -> None:
    if summary.access:
        lines = [(line.access, line.messages, line.addresses) for line in summary.access]
        _counted(console, "How those addresses reach the Internet", "access type", lines, summary.accessless)


def _counted(console: Console, title: str, what: str, lines: list[tuple[str, int, int]], unknown: int) -> None:
    """Print messages and addresses by a value, and for how many messages it is not known."""
    heading(console, title)
    table = columns(what, "messages", "addresses", "", right=("messages", "addresses"))
    for name, messages, addresses in lines[:_ROWS]:
        most = bar(console, messages, lines[0][1])
        table.add_row("", text(name, width=40), f"{messages:,}", f"{addresses:,}", most)
    console.print(table)
    _unknown(console, unknown, what)


def _hosts(console: Console, summary: Summary) -> None:
    if summary.hosts:
        heading(console, "How many hosts sent")
        paragraph(console, text(summary.hosts, width=_HOSTS_CHARS))


def _devices(console: Console, summary: Summary) -> None:
    found = summary.devices
    if found is None:
        return
    heading(console, f"Devices ({found.banners:,} banners of {found.addresses:,} addresses)")
    if found.said:
        paragraph(console, found.said)
    for sentence in found.remarks:
        paragraph(console, sentence, "dim")
    if found.grades:
        paragraph(console, "Messages by the grade of the device on their address:")
    names = ("things", "computers", "not named")
    table = columns("grade", *names, "meaning", right=names)
    for line in found.grades:
        numbers = (f"{number:,}" for number in (line.things, line.computers, line.unnamed))
        table.add_row("", line.grade, *numbers, DEVICE_GRADES[line.grade])
    if found.grades:
        console.print(table)
    if found.together:
        paragraph(console, found.together)
    table = columns("messages", "what limits the grade", right=("messages",))
    says = reasons()
    for name, number in list(found.reasons.items())[:_ROWS]:
        reason = text(name, width=60)
        if name in says:
            reason.append(f"\n{says[name].says}", "dim")
        table.add_row("", f"{number:,}", reason)
    if found.reasons:
        console.print(table)
    table = columns("device near the mail", "addresses", "messages", right=("addresses", "messages"))
    for kind in found.types[:_ROWS]:
        table.add_row("", text(kind.device, width=40), f"{kind.addresses:,}", f"{kind.messages:,}")
    if found.types:
        console.print(table)


def _unknown(console: Console, messages: int, what: str) -> None:
    if messages:
        paragraph(console, f"for {messages:,} messages the {what} is not known", "dim")


def _campaigns(console: Console, summary: Summary) -> None:
    if not summary.campaigns:
        return
    title = f"Largest campaigns ({summary.campaign_count:,} with {summary.campaign_messages:,} messages in all)"
    heading(console, title)
    table = columns("messages", "addresses", "campaign", right=("messages", "addresses"))
    for line in summary.campaigns[:_ROWS]:
        table.add_row("", f"{line.messages:,}", f"{line.addresses:,}", _campaign(line))
    console.print(table)
    if summary.campaign_groups:
        campaigns, botnets = _number(summary.campaign_grouped, "campaign"), _number(summary.campaign_groups, "botnet")
        paragraph(
            console, f"{campaigns} seem to come from {botnets} (same senders or same engine): leads, no proof", "yellow"
        )
    if summary.leads:
        kinds = ", ".join(f"{number:,} {LEADS.get(kind, kind)}" for kind, number in summary.leads.items())
        paragraph(console, f"leads, too weak to be asserted: {kinds}", "dim")


def _campaign(line: CampaignLine) -> Text:
    """Return what is said of one campaign beside its numbers, each part on a line of its own."""
    subject = text(line.slots or line.template or "(no subject in common)", width=_SUBJECT_CHARS)
    parts = [subject if line.name is None else text(line.name, "bold").append(": ", "not bold").append_text(subject)]
    why = reason(line, _FAMILIES)
    parts.append(Text(_when(line)))
    parts.append(Text("" if why is None else f"why: {why}"))
    if line.device_verdict in VERDICTS and line.device_verdict != "none":
        parts.append(Text(f"devices beside neighbours: {VERDICTS[line.device_verdict]}"))
    parts.append(Text(f"campaign {line.campaign}{_each(line)}", "dim"))
    return Text("\n", overflow="fold").join(part for part in parts if part)


def _when(line: CampaignLine) -> str:
    if line.first is None:
        return ""
    when = f"{utc(line.first)} to {utc(line.last)}"
    if line.bursts is None:
        return when
    if line.bursts == 0:
        return f"{when}, no burst"
    several = line.bursts > 1 and line.bursts_per_day is not None
    rate = f" ({per_day(line.bursts_per_day or 0.0)} a day)" if several else ""
    return f"{when}, {_number(line.bursts, 'burst')}{rate}"


def _each(line: CampaignLine) -> str:
    """Return how many messages one address sent, beside the number of messages and addresses."""
    if line.max_per_address is None or line.addresses < 2:
        return ""
    return (
        ", one from each address" if line.max_per_address == 1 else f", up to {line.max_per_address:,} from one address"
    )


def _decisions(console: Console, summary: Summary) -> None:
    found = summary.decisions
    if found is None:
        return
    entries = "1 entry" if found.number == 1 else f"{found.number:,} entries"
    heading(console, f"What an analyst decided ({entries}, {found.holding:,} in force)")
    last = found.last
    name = "" if last.name is None else f', "{last.name}"'
    by = "" if last.by is None else f" by {last.by}"
    paragraph(console, f"last on {utc(last.time)}{by}: {ACTIONS.get(last.action, last.action)}{name}: {last.reason}")


def _findings(console: Console, summary: Summary) -> None:
    if not summary.findings:
        return
    heading(console, "What the rules found")
    table = columns("messages", "", "finding", right=("messages", ""))
    known = rules()
    for name, number in list(summary.findings.items())[:_ROWS]:
        line = text(name, width=60)
        if name in known:
            line.append(f"\n{known[name].says}", "dim")
        table.add_row("", f"{number:,}", share(number, summary.messages), line)
    console.print(table)


def _status(console: Console, summary: Summary) -> None:
    if not summary.flawed:
        return
    heading(console, "Not read, or not in full")
    table = columns("status", "messages", "other items", "meaning", right=("messages", "other items"))
    for status, meaning in STATUSES.items():
        messages = summary.statuses.get(status, 0)
        others = summary.problem_statuses.get(status, 0)
        if (messages or others) and status != "ok":
            table.add_row("", status, f"{messages:,}", f"{others:,}", meaning)
    console.print(table)
    for line in summary.problem_examples:
        name = line.source if line.member is None else f"{line.source}: {line.member}"
        alike = f" (and {line.alike - 1:,} alike)" if line.alike > 1 else ""
        paragraph(console, f"{name}: {line.status}: {line.detail}{alike}", "dim")
    if more := summary.problems - sum(line.alike for line in summary.problem_examples):
        paragraph(console, f"and {more:,} more", "dim")


def _databases(console: Console, summary: Summary) -> None:
    if not summary.databases:
        return
    heading(console, "IP databases")
    for sentence in summary.stale:
        paragraph(console, sentence, "yellow")
    for database in summary.databases:
        built = "does not say when it was built" if database.built is None else f"built {utc(database.built)}"
        paragraph(console, f"{database.name}: {built}")
        if database.attribution:
            # A credit line keeps its address whole, as its maker asks; it is no text from mail.
            terms = f" ({database.licence})" if database.licence else ""
            paragraph(console, Text(escape_control(database.attribution + terms), "dim"))


def _ending(console: Console, summary: Summary) -> None:
    if summary.advice:
        heading(console, "Next steps")
    for sentence in summary.advice:
        paragraph(console, sentence, "yellow")
    if summary.case:
        heading(console, "Case")
        to_copy(console, f"{Path(summary.case)} (tables as Parquet, run.json)")
        to_copy(console, f"{Path(summary.case) / 'report.html'} (this summary as a page)")
        if summary.campaigns:
            command = f"attribution why {shlex.quote(summary.case)} {summary.campaigns[0].campaign}"
            to_copy(console, f"{command} says why the largest campaign is one")
        command = f"attribution trace FILE --case {shlex.quote(summary.case)}"
        to_copy(console, f"{command} shows one message, hop by hop")
