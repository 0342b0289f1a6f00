"""Which files are looked at: of few all, of many evenly spaced ones and the largest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attribution.corpus.candidates import candidates
from attribution.errors import InputNotFoundError

if TYPE_CHECKING:
    from pathlib import Path


def put(folder: Path, count: int) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(count):
        (folder / f"{number:03}").write_bytes(b"x" * (5 if number == 41 else 1))


def test_few_files_are_all_looked_at_and_stand_for_themselves(tmp_path: Path) -> None:
    put(tmp_path / "a", 5)
    found = candidates([str(tmp_path / "a")], 10)
    assert [(file.member, file.stands_for) for file in found] == [(b"%03d" % number, 1_000) for number in range(5)]


def test_of_many_files_some_stand_for_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attribution.corpus.candidates._LARGEST", 1)
    put(tmp_path / "a", 81)
    found = candidates([str(tmp_path / "a")], 10)
    assert [file.member for file in found] == [b"000", b"008", b"016", b"024", b"032", b"040", b"041", b"048", b"056",
                                               b"064", b"072", b"080"]  # fmt: skip
    weights = {file.member: file.stands_for for file in found}
    assert weights.pop(b"041") == 1_000
    assert sum(weights.values()) == pytest.approx(80_000, abs=len(weights))


def test_neither_the_order_of_the_paths_nor_the_number_of_folders_matters(tmp_path: Path) -> None:
    put(tmp_path / "a", 30)
    put(tmp_path / "b", 30)
    paths = [str(tmp_path / "b"), str(tmp_path / "a" / "003"), str(tmp_path / "a")]
    assert candidates(paths, 5) == candidates(paths[::-1], 5)


def test_a_path_that_does_not_exist_raises_and_one_that_cannot_be_looked_at_gives_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError):
        candidates([str(tmp_path / "absent")], 5)
    (tmp_path / "loop").symlink_to("loop")
    assert candidates([str(tmp_path / "loop")], 5) == []
