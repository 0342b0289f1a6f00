"""A case against the truth, as one table on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from attribution.cli.layout import GRADE_STYLES, columns, heading, paragraph, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from attribution.score import Scorecard, Truth
    from attribution.score.campaigns import CampaignScore, GroupScore, LeadScore
    from attribution.score.chains import AddressScore, ForgedScore, TimeScore
    from attribution.score.devices import DeviceScore, HostScore, SharesScore, ValueScore, VerdictScore
    from attribution.score.of_addresses import AddressesScore
    from attribution.score.of_messages import Matched
    from attribution.score.shares import Share

__all__ = ["show_score"]

_NAME_CHARS = 40
_MERGED = 5
_NUMBERS = ("value", "95 % interval", "counted")
_OUTCOMES = {"right": "green", "missed": "yellow", "wrong": "red", "undecided": "dim"}
_YES = {True: "yes", False: "no", None: "-"}


class _Line(NamedTuple):
    """A row of the table: a title where there is no value."""

    name: Text
    value: str | Text = ""
    interval: str = ""
    counted: str = ""


def show_score(console: Console, card: Scorecard, truth: Truth) -> None:
    """Print the figures of a case against the truth.

    Args:
        console: Where to.
        card: The figures.
        truth: What they rest on.
    """
    console.print(Text("The case against the truth", "bold"))
    table = columns("figure", *_NUMBERS, right=_NUMBERS)
    for line in _lines(card):
        table.add_row("", line.name, line.value, line.interval, line.counted)
    console.print(table)
    if card.campaigns is not None and card.campaigns.merged:
        heading(console, "Campaigns that hold two messages or more of several true ones")
        for one in card.campaigns.merged[:_MERGED]:
            held = zip(one.labels, one.sizes, strict=True)
            parts = ", ".join(f"{size:,} of {name[:_NAME_CHARS]}" for name, size in held)
            paragraph(console, f"campaign {one.campaign}, {one.messages:,} messages: {parts}")
    if card.not_scored:
        heading(console, "Not scored")
        for missing in card.not_scored:
            paragraph(console, f"{missing.part}: {missing.reason}", "dim")
    if truth.ignored:
        heading(console, "Not used")
        paragraph(console, f"no table about messages or addresses: {', '.join(truth.ignored)}", "dim")


def _lines(card: Scorecard) -> Iterator[_Line]:
    if card.messages is not None:
        yield from _matched(card.messages)
    if card.handover is not None:
        yield from _address("Handover address", card.handover)
    if card.origin is not None:
        yield from _address("Origin address", card.origin)
    if card.beyond is not None and card.beyond.messages:
        yield from _address("Origin beyond the handover", card.beyond)
    if card.forged is not None and (card.forged.messages or card.forged.false_alarms.of):
        yield from _forged(card.forged)
    if card.received_at is not None:
        yield from _times(card.received_at)
    if card.campaigns is not None:
        yield from _campaigns(card.campaigns)
    if card.leads:
        yield _title("Leads")
        for lead in card.leads:
            yield from _lead(lead)
    if card.groups is not None:
        yield from _groups(card.groups)
    if card.addresses is not None:
        yield from _addresses(card.addresses)
    if card.shares is not None and card.shares.senders is not None:
        yield from _shares(card.shares)
    sent = None if card.shares is None else card.shares.sent
    if sent is not None or card.verdict is not None:
        yield from _senders(sent, card.verdict)
    if card.hosts is not None:
        yield from _hosts(card.hosts)


def _title(name: str) -> _Line:
    return _Line(Text(name, "bold"))


def _count(name: str, number: int) -> _Line:
    return _Line(Text(f"  {name}"), f"{number:,}")


def _share(name: str | Text, share: Share) -> _Line:
    label = Text("  ").append_text(name) if isinstance(name, Text) else Text(f"  {name}")
    if share.share is None or share.low is None or share.high is None:
        return _Line(label, "-", "", "0 of 0")
    interval = f"{_percent(share.low)} to {_percent(share.high)} %"
    return _Line(label, f"{_percent(share.share)} %", interval, f"{share.part:,} of {share.of:,}")


def _percent(share: float) -> str:
    """Return a share in per cent, so rounded that only all is 100 and only nothing is 0."""
    shown = f"{100 * share:.2f}"
    if shown == "100.00" and share < 1:
        return "99.99"
    return "0.01" if shown == "0.00" and share > 0 else shown


def _figure(name: str | Text, value: float, counted: str = "") -> _Line:
    label = Text("  ").append_text(name) if isinstance(name, Text) else Text(f"  {name}")
    return _Line(label, f"{value:.4f}", "", counted)


def _matched(found: Matched) -> Iterator[_Line]:
    yield _title("Messages")
    yield _part("of the truth, in the case", found.matched, found.truth)
    yield _part("of the case, in the truth", found.matched, found.case)
    if found.duplicates:
        yield _count("copies, told by place", found.duplicates)
    if found.by_place:
        yield _count("found by place, no SHA-256", found.by_place)


def _part(name: str, part: int, of: int) -> _Line:
    """Return a share that is counted, not estimated."""
    return _Line(Text(f"  {name}"), f"{_percent(part / of)} %" if of else "-", "", f"{part:,} of {of:,}")


def _address(title: str, found: AddressScore) -> Iterator[_Line]:
    yield _title(title)
    yield _share("right", found.accuracy)
    yield _count("wrong", found.wrong)
    yield _count("missing", found.missing)
    for line in found.grades:
        if line.grade != "none":
            yield _share(Text("right where ").append(line.grade, GRADE_STYLES[line.grade]), line.accuracy)


def _forged(found: ForgedScore) -> Iterator[_Line]:
    yield _title("Origin where lines are forged")
    yield _share("wrong, better than claimed", found.harm)
    yield _count("wrong, claimed", found.wrong_claimed)
    yield _count("wrong, contradicted or none", found.wrong_contradicted)
    yield _count("right", found.right)
    yield _count("missing", found.missing)
    yield _share("warned of by a rule", found.warned)
    yield _share("warned of, nothing forged", found.false_alarms)


def _times(found: TimeScore) -> Iterator[_Line]:
    yield _title("Time of arrival")
    yield _share("off by a second at most", found.within_second)
    yield _share("off by a minute at most", found.within_minute)
    yield _count("missing", found.missing)
    for name, seconds in (
        ("median error", found.median),
        ("95 % are within", found.most_of),
        ("largest error", found.largest),
    ):
        if seconds is not None:
            yield _Line(Text(f"  {name}"), f"{seconds:,.1f} s")


def _campaigns(found: CampaignScore) -> Iterator[_Line]:
    whole = found.all
    yield _title("Campaigns")
    counted = f"{whole.items:,}"
    yield _figure("B-cubed precision", whole.precision, counted)
    yield _figure("B-cubed recall", whole.recall, counted)
    yield _figure("B-cubed F1", whole.f1, counted)
    several = f"P {whole.precision_many:.4f} R {whole.recall_many:.4f}"
    yield _figure("F1, no single messages", whole.f1_many, several)
    for kind in found.kinds:
        label = Text("F1 of ").append_text(text(kind.kind, width=_NAME_CHARS)).append(f" ({kind.messages:,})")
        yield _figure(label, kind.f1, f"P {kind.precision:.4f} R {kind.recall:.4f}")
    yield _figure("adjusted Rand index", whole.ari)
    yield _figure("precision of pairs", whole.pair_precision)
    yield _figure("recall of pairs", whole.pair_recall)
    yield _Line(Text("  campaigns"), f"{found.found:,}", "", f"{found.true_many:,} true ones")
    yield _count("that merge true ones", whole.merging_twice)


def _lead(found: LeadScore) -> Iterator[_Line]:
    yield _share(Text("right by ").append_text(text(found.kind, width=_NAME_CHARS)), found.right)
    if found.leads > found.compared:
        yield _count("  ends not in the truth", found.leads - found.compared)


def _groups(found: GroupScore) -> Iterator[_Line]:
    yield _title("Groups against botnets")
    counted = f"{found.campaigns:,} campaigns"
    yield _figure("B-cubed precision", found.precision, counted)
    yield _figure("B-cubed recall", found.recall, counted)
    yield _figure("B-cubed F1", found.f1, counted)
    yield _Line(Text("  campaigns in groups"), f"{found.grouped:,}", "", f"{found.groups:,} groups")
    yield _Line(Text("  botnets"), f"{found.botnets:,}")
    yield _count("in groups, of no botnet", found.stray)


def _addresses(found: AddressesScore) -> Iterator[_Line]:
    yield _title("Addresses that sent")
    yield _part("of the truth, in the case", found.matched, found.truth)
    yield _part("of the case, in the truth", found.matched, found.case)
    for name, value in (("AS number", found.asn), ("country", found.country), ("access type", found.access)):
        if value is not None:
            yield from _value(name, value)
    if found.devices is not None:
        yield from _devices(found.devices)


def _value(name: str, found: ValueScore) -> Iterator[_Line]:
    yield _share(f"{name} right", found.accuracy)
    if found.wrong or found.missing:
        yield _count("  wrong", found.wrong)
        yield _count("  missing", found.missing)


def _devices(found: DeviceScore) -> Iterator[_Line]:
    yield from _value("device type", found.type)
    yield from _value("type of a thing", found.type_of_things)
    yield from _value("thing or not", found.thing)
    yield _share("named where none shows", found.invented)


def _shares(found: SharesScore) -> Iterator[_Line]:
    yield _title("Whose banner shows a thing")
    for name, pair in (("senders", found.senders), ("neighbours", found.neighbours), ("mail", found.messages)):
        if pair is not None:
            yield _share(name, pair.case)
            yield _part("  in truth", pair.truth.part, pair.truth.of)


def _senders(mail: Share | None, found: VerdictScore | None) -> Iterator[_Line]:
    yield _title("Whether things sent")
    if found is not None:
        yield _Line(Text("  verdict of the case"), text(found.verdict or "-", width=_NAME_CHARS))
    if mail is not None:
        yield _part("mail of things, in truth", mail.part, mail.of)
    if found is not None:
        yield _part("senders, in truth", found.sent_by_things.part, found.sent_by_things.of)
        yield _Line(Text("  so the verdict is"), Text(found.outcome, _OUTCOMES[found.outcome]))


def _hosts(found: HostScore) -> Iterator[_Line]:
    yield _title("Hosts that sent")
    upper = "no end" if found.upper is None else f"{found.upper:,}"
    yield _count("in truth", found.truth)
    yield _Line(Text("  bounds hold it"), _YES[found.contains], f"{found.lower:,} to {upper}")
    if found.estimate is not None:
        span = "" if found.estimate_low is None else f"{found.estimate_low:,} to {found.estimate_high:,}"
        yield _Line(Text("  estimate"), f"{found.estimate:,}")
        yield _Line(Text("  its range holds it"), _YES[found.estimate_contains], span)
