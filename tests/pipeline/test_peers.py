"""Whose mail server handed a message over, as the lines tell: names and addresses are invented."""

from __future__ import annotations

import pyarrow as pa
import pytest

from attribution.pipeline.peers import read_peers


def owners(*messages: tuple[str, str, str, int]) -> list[str | None]:
    """Return the owner of messages of which each has two lines.

    Args:
        messages: The peer's address, its name, the state of that name, and the line that it stands in.
    """
    # Keys are in no order, and lines stand in that of the messages.
    keys = [1 + 7 * number % 11 for number in range(len(messages))]
    ips, names, states, places = zip(*messages, strict=True)
    told = pa.table(
        {
            "message": pa.array(keys, pa.uint64()),
            "handover_ip": pa.array(ips, pa.string()),
            "handover_hop": pa.array(places, pa.int32()),
            "helo": pa.nulls(len(keys), pa.string()),
            "rdns": pa.array(names, pa.string()),
        }
    )
    hops = pa.table(
        {
            "message": pa.array([key for key in keys for _ in range(2)], pa.uint64()),
            "hop": pa.array([0, 1] * len(keys), pa.int32()),
            "rdns_state": pa.array([state for each in states for state in (each, None)], pa.string()),
            "by": pa.array(["mx.example.net", "relay.example.net"] * len(keys), pa.string()),
        }
    )
    parts = [hops.slice(0, 3), hops.slice(3)]
    found: list[str | None] = read_peers(told, parts).owner.to_pylist()
    return found


@pytest.mark.parametrize(
    ("why", "ip", "name", "state", "line", "owner"),
    [
        ("a mail server of that name", "28.1.2.3", "mail.shop.example", "verified", 0, "shop.example"),
        ("anybody can give an address that name", "28.1.2.3", "mail.shop.example", "unverified", 0, None),
        ("another line says it is verified", "28.1.2.3", "mail.shop.example", "verified", 1, None),
        ("a customer's line", "28.1.2.3", "mail.28-1-2-3.dsl.isp.example", "verified", 0, None),
        ("no mail server by its name", "28.1.2.3", "www7.shop.example", "verified", 0, None),
    ],
)
def test_an_address_has_an_owner_where_its_verified_name_is_a_mail_servers(
    why: str, ip: str, name: str, state: str, line: int, owner: str | None
) -> None:
    other = ("28.9.9.9", "mx1.bank.example", "verified", 0)
    assert owners((ip, name, state, line), other, (ip, name, state, line)) == [owner, "bank.example", owner], why
