"""IP databases of the invented networks, in MaxMind's format and with the records that GeoLite2 has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attribution.simulate import names
from attribution.simulate.dice import Dice
from attribution.simulate.networks import HOSTS, HOUSEHOLDS, OFFICES, address_text
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_databases"]


def write_databases(folder: Path, built: int) -> None:
    """Write `asn.mmdb` and `city.mmdb`; the same date gives the same bytes.

    Args:
        folder: Must exist.
        built: The build date that they state, in seconds since 1970.
    """
    # Slow to import, and needed here alone.
    from mmdb_writer import MmdbF64, MmdbU16, MmdbU32, MMDBWriter
    from netaddr import IPSet

    class Dated(MMDBWriter):
        """A writer that states a given build date instead of the time of the run."""

        def _build_meta(self) -> dict[str, Any]:
            return {**super()._build_meta(), "build_epoch": built}

    note = "Invented, for simulated mail"
    # The names say which of geoip2's readers take them.
    asn = Dated(4, "Simulated-ASN (compat=GeoLite2-ASN)", ["en"], note)
    city = Dated(4, "Simulated-City (compat=GeoLite2-City)", ["en"], note)
    places = texts("places")
    for network in (*HOUSEHOLDS, *HOSTS, *OFFICES):
        length = 33 - network.size.bit_length()
        record = {
            "autonomous_system_number": MmdbU32(network.asn),
            "autonomous_system_organization": f"{network.owner} (invented)",
        }
        asn.insert_network(IPSet([f"{address_text(network.base)}/{length}"]), record)
        for part in range(0, network.size, 1 << 16):
            dice = Dice(f"place:{network.base + part}")
            north, east = places[network.country]
            town = {
                "city": {"names": {"en": names.brand(dice.getrandbits(40))}},
                "country": {"iso_code": network.country},
                "location": {
                    "accuracy_radius": MmdbU16(dice.pick((20, 50, 100, 200))),
                    "latitude": MmdbF64(round(north + dice.uniform(-1.5, 1.5), 4)),
                    "longitude": MmdbF64(round(east + dice.uniform(-1.5, 1.5), 4)),
                },
            }
            city.insert_network(IPSet([f"{address_text(network.base + part)}/16"]), town)
    asn.to_db_file(str(folder / "asn.mmdb"))
    city.to_db_file(str(folder / "city.mmdb"))
