"""The one package that knows every stage: mail in, a case out, or one message in, its trace out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution._lazy import names_from

if TYPE_CHECKING:
    from attribution.pipeline.again import enrich_case
    from attribution.pipeline.analysis import analyze, append_mail
    from attribution.pipeline.enrichment import MAX_GAP_DAYS, WINDOW_DAYS
    from attribution.pipeline.progress import Progress
    from attribution.pipeline.regroup import regroup_case
    from attribution.pipeline.scoring import score_case
    from attribution.pipeline.tracing import Trace, first_message, trace, trace_message

__all__ = [
    "MAX_GAP_DAYS",
    "WINDOW_DAYS",
    "Progress",
    "Trace",
    "analyze",
    "append_mail",
    "enrich_case",
    "first_message",
    "regroup_case",
    "score_case",
    "trace",
    "trace_message",
]

__getattr__ = names_from(
    __name__,
    {
        "MAX_GAP_DAYS": "attribution.pipeline.enrichment",
        "WINDOW_DAYS": "attribution.pipeline.enrichment",
        "Progress": "attribution.pipeline.progress",
        "Trace": "attribution.pipeline.tracing",
        "analyze": "attribution.pipeline.analysis",
        "append_mail": "attribution.pipeline.analysis",
        "enrich_case": "attribution.pipeline.again",
        "first_message": "attribution.pipeline.tracing",
        "regroup_case": "attribution.pipeline.regroup",
        "score_case": "attribution.pipeline.scoring",
        "trace": "attribution.pipeline.tracing",
        "trace_message": "attribution.pipeline.tracing",
    },
)
