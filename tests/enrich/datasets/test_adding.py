from __future__ import annotations

import errno
import gzip
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from attribution.enrich import (
    add,
    available,
    credit,
    find_databases,
    install,
    installed,
    installed_nmap_probes,
    installed_recog,
    open_database,
    remove,
)
from attribution.enrich.datasets import partial_path
from attribution.errors import DatabaseError, InstallError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

XML = b"<fingerprints matches='ftp.banner'><fingerprint pattern='^A$'></fingerprint></fingerprints>"
PROBES = "Probe TCP NULL q||\nmatch http m|^Cam A1$| p/Cam/ d/webcam/\nmatch ftp m|^x$| p/no device/\n"
TABLE = b"198.51.100.0\t24\t64500\n"
FORMS = {
    "mine.tsv": b"198.51.100.0\t198.51.100.255\t64500\tDE\tEXAMPLE-NET\n",
    "mine.tsv.gz": gzip.compress(b"198.51.100.0\t198.51.100.255\t64500\tDE\tEXAMPLE-NET\n"),
    "mine.dat": b"; IP-ASN32-DAT file\n198.51.100.0/24\t64500\n",
    "mine.pfx2as.gz": gzip.compress(TABLE),
    "mine.csv": b"network,asn\n198.51.100.0/24,64500\n",
}


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def recog(tmp_path: Path) -> Path:
    folder = tmp_path / "recog-main"
    (folder / "xml").mkdir(parents=True)
    (folder / "xml" / "ftp_banners.xml").write_bytes(XML)
    (folder / "xml" / "notes.txt").write_text("not taken")
    (folder / "LICENSE").write_text("licence")
    (folder / "README.md").write_text("not taken")
    return folder


@pytest.fixture
def probes(tmp_path: Path) -> Path:
    path = tmp_path / "nmap-service-probes"
    path.write_text(PROBES)
    return path


def test_recog_is_added_from_the_folder_of_the_project(data: Path, recog: Path) -> None:
    done = add("recog", recog)
    assert names_in(data) == ["recog", "recog.json"]
    assert names_in(data / "recog") == ["LICENSE", "ftp_banners.xml"]
    assert (done.name, done.fingerprints, done.licence, done.build) == ("recog", 1, "BSD-2-Clause", None)
    assert done.url == "recog-main"
    assert installed() == [done]
    assert installed_recog() == data / "recog"
    assert done.verify()


def test_recog_is_added_from_a_folder_of_xml_files(data: Path, recog: Path) -> None:
    (recog / "xml" / "COPYING").write_text("licence")
    add("recog", recog / "xml")
    # What lies above the folder that was given is none of it.
    assert names_in(data / "recog") == ["COPYING", "ftp_banners.xml"]


@pytest.mark.usefixtures("data")
def test_all_fingerprints_of_the_real_recog_are_added(shared: Path) -> None:
    done = add("recog", shared / "banners" / "recog")
    assert done.fingerprints is not None
    assert done.fingerprints > 4_000
    assert done.verify()
    assert "recog/COPYING" in done.files
    assert len(done.files) > 40


def test_a_recog_that_cannot_be_used_leaves_the_one_that_is_there(data: Path, recog: Path) -> None:
    done = add("recog", recog)
    (recog / "xml" / "bad.xml").write_bytes(b"<fingerprints")
    with pytest.raises(InstallError, match="cannot be read"):
        add("recog", recog)
    (recog / "xml" / "bad.xml").unlink()
    (recog / "xml" / "ftp_banners.xml").write_bytes(b"<fingerprints/>")
    with pytest.raises(InstallError, match="no fingerprint"):
        add("recog", recog)
    assert installed() == [done]
    assert done.verify()
    assert names_in(data) == ["recog", "recog.json"]


def test_nmaps_probes_are_copied_and_their_lines_counted(data: Path, probes: Path) -> None:
    assert installed_nmap_probes() is None
    done = add("nmap-probes", probes)
    assert (done.fingerprints, done.licence) == (1, "Nmap Public Source License")
    assert installed_nmap_probes() == data / "nmap-service-probes"
    probes.unlink()
    assert done.verify()
    assert installed() == [done]


@pytest.mark.usefixtures("data")
def test_what_is_not_nmaps_file_is_refused(tmp_path: Path, probes: Path) -> None:
    (tmp_path / "other").write_text("something else\n")
    with pytest.raises(InstallError, match="no line of nmap's that names a device"):
        add("nmap-probes", tmp_path / "other")
    with pytest.raises(UsageError, match="is no file"):
        add("nmap-probes", tmp_path)
    with pytest.raises(UsageError, match=r"is no folder.*data install recog --from FILE"):
        add("recog", probes)
    with pytest.raises(UsageError, match="holds no XML files"):
        add("recog", tmp_path)


def test_an_mmdb_of_the_users_own_is_added(data: Path, city: Path) -> None:
    done = add(None, city)
    assert (done.name, done.licence, done.attribution) == ("city.mmdb", "", "")
    assert done.title == "GeoLite2-City city.mmdb"
    assert done.build == datetime(2024, 3, 1, tzinfo=UTC)
    assert names_in(data) == ["city.mmdb", "city.mmdb.json"]
    assert data / "city.mmdb" in find_databases()
    assert installed() == [done]
    with open_database(done.path) as database:
        assert credit(database) == {}
    with pytest.raises(UsageError, match="says itself that it was built on 2024-03-01"):
        add(None, city, built=date(2024, 1, 1))
    assert installed() == [done]


@pytest.mark.parametrize("name", FORMS)
def test_a_table_of_every_known_form_is_added_with_the_date_that_is_given(
    data: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(FORMS[name])
    assert add(None, path).build is None
    done = add(None, path, built=date(2014, 1, 15))
    assert done.build == datetime(2014, 1, 15, tzinfo=UTC)
    assert done.path == data / name
    assert done.path in find_databases()
    with open_database(done.path) as database:
        assert database.build == done.build
        network, _ = database.read("198.51.100.7")
        assert network is not None
        assert network.asn == 64500


@pytest.mark.usefixtures("data")
def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    for name, content in (("a.mmdb", b"x"), ("a.csv", b"just,words\n"), ("a.dat", b"\0\1")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DatabaseError):
            add(None, tmp_path / name)
    assert installed() == []


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("name", ["a.zip", "mmdb", ".a.mmdb", "-a.mmdb", "a\x1b.mmdb", "á.mmdb"])
def test_a_file_that_is_not_called_like_a_database_is_refused(tmp_path: Path, city: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(city.read_bytes())
    with pytest.raises(UsageError, match="not called like an IP database") as caught:
        add(None, path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "name", ["ipinfo_lite.mmdb", "iptoasn.tsv.gz", "routeviews-2014-01.pfx2as.gz", "GEOLITE2-CITY.mmdb"]
)
def test_the_name_of_what_is_installed_is_not_taken(data: Path, tmp_path: Path, city: Path, name: str) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / name).write_bytes(city.read_bytes())
    with pytest.raises(UsageError, match="is what `attribution data install"):
        add(None, folder / name)
    assert names_in(data) == []


def test_a_file_that_lies_there_of_itself_is_left_alone(data: Path, city: Path) -> None:
    data.mkdir()
    (data / "city.mmdb").write_bytes(b"mine")
    for path in (city, data / "city.mmdb"):
        with pytest.raises(UsageError, match="was not put there by `data add`"):
            add(None, path)
    assert (data / "city.mmdb").read_bytes() == b"mine"


@pytest.mark.usefixtures("data")
def test_a_call_that_makes_no_sense_is_told(tmp_path: Path, city: Path, probes: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        add(None, tmp_path / "absent.mmdb")
    with pytest.raises(UsageError, match=r"is no file.*recog \(a folder\)"):
        add(None, tmp_path)
    with pytest.raises(UsageError, match=r"data install dbip-city-lite --from FILE"):
        add("dbip-city-lite", city)
    with pytest.raises(UsageError, match="There is no data set 'geoip'"):
        add("geoip", city)
    with pytest.raises(UsageError, match="--built is for IP databases"):
        add("nmap-probes", probes, built=date(2014, 1, 1))
    (tmp_path / "a.csv").write_bytes(FORMS["mine.csv"])
    with pytest.raises(UsageError, match="has not come yet"):
        add(None, tmp_path / "a.csv", built=date(2999, 1, 1))


# --- remove


def test_what_was_put_there_is_removed_and_nothing_else(data: Path, recog: Path, probes: Path, city: Path) -> None:
    add("recog", recog)
    add("nmap-probes", probes)
    add(None, city)
    (data / "other.mmdb").write_bytes(b"mine")
    gone = remove("recog")
    assert [path.name for path in gone] == ["recog.json", "LICENSE", "ftp_banners.xml"]
    assert not (data / "recog").exists()
    remove("nmap-probes")
    remove("city.mmdb")
    assert names_in(data) == ["other.mmdb"]
    assert recog.exists()
    assert probes.exists()
    assert city.exists()


def test_what_the_user_put_into_the_folder_stays(data: Path, recog: Path) -> None:
    add("recog", recog)
    (data / "recog" / "mine.txt").write_text("mine")
    remove("recog")
    assert names_in(data / "recog") == ["mine.txt"]
    assert installed() == []


def test_a_data_set_goes_with_its_record_and_the_rest_of_a_download(data: Path, lite: Path) -> None:
    install("ipinfo-lite", source=lite)
    partial_path("ipinfo-lite").write_bytes(b"part")
    assert [path.name for path in remove("ipinfo-lite")] == [
        "ipinfo_lite.mmdb.json",
        "ipinfo_lite.mmdb",
        ".ipinfo-lite.part",
    ]
    assert names_in(data) == []


def test_a_month_is_named_where_there_are_several(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "table"
    path.write_bytes(TABLE)
    for month in ("2014-01", "2014-02"):
        install("routeviews", source=path, month=month, accept_licence=True)
    with pytest.raises(UsageError, match=r"is installed for 2014-01, 2014-02: say with --month"):
        remove("routeviews")
    with pytest.raises(UsageError, match="no routeviews of 2013-12 to remove"):
        remove("routeviews", "2013-12")
    remove("routeviews", "2014-01")
    assert [item.month for item in installed()] == ["2014-02"]
    remove("routeviews")
    assert names_in(data) == []


@pytest.mark.usefixtures("data")
def test_what_is_not_there_cannot_be_removed() -> None:
    for item in available():
        with pytest.raises(UsageError, match="is not installed"):
            remove(item.name)
    with pytest.raises(UsageError, match=r"no .*x1b.* to remove; installed is: nothing") as caught:
        remove("x\x1b")
    assert str(caught.value).isprintable()


def test_a_link_in_the_place_of_a_file_is_removed_and_not_what_it_leads_to(
    data: Path, tmp_path: Path, city: Path
) -> None:
    add(None, city)
    target = tmp_path / "precious"
    target.write_bytes(b"precious")
    (data / "city.mmdb").unlink()
    (data / "city.mmdb").symlink_to(target)
    remove("city.mmdb")
    assert target.read_bytes() == b"precious"
    assert names_in(data) == []


def test_the_records_and_files_of_others_are_left_alone(data: Path, tmp_path: Path, recog: Path) -> None:
    # The record of a file was once named after its stem: `recog.json` could be one of `recog.csv`.
    add("recog", recog)
    for name in ("recog.csv", "a.tsv", "a.tsv.gz"):
        (tmp_path / name).write_bytes(gzip.compress(TABLE) if name.endswith(".gz") else TABLE)
        add(None, tmp_path / name)
    (data / "a.json").write_text("mine")
    assert [item.name for item in installed()] == ["recog", "a.tsv", "a.tsv.gz", "recog.csv"]
    remove("a.tsv.gz")
    remove("recog.csv")
    assert [item.name for item in installed()] == ["recog", "a.tsv"]
    add(None, tmp_path / "a.tsv")
    assert (data / "a.json").read_text() == "mine"


def test_nothing_is_put_or_removed_behind_a_link(data: Path, tmp_path: Path, recog: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    data.mkdir(exist_ok=True)
    (data / "recog").symlink_to(outside)
    with pytest.raises(InstallError, match="is a link"):
        add("recog", recog)
    assert list(outside.iterdir()) == []
    (data / "recog").unlink()
    done = add("recog", recog)
    (data / "recog").rename(tmp_path / "moved")
    (data / "recog").symlink_to(tmp_path / "moved")
    remove("recog")
    assert all((tmp_path / "moved" / name.partition("/")[2]).is_file() for name in done.files)


@pytest.mark.usefixtures("data")
def test_a_full_disk_leaves_what_was_there(recog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = add("recog", recog)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("attribution.enrich.datasets.placing.write_record", full)
    with pytest.raises(InstallError, match="No space left"):
        add("recog", recog)
    assert installed() == [done]
    assert done.verify()


def test_a_folder_that_would_fill_the_disk_is_not_copied(recog: Path) -> None:
    with next(recog.rglob("*.xml")).open("r+b") as sparse:
        sparse.truncate(1 << 40)
    with pytest.raises(InstallError, match="larger than"):
        add("recog", recog)


@pytest.mark.usefixtures("data")
def test_the_day_may_be_given_where_the_name_has_the_month(tmp_path: Path) -> None:
    path = tmp_path / "ipasn-2014-01.dat"
    path.write_bytes(FORMS["mine.dat"])
    with pytest.raises(UsageError, match="says itself that it was built on 2014-01-01"):
        add(None, path, built=date(2014, 2, 15))
    done = add(None, path, built=date(2014, 1, 15))
    assert done.build == datetime(2014, 1, 15, tzinfo=UTC)
    with open_database(done.path) as database:
        assert database.build == done.build
