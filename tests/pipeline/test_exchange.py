"""Tables exchanged all or none, by one command at a time."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution import CaseError, OutputError, UsageError, open_case
from attribution.case import CHANGING, MOVING
from attribution.pipeline.exchange import alone, exchanging, keep_parts
from attribution.pipeline.parts import part_path, write_part
from attribution.tables import MESSAGES, TABLES
from tests.hostile.conftest import environment
from tests.pipeline.appended import everything, files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Give the least that is a case: one empty part of each table and a run record."""
    folder = tmp_path / "case"
    for name, schema in TABLES.items():
        write_part(part_path(folder, name, 0), schema.empty_table())
    (folder / "run.json").write_text(json.dumps({"counts": {"messages": 0}, "version": "1"}), "utf-8")
    return folder


def row(key: int) -> pa.Table:
    return pa.Table.from_pylist([{"message": key, "source": "a", "offset": 0}], schema=MESSAGES)


def change(case: Path, key: int = 7) -> None:
    with exchanging(case, "test") as made:
        write_part(part_path(made.made, "messages", 0), row(key))
        made.record["version"] = "2"


def keys(case: Path) -> list[int]:
    return [int(key) for key in open_case(case).messages["message"]]


def test_tables_and_record_take_the_place_of_the_old_and_what_was_not_made_stays(case: Path) -> None:
    hops = (case / "hops" / "part-000000.parquet").stat().st_ino
    change(case)
    assert (keys(case), open_case(case).run["version"]) == ([7], "2")
    assert (case / "hops" / "part-000000.parquet").stat().st_ino == hops
    assert (case / "report.html").is_file()
    assert CHANGING not in files(case)


@pytest.mark.parametrize(
    "error", [UsageError("no"), KeyboardInterrupt(), SystemExit(), MemoryError(), ValueError("no")]
)
def test_a_change_that_fails_leaves_nothing_behind(case: Path, error: BaseException) -> None:
    before = everything(case)

    def failing() -> None:
        with exchanging(case, "test") as made:
            write_part(part_path(made.made, "messages", 0), row(7))
            made.record["version"] = "2"
            raise error

    with pytest.raises(type(error)):
        failing()
    assert everything(case) == before
    assert CHANGING not in files(case)


def test_a_change_that_is_not_wanted_after_all_changes_nothing(case: Path) -> None:
    before = everything(case)
    with exchanging(case, "test") as made:
        write_part(part_path(made.made, "messages", 0), row(7))
        made.wanted = False
    assert everything(case) == before
    assert CHANGING not in files(case)


def test_what_the_system_refuses_is_told_with_what_to_do(case: Path) -> None:
    message = r"case/messages: No space left on device\. To go on, sing$"
    with pytest.raises(OutputError, match=message), exchanging(case, "test", "sing"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(case / "messages"))


@pytest.mark.parametrize("gone", ["run.json", "messages"])
def test_what_is_left_of_a_change_that_was_killed_as_it_ended_is_taken_away(
    case: Path, gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of the change is deleted file by file: whatever is gone of it, it is no unfinished change."""

    remove = shutil.rmtree

    def killed(folder: Path, ignore_errors: bool = False) -> None:
        if folder.name == CHANGING and (folder / "run.json").exists():
            if gone == "run.json":
                (folder / "run.json").unlink()
            raise KeyboardInterrupt
        remove(folder, ignore_errors)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            change(case)
    assert keys(case) == [7]
    change(case, 8)
    assert keys(case) == [8]
    assert CHANGING not in files(case)


def test_an_exchange_that_stopped_goes_on_with_the_next_command(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(OutputError, match="give the same command again"):
            change(case)
        with pytest.raises(OutputError, match="give the same command again"):
            change(case, 8)
    assert (case / CHANGING / MOVING).read_text("utf-8") == "test"
    with pytest.raises(CaseError, match="attribution regroup"):
        open_case(case)
    with exchanging(case, "other") as made:
        assert [int(key) for key in made.case.messages["message"]] == [7]
        assert made.record["version"] == "2"


def test_half_written_files_of_a_killed_change_go_away_with_the_next(case: Path) -> None:
    for name in (".run.json.4242.tmp", ".report.html.4242.tmp"):
        (case / name).write_text("half", "utf-8")
    change(case)
    assert not [name for name in files(case) if name.endswith(".tmp")]


def test_one_command_at_a_time_has_a_case(case: Path) -> None:
    with alone(case):
        with pytest.raises(CaseError, match="another command"), exchanging(case, "test"):
            pass
        code = "import attribution, sys; attribution.regroup_case(sys.argv[1])"
        line = [sys.executable, "-c", code, str(case)]
        done = subprocess.run(line, env=environment(case), capture_output=True, check=False, timeout=60)
        assert b"another command" in done.stderr
    change(case)


def test_a_file_system_that_locks_no_folders_is_no_obstacle(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_here(*_: object) -> None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))  # as NFS says of a folder

    monkeypatch.setattr("attribution.pipeline.exchange.fcntl.flock", not_here)
    change(case)
    assert keys(case) == [7]


@pytest.mark.parametrize("name", ["missing", "file"])
def test_what_is_no_case_is_not_made_one(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(CaseError), exchanging(tmp_path / name, "test"):
        pass
    assert files(tmp_path) == {"file"}


def test_parts_that_are_kept_are_the_same_files_and_stay_when_written_over(case: Path) -> None:
    write_part(part_path(case, "messages", 0), row(5))
    with exchanging(case, "test") as made:
        assert keep_parts(made, "messages") == 1
        kept = made.made / "messages" / "part-000000.parquet"
        assert kept.samefile(case / "messages" / "part-000000.parquet")
        write_part(kept, row(6))
        assert pq.read_table(case / "messages" / "part-000000.parquet")["message"].to_pylist() == [5]
    assert keys(case) == [6]
