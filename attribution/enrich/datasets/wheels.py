"""A data set that comes in a wheel: pip fetches it, one file is copied out, and nothing of it is installed or run."""

from __future__ import annotations

import base64
import csv
import errno
import io
import re
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING

from attribution._files import sha256_of
from attribution._text import escape_control, shorten
from attribution.errors import InstallError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.enrich.datasets.catalogue import DataSet

__all__ = ["fetch_wheel", "unpack_wheel", "version_of"]

_PIP = ("-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check", "--retries", "2")
_PIP_SECONDS = 900


def fetch_wheel(chosen: DataSet, version: str | None, folder: Path) -> Path:
    """Have pip fetch the wheel, with whatever index, proxy and certificates the user set up for it.

    Args:
        chosen: The data set.
        version: Version of the wheel; None for the newest.
        folder: An empty folder to put it into.

    Raises:
        UsageError: That is no version.
        InstallError: It could not be fetched.
    """
    if find_spec("pip") is None:
        raise InstallError(
            f"{chosen.title} is fetched with pip, which this Python lacks: run "
            f"`{sys.executable.rpartition('/')[2]} -m ensurepip`, then try again."
        )
    wanted = chosen.package if version is None else f"{chosen.package}=={version}"
    if version is not None and not re.fullmatch(r"[0-9A-Za-z.!+_-]{1,64}", version):
        raise UsageError(f"{escape_control(version)!r} is no version of a package.")
    # A wheel alone: building a source distribution would run its code.
    options = ("--no-deps", "--only-binary", ":all:", "--dest", str(folder), wanted)
    try:
        done = subprocess.run(  # noqa: S603 (no shell, and every argument is fixed or checked above)
            [sys.executable, *_PIP, *options],
            # Python looks for modules in the working folder first: this one is empty and ours.
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PIP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"{chosen.title}: pip did not end within {_PIP_SECONDS} s: try again.") from error
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        raise InstallError(_why(chosen, wanted, done.stderr.decode("utf-8", "replace")))
    return wheels[0]


def _why(chosen: DataSet, wanted: str, said: str) -> str:
    lines = [line.strip() for line in said.splitlines()]
    errors = [line.partition(":")[2].strip() for line in lines if line.startswith("ERROR:")]
    if any("from versions: none" in line for line in errors):
        return (
            f"{chosen.title} could not be fetched: pip reached no package index that has {chosen.package}. "
            f"On a machine with network run `pip download --no-deps {chosen.package}`, "
            "and give the wheel that it fetches with --from."
        )
    if any("from versions:" in line for line in errors):
        return f"{chosen.title} could not be fetched: there is no wheel of {wanted} for this Python."
    last = (errors or lines or ["it gave no reason"])[-1]
    return f"{chosen.title} could not be fetched; pip says: {shorten(escape_control(last), 200)}"


# What zipfile and csv raise on bytes that are not what they should be.
_NO_WHEEL = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    csv.Error,
    EOFError,
    LookupError,
    RuntimeError,
    ValueError,
    OverflowError,
)
_LARGEST_LIST = 1 << 24
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_END_SIZE = 22


def unpack_wheel(chosen: DataSet, wheel: Path, to: Path) -> None:
    """Copy the data set out of its wheel, and see that it has the digest that the wheel's own list gives.

    The list is that of the binary distribution format, "The .dist-info directory".

    Raises:
        InstallError: It is no wheel, does not hold the data set, or the digest differs.
    """
    shown = escape_control(wheel.name)
    file = chosen.file
    try:
        _check_list(wheel)
        with zipfile.ZipFile(wheel) as archive:
            member = next(name for name in archive.namelist() if re.fullmatch(chosen.member, name, re.ASCII))
            expected = _digest_in_wheel(archive, member)
            if archive.getinfo(member).file_size > chosen.largest:
                raise InstallError(f"{shown}: {file} is larger than {chosen.largest:,} bytes: that is no database.")
            with _opened(archive, member) as source, to.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    except (*_NO_WHEEL, StopIteration, OSError) as error:
        # zipfile seeks to wherever a broken list of members says.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        raise InstallError(f"{shown} is no wheel that holds {file}.") from error
    if sha256_of(to) != expected:
        raise InstallError(f"{shown}: the checksum of {file} differs: fetch it again.")


def _check_list(wheel: Path) -> None:
    """See that the list of members, all of which zipfile holds in memory, is no larger than it has to be.

    Raises:
        ValueError: It is, or has the form for archives beyond 4 GiB.
    """
    with wheel.open("rb") as handle:
        handle.seek(max(0, wheel.stat().st_size - (1 << 16) - 2 * _END_SIZE))
        tail = handle.read()
    # zipfile takes the last of these, but for one at the very end; whichever it is, all are small.
    sizes = [tail[found.start() + 12 : found.start() + 16] for found in re.finditer(re.escape(_END), tail)]
    if _END_64 in tail or any(int.from_bytes(size, "little") > _LARGEST_LIST for size in sizes):
        raise ValueError("the list of members is larger than any has to be")


def _opened(archive: zipfile.ZipFile, member: str) -> IO[bytes]:
    # The other methods may claim gigabytes of memory before the first byte comes out; wheels have no use for them.
    if archive.getinfo(member).compress_type not in _METHODS:
        raise ValueError("compressed by a method that wheels do not use")
    return archive.open(member)


def version_of(wheel: Path) -> str:
    """Return the version that the name of a wheel tells, `unknown` where it tells none."""
    parts = wheel.name.split("-")
    return parts[1] if len(parts) >= 5 else "unknown"


def _digest_in_wheel(archive: zipfile.ZipFile, member: str) -> str:
    records = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/RECORD", name)]
    if len(records) == 1:
        if archive.getinfo(records[0]).file_size > _LARGEST_LIST:
            raise ValueError("the list of checksums is larger than any has to be")
        with _opened(archive, records[0]) as handle:
            for row in csv.reader(io.TextIOWrapper(handle, "utf-8", newline="")):
                if len(row) >= 2 and row[0] == member and row[1].startswith("sha256="):
                    text = row[1].removeprefix("sha256=")
                    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).hex()
    raise KeyError(member)
