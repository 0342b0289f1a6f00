from __future__ import annotations

import importlib.util
import ipaddress
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from attribution.enrich.ip.databases import open_database
from attribution.enrich.ip.schemas import Network, Place

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

FILES = ("sample-city.mmdb", "sample-asn.mmdb")


@pytest.fixture(scope="module")
def script(samples: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_databases", samples / "make_databases.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def networks(samples: Path) -> list[dict[str, Any]]:
    with (samples / "databases" / "networks.toml").open("rb") as handle:
        listed: list[dict[str, Any]] = tomllib.load(handle)["network"]
    return listed


def test_the_script_gives_the_same_bytes_each_time(script: ModuleType, tmp_path: Path) -> None:
    for folder in (tmp_path / "once", tmp_path / "again"):
        folder.mkdir()
        script.build(folder)
    for name in FILES:
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_the_databases_tell_what_the_list_says(samples: Path, networks: list[dict[str, Any]]) -> None:
    city, asn = (samples / "databases" / name for name in FILES)
    with open_database(city) as places, open_database(asn) as holders:
        assert (places.kind, holders.kind) == ("maxmind-city", "maxmind-asn")
        for network in networks:
            place = Place(
                network["country"],
                network.get("city"),
                network["latitude"],
                network["longitude"],
                network["radius_km"],
            )
            for prefix in map(ipaddress.ip_network, network["prefixes"]):
                for ip in (str(prefix[0]), str(prefix[-1])):
                    assert places.read(ip) == (None, place)
                    assert holders.read(ip) == (Network(network["asn"], network["as_org"]), None)


def test_no_network_of_the_samples_is_a_real_one(networks: list[dict[str, Any]]) -> None:
    allowed = [
        ipaddress.ip_network(text) for text in ("22.0.0.0/8", "26.0.0.0/8", "28.0.0.0/8", "30.0.0.0/8", "2001:db8::/32")
    ]
    for network in networks:
        assert 64496 <= network["asn"] <= 64511
        assert "(invented)" in network["as_org"]
        for prefix in map(ipaddress.ip_network, network["prefixes"]):
            assert any(
                int(wide[0]) <= int(prefix[0]) and int(prefix[-1]) <= int(wide[-1])
                for wide in allowed
                if wide.version == prefix.version
            )
