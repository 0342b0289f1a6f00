"""What the databases say of each address of a case, and how far they are from the time of its mail."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich.ip.askable import is_askable
from attribution.enrich.ip.base import NETWORKS, PLACES
from attribution.enrich.ip.packed import pack
from attribution.enrich.ip.periods import NO_GAP, Periods
from attribution.enrich.ip.special import blocks, find_special
from attribution.errors import DatabaseError
from attribution.tables import ADDRESSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attribution.enrich.ip.base import Database

__all__ = ["COLUMNS", "Tally", "look_up"]

_ABOUT = ("source", "built", "gap_days", "stale")
COLUMNS = (
    "special",
    *NETWORKS.names,
    *(f"as_{name}" for name in _ABOUT),
    *PLACES.names,
    *(f"geo_{name}" for name in _ABOUT),
)
"""The columns of the addresses table that `look_up` fills, in their order."""

_SLICE = 1 << 17
"""Addresses that are worked on at once, so that memory is bounded by the answer and not by the work."""


@dataclass(slots=True)
class Tally:
    """What a look-up did, for the summary.

    Attributes:
        addresses: Distinct addresses that were asked for.
        special: Those that are not looked up, because they are for special use (IANA registries, RFC 6890)
            or are no addresses.
        unknown: Those that no database knows.
        network: Addresses by the label of the database that gave their network.
        place: Addresses by the label of the database that gave their place.
        corrupt: Broken records by the label of the database that holds them.
        stale_network, stale_place: Addresses whose network, or place, is from a database too far in time.
        gaps: The least and the greatest gap in days by the label of the database that gave a network or a place,
            where the gap is known.
        unusable: Why a database that nobody named was left out, by its label.
    """

    addresses: int = 0
    special: int = 0
    unknown: int = 0
    network: Counter[str] = field(default_factory=Counter)
    place: Counter[str] = field(default_factory=Counter)
    corrupt: Counter[str] = field(default_factory=Counter)
    stale_network: int = 0
    stale_place: int = 0
    gaps: dict[str, tuple[int, int]] = field(default_factory=dict)
    unusable: dict[str, str] = field(default_factory=dict)


def look_up(
    addresses: pa.Table, databases: Sequence[Database], tally: Tally | None = None, *, max_gap_days: int = 180
) -> pa.Table:
    """Return the table with what the databases say of each address, in columns typed as in `ADDRESSES`.

    Network (asn, as_org) and place (country to radius_km) are each taken whole from one database, so that no place is
    put together from two: of the databases that know the network, or the place, the one whose build is nearest to
    the address's mail. The gap is 0 for a build within the period of the mail; of two that are as near, the one given
    first is taken; one without a build date comes after all that have one. An address without a time takes them in
    the order given.

    `as_source`, `as_built` and `as_gap_days` name the database of the network, its build, and the whole days between
    that and the nearest moment of the mail; the columns with `geo_` do so for the place, or for the network where
    there is no place. `as_stale` and `geo_stale` say whether the gap is larger than `max_gap_days`: the value is kept,
    and marked. What cannot be known is null. `special` says in a word what an address for special use is kept for.
    Such addresses are not looked up, but for those kept for documentation, which samples use.

    Args:
        addresses: Has `ip` (canonical text), `first_seen` and `last_seen` (UTC, null where not known). Other
            columns pass through.
        databases: In the order of preference among those as near; may be empty.
        tally: Counts what was done, where one is given.
        max_gap_days: Days between mail and database beyond which a fact is called stale.

    Raises:
        DatabaseError: A table that the user named turns out to be broken as it is read.
    """
    tally = Tally() if tally is None else tally
    ips = addresses.column("ip").cast(pa.string())
    periods = Periods.of(addresses.column("first_seen"), addresses.column("last_seen"))
    is_first = _is_first(ips)
    usable = list(databases)
    parts: list[pa.Table] = []
    for at in range(0, len(ips), _SLICE):
        rows = slice(at, at + _SLICE)
        texts = pa.concat_arrays(ips.slice(at, _SLICE).chunks)
        parts.append(_Work(texts, periods.part(rows), is_first[rows], tally, max_gap_days).look_up(usable))
    found = pa.concat_tables(parts) if parts else _SCHEMA.empty_table()
    for name in COLUMNS:
        at = addresses.schema.get_field_index(name)
        if at >= 0:
            addresses = addresses.set_column(at, ADDRESSES.field(name), found.column(name))
        else:
            addresses = addresses.append_column(ADDRESSES.field(name), found.column(name))
    return addresses


_SCHEMA = pa.schema([ADDRESSES.field(name) for name in COLUMNS])


def _is_first(ips: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Say of each row whether its address stands in it for the first time; null never does."""
    # Codes are given in the order of first appearance, so that a new one is greater than all before.
    chunks = [pc.fill_null(chunk.indices, -1).to_numpy() for chunk in ips.dictionary_encode().chunks]
    codes = np.concatenate([np.empty(0, np.int32), *chunks])
    before = np.maximum.accumulate(np.concatenate([np.full(1, -1, np.int32), codes]))[:-1]
    return codes > before


class _Taken:
    """Facts of one kind, and from which database each address has its own.

    Attributes:
        wanted: Whether an address still has none.
        of: The place of the database for each address, -1 for none.
    """

    def __init__(self, wanted: NDArray[np.bool_], schema: pa.Schema) -> None:
        self.wanted = wanted.copy()
        self.of = np.full(len(wanted), -1, np.int32)
        self._rows = np.full(len(wanted), -1, np.int64)
        self._facts = [schema.empty_table()]
        self._count = 0

    def take(self, place: int, rows: NDArray[np.int32], facts: pa.Table) -> None:
        """Take facts from a database for those addresses that want some."""
        new = self.wanted & (rows >= 0)
        self.of[new] = place
        self._rows[new] = rows[new] + self._count
        self._facts.append(facts)
        self._count += len(facts)
        self.wanted &= ~new

    def columns(self) -> list[pa.ChunkedArray]:
        """Return the facts of all addresses."""
        facts = pa.concat_tables(self._facts).combine_chunks()
        columns: list[pa.ChunkedArray] = facts.take(pa.array(self._rows, mask=self._rows < 0)).columns
        return columns


class _Work:
    """The look-up of some addresses."""

    def __init__(
        self, ips: pa.Array, periods: Periods, is_first: NDArray[np.bool_], tally: Tally, max_gap_days: int
    ) -> None:
        self._ips = ips
        self._periods = periods
        self._is_first = is_first
        self._tally = tally
        self._max_gap_days = max_gap_days
        self._packed = pack(ips)
        self._special = find_special(self._packed)
        self._askable = is_askable(ips, self._packed, self._special)
        self._network = _Taken(self._askable, NETWORKS)
        self._place = _Taken(self._askable, PLACES)

    def look_up(self, databases: list[Database]) -> pa.Table:
        """Return the columns; a database that turns out to be unusable is taken out of the list."""
        while True:
            gaps = self._periods.gaps([database.build for database in databases])
            unusable = self._ask(databases, np.argsort(gaps, axis=0, kind="stable"))
            if unusable is None:
                break
            databases.remove(unusable)
            self._network, self._place = _Taken(self._askable, NETWORKS), _Taken(self._askable, PLACES)
        network, place = self._network.of, self._place.of
        described = np.where(place >= 0, place, network)
        network_days, place_days = (self._periods.days(gaps, which) for which in (network, described))
        self._count(databases, network_days, self._periods.days(gaps, place))
        words, names = _words()
        return pa.table(
            [
                names.take(pa.array(words[self._special], mask=self._special < 0)),
                *self._network.columns(),
                *self._about(databases, network, network_days),
                *self._place.columns(),
                *self._about(databases, described, place_days),
            ],
            schema=_SCHEMA,
        )

    def _ask(self, databases: list[Database], order: NDArray[np.int64]) -> Database | None:
        """Ask the databases, for each address the nearest first; return one that cannot be used, if there is."""
        network, place = self._network, self._place
        corrupt: Counter[str] = Counter()
        for turn in order:
            for at in np.unique(turn[network.wanted | place.wanted]).tolist():
                database: Database = databases[at]
                wanted = np.zeros(len(self._ips), bool)
                if getattr(database, "tells_network", True):
                    wanted |= network.wanted
                if getattr(database, "tells_place", True):
                    wanted |= place.wanted
                wanted &= turn == at
                if not wanted.any():
                    continue
                addresses = self._packed.only(wanted)
                try:
                    answers = database.read_many(self._ips, addresses)
                except DatabaseError as error:
                    if database.was_named:
                        raise
                    self._tally.unusable[database.label] = str(error)
                    return database
                corrupt[database.label] += int(np.count_nonzero(answers.broken & self._is_first))
                network.take(at, answers.network, answers.networks)
                place.take(at, answers.place, answers.places)
        self._tally.corrupt.update(+corrupt)
        return None

    def _about(self, databases: list[Database], which: NDArray[np.int32], days: NDArray[np.int32]) -> list[pa.Array]:
        """Return source, build, gap and staleness of the facts that addresses have from databases."""
        none = pa.array(which, mask=which < 0)
        no_gap = days == NO_GAP
        return [
            pa.array([database.label for database in databases], pa.string()).take(none),
            pa.array([database.build for database in databases], ADDRESSES.field("as_built").type).take(none),
            pa.array(days, mask=no_gap),
            pa.array(days > self._max_gap_days, mask=no_gap),
        ]

    def _count(self, databases: list[Database], network_days: NDArray[np.int32], place_days: NDArray[np.int32]) -> None:
        tally, first, askable = self._tally, self._is_first, self._askable
        network, place = self._network.of, self._place.of
        tally.addresses += int(np.count_nonzero(first))
        tally.special += int(np.count_nonzero(first & ~askable))
        tally.unknown += int(np.count_nonzero(first & askable & (network < 0) & (place < 0)))
        tally.stale_network += int(np.count_nonzero(first & (network_days > self._max_gap_days)))
        tally.stale_place += int(np.count_nonzero(first & (place_days > self._max_gap_days)))
        for which, days, counter in ((network, network_days, tally.network), (place, place_days, tally.place)):
            for at in np.unique(which[first & (which >= 0)]).tolist():
                label = databases[at].label
                mine = first & (which == at)
                counter[label] += int(np.count_nonzero(mine))
                known = days[mine & (days != NO_GAP)]
                if len(known):
                    least, greatest = tally.gaps.get(label, (int(known[0]), int(known[0])))
                    tally.gaps[label] = min(least, int(known.min())), max(greatest, int(known.max()))


@cache
def _words() -> tuple[NDArray[np.int32], pa.Array]:
    """Return the number of the word for each block for special use, and the words."""
    words = list(dict.fromkeys(block.use for block in blocks()))
    return np.array([words.index(block.use) for block in blocks()], np.int32), pa.array(words, pa.string())
