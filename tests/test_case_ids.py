"""What a person may write for a message or a campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution.case import Case
from attribution.case_ids import Holding, campaigns_of, resolve, resolve_all
from attribution.errors import UsageError
from attribution.tables import CAMPAIGNS, MESSAGES

if TYPE_CHECKING:
    from pathlib import Path

KEY = 8674665223082153551
FIRST = 5577006791947779410
DIGEST = "de7eab8115ea490a6d45919937d1bd6d762a1a02ff5ef071b1772f69a40a5edd"

NAMES = ("message", "source", "member", "offset", "sha256", "header_message_id", "campaign")
ROWS = [
    (FIRST, "mail", "in/dump.mbox", 0, "12345678" + "0" * 56, "a1@example.org", FIRST),
    (KEY, "mail", "in/dump.mbox", 900, DIGEST, "a2@example.org", FIRST),
    (30, "mail", "in/30.eml", 0, "deadbeef" + "1" * 56, "copy@example.org", None),
    (31, "mail", "out/30.eml", 0, "deadbeef" + "1" * 56, "copy@example.org", None),
    (32, "spool/32.eml", None, 0, "a" * 64, "Re: [x] \x1b[2J", None),
    (33, "mail", "33.eml", 0, "b" * 64, "aaaaaaaa", None),
    (34, "mail", "other/33.eml", 0, "c" * 64, None, None),
]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    campaigns = [{"campaign": FIRST, "messages": 2, "name": "Parcel A", "aliases": [30, 7000]}]
    messages = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
    for name, schema, rows in (("messages", MESSAGES, messages), ("campaigns", CAMPAIGNS, campaigns)):
        (tmp_path / name).mkdir()
        filled = [{**dict.fromkeys(schema.names), **row} for row in rows]
        pq.write_table(pa.Table.from_pylist(filled, schema=schema), tmp_path / name / "part-0.parquet")
    return Case(tmp_path, {})


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (str(KEY), KEY),
        (f" {KEY} ", KEY),
        (str(FIRST), FIRST),
        ("7000", FIRST),  # absorbed
        ("30", 30),  # absorbed too, but a message first of all
        ("a2@example.org", KEY),
        ("<a2@example.org>", KEY),
        ("Re: [x] \x1b[2J", 32),
        (DIGEST, KEY),
        (DIGEST[:8].upper(), KEY),
        ("12345678", FIRST),  # digits alone, yet no key
        ("in/30.eml", 30),
        ("./in//30.eml", 30),
        ("mail: in/30.eml", 30),
        ("33.eml", 33),  # the whole path goes before the end of another
        ("other/33.eml", 34),
        ("32.eml", 32),
        ("spool/32.eml", 32),
    ],
)
def test_each_way_to_name_a_message(case: Case, text: str, key: int) -> None:
    assert resolve(case, text) == key


@pytest.mark.parametrize(
    "text",
    ["", "<>", "1", DIGEST[:7], DIGEST + "0", "example.org", "9" * 19, "9" * 5_000, "\udce9@example.org", "²", "-30"],
)
def test_what_names_nothing_is_told_with_what_to_give(case: Case, text: str) -> None:
    with pytest.raises(UsageError, match=r"is no message and no campaign of .*: give a key, a Message-ID, "):
        resolve(case, text)


@pytest.mark.parametrize("text", ["copy@example.org", "deadbeef", "30.eml"])
def test_several_messages_are_named_by_their_keys(case: Case, text: str) -> None:
    with pytest.raises(
        UsageError, match=r"is 2 messages: give the key of one of them: 30 \(mail: in/30.eml, byte 0\), 31 \("
    ):
        resolve(case, text)


def test_a_message_id_that_looks_like_the_digest_of_another_message_is_not_taken_for_it(case: Case) -> None:
    with pytest.raises(UsageError, match="is 2 messages: give the key of one of them: 32"):
        resolve(case, "aaaaaaaa")


def test_a_path_that_holds_several_messages_names_the_first_of_them(case: Case) -> None:
    with pytest.raises(UsageError, match=r"is 6 messages: .*, and 1 more$"):
        resolve(case, "mail")


def test_several_texts_keep_their_order(case: Case) -> None:
    assert resolve_all(case, ["31", "a1@example.org", DIGEST[:9]]) == [31, FIRST, KEY]


def test_the_campaign_that_holds_a_message(case: Case) -> None:
    held = Holding(FIRST, 2, "Parcel A")
    assert campaigns_of(case, [KEY, 31, 5]) == {KEY: held, 31: None, 5: None}
    assert campaigns_of(case, []) == {}


def test_a_case_without_messages_names_nothing(tmp_path: Path) -> None:
    empty = Case(tmp_path, {})
    assert campaigns_of(empty, [1]) == {1: None}
    with pytest.raises(UsageError):
        resolve(empty, "a1@example.org")
