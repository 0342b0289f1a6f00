"""Whether a case knows its devices from the scan that belongs to the truth: two worlds may have the same mail."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from attribution._files import sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["ScanMatch", "match_scans", "scans_beside"]

_MOST = 100
"""Files of a scan folder that are looked at: a simulation writes one."""


@dataclass(frozen=True, slots=True)
class ScanMatch:
    """The scan files of a case beside those of the simulation that the truth is from.

    Attributes:
        same: Whether each scan file of the case is one of the simulation's, byte for byte.
        others: Those that are not, by the paths in the case's run record.
        folder: Where the simulation's are.
    """

    same: bool
    others: tuple[str, ...]
    folder: str


def scans_beside(path: Path) -> tuple[Path, ...]:
    """Return the scan files of the simulation that a truth is from; none where it is from no simulation.

    Args:
        path: The truth: a simulation's folder, its folder `truth`, or a file of that.
    """
    place = path.absolute()
    for folder in (place, *place.parents[:2]):
        known = place == folder or folder / "truth" in (place, place.parent)
        if known and (folder / "simulation.json").is_file():
            try:
                return tuple(sorted(file for file in islice((folder / "scan").iterdir(), _MOST) if file.is_file()))
            except OSError:
                return ()
    return ()


def match_scans(run: Mapping[str, Any], scans: Sequence[Path]) -> ScanMatch | None:
    """Return whether a case was enriched with the scan files of a simulation; None where that cannot be known.

    Only files of equal size are hashed, each once.

    Args:
        run: The case's run record.
        scans: Scan files of the simulation.
    """
    recorded = run.get("banners")
    files = recorded.get("files") if isinstance(recorded, dict) else None
    if not scans or not isinstance(files, list) or not files:
        return None
    kept = [(file.get("path"), file.get("bytes"), file.get("sha256")) for file in files if isinstance(file, dict)]
    if len(kept) != len(files) or not all(sha256 for _, _, sha256 in kept):
        return None
    sizes = {size for _, size, _ in kept}
    try:
        ours = {sha256_of(file) for file in scans if _size(file) in sizes}
    except OSError:
        return None
    others = tuple(str(path) for path, _, sha256 in kept if sha256 not in ours)
    return ScanMatch(not others, others, str(scans[0].parent))


def _size(file: Path) -> int | None:
    state = file.stat()
    return state.st_size if stat.S_ISREG(state.st_mode) else None
