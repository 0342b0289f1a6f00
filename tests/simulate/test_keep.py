from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from attribution.simulate.bots import Bots
from attribution.simulate.keep import keep, kept
from attribution.simulate.plan import Plan, make_plan
from attribution.simulate.world import World

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plan_that_was_kept_is_the_same_plan_and_cannot_be_changed(tmp_path: Path) -> None:
    plan = make_plan(500, 1, World())
    keep(tmp_path, plan)
    keep(tmp_path, plan.bots)
    again = kept(tmp_path, Plan, bots=kept(tmp_path, Bots))
    for name in ("time", "label", "seq", "sender", "user", "kind", "size", "start", "interval", "botnets"):
        assert np.array_equal(getattr(plan, name), getattr(again, name)), name
    for name in ("ip", "network", "salt", "botnet"):
        assert np.array_equal(getattr(plan.bots, name), getattr(again.bots, name)), name
    with pytest.raises(ValueError, match="read-only"):
        again.time[0] = 0
