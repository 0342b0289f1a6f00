"""What all tests share: where the material beside the checkout lies, and that it may be absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLAIN = frozenset(b"\t\r\n" + bytes(range(32, 127)))


def pytest_configure() -> None:
    """Keep each of several processes that run tests to one core: what they start would else ask for all of them."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})


@pytest.fixture(scope="session")
def shared() -> Path:
    """Give the folder of real mail and reference data beside the checkout; skip where it is absent."""
    folder = ROOT.parent / "shared"
    if not (folder / "README.md").is_file():
        pytest.skip("the folder `shared` with real mail is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """Give the folder of synthetic mail and databases that comes with the project."""
    return ROOT / "samples"


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name packed bytes by a word: packers write the time of day, and all processes must know a test by one name."""
    if isinstance(val, bytes) and (len(val) > 40 or not PLAIN.issuperset(val)):
        return "bytes"
    return None
