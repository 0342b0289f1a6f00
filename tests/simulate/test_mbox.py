from __future__ import annotations

import hashlib
import mailbox
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from attribution.corpus.reader import read
from attribution.limits import Limits
from attribution.models import RawMessage
from attribution.simulate import TRUTH, Generated, generate, write_days, write_mbox

if TYPE_CHECKING:
    from pathlib import Path

MESSAGES = 600


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("simulated") / "mail.mbox"
    assert write_mbox(path, generate(MESSAGES, 1)) == MESSAGES
    return path


def test_the_standard_library_reads_the_messages_back(box: Path) -> None:
    opened = mailbox.mbox(box, create=False)
    try:
        assert [opened.get_bytes(key) for key in opened.iterkeys()] == [
            message.data for message in generate(MESSAGES, 1)
        ]
    finally:
        opened.close()


def test_the_truth_names_the_bytes_that_our_reader_finds(box: Path) -> None:
    truth = pq.read_table(box.with_suffix(".truth.parquet"))
    assert truth.schema == TRUTH
    rows = truth.to_pylist()
    found = list(read(str(box), Limits()))
    assert len(found) == len(rows) == MESSAGES
    for place, (item, row) in enumerate(zip(found, rows, strict=True)):
        assert isinstance(item, RawMessage)
        assert (row["source"], row["order"]) == ("mail.mbox", place)
        assert (item.offset, item.length) == (row["offset"], row["length"])
        assert hashlib.sha256(item.data).hexdigest() == row["sha256"]


def test_the_truth_is_that_of_the_messages(box: Path) -> None:
    rows = pq.read_table(box.with_suffix(".truth.parquet")).to_pylist()
    for message, row in zip(generate(MESSAGES, 1), rows, strict=True):
        assert row["campaign"] == message.campaign
        assert (row["kind"], row["botnet"], row["engine"]) == (message.kind, message.botnet, message.engine)
        assert (row["handover_ip"], row["origin_ip"]) == (message.handover_ip, message.origin_ip)
        assert row["forged"] == message.forged
        assert int(row["received_at"].timestamp()) == message.received_at


def test_days_are_files_of_their_own(tmp_path: Path) -> None:
    paths = write_days(tmp_path / "days", generate(MESSAGES, 1))
    assert [path.name for path in paths][:2] == ["2013-12-23.mbox", "2013-12-24.mbox"]
    assert len(paths) == 14
    rows = pq.read_table(tmp_path / "days" / "truth.parquet").to_pylist()
    assert len(rows) == MESSAGES
    for path in paths:
        mine = [row for row in rows if row["source"] == path.name]
        assert [row["order"] for row in mine] == list(range(len(mine)))
        assert {f"{row['received_at']:%Y-%m-%d}" for row in mine} == {path.stem}
        data = path.read_bytes()
        for row in mine:
            assert hashlib.sha256(data[row["offset"] : row["offset"] + row["length"]]).hexdigest() == row["sha256"]


def test_a_line_of_text_that_looks_like_a_postmark_is_quoted(tmp_path: Path) -> None:
    body = b"Subject: x\n\nFrom the start\n>From here\nnot From\n"
    message = Generated(body, 1387756800, 1, "ham", None, "none", "22.1.2.3", "22.1.2.3", False)
    path = tmp_path / "one.mbox"
    write_mbox(path, [message, message], tmp_path / "t.parquet")
    rows = pq.read_table(tmp_path / "t.parquet").to_pylist()
    data = path.read_bytes()
    assert data.startswith(b"From MAILER-DAEMON Mon Dec 23 00:00:00 2013\nSubject: x\n")
    for row in rows:
        kept = data[row["offset"] : row["offset"] + row["length"]]
        assert kept == b"Subject: x\n\n>From the start\n>>From here\nnot From\n"
        assert row["sha256"] == hashlib.sha256(kept).hexdigest()
