from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime

import pytest

from attribution.enrich.datasets import DataSet, available
from attribution.enrich.datasets.addresses import addresses_of, check_month, stamp_of
from attribution.enrich.datasets.catalogue import CATALOGUE, find
from attribution.enrich.datasets.download import check_url
from attribution.errors import UsageError
from attribution.tables import ADDRESSES

RAW = {entry["name"]: entry for entry in tomllib.loads(CATALOGUE.read_text("utf-8"))["data"]}


def by_name(item: DataSet) -> str:
    return item.name


def test_what_there_is() -> None:
    assert [item.name for item in available()] == [
        "ipinfo-lite",
        "dbip-country-lite",
        "dbip-city-lite",
        "dbip-asn-lite",
        "geolite2-country",
        "geolite2-city",
        "geolite2-asn",
        "iptoasn",
        "routeviews",
        "routeviews6",
        "recog",
        "nmap-probes",
    ]


def test_names_and_files_are_unique() -> None:
    assert len(RAW) == len(available())
    assert len({item.file for item in available()}) == len(available())


@pytest.mark.parametrize("item", available(), ids=by_name)
def test_every_data_set_has_its_terms_and_what_its_packing_needs(item: DataSet) -> None:
    assert item.title
    assert item.about
    assert item.licence
    assert item.attribution
    check_url(item.licence_url)
    assert set(item.needs) <= set(ADDRESSES.names)
    assert bool(item.url) == (item.packing not in {"wheel", "added"})
    assert bool(item.member) == (item.packing in {"wheel", "tar"})
    assert bool(item.package) == (item.packing == "wheel")
    assert bool(item.listing) == bool(item.listed) == ("{month}" in item.file)
    assert item.file == item.file.strip("./")
    if item.url:
        check_url(item.url.replace("{month}", "2024-03"))
    if item.account:
        assert item.checksum_url.startswith(item.url.partition("?")[0])


@pytest.mark.parametrize("item", available(), ids=by_name)
def test_the_patterns_of_every_data_set_fit_their_examples(item: DataSet) -> None:
    examples = RAW[item.name].get("examples", {})
    patterns = {key: getattr(item, key) for key in ("member", "licence_member", "listed") if getattr(item, key)}
    assert set(examples) == set(patterns) | ({"url"} if "{month}" in item.url else set())
    for key, pattern in patterns.items():
        assert re.fullmatch(pattern, examples[key], re.ASCII), key
        assert not re.fullmatch(pattern, f"../{examples[key]}", re.ASCII)
        assert not re.fullmatch(pattern, f"{examples[key]}x.exe", re.ASCII)
    if "url" in examples:
        assert item.url.replace("{month}", "2024-03") == examples["url"]


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no data set 'geolite3': the names are ipinfo-lite, dbip"):
        find("geolite3")


@pytest.mark.parametrize("month", ["2024-3", "2024-13", "2024-00", "24-03", "2024-03-01", "٢٠٢٤-03", "", "9999-01"])
def test_what_is_no_month_is_refused(month: str) -> None:
    with pytest.raises(UsageError, match="is no month"):
        check_month(month)


def test_a_month_that_has_not_come_yet_is_refused() -> None:
    with pytest.raises(UsageError, match="has not come yet"):
        check_month("2099-12")
    assert check_month("2014-01") == "2014-01"


@pytest.mark.parametrize(
    ("name", "stamp"),
    [
        ("routeviews-rv2-20140115-1200.pfx2as.gz", "2014-01-15T12:00:00+00:00"),
        ("2014/01/routeviews-rv2-20140115-1200.pfx2as.gz", "2014-01-15T12:00:00+00:00"),
        ("routeviews-rv6-20140115-1200.pfx2as.gz", None),
        ("routeviews-rv2-20140135-1200.pfx2as.gz", None),
        ("../../routeviews-rv2-20140115-1200.pfx2as.gz", None),
        ("routeviews-rv2-20140115-1200.pfx2as.gz.exe", None),
    ],
)
def test_a_file_of_caida_tells_its_time_by_its_name(name: str, stamp: str | None) -> None:
    found = stamp_of(find("routeviews"), name)
    assert (found and found.isoformat()) == stamp


def test_the_newest_of_a_monthly_data_set_is_this_months_or_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    item = find("dbip-asn-lite")
    monkeypatch.setattr("attribution.enrich.datasets.addresses.now", lambda: datetime(2024, 1, 31, tzinfo=UTC))
    assert [address.month for address in addresses_of(item, None, lambda _: None)] == ["2024-01", "2023-12"]
    (named,) = addresses_of(item, "2020-05", lambda _: None)
    assert named.url == "https://download.db-ip.com/free/dbip-asn-lite-2020-05.mmdb.gz"
