"""A spread sample of any source."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING

import pytest

from attribution.corpus import read, sample
from attribution.corpus.mbox import head_bytes
from attribution.errors import InputNotFoundError
from attribution.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.models import RawMessage

MARK = b"From a@example.com Thu Jan  1 00:00:00 1970\n"


def mail(number: int, size: int = 0) -> bytes:
    return b"Subject: %d\n\n" % number + b"x" * size + b"\n"


def numbers(messages: list[RawMessage]) -> list[int]:
    return [int(message.data.split(b"\n", 1)[0].split()[1]) for message in messages]


def test_files_of_a_folder_are_evenly_spaced(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number:03}.eml").write_bytes(mail(number))
    assert numbers(sample(str(tmp_path), Limits(), 10)) == [0, 8, 16, 24, 40, 48, 56, 72, 80, 88]
    assert numbers(sample(str(tmp_path), Limits(), 1_000)) == list(range(100))


def test_large_files_of_a_folder_give_more_than_one(tmp_path: Path) -> None:
    for part in range(3):
        data = b"".join(MARK + mail(number) + b"\n" for number in range(part * 10, part * 10 + 10))
        (tmp_path / f"{part}.mbox").write_bytes(data)
    (tmp_path / "notes.txt").write_bytes(b"no mail")
    found = sample(str(tmp_path), Limits(), 12)
    assert numbers(found) == [0, 2, 4, 6, 10, 12, 16, 18, 20, 22, 24, 26]
    assert found[0].member == "0.mbox"


def test_messages_of_a_small_mbox_are_evenly_spaced(tmp_path: Path) -> None:
    path = tmp_path / "m"
    path.write_bytes(b"".join(MARK + mail(number) + b"\n" for number in range(50)))
    assert numbers(sample(str(path), Limits(), 5)) == [0, 8, 16, 32, 40]


def test_a_large_mbox_is_read_at_positions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attribution.corpus.sampling._WHOLE", 0)
    path = tmp_path / "m"
    path.write_bytes(b"\n" + b"".join(MARK + mail(number, 5_000) + b"\n" for number in range(100)))
    found = sample(str(path), Limits(), 4)
    assert numbers(found) == [0, 26, 51, 76]
    whole = {item.offset: item for item in read(str(path), Limits())}
    assert [whole[message.offset] for message in found] == found


def test_positions_inside_one_huge_message_give_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attribution.corpus.sampling._WHOLE", 0)
    path = tmp_path / "m"
    path.write_bytes(MARK + mail(0, 3_000_000) + b"\n" + MARK + mail(1) + b"\n")
    assert numbers(sample(str(path), Limits(), 50)) == [0, 1]


def test_a_message_beyond_the_limit_is_left_out_of_positions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attribution.corpus.sampling._WHOLE", 0)
    path = tmp_path / "m"
    path.write_bytes(MARK + mail(0, 3_000_000) + b"\n" + MARK + mail(1) + b"\n")
    assert numbers(sample(str(path), Limits(message_bytes=100_000), 5)) == [1]


def test_the_first_messages_of_a_compressed_stream_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "m.gz"
    path.write_bytes(gzip.compress(b"".join(MARK + mail(number) + b"\n" for number in range(50))))
    assert numbers(sample(str(path), Limits(), 5)) == [0, 1, 2, 3, 4]


def test_bodies_are_left_out(tmp_path: Path) -> None:
    limits = Limits(header_bytes=1_000)
    path = tmp_path / "m.eml"
    path.write_bytes(mail(0, 100_000))
    (message,) = sample(str(path), limits, 5)
    assert len(message.data) == head_bytes(limits)
    assert message.length == len(mail(0, 100_000))
    assert message.sha256 == hashlib.sha256(mail(0, 100_000)).hexdigest()


def test_nothing_gives_nothing(tmp_path: Path) -> None:
    assert sample(str(tmp_path), Limits(), 5) == []
    assert sample("-", Limits(), 5) == []
    (tmp_path / "x").write_bytes(b"")
    assert sample(str(tmp_path / "x"), Limits(), 5) == []
    assert sample(str(tmp_path / "x"), Limits(), 0) == []
    with pytest.raises(InputNotFoundError):
        sample(str(tmp_path / "absent"), Limits(), 5)
