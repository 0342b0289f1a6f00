"""A spread sample of any sources: each message counts alike, whatever it lies in and whatever lies beside it."""

from __future__ import annotations

import gzip
import io
import os
import random
import tarfile
import zipfile
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from attribution.corpus import Sampled, read, sample
from attribution.corpus.mbox import head_bytes
from attribution.errors import InputNotFoundError
from attribution.limits import Limits
from attribution.models import RawMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

MARK = b"From a@example.com Thu Jan  1 00:00:00 1970\n"
NOISE = random.Random(1).randbytes(3_000_000)  # noqa: S311 - noise that is the same each time


def mail(number: int, size: int = 0) -> bytes:
    return b"Subject: %d\n\n" % number + b"x" * size + b"\n"


def mbox(numbers: Iterable[int], size: int = 0) -> bytes:
    return b"".join(MARK + mail(number, size) + b"\n" for number in numbers)


def tar_of(members: Iterable[tuple[str, bytes]]) -> bytes:
    handle = io.BytesIO()
    with tarfile.open(fileobj=handle, mode="w") as archive:
        for name, data in members:
            item = tarfile.TarInfo(name)
            item.size = len(data)
            archive.addfile(item, io.BytesIO(data))
    return handle.getvalue()


def zip_of(members: Iterable[tuple[str, bytes]]) -> bytes:
    handle = io.BytesIO()
    with zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return handle.getvalue()


def single(numbers: Iterable[int]) -> list[tuple[str, bytes]]:
    return [(f"{number:04}.eml", mail(number)) for number in numbers]


def numbers(messages: list[Sampled]) -> list[int]:
    return [int(message.data.split(b"\n", 1)[0].split()[1]) for message in messages]


def sampled(path: Path, count: int, limits: Limits | None = None) -> list[int]:
    return numbers(sample([str(path)], limits or Limits(), count))


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let only so many bytes be read whole."""
    return lambda size: monkeypatch.setattr("attribution.corpus.sampling._BYTES", size)


def test_files_of_a_folder_are_evenly_spaced(tmp_path: Path) -> None:
    for name, data in single(range(100)):
        (tmp_path / name).write_bytes(data)
    assert sampled(tmp_path, 10) == [9, 19, 29, 39, 49, 59, 69, 79, 89, 99]
    assert sampled(tmp_path, 1_000) == list(range(100))


def test_messages_of_an_mbox_are_evenly_spaced(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(mbox(range(50)))
    assert sampled(tmp_path / "m", 5) == [0, 10, 20, 30, 40]
    (found, *_) = sample([str(tmp_path / "m")], Limits(), 5)
    assert found == Sampled(str(tmp_path / "m"), None, len(MARK), mail(0))


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(mbox(range(400))),
        tar_of(single(range(400))),
        zip_of(single(range(400))),
        gzip.compress(tar_of([("box", mbox(range(200))), *single(range(200, 400))])),
        zip_of([("box.gz", gzip.compress(mbox(range(400))))]),
    ],
    ids=["gz", "tar", "zip", "tar.gz", "gz in zip"],
)
def test_messages_of_a_container_are_evenly_spaced(tmp_path: Path, packed: bytes) -> None:
    (tmp_path / "m").write_bytes(packed)
    assert sampled(tmp_path / "m", 8) == [0, 50, 100, 150, 200, 250, 300, 350]


def test_each_file_gives_as_many_as_its_share_of_the_messages_whatever_its_form(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(tar_of(single(range(600)))))
    (tmp_path / "b.mbox").write_bytes(mbox(range(1_000, 1_300), size=2_000))
    for name, data in single(range(2_000, 2_100)):
        (tmp_path / name).write_bytes(data)
    shares = Counter(number // 1_000 for number in sampled(tmp_path, 100))
    assert shares == {0: 60, 1: 30, 2: 10}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("backup.img", NOISE),
        ("sparse.img", None),
        ("backup.img.gz", gzip.compress(NOISE, 1)),
        ("disk.tar", tar_of([("disk", NOISE)])),
        ("disk.zip", zip_of([("disk", NOISE)])),
        ("film.mp4", b"\0\0\0\x20ftypmp42" + NOISE),
    ],
)
@pytest.mark.parametrize("whole", [1 << 27, 1 << 20])
def test_what_holds_no_mail_takes_no_share_however_large(
    tmp_path: Path, name: str, data: bytes | None, whole: int, tight: Callable[[int], None]
) -> None:
    tight(whole)
    (tmp_path / "alone").mkdir()
    (tmp_path / "beside").mkdir()
    for folder in ("alone", "beside"):
        (tmp_path / folder / "m.mbox").write_bytes(mbox(range(500), size=500))
    with (tmp_path / "beside" / name).open("wb") as handle:
        if data is None:
            handle.truncate(3_000_000_000)
        else:
            handle.write(data)
    alone, beside = sampled(tmp_path / "alone", 400), sampled(tmp_path / "beside", 400)
    assert beside == alone
    assert len(beside) == 400
    separate = [str(tmp_path / "beside" / name), str(tmp_path / "alone" / "m.mbox")]
    assert numbers(sample(separate, Limits(), 400)) == alone


def test_a_huge_message_takes_the_share_of_one(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"Subject: 9999\nX-Pad: " + b"x" * 3_000_000 + b"\n\n")
    (tmp_path / "b.mbox").write_bytes(MARK + b"Subject: 9998\nX-Pad: " + b"x" * 3_000_000 + b"\n\n")
    (tmp_path / "m.mbox").write_bytes(mbox(range(100)))
    assert sampled(tmp_path, 1_000) == [9999, 9998, *range(100)]
    found = sampled(tmp_path, 51)
    assert len(found) == 51
    assert len(set(found) & set(range(100))) >= 49


def test_a_huge_message_takes_the_share_of_one_where_only_positions_are_looked_at(
    tmp_path: Path, tight: Callable[[int], None]
) -> None:
    tight(100_000)
    (tmp_path / "b.mbox").write_bytes(MARK + b"Subject: 9998\nX-Pad: " + b"x" * 3_000_000 + b"\n\n")
    (tmp_path / "m.mbox").write_bytes(mbox(range(100), size=2_000))
    found = sampled(tmp_path, 50)
    assert len(found) == 50
    assert len(set(found) & set(range(100))) >= 48


def test_what_a_file_does_not_give_is_asked_of_the_others(tmp_path: Path, tight: Callable[[int], None]) -> None:
    """Most positions in the one lie in its last message, which is huge, and behind them none begins."""
    tight(100_000)
    huge = MARK + b"Subject: 9998\nX-Pad: " + b"x" * 3_000_000 + b"\n\n"
    (tmp_path / "a.mbox").write_bytes(mbox(range(1_000, 1_200), size=2_000) + huge)
    (tmp_path / "b.mbox").write_bytes(mbox(range(100), size=2_000))
    found = sampled(tmp_path, 50)
    assert len(set(found)) == 50
    assert 0 < len([number for number in found if number >= 1_000]) < 20


def test_a_large_mbox_among_very_many_small_files_gives_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attribution.corpus.candidates._LARGEST", 2)
    for name, data in single(range(400)):
        (tmp_path / name).write_bytes(data)
    (tmp_path / "0001z.mbox").write_bytes(mbox(range(1_000, 2_200)))
    shares = Counter(number // 1_000 for number in sampled(tmp_path, 40))
    assert (shares[0], shares[1] + shares[2]) == (10, 30)


def test_where_few_of_very_many_files_are_mail_all_that_is_found_is_taken(tmp_path: Path) -> None:
    for number in range(300):
        data = mail(number) if number % 3 == 0 else b"\x89PNG\r\n\x1a\n" + bytes(50)
        (tmp_path / f"{number:04}").write_bytes(data)
    assert len(sampled(tmp_path, 100)) == 100


def test_a_large_mbox_is_read_at_positions(tmp_path: Path, tight: Callable[[int], None]) -> None:
    tight(100_000)
    path = tmp_path / "m"
    path.write_bytes(b"\n" + mbox(range(100), size=5_000))
    found = sample([str(path)], Limits(), 4)
    assert numbers(found) == [0, 26, 51, 76]
    whole = {item.offset: item for item in read(str(path), Limits()) if isinstance(item, RawMessage)}
    assert [whole[message.offset].data for message in found] == [message.data for message in found]


def test_positions_inside_one_huge_message_give_it_once(tmp_path: Path, tight: Callable[[int], None]) -> None:
    tight(100_000)
    (tmp_path / "m").write_bytes(MARK + mail(0, 3_000_000) + b"\n" + MARK + mail(1) + b"\n")
    assert sampled(tmp_path / "m", 50) == [0, 1]
    assert sampled(tmp_path / "m", 50, Limits(message_bytes=100_000)) == [0, 1]


def test_of_a_container_that_is_too_large_the_first_part_is_sampled(
    tmp_path: Path, tight: Callable[[int], None]
) -> None:
    tight(200_000)
    (tmp_path / "m.tar.gz").write_bytes(gzip.compress(tar_of((f"{n}", mail(n, 5_000)) for n in range(500))))
    found = sampled(tmp_path / "m.tar.gz", 5)
    assert len(found) == 5
    assert found[0] == 0
    assert 20 <= found[-1] < 40


def test_a_container_of_which_only_a_part_is_read_still_counts_for_the_whole(
    tmp_path: Path, tight: Callable[[int], None]
) -> None:
    tight(1_000_000)
    (tmp_path / "m.tar").write_bytes(tar_of((f"{n}", mail(n, 5_000)) for n in range(900)))
    for name, data in single(range(1_000, 1_100)):
        (tmp_path / name).write_bytes(data)
    shares = Counter(number // 1_000 for number in sampled(tmp_path, 50))
    assert shares == {0: 45, 1: 5}


def test_the_work_is_bounded_however_much_there_is(
    tmp_path: Path, tight: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tight(1_000_000)
    (tmp_path / "bomb.tar").write_bytes(tar_of([(f"{n}.gz", gzip.compress(bytes(1 << 20))) for n in range(200)]))
    (tmp_path / "m.mbox").write_bytes(mbox(range(3_000), size=2_000))
    (tmp_path / "m.tar").write_bytes(tar_of((f"{n}", mail(n, 5_000)) for n in range(1_000)))
    (tmp_path / "one.eml").write_bytes(mail(1, 5_000_000))
    taken = 0
    for name in ("read", "pread"):
        plain = getattr(os, name)

        def counted(descriptor: int, *more: int, plain: Callable[..., bytes] = plain) -> bytes:
            nonlocal taken
            data = plain(descriptor, *more)
            taken += len(data)
            return data

        monkeypatch.setattr(f"attribution.corpus.files.os.{name}", counted)
    assert len(sampled(tmp_path, 20)) == 20
    assert taken < 2 * 1_000_000 + 4 * 300_000 + 20 * 70_000


@pytest.mark.parametrize("whole", [1 << 27, 50_000])
def test_the_order_of_the_paths_changes_nothing(tmp_path: Path, whole: int, tight: Callable[[int], None]) -> None:
    tight(whole)
    for part in range(3):
        (tmp_path / f"{part}.mbox").write_bytes(mbox(range(part * 100, part * 100 + 60 + part), size=1_000))
    (tmp_path / "f").mkdir()
    for name, data in single(range(900, 950)):
        (tmp_path / "f" / name).write_bytes(data)
    paths = [str(tmp_path / name) for name in ("2.mbox", "f", "0.mbox", "1.mbox")]
    found = sample(paths, Limits(), 40)
    assert len(found) == 40
    assert sample(paths[::-1], Limits(), 40) == found


def test_bodies_are_left_out(tmp_path: Path) -> None:
    limits = Limits(header_bytes=1_000)
    (tmp_path / "m.eml").write_bytes(mail(0, 100_000))
    (message,) = sample([str(tmp_path / "m.eml")], limits, 5)
    assert len(message.data) == head_bytes(limits)
    assert len(sample([str(tmp_path / "m.eml")], Limits(), 5)[0].data) == 64 * 1024


def test_nothing_gives_nothing(tmp_path: Path) -> None:
    assert sample([], Limits(), 5) == []
    assert sample([str(tmp_path)], Limits(), 5) == []
    assert sample(["-"], Limits(), 5) == []
    (tmp_path / "x").write_bytes(b"")
    assert sample([str(tmp_path / "x")], Limits(), 5) == []
    (tmp_path / "m").write_bytes(mail(1))
    assert sample([str(tmp_path / "m")], Limits(), 0) == []
    with pytest.raises(InputNotFoundError):
        sample([str(tmp_path / "absent")], Limits(), 5)


def test_what_cannot_be_opened_or_read_gives_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.mbox").write_bytes(mbox(range(3)))
    (tmp_path / "b.eml").write_bytes(mail(7))

    def refuse(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr("attribution.corpus.files.os.pread", refuse)
        assert sampled(tmp_path, 5) == []
    with monkeypatch.context() as patch:
        patch.setattr("attribution.corpus.files.os.open", refuse)
        assert sampled(tmp_path, 5) == []
    with monkeypatch.context() as patch:
        patch.setattr("attribution.corpus.files.os.read", refuse)
        assert sampled(tmp_path, 5) == [7]
