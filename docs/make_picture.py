"""Draw `docs/summary.svg`, the picture of the terminal summary in the README, from the samples.

Run it from a checkout: `python docs/make_picture.py`. The picture is of a real run, but for the time that it took.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme

import attribution
from attribution.cli.summary_view import show_summary

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "summary.svg"
DATABASES = ("samples/databases/sample-asn.mmdb", "samples/databases/sample-city.mmdb")
COMMAND = "attribution analyze samples/mail --out case \\\n   " + "".join(f" --mmdb {path}" for path in DATABASES)

_THEME = TerminalTheme(
    (24, 27, 32),
    (222, 226, 230),
    [
        *((70, 76, 84), (224, 108, 117), (126, 190, 140), (224, 180, 90)),
        *((108, 154, 206), (190, 140, 200), (96, 184, 196), (200, 204, 208)),
    ],
)


def draw() -> str:
    """Analyse the samples into a folder that is thrown away, and return the summary as SVG."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(ROOT):
        case = attribution.analyze("samples/mail", out=Path(folder) / "case", mmdb=DATABASES)
        summary = replace(case.summary(), case="case", seconds=None)
    console = Console(
        record=True, width=96, file=io.StringIO(), force_terminal=True, markup=False, highlight=False, emoji=False
    )
    console.print(f"$ {COMMAND}", style="bold green")
    show_summary(console, summary)
    svg = console.export_svg(title="attribution", theme=_THEME, unique_id="summary")
    # Nothing in it is fetched from elsewhere: the reader's own fixed-width font will do.
    return re.sub(r"@font-face \{[^}]*\}\s*", "", svg).rstrip("\n") + "\n"


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
