"""Real lines that lie beside the checkout, as two other parsers read them; every difference has its reason."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from attribution._net import parse_ip
from attribution.headers.received import parse_value

if TYPE_CHECKING:
    from pathlib import Path

    from attribution.models import Hop

Row = dict[str, Any]


def rows(shared: Path, name: str) -> list[Row]:
    return [json.loads(line) for line in (shared / "received" / name).read_text("utf-8").splitlines()]


def read(row: Row) -> Hop:
    return parse_value(" " + row["received"].encode().decode("latin-1"))


def literal(text: str | None) -> str | None:
    """Write an address literal in brackets, which SpamAssassin shows between exclamation marks."""
    return f"[{text[1:-1]}]" if text and text.startswith("!") else (text or None)


# SpamAssassin's own expectations: `received/spamassassin.jsonl`.
SPAMASSASSIN = {
    ("sa-035", "rdns"): "Exim prints a name in front of the brackets only when it has looked it up, v3.35.1 as well",
    ("sa-046", "helo"): "Ecelerity prints the HELO in front, here a literal",
    ("sa-091", "rdns"): "an address in the place of the name says that there is none",
    ("sa-121", "queue_id"): "the keyword `for` is glued to the id; the recipient is read all the same",
    ("sa-141", "rdns"): "SquirrelMail prints the looked-up name of the browser's address",
}


def test_spamassassin_relays(shared: Path) -> None:
    different = {}
    for row in rows(shared, "spamassassin.jsonl"):
        if row["kind"] != "relay":
            continue
        hop, expected = read(row), row["expected"]
        assert (hop.status, hop.ip) == ("parsed", expected["ip"]), row["id"]
        assert bool(hop.auth) == bool(expected.get("auth")), row["id"]
        for ours, theirs in (
            *(("helo", "helo"), ("rdns", "rdns"), ("by", "by"), ("queue_id", "id"), ("ident", "ident")),
            ("envelope_from", "envfrom"),
        ):
            if getattr(hop, ours) != literal(expected.get(theirs)):
                different[row["id"], ours] = getattr(hop, ours)
    assert set(different) == set(SPAMASSASSIN)


def test_spamassassin_lines_without_a_peer(shared: Path) -> None:
    for row in rows(shared, "spamassassin.jsonl"):
        if row["kind"] == "ignore":
            hop = read(row)
            assert (hop.status, hop.ip) == ("no-peer", None), row["id"]


# stalwart's expectations: `received/stalwart.jsonl`. It shows an address that stands alone as the name of the peer;
# that is compared with ours. Fields: ip, by, helo, rdns, id, for, with, via, ident, tls, date.
STALWART = {
    ("stalwart-007", "ident"): "the login of AUTH is no ident",
    ("stalwart-015", "ip"): "a literal alone, and nothing tells whether this server saw it or was told it",
    ("stalwart-016", "id"): "the keyword `for` is glued to the id",
    ("stalwart-016", "for"): "likewise",
    ("stalwart-031", "id"): "an Ecelerity id holds a slash; stalwart cuts it there",
    ("stalwart-032", "ident"): "the local user who gave the mail to Exim, which Exim calls sender_ident",
    ("stalwart-033", "ident"): "likewise",
    ("stalwart-034", "ident"): "likewise",
    ("stalwart-035", "ident"): "likewise",
    ("stalwart-040", "ident"): "the ident holds a slash; stalwart cuts it there",
    ("stalwart-044", "ip"): "the fifth number is the port",
    ("stalwart-044", "ident"): "Exim 3 prints the ident in a comment of its own",
    ("stalwart-066", "ident"): "stalwart joins the ident with the domain of the envelope sender",
    ("stalwart-068", "date"): "PST is eight hours behind; stalwart reads it as UTC",
    ("stalwart-070", "date"): "the date follows the id without a semicolon",
    ("stalwart-082", "ip"): "the fifth number is the port",
    ("stalwart-084", "ip"): "fetchmail prints the mailbox server, which is no peer",
    ("stalwart-085", "ip"): "likewise",
    ("stalwart-090", "date"): "a year of two digits is 2003, not 1903",
    ("stalwart-095", "with"): "TCP is what the clause says",
    ("stalwart-098", "ip"): "the address stands behind the login and `@`",
    ("stalwart-098", "ident"): "the login ends at `@`",
    ("stalwart-117", "ip"): "the address stands behind the ident and `@`",
    ("stalwart-117", "ident"): "qmail writes question marks for characters it holds unsafe; stalwart cuts at a slash",
    ("stalwart-118", "date"): "asctime has the year last",
    ("stalwart-120", "ip"): "the address stands behind the login and `@`",
    ("stalwart-120", "ident"): "the login ends at `@`",
    ("stalwart-121", "ident"): "the host behind `@` is no part of the ident",
    ("stalwart-127", "ident"): "likewise",
    ("stalwart-137", "ip"): "Qmail-Scanner repeats the line beneath it, which has the peer",
    ("stalwart-137", "with"): "the scanner is what the clause names",
    ("stalwart-145", "date"): "stalwart loses the seconds before a fraction",
    ("stalwart-154", "for"): "what stands in angle brackets is shown as it is",
    ("stalwart-156", "helo"): "a cut line without `by` is not understood",
    ("stalwart-156", "tls"): "likewise",
    ("stalwart-163", "ident"): "the local user who called sendmail",
}


def stalwart_readings(expected: Row) -> dict[str, object]:
    sender, date = expected.get("from") or {}, expected.get("date")
    ip = expected.get("from_ip") or sender.get("IpAddr")
    utc = None
    if date and 1 <= date["month"] <= 12:
        offset = timedelta(hours=date["tz_hour"], minutes=date["tz_minute"]) * (-1 if date["tz_before_gmt"] else 1)
        day = datetime(date["year"], date["month"], date["day"], tzinfo=UTC)
        utc = day + timedelta(hours=date["hour"], minutes=date["minute"], seconds=date["second"])
        utc -= offset
    return {
        "ip": parse_ip(ip) if ip else None,
        "by": next(iter((expected.get("by") or {}).values()), None),
        "helo": next(iter((expected.get("helo") or {}).values()), None),
        "rdns": (expected.get("from_iprev") or "").rstrip(".") or None,
        "id": expected.get("id"),
        "for": expected.get("for_"),
        "with": (expected.get("with") or "").lower(),
        "via": expected.get("via"),
        "ident": expected.get("ident"),
        "tls": bool(expected.get("tls_cipher") or expected.get("tls_version")),
        "date": utc,
    }


def our_readings(hop: Hop, expected: dict[str, object]) -> dict[str, object]:
    protocol, word = (hop.protocol or "").lower(), str(expected["with"])
    return {
        "ip": hop.ip,
        "by": hop.by,
        # stalwart has neither where it was not announced by a word of its own.
        "helo": hop.helo.strip("[]") if hop.helo and expected["helo"] else expected["helo"] and hop.helo,
        "rdns": expected["rdns"] and hop.rdns,
        "id": hop.queue_id,
        "for": hop.recipient,
        "with": word if word and word in protocol else protocol,
        "via": hop.via,
        "ident": hop.ident,
        "tls": bool(hop.tls),
        "date": hop.date.replace(microsecond=0) if hop.date else None,
    }


def test_stalwart(shared: Path) -> None:
    different = set()
    agreed: Counter[str] = Counter()
    for row in rows(shared, "stalwart.jsonl"):
        hop, expected = read(row), stalwart_readings(row["expected"])
        ours = our_readings(hop, expected)
        for field, value in expected.items():
            if ours[field] == value:
                agreed[field] += 1
            else:
                different.add((row["id"], field))
    assert different == set(STALWART)
    assert min(agreed.values()) >= 77


# SpamAssassin on other real lines: `received/second_opinion.jsonl`. By a word of the line, who is right and why.
SECOND_OPINION = {
    "with ESMTP/TLS/": "ours: it takes the HELO literal for the peer",
    "(helo=[": "ours: it takes the HELO literal for the peer",
    "geopod-ismtpd": "ours: SendGrid prints no address, the literal is the HELO",
    "[127.0.0.2] (localhost [127.0.0.1])": "ours: the literal in front is the HELO",
    "Oracle Beehive": "ours: it does not know the slash in front of the address",
    "(Farcaster)": "ours: it does not know the port in the brackets",
    "(Generic MTA)": "ours: it does not know parentheses in brackets",
    "pod-id NONE": "ours: it does not know Yahoo's inner lines",
    "wanadoo.fr; 28 Jul": "ours: an address in parentheses and no protocol",
    "(apparently) from": "ours: a comment in front of the line",
    " with login) by smtp": "ours: Yahoo's submission without a name",
    "with HTTP/1.1 (Lisa": "ours: a browser's address with a port",
    "DragonFly Mail Agent": "none: the line runs into the fields beneath it; it takes an address of those",
    "Received: from mail0": "theirs: two lines in one, of which the first is whole; ours calls it not understood",
    "running VPOP3": "both: no peer",
    "from [": "open: a literal alone, and nothing tells whether the server saw it or was told it; ours is unknown",
    "from 192.168.0.0 by mindup": "open: likewise without brackets",
}


def test_second_opinion(shared: Path) -> None:
    lines = rows(shared, "second_opinion.jsonl")
    different: Counter[str] = Counter()
    for row in lines:
        hop, theirs = read(row), (row["fields"] or {}).get("ip")
        if hop.ip == (parse_ip(theirs) if theirs else None):
            continue
        mark = next((word for word in SECOND_OPINION if word in row["received"]), None)
        assert mark is not None, (row["received"], hop.ip, theirs)
        different[mark] += 1
        if SECOND_OPINION[mark].startswith("open"):
            assert hop.status == "unknown", row["received"]
    assert sum(different.values()) < 0.006 * len(lines)


@pytest.mark.parametrize(("field", "theirs"), [("by", "by"), ("queue_id", "id"), ("helo", "helo")])
def test_second_opinion_on_other_clauses(shared: Path, field: str, theirs: str) -> None:
    relays = [row for row in rows(shared, "second_opinion.jsonl") if row["kind"] == "relay"]
    same = sum(
        (getattr(read(row), field) or "").lower() == (literal(row["fields"].get(theirs)) or "").lower()
        for row in relays
    )
    assert same >= 0.99 * len(relays)


def test_hardly_a_real_line_is_not_understood(shared: Path) -> None:
    lines = rows(shared, "second_opinion.jsonl")
    unknown = [row for row in lines if read(row).status == "unknown"]
    assert len(unknown) <= 0.01 * len(lines)
