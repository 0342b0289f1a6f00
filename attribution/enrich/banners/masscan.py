"""Records of masscan's JSON, of which some versions are no JSON: see `json_records`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attribution.enrich.banners import values
from attribution.enrich.banners.hints import gather
from attribution.enrich.banners.observations import Banner
from attribution.enrich.banners.services import service
from attribution.enrich.banners.tally import UNANSWERED, Fault

__all__ = ["address", "banners", "fits"]

Record = Mapping[str, Any]

_PARTS = {"http.server": "http.server", "title": "http.title"}
"""Services of masscan that are a part of an answer, and the hint that each is."""


def fits(record: Record) -> bool:
    """Say whether a record is masscan's: of `-oJ`, or of `-oD`, which has one port to a line."""
    return "ip" in record and ("ports" in record or "rec_type" in record)


def address(record: Record) -> object:
    """Return what stands for the address."""
    return record.get("ip")


def banners(record: Record) -> Iterator[Banner | Fault]:
    """Yield each open port and each banner; ports that are closed are no answer."""
    if "rec_type" in record:
        data = values.mapping(record, "data")
        told = {"name": data.get("service_name"), "banner": data.get("banner")} if "service_name" in data else {}
        yield _banner(record, record, data.get("status"), told)
        return
    ports = record.get("ports")
    if not isinstance(ports, list):
        yield Fault("malformed", "the ports of the address are no list")
        return
    for item in ports:
        if isinstance(item, dict):
            yield _banner(record, item, item.get("status"), values.mapping(item, "service"))
        else:
            yield Fault("malformed", "a port of the address that is no object")


def _banner(record: Record, item: Record, status: object, told: Record) -> Banner | Fault:
    if not told and status != "open":
        return UNANSWERED
    name, text = told.get("name"), told.get("banner")
    part = _PARTS.get(name) if isinstance(name, str) else None
    hints = gather(service=name, part=part)
    if part is not None:
        hints |= gather(**{part.replace(".", "__"): text})
    return Banner(
        item.get("port"),
        item.get("proto"),
        record.get("timestamp"),
        None,
        text,
        "masscan",
        service(name),
        None,
        hints,
    )
