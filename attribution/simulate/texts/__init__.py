"""What invented mail says, as data files; each is read once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["texts"]


@cache
def texts(name: str) -> dict[str, Any]:
    """Return what one of the files holds.

    Args:
        name: Without its ending.
    """
    return tomllib.loads((files("attribution.simulate.texts") / f"{name}.toml").read_text("utf-8"))
