from __future__ import annotations

from pathlib import Path

import pytest

from attribution.enrich.folders import (
    SYSTEM_FOLDERS,
    data_folder,
    databases_in,
    installed_nmap_probes,
    installed_recog,
    search_folders,
)
from attribution.errors import UsageError


def test_the_data_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ATTRIBUTION_DATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", "/somewhere/share")
    assert data_folder().name == "attribution"


def test_the_environment_names_another_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRIBUTION_DATA", "~/databases")
    assert data_folder() == Path.home() / "databases"


def test_the_data_folder_is_searched_before_those_of_the_system(data: Path) -> None:
    assert search_folders() == (data, *SYSTEM_FOLDERS)


def test_databases_are_files_that_end_in_mmdb(tmp_path: Path) -> None:
    for name in ("b.mmdb", "A.MMDB", "c.mmdb.gz", ".half.mmdb", "readme.txt"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.mmdb").mkdir()
    (tmp_path / "gone.mmdb").symlink_to(tmp_path / "nowhere")
    assert [path.name for path in databases_in(tmp_path)] == ["A.MMDB", "b.mmdb"]


def test_a_folder_that_is_absent_has_no_databases(tmp_path: Path) -> None:
    assert databases_in(tmp_path / "absent") == []


def test_recog_is_a_folder_with_xml_files_in_the_data_folder(data: Path) -> None:
    assert installed_recog() is None
    (data / "recog").mkdir(parents=True)
    (data / "recog" / "LICENSE").write_bytes(b"x")
    assert installed_recog() is None
    (data / "recog" / "a.xml").write_bytes(b"x")
    assert installed_recog() == data / "recog"


def test_nmaps_probes_are_a_file_in_the_data_folder(data: Path) -> None:
    assert installed_nmap_probes() is None
    data.mkdir()
    (data / "nmap-service-probes").write_bytes(b"x")
    assert installed_nmap_probes() == data / "nmap-service-probes"


def test_a_data_folder_of_nobody_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTRIBUTION_DATA", "~no-such-user-here/data")
    with pytest.raises(UsageError, match="no such user"):
        data_folder()
