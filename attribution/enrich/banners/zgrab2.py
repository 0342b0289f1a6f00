"""Results of ZGrab2: one line for each address, with the answers to one or more modules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attribution.enrich.banners import values
from attribution.enrich.banners.hints import certificate, gather, html_title
from attribution.enrich.banners.observations import Banner
from attribution.enrich.banners.services import service
from attribution.enrich.banners.tally import UNANSWERED, Fault

__all__ = ["address", "banners", "fits"]

Record = Mapping[str, Any]

_UDP = frozenset({"ntp", "bacnet"})
"""Modules that speak over UDP; all others use TCP."""
_PRODUCTS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "amqp091": (("server_properties",), "product", "version"),
    "bacnet": ((), "model_name", "firmware_revision"),
    "mysql": ((), "", "server_version"),
    "siemens": ((), "module", "firmware"),
    "fox": ((), "app_name", "app_version"),
}
"""Where modules put the product and its version: a path below the result, and two names."""


def fits(record: Record) -> bool:
    """Say whether a record is a result of ZGrab2."""
    data = record.get("data")
    return isinstance(data, dict) and any(isinstance(part, dict) and "status" in part for part in data.values())


def address(record: Record) -> object:
    """Return what stands for the address; there is none where a name was scanned alone."""
    return record.get("ip")


def banners(record: Record) -> Iterator[Banner | Fault]:
    """Yield the answer to each module."""
    for name, part in values.mapping(record, "data").items():
        if not isinstance(part, dict):
            yield Fault("malformed", "the result of a module that is no object")
            continue
        result = values.mapping(part, "result")
        if result or part.get("status") == "success":
            yield _banner(part.get("protocol", name), part, result)
        else:
            yield UNANSWERED


def _banner(protocol: object, part: Record, result: Record) -> Banner:
    response = values.mapping(result, "response")
    fields = _fields(response)
    kind = service(protocol)
    path, product, version = _PRODUCTS.get(protocol if isinstance(protocol, str) else "", ((), "", ""))
    told = values.mapping(result, *path)
    text = result.get("banner")
    hints = gather(
        service=protocol,
        version=told.get(version),
        vendor=result.get("vendor_name"),
        model=result.get("model_name"),
        name=result.get("object_name") or result.get("station_name"),
        http__status=response.get("status_code"),
        http__server=fields.get("server"),
        http__title=html_title(response.get("body")),
        http__auth=fields.get("www_authenticate"),
        http__cookie=fields.get("set_cookie"),
        http__powered_by=fields.get("x_powered_by"),
        http__location=fields.get("location"),
        smtp__ehlo=result.get("ehlo"),
    )
    raw = values.mapping(result, "server_id").get("raw")
    if raw is not None:  # the greeting of SSH; `banner` is what it shows before the login (RFC 4252 §5.4)
        hints |= gather(ssh__banner=text)
        text = raw
    elif response:
        text = _rendered(response, fields)
    shaken = (
        values.mapping(result, "tls", "handshake_log")
        or values.mapping(result, "handshake_log")
        or values.mapping(response, "request", "tls_log", "handshake_log")
    )
    hints |= certificate(values.mapping(shaken, "server_certificates", "certificate", "parsed"))
    transport = "udp" if protocol in _UDP else "tcp"
    return Banner(
        part.get("port"), transport, part.get("timestamp"), None, text, "zgrab2", kind, told.get(product), hints
    )


def _fields(response: Record) -> dict[str, object]:
    """Return the header fields by name, in lower case with underscores, the unknown ones among them."""
    fields = dict(values.mapping(response, "headers"))
    for field in values.records(fields.pop("unknown", None)):
        if isinstance(field, dict) and isinstance(key := field.get("key"), str):
            fields.setdefault(key, field.get("value"))
    return fields


def _rendered(response: Record, fields: dict[str, object]) -> str | None:
    """Return the header as HTTP has it: ZGrab2 keeps only its parts, and neither their order nor their case."""
    version = values.mapping(response, "protocol").get("name")
    status = response.get("status_line")
    if not isinstance(status, str):
        return None
    lines = [f"{version if isinstance(version, str) else 'HTTP/1.1'} {status}"]
    for name, given in fields.items():
        shown = name.replace("_", "-").title()
        lines += [f"{shown}: {value}" for value in values.records(given) if isinstance(value, str)]
    return "\r\n".join(lines) + "\r\n\r\n"
