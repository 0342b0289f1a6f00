"""SpamAssassin's own cases of configured trust, read where they lie; every difference has its reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from attribution import UsageError, headers, origin
from attribution._net import parse_ip
from attribution.limits import Limits
from attribution.origin.trust_check import remarks
from attribution.origin.walk import find_boundary, receiver_of

if TYPE_CHECKING:
    from pathlib import Path

Row = dict[str, Any]

# By case: what comes out here, and why that is right for the question "who connected?". SpamAssassin asks another
# one: whether an address speaks against a message. Its lists are three: who tells the truth (`trusted_networks`),
# who takes mail in (`internal_networks`), and who takes it from users alone (`msa_networks`). `--trust` is the first.
DIFFERENT = {
    "trust_path-18": (
        "handover 5.5.5.5",
        (
            "the submission server's client: its line is trusted by both, and the client is who connected. SpamAssassin"
            " spares users who logged in its lists of dial-up lines; here a stolen password must not hide the address"
        ),
    ),
    "trust_path-19": ("handover 5.5.5.5", "likewise"),
    "trust_path-22": (
        "refused: --trust says both '1.0.0.0/8' and '!1.0.0.0/8'",
        "SpamAssassin warns and goes on; half of that has no effect, and nobody knows which half was meant",
    ),
    "trust_path-24": (
        "inside 1.1.1.1",
        "X-Originating-IP is no line of a server that somebody connected to: it can be the origin, never a relay",
    ),
    "trust_path-25": ("inside 1.1.1.1", "likewise"),
    "trust_path-26": ("inside 1.1.1.1", "likewise"),
    "trust_path-27": ("refused: --trust says both '!1.0.0.0/8' and '1.0.0.0/8'", "likewise as 22"),
}


def trust(row: Row) -> list[str]:
    """Translate a configuration: without `trusted_networks`, SpamAssassin takes `internal_networks` for both.

    What is internal must be trusted, too; hence it is given behind what is trusted, where it must fit. What is left
    out of the internal ones alone has no counterpart.
    """
    said: dict[str, list[str]] = {}
    for line in row["config"]:
        key, *values = line.split()
        said.setdefault(key, []).extend(values)
    trusted, internal = said.get("trusted_networks", []), said.get("internal_networks", [])
    inside = [value for value in (*internal, *said.get("msa_networks", [])) if not value.startswith("!")]
    return [*(trusted or internal), *inside]


def read(row: Row, values: list[str]) -> str:
    """Say in a word what comes out: the peers that are inside, and the handover if there is one."""
    block = headers.read_block(row["headers"].encode() + b"\n\nbody", Limits())
    hops = headers.hops(block, Limits())
    try:
        receivers = origin.learn_receivers([], origin.read_trust(values))
    except UsageError as error:
        return f"refused: {str(error).partition(': take')[0]}"
    boundary = find_boundary(hops, receiver_of(hops, receivers))
    outside = boundary.rule == "peer-outside"
    inside = [hop.ip for hop in hops if hop.trusted and not (outside and hop is boundary.hop) and hop.ip is not None]
    return said(inside, boundary.hop.ip if outside and boundary.hop is not None else None)


def said(inside: list[str], handover: str | None) -> str:
    words = [f"inside {' '.join(inside)}"] if inside else []
    return ", ".join([*words, *([f"handover {handover}"] if handover else [])])


def expected(row: Row) -> str:
    inside = [str(parse_ip(relay["ip"])) for relay in row["expected_trusted"]]
    outside = [str(parse_ip(relay["ip"])) for relay in row["expected_untrusted"]]
    return said(inside, outside[0] if outside else None)


def test_the_boundary_is_where_spamassassin_puts_it_or_the_difference_is_argued(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "received" / "trust_path.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 20
    different = {}
    for row in rows:
        values = trust(row)
        if row["expected"].startswith("Lint-Error"):
            assert read(row, values).startswith("refused: "), row["id"]
            values = values[:-1]  # SpamAssassin goes on with the part that makes sense.
        found = read(row, values)
        if found != expected(row):
            different[row["id"]] = found.removeprefix("inside 1.1.1.1 1.1.1.2, ")
    assert different == {name: found for name, (found, _) in DIFFERENT.items()}


def test_what_spamassassin_warns_of_is_remarked_or_refused(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "received" / "trust_path.jsonl").read_text("utf-8").splitlines()]
    for row in rows:
        if "Netset-Warn" in row["expected"] and row["id"] not in DIFFERENT:
            assert remarks(origin.read_trust(trust(row))), row["id"]
