"""How a raw banner is taken apart."""

from __future__ import annotations

import time

import pytest

from attribution.enrich.devices.fields import LONGEST_TEXT, split_banner
from attribution.enrich.devices.kinds import kind_of

HTTP = (
    "HTTP/1.1 401 Unauthorized\r\nDate: Sat, 11 Jan 2014 10:00:00 GMT\r\nServer: Example-Webs\r\n"
    'WWW-Authenticate: Basic realm="Example Box"\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Box: yes\r\n\r\n'
    "<html><head><TITLE>Example\n &amp; Box</TITLE></head></html>"
)


def test_an_answer_of_http_is_split_into_headers_title_and_body() -> None:
    fields = split_banner(HTTP, "80")
    assert fields["http.server"] == "Example-Webs"
    assert fields["http.www-authenticate"] == 'Basic realm="Example Box"'
    assert fields["http.cookie"] == "a=1\nb=2"
    assert fields["http.title"] == "Example & Box"
    assert fields["http.headers"] == "X-Box: yes"
    assert fields["http.body"].startswith("<html>")


@pytest.mark.parametrize(
    ("text", "kind", "field", "value"),
    [
        ("220 Box FTP server ready.\r\n", "21", "ftp", "Box FTP server ready.\r\n"),
        ("220 Box FTP server ready.\r\n", "", "ftp", "Box FTP server ready.\r\n"),
        ("220 mx.example.org ESMTP Postfix\r\n", "", "smtp", "mx.example.org ESMTP Postfix\r\n"),
        (
            "220-mx.example.org Microsoft ESMTP\r\n220 x\r\n",
            "25",
            "smtp",
            "mx.example.org Microsoft ESMTP\r\n220 x\r\n",
        ),
        ("SSH-2.0-dropbear_2012.55\r\nmore", "22", "ssh", "dropbear_2012.55"),
        ("dropbear_2012.55", "ssh.banner", "ssh", "dropbear_2012.55"),
        ("RTSP/1.0 200 OK\r\nServer: Box\r\n", "554", "rtsp", "RTSP/1.0 200 OK\r\nServer: Box\r\n"),
        ("SIP/2.0 200 OK\r\nUser-Agent: Box\r\n", "", "sip", "SIP/2.0 200 OK\r\nUser-Agent: Box\r\n"),
        (
            "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: x",
            "",
            "ssdp",
            "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: x",
        ),
        ("\xff\xfd\x18\xff\xfbBox login: ", "23", "telnet", "Box login: "),
        ("Box login: ", "", "text", "Box login: "),
        ("* OK Box ready", "", "imap", "* OK Box ready"),
        ("+OK Box ready", "", "pop3", "+OK Box ready"),
        ("CN=box,O=Example", "", "tls.subject", "CN=box,O=Example"),
        ("CN=box,O=Example", "x509.issuer", "tls.issuer", "CN=box,O=Example"),
        ("Certificate:\n  Subject: CN=box\n  Issuer: CN=ca\n", "", "tls.issuer", "CN=ca"),
        ("Description: Box 1", "161", "snmp.sysdescr", "Description: Box 1"),
        ("Example Box", "html_title", "http.title", "Example Box"),
    ],
)
def test_a_banner_is_read_by_its_kind_or_by_its_form(text: str, kind: str, field: str, value: str) -> None:
    assert split_banner(text, kind)[field] == value


def test_what_the_dataset_holds_apart_goes_before_what_the_text_says() -> None:
    fields = split_banner(HTTP, "http", {"http.title": "Box", "tls.subject": "CN=box", "colour": "red", "ssh": ""})
    assert fields["http.title"] == "Box"
    assert fields["tls.subject"] == "CN=box"
    assert "colour" not in fields
    assert "ssh" not in fields


@pytest.mark.parametrize(
    ("title", "kept"),
    [("Netgear router reviews", False), ("Buy IP cameras online", False), ("NETGEAR&nbsp;Router\n R7000", True)],
)
def test_the_title_of_a_page_that_talks_about_devices_is_left_out(title: str, kept: bool) -> None:
    fields = split_banner(title, "html_title")
    assert ("http.title" in fields) is kept
    assert fields.get("http.title", "NETGEAR Router R7000") == "NETGEAR Router R7000"


def test_headers_without_a_line_of_status_are_those_of_http() -> None:
    fields = split_banner("Date: Sat, 11 Jan 2014 10:00:00 GMT\r\nServer: Example-Webs\r\n", "http")
    assert fields == {"http.server": "Example-Webs"}


def test_numbers_of_sessions_and_requests_are_left_out() -> None:
    headers = "Set-Cookie: sid=7302aDS-2CD; path=/\r\nX-Id: 7302AbCdEfGhIjKlMnOpQrStUv\r\nX-Box: yes 7302"
    text = f"HTTP/1.1 302 Found\r\n{headers}\r\n\r\n"
    fields = split_banner(text, "http")
    assert fields["http.cookie"] == "sid=; path=/"
    assert fields["http.headers"] == "X-Id: \r\nX-Box: yes 7302"


def test_a_certificate_for_a_web_site_says_nothing_of_the_company_that_runs_it() -> None:
    assert split_banner("CN=www.example.com,O=Example Cameras,C=US", "x509.subject") == {
        "tls.subject": "CN=www.example.com,"
    }
    device = "CN=www.example.com,OU=DVR,O=Example Cameras"
    assert split_banner(device, "x509.subject") == {"tls.subject": device}


@pytest.mark.parametrize(
    ("name", "kind"), [("8080", "http"), ("HTTPS ", "http"), ("upnp", "ssdp"), ("9", ""), ("", "")]
)
def test_names_of_services_and_ports_have_a_kind(name: str, kind: str) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    "text",
    [
        "HTTP/1.1 200 OK\r\n" + "Server: x\r\n" * 1_000_000,
        "HTTP/1.1 200 OK\r\n\r\n" + "<title " * 1_000_000,
        "HTTP/1.1 200 OK\n\n<title>" + "&amp" * 1_000_000,
        "220 " + "mail " * 1_000_000,
        "\x00" * 5_000_000,
        "Subject:" * 1_000_000,
        "\x1b[2J<script>alert(1)</script>",
        "",
    ],
)
def test_hostile_banners_cost_little_and_never_raise(text: str) -> None:
    start = time.thread_time()
    fields = split_banner(text)
    assert time.thread_time() - start < 0.2
    assert all(len(value) <= LONGEST_TEXT for value in fields.values())
