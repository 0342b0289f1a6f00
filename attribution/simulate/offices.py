"""The mail servers of an organisation whose people sit in its own network, and the lines that they write."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attribution.simulate.model import Peer
from attribution.simulate.networks import HOSTS, OFFICES, address_text
from attribution.simulate.servers import Way, choose
from attribution.simulate.signing import Signer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attribution.simulate.dice import Dice
    from attribution.simulate.servers import Software

__all__ = ["Filter", "Office", "office_of"]


class Filter(NamedTuple):
    """A filter in the net that mail of an organisation goes through: its software, and its hosts as in `Office`."""

    software: Software
    hosts: Mapping[str, Peer]


class Office(NamedTuple):
    """The mail servers of an organisation.

    Attributes:
        home: Its domain.
        zone: Its place in the time zone database.
        software: What its servers run.
        hosts: They, by the names of servers.toml.
        filter: What they send through; None for most.
        signer: Signs the mail; None where nothing does.
    """

    home: str
    zone: str
    software: Software
    hosts: Mapping[str, Peer]
    filter: Filter | None
    signer: Signer | None

    @property
    def peer(self) -> Peer:
        """Who hands its mail over."""
        return (self.filter or self).hosts["server"]

    @property
    def verdict(self) -> str:
        """What a receiver says of the signature of its mail, as in `Letter`."""
        return self.signer.verdict if self.signer else ""

    def inner_address(self, salt: int) -> str:
        """Return the address of somebody's computer in its network."""
        return f"{self.hosts['lan'].ip.rpartition('.')[0]}.{50 + salt % 180}"

    def send(self, client: Peer, sender: str, recipient: str, time: int, dice: Dice, *, own: bool) -> tuple[str, int]:
        """Return the lines of a message with its signature, and when the first server had it, by a right clock.

        Args:
            client: The computer that it comes from.
            sender: The address in From.
            recipient: Whom it is for.
            time: When it leaves the last server, in seconds since 1970.
            dice: Throws the identifiers.
            own: Whether the mail server's own program wrote it.
        """
        facts = {
            "from": sender,
            "to": recipient,
            "user": sender.partition("@")[0],
            "home": self.home,
            "net": self.home.partition(".")[0].upper(),
            "helo": client.helo,
        }
        above = ""
        if self.filter:
            above, time = self.filter.software.write(Way(self.filter.hosts, facts, "UTC", "", steady=True), time, dice)
        way = Way({**self.hosts, "pc": client}, facts, self.zone, sender)
        lines, early = self.software.write(way, time, dice, own=own)
        signature = self.signer.sign(dice, time) if self.signer else ""
        return f"{above}{signature}{lines}", early


def office_of(dice: Dice, home: str, zone: str, ip: str, era: str) -> Office:
    """Return the servers of an organisation.

    Args:
        dice: What decides; the same for all its messages.
        home: Its domain.
        zone: Its place in the time zone database.
        ip: Of its outgoing server.
        era: As `World.era`.
    """
    software = choose(era, "office", dice)
    host = f"{dice.pick(software.hosts or _HOSTS)}.{home}"
    hosts = _hosts(host, home.partition(".")[0], ip, era, dice)
    signs = bool(software.signer) and dice.random() < _SIGNING
    signer = Signer(software.signer, home, dice) if signs else None
    through = _filter(hosts["server"], dice) if era == "2013" and dice.random() < _FILTERED else None
    return Office(home, zone, software, hosts, through, signer)


_HOSTS = ("mail", "mx", "smtp", "gate", "mail", "mail2", "relay", "mx1")
"""What an outgoing server is called where its software does not matter."""
_SIGNING = 0.55
"""Share of the organisations that sign, of those whose servers can."""
_FILTERED = 0.06
"""Share of the organisations of 2013 whose mail goes through a filter."""


def _hosts(host: str, net: str, ip: str, era: str, dice: Dice) -> dict[str, Peer]:
    """Return the outgoing server with both its addresses, the one behind it, and the mailboxes on that."""
    second, third = dice.below(200), dice.below(4)
    lan = dice.pick((f"10.{second}.{third}", f"192.168.{second}", f"172.{16 + second % 16}.{third}"))
    stem = dice.pick(("EX", "MAIL", "SRV", "EXCH", f"{net[:6].upper().rstrip('-')}-EX"))
    short = f"{stem}{1 + dice.below(3):02}"
    inside = f"{short}.{net}.local"
    server, behind = f"{lan}.{2 + dice.below(20)}", f"{lan}.{24 + dice.below(20)}"
    link_local = ":".join(f"{dice.getrandbits(16) | 0x1000:x}" for _ in range(4))
    mailbox = Peer(inside, "", f"fe80::{link_local}") if era == "2013" else Peer(short, "", behind)
    return {
        "server": Peer(host, host, ip),
        "lan": Peer(host, "", server),
        "inside": Peer(inside, "", behind),
        "mailbox": mailbox,
        # A firewall says where the mail goes next: to the receiver.
        "exchanger": Peer("", "", address_text(OFFICES[0].base + 0x3F019)),
    }


def _filter(gate: Peer, dice: Dice) -> Filter:
    software = choose("2013", "filter", dice)
    name = software.hosts[0]
    server = Peer(name, name, address_text(HOSTS[1].base + (40 << 12) + 1 + dice.below(4000)))
    return Filter(software, {"server": server, "gate": gate})
