from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from attribution import enrich
from attribution.cli import data as module
from attribution.cli.exits import Exit
from attribution.cli.main import attribution
from attribution.cli.transfer import Transfer

if TYPE_CHECKING:
    from click.testing import Result

    from tests.cli.conftest import Invoke, Sheet

SAMPLE = Path(__file__).parents[2] / "samples" / "databases" / "sample-city.mmdb"
XML = b"<fingerprints matches='ftp.banner'><fingerprint pattern='^A$'></fingerprint></fingerprints>"
PFX2AS = b"198.51.100.0\t24\t64500\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the data folder."""
    monkeypatch.setenv("ATTRIBUTION_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def recog(tmp_path: Path) -> Path:
    path = tmp_path / "xml"
    path.mkdir()
    (path / "a.xml").write_bytes(XML)
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "routeviews-rv2-20140115-1200.pfx2as.gz"
    path.write_bytes(gzip.compress(PFX2AS))
    return path


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_is_terminal", lambda: True)


def asked(answer: str, *arguments: object) -> Result:
    """Run a command whose questions are answered."""
    return CliRunner().invoke(attribution, [str(argument) for argument in arguments], input=answer)


# --- list


def test_the_list_names_the_terms_and_how_to_get_each(invoke: Invoke) -> None:
    done = invoke("data", "list")
    assert done.exit_code == Exit.DONE, done.stderr
    for part in (
        "CC-BY-SA-4.0",
        "attribution data install ipinfo-lite",
        "attribution data install routeviews --month 2014-01",
        "attribution data add nmap-probes FILE",
        "GeoLite2 End User License Agreement (https://www.maxmind.com/en/geolite2/eula)",
    ):
        assert part in done.stdout
    entries = json.loads(invoke("data", "list", "--json").stdout)
    assert [entry["name"] for entry in entries] == [item.name for item in enrich.available()]
    assert all(entry["installed"] == [] and entry["licence"] for entry in entries)


def test_the_list_shows_what_is_installed_and_added(invoke: Invoke, folder: Path, recog: Path, table: Path) -> None:
    invoke("data", "add", "recog", recog)
    invoke("data", "add", SAMPLE)
    invoke("data", "install", "routeviews", "--from", table, "--accept-licence")
    shown = invoke("data", "list").stdout
    assert f"{folder / 'recog'}, build date not stated, 0.0 MiB, fingerprints: 1" in shown
    assert f"{folder / 'routeviews-2014-01.pfx2as.gz'}, built 2014-01-15 (" in shown
    assert f"sample-city.mmdb: {enrich.installed()[-1].title}, added by you" in shown
    assert "checksum" not in shown
    entries = {entry["name"]: entry for entry in json.loads(invoke("data", "list", "--json").stdout)}
    (one,) = entries["routeviews"]["installed"]
    assert (one["month"], one["build"], one["verified"]) == ("2014-01", "2014-01-15T12:00:00+00:00", None)
    assert one["path"] == str(folder / "routeviews-2014-01.pfx2as.gz")
    assert entries["sample-city.mmdb"]["licence"] is None
    assert entries["sample-city.mmdb"].keys() == entries["recog"].keys()


def test_a_check_reads_every_file(invoke: Invoke, folder: Path, recog: Path) -> None:
    invoke("data", "add", "recog", recog)
    done = invoke("data", "list", "--check")
    assert "its checksum is that of its record" in done.stdout
    assert done.exit_code == Exit.DONE
    (folder / "recog" / "a.xml").write_bytes(XML + b" ")
    done = invoke("data", "list", "--check")
    assert "its checksum DIFFERS" in done.stdout
    assert done.exit_code == Exit.DATABASE
    assert invoke("data", "list").exit_code == Exit.DONE
    done = invoke("data", "list", "--check", "--json")
    assert done.exit_code == Exit.DATABASE
    entries = {entry["name"]: entry for entry in json.loads(done.stdout)}
    assert entries["recog"]["installed"][0]["verified"] is False


# --- install


def test_a_name_that_there_is_not_is_wrong_usage(invoke: Invoke) -> None:
    done = invoke("data", "install", "no\x1bsuch")
    assert (done.exit_code, done.stdout) == (Exit.USAGE, "")
    assert "ipinfo-lite" in done.stderr
    assert done.stderr.rstrip("\n").isprintable()


@pytest.mark.parametrize("option", ["--wheel", "--from"])
def test_what_cannot_be_installed_has_the_code_of_databases(invoke: Invoke, tmp_path: Path, option: str) -> None:
    wheel = tmp_path / "parsedmarc-1.0-py3-none-any.whl"
    wheel.write_bytes(b"no wheel")
    for name in (wheel, tmp_path / "missing.whl"):
        done = invoke("data", "install", "ipinfo-lite", option, name)
        assert (done.exit_code, done.stdout) == (Exit.DATABASE, "")
        assert "Traceback" not in done.stderr
    both = invoke("data", "install", "ipinfo-lite", "--wheel", wheel, "--from", wheel)
    assert both.exit_code == Exit.USAGE


@pytest.mark.parametrize("option", ["--wheel", "--from"])
def test_a_variable_that_is_not_set_does_not_lead_to_the_network(invoke: Invoke, option: str) -> None:
    done = invoke("data", "install", "ipinfo-lite", option, "")
    assert (done.exit_code, done.stdout) == (Exit.USAGE, "")
    assert "is empty" in done.stderr


@pytest.mark.usefixtures("folder")
def test_the_licence_is_shown_before_and_after(invoke: Invoke, table: Path) -> None:
    done = invoke("data", "install", "routeviews", "--from", table, "--accept-licence")
    assert done.exit_code == Exit.DONE, done.stderr
    for text in (done.stderr, done.stdout):
        for part in ("CAIDA Acceptable Use Agreement", "https://www.caida.org/", "The CAIDA UCSD RouteViews"):
            assert part in text
    result = json.loads(invoke("data", "install", "routeviews", "--from", table, "--accept-licence", "--json").stdout)
    assert result["month"] == "2014-01"


@pytest.mark.usefixtures("folder")
def test_a_licence_that_asks_for_agreement_needs_the_option_where_nobody_can_be_asked(
    invoke: Invoke, table: Path
) -> None:
    done = invoke("data", "install", "routeviews", "--from", table)
    assert (done.exit_code, done.stdout) == (Exit.USAGE, "")
    assert "CAIDA Acceptable Use Agreement" in done.stderr
    assert "--accept-licence" in done.stderr


@pytest.mark.usefixtures("folder", "on_terminal")
@pytest.mark.parametrize(("answer", "code"), [("y\n", Exit.DONE), ("n\n", Exit.USAGE), ("\n", Exit.USAGE)])
def test_on_a_terminal_the_user_is_asked(table: Path, answer: str, code: Exit) -> None:
    done = asked(answer, "data", "install", "routeviews", "--from", table)
    assert "do you agree to it?" in done.stderr
    assert done.exit_code == code
    assert len(enrich.installed()) == (code == Exit.DONE)


@pytest.mark.usefixtures("folder")
def test_an_interruption_says_what_is_kept(invoke: Invoke, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(enrich, "install", interrupted)
    done = invoke("data", "install", "dbip-city-lite")
    assert done.exit_code == Exit.INTERRUPTED
    assert "interrupted: nothing was installed" in done.stderr
    folder.mkdir()
    (folder / ".dbip-city-lite.part").write_bytes(bytes(3 << 20))
    done = invoke("data", "install", "dbip-city-lite")
    assert done.exit_code == Exit.INTERRUPTED
    assert "the first 3.0 MiB are kept; to go on from there, give the same command again" in done.stderr


# --- add


@pytest.mark.usefixtures("folder")
def test_what_is_added_is_shown(invoke: Invoke, recog: Path, tmp_path: Path) -> None:
    done = invoke("data", "add", "recog", recog)
    assert done.exit_code == Exit.DONE, done.stderr
    assert "Recog is added." in done.stdout
    assert "BSD-2-Clause" in done.stdout
    (tmp_path / "a.csv").write_bytes(b"network,asn\n198.51.100.0/24,64500\n")
    result = json.loads(invoke("data", "add", tmp_path / "a.csv", "--built", "2014-01-15", "--json").stdout)
    assert (result["name"], result["build"]) == ("a.csv", "2014-01-15T00:00:00+00:00")


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_added_is_told(invoke: Invoke, recog: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.mmdb").write_bytes(b"x")
    for arguments, code, told in (
        (("recog",), Exit.USAGE, "Where it lies is missing"),
        (("recog", recog, recog), Exit.USAGE, "One thing is added at a time"),
        ((tmp_path / "absent.mmdb",), Exit.USAGE, "does not exist"),
        ((tmp_path / "bad.mmdb",), Exit.DATABASE, "error: bad.mmdb is"),
        ((SAMPLE, "--built", "soon"), Exit.USAGE, "soon"),
    ):
        done = invoke("data", "add", *arguments)
        assert (done.exit_code, done.stdout) == (code, "")
        assert told in done.stderr


# --- remove


def test_what_is_removed_is_told(invoke: Invoke, folder: Path) -> None:
    invoke("data", "add", SAMPLE)
    done = invoke("data", "remove", "sample-city.mmdb")
    assert done.exit_code == Exit.DONE, done.stderr
    assert f"removed {folder / 'sample-city.mmdb'}\n" in done.stdout
    assert list(folder.iterdir()) == []
    again = invoke("data", "remove", "sample-city.mmdb")
    assert (again.exit_code, again.stdout) == (Exit.USAGE, "")


@pytest.mark.usefixtures("on_terminal")
@pytest.mark.parametrize(
    ("arguments", "answer", "gone"), [((), "y\n", True), ((), "n\n", False), ((), "\n", False), (("--yes",), "", True)]
)
def test_on_a_terminal_removal_asks_first(
    invoke: Invoke, folder: Path, arguments: tuple[str, ...], answer: str, gone: bool
) -> None:
    invoke("data", "add", SAMPLE)
    done = asked(answer, "data", "remove", "sample-city.mmdb", *arguments)
    assert done.exit_code == Exit.DONE
    assert ("Nothing was removed" in done.stdout) is not gone
    assert (folder / "sample-city.mmdb").exists() is not gone


# --- progress of a download


def test_elsewhere_a_download_tells_quarters_on_lines_of_their_own(
    sheet: Sheet, capsys: pytest.CaptureFixture[str]
) -> None:
    with Transfer(sheet.console).running() as live:
        live.step("fetching")
        for done in range(0, 41 << 20, 1 << 20):
            live.bytes_done(done, 40 << 20)
        live.step("checking")
        live.bytes_done(100, 200)
    assert sheet.text == ""
    assert capsys.readouterr().err.splitlines() == [
        "fetching",
        "  10.0 MiB of 40.0 MiB",
        "  20.0 MiB of 40.0 MiB",
        "  30.0 MiB of 40.0 MiB",
        "  40.0 MiB of 40.0 MiB",
        "checking",
    ]


def test_where_the_length_is_not_known_a_line_comes_now_and_then(
    sheet: Sheet, capsys: pytest.CaptureFixture[str]
) -> None:
    with Transfer(sheet.console).running() as live:
        for done in range(0, 70 << 20, 1 << 20):
            live.bytes_done(done, None)
    assert capsys.readouterr().err.splitlines() == ["  32.0 MiB", "  64.0 MiB"]


def test_on_a_terminal_there_is_a_bar(make_sheet: type[Sheet]) -> None:
    sheet = make_sheet(terminal=True)
    with Transfer(sheet.console).running() as live:
        live.step("fetching \x1b[31mred")
        live.bytes_done(10 << 20, 40 << 20)
        live._bar.refresh()
    assert "fetching \\x1b[31mred" in sheet.text
    assert "10.0/40.0 MiB" in sheet.text


def test_the_age_is_told_in_days(folder: Path, invoke: Invoke) -> None:
    invoke("data", "add", SAMPLE)
    (item,) = enrich.installed()
    assert item.build is not None
    age = item.age_days(datetime(2026, 2, 11, tzinfo=UTC))
    assert age == 10
    assert folder.exists()
