"""The corpora beside the checkout: every message once, the same however they are packed."""

from __future__ import annotations

import hashlib
import tarfile
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from attribution.corpus import read
from attribution.limits import Limits
from attribution.models import RawMessage

if TYPE_CHECKING:
    from pathlib import Path


def messages(path: Path) -> list[RawMessage]:
    found = list(read(str(path), Limits()))
    assert [item for item in found if not isinstance(item, RawMessage)] == []
    return [item for item in found if isinstance(item, RawMessage)]


def digests(found: list[RawMessage]) -> Counter[str]:
    return Counter(hashlib.sha256(message.data).hexdigest() for message in found)


@pytest.mark.parametrize(("name", "count"), [("phishing_pot_dev", 1_503), ("spamassassin_dev", 2_044)])
def test_archive_folder_and_mbox_give_the_same_messages(shared: Path, tmp_path: Path, name: str, count: int) -> None:
    archive = shared / "corpora" / f"{name}.tar.xz"
    packed = messages(archive)
    assert len(packed) == count

    with tarfile.open(archive) as members:
        members.extractall(tmp_path, filter="data")
    unpacked = messages(tmp_path / name)
    assert digests(unpacked) == digests(packed)
    assert {f"{name}/{message.member}" for message in unpacked} == {message.member for message in packed}

    mbox = tmp_path / "all.mbox"
    with mbox.open("wb") as handle:
        for message in packed:
            end = b"" if message.data.endswith(b"\n") else b"\n"
            handle.write(b"From a@example.com Thu Jan  1 00:00:00 1970\n" + message.data + end + b"\n")
    boxed = messages(mbox)
    assert len(boxed) == count
    whole = mbox.read_bytes()
    for before, after in zip(packed, boxed, strict=True):
        assert after.data.removesuffix(b"\n") == before.data.removesuffix(b"\n")
        assert whole[after.offset : after.offset + after.length] == after.data
