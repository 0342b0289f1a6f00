"""Tables, bars and escaped texts, as all views print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from attribution.report.shown import CELL, shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from rich.console import Console

__all__ = ["GRADE_STYLES", "bar", "columns", "heading", "pairs", "paragraph", "share", "text", "to_copy", "utc"]

GRADE_STYLES = {
    "vouched": "green",
    "corroborated": "cyan",
    "claimed": "yellow",
    "contradicted": "red",
    "none": "dim",
}
"""Colour of each grade; the word itself always stands beside it."""

_BAR = 16


def text(value: object, style: str = "", width: int = CELL) -> Text:
    """Return a value from mail as text that cannot act, with None as nothing."""
    return Text("" if value is None else shown(str(value), width), style, overflow="fold")


def heading(console: Console, title: str) -> None:
    """Print an empty line and a title."""
    console.print()
    console.print(Text(title, "bold"))


def paragraph(console: Console, sentence: str | Text, style: str = "", indent: int = 2) -> None:
    """Print a sentence, wrapped and indented on a terminal; in one line elsewhere, so that it can be searched."""
    line = text(sentence, style) if isinstance(sentence, str) else sentence
    if console.is_terminal:
        console.print(Padding(line, (0, 0, 0, indent)))
    else:
        console.print(Text(" " * indent).append_text(line), soft_wrap=True)


def to_copy(console: Console, line: str, indent: int = 2) -> None:
    """Print a line with a path or a command, which is broken by the terminal alone, so that it is copied as a whole."""
    console.print(Text(" " * indent).append_text(text(line)), soft_wrap=True)


def columns(*names: str, right: tuple[str, ...] = ()) -> Table:
    """Return a table without lines, its columns named; those in `right` hold numbers."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("", width=0)
    for name in names:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return table


def pairs(console: Console, lines: Iterable[tuple[str, object]], indent: int = 2) -> None:
    """Print names with their values, one a line; those without a value are left out."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, min_width=11, style="dim")
    grid.add_column(overflow="fold")
    for name, value in lines:
        if value is None:
            continue
        shown_value = value if isinstance(value, Text) else text(value)
        if console.is_terminal:
            grid.add_row(name, shown_value)
        else:
            console.print(Text(f"{'':{indent}}{name:<13}").append_text(shown_value), soft_wrap=True)
    if grid.rows:
        console.print(Padding(grid, (0, 0, 0, indent)))


def bar(console: Console, part: int, whole: int) -> Text:
    """Return a bar as long as the part is of the whole, in characters that the output can show."""
    length = round(_BAR * part / whole) if whole else 0
    full = "#" if console.options.ascii_only else "\u2588"
    return Text(full * max(length, 1 if part else 0), "blue")


def share(part: int, whole: int) -> str:
    """Return a part of a whole in per cent."""
    return f"{100 * part / whole:.1f} %" if whole else ""


def utc(time: datetime | None, seconds: bool = False) -> str:
    """Return a UTC time as text, nothing for None."""
    if time is None:
        return ""
    return f"{time:%Y-%m-%d %H:%M:%S} UTC" if seconds else f"{time:%Y-%m-%d}"
