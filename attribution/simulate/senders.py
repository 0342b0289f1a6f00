"""Who hands spam over: bots at home, broken-into web servers, swindlers at a webmail page."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from attribution.simulate.clocks import clock_error, wait, zone_at
from attribution.simulate.dates import mail_date
from attribution.simulate.dice import Dice, Shape, mix
from attribution.simulate.model import Peer
from attribution.simulate.names import company, domain, local_part, machine, surname_mix, victim_domain
from attribution.simulate.networks import HOSTS, HOUSEHOLDS, address_text, name_of
from attribution.simulate.servers import Way, choose
from attribution.simulate.texts import texts
from attribution.simulate.webmail import PROVIDER_DOMAINS, page_of, provider_lines

if TYPE_CHECKING:
    from attribution.simulate.engines import Engine
    from attribution.simulate.model import Occasion

__all__ = ["BotSender", "HostSender", "Sent", "WebmailSender", "borrowed_sender"]


class Sent(NamedTuple):
    """How one message was handed over.

    Attributes:
        peer: Who connected.
        helo: The name that the engine uses for its own machine, in identifiers too.
        above: Received lines below the receiver's, each with its line feed.
        zone: Minutes east of UTC of the sender's clock.
        origin_ip: Where it really came from.
        forged: Whether `above` is false.
        spf: The receiver's result.
        secure: Whether TLS was used.
        time: When the message left the sender, in seconds since 1970, by its clock.
        verdict: As in `Letter`.
    """

    peer: Peer
    helo: str
    above: str
    zone: int
    origin_ip: str
    forged: bool
    spf: str
    secure: bool
    time: int
    verdict: str = ""


class BotSender:
    """Sends from the bots of one or two botnets.

    Args:
        seed: Of the world.
        forging: Share of the botnets that write false Received lines.
        era: As `World.era`.
    """

    def __init__(self, seed: int, forging: float, era: str) -> None:
        lines = texts("spam")["forged"]["lines"]
        self._lines = [line for line in lines if era == "2013" or not any(word in line for word in _LATER)]
        self._forgeries: dict[int, Shape | None] = {}
        self._seed = seed
        self._forging = forging

    def send(self, occasion: Occasion, engine: Engine, sender: str) -> Sent:
        """Return how the bot of an occasion hands a message over.

        Args:
            occasion: The message.
            engine: The program that runs on the bot.
            sender: The address in From.
        """
        from_domain = sender.rpartition("@")[2]
        number, place, salt, botnet = occasion.bot
        network = HOUSEHOLDS[place]
        ip = address_text(number)
        rdns = name_of(network, number)
        form = engine.helo
        if form == "machine":
            helo = machine(salt)
        elif form == "literal":
            helo = f"[{ip}]"
        elif form == "inner":
            helo = f"[192.168.{salt & 1}.{2 + (salt >> 3) % 120}]"
        elif form == "rdns":
            helo = rdns or machine(salt)
        elif form == "domain":
            helo = from_domain
        elif form == "localhost":
            helo = "localhost" if salt & 1 else "localhost.localdomain"
        else:
            helo = occasion.dice.signs("l", 6 + (salt & 3))
        forgery = self._forgery(botnet)
        above = ""
        now = occasion.time - 1 + clock_error(salt)
        zone = zone_at(network.zone, now).minutes
        if forgery is not None:
            earlier = now - 1 - occasion.dice.below(600)
            above = (
                forgery.make(occasion.dice, earlier, from_domain, helo)
                .replace("{ip}", ip)
                .replace("{from}", sender)
                .replace("{helo}", helo)
                .replace("{to}", occasion.user.address)
                .replace("{date}", mail_date(earlier, zone))
            )
        inside = helo if helo[0] != "[" else machine(salt)
        spf = _BOT_SPF[crc32(from_domain.encode()) % 16]
        return Sent(Peer(helo, rdns, ip), inside, above, zone, ip, forgery is not None, spf, False, now)

    def _forgery(self, botnet: int) -> Shape | None:
        if botnet not in self._forgeries:
            dice = Dice(f"{self._seed}:forgery:{botnet}")
            found = None
            if dice.random() < self._forging:
                false = texts("spam")["forged"]
                word = dice.pick([*false["words"], dice.signs("l", 5)])
                pattern = dice.pick(self._lines).replace("{m}", dice.signs("L", 1)).replace("{w}", word)
                found = Shape(pattern)
            self._forgeries[botnet] = found
        return self._forgeries[botnet]


_LATER = ("Exim 4", "8.14", "google", "3790")
"""Words of programs that nobody had in 2002."""
# What the receiver says of mail from a bot with a borrowed sender: mostly nothing.
_BOT_SPF = ("",) * 8 + ("none",) * 3 + ("softfail",) * 3 + ("neutral", "fail")


class HostSender:
    """Sends from one to five web servers that were broken into.

    Args:
        dice: What decides on the campaign.
        era: As `World.era`.
    """

    def __init__(self, dice: Dice, era: str) -> None:
        self._hosts = []
        self._script = dice.pick(
            ("mailer.php", "x.php", "class.phpmailer.php(1) : eval()'d code", "inbox.php", "wp-mail.php")
        )
        for _ in range(1 + dice.below(5)):
            network = dice.pick(HOSTS)
            number = network.base + (dice.below(network.size >> 8) << 8) + 1 + dice.below(254)
            own = dice.random() < 0.5
            site = domain(dice.getrandbits(60), home=True)
            name = f"server.{site}" if own else name_of(network, number)
            software = choose(era, "web", dice)
            self._hosts.append((Peer(name, name, address_text(number)), site, network.zone, software))

    def send(self, occasion: Occasion) -> Sent:
        """Return how one of the servers hands a message over."""
        dice = occasion.dice
        peer, site, place, software = dice.pick(self._hosts)
        leaves = occasion.time - 1 - dice.below(20) - wait(dice.random())
        early = leaves + clock_error(crc32(peer.helo.encode()))
        way = Way({"server": peer}, {"to": occasion.user.address, "home": site}, place, "")
        above, _ = software.write(way, leaves, dice)
        zone = zone_at(place, early)
        return Sent(peer, site, above, zone.minutes, peer.ip, False, "none", dice.random() < 0.3, early)

    @property
    def script(self) -> str:
        """The field that PHP adds to say which script sent a message."""
        return f"X-PHP-Originating-Script: 33:{self._script}\n"


class WebmailSender:
    """Sends from the page of a webmail provider.

    Args:
        dice: What decides on the campaign.
        provider: `yahoo`, `hotmail`, `gmail`, `roundcube` or `squirrel`.
        era: As `World.era`.
    """

    def __init__(self, dice: Dice, provider: str, era: str) -> None:
        self.provider = provider
        self._era = era
        # Swindlers sit in a few places and get a new address every day or so.
        self._networks = dice.sample(HOUSEHOLDS, 1 + dice.below(2))
        network = dice.pick(HOSTS)
        number = network.base + (dice.below(network.size >> 8) << 8)
        site = company(dice.getrandbits(40)).split()[0].lower() + dice.pick(
            (".example", ".edu.example", ".gob.example")
        )
        server = Peer(f"mail.{site}", f"mail.{site}", address_text(number + 25))
        self._own = page_of(server, provider, era, dice) if provider not in PROVIDER_DOMAINS else None
        self.site = site
        self._salt = dice.getrandbits(40)

    def send(self, occasion: Occasion, sender: str) -> Sent:
        """Return how the provider's server hands a message over.

        Args:
            occasion: The message.
            sender: The address in From.
        """
        dice, time = occasion.dice, occasion.time
        x = mix(self._salt ^ time // 50000)
        network = self._networks[x % len(self._networks)]
        client = address_text(network.base + ((x >> 8) % (network.size >> 8) << 8) + 1 + (x >> 40) % 254)
        early = time - 2 - dice.below(30) - wait(dice.random())
        if self.provider not in PROVIDER_DOMAINS:
            # The large providers have clocks that are right.
            early += clock_error(self._salt)
        peer, above, spf, page, verdict = provider_lines(
            self.provider, self._own, client, early, dice, occasion.user.address, sender, self._era
        )
        return Sent(
            peer,
            page,
            above,
            zone_at(network.zone, early).minutes,
            client if self.provider != "gmail" else peer.ip,
            False,
            spf,
            self.provider != "yahoo",
            early,
            verdict,
        )


def borrowed_sender(dice: Dice) -> tuple[str, str]:
    """Return the local part and the domain of an address that is misused as sender."""
    bits = dice.getrandbits(48)
    first, last = surname_mix(bits)
    return local_part(first, last, bits >> 24), victim_domain(bits >> 8)
