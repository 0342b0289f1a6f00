"""The log of an analyst's decisions: what a person may write, what the program appends, what cannot be."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import time
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.decisions import MAX_BYTES, Decisions, decide, read_decisions, withdraw
from attribution.errors import OutputError, UsageError

BY_HAND = """\
# Parcel case, week 3

[[decision]]
time = 2024-01-05T11:00:00+01:00
action = "together"
ids = [101, 102, 103]
name = "Parcel A"
reason = "same kit in all three"   # see report 12
by = "R. Diaz"

[[decision]]
time = 2024-01-06T09:00:00Z
action = "apart"
ids = [101, 900]
reason = "two shops"

[[decision]]
time = 2024-01-07T09:00:00Z
action = "name"
ids = [900]
name = "Tax"
reason = '''the word
in all subjects'''
"""

TIME = "time = 2024-01-05T10:00:00Z\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "decisions.toml"


def written(log: Path, text: str) -> Path:
    log.write_text(text, encoding="utf-8")
    return log


def block(action: str, rest: str) -> str:
    return f'[[decision]]\n{TIME}action = "{action}"\nreason = "seen"\n{rest}\n'


def test_no_file_is_no_decision(log: Path) -> None:
    assert read_decisions(log) == Decisions()
    assert (Decisions().together, Decisions().apart, Decisions().names) == ((), (), {})


def test_a_file_written_by_hand_is_read(log: Path) -> None:
    read = read_decisions(written(log, BY_HAND))
    assert read.together == ((101, 102), (101, 103))
    assert [text for *_, text in read.together_told] == [
        "decision 1 (2024-01-05 10:00:00 UTC): same kit in all three (R. Diaz)"
    ] * 2
    assert read.apart == ((101, 900),)
    assert read.names == {101: "Parcel A", 900: "Tax"}
    first, _, third = read.entries
    assert (first.number, first.time, first.by) == (1, datetime(2024, 1, 5, 10, tzinfo=UTC), "R. Diaz")
    assert third.reason == "the word\nin all subjects"


@pytest.mark.parametrize("edited", [BY_HAND.replace("\n", "\r\n"), "\ufeff" + BY_HAND, BY_HAND.rstrip("\n")])
def test_what_editors_do_to_a_file_is_no_fault_of_it(log: Path, edited: str) -> None:
    log.write_bytes(edited.encode("utf-8"))
    assert len(read_decisions(log).entries) == 3
    decide(log, "name", [101], "seen", name="B")
    assert read_decisions(log).names[101] == "B"


def test_what_a_person_wrote_stays_byte_for_byte(log: Path) -> None:
    written(log, BY_HAND)
    log.chmod(0o640)
    decide(log, "together", [900, 901], "same wallet")
    assert log.read_text("utf-8").startswith(BY_HAND)
    assert log.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in log.parent.iterdir()] == [log.name]


def test_a_decision_is_made_now_and_stands_as_a_block(log: Path) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    made = decide(log, "together", [3, 1, 2], "same kit", name="Parcel", by="R. Diaz")
    assert before <= made.time <= datetime.now(UTC)
    assert read_decisions(log).entries == (made,)
    text = log.read_text("utf-8")
    assert text.startswith("# What an analyst decided")
    assert text.endswith(
        f'[[decision]]\ntime = {made.time:%Y-%m-%dT%H:%M:%S}Z\naction = "together"\nids = [3, 1, 2]\nname = "Parcel"\n'
        'reason = "same kit"\nby = "R. Diaz"\n'
    )


def test_the_last_name_of_a_message_counts_and_stands_last(log: Path) -> None:
    for key, name in ((1, "A"), (2, "B"), (1, "C")):
        decide(log, "name", [key], "seen", name=name)
    assert list(read_decisions(log).names.items()) == [(2, "B"), (1, "C")]


# What cannot be


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("decision = 1", "two pairs of brackets"),
        ('[decision]\naction = "name"', "two pairs of brackets"),
        ("decision = [1]", "decision 1: a decision begins with [[decision]]"),
        ("[[decisions]]", "unknown: decisions"),
        ("[[decision]\n", "is no TOML"),
        ("x = " + "[" * 5_000, "is no TOML"),
        ("x = " + "1" * 5_000, "is no TOML"),
        ("[[decision]]\nreason = 'x'", 'action must be one of "together"'),
        ("[[decision]]\naction = ['name']", 'action must be one of "together"'),
        (block("together", "ids = [1, 2]\nreasons = 1"), "unknown: reasons"),
        (block("apart", "ids = [1, 2]\nname = 'x'"), "unknown: name"),
        (block("undo", "ids = [1]\nof = 1"), "unknown: ids"),
        (block("together", "ids = [1]"), '"together" takes two or more keys, not 1'),
        (block("apart", "ids = [1, 2, 3]"), '"apart" takes two keys, not 3'),
        (block("name", "ids = [1]"), "it has no name"),
        (block("name", "ids = [1, 2]\nname = 'x'"), '"name" takes one key, not 2'),
        (block("together", "ids = [1, 2, 1]"), "message 1 stands in ids twice"),
        (block("together", "ids = ['1', '2']"), "without quotes"),
        (block("together", "ids = [true, false]"), "list of message keys"),
        (block("together", "ids = [-1, 2]"), "list of message keys"),
        (block("together", "ids = [1, 9223372036854775808]"), "list of message keys"),
        (block("together", ""), "list of message keys"),
        (f'[[decision]]\n{TIME}action = "apart"\nids = [1, 2]', "it has no reason"),
        (f'[[decision]]\n{TIME}action = "apart"\nids = [1, 2]\nreason = "  "', "it has no reason"),
        (f'[[decision]]\n{TIME}action = "apart"\nids = [1, 2]\nreason = "{"x" * 4001}"', "longer than 4,000"),
        ('[[decision]]\naction = "apart"\nids = [1, 2]\nreason = "x"', "time must be a time with its zone"),
        ('[[decision]]\ntime = 2024-01-05\naction = "apart"\nids = [1, 2]\nreason = "x"', "with its zone"),
        (
            '[[decision]]\ntime = 0001-01-01T00:00:00+14:00\naction = "apart"\nids = [1, 2]\nreason = "x"',
            "with its zone",
        ),
        (block("undo", "of = 1"), "there is none before it"),
        (block("undo", "of = true"), "of must be the number"),
        ("." * 20_000, "full stops"),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_to_write(log: Path, text: str, says: str) -> None:
    written(log, text)
    with pytest.raises(UsageError, match=re.escape(says)) as told:
        read_decisions(log)
    assert str(told.value).startswith(str(log))
    with pytest.raises(UsageError):
        decide(log, "apart", [5, 6], "seen")
    assert log.read_text("utf-8") == text


def test_a_fault_names_the_number_of_its_decision(log: Path) -> None:
    with pytest.raises(UsageError, match=r"decisions\.toml: decision 4: it has no name"):
        read_decisions(written(log, BY_HAND + block("name", "ids = [5]")))


def test_a_file_that_is_none_is_refused(log: Path, tmp_path: Path) -> None:
    log.write_bytes(b'[[decision]]\nreason = "caf\xe9"')
    with pytest.raises(UsageError, match=r"not UTF-8 \(byte 26\)"):
        read_decisions(log)
    with log.open("wb") as handle:
        handle.truncate(MAX_BYTES + 1)
    with pytest.raises(UsageError, match="larger than 10,000,000 bytes"):
        read_decisions(log)
    with pytest.raises(UsageError, match="no regular file"):
        read_decisions(tmp_path)
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(UsageError, match="no regular file"):
        read_decisions(tmp_path / "pipe.toml")


def test_decisions_that_contradict_one_another_are_named_by_number_and_time(log: Path) -> None:
    chain = block("together", "ids = [1, 2]") + block("together", "ids = [7, 8]") + block("together", "ids = [3, 2]")
    with pytest.raises(UsageError) as told:
        read_decisions(written(log, chain + block("apart", "ids = [1, 3]")))
    at = "(2024-01-05 10:00:00 UTC)"
    assert f"decision 4 {at} keeps messages 1 and 3 apart" in str(told.value)
    assert f"decision 1 {at} and decision 3 {at} hold them together" in str(told.value)
    assert "delete one of these blocks, or withdraw it" in str(told.value)
    withdraw(log, 3, "typed wrong")  # also from a file that cannot be read
    assert read_decisions(log).together == ((1, 2), (7, 8))


@pytest.mark.parametrize(
    ("action", "ids", "says"),
    [
        ("apart", [2, 3], r"decision 1 \(.*\) holds these messages together: nothing was written"),
        ("together", [3, 4], r"decision 2 \(.*\) keeps messages 1 and 4 apart and decision 1 \(.*\) holds them"),
        ("together", [1, 4], r"decision 2 \(.*\) keeps messages 1 and 4 apart: nothing was written"),
    ],
)
def test_what_contradicts_earlier_decisions_is_refused(log: Path, action: str, ids: list[int], says: str) -> None:
    decide(log, "together", [1, 2, 3], "seen")
    decide(log, "apart", [1, 4], "seen")
    before = log.read_bytes()
    with pytest.raises(UsageError, match=says) as told:
        decide(log, action, ids, "seen")  # type: ignore[arg-type] # a parameter of this test
    assert "withdraw the earlier decision first: attribution pin" in str(told.value)
    assert log.read_bytes() == before


def test_what_cannot_be_a_decision_writes_nothing(log: Path) -> None:
    for ids, reason in (([1], "seen"), ([1, 1], "seen"), ([1, 2], " "), ([1, 2], "bytes \udce9")):
        with pytest.raises(UsageError):
            decide(log, "together", ids, reason)
    assert list(log.parent.iterdir()) == []


# Withdrawals


def test_a_withdrawn_decision_stays_in_the_log_and_does_not_hold(log: Path) -> None:
    decide(log, "together", [1, 2], "seen")
    undo = withdraw(log, 1, "an exchange's wallet", by="R. Diaz")
    assert (undo.number, undo.of, undo.ids, undo.by) == (2, 1, (1, 2), "R. Diaz")
    read = read_decisions(log)
    assert read.entries[0].withdrawn_by == 2
    assert read.together == ()
    assert decide(log, "apart", [1, 2], "seen").number == 3  # no contradiction any more


def test_what_cannot_be_withdrawn_is_told(log: Path) -> None:
    decide(log, "together", [1, 2], "seen")
    withdraw(log, 1, "wrong")
    for number, says in ((1, "already withdrawn by decision 2"), (2, "itself a withdrawal"), (3, "no decision 3")):
        with pytest.raises(UsageError, match=says):
            withdraw(log, number, "wrong")
    assert len(read_decisions(log).entries) == 2


def test_a_withdrawal_whose_decision_moved_or_went_is_told(log: Path) -> None:
    first, second = block("together", "ids = [1, 2]"), block("apart", "ids = [3, 4]").replace("-05T", "-06T")
    undo = block("undo", "of = 2\nof_time = 2024-01-06T10:00:00Z")
    assert read_decisions(written(log, first + second + undo)).apart == ()
    with pytest.raises(UsageError, match=r"decision 2 withdraws decision 2 .* which is now decision 1: correct of"):
        read_decisions(written(log, second + undo))
    with pytest.raises(UsageError, match="no longer there: delete this block too"):
        read_decisions(written(log, first + undo))
    with pytest.raises(UsageError, match="as decision 3 does: delete one"):
        read_decisions(written(log, first + second + undo + undo))


# Safe in the worst case


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_stop_while_writing_leaves_the_file_as_it_was(log: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    decide(log, "together", [1, 2], "seen")
    before = log.read_bytes()

    def stop(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes" if where == "before" else "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            decide(log, "together", [3, 4], "seen")
    assert log.read_bytes() == before
    assert [path.name for path in log.parent.iterdir()] == [log.name]
    assert decide(log, "together", [3, 4], "seen").number == 2


def test_a_full_disk_is_told_and_loses_nothing(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decide(log, "together", [1, 2], "seen")

    def full(*_: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OutputError, match="No space left on device; the decision was not kept"):
            decide(log, "together", [3, 4], "seen")
    assert len(read_decisions(log).entries) == 1
    with pytest.raises(OutputError, match="No such file"):
        decide(log.parent / "gone" / "decisions.toml", "together", [3, 4], "seen")


def _decide_often(log: Path, start: int) -> None:
    for key in range(start, start + 20, 2):
        decide(log, "together", [key, key + 1], "seen")


def test_two_programs_at_once_lose_nothing(log: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_decide_often, args=(log, start)) for start in (100, 200)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
        assert one.exitcode == 0
    assert len(read_decisions(log).entries) == 20
    assert [path.name for path in log.parent.iterdir()] == [log.name]


def test_a_link_is_followed_not_replaced(log: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    log.symlink_to(kept / "mine.toml")
    decide(log, "together", [1, 2], "seen")
    assert log.is_symlink()
    assert len(read_decisions(kept / "mine.toml").entries) == 1


def test_many_decisions_take_little_time(log: Path) -> None:
    chain = "".join(block("together", f"ids = [{key}, {key + 1}]") for key in range(30_000))
    written(log, chain + block("apart", "ids = [0, 30000]"))
    clock = time.perf_counter()
    with pytest.raises(UsageError, match="keeps messages 0 and 30000 apart"):
        read_decisions(log)
    assert time.perf_counter() - clock < 20


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200).filter(str.strip)


@given(reason=texts, name=texts, by=texts, ids=st.lists(st.integers(0, 2**63 - 1), min_size=2, max_size=9, unique=True))
def test_any_text_comes_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, reason: str, name: str, by: str, ids: list[int]
) -> None:
    log = tmp_path_factory.mktemp("case") / "decisions.toml"
    made = decide(log, "together", ids, reason, name=name, by=by)
    assert (made.ids, made.reason, made.name, made.by) == (tuple(ids), reason.strip(), name.strip(), by.strip())
    text = log.read_text("utf-8")
    assert all(char.isprintable() or char == "\n" for char in text)
    assert tomllib.loads(text)["decision"][0]["reason"] == reason


@given(st.binary(max_size=400) | st.text(st.sampled_from("[]decision\"=.1\n #'x"), max_size=200).map(str.encode))
def test_no_bytes_do_more_than_be_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    log = tmp_path_factory.mktemp("case") / "decisions.toml"
    log.write_bytes(data)
    with contextlib.suppress(UsageError):
        read_decisions(log)
