"""The campaigns of a case found again: with decisions, with rates of other mail, with keys that stay."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from attribution import CaseError, UsageError, append_mail, open_case, regroup_case
from attribution.case import CHANGING
from attribution.decisions import DECISIONS, decide, withdraw
from attribution.pipeline import exchange
from attribution.pipeline.regroup import changes
from tests.pipeline.appended import common, everything, files, ham, made, mbox, partition, rows, tables, wave, work_here

if TYPE_CHECKING:
    from pathlib import Path

    from attribution import Case


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    work_here(monkeypatch, tmp_path / "none")


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Give a case with two campaigns among forty messages that are in none."""
    return made(tmp_path, [*ham(*range(40)), *wave("parcel", *range(500, 504)), *wave("invoice", *range(600, 604))])


def one_of(case: Case, subject: str) -> int:
    """Return the first message with a subject."""
    return int(case.messages.loc[case.messages["subject"].str.startswith(subject), "message"].iloc[0])


def test_without_a_reason_to_differ_every_table_is_the_same(case: Case) -> None:
    before = {table: rows(case, table) for table in ("messages", "hops", "campaigns", "evidence", "links", "leads")}
    done = regroup_case(case.path)
    assert {table: rows(done, table) for table in before} == before
    assert tables(regroup_case(case.path).path) == tables(done.path)
    assert done.run["regrouped"]
    assert done.run["campaigns"]["absorbed"] == done.run["campaigns"]["divided"] == {}
    assert CHANGING not in files(case.path)


def test_a_decision_joins_campaigns_and_its_withdrawal_parts_them_again(case: Case) -> None:
    before, labels = set(case.campaigns["campaign"]), partition(case)
    pair = [one_of(case, "Your parcel"), one_of(case, "Invoice")]
    decide(case.path / DECISIONS, "together", pair, "the same wallet", name="Depot")
    said: list[str] = []
    (row,) = regroup_case(case.path, notice=said.append).campaigns.to_dict("records")
    assert (row["messages"], row["name"]) == (8, "Depot")
    assert {row["campaign"], *row["aliases"]} == before
    assert said == ["1 earlier campaign was taken up by others; the keys are kept as aliases"]
    withdraw(case.path / DECISIONS, 1, "it was another wallet")
    done = regroup_case(case.path)
    assert partition(done) == labels
    assert row["campaign"] in set(done.campaigns["campaign"])
    assert done.run["campaigns"]["divided"] == {str(row["campaign"]): [4, 8]}


def test_keys_stay_after_an_append(case: Case, tmp_path: Path) -> None:
    keys = set(case.campaigns["campaign"])
    # The least key of a campaign's messages would be its name, were it found for the first time.
    append_mail(case.path, mbox(tmp_path / "b.mbox", wave("parcel", *range(504, 512))), workers=1)
    assert set(regroup_case(case.path).campaigns["campaign"]) == keys
    shutil.rmtree(case.path / "traits")
    with pytest.raises(CaseError, match="older version"):
        regroup_case(case.path)


def test_rates_of_other_mail_are_asked_and_kept_for_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waves = [*wave("parcel", *range(500, 504), files=False), *wave("invoice", *range(600, 604), files=False)]
    case = made(tmp_path, [*ham(*range(40)), *waves])
    made(tmp_path, [*ham(*range(60, 100)), *common(*range(900, 930))], "quiet")
    monkeypatch.chdir(tmp_path)
    first = regroup_case("case", background="quiet")
    assert len(first.campaigns) == 1
    assert first.campaigns["subject_template"].str.startswith("invoice").all()
    labels = partition(first)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert partition(regroup_case(case.path)) == labels
    more = mbox(tmp_path / "b.mbox", [*wave("parcel", 504, files=False), *wave("invoice", 604, files=False)])
    assert append_mail(case.path, more, workers=1).campaigns["messages"].tolist() == [5]
    (tmp_path / "quiet").rename(tmp_path / "away")
    before = everything(case.path)
    with pytest.raises(CaseError, match="quiet"):
        regroup_case(case.path)
    with pytest.raises(CaseError, match="quiet"):
        append_mail(case.path, more, workers=1)
    assert everything(case.path) == before


def test_a_case_that_was_moved_is_regrouped_where_it_is(case: Case, tmp_path: Path) -> None:
    expected = tables(regroup_case(shutil.copytree(case.path, tmp_path / "other")).path)
    (tmp_path / "archive").mkdir()
    moved = case.path.rename(tmp_path / "archive" / "case 2026")
    assert tables(regroup_case(moved).path) == expected


def test_what_cannot_be_regrouped_is_not_changed(case: Case, tmp_path: Path) -> None:
    before = everything(case.path)
    with exchange.alone(case.path), pytest.raises(CaseError, match="another command"):
        regroup_case(case.path)
    with pytest.raises(CaseError, match="is no case"):
        regroup_case(case.path, background=tmp_path / "missing")
    assert everything(case.path) == before
    (case.path / DECISIONS).write_text("[[decision]\n", "utf-8")
    before = everything(case.path)
    with pytest.raises(UsageError, match=DECISIONS):
        regroup_case(case.path)
    assert everything(case.path) == before
    assert CHANGING not in files(case.path)
    with pytest.raises(CaseError, match="is no case"):
        regroup_case(tmp_path / "missing")


def test_a_part_that_cannot_be_read_is_named(case: Case) -> None:
    (case.path / "traits" / "part-000000.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(CaseError, match=r"traits.* cannot be read"):
        regroup_case(case.path)
    assert open_case(case.path).run == case.run


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({}, []),
        ({"absorbed": {}, "divided": {}}, []),
        ({"absorbed": {"1": [2, 3]}}, ["2 earlier campaigns were taken up by others; the keys are kept as aliases"]),
        (
            {"divided": {"1": [1, 2]}},
            ["1 earlier campaign has lost messages; run.json lists them under campaigns.divided"],
        ),
        (
            {"divided": {"1": [1, 2], "2": [0, 2]}},
            ["2 earlier campaigns have lost messages; run.json lists them under campaigns.divided"],
        ),
    ],
)
def test_what_became_of_campaigns_in_words(record: dict[str, object], said: list[str]) -> None:
    assert changes(record) == said
