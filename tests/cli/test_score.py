from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from attribution import analyze
from attribution.cli.exits import Exit
from attribution.simulate import simulate
from attribution.tables import LEADS, MESSAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Invoke

ROWS = [
    {
        "message": number,
        "sha256": f"{number:064x}",
        "source": "dump.mbox",
        "offset": number,
        "handover_ip": "192.0.2.2",
        "handover_grade": "vouched",
        "origin_grade": "none",
        "campaign": 1,
    }
    for number in range(4)
]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Write a case of four messages in one campaign, and a lead."""
    folder = tmp_path / "case"
    for name in ("messages", "leads"):
        (folder / name).mkdir(parents=True)
    (folder / "run.json").write_text("{}")
    pq.write_table(pa.Table.from_pylist(ROWS, MESSAGES), folder / "messages" / "part-00000.parquet")
    lead = {"lead": 1, "kind": "evidence", "campaign_a": 1, "message_a": 1, "message_b": 2}
    pq.write_table(pa.Table.from_pylist([lead], LEADS), folder / "leads" / "part-00000.parquet")
    return folder


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """Write the truth about them: one handover is wrong, and two campaigns are merged."""
    path = tmp_path / "truth.parquet"
    columns = {
        "sha256": [row["sha256"] for row in ROWS],
        "handover_ip": ["192.0.2.2", "192.0.2.2", "192.0.2.2", "198.51.100.7"],
        "campaign": ["pills\x1b[2J", "pills\x1b[2J", "loans", "loans"],
        "kind": ["bot\x1b[2J"] * 4,
    }
    pq.write_table(pa.table(columns), path)
    return path


def test_one_table_says_how_much_is_right(case: Path, truth: Path, invoke: Invoke) -> None:
    done = invoke("score", case, truth)
    assert done.exit_code == Exit.DONE
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "right 75.00 % 30.06 to 95.44 % 3 of 4" in lines
    assert "right where vouched 75.00 % 30.06 to 95.44 % 3 of 4" in lines
    assert "B-cubed precision 0.5000 4" in lines
    assert "that merge true ones 1" in lines
    assert "right by evidence 0.00 % 0.00 to 79.35 % 0 of 1" in lines
    assert "origin: the truth of messages has no column origin_ip" in lines


def test_what_the_truth_calls_things_cannot_act(case: Path, truth: Path, invoke: Invoke) -> None:
    shown = invoke("score", case, truth).stdout
    assert "\x1b" not in shown
    assert "campaign 1, 4 messages: 2 of loans, 2 of pills\\x1b[2J" in shown


def test_as_json(case: Path, truth: Path, invoke: Invoke) -> None:
    found = json.loads(invoke("score", case, truth, "--json").stdout)
    assert found["truth"] == ["truth.parquet"]
    assert (found["handover"]["right"], found["handover"]["wrong"]) == (3, 1)
    assert found["campaigns"]["all"]["precision"] == 0.5
    assert found["campaigns"]["merged"] == [
        {"campaign": 1, "messages": 4, "labels": ["loans", "pills\x1b[2J"], "sizes": [2, 2]}
    ]
    assert found["addresses"] is None
    assert {"part": "addresses", "reason": "the truth has no table of addresses"} in found["not_scored"]


def test_a_share_just_below_all_is_not_shown_as_all(case: Path, truth: Path, invoke: Invoke) -> None:
    rows = [{**ROWS[0], "message": number, "sha256": f"{number:064x}"} for number in range(30_000)]
    pq.write_table(pa.Table.from_pylist(rows, MESSAGES), case / "messages" / "part-00000.parquet")
    known = {"sha256": [row["sha256"] for row in rows], "handover_ip": ["192.0.2.2"] * 29_999 + ["198.51.100.7"]}
    pq.write_table(pa.table(known), truth)
    assert "99.99 %" in invoke("score", case, truth).stdout


@pytest.mark.parametrize(
    ("columns", "code", "words"),
    [
        ({"sha256": ["f" * 64]}, Exit.USAGE, "none of the 1 messages of the truth is among the 4 of the case"),
        ({"sha256": ["f" * 64], "source": ["dump.mbox"], "offset": [2]}, Exit.USAGE, "was changed after"),
        ({"sha256": ["xyz"]}, Exit.USAGE, "xyz is no SHA-256"),
        ({"hash": ["f" * 64]}, Exit.USAGE, "holds no truth"),
    ],
)
def test_truth_that_cannot_be_used_is_one_line_and_its_code(
    case: Path, truth: Path, invoke: Invoke, columns: dict[str, list[str]], code: Exit, words: str
) -> None:
    pq.write_table(pa.table(columns), truth)
    done = invoke("score", case, truth)
    assert (done.exit_code, done.stdout) == (code, "")
    (line,) = done.stderr.splitlines()
    assert words in line


def test_paths_that_are_not_there_are_one_line_and_their_code(case: Path, truth: Path, invoke: Invoke) -> None:
    no_case, no_truth = invoke("score", "missing", truth), invoke("score", case, "missing")
    assert (no_case.exit_code, no_truth.exit_code) == (Exit.CASE, Exit.USAGE)
    assert "missing does not exist" in no_truth.stderr


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make invented mail with all its truth, and a case of it that knows networks and devices."""
    folder = tmp_path_factory.mktemp("simulated")
    simulate("thingbot-2014", 600, 5, folder / "made", workers=1)
    made = folder / "made"
    analyze(
        made / "dump.mbox",
        out=folder / "case",
        trust=[str(made / "receiver.toml")],
        mmdb=[made / "databases" / "asn.mmdb", made / "databases" / "city.mmdb"],
        banners=[made / "scan"],
        workers=1,
    )
    return folder


def test_simulated_mail_is_scored_from_end_to_end(simulated: Path, invoke: Invoke) -> None:
    found = json.loads(invoke("score", simulated / "case", simulated / "made", "--json").stdout)
    assert found["truth"] == ["addresses.parquet", "messages.parquet"]
    assert found["messages"]["matched"] == found["messages"]["case"] == 600
    assert found["handover"]["accuracy"]["share"] > 0.99
    assert found["forged"]["harm"]["part"] == 0
    assert found["received_at"]["within_second"]["share"] > 0.99
    assert found["campaigns"]["all"]["precision"] > 0.95
    assert found["addresses"]["asn"]["accuracy"]["share"] > 0.99
    assert found["shares"]["senders"]["case"] == found["shares"]["senders"]["truth"]
    assert found["hosts"]["contains"]
    assert found["not_scored"] == []


def test_a_case_with_the_scan_of_another_world_is_told_and_scored(simulated: Path, invoke: Invoke) -> None:
    other = simulated / "nat"
    simulate("thingbot-2014", 600, 5, other, truth="nat", workers=1)
    done = invoke("score", simulated / "case", other, "--json")
    assert done.exit_code == Exit.DONE
    found = json.loads(done.stdout)
    (line,) = done.stderr.splitlines()
    assert line == f"warning: {found['warning']}"
    assert line.endswith(f"attribution enrich {simulated / 'case'} --banners {other / 'scan'}")
    scan = str(simulated / "made" / "scan" / "shodan.json.gz")
    assert (found["scan"]["same"], found["scan"]["others"]) == (False, [scan])
    assert invoke("score", simulated / "case", other).stderr == done.stderr
    # Nothing of devices is scored against the mail alone: what the scan was makes no difference.
    messages = pq.read_table(other / "truth" / "messages.parquet", columns=["sha256", "handover_ip"])
    for file in (other / "truth").iterdir():
        file.unlink()
    pq.write_table(messages, other / "truth" / "messages.parquet")
    assert invoke("score", simulated / "case", other).stderr == ""


def test_of_the_right_scan_and_of_truth_of_ones_own_nothing_is_said(
    simulated: Path, case: Path, truth: Path, invoke: Invoke
) -> None:
    done = invoke("score", simulated / "case", simulated / "made", "--json")
    assert (done.stderr, json.loads(done.stdout)["warning"], json.loads(done.stdout)["scan"]["same"]) == (
        "",
        None,
        True,
    )
    own = invoke("score", case, truth, "--json")
    assert (own.stderr, json.loads(own.stdout)["warning"], json.loads(own.stdout)["scan"]) == ("", None, None)


def test_every_part_has_its_place_in_the_table(simulated: Path, invoke: Invoke) -> None:
    lines = invoke("score", simulated / "case", simulated / "made").stdout.splitlines()
    titles = [line.strip() for line in lines if line.startswith("  ") and line[2:3].strip() and line[3:].strip()]
    wanted = [
        "Messages",
        "Handover address",
        "Origin address",
        "Origin where lines are forged",
        "Time of arrival",
        "Campaigns",
        "Groups against botnets",
        "Addresses that sent",
        "Whose banner shows a thing",
        "Whether things sent",
        "Hosts that sent",
    ]
    assert [title for title in titles if title in wanted] == wanted


def test_every_key_of_the_json_is_explained(simulated: Path, invoke: Invoke) -> None:
    found = json.loads(invoke("score", simulated / "case", simulated / "made", "--json").stdout)
    page = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "score-a-case.md").read_text("utf-8")
    explained = set(re.findall(r"`(\w+)`", page.split("## The figures in JSON")[1]))
    explained |= {f"{name}_many" for name in ("precision", "recall", "f1")}
    assert set(keys(found)) - explained == set()


def keys(value: object) -> Iterator[str]:
    """Give the keys of nested objects."""
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from keys(one)
