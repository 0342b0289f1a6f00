"""How well our own device rules name the devices of labelled banners. Run it: `python tests/benchmarks/devices.py`.

The labels are Recog's words, read in our vocabulary. A rule counts as an answer when its type is not weak: that a web
server is a small one claims no device. Banners with a label that has no counterpart are left out, as are hashes
(favicon, JARM), which no family of rules can know.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from attribution.enrich.devices import device_matcher, device_types, type_of_word

ROOT = Path(__file__).resolve().parents[2]
KIN = frozenset({"router", "modem", "access-point"})
"""Types that one box at home is at once; Recog calls the same models now this, now that."""
HASHES = frozenset({"favicon.md5", "tls.jarm"})


class Row(NamedTuple):
    """One banner: where it comes from, its text, the type that the label means, and the type that our rules say."""

    kind: str
    text: str
    label: str
    said: str | None
    rule: str | None


def judged(path: Path) -> list[Row]:
    """Return the labelled banners with what our rules say of them."""
    weak = {kind.id for kind in device_types().values() if kind.weak}
    rows = []
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line)
        kind, label = record["matches"] or "", type_of_word("recog", record["device"])
        if kind in HASHES or label is None or label in weak:
            continue
        found = [match for match in device_matcher().match(record["banner"], kind) if match.rule.type not in weak]
        best = found[0].rule if found else None
        said, rule = (None, None) if best is None else (best.type, best.id)
        rows.append(Row(kind, record["banner"], label, said, rule))
    return rows


class Score(NamedTuple):
    """Right answers, answers, and banners of a type."""

    right: int
    said: int
    labelled: int

    @property
    def precision(self) -> float | None:
        """Share of the answers that are right; None without answers."""
        return self.right / self.said if self.said else None

    @property
    def recall(self) -> float | None:
        """Share of the banners that are named rightly; None without banners."""
        return self.right / self.labelled if self.labelled else None


def with_kin(rows: list[Row]) -> list[Row]:
    """Return the rows with an answer of the same kin as the label taken for the label."""
    return [row._replace(said=row.label) if {row.said, row.label} <= KIN else row for row in rows]


def scores(rows: list[Row]) -> dict[str, Score]:
    """Return the score of each type that is labelled or said."""
    labelled = Counter(row.label for row in rows)
    said = Counter(row.said for row in rows if row.said)
    right = Counter(row.label for row in rows if row.said == row.label)
    names = sorted(labelled.keys() | said.keys(), key=lambda name: (-labelled[name], name))
    return {name: Score(right[name], said[name], labelled[name]) for name in names}


def micro(by_type: dict[str, Score]) -> Score:
    """Return the score over all banners."""
    return Score(*(sum(column) for column in zip(*by_type.values(), strict=True)))


def macro(by_type: dict[str, Score]) -> tuple[float, float]:
    """Return the means of precision and of recall over the types for which they exist."""
    precisions = [score.precision for score in by_type.values() if score.precision is not None]
    recalls = [score.recall for score in by_type.values() if score.recall is not None]
    return sum(precisions) / len(precisions), sum(recalls) / len(recalls)


def speed(texts: list[str], kinds: list[str], copies: int) -> float:
    """Return how many banners are matched in a second."""
    column, kind_column = pa.array(texts * copies), pa.array(kinds * copies)
    start = time.perf_counter()
    device_matcher().match_column(column, kind_column)
    return len(column) / (time.perf_counter() - start)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Precision and recall of the device rules on labelled banners.")
    parser.add_argument("path", nargs="?", type=Path, default=ROOT.parent / "shared/banners/labelled_banners.jsonl")
    rows = judged(parser.parse_args().path)
    by_type = scores(rows)

    def told(value: float | None) -> str:
        return "   -  " if value is None else f"{value:6.3f}"

    sys.stdout.write(f"{'type':22} banners  said precision recall\n")
    for name, score in [*by_type.items(), ("all (micro)", micro(by_type))]:
        numbers = f"{score.labelled:7} {score.said:5}    {told(score.precision)} {told(score.recall)}"
        sys.stdout.write(f"{name:22} {numbers}\n")
    precision, recall = macro(by_type)
    sys.stdout.write(f"{'mean (macro)':22} {'':13}    {precision:6.3f} {recall:6.3f}\n")
    kin = micro(scores(with_kin(rows)))
    sys.stdout.write(f"{'router = modem = access point':36}    {told(kin.precision)} {told(kin.recall)}\n")
    rate = speed([row.text for row in rows], [row.kind for row in rows], 5)
    sys.stdout.write(f"{rate:,.0f} banners/s on one core, all of them of devices\n")


if __name__ == "__main__":
    main()
