"""Bytes in, provenance kept: mbox, Maildir, single messages, folders, compressed data and archives."""

from __future__ import annotations

from attribution.corpus.inventory import Fingerprint, Inventory, fingerprint
from attribution.corpus.reader import read
from attribution.corpus.sampling import Sampled, sample
from attribution.corpus.sizing import size

__all__ = ["Fingerprint", "Inventory", "Sampled", "fingerprint", "read", "sample", "size"]
