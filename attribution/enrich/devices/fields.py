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
_HINTS = {name: name for name in FIELDS} | {
    "http.auth": "http.www-authenticate",
    "http.powered_by": "http.powered-by",
    "http.favicon_mmh3": "http.favicon",
    "upnp.server": "ssdp",
}
"""Which field a hint of an importer is (`banners.hints.NAMES`); the names of fields themselves hold as well."""
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
_TOKEN = re.compile(r"(?<![\w+=-])(?=[A-Za-z+=_-]{0,64}\d)[\w+=-]{24,}+", re.ASCII)
_COOKIE_VALUE = re.compile(r"=[^;\s]{8,}+")
_NUMBERS = (("http.cookie", _COOKIE_VALUE, "="), ("http.location", _TOKEN, ""), ("http.headers", _TOKEN, ""))
"""Numbers of sessions and requests, in which any short name may stand by chance; they are taken out."""
_TALK = re.compile(
    r"\b(?:shops?|store|buy|blog|forums?|wiki|reviews?|prices?|sales?|wholesale|distributors?|resellers?|dealers?|rentals?"
    r"|repairs?|tutorials?|how to|coupons?|magazine|news|hosting|webshop|e-?commerce|marketplace|compare|vs\.?"
    r"|guides?|drivers?|manuals?|best|apps|museum|training|podcasts?|tips)\b",
    re.IGNORECASE,
)
"""Words of pages that talk about devices, which devices do not use of themselves."""
_WEB_SITE = re.compile(
    r"(?:\bCN|\bcommonName)\s?=\s?(?:\*|www|shop|store|mail|support|blog|api|login)\."
    r"[a-z][\w-]{1,63}\.(?:com|net|org|info|biz|io|eu|cn|co\.[a-z]{2}|com\.[a-z]{2}|example|[a-z]{2})(?:[,/\s]|\Z)",
    re.ASCII | re.IGNORECASE,
)
"""The common name of a certificate for a public web site, as a maker has for its own pages."""
_HEADER = re.compile(r"[A-Z][A-Za-z-]{2,40}: ", re.ASCII)
_STATUS_LINE = re.compile(r"\d{3} ")


def split_banner(text: str, kind: str = "", hints: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the fields of a banner that are not empty, but for those that speak about devices, not for one.

    Left out are the title of a page that sells or discusses, and whom a certificate for a public web site was given to.

    Args:
        text: What the service answered with, as Shodan's `data` holds it, or the value of one field.
        kind: What `kind_of` understands; where it does not, the text itself tells.
        hints: Fields that the dataset holds apart from the text (`http.title`, `tls.subject` ...); they go first.
            The names are those of the fields, or of an importer's hints; other names are passed over.
    """
    found = _hinted(hints) if hints else {}
    if text:
        for name, value in _split(text[:LONGEST_TEXT], kind_of(kind) if kind else "").items():
            if value and name == "ssdp" and name in found:
                found[name] = f"{found[name]}\n{value}"[:LONGEST_TEXT]
            elif value:
                found.setdefault(name, value)
    for name, numbers, rest in _NUMBERS:
        if name in found:
            found[name] = numbers.sub(rest, found[name])
    if _TALK.search(found.get("http.title", "")):
        del found["http.title"]
    subject = found.get("tls.subject", "")
    site = _WEB_SITE.search(subject)
    if site is not None and "OU=" not in subject:
        found["tls.subject"] = site[0]
    return found


def _hinted(hints: Mapping[str, str]) -> dict[str, str]:
    known = ((_HINTS.get(name), value) for name, value in hints.items())
    found = {field: value[:LONGEST_TEXT] for field, value in known if field and value}
    if "http.title" in found:
        found["http.title"] = _title(found["http.title"])
    if hints.get("model"):
        # Maker and model as a description of UPnP has them; what the owner calls the device (`name`) is no evidence.
        told = " ".join(filter(None, (hints.get("vendor"), hints["model"])))[:LONGEST_TEXT]
        found["ssdp"] = f"{found['ssdp']}\n{told}"[:LONGEST_TEXT] if "ssdp" in found else told
    return found


def _split(text: str, kind: str) -> dict[str, str]:
    if kind == "http.title":
        return {kind: _title(text)}
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
    if kind == "http" and _HEADER.match(text):
        return _http(f"\n{text}")  # as nmap's script `http-headers` gives it, without the line of the status
    if kind in {"", "http", "text"}:
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


def _title(text: str) -> str:
    """Return a title as a browser shows it."""
    return " ".join(html.unescape(text[:_LONGEST_BODY]).split())[:_LONGEST_TITLE]


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
        found["http.title"] = _title(title[1])
    return found | {"http.headers": "\n".join(others), "http.body": body[:_LONGEST_BODY]}
