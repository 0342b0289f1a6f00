"""Subjects of a campaign as one text: the words that stay as they are, the words that change as slots."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING

from attribution._text import escape_control, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["SLOT_TEMPLATES", "subject_slots"]

SLOT_TEMPLATES = 50
"""So many templates of a campaign are aligned, the most frequent ones."""

_ALIKE = 0.5
"""Two templates are variants of one if at least this share of their words is common and in the same order."""

_CONSTANT = 0.9
"""A word stands outside the slots if it is in templates of this share of the messages: one odd subject must not
make slots of all."""

_VARIANTS = 4
_TOKENS = 40
_VARIANT_CHARS = 60
_CHARS = 500

_Variant = tuple[str, ...]
_Row = tuple[list[str], list[int], int]
"""Words of a template; for each word of the modal template where it stands in them, -1 for nowhere; messages."""


def subject_slots(templates: Sequence[str], counts: Sequence[int]) -> str | None:
    """Write the subjects of a campaign as one template with variable slots.

    Such as `discreet {golden|cheapest|luxury|} bargains await <#>`: at this place stand these words, the most frequent
    first, at most four, then an ellipsis; an empty variant says that nothing may stand there. Each template is aligned
    with the most frequent one. Those that have less than half of their words in common with it, and words that the
    slots do not hold, are other subjects: at the end it says how many. Control characters are escaped.

    Args:
        templates: Distinct subject templates, tokens divided by spaces; the 50 most frequent are used.
        counts: Messages of each.

    Returns:
        The text, at most 500 characters and the note on other subjects; None where there is no template.
    """
    ordered = sorted(zip(templates, counts, strict=True), key=lambda pair: (-pair[1], pair[0]))
    if not ordered:
        return None
    used = ordered[:SLOT_TEMPLATES]
    modal = used[0][0].split()[:_TOKENS]
    rows: list[_Row] = [(modal, list(range(len(modal))), used[0][1])]
    unlike: list[tuple[list[str], int]] = []
    matcher: SequenceMatcher[str] = SequenceMatcher(autojunk=False)
    matcher.set_seq2(modal)
    for template, count in used[1:]:
        words = template.split()[:_TOKENS]
        matcher.set_seq1(words)
        # The two quick ratios are upper bounds of the ratio.
        if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE or matcher.ratio() < _ALIKE:
            unlike.append((words, count))
            continue
        places = [-1] * len(modal)
        for block in matcher.get_matching_blocks():
            places[block.b : block.b + block.size] = range(block.a, block.a + block.size)
        rows.append((words, places, count))
    rows += _fitting(rows, unlike)
    text = shorten(" ".join(_parts(modal, rows)), _CHARS)
    others = len(used) - len(rows)
    if not others:
        return text
    number = f"{others} or more" if len(ordered) > SLOT_TEMPLATES else str(others)
    return f"{text} (+{number} other subject{'s' if number != '1' else ''})"


def _fitting(rows: list[_Row], unlike: list[tuple[list[str], int]]) -> list[_Row]:
    """Return the templates that differ from the modal one in most words, but only by words that others have there."""
    modal = rows[0][0]
    alike = [words for words, _, _ in rows if len(words) == len(modal)]
    seen = [set(column) for column in zip(*alike, strict=True)]
    return [
        (words, [at if word == modal[at] else -1 for at, word in enumerate(words)], count)
        for words, count in unlike
        if len(words) == len(modal) and all(word in column for word, column in zip(words, seen, strict=True))
    ]


def _parts(modal: list[str], rows: list[_Row]) -> Iterable[str]:
    """Yield constant words and slots in order."""
    least = _CONSTANT * sum(count for _, _, count in rows)
    constant = [at for at in range(len(modal)) if sum(count for _, places, count in rows if places[at] >= 0) >= least]
    # Before the first word and after the last one there may be slots as well.
    for left, right in pairwise([-1, *constant, len(modal)]):
        if left >= 0:
            yield escape_control(shorten(modal[left], _VARIANT_CHARS))
        variants: Counter[_Variant] = Counter()
        for words, places, count in rows:
            begin = places[left] if left >= 0 else -1
            end = places[right] if right < len(modal) else len(words)
            if (begin >= 0 or left < 0) and end >= 0:
                variants[tuple(words[begin + 1 : end])] += count
        yield from _slots(variants)


def _slots(variants: Counter[_Variant]) -> Iterable[str]:
    """Yield what stands between two constant words: a slot a word where all variants have as many words."""
    lengths = {len(variant) for variant in variants}
    if len(lengths) == 1:
        for at in range(lengths.pop()):
            words: Counter[_Variant] = Counter()
            for variant, count in variants.items():
                words[variant[at : at + 1]] += count
            yield _slot(words)
    elif lengths:
        yield _slot(variants)


def _slot(variants: Counter[_Variant]) -> str:
    ordered = sorted(variants.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = [escape_control(shorten(" ".join(words), _VARIANT_CHARS)) for words, _ in ordered[:_VARIANTS]]
    if len(ordered) == 1:
        return shown[0]
    return "{" + "|".join(shown + ["…"] * (len(ordered) > _VARIANTS)) + "}"
