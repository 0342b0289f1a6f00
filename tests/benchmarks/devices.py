"""How well our own device rules name the devices of labelled banners. Run it: `python tests/benchmarks/devices.py`.

The labels are Recog's words, read in our vocabulary. A rule counts as an answer when its type is not weak: that a web
server is a small one claims no device. Banners with a label that has no counterpart are left out, as are hashes
(favicon, JARM), which no family of rules can know.

With `--recog FOLDER` the other examples of Recog's files that name a device are judged too. Those of three in ten of
its fingerprints (`held_back`) were not read when the rules were mended last; nobody ever looked at the errors on a part
of these (`unseen`). The figures for them say what to expect elsewhere.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from attribution.enrich.devices import device_matcher, device_types, type_of_word
from attribution.enrich.devices.recog import compile_fingerprint
from attribution.enrich.devices.recog_xml import read_xml

if TYPE_CHECKING:
    from attribution.enrich.devices.recog_xml import RawExample

ROOT = Path(__file__).resolve().parents[2]
KIN = frozenset({"router", "modem", "access-point"})
"""Types that one box at home is at once; Recog calls the same models now this, now that."""
HASHES = frozenset({"favicon.md5", "tls.jarm"})


class Row(NamedTuple):
    """One banner: where it comes from, its text, the type that the label means, and the type that our rules say.

    `family` is the pattern of the fingerprint that a banner is an example of, where it is one.
    """

    kind: str
    text: str
    label: str
    said: str | None
    rule: str | None
    family: str = ""


def judged(path: Path) -> list[Row]:
    """Return the labelled banners with what our rules say of them."""
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    rows = (judge(record["matches"] or "", record["banner"], record["device"]) for record in records)
    return [row for row in rows if row is not None]


def judge(kind: str, text: str, word: str) -> Row | None:
    """Return a banner with what our rules say of it; None where the label `word` means no device of ours."""
    types = device_types()
    label = type_of_word("recog", word)
    if kind in HASHES or label is None or types[label].weak:
        return None
    found = (match.rule for match in device_matcher().match(text, kind) if not types[match.rule.type].weak)
    best = next(found, None)
    return Row(kind, text, label, None if best is None else best.type, None if best is None else best.id)


def others(folder: Path, labelled: Path) -> list[Row]:
    """Return the examples of Recog's files that name a device and are not among the labelled banners, each once."""
    known = {json.loads(line)["banner"].strip() for line in labelled.read_text("utf-8").splitlines()}
    rows: dict[tuple[str, str], Row | None] = {}
    for path in sorted(folder.glob("*.xml")):
        file = read_xml(path)
        for raw in file.fingerprints:
            fingerprint = compile_fingerprint(raw)
            for example in raw.examples:
                text, kind = decoded(example), file.matches or path.stem
                params = fingerprint.params(text) or {}
                word = params.get("hw.device") or params.get("os.device")
                if word and text.strip() and text.strip() not in known and (kind, text) not in rows:
                    row = judge(kind, text, word)
                    rows[kind, text] = None if row is None else row._replace(family=raw.pattern)
    return [row for row in rows.values() if row is not None]


def held_back(rows: list[Row]) -> list[Row]:
    """Return the examples of three in ten fingerprints; a fingerprint is on one side with all of its examples."""
    digests = ((row, hashlib.sha256(row.family.encode()).digest()) for row in rows)
    return [row for row, digest in digests if int.from_bytes(digest[:2]) % 10 < 3]


def unseen(rows: list[Row]) -> list[Row]:
    """Return those of the examples held back whose errors nobody has ever looked at."""
    digests = ((row, hashlib.sha256(row.text.encode()).digest()) for row in held_back(rows))
    return [row for row, digest in digests if digest[0] % 2 and digest[1] % 2]


def decoded(example: RawExample) -> str:
    """Return the text of an example of Recog's."""
    if example.attributes.get("_encoding") != "base64":
        return example.text
    raw = base64.b64decode(example.text)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


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


def speed(texts: list[str], kinds: list[str], rounds: int) -> float:
    """Return how many banners, each of another text, are matched in a second of one core."""
    distinct = dict.fromkeys(zip(texts, kinds, strict=True))
    column, kind_column = (pa.array(part) for part in zip(*distinct, strict=True))
    start = time.process_time()
    for _ in range(rounds):
        device_matcher().match_column(column, kind_column)
    return rounds * len(column) / (time.process_time() - start)


def told(name: str, score: Score, width: int = 22) -> str:
    """Return a line of the table."""
    numbers = ["   -  " if value is None else f"{value:6.3f}" for value in (score.precision, score.recall)]
    return f"{name:{width}} {score.labelled:7} {score.said:5}    {' '.join(numbers)}\n"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Precision and recall of the device rules on labelled banners.")
    parser.add_argument("path", nargs="?", type=Path, default=ROOT.parent / "shared/banners/labelled_banners.jsonl")
    parser.add_argument("--recog", type=Path, metavar="FOLDER", help="judge other examples of Recog's files as well")
    options = parser.parse_args()
    rows = judged(options.path)
    by_type = scores(rows)
    sys.stdout.write(f"{'type':22} banners  said precision recall\n")
    for name, score in [*by_type.items(), ("all (micro)", micro(by_type))]:
        sys.stdout.write(told(name, score))
    precision, recall = macro(by_type)
    sys.stdout.write(f"{'mean (macro)':22} {'':13}    {precision:6.3f} {recall:6.3f}\n")
    sys.stdout.write(told("router=modem=AP", micro(scores(with_kin(rows)))))
    if options.recog is not None:
        rest = others(options.recog, options.path)
        parts = (("Recog's others", rest), ("of these held back", held_back(rest)), ("of those unseen", unseen(rest)))
        for name, part in parts:
            sys.stdout.write(told(name, micro(scores(part))))
            sys.stdout.write(told("  router=modem=AP", micro(scores(with_kin(part)))))
    rate = speed([row.text for row in rows], [row.kind for row in rows], 5)
    sys.stdout.write(f"{rate:,.0f} banners/s on one core, all of them of devices\n")


if __name__ == "__main__":
    main()
