"""`attribution pin` and `attribution cut`: the analyst's hand in the campaigns of a case."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from attribution.cli import options
from attribution.cli.program import InterruptedRun
from attribution.errors import AttributionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.case import Case
    from attribution.decisions import Decision

__all__ = ["cut", "pin"]

Function = TypeVar("Function", bound="Callable[..., Any]")

_NO_REASON = (
    "--reason is missing: a decision without a reason is refused, for nobody could check it later. Say what you saw: "
    '--reason "the same kit in both attachments"'
)


def _options(function: Function) -> Function:
    """Add what both commands have."""
    for add in reversed(
        (
            click.argument("case", metavar="CASE", type=click.Path(path_type=Path)),
            click.argument("ids", metavar="[ID]...", nargs=-1),
            options.option(
                "--reason", metavar="TEXT", help="Why: what you saw. Every decision and withdrawal must have one."
            ),
            options.option("--by", metavar="NAME", help="Who decides, for the log. Nothing is guessed."),
            options.option(
                "--later",
                is_flag=True,
                help="Write the decision down and leave the tables alone, until `attribution regroup CASE`.",
            ),
            options.option(
                "--undo",
                type=click.IntRange(min=1),
                metavar="N",
                help="Withdraw decision N of the log. It stays in the log, marked as withdrawn.",
            ),
            options.option("--list", is_flag=True, help="Show the log of all decisions, and change nothing."),
            options.as_json,
        )
    ):
        function = add(function)
    return function


@click.command(short_help="Decide that messages belong to one campaign, or name it.")
@options.option(
    "--name", metavar="NAME", help="Name of the campaign that holds the first ID. Of several names the last one counts."
)
@_options
def pin(case: Path, ids: tuple[str, ...], name: str | None, **given: Any) -> None:  # noqa: ANN401 (those of _options)
    """Decide that messages or campaigns belong together, or how a campaign is called.

    ID is the key of a message or campaign, a Message-ID, the first eight or more digits of a message's SHA-256, or its
    source or path. With two or more, they are in one campaign from now on; with one and --name, its campaign has that
    name. Decisions stand in decisions.toml in the case, with time and reason, and hold in every later run over the
    case. What contradicts an earlier decision is refused. The mail is not read again.

    \b
    Examples:
      attribution pin case 5577006791947779410 8674665223082153551 --reason "same kit in both attachments"
      attribution pin case 5577006791947779410 --name "Parcel A" --reason "name used in report 12"
      attribution pin case "<a1@example.org>" de7eab81 --reason "same wallet" --by "R. Diaz" --later
      attribution pin case --undo 2 --reason "the wallet is an exchange's"
      attribution pin case --list
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    if ids and len(ids) < 2 and name is None:
        raise click.UsageError("One ID alone says nothing: give another that belongs with it, or --name.")
    action: Literal["together", "name"] = "together" if len(ids) > 1 else "name"
    _run(case, action, ids, name=name, **given)


@click.command(short_help="Decide that two messages are never in one campaign.")
@_options
def cut(case: Path, ids: tuple[str, ...], **given: Any) -> None:  # noqa: ANN401 (those of _options)
    """Decide that two messages are never in one campaign.

    ID is the key of a message or campaign, a Message-ID, the first eight or more digits of a message's SHA-256, or its
    source or path. A campaign has the key of one of its messages and stands for that one: to cut a message out of a
    campaign, give the message and the campaign. Decisions stand in decisions.toml in the case, with time and reason,
    and hold in every later run over the case. What contradicts an earlier decision is refused. The mail is not read
    again.

    \b
    Examples:
      attribution cut case 8674665223082153551 5577006791947779410 --reason "two shops that use one mailer"
      attribution cut case de7eab81 5577006791947779410 --reason "a reply, not the bait" --later
      attribution cut case --undo 3 --reason "the reply quotes the bait"
      attribution cut case --list --json | jq '.decisions[].reason'
    """  # noqa: D301 (\b is click's mark for lines that stay as they are)
    if ids and len(ids) != 2:
        raise click.UsageError("Two IDs are kept apart at a time: give two.")
    _run(case, "apart", ids, name=None, **given)


def _run(
    path: Path,
    action: Literal["together", "apart", "name"],
    ids: tuple[str, ...],
    *,
    name: str | None,
    reason: str | None,
    by: str | None,
    later: bool,
    undo: int | None,
    list: bool,  # noqa: A002 (the option's name)
    json: bool,
) -> None:
    from attribution.case import open_case
    from attribution.decisions import DECISIONS, read_decisions, withdraw

    if (bool(ids) or name is not None) + (undo is not None) + list > 1:
        raise click.UsageError("IDs, --undo and --list are different things to do: give one of them.")
    if list:
        from attribution.cli.decide_view import show_log

        if not (path / DECISIONS).exists():
            open_case(path)  # says what is there instead of a case; a log can be read without one
        show_log(read_decisions(path / DECISIONS), path / DECISIONS, json=json)
        return
    if not ids and undo is None:
        raise click.UsageError("Nothing to decide: give IDs, --undo N, or --list.")
    if reason is None or not reason.strip():
        raise click.UsageError(_NO_REASON)
    opened = open_case(path)
    log = opened.path / DECISIONS
    try:
        if undo is None:
            made = _decide(opened, log, action, ids, reason=reason, name=name, by=by)
        else:
            made = withdraw(log, undo, reason, by=by)
    except KeyboardInterrupt as stop:
        message = f"interrupted: whether the decision was kept, shows: attribution pin {shlex.quote(str(path))} --list"
        raise InterruptedRun(message) from stop
    _tell(opened, log, made, later=later, json=json)


def _decide(
    case: Case,
    log: Path,
    action: Literal["together", "apart", "name"],
    ids: tuple[str, ...],
    *,
    reason: str,
    name: str | None,
    by: str | None,
) -> Decision:
    """Write a decision down, once it is sure that it is about something."""
    from attribution.case_ids import campaigns_of, resolve_all
    from attribution.decisions import decide

    keys = resolve_all(case, ids)
    for place, key in enumerate(keys):
        if key in keys[:place]:
            first, again = ids[keys.index(key)], ids[place]
            raise click.UsageError(
                f"{first} and {again} are one message, {key}: a campaign has the key of one of its messages. "
                "Give another message of it."
            )
    if action == "name" and campaigns_of(case, keys)[keys[0]] is None:
        raise click.UsageError(f"{ids[0]} is in no campaign, so there is nothing to name.")
    return decide(log, action, keys, reason, name=name, by=by)


def _tell(case: Case, log: Path, made: Decision, *, later: bool, json: bool) -> None:
    """Find the campaigns again, unless that is for later, and print what became of those of the decision."""
    from attribution.case_ids import campaigns_of
    from attribution.cli.decide_view import show_decision

    before = campaigns_of(case, made.ids)
    after = None if later else campaigns_of(_regrouped(case.path), made.ids)
    show_decision(made, log, before, after, json=json)


def _regrouped(path: Path) -> Case:
    from attribution import pipeline
    from attribution.cli.progress import live_progress
    from attribution.cli.streams import say

    kept = f"the decision is kept; run: attribution regroup {shlex.quote(str(path))}"
    try:
        with live_progress() as live:
            return pipeline.regroup_case(path, progress=live.update, notice=live.notice)
    except KeyboardInterrupt as stop:
        raise InterruptedRun(f"interrupted: {kept}") from stop
    except AttributionError as error:
        raise type(error)(f"{error}: {kept}") from error
    except Exception:
        say(kept)  # what is told after it is a fault of the program
        raise
