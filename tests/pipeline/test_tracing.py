"""A message alone, read as it was in its case: what the case learnt from all mail holds for each of its messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import attribution
from attribution import Case, CaseError, UsageError
from attribution.origin import Receiver, Receivers, learn_receivers, read_trust, receiver_file
from attribution.pipeline.receiver_record import describe, receivers_of

SAMPLES = Path(__file__).parents[2] / "samples"
VERDICT = ("handover_ip", "handover_grade", "handover_reason", "origin_ip", "origin_grade", "origin_reason")


def raw_messages(case: Case) -> list[tuple[bytes, dict[Any, Any]]]:
    """Return the bytes of each message of a case, and its row."""
    found = []
    for row in case.messages.to_dict("records"):
        source = Path(str(row["source"]))
        path = source / str(row["member"]) if source.is_dir() else source
        with path.open("rb") as handle:
            handle.seek(int(row["offset"]))
            found.append((handle.read(int(row["length"])), row))
    return found


@pytest.mark.parametrize("name", ["university", "company.mbox", "foundation"])
def test_with_its_case_a_message_is_traced_as_it_was_analysed(name: str, tmp_path: Path) -> None:
    case = attribution.analyze(SAMPLES / "mail" / name, out=tmp_path / "case", mmdb=SAMPLES / "databases", workers=1)
    for raw, row in raw_messages(case):
        trace = attribution.trace(raw, case=case, headers_only=True)
        for column in VERDICT:
            expected = row[column]
            assert getattr(trace, column) == (expected if isinstance(expected, str) else None), (row["member"], column)
        assert sorted(trace.findings) == sorted(row["findings"]), row["member"]


def test_what_only_the_whole_dump_shows_holds_with_the_case_alone(tmp_path: Path) -> None:
    """A relay that nothing confirms: no message by itself shows that nearly all come through it, nor does its name."""
    relay, folder = "203.0.113.56", tmp_path / "mail"
    folder.mkdir()
    for number in range(60):
        day, hour = divmod(4 * number, 24)
        when = f"{5 + day:02d} Jan 2026 {hour:02d}:00:"
        lines = [
            f"from unknown (HELO mx2.u.example) ({relay}) by pop.u.example with SMTP; {when}04 -0000",
            f"from unknown (HELO User) (22.1.{number % 40}.{number + 1}) by mx2.u.example with SMTP; {when}00 -0000",
        ]
        text = "".join(f"Received: {line}\r\n" for line in lines)
        (folder / f"{number:02d}.eml").write_text(f"{text}Subject: {number}\r\n\r\nbody\r\n", "utf-8", newline="")
    case = attribution.analyze(folder, out=tmp_path / "case", mmdb=[], workers=1)
    raw, row = raw_messages(case)[7]
    assert (row["handover_ip"], row["handover_grade"]) == ("22.1.7.8", "claimed")
    alone = attribution.trace(raw, headers_only=True)
    assert (alone.handover_ip, alone.handover_grade) == (relay, "vouched")
    with_case = attribution.trace(raw, case=tmp_path / "case", headers_only=True)
    assert (with_case.handover_ip, with_case.handover_grade) == ("22.1.7.8", "claimed")


def test_the_receiver_is_said_to_be_the_cases(tmp_path: Path) -> None:
    case = attribution.analyze(SAMPLES / "mail" / "university", out=tmp_path / "case", mmdb=[], workers=1)
    raw, _ = raw_messages(case)[0]
    (sentence,) = attribution.trace(raw, case=case, headers_only=True).receiver
    assert sentence.endswith(f": the receiver as in the case {tmp_path / 'case'}")


def test_the_databases_are_the_cases_where_none_is_named(tmp_path: Path) -> None:
    case = attribution.analyze(
        SAMPLES / "mail" / "foundation", out=tmp_path / "case", mmdb=SAMPLES / "databases", workers=1
    )
    raw, row = next((raw, row) for raw, row in raw_messages(case) if row["handover_grade"] == "vouched")
    facts = attribution.trace(raw, case=case, headers_only=True).facts[str(row["handover_ip"])]
    known = dict(zip(case.addresses["ip"], case.addresses["as_org"], strict=True))
    assert facts["as_org"] == known[row["handover_ip"]] is not None


def test_what_a_list_of_the_case_says_of_an_address_holds_for_its_messages(tmp_path: Path) -> None:
    raw = (
        b"Received: from mail.bank.test (unknown [28.1.2.3]) by mx.example.net (Postfix) with ESMTP id 4ABC01;"
        b" Mon, 5 Jan 2026 10:00:00 +0000\n"
        b"Received: from pc.shop.test (pc.shop.test [22.2.2.2]) by mail.bank.test (Postfix) with ESMTP id 4ABC02;"
        b" Mon, 5 Jan 2026 09:59:00 +0000\nSubject: x\n\nx\n"
    )
    (tmp_path / "one.eml").write_bytes(raw)
    (tmp_path / "access.txt").write_text("residential 28.1.2.3\n")
    case = attribution.analyze(
        tmp_path / "one.eml", out=tmp_path / "case", mmdb=[], access=tmp_path / "access.txt", workers=1
    )
    assert case.messages["findings"][0].tolist() == ["relay-on-home-line"]
    trace = attribution.trace(raw, case=case, headers_only=True)
    assert (trace.findings, trace.facts["28.1.2.3"]["access"]) == (["relay-on-home-line"], "residential")
    (tmp_path / "access.txt").unlink()
    with pytest.raises(UsageError, match=r"access\.txt"):
        attribution.trace(raw, case=case, headers_only=True)


def test_case_and_trust_exclude_one_another(tmp_path: Path) -> None:
    case = attribution.analyze(SAMPLES / "mail" / "university", out=tmp_path / "case", mmdb=[], workers=1)
    with pytest.raises(UsageError, match="give either the case or who the receiver is"):
        attribution.trace(b"Subject: x\n\nx", case=case, trust=["example.net"])


def test_a_folder_that_is_no_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="is no case"):
        attribution.trace(b"Subject: x\n\nx", case=tmp_path)


def test_a_case_of_an_older_version_has_its_receiver_file_alone(tmp_path: Path) -> None:
    case = attribution.analyze(SAMPLES / "mail" / "university", out=tmp_path / "case", mmdb=[], workers=1)
    raw, row = raw_messages(case)[0]
    case.run["receiver"] = {"sentences": []}
    assert attribution.trace(raw, case=case, headers_only=True).handover_ip == row["handover_ip"]


def stored(folder: Path, receivers: Receivers) -> Case:
    """Return a case that has nothing but its record of the receiver and the file of it."""
    (folder / "receiver.toml").write_text(receiver_file(receivers), "utf-8")
    return Case(folder, {"receiver": describe(receivers)})


def test_what_no_file_of_names_holds_comes_back_from_the_record(tmp_path: Path) -> None:
    ours = Receiver(
        "example.net", hosts=("example.net",), suspects=frozenset({"28.5.5.5"}), gates=frozenset({"10.0.0.9"})
    )
    other = Receiver("example.com", hosts=("example.com",))
    before = Receivers(
        learnt={"example.net": ours, "example.com": other},
        gates=frozenset({"10.0.0.1"}),
        skews={"mx.example.net": timedelta(minutes=-16)},
    )
    back = receivers_of(stored(tmp_path, before))
    assert (back.gates, back.skews) == (before.gates, before.skews)
    assert (back.learnt["example.net"].suspects, back.learnt["example.net"].gates) == (ours.suspects, ours.gates)
    assert back.learnt["example.com"].suspects == frozenset()


@pytest.mark.parametrize("entry", ["28.5.5.5", "!28.5.5.5"])
def test_a_relay_that_a_person_decided_on_is_not_suspected(entry: str, tmp_path: Path) -> None:
    ours = Receiver("example.net", hosts=("example.net",), suspects=frozenset({"28.5.5.5"}))
    case = stored(tmp_path, Receivers(learnt={"example.net": ours}))
    (tmp_path / "receiver.toml").write_text(f'hosts = ["example.net"]\nnetworks = ["{entry}"]\n')
    back = receivers_of(case)
    assert back.configured is not None
    assert back.configured.suspects == frozenset()


def test_the_record_of_what_was_configured_is_plain() -> None:
    record = describe(learn_receivers([], read_trust(["example.net", "192.0.2.0/24"])))
    assert record["how"] == "configured"
    assert record["receivers"][0]["hosts"] == ["example.net"]
    assert not any(isinstance(value, (datetime, timedelta)) for value in record["clocks"].values())
