"""A claims file read and checked: all that is wrong with it is said at once, each with its line."""

from __future__ import annotations

import hashlib
import stat
from importlib.resources import files
from pathlib import Path

from attribution.claims.model import ClaimsFile
from attribution.claims.reading.blocks import Blocks
from attribution.claims.reading.faults import ClaimsFileError
from attribution.claims.reading.lines import Lines
from attribution.claims.reading.parser import parse
from attribution.errors import InputNotFoundError

__all__ = ["MAX_BYTES", "packaged", "parse_claims", "read_claims"]

MAX_BYTES = 256 * 1024
"""A larger file is refused: a publication has some dozen claims."""


def packaged() -> dict[str, Path]:
    """Return the claims files that come with the program, by name."""
    folder = Path(str(files("attribution.claims") / "data"))
    return {path.stem: path for path in sorted(folder.glob("*.toml"))}


def read_claims(path: str | Path) -> ClaimsFile:
    """Read a claims file.

    Args:
        path: The file; or the name of one that comes with the program, where there is no such file.

    Raises:
        InputNotFoundError: There is no such file.
        ClaimsFileError: It is too large, no UTF-8, no TOML, or holds what a claims file does not have.
    """
    asked = Path(path)
    known = packaged()
    found = known[str(path)] if str(path) in known and not asked.exists() else asked
    try:
        if not stat.S_ISREG(found.stat().st_mode):
            raise ClaimsFileError([f"{found} is no regular file: give a TOML file of claims"])
        with found.open("rb") as handle:
            data = handle.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        names = ", ".join(known)
        message = f"{asked} does not exist; claims files that come with the program: {names}"
        raise InputNotFoundError(message) from error
    except OSError as error:
        raise ClaimsFileError([f"{found} cannot be read: {error.strerror or error}"]) from error
    if len(data) > MAX_BYTES:
        raise ClaimsFileError([f"{found} is larger than {MAX_BYTES:,} bytes: that is no claims file"])
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ClaimsFileError([f"{found}:{line}: not UTF-8 (byte {error.start}): save it as UTF-8"]) from error
    return parse_claims(str(found), text, hashlib.sha256(data).hexdigest())


def parse_claims(path: str, text: str, sha256: str = "") -> ClaimsFile:
    """Return the claims of a text.

    Args:
        path: Where it is from, for errors.
        text: TOML.
        sha256: Of its bytes.

    Raises:
        ClaimsFileError: It holds what a claims file does not have.
    """
    text = text.replace("\r\n", "\n")
    table = parse(path, text)
    blocks = Blocks(path, Lines(text))
    about, claims = blocks.file(table)
    blocks.tell()
    return ClaimsFile(path, sha256, about, claims)
