from __future__ import annotations

import base64
import errno
import gzip
import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from shutil import copyfileobj
from typing import TYPE_CHECKING

import pytest

from attribution.enrich import (
    add,
    credit,
    find_databases,
    install,
    installed,
    installed_recog,
    open_database,
    open_databases,
)
from attribution.enrich.datasets import partial_path, placing
from attribution.enrich.datasets.partial import partial_bytes
from attribution.enrich.devices import read_recog
from attribution.errors import InstallError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from attribution.enrich.datasets.download import Patience
    from tests.enrich.datasets.conftest import MakeTar, Page, Pointed, Site

KEY = "Kv9-very-secret-key"
ACCOUNT = ("123456", KEY)
BASIC = "Basic " + base64.b64encode(f"123456:{KEY}".encode()).decode()
RECOG_XML = b"""<?xml version="1.0"?>
<fingerprints matches="http_header.server">
  <fingerprint pattern="^Box/(\\d+)$"><description>Box</description>
    <param pos="0" name="hw.device" value="Router"/><param pos="1" name="hw.model"/></fingerprint>
  <fingerprint pattern="^Cam$"><description>Cam</description></fingerprint>
</fingerprints>
"""
TABLE = b"198.51.100.0\t198.51.100.255\t64500\tDE\tEXAMPLE-NET\n2001:db8::\t2001:db8::ffff\t64501\tFR\tEXAMPLE-SIX\n"
PFX2AS = b"198.51.100.0\t24\t64500\n203.0.113.0\t24\t64501\n"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(autouse=True)
def present(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Give the present of these tests, and no account from the environment."""
    stamp = datetime(2024, 3, 10, 8, 0, tzinfo=UTC)
    for module in ("addresses", "installing", "adding"):
        monkeypatch.setattr(f"attribution.enrich.datasets.{module}.now", lambda: stamp)
    for name in ("ATTRIBUTION_ACCOUNT_ID", "ATTRIBUTION_LICENCE_KEY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("GEOIPUPDATE_ACCOUNT_ID", "GEOIPUPDATE_LICENSE_KEY"):
        monkeypatch.delenv(name, raising=False)
    return stamp


@pytest.fixture
def city_lite(pointed: Pointed, site: Site) -> None:
    pointed("dbip-city-lite", url=site.url + "free/dbip-city-lite-{month}.mmdb.gz")


# --- DB-IP: gzip, one each month


@pytest.mark.usefixtures("city_lite")
def test_the_newest_month_is_installed(
    data: Path, site: Site, page: type[Page], dbip: bytes, present: datetime
) -> None:
    site.pages["free/dbip-city-lite-2024-03.mmdb.gz"] = page(dbip)
    said: list[str] = []
    done = install("dbip-city-lite", said.append)
    assert done.path == data / "dbip-city-lite.mmdb"
    assert done.path.read_bytes() == gzip.decompress(dbip)
    assert (done.name, done.month, done.licence) == ("dbip-city-lite", "2024-03", "CC-BY-4.0")
    assert (done.sha256, done.download_sha256) == (sha256(gzip.decompress(dbip)), sha256(dbip))
    assert done.url == f"{site.url}free/dbip-city-lite-2024-03.mmdb.gz"
    assert done.checked_against is None
    assert (done.installed, done.files) == (present, ("dbip-city-lite.mmdb",))
    assert done.build is not None
    assert installed() == [done]
    assert find_databases()[0] == done.path
    assert said == [f"fetching DB-IP City Lite from {done.url}", "checking dbip-city-lite"]
    assert names_in(data) == ["dbip-city-lite.mmdb", "dbip-city-lite.mmdb.json"]
    with open_database(done.path) as database:
        assert credit(database)["attribution"] == "IP Geolocation by DB-IP (https://db-ip.com)"


@pytest.mark.usefixtures("data", "city_lite")
def test_early_in_a_month_the_one_before_is_taken(site: Site, page: type[Page], dbip: bytes) -> None:
    site.pages["free/dbip-city-lite-2024-02.mmdb.gz"] = page(dbip)
    assert install("dbip-city-lite").month == "2024-02"
    assert [path[-15:-8] for path, _ in site.asked] == ["2024-03", "2024-02"]


@pytest.mark.usefixtures("data", "city_lite")
def test_the_month_before_is_gone_on_with_though_this_one_is_asked_for_first(
    site: Site, page: type[Page], dbip: bytes, patience: Patience
) -> None:
    site.pages["free/dbip-city-lite-2024-02.mmdb.gz"] = page(dbip, faults=["cut 500", 500, 500, 500])
    with pytest.raises(InstallError, match="first 500 bytes are kept"):
        install("dbip-city-lite", patience=patience)
    site.pages["free/dbip-city-lite-2024-02.mmdb.gz"].faults.clear()
    assert install("dbip-city-lite", patience=patience).verify()
    assert site.ranges_asked()[-2:] == [None, "bytes=500-"]


@pytest.mark.usefixtures("data", "city_lite")
def test_the_part_of_another_month_is_not_called_a_part_of_this_one(
    site: Site, page: type[Page], dbip: bytes, patience: Patience
) -> None:
    for month in ("01", "02"):
        site.pages[f"free/dbip-city-lite-2024-{month}.mmdb.gz"] = page(dbip, faults=["cut 500", 500, 500, 500])
    with pytest.raises(InstallError, match="are kept"):
        install("dbip-city-lite", month="2024-01", patience=patience)
    site.pages["free/dbip-city-lite-2024-02.mmdb.gz"].faults[:] = [500] * 9
    with pytest.raises(InstallError, match="Try again later"):
        install("dbip-city-lite", month="2024-02", patience=patience)


@pytest.mark.usefixtures("city_lite")
def test_a_month_that_is_not_there_is_told_with_what_to_do(data: Path) -> None:
    with pytest.raises(InstallError, match=r"the file of 2019-05 is not there, not yet or no longer"):
        install("dbip-city-lite", month="2019-05")
    with pytest.raises(InstallError, match=r"neither the file of 2024-03 nor that of 2024-02 is there.*--from"):
        install("dbip-city-lite")
    assert names_in(data) == []


@pytest.mark.usefixtures("city_lite")
def test_what_is_wrong_leaves_what_was_there(data: Path, site: Site, page: type[Page], dbip: bytes) -> None:
    path = "free/dbip-city-lite-2024-03.mmdb.gz"
    site.pages[path] = page(dbip)
    done = install("dbip-city-lite")
    before = names_in(data)
    wrong = {
        b"<html>log in": "a web page came",
        b"": "is empty",
        dbip[:-4]: "cut off, or broken",
        dbip[:-6] + bytes(2) + dbip[-4:]: "cut off, or broken",
        gzip.compress(b"no database"): "not usable",
        gzip.compress(gzip.decompress(dbip)[:-40]): "not usable",
        b"PK\x03\x04": "not usable",
    }
    for content, told in wrong.items():
        site.pages[path] = page(content)
        with pytest.raises(InstallError, match=told) as caught:
            install("dbip-city-lite")
        assert str(caught.value).isprintable()
        assert installed() == [done]
        assert done.verify()
        assert names_in(data) == before


@pytest.mark.usefixtures("data", "city_lite")
def test_a_database_of_another_kind_is_refused(site: Site, page: type[Page], make_mmdb: Callable[..., Path]) -> None:
    record = {"198.51.100.0/24": {"autonomous_system_number": 64500, "autonomous_system_organization": "Example"}}
    asn = gzip.compress(make_mmdb("asn.mmdb", "DBIP-ASN-Lite", record).read_bytes())
    site.pages["free/dbip-city-lite-2024-03.mmdb.gz"] = page(asn)
    with pytest.raises(InstallError, match="does not tell country, city"):
        install("dbip-city-lite")


@pytest.mark.usefixtures("city_lite")
def test_an_oversize_file_is_refused(data: Path, site: Site, page: type[Page], dbip: bytes, pointed: Pointed) -> None:
    site.pages["free/dbip-city-lite-2024-03.mmdb.gz"] = page(dbip)
    pointed("dbip-city-lite", largest_download=100)
    with pytest.raises(InstallError, match="larger than 100 bytes"):
        install("dbip-city-lite")
    pointed("dbip-city-lite", largest_download=1 << 20, largest=100)
    with pytest.raises(InstallError, match="unpacks to more than 100 bytes"):
        install("dbip-city-lite")
    assert names_in(data) == []


@pytest.mark.usefixtures("city_lite")
def test_a_download_that_was_cut_off_is_gone_on_with_by_the_next_call(
    data: Path, site: Site, page: type[Page], dbip: bytes, patience: Patience
) -> None:
    site.pages["free/dbip-city-lite-2024-03.mmdb.gz"] = page(dbip, faults=["cut 500", 500, 500, 500, 500])
    with pytest.raises(InstallError, match="first 500 bytes are kept"):
        install("dbip-city-lite", patience=patience)
    assert partial_path("dbip-city-lite").read_bytes() == dbip[:500]
    assert installed() == []
    site.pages["free/dbip-city-lite-2024-03.mmdb.gz"].faults.clear()
    assert install("dbip-city-lite", patience=patience).verify()
    assert site.ranges_asked()[-1] == "bytes=500-"
    assert names_in(data) == ["dbip-city-lite.mmdb", "dbip-city-lite.mmdb.json"]


@pytest.mark.usefixtures("city_lite")
def test_an_interruption_keeps_the_part_and_nothing_else(data: Path, site: Site, page: type[Page], dbip: bytes) -> None:
    site.pages["free/dbip-city-lite-2024-03.mmdb.gz"] = page(dbip)

    def interrupt(done: int, _: int | None) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install("dbip-city-lite", on_bytes=interrupt)
    assert names_in(data) == [".dbip-city-lite.part", ".dbip-city-lite.part.json"]


@pytest.mark.usefixtures("data", "city_lite")
def test_a_full_disk_is_told_with_what_to_do(
    site: Site, page: type[Page], dbip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["free/dbip-city-lite-2024-03.mmdb.gz"] = page(dbip)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("attribution.enrich.datasets.unpacking.shutil.copyfileobj", full)
    with pytest.raises(InstallError, match=r"the disk of .* is full. Make room"):
        install("dbip-city-lite")
    assert partial_path("dbip-city-lite").read_bytes() == dbip
    monkeypatch.setattr("attribution.enrich.datasets.unpacking.shutil.copyfileobj", copyfileobj)
    assert install("dbip-city-lite").verify()
    assert site.ranges_asked() == [None, f"bytes={len(dbip) - 1}-"]


@pytest.mark.usefixtures("city_lite")
def test_what_a_killed_process_left_is_cleared_away_later(
    data: Path, site: Site, page: type[Page], dbip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / ".install-left").mkdir(parents=True)
    (data / ".install-left" / "half.mmdb").write_bytes(b"x")
    site.pages["free/dbip-city-lite-2024-03.mmdb.gz"] = page(dbip)
    install("dbip-city-lite")
    assert ".install-left" in names_in(data)  # it may be another process's at work
    monkeypatch.setattr(placing, "_STALE_SECONDS", -1)
    install("dbip-city-lite")
    assert ".install-left" not in names_in(data)


# --- GeoLite2: tar, account, checksum, agreement


@pytest.fixture
def geolite(make_mmdb: Callable[..., Path], make_tar: MakeTar) -> bytes:
    record = {"198.51.100.0/24": {"autonomous_system_number": 64500, "autonomous_system_organization": "Example"}}
    database = make_mmdb("geolite.mmdb", "GeoLite2-ASN", record).read_bytes()
    folder = "GeoLite2-ASN_20240301/"
    return make_tar(
        {folder + "COPYRIGHT.txt": b"(c)", folder + "LICENSE.txt": b"terms", folder + "GeoLite2-ASN.mmdb": database}
    )


@pytest.fixture
def maxmind(pointed: Pointed, site: Site, other_site: Site, page: type[Page], geolite: bytes) -> Site:
    """Give a server that asks for the account and leads on to another one, as MaxMind's does."""
    pointed(
        "geolite2-asn",
        url=site.url + "GeoLite2-ASN/download?suffix=tar.gz",
        checksum_url=site.url + "GeoLite2-ASN/download?suffix=tar.gz.sha256",
    )
    for suffix, content in (
        ("tar.gz", geolite),
        ("tar.gz.sha256", f"{sha256(geolite)}  GeoLite2-ASN_20240301.tar.gz\n".encode()),
    ):
        site.pages[f"GeoLite2-ASN/download?suffix={suffix}"] = page(
            key=BASIC, location=f"{other_site.url}{suffix}?X-Signature=abc"
        )
        other_site.pages[f"{suffix}?X-Signature=abc"] = page(content)
    return site


def test_a_data_set_with_an_account_is_installed_with_its_licence(
    data: Path, maxmind: Site, other_site: Site, geolite: bytes
) -> None:
    said: list[str] = []
    done = install("geolite2-asn", said.append, account=ACCOUNT, accept_licence=True)
    assert names_in(data) == [
        "GeoLite2-ASN.COPYRIGHT.txt",
        "GeoLite2-ASN.LICENSE.txt",
        "GeoLite2-ASN.mmdb",
        "GeoLite2-ASN.mmdb.json",
    ]
    assert (data / "GeoLite2-ASN.LICENSE.txt").read_bytes() == b"terms"
    assert done.files == ("GeoLite2-ASN.mmdb", "GeoLite2-ASN.COPYRIGHT.txt", "GeoLite2-ASN.LICENSE.txt")
    assert done.download_sha256 == sha256(geolite)
    assert done.checked_against == f"{maxmind.url}GeoLite2-ASN/download?suffix=tar.gz.sha256"
    assert done.url == f"{maxmind.url}GeoLite2-ASN/download"
    assert installed() == [done]
    assert {fields["Authorization"] for _, fields in maxmind.asked} == {BASIC}
    assert [fields["Authorization"] for _, fields in other_site.asked] == [None, None]
    kept = b"".join(path.read_bytes() for path in data.iterdir())
    for secret in (KEY, BASIC, "123456", "X-Signature"):
        assert secret.encode() not in kept
        assert secret not in "".join(said) + repr(done)


def test_what_is_the_newest_already_is_not_fetched_again(data: Path, maxmind: Site) -> None:
    done = install("geolite2-asn", account=ACCOUNT, accept_licence=True)
    maxmind.asked.clear()
    assert install("geolite2-asn", account=ACCOUNT, accept_licence=True) == done
    assert [path.rpartition("=")[2] for path, _ in maxmind.asked] == ["tar.gz.sha256"]
    done.path.write_bytes(b"damaged")
    assert install("geolite2-asn", account=ACCOUNT, accept_licence=True).verify()
    assert len(list(data.glob("*"))) == 4


@pytest.mark.usefixtures("maxmind")
def test_a_checksum_that_differs_is_refused_and_the_file_thrown_away(data: Path, other_site: Site) -> None:
    page = other_site.pages["tar.gz.sha256?X-Signature=abc"]
    page.content = b"0" * 64 + page.content[64:]
    with pytest.raises(InstallError, match="the checksum of what came differs"):
        install("geolite2-asn", account=ACCOUNT, accept_licence=True)
    assert names_in(data) == []
    page.content = b"<html>"
    with pytest.raises(InstallError, match="checksum is not there, or is none"):
        install("geolite2-asn", account=ACCOUNT, accept_licence=True)


def test_a_licence_that_asks_for_agreement_is_named_before_anything_is_asked(data: Path, maxmind: Site) -> None:
    with pytest.raises(UsageError, match=r"GeoLite2 End User License Agreement.*geolite2/eula.*--accept-licence"):
        install("geolite2-asn", account=ACCOUNT)
    assert maxmind.asked == []
    assert not data.exists()


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("account", [None, ("", ""), ("123456", ""), ("", KEY), (" ", " ")])
def test_where_there_is_no_account_it_is_told_how_to_get_one(maxmind: Site, account: tuple[str, str] | None) -> None:
    with pytest.raises(
        UsageError, match=r"geolite2/signup.*ATTRIBUTION_ACCOUNT_ID and ATTRIBUTION_LICENCE_KEY"
    ) as caught:
        install("geolite2-asn", account=account, accept_licence=True)
    assert KEY not in str(caught.value)
    assert maxmind.asked == []


@pytest.mark.usefixtures("data", "maxmind")
@pytest.mark.parametrize(
    "names",
    [("ATTRIBUTION_ACCOUNT_ID", "ATTRIBUTION_LICENCE_KEY"), ("GEOIPUPDATE_ACCOUNT_ID", "GEOIPUPDATE_LICENSE_KEY")],
)
def test_the_account_is_read_from_the_environment(names: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in zip(names, ACCOUNT, strict=True):
        monkeypatch.setenv(name, f" {value}\n")
    assert install("geolite2-asn", accept_licence=True).verify()


@pytest.mark.usefixtures("data", "maxmind")
def test_a_wrong_key_is_told_and_not_shown() -> None:
    with pytest.raises(InstallError, match="refuses the account id or the licence key") as caught:
        install("geolite2-asn", account=("123456", "wrong-key-9"), accept_licence=True)
    assert "wrong-key-9" not in str(caught.value)
    with pytest.raises(UsageError, match="characters that none has") as bad:
        install("geolite2-asn", account=("123456", "kéy\x1b9"), accept_licence=True)
    assert "\x1b" not in str(bad.value)


@pytest.mark.usefixtures("data", "maxmind")
def test_another_address_is_not_told_the_account(other_site: Site, page: type[Page], geolite: bytes) -> None:
    other_site.pages["mirror.tar.gz?token=abc"] = page(geolite)
    done = install(
        "geolite2-asn", source=other_site.url + "mirror.tar.gz?token=abc", account=ACCOUNT, accept_licence=True
    )
    ((_, fields),) = other_site.asked
    assert "Authorization" not in fields
    assert done.url == other_site.url + "mirror.tar.gz"
    assert done.checked_against is None


# --- two at once


SCRIPT = """
import sys
from attribution.enrich import install
from attribution.enrich.datasets import catalogue
from dataclasses import replace
known = catalogue.entries()
catalogue.entries = lambda: tuple(
    replace(item, url=sys.argv[1]) if item.name == "dbip-city-lite" else item for item in known)
from attribution.errors import InstallError
try:
    install("dbip-city-lite")
except InstallError as error:
    print(error)
else:
    print("done")
"""


def test_two_at_once_leave_one_whole_data_set(data: Path, site: Site, page: type[Page], dbip: bytes) -> None:
    site.pages["file.gz"] = page(dbip)
    environment = os.environ | {"ATTRIBUTION_DATA": str(data)}
    command = [sys.executable, "-c", SCRIPT, site.url + "file.gz"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(6)]
    said = {process.communicate()[0].strip() for process in running}
    assert said in (
        {"done"},
        {"done", "DB-IP City Lite is being fetched by another process: wait for it."},
    )
    (item,) = installed()
    assert item.verify()
    assert names_in(data) == ["dbip-city-lite.mmdb", "dbip-city-lite.mmdb.json"]


# --- tables of ranges: kept packed; by the day


@pytest.mark.usefixtures("data")
def test_a_table_is_kept_packed_and_dated_by_its_server(pointed: Pointed, site: Site, page: type[Page]) -> None:
    pointed("iptoasn", url=site.url + "data/ip2asn-combined.tsv.gz")
    content = gzip.compress(TABLE)
    changed = datetime(2024, 3, 9, 23, 30, tzinfo=UTC)
    site.pages["data/ip2asn-combined.tsv.gz"] = page(content, modified=changed, etag="")
    done = install("iptoasn")
    assert done.path.name == "iptoasn.tsv.gz"
    assert done.path.read_bytes() == content
    assert done.build == changed
    assert find_databases()[0] == done.path
    with open_database(done.path) as database:
        network, _ = database.read("198.51.100.7")
        assert network is not None
        assert network.asn == 64500
        assert database.build == changed
        assert credit(database)["licence"] == "PDDL-1.0"


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("year", [9999, 2025])
def test_a_date_of_the_server_that_has_not_come_yet_says_nothing(
    pointed: Pointed, site: Site, page: type[Page], year: int
) -> None:
    pointed("iptoasn", url=site.url + "table.gz")
    site.pages["table.gz"] = page(gzip.compress(TABLE, mtime=0), modified=datetime(year, 1, 1, tzinfo=UTC))
    done = install("iptoasn")
    assert done.build is None


@pytest.mark.usefixtures("data")
def test_a_table_that_is_none_is_refused(pointed: Pointed, site: Site, page: type[Page]) -> None:
    pointed("iptoasn", url=site.url + "table.gz")
    for content in (b"no table at all\n", b"1.2.3.4\tx\n" * 10, b"\0\1\2"):
        site.pages["table.gz"] = page(gzip.compress(content))
        with pytest.raises(InstallError, match=r"iptoasn\.tsv\.gz is not usable"):
            install("iptoasn")
    assert installed() == []


def index_page(days: list[int], month: str = "201401", collector: str = "rv2") -> bytes:
    names = [f"routeviews-{collector}-{month}{day:02d}-1200.pfx2as.gz" for day in days]
    rows = "".join(f'<tr><td><a href="{name}">{name}</a></td></tr>\n' for name in names)
    return f'<!DOCTYPE html><html><a href="../">Parent</a><a href="../../evil.gz">x</a>{rows}</html>'.encode()


@pytest.fixture
def caida(pointed: Pointed, site: Site, page: type[Page]) -> Site:
    """Give a server that has months by page, and the newest by log."""
    for name, folder, collector in (("routeviews", "r4/", "rv2"), ("routeviews6", "r6/", "rv6")):
        pointed(name, url=site.url + folder)
        for month in ("2014/01", "2014/02"):
            digits = month.replace("/", "")
            days = [1, 14, 17, 28]
            site.pages[f"{folder}{month}/"] = page(index_page(days, digits, collector), content_type="text/html")
            for day in days:
                content = gzip.compress(PFX2AS if collector == "rv2" else b"2001:db8::\t32\t64501\n")
                site.pages[f"{folder}{month}/routeviews-{collector}-{digits}{day:02d}-1200.pfx2as.gz"] = page(content)
        newest = f"{folder}2024/03/routeviews-{collector}-20240308-1400.pfx2as.gz"
        site.pages[newest] = page(gzip.compress(PFX2AS if collector == "rv2" else b"2001:db8::\t32\t64501\n"))
        log = "# Format: 1\n#fields: seqnum\ttimestamp\tpath\n" + "".join(
            f"{day}\t17098{day:05d}\t2024/03/routeviews-{collector}-202403{day:02d}-1400.pfx2as.gz\n" for day in (7, 8)
        )
        site.pages[f"{folder}pfx2as-creation.log"] = page(log.encode(), content_type="text/plain")
    return site


def test_months_are_installed_side_by_side(data: Path, caida: Site) -> None:
    first = install("routeviews", month="2014-01", accept_licence=True)
    # Of the 14th and the 17th the 14th is nearer to the middle.
    assert first.build == datetime(2014, 1, 14, 12, 0, tzinfo=UTC)
    assert first.path == data / "routeviews-2014-01.pfx2as.gz"
    assert first.url == f"{caida.url}r4/2014/01/routeviews-rv2-20140114-1200.pfx2as.gz"
    second = install("routeviews", month="2014-02", accept_licence=True)
    sixth = install("routeviews6", month="2014-01", accept_licence=True)
    assert sixth.path.name == "routeviews6-2014-01.pfx2as.gz"
    assert installed() == [first, second, sixth]
    assert [item.month for item in installed()] == ["2014-01", "2014-02", "2014-01"]
    assert {first.path, second.path, sixth.path} <= set(find_databases())
    again = install("routeviews", month="2014-01", accept_licence=True)
    assert installed() == [again, second, sixth]


@pytest.mark.usefixtures("data")
def test_without_a_month_the_newest_of_the_log_is_taken(caida: Site) -> None:
    done = install("routeviews", accept_licence=True)
    assert (done.month, done.build) == ("2024-03", datetime(2024, 3, 8, 14, 0, tzinfo=UTC))
    assert [path for path, _ in caida.asked] == [
        "r4/pfx2as-creation.log",
        "r4/2024/03/routeviews-rv2-20240308-1400.pfx2as.gz",
    ]


@pytest.mark.usefixtures("data")
def test_where_a_month_has_no_page_the_log_is_asked(caida: Site) -> None:
    done = install("routeviews", month="2024-03", accept_licence=True)
    assert done.build == datetime(2024, 3, 8, 14, 0, tzinfo=UTC)
    assert [path for path, _ in caida.asked][:2] == ["r4/2024/03/", "r4/pfx2as-creation.log"]


@pytest.mark.usefixtures("data")
def test_a_month_or_a_list_that_is_not_there_is_told(caida: Site) -> None:
    with pytest.raises(InstallError, match=r"there is no file for 2013-12.*another month"):
        install("routeviews", month="2013-12", accept_licence=True)
    caida.pages["r4/pfx2as-creation.log"].content = b"\xff\0 <html> something else\n"
    with pytest.raises(InstallError, match="list of newest files is not there, or not as it used to be"):
        install("routeviews", accept_licence=True)


@pytest.mark.usefixtures("data", "caida")
def test_a_table_from_elsewhere_tells_its_month_by_name_or_by_the_option(tmp_path: Path) -> None:
    path = tmp_path / "routeviews-rv2-20140115-1200.pfx2as.gz"
    path.write_bytes(gzip.compress(PFX2AS))
    done = install("routeviews", source=path, accept_licence=True)
    assert (done.month, done.build) == ("2014-01", datetime(2014, 1, 15, 12, 0, tzinfo=UTC))
    other = tmp_path / "table"
    other.write_bytes(PFX2AS)
    with pytest.raises(UsageError, match="give it with --month"):
        install("routeviews", source=other, accept_licence=True)
    named = install("routeviews", source=other, month="2013-12", accept_licence=True)
    assert named.path.name == "routeviews-2013-12.pfx2as.gz"
    assert gzip.decompress(named.path.read_bytes()) == PFX2AS
    with pytest.raises(UsageError, match="that of 2014-01, not of 2014-02"):
        install("routeviews", source=path, month="2014-02", accept_licence=True)
    for name in ("routeviews-rv2-99991231-1200.pfx2as.gz", "routeviews-rv2-00010115-1200.pfx2as.gz"):
        with pytest.raises(UsageError, match=r"has not come yet|is no month"):
            install("routeviews", source=path.rename(tmp_path / name), accept_licence=True)
        path = tmp_path / name


@pytest.mark.usefixtures("data")
def test_a_table_from_another_address_tells_its_month_before_it_is_fetched(caida: Site, page: type[Page]) -> None:
    with pytest.raises(UsageError, match="give it with --month"):
        install("routeviews", source=caida.url + "table?file=x", accept_licence=True)
    assert caida.asked == []
    path = "routeviews-rv2-20140115-1200.pfx2as.gz?token=a/b"
    caida.pages[path] = page(gzip.compress(PFX2AS))
    done = install("routeviews", source=caida.url + path, accept_licence=True)
    assert (done.month, done.build) == ("2014-01", datetime(2014, 1, 15, 12, 0, tzinfo=UTC))


@pytest.mark.usefixtures("data")
def test_a_list_that_names_what_has_not_come_yet_is_not_followed(caida: Site) -> None:
    log = caida.pages["r4/pfx2as-creation.log"]
    log.content += b"9\t1\t9999/12/routeviews-rv2-99991231-1400.pfx2as.gz\n"
    assert install("routeviews", accept_licence=True).month == "2024-03"


@pytest.mark.usefixtures("data", "caida")
def test_a_run_dates_a_table_as_its_record_does() -> None:
    done = install("routeviews", month="2014-01", accept_licence=True)
    with open_database(done.path) as database:
        assert database.build == done.build == datetime(2014, 1, 14, 12, tzinfo=UTC)


# --- Recog


def test_recog_is_installed_with_its_licence(
    data: Path, pointed: Pointed, site: Site, page: type[Page], make_tar: MakeTar
) -> None:
    pointed("recog", url=site.url + "main.tar.gz")
    stamp = datetime(2024, 2, 1, tzinfo=UTC)
    tar = make_tar(
        {
            "recog-main/LICENSE": b"licence",
            "recog-main/xml/http_servers.xml": RECOG_XML,
            "recog-main/lib/recog.rb": b"code",
        },
        mtime=int(stamp.timestamp()),
    )
    site.pages["main.tar.gz"] = page(tar, etag="", length=False)
    assert installed_recog() is None
    done = install("recog")
    assert names_in(data) == ["recog", "recog.json"]
    assert names_in(data / "recog") == ["LICENSE", "http_servers.xml"]
    assert (done.fingerprints, done.build) == (2, stamp)
    assert done.files == ("recog/LICENSE", "recog/http_servers.xml")
    assert done.sha256 == sha256(f"{sha256(RECOG_XML)}  http_servers.xml\n".encode())
    assert installed() == [done]
    folder = installed_recog()
    assert folder == done.path
    match = read_recog(folder).match("Box/3", "http_header.server")
    assert match is not None
    assert match.device_type is not None
    done.path.joinpath("http_servers.xml").write_bytes(RECOG_XML + b" ")
    assert not done.verify()


def test_a_newer_recog_takes_away_the_older_and_leaves_what_the_user_put_there(
    data: Path, pointed: Pointed, site: Site, page: type[Page], make_tar: MakeTar
) -> None:
    pointed("recog", url=site.url + "main.tar.gz")
    site.pages["main.tar.gz"] = page(make_tar({"r/xml/old.xml": RECOG_XML}))
    install("recog")
    (data / "recog" / "mine.txt").write_text("mine")
    site.pages["main.tar.gz"] = page(make_tar({"r/xml/new.xml": RECOG_XML}))
    done = install("recog")
    assert names_in(data / "recog") == ["mine.txt", "new.xml"]
    assert done.files == ("recog/new.xml",)
    assert done.verify()
    (data / "recog" / "mine.xml").write_bytes(RECOG_XML)
    with pytest.raises(InstallError, match=r"mine\.xml was not put there by .*move it away"):
        install("recog")
    assert names_in(data / "recog") == ["mine.txt", "mine.xml", "new.xml"]
    assert installed() == [done]


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("xml", "told"),
    [
        (b"<fingerprints", "cannot be read"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><fingerprints/>", "cannot be read"),
        (b"<fingerprints/>", "no fingerprint"),
    ],
)
def test_a_recog_that_cannot_be_used_is_refused(
    pointed: Pointed, site: Site, page: type[Page], make_tar: MakeTar, xml: bytes, told: str
) -> None:
    pointed("recog", url=site.url + "main.tar.gz")
    site.pages["main.tar.gz"] = page(make_tar({"r/xml/a.xml": xml}))
    with pytest.raises(InstallError, match=told):
        install("recog")
    assert installed() == []
    assert installed_recog() is None


# --- other addresses, files, and calls that make no sense


@pytest.mark.usefixtures("data")
def test_a_file_that_was_fetched_by_other_means_is_installed_without_network(tmp_path: Path, dbip: bytes) -> None:
    path = tmp_path / "dbip-city-lite-2024-02.mmdb.gz"
    path.write_bytes(dbip)
    done = install("dbip-city-lite", source=path)
    assert (done.url, done.month) == (path.name, None)
    assert install("dbip-city-lite", source=str(path), month="2024-02").month == "2024-02"
    path.write_bytes(gzip.decompress(dbip))
    assert install("dbip-city-lite", source=path).sha256 == done.sha256
    assert path.exists()


@pytest.mark.usefixtures("data")
def test_the_wheel_of_a_data_set_may_come_from_another_address_or_the_database_itself(
    site: Site, page: type[Page], lite: Path
) -> None:
    site.pages["lite.mmdb"] = page(lite.read_bytes())
    done = install("ipinfo-lite", source=site.url + "lite.mmdb")
    assert done.path.read_bytes() == lite.read_bytes()
    assert (done.package, done.version, done.wheel_sha256) == (None, None, None)


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("nmap-probes", {}, "data add nmap-probes FILE"),
        ("ipinfo-lite", {"month": "2024-01"}, "leave --month out"),
        ("dbip-city-lite", {"version": "1"}, "comes in no wheel"),
        ("dbip-city-lite", {"month": "2024-04"}, "has not come yet"),
        ("dbip-city-lite", {"source": "http://192.0.2.1/x"}, "only https"),
        ("dbip-city-lite", {"source": "ftp://example.org/x"}, "only https"),
        ("dbip-city-lite", {"source": f"https://u:{KEY}@example.org/x"}, "a password in the address"),
        ("dbip-city-lite", {"source": "."}, "is a folder"),
    ],
)
def test_a_call_that_makes_no_sense_is_told(name: str, options: dict[str, str], told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        install(name, **options)  # type: ignore[arg-type]  # options by name
    assert KEY not in str(caught.value)


@pytest.mark.usefixtures("data")
def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InstallError, match="No such file"):
        install("dbip-city-lite", source=tmp_path / "absent")


# --- records


def test_a_record_of_the_former_form_is_read_and_replaced(data: Path, lite: Path) -> None:
    data.mkdir()
    (data / "ipinfo_lite.mmdb").write_bytes(lite.read_bytes())
    former = {
        "attribution": "IP address data powered by IPinfo (https://ipinfo.io)",
        "build": "2024-03-01T00:00:00+00:00",
        "installed": "2024-03-05T10:00:00+00:00",
        "licence": "CC-BY-SA-4.0",
        "licence_url": "https://creativecommons.org/licenses/by-sa/4.0/",
        "name": "ipinfo-lite",
        "package": "parsedmarc",
        "path": "ipinfo_lite.mmdb",
        "sha256": sha256(lite.read_bytes()),
        "title": "IPinfo Lite",
        "version": "9.0",
        "wheel_sha256": "0" * 64,
    }
    (data / "ipinfo_lite.json").write_text(json.dumps(former))
    (item,) = installed()
    assert (item.version, item.files, item.month) == ("9.0", ("ipinfo_lite.mmdb",), None)
    assert item.verify()
    done = install("ipinfo-lite", source=lite)
    assert installed() == [done]
    assert names_in(data) == ["ipinfo_lite.mmdb", "ipinfo_lite.mmdb.json"]


@pytest.mark.parametrize(
    "change",
    [
        {"files": ["../secret"]},
        {"files": ["/etc/passwd"]},
        {"files": [1]},
        {"files": "x" * 3 + "/.."},
        {"path": "other.mmdb"},
        {"path": "../x.mmdb"},
        {"path": 1},
        {"files": ["other.mmdb"]},
        {"files": ["ipinfo_lite.mmdb/../x"]},
        {"files": ["ipinfo_lite.mmdb.json"]},
        {"build": 5},
        {"build": ""},
        {"build": "0001-01-01T00:00:00+14:00"},
        {"installed": None},
        {"name": []},
        {"name": None},
        {"attribution": "\ud800"},
        {"month": "2014\x1b[2J"},
        {"month": 5},
        {"fingerprints": "many"},
        {"fingerprints": True},
        {"sha256": {}},
        {"url": []},
    ],
)
def test_a_record_that_leads_out_of_the_folder_or_is_no_record_is_none(
    data: Path, lite: Path, change: dict[str, object]
) -> None:
    done = install("ipinfo-lite", source=lite)
    record = data / "ipinfo_lite.mmdb.json"
    record.write_text(json.dumps(done.as_dict() | change))
    assert installed() == []


@pytest.mark.usefixtures("data")
def test_a_date_without_a_zone_in_a_record_is_of_utc(data: Path, lite: Path) -> None:
    done = install("ipinfo-lite", source=lite)
    (data / "ipinfo_lite.mmdb.json").write_text(json.dumps(done.as_dict() | {"build": "2024-03-01T00:00:00"}))
    (item,) = installed()
    assert item.build == datetime(2024, 3, 1, tzinfo=UTC)
    assert item.age_days(datetime(2024, 3, 3, tzinfo=UTC)) == 2


def test_a_record_that_names_what_is_above_the_folder_is_none(data: Path, lite: Path) -> None:
    done = install("ipinfo-lite", source=lite)
    change = {"path": "..", "files": ["../mine.txt"]}
    (data / "...json").write_text(json.dumps(done.as_dict() | change))
    assert installed() == [done]


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(data: Path, lite: Path) -> None:
    done = install("ipinfo-lite", source=lite)
    done.path.unlink()
    os.mkfifo(done.path)
    assert not done.verify()
    os.mkfifo(data / "other.json")
    assert installed() == [done]


def test_a_record_with_keys_of_a_later_version_is_read(data: Path, lite: Path) -> None:
    done = install("ipinfo-lite", source=lite)
    (data / "ipinfo_lite.mmdb.json").write_text(json.dumps(done.as_dict() | {"later": 1}))
    assert installed() == [done]


@pytest.mark.usefixtures("data")
def test_everything_that_was_installed_or_added_is_used_by_a_run(
    tmp_path: Path, dbip: bytes, lite: Path, shared_probes: Path
) -> None:
    add("nmap-probes", shared_probes)
    install("ipinfo-lite", source=lite)
    (tmp_path / "dbip.gz").write_bytes(dbip)
    install("dbip-city-lite", source=tmp_path / "dbip.gz")
    databases, warnings = open_databases((), find_databases())
    for database in databases:
        database.close()
    assert {database.path.name for database in databases} >= {"ipinfo_lite.mmdb", "dbip-city-lite.mmdb"}
    assert warnings == []


@pytest.fixture
def shared_probes(tmp_path: Path) -> Path:
    path = tmp_path / "nmap-service-probes"
    path.write_text("Probe TCP NULL q||\nmatch http m|^Cam A1$| p/Cam/ d/webcam/\n")
    return path


def test_the_part_of_a_download_is_found_by_name(data: Path) -> None:
    assert partial_path("recog") == data / ".recog.part"
    assert partial_bytes(data / "absent") == 0
