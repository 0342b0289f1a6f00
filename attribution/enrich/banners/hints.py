"""The facts that scanners state beside a banner, by one set of names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from attribution._text import shorten
from attribution.enrich.banners import values

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["NAMES", "certificate", "distinguished_name", "gather", "html_title"]

NAMES = {
    "service": "the scanner's own name for the service",
    "service.guess": "a service that the scanner only guesses from the number of the port",
    "version": "version of the product",
    "info": "what the scanner adds to the product",
    "vendor": "vendor that the service names itself",
    "model": "model that the service names itself",
    "name": "name that the device gives itself",
    "cpe": "CPE names, one to a line",
    "os": "operating system, as the scanner takes it",
    "os.type": "types of device that fit the operating system, with the scanner's percentages, one to a line",
    "devicetype": "type of device in the scanner's own vocabulary",
    "tags": "the scanner's labels for the address, one to a line",
    "mac.vendor": "holder of the prefix of the MAC address",
    "http.status": "status code",
    "http.server": "field Server",
    "http.title": "title of the page",
    "http.auth": "field WWW-Authenticate",
    "http.cookie": "field Set-Cookie, one to a line",
    "http.powered_by": "field X-Powered-By",
    "http.location": "field Location",
    "http.favicon_mmh3": "Shodan's number for the icon (MurmurHash3)",
    "http.favicon_md5": "MD5 of the icon, as Recog has it",
    "tls.subject": "distinguished name of the certificate's subject, CN first",
    "tls.issuer": "the same of its issuer",
    "tls.jarm": "JARM fingerprint",
    "ssh.banner": "text that an SSH server shows before the login",
    "smtp.ehlo": "answer to EHLO",
    "snmp.sysdescr": "sysDescr",
    "snmp.sysobjid": "sysObjectID",
    "snmp.name": "sysName",
    "upnp.server": "field Server of an SSDP answer or device description",
    "part": "the part of the answer that the text is, where a scanner gives parts",
    "text.length": "characters of a banner that was cut",
}
"""Every name that the hints of a row can have."""

_LONGEST = 1_024
_MOST_LINES = 32


def gather(**stated: object) -> dict[str, str]:
    """Return the hints among some values: texts, numbers and lists of them; a `__` in a name stands for its dot."""
    found: dict[str, str] = {}
    for name, value in stated.items():
        if value is None:
            continue
        said = _said(value)
        if said:
            found[name.replace("__", ".")] = said
    return found


def _said(value: object) -> str:
    if isinstance(value, str):
        return shorten(values.clean(value[: _LONGEST + 1].strip()), _LONGEST)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return str(value)
    if isinstance(value, list):
        lines = (_said(line) for line in value[:_MOST_LINES] if not isinstance(line, list))
        return shorten("\n".join(filter(None, lines)), _LONGEST)
    return ""


_TITLE = re.compile(r"<title(?:\s[^<>]{0,100})?>([^<]{1,500})", re.IGNORECASE)
_HEAD = 65_536


def html_title(page: object) -> str | None:
    """Return the title of a page, as it stands in the source; None where there is none in its beginning."""
    match = _TITLE.search(page[:_HEAD]) if isinstance(page, str) else None
    return None if match is None else " ".join(match[1].split()) or None


_PARTS = (
    ("CN", ("CN", "common_name", "commonName")),
    ("OU", ("OU", "organizational_unit", "organizationalUnitName")),
    ("O", ("O", "organization", "organizationName")),
    ("L", ("L", "locality", "localityName")),
    ("ST", ("ST", "province", "stateOrProvinceName")),
    ("C", ("C", "country", "countryName")),
)


def distinguished_name(parts: Mapping[str, Any]) -> str | None:
    """Return a name as RFC 4514 writes it, in one order for all scanners: CN, OU, O, L, ST, C."""
    written = []
    for short, names in _PARTS:
        for name in names:
            value = parts.get(name)
            said = value[:4] if isinstance(value, list) else [value]
            written += [f"{short}={_escaped(part)}" for part in said if isinstance(part, str) and part]
    return ",".join(written) or None


def _escaped(part: str) -> str:
    return part[:200].replace("\\", "\\\\").replace(",", "\\,")


def certificate(parsed: Mapping[str, Any], jarm: object = None) -> dict[str, str]:
    """Return the hints of a certificate that has `subject` and `issuer` as mappings, or their names as texts."""
    return gather(
        tls__subject=distinguished_name(values.mapping(parsed, "subject")) or parsed.get("subject_dn"),
        tls__issuer=distinguished_name(values.mapping(parsed, "issuer")) or parsed.get("issuer_dn"),
        tls__jarm=jarm,
    )
