from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import attribution
from attribution.claims import ClaimsFileError, check_claims
from tests.claims.made_case import claims_of, made_case

if TYPE_CHECKING:
    from pathlib import Path

    from attribution import Case

COUNT = 'kind = "count", of = "messages", op = "at-least", value = '
HOSTILE = "<img src=x onerror=alert(1)> \\u202e http://claims.example/"


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return made_case(tmp_path / "case", {"198.51.100.1": 4, "198.51.100.2": 3})


def test_a_file_is_named_by_its_path_or_by_the_name_of_one_that_comes_with_the_program(
    case: Case, tmp_path: Path
) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[about]\ntitle = "Seven"\nsource = "page 1"\npublished = 2024-02-01\nwho = "Example"\n'
        f'[[claim]]\nid = "seven"\nwording = "seven"\nsource = "page 1"\npredicate = {{ {COUNT}7 }}\n'
    )
    assert [rating.verdict for _, rating in attribution.check_claims(case, own).ratings] == ["supported"]
    assert attribution.check_claims(case, str(own)).file.about.title == "Seven"
    assert attribution.check_claims(case, "proofpoint-2014").file.about.who == "Proofpoint, Inc."


def test_a_file_that_is_not_there_names_those_that_come_with_the_program(case: Case) -> None:
    with pytest.raises(attribution.InputNotFoundError, match="proofpoint-2014, symantec-2014"):
        check_claims(case, "proofpoint-2041")


def test_the_faults_of_a_file_are_on_the_error(case: Case, tmp_path: Path) -> None:
    (tmp_path / "faulty.toml").write_text("[about]\ntitle = 3\n")
    with pytest.raises(ClaimsFileError) as error:
        check_claims(case, tmp_path / "faulty.toml")
    assert any(problem.startswith(f"{tmp_path / 'faulty.toml'}:2: ") for problem in error.value.problems)


def test_a_notebook_shows_verdicts_figures_and_what_they_suppose(case: Case) -> None:
    page = check_claims(case, claims_of(COUNT + "7", COUNT + "8"))._repr_html_()
    assert "<td>supported</td><td>7</td>" in page
    assert "<td>contradicted</td><td>7</td>" in page
    assert "<li>" in page
    assert "Supported means that the mail of this case is as the claim says" in page


def test_in_a_shell_it_is_a_line(case: Case) -> None:
    text = repr(check_claims(case, claims_of(COUNT + "7", COUNT + "8", COUNT + "6")))
    assert text.endswith(": 1 contradicted, 2 supported>")
    assert "\n" not in text


def test_nothing_of_a_file_acts_in_a_notebook(case: Case, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        f'[about]\ntitle = "{HOSTILE}"\nsource = "{HOSTILE}"\npublished = 2024-02-01\nwho = "{HOSTILE}"\n'
        f'[[claim]]\nid = "seven"\nwording = "{HOSTILE}"\nsource = "page 1"\npredicate = {{ {COUNT}7 }}\n'
    )
    page = check_claims(case, own)._repr_html_()
    assert "&lt;img" in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "http://claims.example" not in page
