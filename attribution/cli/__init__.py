"""The command line: it parses options, calls the library, and is the one place that prints."""

from __future__ import annotations
