"""Where IP databases and rules for devices lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from attribution._text import escape_control
from attribution.errors import UsageError

__all__ = [
    "DATA_VARIABLE",
    "SYSTEM_FOLDERS",
    "data_folder",
    "databases_in",
    "installed_nmap_probes",
    "installed_recog",
    "search_folders",
]

DATA_VARIABLE = "ATTRIBUTION_DATA"
"""Environment variable that names another data folder than the user's own."""

SYSTEM_FOLDERS = (Path("/usr/share/GeoIP"), Path("/var/lib/GeoIP"))
"""Where distributions and MaxMind's own updater put databases, the former first."""


def data_folder() -> Path:
    """Return the folder that installed data sets go to; it need not exist.

    It is the one that the environment variable `ATTRIBUTION_DATA` names, else the user's data folder as the
    platform has it (XDG Base Directory Specification on Linux).
    """
    named = os.environ.get(DATA_VARIABLE)
    if named:
        try:
            return Path(named).expanduser()
        except RuntimeError as error:
            message = f"{DATA_VARIABLE}={escape_control(named)}: there is no such user; name a folder"
            raise UsageError(message) from error
    return platformdirs.user_data_path("attribution", appauthor=False)


def search_folders() -> tuple[Path, ...]:
    """Return the folders that are searched for databases, in the order of precedence."""
    return (data_folder(), *SYSTEM_FOLDERS)


def databases_in(folder: Path) -> list[Path]:
    """Return the MMDB files in a folder by name; none where the folder is absent or cannot be listed."""
    try:
        paths = sorted(folder.iterdir(), key=lambda path: (path.name.casefold(), path.name))
    except OSError:
        return []
    named = (path for path in paths if path.suffix.lower() == ".mmdb" and not path.name.startswith("."))
    return [path for path in named if path.is_file()]


def installed_recog() -> Path | None:
    """Return the folder `recog` in the data folder, for `read_recog`; None where it holds no XML file."""
    folder = data_folder() / "recog"
    try:
        return folder if any(path.is_file() for path in folder.glob("*.xml")) else None
    except OSError:
        return None


def installed_nmap_probes() -> Path | None:
    """Return the file `nmap-service-probes` in the data folder, for `read_nmap_probes`; None where there is none."""
    path = data_folder() / "nmap-service-probes"
    return path if path.is_file() else None
