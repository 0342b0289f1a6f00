"""Consoles that write into a text, a terminal of their own, and the command in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from rich.console import Console

import attribution
from attribution.cli.main import attribution as command

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Invoke = Callable[..., Result]
    Run = Callable[..., subprocess.CompletedProcess[bytes]]


class Sheet:
    """A console of 80 columns and what was printed on it."""

    def __init__(self, encoding: str = "utf-8", terminal: bool = False) -> None:
        self._bytes = BytesIO()
        self._file = TextIOWrapper(self._bytes, encoding=encoding, errors="backslashreplace", write_through=True)
        self.console = Console(
            file=self._file,
            force_terminal=terminal,
            width=80,
            markup=False,
            highlight=False,
            emoji=False,
            _environ={"TERM": "xterm-256color"},
        )

    @property
    def text(self) -> str:
        return self._bytes.getvalue().decode(self._file.encoding)


@pytest.fixture
def sheet() -> Sheet:
    """Give a console as a pipe sees it."""
    return Sheet()


@pytest.fixture
def make_sheet() -> type[Sheet]:
    """Give the class of consoles, for those with another encoding, or of a terminal."""
    return Sheet


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give a function that runs the command in a process, as a shell does."""

    def start(
        *arguments: object,
        stdin: bytes = b"",
        stdout: int = subprocess.PIPE,
        before: tuple[str, ...] = (),
        **variables: str,
    ) -> subprocess.CompletedProcess[bytes]:
        # A bare environment, so that no setting of whoever runs the tests has a part in them.
        kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        code = {"PYTHONPATH": str(Path(attribution.__file__).parent.parent)}
        data = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "PYTHONWARNINGS": "error"}
        return subprocess.run(
            [*before, sys.executable, "-m", "attribution", *map(str, arguments)],
            input=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env={**kept, **code, **data, **variables},
            cwd=tmp_path,
            check=False,
            timeout=120,
        )

    return start


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Give a function that runs the command in this process, for what needs no process of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def start(*arguments: object) -> Result:
        return CliRunner().invoke(command, [str(argument) for argument in arguments], prog_name="attribution")

    return start


def letter(number: int, ip: str = "203.0.113.9", subject: str = "Parcel") -> bytes:
    """Return one invented message that a Postfix server of example.net received from `ip`."""
    lines = (
        f"Received: from relay.example.org (relay.example.org [{ip}])",
        f"\tby mx.example.net (Postfix) with ESMTPS id 4Q{number:04d}",
        f"\tfor <ann@example.net>; Fri,  5 Jan 2024 10:{number % 60:02d}:00 +0000 (UTC)",
        "From: Bob <bob@example.org>",
        "To: ann@example.net",
        f"Subject: {subject} {number}",
        f"Date: Fri, 5 Jan 2024 10:{number % 60:02d}:00 +0000",
        f"Message-ID: <{number}@example.org>",
        "",
        f"Text number {number}.",
        "",
    )
    return "\n".join(lines).encode()


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """Give a folder with three messages and one thing that is no mail."""
    folder = tmp_path / "mail"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.eml").write_bytes(letter(number))
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    return folder


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """Give a file with one message."""
    path = tmp_path / "one.eml"
    path.write_bytes(letter(7))
    return path
