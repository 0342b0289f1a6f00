"""Addresses as numbers in arrays, so that many are looked up at once."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from attribution._net import parse_ip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["IPV4", "IPV6", "Packed", "pack"]

IPV4 = np.dtype(np.uint32)
IPV6 = np.dtype("S16")
"""An address of version 6 is its sixteen octets, which are in order as the numbers are."""

_IPV4_TEXT = r"^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$"
_IPV6_TEXT = r"^[0-9a-fA-F:]{2,39}$"
_SLICE = 1 << 12
"""Addresses that are worked on at once: few enough that all that is known of them stays in the processor's cache."""

_DIGIT = np.zeros(256, np.int32)
_DIGIT[[ord(char) for char in "0123456789abcdefABCDEF"]] = [*range(16), *range(10, 16)]


class Packed(NamedTuple):
    """Addresses by version. A row that holds no address is in neither part.

    Attributes:
        size: How many rows were given.
        rows4, ipv4: The rows with addresses of version 4, in order, and those addresses.
        rows6, ipv6: The same for version 6.
    """

    size: int
    rows4: NDArray[np.int64]
    ipv4: NDArray[np.uint32]
    rows6: NDArray[np.int64]
    ipv6: NDArray[np.bytes_]

    def only(self, rows: NDArray[np.bool_]) -> Packed:
        """Return the same with the addresses of some rows alone; all others hold none.

        Args:
            rows: For each row whether its address stays.
        """
        stays4, stays6 = rows[self.rows4], rows[self.rows6]
        return Packed(self.size, self.rows4[stays4], self.ipv4[stays4], self.rows6[stays6], self.ipv6[stays6])


def pack(ips: Sequence[str | None] | pa.Array | pa.ChunkedArray) -> Packed:
    """Return addresses as numbers; canonical text is read all at once, any other text one by one.

    Args:
        ips: Text as `parse_ip` takes it; an address of version 6 that stands for one of version 4 (RFC 4291
            §2.5.5.2) is read as that. Null and what is no address are left out.
    """
    column = ips if isinstance(ips, (pa.Array, pa.ChunkedArray)) else pa.array(ips, pa.string())
    if not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    chunks = [column] if isinstance(column, pa.Array) else column.chunks
    done: list[Packed] = []
    start = 0
    for chunk in chunks:
        for at in range(0, len(chunk), _SLICE):
            part = _pack(chunk.slice(at, _SLICE), start)
            done.append(part)
            start += part.size
    return Packed(
        start,
        _joined([part.rows4 for part in done], np.int64),
        _joined([part.ipv4 for part in done], IPV4),
        _joined([part.rows6 for part in done], np.int64),
        _joined([part.ipv6 for part in done], IPV6),
    )


def _joined(parts: list[Any], kind: Any) -> NDArray[Any]:  # noqa: ANN401 (arrays of several kinds)
    return np.concatenate([np.empty(0, kind), *parts]).astype(kind, copy=False)


def _pack(texts: pa.Array, start: int) -> Packed:
    usual4, usual6 = (_true(pc.match_substring_regex(texts, shape)) for shape in (_IPV4_TEXT, _IPV6_TEXT))
    rows4, rows6 = np.flatnonzero(usual4), np.flatnonzero(usual6)
    ipv4, good4 = _read_ipv4(texts.filter(pa.array(usual4)))
    ipv6, good6 = _read_ipv6(texts.filter(pa.array(usual6)))
    left = np.concatenate([np.flatnonzero(~usual4 & ~usual6), rows4[~good4], rows6[~good6]])
    one_by_one = [(row, _slowly(text)) for row in left.tolist() if (text := texts[row].as_py()) is not None]
    late4 = [(row, int(found)) for row, found in one_by_one if isinstance(found, ipaddress.IPv4Address)]
    late6 = [(row, found.packed) for row, found in one_by_one if isinstance(found, ipaddress.IPv6Address)]
    rows4, ipv4 = _merged(rows4[good4], ipv4[good4], late4, IPV4)
    rows6, ipv6 = _merged(rows6[good6], ipv6[good6], late6, IPV6)
    return Packed(len(texts), rows4 + start, ipv4, rows6 + start, ipv6)


def _true(answers: pa.Array) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pc.fill_null(answers, fill_value=False).to_numpy(zero_copy_only=False)
    return found


def _slowly(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    ip = parse_ip(text)
    return None if ip is None else ipaddress.ip_address(ip)


def _merged(
    rows: NDArray[np.int64], numbers: NDArray[Any], late: list[tuple[int, Any]], kind: np.dtype[Any]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    if not late:
        return rows, numbers
    rows = np.concatenate([rows, np.array([row for row, _ in late], np.int64)])
    numbers = np.concatenate([numbers, np.array([number for _, number in late], kind)])
    order = np.argsort(rows, kind="stable")
    return rows[order], numbers[order]


def _characters(texts: pa.Array) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Return the characters of texts in ASCII in one row, where each text begins, and how long it is."""
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    offsets = offsets.astype(np.int64)
    data = texts.buffers()[2]
    every = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return every[offsets[0] : offsets[-1]], offsets[:-1] - offsets[0], np.diff(offsets)


def _read_ipv4(texts: pa.Array) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """Return the numbers of texts that have the shape of an address, and which of them are one."""
    if not len(texts):
        return np.empty(0, np.uint32), np.empty(0, np.bool_)
    chars, starts, lengths = _characters(texts)
    dots = np.flatnonzero(chars == ord(".")).reshape(len(texts), 3)
    # Each octet ends before the next dot or the end of its text, and begins behind the last dot.
    ends = np.column_stack([dots, starts + lengths]).ravel()
    begins = np.column_stack([starts, dots + 1]).ravel()
    digits = chars.astype(np.int64) - ord("0")
    width = ends - begins
    octets = digits[ends - 1]
    octets = octets + np.where(width > 1, digits[np.maximum(ends - 2, 0)] * 10, 0)
    octets = octets + np.where(width > 2, digits[np.maximum(ends - 3, 0)] * 100, 0)
    # Text with leading zeros is not read: programs differ in what they take it for.
    good = ((octets <= 255) & ((width == 1) | (digits[begins] != 0))).reshape(-1, 4).all(axis=1)
    number = octets.reshape(-1, 4) @ np.array([1 << 24, 1 << 16, 1 << 8, 1], np.int64)
    return np.where(good, number, 0).astype(np.uint32), good


def _read_ipv6(texts: pa.Array) -> tuple[NDArray[np.bytes_], NDArray[np.bool_]]:
    """Return the octets of texts of hexadecimal digits and colons, and which of them are plainly an address."""
    count = len(texts)
    if not count:
        return np.empty(0, IPV6), np.empty(0, np.bool_)
    chars, starts, lengths = _characters(texts)
    text = np.repeat(np.arange(count, dtype=np.int32), lengths)
    colon = chars == ord(":")
    before = np.cumsum(colon, dtype=np.int32) - colon
    colons = np.bincount(text[colon], minlength=count).astype(np.int32)
    double = np.zeros(len(chars), np.bool_)
    double[:-1] = colon[:-1] & colon[1:] & (text[:-1] == text[1:])
    doubles = np.bincount(text[double], minlength=count)
    seen = np.cumsum(double, dtype=np.int32) - double
    behind = seen > seen[starts][text]
    # Groups are numbered from the start; what stands behind the two colons is counted from the end.
    group = before - before[starts].astype(np.int32)[text] + np.where(behind, 7 - colons[text], 0)
    place = np.arange(len(chars), dtype=np.int32)
    stop = np.where(colon, place, np.int32(len(chars)))
    stop = np.minimum.accumulate(stop[::-1])[::-1]
    left = np.minimum(stop, (starts + lengths).astype(np.int32)[text]) - place - 1
    first, last = chars[starts] == ord(":"), chars[starts + lengths - 1] == ord(":")
    starts_double, ends_double = double[starts], double[np.maximum(starts + lengths - 2, 0)]
    good = ((doubles == 0) & (colons == 7)) | ((doubles == 1) & (colons <= 7))
    good &= (~first | starts_double) & (~last | ends_double) & (lengths >= 2)
    good &= np.bincount(text[~colon & (left > 3)], minlength=count) == 0
    use = np.flatnonzero(~colon & good[text])
    value = _DIGIT[chars[use]] << (4 * left[use])
    slots = np.bincount(text[use] * 8 + group[use], weights=value, minlength=count * 8)
    groups = slots.astype(">u2").reshape(count, 8)
    # An IPv4 address in disguise is left to be read as what it is.
    good &= ~((groups[:, :5] == 0).all(axis=1) & (groups[:, 5] == 0xFFFF))
    return np.ascontiguousarray(groups).view(IPV6).ravel(), good
