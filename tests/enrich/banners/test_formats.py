"""Records of each scanner in, rows out: what becomes of times, ports, types and of records of other addresses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from attribution.enrich.banners.hints import NAMES
from attribution.enrich.banners.observations import LONGEST_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.enrich.banners.conftest import Imported

    Import = Callable[..., Imported]

IN_2014 = datetime(2014, 1, 3, tzinfo=UTC)
SHODAN = {
    "ip_str": "192.0.2.7",
    "port": 80,
    "transport": "tcp",
    "timestamp": "2014-01-02T03:04:05.5",
    "_shodan": {"module": "http-simple-new"},
    "data": "HTTP/1.0 200 OK\r\n\r\n",
}


def shodan(**changed: object) -> str:
    return json.dumps(SHODAN | changed) + "\n"


def test_a_line_of_shodan(imported: Import) -> None:
    row = imported(shodan(product="GoAhead", version="2.5", http={"server": "GoAhead-Webs", "title": "Router"})).row
    assert row == {
        "ip": "192.0.2.7",
        "port": 80,
        "transport": "tcp",
        "observed_at": datetime(2014, 1, 2, 3, 4, 5, 500_000, UTC),
        "text": "HTTP/1.0 200 OK\r\n\r\n",
        "dataset": "scan",
        "scanner": "shodan",
        "service": "http",
        "product": "GoAhead",
        "hints": {
            "service": "http-simple-new",
            "version": "2.5",
            "http.server": "GoAhead-Webs",
            "http.title": "Router",
        },
        "observed_inferred": False,
    }


@pytest.mark.parametrize(
    ("record", "ip"),
    [
        ({"ip_str": "2001:DB8::00:7"}, "2001:db8::7"),
        ({"ip_str": "::ffff:192.0.2.9"}, "192.0.2.9"),
        ({"ip_str": None, "ip": 3221225991}, None),
    ],
)
def test_addresses_are_canonical(imported: Import, record: dict[str, object], ip: str | None) -> None:
    found = imported(shodan(**record))
    assert [row["ip"] for row in found.rows] == ([] if ip is None else [ip])


def test_the_number_of_an_address_serves_where_there_is_no_text(imported: Import) -> None:
    record = {key: value for key, value in SHODAN.items() if key != "ip_str"}
    assert imported(json.dumps(record | {"ip": 3221225991})).row["ip"] == "192.0.2.7"


def test_an_older_title_and_a_title_in_the_page(imported: Import) -> None:
    page = "<html><head><TITLE lang=de>\n My   Box </title>"
    assert imported(shodan(title="Old")).row["hints"]["http.title"] == "Old"
    assert imported(shodan(http={"html": page})).row["hints"]["http.title"] == "My Box"


def test_a_host_of_shodan_lends_its_banners_address_and_time(imported: Import) -> None:
    banners = [{"port": 23, "data": "login: "}, {"port": 21, "data": "220", "timestamp": "2014-01-01T00:00:00"}, 7]
    host = {"ip_str": "192.0.2.7", "last_update": "2014-01-05T00:00:00", "data": banners}
    found = imported(json.dumps(host, indent=1))
    assert [(row["ip"], row["port"], row["observed_inferred"]) for row in found.rows] == [
        ("192.0.2.7", 23, True),
        ("192.0.2.7", 21, False),
    ]
    assert found.problem.detail == "a banner of the host that is no object"


@pytest.mark.parametrize(
    "wrap",
    [
        lambda hosts: "\n".join(map(json.dumps, hosts)),
        lambda hosts: "\n".join(json.dumps(host, indent=2) for host in hosts),
        lambda hosts: json.dumps(hosts),
        lambda hosts: json.dumps(hosts, indent=2),
        lambda hosts: "﻿" + json.dumps(hosts, indent=0),
        lambda hosts: json.dumps({"code": 200, "result": {"hits": hosts}}),
        lambda hosts: "[\n" + ",\n".join(map(json.dumps, hosts)) + "\n]\n",
        lambda hosts: "\r\n\r\n".join(map(json.dumps, hosts)) + "\r\n",
    ],
    ids=["lines", "printed", "list", "printed list", "flat", "search", "list of lines", "windows"],
)
def test_hosts_of_censys_stand_in_a_file_in_any_way(imported: Import, wrap: Callable[[list[Any]], str]) -> None:
    service = {"port": 21, "service_name": "FTP", "transport_protocol": "TCP", "observed_at": "2023-01-02T03:04:05.6Z"}
    hosts = [{"ip": f"192.0.2.{n}", "services": [service | {"banner": f'220 }}{n}\r\n["'}]} for n in range(1, 4)]
    found = imported(wrap(hosts))
    assert [row["text"] for row in found.rows] == [f'220 }}{n}\r\n["' for n in range(1, 4)]
    assert [row["ip"] for row in found.rows] == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    assert not found.tally.problems
    one = imported(wrap(hosts), {"192.0.2.2"})
    assert one.row["ip"] == "192.0.2.2"


def test_software_of_censys_is_the_product(imported: Import) -> None:
    software = [
        {"vendor": "Synology", "product": "DiskStation", "version": "6", "uniform_resource_identifier": "cpe:x"}
    ]
    service = {"port": 80, "service_name": "HTTP", "software": software, "observed_at": "2023-01-02T03:04:05Z"}
    row = imported(json.dumps({"ip": "192.0.2.1", "services": [service]})).row
    assert (row["product"], row["hints"]["cpe"]) == ("Synology DiskStation", "cpe:x")


def test_upnp_and_snmp_of_censys_name_the_device(imported: Import) -> None:
    device = {"manufacturer": "Acme", "model_name": "R1", "friendly_name": "Attic"}
    system = {"desc": "Acme router", "name": "attic"}
    services = [
        {"port": 1900, "service_name": "UPNP", "upnp": {"devices": [None, device]}},
        {"port": 161, "service_name": "SNMP", "snmp": {"oid_system": system}},
    ]
    host = {"ip": "192.0.2.1", "services": services, "last_updated_at": "2023-01-02T03:04:05Z"}
    upnp, snmp = imported(json.dumps(host)).rows
    assert upnp["service"] == "upnp"
    assert [upnp["hints"][name] for name in ("vendor", "model", "name")] == ["Acme", "R1", "Attic"]
    assert (snmp["hints"]["snmp.sysdescr"], snmp["hints"]["snmp.name"]) == ("Acme router", "attic")


def test_devices_that_zgrab2_asks_name_themselves(imported: Import) -> None:
    result = {"vendor_name": "Acme", "model_name": "T2", "firmware_revision": "1.2", "object_name": "Boiler"}
    part = {"status": "success", "protocol": "bacnet", "timestamp": "2018-04-06T19:37:50Z", "result": result}
    row = imported(json.dumps({"ip": "192.0.2.1", "data": {"bacnet": part}})).row
    assert (row["transport"], row["service"], row["product"]) == ("udp", "bacnet", "T2")
    assert row["hints"] == {"service": "bacnet", "version": "1.2", "vendor": "Acme", "model": "T2", "name": "Boiler"}


def test_each_module_of_zgrab2_is_a_row_and_silence_is_none(imported: Import) -> None:
    data = {
        "ftp": {"status": "success", "protocol": "ftp", "port": 2121, "result": {"banner": "220 x"}},
        "web": {"status": "unknown-error", "protocol": "http", "result": {"response": {"status_line": "400 Bad"}}},
        "telnet": {"status": "connection-timeout", "protocol": "telnet"},
        "broken": [],
    }
    for part in data.values():
        if isinstance(part, dict):
            part["timestamp"] = "2018-04-06T19:37:50Z"
    found = imported(json.dumps({"ip": "192.0.2.1", "data": data}))
    assert [(row["service"], row["port"], row["text"]) for row in found.rows] == [
        ("ftp", 2121, "220 x"),
        ("http", None, "HTTP/1.1 400 Bad\r\n\r\n"),
    ]
    assert found.tally.unanswered == 1
    assert found.problem.detail == "the result of a module that is no object"


OLD_MASSCAN = """\
{ "ip": "192.0.2.1", "timestamp": "1400000000", "ports": [ {"port": 80, "proto": "tcp", "status": "open"} ] },
{ "ip": "192.0.2.2", "timestamp": "1400000001", "ports": [ {"port": 22, "proto": "tcp", "status": "closed"} ] },
{finished: 1}
"""
COMMA_AT_THE_END = "[\n" + OLD_MASSCAN.replace("{finished: 1}\n", "]\n")
FIXED = "[" + OLD_MASSCAN.replace("{finished: 1}", '{"finished": 1}]')
COMMA_BEFORE = "[\n" + OLD_MASSCAN.replace("},\n", "}\n,\n").replace("{finished: 1}\n", "")
ONE_RECORD = "[\n" + OLD_MASSCAN.splitlines()[0].removesuffix(",") + "\n]"
LINES = (
    '{"ip":"192.0.2.1","timestamp":"1400000000","port":80,"proto":"tcp","rec_type":"status","data":{"status":"open"}}\n'
)


@pytest.mark.parametrize("text", [OLD_MASSCAN, COMMA_AT_THE_END, FIXED, COMMA_BEFORE, ONE_RECORD, LINES])
def test_every_dialect_of_masscan_is_read_and_closed_ports_are_no_answer(imported: Import, text: str) -> None:
    found = imported(text)
    assert (found.row["ip"], found.row["port"], found.row["text"]) == ("192.0.2.1", 80, None)
    assert found.row["observed_at"] == datetime(2014, 5, 13, 16, 53, 20, tzinfo=UTC)
    assert not found.tally.problems


def test_masscan_lines_have_banners_too(imported: Import) -> None:
    record = {"ip": "192.0.2.1", "timestamp": "1400000000", "port": 22, "proto": "tcp", "rec_type": "banner"}
    row = imported(json.dumps(record | {"data": {"service_name": "ssh", "banner": "SSH-2.0-x"}})).row
    assert (row["service"], row["text"], row["scanner"]) == ("ssh", "SSH-2.0-x", "masscan")


NMAP = """<?xml version="1.0"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="{scanner}" start="1388700000">
<host{times}><address addr="192.0.2.1" addrtype="ipv4"/>
<address addr="00:00:5E:00:53:01" addrtype="mac" vendor="Acme"/>
<ports><port protocol="tcp" portid="80"><state state="open"/>
<service name="http" banner="nginx" method="probed"/></port>
</ports></host>
</nmaprun>"""


def test_nmap_hosts_without_times_have_the_start_of_the_scan(imported: Import) -> None:
    row = imported(NMAP.format(scanner="nmap", times="")).row
    assert (row["observed_at"], row["observed_inferred"]) == (datetime(2014, 1, 2, 22, tzinfo=UTC), True)
    row = imported(NMAP.format(scanner="nmap", times=' starttime="1388700001" endtime="1388700002"')).row
    assert (row["observed_at"], row["observed_inferred"]) == (datetime(2014, 1, 2, 22, 0, 2, tzinfo=UTC), False)
    assert row["hints"]["mac.vendor"] == "Acme"


def test_xml_of_masscan_is_read_like_that_of_nmap(imported: Import) -> None:
    row = imported(NMAP.format(scanner="masscan", times=' endtime="1388700001"')).row
    assert (row["scanner"], row["text"], row["service"]) == ("masscan", "nginx", "http")


@pytest.mark.parametrize("record", ["shodan", "censys", "zgrab2", "table"])
def test_a_banner_without_a_time_is_a_problem_unless_the_caller_has_one(imported: Import, record: str) -> None:
    text = {
        "shodan": shodan(timestamp=None),
        "censys": json.dumps({"ip": "192.0.2.1", "services": [{"port": 80, "banner": "x"}]}),
        "zgrab2": json.dumps({"ip": "192.0.2.1", "data": {"ftp": {"status": "success", "result": {}}}}),
        "table": "ip,port,text,observed_at\n192.0.2.1,80,x,\n",
    }[record]
    found = imported(text)
    assert not found.rows
    assert (found.problem.status, found.problem.detail) == ("malformed", "no time of observation")
    row = imported(text, observed=IN_2014).row
    assert (row["observed_at"], row["observed_inferred"]) == (IN_2014, True)


def test_a_long_text_is_cut_and_says_so(imported: Import) -> None:
    found = imported(shodan(data="x" * 50_000))
    assert (len(found.row["text"]), found.row["hints"]["text.length"]) == (LONGEST_TEXT, "50000")
    assert found.tally.cut == 1


def test_texts_are_kept_as_they_are(imported: Import) -> None:
    text = "\x1b[2J\x00<script>alert(1)</script>\u202e\ufeff\U0001f4a5"
    assert imported(shodan(data=text)).row["text"] == text


def test_every_hint_is_in_the_vocabulary(imported: Import) -> None:
    certificate = {"subject": {"CN": "a, b", "O": ["c"]}, "issuer": {}}
    row = imported(shodan(ssl={"cert": certificate, "jarm": "0"}, tags=["iot", "cam"], upnp={"model_name": "M"})).row
    assert row["hints"]["tls.subject"] == "CN=a\\, b,O=c"
    assert row["hints"]["tags"] == "iot\ncam"
    assert set(row["hints"]) <= set(NAMES)
