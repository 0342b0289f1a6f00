"""A claims file with one claim, and what is said of one with faults."""

from __future__ import annotations

import pytest

from attribution.claims import ClaimsFileError, parse_claims

__all__ = ["CLAIM", "faults"]

CLAIM = """\
[[claim]]
id = "messages"
wording = "more than 750,000 mails"
source = "page 1"
quantity = "messages"
predicate = { kind = "count", of = "messages", op = "at-least", value = 750_000 }
"""


def faults(text: str) -> list[str]:
    """Return what is said of a text that is no claims file."""
    with pytest.raises(ClaimsFileError) as caught:
        parse_claims("c.toml", text)
    return list(caught.value.problems)
