"""The command in a process of its own, and a folder in which everything is meant to do harm."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import attribution
from attribution.corpus.reader import read
from attribution.limits import Limits
from tests.hostile.payloads import EVIL, FILE_NAMES, hostile_message, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.models import Problem, RawMessage

    Run = Callable[..., subprocess.CompletedProcess[bytes]]
    Reading = Callable[..., list[RawMessage | Problem]]

ROOT = Path(attribution.__file__).parent.parent


def environment(home: Path, **variables: str) -> dict[str, str]:
    """Return an environment in which no setting of whoever runs the tests has a part."""
    kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    own = {"PYTHONPATH": str(ROOT), "HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "PYTHONWARNINGS": "error"}
    return {**kept, **own, **variables}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "attribution", *(os.fsdecode(os.fsencode(str(item))) for item in arguments)]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Give a function that runs the command in `tmp_path`; further options are those of `subprocess.run`."""

    def start(
        *arguments: object,
        before: tuple[str, ...] = (),
        variables: dict[str, str] | None = None,
        **options: Any,  # noqa: ANN401 (those of subprocess.run)
    ) -> subprocess.CompletedProcess[bytes]:
        given: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        # A process that may write 100 bytes would leave a compiled module of 100 bytes, which no later one can load.
        uncompiled = {"PYTHONDONTWRITEBYTECODE": "1"} if "preexec_fn" in options else {}
        return subprocess.run(
            [*before, *command(*arguments)],
            env=environment(tmp_path, **uncompiled, **(variables or {})),
            cwd=tmp_path,
            check=False,
            timeout=120,
            **{**given, **options},
        )

    return start


@pytest.fixture(scope="session")
def unprivileged() -> tuple[str, ...]:
    """Give what has to stand before a command so that permissions of files hold for it, also for the superuser."""
    if os.geteuid() != 0:
        return ()
    drop = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")
    if shutil.which("setpriv") is None or subprocess.run([*drop, "true"], check=False).returncode != 0:
        pytest.skip("the superuser may do everything, and setpriv is not there to change that")
    return drop


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """Give a function that reads bytes as a file of the corpus."""

    def start(data: bytes, limits: Limits | None = None) -> list[RawMessage | Problem]:
        path = tmp_path / "given"
        path.write_bytes(data)
        return list(read(str(path), limits or Limits()))

    return start


@pytest.fixture(scope="session")
def pit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of hostile mail, hostile names, and things that are no files."""
    folder = tmp_path_factory.mktemp("pit") / "mail"
    folder.mkdir()
    for number, text in enumerate(EVIL):
        (folder / f"{number:02d}.eml").write_bytes(hostile_message(text))
    for name in FILE_NAMES:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(message(subject=b"plain"))
    (folder / "picture\x1b]0;x\x07.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(".")
    (folder / "nowhere").symlink_to("absent")
    (folder / "zero").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(folder)  # the path of a socket has room for about a hundred bytes only
        try:
            server.bind("socket")
        finally:
            os.chdir(here)
    return folder


@pytest.fixture(scope="session")
def pit_case(pit: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the case of that folder, as the command wrote it, with what it printed in `stdout` and `stderr`."""
    home = tmp_path_factory.mktemp("home")
    done = subprocess.run(
        command("analyze", pit, "--out", "case", "--workers", 2),
        env=environment(home),
        cwd=home,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    (home / "stdout").write_bytes(done.stdout)
    (home / "stderr").write_bytes(done.stderr)
    return home / "case"
