"""The next step, in one sentence, for each thing that a run could not find out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["advise"]


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
