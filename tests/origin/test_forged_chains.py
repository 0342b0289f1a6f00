"""Forged lines below true ones: the handover stays where it is, and nothing forged is vouched for.

`tests/origin/forged_chains.py` makes the messages. A larger run is a matter of a larger number in `COUNT`.
"""

from __future__ import annotations

import importlib.util
import random
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attribution import corpus, headers, origin
from attribution._names import registrable_domain
from attribution._net import is_public, parse_ip
from attribution.limits import Limits
from attribution.models import RawMessage
from attribution.origin.profiles import profiles
from attribution.origin.walk import receiver_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

    from attribution.models import HeaderBlock, Hop, Verdict
    from attribution.origin import Receivers


def _load(path: Path) -> ModuleType:
    """Load the generator by its path: with pytest's importlib mode, tests are no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


forged = _load(Path(__file__).with_name("forged_chains.py"))

LIMITS = Limits()
COUNT = 1_000
SEED = 20260105
STRONG = {"vouched", "corroborated"}
NOBODY_LEARNT = origin.learn_receivers([])


def read(data: bytes) -> tuple[HeaderBlock, list[Hop]]:
    block = headers.read_block(data, LIMITS)
    return block, headers.hops(block, LIMITS)


def decide(data: bytes, receivers: Receivers = NOBODY_LEARNT) -> Verdict:
    return origin.decide(*read(data), receivers)


@cache
def batch() -> list[tuple[forged.Forgery, Verdict]]:  # type: ignore[name-defined]  # loaded by its path
    return [(item, decide(item.data)) for item in forged.forgeries(COUNT, SEED)]


def named(items: Iterable[forged.Forgery]) -> list[str]:  # type: ignore[name-defined]  # loaded by its path
    return sorted({f"{item.style} below {item.kind}" for item in items})


def test_there_are_enough_kinds_of_receivers_and_styles_of_forgery() -> None:
    assert len(forged.KINDS) >= 12
    assert len(forged.STYLES) >= 30
    assert {item.kind for item, _ in batch()} == set(forged.KINDS)
    assert {item.style for item, _ in batch()} == set(forged.STYLES)


def test_the_same_seed_makes_the_same_messages() -> None:
    first = [item.data for item in forged.forgeries(50, 7)]
    assert first == [item.data for item in forged.forgeries(50, 7)]
    assert first != [item.data for item in forged.forgeries(50, 8)]


def test_no_forged_address_is_vouched_for_or_corroborated() -> None:
    wrong = [
        item
        for item, verdict in batch()
        if (verdict.handover_grade in STRONG and verdict.handover_ip != item.peer)
        or (verdict.origin_grade in STRONG and verdict.origin_ip != item.peer)
    ]
    assert named(wrong) == []


def test_the_handover_stays_where_it_is() -> None:
    wrong = [
        item
        for item, verdict in batch()
        if (verdict.handover_ip, verdict.handover_hop) != (item.peer, item.hop)
        and not (item.may_be_unread and verdict.handover_grade == "none")
    ]
    assert named(wrong) == []


def test_a_readable_boundary_is_vouched_for_whatever_stands_below() -> None:
    wrong = [item for item, verdict in batch() if verdict.handover_ip and verdict.handover_grade != "vouched"]
    assert named(wrong) == []


def test_every_address_stands_in_the_bytes_that_are_cited_for_it() -> None:
    wrong = [item for item, verdict in batch() if not spans_hold(item.data, verdict)]
    assert named(wrong) == []


def spans_hold(data: bytes, verdict: Verdict) -> bool:
    cited = ((verdict.handover_ip, verdict.handover_span), (verdict.origin_ip, verdict.origin_span))
    return all(
        span is not None and parse_ip(data[slice(*span)].decode("latin-1")) == ip
        for ip, span in cited
        if ip is not None
    )


def test_what_other_fields_say_of_the_client_is_taken_from_the_receiver_alone() -> None:
    wrong = [item for item, verdict in batch() if verdict.client_ip not in (None, item.client)]
    assert named(wrong) == []


def test_what_is_learnt_from_the_forged_messages_themselves_changes_nothing() -> None:
    receivers = origin.learn_receivers(read(item.data)[1] for item, _ in batch())
    wrong = []
    for item, alone in batch():
        verdict = decide(item.data, receivers)
        same = (verdict.handover_ip, verdict.handover_hop) == (alone.handover_ip, alone.handover_hop)
        if not same or (verdict.origin_grade in STRONG and verdict.origin_ip != item.peer):
            wrong.append(item)
    assert named(wrong) == []


def test_a_receiver_that_is_configured_sees_through_the_same_forgeries() -> None:
    trusted = origin.learn_receivers([], origin.read_trust(["example.net"]))
    kinds = [kind for kind, made in forged.KINDS.items() if made.domain == "example.net"]
    wrong = []
    for item in forged.forgeries(COUNT // 2, SEED, kinds=kinds):
        verdict = decide(item.data, trusted)
        right = (verdict.handover_ip, verdict.handover_hop) == (item.peer, item.hop)
        unread = item.may_be_unread and verdict.handover_grade == "none"
        if not (right or unread) or (verdict.origin_grade in STRONG and verdict.origin_ip != item.peer):
            wrong.append(item)
    assert named(wrong) == []


# --- dumps in which forgers try to teach ------------------------------------------------------------------------


def dump(kind: str, style: str, share: float, messages: int = 60) -> list[forged.Forgery]:  # type: ignore[name-defined]  # loaded by its path
    """Return a dump of one receiver where that share of the messages is the work of one forger."""
    honest = forged.forgeries(round(messages * (1 - share)), SEED, kinds=[kind], styles=["nothing-below"])
    lying = forged.forgeries(round(messages * share), SEED, kinds=[kind], styles=[style])
    return [*honest, *lying]


TEACHING = (
    "helo-receiver",
    "helo-inner-address",
    "receiver-below",
    "receiver-chain-below",
    "inner-addresses-below",
    "by-inner-address",
    "by-only-below",
    "local-below",
    "fetchmail-below",
    "rdns-is-receiver",
    "boundary-again",
    "true-lines-again",
)


@pytest.mark.parametrize("style", TEACHING)
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_forger_who_writes_much_of_a_dump_teaches_no_relay_and_no_alias(style: str, share: float) -> None:
    wrong = []
    for kind, made in forged.KINDS.items():
        items = dump(kind, style, share)
        receivers = origin.learn_receivers(read(item.data)[1] for item in items)
        learnt = receivers.learnt.values()
        if any(ip.startswith(("22.", "28.")) for receiver in learnt for ip in receiver.relays - {"28.7.7.7"}):
            wrong.append(f"{kind}: a relay was learnt")
        aliases = {host for receiver in learnt for host in receiver.hosts} - {"home.example", "provider.test"}
        if "bank.test" in aliases or "isp.example" in aliases:
            wrong.append(f"{kind}: an alias was learnt")
        for item in items[-12:]:
            verdict = decide(item.data, receivers)
            if (verdict.handover_ip, verdict.handover_hop) != (item.peer, item.hop):
                wrong.append(f"{kind}: {made.domain} is handed over from {verdict.handover_ip}")
                break
    assert wrong == []


DATE = "Mon, 5 Jan 2026 10:00:00 +0000"
MX = f"by mx1.example.net (Postfix) with ESMTP id 4AbC1; {DATE}"


def chain(*values: str) -> bytes:
    return "".join(f"Received: {value}\r\n" for value in values).encode() + b"\r\nbody"


def learn(items: Iterable[bytes]) -> Receivers:
    return origin.learn_receivers(read(data)[1] for data in items)


@pytest.mark.parametrize("of_a_hundred", [50, 90, 100])
def test_a_few_bots_with_fixed_addresses_are_no_relays(of_a_hundred: int) -> None:
    forging = [
        chain(
            f"from mx1.example.net (unknown [28.1.1.{index % 3 + 1}]) {MX}",
            f"from mail.bank.test (mail.bank.test [22.2.2.2]) {MX}",
        )
        for index in range(of_a_hundred)
    ]
    honest = [chain(f"from relay.bank.test (relay.bank.test [28.2.{index}.9]) {MX}") for index in range(100)]
    receivers = learn([*forging, *honest[of_a_hundred:]])
    assert [receiver.relays for receiver in receivers.learnt.values()] == [frozenset()]
    assert decide(forging[0], receivers).handover_ip == "28.1.1.1"


def test_a_forger_behind_a_receiver_that_sees_inner_addresses_alone_makes_no_alias() -> None:
    forging = [
        chain(
            f"from bot (unknown [10.0.0.1]) {MX}",
            f"from mail.bank.test (mail.bank.test [22.2.2.2]) by relay.forger.test (Postfix) with ESMTP id 4B; {DATE}",
        )
        for _ in range(10)
    ]
    honest = [chain(f"from relay.bank.test (relay.bank.test [28.2.{index}.9]) {MX}") for index in range(90)]
    assert decide(forging[0], learn([*forging, *honest])).handover_grade not in STRONG


def test_a_helo_behind_an_inner_address_makes_nobody_the_receiver() -> None:
    verdict = decide(
        chain(
            f"from relay.forger.test (unknown [10.0.0.1]) {MX}",
            f"from mail.bank.test (mail.bank.test [22.2.2.2]) by relay.forger.test (Postfix) with ESMTP id 4B; {DATE}",
        )
    )
    assert verdict.handover_ip != "22.2.2.2" or verdict.handover_grade not in STRONG


# --- customers of a provider, whose own lines stand between the receiver's and the forged ones -------------------

SMTP = "with Microsoft SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.9478.4"
GOOGLE = (
    f"from mail-ej1-f41.google.com (mail-ej1-f41.google.com [209.85.218.41]) {MX}",
    f"by mail-ej1-f41.google.com with SMTP id a1so12.2; {DATE}",
)
MICROSOFT = (
    f"from EUR01-DB3-obe.outbound.protection.outlook.com (mail-db3.outbound.protection.outlook.com [40.107.1.2]) {MX}",
)
LOCAL = f"from x (unknown [10.0.0.1]) by localhost (Postfix) with ESMTP id 4C; {DATE}"
GOOGLE_FORGED = f"from x (x. [22.2.2.2]) by smtp.gmail.com with ESMTPSA id a1sm12.6.2026; {DATE}"
MICROSOFT_FORGED = f"from x (22.2.2.2) by AM2PR01MB0002.eurprd01.prod.outlook.com (2603:10a6:20b:1::3) {SMTP}; {DATE}"
CUSTOMERS = {
    "google-smtp": (
        *GOOGLE,
        f"from {{}} (dsl.isp.example. [28.1.2.3]) by smtp.gmail.com with ESMTPSA id a1sm12; {DATE}",
    ),
    "google-web": (*GOOGLE, f"by 2002:a05:6500:1491:b0:182:bec5:26c with HTTP; {DATE}"),
    "google-api": (*GOOGLE, f"from 12345 named unknown by gmailapi.google.com with HTTPREST; {DATE}"),
    "microsoft-smtp": (
        *MICROSOFT,
        f"from {{}} (28.1.2.3) by AM1PR01MB0001.eurprd01.prod.outlook.com (2603:10a6:20b:1::2) {SMTP}; {DATE}",
    ),
}
"""Above what the customer forged: all that the receiver and the provider wrote; `{}` is the customer's HELO."""
COPIES = {
    "google": (GOOGLE_FORGED,),
    "microsoft": (MICROSOFT_FORGED,),
    "google-below-local": (LOCAL, GOOGLE_FORGED),
    "microsoft-below-local": (LOCAL, MICROSOFT_FORGED),
}


@pytest.mark.parametrize("copied", COPIES)
@pytest.mark.parametrize("helo", ["laptop", "smtp.gmail.com", "AM2PR01MB0002.eurprd01.prod.outlook.com"])
@pytest.mark.parametrize("customer", CUSTOMERS)
def test_a_providers_lines_that_its_customer_copies_corroborate_nothing(customer: str, helo: str, copied: str) -> None:
    true = [line.replace("{}", helo) for line in CUSTOMERS[customer]]
    verdict = decide(chain(*true, *COPIES[copied]))
    assert verdict.handover_ip in {"209.85.218.41", "40.107.1.2"}
    assert verdict.handover_hop == 0
    assert verdict.origin_grade not in STRONG or verdict.origin_ip != "22.2.2.2"


# --- the same below real mail ---------------------------------------------------------------------------------

BELOW_ONLY = tuple(
    style
    for style, (helo, _) in forged.STYLES.items()
    if helo is None and style not in {"unreadable-boundary", "true-lines-again", "rdns-is-receiver"}
)
"""Styles that need nothing but what stands below the boundary."""


@cache
def real_mail(archive: Path) -> list[bytes]:
    return [item.data for item in corpus.read(str(archive), LIMITS) if isinstance(item, RawMessage)]


@pytest.mark.parametrize("name", ["phishing_pot_dev", "spamassassin_dev"])
def test_the_handover_of_real_mail_stays_when_lines_are_forged_below_it(shared: Path, name: str) -> None:
    mail = real_mail(shared / "corpora" / f"{name}.tar.xz")
    receivers = origin.learn_receivers(read(data)[1] for data in mail)
    rng = random.Random(SEED)  # noqa: S311  # repeatable choices, no secret
    wrong = []
    checked = 0
    for number, data in enumerate(rng.sample(mail, 300)):
        block, hops = read(data)
        before = origin.decide(block, hops, receivers)
        if before.handover_ip is None or before.handover_hop is None or not is_public(before.handover_ip):
            continue
        boundary = hops[before.handover_hop]
        if boundary.rdns is not None and receiver_of(hops, receivers).wrote(boundary.rdns):
            continue  # Another server of the receiver's: it writes the next line itself.
        checked += 1
        style = BELOW_ONLY[number % len(BELOW_ONLY)]
        after_data = put_below(data, boundary, style, rng)
        after = decide(after_data, receivers)
        if (after.handover_ip, after.handover_hop) != (before.handover_ip, before.handover_hop):
            wrong.append(f"{number} {style}: {before.handover_ip} became {after.handover_ip}")
        elif after.handover_grade not in {before.handover_grade, "vouched"} or not spans_hold(after_data, after):
            wrong.append(f"{number} {style}: the grade became {after.handover_grade}")
        elif (
            after.origin_grade in STRONG
            and after.origin_ip not in {before.origin_ip, before.handover_ip}
            and not any(profile.sends_from(before.handover_ip) for profile in profiles())
        ):
            # A provider writes the line below itself, and its customers only what is below that.
            wrong.append(f"{number} {style}: {after.origin_ip} is {after.origin_grade}")
    assert wrong == []
    assert checked >= 250


def put_below(data: bytes, boundary: Hop, style: str, rng: random.Random) -> bytes:
    """Return a message with forged lines right below a boundary hop, as its peer would have written them."""
    mx = boundary.by or "localhost"
    scene = forged.Scene(
        rng=rng,
        peer=boundary.ip,
        rdns=boundary.rdns or boundary.helo or "unknown",
        helo=boundary.helo or "unknown",
        domain=registrable_domain(mx) or mx,
        mx=mx,
    )
    ending = b"\r\n" if data[boundary.span_end : boundary.span_end + 2] == b"\r\n" else b"\n"
    text = "\r\n".join(forged.forged_below(scene, style)).encode("latin-1", "replace")
    if not text:
        return data
    return data[: boundary.span_end] + ending + text.replace(b"\r\n", ending) + data[boundary.span_end :]
