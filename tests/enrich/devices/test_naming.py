"""Our rules first, then Recog, nmap and the scanner's words, each row with who said it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.enrich.banners.hints import NAMES
from attribution.enrich.banners.services import SERVICES
from attribution.enrich.devices import NAMED_COLUMNS, device_matcher, name_devices, read_nmap_probes, read_recog
from attribution.enrich.devices.kinds import kind_of

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.enrich.devices import NmapProbes, Recog

HINTS = pa.map_(pa.string(), pa.string())
RECOG = r"""<fingerprints matches="{matches}">
  <fingerprint pattern="^{pattern}"><description>{description}</description>{params}</fingerprint>
</fingerprints>"""
PARAM = '<param pos="0" name="{}" value="{}"/>'
NMAP = r"""Probe TCP NULL q||
match http m|^HTTP/1\.0 200 OK\r\nServer: Flurb/(\d)| p/Flurb $1/ d/webcam/
softmatch telnet m|^Flurb telnet| d/broadband router/
match upnp m|^HTTP/1\.1 200 OK\r\nST: flurb| d/media device/
"""


@pytest.fixture
def recog(tmp_path: Path) -> Recog:
    def write(name: str, matches: str, pattern: str, description: str, **params: str) -> None:
        written = "".join(PARAM.format(key.replace("_", "."), value) for key, value in params.items())
        text = RECOG.format(matches=matches, pattern=pattern, description=description, params=written)
        (tmp_path / name).write_text(text, "utf-8")

    hardware = {"hw_device": "IP Camera", "hw_vendor": "Flurb", "hw_product": "Eye"}
    write("a.xml", "http_header.server", "Flurb", "The Flurb", **hardware)
    write("b.xml", "ftp.banner", "Flurb", "Flurb system", os_device="Printer", os_vendor="Flurb")
    write("c.xml", "favicon.md5", "0123456789abcdef", "Flurb icon", hw_device="NAS")
    write("d.xml", "telnet_banners", "Flurb", "Flurb thing", hw_device="Device")
    return read_recog(tmp_path)


@pytest.fixture
def nmap(tmp_path: Path) -> NmapProbes:
    path = tmp_path / "nmap-service-probes"
    path.write_text(NMAP, "utf-8")
    return read_nmap_probes(path)


def named(
    text: str | None,
    kind: str | None = None,
    hints: dict[str, str] | None = None,
    recog: Recog | None = None,
    nmap: NmapProbes | None = None,
) -> dict[str, object] | None:
    pairs = None if hints is None else list(hints.items())
    columns = pa.array([text], pa.string()), pa.array([kind], pa.string()), pa.array([pairs], HINTS)
    rows = name_devices(*columns, recog=recog, nmap=nmap).to_pylist()
    return rows[0] if rows else None


FLURB = "HTTP/1.0 200 OK\r\nServer: Flurb/7\r\n\r\n"


def test_our_own_rules_decide_where_they_name_a_device(recog: Recog, nmap: NmapProbes) -> None:
    text = FLURB.replace("\r\n\r\n", '\r\nWWW-Authenticate: Basic realm="TL-WR841N"\r\n\r\n')
    row = named(text, "http", {"devicetype": "printer"}, recog, nmap)
    assert row is not None
    assert (row["device_source"], row["device_type"], row["device_strength"]) == ("own", "router", "strong")
    assert {name: value for name, value in row.items() if name != "device_source"} == device_matcher().match_column(
        pa.array([text])
    ).to_pylist()[0]


def test_recog_fills_in_before_nmap_and_both_before_the_scanner(recog: Recog, nmap: NmapProbes) -> None:
    hints = {"devicetype": "printer", "tags": "cdn"}
    row = named(FLURB, "http", hints, recog, nmap)
    assert row is not None
    assert (row["device_source"], row["device_rule"], row["device_type"]) == ("recog", "recog:The Flurb", "ip-camera")
    assert (row["device_vendor"], row["device_product"], row["device_strength"]) == ("Flurb", "Eye", "medium")
    assert (row["device_field"], row["device_start"], row["device_end"]) == ("http.server", None, None)
    row = named(FLURB, "http", hints, None, nmap)
    assert row is not None
    assert (row["device_source"], row["device_rule"], row["device_product"]) == ("nmap", "nmap:http:2", "Flurb 7")
    row = named(FLURB, "http", hints)
    assert row is not None
    assert (row["device_source"], row["device_rule"], row["device_strength"]) == ("scanner", "scanner:printer", "weak")


@pytest.mark.parametrize(
    ("text", "kind", "hints", "rule", "device_type", "strength"),
    [
        ("220 Flurb ready\r\n", "ftp", {}, "recog:Flurb system", "printer", "weak"),
        (None, "http", {"http.favicon_md5": "ffff\n0123456789abcdef"}, "recog:Flurb icon", "nas", "medium"),
        ("Flurb telnet\r\n", "telnet", {}, "nmap:telnet:3", "router", "weak"),
        ("HTTP/1.1 200 OK\r\nST: flurb\r\n\r\n", "upnp", {}, "nmap:upnp:4", "media-player", "medium"),
        (
            "nothing",
            None,
            {"os.type": "flying carpet 98\nbroadband router 96"},
            "scanner:broadband router",
            "router",
            "weak",
        ),
        ("nothing", None, {"os.type": "WAP 90\nprinter 95\nrouter 90"}, "scanner:printer", "printer", "weak"),
        ("nothing", None, {"tags": "starttls\nics"}, "scanner:ics", "industrial", "weak"),
    ],
)
def test_what_others_say_is_never_strong(
    text: str | None,
    kind: str | None,
    hints: dict[str, str],
    rule: str,
    device_type: str,
    strength: str,
    recog: Recog,
    nmap: NmapProbes,
) -> None:
    row = named(text, kind, hints, recog, nmap)
    assert row is not None
    assert (row["device_rule"], row["device_type"], row["device_strength"]) == (rule, device_type, strength)


def test_types_that_fit_a_system_equally_well_name_none() -> None:
    assert named("nothing", None, {"os.type": "WAP 95\nprinter 95\nrouter 90"}) is None


def test_a_part_that_many_share_gives_way_to_whoever_names_a_device() -> None:
    text = "HTTP/1.0 200 OK\r\nServer: GoAhead-Webs\r\n\r\n"
    alone, helped = named(text, "http"), named(text, "http", {"devicetype": "webcam"})
    assert alone is not None
    assert helped is not None
    assert (alone["device_source"], alone["device_type"]) == ("own", "embedded-web-server")
    assert (helped["device_source"], helped["device_type"]) == ("scanner", "ip-camera")


def test_a_weak_rule_of_ours_gives_way_to_recog_but_not_to_the_scanner(recog: Recog) -> None:
    hints = {"http.favicon_mmh3": "-219752612", "devicetype": "printer"}
    row = named(None, "http", hints, recog)
    assert row is not None
    assert (row["device_source"], row["device_type"], row["device_strength"]) == ("own", "router", "weak")
    row = named(None, "http", hints | {"http.favicon_md5": "0123456789abcdef"}, recog)
    assert row is not None
    assert (row["device_source"], row["device_type"]) == ("recog", "nas")


def test_nothing_known_gives_no_row_and_rows_come_in_order() -> None:
    texts = pa.chunked_array([["nothing", None], ["SSH-2.0-ROSSSH\r\n", "SSH-2.0-ROSSSH\r\n"]])
    hints = pa.array([None, [("tls.subject", "CN=Vigor Router,O=DrayTek Corp.")], [], None], HINTS)
    table = name_devices(texts, None, hints)
    assert table.schema == NAMED_COLUMNS
    assert table["row"].to_pylist() == [1, 2, 3]
    assert table["device_vendor"].to_pylist() == ["DrayTek", "MikroTik", "MikroTik"]
    assert name_devices(pa.array([], pa.string()), None, None).schema == NAMED_COLUMNS


def test_hints_of_a_scanner_are_matched_in_one_call_and_like_rows_decided_once() -> None:
    rows = 20_000
    texts = pa.array(["HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n"] * rows)
    hints = pa.array([[("http.title", "Synology DiskStation"), ("upnp.server", "x")]] * rows, HINTS)
    start = time.thread_time()
    table = device_matcher().match_column(texts, pa.array(["http"] * rows), hints)
    assert time.thread_time() - start < 2
    assert table.num_rows == rows
    assert set(table["device_type"].to_pylist()) == {"nas"}
    assert table["row"].to_pylist() == list(range(rows))


@pytest.mark.parametrize(
    ("hints", "device_type"),
    [
        ({"http.auth": 'Basic realm="DCS-932L"'}, "ip-camera"),
        ({"upnp.server": "Linux UPnP/1.0 Sonos/28.1 (ZPS3)"}, "media-player"),
        ({"vendor": "Samsung Electronics", "model": "Samsung TV UE40"}, "smart-tv"),
        ({"http.favicon_mmh3": "-219752612"}, "router"),
        ({"snmp.sysdescr": "RouterOS RB951G"}, "router"),
        ({"name": "Samsung TV"}, None),
    ],
)
def test_the_hints_of_importers_are_understood(hints: dict[str, str], device_type: str | None) -> None:
    assert set(hints) <= set(NAMES)
    matches = device_matcher().match("", "unknown", hints)
    assert (matches[0].rule.type if matches else None) == device_type


def test_each_service_of_the_importers_has_a_kind() -> None:
    names = [name for key, others in SERVICES.items() for name in (key, *others)]
    assert [name for name in names if not kind_of(name)] == []


@given(
    text=st.none() | st.text(max_size=200),
    kind=st.none() | st.sampled_from(["http", "telnet", "unknown", "161", "\x1b[2J"]),
    hints=st.none() | st.dictionaries(st.sampled_from([*NAMES, "strange"]), st.text(max_size=50), max_size=5),
)
def test_no_input_raises_and_the_answer_is_the_same_each_time(
    text: str | None, kind: str | None, hints: dict[str, str] | None
) -> None:
    first = named(text, kind, hints)
    assert named(text, kind, hints) == first
    assert first is None or first["device_source"] in {"own", "scanner"}
