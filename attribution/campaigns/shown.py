"""Values from mail as tables for people hold them: without control characters, and not too long."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from attribution._text import escape_control, shorten

__all__ = ["shown_lists", "shown_values"]

_VALUE_CHARS = 300


def shown_lists(values: pa.Array) -> pa.Array:
    """Return lists of texts with each text made fit to be shown; each distinct one is looked at once.

    Args:
        values: Lists of strings without nulls.
    """
    if not len(values):
        return values
    encoded = values.flatten().dictionary_encode()
    texts = [shorten(escape_control(text), _VALUE_CHARS) for text in encoded.dictionary.to_pylist()]
    offsets = pa.array([0]).cast(pa.int32())
    counts = pc.cumulative_sum(pc.list_value_length(values)).cast(pa.int32())
    shown = pa.array(texts, pa.string()).take(encoded.indices)
    return pa.ListArray.from_arrays(pa.concat_arrays([offsets, counts]), shown)


def shown_values(values: pa.Array) -> pa.Array:
    """Return the values of each combination as one text.

    Args:
        values: Lists of strings without nulls.
    """
    return pc.binary_join(shown_lists(values), " + ")
