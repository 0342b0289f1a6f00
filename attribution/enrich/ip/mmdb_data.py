"""The values in an MMDB file, looked over before maxminddb's extension reads them.

The extension trusts the file in one thing: it takes the key of a map for text whatever it is, and reads from wherever
the bytes of a number point to. One wrong octet in a file that was damaged, or made to do harm, ends the interpreter
(maxminddb 3.2.0). So nothing is read by it that has not been found sound here.
"""

from __future__ import annotations

__all__ = ["FARTHEST", "MARKER", "DataSection", "find_metadata"]

MARKER = b"\xab\xcd\xefMaxMind.com"
"""What stands before the metadata (MaxMind DB file format 2.0, "Database Metadata")."""

FARTHEST = 128 * 1024
"""Octets from the end of a file within which its metadata begin."""

_POINTER, _TEXT, _DOUBLE, _OCTETS, _UINT16, _UINT32, _MAP = range(1, 8)
_INT32, _UINT64, _UINT128, _ARRAY, _CONTAINER, _END, _BOOLEAN, _FLOAT = range(8, 16)

_NESTED = (_MAP, _ARRAY)
_OF_ANY_SIZE = (_TEXT, _OCTETS)
# The least and the most octets of the types of fixed size.
_SIZES = {
    _DOUBLE: (8, 8),
    _UINT16: (0, 2),
    _UINT32: (0, 4),
    _INT32: (0, 4),
    _UINT64: (0, 8),
    _UINT128: (0, 16),
    _FLOAT: (4, 4),
}
_DEEPEST = 32
_MOST_VALUES = 10_000
"""Values of one record, those that pointers lead to counted each time; records that are made have some dozens."""
_REMEMBERED = 1 << 18


class _UnsoundError(Exception):
    """A value is not as the format has it."""


class DataSection:
    """Values that lie one behind the other, as in the format's "Data Section".

    Args:
        octets: The file.
        start: Where the section begins; pointers are counted from here.
        end: Where it ends.
    """

    __slots__ = ("_end", "_octets", "_start", "_texts", "_values")

    def __init__(self, octets: bytes | memoryview, start: int, end: int) -> None:
        self._octets = octets
        self._start = start
        self._end = end
        self._values: dict[int, int] = {}
        self._texts: set[int] = set()

    def is_sound(self, offset: int) -> bool:
        """Say whether a value is whole and of known types, not too deep and not too large.

        Args:
            offset: From the start of the section.
        """
        try:
            return self._pointed(self._start + offset, 0) <= _MOST_VALUES
        except (_UnsoundError, IndexError):
            return False

    def _pointed(self, at: int, depth: int) -> int:
        """Return how many values there are in one that is pointed to; each is looked over once."""
        values = self._values.get(at)
        if values is None:
            if not self._start <= at < self._end:
                raise _UnsoundError
            _, values = self._value(at, depth)
            if len(self._values) >= _REMEMBERED:
                self._values.clear()
            self._values[at] = values
        return values

    def _value(self, at: int, depth: int) -> tuple[int, int]:
        """Return where a value ends, and how many values are in it, itself included."""
        octets = self._octets
        control = octets[at]
        kind, size = control >> 5, control & 31
        if kind == _POINTER:
            target, end = self._pointer(at)
            values = self._values.get(target)
            if values is None:
                if depth >= _DEEPEST or octets[target] >> 5 == _POINTER:
                    raise _UnsoundError
                values = self._pointed(target, depth + 1)
            return end, values
        at += 1
        if kind == 0:
            kind = 7 + octets[at]
            at += 1
        if size >= 29:
            more = size - 28
            size = (29, 285, 65821)[more - 1] + self._number(at, more)
            at += more
        if kind in _NESTED:
            return self._values_in(kind, size, at, depth)
        if kind == _BOOLEAN:
            size = 0
        elif kind not in _OF_ANY_SIZE:
            least, most = _SIZES.get(kind, (1, 0))
            if not least <= size <= most:
                raise _UnsoundError
        if at + size > self._end:
            raise _UnsoundError
        return at + size, 1

    def _pointer(self, at: int) -> tuple[int, int]:
        """Return where a pointer leads, and where it ends."""
        octets = self._octets
        control = octets[at]
        size, high = control >> 3 & 3, control & 7
        if size == 0:
            target = high << 8 | octets[at + 1]
        elif size == 1:
            target = (high << 16 | octets[at + 1] << 8 | octets[at + 2]) + 2048
        elif size == 2:
            target = (high << 24 | octets[at + 1] << 16 | octets[at + 2] << 8 | octets[at + 3]) + 526336
        else:
            target = self._number(at + 1, 4)
        target += self._start
        end = at + 2 + size
        if target >= self._end or end > self._end:
            raise _UnsoundError
        return target, end

    def _values_in(self, kind: int, size: int, at: int, depth: int) -> tuple[int, int]:
        if depth >= _DEEPEST:
            raise _UnsoundError
        octets, texts = self._octets, self._texts
        values = 1
        for _ in range(size):
            if kind == _MAP:
                # Nearly every key is a pointer to a text that many maps have.
                if octets[at] >> 5 == _POINTER:
                    place, at = self._pointer(at)
                    if place not in texts:
                        self._text(place)
                        if len(texts) < _REMEMBERED:
                            texts.add(place)
                else:
                    at = self._text(at)
            at, more = self._value(at, depth + 1)
            values += more
            if values > _MOST_VALUES:
                raise _UnsoundError
        return at, values

    def _text(self, at: int) -> int:
        """Return where a value ends that must be text."""
        if self._octets[at] >> 5 != _TEXT:
            raise _UnsoundError
        return self._value(at, 0)[0]

    def _number(self, at: int, size: int) -> int:
        if at + size > self._end:
            raise _UnsoundError
        return int.from_bytes(self._octets[at : at + size], "big")


def find_metadata(octets: bytes, size: int) -> int | None:
    """Return where the metadata of a file begin, None where there are none that are sound.

    Args:
        octets: The end of the file, all that is within 128 KiB of it.
        size: Octets of the whole file.
    """
    at = octets.rfind(MARKER)
    if at < 0:
        return None
    start = at + len(MARKER)
    return size - len(octets) + start if DataSection(octets, start, len(octets)).is_sound(0) else None
