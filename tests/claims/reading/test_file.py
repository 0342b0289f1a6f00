"""Claims files as files: which are read, and those that come with the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attribution.claims import ClaimsFileError, packaged, read_claims
from attribution.claims.reading import MAX_BYTES
from attribution.errors import InputNotFoundError

if TYPE_CHECKING:
    from pathlib import Path


def test_files_that_are_no_claims_files(tmp_path: Path) -> None:
    large, latin = tmp_path / "large.toml", tmp_path / "latin.toml"
    large.write_bytes(b"#" * (MAX_BYTES + 1))
    latin.write_bytes(b'[about]\ntitle = "\xe9"\n')
    for path, says in ((large, "larger than"), (latin, "latin.toml:2: not UTF-8"), (tmp_path, "no regular file")):
        with pytest.raises(ClaimsFileError, match=says):
            read_claims(path)
    with pytest.raises(InputNotFoundError, match="proofpoint-2014"):
        read_claims(tmp_path / "none.toml")


@pytest.mark.parametrize("name", ["../data/proofpoint-2014", "proofpoint-2014.toml", "", "../reading"])
def test_only_the_name_alone_stands_for_a_file_of_the_program(name: str) -> None:
    with pytest.raises((InputNotFoundError, ClaimsFileError)):
        read_claims(name)


def test_the_files_of_the_program_are_valid() -> None:
    assert "proofpoint-2014" in packaged()
    for path in packaged().values():
        assert read_claims(path).claims
    assert len(read_claims("proofpoint-2014").claims) == 17


def test_the_files_of_the_program_say_no_more_than_their_sources() -> None:
    first, second = read_claims("proofpoint-2014"), read_claims("symantec-2014")
    wordings = {claim.id: claim.wording for claim in (*first.claims, *second.claims)}
    # The operator comes from the file, "more than" is the text's: beside each other they must not be one.
    assert wordings["messages"] == "750,000 malicious mails; the text says more than that"
    assert wordings["burst-size"].startswith("typically ")
    assert wordings["bursts-per-day"].startswith("typically ")
    assert "some of the computers" in wordings["malware"]
    assert wordings["devices-only-answer"].startswith("the explanation: ")
    assert "is its explanation" in (first.about.notes or "")
    assert "more than a quarter" in (first.about.notes or "")
    assert "day of publication is not verified" in (second.about.notes or "")
    # A terminal shows 500 characters of a text.
    assert all(len(found.about.notes or "") <= 500 for found in (first, second))
