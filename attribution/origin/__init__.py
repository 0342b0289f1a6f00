"""Where a message came from: who the receiver is, where the trust ends, and what lies beyond as a claim."""

from __future__ import annotations

from attribution.origin.infer import describe_receiver, learn_receivers
from attribution.origin.receiver import Receiver, Receivers, TrustRule, read_trust
from attribution.origin.receiver_file import receiver_file
from attribution.origin.rulebook import rules
from attribution.origin.verdict import decide

__all__ = [
    "Receiver",
    "Receivers",
    "TrustRule",
    "decide",
    "describe_receiver",
    "learn_receivers",
    "read_trust",
    "receiver_file",
    "rules",
]
