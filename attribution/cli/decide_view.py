"""Decisions of an analyst, and what became of the campaigns, on a terminal or as JSON."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.text import Text

from attribution.cli.console import result_console
from attribution.cli.layout import columns, pairs, paragraph, text
from attribution.cli.streams import write_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from rich.console import Console

    from attribution.case_ids import Holding
    from attribution.decisions import Decision, Decisions

__all__ = ["show_decision", "show_log"]

_KEYS = 3
"""Keys of one decision that are shown; all are in the file."""


def show_log(decisions: Decisions, log: Path, *, json: bool) -> None:
    """Print all decisions of a case, withdrawn ones too.

    Args:
        decisions: As they were read.
        log: Where they stand.
        json: As JSON.
    """
    if json:
        write_json({"log": str(log), "decisions": [entry.as_dict() for entry in decisions.entries]})
        return
    console = result_console()
    if not decisions.entries:
        paragraph(console, f"No decision yet: {log} is where they would stand.", indent=0)
        return
    table = columns("no.", "made (UTC)", "decision", "messages", "reason", right=("no.",))
    for name in table.columns[:-1]:
        name.no_wrap = True
    for entry in decisions.entries:
        style = "" if entry.withdrawn_by is None else "dim"
        made = f"{entry.time:%Y-%m-%d %H:%M}"
        table.add_row(
            "", str(entry.number), made, _action(entry), "\n".join(_keys(entry.ids)), _why(entry), style=style
        )
    console.print(table)


def _action(entry: Decision) -> str:
    if entry.of is not None:
        return f"withdraws {entry.of}"
    return str(entry.action) + ("" if entry.withdrawn_by is None else f",\nwithdrawn\nby {entry.withdrawn_by}")


def _keys(ids: Sequence[int]) -> list[str]:
    shown = [str(key) for key in ids[:_KEYS]]
    return shown if len(ids) <= _KEYS else [*shown, f"and {len(ids) - _KEYS:,} more"]


def _why(entry: Decision) -> Text:
    lines = [text(entry.reason)]
    if entry.name is not None:
        lines.append(Text("name: ").append_text(text(entry.name)))
    if entry.by is not None:
        lines.append(Text("by: ").append_text(text(entry.by)))
    return Text("\n", overflow="fold").join(lines)


def show_decision(
    made: Decision,
    log: Path,
    before: Mapping[int, Holding | None],
    after: Mapping[int, Holding | None] | None,
    *,
    json: bool,
) -> None:
    """Print a decision that was just made, and what became of the campaigns of its messages.

    Args:
        made: The decision.
        log: Where it stands.
        before: The campaign of each of its messages before it.
        after: Likewise now; None where the campaigns were not found again.
        json: As JSON.
    """
    if json:
        write_json(
            {
                "log": str(log),
                "decision": made.as_dict(),
                "regrouped": after is not None,
                "messages": [
                    {"message": key, "before": _dict(before[key]), "after": _dict(after[key]) if after else None}
                    for key in made.ids
                ],
            }
        )
        return
    console = result_console()
    console.print(Text(f"Decision {made.number} is in ", "bold").append_text(text(str(log))), soft_wrap=True)
    _changes(console, made.ids, before, after)
    case = shlex.quote(str(log.parent))
    if after is None:
        paragraph(console, f"The tables are as they were until: attribution regroup {case}")
    if made.of is None:
        paragraph(console, f"To withdraw it: attribution pin {case} --undo {made.number} --reason TEXT", "dim")


def _changes(
    console: Console,
    ids: Sequence[int],
    before: Mapping[int, Holding | None],
    after: Mapping[int, Holding | None] | None,
) -> None:
    """Print the campaigns before and now; messages that fared alike are told together."""
    alike: dict[tuple[Holding | None, Holding | None], list[int]] = {}
    for key in ids:
        alike.setdefault((before[key], after[key] if after else None), []).append(key)
    for (old, new), keys in alike.items():
        told: list[tuple[str, object]] = [("message" if len(keys) == 1 else "messages", ", ".join(_keys(keys)))]
        told.append(("before", _held(old)))
        if after is not None:
            told.append(("now", "as before" if old == new else _held(new)))
        pairs(console, told)


def _held(campaign: Holding | None) -> str:
    if campaign is None:
        return "in no campaign"
    size = f"{campaign.messages:,} message{'' if campaign.messages == 1 else 's'}"
    name = "" if campaign.name is None else f" ({campaign.name})"
    return f"campaign {campaign.campaign}{name}, {size}"


def _dict(campaign: Holding | None) -> dict[str, object] | None:
    return None if campaign is None else campaign.as_dict()
