"""The next step, in one sentence, for each thing that a run could not find out."""

from __future__ import annotations

__all__ = ["advise"]


def advise(
    *,
    messages: int,
    vouched: int,
    addresses: int,
    with_network: bool,
    with_country: bool,
    databases: int,
    problems: int,
) -> tuple[str, ...]:
    """Return sentences that name what is missing and the command or option that gets it.

    Args:
        messages: Messages of the case.
        vouched: Those whose handover address is vouched for.
        addresses: Distinct handover addresses.
        with_network: Whether the network of any of them is known.
        with_country: Whether the country of any of them is known.
        databases: IP databases that the run used.
        problems: Items of the input that yielded no message.
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
    if problems:
        lines.append("The table problems says which items of the input could not be read, and why.")
    return tuple(lines)
