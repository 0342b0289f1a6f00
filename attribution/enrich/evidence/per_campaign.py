"""The devices of each campaign: what was seen on its senders' addresses, and whether their neighbours show the same.

The comparison is that of the case, for the senders of one campaign. `campaign_shares` makes it, and says how it is kept
from finding what many comparisons find by chance; `campaign_words` puts it in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.enrich.evidence.campaign_shares import Sent, shares_of
from attribution.enrich.evidence.campaign_words import campaign_sentence
from attribution.enrich.evidence.seen import is_thing, rows_of
from attribution.models import DeviceGrade
from attribution.tables import CAMPAIGNS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["campaign_devices"]

_COLUMNS = ("device_types", "device_grade", "device_verdict", "device_sentence")
_SCHEMA = pa.schema([CAMPAIGNS.field(name) for name in _COLUMNS])
_LISTED = 5
"""Types of devices that are listed for a campaign."""
_GRADES = get_args(DeviceGrade)
_NO_GRADE = _GRADES.index("none")
_OPPOSED = _GRADES.index("opposed")
_NOT_MORE = ("slightly-more", "same", "less")


def campaign_devices(
    campaigns: pa.Table,
    messages: pa.Table,
    addresses: pa.Table,
    controls: pa.Table,
    *,
    control: Mapping[str, Any] | None = None,
) -> pa.Table:
    """Return what devices were seen on the addresses of each campaign's senders, and how far they speak.

    Args:
        campaigns: With `campaign`, each once.
        messages: With `campaign` and `handover_ip`, null where there is none.
        addresses: The addresses table; without banners all that is returned is null.
        controls: The controls table.
        control: The run record's `control`, the comparison of the whole case. Where that cannot judge the share of
            senders with a device, because senders and neighbours were not asked alike, no campaign's can be judged.

    Returns:
        Row for row with the campaigns, columns as in `CAMPAIGNS`:

        - `device_types`: all types that answer near the mail on handover addresses of the campaign, those on most of
          them first, at most five; plain words, so that they can be searched. Empty where addresses answered and none
          named a device; null where none answered.
        - `device_grade`: the best grade that more than half of the addresses with a thing reach, or where there is no
          thing, of those with another device. The strongest would let one address speak for thousands, the most
          frequent may be reached by few. At best `opposed` where the comparison of this campaign says that its senders
          do not show clearly more things; `none` where no address shows a device; null where none answered.
        - `device_verdict`: `more`, `slightly-more`, `same`, `less`, `unclear` or `none`, see `Verdict`.
        - `device_sentence`: that in words with its figures.
    """
    size = len(campaigns)
    if addresses["banners"].null_count == len(addresses):
        return pa.table({field.name: pa.nulls(size, field.type) for field in _SCHEMA}, schema=_SCHEMA)
    sent = Sent.of(campaigns, messages, addresses)
    shares = shares_of(sent, size, addresses, controls, control)
    answered = _at_all(sent, pc.fill_null(pc.greater(addresses["banners"], 0), fill_value=False), size)
    columns = {
        "device_types": _types(sent, size, addresses, answered),
        "device_grade": _grades(sent, addresses, answered, [each.verdict in _NOT_MORE for each in shares]),
        "device_verdict": pa.array([each.verdict for each in shares], pa.string()),
        "device_sentence": pa.array([campaign_sentence(each) for each in shares], pa.string()),
    }
    return pa.table(columns, schema=_SCHEMA)


def _at_all(sent: Sent, holds: pa.ChunkedArray, size: int) -> NDArray[np.bool_]:
    """Say for which campaigns something holds of one address at least."""
    found = np.zeros(size, np.bool_)
    found[sent.campaign[holds.to_numpy().astype(np.bool_)[sent.address]]] = True
    return found


def _types(sent: Sent, size: int, addresses: pa.Table, answered: NDArray[np.bool_]) -> pa.Array:
    lists = addresses["device_types"].combine_chunks().take(pa.array(sent.address))
    names = pc.list_flatten(lists)
    known = pa.array(sorted(pc.unique(names).to_pylist()), pa.string())
    of = sent.campaign[pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)]
    wide = max(len(known), 1)
    pairs, counts = np.unique(of * wide + rows_of(names, known), return_counts=True)
    owner, kind = np.divmod(pairs, wide)
    order = np.lexsort((kind, -counts, owner))
    owner, kind = owner[order], kind[order]
    listed = np.arange(len(owner)) - np.searchsorted(owner, owner) < _LISTED
    lengths = np.bincount(owner[listed], minlength=size)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    found = pa.ListArray.from_arrays(offsets, known.take(pa.array(kind[listed])))
    return pc.if_else(pa.array(answered), found, pa.nulls(size, found.type))


def _grades(sent: Sent, addresses: pa.Table, answered: NDArray[np.bool_], not_more: list[bool]) -> pa.Array:
    grade = rows_of(addresses["device_grade"], pa.array(_GRADES))[sent.address]
    kinds = addresses["device_type"].combine_chunks().dictionary_encode()
    is_one = np.array([*map(is_thing, kinds.dictionary.to_pylist()), False], np.bool_)
    thing = is_one[kinds.indices.fill_null(len(is_one) - 1).to_numpy(zero_copy_only=False)][sent.address]
    shows = (grade >= 0) & (grade < _NO_GRADE)
    of_things = _usual_grade(sent.campaign[shows & thing], grade[shows & thing], len(answered))
    of_others = _usual_grade(sent.campaign[shows & ~thing], grade[shows & ~thing], len(answered))
    capped = np.where(not_more, np.maximum(of_things, _OPPOSED), of_things)
    found = np.where(of_things == _NO_GRADE, of_others, capped)
    return pa.array(_GRADES).take(pa.array(found, mask=~answered))


def _usual_grade(campaign: NDArray[np.int64], grade: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return for each campaign the best grade that more than half of its addresses reach, `none` where it has none."""
    width = len(_GRADES)
    counts = np.bincount(campaign * width + grade, minlength=size * width).reshape(size, width)
    reached = 2 * np.cumsum(counts, axis=1) > counts.sum(axis=1, keepdims=True)
    return np.where(reached.any(axis=1), reached.argmax(axis=1), _NO_GRADE)
