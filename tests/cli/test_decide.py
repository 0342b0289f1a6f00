"""`pin` and `cut`: what they write down, refuse, and print."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from attribution import pipeline
from attribution.case import Case, open_case
from attribution.cli.exits import Exit
from attribution.cli.main import attribution
from attribution.decisions import decide, read_decisions
from attribution.errors import CaseError
from attribution.tables import CAMPAIGNS, MESSAGES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

A, B, C, LONE = 5577006791947779410, 6129484611666145821, 8674665223082153551, 4037200794235010051
DIGEST = "de7eab8115ea490a6d45919937d1bd6d762a1a02ff5ef071b1772f69a40a5edd"


def write_tables(case: Path, membership: dict[int, int | None], names: dict[int, str] | None = None) -> None:
    """Write a case of these messages, by the campaign that holds them."""
    digests = {B: DIGEST}
    rows: dict[str, list[dict[str, Any]]] = {
        "messages": [
            {
                "message": key,
                "campaign": campaign,
                "sha256": digests.get(key, f"{key:064x}"),
                "header_message_id": f"{key}@example.org",
            }
            for key, campaign in membership.items()
        ],
        "campaigns": [
            {"campaign": key, "messages": list(membership.values()).count(key), "name": (names or {}).get(key)}
            for key in sorted({campaign for campaign in membership.values() if campaign is not None})
        ],
    }
    for name, schema in (("messages", MESSAGES), ("campaigns", CAMPAIGNS)):
        (case / name).mkdir(parents=True, exist_ok=True)
        filled = [{**dict.fromkeys(schema.names), **row} for row in rows[name]]
        pq.write_table(pa.Table.from_pylist(filled, schema=schema), case / name / "part-0.parquet")
    (case / "run.json").write_text("{}", encoding="utf-8")


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a case of two campaigns, A with B, and C with another, and one message in none."""
    monkeypatch.chdir(tmp_path)
    write_tables(tmp_path / "case", {A: A, B: A, C: C, C + 1: C, LONE: None}, {C: "Tax\x1b[2J"})
    return tmp_path / "case"


@pytest.fixture(autouse=True)
def regroup(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Put in place of the search for campaigns one that holds together what was pinned; give the cases it was for."""
    asked: list[Path] = []

    def search(path: Path, *, progress: Callable[..., None], notice: Callable[[str], None]) -> Case:
        assert callable(progress)
        notice("Searching again")
        asked.append(path)
        decisions = read_decisions(path / "decisions.toml")
        membership = {A: A, B: A, C: C, C + 1: C, LONE: None}
        for one, other in decisions.together:
            first, last = sorted(membership[key] or key for key in (one, other))
            membership |= {key: first for key, campaign in membership.items() if (campaign or key) in (first, last)}
        if decisions.apart:
            membership |= {A: None, B: None}
        write_tables(path, membership, dict(decisions.names))
        return open_case(path)

    monkeypatch.setattr(pipeline, "regroup_case", search, raising=False)
    return asked


def call(line: str) -> Result:
    """Run what a person types behind the program's name."""
    return CliRunner().invoke(attribution, shlex.split(line), prog_name="attribution")


def refused(line: str) -> str:
    """Return why a line is refused; nothing is printed as a result."""
    result = call(line)
    assert (result.exit_code, result.stdout) == (Exit.USAGE, "")
    (told,) = result.stderr.splitlines()
    return told


# What is written down


def test_messages_are_pinned_together_and_the_campaigns_found_again(case: Path, regroup: list[Path]) -> None:
    result = call(f'pin case {C} {A} --reason "same kit" --by "R. Diaz" --name "Parcel A"')
    assert result.exit_code == Exit.DONE, result.stderr
    (entry,) = read_decisions(case / "decisions.toml").entries
    assert (entry.action, entry.ids, entry.name, entry.by) == ("together", (C, A), "Parcel A", "R. Diaz")
    assert [path.name for path in regroup] == ["case"]
    assert result.stderr == "Searching again\n"
    assert "Decision 1 is in case/decisions.toml" in result.stdout
    lines = result.stdout.splitlines()
    assert [" ".join(line.split()) for line in lines if line.strip().startswith(("message", "before", "now"))] == [
        f"message {C}",
        f"before campaign {C} (Tax\\x1b[2J), 2 messages",
        f"now campaign {A}, 4 messages",
        f"message {A}",
        f"before campaign {A}, 2 messages",
        f"now campaign {A}, 4 messages",
    ]
    assert "attribution pin case --undo 1 --reason TEXT" in result.stdout


def test_a_campaign_is_named(case: Path) -> None:
    result = call(f'pin case {A} --name "Parcel A" --reason "as in report 12"')
    assert result.exit_code == Exit.DONE
    assert read_decisions(case / "decisions.toml").names == {A: "Parcel A"}
    assert f"campaign {A} (Parcel A), 2 messages" in result.stdout


def test_two_messages_are_kept_apart(case: Path) -> None:
    result = call(f'cut case {DIGEST[:10]} "<{A}@example.org>" --reason "a reply"')
    assert result.exit_code == Exit.DONE
    assert read_decisions(case / "decisions.toml").apart == ((B, A),)
    assert f"{B}, {A}" in result.stdout  # they fared alike
    assert "in no campaign" in result.stdout


def test_later_leaves_the_tables_alone(case: Path, regroup: list[Path]) -> None:
    result = call(f'pin case {A} {C} --reason "same kit" --later')
    assert result.exit_code == Exit.DONE
    assert len(read_decisions(case / "decisions.toml").entries) == 1
    assert regroup == []
    assert "attribution regroup case" in result.stdout
    assert "now" not in result.stdout


@pytest.mark.parametrize("command", ["pin", "cut"])
def test_either_command_withdraws(case: Path, command: str) -> None:
    call(f'pin case {A} {C} --reason "same kit"')
    result = call(f'{command} case --undo 1 --reason "another kit"')
    assert result.exit_code == Exit.DONE
    assert f"campaign {C}, 2 messages" in result.stdout
    read = read_decisions(case / "decisions.toml")
    assert (read.together, [entry.action for entry in read.entries]) == ((), ["together", "undo"])


@pytest.mark.usefixtures("case")
def test_the_result_as_json() -> None:
    printed = json.loads(call(f'pin case {LONE} {C} --reason "same kit" --json').stdout)
    assert printed["decision"]["ids"] == [LONE, C]
    assert printed["regrouped"] is True
    assert printed["messages"] == [
        {"message": LONE, "before": None, "after": {"campaign": LONE, "messages": 3, "name": None}},
        {
            "message": C,
            "before": {"campaign": C, "messages": 2, "name": "Tax\x1b[2J"},
            "after": {"campaign": LONE, "messages": 3, "name": None},
        },
    ]
    later = json.loads(call(f'cut case {A} {C} --reason "x" --later --json').stdout)
    assert (later["regrouped"], later["messages"][0]["after"]) == (False, None)


# The log


def test_the_log_shows_every_decision_and_nothing_in_it_acts(case: Path) -> None:
    log = case / "decisions.toml"
    decide(log, "together", [A, B, C, LONE, 7], "same kit\x1b[2J\nin all", by="R. Diaz")
    decide(log, "name", [A], "report 12", name="Parcel \u202eA")
    call('cut case --undo 1 --reason "another kit" --later')
    result = call("cut case --list")
    assert result.exit_code == Exit.DONE
    for part in ("together,", "withdrawn", "by 3", "and 2 more", "withdraws 1", "same kit\\x1b[2J\\nin", "R. Diaz"):
        assert part in result.stdout
    assert "name: Parcel \\u202eA" in result.stdout
    assert str(A) in result.stdout
    assert all(char.isprintable() or char == "\n" for char in result.stdout)
    assert call("pin case --list").stdout == result.stdout


def test_the_log_as_json(case: Path) -> None:
    decide(case / "decisions.toml", "apart", [A, C], "two shops")
    printed = json.loads(call("cut case --list --json").stdout)
    (entry,) = printed["decisions"]
    assert (entry["number"], entry["action"], entry["ids"], entry["reason"]) == (1, "apart", [A, C], "two shops")
    assert entry["time"].endswith("+00:00")


def test_a_log_that_is_not_there_is_told(case: Path) -> None:
    assert "No decision yet" in call("pin case --list").stdout
    assert json.loads(call("pin case --list --json").stdout)["decisions"] == []
    assert not (case / "decisions.toml").exists()


# What is refused, with nothing written


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("pin case", "Nothing to decide: give IDs, --undo N, or --list"),
        ("pin case --name X --reason x", "Nothing to decide"),
        (f"pin case {A} --reason x", "One ID alone says nothing"),
        (f"pin case {A} {C}", "a decision without a reason is refused"),
        (f"pin case {A} {C} --reason '  '", "a decision without a reason is refused"),
        ("cut case --undo 1", "a decision without a reason is refused"),
        ("cut case --undo 1 --reason x", "no decision 1"),
        (f"cut case {A} --reason x", "give two"),
        (f"cut case {A} {B} {C} --reason x", "give two"),
        (f"pin case {A} {C} --undo 1 --reason x", "different things to do"),
        ("pin case --name X --undo 1 --reason x", "different things to do"),
        ("pin case --list --undo 1", "different things to do"),
        (f"pin case {A} {A}@example.org --reason x", f"are one message, {A}"),
        (f"pin case {A} 12 --reason x", "12 is no message and no campaign"),
        (f"pin case {A} '\x1b[2J' --reason x", "\\x1b[2J is no message"),
        (f"pin case {LONE} --name X --reason x", "is in no campaign, so there is nothing to name"),
        (f"pin case {A} --name ' ' --reason x", "it has no name"),
        (f"pin case {A} {C} --reason 'caf\udce9'", "no UTF-8"),
        (f"cut case {A} {C} --name X --reason x", "--name"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_nothing_is_written(
    case: Path, regroup: list[Path], line: str, says: str
) -> None:
    assert says in refused(line)
    assert sorted(path.name for path in case.iterdir()) == ["campaigns", "messages", "run.json"]
    assert regroup == []


def test_what_contradicts_an_earlier_decision_is_refused(case: Path, regroup: list[Path]) -> None:
    decide(case / "decisions.toml", "together", [A, C], "same kit")
    before = (case / "decisions.toml").read_bytes()
    told = refused(f"cut case {C} {A} --reason 'two shops'")
    assert "decision 1" in told
    assert "nothing was written" in told
    assert "attribution pin case --undo 1" in told
    assert (case / "decisions.toml").read_bytes() == before
    assert regroup == []


def test_a_folder_that_is_no_case_is_told(tmp_path: Path) -> None:
    for line in (f"pin {tmp_path} 1 2 --reason x", f"cut {tmp_path} --list"):
        result = call(line)
        assert (result.exit_code, result.stdout) == (Exit.CASE, "")
        assert "is no case" in result.stderr


# What goes wrong afterwards


@pytest.mark.parametrize(
    ("problem", "code", "says"),
    [
        (CaseError("case/traits: a part cannot be read"), Exit.CASE, "error: case/traits: a part cannot be read: "),
        (KeyboardInterrupt(), Exit.INTERRUPTED, "interrupted: "),
        (ZeroDivisionError(), Exit.FAILED, ""),
    ],
)
def test_a_decision_is_kept_whatever_becomes_of_the_search(
    case: Path, monkeypatch: pytest.MonkeyPatch, problem: BaseException, code: Exit, says: str
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise problem

    monkeypatch.setattr(pipeline, "regroup_case", fail, raising=False)
    result = call(f"pin case {A} {C} --reason 'same kit'")
    assert (result.exit_code, result.stdout) == (code, "")
    assert f"{says}the decision is kept; run: attribution regroup case" in result.stderr
    assert len(read_decisions(case / "decisions.toml").entries) == 1


def test_ctrl_c_while_the_decision_is_written_says_where_to_look(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("attribution.decisions.decide", stop)
    result = call(f"pin case {A} {C} --reason 'same kit'")
    assert result.exit_code == Exit.INTERRUPTED
    assert "attribution pin case --list" in result.stderr
    assert not (case / "decisions.toml").exists()


@pytest.mark.parametrize("command", ["pin", "cut"])
def test_the_help_shows_examples_and_says_that_a_reason_is_needed(command: str) -> None:
    text = call(f"{command} --help").stdout
    assert f"attribution {command} case" in text.partition("Examples:")[2]
    assert "must have one" in " ".join(text.split())
