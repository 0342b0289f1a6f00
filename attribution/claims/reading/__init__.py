"""Claims files as they are read: a text becomes tables (`parser`), these become claims (`blocks`) or `faults`.

`blocks` takes predicates (`predicates`) and filters (`filters`) out of single values (`values`, `numbers`); `lines`
says where a key stands, `hints` what to write in place of what is no TOML, and `likeness` which word was meant.
"""

from __future__ import annotations

from attribution.claims.reading.faults import ClaimsFileError
from attribution.claims.reading.file import MAX_BYTES, packaged, parse_claims, read_claims

__all__ = ["MAX_BYTES", "ClaimsFileError", "packaged", "parse_claims", "read_claims"]
