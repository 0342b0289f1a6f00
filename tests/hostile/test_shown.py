"""What people see of hostile mail: on a terminal, in JSON and on the page nothing acts (C.5, 16, 25, 26, 28, 29)."""

from __future__ import annotations

import html
import json
import os
import pty
import re
import select
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from attribution import open_case
from tests.hostile.conftest import command, environment
from tests.hostile.payloads import EVIL, FILE_NAMES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.conftest import Run

STYLE = re.compile(r"\x1b\[(?:[0-9;]*m|\?25[hl]|[0-9]*[ABCDGJK])")
"""What the program's own colours and progress are made of: styles, the cursor hidden and moved, lines erased."""


def acting(text: str) -> set[str]:
    """Return the characters that do something else than to be seen."""
    return {char for char in text if not char.isprintable() and char != "\n"}


def on_terminal(home: Path, *arguments: object, **variables: str) -> tuple[int, str]:
    """Run the command on a terminal of its own; return its exit code and everything that reached the terminal."""
    environ = environment(home, **variables)
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(home)
        line = command(*arguments)
        os.execvpe(line[0], line, environ)  # noqa: S606 (a terminal of its own needs a fork, not a shell)
    out = bytearray()
    while select.select([terminal], [], [], 60)[0]:
        try:
            data = os.read(terminal, 65_536)
        except OSError:  # the other side is closed
            break
        if not data:
            break
        out += data
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status), out.decode("utf-8").replace("\r\n", "\n").replace("\r", "")


def test_every_thing_in_the_folder_has_its_row(pit_case: Path) -> None:
    case = open_case(pit_case)
    assert len(case.messages) == len(EVIL) + len(FILE_NAMES)
    problems = dict(case.problems[["member", "status"]].to_numpy().tolist())
    assert set(problems.values()) == {"unsupported"}
    assert set(problems) == {"picture\x1b]0;x\x07.png", "pipe", "loop", "nowhere", "zero", "socket"}


def test_names_of_any_bytes_can_be_told_apart_and_found_again(pit_case: Path) -> None:
    members = open_case(pit_case).messages["member"].tolist()
    assert len(set(members)) == len(members)
    assert "no\\xff\\xfeutf8.eml" in members
    assert "new\nline.eml" in members


def test_what_was_printed_acts_on_nothing(pit_case: Path) -> None:
    for stream in ("stdout", "stderr"):
        text = (pit_case.parent / stream).read_text("utf-8")
        assert acting(text) == set()
        assert "http://evil" not in text


@pytest.mark.parametrize("settings", [{"TERM": "xterm-256color", "COLORTERM": "truecolor"}, {"TERM": "dumb"}], ids=str)
def test_nothing_of_a_message_acts_on_a_terminal(pit: Path, tmp_path: Path, settings: dict[str, str]) -> None:
    for number in (0, 3):
        code, text = on_terminal(tmp_path, "trace", pit / f"{number:02d}.eml", **settings)
        assert code == 0
        assert acting(STYLE.sub("", text)) == set()
        assert "http://evil" not in text
        assert not re.search("\u0301{4}", text)


def test_nothing_of_a_run_acts_on_a_terminal(pit: Path, tmp_path: Path) -> None:
    code, text = on_terminal(tmp_path, "analyze", pit, "--out", "case\x1b]0;x\x07", "--workers", 1, TERM="xterm")
    assert code == 0
    assert "\x1b[" in text, "no colours: this was no terminal"
    assert acting(STYLE.sub("", text)) == set()


@pytest.mark.parametrize("number", [0, 5, 6])
def test_json_is_plain_text_that_reads_back(number: int, pit: Path, run: Run) -> None:
    done = run("trace", pit / f"{number:02d}.eml", "--json")
    assert done.returncode == 0, done.stderr.decode()
    assert acting(done.stdout.decode("ascii")) == set()
    assert json.loads(done.stdout)["handover_ip"] == "203.0.113.9"


def test_markup_and_formats_are_shown_as_they_stand(pit: Path, run: Run) -> None:
    text = run("trace", pit / "07.eml").stdout.decode()
    assert "[/][bold red on white]" in text
    assert "%(levelname)s %s %n {0} {x!r} ${x}" in run("trace", pit / "08.eml").stdout.decode()


@pytest.mark.parametrize(
    "arguments",
    [
        ("trace", b"no\xff\x1b]0;x\x07.eml"),
        ("analyze", b"no\xff\x1b]0;x\x07\nerror: x", "--out", "case"),
        ("analyze", ".", "--out", b"case\xff\x1b[2J"),
        ("analyze", ".", "--out", "case", "--trust", "\u202e\x1b[2J"),
        ("analyze", ".", "--out", "case", "--mmdb", b"\x1b[2J\xff.mmdb"),
        ("report", b"\x1b[2J\xff"),
        ("\x1b[2J",),
        ("trace", "--\x1b[2J"),
    ],
    ids=range(8),
)
def test_an_error_is_one_line_in_which_nothing_acts(arguments: tuple[str | bytes, ...], run: Run) -> None:
    done = run(*map(os.fsdecode, arguments))
    assert done.returncode in (2, 4, 5, 6)
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("error: ")
    assert acting(line) == set()


class Page(HTMLParser):
    """Notes what a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.values: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_of_the_case_holds_no_tag_reference_or_character_of_the_mail(pit_case: Path) -> None:
    text = (pit_case / "report.html").read_text("utf-8")
    page = Page(text)
    assert set(page.tags).isdisjoint({"script", "iframe", "img", "a", "b", "link", "object", "embed", "form", "base"})
    assert not any(word in value for value in page.values for word in ("alert", "evil", "javascript:", "http:"))
    assert acting("".join(page.texts)) == set()
    assert "http://evil" not in html.unescape(text)
    assert "default-src 'none'" in html.unescape(text)
