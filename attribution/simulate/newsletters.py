"""Newsletters: issues of many senders through a few mailing services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.simulate import names
from attribution.simulate.clocks import clock_error, seasons, wait
from attribution.simulate.dice import Dice, mix
from attribution.simulate.fixed import Phrases, paragraph
from attribution.simulate.mime import Coding, code_header
from attribution.simulate.model import Letter, Peer
from attribution.simulate.networks import address_text
from attribution.simulate.services import lines_of, service_of
from attribution.simulate.signing import Signer
from attribution.simulate.skeleton import Skeleton
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from attribution.simulate.model import Occasion
    from attribution.simulate.world import World

__all__ = ["Newsletter"]

_UTF8 = Coding("utf-8", "utf-8", "quoted-printable", "Q")
_LATIN = Coding("iso-8859-1", "latin-1", "quoted-printable", "Q")


class Newsletter:
    """All issues of one newsletter.

    Args:
        label: Its number.
        seed: Of the world.
        world: `esps` and `listed` hold.
        start: Time of the first issue.
        interval: Seconds between issues.
    """

    def __init__(self, label: int, seed: int, world: World, start: int, interval: int) -> None:
        dice = Dice(f"{seed}:newsletter:{label}")
        self._label, self._seed = label, seed
        self._start, self._interval = start, max(interval, 1)
        self._brand = names.brand(dice.getrandbits(48))
        self._home = names.domain(mix(seed * 7919 + label), home=True)
        self._site = (
            self._brand
            if dice.random() < 0.5
            else f"{self._brand} {dice.pick(('Shop', 'Journal', 'Society', 'Club', 'Travel', 'Weekly'))}"
        )
        number = dice.choices(range(world.esps), [1 / (n + 2) for n in range(world.esps)])[0]
        self._service = service_of(seed, number, world.era)
        self._section = texts("news")[dice.pick(("shop", "travel", "trade", "club", "shop", "trade"))]
        self._listed = dice.random() < world.listed
        self._own_tracking = dice.random() < 0.2
        signed_by = self._home if dice.random() < 0.6 else self._service.home
        # A service has one way to sign, and one key for all letters that it signs with its own name.
        keys = Dice(f"{seed}:key:{signed_by}")
        self._signer = Signer(self._service.signing, signed_by, keys) if world.era == "2013" else None
        self._customer = dice.digits(6)
        self._local = dice.pick(("newsletter", "news", "info", "hello", "team", "mail"))
        self._prefix = dice.pick(("", "", f"[{self._brand}] "))
        coding = dice.pick((_UTF8, _UTF8, _LATIN))
        self._coding = coding
        old = world.era == "2002"
        self._structure = dice.pick(
            ("plain", "plain", "plain", "html") if old else ("alternative", "alternative", "html", "plain")
        )
        self._year = str(world.start.year)
        self._reply = dice.random() < 0.4
        self._skeleton = Skeleton(self._service.engine, self._structure, coding, {"reply"} if self._reply else ())
        lists = texts("news")["lists"]
        self._say = Phrases({**lists, "season": seasons(start)}).make
        self._issue_number = -1
        self._issue: tuple[str, list[str]] = ("", [])

    def _contents(self, number: int) -> tuple[str, list[str]]:
        if number != self._issue_number:
            dice = Dice(f"{self._seed}:issue:{self._label}:{number}")
            facts = {"brand": self._brand}
            time = self._start + number * self._interval
            make = self._say
            subject = self._prefix + make(dice.pick(self._section["subjects"]), dice, facts, time)
            items = [make(dice.pick(self._section["items"]), dice, facts, time) for _ in range(2 + dice.below(4))]
            self._issue_number = number
            self._issue = (subject, [paragraph(item) for item in items])
        return self._issue

    def write(self, occasion: Occasion) -> Letter:
        """Return one letter of the issue that the occasion belongs to."""
        dice, esp = occasion.dice, self._service
        issue = max(occasion.time - self._start, 0) // self._interval if self._interval > 1 else 0
        subject, items = self._contents(int(issue))
        host = f"{'www' if self._own_tracking else esp.tracking}{'.' + self._home if self._own_tracking else ''}"
        token = dice.hexadecimal(20)
        link = f"http://{host}/{'c' if not self._own_tracking else 'news'}/{self._customer}/{issue}/{token}"
        address = f"{self._local}@{self._home}"
        footer = esp.footer.replace("2013", self._year).format(
            site=self._site, link=f"{link}/u", name=esp.name, to=occasion.user.address, **{"from": address}
        )
        greeting = f"Dear {occasion.user.first} {occasion.user.last},\n\n" if self._label % 3 == 0 else ""
        plain = html = ""
        if self._structure != "html":
            lines = [f"* {item}\n  {link}/{place}\n" for place, item in enumerate(items)]
            plain = f"{self._site}\n\n{greeting}" + "\n".join(lines) + f"\n--\n{footer}\n"
        if self._structure != "plain":
            rows = "".join(
                f'<tr><td><h3><a href="{link}/{place}">{self._brand}</a></h3>{item}</td></tr>\n'
                for place, item in enumerate(items)
            )
            foot = footer.replace("\n", "<br>\n")
            html = (
                f'<html><body>\n<table width="600">\n<tr><td>{self._site}</td></tr>\n{rows}</table>\n<p>{foot}</p>\n'
                f'<img src="http://{esp.tracking}/o/{token}.gif" width="1" height="1">\n</body></html>\n'
            )
        server = dice.below(esp.servers)
        rdns = f"mta{server + 1}.{esp.home}"
        peer = Peer(rdns, rdns, address_text(esp.base + 10 + server))
        envelope = f"bounce-{self._customer}-{token[:10]}@{esp.home}"
        zone = esp.engine.zone if isinstance(esp.engine.zone, str) else "UTC"
        leaves = occasion.time - 1 - wait(dice.random())
        above, early = lines_of(esp.software, peer, esp.inside, envelope, occasion.user.address, leaves, zone, dice)
        sent_at = early - 1 + clock_error(esp.base)
        header, body = self._skeleton.fill(
            occasion,
            f'"{self._site}" <{address}>',
            address,
            code_header(subject, self._coding),
            zone=0,
            helo=esp.home,
            sent_at=sent_at,
            plain=plain,
            html=html,
            reply=f"<{address}>" if self._reply else "",
        )
        verdict = ""
        if self._signer is not None:
            above += self._signer.sign(dice, leaves)
            verdict = self._signer.verdict
        if self._listed:
            header += (
                f"List-Id: {self._site} <{self._customer}.{self._local}.{self._home}>\nList-Unsubscribe: <{link}/u>\n"
            )
        header += f"{esp.field}: {self._customer}_{issue}\n"
        return Letter(peer, envelope, verdict, "pass", True, above + header, body, peer.ip, esp.engine.name, False)
