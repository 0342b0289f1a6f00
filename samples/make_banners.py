"""Write `samples/banners/scan.jsonl.gz` anew: the same lines on every run.

Run by hand after `make_mail.py`, from the root of the project: `python samples/make_banners.py`.
With one argument it writes into that folder instead.
"""

from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path

from generator.banners import scan_lines

HERE = Path(__file__).resolve().parent


def build(folder: Path) -> Path:
    """Write the scan of the sample mail's senders and their neighbours.

    Args:
        folder: Is made when it is missing.
    """
    with (HERE / "expected.csv").open(encoding="utf-8", newline="") as handle:
        senders = sorted({row["handover_ip"] for row in csv.DictReader(handle)} - {""})
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "scan.jsonl.gz"
    text = "".join(f"{line}\n" for line in scan_lines(senders))
    with path.open("wb") as handle, gzip.GzipFile("", "wb", fileobj=handle, mtime=0) as packed:
        packed.write(text.encode())
    return path


if __name__ == "__main__":
    print(build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "banners"))
