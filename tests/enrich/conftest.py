"""Databases for the tests, written by mmdb_writer into temporary folders; every name in them is invented."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    MakeDatabase = Callable[..., Path]

BUILT = int(datetime(2024, 3, 1, tzinfo=UTC).timestamp())

CITY = {
    "198.51.100.0/24": {
        "city": {"names": {"en": "Musterhausen"}},
        "country": {"iso_code": "DE", "names": {"en": "Germany"}},
        "location": {"accuracy_radius": 20, "latitude": 50.5, "longitude": 8.25},
        "registered_country": {"iso_code": "US"},
    },
    "203.0.113.0/24": {"country": {"iso_code": "SE"}},
    "2001:db8::/48": {"city": {"names": {"ru": "Выдуманск"}}, "country": {"iso_code": "RU"}},
}
ASN = {
    "198.51.100.0/24": {"autonomous_system_number": 64500, "autonomous_system_organization": "Example Net"},
    "192.0.2.0/24": {"autonomous_system_number": 64501, "autonomous_system_organization": "Example Org"},
}
LITE = {
    "198.51.100.0/24": {
        "asn": "AS64510",
        "as_name": "Lite Net",
        "as_domain": "example.net",
        "country": "France",
        "country_code": "FR",
        "continent_code": "EU",
    },
    "203.0.113.0/24": {"country": "Spain", "country_code": "ES"},
    "2001:db8::/32": {"asn": "AS64511", "as_name": "Lite Six", "country": "Japan", "country_code": "JP"},
}


class _DatedWriter(MMDBWriter):
    epoch = 0

    def _build_meta(self) -> dict[str, Any]:
        return {**super()._build_meta(), "build_epoch": self.epoch}


@pytest.fixture
def make_mmdb(tmp_path: Path) -> MakeDatabase:
    """Give a function that writes a database of prefixes and records."""

    def make(
        name: str, database_type: str, records: Mapping[str, Any], *, epoch: int = BUILT, version: int = 6
    ) -> Path:
        writer = _DatedWriter(
            ip_version=version,
            ipv4_compatible=version == 6,
            database_type=database_type,
            languages=["en"],
            description="invented",
        )
        writer.epoch = epoch
        for prefix, record in records.items():
            writer.insert_network(IPSet([prefix]), record)
        path = tmp_path / name
        writer.to_db_file(str(path))
        return path

    return make


@pytest.fixture
def city(make_mmdb: MakeDatabase) -> Path:
    return make_mmdb("city.mmdb", "GeoLite2-City", CITY)


@pytest.fixture
def asn(make_mmdb: MakeDatabase) -> Path:
    return make_mmdb("asn.mmdb", "GeoLite2-ASN", ASN)


@pytest.fixture
def lite(make_mmdb: MakeDatabase) -> Path:
    return make_mmdb("ipinfo_lite.mmdb", "ipinfo bundle_location_lite.mmdb", LITE)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a data folder of the test's own, which does not exist yet."""
    folder = tmp_path / "data"
    monkeypatch.setenv("ATTRIBUTION_DATA", str(folder))
    return folder
