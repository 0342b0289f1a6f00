"""New mail in an existing case: what one run over all of it gives, with keys that stay."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from attribution import (
    CaseError,
    CaseExistsError,
    DatabaseError,
    InputError,
    InputNotFoundError,
    Limits,
    UsageError,
    analyze,
    append_mail,
    enrich_case,
    open_case,
)
from attribution.case import CHANGING
from attribution.decisions import DECISIONS, decide
from attribution.pipeline import exchange
from attribution.pipeline.append import APPENDING
from tests.hostile.conftest import environment
from tests.pipeline.appended import (
    everything,
    files,
    ham,
    letter,
    made,
    mbox,
    partition,
    rows,
    tables,
    wave,
    work_here,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from attribution import Case, Progress

FIRST = [*ham(*range(40)), *wave("parcel", *range(500, 504)), *wave("invoice", *range(600, 604))]
BRIDGE = [
    *wave("parcel", 700, 702, links=["parcel", "invoice"]),
    *wave("invoice", 701, 703, links=["parcel", "invoice"]),
]


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    work_here(monkeypatch, tmp_path / "none")


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Give a case with two campaigns among forty messages that are in none."""
    return made(tmp_path, FIRST)


def campaign_of(case: Case, subject: str) -> int:
    """Return the one campaign that the messages with a subject are in."""
    (found,) = set(case.messages.loc[case.messages["subject"].str.startswith(subject), "campaign"])
    return int(found)


def is_untouched(case: Case, before: dict[str, bytes]) -> bool:
    return everything(case.path) == before and not {APPENDING, CHANGING} & files(case.path)


# What one run gives


def test_an_append_gives_the_tables_of_one_run_over_all_of_the_mail(tmp_path: Path) -> None:
    more = [*ham(*range(40, 60)), *wave("parcel", *range(504, 509))]
    first = made(tmp_path, FIRST, trust=["mx.example.net"])
    done = append_mail(first.path, mbox(tmp_path / "second.mbox", more), workers=1)
    paths = [tmp_path / "first.mbox", tmp_path / "second.mbox"]
    whole = analyze(paths, out=tmp_path / "whole", workers=1, trust=["mx.example.net"])
    assert rows(done, "messages", "campaign") == rows(whole, "messages", "campaign")
    for table in ("hops", "traits", "addresses", "problems"):
        assert rows(done, table) == rows(whole, table), table
    assert partition(done) == partition(whole)
    assert len(partition(done)) == 2
    keyed = ("campaign", "lead", "campaign_a", "campaign_b", "group", "aliases")
    assert sorted(map(str, rows(done, "campaigns", *keyed))) == sorted(map(str, rows(whole, "campaigns", *keyed)))
    assert done.run["counts"] == whole.run["counts"]
    assert [source["path"] for source in done.run["sources"]] == [str(path) for path in paths]


def test_the_samples_in_two_halves_are_the_samples_in_one(samples: Path, tmp_path: Path) -> None:
    halves = samples / "mail" / "foundation", samples / "mail" / "university"
    databases = sorted((samples / "databases").glob("*.mmdb"))

    def read(paths: Sequence[Path], out: Path) -> Case:
        trust, banners = ["example.org", "example.com"], [samples / "banners"]
        return analyze(paths, out=out, trust=trust, workers=1, mmdb=databases, banners=banners)

    whole = read(halves, tmp_path / "whole")
    done = append_mail(read(halves[:1], tmp_path / "case").path, halves[1], workers=1)
    assert rows(done, "messages", "campaign") == rows(whole, "messages", "campaign")
    for table in ("hops", "traits", "addresses", "controls", "banners", "problems"):
        assert rows(done, table) == rows(whole, table), table
    assert len(done.problems) > 0
    assert done.messages["device_grade"].notna().any()
    assert partition(done) == partition(whole)
    for section in ("control", "hosts", "lookups", "counts"):
        assert done.run[section] == whole.run[section]


def test_what_an_enrichment_gives_afterwards_is_what_it_gives_for_one_run(samples: Path, tmp_path: Path) -> None:
    databases = sorted((samples / "databases").glob("*.mmdb"))
    halves = samples / "mail" / "company.mbox", samples / "mail" / "university"
    whole = analyze(halves, out=tmp_path / "whole", trust=["example.com"], mmdb=databases, workers=1)
    first = analyze(halves[0], out=tmp_path / "case", trust=["example.com"], workers=1)
    appended = append_mail(first.path, halves[1], workers=1)
    assert appended.addresses["asn"].isna().all()
    done = enrich_case(first.path, mmdb=databases)
    for table in ("hops", "addresses"):
        assert rows(done, table) == rows(whole, table), table
    assert rows(done, "messages", "campaign") == rows(whole, "messages", "campaign")
    assert partition(done) == partition(whole)


def test_one_and_two_workers_write_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = made(tmp_path, FIRST, limits=replace(Limits(), batch_messages=7))
    shutil.copytree(first.path, tmp_path / "other")
    more = mbox(tmp_path / "second.mbox", [*ham(*range(40, 60)), *BRIDGE])
    append_mail(first.path, more, workers=1)
    monkeypatch.undo()
    monkeypatch.setenv("ATTRIBUTION_DATA", str(tmp_path / "none"))
    append_mail(tmp_path / "other", more, workers=2)
    assert tables(first.path) == tables(tmp_path / "other")


def test_the_record_says_what_was_added_when_and_keeps_how_the_case_was_made(case: Case, tmp_path: Path) -> None:
    done = append_mail(case.path, mbox(tmp_path / "b.mbox", ham(50, 51)), workers=1)
    done = append_mail(case.path, mbox(tmp_path / "c.mbox", ham(52)), workers=1)
    assert done.run["arguments"] == case.run["arguments"]
    assert [entry["messages"] for entry in done.run["appended"]] == [2, 1]
    assert [entry["paths"] for entry in done.run["appended"]] == [[str(tmp_path / f"{name}.mbox")] for name in "bc"]
    assert done.run["counts"] == {"messages": 51, "problems": 0, "statuses": {"ok": 51}}
    assert "51 messages" in repr(done)
    assert "51" in (done.path / "report.html").read_text("utf-8")


# Keys


def test_keys_of_campaigns_stay_over_five_appends(case: Case, tmp_path: Path) -> None:
    parcel, invoice = campaign_of(case, "Your parcel"), campaign_of(case, "Invoice")
    for number in range(5):
        start = 800 + number * 10
        more = [*ham(start, start + 1), *wave("parcel", start + 2, start + 3), *wave("invoice", start + 4)]
        done = append_mail(case.path, mbox(tmp_path / f"day{number}.mbox", more), workers=1)
        assert (campaign_of(done, "Your parcel"), campaign_of(done, "Invoice")) == (parcel, invoice)
    sizes = dict(zip(done.campaigns["campaign"], done.campaigns["messages"], strict=True))
    assert sizes == {parcel: 14, invoice: 9}
    assert done.run["counts"]["messages"] == len(done.messages) == 73
    paths = [tmp_path / "first.mbox", *(tmp_path / f"day{number}.mbox" for number in range(5))]
    assert partition(done) == partition(analyze(paths, out=tmp_path / "whole", workers=1))


def test_two_campaigns_that_new_mail_shows_to_be_one_keep_both_keys_as_names(case: Case, tmp_path: Path) -> None:
    keys = {campaign_of(case, "Your parcel"), campaign_of(case, "Invoice")}
    said: list[str] = []
    done = append_mail(case.path, mbox(tmp_path / "b.mbox", BRIDGE), workers=1, notice=said.append)
    (row,) = done.campaigns.to_dict("records")
    assert row["messages"] == 12
    assert {row["campaign"], *row["aliases"]} == keys
    assert done.run["campaigns"]["absorbed"] == {str(row["campaign"]): list(row["aliases"])}
    assert any("aliases" in sentence for sentence in said)
    for key in keys:
        assert len(done.campaign(key).messages) == 12
    later = append_mail(case.path, mbox(tmp_path / "c.mbox", wave("parcel", 900)), workers=1)
    assert [list(row["aliases"]) for row in later.campaigns.to_dict("records")] == [list(row["aliases"])]
    assert campaign_of(later, "Invoice") == row["campaign"]


def test_every_campaign_that_a_table_names_is_one_of_the_case(case: Case, tmp_path: Path) -> None:
    done = append_mail(case.path, mbox(tmp_path / "b.mbox", [*BRIDGE, *ham(50)]), workers=1)
    known = set(done.campaigns["campaign"])
    for table in ("messages", "evidence", "links"):
        assert set(done.table(table)["campaign"].to_pylist()) - {None} == known, table


# What is there already


def test_mail_that_is_there_is_passed_over_and_what_a_mailbox_has_gained_is_added(case: Case, tmp_path: Path) -> None:
    mbox(tmp_path / "first.mbox", [*FIRST, *ham(50), *wave("parcel", 504)])
    said: list[str] = []
    done = append_mail(case.path, tmp_path / "first.mbox", workers=1, notice=said.append)
    whole = analyze(tmp_path / "first.mbox", out=tmp_path / "whole", workers=1)
    assert rows(done, "messages", "campaign") == rows(whole, "messages", "campaign")
    for table in ("hops", "traits", "addresses"):
        assert rows(done, table) == rows(whole, table), table
    assert any("48 messages" in sentence for sentence in said)
    (entry,) = done.run["appended"]
    assert (entry["messages"], entry["passed_over"]) == (2, 48)


def test_what_was_no_mail_the_last_time_has_one_row_and_not_one_for_each_append(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    for number, one in enumerate(ham(0, 1, 2)):
        (folder / f"{number}.eml").write_bytes(one)
    case = analyze(folder, out=tmp_path / "case", workers=1)
    assert case.problems["member"].tolist() == ["logo.png"]
    (folder / "3.eml").write_bytes(ham(3)[0])
    (folder / "empty.eml").write_bytes(b"")
    done = append_mail(case.path, folder, workers=1)
    assert done.problems["member"].tolist() == ["logo.png", "empty.eml"]
    assert done.run["counts"]["problems"] == 2
    assert done.run["counts"]["messages"] == 4


def test_a_message_that_has_changed_under_its_path_is_a_row_and_what_was_there_stays(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    for number, one in enumerate(ham(0, 1)):
        (folder / f"{number}.eml").write_bytes(one)
    case = analyze(folder, out=tmp_path / "case", workers=1)
    before = rows(case, "messages", "campaign")
    (folder / "1.eml").write_bytes(ham(7)[0])
    (folder / "2.eml").write_bytes(ham(8)[0])
    done = append_mail(case.path, folder, workers=1)
    assert rows(done, "messages", "campaign")[:2] == before
    assert done.messages["member"].tolist() == ["0.eml", "1.eml", "2.eml"]
    (row,) = done.problems.to_dict("records")
    assert (row["member"], row["status"]) == ("1.eml", "unsupported")
    assert "another path" in row["detail"]
    assert done.run["counts"]["problems"] == 1
    assert len(done.hops) == 3


def test_where_nothing_is_new_the_case_is_not_touched(case: Case, tmp_path: Path) -> None:
    before = everything(case.path)
    with pytest.raises(InputError, match=r"48 messages are in .* already"):
        append_mail(case.path, tmp_path / "first.mbox", workers=1)
    assert is_untouched(case, before)


def test_where_all_that_is_new_stands_in_the_place_of_others_that_is_said(case: Case, tmp_path: Path) -> None:
    before = everything(case.path)
    mbox(tmp_path / "first.mbox", ham(60))
    with pytest.raises(InputError, match=r"other messages stand .* another path"):
        append_mail(case.path, tmp_path / "first.mbox", workers=1)
    assert is_untouched(case, before)


def piped(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(path.read_bytes())))


def test_other_mail_on_standard_input_is_refused_as_its_places_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = mbox(tmp_path / "1.mbox", ham(0, 1)), mbox(tmp_path / "2.mbox", ham(2, 3, 4))
    piped(monkeypatch, first)
    case = analyze("-", out=tmp_path / "case", workers=1)
    before = everything(case.path)
    piped(monkeypatch, second)
    with pytest.raises(InputError, match=r"standard input .* save it to a file"):
        append_mail(case.path, "-", workers=1)
    assert is_untouched(case, before)
    done = append_mail(case.path, second, workers=1)
    assert len(done.messages) == 5
    assert len(done.problems) == 0


def test_standard_input_that_has_grown_is_the_same_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, mbox(tmp_path / "1.mbox", ham(0, 1)))
    case = analyze("-", out=tmp_path / "case", workers=1)
    piped(monkeypatch, mbox(tmp_path / "2.mbox", ham(0, 1, 2)))
    done = append_mail(case.path, "-", workers=1)
    assert len(done.messages) == 3
    assert len(done.problems) == 0


# What is refused


def test_an_append_that_cannot_be_is_refused_with_a_reason_and_changes_nothing(case: Case, tmp_path: Path) -> None:
    before = everything(case.path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    for paths, error, words in (
        (tmp_path / "missing.mbox", InputNotFoundError, "missing.mbox"),
        ([], UsageError, "no path"),
        ([tmp_path / "empty", tmp_path / "empty"], UsageError, "more than once"),
        (tmp_path / "empty", InputError, "no mail was found"),
        (tmp_path / "logo.png", InputError, r"logo\.png"),
    ):
        with pytest.raises(error, match=words):
            append_mail(case.path, paths, workers=1)
        assert is_untouched(case, before), words


def test_what_is_no_finished_case_takes_no_mail(tmp_path: Path) -> None:
    path = mbox(tmp_path / "b.mbox", ham(1))
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("mine")
    (tmp_path / "stopped" / ".staging").mkdir(parents=True)
    for name, words in (
        ("missing", "is no case"),
        ("thesis", "is no case"),
        ("b.mbox", "run.json"),
        ("stopped", "analyze --resume"),
    ):
        with pytest.raises(CaseError, match=words):
            append_mail(tmp_path / name, path, workers=1)
    assert not (tmp_path / "missing").exists()
    assert files(tmp_path / "thesis") == {"chapter.txt"}
    assert files(tmp_path / "stopped") == {".staging"}


def test_a_case_of_an_older_version_without_traits_is_refused_before_mail_is_read(case: Case, tmp_path: Path) -> None:
    shutil.rmtree(case.path / "traits")
    before = everything(case.path)
    with pytest.raises(CaseError, match="older version"):
        append_mail(case.path, mbox(tmp_path / "b.mbox", ham(50)), workers=1)
    assert is_untouched(case, before)


def test_a_case_that_another_command_is_changing_takes_no_mail_until_its_end(case: Case, tmp_path: Path) -> None:
    more = mbox(tmp_path / "b.mbox", ham(50))
    before = tables(case.path)
    with exchange.alone(case.path), pytest.raises(CaseError, match="another command"):
        append_mail(case.path, more, workers=1)
    assert tables(case.path) == before
    assert open_case(case.path).run == case.run
    with pytest.raises(CaseExistsError, match="--resume"):
        append_mail(case.path, more, workers=1)
    assert len(append_mail(case.path, more, workers=1, resume=True).messages) == 49
    assert not (case.path / APPENDING).exists()


def test_two_appends_at_once_are_one_after_the_other(case: Case, tmp_path: Path) -> None:
    refused: list[str] = []
    more = mbox(tmp_path / "b.mbox", ham(50))

    def second(progress: Progress) -> None:
        for resume in (False, True):
            if progress.stage == "reading mail" and len(refused) < 2:
                with pytest.raises(CaseError) as caught:
                    append_mail(case.path, more, workers=1, resume=resume)
                refused.append(str(caught.value))

    done = append_mail(case.path, more, workers=1, progress=second)
    assert len(refused) == 2
    assert len(done.messages) == 49


def test_data_that_an_enrichment_exchanged_in_the_meantime_are_those_of_the_append(case: Case, tmp_path: Path) -> None:
    more = mbox(tmp_path / "b.mbox", ham(50))
    (tmp_path / "mine.txt").write_text("vpn-proxy 28.0.0.0/8\n")
    once: list[bool] = []

    def meanwhile(progress: Progress) -> None:
        if progress.stage == "reading mail" and not once:
            once.append(True)
            enrich_case(case.path, access=[tmp_path / "mine.txt"])

    with pytest.raises(CaseError, match="--resume"):
        append_mail(case.path, more, workers=1, progress=meanwhile)
    done = append_mail(case.path, more, workers=1, resume=True)
    known = done.addresses[done.addresses["ip"].str.startswith("28.")]
    assert len(known) == 41
    assert set(known["access"]) == {"vpn-proxy"}


# What the case was made with


def test_the_databases_of_the_case_are_asked_and_have_to_be_there(samples: Path, tmp_path: Path) -> None:
    database = shutil.copy(samples / "databases" / "sample-asn.mmdb", tmp_path / "asn.mmdb")
    case = analyze(samples / "mail" / "university", out=tmp_path / "case", mmdb=[database], workers=1)
    before, known = everything(case.path), case.addresses["asn"].notna().sum()
    (tmp_path / "asn.mmdb").rename(tmp_path / "away.mmdb")
    with pytest.raises(DatabaseError, match=r"asn\.mmdb"):
        append_mail(case.path, samples / "mail" / "company.mbox", workers=1)
    assert is_untouched(case, before)
    (tmp_path / "away.mmdb").rename(tmp_path / "asn.mmdb")
    done = append_mail(case.path, samples / "mail" / "company.mbox", workers=1)
    assert done.addresses["asn"].notna().sum() > known


def test_scan_files_and_lists_of_the_case_have_to_be_there(tmp_path: Path) -> None:
    (tmp_path / "scan.csv").write_text("ip,port,text,observed_at\n28.1.7.2,80,Server: Boa,2026-01-06T00:00:00Z\n")
    (tmp_path / "mine.txt").write_text("vpn-proxy 28.0.0.0/8\n")
    case = made(tmp_path, ham(1, 2), banners=[tmp_path / "scan.csv"], access=[tmp_path / "mine.txt"])
    assert len(case.banners) == 1
    before = everything(case.path)
    more = mbox(tmp_path / "b.mbox", ham(3))
    for name in ("scan.csv", "mine.txt"):
        (tmp_path / name).rename(tmp_path / "away")
        with pytest.raises((InputNotFoundError, UsageError), match=name):
            append_mail(case.path, more, workers=1)
        assert is_untouched(case, before)
        (tmp_path / "away").rename(tmp_path / name)
    done = append_mail(case.path, more, workers=1)
    assert len(done.banners) == 1
    assert set(done.addresses["access"]) == {"vpn-proxy"}


def test_paths_of_the_case_are_those_of_the_folder_where_they_were_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mine.txt").write_text("vpn-proxy 28.0.0.0/8\n")
    made(tmp_path, FIRST, "background")
    more = mbox(tmp_path / "b.mbox", ham(3))
    monkeypatch.chdir(tmp_path)
    analyze("first.mbox", out="case", access=["mine.txt"], background="background", workers=1)
    monkeypatch.chdir(tmp_path / "elsewhere")
    done = append_mail("../case", more, workers=1)
    assert set(done.addresses.loc[done.addresses["ip"].str.startswith("28."), "access"]) == {"vpn-proxy"}


def test_bodies_stay_unread_in_a_case_of_headers_only(tmp_path: Path) -> None:
    case = made(tmp_path, FIRST, headers_only=True)
    done = append_mail(case.path, mbox(tmp_path / "b.mbox", BRIDGE), workers=1)
    whole = analyze([tmp_path / "first.mbox", tmp_path / "b.mbox"], out=tmp_path / "w", headers_only=True, workers=1)
    assert rows(done, "traits") == rows(whole, "traits")
    assert done.run["arguments"]["headers_only"] is True


def test_limits_of_the_case_hold_for_new_mail(tmp_path: Path) -> None:
    case = made(tmp_path, ham(1, 2), limits=replace(Limits(), message_bytes=2_000))
    large = letter(9, "large", "x " * 2_000, "28.3.3.3", "a@b.example")
    done = append_mail(case.path, mbox(tmp_path / "b.mbox", [large, *ham(3)]), workers=1)
    whole = analyze(
        [tmp_path / "first.mbox", tmp_path / "b.mbox"],
        out=tmp_path / "whole",
        workers=1,
        limits=replace(Limits(), message_bytes=2_000),
    )
    assert rows(done, "messages", "campaign") == rows(whole, "messages", "campaign")
    assert rows(done, "problems") == rows(whole, "problems")
    assert done.run["counts"] == whole.run["counts"]


def test_an_edited_receiver_file_is_what_new_mail_is_read_by(case: Case, tmp_path: Path) -> None:
    assert set(case.messages["handover_grade"]) == {"vouched"}
    (case.path / "receiver.toml").write_text('hosts = ["example.edu"]\n', "utf-8")
    done = append_mail(case.path, mbox(tmp_path / "b.mbox", ham(50)), workers=1)
    assert "vouched" not in done.messages["handover_grade"].tolist()[-1:]
    assert set(done.messages["handover_grade"][:-1]) == {"vouched"}


def test_decisions_are_kept_and_hold_for_what_is_found_anew(case: Case, tmp_path: Path) -> None:
    keys = {campaign_of(case, "Your parcel"), campaign_of(case, "Invoice")}
    members = case.messages.dropna(subset="campaign").groupby("subject")["message"].agg(list).to_dict()
    (invoice, _, *_), (parcel, other, *_) = members.values()
    decide(case.path / DECISIONS, "apart", [parcel, invoice], "other criminals")
    decide(case.path / DECISIONS, "name", [other], "known", name="Depot")
    log = (case.path / DECISIONS).read_bytes()
    done = append_mail(case.path, mbox(tmp_path / "b.mbox", BRIDGE), workers=1)
    assert (case.path / DECISIONS).read_bytes() == log
    labels = done.messages.dropna(subset="campaign").set_index("message")["campaign"].to_dict()
    assert labels.get(parcel, "none") != labels.get(invoice, "no other")
    assert labels[other] in keys
    assert done.campaigns.set_index("campaign")["name"].to_dict()[labels[other]] == "Depot"


def test_decisions_that_cannot_be_read_are_told_before_mail_is_read(case: Case, tmp_path: Path) -> None:
    (case.path / DECISIONS).write_text("[[decision]\n", "utf-8")
    before = everything(case.path)
    with pytest.raises(UsageError, match=DECISIONS):
        append_mail(case.path, mbox(tmp_path / "b.mbox", ham(50)), workers=1)
    assert is_untouched(case, before)


# What does not change stays the same file


def inodes(case: Case, table: str) -> dict[str, int]:
    return {part.name: part.stat().st_ino for part in (case.path / table).glob("*.parquet")}


def test_parts_that_do_not_change_are_the_same_files(case: Case, tmp_path: Path) -> None:
    before = {table: inodes(case, table) for table in ("messages", "hops", "traits")}
    done = append_mail(case.path, mbox(tmp_path / "b.mbox", ham(50, 51)), workers=1)
    for table, parts in before.items():
        after = inodes(done, table)
        assert after.items() > parts.items(), table
        assert len(after) == 2, table
    assert all(part.stat().st_nlink == 1 for part in case.path.rglob("*.parquet"))


def test_a_part_in_which_a_campaign_changed_is_written_anew_and_the_others_are_not(case: Case, tmp_path: Path) -> None:
    append_mail(case.path, mbox(tmp_path / "b.mbox", [*ham(50, 51), *wave("parcel", 900)]), workers=1)
    append_mail(case.path, mbox(tmp_path / "c.mbox", ham(52)), workers=1)
    lone = open_case(case.path).messages["campaign"].isna().to_numpy()
    assert lone[-1]
    before = inodes(case, "messages")
    # A second message of a kind joins one that stood alone in the part of the last append, and in no other part.
    again = [letter(52, "olive quince dahlia", "see http://x.example.biz/1", "31.1.1.1", "a@z.example.biz")] * 2
    append_mail(case.path, mbox(tmp_path / "d.mbox", again), workers=1)
    after = inodes(case, "messages")
    assert {name: after[name] for name in before} == before
    joined = append_mail(case.path, mbox(tmp_path / "e.mbox", ham(52, 52)), workers=1)
    assert joined.messages["campaign"].notna().to_numpy()[-1]
    changed = {name for name, inode in after.items() if inodes(joined, "messages")[name] != inode}
    assert changed == {"part-000002.parquet"}


def test_where_a_file_system_has_no_links_parts_are_copied(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    shutil.copytree(case.path, tmp_path / "other")
    more = mbox(tmp_path / "b.mbox", ham(50))
    append_mail(tmp_path / "other", more, workers=1)
    monkeypatch.setattr("attribution.pipeline.exchange.os.link", no_links)
    append_mail(case.path, more, workers=1)
    assert tables(case.path) == tables(tmp_path / "other")


# Elsewhere


def test_a_case_that_was_moved_takes_mail_as_before(case: Case, tmp_path: Path) -> None:
    more = mbox(tmp_path / "b.mbox", BRIDGE)
    shutil.copytree(case.path, tmp_path / "other")
    append_mail(tmp_path / "other", more, workers=1)
    (tmp_path / "archive").mkdir()
    moved = case.path.rename(tmp_path / "archive" / "case 2026")
    (tmp_path / "link").symlink_to(moved)
    append_mail(tmp_path / "link", more, workers=1)
    assert tables(moved) == tables(tmp_path / "other")


def test_an_append_does_not_depend_on_hash_seed_or_time_zone(case: Case, tmp_path: Path) -> None:
    more = mbox(tmp_path / "b.mbox", BRIDGE)
    shutil.copytree(case.path, tmp_path / "other")
    append_mail(case.path, more, workers=1)
    code = "import attribution, sys; attribution.append_mail(sys.argv[1], sys.argv[2], workers=1)"
    variables = {"PYTHONHASHSEED": "11", "TZ": "Pacific/Kiritimati", "ATTRIBUTION_DATA": str(tmp_path / "none")}
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "other"), str(more)],
        env=environment(tmp_path, **variables),
        check=True,
        timeout=120,
    )
    assert tables(case.path) == tables(tmp_path / "other")


# What looks like a mistake is said


def test_copies_under_another_path_are_named(case: Case, tmp_path: Path) -> None:
    said: list[str] = []
    append_mail(case.path, mbox(tmp_path / "again.mbox", FIRST), workers=1, notice=said.append)
    assert any(f"{len(FIRST)} of {len(FIRST)} new messages are byte for byte in the case" in each for each in said)


def test_mail_of_another_receiver_is_named(case: Case, tmp_path: Path) -> None:
    said: list[str] = []
    others = [each.replace(b"mx.example.net", b"mx.elsewhere.org") for each in ham(*range(70, 90))]
    append_mail(case.path, mbox(tmp_path / "others.mbox", others), workers=1, notice=said.append)
    assert any("20 of 20 new messages have no handover" in each and "receiver.toml" in each for each in said)
    assert not any("--trust" in each for each in said)
