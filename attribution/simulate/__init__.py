"""Invented mail with known truth, to measure the toolkit on: everybody and everything in it is made up."""

from __future__ import annotations

from attribution.simulate.corpus import VARIANTS, State, simulate
from attribution.simulate.frames import FORMATS
from attribution.simulate.generate import Simulation, generate
from attribution.simulate.mbox import TRUTH, write_days, write_mbox
from attribution.simulate.model import KINDS, Generated
from attribution.simulate.presets import PRESETS
from attribution.simulate.truth import TRUTH_ADDRESSES, TRUTH_MESSAGES
from attribution.simulate.world import World

__all__ = [
    "FORMATS",
    "KINDS",
    "PRESETS",
    "TRUTH",
    "TRUTH_ADDRESSES",
    "TRUTH_MESSAGES",
    "VARIANTS",
    "Generated",
    "Simulation",
    "State",
    "World",
    "generate",
    "simulate",
    "write_days",
    "write_mbox",
]
