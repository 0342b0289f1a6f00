"""Order mail of shops, which write in the words of the platform that they share with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attribution.simulate import names
from attribution.simulate.clocks import clock_error, wait
from attribution.simulate.dice import Dice, Shape, mix
from attribution.simulate.engines import Engine
from attribution.simulate.fixed import Phrases
from attribution.simulate.mime import Coding, code_header
from attribution.simulate.model import Letter, Peer
from attribution.simulate.networks import HOSTS, address_text
from attribution.simulate.servers import choose
from attribution.simulate.services import lines_of, machine_inside, orders
from attribution.simulate.signing import Signer
from attribution.simulate.skeleton import Skeleton
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from attribution.simulate.model import Occasion

__all__ = ["Shop"]

_UTF8 = Coding("utf-8", "utf-8", "quoted-printable", "Q")


class Shop:
    """Order mail of one shop, in the words of its platform.

    Args:
        label: Its number.
        seed: Of the world.
    """

    def __init__(self, label: int, seed: int) -> None:
        dice = Dice(f"{seed}:shop:{label}")
        self._platform = dice.pick(texts("shops")["platform"])
        number = texts("shops")["platform"].index(self._platform)
        self._name = (
            names.company(dice.getrandbits(48))
            if dice.random() < 0.4
            else f"{names.brand(dice.getrandbits(48))} {dice.pick(('Store', 'Shop', 'Online', 'Laden'))}"
        )
        self._home = names.domain(mix(seed * 104729 + label), home=True)
        self._platform_home = f"{self._platform['name'].lower()}.example"
        self._branded = dice.random() < 0.5
        self._base = HOSTS[(number + 3) % len(HOSTS)].base + (90 + number << 8)
        # The same for all shops of the platform.
        platform = Dice(f"{seed}:platform:{number}")
        self._software = choose("2013", "service", platform)
        self._inside = machine_inside(self._platform_home, platform)
        self._signer = Signer(platform.below(60), self._platform_home, platform)
        self._engine = Engine(
            f"platform {self._platform['name']}",
            orders(number),
            Shape(self._platform["message_id"]),
            Shape("--==_mimepart_%h14_%h8"),
            zone=0,
        )
        self._skeleton = Skeleton(self._engine, "plain", _UTF8, {"reply"})
        self._phrases = Phrases(texts("shops")["lists"])

    def write(self, occasion: Occasion) -> Letter:
        """Return one order mail."""
        dice, user = occasion.dice, occasion.user
        number = dice.below(6)
        rdns = f"o{number + 1}.out.{self._platform_home}"
        peer = Peer(rdns, rdns, address_text(self._base + 20 + number))
        envelope = f"bounces+{dice.digits(7)}-{user.address.replace('@', '=')}@{self._platform_home}"
        leaves = occasion.time - 1 - wait(dice.random())
        above, early = lines_of(self._software, peer, self._inside, envelope, user.address, leaves, "UTC", dice)
        above += self._signer.sign(dice, leaves)
        sent_at = early - 1 + clock_error(self._base)
        address = f"orders@{self._home}" if self._branded else f"no-reply@{self._platform_home}"
        contact = f"info@{self._home}"
        facts = {
            "first": user.first,
            "last": user.last,
            "shop": self._name,
            "contact": contact,
            "item": dice.pick(texts("shops")["lists"]["item"]),
            "num6": dice.digits(6),
            "num7": dice.digits(7),
            "num8": dice.digits(8),
            "code": dice.signs("A", 10),
            "price": f"{5 + dice.below(140)}.{dice.below(100):02}",
            "link": f"https://{self._platform_home}/{self._home.partition('.')[0]}/orders/{dice.hexadecimal(16)}",
        }
        subject = self._phrases.make(dice.pick(self._platform["subjects"]), dice, facts, occasion.time)
        text = self._phrases.make(self._platform["text"], dice, facts, occasion.time) + f"\n{self._name}\n"
        header, body = self._skeleton.fill(
            occasion,
            f'"{self._name}" <{address}>',
            address,
            code_header(subject, _UTF8),
            zone=0,
            helo=self._platform_home,
            sent_at=sent_at,
            plain=text,
            reply=f"<{contact}>",
        )
        engine = self._engine.name
        return Letter(peer, envelope, self._signer.verdict, "pass", True, above + header, body, peer.ip, engine, False)
