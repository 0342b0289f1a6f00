"""The journal of a run: which batches are done, so that a killed run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from attribution.errors import CaseError
from attribution.pipeline.batch import BatchCounts

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.models import Problem, RawMessage

__all__ = ["Journal", "places_digest"]


def places_digest(items: list[RawMessage | Problem]) -> str:
    """Return a digest of where the items of a batch lie, to notice an input that changed between two runs."""
    digest = hashlib.blake2b(digest_size=16)
    for item in items:
        length = getattr(item, "length", None)
        digest.update(repr((item.source, item.member, item.offset, length)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


class Journal:
    """An append-only file of finished batches.

    Args:
        path: The file; it is made when it is missing.
        plan: What the run was asked to do. A journal that was begun for another plan is refused.

    Raises:
        CaseError: The journal belongs to a run with other inputs or options.
    """

    def __init__(self, path: Path, plan: dict[str, Any]) -> None:
        self._path = path
        self._done: dict[int, tuple[str, BatchCounts]] = {}
        plan = json.loads(json.dumps(plan))
        if path.exists():
            self._read(plan)
        else:
            self._append({"plan": plan})

    def _read(self, plan: dict[str, Any]) -> None:
        text = self._path.read_text("utf-8")
        complete = text.rpartition("\n")[0]
        lines = [json.loads(line) for line in complete.splitlines()]
        begun = lines[0].get("plan") if lines else plan
        changed = sorted(key for key in {*plan, *begun} if plan.get(key) != begun.get(key))
        if changed:
            message = (
                f"{self._path.parent.parent}: the run that was begun there differs in {', '.join(changed)}; "
                "give the same inputs and options to go on, or another --out"
            )
            raise CaseError(message)
        for line in lines[1:]:
            counts = BatchCounts(line["messages"], line["problems"], line["statuses"])
            self._done[line["batch"]] = (line["places"], counts)
        # A line that a kill cut in half is dropped, so that the next one starts on a line of its own.
        self._path.write_text(complete + "\n" if complete else "", "utf-8")
        if not lines:
            self._append({"plan": plan})

    def finished(self, number: int, places: str) -> BatchCounts | None:
        """Return the counts of a batch that is done, or None when it is still to do.

        Raises:
            CaseError: The batch was done with other messages: the input has changed since.
        """
        known = self._done.get(number)
        if known is None:
            return None
        if known[0] != places:
            case = self._path.parent.parent
            message = f"{case}: the input has changed since the run was begun; start anew with another --out"
            raise CaseError(message)
        return known[1]

    def note(self, number: int, places: str, counts: BatchCounts) -> None:
        """Note a batch as done, on disk before this returns."""
        self._append(
            {
                "batch": number,
                "places": places,
                "messages": counts.messages,
                "problems": counts.problems,
                "statuses": counts.statuses,
            }
        )

    def _append(self, entry: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(entry, sort_keys=True) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
