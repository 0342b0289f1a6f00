"""Folders walked: every node once, in the order of its path."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from attribution.corpus.folder import walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"Subject: x\n")


def listing(folder: Path) -> list[tuple[str, str]]:
    return [(os.fsdecode(node.member), node.detail) for node in walk(os.fsencode(folder))]


def test_files_come_in_the_byte_order_of_their_paths(tmp_path: Path) -> None:
    names = ["B", "a", "a-/x", "a.b", "b/c/d", "b/c0", "b.", ".hidden", "é"]
    put(tmp_path, *names)
    assert [name for name, _ in listing(tmp_path)] == sorted(names, key=os.fsencode)


def test_names_may_be_any_bytes(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9\n\x1b[2J"
    with open(path, "wb"):  # noqa: PTH123 - pathlib takes no bytes
        pass
    assert [node.member for node in walk(os.fsencode(tmp_path))] == [b"caf\xe9\n\x1b[2J"]


def test_the_size_is_known(tmp_path: Path) -> None:
    put(tmp_path, "a")
    assert [node.size for node in walk(os.fsencode(tmp_path))] == [11]


def test_mail_in_the_tmp_folder_of_a_maildir_is_not_delivered(tmp_path: Path) -> None:
    put(tmp_path, "cur/1:2,S", "new/2", "tmp/3", ".Sent/cur/4", ".Sent/new/5", ".Sent/tmp/6", "other/tmp/7")
    refused = [name for name, detail in listing(tmp_path) if "no delivered mail" in detail]
    assert refused == [".Sent/tmp/6", "tmp/3"]
    assert len(listing(tmp_path)) == 7


def test_links_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "d/a")
    (tmp_path / "d/up").symlink_to(tmp_path)
    (tmp_path / "itself").symlink_to(tmp_path / "itself")
    (tmp_path / "nowhere").symlink_to("absent")
    (tmp_path / "file").symlink_to("d/a")
    assert listing(tmp_path) == [
        ("d/a", ""),
        ("d/up", "a directory loop: a symbolic link to a folder that it lies in, which is not followed"),
        ("file", "a symbolic link, which is not followed; give its target as a path of its own"),
        ("itself", "a symbolic link that leads nowhere: Too many levels of symbolic links"),
        ("nowhere", "a symbolic link that leads nowhere: No such file or directory"),
    ]


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    put(tmp_path, "real/a")
    (tmp_path / "link").symlink_to("real")
    assert listing(tmp_path / "link") == [("a", "")]


def test_a_loop_of_mounts_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a/b/c")
    outer = tmp_path.stat()
    stat_of = os.stat

    def same_numbers(path: bytes) -> os.stat_result:
        return outer if path.endswith(b"/b") else stat_of(path)

    monkeypatch.setattr("attribution.corpus.folder.os.stat", same_numbers)
    assert listing(tmp_path) == [("a/b", "a directory loop: this folder lies inside itself")]


def test_pipes_and_sockets_are_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        details = dict(listing(tmp_path))
    assert details["pipe"].startswith("a named pipe")
    assert details["s"] == "a socket"


def test_a_folder_that_cannot_be_listed_is_one_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "closed/a", "open/b")
    scan = os.scandir

    def refuse(path: bytes) -> Iterator[os.DirEntry[bytes]]:
        if path.endswith(b"closed"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr("attribution.corpus.folder.os.scandir", refuse)
    assert listing(tmp_path) == [("closed", "cannot be listed: Permission denied"), ("open/b", "")]
    assert [node.status for node in walk(os.fsencode(tmp_path))] == ["unreadable", "ok"]


def test_what_vanishes_is_a_problem(tmp_path: Path) -> None:
    put(tmp_path, "a", "b")
    nodes = walk(os.fsencode(tmp_path))
    assert next(nodes).status == "ok"
    (tmp_path / "b").unlink()
    assert [node.detail for node in nodes] == ["cannot be looked at: No such file or directory"]


def test_folders_are_entered_only_so_deep(tmp_path: Path) -> None:
    put(tmp_path, "/".join("d" * 205) + "/a")
    assert [detail for _, detail in listing(tmp_path)] == ["nested deeper than 200 folders"]
