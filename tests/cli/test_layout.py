from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.text import Text

from attribution.cli.layout import bar, columns, pairs, paragraph, share, text, utc

if TYPE_CHECKING:
    from tests.cli.conftest import Sheet

HOSTILE = "[red]not markup[/red] :smile: \x1b[31mred\x1b]8;;http://evil.example\x07link \u202ereversed \u200b\x9b1m"


def printable(shown: str) -> bool:
    return all(char.isprintable() or char == "\n" for char in shown)


def test_text_from_mail_is_neither_markup_nor_an_escape_sequence(sheet: Sheet) -> None:
    table = columns("a", "b")
    table.add_row("", text(HOSTILE), text(None))
    sheet.console.print(table)
    paragraph(sheet.console, HOSTILE)
    pairs(sheet.console, [("key", HOSTILE), ("none", None)])
    assert printable(sheet.text)
    assert sheet.text.count("[red]") == 3
    assert ":smile:" in sheet.text
    assert "\\x1b[31m" in sheet.text
    assert "http://" not in sheet.text
    assert "none" not in sheet.text


def test_a_pipe_gets_sentences_in_one_line_and_a_terminal_wrapped(sheet: Sheet, make_sheet: type[Sheet]) -> None:
    sentence = "many words " * 20
    paragraph(sheet.console, sentence)
    assert len(sheet.text.splitlines()) == 1
    terminal = make_sheet(terminal=True)
    paragraph(terminal.console, sentence)
    lines = terminal.text.splitlines()
    assert len(lines) == 3
    assert all(len(line) <= 80 and line.startswith("  many") for line in lines)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_no_encoding_fails(encoding: str, make_sheet: type[Sheet]) -> None:
    sheet = make_sheet(encoding)
    paragraph(sheet.console, "Žluťoučký kůň 馬")
    pairs(sheet.console, [("subject", "馬")])
    sheet.console.print(bar(sheet.console, 1, 2))
    assert ("#" in sheet.text) == (encoding != "utf-8")


@pytest.mark.parametrize(("part", "whole", "length"), [(0, 10, 0), (1, 1000, 1), (5, 10, 8), (10, 10, 16), (0, 0, 0)])
def test_a_bar_is_as_long_as_its_part(part: int, whole: int, length: int, sheet: Sheet) -> None:
    assert bar(sheet.console, part, whole).cell_len == length


def test_small_things() -> None:
    assert share(1, 8) == "12.5 %"
    assert share(0, 0) == ""
    assert utc(None) == ""
    assert isinstance(text("x"), Text)
