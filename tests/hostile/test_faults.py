"""Workers that die, killed runs, full disks: one message is lost for one fault, no file is half (C.5, 18 to 20)."""

from __future__ import annotations

import hashlib
import importlib
import random
import resource
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psutil
import pyarrow.parquet as pq
import pytest

from attribution import Limits, analyze, open_case
from attribution.pipeline import analysis
from tests.hostile.conftest import command, environment
from tests.hostile.payloads import message

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.conftest import Run

STAGE = """
import os, signal, time
from attribution import headers
from attribution.pipeline import batch

read_block = headers.read_block

def poisoned(data, limits):
    if b"X-Poison: segv" in data:
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"X-Poison: kill" in data:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"X-Poison: hang" in data:
        while True:
            pass
    if b"X-Poison: memory" in data:
        bytearray(1 << 40)
    if b"X-Poison: depth" in data:
        return poisoned(data, limits)
    return read_block(data, limits)

def process_batch(number, items, lost):
    headers.read_block = poisoned
    return batch.process_batch(number, items, lost)
"""
POISONS = {3: "segv", 4: "kill", 7: "hang", 8: "memory", 10: "depth"}
STATUSES = {"segv": "crashed", "kill": "crashed", "hang": "timeout", "memory": "crashed", "depth": "crashed"}


def write_mail(folder: Path, count: int, poisons: dict[int, str] | None = None) -> Path:
    folder.mkdir()
    for number in range(count):
        poison = (poisons or {}).get(number)
        field = b"" if poison is None else f"X-Poison: {poison}\n".encode()
        (folder / f"{number:04d}.eml").write_bytes(message(subject=b"number %d" % number, fields=field))
    return folder


def rows(case: Path, table: str) -> dict[str, Any]:
    part = open_case(case).table(table).to_pylist()
    return {row["member"]: {**row, "campaign": None} for row in part}


def digests(case: Path) -> dict[str, str]:
    parts = sorted(case.glob("*/part-*.parquet"))
    return {str(part.relative_to(case)): hashlib.sha256(part.read_bytes()).hexdigest() for part in parts}


def test_each_message_that_harms_its_worker_is_lost_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "poisoned_stage_of_a_test.py").write_text(STAGE)
    monkeypatch.syspath_prepend(tmp_path / "code")
    mail = write_mail(tmp_path / "mail", 12, POISONS)
    limits = replace(Limits(), batch_messages=6, message_seconds=0.5)
    clean = analyze(mail, out=tmp_path / "clean", workers=1, limits=limits)
    stage = importlib.import_module("poisoned_stage_of_a_test")
    monkeypatch.setattr(analysis, "process_batch", stage.process_batch)
    case = analyze(mail, out=tmp_path / "case", workers=1, limits=limits)
    problems = {row["member"]: row["status"] for row in rows(case.path, "problems").values()}
    assert problems == {f"{number:04d}.eml": STATUSES[poison] for number, poison in POISONS.items()}
    kept = rows(case.path, "messages")
    whole = rows(clean.path, "messages")
    assert kept == {member: row for member, row in whole.items() if member not in problems}
    assert case.run["worker_faults"] > 0


KILLED = """
import os, signal, sys
from dataclasses import replace
import attribution

mail, out, stop = sys.argv[1], sys.argv[2], int(sys.argv[3])
seen = 0

def count(event, arguments):
    global seen
    if event in ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.truncate", "shutil.rmtree"):
        if any(isinstance(item, str) and item.startswith(out) for item in map(os.fsdecode, filter(named, arguments))):
            seen += 1
            if seen == stop:
                os.kill(os.getpid(), signal.SIGKILL)

def named(item):
    return isinstance(item, (str, bytes, os.PathLike))

sys.addaudithook(count)
attribution.analyze(mail, out=out, workers=1, limits=replace(attribution.Limits(), batch_messages=8))
print(seen)
"""
POINTS = 5


def test_a_run_that_is_killed_anywhere_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    mail = write_mail(tmp_path / "mail", 40)
    limits = replace(Limits(), batch_messages=8)

    def start(out: Path, stop: int) -> subprocess.CompletedProcess[bytes]:
        line = [sys.executable, "-c", KILLED, str(mail), str(out), str(stop)]
        return subprocess.run(line, env=environment(tmp_path), capture_output=True, check=False, timeout=120)

    whole = start(tmp_path / "whole", 0)
    assert whole.returncode == 0, whole.stderr.decode()
    events = int(whole.stdout)
    expected = digests(tmp_path / "whole")
    files = {path.name for path in (tmp_path / "whole").iterdir()}
    for number, stop in enumerate(sorted(random.Random(7).sample(range(2, events + 1), POINTS))):  # noqa: S311 (repeatable, not secret)
        out = tmp_path / f"case{number}"
        assert start(out, stop).returncode == -9, stop
        for part in out.rglob("part-*.parquet"):
            pq.read_table(part)
        if not (out / "run.json").exists():
            analyze(mail, out=out, workers=1, limits=limits, resume=True)
        assert digests(out) == expected, stop
        assert len(open_case(out).messages) == 40
        assert {path.name for path in out.iterdir()} - {".staging"} == files, stop


def test_a_run_that_is_killed_as_its_workers_start_leaves_none_behind(tmp_path: Path) -> None:
    mail = write_mail(tmp_path / "mail", 3)
    run = psutil.Popen(command("analyze", mail, "--out", tmp_path / "case"), env=environment(tmp_path))
    started: list[psutil.Process] = []
    while not any("popen_loky_posix" in " ".join(process.cmdline()) for process in started):
        assert run.poll() is None
        started = run.children(recursive=True)
    run.kill()
    run.wait()
    assert psutil.wait_procs(started, timeout=30)[1] == []


@pytest.mark.parametrize("where", ["ro", "ro/case"])
def test_a_folder_that_may_not_be_written_is_one_line(
    where: str, run: Run, unprivileged: tuple[str, ...], tmp_path: Path
) -> None:
    write_mail(tmp_path / "mail", 1)
    (tmp_path / "ro").mkdir(mode=0o555)
    done = run("analyze", "mail", "--out", where, "--workers", 1, before=unprivileged)
    (line,) = done.stderr.decode().splitlines()
    assert (done.returncode, done.stdout) == (1, b"")
    assert line.startswith(f"error: {where}: Permission denied")
    assert list((tmp_path / "ro").iterdir()) == []


@pytest.mark.parametrize("out", ["x" * 300, "/proc/case", "/dev/null/case", "mail/0000.eml/case"])
def test_a_folder_that_cannot_be_made_is_one_line(out: str, run: Run, tmp_path: Path) -> None:
    write_mail(tmp_path / "mail", 1)
    done = run("analyze", "mail", "--out", out, "--workers", 1)
    (line,) = done.stderr.decode().splitlines()
    assert done.returncode == 1
    assert line.startswith(f"error: {out}: ")


def test_a_full_disk_is_one_line_and_what_was_done_is_taken_up(run: Run, tmp_path: Path) -> None:
    write_mail(tmp_path / "mail", 1_100)
    assert run("analyze", "mail", "--out", "whole", "--workers", 1).returncode == 0
    sizes = sorted(path.stat().st_size for path in (tmp_path / "whole").rglob("*.parquet"))
    # Room for nothing, not even the journal; and for all parts of batches, but not the last ones.
    for number, room in enumerate((100, sizes[-1] - 1)):
        out = tmp_path / f"case{number}"

        def full(room: int = room) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

        done = run("analyze", "mail", "--out", out.name, "--workers", 1, preexec_fn=full)
        errors = [line for line in done.stderr.decode().splitlines() if line.startswith("error: ")]
        assert (done.returncode, done.stdout) == (1, b""), done.stderr.decode()
        assert len(errors) == 1
        assert out.name in errors[0]
        assert "Traceback" not in done.stderr.decode()
        assert not (out / "run.json").exists()
        assert not list(out.rglob("*.tmp"))
        for part in out.rglob("part-*.parquet"):
            pq.read_table(part)
        if number:
            assert run("analyze", "mail", "--out", out.name, "--workers", 1, "--resume").returncode == 0
            assert digests(out) == digests(tmp_path / "whole")
