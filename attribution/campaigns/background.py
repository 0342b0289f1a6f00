"""Rates known beforehand: how often values occur in mail that is not of this case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.campaigns.columns import encode
from attribution.campaigns.families import FIELDS
from attribution.campaigns.groups import distinct

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from attribution.campaigns.columns import Columns

__all__ = ["Background"]

_LEFT_OUT = frozenset(("S2", "M", "D"))
"""Families of subjects and texts are of one corpus, and so is its time."""


@dataclass
class Background:
    """How many clusters of other mail carry each value.

    A dump of one campaign shows no ordinary mail beside it, so that what everybody writes looks rare there. The mail
    of a quiet mailbox, analyzed once, says what is common.

    Attributes:
        clusters: How many clusters there are: a campaign is one, and so is each message of none.
        values: For each field the values, and by how many clusters they are carried.
    """

    clusters: int
    values: dict[str, tuple[pa.Array, NDArray[np.int64]]]
    present: dict[str, int] = field(default_factory=dict)
    _counts: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    _case: Columns | None = None

    @classmethod
    def of(cls, traits: pa.Table, labels: pa.Array) -> Background:
        """Count the values of other mail.

        Args:
            traits: As `tables.TRAITS`.
            labels: The campaign of each row, null for none.
        """
        columns = encode(traits)
        keys = traits["message"].to_numpy()
        named = labels.is_valid().to_numpy(zero_copy_only=False)
        # A campaign may still have the key of a message that left it, so that keys alone do not tell clusters apart.
        numbers = np.empty(len(keys), dtype=np.int64)
        campaigns, numbers[named] = np.unique(labels.drop_null().to_numpy(), return_inverse=True)
        numbers[~named] = len(campaigns) + np.arange(np.count_nonzero(~named))
        numbers = numbers[columns.order]
        total = len(campaigns) + int(np.count_nonzero(~named))
        values: dict[str, tuple[pa.Array, NDArray[np.int64]]] = {}
        present: dict[str, int] = {}
        for code in FIELDS:
            if code in _LEFT_OUT or code == "V":
                continue
            rows, codes = _carried(columns, code)
            pairs = distinct(codes.astype(np.int64) * max(1, total) + numbers[rows])
            counts = np.bincount(pairs // max(1, total), minlength=len(columns.texts[code]))
            values[code] = (columns.texts[code], counts)
            present[code] = len(np.unique(numbers[rows]))
        return cls(total, values, present)

    def counts(self, code: str, columns: Columns) -> NDArray[np.int64] | int:
        """Return for each value of a field in this case how many clusters of other mail carry it; 0 where unknown."""
        if code not in self.values:
            return 0
        if self._case is not columns:
            self._case, self._counts = columns, {}
        if code not in self._counts:
            known, counts = self.values[code]
            place = pc.fill_null(pc.index_in(columns.texts[code], value_set=known), -1)
            index = place.to_numpy(zero_copy_only=False)
            found = counts[np.maximum(index, 0)] if len(counts) else np.zeros(len(index), np.int64)
            self._counts[code] = np.where(index >= 0, found, 0)
        return self._counts[code]

    def having(self, code: str) -> int:
        """Return how many clusters of other mail have a value of a field at all."""
        return self.present.get(code, 0)


def _carried(columns: Columns, code: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return rows and values of a field."""
    if code in columns.entries:
        return columns.entries[code].rows, columns.entries[code].codes
    rows = np.flatnonzero(columns.codes[code] >= 0).astype(np.int32)
    return rows, columns.codes[code][rows]
