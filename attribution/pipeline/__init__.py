"""The one package that knows every stage: mail in, a case out, or one message in, its trace out."""

from __future__ import annotations

from attribution.pipeline.analysis import analyze
from attribution.pipeline.progress import Progress
from attribution.pipeline.tracing import Trace, first_message, trace, trace_message

__all__ = ["Progress", "Trace", "analyze", "first_message", "trace", "trace_message"]
