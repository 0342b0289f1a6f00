"""The traits as whole numbers: one code for each distinct value of each field, rows in canonical order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.campaigns.families import FIELDS, TIME_BUCKET_HOURS
from attribution.campaigns.fuzzy import TemplateFamilies, template_families
from attribution.campaigns.groups import distinct
from attribution.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Columns", "encode"]

_SOURCES = {
    "S": "subject_template",
    "C": "reply_to",
    "L": "list_id",
    "I": "from_domain",
    "J": "from_account",
    "T": "engine",
    "R": "trace",
    "H": "helo_shape",
    "P": "address",
    "N": "network",
}
_SERVICE_SPREAD = 12
_BUCKET = TIME_BUCKET_HOURS * 3_600 * 1_000_000


@dataclass(frozen=True, slots=True)
class Columns:
    """Encoded traits.

    Attributes:
        order: Input row of each row here: rows are in the order of their message keys.
        messages: The keys, in that order.
        codes: For each field a code a row, -1 where the trait is absent.
        texts: For each field but the time its distinct values, by code.
        templates: Information and family of each subject template, by code of `S`.
        stream: A code of the mailing list or newsletter a row belongs to, 0 for none.
    """

    order: NDArray[np.int64]
    messages: NDArray[np.int64]
    codes: dict[str, NDArray[np.int32]]
    texts: dict[str, pa.Array]
    templates: TemplateFamilies
    stream: NDArray[np.int32]

    def information(self, code: str, rows: NDArray[np.int32]) -> NDArray[np.float64] | None:
        """Return for some rows the information of their subject, or of its family; None for other fields."""
        if code not in {"S", "S2"}:
            return None
        known = self.templates.information if code == "S" else self.templates.family_information
        return known[self.codes["S"][rows]]

    def values(self, code: str, rows: NDArray[np.int32]) -> list[str]:
        """Return the values of a field in some rows, as text for people."""
        if code == "D":
            starts = (self.codes["D"][rows].astype(np.int64) * _BUCKET).astype("datetime64[us]")
            return [f"{TIME_BUCKET_HOURS} hours from {start}Z" for start in np.datetime_as_string(starts, "m")]
        # A family is shown by its first template in the order of texts, whose code is its number.
        source = {"S2": "S", "V": "L"}.get(code, code)
        texts: list[str] = self.texts[source].take(pa.array(self.codes[code][rows])).to_pylist()
        return texts


def encode(traits: pa.Table) -> Columns:
    """Encode a table of traits.

    A value that stands in one row only joins nothing, and keeps its code all the same: rates count it.

    Args:
        traits: As `TRAITS`; the keys in `message` are distinct.

    Raises:
        UsageError: Two rows have the same message key.
    """
    keys = traits["message"].to_numpy()
    order = np.argsort(keys, kind="stable")
    messages = keys[order]
    if len(messages) > 1 and bool((messages[1:] == messages[:-1]).any()):
        msg = "two rows of traits have the same message key: give each message one row"
        raise UsageError(msg)
    codes: dict[str, NDArray[np.int32]] = {}
    texts: dict[str, pa.Array] = {}
    for code, name in _SOURCES.items():
        codes[code], texts[code] = _encode_column(traits[name], order)
    templates = template_families(texts["S"])
    codes["S2"] = _through(templates.family, codes["S"])
    codes["C"] = _without_services(codes)
    verified = pc.fill_null(traits["list_verified"], False).to_numpy()[order]
    codes["V"] = np.where(verified, codes["L"], np.int32(-1))
    answers = pc.fill_null(traits["answer"], False).to_numpy()[order]
    # Answers of one discussion follow each other: their time says nothing that the subject does not.
    codes["D"] = np.where(answers, np.int32(-1), _buckets(traits["time"], order))
    return Columns(order, messages, {code: codes[code] for code in FIELDS}, texts, templates, _streams(codes["L"]))


def _without_services(codes: dict[str, NDArray[np.int32]]) -> NDArray[np.int32]:
    """Leave out the contacts that many unrelated senders give: a list's or a help desk's address, no sender's own.

    Such a contact is found by its spread: it comes with many subjects, and from many programs.
    """
    contact = codes["C"]
    subjects, engines = (_spread(contact, codes[code]) for code in ("S", "T"))
    service = (subjects > _SERVICE_SPREAD) & (engines > _SERVICE_SPREAD)
    return np.where((contact >= 0) & ~service[np.maximum(contact, 0)], contact, np.int32(-1)).astype(np.int32)


def _spread(codes: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return with how many distinct values of another field each value occurs."""
    rows = np.flatnonzero((codes >= 0) & (others >= 0))
    size = max(1, int(codes.max(initial=-1)) + 1)
    width = int(others.max(initial=0)) + 1
    return np.bincount(distinct(codes[rows].astype(np.int64) * width + others[rows]) // width, minlength=size)


def _encode_column(column: pa.ChunkedArray, order: NDArray[np.int64]) -> tuple[NDArray[np.int32], pa.Array]:
    """Return codes in the given order of rows, and the values by code.

    Codes follow the order of the values, so that neither the order of the input nor the keys of the messages
    decides between equals.
    """
    present = pc.if_else(pc.equal(column, ""), None, column)
    encoded = present.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32)[order]
    ranked = pc.sort_indices(encoded.dictionary)
    new = np.empty(len(ranked), dtype=np.int32)
    new[ranked.to_numpy()] = np.arange(len(ranked), dtype=np.int32)
    return _through(new, codes), encoded.dictionary.take(ranked)


def _through(table: NDArray[np.int32], codes: NDArray[np.int32]) -> NDArray[np.int32]:
    if len(table) == 0:
        return np.full(len(codes), -1, dtype=np.int32)
    return np.where(codes >= 0, table[np.maximum(codes, 0)], np.int32(-1)).astype(np.int32)


def _buckets(column: pa.ChunkedArray, order: NDArray[np.int64]) -> NDArray[np.int32]:
    times = pc.fill_null(column.cast(pa.int64()), -(2**62)).to_numpy()[order]
    return np.where(times > -(2**62), times // _BUCKET, -1).astype(np.int32)


def _streams(lists: NDArray[np.int32]) -> NDArray[np.int32]:
    """Number the streams that more than one message names; a List-Id that occurs once names none."""
    if not len(lists) or int(lists.max()) < 0:
        return np.zeros(len(lists), dtype=np.int32)
    counts = np.bincount(lists[lists >= 0], minlength=int(lists.max()) + 1)
    return np.where((lists >= 0) & (counts[np.maximum(lists, 0)] > 1), lists + 1, 0).astype(np.int32)
