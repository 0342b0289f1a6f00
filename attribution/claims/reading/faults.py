"""All that is wrong with a claims file, each fault in one line with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from attribution.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.claims.reading.lines import Lines

__all__ = ["ClaimsFileError", "Faults", "Place"]

Place = tuple[str | int, ...]
"""A key by the tables around it: `("claim", 2, "predicate", "kind")`."""
_MOST_ERRORS = 20


class ClaimsFileError(UsageError):
    """A claims file cannot be used.

    Attributes:
        problems: What is wrong with it, each in one line that begins with the file and the line in it.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(slots=True)
class Faults:
    """Notes what is wrong with a file while it is taken apart.

    Attributes:
        path: The file. `lines`: where its keys stand.
        problems: Line and sentence of each fault.
        who: Whom a fault belongs to: `claim "devices": `.
    """

    path: str
    lines: Lines
    problems: list[tuple[int, str]] = field(default_factory=list)
    who: str = ""

    def bad(self, at: Place, says: str) -> None:
        """Note a fault.

        Args:
            at: The key that it is at.
            says: What is wrong, and what to write.
        """
        self.problems.append((self.lines.of(at), self.who + says))

    def tell(self) -> None:
        """Say what was noted, in the order of the file; nothing where nothing was.

        Raises:
            ClaimsFileError: There are faults.
        """
        if not self.problems:
            return
        self.problems.sort(key=lambda problem: problem[0])
        told = [f"{self.path}:{line}: {says}" for line, says in self.problems[:_MOST_ERRORS]]
        more = len(self.problems) - _MOST_ERRORS
        raise ClaimsFileError([*told, *([f"{self.path}: and {more} more"] if more > 0 else [])])
