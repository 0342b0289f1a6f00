"""Where each message of a mail dump came from, with the evidence.

    import attribution

    case = attribution.analyze("dump.mbox", out="case")
    case.messages[["subject", "handover_ip", "handover_grade", "handover_reason"]]

    print(attribution.trace(raw_bytes).handover_reason)

The names below are the public interface. They are loaded when first used, so that importing the package
costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution._lazy import names_from
from attribution._version import __version__

if TYPE_CHECKING:
    from attribution.case import Case, open_case
    from attribution.claims import check_claims
    from attribution.errors import (
        AttributionError,
        CaseError,
        CaseExistsError,
        DatabaseError,
        InputError,
        InputNotFoundError,
        InstallError,
        OutputError,
        UsageError,
    )
    from attribution.limits import Limits
    from attribution.models import Hop
    from attribution.pipeline import (
        Progress,
        Trace,
        analyze,
        append_mail,
        enrich_case,
        regroup_case,
        score_case,
        trace,
    )

__all__ = [
    "AttributionError",
    "Case",
    "CaseError",
    "CaseExistsError",
    "DatabaseError",
    "Hop",
    "InputError",
    "InputNotFoundError",
    "InstallError",
    "Limits",
    "OutputError",
    "Progress",
    "Trace",
    "UsageError",
    "__version__",
    "analyze",
    "append_mail",
    "check_claims",
    "enrich_case",
    "open_case",
    "regroup_case",
    "score_case",
    "trace",
]

__getattr__ = names_from(
    __name__,
    {
        **dict.fromkeys(__all__, "attribution.errors"),
        "analyze": "attribution.pipeline",
        "append_mail": "attribution.pipeline",
        "check_claims": "attribution.claims",
        "enrich_case": "attribution.pipeline",
        "regroup_case": "attribution.pipeline",
        "score_case": "attribution.pipeline",
        "trace": "attribution.pipeline",
        "Progress": "attribution.pipeline",
        "Trace": "attribution.pipeline",
        "Case": "attribution.case",
        "open_case": "attribution.case",
        "Limits": "attribution.limits",
        "Hop": "attribution.models",
    },
)


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
