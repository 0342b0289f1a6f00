"""Subject templates compared: the information in their words, and families that differ in one token."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from attribution.campaigns.templates import ADDRESS, NUMBER, RECIPIENT, URL

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TemplateFamilies", "template_families"]

_FAMILY_BITS = 24.0
"""What two templates of one family have in common at least."""

_DEPENDENCE = 0.7
"""Words of a phrase predict one another: English text carries some six bits a word where its single words
carry ten, and the information of a phrase is its words' sum times this."""

_PRIOR_TEMPLATES = 500.0
"""Weight of the prior word rates, in templates: what a small corpus has not seen is not rare for that."""

_MASK_BITS = {NUMBER: 2.0, RECIPIENT: 3.0, ADDRESS: 5.0, URL: 5.0}
_COMMON_BITS = 5.5
_LENGTH_BITS = np.array([0.0, 5.0, 7.0, 9.0, 11.0])
_CHARACTER_BITS = (("\u0e00", 4.0), ("\u3040", 3.5), ("\u3400", 5.0))
"""Bits of a single character from that one on, in scripts that are divided by character."""

_SCRIPTS = np.array([0x0250, 0x0370, 0x0400, 0x0530, 0x0590, 0x0900, 0x0E00, 0x1000, 0x3040, 0x3400, 0xAC00, 0xD7B0])
"""First characters of blocks of scripts: Latin with all that stands before, then Greek, Cyrillic, Armenian, Hebrew and
Arabic, Indic scripts, Thai and Lao, others, kana, Han, Hangul, others."""

_ODD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class TemplateFamilies:
    """What is known of each distinct template.

    Attributes:
        information: Bits of the template itself.
        family: Number of its family, the least index among its templates; -1 where it stands alone.
        family_information: Bits of what the family has in common, at its weakest link; of the template itself
            where it stands alone.
    """

    information: NDArray[np.float64]
    family: NDArray[np.int32]
    family_information: NDArray[np.float64]


def template_families(templates: pa.Array) -> TemplateFamilies:
    """Weigh distinct templates, and put those together that differ in one token.

    Two templates are one family if they are equal after one token is left out of either (the delete-one
    neighbourhood of SymSpell) and what remains carries 24 bits. Linear in the number of all tokens but for sorting.

    Args:
        templates: Distinct templates, strings without nulls.
    """
    count = len(templates)
    lists = pc.split_pattern(templates, " ")
    offsets = np.asarray(lists.offsets, dtype=np.int64)
    encoded = lists.values.dictionary_encode()
    tokens = encoded.indices.to_numpy().astype(np.int64)
    vocabulary = encoded.dictionary
    owner = np.repeat(np.arange(count, dtype=np.int64), np.diff(offsets))
    pairs, first = np.unique(owner * max(1, len(vocabulary)) + tokens, return_index=True)
    seen = np.bincount(pairs % max(1, len(vocabulary)), minlength=len(vocabulary))
    script = _scripts(vocabulary)
    of_script, script_bits = _script_bits(script, tokens, owner, count)
    rate = (seen + _PRIOR_TEMPLATES * np.exp2(-_prior_bits(vocabulary))) / (of_script[script] + _PRIOR_TEMPLATES)
    bits = np.zeros(len(tokens))
    bits[first] = -np.log2(rate[tokens[first]])
    information = np.bincount(owner, weights=bits, minlength=count).astype(np.float64) + script_bits
    family, common = _families(tokens, owner, offsets, bits, information)
    return TemplateFamilies(information * _DEPENDENCE, family, common * _DEPENDENCE)


def _scripts(vocabulary: pa.Array) -> NDArray[np.int64]:
    """Return the number of the script that each token begins in."""
    starts = np.array([ord(token[:1] or " ") for token in vocabulary.to_pylist()], dtype=np.int64)
    return np.searchsorted(_SCRIPTS, starts, side="right")


def _script_bits(
    script: NDArray[np.int64], tokens: NDArray[np.int64], owner: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return in how many templates each script occurs, and the bits that the scripts of each template weigh.

    That a subject is in Chinese is one piece of information, and not one with each of its characters.
    """
    width = len(_SCRIPTS) + 1
    pairs = np.unique(owner * width + script[tokens])
    of_script: NDArray[np.int64] = np.bincount(pairs % width, minlength=width)
    weights = -np.log2((of_script + 1.0) / (count + 1.0))
    return of_script, np.bincount(pairs // width, weights=weights[pairs % width], minlength=count).astype(np.float64)


@cache
def _common_words() -> pa.Array:
    text = files("attribution.campaigns").joinpath("data/common_words.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return pa.array(sorted({word.casefold() for line in lines for word in line.split()}))


def _prior_bits(vocabulary: pa.Array) -> NDArray[np.float64]:
    """Return what a token weighs before the corpus is counted: by its length, its script and whether it is common."""
    length = pc.utf8_length(vocabulary).to_numpy(zero_copy_only=False)
    bits: NDArray[np.float64] = _LENGTH_BITS[np.minimum(length, len(_LENGTH_BITS) - 1)]
    for start, value in _CHARACTER_BITS:
        later = pc.greater_equal(vocabulary, start).to_numpy(zero_copy_only=False)
        bits[(length == 1) & later] = value
    common = pc.is_in(vocabulary, value_set=_common_words()).to_numpy(zero_copy_only=False)
    bits[common] = np.minimum(bits[common], _COMMON_BITS)
    for mask, value in _MASK_BITS.items():
        bits[pc.equal(vocabulary, mask).to_numpy(zero_copy_only=False)] = value
    return bits


def _families(
    tokens: NDArray[np.int64],
    owner: NDArray[np.int64],
    offsets: NDArray[np.int64],
    bits: NDArray[np.float64],
    information: NDArray[np.float64],
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    count = len(information)
    whole, shortened = _hashes(tokens, owner, offsets)
    # Each template stands under its own hash and under those of its shortened forms.
    hashes = np.concatenate([whole, shortened])
    owners = np.concatenate([np.arange(count, dtype=np.int64), owner])
    remains = np.concatenate([information, information[owner] - bits])
    rich = np.flatnonzero(remains >= _FAMILY_BITS)
    order = rich[np.lexsort((owners[rich], hashes[rich]))]
    same = hashes[order][1:] == hashes[order][:-1]
    left, right = order[:-1][same], order[1:][same]
    # An empty form under which many stand is no template: the bits that remain exclude it.
    links = coo_matrix((np.ones(len(left), np.int8), (owners[left], owners[right])), shape=(count, count))
    _, label = connected_components(links, directed=False)
    least = np.full(count, count, dtype=np.int64)
    np.minimum.at(least, label, np.arange(count, dtype=np.int64))
    common = np.full(count, np.inf)
    np.minimum.at(common, label[owners[left]], np.minimum(remains[left], remains[right]))
    members = np.bincount(label, minlength=count)
    family = np.where(members[label] > 1, least[label], -1).astype(np.int32)
    return family, np.where(family >= 0, common[label], information)


def _hashes(
    tokens: NDArray[np.int64], owner: NDArray[np.int64], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return a hash of each token sequence, and of each with one token left out, by one pass of prefix sums."""
    with np.errstate(over="ignore"):
        size = int(np.diff(offsets).max(initial=0))
        powers = np.cumprod(np.full(size + 1, _ODD, dtype=np.uint64))
        inverse = np.uint64(pow(int(_ODD), -1, 1 << 64))
        position = np.arange(len(tokens), dtype=np.int64) - offsets[owner]
        terms = _mixed(tokens) * powers[position]
        running = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)])
        starts, ends = offsets[:-1], offsets[1:]
        whole = running[ends] - running[starts]
        before = running[np.arange(len(tokens))] - running[starts][owner]
        after = running[ends][owner] - running[np.arange(len(tokens)) + 1]
        return whole, before + after * inverse


def _mixed(numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return numbers spread over 64 bits (the finaliser of SplitMix64), so that sums of them do not coincide."""
    with np.errstate(over="ignore"):
        mixed = numbers.astype(np.uint64) + _ODD
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))
