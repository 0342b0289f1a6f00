"""What one service on one address answered at one time: the rows that all importers make.

Where each column comes from, in the order Shodan; Censys; ZGrab2; nmap; masscan:

- `ip`: `ip_str`, else `ip`; then `ip`; `ip`; the first `address` that is none of a network card; `ip`.
- `port`: `port`; `port`; `port` of the module, null in files of older versions; `portid`; `port`.
- `transport`: `transport`; `transport_protocol`; tcp, or udp for modules that speak it; `protocol`; `proto`.
- `observed_at`: `timestamp`; `observed_at` of the service; `timestamp` of the module; `endtime`, else `starttime` of
  the host; `timestamp`. Inferred: `last_update` of the host; `last_updated_at` of the host; never; `start` of the
  scan; never.
- `text`: `data`; `banner`; `banner`, the version that SSH sends first, or the header of HTTP put together from its
  parts; the scripts `banner` or `http-headers`; `banner`.
- `service`: `_shodan.module`; `service_name`; `protocol`; the name, where nmap asked the service; `name`.
- `product`: `product`; `software`; a field of the module; `product`; never.

Tables have the columns by these names; they have no hints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from attribution._text import escape_control, shorten
from attribution.enrich.banners import values
from attribution.enrich.banners.tally import Fault
from attribution.tables import BANNERS

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LONGEST_TEXT", "OBSERVATIONS", "Banner", "Batch", "Found", "Observation", "quoted", "settle"]

OBSERVATIONS = pa.schema([field for field in BANNERS if not field.name.startswith("device_")])
"""The columns of the banners table but for what rules say of the device; among them:

- `scanner`: `shodan`, `censys`, `zgrab2`, `nmap`, `masscan` or `table`: whose words the following columns are.
- `service`: see `services.SERVICES`; `unknown` where the scanner does not say or only guesses from the port.
- `product`: what the scanner takes the answering program or device for.
- `hints`: facts that the scanner itself states, by name; see `hints.NAMES`.
- `observed_inferred`: the time is not the banner's own but that of its host, of the whole scan, or the caller's.
"""

LONGEST_TEXT = 16_384
"""Characters of a banner that are kept; the length of a longer one is the hint `text.length`."""
_LONGEST_PRODUCT = 200
_TRANSPORTS = frozenset({"tcp", "udp", "sctp", "quic", "icmp"})
_BATCH_ROWS = 8_192
_BATCH_CHARACTERS = 8 * 1024 * 1024


class Banner(NamedTuple):
    """One answer as its file states it; nothing of it is checked yet but `service` and `hints`.

    Attributes:
        port, transport, text, product: Any value.
        observed: When it was seen. `around`: the time of its host or scan, for want of the former.
        scanner: See `OBSERVATIONS`. `service`: likewise. `hints`: likewise.
    """

    port: object
    transport: object
    observed: object
    around: object
    text: object
    scanner: str
    service: str
    product: object
    hints: dict[str, str]


class Found(NamedTuple):
    """One record of a file.

    Attributes:
        offset: First byte in the expanded file, or None.
        address: Whatever stands where the address should be.
        banners: What the address answered; faults for what cannot be read. Only walked when the address is wanted.
        where: What to add to a fault where an offset says nothing.
    """

    offset: int | None
    address: object
    banners: Iterable[Banner | Fault]
    where: str = ""


class Observation(NamedTuple):
    """One row; the attributes are the columns of `OBSERVATIONS` but for `dataset`."""

    ip: str
    port: int | None
    transport: str | None
    observed_at: int
    text: str | None
    scanner: str
    service: str
    product: str | None
    hints: dict[str, str]
    observed_inferred: bool


def settle(ip: str, banner: Banner, observed: int | None) -> Observation | Fault:
    """Return the row of a banner, or why it is none.

    Args:
        ip: The address, canonical.
        banner: What stands in the file.
        observed: Microseconds since 1970 of a time that the caller vouches for, where the file has none.
    """
    number = None
    if banner.port is not None and (number := values.port(banner.port)) is None:
        return Fault("malformed", f"{quoted(banner.port)} is no port")
    if banner.text is not None and not isinstance(banner.text, str):
        return Fault("malformed", f"the banner is no text but {quoted(banner.text)}")
    inferred = False
    seen = values.moment(banner.observed)
    if seen is None:
        inferred = True
        seen = values.moment(banner.around)
        if seen is None:
            seen = observed
        if seen is None:
            return Fault("malformed", "no time of observation" + _instead(banner.observed))
    text, hints = values.text(banner.text), banner.hints
    if text is not None and len(text) > LONGEST_TEXT:
        hints["text.length"] = str(len(text))
        text = text[:LONGEST_TEXT]
    product = values.text(banner.product)
    if product is not None:
        product = shorten(product.strip(), _LONGEST_PRODUCT) or None
    transport = banner.transport.lower() if isinstance(banner.transport, str) else None
    return Observation(
        ip,
        number,
        transport if transport in _TRANSPORTS else None,
        seen,
        text,
        banner.scanner,
        banner.service,
        product,
        hints,
        inferred,
    )


def _instead(value: object) -> str:
    return "" if value is None else f": {quoted(value)} is none"


def quoted(value: object) -> str:
    """Return a value of a file as it may be shown in a sentence: short, and nothing in it can act."""
    if isinstance(value, str):
        return f"`{shorten(escape_control(value[:60]), 40)}`"
    if isinstance(value, int | float) and (isinstance(value, float) or abs(value) < 10**12):
        return f"`{value}`"
    names = {dict: "an object", list: "a list", int: "a huge number", type(None): "null", bytes: "bytes"}
    return names.get(type(value), "a value of another type")


class Batch:
    """Rows on their way into a record batch."""

    def __init__(self, dataset: str) -> None:
        self._dataset = dataset
        self._rows: list[Observation] = []
        self._characters = 0

    def add(self, row: Observation) -> bool:
        """Take a row, and say whether the batch is full."""
        self._rows.append(row)
        self._characters += len(row.text or "") + sum(map(len, row.hints.values()))
        return len(self._rows) >= _BATCH_ROWS or self._characters >= _BATCH_CHARACTERS

    def take(self) -> pa.RecordBatch | None:
        """Return what was collected, in the columns of `OBSERVATIONS`, and begin anew; None where there is nothing."""
        if not self._rows:
            return None
        columns = dict(zip(Observation._fields, map(list, zip(*self._rows, strict=True)), strict=True))
        columns["dataset"] = [self._dataset] * len(self._rows)
        columns["hints"] = [list(hints.items()) for hints in columns["hints"]]
        self._rows, self._characters = [], 0
        arrays = [pa.array(columns[field.name], field.type) for field in OBSERVATIONS]
        return pa.RecordBatch.from_arrays(arrays, schema=OBSERVATIONS)
