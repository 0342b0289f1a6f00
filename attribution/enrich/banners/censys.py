"""Services of Censys hosts, as version 2 of its search returns them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attribution.enrich.banners import values
from attribution.enrich.banners.hints import certificate, gather
from attribution.enrich.banners.observations import Banner
from attribution.enrich.banners.services import service
from attribution.enrich.banners.tally import Fault

__all__ = ["address", "banners", "fits"]

Record = Mapping[str, Any]


def fits(record: Record) -> bool:
    """Say whether a record is a host of Censys."""
    return "services" in record and "ip" in record


def address(record: Record) -> object:
    """Return what stands for the address."""
    return record.get("ip")


def banners(record: Record) -> Iterator[Banner | Fault]:
    """Yield what each service of a host answered."""
    services = record.get("services")
    if not isinstance(services, list):
        yield Fault("malformed", "the services of the host are no list")
        return
    updated = record.get("last_updated_at")
    host = gather(os=_named(values.mapping(record, "operating_system")), tags=record.get("labels"))
    for item in services:
        if _is_object(item):
            yield _banner(item, updated, host)
        else:
            yield Fault("malformed", "a service of the host that is no object")


def _banner(item: Record, updated: object, host: dict[str, str]) -> Banner:
    response = values.mapping(item, "http", "response")
    fields = values.mapping(response, "headers")
    system = values.mapping(item, "snmp", "oid_system")
    device: Record = next(filter(_is_object, values.records(values.mapping(item, "upnp").get("devices"))), {})
    icons = [icon for icon in values.records(response.get("favicons")) if _is_object(icon)]
    software = [program for program in values.records(item.get("software")) if _is_object(program)]
    products = [name for program in software if (name := _named(program))]
    name = item.get("service_name")
    hints = host | gather(
        service=item.get("extended_service_name") or name,
        version=software[0].get("version") if software else None,
        cpe=[program.get("uniform_resource_identifier") for program in software],
        vendor=device.get("manufacturer") or (software[0].get("vendor") if software else None),
        http__status=response.get("status_code"),
        http__server=fields.get("Server"),
        http__title=response.get("html_title"),
        http__auth=fields.get("WWW_Authenticate") or fields.get("Www_Authenticate"),
        http__cookie=fields.get("Set_Cookie"),
        http__powered_by=fields.get("X_Powered_By"),
        http__location=fields.get("Location"),
        http__favicon_md5=[icon.get("md5_hash") for icon in icons],
        model=device.get("model_name"),
        name=device.get("friendly_name"),
        snmp__sysdescr=system.get("desc"),
        snmp__sysobjid=system.get("object_id"),
        snmp__name=system.get("name"),
    )
    jarm = values.mapping(item, "jarm").get("fingerprint")
    hints |= certificate(values.mapping(item, "tls", "certificates", "leaf_data"), jarm)
    kind = service(name)
    return Banner(
        item.get("port"),
        item.get("transport_protocol"),
        item.get("observed_at"),
        updated,
        item.get("banner"),
        "censys",
        "tls" if kind == "unknown" and item.get("tls") else kind,
        products[0] if products else None,
        hints,
    )


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _named(program: Record) -> str | None:
    """Return vendor and product as one name, without a vendor that the product repeats."""
    vendor, product = values.text(program.get("vendor")), values.text(program.get("product"))
    if vendor is None or product is None:
        return product or vendor
    return product if product.lower().startswith(vendor.lower()) else f"{vendor} {product}"
