"""Two worlds that look alike in the mail: infected PCs behind routers, and things that send. The scan tells them apart.

The generator of the worlds was written from the specification by somebody who had not seen the program's comparison.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import attribution
from attribution.enrich import devices
from tests.enrich.planted import plant

if TYPE_CHECKING:
    from pathlib import Path

    from attribution import Case

NOT_SHOWN = "the data do not show things sending mail"
SHOWN = "clearly more often"


def analyzed(folder: Path, **planted: Any) -> Case:  # noqa: ANN401 (as `plant` takes them)
    made = plant(folder, **planted)
    return attribution.analyze(made.mail, out=folder / "case", mmdb=[made.mmdb], banners=[made.banners], workers=1)


def things(case: Case) -> Any:  # noqa: ANN401 (a frame)
    kinds = [kind.id for kind in devices.device_types().values() if kind.thing and not kind.weak]
    return case.messages[case.messages["device_type"].isin(kinds)]


@pytest.mark.parametrize("seed", range(3))
def test_infected_computers_behind_routers_are_not_taken_for_things(tmp_path: Path, seed: int) -> None:
    case = analyzed(tmp_path, world="pcs", seed=seed, scale=0.6)
    assert NOT_SHOWN in case.run["control"]["said"]
    assert SHOWN not in case.run["control"]["said"]
    assert set(things(case)["device_grade"]) <= {"opposed", "far"}


@pytest.mark.parametrize("seed", range(3))
def test_things_that_send_stand_out_from_their_neighbours(tmp_path: Path, seed: int) -> None:
    case = analyzed(tmp_path, world="things", seed=seed, scale=0.6)
    assert SHOWN in case.run["control"]["said"]
    assert NOT_SHOWN not in case.run["control"]["said"]
    assert {"near", "shared"} <= set(things(case)["device_grade"])


@pytest.mark.parametrize("world", ["pcs", "things"])
@pytest.mark.parametrize("style", ["no-control", "devices-only"])
def test_without_neighbours_that_answer_otherwise_nothing_is_said(tmp_path: Path, world: str, style: str) -> None:
    case = analyzed(tmp_path, world=world, seed=1, scale=0.4, style=style)
    assert case.run["control"]["things"]["verdict"] == "none"
    assert "cannot be judged" in case.run["control"]["said"]


@pytest.mark.benchmark
@pytest.mark.parametrize("world", ["pcs", "things"])
def test_twenty_seeds_of_each_world_are_told_rightly(
    tmp_path_factory: pytest.TempPathFactory, world: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = SHOWN if world == "things" else NOT_SHOWN
    said = [analyzed(tmp_path_factory.mktemp("seed"), world=world, seed=seed).run["control"] for seed in range(20)]
    with capsys.disabled():
        print(f"\n{world}: odds ratios {[round(control['things']['odds_ratio'], 2) for control in said]}")  # noqa: T201 (figures)
    assert [wanted in control["said"] for control in said] == [True] * 20
