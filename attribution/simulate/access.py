"""Providers of lines at home, whose customers send through their servers."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from attribution.simulate.dice import Dice
from attribution.simulate.model import Peer
from attribution.simulate.networks import address_text
from attribution.simulate.servers import Way, choose
from attribution.simulate.signing import Signer

if TYPE_CHECKING:
    from attribution.simulate.model import Occasion
    from attribution.simulate.networks import Network
    from attribution.simulate.servers import Software

__all__ = ["Access", "access_of"]


class Access(NamedTuple):
    """The mail servers of a provider of lines at home.

    Attributes:
        home: Its domain.
        software: What they run.
        signer: Signs the mail; None where nothing does.
        servers: The outgoing ones.
        inside: The one behind them, where customers hand mail in, if they do it at another one.
        zone: Its place in the time zone database.
    """

    home: str
    software: Software
    signer: Signer | None
    servers: tuple[Peer, ...]
    inside: Peer
    zone: str

    def send(self, client: Peer, salt: int, address: str, occasion: Occasion, time: int) -> tuple[Peer, str, int, str]:
        """Return who hands a mail over, the lines above it, when it came by a right clock, the verdict on signatures.

        Args:
            client: The customer's computer.
            salt: Of the customer, who always uses the same server.
            address: The customer's mailbox.
            occasion: The message.
            time: When it leaves the provider, in seconds since 1970.
        """
        server = self.servers[salt % len(self.servers)]
        facts = {
            "from": address,
            "to": occasion.user.address,
            "user": address.partition("@")[0],
            "home": self.home,
            "net": self.home.partition(".")[0].upper(),
            "helo": client.helo,
        }
        way = Way({"server": server, "inside": self.inside, "pc": client}, facts, self.zone, address)
        lines, early = self.software.write(way, time, occasion.dice)
        if self.signer is None:
            return server, lines, early, ""
        return server, self.signer.sign(occasion.dice, time) + lines, early, self.signer.verdict


@lru_cache(maxsize=256)
def access_of(seed: int, network: Network, era: str) -> Access:
    """Return the mail servers of the provider of a network.

    Args:
        seed: Of the world.
        network: One of households.
        era: As `World.era`.
    """
    dice = Dice(f"{seed}:access:{network.asn}")
    home = f"{network.owner.split()[0].lower()}.example"
    software = choose(era, "provider", dice)
    stem = dice.pick(("smtp", "smtp", "mail", "out", "relay", "smtp-out", "mailout"))
    servers = tuple(
        Peer(f"{stem}{turn}.{home}", f"{stem}{turn}.{home}", address_text(network.base + 20 + turn))
        for turn in (1, 2, 3)
    )
    name = f"{dice.pick(('submit', 'auth', 'msa', 'filter'))}{1 + dice.below(4)}.{home}"
    inside = Peer(name, name, f"10.{dice.below(200)}.{dice.below(4)}.{2 + dice.below(200)}")
    signer = Signer(software.signer, home, dice) if software.signer and dice.random() < _SIGNING else None
    return Access(home, software, signer, servers, inside, network.zone)


_SIGNING = 0.4
"""Share of the providers that sign, of those whose servers can."""
