"""Everything below one path that was given: each item a message or a problem, in a fixed order."""

from __future__ import annotations

import hashlib
import logging
import os
import stat
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attribution.corpus.budget import Budget
from attribution.corpus.compressed import FORMATS, Expanded
from attribution.corpus.emlx import PLIST_HEAD, first_line, opens_property_list
from attribution.corpus.files import kind_of_node, open_file, reason
from attribution.corpus.folder import walk
from attribution.corpus.kinds import HEAD, sniff
from attribution.corpus.mbox import MboxSplitter, head_bytes
from attribution.corpus.members import MemberNames
from attribution.corpus.places import Place, shown_name, shown_path
from attribution.corpus.stdin import Spool, StandardInput
from attribution.corpus.streams import CHUNK, Buffered, Peekable, Prefix, Unreadable, read_exactly
from attribution.corpus.tar import TarReader
from attribution.corpus.zip import ZipReader
from attribution.errors import InputNotFoundError
from attribution.models import Problem, RawMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from attribution.corpus.inventory import Inventory
    from attribution.corpus.mbox import Entry
    from attribution.corpus.streams import RandomAccess, Seekable, Stream
    from attribution.corpus.zip import ZipMember
    from attribution.limits import Limits
    from attribution.models import Status

__all__ = ["Reader", "message_of", "read", "stat_given"]

_LOG = logging.getLogger(__name__)


def read(
    path: str,
    limits: Limits,
    *,
    stdin: BinaryIO | None = None,
    progress: Callable[[int], None] | None = None,
    inventory: Inventory | None = None,
) -> Iterator[RawMessage | Problem]:
    """Give every message below a path, and a problem for everything that yields none.

    Kinds are told by content: mbox (of any quoting; lengths in headers are not followed), a single message,
    Apple Mail's file of one (.emlx), gzip, bzip2 and xz of anything, tar, zip, folders (Maildir among them) of
    anything. The order is that of the bytes of the paths, inside a container that of the container. Inputs are
    opened for reading only, links inside a folder are not followed, nothing is unpacked to disk.

    Args:
        path: A file or folder, or `-` for standard input.
        limits: Caps; what one of them cuts off is `too-large`.
        stdin: What is read for `-`; None for the process's standard input.
        progress: Called with the number of bytes of the source that were read since the last call.
        inventory: Filled with hashes of the files, on the way.

    Returns:
        An iterator that never raises for what the input holds.

    Raises:
        InputNotFoundError: The path does not exist; raised by the call itself.
    """
    reader = Reader(limits, progress=progress, inventory=inventory)
    if path == "-":
        # A process whose standard input was closed has no object for it.
        own = None if sys.stdin is None else sys.stdin.buffer
        return reader.standard_input(own if stdin is None else stdin)
    return reader.given(path, stat_given(path))


def stat_given(path: str) -> os.stat_result | OSError:
    """Return the state of a path that was given, links followed, or why it cannot be had.

    Raises:
        InputNotFoundError: The path does not exist.
    """
    try:
        return os.stat(path)  # noqa: PTH116 - Path.stat would hide a null byte in the name
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        name = shown_name(os.fsencode(path))
        raise InputNotFoundError(f"{name!r} does not exist; give a file or folder, or - for standard input") from error
    except OSError as error:
        return error


@dataclass(frozen=True, slots=True)
class _Nest:
    """How deep inside containers an item lies.

    Attributes:
        archives: tar and zip archives around it.
        layers: Layers of compression around it.
        budget: Of the innermost compressed layer; None outside of any.
        seekable: Gives access at any offset to the stream that is being read, for zip.
    """

    archives: int
    layers: int
    budget: Budget | None
    seekable: Callable[[Peekable], RandomAccess]


class Reader:
    """Reads one source.

    Args:
        limits, progress, inventory: See `read`.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        progress: Callable[[int], None] | None = None,
        inventory: Inventory | None = None,
    ) -> None:
        self._limits = limits
        self._progress = progress
        self._inventory = inventory

    def given(self, path: str, status: os.stat_result | OSError) -> Iterator[RawMessage | Problem]:
        """Give what lies below a path that was given; its state comes from `stat_given`."""
        place = Place(shown_path(path))
        raw = os.fsencode(path)
        folder = not isinstance(status, OSError) and stat.S_ISDIR(status.st_mode)
        if self._inventory is not None:
            self._inventory.open(place.source, folder=folder)
        if isinstance(status, OSError):
            yield _problem(place, "unreadable", f"cannot be looked at: {reason(status)}")
        elif folder:
            yield from self._folder(raw, place)
        elif stat.S_ISREG(status.st_mode):
            yield from self.file(raw, place, b"", follow=True)
        else:
            yield _problem(place, "unsupported", kind_of_node(status.st_mode))

    def standard_input(self, handle: BinaryIO | None) -> Iterator[RawMessage | Problem]:
        """Give what standard input holds; None where there is none."""
        place = Place("-")
        if self._inventory is not None:
            self._inventory.open(place.source, folder=False)
        if handle is None:
            yield _problem(place, "unreadable", "standard input is closed")
            return
        stream = StandardInput(handle, progress=self._progress, hashed=self._inventory is not None)
        with Spool() as spool:

            def keep(rest: Peekable) -> RandomAccess:
                spool.fill(rest, self._limits.expanded_bytes)
                return spool

            items = self._stream(Peekable(stream), place, _Nest(0, 0, None, keep))
            yield from self._guarded(None, place, items)
        if self._inventory is not None:
            self._inventory.add(b"", stream.size, stream.digest())

    def file(self, path: bytes, place: Place, member: bytes, *, follow: bool) -> Iterator[RawMessage | Problem]:
        """Give what a file holds.

        Args:
            path: The file.
            place: What its items are found under.
            member: Its path inside the folder that was given, for the inventory.
            follow: It may be a link.
        """
        hashed = self._inventory is not None
        try:
            file = open_file(path, follow=follow, progress=self._progress, hashed=hashed)
        except Unreadable as error:
            if self._inventory is not None:
                self._inventory.add(member, 0, None)
            yield _problem(place, error.status, error.detail)
            return
        try:
            yield from self.content(file, place)
            digest = None
            try:
                digest = file.finish()
            except Unreadable as error:
                yield _problem(place, error.status, error.detail)
            if file.changed():
                yield _problem(place, "malformed", "the file changed while it was read")
            if self._inventory is not None:
                self._inventory.add(member, file.size, digest)
        finally:
            file.close()

    def content(self, file: Seekable, place: Place, budget: Budget | None = None) -> Iterator[RawMessage | Problem]:
        """Give what an open file holds, as far as it can be read.

        Args:
            file: The file.
            place: What its items are found under.
            budget: Counts what all compressed layers in it give together; None for no bound on that.
        """
        nest = _Nest(0, 0, budget, lambda _: file)
        yield from self._guarded(None, place, self._stream(Peekable(file), place, nest))

    def _folder(self, path: bytes, place: Place) -> Iterator[RawMessage | Problem]:
        for node in walk(path):
            inner = place.within(node.member) if node.member else place
            if node.status == "ok":
                yield from self.file(node.path, inner, node.member, follow=False)
                continue
            if self._inventory is not None:
                self._inventory.add(node.member, 0, None)
            yield _problem(inner, node.status, node.detail)

    def _stream(self, stream: Peekable, place: Place, nest: _Nest) -> Iterator[RawMessage | Problem]:
        """Give what some bytes of any kind hold."""
        kind = sniff(stream.peek(HEAD))
        match kind.name:
            case "message":
                yield self._message(stream, place)
            case "emlx":
                yield self._emlx(stream, place)
            case "mbox":
                yield from self._mbox(stream, place, kind.lead)
            case "gzip" | "bzip2" | "xz":
                yield from self._compressed(stream, place, nest, kind.name)
            case "tar" | "zip":
                if nest.archives >= self._limits.archive_depth:
                    yield self._too_deep(place)
                elif kind.name == "tar":
                    yield from self._tar(stream, place, nest)
                else:
                    yield from self._guarded((stream,), place, self._zip(stream, place, nest))
            case "other":
                yield _problem(place, kind.status, kind.detail)

    def _message(self, stream: Stream, place: Place, offset: int = 0) -> RawMessage:
        """Return all of a stream as one message."""
        most = self._limits.message_bytes
        data = read_exactly(stream, most + 1)
        if len(data) <= most:
            return RawMessage(place.source, place.member, offset, len(data), data)
        length, digest, data = len(data), hashlib.sha256(data), data[: head_bytes(self._limits)]
        while piece := stream.read(CHUNK):
            length += len(piece)
            digest.update(piece)
        return RawMessage(place.source, place.member, offset, length, data, digest.hexdigest(), "too-large")

    def _emlx(self, stream: Peekable, place: Place) -> RawMessage | Problem:
        """Return the message of an Apple Mail file; a problem where it is not sure where the message ends."""
        lead, length = first_line(stream.peek(HEAD)) or (0, 0)
        read_exactly(stream, lead)
        message = self._message(Prefix(stream, length), place, lead)
        stated = f"the {length:,} bytes that its first line gives the message"
        if message.length < length:
            return _problem(place, "malformed", f"an Apple Mail file (.emlx) with only {message.length:,} of {stated}")
        if not opens_property_list(stream.peek(PLIST_HEAD)):
            return _problem(place, "malformed", f"an Apple Mail file (.emlx) without its property list behind {stated}")
        return message

    def _mbox(self, stream: Peekable, place: Place, lead: int) -> Iterator[RawMessage | Problem]:
        splitter = MboxSplitter(self._limits, lead=lead)
        try:
            while chunk := stream.read(CHUNK):
                for entry in splitter.feed(chunk):
                    yield _item(entry, place)
            for entry in splitter.finish():
                yield _item(entry, place)
        except Unreadable as error:
            error.note(place, splitter.begin)
            raise
        finally:
            if splitter.rejected:
                _LOG.info("%d lines begin with From and divide nothing: %r", splitter.rejected, place)
                if self._inventory is not None:
                    self._inventory.rejected_from_lines += splitter.rejected

    def _compressed(self, stream: Peekable, place: Place, nest: _Nest, kind: str) -> Iterator[RawMessage | Problem]:
        if nest.layers >= self._limits.archive_depth:
            yield self._too_deep(place)
            return
        budget = Budget(self._limits, nest.budget)
        expanded = Expanded(stream, kind, budget)
        inner = _Nest(nest.archives, nest.layers + 1, budget, self._in_memory)
        yield from self._guarded((expanded, budget), place, self._stream(Peekable(expanded), place, inner))
        if expanded.surplus:
            label = FORMATS[kind].label
            yield _problem(place, "malformed", f"bytes follow the end of the {label} data; they were not read")

    def _tar(self, stream: Peekable, place: Place, nest: _Nest) -> Iterator[RawMessage | Problem]:
        reader = TarReader(stream)
        inner = _Nest(nest.archives + 1, nest.layers, nest.budget, self._in_memory)
        yield from self._guarded((reader,), place, self._tar_members(reader, place, inner))

    def _tar_members(self, reader: TarReader, place: Place, nest: _Nest) -> Iterator[RawMessage | Problem]:
        names = MemberNames(reader, self._limits)
        for member in reader:
            inner = names.place(place, member.name)
            if member.kind == "other":
                yield _problem(inner, "unsupported", member.detail)
            elif member.kind == "file":
                # Its layers end with the archive: what is left to do is to name the member in the problem.
                yield from self._guarded((), inner, self._stream(Peekable(member.content), inner, nest))

    def _zip(self, stream: Peekable, place: Place, nest: _Nest) -> Iterator[RawMessage | Problem]:
        file = nest.seekable(stream)
        reader = ZipReader(file)
        budget = Budget(self._limits, nest.budget)
        budget.take(file.size)
        inner = _Nest(nest.archives + 1, nest.layers, budget, self._in_memory)
        yield from self._guarded((reader, budget), place, self._zip_members(reader, place, inner, budget))

    def _zip_members(
        self, reader: ZipReader, place: Place, nest: _Nest, budget: Budget
    ) -> Iterator[RawMessage | Problem]:
        names = MemberNames(reader, self._limits)
        for member in reader:
            inner = names.place(place, member.name)
            refusal = member.refusal()
            if member.folder:
                continue
            if refusal is not None:
                yield _problem(inner, "unsupported", refusal)
            else:
                yield from self._guarded((member,), inner, self._zip_member(reader, member, inner, nest, budget))

    def _zip_member(
        self, reader: ZipReader, member: ZipMember, place: Place, nest: _Nest, budget: Budget
    ) -> Iterator[RawMessage | Problem]:
        content = reader.open(member, self._limits, budget)
        yield from self._stream(Peekable(content), place, nest)

    def _in_memory(self, stream: Peekable) -> RandomAccess:
        """Hold a zip archive that lies inside another container."""
        most = self._limits.message_bytes
        data = read_exactly(stream, most + 1)
        if len(data) > most:
            detail = f"a zip archive of more than {most:,} bytes inside another container; give it by itself"
            raise Unreadable(stream, "too-large", detail)
        return Buffered(data)

    def _too_deep(self, place: Place) -> Problem:
        depth = self._limits.archive_depth
        return _problem(place, "too-large", f"nested deeper than {depth} containers; not opened")

    @staticmethod
    def _guarded(
        layers: tuple[object, ...] | None, place: Place, items: Iterator[RawMessage | Problem]
    ) -> Iterator[RawMessage | Problem]:
        """Give items until one of these layers (None: any) cannot be read on, then the problem that says so."""
        try:
            yield from items
        except Unreadable as error:
            error.note(place)
            if layers is not None and not any(error.layer is layer for layer in layers):
                raise
            at = error.place or place
            yield Problem(at.source, at.member, error.offset, error.status, error.detail)


def message_of(entry: Entry, place: Place) -> RawMessage:
    """Return an entry of the mbox that lies at a place as a message."""
    return RawMessage(
        place.source,
        place.member,
        entry.offset,
        entry.length,
        entry.data,
        entry.sha256,
        "ok" if entry.sha256 is None else "too-large",
    )


def _item(entry: Entry, place: Place) -> RawMessage | Problem:
    if not entry.length:
        return Problem(place.source, place.member, entry.offset, "malformed", "an mbox entry without content")
    return message_of(entry, place)


def _problem(place: Place, status: Status, detail: str) -> Problem:
    return Problem(place.source, place.member, None, status, detail)
