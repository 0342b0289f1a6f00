"""Files opened and read without waiting, following or changing anything."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from attribution.corpus.files import open_file
from attribution.corpus.streams import Unreadable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "x.eml"
    path.write_bytes(b"0123456789")
    return path


def test_reading_counts_and_hashes_the_whole_file(given: Path) -> None:
    steps: list[int] = []
    file = open_file(os.fsencode(given), follow=False, progress=steps.append, hashed=True)
    assert file.read(4) == b"0123"
    assert file.pread(3, 8) == b"89"
    assert file.pread(1, 10) == b""
    assert file.finish() == hashlib.sha256(b"0123456789").hexdigest()
    assert sum(steps) == 10
    assert not file.changed()
    file.close()


def test_a_file_is_read_as_long_as_it_was_at_the_start(given: Path) -> None:
    file = open_file(os.fsencode(given), follow=False)
    given.write_bytes(b"0123456789 and more")
    assert file.read(100) == b"0123456789"
    assert file.read(100) == b""
    assert file.changed()
    file.close()


def test_a_link_is_followed_only_where_that_is_asked_for(given: Path) -> None:
    link = given.with_name("link")
    link.symlink_to(given)
    open_file(os.fsencode(link), follow=True).close()
    with pytest.raises(Unreadable, match="a symbolic link, which is not followed"):
        open_file(os.fsencode(link), follow=False)


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unreadable, match="a named pipe"):
        open_file(os.fsencode(tmp_path / "pipe"), follow=False)


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be opened: No such file or directory") as caught:
        open_file(os.fsencode(tmp_path / "absent"), follow=False)
    assert caught.value.status == "unreadable"
    with pytest.raises(Unreadable, match="neither a file nor a folder"):
        open_file(os.fsencode(tmp_path), follow=False)


def test_a_read_error_is_named_once(given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = open_file(os.fsencode(given), follow=False, hashed=True)

    def fail(*_: int) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "read", fail)
        patch.setattr(os, "pread", fail)
        with pytest.raises(Unreadable, match="reading failed at byte 0: Input/output error"):
            file.read(1)
        with pytest.raises(Unreadable, match="reading failed at byte 7"):
            file.pread(1, 7)
        assert file.finish() is None
    file.close()
