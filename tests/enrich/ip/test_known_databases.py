"""Databases that others made, read beside an independent reader. They are no part of the project.

`ATTRIBUTION_TEST_MMDB` names a folder with them: MaxMind's test databases, which geoip2's source distribution has in
`tests/data/test-data`, and IPinfo Lite as `ipinfo_lite.mmdb`. What is not there is skipped.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geoip2.database
import geoip2.errors
import maxminddb
import pyarrow as pa
import pytest

from attribution.enrich.ip.databases import open_database
from attribution.enrich.ip.facts import Tally, look_up
from attribution.enrich.ip.mmdb_data import MARKER, DataSection, find_metadata
from attribution.enrich.ip.mmdb_tree import SearchTree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    MakeDatabase = Callable[..., Path]

VARIABLE = "ATTRIBUTION_TEST_MMDB"

# As geoip2.database.Reader gives them.
CITY = {
    "214.0.1.0": ("AU", "Melbourne", -37.8159, 144.9669, 20),
    "214.78.120.0": ("US", "San Diego", 32.7405, -117.0935, 100),
    "2.2.3.0": ("GB", "Boxford", 51.75, -1.25, 100),
    "67.43.156.0": ("BT", None, 27.5, 90.5, 534),
    "214.0.0.0": ("SG", "Singapore", 1.336, 103.7716, 10),
    "89.160.20.128": ("SE", "Linköping", 58.4167, 15.6167, 76),
    "2.125.160.216": ("GB", "Boxford", 51.75, -1.25, 100),
    "175.16.199.0": ("CN", "Changchun", 43.88, 125.3228, 100),
    "216.160.83.56": ("US", "Milton", 47.2513, -122.3149, 22),
    "149.101.100.0": ("US", None, 37.751, -97.822, 1000),
    "81.2.69.144": ("GB", "London", 51.5142, -0.0931, 3),
    "2.3.3.0": (None, None, None, None, None),
    "2a02:d9c0::": ("TR", None, 39.05901, 34.91155, 100),
    "2a02:f980::": ("GB", None, 54.75844, -2.69531, 100),
    "2a02:f740::": ("PL", None, 52.0, 20.0, 100),
    "2001:288::": ("TW", None, 24.0, 121.0, 100),
    "2a02:d580::": ("FR", None, 46.0, 2.0, 100),
    "2a02:e800::": ("DE", None, 51.5, 10.5, 100),
    "2a02:e940::": ("RO", None, 46.0, 25.0, 100),
    "2a02:de40::": ("IL", None, 31.5, 34.75, 100),
}
ASN = {
    "44.0.0.0": (7377, "University of California at San Diego"),
    "216.160.206.0": (209, None),
    "174.192.0.0": (6167, "Cellco Partnership DBA Verizon Wireless"),
    "39.192.0.0": (23693, "PT. Telekomunikasi Selular"),
    "219.0.0.0": (17676, "Softbank BB Corp."),
    "12.81.128.0": (7018, None),
    "81.128.0.0": (2856, "BTnet UK Regional network"),
    "38.0.0.0": (174, "Cogent Communications"),
    "39.64.0.0": (4837, "CNCGROUP China169 Backbone"),
    "216.83.161.0": (7381, "SunGard Availability Services USA"),
    "216.160.200.0": (209, None),
    "64.17.248.0": (33224, None),
    "55.0.0.0": (721, "DoD Network Information Center"),
    "78.26.64.0": (28929, "ASDASD srl"),
    "2c0f:fc20::": (237, "Merit Network Inc."),
    "2a01:c000::": (5511, "Orange S.A."),
    "2c0f:e000::": (237, "Merit Network Inc."),
    "2c0f:c000::": (237, "Merit Network Inc."),
    "2c0f:fd00::": (237, "Merit Network Inc."),
    "240e:2000::": (237, "Merit Network Inc."),
}

PLACE = ("country", "city", "latitude", "longitude", "radius_km")
NETWORK = ("asn", "as_org")


def named(name: str) -> Path:
    path = Path(os.environ.get(VARIABLE, "")) / name
    if VARIABLE not in os.environ or not path.is_file():
        pytest.skip(f"{name} is not in a folder that the environment variable {VARIABLE} names")
    return path


def facts(path: Path, ips: Sequence[str], columns: Sequence[str], tally: Tally | None = None) -> dict[str, Any]:
    """Return what a look-up of all addresses at once gives for each."""
    nothing = pa.nulls(len(ips), pa.timestamp("us", tz="UTC"))
    with open_database(path) as database:
        rows = look_up(
            pa.table({"ip": pa.array(ips), "first_seen": nothing, "last_seen": nothing}), [database], tally
        ).to_pylist()
    return {row["ip"]: tuple(row[column] for column in columns) for row in rows}


def test_twenty_places_of_maxmind() -> None:
    assert facts(named("GeoIP2-City-Test.mmdb"), list(CITY), PLACE) == CITY


def test_twenty_networks_of_maxmind() -> None:
    assert facts(named("GeoLite2-ASN-Test.mmdb"), list(ASN), NETWORK) == ASN


def public_addresses(path: Path) -> list[str]:
    """Return both ends of all networks in a file that lie on the public Internet and carry no other address."""
    found = []
    with maxminddb.open_database(path) as reader:
        for network, _ in reader:
            for end in (network[0], network[-1]):
                address = ipaddress.IPv4Address(int(end)) if int(end) < 1 << 32 else end
                carries_another = isinstance(address, ipaddress.IPv6Address) and (
                    address.sixtofour or address.teredo or address.ipv4_mapped
                )
                if address.is_global and not carries_another:
                    found.append(str(address))
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("GeoIP2-City-Test.mmdb", "city"),
        ("GeoLite2-City-Test.mmdb", "city"),
        ("GeoIP2-Country-Test.mmdb", "country"),
        ("GeoLite2-Country-Test.mmdb", "country"),
        ("GeoIP2-Enterprise-Test.mmdb", "enterprise"),
        ("GeoLite2-ASN-Test.mmdb", "asn"),
        ("GeoIP2-ISP-Test.mmdb", "isp"),
    ],
)
def test_every_network_of_maxminds_test_databases_is_as_geoip2_reads_it(name: str, method: str) -> None:
    path = named(name)
    ips = public_addresses(path)
    found = facts(path, ips, (*NETWORK, *PLACE))
    with geoip2.database.Reader(path) as reader:
        for ip in ips:
            network, place = found[ip][:2], found[ip][2:]
            model = getattr(reader, method)(ip)
            if method in ("asn", "isp", "enterprise"):
                holder = model.traits if method == "enterprise" else model
                number = holder.autonomous_system_number
                assert network == (number, number and holder.autonomous_system_organization)
            if method in ("city", "country", "enterprise"):
                assert place[0] == model.country.iso_code
            if method in ("city", "enterprise"):
                at = model.location
                assert place[2:] == (at.latitude, at.longitude, at.accuracy_radius)
                assert model.city.name in (None, place[1])  # a city without an English name has another one
    assert len(ips) > 10


@pytest.mark.parametrize(
    "name",
    [
        "MaxMind-DB-test-decoder.mmdb",  # has values of all types
        "MaxMind-DB-test-pointer-decoder.mmdb",
        "MaxMind-DB-test-nested.mmdb",
        "MaxMind-DB-test-metadata-pointers.mmdb",
        *(f"MaxMind-DB-test-{version}-{size}.mmdb" for version in ("ipv4", "ipv6", "mixed") for size in (24, 28, 32)),
    ],
)
def test_every_record_of_a_sound_file_is_found_sound_where_maxminddb_reads_it(name: str) -> None:
    path = named(name)
    octets = path.read_bytes()
    at = find_metadata(octets, len(octets))
    assert at is not None
    with maxminddb.open_database(path) as reader:
        metadata = reader.metadata()
        tree = SearchTree(path, metadata.node_count, metadata.record_size, metadata.ip_version)
        data = DataSection(octets, tree.data_start, at - len(MARKER))
        networks = [network for network, _ in reader]
        for network in networks:
            bits = network.max_prefixlen if metadata.ip_version == 4 else 128
            end, length = tree.find(int(network[0]), bits)
            offset = tree.data_offset(end)
            assert offset is not None
            assert data.is_sound(offset)
            assert length == network.prefixlen + bits - network.max_prefixlen
    assert networks


def test_ipinfo_lite_is_as_maxminddb_reads_it() -> None:
    path = named("ipinfo_lite.mmdb")
    ips = [f"{first}.{second}.13.7" for first in range(1, 224) for second in range(0, 256, 5)]
    ips += [f"2a0{third:x}:{fourth:x}::7" for third in range(16) for fourth in range(8, 0x4000, 40)]
    tally = Tally()
    found = facts(path, ips, ("asn", "as_org", "country", "special"), tally)
    with maxminddb.open_database(path) as reader:
        for ip in ips:
            *fact, special = found[ip]
            record = reader.get(ip)
            if special is not None or not isinstance(record, dict):
                continue
            number = str(record.get("asn", "")).removeprefix("AS")
            assert fact == [
                int(number) if number else None,
                record.get("as_name") if number else None,
                record.get("country_code"),
            ]
    assert sum(tally.network.values()) > 10_000


def test_twenty_networks_of_a_flat_file_are_as_they_were_planted(make_mmdb: MakeDatabase) -> None:
    planted: dict[str, tuple[Any, ...]] = {}
    records = {}
    for n in range(20):
        prefix = f"33.{n}.0.0/{16 + n % 9}" if n % 2 else f"2a00:{n:x}::/{32 + n}"
        ip = str(ipaddress.ip_network(prefix)[n * 7])
        planted[ip] = (64500 + n, f"Net {n}", "DE" if n % 3 else "SE", f"Ort {n}", 50.0 + n / 8, -8.0 - n / 4, None)
        number, name, country, city, latitude, longitude, _ = planted[ip]
        records[prefix] = {
            "as_number": number,
            "as_name": name,
            "country_code": country,
            "city": city,
            "latitude": latitude,
            "longitude": longitude,
        }
    path = make_mmdb("dbip.mmdb", "DBIP-Location-ISP", records)
    found = facts(path, list(planted), (*NETWORK, *PLACE))
    assert found == planted
