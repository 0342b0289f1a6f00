"""The version of the toolkit, read by the build and written into every `run.json`."""

from __future__ import annotations

__version__ = "0.1.0"
