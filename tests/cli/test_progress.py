from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attribution.cli.progress import LiveProgress
from attribution.pipeline import Progress

if TYPE_CHECKING:
    from tests.cli.conftest import Sheet


def test_a_pipe_gets_notices_alone(sheet: Sheet, capsys: pytest.CaptureFixture[str]) -> None:
    with LiveProgress(sheet.console).running() as live:
        live.update(Progress("reading mail", 10, 20, messages=5))
        live.notice("5 of 5 messages end at \x1b[31mmx.example.net")
    assert sheet.text == ""
    assert capsys.readouterr().err == "5 of 5 messages end at \\x1b[31mmx.example.net\n"


def test_a_terminal_gets_a_live_line_and_notices_above_it(make_sheet: type[Sheet]) -> None:
    sheet = make_sheet(terminal=True)
    with LiveProgress(sheet.console).running() as live:
        live.update(Progress("reading mail", 10, 20, messages=1_234, problems=2))
        live.notice("all end at [red]\x07mx.example.net")
    assert "reading mail, 1,234 messages, 2 problems" in sheet.text
    assert "all end at [red]\\x07mx.example.net" in sheet.text


@pytest.mark.parametrize("total", [None, 0, 5])
def test_totals_that_are_unknown_or_wrong_do_no_harm(total: int | None, make_sheet: type[Sheet]) -> None:
    sheet = make_sheet(terminal=True)
    with LiveProgress(sheet.console).running() as live:
        for stage in ("reading sample", "reading mail", "addresses", "campaigns", "writing"):
            live.update(Progress(stage, 10, total))
    assert "writing" in sheet.text


@pytest.mark.parametrize(("left", "right"), [(True, True), (True, False), (False, True)])
def test_a_notice_stands_beside_the_result_where_both_go_to_a_terminal(
    left: bool, right: bool, make_sheet: type[Sheet]
) -> None:
    with LiveProgress(make_sheet(terminal=left).console).running() as live:
        live.notice("all end at mx.example.net")
    assert live.said_beside(make_sheet(terminal=right).console) == (
        {"all end at mx.example.net"} if left and right else set()
    )
