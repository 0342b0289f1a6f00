"""A filter as a choice of messages, as words, and as a condition of SQL: the three must say the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from attribution.claims.view import NEAR, SURE
from attribution.claims.vocabulary import THING
from attribution.enrich import devices, evidence

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.claims.model import Filter
    from attribution.claims.view import View

_Both = tuple["NDArray[np.bool_]", "NDArray[np.bool_]"]
"""The messages that a filter chooses, and those that it chooses or may."""

_FAIR = "fair"
"""Confidence of an access type that one name alone may carry: enough to count by, and wrong at times."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

__all__ = ["Chosen", "choose", "device_sql", "device_words", "parts_of", "quoted", "source_of"]


class Chosen(NamedTuple):
    """Messages that a filter chooses.

    Attributes:
        rows: Of messages, whether it is chosen.
        unknown: Whether the case does not know: its address or time is not known, nothing answered on it, or what is
            known of its line is only fair.
        doubtful: Whether it is chosen by what is only fair, and may be wrong.
        words: The filter in words; empty where it chooses all.
        sql: The filter as a condition; empty where it chooses all.
        lacking: What the case lacks for it altogether, None where nothing.
    """

    rows: NDArray[np.bool_]
    unknown: NDArray[np.bool_]
    doubtful: NDArray[np.bool_]
    words: str
    sql: str
    lacking: str | None

    @property
    def sure(self) -> NDArray[np.bool_]:
        """Say of each message whether it is chosen beyond doubt."""
        return self.rows & ~self.doubtful


def choose(view: View, wanted: Filter, *, addresses: bool, alone: bool = True) -> Chosen:
    """Return the messages that a filter chooses.

    Args:
        view: The case.
        wanted: The filter.
        addresses: Whether what is measured speaks of addresses: then only handovers that are known count, where the
            filter asks for no other grade.
        alone: Whether it stands alone, and not beside another filter that says so already.
    """
    size = len(view.address)
    rows, possible, doubtful = np.ones(size, np.bool_), np.ones(size, np.bool_), np.zeros(size, np.bool_)
    words: list[str] = []
    sql: list[str] = []
    lacking: str | None = None
    if view.restricted is not None and alone:
        _of_campaigns(view, view.restricted, (rows, possible), words, sql)
    if wanted.campaigns is not None:
        keys = [view.campaign_of(key) for key in wanted.campaigns]
        gone = [str(asked) for asked, key in zip(wanted.campaigns, keys, strict=True) if key is None]
        lacking = f"The case has no campaign {', '.join(gone)}." if gone else None
        _of_campaigns(view, tuple(key for key in keys if key is not None), (rows, possible), words, sql)
    if wanted.name is not None:
        found = view.campaigns_called(wanted.name)
        lacking = lacking if found else f"No campaign of the case is called {wanted.name!r}."
        _of_campaigns(view, found, (rows, possible), words, sql, f"in campaigns named {wanted.name!r}")
    if wanted.begin is not None:
        _at_time(view, view.time >= _micro(wanted.begin), rows, possible)
        words.append(f"received from {wanted.begin:%Y-%m-%d %H:%M} UTC on")
        sql.append(f"m.received_at >= {_moment(wanted.begin)}")
    if wanted.end is not None:
        _at_time(view, view.time < _micro(wanted.end), rows, possible)
        words.append(f"received before {wanted.end:%Y-%m-%d %H:%M} UTC")
        sql.append(f"m.received_at < {_moment(wanted.end)}")
    if (wanted.begin is not None or wanted.end is not None) and size and not view.timed.any():
        lacking = "No message has a time by the receiver's clock."
    of_address = wanted.device is not None or wanted.country is not None or wanted.access is not None
    grades = wanted.grade or (SURE if alone and (addresses or of_address) else None)
    if grades is not None:
        _narrow((rows, possible), np.isin(view.grade, grades))
        words.append(f"with a handover that is {' or '.join(grades)}")
        sql.append(f"m.handover_grade IN ({_list(grades)})")
    if alone and (addresses or of_address):
        _narrow((rows, possible), view.address >= 0)
        sql.append("m.handover_ip IS NOT NULL")
    if wanted.device is not None:
        _at_address(view, view.shows(wanted.device), ~view.answered, rows, possible)
        words.append(f"from addresses that showed {device_words(wanted.device)} near the time of the mail")
        sql.append(device_sql(wanted.device))
        lacking = lacking if view.scanned else "The case has no scan file, so no device is known of any address."
    if wanted.country is not None:
        country = view.of_address("country")
        _at_address(view, country == wanted.country, _none(country), rows, possible)
        words.append(f"from addresses in {wanted.country}")
        sql.append(f"a.country = {quoted(wanted.country)}")
        if _none(country).all():
            lacking = "The case knows no country of any address."
    if wanted.access is not None or wanted.not_access is not None:
        access = view.of_address("access")
        if wanted.access is not None:
            fair = view.of_address("access_confidence") == _FAIR
            _at_address(view, np.isin(access, wanted.access), _none(access) | fair, rows, possible)
            doubtful = np.append(fair, False)[view.address]
            words.append(f"from addresses with access {' or '.join(wanted.access)}")
            sql.append(f"a.access IN ({_list(wanted.access)})")
            if _none(access).all():
                lacking = "The case knows no access type of any address."
        if wanted.not_access is not None:
            out = np.append(np.isin(access, wanted.not_access), False)
            _narrow((rows, possible), ~out[view.address])
            words.append(f"not from addresses with access {' or '.join(wanted.not_access)}")
            sql.append(f"(a.access IS NULL OR a.access NOT IN ({_list(wanted.not_access)}))")
    return Chosen(rows, possible & ~rows, rows & doubtful, ", ".join(words), " AND ".join(sql), lacking)


def source_of(view: View, condition: str, *more: str) -> str:
    """Return the FROM and WHERE of a query over messages `m` and their addresses `a`.

    Args:
        view: The case.
        condition: What holds; empty for all. `more`: further conditions.
        more: See `condition`.
    """
    parts = [part for part in (condition, *more) if part]
    where = f" WHERE {' AND '.join(parts)}" if parts else ""
    tables = [parts_of(view, name) for name in ("messages", "addresses")]
    return f"FROM {tables[0]} m LEFT JOIN {tables[1]} a ON a.ip = m.handover_ip{where}"


def quoted(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def parts_of(view: View, table: str) -> str:
    """Return what a query reads a table of the case from; patterns in the name of its folder are only text."""
    folder = re.sub(r"[*?[]", lambda found: f"[{found[0]}]", view.path)
    return quoted(f"{folder}/{table}/*.parquet")


def device_words(device: str) -> str:
    """Return a type of device with its article, `a thing` for any thing."""
    says = THING if device == THING else re.split(r",| \(", devices.device_types()[device].says, maxsplit=1)[0]
    return f"{'an' if says[0] in 'aeiou' else 'a'} {says}"


def device_sql(device: str) -> str:
    """Return as a condition of SQL that an address `a` showed a device, or any thing, near the time of its mail."""
    near = f"a.device_grade IN ({_list(NEAR)})"
    if device == THING:
        kinds = [kind for kind in devices.device_types() if evidence.is_thing(kind)]
        return f"{near} AND a.device_type IN ({_list(kinds)})"
    return f"{near} AND list_contains(a.device_types, {quoted(device)})"


def _narrow(both: _Both, fits: NDArray[np.bool_]) -> None:
    for rows in both:
        rows &= fits


def _of_campaigns(
    view: View, keys: tuple[int, ...], both: _Both, words: list[str], sql: list[str], says: str | None = None
) -> None:
    _narrow(both, view.grouped & np.isin(view.campaign, keys))
    shown = ", ".join(map(str, keys[:5])) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")
    words.append(says or f"in campaign {shown}")
    sql.append(f"m.campaign IN ({', '.join(map(str, keys)) or 'NULL'})")


def _at_address(
    view: View,
    fits: NDArray[np.bool_],
    not_known: NDArray[np.bool_],
    rows: NDArray[np.bool_],
    possible: NDArray[np.bool_],
) -> None:
    """Narrow the messages down to those whose address fits, or may; the last place stands for no address."""
    rows &= np.append(fits, False)[view.address]
    possible &= np.append(fits | not_known, True)[view.address]


def _at_time(view: View, fits: NDArray[np.bool_], rows: NDArray[np.bool_], possible: NDArray[np.bool_]) -> None:
    """Narrow the messages down to those whose time fits, or may."""
    rows &= view.timed & fits
    possible &= ~view.timed | fits


def _none(column: NDArray[np.object_]) -> NDArray[np.bool_]:
    return np.array([value is None for value in column], np.bool_)


def _list(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(quoted(word) for word in words)


def _micro(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(moment: datetime) -> str:
    return f"TIMESTAMPTZ '{moment.isoformat(sep=' ')}'"
