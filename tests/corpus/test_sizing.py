"""How much there is to read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from attribution.corpus import read, size
from attribution.errors import InputNotFoundError
from attribution.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_what_progress_adds_up_to(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"Subject: x\n\nbody\n")
    (tmp_path / "b.bin").write_bytes(b"\x01" * 300_000)
    (tmp_path / "c").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "a.eml", tmp_path / "b.bin", tmp_path / "pipe"):
        steps: list[int] = []
        list(read(str(path), Limits(), progress=steps.append))
        assert sum(steps) == size(str(path))


def test_standard_input_does_not_say() -> None:
    assert size("-") is None


def test_a_path_that_does_not_exist_raises(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError):
        size(str(tmp_path / "absent"))
