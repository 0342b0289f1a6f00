"""The same input gives the same bytes, whatever the workers, hash seed, time zone and locale (C.5, 37 and 41)."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.hostile.conftest import environment

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import sys
from dataclasses import replace
import attribution
limits = replace(attribution.Limits(), batch_messages=20)
attribution.analyze(sys.argv[1], out=sys.argv[2], mmdb=sys.argv[4:], workers=int(sys.argv[3]), limits=limits)
"""
RUNS = [
    (1, {"PYTHONHASHSEED": "0"}),
    (2, {"PYTHONHASHSEED": "random", "TZ": "Pacific/Kiritimati", "LC_ALL": "C"}),
    (3, {"PYTHONHASHSEED": "random", "TZ": "America/St_Johns", "PYTHONUTF8": "1"}),
]
TIMES = ("started", "finished", "timings", "arguments")


def test_the_same_mail_gives_the_same_bytes(samples: Path, tmp_path: Path) -> None:
    databases = sorted(map(str, (samples / "databases").glob("*.mmdb")))
    found, records = [], []
    for number, (workers, variables) in enumerate(RUNS):
        out = tmp_path / str(number)
        line = [
            sys.executable,
            "-c",
            SCRIPT,
            str(samples / "mail" / "company.mbox"),
            str(out),
            str(workers),
            *databases,
        ]
        subprocess.run(line, env=environment(tmp_path, **variables), check=True, timeout=120)
        parts = sorted(out.glob("*/part-*.parquet"))
        found.append({str(part.relative_to(out)): hashlib.sha256(part.read_bytes()).hexdigest() for part in parts})
        record = json.loads((out / "run.json").read_text())
        records.append({key: value for key, value in record.items() if key not in TIMES})
    assert len(found[0]) >= 6
    assert found[0] == found[1] == found[2]
    assert records[0] == records[1] == records[2]
