from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from attribution import campaigns, headers
from attribution.limits import Limits
from attribution.models import HeaderBlock, Problem, RawMessage
from attribution.origin import Receivers
from attribution.pipeline import batch
from attribution.pipeline.parts import part_path
from attribution.workers import Lost

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Items = list[RawMessage | Problem]


def raw(number: int) -> RawMessage:
    data = (
        b"Received: from a.example (a.example [28.1.2.3]) by b.example; Mon, 5 Jan 2026 10:00:00 +0000\nSubject: x\n\n"
    )
    return RawMessage("dump", f"{number}.eml", 0, len(data), data)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[dict[str, object]], Items]]:
    """Work off one batch in this process, whose memory stays unbounded."""
    monkeypatch.setattr(batch, "limit_memory", lambda _: None)

    def work(
        items: Items, lost: list[Lost[RawMessage | Problem]] | None = None, limits: Limits | None = None
    ) -> object:
        batch.set_up_worker(limits or Limits(), Receivers(), str(tmp_path))
        batch.process_batch(0, items, lost or [])
        return [pq.read_table(part_path(tmp_path, name, 0)).to_pylist() for name in ("messages", "problems")]

    return work  # type: ignore[return-value]  # lists of rows


def test_a_message_that_a_stage_fails_on_costs_only_itself(
    run: Callable[..., list[list[dict[str, object]]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read_block = headers.read_block
    calls = iter(range(10))

    def fails_once(data: bytes, limits: Limits) -> HeaderBlock:
        if next(calls) == 1:
            raise ZeroDivisionError("of our own making")
        return read_block(data, limits)

    monkeypatch.setattr(headers, "read_block", fails_once)
    messages, problems = run([raw(0), raw(1), raw(2)])
    assert [row["member"] for row in messages] == ["0.eml", "2.eml"]
    assert [(row["member"], row["status"], row["detail"]) for row in problems] == [
        ("1.eml", "crashed", "ZeroDivisionError: of our own making")
    ]


def test_a_value_that_no_column_can_hold_costs_only_its_message(
    run: Callable[..., list[list[dict[str, object]]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = campaigns.extract
    calls = iter(range(10))

    def gives_a_surrogate_once(*arguments: object, **options: object) -> dict[str, object]:
        traits = extract(*arguments, **options)  # type: ignore[arg-type]  # passed through
        return {**traits, "engine": "\ud800"} if next(calls) == 1 else traits

    monkeypatch.setattr(campaigns, "extract", gives_a_surrogate_once)
    messages, problems = run([raw(0), raw(1), raw(2)])
    assert [row["member"] for row in messages] == ["0.eml", "2.eml"]
    assert [(row["member"], row["status"]) for row in problems] == [("1.eml", "crashed")]


def test_a_message_beyond_its_time_is_a_problem_with_that_status(
    run: Callable[..., list[list[dict[str, object]]]],
) -> None:
    messages, problems = run([raw(0)], limits=replace(Limits(), message_seconds=1e-6))
    assert not messages
    assert problems[0]["status"] == "timeout"


def test_a_message_that_killed_its_worker_and_a_problem_of_the_reader_have_their_rows(
    run: Callable[..., list[list[dict[str, object]]]],
) -> None:
    found = Problem("dump", "x.png", None, "unsupported", "a picture")
    messages, problems = run([found, raw(1)], [Lost(raw(2), "crashed")])
    assert [row["member"] for row in messages] == ["1.eml"]
    assert [(row["member"], row["status"]) for row in problems] == [("2.eml", "crashed"), ("x.png", "unsupported")]
