"""Builds the two IP databases of the samples, out of the invented networks in `databases/networks.toml`.

Run it from anywhere, with the extra `test` installed: `python samples/make_databases.py [FOLDER]`. The same
list gives the same bytes, whenever it is run.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmdb_writer import MmdbF64, MmdbU16, MmdbU32, MMDBWriter
from netaddr import IPSet

if TYPE_CHECKING:
    from datetime import datetime

HERE = Path(__file__).resolve().parent / "databases"


class DatedWriter(MMDBWriter):
    """A writer whose databases state a given build date, where its parent states the time of the run."""

    def __init__(self, database_type: str, description: str, built: datetime) -> None:
        super().__init__(
            ip_version=6,
            ipv4_compatible=True,
            database_type=database_type,
            languages=["en"],
            description=description,
        )
        self._built = built

    def _build_meta(self) -> dict[str, Any]:
        return {**super()._build_meta(), "build_epoch": int(self._built.timestamp())}


def city_record(network: dict[str, Any]) -> dict[str, Any]:
    """Return a record of the shape that GeoLite2 City has."""
    record: dict[str, Any] = {
        "country": {"iso_code": network["country"]},
        "location": {
            "accuracy_radius": MmdbU16(network["radius_km"]),
            "latitude": MmdbF64(network["latitude"]),
            "longitude": MmdbF64(network["longitude"]),
        },
    }
    if "city" in network:
        record["city"] = {"names": {"en": network["city"]}}
    return record


def network_record(network: dict[str, Any]) -> dict[str, Any]:
    """Return a record of the shape that GeoLite2 ASN has."""
    return {
        "autonomous_system_number": MmdbU32(network["asn"]),
        "autonomous_system_organization": network["as_org"],
    }


def build(folder: Path) -> list[Path]:
    """Write both databases into a folder.

    Args:
        folder: Must exist.

    Returns:
        The files.
    """
    with (HERE / "networks.toml").open("rb") as handle:
        plan = tomllib.load(handle)
    # The names say which of geoip2's readers take them.
    made = (
        ("sample-city.mmdb", "Sample-City", "places", city_record),
        ("sample-asn.mmdb", "Sample-ASN (compat=GeoLite2-ASN)", "networks", network_record),
    )
    paths = []
    for name, database_type, what, record in made:
        writer = DatedWriter(database_type, f"Invented {what} for the sample mail", plan["built"])
        for network in plan["network"]:
            writer.insert_network(IPSet(network["prefixes"]), record(network))
        writer.to_db_file(str(folder / name))
        paths.append(folder / name)
    return paths


if __name__ == "__main__":
    for path in build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE):
        print(path)
