"""The next step, in one sentence, for each thing that a run could not find out."""

from __future__ import annotations

import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["advise"]

_GATEWAY_KEYS = {"name", "messages", "of", "trust"}


def advise(
    *,
    messages: int,
    vouched: int,
    addresses: int,
    with_network: bool,
    with_country: bool,
    databases: int,
    undated: Sequence[str],
    scanned: int | None,
    elsewhere: int,
    problems: int,
    waiting: int = 0,
    decisions_lost: bool = False,
    gateway: Mapping[str, Any] | None = None,
    case: str | None = None,
) -> tuple[str, ...]:
    """Return sentences that name what is missing and the command or option that gets it.

    Args:
        messages: Messages of the case.
        vouched: Those whose handover address is vouched for.
        addresses: Distinct handover addresses.
        with_network: Whether the network of any of them is known.
        with_country: Whether the country of any of them is known.
        databases: IP databases that the run used.
        undated: Names of those that do not say when they were built.
        scanned: Banners of the case's addresses; None where no scan file was given.
        elsewhere: Records of other addresses in the scan files.
        problems: Items of the input that yielded no message.
        waiting: Decisions of an analyst that are younger than the tables.
        decisions_lost: The log of decisions cannot be read.
        gateway: The mail filter by way of which nearly all mail came, as `run.json` has it.
        case: Path of the case folder.
    """
    lines = []
    known = with_network or with_country
    if addresses and not known and not databases:
        lines.append(
            "No IP database: networks and countries are unknown. "
            "Get one: attribution data install ipinfo-lite, then run again."
        )
    elif addresses and not known:
        lines.append(
            "The IP databases know none of the addresses: networks and countries are unknown. "
            "Give another one with --mmdb."
        )
    if messages and not vouched:
        lines.append(
            "No address is vouched for, because no receiver could be told from the mail. "
            "Name the servers that received it: --trust mx.example.net (a host or network, repeatable)."
        )
    if isinstance(gateway, dict) and gateway.keys() >= _GATEWAY_KEYS and isinstance(gateway["trust"], list):
        lines.append(_gateway(gateway, case))
    lines.extend(
        f"{name} does not say when it was built, so the age of what it says is not known. "
        "If you know it: --mmdb PATH@YYYY-MM-DD."
        for name in undated
    )
    if scanned == 0 and elsewhere:
        lines.append(
            f"The scan files know none of the case's addresses; {elsewhere:,} of their records are of others. "
            "See that they are scans of these networks."
        )
    elif scanned == 0:
        lines.append(
            "Nothing in the scan files could be used; the table problems says what is wrong with them. "
            "If they do not say when the banners were seen, you can: --banners PATH@YYYY-MM-DD."
        )
    if decisions_lost:
        lines.append("decisions.toml cannot be used; this says why: attribution regroup CASE.")
    if waiting:
        lines.append(
            "Decisions were made that the tables do not show yet. Find the campaigns again: attribution regroup CASE."
        )
    if problems:
        lines.append("The table problems says what could not be read of the mail and of the scan files, and why.")
    return tuple(lines)


def _gateway(gateway: Mapping[str, Any], case: str | None) -> str:
    """Say that a filter handed the mail over, and how to look behind it."""
    through, whole = int(gateway["messages"]), int(gateway["of"])
    count = f"All {whole:,} messages" if through == whole else f"{through:,} of {whole:,} messages"
    said = f"{count} with a handover were handed over by {gateway['name']}, which filters mail on its way to a mailbox."
    if not gateway["trust"]:
        return f"{said} It left no line that says who connected to it."
    # The receiver's own hosts must be named too, for what --trust says is all that is trusted then.
    own = [] if case is None else [str(PurePath(case) / "receiver.toml")]
    options = " ".join(f"--trust {shlex.quote(entry)}" for entry in [*own, *gateway["trust"]])
    more = int(gateway.get("more_networks") or 0)
    rest = f", and the {more:,} networks of its servers that the column handover_ip shows" if more else ""
    return f"{said} If it does so for the receiver, its lines say who connected to it; run again with {options}{rest}"
