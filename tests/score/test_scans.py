"""Whether a case knows its devices from the scan of the simulation that a truth is from."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from attribution.score.scans import match_scans, scans_beside


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Write the folder of a simulation, without its mail."""
    folder = tmp_path / "made"
    for name in ("scan", "truth"):
        (folder / name).mkdir(parents=True)
    (folder / "simulation.json").write_text("{}")
    (folder / "scan" / "shodan.json.gz").write_bytes(b"one world")
    (folder / "truth" / "messages.parquet").write_bytes(b"")
    return folder


def run(*files: tuple[str, bytes]) -> dict[str, Any]:
    recorded = [{"path": path, "bytes": len(data), "sha256": sha256(data).hexdigest()} for path, data in files]
    return {"banners": {"files": recorded}}


@pytest.mark.parametrize("inside", ["", "truth", "truth/messages.parquet"])
def test_the_scan_is_found_from_wherever_the_truth_is_named(
    made: Path, inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made.parent)
    for path in (made / inside, Path("made") / inside):
        assert [file.name for file in scans_beside(path)] == ["shodan.json.gz"]


def test_truth_of_ones_own_belongs_to_no_scan(made: Path) -> None:
    own = made.parent / "known.parquet"
    own.write_bytes(b"")
    within = made / "scan" / "known.parquet"
    within.write_bytes(b"")
    assert scans_beside(own) == scans_beside(made.parent) == scans_beside(within) == ()
    (made / "simulation.json").unlink()
    assert scans_beside(made) == ()


def test_a_simulation_without_its_scan_cannot_be_compared(made: Path) -> None:
    (made / "scan" / "shodan.json.gz").unlink()
    (made / "scan").rmdir()
    assert scans_beside(made) == ()
    assert match_scans(run(("scan.json", b"one world")), ()) is None


def test_the_same_bytes_are_the_same_scan_whatever_their_name(made: Path) -> None:
    found = match_scans(run(("elsewhere/copy.json.gz", b"one world")), scans_beside(made))
    assert found is not None
    assert (found.same, found.others) == (True, ())


@pytest.mark.parametrize("other", [b"two world", b"another world"], ids=["of equal size", "of another size"])
def test_other_bytes_are_another_scan(made: Path, other: bytes) -> None:
    found = match_scans(run(("a.gz", b"one world"), ("b.gz", other)), scans_beside(made))
    assert found is not None
    assert (found.same, found.others, found.folder) == (False, ("b.gz",), str(made / "scan"))


def test_a_file_of_another_size_is_not_read(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_: Path) -> str:
        pytest.fail("it was read")

    monkeypatch.setattr("attribution.score.scans.sha256_of", read)
    found = match_scans(run(("b.gz", b"another world")), scans_beside(made))
    assert found is not None
    assert not found.same


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"banners": None},
        {"banners": {"files": []}},
        {"banners": {"files": "x"}},
        {"banners": {"files": ["x"]}},
        {"banners": {"files": [{"path": "gone.gz", "bytes": 9, "sha256": None}]}},
    ],
)
def test_what_the_case_does_not_say_cannot_be_compared(made: Path, record: dict[str, Any]) -> None:
    assert match_scans(record, scans_beside(made)) is None
