"""Truth values of columns as numpy holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["among", "flags"]


def flags(column: pa.ChunkedArray | pa.Array) -> NDArray[np.bool_]:
    """Return the values of a column of truth values, null as false."""
    filled: NDArray[np.bool_] = pc.fill_null(column, fill_value=False).to_numpy(zero_copy_only=False).astype(bool)
    return filled


def among(column: pa.ChunkedArray | pa.Array, words: Collection[str]) -> NDArray[np.bool_]:
    """Say which texts of a column are among some words; null never is."""
    return flags(pc.is_in(column, value_set=pa.array(sorted(words), pa.string())))
