"""A raw banner taken apart into the fields that rules look at, in time that grows with its length at most."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from attribution.enrich.devices.kinds import FIELDS, kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["LONGEST_TEXT", "split_banner"]

LONGEST_TEXT = 16_384
"""Characters of a banner that are looked at."""
_LONGEST_HEAD_LINES = 120
_LONGEST_TITLE = 300
_LONGEST_BODY = 2_048
_HEADERS = {
    "server": "http.server",
    "www-authenticate": "http.www-authenticate",
    "proxy-authenticate": "http.www-authenticate",
    "set-cookie": "http.cookie",
    "location": "http.location",
    "x-powered-by": "http.powered-by",
}
_USUAL = frozenset(
    {
        *("accept-ranges", "age", "alt-svc", "cache-control", "connection", "content-encoding"),
        *("content-language", "content-length", "content-type", "date", "etag", "expires", "keep-alive"),
        *("last-modified", "mime-version", "pragma", "status", "strict-transport-security"),
        *("transfer-encoding", "vary", "x-content-type-options", "x-frame-options", "x-xss-protection"),
        *("content-security-policy"),
    }
)
"""Headers that any server sends and that say nothing about it."""
_SEARCH_REPLY = frozenset({"st", "usn", "nt"})
_TITLE = re.compile(r"<title(?:\s[^<>]{0,200}+)?>([^<]{0,300}+)", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xf0-\xff\ufffd]++")
_NAME = re.compile(r"(?m)^[ \t]{0,16}(subject|issuer)[ \t]?[:=][ \t]{0,8}([^\r\n]{1,1000}+)", re.IGNORECASE)
_DISTINGUISHED = re.compile(r"(?:CN|C|O|OU|ST|L|commonName|emailAddress)\s?=", re.ASCII)
_MAIL_GREETING = re.compile(r"\b(?:E?SMTP|mail (?:service|server))\b|^220[ -][^\r\n]{1,200}\bMail\b", re.IGNORECASE)
_STATUS_LINE = re.compile(r"\d{3} ")


def split_banner(text: str, kind: str = "", hints: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the fields of a banner that are not empty.

    Args:
        text: What the service answered with, as Shodan's `data` holds it, or the value of one field.
        kind: What `kind_of` understands; where it does not, the text itself tells.
        hints: Fields that the dataset holds apart from the text (`http.title`, `tls.subject` ...); they go first.
    """
    found = {name: value[:LONGEST_TEXT] for name, value in (hints or {}).items() if value and name in FIELDS}
    if text:
        for name, value in _split(text[:LONGEST_TEXT], kind_of(kind) if kind else "").items():
            if value:
                found.setdefault(name, value)
    return found


def _split(text: str, kind: str) -> dict[str, str]:
    if "." in kind:
        return {kind: text}
    if text.startswith("HTTP/"):
        return _http(text)
    if text.startswith(("RTSP/1.", "RTSP/2.")):
        return {"rtsp": text}
    if text.startswith("SIP/2.0"):
        return {"sip": text}
    if text.startswith("SSH-"):
        return {"ssh": text[4:].partition("-")[2].partition("\n")[0].rstrip("\r")}
    if text.startswith(("220 ", "220-")) and kind in {"", "http", "ftp", "smtp"}:
        return {_greeting(text, kind): _without_code(text)}
    if kind == "snmp.sysdescr" or (not kind and text.startswith("Description:")):
        return {"snmp.sysdescr": text}
    if not kind or kind == "http":
        return _unknown(text)
    if kind == "telnet":
        return {"telnet": _CONTROLS.sub("", text)}
    return {kind: text}


def _greeting(text: str, kind: str) -> str:
    if kind in {"ftp", "smtp"}:
        return kind
    return "smtp" if _MAIL_GREETING.search(text[:1_000]) else "ftp"


def _without_code(text: str) -> str:
    """Take the number of the answer off the first line, as rules want the words alone."""
    return text[4:] if _STATUS_LINE.match(text) or text[3:4] == "-" else text


def _unknown(text: str) -> dict[str, str]:
    if text.startswith("* OK"):
        return {"imap": text}
    if text.startswith("+OK"):
        return {"pop3": text}
    if _DISTINGUISHED.match(text):
        return {"tls.subject": text}
    found = {"text": _CONTROLS.sub("", text)}
    for name, value in _NAME.findall(text):
        found.setdefault(f"tls.{name.lower()}", value)
    return found


def _http(text: str) -> dict[str, str]:
    """Split an answer of HTTP, or of a search by UPnP, which has the same form."""
    ends = [(place, place + len(end)) for end in ("\r\n\r\n", "\n\n") if (place := text.find(end)) >= 0]
    head_end, body_start = min(ends, default=(len(text), len(text)))
    head, body = text[:head_end], text[body_start:]
    found: dict[str, str] = {}
    names = set()
    others = []
    for line in head.split("\n", _LONGEST_HEAD_LINES)[1:_LONGEST_HEAD_LINES]:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        names.add(name)
        field = _HEADERS.get(name)
        if field is not None:
            value = value.strip()
            found[field] = f"{found[field]}\n{value}" if field in found else value
        elif name not in _USUAL:
            others.append(line)
    if names & _SEARCH_REPLY:
        return {"ssdp": text}
    title = _TITLE.search(body)
    if title is not None:
        found["http.title"] = " ".join(html.unescape(title[1]).split())[:_LONGEST_TITLE]
    return found | {"http.headers": "\n".join(others), "http.body": body[:_LONGEST_BODY]}
