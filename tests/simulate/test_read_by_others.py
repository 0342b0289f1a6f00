"""Simulated mail as programs read it that know nothing of the generator: the standard library and mail-parser."""

from __future__ import annotations

import base64
import email
import email.policy
import mailbox
import re
import tarfile
from collections import Counter
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import mailparser
import pyarrow.parquet as pq
import pytest

from attribution.simulate import FORMATS, PRESETS, simulate

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage, Message
    from pathlib import Path

MESSAGES = 80
SEED = 5
PLANTED: Counter[str] = Counter()
"""Defects that the generator puts in on purpose, by reader and name: none. Forged Received lines are no defects."""


class Reading(NamedTuple):
    """What a reader makes of one message."""

    sender: str
    recipients: tuple[str, ...]
    subject: str
    seconds: float
    message_id: str
    texts: tuple[str, ...]
    files: tuple[bytes, ...]


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Return a function that gives the folder of a preset in a format."""
    base = tmp_path_factory.mktemp("read")

    def folder(preset: str, kind: str) -> Path:
        path = base / f"{preset}-{kind}"
        if not path.exists():
            simulate(preset, MESSAGES, SEED, path, format=kind, workers=1)
        return path

    return folder


def _messages(folder: Path, kind: str) -> list[bytes]:
    """Return the messages of a folder as the standard library finds them, in the order of arrival."""
    if kind == "mbox":
        box = mailbox.mbox(folder / "dump.mbox", create=False)
        try:
            return [box.get_bytes(key) for key in box.iterkeys()]
        finally:
            box.close()
    if kind == "maildir":
        entries = mailbox.Maildir(folder / "Maildir", create=False)
        return [entries.get_bytes(key) for key in sorted(entries.iterkeys())]
    if kind == "eml":
        return [path.read_bytes() for path in sorted((folder / "mail").rglob("*.eml"))]
    with tarfile.open(folder / "mail.tar.gz") as archive:
        files = [archive.extractfile(entry) for entry in archive if entry.isfile()]
        return [file.read() for file in files if file is not None]


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _in_order(texts: list[str]) -> tuple[str, ...]:
    """Return texts without what readers may differ in: the kind of line break, blanks at the ends, the order."""
    return tuple(sorted(_lines(text) for text in texts))


def _by_policy(data: bytes, found: Counter[str]) -> Reading:
    """Read a message with the standard library's newer classes, which parse the fields too."""
    parsed: EmailMessage = email.message_from_bytes(data, policy=email.policy.default)
    texts: list[str] = []
    files: list[bytes] = []
    for part in parsed.walk():
        if part.is_attachment():
            files.append(part.get_content())
        elif not part.is_multipart():
            texts.append(part.get_content())
        # Decoding adds what it finds to the defects of the part.
        found.update(f"policy part: {type(defect).__name__}" for defect in part.defects)
        found.update(f"policy field: {type(one).__name__}" for value in part.values() for one in value.defects)
    return Reading(
        parsed["from"].addresses[0].addr_spec,
        tuple(address.addr_spec for address in parsed["to"].addresses),
        str(parsed["subject"]),
        parsed["date"].datetime.timestamp(),
        str(parsed["message-id"]),
        _in_order(texts),
        tuple(files),
    )


def _by_compat32(data: bytes, found: Counter[str]) -> Reading:
    """Read a message with the standard library's older classes."""
    parsed: Message = email.message_from_bytes(data)
    texts, files = [], []
    for part in parsed.walk():
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            if part.get_content_disposition() == "attachment":
                files.append(content)
            else:
                texts.append(content.decode(part.get_content_charset("us-ascii")))
        found.update(f"compat32 part: {type(defect).__name__}" for defect in part.defects)
    return Reading(
        getaddresses([parsed["from"]])[0][1],
        tuple(address for _, address in getaddresses(parsed.get_all("to", []))),
        str(make_header(decode_header(parsed["subject"].replace("\n", "")))),
        parsedate_to_datetime(parsed["date"]).timestamp(),
        parsed["message-id"],
        _in_order(texts),
        tuple(files),
    )


def _by_mail_parser(data: bytes, found: Counter[str]) -> Reading:
    """Read a message with mail-parser."""
    parsed: Any = mailparser.parse_from_bytes(data)
    found.update(f"mail-parser: {name}" for name in parsed.defects_categories)
    found.update("mail-parser: says that there are" for _ in range(parsed.has_defects))
    texts = [*parsed.text_plain, *parsed.text_html]
    if b"iso-2022-jp" in data.lower():
        # mail-parser leaves the escape sequences of this charset as they are.
        texts = [text.encode("ascii").decode("iso2022_jp") for text in texts]
    return Reading(
        parsed.from_[0][1],
        tuple(address for _, address in parsed.to),
        parsed.subject,
        parsed.date.timestamp(),
        parsed.message_id,
        _in_order(texts),
        tuple(base64.b64decode(one["payload"]) for one in parsed.attachments),
    )


@pytest.mark.parametrize("preset", sorted(PRESETS))
@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_holds_the_messages_of_the_truth(
    folder_of: Callable[[str, str], Path], preset: str, kind: str
) -> None:
    found = _messages(folder_of(preset, kind), kind)
    assert len(found) == MESSAGES
    assert pq.read_metadata(folder_of(preset, kind) / "truth" / "messages.parquet").num_rows == MESSAGES
    # In an mbox a line of text that begins with `From ` has one more `>`; none of ours begins with one of its own.
    unquoted = [re.sub(rb"(?m)^>+(?=From )", b"", data) for data in found]
    other = "tar.gz" if kind == "eml" else "eml"
    assert unquoted == _messages(folder_of(preset, other), other)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_readers_agree_on_every_message_and_find_no_defect_that_was_not_planted(
    folder_of: Callable[[str, str], Path], preset: str
) -> None:
    found: Counter[str] = Counter()
    for data in _messages(folder_of(preset, "mbox"), "mbox"):
        reading = _by_policy(data, found)
        assert _by_compat32(data, found) == reading
        assert _by_mail_parser(data, found) == reading
    assert found == PLANTED


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_message_keeps_the_limits_of_rfc_5322_and_has_each_field_once(
    folder_of: Callable[[str, str], Path], preset: str
) -> None:
    once = ("from", "to", "subject", "date", "message-id", "mime-version", "content-type", "return-path", "reply-to")
    for data in _messages(folder_of(preset, "eml"), "eml"):
        assert b"\r" not in data
        assert b"\0" not in data
        assert max(map(len, data.split(b"\n"))) <= 998
        parsed = email.message_from_bytes(data)
        assert data.partition(b"\n\n")[0].isascii()
        assert {name: len(parsed.get_all(name, [])) for name in once[:8]} == dict.fromkeys(once[:8], 1)
        assert len(parsed.get_all(once[8], [])) <= 1


def test_a_defect_would_be_found(folder_of: Callable[[str, str], Path]) -> None:
    data = next(one for one in _messages(folder_of("thingbot-2014", "eml"), "eml") if b"multipart/" in one)
    found: Counter[str] = Counter()
    cut = data[: data.rindex(b"\n--")]
    for read in (_by_policy, _by_compat32, _by_mail_parser):
        read(cut, found)
    assert {name.partition(":")[0] for name in found} == {"policy part", "compat32 part", "mail-parser"}
