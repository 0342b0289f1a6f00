"""The sources of a run: the sample of all of them together, and which of them could not be read."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attribution import Limits, analyze
from attribution.pipeline.sources import Sources

if TYPE_CHECKING:
    from pathlib import Path

MARK = b"From x@y Mon Jan  5 10:00:00 2026\n"
MAIL = b"""\
Received: from relay%d.example.org (relay%d.example.org [28.1.2.%d])
\tby mx.example.net (Postfix) with ESMTP id 4AbC%d
\tfor <ann@example.net>; Mon, 5 Jan 2026 10:00:%02d +0000
Subject: %s %d

body
"""


def mbox(name: bytes, count: int) -> bytes:
    return b"".join(MARK + MAIL % (n, n, n % 200, n, n % 60, name, n) + b"\n" for n in range(count))


def sources(paths: list[str], most: int, piped: bytes | None = None, batch_bytes: int = 1 << 25) -> Sources:
    limits = replace(Limits(), sample_messages=most, batch_bytes=batch_bytes)
    return Sources(paths, limits, None if piped is None else io.BytesIO(piped), lambda _: None)


def counted(sample: list[bytes]) -> dict[str, int]:
    names = [data.split(b"Subject: ")[1].split()[0].decode() for data in sample]
    return {name: names.count(name) for name in sorted(set(names))}


@pytest.fixture
def boxes(tmp_path: Path) -> list[str]:
    for name, count in (("large", 300), ("small", 100)):
        (tmp_path / name).write_bytes(mbox(name.encode(), count))
    return [str(tmp_path / "large"), str(tmp_path / "small")]


def test_sources_are_sampled_as_one_whatever_their_order(boxes: list[str]) -> None:
    found = sources(boxes, 40).sample()
    assert counted(found) == {"large": 30, "small": 10}
    assert sources(boxes[::-1], 40).sample() == found
    assert counted(sources(boxes, 1_000).sample()) == {"large": 300, "small": 100}


@pytest.mark.parametrize(
    ("piped", "shares"), [(500, {"large": 15, "pipe": 10, "small": 5}), (2, {"large": 21, "pipe": 2, "small": 7})]
)
def test_standard_input_has_its_share_and_is_read_once(boxes: list[str], piped: int, shares: dict[str, int]) -> None:
    given = sources([*boxes[:1], "-", *boxes[1:]], 30, mbox(b"pipe", piped))
    assert counted(given.sample()) == shares
    assert len(list(given.items())) == 400 + piped


def test_standard_input_gives_what_files_do_not(tmp_path: Path) -> None:
    (tmp_path / "few").write_bytes(mbox(b"few", 5))
    found = sources([str(tmp_path / "few"), "-"], 30, mbox(b"pipe", 500)).sample()
    assert counted(found) == {"few": 5, "pipe": 25}
    assert len(sources(["-"], 30, mbox(b"pipe", 500)).sample()) == 30


def test_a_source_that_cannot_be_read_is_named_with_the_reason(boxes: list[str], tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n")
    given = sources([*boxes, *(str(tmp_path / name) for name in ("loop", "pipe", "picture"))], 10)
    assert len(list(given.items())) == 403
    assert {path.rsplit("/", 1)[1]: why[:20] for path, why in given.not_read().items()} == {
        "loop": "cannot be looked at:",
        "pipe": "a named pipe, which ",
    }


def test_noise_beside_a_mailbox_changes_no_verdict(boxes: list[str], tmp_path: Path) -> None:
    (tmp_path / "dump").mkdir()
    os.link(boxes[0], tmp_path / "dump" / "m.mbox")
    with (tmp_path / "dump" / "backup.img").open("wb") as handle:
        handle.truncate(300_000_000)
    limits = replace(Limits(), sample_messages=250)
    alone = analyze(boxes[0], out=tmp_path / "alone", workers=1, limits=limits)
    beside = analyze(tmp_path / "dump", out=tmp_path / "beside", workers=1, limits=limits)
    assert alone.run["receiver"] == beside.run["receiver"]
    assert alone.run["receiver"]["sentences"][0].startswith("250 of 250 messages end at *.example.net")
    columns = ["sha256", "handover_ip", "handover_grade", "origin_ip", "origin_grade"]
    assert beside.messages[columns].equals(alone.messages[columns])


def test_a_sample_that_is_small_against_the_mail_is_said_aloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m").write_bytes(mbox(b"m", 100))
    said: list[str] = []
    few = "Only 5 of 100 messages were looked at to learn who the receiver is: see whether that is right"

    five = sources([str(tmp_path / "m")], 5).sample()
    monkeypatch.setattr("attribution.pipeline.sources.Sources.sample", lambda _: five)
    case = analyze(tmp_path / "m", out=tmp_path / "case", workers=1, notice=said.append)
    assert said[-1] == f"{few}, or name the receiver with --trust"
    assert case.run["receiver"]["sentences"][-1] == said[-1]
    assert said[-1] in (case.path / "receiver.toml").read_text()


def test_whoever_names_the_receiver_is_not_told_to_do_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "m").write_bytes(mbox(b"m", 100))
    said: list[str] = []
    five = sources([str(tmp_path / "m")], 5).sample()
    monkeypatch.setattr("attribution.pipeline.sources.Sources.sample", lambda _: five)
    analyze(tmp_path / "m", out=tmp_path / "case", workers=1, notice=said.append, trust=["example.net"])
    assert said
    assert not any(sentence.startswith("Only") for sentence in said)


def test_a_sample_of_the_size_that_was_asked_for_is_not_remarked_on(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(mbox(b"m", 100))
    said: list[str] = []
    analyze(
        tmp_path / "m",
        out=tmp_path / "case",
        workers=1,
        notice=said.append,
        limits=replace(Limits(), sample_messages=5),
    )
    assert not any(sentence.startswith("Only") for sentence in said)
