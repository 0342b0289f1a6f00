"""Invented mail with known truth, to measure the toolkit on: everybody and everything in it is made up."""

from __future__ import annotations

from attribution.simulate.generate import Simulation, generate
from attribution.simulate.mbox import TRUTH, write_days, write_mbox
from attribution.simulate.model import KINDS, Generated
from attribution.simulate.world import World

__all__ = ["KINDS", "TRUTH", "Generated", "Simulation", "World", "generate", "write_days", "write_mbox"]
