"""What all tests share: where the material beside the checkout lies, and that it may be absent."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


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
