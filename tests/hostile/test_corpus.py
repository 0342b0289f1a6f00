"""Sources that lie, change or forbid: every byte has its message, and nothing is changed (C.5, 11, 12, 16, 17)."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attribution import Limits, analyze
from attribution.corpus import read
from attribution.models import RawMessage
from tests.hostile.payloads import message

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.conftest import Reading, Run

MARK = b"From ann@example.net Mon Jan  5 10:00:00 2026\n"
MAIL = message()


LINES = st.sampled_from(
    [
        *(
            MARK,
            MARK.replace(b"\n", b"\r\n"),
            b"From x\n",
            b">From y\n",
            b">>From z\n",
            b"From \n",
            b"From",
            b"\nFrom ",
        ),
        *(b"\n", b"\r\n", b"\r", b"\n\n", b"Subject: x\n", b"Content-Length: 0\n", b"Content-Length: 99999999\n"),
        *(b"Content-Length: -1\n", b"Lines: 3\n", b"text\n", b"\0", b"\xff" * 50, b"x" * 9_000 + b"\n", MAIL),
    ]
)


@given(st.lists(LINES, max_size=30).map(b"".join))
@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_byte_of_an_mbox_is_framing_or_of_one_message(reading: Reading, text: bytes) -> None:
    data = MARK + text
    at = 0
    for item in reading(data):
        if not isinstance(item, RawMessage):
            continue
        between = data[at : item.offset]
        assert all(line.startswith((b"From ", b"\n", b"\r\n")) for line in between.splitlines(keepends=True))
        assert data[item.offset : item.offset + item.length] == item.data
        at = item.offset + item.length
    assert all(line.startswith((b"From ", b"\n", b"\r\n")) for line in data[at:].splitlines(keepends=True))


def test_lengths_that_lie_hide_no_message(reading: Reading) -> None:
    first = MAIL.replace(b"\n\nbody", b"\nContent-Length: 1000000\n\nbody")
    found = reading(MARK + first + b"\n" + MARK + MAIL + b"\n" + MARK + MAIL)
    assert [item.data for item in found if isinstance(item, RawMessage)] == [first, MAIL, MAIL]


def state(folder: Path) -> dict[bytes, tuple[int, int, str]]:
    return {
        os.fsencode(path): (path.stat().st_mtime_ns, path.stat().st_mode, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_run_leaves_its_input_as_it_was(samples: Path, tmp_path: Path) -> None:
    given = tmp_path / "mail"
    for source in sorted((samples / "mail").rglob("*")):
        if source.is_file():
            copy = given / source.relative_to(samples / "mail")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
            copy.chmod(0o444)
            os.utime(copy, (1, 1))
    folders = {path: path.stat().st_mtime_ns for path in given.rglob("*") if path.is_dir()}
    before = state(given)
    case = analyze(given, out=tmp_path / "case", workers=1)
    assert len(case.messages) > 300
    assert state(given) == before
    assert {path: path.stat().st_mtime_ns for path in folders} == folders


def test_a_pipe_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.eml").write_bytes(MAIL)
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.extend(read(str(tmp_path), Limits())), daemon=True)
    thread.start()
    thread.join(30)
    assert len(found) == 2


def test_what_may_not_be_read_has_a_row(run: Run, unprivileged: tuple[str, ...], tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "a.eml").write_bytes(MAIL)
    (folder / "b.eml").write_bytes(MAIL)
    (folder / "b.eml").chmod(0)
    (folder / "c").mkdir(mode=0)
    done = run("analyze", "mail", "--out", "case", "--workers", 1, "--json", before=unprivileged)
    assert done.returncode == 0, done.stderr.decode()
    summary = json.loads(done.stdout)
    assert (summary["messages"], summary["problem_statuses"]) == (1, {"unreadable": 2})


def test_a_named_path_that_may_not_be_read_is_told_by_the_exit_code(
    run: Run, unprivileged: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    (tmp_path / "b.eml").write_bytes(MAIL)
    (tmp_path / "b.eml").chmod(0)
    (tmp_path / "c").mkdir(mode=0)
    done = run("analyze", "b.eml", "a.eml", "c", "--out", "case", "--workers", 1, "--json", before=unprivileged)
    assert done.returncode == 3, done.stderr.decode()
    assert b"b.eml could not be read: cannot be opened: Permission denied\n" in done.stderr
    assert b"c could not be read: cannot be listed: Permission denied\n" in done.stderr
    summary = json.loads(done.stdout)
    assert (summary["messages"], summary["problem_statuses"]) == (1, {"unreadable": 2})
    assert [source["sha256"] is None for source in summary["sources"]] == [True, False, True]


def test_a_loop_of_links_on_the_command_line_is_told_by_the_exit_code(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.eml").write_bytes(MAIL)
    (tmp_path / "more" / "loop").symlink_to("loop")
    done = run("analyze", "a.eml", "more/loop", "--out", "case", "--workers", 1)
    assert done.returncode == 3, done.stderr.decode()
    said = b"more/loop could not be read: cannot be looked at: Too many levels of symbolic links\n"
    assert said in done.stderr
    assert b"unreadable" in done.stdout
    again = run("analyze", "more/b.eml", "more/loop", "--append", "case", "--workers", 1)
    assert again.returncode == 3, again.stderr.decode()
    assert said in again.stderr
    assert run("analyze", "more", "--append", "case", "--workers", 1).returncode == 0  # it was found, not named


def test_where_no_named_path_can_be_read_there_is_no_case(run: Run, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    done = run("analyze", "loop", "--out", "case", "--workers", 1)
    assert done.returncode == 4
    assert b"cannot be looked at: Too many levels of symbolic links" in done.stderr
    assert not (tmp_path / "case").exists()


def test_a_run_over_a_file_that_grows_ends_well(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "a.mbox").write_bytes((MARK + MAIL + b"\n") * 2_000)
    stop = threading.Event()

    def disturb() -> None:
        while not stop.wait(0.002):
            with (folder / "a.mbox").open("ab") as handle:
                handle.write(MARK + MAIL + b"\n")

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        done = run("analyze", "mail", "--out", "case", "--workers", 2)
    finally:
        stop.set()
        thread.join()
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert b"changed while it was read" in done.stdout
