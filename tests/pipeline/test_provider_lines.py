"""Lines in a large provider's name, judged by an IP database that is written here; its networks are invented."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from attribution import Limits, analyze, trace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeDatabase = Callable[..., Path]

RULE = "provider-hop-elsewhere"
YAHOO, GOOGLE, ELSEWHERE = 36646, 15169, 64496
NETWORKS = {"28.1.2.0/24": ELSEWHERE, "28.9.9.0/24": YAHOO, "209.85.218.0/24": ELSEWHERE}

MX = "by mx.example.net (Postfix) with ESMTP id 4ABC01; Mon, 5 Jan 2026 10:00:00 +0000"
EXIM = "by mx.example.net with esmtp (Exim 4.94) id 1vchNY-0001xy-2Z; Mon, 5 Jan 2026 10:00:00 +0000"
OUTSIDE = f"from mail.shop.example (unknown [28.1.2.3]) {MX}"
YAHOO_LINE = "from atlas7.mail.ne1.yahoo.com by atlas7.mail.ne1.yahoo.com with HTTP; Mon, 5 Jan 2026 09:59:00 +0000"


class _DatedWriter(MMDBWriter):
    epoch = 0

    def _build_meta(self) -> dict[str, Any]:
        return {**super()._build_meta(), "build_epoch": self.epoch}


@pytest.fixture
def make_asn(tmp_path: Path) -> MakeDatabase:
    """Give a function that writes a database of the networks above, built at the end of a year."""

    def make(year: int = 2025) -> Path:
        writer = _DatedWriter(
            ip_version=6, ipv4_compatible=True, database_type="GeoLite2-ASN", languages=["en"], description="invented"
        )
        writer.epoch = int(datetime(year, 12, 31, tzinfo=UTC).timestamp())
        for prefix, number in NETWORKS.items():
            record = {"autonomous_system_number": number, "autonomous_system_organization": "Invented"}
            writer.insert_network(IPSet([prefix]), record)
        path = tmp_path / f"asn-{year}.mmdb"
        writer.to_db_file(str(path))
        return path

    return make


def mail(*lines: str, number: int = 0) -> bytes:
    fields = [*(f"Received: {line}" for line in lines), "From: Ann <ann@example.org>", f"Subject: number {number}"]
    return "\n".join([*fields, "", "body", ""]).encode()


def test_a_line_in_a_providers_name_above_which_another_network_handed_over(make_asn: MakeDatabase) -> None:
    found = trace(mail(OUTSIDE, YAHOO_LINE), mmdb=[make_asn()])
    assert found.findings[-1] == RULE
    assert [RULE in hop.findings for hop in found.hops] == [False, True]


def test_a_line_deeper_below_the_boundary_contradicts_the_claim_above_it(make_asn: MakeDatabase) -> None:
    relay = "from pc7 (unknown [28.1.2.77]) by mail.shop.example (Postfix) with ESMTP; Mon, 5 Jan 2026 09:59:30 +0000"
    found = trace(mail(OUTSIDE, relay, YAHOO_LINE), mmdb=[make_asn()])
    assert [RULE in hop.findings for hop in found.hops] == [False, False, True]


@pytest.mark.parametrize(
    ("why", "lines"),
    [
        ("the database names the provider's own system", (f"from x (unknown [28.9.9.1]) {MX}", YAHOO_LINE)),
        ("the database does not know the address", (f"from x (unknown [28.7.7.7]) {MX}", YAHOO_LINE)),
        ("the address was not recorded", (f"from mail.shop.example {MX}", YAHOO_LINE)),
        ("the address is an inner one", (f"from x (unknown [10.1.2.3]) {MX}", YAHOO_LINE)),
        (
            "the address lies in the provider's published networks",
            (
                f"from mail-ej1-f41.google.com (mail-ej1-f41.google.com [209.85.218.41]) {MX}",
                "by mail-ej1-f41.google.com with SMTP id a1so12.2; Mon, 05 Jan 2026 01:59:00 -0800 (PST)",
            ),
        ),
        (
            "the server above verified that the name of the address is the provider's",
            (
                f"from n7.mail.ne1.yahoo.com ([28.1.2.3]) {EXIM}",
                YAHOO_LINE,
            ),
        ),
        (
            "customers of a bulk mailer may be anywhere",
            (OUTSIDE, "from pc7 by geopod-ismtpd-1-0.sendgrid.net with ESMTP; Mon, 5 Jan 2026 09:59:00 +0000"),
        ),
        (
            "the mail of a gateway may go by its customers",
            (OUTSIDE, "from pc7 by eu-smtp-1.mimecast.com with ESMTP id 7; Mon, 5 Jan 2026 09:59:00 +0000"),
        ),
        (
            "of this provider no systems are known",
            (OUTSIDE, "from pc7 by bizesmtp.qq.com with ESMTP id 7; Mon, 5 Jan 2026 09:59:00 +0000"),
        ),
        (
            "no large provider is named",
            (OUTSIDE, "from pc7 by relay.bank.test with ESMTP id 7; Mon, 5 Jan 2026 09:59:00 +0000"),
        ),
    ],
)
def test_nothing_is_said_where(why: str, lines: tuple[str, ...], make_asn: MakeDatabase) -> None:
    assert RULE not in trace(mail(*lines), mmdb=[make_asn()]).findings, why


def test_nothing_is_said_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attribution.enrich.find_databases", list)
    assert RULE not in trace(mail(OUTSIDE, YAHOO_LINE)).findings


def test_nothing_is_said_by_a_database_that_is_years_from_the_message(make_asn: MakeDatabase) -> None:
    data = mail(OUTSIDE, YAHOO_LINE)
    assert RULE in trace(data, mmdb=[make_asn(2023)]).findings
    assert RULE not in trace(data, mmdb=[make_asn(2022)]).findings
    undated = mail(*(line.partition(";")[0] for line in (OUTSIDE, YAHOO_LINE)))
    assert RULE not in trace(undated, mmdb=[make_asn()]).findings


@pytest.fixture
def mbox(tmp_path: Path) -> Path:
    """Give an mbox of fifty messages, of which each tenth has a false line under two lines of the receiver's own."""
    inner = "from mx.example.net (mx.example.net [10.0.0.2]) by store.example.net (Postfix) with ESMTP id 4ABC03; "
    inner += "Mon, 5 Jan 2026 10:00:01 +0000"
    false, true = (inner, OUTSIDE, YAHOO_LINE), (OUTSIDE,)
    messages = [mail(*(true if number % 10 else false), number=number) for number in range(50)]
    path = tmp_path / "dump.mbox"
    path.write_bytes(b"".join(b"From x@y Mon Jan  5 10:00:00 2026\n" + data + b"\n" for data in messages))
    return path


def test_a_case_has_the_finding_on_the_line_and_on_the_message(
    mbox: Path, make_asn: MakeDatabase, tmp_path: Path
) -> None:
    limits = replace(Limits(), batch_messages=7)
    case = analyze(mbox, out=tmp_path / "case", mmdb=[make_asn()], workers=1, limits=limits)
    noted = case.messages[[RULE in found for found in case.messages["findings"]]]
    assert noted["subject"].tolist() == [f"number {number}" for number in range(0, 50, 10)]
    lines = case.hops[[RULE in found for found in case.hops["findings"]]]
    assert lines["hop"].tolist() == [2] * 5
    assert lines["message"].tolist() == noted["message"].tolist()
    traced = trace(mail(OUTSIDE, YAHOO_LINE), mmdb=[make_asn()])
    assert traced.findings == list(noted["findings"].iloc[0])
    assert traced.hops[1].findings == list(lines["findings"].iloc[0])


def test_but_for_the_finding_the_tables_are_those_of_a_run_without_a_database(
    mbox: Path, make_asn: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attribution.enrich.find_databases", list)
    known = analyze(mbox, out=tmp_path / "known", mmdb=[make_asn()], workers=1)
    plain = analyze(mbox, out=tmp_path / "plain", workers=1)
    for name in ("messages", "hops"):
        rows, others = known.table(name).to_pylist(), plain.table(name).to_pylist()
        for row in rows:
            row["findings"] = [found for found in row["findings"] if found != RULE]
        assert rows == others, name


def test_the_tables_are_the_same_bytes_whatever_the_number_of_workers(
    mbox: Path, make_asn: MakeDatabase, tmp_path: Path
) -> None:
    limits = replace(Limits(), batch_messages=7)
    digests = []
    for workers in (1, 3):
        case = analyze(mbox, out=tmp_path / str(workers), mmdb=[make_asn()], workers=workers, limits=limits)
        parts = sorted(case.path.glob("*/part-*.parquet"))
        digests.append([hashlib.sha256(part.read_bytes()).hexdigest() for part in parts])
    assert digests[0] == digests[1]
