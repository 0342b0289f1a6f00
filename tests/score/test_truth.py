from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution.errors import InputNotFoundError, UsageError
from attribution.score.truth import read_truth
from attribution.simulate import TRUTH

if TYPE_CHECKING:
    from pathlib import Path

SHA = "ab" * 32


def write(path: Path, columns: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def test_one_file_with_few_columns_is_enough(tmp_path: Path) -> None:
    truth = read_truth(write(tmp_path / "known.parquet", {"sha256": [SHA], "handover_ip": ["192.0.2.1"]}))
    assert truth.messages is not None
    assert truth.addresses is None
    assert truth.message_columns == {"sha256", "handover_ip"}
    row = truth.messages.to_pylist()[0]
    assert (row["sha256"], row["handover_ip"], row["campaign"], row["forged"]) == (SHA, "192.0.2.1", None, None)


def test_the_truth_of_the_simulator_can_be_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "truth.parquet"
    row = {"source": "a.mbox", "offset": 60, "sha256": SHA, "campaign": 7, "botnet": None, "forged": False}
    pq.write_table(pa.Table.from_pylist([row], TRUTH), path)
    truth = read_truth(path)
    assert truth.messages is not None
    assert truth.messages["campaign"].to_pylist() == ["7"]


def test_a_folder_is_told_by_what_its_files_hold(tmp_path: Path) -> None:
    write(tmp_path / "truth" / "anything.parquet", {"sha256": [SHA], "campaign": [1]})
    write(tmp_path / "truth" / "hosts.parquet", {"ip": ["192.0.2.1"], "asn": [64500]})
    write(tmp_path / "prices.parquet", {"price": [1.5]})
    truth = read_truth(tmp_path)
    assert (truth.files, truth.ignored) == (("anything.parquet", "hosts.parquet"), ("prices.parquet",))
    assert truth.messages is not None
    assert truth.addresses is not None
    assert truth.address_columns == {"ip", "asn"}


def test_tables_in_parts_are_one(tmp_path: Path) -> None:
    write(tmp_path / "part-0.parquet", {"sha256": [SHA], "campaign": [1]})
    write(tmp_path / "part-1.parquet", {"sha256": ["cd" * 32], "kind": ["bot"]})
    truth = read_truth(tmp_path)
    assert truth.messages is not None
    assert truth.messages["campaign"].to_pylist() == ["1", None]
    assert truth.message_columns == {"sha256", "campaign", "kind"}


def test_values_are_brought_to_the_form_of_the_case(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "sha256": [SHA.upper(), f" {SHA} "],
            "origin_ip": ["2001:DB8:0::1", "::ffff:192.0.2.7"],
            "campaign": [3.0, None],
            "received_at": [pd.Timestamp("2014-01-01 12:00"), None],
            "kind": ["bot", ""],
        }
    )
    frame.to_parquet(tmp_path / "t.parquet")
    messages = read_truth(tmp_path / "t.parquet").messages
    assert messages is not None
    assert messages["sha256"].to_pylist() == [SHA, SHA]
    assert messages["origin_ip"].to_pylist() == ["2001:db8::1", "192.0.2.7"]
    assert messages["campaign"].to_pylist() == ["3", None]
    assert messages["received_at"].to_pylist() == [datetime(2014, 1, 1, 12, tzinfo=UTC), None]
    assert messages["kind"].to_pylist() == ["bot", None]


def test_as_numbers_and_banners_may_be_written_as_texts(tmp_path: Path) -> None:
    columns = {"ip": ["192.0.2.1", "192.0.2.2"], "asn": ["AS64500", "64501"], "banner": ["lighttpd/1.4", None]}
    addresses = read_truth(write(tmp_path / "a.parquet", columns)).addresses
    assert addresses is not None
    assert addresses["asn"].to_pylist() == [64500, 64501]
    assert addresses["banner"].to_pylist() == [True, False]


def test_a_dictionary_and_large_texts_are_texts(tmp_path: Path) -> None:
    columns = {
        "sha256": pa.array([SHA], pa.large_string()),
        "kind": pa.array(["bot"]).dictionary_encode(),
        "campaign": pa.nulls(1),
    }
    messages = read_truth(write(tmp_path / "a.parquet", columns)).messages
    assert messages is not None
    assert messages["kind"].to_pylist() == ["bot"]
    assert messages["campaign"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"sha256": ["abc"]}, "sha256 .*'?abc'? is no SHA-256"),
        ({"sha256": [SHA], "origin_ip": ["gateway"]}, "origin_ip .*gateway is no IP address"),
        ({"sha256": [SHA], "origin_ip": ["010.0.0.1"]}, "is no IP address"),
        ({"sha256": [SHA], "received_at": [1388577600]}, "received_at .*expected times"),
        ({"sha256": [SHA], "received_at": ["yesterday"]}, "received_at"),
        ({"sha256": [SHA], "campaign": [[1, 2]]}, "campaign .*expected whole numbers or texts"),
        ({"sha256": [SHA], "forged": [datetime(2014, 1, 1, tzinfo=UTC)]}, "forged .*expected true and false"),
        ({"source": ["a"], "offset": [1.5]}, "offset .*expected whole numbers"),
        ({"ip": ["192.0.2.1", "192.0.2.1"], "asn": [1, 2]}, "several rows for the address 192.0.2.1"),
        ({"ip": ["192.0.2.1"], "asn": ["AS-SET"]}, "asn .*expected AS numbers"),
        ({"address": ["192.0.2.1"]}, "holds no truth"),
        ({"sha256": [SHA], "forged": ["perhaps"]}, "forged .*perhaps is neither true nor false; expected true and"),
        ({"sha256": [SHA], "forged": [2]}, "forged .*2 is neither true nor false"),
        ({"ip": ["192.0.2.1"], "hosts": [-1]}, "hosts .*-1 is no count"),
        ({"ip": ["192.0.2.1"], "hosts": [2**62]}, "hosts .*is no count"),
        ({"sha256": [SHA], "received_at": pa.array([10**15], pa.timestamp("s"))}, "received_at .*out of bounds"),
        (
            {"sha256": [SHA] * 2, "source": ["a"] * 2, "member": ["b"] * 2, "offset": [1024] * 2, "campaign": [1, 2]},
            "2 rows for the message at offset 1,024 of a/b; keep one",
        ),
    ],
)
def test_what_makes_no_sense_is_said_with_its_column(tmp_path: Path, columns: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_truth(write(tmp_path / "t.parquet", columns))


def test_a_truth_value_is_what_it_says_and_not_that_it_is_there(tmp_path: Path) -> None:
    texts = {"sha256": [SHA] * 4, "forged": ["False", "TRUE", "no", None]}
    numbers = {"sha256": [SHA] * 4, "forged": [0.0, 1.0, float("nan"), None]}
    found = [read_truth(write(tmp_path / "t.parquet", columns)).messages for columns in (texts, numbers)]
    assert [table["forged"].to_pylist() for table in found if table is not None] == [
        [False, True, False, None],
        [False, True, None, None],
    ]
    banners = {"ip": [f"192.0.2.{number}" for number in range(4)], "banner": ["SSH-2.0", "False", "", None]}
    addresses = read_truth(write(tmp_path / "t.parquet", banners)).addresses
    assert addresses is not None
    assert addresses["banner"].to_pylist() == [True, False, False, False]


def test_times_in_texts_are_utc_unless_they_say_otherwise(tmp_path: Path) -> None:
    for text in ("2014-01-06 16:36:13", "2014-01-06T17:36:13+01:00"):
        messages = read_truth(write(tmp_path / "t.parquet", {"sha256": [SHA], "received_at": [text]})).messages
        assert messages is not None
        assert messages["received_at"].to_pylist() == [datetime(2014, 1, 6, 16, 36, 13, tzinfo=UTC)]


def test_a_column_that_is_there_twice_is_said(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([SHA]), pa.array([1]), pa.array([2])], ["sha256", "campaign", "campaign"])
    pq.write_table(table, tmp_path / "t.parquet")
    with pytest.raises(UsageError, match="the column campaign is there 2 times"):
        read_truth(tmp_path / "t.parquet")


def test_nothing_waits_for_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.parquet")
    for path in (tmp_path, tmp_path / "pipe.parquet"):
        with pytest.raises(UsageError, match="is no regular file"):
            read_truth(path)


def test_half_a_file_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", {"sha256": [SHA] * 100})
    whole = path.read_bytes()
    for data in (whole[: len(whole) // 2], b""):
        path.write_bytes(data)
        with pytest.raises(UsageError, match="cannot be read as Parquet"):
            read_truth(path)


def test_what_is_no_parquet_is_said(tmp_path: Path) -> None:
    (tmp_path / "truth.parquet").write_text("sha256,campaign\n")
    with pytest.raises(UsageError, match="cannot be read as Parquet"):
        read_truth(tmp_path / "truth.parquet")
    with pytest.raises(InputNotFoundError, match="does not exist"):
        read_truth(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"holds no \.parquet file"):
        read_truth(tmp_path / "empty")


def test_nothing_of_a_file_acts_on_a_terminal(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        read_truth(write(tmp_path / "t.parquet", {"sha256": [SHA], "origin_ip": ["\x1b[2Jx"]}))
    assert "\x1b" not in str(error.value)
