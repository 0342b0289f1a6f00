"""What an analyst decided about the campaigns of a case: `decisions.toml`, a log to read and to edit by hand.

Each `[[decision]]` is one decision; its number is its place in the file. The program only appends: what no longer holds
is withdrawn by a later decision. `read_decisions` reads the log, `decide` and `withdraw` write it.
"""

from __future__ import annotations

from attribution.decisions.model import DECISIONS, MAX_BYTES, Action, Decision, Decisions
from attribution.decisions.reading import read_decisions
from attribution.decisions.writing import decide, withdraw

__all__ = ["DECISIONS", "MAX_BYTES", "Action", "Decision", "Decisions", "decide", "read_decisions", "withdraw"]
