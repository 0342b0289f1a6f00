"""Options that mean the same in every command that has them, each also an environment variable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "access",
    "as_json",
    "background",
    "banners",
    "device_rules",
    "headers_only",
    "max_gap",
    "mmdb",
    "option",
    "strict",
    "trust",
    "window",
]

Function = TypeVar("Function", bound="Callable[..., Any]")


def option(name: str, **settings: Any) -> Callable[[Function], Function]:  # noqa: ANN401 (as click's)
    """Return a click option that can also be set by its environment variable, `ATTRIBUTION_` and its name."""
    variable = "ATTRIBUTION_" + name.removeprefix("--").upper().replace("-", "_")
    return click.option(name, envvar=variable, show_envvar=True, **settings)


trust = option(
    "--trust",
    multiple=True,
    metavar="HOST|NETWORK|FILE.toml",
    help="Who the receiver is: a host name, which stands for all names below it, a network (192.0.2.0/24), or a "
    "TOML file with lists of hosts and networks. ! before a host or network leaves it out. Repeatable; the first "
    "that fits decides. Without it the receiver is learnt from the mail.",
)
mmdb = option(
    "--mmdb",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An IP database: MMDB (MaxMind, IPinfo, DB-IP) or a table of ranges (iptoasn, pyasn, RouteViews prefix2as, "
    "CSV); @YYYY-MM-DD behind it says when it was made, where it does not. Repeatable; of several, the one nearest in "
    "time to the mail is used. Without it, those in the usual places are.",
)
banners = option(
    "--banners",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="A scan file (Shodan, Censys, ZGrab2, nmap, masscan, CSV, Parquet; plain or compressed), or a folder of them; "
    "@YYYY-MM-DD behind it says when banners were seen that do not say so themselves. Repeatable. "
    "Only banners of the case's addresses and of their neighbours are kept.",
)
access = option(
    "--access",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A list of networks, AS numbers or host names with their access type; it goes before all that the program "
    "knows. Repeatable.",
)
device_rules = option(
    "--device-rules",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="A folder of Recog's fingerprints, or nmap's file of probes, asked where our own rules name no device. "
    "Repeatable. Without it, those added by `data add` are.",
)
max_gap = option(
    "--max-gap",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="Days between a database and the mail beyond which what it says is marked as stale.  [default: 180]",
)
window = option(
    "--window",
    type=click.IntRange(min=0),
    metavar="DAYS",
    help="Days between a banner and the mail within which it counts as near.  [default: 30]",
)
headers_only = option("--headers-only", is_flag=True, help="Leave bodies and attachments alone.")
background = option(
    "--background",
    metavar="CASE",
    type=click.Path(path_type=Path),
    help="Another case, of ordinary mail: the subjects, links, programs and senders that it shows are taken for common "
    "when campaigns are looked for. Useful where a dump holds little else than one campaign.",
)
as_json = option("--json", is_flag=True, help="Print the result as JSON.")
strict = option("--strict", is_flag=True, help="Exit with 3 when anything could not be read in full.")
