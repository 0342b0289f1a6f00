from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest

import attribution
from attribution import (
    CaseError,
    CaseExistsError,
    DatabaseError,
    InputError,
    InputNotFoundError,
    Limits,
    UsageError,
    analyze,
    open_case,
)
from attribution.models import MessageRecord
from attribution.tables import HOPS, MESSAGES, TABLES

MAIL = b"""Received: from relay.example.org (relay.example.org [28.1.2.3])
\tby mx.example.net (Postfix) with ESMTP id 4AbC%d
\tfor <ann@example.net>; Mon, 5 Jan 2026 10:00:%02d +0000
From: Bob <bob@example.org>
To: ann@example.net
Subject: number %d
Message-ID: <%d@example.org>
Date: Mon, 5 Jan 2026 09:59:00 +0000

body %d
"""
SMALL = replace(Limits(), batch_messages=7)


def message(number: int) -> bytes:
    return MAIL % (number, number % 60, number, number, number)


@pytest.fixture
def mbox(tmp_path: Path) -> Path:
    path = tmp_path / "dump.mbox"
    path.write_bytes(b"".join(b"From x@y Mon Jan  5 10:00:00 2026\n" + message(n) + b"\n" for n in range(50)))
    return path


def digests(case: Path) -> dict[str, str]:
    parts = sorted(case.glob("*/part-*.parquet"))
    return {str(part.relative_to(case)): hashlib.sha256(part.read_bytes()).hexdigest() for part in parts}


def test_a_case_holds_every_table_with_the_columns_of_the_contract(mbox: Path, tmp_path: Path) -> None:
    case = analyze(mbox, out=tmp_path / "case", workers=1)
    for name, schema in TABLES.items():
        assert case.table(name).schema.equals(schema), name
    assert len(case.messages) == 50
    assert case.messages["handover_ip"].unique().tolist() == ["28.1.2.3"]
    assert case.messages["handover_grade"].unique().tolist() == ["vouched"]
    assert case.messages["message"].is_unique
    assert set(case.hops["message"]) == set(case.messages["message"])
    assert case.addresses["messages"].tolist() == [50]
    assert (case.path / "report.html").is_file()
    assert 'hosts = [\n  "example.net",\n]' in (case.path / "receiver.toml").read_text()
    assert not (case.path / ".staging").exists()


def test_the_run_record_says_what_was_read_and_with_what(mbox: Path, tmp_path: Path) -> None:
    run = analyze(mbox, out=tmp_path / "case", workers=1, trust=["mx.example.net"]).run
    assert run["version"] == attribution.__version__
    assert run["arguments"]["trust"] == ["mx.example.net"]
    assert run["sources"][0]["sha256"] == hashlib.sha256(mbox.read_bytes()).hexdigest()
    assert run["counts"] == {"messages": 50, "problems": 0, "statuses": {"ok": 50}}
    assert run["limits"]["batch_messages"] == Limits().batch_messages
    assert set(run["timings"]) == {"sample", "mail", "addresses", "campaigns", "writing"}
    assert run["finished"] >= run["started"]


def test_each_message_can_be_cut_out_again_by_its_offset(mbox: Path, tmp_path: Path) -> None:
    case = analyze(mbox, out=tmp_path / "case", workers=1)
    data = mbox.read_bytes()
    offsets = {}
    for row in case.table("messages").to_pylist():
        raw = data[row["offset"] : row["offset"] + row["length"]]
        offsets[row["message"]] = row["offset"]
        assert hashlib.sha256(raw).hexdigest() == row["sha256"]
        assert raw[row["handover_start"] : row["handover_end"]].decode() == row["handover_ip"]
    for hop in case.table("hops").to_pylist():
        start = offsets[hop["message"]]
        assert data[start + hop["span_start"] : start + hop["span_end"]].decode("latin-1") == hop["raw"]


def test_the_tables_are_the_same_bytes_whatever_the_number_of_workers(mbox: Path, tmp_path: Path) -> None:
    one = analyze(mbox, out=tmp_path / "one", workers=1, limits=SMALL)
    three = analyze(mbox, out=tmp_path / "three", workers=3, limits=SMALL)
    assert digests(one.path) == digests(three.path)


def test_nothing_is_lost_or_counted_twice(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.eml").write_bytes(message(number))
    (folder / "empty.eml").write_bytes(b"")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    case = analyze(folder, out=tmp_path / "case", workers=1)
    assert sorted(case.messages["member"]) == [f"{number}.eml" for number in range(5)]
    assert dict(zip(case.problems["member"], case.problems["status"], strict=True)) == {
        "empty.eml": "malformed",
        "picture.png": "unsupported",
    }


SCRIPT = """
import sys, time
from dataclasses import replace
import attribution
from attribution.pipeline import journal

note = journal.Journal.note
def slow(self, *args):
    note(self, *args)
    print("batch", flush=True)
    time.sleep(0.2)
journal.Journal.note = slow
attribution.analyze(sys.argv[1], out=sys.argv[2], workers=2, limits=replace(attribution.Limits(), batch_messages=7))
"""


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_run_that_was_stopped_leaves_whole_parts_and_goes_on_to_the_same_bytes(
    mbox: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    out = tmp_path / "case"
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(mbox), str(out)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    for _ in range(3):
        assert process.stdout.readline() == b"batch\n"
    started = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(stop)
    assert process.wait(30) != 0
    process.stdout.close()
    assert psutil.wait_procs(started, timeout=20)[1] == []
    for part in out.glob(".staging/*/part-*.parquet"):
        pq.read_table(part)
    with pytest.raises(CaseError, match="--resume"):
        open_case(out)
    with pytest.raises(CaseExistsError, match="--resume"):
        analyze(mbox, out=out, limits=SMALL)
    resumed = analyze(mbox, out=out, workers=1, limits=SMALL, resume=True)
    whole = analyze(mbox, out=tmp_path / "whole", workers=1, limits=SMALL)
    assert digests(resumed.path) == digests(whole.path)
    assert resumed.run["counts"] == whole.run["counts"]


def begun(mbox: Path, out: Path, **options: object) -> None:
    """Leave a run behind that was stopped before its end."""

    def interrupt(progress: attribution.Progress) -> None:
        if progress.stage == "addresses":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        analyze(mbox, out=out, workers=1, progress=interrupt, **options)  # type: ignore[arg-type]  # options are analyze's


def test_a_run_is_not_taken_up_with_other_options(mbox: Path, tmp_path: Path) -> None:
    begun(mbox, tmp_path / "case")
    with pytest.raises(CaseError, match=r"differs in .*trust"):
        analyze(mbox, out=tmp_path / "case", resume=True, trust=["mx.example.net"])


def test_a_run_is_not_taken_up_when_the_input_has_changed(mbox: Path, tmp_path: Path) -> None:
    begun(mbox, tmp_path / "case")
    data = bytearray(mbox.read_bytes())
    second = data.index(b"\nFrom x@y", 10)
    mbox.write_bytes(data[:second] + b"X" + data[second + 1 :])
    with pytest.raises(CaseError, match=r"the input has changed|differs in receivers"):
        analyze(mbox, out=tmp_path / "case", resume=True)


def test_a_journal_whose_last_line_was_cut_is_taken_up(mbox: Path, tmp_path: Path) -> None:
    begun(mbox, tmp_path / "case", limits=SMALL)
    journal = tmp_path / "case" / ".staging" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-9])
    case = analyze(mbox, out=tmp_path / "case", resume=True, limits=SMALL)
    assert len(case.messages) == 50


def test_errors_name_what_failed_and_leave_nothing_behind(mbox: Path, tmp_path: Path) -> None:
    out = tmp_path / "case"
    with pytest.raises(InputNotFoundError, match="missing"):
        analyze(tmp_path / "missing", out=out)
    with pytest.raises(UsageError, match="more than once"):
        analyze([mbox, mbox], out=out)
    with pytest.raises(UsageError, match="no path"):
        analyze([], out=out)
    with pytest.raises(UsageError, match="--workers 0"):
        analyze(mbox, out=out, workers=0)
    with pytest.raises(UsageError, match="--trust"):
        analyze(mbox, out=out, trust=["300.1.2.3"])
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"no database")
    with pytest.raises(DatabaseError, match=r"broken\.mmdb"):
        analyze(mbox, out=out, mmdb=[broken])
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="no mail was found"):
        analyze(empty, out=out)
    assert not out.exists()


def test_a_folder_that_holds_something_is_not_touched(mbox: Path, tmp_path: Path) -> None:
    out = tmp_path / "case"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    with pytest.raises(CaseExistsError, match="not empty"):
        analyze(mbox, out=out)
    analyze(mbox, out=tmp_path / "done", workers=1)
    with pytest.raises(CaseExistsError, match="finished case"):
        analyze(mbox, out=tmp_path / "done", resume=True)
    with pytest.raises(CaseExistsError, match="is a file"):
        analyze(mbox, out=mbox)
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_inputs_are_not_changed(mbox: Path, tmp_path: Path) -> None:
    mbox.chmod(0o444)
    before = (mbox.stat().st_mtime_ns, mbox.read_bytes())
    analyze(mbox, out=tmp_path / "case", workers=1)
    assert (mbox.stat().st_mtime_ns, mbox.read_bytes()) == before


def test_one_path_needs_no_list(mbox: Path, samples: Path, tmp_path: Path) -> None:
    receiver = tmp_path / "receiver.toml"
    receiver.write_text('hosts = ["example.org"]\n')
    networks = samples / "databases" / "sample-asn.mmdb"
    scan = samples / "banners" / "scan.jsonl.gz"
    case = analyze(mbox, out=tmp_path / "case", workers=1, trust=receiver, mmdb=networks, banners=str(scan))
    given = {"trust": receiver, "mmdb": networks, "banners": scan}
    assert {name: case.run["arguments"][name] for name in given} == {name: [str(path)] for name, path in given.items()}
    again = attribution.enrich_case(tmp_path / "case", mmdb=str(networks), banners=scan)
    assert again.run["arguments"]["mmdb"] == [str(networks)]


def test_standard_input_is_read_once_and_hashed(mbox: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "attribution", "analyze", "-", "--out", str(tmp_path / "case"), "--json"]
    done = subprocess.run(command, input=mbox.read_bytes(), capture_output=True, check=True, timeout=120)
    assert json.loads(done.stdout)["messages"] == 50
    case = open_case(tmp_path / "case")
    assert case.run["sources"][0]["sha256"] == hashlib.sha256(mbox.read_bytes()).hexdigest()
    assert case.messages["source"].unique().tolist() == ["-"]


def test_a_plain_script_without_a_main_guard_works(mbox: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"import attribution\nprint(len(attribution.analyze({str(mbox)!r}, out='case').messages))\n")
    environment = {**os.environ, "PYTHONPATH": str(Path(attribution.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, check=True, timeout=120
    )
    assert done.stdout.split() == [b"50"]


def test_the_record_of_a_message_is_the_row_of_the_table() -> None:
    assert list(MessageRecord.__dataclass_fields__) == MESSAGES.names
    assert set(HOPS.names) - {"message"} <= set(attribution.Hop.__dataclass_fields__)
