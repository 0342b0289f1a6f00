"""What kind of thing some bytes are, told from the bytes alone and never from a name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from attribution.corpus.emlx import first_line
from attribution.corpus.opening import opens_with_header
from attribution.corpus.postmark import WINDOW, from_line_length
from attribution.corpus.tar import is_tar_header

if TYPE_CHECKING:
    from attribution.models import Status

__all__ = ["HEAD", "Kind", "KindName", "sniff"]

HEAD = 64 * 1024
"""Bytes from the start that are looked at."""

KindName = Literal["mbox", "message", "emlx", "gzip", "bzip2", "xz", "tar", "zip", "other"]


class Kind(NamedTuple):
    """What some bytes are.

    Attributes:
        name: The kind; `other` for what yields no mail.
        lead: Bytes before the first `From ` line of an mbox (byte order mark, empty lines), or before the message of an
            Apple Mail file.
        status: For `other`: `unsupported` for a kind of its own, `malformed` for what should have been mail.
        detail: For `other`: what it is, for a person.
    """

    name: KindName
    lead: int = 0
    status: Status = "ok"
    detail: str = ""


_CONTAINERS: tuple[tuple[bytes, KindName], ...] = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)
# Magic of a block, and of the end of a stream that holds none.
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"!BDN", "an Outlook data file (PST or OST)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an OLE file (Outlook .msg or an old Office document)"),
    (b"\x78\x9f\x3e\x22", "a TNEF attachment (winmail.dat)"),
    (b"\xcf\xad\x12\xfe", "an Outlook Express folder (DBX)"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"\x04\x22\x4d\x18", "LZ4 data"),
    (b"\x1f\x9d", "data of Unix compress (.Z)"),
    (b"\x5d\x00\x00", "data in the old LZMA format"),
    (b"LZIP\x01", "lzip data"),
    (b"MSCF", "a Windows cabinet"),
    (b"PK\x07\x08", "part of a zip archive of several volumes"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet table"),
    (b"\x7fELF", "a Linux program"),
    (b"MZ", "a Windows program"),
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"\x00\x00\x00\x01Bud1", "a Finder folder record (.DS_Store)"),
    (b"<?xml", "an XML document"),
)
_WEB_PAGE = re.compile(rb"\s{0,64}<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_DOCUMENT_MEMBERS: tuple[tuple[bytes, str], ...] = (
    (b"[Content_Types].xml", "an Office document (Open XML)"),
    (b"_rels/.rels", "an Office document (Open XML)"),
    (b"docProps/", "an Office document (Open XML)"),
    (b"mimetype", "an OpenDocument or EPUB document"),
    (b"META-INF/", "a Java archive"),
    (b"AndroidManifest.xml", "an Android package"),
)
_UTF8_MARK = b"\xef\xbb\xbf"
_SHORT_MAGIC = 3
_UTF16 = re.compile(rb"\xff\xfe|\xfe\xff|(?:[\t\n\r -~]\x00){4}|(?:\x00[\t\n\r -~]){4}")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def sniff(head: bytes) -> Kind:
    """Tell the kind of some bytes from their start.

    Args:
        head: The first `HEAD` bytes, or all when there are fewer.
    """
    if not head:
        return Kind("other", 0, "malformed", "an empty file")
    for magic, name in _CONTAINERS:
        if head.startswith(magic):
            return _zip_kind(head) if name == "zip" else Kind(name)
    if _BZIP2.match(head):
        return Kind("bzip2")
    if is_tar_header(head[:512]):
        return Kind("tar")
    text = head.removeprefix(_UTF8_MARK).lstrip(b"\r\n")
    if not text:
        return Kind("other", 0, "malformed", "nothing but empty lines")
    if text.startswith(b"From ") and from_line_length(text[:WINDOW]) is not None:
        return Kind("mbox", len(head) - len(text))
    if opens_with_header(text):
        return Kind("message")
    if found := first_line(head):
        return Kind("emlx", found[0])
    return _other(head, text)


def _zip_kind(head: bytes) -> Kind:
    """Tell a zip archive from a document that is stored as one, by the name of its first member."""
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")] if head.startswith(b"PK\x03\x04") else b""
    for member, label in _DOCUMENT_MEMBERS:
        if name == member or (member.endswith(b"/") and name.startswith(member)):
            return Kind("other", 0, "unsupported", label)
    return Kind("zip")


def _other(head: bytes, text: bytes) -> Kind:
    binary = _BINARY.search(head) is not None
    for magic, label in _FOREIGN:
        # Two or three letters may as well begin a text.
        if head.startswith(magic) and (binary or len(magic) > _SHORT_MAGIC):
            return Kind("other", 0, "unsupported", label)
    if _WEB_PAGE.match(text):
        return Kind("other", 0, "unsupported", "an HTML page")
    if _UTF16.match(head):
        return Kind("other", 0, "malformed", "text in UTF-16, which is no form of mail (RFC 5322 §2.1)")
    if not head.strip(b"\0"):
        return Kind("other", 0, "malformed", "nothing but zero bytes")
    if binary:
        return Kind("other", 0, "unsupported", "binary data of an unknown kind")
    return Kind("other", 0, "malformed", "text that does not begin with a mail header")
