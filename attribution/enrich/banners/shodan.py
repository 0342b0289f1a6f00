"""Banners of Shodan: one to a line, as its downloads and streams hold them, or a host with a list of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attribution.enrich.banners import values
from attribution.enrich.banners.hints import certificate, gather, html_title
from attribution.enrich.banners.observations import Banner
from attribution.enrich.banners.services import service
from attribution.enrich.banners.tally import Fault

__all__ = ["address", "banners", "fits"]

Record = Mapping[str, Any]


def fits(record: Record) -> bool:
    """Say whether a record is Shodan's."""
    return "ip_str" in record or "_shodan" in record


def address(record: Record) -> object:
    """Return what stands for the address: the text, else the number that older files have alone."""
    return record.get("ip_str", record.get("ip"))


def banners(record: Record) -> Iterator[Banner | Fault]:
    """Yield the banners of a record: of a host as `/shodan/host/{ip}` returns it, or the one that it is."""
    inner = record.get("data")
    if not isinstance(inner, list):
        yield _banner(record, None)
        return
    for banner in inner:
        if isinstance(banner, dict):
            yield _banner(banner, record.get("last_update"))
        else:
            yield Fault("malformed", "a banner of the host that is no object")


def _banner(record: Record, updated: object) -> Banner:
    module = values.mapping(record, "_shodan").get("module")
    http, tls = values.mapping(record, "http"), values.mapping(record, "ssl")
    snmp, upnp = values.mapping(record, "snmp"), values.mapping(record, "upnp")
    kind = service(module)
    if kind == "unknown":  # banners of the first years have no module, but the part that it filled
        kind = next((name for name in ("http", "upnp", "snmp", "ssh", "mdns") if name in record), kind)
    if kind == "unknown" and tls:
        kind = "tls"
    hints = gather(
        service=module,
        version=record.get("version"),
        info=record.get("info"),
        vendor=upnp.get("manufacturer"),
        model=upnp.get("model_name"),
        name=upnp.get("friendly_name"),
        cpe=record.get("cpe23") or record.get("cpe"),
        os=record.get("os"),
        devicetype=record.get("devicetype"),
        tags=record.get("tags"),
        http__status=http.get("status"),
        http__server=http.get("server"),
        http__title=http.get("title") or record.get("title") or html_title(http.get("html") or record.get("html")),
        http__favicon_mmh3=values.mapping(http, "favicon").get("hash"),
        snmp__sysdescr=snmp.get("description"),
        snmp__sysobjid=snmp.get("objectid"),
        snmp__name=snmp.get("name"),
        upnp__server=upnp.get("server"),
    )
    if tls:
        hints |= certificate(values.mapping(tls, "cert"), tls.get("jarm"))
    return Banner(
        record.get("port"),
        record.get("transport"),
        record.get("timestamp"),
        updated,
        record.get("data"),
        "shodan",
        kind,
        record.get("product"),
        hints,
    )
