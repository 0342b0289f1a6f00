"""What the origin is decided from: the lines and fields below the trust boundary, read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from attribution._net import is_public
from attribution.origin.claims import follow
from attribution.origin.profiles import profile_of
from attribution.origin.senders import is_inner_step
from attribution.origin.statements import Originating, originating_addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from attribution.models import Field, HeaderBlock, Hop
    from attribution.origin.claims import Break
    from attribution.origin.walk import Boundary

__all__ = ["Scene", "nobody", "read_scene"]


def nobody(_host: str) -> bool:
    """Say of every host name that it is not the receiver's own."""
    return False


@dataclass(slots=True)
class Scene:
    """What the origin is decided from.

    Attributes:
        above: The boundary line, None without one.
        blind: That line does not name who handed the message over.
        chain: The lines below it that hold together. `broken`: why they end; None when they reach the bottom.
        deepest: The oldest of them that names a possible sender.
        fields: All fields below the boundary line. `keys`: their names.
        stated: The addresses that fields of webmail and submission servers name.
    """

    above: Hop | None
    blind: bool
    chain: list[Hop]
    broken: Break | None
    deepest: Hop | None
    fields: list[Field]
    keys: set[str]
    stated: Originating

    @property
    def last(self) -> Hop | None:
        """The oldest line that holds."""
        return self.chain[-1] if self.chain else self.above


def read_scene(
    block: HeaderBlock,
    boundary: Boundary,
    below: Sequence[Hop],
    own_name: Callable[[str], bool],
    skews: Mapping[str, timedelta],
) -> Scene:
    """Read what stands below the trust boundary.

    Args:
        block: The header.
        boundary: Where the trust ends.
        below: The hops under it, newest first.
        own_name: Says of a host name whether no true line below the boundary can bear it: the receiver's own.
        skews: How far the clocks of known hosts are off; see `Receivers`.
    """
    above = boundary.hop
    blind = above is None or not boundary.peer
    if above is None:
        chain, broken = _unanchored(below, skews)
    else:
        chain, broken = follow(above, below, own_name, skews, blind=blind)
    fields = block.fields if above is None else block.fields[above.field + 1 :]
    keys = {field.key for field in fields}
    lines = chain if above is None else [above, *chain]
    return Scene(
        above=above,
        blind=blind,
        chain=chain,
        broken=broken,
        deepest=next((hop for hop in reversed(chain) if _names_a_sender(hop)), None),
        fields=fields,
        keys=keys,
        stated=Originating() if broken is not None else originating_addresses(fields, keys, lines),
    )


def _names_a_sender(hop: Hop) -> bool:
    """Say whether the peer of a hop can be a sender: a public address, and none of the writer's own servers."""
    if hop.ip is None or not is_public(hop.ip) or is_inner_step(hop):
        return False
    profile = None if hop.by is None else profile_of(hop.by)
    return profile is None or not profile.is_inside(hop.ip)


def _unanchored(below: Sequence[Hop], skews: Mapping[str, timedelta]) -> tuple[list[Hop], Break | None]:
    """Follow a chain whose newest line is not the receiver's."""
    if not below or below[0].status == "unknown":
        return [], None
    chain, broken = follow(below[0], below[1:], nobody, skews)
    return [below[0], *chain], broken
