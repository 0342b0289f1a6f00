"""Records of arrays kept in a folder, so that other processes have them without a copy of their own."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["keep", "kept"]

Record = TypeVar("Record")


def keep(folder: Path, record: Any) -> None:  # noqa: ANN401 (any dataclass)
    """Write the arrays of a dataclass, each to a file.

    Args:
        folder: Must exist.
        record: Attributes that are no arrays are left out.
    """
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, np.ndarray):
            np.save(_path(folder, type(record), field.name), value)


def kept(folder: Path, kind: type[Record], **others: object) -> Record:
    """Return a dataclass whose arrays `keep` has written; all processes share their memory, and none can write to it.

    Args:
        folder: Where they are.
        kind: The dataclass.
        others: Attributes that are no arrays.
    """
    arrays = {
        field.name: np.asarray(np.load(_path(folder, kind, field.name), mmap_mode="r"))
        for field in fields(kind)  # type: ignore[arg-type] # a dataclass
        if field.name not in others
    }
    return kind(**arrays, **others)


def _path(folder: Path, kind: type, name: str) -> Path:
    return folder / f"{kind.__name__}.{name}.npy"
