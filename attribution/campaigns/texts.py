"""Texts compared by their sketches: families of texts that share most of their word pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["SKETCH_SIZE", "text_families"]

SKETCH_SIZE = 32
"""Minima in a sketch, each of four bytes."""

_AGREEMENT = 21
"""Minima of two sketches that are equal at least: an estimated Jaccard similarity of 0.65. Texts that differ in a name
here and there have that much in common. Unrelated ones share less than a twentieth of their word pairs, of which 21
minima of 32 are never equal by chance."""

_BANDS = 10
_BAND_SIZE = 3
_CHUNK = 100_000
_ODD = np.uint64(0x9E3779B97F4A7C15)


def text_families(sketches: pa.Array) -> NDArray[np.int32]:
    """Return for each row the number of its text's family, -1 for none.

    Two texts are linked where a band of their MinHash sketches is equal (locality-sensitive hashing after Broder and
    Indyk) and the whole sketches agree in 21 of 32 places. Within a band a text is compared with the first of its
    group and with the one before it, so that the time is that of sorting, however many texts are alike. A family is
    what is linked; a text that nothing is like is a family of its own.

    Args:
        sketches: Fixed-size binary of 128 bytes, null where a message has too little text.
    """
    families = np.full(len(sketches), -1, dtype=np.int32)
    rows = np.flatnonzero(sketches.is_valid().to_numpy(zero_copy_only=False))
    if not len(rows):
        return families
    given = sketches.drop_null()
    minima = np.frombuffer(given.buffers()[1], dtype="<u4").reshape(-1, SKETCH_SIZE)[given.offset :][: len(rows)]
    whole = _hashed(minima)
    _, first, inverse = np.unique(whole, return_index=True, return_inverse=True)
    distinct = minima[first]
    links = [_band_links(distinct, band) for band in range(_BANDS)]
    left = np.concatenate([pair[0] for pair in links])
    right = np.concatenate([pair[1] for pair in links])
    graph = coo_matrix((np.ones(len(left), np.int8), (left, right)), shape=(len(distinct), len(distinct)))
    _, label = connected_components(graph, directed=False)
    families[rows] = label[inverse]
    return families


def _band_links(minima: NDArray[np.uint32], band: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of texts whose band is equal and whose sketches agree."""
    start = band * _BAND_SIZE
    key = _hashed(minima[:, start : start + _BAND_SIZE])
    # Within a group, texts that agree beyond the band come to stand side by side.
    after = (start + _BAND_SIZE) % (_BANDS * _BAND_SIZE)
    order = np.lexsort((_hashed(minima[:, after : after + _BAND_SIZE]), key))
    ordered = key[order]
    begins = np.concatenate([[True], ordered[1:] != ordered[:-1]])
    group_first = order[np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))]
    inside = np.flatnonzero(~begins)
    left = np.concatenate([group_first[inside], order[inside - 1]])
    right = np.concatenate([order[inside], order[inside]])
    kept = _agree(minima, left, right)
    return left[kept], right[kept]


def _agree(minima: NDArray[np.uint32], left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.bool_]:
    kept = np.zeros(len(left), dtype=np.bool_)
    for start in range(0, len(left), _CHUNK):
        piece = slice(start, start + _CHUNK)
        kept[piece] = (minima[left[piece]] == minima[right[piece]]).sum(axis=1) >= _AGREEMENT
    return kept


def _hashed(minima: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Return one number for each row of minima: a polynomial in a fixed odd base, mixed."""
    with np.errstate(over="ignore"):
        result = np.zeros(len(minima), dtype=np.uint64)
        for column in minima.T:
            result = (result ^ column.astype(np.uint64)) * _ODD
            result ^= result >> np.uint64(29)
        return result
