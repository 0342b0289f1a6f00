"""Write `samples/mail/` and `samples/expected.csv` anew: the same bytes on every run.

Run by hand after a change, from the root of the project: `python samples/make_mail.py`.
With one argument it writes both below that folder instead.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from generator import broken, bulk, campaigns, ham, hard, own
from generator.containers import write_corpus, write_expected

if TYPE_CHECKING:
    from generator.model import Sample, Truth


def corpus() -> list[Sample]:
    """Return every item of the corpus, duplicates included."""
    samples = [
        *campaigns.parcel(),
        *campaigns.invoice(),
        *campaigns.advance_fee(),
        *bulk.newsletter(),
        *bulk.discussion(),
        *ham.notes(),
        *own.own_mail(),
        *hard.own_names(),
        *hard.boundaries(),
        *hard.fetched(),
        *broken.shown(),
        *broken.dates(),
        *broken.files(),
    ]
    return samples + duplicates(samples)


def duplicates(samples: list[Sample]) -> list[Sample]:
    """Return exact copies: one beside its original, one that a user reported from the tenant's mailbox."""
    beside = next(sample for sample in samples if sample.box == "company" and sample.truth.kind == "bot")
    reported = next(sample for sample in samples if sample.box == "foundation" and sample.truth.kind == "bot")
    return [
        replace(beside, truth=_copied(beside.truth, "the same bytes once more in this mbox")),
        replace(reported, box="reported", truth=_copied(reported.truth, "the same bytes as a file of foundation/")),
    ]


def _copied(truth: Truth, note: str) -> Truth:
    return replace(truth, note=f"{truth.note}; {note}" if truth.note else note)


def main() -> None:
    """Write the corpus and say what it holds."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    rows = write_corpus(target / "mail", corpus())
    write_expected(target / "expected.csv", rows)
    print(f"{len(rows)} items in {target / 'mail'}")


if __name__ == "__main__":
    main()
