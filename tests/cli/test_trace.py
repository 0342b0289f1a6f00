"""One message as a process: whatever reads its output, and in whatever encoding."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attribution.cli.exits import Exit

if TYPE_CHECKING:
    from tests.cli.conftest import Invoke, Run


def test_a_message_is_shown_hop_by_hop(run: Run, one: Path) -> None:
    done = run("trace", one)
    assert done.returncode == Exit.DONE, done.stderr.decode()
    out = done.stdout.decode()
    for part in ("hop 0  trusted", "203.0.113.9  vouched  hop 0, bytes", "Parcel 7", "Contents"):
        assert part in out
    assert done.stderr == b""


def test_a_message_on_standard_input_is_the_same(run: Run, one: Path) -> None:
    by_name = run("trace", one.name).stdout.splitlines()
    piped = run("trace", "-", stdin=one.read_bytes()).stdout.splitlines()
    assert piped[0] == b"-"
    assert piped[1:] == by_name[1:]


def test_json_holds_everything_in_ascii(run: Run, one: Path) -> None:
    one.write_bytes(one.read_bytes().replace(b"Parcel", "Päckchen \u202e".encode()))
    done = run("trace", one, "--json", "--trust", "mx.example.net")
    assert done.stdout.isascii()
    found = json.loads(done.stdout)
    assert found["handover_ip"] == "203.0.113.9"
    assert found["handover_grade"] == "vouched"
    assert found["received_at"] == "2024-01-05T10:07:00+00:00"
    assert "Päckchen \u202e" in found["subject"]
    assert found["hops"][0]["trusted"] is True
    assert found["contents"]["addresses"]["to"] == [{"name": "", "address": "ann@example.net"}]
    start, end = found["handover_start"], found["handover_end"]
    assert one.read_bytes()[start:end] == b"203.0.113.9"


def test_headers_only_leaves_the_contents_out(invoke: Invoke, one: Path) -> None:
    assert json.loads(invoke("trace", one, "--headers-only", "--json").stdout)["contents"] is None


def test_of_many_messages_the_first_is_taken_and_that_is_said(invoke: Invoke, one: Path) -> None:
    mbox = one.with_name("two.mbox")
    body = one.read_bytes()
    mbox.write_bytes(b"From a Fri Jan  5 10:00:00 2024\n" + body + b"\nFrom b Fri Jan  5 10:00:00 2024\n" + body)
    done = invoke("trace", mbox)
    assert done.exit_code == Exit.DONE
    assert "more than one message" in done.stderr
    assert "Parcel 7" in done.stdout


@pytest.mark.parametrize(
    ("name", "code"), [("missing.eml", Exit.USAGE), ("empty.eml", Exit.NO_MAIL), ("picture.eml", Exit.NO_MAIL)]
)
def test_what_is_no_mail_is_one_line(name: str, code: Exit, invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "empty.eml").touch()
    (tmp_path / "picture.eml").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = invoke("trace", name)
    assert (done.exit_code, done.stdout) == (code, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert name in line


@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONIOENCODING": "cp1252"},
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"TERM": "dumb", "COLUMNS": "20"},
    ],
    ids=str,
)
def test_no_encoding_and_no_terminal_makes_it_fail(settings: dict[str, str], run: Run, one: Path) -> None:
    one.write_bytes(one.read_bytes().replace(b"Parcel", "馬 Žluť".encode()))
    done = run("trace", one, **settings)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"203.0.113.9" in done.stdout


def test_a_reader_that_has_gone_is_no_failure(run: Run, one: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run("trace", one, stdout=writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_is_one_line(run: Run, one: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run("trace", one, stdout=full.fileno())
    assert done.returncode == Exit.FAILED
    assert done.stderr == b"error: the output could not be written: No space left on device\n"


@pytest.mark.parametrize("closing", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_do_no_harm(closing: str, run: Run, one: Path) -> None:
    done = run("trace", one, before=("sh", "-c", f'exec "$@" {closing}', "sh"))
    assert (done.returncode, done.stderr) == (0, b"")


def test_with_its_case_a_message_is_read_as_the_case_has_it(invoke: Invoke, one: Path, tmp_path: Path) -> None:
    case = tmp_path / "my case"
    done = invoke("analyze", one, "--out", case, "--trust", "other.example")
    assert f"attribution trace FILE --case '{case}' shows one message" in done.stdout
    found = json.loads(invoke("trace", one, "--case", case, "--json").stdout)
    assert found["handover_ip"] is None
    assert found["receiver"] == [f"other.example: the receiver as in the case {case}"]


def test_a_case_and_a_receiver_exclude_one_another_and_the_command_line_goes_before_the_environment(
    invoke: Invoke, one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = tmp_path / "case"
    invoke("analyze", one, "--out", case)
    done = invoke("trace", one, "--case", case, "--trust", "mx.example.net")
    assert done.exit_code == Exit.USAGE
    assert "give either the case or who the receiver is" in done.stderr
    monkeypatch.setenv("ATTRIBUTION_TRUST", "mx.example.net")
    named = json.loads(invoke("trace", one, "--case", case, "--json").stdout)["receiver"]
    assert named[0].endswith(f"as in the case {case}")
    monkeypatch.delenv("ATTRIBUTION_TRUST")
    monkeypatch.setenv("ATTRIBUTION_CASE", str(case))
    named = json.loads(invoke("trace", one, "--trust", "mx.example.net", "--json").stdout)["receiver"]
    assert named[0] == "The receiver is what --trust says: mx.example.net"
