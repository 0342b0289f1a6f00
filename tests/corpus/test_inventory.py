"""One digest for what a source holds, that other tools can check."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attribution.corpus import Fingerprint, Inventory, fingerprint, read
from attribution.limits import Limits

if TYPE_CHECKING:
    from pathlib import Path
    from typing import NoReturn

MAIL = b"Subject: x\n\nbody\n"


def inventoried(path: str) -> Fingerprint:
    inventory = Inventory()
    for _ in read(path, Limits(), inventory=inventory):
        pass
    return inventory.result()


def test_a_file_has_its_own_hash(tmp_path: Path) -> None:
    path = tmp_path / "x.eml"
    path.write_bytes(MAIL)
    expected = Fingerprint(str(path), 1, 0, len(MAIL), hashlib.sha256(MAIL).hexdigest())
    assert fingerprint(str(path)) == expected
    assert inventoried(str(path)) == expected


def test_what_cannot_be_opened_or_listed_has_no_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.eml").write_bytes(MAIL)

    def refuse(*_: object) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("attribution.corpus.files.os.open", refuse)
    monkeypatch.setattr("attribution.corpus.folder.os.scandir", refuse)
    for path in (str(tmp_path), str(tmp_path / "x.eml")):
        assert fingerprint(path) == inventoried(path) == Fingerprint(path, 0, 1, 0, None)


def test_a_folder_in_which_a_file_cannot_be_opened_has_the_hash_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    alone = fingerprint(str(tmp_path))
    (tmp_path / "b.eml").symlink_to("a.eml")
    assert inventoried(str(tmp_path)) == replace(alone, unread=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dump"
    for name, data in {
        "b/x.eml": MAIL,
        "b.eml": MAIL + b"more",
        "a.pdf": b"%PDF-1.7 " + bytes(200_000),
        "odd\nname\\": b"",
        "z.mbox": b"From a@example.com Thu Jan  1 00:00:00 1970\n" + MAIL * 50_000,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_reading_gives_the_same_as_hashing(folder: Path) -> None:
    (folder / "link").symlink_to("b.eml")
    os.mkfifo(folder / "pipe")
    result = fingerprint(str(folder))
    assert (result.files, result.unread) == (5, 2)
    assert inventoried(str(folder)) == result


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="the command sha256sum is not there")
def test_the_digest_of_a_folder_is_that_of_the_lines_of_sha256sum(folder: Path) -> None:
    command = "find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"
    lines = subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, check=True, text=True)
    assert lines.stdout.split()[0] == fingerprint(str(folder)).sha256


def test_any_change_shows(folder: Path) -> None:
    before = fingerprint(str(folder))
    (folder / "b.eml").rename(folder / "c.eml")
    assert fingerprint(str(folder)).sha256 != before.sha256


def test_what_cannot_be_read_has_no_hash(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert fingerprint(str(tmp_path / "pipe")) == Fingerprint(str(tmp_path / "pipe"), 0, 1, 0, None)


def test_progress_adds_up_to_the_size(folder: Path) -> None:
    steps: list[int] = []
    result = fingerprint(str(folder), progress=steps.append)
    assert sum(steps) == result.size
