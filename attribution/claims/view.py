"""The columns of a case that claims are measured on, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich import evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.case import Case

__all__ = ["DAY_US", "NEAR", "SURE", "View", "open_view"]

SURE = ("vouched", "corroborated")
"""Grades of a handover that are taken for known, where nothing else is asked for."""
NEAR = ("near", "shared", "opposed")
"""Grades of a device that was seen near the time of the mail."""
DAY_US = 86_400_000_000
_MESSAGES = ("handover_ip", "handover_grade", "received_at", "engine", "campaign")
_ADDRESSES = (
    *("ip", "country", "asn", "access", "access_confidence", "banners", "device_type", "device_types", "device_grade"),
    *("compared_network", "compared_thing"),
)
_CONTROLS = ("compared_network", "compared_thing", "device_types")


@dataclass(frozen=True)
class View:
    """Messages as columns, and the addresses that they were handed over from.

    Attributes:
        path: The case folder, as the queries name it. `run`: its run record.
        address: Of messages: row of the address, -1 where none is known.
        grade: Of messages: grade of the handover.
        time: Of messages: when the receiver took it, microseconds UTC. `timed`: whether that is known.
        campaign: Of messages: key of the campaign. `grouped`: whether it has one.
        engine: Of messages: the program's code, null where not known.
        addresses: The addresses table, in part. `controls`: that of their neighbours.
        campaigns: Of campaigns: key, name, keys that they took up, and what devices prove of them.
        sample: Share of what was claimed about that the case holds; None where it stands for itself.
        restricted: What the whole check was restricted to, by whoever ran it.
    """

    path: str
    run: dict[str, Any]
    address: NDArray[np.int64]
    grade: NDArray[np.object_]
    time: NDArray[np.int64]
    timed: NDArray[np.bool_]
    campaign: NDArray[np.int64]
    grouped: NDArray[np.bool_]
    engine: pa.Array
    addresses: pa.Table
    controls: pa.Table
    campaigns: pa.Table
    sample: float | None = None
    restricted: tuple[int, ...] | None = None

    @cached_property
    def scanned(self) -> bool:
        """Say whether the case has scan files."""
        return bool(self.addresses["banners"].null_count < len(self.addresses))

    @cached_property
    def sure(self) -> NDArray[np.bool_]:
        """Say of each message whether its handover address is known."""
        return (self.address >= 0) & np.isin(self.grade, SURE)

    @cached_property
    def near(self) -> NDArray[np.bool_]:
        """Say of each address whether a device was seen on it near the time of its mail."""
        return _is_in(self.addresses["device_grade"], NEAR)

    @cached_property
    def answered(self) -> NDArray[np.bool_]:
        """Say of each address whether anything answered near the time of its mail, a device or not."""
        return _is_in(self.addresses["device_grade"], (*NEAR, "none"))

    def shows(self, device: str) -> NDArray[np.bool_]:
        """Say of each address whether a device of a type, or any thing, was seen on it near the time of its mail.

        Args:
            device: The type, or `thing`.
        """
        if device == "thing":
            kinds = self.addresses["device_type"].to_pylist()
            return np.array([evidence.is_thing(kind) for kind in kinds], np.bool_) & self.near
        listed = self.addresses["device_types"].to_pylist()
        return np.array([device in (types or ()) for types in listed], np.bool_) & self.near

    def of_address(self, name: str) -> NDArray[np.object_]:
        """Return a column of the addresses table, None for null."""
        column: NDArray[np.object_] = np.array([*self.addresses[name].to_pylist(), None], dtype=object)[:-1]
        return column

    def campaigns_called(self, name: str) -> tuple[int, ...]:
        """Return the keys of the campaigns that an analyst gave a name."""
        keys, names = (self.campaigns[column].to_pylist() for column in ("campaign", "name"))
        return tuple(key for key, called in zip(keys, names, strict=True) if called == name)

    def campaign_of(self, key: int) -> int | None:
        """Return the key of the campaign that has a key, or took up the campaign that had it."""
        keys, aliases = (self.campaigns[column].to_pylist() for column in ("campaign", "aliases"))
        if key in keys:
            return key
        return next((own for own, taken in zip(keys, aliases, strict=True) if key in (taken or ())), None)


def open_view(case: Case, sample: float | None = None) -> View:
    """Read the columns of a case.

    Args:
        case: The case.
        sample: See `View`.

    Raises:
        CaseError: A table cannot be read.
    """
    messages = case.table("messages", _MESSAGES)
    addresses = case.table("addresses", _ADDRESSES)
    place = pc.index_in(messages["handover_ip"], value_set=addresses["ip"].combine_chunks())
    moments = messages["received_at"].cast(pa.int64())
    return View(
        path=str(case.path),
        run=case.run,
        address=pc.fill_null(place, -1).to_numpy().astype(np.int64),
        grade=np.array([*messages["handover_grade"].to_pylist(), None], dtype=object)[:-1],
        time=pc.fill_null(moments, 0).to_numpy(),
        timed=pc.is_valid(moments).to_numpy(),
        campaign=pc.fill_null(messages["campaign"], 0).to_numpy(),
        grouped=pc.is_valid(messages["campaign"]).to_numpy(),
        engine=messages["engine"].combine_chunks(),
        addresses=addresses,
        controls=case.table("controls", _CONTROLS),
        campaigns=case.table("campaigns", ("campaign", "name", "aliases", "device_verdict", "device_sentence")),
        sample=sample,
    )


def _is_in(column: pa.ChunkedArray, words: tuple[str, ...]) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pc.is_in(column, value_set=pa.array(words)).to_numpy()
    return found
