"""`attribution data install` against a server: what a person or a log sees of it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attribution.cli.exits import Exit
from attribution.cli.main import attribution
from attribution.enrich import installed
from attribution.enrich.datasets import download, partial_path

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from attribution.enrich.datasets.download import Patience
    from tests.enrich.datasets.conftest import MakeTar, Page, Pointed, Site

KEY = "Kv9-very-secret-key"
BASIC = base64.b64encode(f"123456:{KEY}".encode()).decode()


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(attribution, ["data", "install", *arguments])


@pytest.fixture
def city_lite(pointed: Pointed, site: Site) -> str:
    pointed("dbip-city-lite", url=site.url + "dbip-city-lite-{month}.mmdb.gz")
    return "dbip-city-lite-2024-02.mmdb.gz"


def test_a_download_tells_its_steps_on_standard_error_and_its_result_on_standard_output(
    data: Path, city_lite: str, site: Site, page: type[Page], dbip: bytes
) -> None:
    site.pages[city_lite] = page(dbip)
    done = run("dbip-city-lite", "--month", "2024-02")
    assert done.exit_code == Exit.DONE, done.stderr
    terms, *steps = done.stderr.splitlines()
    assert terms.startswith("DB-IP City Lite. Licence: CC-BY-4.0, https://creativecommons.org/licenses/by/4.0/. ")
    assert terms.endswith("IP Geolocation by DB-IP (https://db-ip.com)")
    assert steps == [
        f"fetching DB-IP City Lite from {site.url}{city_lite}",
        "checking dbip-city-lite",
    ]
    assert done.stdout.startswith("DB-IP City Lite is installed.\n  " + str(data / "dbip-city-lite.mmdb"))
    assert done.stdout.endswith("  IP Geolocation by DB-IP (https://db-ip.com)\n")
    result = json.loads(run("dbip-city-lite", "--from", site.url + city_lite, "--json").stdout)
    assert result["url"] == site.url + city_lite


@pytest.mark.usefixtures("data")
def test_what_goes_wrong_is_one_line_with_the_code_of_databases(
    city_lite: str, site: Site, page: type[Page], dbip: bytes
) -> None:
    for content, told in ((b"<html>", "web page"), (dbip[:-3], "cut off"), (gzip.compress(b"x" * 99), "not usable")):
        site.pages[city_lite] = page(content)
        done = run("dbip-city-lite", "--month", "2024-02")
        assert (done.exit_code, done.stdout) == (Exit.DATABASE, "")
        assert told in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
    del site.pages[city_lite]
    done = run("dbip-city-lite", "--month", "2024-02")
    assert "the file of 2024-02 is not there" in done.stderr


@pytest.mark.usefixtures("data")
def test_ctrl_c_keeps_the_part_and_says_so(
    city_lite: str, site: Site, page: type[Page], dbip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages[city_lite] = page(dbip)

    def stop(_live: object, done: int, _total: int | None) -> None:
        if done:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("attribution.cli.transfer.Transfer.bytes_done", stop)
        done = run("dbip-city-lite", "--month", "2024-02")
    assert done.exit_code == Exit.INTERRUPTED
    assert "are kept; to go on from there, give the same command again" in done.stderr
    assert partial_path("dbip-city-lite").stat().st_size > 0
    assert run("dbip-city-lite", "--month", "2024-02").exit_code == Exit.DONE
    assert not partial_path("dbip-city-lite").exists()


def test_the_key_is_in_no_output_and_in_no_file(
    data: Path,
    pointed: Pointed,
    site: Site,
    other_site: Site,
    page: type[Page],
    make_tar: MakeTar,
    asn: Path,
    patience: Patience,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download, "Patience", lambda: patience)
    pointed("geolite2-asn", url=site.url + "a?suffix=tar.gz", checksum_url=site.url + "a?suffix=tar.gz.sha256")
    tar = make_tar({"GeoLite2-ASN_1/GeoLite2-ASN.mmdb": asn.read_bytes()})
    site.pages["a?suffix=tar.gz"] = page(key=f"Basic {BASIC}", location=other_site.url + "signed?X-Signature=abc")
    site.pages["a?suffix=tar.gz.sha256"] = page(hashlib.sha256(tar).hexdigest().encode(), key=f"Basic {BASIC}")
    other_site.pages["signed?X-Signature=abc"] = page(tar, faults=["cut 300", 500, 500, 500])
    environment = {"ATTRIBUTION_ACCOUNT_ID": "123456", "ATTRIBUTION_LICENCE_KEY": KEY}
    outputs = []
    for arguments, settings, code in (
        (("--accept-licence",), environment, Exit.DATABASE),  # cut off
        (("--accept-licence",), environment, Exit.DONE),  # gone on with
        (("--accept-licence", "--json"), environment, Exit.DONE),  # nothing newer
        (("--accept-licence", "--account-id", "123456", "--licence-key", KEY + "-wrong"), {}, Exit.DATABASE),
        (("--account-id", "123456", "--licence-key", KEY), {}, Exit.USAGE),  # not agreed
    ):
        done = run("geolite2-asn", *arguments, **settings)
        assert done.exit_code == code, done.output
        outputs.append(done.output)
    assert [item.name for item in installed()] == ["geolite2-asn"]
    kept = b"".join(path.read_bytes() for path in data.iterdir())
    for secret in (KEY, BASIC, "X-Signature"):
        assert secret not in "".join(outputs)
        assert secret.encode() not in kept
    assert all(fields["Authorization"] is None for _, fields in other_site.asked)
    assert "bytes=300-" in other_site.ranges_asked()
