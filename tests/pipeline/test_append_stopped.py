"""An append that is stopped, at whatever moment: the case is whole or says what to do, and --resume ends the same."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attribution import CaseError, CaseExistsError, InputError, OutputError, append_mail, open_case, regroup_case
from attribution.case import CHANGING, MOVING, Case
from attribution.pipeline import append, exchange
from attribution.pipeline.append import APPENDING
from attribution.pipeline.journal import Journal
from tests.hostile.conftest import environment, unprivileged  # noqa: F401 (a fixture)
from tests.pipeline.appended import everything, files, ham, made, mbox, tables, wave, work_here

if TYPE_CHECKING:
    from attribution import Progress

STAGES = ["reading sample", "reading mail", "addresses", "campaigns", "writing"]
POINTS = 6
"""Kills while mail is read and tables are made, and as many while these take their place."""


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    work_here(monkeypatch, tmp_path / "none")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a case, new mail for it, and the case that holds this mail too."""
    folder = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        work_here(patch, folder / "none")
        made(folder, [*ham(*range(20)), *wave("parcel", *range(500, 504))], out="before")
        mbox(folder / "more.mbox", [*ham(*range(20, 24)), *wave("parcel", 504, 505)])
        shutil.copytree(folder / "before", folder / "after")
        append_mail(folder / "after", folder / "more.mbox", workers=1)
    return folder


@pytest.fixture
def case(world: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(world / "before", tmp_path / "case"))


def is_as_if_never_stopped(world: Path, case: Path) -> bool:
    run, wanted = open_case(case).run, open_case(world / "after").run
    same = all(run[section] == wanted[section] for section in ("counts", "campaigns", "hosts", "sources"))
    return (
        same
        and len(run["appended"]) == 1
        and tables(case) == tables(world / "after")
        and files(case) == files(world / "after")
    )


# One process forks for each kill, so that the modules are loaded once.
KILLED = """
import json, os, random, shutil, signal, sys
from pathlib import Path
import pytest
from attribution import CaseError, append_mail, open_case, regroup_case
from attribution.case import CHANGING, MOVING
from tests.pipeline.appended import tables, work_here
from tests.pipeline.test_append_stopped import is_as_if_never_stopped

world, folder, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
work_here(pytest.MonkeyPatch(), world / "none")
case, log = folder / "case", folder / "log"
EVENTS = ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.link", "os.truncate", "shutil.rmtree")

def watch(stop):
    inside, seen, here = str(case), [], os.getpid()
    def count(event, arguments):
        if event not in EVENTS or os.getpid() != here:
            return
        paths = [os.fsdecode(item) for item in arguments if isinstance(item, (str, bytes, os.PathLike))]
        in_a_folder = event in ("os.remove", "os.rmdir") and arguments[1] != -1
        if in_a_folder or any(path.startswith(inside) for path in paths):
            seen.append((case / CHANGING / MOVING).exists())
            if len(seen) == stop:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(count)
    return seen

def first(stop):
    seen = watch(stop)
    append_mail(case, world / "more.mbox", workers=1)
    log.write_text(json.dumps(seen))

def second(number):
    try:
        known = {"before": tables(world / "before"), "after": tables(world / "after")}
        opened = open_case(case)
        assert tables(case) == known["after" if opened.run.get("appended") else "before"]
    except CaseError as error:
        assert "attribution regroup" in str(error), error
        if number % 2:
            regroup_case(case)
    append_mail(case, world / "more.mbox", workers=1, resume=True)
    if not (number % 2 and open_case(case).run.get("regrouped")):
        assert is_as_if_never_stopped(world, case)
    assert len(open_case(case).messages) == 30

def forked(function, value):
    child = os.fork()
    if not child:
        try:
            function(value)
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def run(number, point):
    shutil.copytree(world / "before", case)
    ends = forked(first, point), forked(second, number)
    shutil.rmtree(case)
    return [point, *ends]

# Once here, so that no child has to load the modules and their data; Arrow starts its threads anew in each of them.
shutil.copytree(world / "before", case)
first(0)
shutil.rmtree(case)
moving = json.loads(log.read_text())
picked = random.Random(5)
numbers = {state: [number for number, each in enumerate(moving, 1) if each is state] for state in (False, True)}
points = {point for each in numbers.values() for point in picked.sample(each, count)}
# And the last things that are done, when the marker of the exchange goes away.
points |= set(range(numbers[True][-1], len(moving) + 1))
for number, point in enumerate(sorted(points)):
    print(json.dumps(run(number, point)), flush=True)
"""


def test_an_append_that_is_killed_anywhere_goes_on_to_the_same_bytes(world: Path, tmp_path: Path) -> None:
    settings = {"ATTRIBUTION_DATA": str(world / "none"), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(world), str(tmp_path), str(POINTS)],
        env={**environment(tmp_path), **settings},
        capture_output=True,
        check=False,
        timeout=200,
    )
    ends = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr.decode()
    assert [end for end in ends if end[2]] == [], done.stderr.decode()
    assert {end for _, end, _ in ends} == {-signal.SIGKILL}
    assert len(ends) > 2 * POINTS


@pytest.mark.parametrize("stage", STAGES)
def test_ctrl_c_leaves_the_old_case_and_what_was_done(world: Path, case: Path, stage: str) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.stage == stage:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        append_mail(case, world / "more.mbox", workers=1, progress=interrupt)
    assert tables(case) == tables(world / "before")
    assert open_case(case).run == open_case(world / "before").run
    assert files(case) - files(world / "before") == {APPENDING}
    with pytest.raises(CaseExistsError, match=f"--resume.*{APPENDING}"):
        append_mail(case, world / "more.mbox", workers=1)
    append_mail(case, world / "more.mbox", workers=1, resume=True)
    assert is_as_if_never_stopped(world, case)


class Stopped(BaseException):
    """Stands for the end of the process."""


def stop_before_the_record(case: Path, world: Path) -> None:
    """Stop an append when all tables are in their place and `run.json` is not."""

    def stopped(*_: object) -> None:
        raise Stopped

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "copyfile", stopped)
        with pytest.raises(Stopped):
            append_mail(case, world / "more.mbox", workers=1)
    assert (case / CHANGING / MOVING).read_text("utf-8") == "analyze --append"


def test_an_exchange_that_was_stopped_ends_by_resume(world: Path, case: Path) -> None:
    stop_before_the_record(case, world)
    with pytest.raises(CaseError, match="attribution regroup"):
        open_case(case)
    with pytest.raises(CaseError, match="attribution regroup"):
        append_mail(case, world / "more.mbox", workers=1)
    append_mail(case, world / "more.mbox", workers=1, resume=True)
    assert is_as_if_never_stopped(world, case)
    # Once more is no failure either: a script may repeat it until it ends well.
    append_mail(case, world / "more.mbox", workers=1, resume=True)
    assert is_as_if_never_stopped(world, case)
    with pytest.raises(InputError, match="already"):
        append_mail(case, world / "more.mbox", workers=1)


def test_an_exchange_that_was_stopped_ends_by_regroup_too(world: Path, case: Path) -> None:
    stop_before_the_record(case, world)
    done = regroup_case(case)
    assert len(done.messages) == 30
    assert len(done.run["appended"]) == 1
    said: list[str] = []
    append_mail(case, world / "more.mbox", workers=1, resume=True, notice=said.append)
    assert any("already" in sentence for sentence in said)
    assert files(case) == files(world / "after")


def test_a_resumed_append_takes_up_what_was_read(world: Path, case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.stage == "campaigns":
            raise KeyboardInterrupt

    def never(*_: object) -> None:
        raise AssertionError

    with pytest.raises(KeyboardInterrupt):
        append_mail(case, world / "more.mbox", workers=1, progress=interrupt)
    monkeypatch.setattr(Journal, "note", never)
    append_mail(case, world / "more.mbox", workers=1, resume=True)
    assert is_as_if_never_stopped(world, case)


def test_an_append_is_taken_up_by_another_name_of_the_case(
    world: Path, case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.stage == "addresses":
            raise KeyboardInterrupt

    monkeypatch.chdir(case.parent)
    with pytest.raises(KeyboardInterrupt):
        append_mail("case", world / "more.mbox", workers=1, progress=interrupt)
    append_mail(case, world / "more.mbox", workers=1, resume=True)
    assert is_as_if_never_stopped(world, case)


def test_an_append_is_not_taken_up_with_other_mail(world: Path, case: Path, tmp_path: Path) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.stage == "addresses":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        append_mail(case, world / "more.mbox", workers=1, progress=interrupt)
    with pytest.raises(CaseError, match="differs in"):
        append_mail(case, mbox(tmp_path / "other.mbox", ham(60)), workers=1, resume=True)
    shutil.rmtree(case / APPENDING)  # given up, as the message says
    assert len(append_mail(case, tmp_path / "other.mbox", workers=1).messages) == 25


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "part-000000.parquet")


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (append, "add_parts"),
        (append, "write_groups"),
        (exchange, "_move"),
        (exchange, "replacing"),
        (shutil, "copyfile"),
        (Journal, "note"),
    ],
)
def test_a_full_disk_is_told_with_what_to_do_and_leaves_a_case_that_goes_on(
    world: Path, case: Path, owner: object, name: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, full)
        with pytest.raises(OutputError, match=os.strerror(errno.ENOSPC) + ".*--resume"):
            append_mail(case, world / "more.mbox", workers=1)
    if not (case / CHANGING / MOVING).exists():
        assert tables(case) == tables(world / "before")
        assert files(case) - files(world / "before") == {APPENDING}
    append_mail(case, world / "more.mbox", workers=1, resume=True)
    assert is_as_if_never_stopped(world, case)


def test_a_report_that_cannot_be_written_leaves_an_exchange_that_goes_on(
    world: Path, case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failed(case: Case) -> Path:
        message = f"{case.path}: {os.strerror(errno.ENOSPC)}"
        raise OutputError(message)

    with monkeypatch.context() as patch:
        patch.setattr(Case, "write_report", failed)
        with pytest.raises(OutputError):
            append_mail(case, world / "more.mbox", workers=1)
        with pytest.raises(OutputError):
            append_mail(case, world / "more.mbox", workers=1, resume=True)
    with pytest.raises(CaseError, match="attribution regroup"):
        open_case(case)
    append_mail(case, world / "more.mbox", workers=1, resume=True)
    assert is_as_if_never_stopped(world, case)


def test_a_folder_that_may_not_be_written_is_told_and_not_changed(
    world: Path,
    case: Path,
    unprivileged: tuple[str, ...],  # noqa: F811 (the fixture)
    tmp_path: Path,
) -> None:
    before = everything(case)
    case.chmod(0o555)
    try:
        done = subprocess.run(
            [
                *unprivileged,
                sys.executable,
                "-m",
                "attribution",
                "analyze",
                str(world / "more.mbox"),
                "--append",
                "case",
            ],
            env=environment(tmp_path),
            cwd=tmp_path,
            capture_output=True,
            check=False,
            timeout=120,
        )
    finally:
        case.chmod(0o755)
    errors = [line for line in done.stderr.decode().splitlines() if line.startswith("error: ")]
    assert (done.returncode, len(errors)) == (1, 1), done.stderr.decode()
    assert os.strerror(errno.EACCES) in errors[0]
    assert everything(case) == before
