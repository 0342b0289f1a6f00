"""An enrichment that is stopped, at whatever moment: the case is whole or says so, and the same command mends it."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from attribution import AttributionError, Case, CaseError, OutputError, analyze, enrich_case, open_case
from attribution.case import CHANGING
from attribution.pipeline import again, enrichment
from tests.hostile.conftest import environment
from tests.hostile.payloads import message

if TYPE_CHECKING:
    from collections.abc import Callable

    Files = dict[str, str]
    Tick = Callable[[str], None]

SENDERS = [f"22.17.{network}.9" for network in range(6)]


class Stopped(BaseException):
    """Stands for the end of the process; nothing in the program may take it for an error of its own."""


def tables(folder: Path) -> Files:
    parts = sorted(folder.glob("*/part-*.parquet"))
    return {str(part.relative_to(folder)): hashlib.sha256(part.read_bytes()).hexdigest() for part in parts}


def said(case: Case) -> list[Any]:
    return [case.run.get(section) for section in ("control", "hosts", "lookups")]


def line(ip: str) -> str:
    text = 'HTTP/1.1 401\\r\\nWWW-Authenticate: Basic realm=\\"TP-LINK Wireless N Router WR841N\\"\\r\\n\\r\\n'
    return f'{{"ip_str": "{ip}", "port": 80, "timestamp": "2026-01-05T00:00:00", "data": "{text}"}}\n'


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a finished case that has banners already, and another scan for it."""
    folder = tmp_path_factory.mktemp("world")
    mail = folder / "mail"
    mail.mkdir()
    for number, ip in enumerate(SENDERS):
        (mail / f"{number}.eml").write_bytes(message(ip=ip.encode()))
    (folder / "old.jsonl").write_text("".join(map(line, SENDERS[:2])))
    (folder / "new.jsonl").write_text("".join(map(line, [*SENDERS, *(ip[:-1] + "77" for ip in SENDERS)])))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTRIBUTION_DATA", str(folder / "none"))
        analyze(mail, out=folder / "before", banners=[folder / "old.jsonl"], workers=1)
        shutil.copytree(folder / "before", folder / "after")
        enrich_case(folder / "after", banners=[folder / "new.jsonl"])
    return folder


@pytest.fixture
def case(world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ATTRIBUTION_DATA", str(world / "none"))
    return Path(shutil.copytree(world / "before", tmp_path / "case"))


def watched(monkeypatch: pytest.MonkeyPatch, tick: Tick) -> None:
    """Call a function before each thing that an enrichment does to the folder."""

    def before(owner: object, name: str) -> None:
        original = getattr(owner, name)

        def first(*values: Any, **named: Any) -> Any:  # noqa: ANN401 (passed on as they are)
            tick(f"{name} {values[0]}")
            return original(*values, **named)

        monkeypatch.setattr(owner, name, first)

    for owner, name in ((Path, "rename"), (Path, "touch"), (Path, "replace"), (Path, "mkdir"), (shutil, "rmtree")):
        before(owner, name)


def stopped(world: Path, case: Path, when: Callable[[int, str], bool]) -> bool:
    """Enrich the case, and stop before the first thing for which `when` holds; return whether there was one."""
    things = itertools.count(1)

    def tick(what: str) -> None:
        if when(next(things), what):
            raise Stopped

    with pytest.MonkeyPatch.context() as patch:
        watched(patch, tick)
        try:
            enrich_case(case, banners=[world / "new.jsonl"])
        except Stopped:
            return True
    return False


def is_number(wanted: int, number: int, _: str) -> bool:
    return number == wanted


def raise_stopped(*_: object, **__: object) -> None:
    raise Stopped


def with_run_json(_: int, what: str) -> bool:
    """Say whether it is the last file that takes its place, when all tables are in theirs."""
    return what.startswith("replace") and "run.json" in what and CHANGING not in what


def is_whole_or_says_so(world: Path, case: Path) -> bool:
    """Say whether the run record and the tables are of one run, where the case can be opened without a word."""
    try:
        opened = open_case(case)
    except CaseError as error:
        return "attribution regroup" in str(error)
    which = {str(world / "old.jsonl"): "before", str(world / "new.jsonl"): "after"}
    (given,) = opened.run["arguments"]["banners"]
    return tables(case) == tables(world / which[given])


def test_at_every_moment_the_case_is_old_or_new_or_says_so_and_the_command_mends_it(world: Path, case: Path) -> None:
    new = tables(world / "after")
    wanted = said(open_case(world / "after"))
    for moment in itertools.count(1):
        shutil.rmtree(case)
        shutil.copytree(world / "before", case)
        if not stopped(world, case, partial(is_number, moment)):
            break
        assert is_whole_or_says_so(world, case)
        done = enrich_case(case, banners=[world / "new.jsonl"])
        assert (tables(case), said(done)) == (new, wanted)
        assert not (case / CHANGING).exists()
    assert moment > 20


def test_a_case_that_was_stopped_twice_still_says_so(world: Path, case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stopped(world, case, with_run_json)
    with pytest.raises(CaseError, match="attribution regroup"):
        open_case(case)
    monkeypatch.setattr(enrichment.Enricher, "run", raise_stopped)
    with pytest.raises(Stopped):
        enrich_case(case, banners=[world / "new.jsonl"])
    assert is_whole_or_says_so(world, case)


def test_what_is_advised_ends_with_the_tables_of_the_run_that_was_stopped(world: Path, case: Path) -> None:
    assert stopped(world, case, with_run_json)
    with pytest.raises(CaseError) as caught:
        open_case(case)
    advised = str(caught.value)
    if "the same" not in advised:
        enrich_case(case)
        assert tables(case) == tables(world / "after")


def test_two_enrichments_of_one_case_do_not_run_at_once(world: Path, case: Path) -> None:
    refused = False

    def second(progress: object) -> None:
        nonlocal refused
        if getattr(progress, "stage", "") == "devices":
            try:
                enrich_case(case, banners=[world / "new.jsonl"])
            except AttributionError:
                refused = True

    with contextlib.suppress(AttributionError):
        enrich_case(case, banners=[world / "new.jsonl"], progress=second)
    assert refused
    assert tables(case) == tables(world / "after")


SCRIPT = """
import os, signal, sys
import attribution
def stop(progress):
    if progress.stage == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
attribution.enrich_case(sys.argv[1], banners=[sys.argv[2]], progress=stop)
"""


@pytest.mark.parametrize("stage", ["reading banners", "writing"])
def test_a_killed_process_leaves_the_old_tables(world: Path, case: Path, tmp_path: Path, stage: str) -> None:
    started = [sys.executable, "-c", SCRIPT, str(case), str(world / "new.jsonl"), stage]
    done = subprocess.run(started, env=environment(tmp_path, ATTRIBUTION_DATA=str(world / "none")), check=False)
    assert done.returncode == -signal.SIGKILL
    assert tables(case) == tables(world / "before")
    assert open_case(case).run == open_case(world / "before").run
    enrich_case(case, banners=[world / "new.jsonl"])
    assert tables(case) == tables(world / "after")


def test_a_disk_that_is_full_leaves_the_old_case_and_is_named(
    world: Path, case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28), str(case))

    with monkeypatch.context() as patch:
        patch.setattr(again, "write_table", full)
        with pytest.raises(OutputError, match=os.strerror(28)):
            enrich_case(case, banners=[world / "new.jsonl"])
    assert tables(case) == tables(world / "before")
    enrich_case(case, banners=[world / "new.jsonl"])
    assert tables(case) == tables(world / "after")
