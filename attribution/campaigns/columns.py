"""The traits as whole numbers: one code for each distinct value of each field, rows in canonical order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution.campaigns.families import FIELDS, SLOTS, TIME_BUCKET_HOURS
from attribution.campaigns.fuzzy import TemplateFamilies, template_families
from attribution.campaigns.groups import distinct
from attribution.campaigns.identity import is_link_service
from attribution.campaigns.texts import text_families
from attribution.errors import UsageError
from attribution.tables import TRAITS

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Columns", "Entries", "encode"]

_SOURCES = {
    "S": "subject_template",
    "L": "list_id",
    "I": "from_domain",
    "E": "envelope_domain",
    "J": "from_account",
    "T": "engine",
    "R": "trace",
    "H": "helo_shape",
    "P": "address",
    "N": "network",
}
_SLOT_SOURCES = {
    "U": ("url_domains",),
    "Q": ("url_shapes",),
    "A": ("attachments",),
    "C": ("reply_to", "wallets"),
    "F": ("phones",),
}
_SERVICE_SPREAD = 12
"""Unrelated subjects beyond which a value is a service's, and no campaign's own."""
_SERVICE_BITS = 6.0
_MANY_NETWORKS = 20
_BUCKET = TIME_BUCKET_HOURS * 3_600 * 1_000_000

_DECISIVE = frozenset(("C", "A", "F"))
"""Fields of which one alone may join, or nearly: a service's value is none."""
_WITH_CONTENT = frozenset(("S", "S2", "M", "C", "A", "F"))
_IDENTITY = frozenset(("I", "E"))


@dataclass(frozen=True, slots=True)
class Entries:
    """The values of a field of which a row may have several: one entry for each row and value.

    Attributes:
        rows: Row of each entry, ascending.
        codes: Its value.
        own: Whether the value is the domain that the message says it is from: no evidence beside that domain.
    """

    rows: NDArray[np.int32]
    codes: NDArray[np.int32]
    own: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Columns:
    """Encoded traits.

    Attributes:
        order: Input row of each row here: rows are in the order of their message keys.
        messages: The keys, in that order.
        codes: For each field of one value a code a row, -1 where the trait is absent.
        entries: For each field of several values its entries.
        texts: For each field but time and text its distinct values, by code.
        templates: Information and family of each subject template, by code of `S`.
        stream: A code of the mailing list or newsletter a row belongs to, or else of the sender whose signature the
            receiver verified, 0 for none.
        service: For some fields, by code, whether the value is a service's: many unrelated messages carry it.
        spread: For each row whether its family of texts came from many networks, and is no standing text.
        standing: For each row whether its text is one that many unrelated messages have beneath what they say.
        words: Words that counted in the shortest text of each row's family.
        starts: How each row's text begins.
        contacts: The first contact of each row that other rows have too, -1 for none.
    """

    order: NDArray[np.int64]
    messages: NDArray[np.int64]
    codes: dict[str, NDArray[np.int32]]
    entries: dict[str, Entries]
    texts: dict[str, pa.Array]
    templates: TemplateFamilies
    stream: NDArray[np.int32]
    service: dict[str, NDArray[np.bool_]]
    spread: NDArray[np.bool_]
    standing: NDArray[np.bool_]
    words: NDArray[np.int32]
    starts: pa.ChunkedArray
    contacts: NDArray[np.int32]

    def information(self, code: str, rows: NDArray[np.int32]) -> NDArray[np.float64] | None:
        """Return for some rows the information of their subject, its family, or text; None for other fields."""
        if code == "M":
            return np.minimum(self.words[rows].astype(np.float64), FIELDS["M"].cap)
        if code not in {"S", "S2"}:
            return None
        known = self.templates.information if code == "S" else self.templates.family_information
        return known[self.codes["S"][rows]]

    def caps(self, code: str, values: NDArray[np.int32]) -> NDArray[np.float64] | float:
        """Return the most that some values of a field can weigh, in bits: little where they are a service's."""
        cap = FIELDS[code].cap
        return np.where(self.service[code][values], _SERVICE_BITS, cap) if code in self.service else cap

    def entries_for(self, key: tuple[str, ...]) -> NDArray[np.int32] | None:
        """Return the entries of the key's field of several values that count in it; None where it has no such field.

        A service's link domain counts only beside other content. A link to the domain that a message says it is from
        counts in none: every mail of an organisation has its own address in the signature, and all that is to be had
        from it is that domain.
        """
        code = key[0]
        if code not in SLOTS:
            return None
        entries = self.entries[code]
        keep = ~entries.own
        if code in _DECISIVE or not _WITH_CONTENT & set(key[1:]):
            keep &= ~self.service[code][entries.codes]
        return np.flatnonzero(keep).astype(np.int32)

    def values(self, code: str, rows: NDArray[np.int32], slots: NDArray[np.int32]) -> list[str]:
        """Return the values of a field in some rows, as text for people.

        Args:
            code: The field.
            rows: The rows.
            slots: The values' codes, where the field is one of several values.
        """
        if code == "D":
            starts = (self.codes["D"][rows].astype(np.int64) * _BUCKET).astype("datetime64[us]")
            return [f"{TIME_BUCKET_HOURS} hours from {start}Z" for start in np.datetime_as_string(starts, "m")]
        if code == "M":
            begun: list[str | None] = self.starts.take(pa.array(self.order[rows])).to_pylist()
            return [text or "" for text in begun]
        # A family is shown by its first template in the order of texts, whose code is its number.
        source = {"S2": "S", "V": "L"}.get(code, code)
        numbers = slots if code in SLOTS else self.codes[code][rows]
        texts: list[str] = self.texts[source].take(pa.array(numbers)).to_pylist()
        return texts


def encode(traits: pa.Table) -> Columns:
    """Encode a table of traits.

    A value that stands in one row only joins nothing, and keeps its code all the same: rates count it.

    Args:
        traits: As `TRAITS`; the keys in `message` are distinct. A column that is missing holds nothing.

    Raises:
        UsageError: Two rows have the same message key.
    """
    traits = pa.table(
        [
            traits[field.name] if field.name in traits.column_names else pa.nulls(len(traits), field.type)
            for field in TRAITS
        ],
        schema=TRAITS,
    )
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
    verified = pc.fill_null(traits["list_verified"], False).to_numpy()[order]
    codes["V"] = np.where(verified, codes["L"], np.int32(-1))
    answers = pc.fill_null(traits["answer"], False).to_numpy()[order]
    # Answers of one discussion follow each other: their time says nothing that the subject does not.
    codes["D"] = np.where(answers, np.int32(-1), _buckets(traits["time"], order))
    codes["M"] = text_families(traits["text_sketch"].combine_chunks().take(pa.array(order)))
    unrelated = np.where(codes["S2"] >= 0, codes["S2"], codes["S"])
    entries: dict[str, Entries] = {}
    for code, names in _SLOT_SOURCES.items():
        rows, values, texts[code] = _encode_slots([traits[name] for name in names], order)
        own = _is_own(values, texts[code], rows, codes, texts) if code == "U" else np.zeros(len(rows), np.bool_)
        entries[code] = Entries(rows, values, own)
    service = {code: _services(entries[code], unrelated, codes, len(texts[code])) for code in ("U", "Q", "C", "A", "F")}
    for number, domain in enumerate(texts["U"].to_pylist()):
        service["U"][number] |= is_link_service(domain)
    standing = _is_standing(codes, unrelated)
    proven = pc.fill_null(traits["from_proven"], False).to_numpy()[order]
    known = traits["text_words"].combine_chunks().take(pa.array(order))
    return Columns(
        order=order,
        messages=messages,
        codes={code: codes[code] for code in FIELDS if code in codes},
        entries=entries,
        texts=texts,
        templates=templates,
        stream=_streams(codes["L"], np.where(proven, codes["I"], np.int32(-1))),
        service=service,
        spread=_is_spread(codes["M"], codes["N"]) & ~standing,
        standing=standing,
        words=_least(pc.fill_null(known, 0).to_numpy(zero_copy_only=False).astype(np.int32), codes["M"]),
        starts=traits["text_start"],
        contacts=_contacts(entries["C"], service["C"], len(order)),
    )


def _contacts(entries: Entries, service: NDArray[np.bool_], rows: int) -> NDArray[np.int32]:
    """Return for each row its first contact that is given more than once and no service's, -1 where there is none."""
    contacts = np.full(rows, -1, dtype=np.int32)
    repeated = (np.bincount(entries.codes, minlength=1)[entries.codes] > 1) & ~service[entries.codes]
    # Written in reverse, so that the first of a row is what stays.
    contacts[entries.rows[repeated][::-1]] = entries.codes[repeated][::-1]
    return contacts


def _services(
    entries: Entries, unrelated: NDArray[np.int32], codes: dict[str, NDArray[np.int32]], size: int
) -> NDArray[np.bool_]:
    """Say which values come with many unrelated subjects, and from many programs or with many texts.

    Such a value is a shortener's, a tracker's, a list's or a help desk's, and no campaign's own.
    """
    subjects = _spread(entries, unrelated, size)
    engines, texts = (_spread(entries, codes[code], size) for code in ("T", "M"))
    many = (engines > _SERVICE_SPREAD) | (texts > _SERVICE_SPREAD)
    # A subject of its own in about each message, from half a dozen programs: nobody's campaign either.
    count = np.bincount(entries.codes, minlength=max(1, size))
    return (subjects > _SERVICE_SPREAD) & (many | ((subjects * 2 > count) & (engines * 2 > _SERVICE_SPREAD)))


def _spread(entries: Entries, others: NDArray[np.int32], size: int) -> NDArray[np.int64]:
    """Return with how many distinct values of another field each value occurs."""
    other = others[entries.rows]
    both = np.flatnonzero(other >= 0)
    width = int(others.max(initial=0)) + 1
    pairs = distinct(entries.codes[both].astype(np.int64) * width + other[both])
    return np.bincount(pairs // width, minlength=max(1, size))


def _least(words: NDArray[np.int32], texts: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return for each row the least number of words of its family of texts, so that no row speaks for the others."""
    least = np.full(int(texts.max(initial=-1)) + 1, np.iinfo(np.int32).max, dtype=np.int32)
    np.minimum.at(least, texts[texts >= 0], words[texts >= 0])
    return np.where(texts >= 0, least[texts], 0).astype(np.int32) if len(least) else np.zeros(len(texts), np.int32)


def _is_spread(texts: NDArray[np.int32], networks: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Say for each row whether the messages with its text came from many networks: twenty, or half as many as they are.

    The standing texts of one organisation (footers, disclaimers, forms) come from its few servers.
    """
    rows = np.flatnonzero((texts >= 0) & (networks >= 0))
    size = int(texts.max(initial=-1)) + 1
    width = int(networks.max(initial=0)) + 1
    pairs = distinct(texts[rows].astype(np.int64) * width + networks[rows])
    found = np.bincount(pairs // width, minlength=size)
    spread = (found >= _MANY_NETWORKS) | (found * 2 > np.bincount(texts[rows], minlength=size))
    return (texts >= 0) & spread[np.maximum(texts, 0)] if size else np.zeros(len(texts), np.bool_)


def _is_standing(codes: dict[str, NDArray[np.int32]], unrelated: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Say for each row whether its text comes with many unrelated subjects, and from many programs.

    Many are more than a dozen, or of a text that is not so frequent, about as many subjects as messages. Such a text
    is a disclaimer, an advertisement of a mail provider, or a note of absence.
    """
    rows = np.flatnonzero(codes["M"] >= 0).astype(np.int32)
    texts = Entries(rows, codes["M"][rows], np.zeros(len(rows), np.bool_))
    size = int(codes["M"].max(initial=-1)) + 1
    count = np.bincount(texts.codes, minlength=max(1, size))
    subjects, engines = (_spread(texts, others, size) for others in (unrelated, codes["T"]))
    standing = (subjects * 2 > count) & (engines > np.maximum(2, count // 50))
    standing |= (subjects > _SERVICE_SPREAD) & (engines > _SERVICE_SPREAD)
    return (codes["M"] >= 0) & standing[np.maximum(codes["M"], 0)]


def _is_own(
    values: NDArray[np.int32],
    names: pa.Array,
    rows: NDArray[np.int32],
    codes: dict[str, NDArray[np.int32]],
    texts: dict[str, pa.Array],
) -> NDArray[np.bool_]:
    """Say which link domains are the domain of the From or envelope address of the same message."""
    own = np.zeros(len(rows), dtype=np.bool_)
    for code in sorted(_IDENTITY):
        same = pc.fill_null(pc.index_in(names, value_set=texts[code]), -2).to_numpy(zero_copy_only=False)
        own |= same[values] == codes[code][rows]
    return own


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
    new, ranked = _ranked(encoded.dictionary)
    return _through(new, codes), ranked


def _encode_slots(
    columns: list[pa.ChunkedArray], order: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32], pa.Array]:
    """Return rows (in the given order), codes and the values by code of all values of some columns together."""
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    rows, values = [], []
    for column in columns:
        whole = column.combine_chunks()
        if pa.types.is_list(whole.type):
            counts = pc.fill_null(pc.list_value_length(whole), 0).to_numpy(zero_copy_only=False)
            owners, held = np.repeat(place, counts), whole.flatten()
        else:
            owners, held = place, whole
        said = pc.fill_null(pc.not_equal(held, ""), False).to_numpy(zero_copy_only=False)
        rows.append(owners[said])
        values.append(held.filter(pa.array(said)))
    encoded = pa.concat_arrays(values).dictionary_encode()
    new, ranked = _ranked(encoded.dictionary)
    codes = _through(new, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32))
    pairs = distinct(np.concatenate(rows).astype(np.int64) << 32 | codes)
    return (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32), ranked


def _ranked(values: pa.Array) -> tuple[NDArray[np.int32], pa.Array]:
    """Return the rank of each value, and the values in order."""
    ranked = pc.sort_indices(values)
    new = np.empty(len(ranked), dtype=np.int32)
    new[ranked.to_numpy()] = np.arange(len(ranked), dtype=np.int32)
    return new, values.take(ranked)


def _through(table: NDArray[np.int32], codes: NDArray[np.int32]) -> NDArray[np.int32]:
    if len(table) == 0:
        return np.full(len(codes), -1, dtype=np.int32)
    return np.where(codes >= 0, table[np.maximum(codes, 0)], np.int32(-1)).astype(np.int32)


def _buckets(column: pa.ChunkedArray, order: NDArray[np.int64]) -> NDArray[np.int32]:
    times = pc.fill_null(column.cast(pa.int64()), -(2**62)).to_numpy()[order]
    return np.where(times > -(2**62), times // _BUCKET, -1).astype(np.int32)


def _streams(lists: NDArray[np.int32], proven: NDArray[np.int32]) -> NDArray[np.int32]:
    """Number the streams that more than one message names; a List-Id that occurs once names none.

    Args:
        lists: The List-Id of each row, -1 for none.
        proven: The From domain of each row where the receiver verified its signature, else -1: two such senders are
            not one, however alike the texts that they send through one service.
    """
    named = _repeated(lists)
    signed = _repeated(np.where(named >= 0, np.int32(-1), proven))
    return np.where(named >= 0, named + 1, np.where(signed >= 0, signed + 2 + int(lists.max(initial=0)), 0)).astype(
        np.int32
    )


def _repeated(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return codes without those that occur once."""
    if not len(codes) or int(codes.max()) < 0:
        return np.full(len(codes), -1, dtype=np.int32)
    counts = np.bincount(codes[codes >= 0], minlength=int(codes.max()) + 1)
    return np.where((codes >= 0) & (counts[np.maximum(codes, 0)] > 1), codes, np.int32(-1)).astype(np.int32)
