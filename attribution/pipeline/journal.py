"""The journal of a run: which batches are done, so that a killed run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from typing import TYPE_CHECKING, Any

from attribution.errors import CaseError
from attribution.pipeline.batch import BatchCounts

if sys.platform != "win32":
    import fcntl

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
        self._case = path.parent.parent
        self._done: dict[int, tuple[str, BatchCounts]] = {}
        self._handle = path.open("a+b")
        try:
            self._lock()
            self._take_up(json.loads(json.dumps(plan)))
        except BaseException:
            self.close()
            raise

    def _lock(self) -> None:
        """Keep a second run out of the case; the lock ends with this process, however it ends."""
        if sys.platform == "win32":
            return  # no such lock there: two runs on one case are the user's to avoid
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = f"{self._case}: another run is at work there; wait for it, or choose another --out"
            raise CaseError(message) from error

    def _take_up(self, plan: dict[str, Any]) -> None:
        self._handle.seek(0)
        written = self._handle.read()
        # A line that a kill cut in half is dropped, so that the next one starts on a line of its own.
        complete = written[: written.rfind(b"\n") + 1]
        self._handle.truncate(len(complete))
        lines = [json.loads(line) for line in complete.splitlines()]
        if not lines:
            self._append({"plan": plan})
            return
        begun = lines[0]["plan"]
        changed = sorted(key for key in {*plan, *begun} if plan.get(key) != begun.get(key))
        if changed:
            message = (
                f"{self._case}: the run that was begun there differs in {', '.join(changed)}; "
                "give the same inputs and options to go on, or another --out"
            )
            raise CaseError(message)
        for line in lines[1:]:
            counts = BatchCounts(line["messages"], line["problems"], line["statuses"])
            self._done[line["batch"]] = (line["places"], counts)

    def __enter__(self) -> Journal:
        """Return the journal."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file, and with it give up the lock."""
        self.close()

    def close(self) -> None:
        """Close the file, and with it give up the lock."""
        self._handle.close()

    def finished(self, number: int, places: str) -> BatchCounts | None:
        """Return the counts of a batch that is done, or None when it is still to do.

        Raises:
            CaseError: The batch was done with other messages: the input has changed since.
        """
        known = self._done.get(number)
        if known is None:
            return None
        if known[0] != places:
            message = f"{self._case}: the input has changed since the run was begun; start anew with another --out"
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
        self._handle.write(json.dumps(entry, sort_keys=True).encode("ascii") + b"\n")
        self._handle.flush()
        os.fsync(self._handle.fileno())
