"""What a person writes for a message or a campaign, resolved to a message key, and the campaign that holds it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution._text import shorten
from attribution.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from attribution.case import Case

__all__ = ["SHORTEST_DIGEST", "Holding", "campaigns_of", "resolve", "resolve_all"]

SHORTEST_DIGEST = 8
"""Hex digits of a SHA-256 that must be given at least."""

_HEX = frozenset("0123456789abcdef")
_DIGEST = 64
_KEY_DIGITS = 19
_NAMES = ("message", "sha256", "header_message_id", "source", "member", "offset")
_NAMED = 5
_SHOWN = 120


def resolve(case: Case, text: str) -> int:
    """Return the key of the message that a person means.

    The first of these that fits: the key of a message; the key of a campaign, which is that of one of its messages; a
    key that a campaign had before it was absorbed (`aliases`), which gives the key of the campaign that absorbed it; a
    Message-ID, with or without its angle brackets, or the first eight or more hex digits of a SHA-256; the source of a
    message, its path in the source, or the end of either.

    Args:
        case: The case.
        text: What the person wrote.

    Raises:
        UsageError: Nothing in the case is meant, or several messages are: copies of one message, or others that
            bear its Message-ID. The error names their keys.
    """
    return resolve_all(case, (text,))[0]


def resolve_all(case: Case, texts: Iterable[str]) -> list[int]:
    """Return the key for each text, as `resolve` does; the tables are read once.

    Args:
        case: The case.
        texts: What the person wrote.

    Raises:
        UsageError: As `resolve`; the first text that cannot be resolved is named.
    """
    index = _Index(case)
    return [index.find(text) for text in texts]


@dataclass(frozen=True, slots=True)
class Holding:
    """A campaign as it is named to a person.

    Attributes:
        campaign: Its key.
        messages: How many it has.
        name: What an analyst called it.
    """

    campaign: int
    messages: int
    name: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return what `--json` prints of it."""
        return asdict(self)


def campaigns_of(case: Case, keys: Iterable[int]) -> dict[int, Holding | None]:
    """Return the campaign that holds each message; None for a message in no campaign, or not in the case.

    Args:
        case: The case.
        keys: Message keys.
    """
    wanted = list(keys)
    table = case.table("messages", ("message", "campaign"))
    ours = table.filter(pc.is_in(table["message"], pa.array(wanted, pa.int64())))
    campaign = dict(zip(ours["message"].to_pylist(), ours["campaign"].to_pylist(), strict=True))
    described = case.table("campaigns", ("campaign", "messages", "name"))
    described = described.filter(pc.is_in(described["campaign"], ours["campaign"].combine_chunks()))
    known = {row["campaign"]: Holding(**row) for row in described.to_pylist()}
    return {key: known.get(campaign.get(key)) for key in wanted}


class _Index:
    """The columns that a text is looked up in, each read when it is first needed."""

    def __init__(self, case: Case) -> None:
        self._case = case

    @cached_property
    def _keys(self) -> NDArray[np.int64]:
        keys: NDArray[np.int64] = self._case.table("messages", ("message",))["message"].to_numpy()
        return keys

    @cached_property
    def _named(self) -> pa.Table:
        return self._case.table("messages", _NAMES)

    @cached_property
    def _campaigns(self) -> dict[int, int]:
        """Campaigns by their own keys and by those that they absorbed; their own go first."""
        table = self._case.table("campaigns", ("campaign", "aliases"))
        own: list[int] = table["campaign"].to_pylist()
        absorbed = {
            alias: key
            for key, aliases in zip(own, table["aliases"].to_pylist(), strict=True)
            for alias in aliases or ()
        }
        return absorbed | {key: key for key in own}

    def find(self, text: str) -> int:
        """Return the key that a text means."""
        written = text.strip()
        if written.isascii() and written.isdigit() and len(written) <= _KEY_DIGITS:
            number = int(written)
            if number < 2**63 and bool(np.any(self._keys == number)):
                return number
            if number in self._campaigns:
                return self._campaigns[number]
        for found in self._by_name(written):
            if len(found) == 1:
                key: int = found["message"][0].as_py()
                return key
            if len(found):
                raise UsageError(_several(text, found))
        message = (
            f"{_short(text)} is no message and no campaign of {self._case.path}: give a key, a Message-ID, "
            f"at least {SHORTEST_DIGEST} digits of a SHA-256, or a source or path as the messages table has it"
        )
        raise UsageError(message)

    def _by_name(self, written: str) -> Iterator[pa.Table]:
        """Give the messages that this may be a name of, one way to name them after the other."""
        try:
            written.encode("utf-8")
        except UnicodeEncodeError:  # an argument that is no UTF-8: no table holds it
            return
        if not written:
            return
        table = self._named
        header = written[1:-1] if written.startswith("<") and written.endswith(">") else written
        fits = pc.equal(table["header_message_id"], header)
        digest = written.lower()
        if SHORTEST_DIGEST <= len(digest) <= _DIGEST and _HEX.issuperset(digest):
            # Whoever sends mail chooses its Message-ID: one that looks like a digest must not hide the message meant.
            fits = pc.or_kleene(fits, pc.starts_with(table["sha256"], digest))
        source, member = table["source"], table["member"]
        path = str(PurePath(written))
        names = pa.array([written, path])
        whole = pc.equal(pc.binary_join_element_wise(source, member, ": "), written)
        whole = pc.or_kleene(whole, pc.is_in(member, names))
        given = pc.is_in(source, names)
        below = pc.and_(pc.is_null(member), pc.ends_with(source, f"/{path}"))
        below = pc.or_kleene(pc.ends_with(member, f"/{path}"), below)
        if header == written and pc.any(fits).as_py():
            # Nor must one that looks like a path.
            fits = pc.or_kleene(pc.or_kleene(fits, whole), pc.or_kleene(given, below))
        for condition in (fits, whole, given, below):
            yield table.filter(condition)


def _several(text: str, found: pa.Table) -> str:
    """Say which messages a text may mean."""
    first = found.sort_by("message").slice(0, _NAMED).to_pylist()
    named = ", ".join(f"{row['message']} ({_short(_place(row))}, byte {row['offset']})" for row in first)
    more = f", and {len(found) - len(first):,} more" if len(found) > len(first) else ""
    return f"{_short(text)} is {len(found):,} messages: give the key of one of them: {named}{more}"


def _place(row: dict[str, Any]) -> str:
    return str(row["source"] if row["member"] is None else f"{row['source']}: {row['member']}")


def _short(text: str) -> str:
    return shorten(text, _SHOWN)
