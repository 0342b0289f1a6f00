"""Whole answers as scanners of the Internet print them: devices are named, ordinary servers never taken for things."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from attribution.enrich.devices import device_matcher, device_types

FOLDER = Path(__file__).parent
WEAK = {kind.id for kind in device_types().values() if kind.weak}


def answers(name: str) -> list[tuple[str, str, dict[str, Any]]]:
    """Return kind, text and entry of each answer of a file."""
    table = tomllib.loads((FOLDER / name).read_text("utf-8"))
    found = [("http", answer(entry), entry) for entry in table["http"]]
    return found + [(entry["kind"], entry["text"], entry) for entry in table["other"]]


def answer(parts: dict[str, Any]) -> str:
    """Return an answer by HTTP that has the given parts."""
    status = "401 Unauthorized" if "realm" in parts else "302 Found" if "location" in parts else "200 OK"
    lines = [f"HTTP/1.1 {status}", "Date: Sat, 11 Jan 2014 10:00:00 GMT", "Content-Type: text/html; charset=utf-8"]
    lines += [f"Server: {parts['server']}"] if parts["server"] else []
    lines += [f'WWW-Authenticate: Basic realm="{parts["realm"]}"'] if "realm" in parts else []
    lines += [f"Location: {parts['location']}"] if "location" in parts else []
    lines += [f"Set-Cookie: {parts['cookie']}"] if "cookie" in parts else []
    lines += [parts["headers"]] if "headers" in parts else []
    page = f"<html><head><title>{parts.get('title', '')}</title></head><body>{parts.get('body', '')}</body></html>"
    return "\r\n".join([*lines, "Connection: close", "", page])


def said(text: str, kind: str) -> str | None:
    """Return the type of the most telling rule."""
    matches = device_matcher().match(text, kind)
    return matches[0].rule.type if matches else None


@pytest.mark.parametrize(("kind", "text", "entry"), answers("wild_banners.toml"))
def test_a_device_is_named_by_an_answer_of_the_kind_that_scanners_see(
    kind: str, text: str, entry: dict[str, Any]
) -> None:
    right = entry["is"] if isinstance(entry["is"], list) else [entry["is"]]
    assert said(text, kind) in right, device_matcher().match(text, kind)[:1]


@pytest.mark.parametrize(("kind", "text", "entry"), answers("ordinary_servers.toml"))
def test_an_ordinary_server_or_desktop_is_never_taken_for_a_thing(kind: str, text: str, entry: dict[str, Any]) -> None:
    assert entry
    name = said(text, kind)
    assert name is None or name in WEAK or not device_types()[name].thing, device_matcher().match(text, kind)[:1]


HOSTS = [
    *("router1.isp.example", "cam.example.org", "camera-shop.example.com", "nas.example.net"),
    *("dvr2.example.de", "printer.example.edu", "switch-core1.example.org", "firewall.example.com"),
    *("kvm5.example.com.au", "voip-gw.example.net", "sonos.example.org", "synology.example.de"),
    *("mikrotik.example.ru", "fridge.example.io", "smart-tv.example.org", "hikvision.example.cn"),
    *("ap-12.example.edu", "modem77.pool.example.net", "netgear.com", "www.linksys.com"),
    *("mail.dahua.example", "plc.example.co.uk", "ups.example.org"),
]


@pytest.mark.parametrize("host", HOSTS)
def test_the_name_of_a_host_never_makes_it_a_thing(host: str) -> None:
    for kind, text in (
        ("smtp", f"220 {host} ESMTP ready\r\n"),
        ("ftp", f"220 {host} FTP server ready.\r\n"),
        ("imap", f"* OK {host} IMAP4rev1 ready\r\n"),
        ("x509.subject", f"CN={host}"),
        ("http", answer({"server": "Apache", "location": f"https://{host}/"})),
    ):
        name = said(text, kind)
        assert name is None or name in WEAK or not device_types()[name].thing, (text, name)
