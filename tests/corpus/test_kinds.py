"""Kinds told by content."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from attribution.corpus.kinds import sniff

MAIL = b"Received: from a.example.com\nSubject: x\n\nbody\n"
MARK = b"From a@example.com Thu Jan  1 00:00:00 1970\n"


def tar(**options: int) -> bytes:
    handle = io.BytesIO()
    with tarfile.open(fileobj=handle, mode="w", **options) as archive:  # type: ignore[call-overload] # format only
        archive.addfile(tarfile.TarInfo("x/" * 55 + "y" * 50), io.BytesIO())
    return handle.getvalue()


def zip_of(name: str) -> bytes:
    handle = io.BytesIO()
    with zipfile.ZipFile(handle, "w") as archive:
        archive.writestr(name, MAIL)
    return handle.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (MAIL, "message"),
        (b"\xef\xbb\xbf" + MAIL, "message"),
        (b"\r\n\r\n" + MAIL, "message"),
        (MAIL.replace(b"\n", b"\r"), "message"),
        (b">" + MARK + MAIL, "message"),
        (b"%d   \n" % len(MAIL) + MAIL, "emlx"),
        (MARK + MAIL, "mbox"),
        (MARK + b"no header at all", "mbox"),
        (b"From nobody\n" + MAIL, "mbox"),
        (gzip.compress(b""), "gzip"),
        (bz2.compress(b""), "bzip2"),
        (bz2.compress(MAIL), "bzip2"),
        (lzma.compress(MAIL), "xz"),
        (tar(format=tarfile.USTAR_FORMAT), "tar"),
        (tar(format=tarfile.GNU_FORMAT), "tar"),
        (tar(format=tarfile.PAX_FORMAT), "tar"),
        (zip_of("x.eml"), "zip"),
        (b"PK\x05\x06" + bytes(18), "zip"),
    ],
)
def test_what_yields_mail(data: bytes, name: str) -> None:
    assert sniff(data).name == name


def test_an_mbox_may_begin_after_a_mark_and_empty_lines() -> None:
    assert sniff(b"\xef\xbb\xbf\r\n\n" + MARK + MAIL)[:2] == ("mbox", 6)


@pytest.mark.parametrize(
    ("data", "status", "detail"),
    [
        (b"", "malformed", "an empty file"),
        (b"\n\n", "malformed", "nothing but empty lines"),
        (bytes(10_240), "malformed", "nothing but zero bytes"),
        (b"Dear reader,\n\nthis is a text.\n", "malformed", "text that does not begin with a mail header"),
        (b"BMW and MZ are letters\n", "malformed", "text that does not begin with a mail header"),
        (b"From here to there\n\nand back\n", "malformed", "text that does not begin with a mail header"),
        (MAIL.decode().encode("utf-16"), "malformed", "text in UTF-16, which is no form of mail (RFC 5322 §2.1)"),
        (MAIL.decode().encode("utf-16-be"), "malformed", "text in UTF-16, which is no form of mail (RFC 5322 §2.1)"),
        (b"%PDF-1.7\n", "unsupported", "a PDF document"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "unsupported", "a 7z archive"),
        (b"Rar!\x1a\x07\x01\x00", "unsupported", "a RAR archive"),
        (b"!BDN\x00", "unsupported", "an Outlook data file (PST or OST)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "unsupported", "an OLE file (Outlook .msg or an old Office document)"),
        (b"MZ\x90\x00", "unsupported", "a Windows program"),
        (b"<!DOCTYPE html><html>", "unsupported", "an HTML page"),
        (b"\x01\x02\x03", "unsupported", "binary data of an unknown kind"),
        (zip_of("[Content_Types].xml"), "unsupported", "an Office document (Open XML)"),
        (zip_of("META-INF/MANIFEST.MF"), "unsupported", "a Java archive"),
    ],
)
def test_what_yields_none(data: bytes, status: str, detail: str) -> None:
    assert sniff(data) == ("other", 0, status, detail)
