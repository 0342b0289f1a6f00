"""The places of an archive's members: each one different, though an archive may hold a name twice."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from attribution.corpus.streams import Unreadable

if TYPE_CHECKING:
    from attribution.corpus.places import Place
    from attribution.limits import Limits

__all__ = ["MemberNames"]


class MemberNames:
    """Names the members of one archive and counts them.

    A member whose name was there before gets `#2`, `#3` and so on behind it: with the offset the path is the
    key of a message, and a tar archive that was appended to holds both states of a file.

    Args:
        layer: The archive, for `Unreadable`.
        limits: `archive_members` holds.
    """

    def __init__(self, layer: object, limits: Limits) -> None:
        self._layer = layer
        self._most = limits.archive_members
        self._count = 0
        self._seen: set[int] = set()
        self._repeats: dict[int, int] = {}

    def place(self, archive: Place, name: bytes) -> Place:
        """Return the place of the next member.

        Args:
            archive: Where the archive lies.
            name: The member's name as stored.

        Raises:
            Unreadable: `too-large`: there are more members than the limit allows.
        """
        self._count += 1
        if self._count > self._most:
            detail = f"more than {self._most:,} members; the others were not read"
            raise Unreadable(self._layer, "too-large", detail)
        place = archive.within(name)
        member = place.member or ""
        key = _key(member)
        if key not in self._seen:
            self._seen.add(key)
            return place
        number = self._repeats.get(key, 1)
        while True:
            number += 1
            other = _key(f"{member}#{number}")
            if other not in self._seen:
                break
        self._repeats[key] = number
        self._seen.add(other)
        return replace(place, member=f"{member}#{number}")


def _key(member: str) -> int:
    """Return 64 bits for a name: a tenth of the memory that the names of a million members would take."""
    return int.from_bytes(blake2b(member.encode("utf-8"), digest_size=8).digest(), "big")
