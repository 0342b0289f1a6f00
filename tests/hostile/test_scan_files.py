"""Scan files that are out to do harm, or that only look fair: what reaches the case, the page, and the sentence."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from attribution import AttributionError, InputNotFoundError, Limits, UsageError, analyze, enrich_case, open_case
from attribution.enrich.evidence import Group, Neighbours, compare
from attribution.enrich.evidence import scan as scans
from attribution.enrich.evidence.odds import Interval
from attribution.enrich.evidence.verdicts import verdict_of
from tests.hostile.payloads import EVIL, FILE_NAMES, message
from tests.hostile.test_shown import acting, on_terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from attribution import Case
    from tests.hostile.conftest import Run

THING = 'HTTP/1.1 401 x\r\nWWW-Authenticate: Basic realm="TP-LINK Wireless N Router WR841N"\r\n\r\n'
OTHER = "HTTP/1.1 200 OK\r\nServer: nginx/1.4.4\r\n\r\n"
SENDERS = [f"22.17.{network}.9" for network in range(30)]
DAY = "2026-01-05T00:00:00"


def line(ip: object, text: object = THING, **changed: object) -> str:
    record = {"ip_str": ip, "port": 80, "transport": "tcp", "timestamp": DAY, "data": text, **changed}
    return json.dumps(record) + "\n"


def mail(folder: Path, dates: dict[str, Sequence[str]]) -> Path:
    """Write messages that came from some addresses, each at the dates that are given."""
    folder.mkdir()
    for ip, each in dates.items():
        for number, date in enumerate(each):
            text = message(ip=ip.encode()).replace(b"5 Jan 2026", date.encode())
            (folder / f"{ip}-{number}.eml").write_bytes(text)
    return folder


@pytest.fixture(autouse=True)
def _nothing_installed(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRIBUTION_DATA", str(tmp_path_factory.getbasetemp() / "none"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTRIBUTION_DATA", str(folder / "none"))
        given = mail(folder / "mail", {ip: ["5 Jan 2026"] for ip in SENDERS})
        return analyze(given, out=folder / "case", workers=1).path


@pytest.fixture
def case(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "case"))


def digests(folder: Path) -> dict[str, str]:
    return {str(part): hashlib.sha256(part.read_bytes()).hexdigest() for part in sorted(folder.glob("*/*.parquet"))}


# --- What is in a file ----------------------------------------------------------------------------------------------


def evil_lines() -> Iterator[str]:
    for number, ip in enumerate(SENDERS):
        evil = EVIL[number % len(EVIL)].decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
        page = f"HTTP/1.1 200 OK\r\nServer: {evil}\r\n\r\n<title>{evil} DIR-615 {evil}</title>"
        module = {"module": evil}
        names = dict.fromkeys(("product", "version", "os", "devicetype", "org", "isp", "title"), evil)
        yield line(ip, page, hostnames=[evil], domains=[evil], tags=[evil], _shodan=module, **names)
        yield line(ip, f'x\r\nWWW-Authenticate: Basic realm="TP-LINK {evil} WR841N"\r\n{evil}', port=8080)


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of scans with hostile texts, under hostile names, beside things that are no files."""
    folder = tmp_path_factory.mktemp("evil") / "scans"
    folder.mkdir()
    for name in FILE_NAMES:
        path = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
        path.write_text("".join(evil_lines()) + "{broken\n", "utf-8")
    os.mkfifo(folder / "pipe")
    (folder / "loop").symlink_to(".")
    (folder / "nowhere").symlink_to("absent")
    (folder / "zero").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # the path of a socket has room for about a hundred bytes only
        server.bind("socket")
    return folder


def test_nothing_of_a_scan_acts_on_a_terminal_or_on_the_page(case: Path, evil: Path, tmp_path: Path) -> None:
    code, shown = on_terminal(tmp_path, "enrich", case, "--banners", evil, TERM="dumb")
    assert code == 0, shown
    assert acting(shown) == set()
    assert "http://evil" not in shown
    page = (case / "report.html").read_text("utf-8")
    assert acting(page) == set()
    for harm in ("<script>alert", "<img src=x", "<iframe", "<b>bold"):
        assert harm not in page
    opened = open_case(case)
    assert len(opened.banners) == len(FILE_NAMES) * 2 * len(SENDERS)
    assert (opened.problems["detail"].str.startswith("no JSON")).sum() == len(FILE_NAMES)


def test_what_is_no_file_in_a_folder_of_scans_is_passed_over(case: Path, evil: Path) -> None:
    done = enrich_case(case, banners=[evil])
    assert len(done.run["banners"]["files"]) == len(FILE_NAMES)


def bad_files(folder: Path) -> Iterator[Path]:
    contents: dict[str, bytes | None] = {
        "empty.json": b"",
        "zeros.json": bytes(4096),
        "long.jsonl": None,
        "deep.json": b'{"ip_str": "22.17.0.9", "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "deep.jsonl": b'{"ip_str": "22.17.0.9", "data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n",
        "laughs.xml": b'<!DOCTYPE nmaprun [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>\n<nmaprun><host>&b;</host></nmaprun>',
        "cut.json.gz": gzip.compress(line(SENDERS[0]).encode() * 500)[:-30],
        "half.parquet": b"PAR1" + bytes(100),
        "picture.json": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "mail.json": message(),
    }
    for name, content in contents.items():
        if content is not None:
            (folder / name).write_bytes(content)
        else:
            with (folder / name).open("wb") as file:
                file.write(b'{"ip_str": "22.17.0.9", "data": "')
                file.seek(200_000_000, 1)  # a hole: it takes no space
                file.write(b'"}\n')
        yield folder / name


def test_each_file_that_is_none_has_a_row_and_takes_no_other_along(case: Path, tmp_path: Path) -> None:
    scan = tmp_path / "scans"
    scan.mkdir()
    bad = [str(path) for path in bad_files(scan)]
    (scan / "good.jsonl").write_text("".join(map(line, SENDERS)))
    done = enrich_case(case, banners=[scan])
    assert set(bad) <= set(done.problems["source"])
    assert set(SENDERS) <= set(done.banners[done.banners["dataset"] == "good.jsonl"]["ip"])


WRONG: tuple[object, ...] = (None, 1, -1, 1e308, "x", [], {}, [[]], True, 2**70, "\ud800", ["a"] * 3, {"a": {}})
KEYS = (
    "ip_str",
    "ip",
    "port",
    "transport",
    "timestamp",
    "data",
    "product",
    "hostnames",
    "_shodan",
    "http",
    "ssl",
    "os",
)


def test_values_of_wrong_types_end_as_a_banner_or_a_row(case: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.jsonl").write_text(
        "".join(
            line(**{"ip": SENDERS[0], key: value}) if key != "ip_str" else line(value)
            for key in KEYS
            for value in WRONG
        )
    )
    done = enrich_case(case, banners=[tmp_path / "wrong.jsonl"])
    tally = done.run["banners"]["tally"]
    told = sum(tally["statuses"].values())
    assert tally["kept"] + tally["elsewhere"] + tally["unanswered"] + told >= len(KEYS) * len(WRONG)
    assert told == len(done.problems)


def test_times_that_cannot_be_are_refused_and_far_ones_are_far(case: Path, tmp_path: Path) -> None:
    times = ["1901-01-01T00:00:00", "9999-12-31T23:59:59", "2262-04-11T23:47:17", "", 10**30, "2026-13-45T00:00:00"]
    far = ["1990-01-01T00:00:00", "2099-12-31T23:59:59"]
    lines = [line(ip, timestamp=time) for ip, time in zip(SENDERS, [*far, *times], strict=False)]
    (tmp_path / "times.jsonl").write_text("".join(lines))
    done = enrich_case(case, banners=[tmp_path / "times.jsonl"])
    assert len(done.banners) == len(far)
    assert len(done.problems) == len(times)
    assert set(done.messages["device_grade"].dropna()) == {"far"}


@pytest.mark.parametrize(
    "ips",
    [
        [],
        [f"2001:db8:{number:x}::1" for number in range(100)],
        ["10.0.0.1", "127.0.0.1", "::1", "0.0.0.1", "255.255.255.255", "fe80::1%eth0", "224.0.0.1", "192.168.1.1"],
        ["01.02.03.04", "22.17.1", "22.17.0.9.", "999.1.1.1", "", "22.17.0.9/32"],
    ],
    ids=["nothing", "IPv6", "special", "none"],
)
def test_without_a_neighbour_that_answered_nothing_is_judged(case: Path, tmp_path: Path, ips: list[str]) -> None:
    (tmp_path / "scan.jsonl").write_text("".join(map(line, ips)) or "\n")
    done = enrich_case(case, banners=[tmp_path / "scan.jsonl"])
    assert done.run["control"]["things"]["verdict"] == "none"
    assert "cannot be judged" in done.run["control"]["said"]
    assert len(done.controls) == len(done.banners) == 0


def test_a_sender_is_never_its_own_neighbour_however_its_address_is_written(case: Path, tmp_path: Path) -> None:
    written = [f"::ffff:{ip}" for ip in SENDERS] + SENDERS + ["22.17.0.77"]
    (tmp_path / "scan.jsonl").write_text("".join(map(line, written)))
    done = enrich_case(case, banners=[tmp_path / "scan.jsonl"])
    assert done.controls["ip"].tolist() == ["22.17.0.77"]
    assert set(done.addresses["banners"]) == {2}


# --- What becomes of a file -----------------------------------------------------------------------------------------


def test_a_file_that_goes_away_while_it_is_read_leaves_the_case_as_it_was(case: Path, tmp_path: Path) -> None:
    scan = tmp_path / "scan.jsonl"
    scan.write_text("".join(map(line, SENDERS)))
    before = digests(case)
    with pytest.raises(AttributionError, match=r"scan\.jsonl"):
        enrich_case(case, banners=[scan], progress=lambda _: scan.unlink(missing_ok=True))
    assert digests(case) == before
    assert "control" not in open_case(case).run


def test_a_file_that_changes_while_it_is_read_is_not_recorded_as_what_it_became(case: Path, tmp_path: Path) -> None:
    scan = tmp_path / "scan.jsonl"
    scan.write_text("".join(map(line, SENDERS)))
    read = hashlib.sha256(scan.read_bytes()).hexdigest()
    after = "".join(line(ip, OTHER) for ip in SENDERS)

    def change(progress: Any) -> None:  # noqa: ANN401 (state of a run)
        if progress.stage == "devices":
            scan.write_text(after)

    done = enrich_case(case, banners=[scan], progress=change)
    told = len(done.problems) > 0
    assert told or done.run["banners"]["files"][0]["sha256"] == read


def test_what_is_no_regular_file_is_refused_before_any_mail_is_read(finished: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises((InputNotFoundError, UsageError), match="regular file"):
        analyze(finished.parent / "mail", out=tmp_path / "case", banners=[tmp_path / "pipe"], workers=1)
    assert not (tmp_path / "case").exists()


def test_the_scans_of_the_last_run_are_found_again_from_another_folder(
    case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder, text in (("first", THING), ("second", OTHER)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "scan.jsonl").write_text("".join(line(ip, text) for ip in SENDERS))
    monkeypatch.chdir(tmp_path / "first")
    enrich_case(case, banners=["scan.jsonl"])
    before = digests(case)
    monkeypatch.chdir(tmp_path / "second")
    enrich_case(case)
    assert digests(case) == before


def test_notes_about_neighbours_are_not_put_together_again_for_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    sorted_rows = 0
    distinct = scans._distinct

    def counted(rows: pa.Table) -> pa.Table:
        nonlocal sorted_rows
        sorted_rows += len(rows)
        return distinct(rows)

    monkeypatch.setattr(scans, "_MOST_ROWS", 1000)
    monkeypatch.setattr(scans, "_distinct", counted)
    found = scans.Scan(Neighbours([], ["22.17.0.9"], 100_000), Limits())
    given = 0
    for batch in range(100):
        rows = [
            {"ip": f"22.17.{batch}.{host}", "observed_at": 0, "device_type": "router", "device_product": str(host)}
            for host in range(100)
        ]
        given += len(rows)
        found._keep(pa.Table.from_pylist(rows, schema=scans.SIGHTINGS))
    assert sorted_rows < 20 * given


def test_a_file_or_folder_that_may_not_be_opened_has_a_row(
    case: Path, tmp_path: Path, run: Run, unprivileged: tuple[str, ...]
) -> None:
    (tmp_path / "scans" / "closed").mkdir(parents=True)
    for name in ("good.jsonl", "closed.jsonl", "closed/more.jsonl"):
        (tmp_path / "scans" / name).write_text(line(SENDERS[0]))
    (tmp_path / "scans" / "closed.jsonl").chmod(0)
    (tmp_path / "scans" / "closed").chmod(0)
    try:
        done = run("enrich", case, "--banners", tmp_path / "scans", before=unprivileged)
    finally:
        (tmp_path / "scans" / "closed").chmod(0o700)
    assert done.returncode == 0, done.stderr.decode()
    assert len(open_case(case).problems) == 2


def test_a_file_that_is_given_by_two_names_is_read_once(case: Path, tmp_path: Path) -> None:
    (tmp_path / "scan.jsonl").write_text(line(SENDERS[0]))
    (tmp_path / "link.jsonl").symlink_to("scan.jsonl")
    done = enrich_case(case, banners=[tmp_path / "scan.jsonl", tmp_path / "link.jsonl"])
    assert len(done.banners) == 1


# --- What a scan shows of an address --------------------------------------------------------------------------------


def seen(tmp_path: Path, dates: dict[str, Sequence[str]], lines: Iterable[str]) -> Case:
    (tmp_path / "scan.jsonl").write_text("".join(lines))
    given = mail(tmp_path / "mail", dates)
    return analyze(given, out=tmp_path / "seen", banners=[tmp_path / "scan.jsonl"], workers=1)


def test_a_device_seen_long_after_one_mail_and_long_before_the_next_is_far(tmp_path: Path) -> None:
    camera = "HTTP/1.1 200 OK\r\nServer: Netwave IP Camera\r\n\r\n"
    case = seen(
        tmp_path, {SENDERS[0]: ["5 Jan 2025", "5 Jan 2026"]}, [line(SENDERS[0], camera, timestamp="2025-07-05")]
    )
    assert set(case.messages["device_grade"]) == {"far"}
    assert case.addresses["device_gap_days"].tolist() == [case.messages["device_gap_days"].min()]
    assert case.addresses["device_grade"].tolist() == ["far"]


def test_of_a_line_that_nothing_is_known_of_no_more_is_said_than_of_a_home_line(tmp_path: Path) -> None:
    camera = "HTTP/1.1 200 OK\r\nServer: Netwave IP Camera\r\n\r\n"
    case = seen(tmp_path, {SENDERS[0]: ["5 Jan 2026"]}, [line(SENDERS[0], camera, timestamp="2025-12-12")])
    assert case.addresses["access"].isna().all()
    assert set(case.messages["device_type"]) == {"ip-camera"}
    assert set(case.messages["device_grade"]) == {"far"}


# --- Scans that are not fair ----------------------------------------------------------------------------------------


def group(shows: Mapping[str, bool | None]) -> Group:
    """Return a side of the comparison; None stands for an address that the scan does not list."""
    thing = np.array([bool(each) for each in shows.values()])
    answers = np.array([each is not None for each in shows.values()]).astype(np.int64)
    ips, asn = pa.array(shows, pa.string()), pa.array([64500] * len(shows), pa.int64())
    return Group(ips, asn, answers, {"router": thing}, thing)


def test_networks_in_which_all_or_none_show_a_thing_say_nothing() -> None:
    senders = {f"22.17.{net}.{host}": True for net in range(10) for host in range(1, 7)}
    senders |= {f"22.18.{net}.{host}": False for net in range(10) for host in range(1, 3)}
    others = {f"22.17.{net}.{host}": True for net in range(10) for host in range(10, 40)}
    others |= {f"22.18.{net}.{host}": False for net in range(10) for host in range(10, 60)}
    assert compare(group(senders), group(others)).things.verdict not in ("more", "slightly-more", "less")


def test_shares_are_called_the_same_only_where_the_interval_is_narrow_on_both_sides() -> None:
    assert verdict_of(Interval(0.3, 0.05, 1.9, "")) == "unclear"


def test_a_list_of_senders_with_devices_is_not_weighed_against_a_scan_of_all() -> None:
    senders = {f"22.{net // 250}.{net % 250}.1": True if net % 5 == 0 else None for net in range(500)}
    others = {f"22.{net // 250}.{net % 250}.{host}": host == 10 for net in range(500) for host in range(10, 15)}
    found = compare(group(senders), group(others))
    assert "500 senders that the scan saw" not in found.said
    assert found.things.verdict not in ("same", "less")


def test_a_narrow_network_with_a_neighbour_for_each_sender_goes_before_a_wide_one() -> None:
    homes = [f"22.{net}.{part}" for net in range(40) for part in range(10)]
    offices = [f"22.{net}.{part}" for net in range(40) for part in range(200, 220)]
    senders = {f"{home}.1": place % 3 == 0 for place, home in enumerate(homes)}
    others = {f"{home}.{host}": (place + host) % 3 == 0 for place, home in enumerate(homes) for host in (20, 21)}
    others |= {f"{office}.{host}": False for office in offices for host in (20, 21)}
    found = compare(group(senders), group(others))
    assert found.network == "/24"
    assert found.things.verdict == "same"


def test_of_too_many_neighbours_the_nearest_are_kept() -> None:
    near = {f"22.17.{net}.{host}" for net in range(30) for host in range(100, 110)}
    far = {f"22.17.{net}.{host}" for net in range(60, 250) for host in range(100, 130)}
    kept = Neighbours(SENDERS, SENDERS, 400)
    kept.keep(near | far)
    assert sum(ip in kept for ip in near) > 200


def test_a_file_that_lists_senders_alone_does_not_count_for_the_comparison(case: Path, tmp_path: Path) -> None:
    """In the bulk scan senders and neighbours are alike; the other one asked more ports, of the senders only."""
    (tmp_path / "bulk.jsonl").write_text(
        "".join(line(ip, THING if place % 6 == 0 else OTHER) for place, ip in enumerate(SENDERS))
        + "".join(
            line(ip.rsplit(".", 1)[0] + f".{host}", THING if place % 6 == 0 else OTHER)
            for place, ip in enumerate(SENDERS)
            for host in range(20, 28)
        )
    )
    (tmp_path / "hosts.jsonl").write_text(
        "".join(line(ip, THING if place % 6 < 4 else OTHER, port=8080) for place, ip in enumerate(SENDERS))
    )
    done = enrich_case(case, banners=[tmp_path / "bulk.jsonl", tmp_path / "hosts.jsonl"])
    assert "clearly more often" not in done.run["control"]["said"]
