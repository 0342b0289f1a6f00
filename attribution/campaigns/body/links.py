"""Links of a message: the domains that they lead to, and the shapes of their paths."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import tldextract

from attribution._names import registrable_domain
from attribution._net import parse_ip
from attribution.campaigns.body.shapes import path_shape

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["link_traits", "links_in_text", "unescape"]

_URL_CHARS = 2_000
_LONGEST_HOST = 253

# The snapshot of the public suffix list that comes with the library: no network, no cache folder.
_EXTRACT = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)

# A host may be in letters of any script that puts spaces between words; what follows it is ASCII (RFC 3986).
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
_IN_TEXT = re.compile(
    rf"(?:https?://|(?<![\w.@/-])www\.)(?:(?![{_UNSPACED}])[\w.%:@\[\]~!$&*+=-]){{3,300}}"
    r"(?:[/?#][A-Za-z0-9!#$%&()*+,\-./:;=?@\[\]_~]{0,2000})?",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?)]*_'\""
_SCHEME = re.compile(r"(?:https?:)?[/\\]{2,4}|https?:|(?=www\.)", re.IGNORECASE)
_AUTHORITY_END = re.compile(r"[/\\?#]")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_INNER = re.compile(r"https?(?:://|:/(?=[^/])|(?::|%3a)%2f%2f|-3a__)", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")
_LIST_PAGE = re.compile(r"(?:/[\w.-]{1,40}){0,2}/(?:listinfo|options)(?:\.cgi)?/[\w.-]{1,80}")
_NUMBER = re.compile(r"(?:0x[0-9a-f]{1,8}|[0-9]{8,10})")


@cache
def _not_links() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the hosts of the data file, and the suffixes under which all names count."""
    text = files("attribution.campaigns.body").joinpath("data/not_links.txt").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return (
        frozenset(line for line in lines if not line.startswith("*")),
        tuple(line[1:] for line in lines if line.startswith("*")),
    )


def links_in_text(text: str, most: int) -> list[str]:
    """Return the web addresses in plain text, each once, in order; punctuation behind them is left out.

    Addresses without a scheme count when they begin with `www.`; disguised ones (`hxxp`, `[.]`) do not.

    Args:
        text: Any text.
        most: Addresses that are returned at most.
    """
    if "://" not in text and "ww." not in text.lower():
        return []
    found: dict[str, None] = {}
    for match in _IN_TEXT.finditer(text):
        url = match[0].rstrip(_TRAILING)
        found[url] = None
        if len(found) >= most:
            break
    return list(found)


def link_traits(
    links: Iterable[str],
    *,
    own_domains: Collection[str] = (),
    recipients: Collection[str] = (),
    most_domains: int = 8,
    most_shapes: int = 6,
) -> tuple[list[str], list[str]]:
    """Return the registrable domains that links lead to, and the shapes of their paths, each once, in order.

    Below a suffix of the private section of the public suffix list (`web.app`, `blogspot.com`), where anybody gets a
    name, that name counts. An address stands for itself. What a link says in front of an `@` is no host. Where a link
    holds another one (a redirect, a filter's rewriting), that one follows it. Links to the receiver's own domains, the
    pages of mailing lists that Mailman puts beneath each message, and names of formats that look like links are left
    out.

    Args:
        links: As written, with or without a scheme.
        own_domains: Registrable domains of the receiver, lower case.
        recipients: Addresses that the message went to, lower case; they are masked in shapes.
        most_domains: Domains that are returned at most.
        most_shapes: Shapes that are returned at most.
    """
    domains: dict[str, None] = {}
    shapes: dict[str, None] = {}
    for link in links:
        for url in _with_inner(link[:_URL_CHARS]):
            host, rest = _divide(url)
            if host is None or _is_format(host) or _LIST_PAGE.match(rest):
                continue
            domain = _site(host)
            if domain is None or domain in own_domains or registrable_domain(host) in own_domains:
                continue
            if len(domains) < most_domains:
                domains[domain] = None
            if len(shapes) < most_shapes:
                shape = path_shape(rest, recipients)
                if shape is not None:
                    shapes[shape] = None
        if len(domains) >= most_domains and len(shapes) >= most_shapes:
            break
    return list(domains), list(shapes)


def _with_inner(link: str) -> list[str]:
    """Return a link, and the first one that is written inside of it."""
    found = _INNER.search(link, 8)
    if found is None:
        return [link]
    inner = link[found.start() :]
    if found[0].lower().endswith("%2f"):  # quoted as a value: it ends where the next one begins
        inner = unescape(inner.partition("&")[0])
    elif found[0].endswith("__"):  # Proofpoint's URL Defense 2
        inner = unescape(inner.partition("&")[0].replace("-", "%").replace("_", "/"))
    else:
        inner = inner.partition("__;")[0]
    return [link[: found.start()] + "*", inner]


@lru_cache(maxsize=32_768)
def _site(host: str) -> str | None:
    """Return the domain that a person or company registered or got from a hosting service."""
    address = parse_ip(host)
    if address is not None:
        return address
    parts = _EXTRACT(host) if len(host) <= _LONGEST_HOST else None
    if parts is not None and parts.is_private and parts.domain:
        return f"{parts.domain}.{parts.suffix}"
    return registrable_domain(host)


@lru_cache(maxsize=8_192)
def _is_format(host: str) -> bool:
    hosts, suffixes = _not_links()
    return host in hosts or host.endswith(suffixes)


def _divide(url: str) -> tuple[str | None, str]:
    """Return the host of a web address as browsers read it (WHATWG URL), and what follows it."""
    url = url.strip()
    if not url.isprintable():
        url = "".join(char for char in url if char.isprintable())
    scheme = _SCHEME.match(url)
    if scheme is None:
        return None, ""
    start = scheme.end()
    while url[start : start + 1] in {"/", "\\"} and start < scheme.end() + 4:
        start += 1
    end = _AUTHORITY_END.search(url, start)
    stop = end.start() if end else len(url)
    return _host(url[start:stop].rpartition("@")[2][:1_000]), url[stop:]


@lru_cache(maxsize=32_768)
def _host(authority: str) -> str | None:
    """Return the host of an authority: lower case, A-labels, an IPv4 address for a number; None where it is none."""
    if authority.startswith("["):
        address, closed, _ = authority[1:].partition("]")
        return parse_ip(address) if closed else None
    host = unescape(authority.partition(":")[0])
    if not host.isascii():
        host = ".".join(_a_label(label) for label in unicodedata.normalize("NFKC", host[:253]).split("."))
    host = host.lower().rstrip(".")
    if _NUMBER.fullmatch(host):
        number = int(host, 0 if host.startswith("0x") else 10)
        return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0)) if number < 1 << 32 else None
    return host if "." in host and _HOST.fullmatch(host) and ".." not in host else None


def _a_label(label: str) -> str:
    if label.isascii():
        return label
    try:
        return "xn--" + label.casefold()[:63].encode("punycode").decode("ascii")
    except UnicodeError:
        return label


def unescape(text: str) -> str:
    """Return text with percent-encoding undone (RFC 3986 §2.1)."""
    if "%" not in text:
        return text
    data = _ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), text.encode("utf-8", "replace"))
    return data.decode("utf-8", "replace")
