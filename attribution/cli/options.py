"""Options that mean the same in every command that has them, each also an environment variable."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["as_json", "headers_only", "mmdb", "option", "strict", "trust"]

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
    help="An IP database (MMDB file of MaxMind, IPinfo or DB-IP). Repeatable; asked in this order. Without it, "
    "those in the usual places are.",
)
headers_only = option("--headers-only", is_flag=True, help="Leave bodies and attachments alone.")
as_json = option("--json", is_flag=True, help="Print the result as JSON.")
strict = option("--strict", is_flag=True, help="Exit with 3 when anything could not be read in full.")
