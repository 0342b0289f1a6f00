"""Files that the scanners themselves wrote: what is in them was counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.enrich.banners.conftest import rows_of

if TYPE_CHECKING:
    from pathlib import Path

# File, kind, rows, rows without a text, rows whose time is inferred, problems.
COUNTS = [
    # Open ports of nmap: 22 25 80 111 631 3306 8009 8080; the script http-headers ran on three.
    ("1_os_banner_scripts.xml", "nmap", 8, 5, 0, 0),
    # Two hosts, five and three open ports; port 25 of the second is filtered.
    ("2_hosts_version.xml", "nmap", 8, 8, 0, 0),
    # 16 open ports; the scripts banner or http-headers answered on 21, 80, 443 and 3306.
    ("dionaea_scan.xml", "nmap", 16, 12, 0, 0),
    # One host, whose address somebody replaced by the letters `IP`.
    ("test_osclass.xml", "nmap", 0, 0, 0, 1),
    # Two services with neither a banner nor a time of their own.
    ("censys_v2_01_23.4.189.49.json", "json", 2, 2, 2, 0),
    # DNS has no banner, the QUIC service and port 853 have empty ones.
    ("censys_v2_03_8.8.8.8.json", "json", 4, 3, 0, 0),
    ("ftp-authtls.json", "json-lines", 1, 0, 0, 0),
    ("http-http.json", "json-lines", 1, 0, 0, 0),
    ("http-https.json", "json-lines", 1, 0, 0, 0),
    ("smtp-ehlo.03.json", "json-lines", 1, 0, 0, 0),
    ("ssh-ssh.json", "json-lines", 1, 0, 0, 0),
    ("telnet-telnet.json", "json-lines", 1, 0, 0, 0),
    # AMQP states its product in fields and has no greeting.
    ("zgrab2.jsonl", "json-lines", 1, 1, 0, 0),
    # Two open ports, and three parts of one answer.
    ("masscan_banners.json", "json-lines", 5, 2, 0, 0),
    ("shodan_banner_goahead.jsonl", "json-lines", 1, 0, 0, 0),
    ("shodan_host_104.18.166.49.json", "json", 9, 0, 0, 0),
    ("shodan_host_8.8.8.8.json", "json-lines", 1, 0, 0, 0),
]


@pytest.fixture(scope="module")
def scans(shared: Path) -> Path:
    return shared / "banners" / "samples"


@pytest.mark.parametrize(("name", "kind", "rows", "silent", "inferred", "problems"), COUNTS, ids=[c[0] for c in COUNTS])
def test_a_file_gives_as_many_rows_as_it_has_answers(
    scans: Path, name: str, kind: str, rows: int, silent: int, inferred: int, problems: int
) -> None:
    found = rows_of(scans / name)
    tally = found.tally
    assert dict(tally.kinds) == {kind: 1}
    assert (len(found.rows), tally.silent, tally.inferred, len(tally.problems)) == (rows, silent, inferred, problems)
    assert all(row["dataset"] == name for row in found.rows)


def test_every_sample_is_counted(scans: Path) -> None:
    assert sorted(path.name for path in scans.iterdir()) == sorted(name for name, *_ in COUNTS)


def test_nothing_is_kept_of_addresses_that_are_not_asked_for(scans: Path) -> None:
    for name, *_, problems in COUNTS:
        found = rows_of(scans / name, wanted={"192.0.2.1"})
        assert not found.rows
        assert found.tally.elsewhere or problems


def test_shodan_says_what_its_crawler_asked_and_what_the_page_is_called(scans: Path) -> None:
    row = rows_of(scans / "shodan_banner_goahead.jsonl").row
    assert (row["ip"], row["port"], row["transport"]) == ("119.23.253.64", 2067, "tcp")
    assert row["observed_at"] == datetime(2026, 3, 15, 22, 57, 45, 950793, UTC)
    assert row["text"] == "HTTP/1.1 401 Unauthorized\r\nServer: GoAhead-Webs\r\n\r\n"
    assert (row["scanner"], row["service"]) == ("shodan", "http")
    assert row["hints"]["http.title"] == "Document Error: Unauthorized"
    assert row["hints"]["cpe"] == "cpe:2.3:a:embedthis:goahead"


def test_censys_states_the_certificate_of_a_service(scans: Path) -> None:
    rows = rows_of(scans / "censys_v2_03_8.8.8.8.json").rows
    assert [(row["port"], row["transport"], row["service"]) for row in rows] == [
        (53, "udp", "dns"),
        (443, "tcp", "http"),
        (443, "quic", "unknown"),
        (853, "tcp", "tls"),
    ]
    assert rows[1]["hints"]["tls.subject"] == "CN=dns.google"
    assert rows[1]["observed_at"] == datetime(2024, 10, 27, 14, 44, 1, 811676, UTC)


def test_the_services_of_a_censys_host_without_times_have_the_time_of_the_host(scans: Path) -> None:
    for row in rows_of(scans / "censys_v2_01_23.4.189.49.json").rows:
        assert row["observed_inferred"]
        assert row["observed_at"] == datetime(2024, 10, 27, 17, 2, 26, 140000, UTC)


def test_zgrab2_files_without_ports_give_none(scans: Path) -> None:
    row = rows_of(scans / "telnet-telnet.json").row
    assert (row["ip"], row["port"], row["service"]) == ("172.17.0.2", None, "telnet")
    assert row["text"] == "Ubuntu 16.04.3 LTS\r\n5a3511f30de7 login: "


def test_zgrab2_http_is_put_together_as_http_has_it(scans: Path) -> None:
    row = rows_of(scans / "http-https.json").row
    assert row["text"].startswith("HTTP/1.1 200 OK\r\n")
    assert "\r\nServer: lighttpd/1.4.35\r\n" in row["text"]
    assert row["hints"]["tls.subject"] == "CN=target"


def test_zgrab2_ssh_is_the_version_and_not_the_text_before_the_login(scans: Path) -> None:
    row = rows_of(scans / "ssh-ssh.json").row
    assert row["text"] == "SSH-2.0-OpenSSH_7.2p2 Ubuntu-4ubuntu2.4"
    assert row["hints"]["ssh.banner"] == "hello world"


def test_zgrab2_amqp_names_its_product(scans: Path) -> None:
    row = rows_of(scans / "zgrab2.jsonl").row
    assert (row["service"], row["product"], row["hints"]["version"]) == ("amqp", "RabbitMQ", "3.8.16")
    assert row["observed_at"] == datetime(2024, 5, 15, 7, 2, 49, tzinfo=UTC)


def test_nmap_names_a_type_of_device_where_its_probe_matched(scans: Path) -> None:
    rows = {row["port"]: row for row in rows_of(scans / "dionaea_scan.xml").rows}
    assert rows[21]["product"] == "Synology DiskStation NAS ftpd"
    assert rows[21]["hints"]["devicetype"] == "storage-misc"
    assert rows[21]["text"] == "220 DiskStation FTP server ready."
    assert rows[80]["hints"]["http.title"] == "Directory listing for /"
    assert rows[80]["hints"]["cpe"] == "cpe:/a:igor_sysoev:nginx"
    assert rows[443]["hints"]["tls.subject"].startswith("CN=Nepenthes Development Team,")


def test_nmap_guesses_from_the_number_of_a_port_are_no_service(scans: Path) -> None:
    rows = {row["port"]: row for row in rows_of(scans / "dionaea_scan.xml").rows}
    assert (rows[23]["service"], rows[23]["hints"]["service.guess"]) == ("unknown", "telnet")
    assert "service" not in rows[23]["hints"]


def test_masscan_gives_parts_of_one_answer_as_rows(scans: Path) -> None:
    rows = rows_of(scans / "masscan_banners.json").rows
    assert [row["text"] and row["text"][:21] for row in rows] == [
        None,
        None,
        "nginx/1.24.0 (Ubuntu)",
        "Welcome to nginx!",
        "HTTP/1.1 200 OK\r\nServ",
    ]
    assert rows[3]["hints"]["http.title"] == "Welcome to nginx!"
    assert rows[4]["observed_at"] == datetime(2024, 9, 24, 4, 18, 43, tzinfo=UTC)
