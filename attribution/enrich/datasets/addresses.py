"""Which file of a data set to fetch: the newest, or that of a month."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from attribution._text import escape_control
from attribution.errors import InstallError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from attribution.enrich.datasets.catalogue import DataSet

__all__ = ["Address", "addresses_of", "check_month", "now", "stamp_of"]


@dataclass(frozen=True, slots=True)
class Address:
    """One file that may be fetched.

    Attributes:
        url: Where it is.
        month: The month that it stands for, as `YYYY-MM`; None where there is one file for all times.
        build: What its name says of when it was made, UTC.
    """

    url: str
    month: str | None = None
    build: datetime | None = None


def now() -> datetime:
    """Return the present, in UTC."""
    return datetime.now(UTC)


def check_month(text: str) -> str:
    """Return a month as it was given.

    Args:
        text: As `YYYY-MM`.

    Raises:
        UsageError: It is none, or has not come yet.
    """
    if not re.fullmatch(r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])", text, re.ASCII):
        raise UsageError(f"{escape_control(text)!r} is no month: write it as 2014-01.")
    if text > f"{now():%Y-%m}":
        raise UsageError(f"{text} has not come yet: give a month that has, or none for the newest.")
    return text


def stamp_of(item: DataSet, name: str) -> datetime | None:
    """Return the date and time in a file's name, in UTC; None where the name is not one that its maker gives."""
    found = re.fullmatch(item.listed, name, re.ASCII) if item.listed else None
    if found is None:
        return None
    try:
        return datetime.strptime(found[1] + found[2], "%Y%m%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None


def addresses_of(item: DataSet, month: str | None, read: Callable[[str], str | None]) -> list[Address]:
    """Return the files to try, in this order; the first that is there is the one.

    Args:
        item: The data set.
        month: As `YYYY-MM`; None for the newest.
        read: Returns the text at an address, None where there is none.

    Raises:
        InstallError: Its maker lists no such file.
    """
    if item.listing:
        return [_listed(item, month, read)]
    if not item.monthly:
        return [Address(item.url)]
    this = now()
    before = this.replace(day=1) - timedelta(days=1)
    months = [month] if month else [f"{this:%Y-%m}", f"{before:%Y-%m}"]
    return [Address(item.url.replace("{month}", month), month) for month in months]


def _listed(item: DataSet, month: str | None, read: Callable[[str], str | None]) -> Address:
    if month is None:
        log = read(item.url + item.listing)
        found = max((one for one in _names_in_log(item, log or "") if one[0] <= now()), default=None)
        if found is None:
            raise InstallError(
                f"{item.title}: the list of newest files is not there, or not as it used to be. Name a month with "
                "--month, or fetch the file by other means and give it with --from."
            )
    else:
        # The page of a month lists all of its files; the log of the newest reaches back some weeks only.
        below = f"{month.replace('-', '/')}/"
        names = [*_names_in_page(item, read(item.url + below) or "", below)]
        names = names or [*_names_in_log(item, read(item.url + item.listing) or "")]
        # Of all files that of the middle is nearest to most mail of the month.
        middle = datetime.fromisoformat(f"{month}-15T12:00+00:00")
        of_month = [(abs(stamp - middle), stamp, path) for stamp, path in names if f"{stamp:%Y-%m}" == month]
        if not of_month:
            raise InstallError(
                f"{item.title}: there is no file for {month}. Give another month, or leave --month out for the newest."
            )
        found = min(of_month)[1:]
    stamp, path = found
    return Address(item.url + path, f"{stamp.year:04}-{stamp.month:02}", stamp)


def _names_in_log(item: DataSet, log: str) -> Iterable[tuple[datetime, str]]:
    # Lines are: number, time of making, path.
    for line in log.splitlines():
        path = line.rpartition("\t")[2].strip()
        stamp = stamp_of(item, path)
        if stamp is not None:
            yield stamp, path


def _names_in_page(item: DataSet, page: str, below: str) -> Iterable[tuple[datetime, str]]:
    for name in re.findall(r"href=[\"']?([\w.-]{1,80})", page, re.ASCII | re.IGNORECASE):
        stamp = stamp_of(item, name)
        if stamp is not None:
            yield stamp, below + name
