"""What is added to addresses, in one go with the mail or afterwards: the same tables, byte for byte."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import attribution
from attribution import CaseError, InputNotFoundError, UsageError, analyze, enrich_case, open_case
from attribution.case import CHANGING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attribution import Case


def digests(case: Case) -> dict[str, str]:
    parts = sorted(case.path.glob("*/part-*.parquet"))
    return {str(part.relative_to(case.path)): hashlib.sha256(part.read_bytes()).hexdigest() for part in parts}


@pytest.fixture(scope="module")
def databases(samples: Path) -> list[Path]:
    return sorted((samples / "databases").glob("*.mmdb"))


@pytest.fixture(scope="module")
def whole(samples: Path, databases: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Case:
    out = tmp_path_factory.mktemp("whole") / "case"
    return analyze(samples / "mail", out=out, mmdb=databases, banners=[samples / "banners"], workers=1)


@pytest.fixture
def plain(samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Give a case without databases and banners."""
    monkeypatch.setenv("ATTRIBUTION_DATA", str(tmp_path / "nothing"))
    return analyze(samples / "mail", out=tmp_path / "case", workers=1)


def test_banners_of_the_addresses_of_the_case_are_kept_with_what_rules_see_in_them(whole: Case) -> None:
    assert set(whole.banners["ip"]) <= set(whole.addresses["ip"])
    named = whole.banners.dropna(subset="device_rule")
    assert {"router", "ip-camera"} <= set(named["device_type"])
    row = named[named["device_field"] == "ftp"].iloc[0]
    assert "MikroTik" in row["text"]
    assert whole.run["banners"]["files"][0]["sha256"]
    assert whole.run["banners"]["tally"]["kept"] >= len(whole.banners) > 0


def test_neighbours_are_kept_without_their_texts_and_sent_nothing(whole: Case) -> None:
    assert len(whole.controls) > 500
    assert not set(whole.controls["ip"]) & set(whole.addresses["ip"])
    assert "text" not in whole.controls


def test_the_tables_say_who_was_compared(whole: Case) -> None:
    things = whole.run["control"]["things"]
    for table, side in ((whole.addresses, "senders"), (whole.controls, "controls")):
        compared = table.dropna(subset="compared_network")
        assert len(compared) == things[side]
        assert compared["compared_thing"].sum() == things[f"{side}_with"]
    assert set(whole.addresses["compared_network"].dropna()) == set(whole.controls["compared_network"].dropna())


def test_every_address_has_its_access_type_with_a_reason_where_one_is_known(whole: Case) -> None:
    known = whole.addresses.dropna(subset="access")
    assert {"residential", "hosting"} <= set(known["access"])
    assert known["access_rule"].notna().all()
    assert known["access_evidence"].notna().all()


def test_the_computers_behind_the_sample_routers_are_no_things(whole: Case) -> None:
    assert "the data do not show things sending mail" in whole.run["control"]["said"]
    assert whole.run["hosts"]["addresses"] == whole.messages["handover_ip"].nunique()
    assert whole.campaigns["device_share"].notna().any()


def test_a_campaign_of_which_no_address_was_scanned_has_no_share_of_devices(whole: Case) -> None:
    scanned = set(whole.addresses.loc[whole.addresses["banners"] > 0, "ip"])
    senders = whole.messages.dropna(subset=["campaign", "handover_ip"]).groupby("campaign")["handover_ip"].agg(set)
    shares = whole.campaigns.set_index("campaign")["device_share"]
    assert shares.notna().any()
    assert shares.isna().any()
    for campaign, share in shares.to_dict().items():
        assert pd.isna(share) == (not senders.to_dict().get(campaign, set()) & scanned)


def test_without_scan_files_all_that_concerns_devices_is_missing_not_none(plain: Case) -> None:
    for column in ("banners", "device_type", "device_grade", "device_reasons"):
        assert plain.addresses[column].isna().all()
    assert plain.messages["device_grade"].isna().all()
    assert plain.campaigns["device_share"].isna().all()
    assert "control" not in plain.run
    assert len(plain.banners) == len(plain.controls) == 0


def test_enriching_afterwards_gives_the_tables_of_one_run(
    whole: Case, plain: Case, samples: Path, databases: list[Path]
) -> None:
    done = enrich_case(plain.path, mmdb=databases, banners=[samples / "banners"])
    assert digests(done) == digests(whole)
    for key in ("control", "hosts", "lookups"):
        assert done.run[key] == whole.run[key]
    assert not (done.path / CHANGING).exists()


def test_what_is_not_named_stays_and_an_empty_list_takes_away(
    whole: Case, plain: Case, samples: Path, databases: list[Path]
) -> None:
    first = enrich_case(plain.path, mmdb=databases)
    assert first.addresses["asn"].notna().any()
    second = enrich_case(plain.path, banners=[samples / "banners"])
    assert digests(second) == digests(whole)
    third = enrich_case(plain.path, banners=[])
    assert digests(third) == digests(first)
    assert "control" not in third.run


def test_a_window_and_a_gap_are_kept_with_the_case(plain: Case, samples: Path, databases: list[Path]) -> None:
    done = enrich_case(plain.path, mmdb=databases, banners=[samples / "banners"], window=0, max_gap=3)
    assert (done.run["arguments"]["window_days"], done.run["arguments"]["max_gap_days"]) == (0, 3)
    assert done.addresses["geo_stale"].any()
    assert enrich_case(plain.path).run["arguments"]["window_days"] == 0


def test_an_enrichment_that_was_stopped_while_it_exchanged_tables_is_said_and_mended(
    whole: Case, plain: Case, samples: Path, databases: list[Path]
) -> None:
    (plain.path / CHANGING).mkdir()
    (plain.path / CHANGING / "moving").touch()
    shutil.copyfile(plain.path / "run.json", plain.path / CHANGING / "run.json")
    (plain.path / "messages").rename(plain.path / CHANGING / "messages")
    with pytest.raises(CaseError, match="attribution regroup"):
        open_case(plain.path)
    done = enrich_case(plain.path, mmdb=databases, banners=[samples / "banners"])
    assert digests(done) == digests(whole)


def test_what_cannot_be_read_in_a_scan_is_a_row_and_takes_nothing_else_along(
    plain: Case, samples: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text(
        '{"ip_str": "22.17.60.86", "port": 80, "timestamp": "2026-01-05T00:00:00", "data": "ok"}\n{"ip_str": \n'
    )
    before = len(plain.problems)
    done = enrich_case(plain.path, banners=[samples / "banners", bad])
    assert len(done.problems) == before + 1
    assert done.problems.iloc[-1]["source"] == str(bad)
    # Done again, the same row stands there once.
    assert len(enrich_case(plain.path).problems) == before + 1


def test_a_folder_that_cannot_be_listed_has_a_row_even_where_nothing_else_was_given(
    plain: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(folder: Path, onerror: Callable[[OSError], None]) -> list[object]:
        onerror(PermissionError(13, "Permission denied", str(folder)))
        return []

    (tmp_path / "scans").mkdir()
    before = len(plain.problems)
    monkeypatch.setattr("attribution.enrich.evidence.scan.os.walk", closed)
    done = enrich_case(plain.path, banners=[tmp_path / "scans"])
    assert done.problems["detail"].tolist()[before:] == ["cannot be listed: Permission denied"]


def test_the_user_may_say_when_banners_without_a_time_were_seen(plain: Case, tmp_path: Path) -> None:
    path = tmp_path / "scan.csv"
    path.write_text("ip,port,text\n22.17.60.86,80,Server: Netwave IP Camera\n")
    assert len(enrich_case(plain.path, banners=[path]).banners) == 0
    done = enrich_case(plain.path, banners=[f"{path}@2026-01-08"])
    assert done.banners["observed_at"].astype(str).tolist() == ["2026-01-08 00:00:00+00:00"]
    assert done.banners["observed_inferred"].tolist() == [True]
    with pytest.raises(UsageError, match="no such day"):
        enrich_case(plain.path, banners=[f"{path}@2026-02-30"])


def test_wrong_options_are_refused_before_anything_is_read(samples: Path, tmp_path: Path) -> None:
    for options, error in (
        ({"banners": [tmp_path / "missing.json"]}, InputNotFoundError),
        ({"max_gap": -1}, UsageError),
        ({"window": -1}, UsageError),
        ({"access": [tmp_path / "missing.txt"]}, UsageError),
    ):
        with pytest.raises(error):
            analyze(samples / "mail", out=tmp_path / "case", workers=1, **options)
        assert not (tmp_path / "case").exists()


def test_a_given_list_goes_before_what_the_program_knows(plain: Case, tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("vpn-proxy 22.17.0.0/16\n")
    done = enrich_case(plain.path, access=[path])
    rows = done.addresses[done.addresses["ip"].str.startswith("22.17.")]
    assert set(rows["access"]) == {"vpn-proxy"}
    assert set(rows["access_confidence"]) == {"certain"}


def test_the_summary_tells_of_devices_and_stale_facts_as_json(whole: Case) -> None:
    summary = whole.summary().as_dict()
    assert summary["devices"]["said"] == whole.run["control"]["said"]
    assert sum(line["things"] for line in summary["devices"]["grades"]) > 0
    assert summary["hosts"]
    json.dumps(summary)
    assert "Devices seen on the addresses" in (whole.path / "report.html").read_text("utf-8")


def test_a_case_of_an_older_version_opens_with_its_new_columns_missing(whole: Case, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    old = tmp_path / "old"
    for part in whole.path.glob("*/part-*.parquet"):
        kept = pq.read_table(part).drop_columns(
            [name for name in pq.read_schema(part).names if name.startswith(("device_", "access_", "engine"))]
        )
        (old / part.parent.name).mkdir(parents=True, exist_ok=True)
        pq.write_table(kept, old / part.parent.name / part.name)
    (old / "run.json").write_text(json.dumps({"counts": {"messages": 1}}))
    case = attribution.open_case(old)
    assert case.messages["device_grade"].isna().all()
    assert case.summary().messages == len(whole.messages)
