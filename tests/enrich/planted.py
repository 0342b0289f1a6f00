"""Planted cases: mail, a scan and an IP database in which it is known whether the things sent the mail.

Two worlds have the same spam run, by the same senders at the same times, and differ in who sends. In `pcs` infected
computers behind home routers do, so that their addresses answer as a device as often as any of their networks do. In
`things` the devices do. Whatever judges how far device banners speak about senders has to tell the two apart.
"""

from __future__ import annotations

import gzip
import ipaddress
import json
import math
import random
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mmdb_writer import MMDBWriter
from netaddr import IPSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

__all__ = [
    "DEVICE_BANNERS",
    "OTHER_BANNERS",
    "REFRIGERATOR",
    "Planted",
    "PlantedAddress",
    "PlantedMessage",
    "PlantedNetwork",
    "Tally",
    "Truth",
    "plant",
]

World = Literal["pcs", "things"]
Style = Literal["full", "devices-only", "no-control"]
Rate = float | tuple[float, float]
START, END = datetime(2013, 12, 23, tzinfo=UTC), datetime(2014, 1, 6, 23, 59, 59, tzinfo=UTC)


class Service(NamedTuple):
    """A banner as a scan shows it: `{n}` stands for digits, `{when}` for the time of the answer."""

    type: str
    port: int
    module: str
    text: str
    product: str | None = None


def _http(status: str, *headers: str, title: str = "") -> str:
    body = f"<html><head><title>{title}</title></head><body></body></html>" if title else ""
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, "", body))


def _realm(realm: str, server: str, scheme: str = "Basic") -> str:
    challenge = f'WWW-Authenticate: {scheme} realm="{realm}"'
    return _http("401 Unauthorized", f"Server: {server}", "Date: {when}", challenge, "Connection: close")


DEVICE_BANNERS: tuple[Service, ...] = (
    Service("router", 80, "http", _realm("TP-LINK Wireless N Router WR841N", "Router Webserver")),
    Service("router", 8080, "http", _realm("TP-LINK Wireless Lite N Router WR740N", "Router Webserver")),
    Service("router", 80, "http", _realm("DSL-2750U", "micro_httpd")),
    Service("router", 8080, "http", _http("200 OK", "Server: Linux, HTTP/1.1, DIR-615 Ver 4.13", title="D-LINK")),
    Service("router", 80, "http", _realm("NETGEAR DGN2200v3", "embedded httpd")),
    Service("router", 7547, "http", _realm("P-660HW-T1 v3", "RomPager/4.07 UPnP/1.0")),
    Service("router", 23, "telnet", "ZXHN H108N V2.{n}\r\nLogin: "),
    Service("router", 23, "telnet", "TD-W8961ND 4.0 DSL Modem Router\r\nPassword: "),
    Service("router", 21, "ftp", "220 gate{n} FTP server (MikroTik 5.26) ready\r\n"),
    Service("router", 80, "http", _http("200 OK", "Content-Type: text/html", title="FRITZ!Box Fon WLAN 7270")),
    Service("router", 80, "http", _realm("Linksys E1200", "httpd")),
    Service("ip-camera", 81, "http", _realm("AXIS_00408C9A{n}", "AXIS 207W Network Camera", "Digest")),
    Service("ip-camera", 8081, "http", _realm("DCS-932L", "dcs-lig-httpd")),
    Service("ip-camera", 82, "http", _http("200 OK", "Server: Netwave IP Camera", "Date: {when}", title="IPCam")),
    Service("ip-camera", 554, "rtsp", "RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Hikvision Rtsp Server/1.0\r\n\r\n"),
    Service("ip-camera", 21, "ftp", "220 AXIS M1011 Network Camera 5.2{n} ready.\r\n"),
    Service("dvr-nvr", 80, "http", _http("200 OK", "Server: DVRDVS-Webs", "Date: {when}", title="index")),
    Service("dvr-nvr", 8000, "http", _realm("DVR", "DVR Web Server 2.{n}")),
    Service("nas", 5000, "http", _http("200 OK", "Server: Apache", title="Synology DiskStation - DS213j")),
    Service("nas", 21, "ftp", "220 NASFTPD Turbo station 1.3.4 Server (ProFTPD) [192.168.1.{n}]\r\n", "ProFTPD"),
    Service("nas", 21, "ftp", "220 LinkStation LS-WXL{n} FTP Server ready\r\n"),
    Service("set-top-box", 8081, "http", _realm("dreambox", "Enigma2 WebInterface Server")),
    Service("set-top-box", 23, "telnet", "opendreambox 2.0.0 dm800se\r\n\r\ndm800se login: "),
    Service("printer", 9100, "printer-job-language", "@PJL INFO ID\r\nHP LaserJet P2055dn\r\n"),
    Service("voip", 5060, "sip", "SIP/2.0 200 OK\r\nServer: Grandstream HT702 1.0.1.{n}\r\nContent-Length: 0\r\n\r\n"),
)
"""What things answer with; the words are the makers' model names, the answers are put together here."""
REFRIGERATOR = Service(
    "refrigerator", 8888, "http", _http("200 OK", "Server: Linux/2.6 httpd", title="Samsung Refrigerator RF4289HARS")
)
OTHER_BANNERS: tuple[Service, ...] = (
    Service("server", 80, "http", _http("200 OK", "Server: nginx/1.4.4", title="Welcome to nginx!"), "nginx"),
    Service("server", 80, "http", _http("200 OK", "Server: Microsoft-IIS/7.5", title="IIS7"), "Microsoft IIS httpd"),
    Service("server", 8080, "http", _http("403 Forbidden", "Server: Apache/2.2.22 (Win32)"), "Apache httpd"),
    Service("server", 22, "ssh", "SSH-2.0-OpenSSH_5.9p1 Debian-5ubuntu1.{n}\r\n", "OpenSSH"),
    Service("server", 22, "ssh", "SSH-2.0-OpenSSH_6.0p1 Debian-4\r\n", "OpenSSH"),
    Service("desktop", 3389, "rdp", "\x03\x00\x00\x0b\x06\xd0\x00\x00\x124\x00"),
    Service("desktop", 3389, "rdp", "\x03\x00\x00\x13\x0e\xd0\x00\x00\x124\x00\x02\x01\x08\x00\x02\x00\x00\x00"),
    Service("server", 21, "ftp", "220 Microsoft FTP Service\r\n"),
)
"""What computers answer with, those of senders and of all others."""
_MAIL_BANNERS = (
    Service("mail-server", 25, "smtp", "220 mail{n}.relay.example ESMTP Postfix\r\n", "Postfix smtpd"),
    *(OTHER_BANNERS[0], OTHER_BANNERS[4]),
)


@dataclass(frozen=True, slots=True)
class PlantedNetwork:
    """A network; the rates are those of its addresses that answer, `sender_rate` after churn."""

    asn: int
    as_org: str
    country: str
    prefixes: tuple[str, ...]
    hosting: bool
    rdns: str
    base_rate: float
    sender_rate: float


@dataclass(slots=True)
class PlantedAddress:
    """An address and what is true of it.

    Attributes:
        role: `sender` (of spam), `control` (sent nothing) or `mail-server` (sent legitimate mail).
        sends: What sent from here: `pc`, `thing`, `mail-server`, None for the control group.
        messages: How many it sent.
        answers: Whether anything answers there. `device`: whether a thing does. `types`: which.
        churned: Whether what answered belongs to another household than the one that sent.
        listed: Whether the scan file has it. `observed_at`: when it was scanned.
    """

    ip: str
    asn: int
    role: str
    sends: str | None
    messages: int = 0
    answers: bool = True
    device: bool = False
    types: tuple[str, ...] = ()
    churned: bool = False
    listed: bool = False
    observed_at: datetime | None = None


class PlantedMessage(NamedTuple):
    """A message: `time` is the receiver's, `engine` names the program that wrote the header."""

    message_id: str
    ip: str
    time: datetime
    helo: str
    engine: str
    spam: bool


class Tally(NamedTuple):
    """Addresses of one network, or of all, that answer and those with a device, among senders and the control group."""

    senders: int
    sender_devices: int
    control: int
    control_devices: int


@dataclass(frozen=True, slots=True)
class Truth:
    """What was planted; `networks` are by AS number, `messages` in the order of the mbox."""

    world: World
    style: Style
    seed: int
    start: datetime
    end: datetime
    networks: dict[int, PlantedNetwork]
    addresses: tuple[PlantedAddress, ...]
    messages: tuple[PlantedMessage, ...]

    @property
    def things_send(self) -> bool:
        return self.world == "things"

    def tally(self, asn: int | None = None) -> Tally:
        """Return the counts of access networks as they are in truth, whatever the scan file lists of them."""
        counted = [a for a in self.addresses if a.answers and (asn is None or a.asn == asn)]
        senders = [a for a in counted if a.role == "sender"]
        control = [a for a in counted if a.role == "control" and not self.networks[a.asn].hosting]
        return Tally(len(senders), sum(a.device for a in senders), len(control), sum(a.device for a in control))

    @property
    def expected_rates(self) -> tuple[float, float]:
        """The planted rates of senders and control group, each over those of its addresses that answer."""
        found = []
        for role, rate in (("sender", "sender_rate"), ("control", "base_rate")):
            among = [self.networks[a.asn] for a in self.addresses if a.role == role and a.answers]
            rates = [float(getattr(network, rate)) for network in among if not network.hosting]
            found.append(sum(rates) / max(1, len(rates)))
        return found[0], found[1]


@dataclass(frozen=True, slots=True)
class Planted:
    """The files of a case, and its truth."""

    mail: Path
    banners: Path
    mmdb: Path
    truth: Truth


@dataclass(frozen=True, slots=True)
class _Plan:
    world: World
    seed: int
    style: Style
    scale: float
    base_rate: Rate
    thing_rate: Rate
    churn: float
    answering: float
    controls: float
    confounding: float
    stale: float
    helo: str
    start: datetime
    end: datetime

    def dice(self, what: str) -> random.Random:
        """Return choices that depend on the seed and their purpose alone: the worlds and styles share them."""
        return random.Random(f"{self.seed}/{what}")  # noqa: S311 (repeatable, not secret)

    def moment(self, dice: random.Random) -> datetime:
        """Return a moment of one of the three bursts of a day."""
        days = max(1, math.ceil((self.end - self.start) / timedelta(days=1)))
        burst = self.start + timedelta(days=dice.randrange(days), hours=dice.choice((6, 13, 20)))
        wanted = burst + timedelta(seconds=round(dice.gauss(0, 2100)))
        return min(max(wanted, self.start), self.end)


def plant(
    folder: Path,
    *,
    world: World,
    seed: int,
    style: Style = "full",
    scale: float = 1.0,
    base_rate: Rate = (0.05, 0.25),
    thing_rate: Rate = (0.6, 0.9),
    churn: float = 0.1,
    answering: float = 0.6,
    controls: float = 4.0,
    confounding: float = 1.5,
    stale: float = 0.15,
    helo: Literal["telling", "alike"] = "telling",
    start: datetime = START,
    end: datetime = END,
    compressed: bool = True,
) -> Planted:
    """Write a case and return where it is and what is true of it; the same arguments give the same bytes.

    Args:
        folder: Is made where it is not there; receives `planted.mbox`, `scan.json` (`.gz`) and `planted.mmdb`.
        world: `pcs` or `things`.
        seed: Of all choices. The same seed gives the same senders, times and networks in both worlds and all styles.
        style: `full`: the scan lists all that answer, of senders and others; `devices-only`: only addresses with a
            device and only that banner, as an export of a search does; `no-control`: senders alone were asked.
        scale: 1 is 600 to 1,000 sending addresses and about 2.7 messages of each.
        base_rate: Share of devices among the addresses of a network that answer, or the span that networks draw from.
        thing_rate: The same for senders that are things.
        churn: Share of sending addresses whose banner belongs to another household.
        answering: Share of sending addresses where anything answers.
        controls: Addresses of the control group that answer, for each sending address.
        confounding: How far networks with more devices also have more senders, whoever sends; 0 is not at all. With
            it the pooled comparison of the rates is wrong in the world of computers, the one by network is not.
        stale: Share of banners that are one to eight months older or newer than the mail; the others a few days.
        helo: `telling`: computers and things have HELO names of their own; `alike`: both worlds have the same mix,
            and the mail is the same to the byte.
        start: First moment of the mail, UTC. `end`: the last.
        end: See `start`.
        compressed: Whether the scan is written with gzip.
    """
    plan = _Plan(
        *(world, seed, style, scale, base_rate, thing_rate, churn, answering, controls, confounding, stale, helo),
        *(start.astimezone(UTC), end.astimezone(UTC)),
    )
    networks = _networks(plan)
    addresses = _addresses(plan, networks)
    letters = sorted(_letters(plan, networks, addresses), key=lambda letter: (letter[0].time, letter[0].message_id))
    lines = list(_scan(plan, networks, addresses))
    folder.mkdir(parents=True, exist_ok=True)
    mail, mmdb = folder / "planted.mbox", folder / "planted.mmdb"
    mail.write_bytes("".join(text for _, text in letters).encode("ascii"))
    scan = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode("ascii")
    banners = folder / ("scan.json.gz" if compressed else "scan.json")
    banners.write_bytes(gzip.compress(scan, 6, mtime=0) if compressed else scan)
    _write_mmdb(mmdb, networks, plan.start)
    messages = tuple(message for message, _ in letters)
    by_number = {network.asn: network for network in networks}
    truth = Truth(world, style, seed, plan.start, plan.end, by_number, tuple(addresses), messages)
    return Planted(mail, banners, mmdb, truth)


# --- Networks and addresses -----------------------------------------------------------------------------------------

# These belong to the US Department of Defense and send no mail in public, so that no provider is spoken ill of; to
# every program they are ordinary addresses. The AS numbers are for private use (RFC 6996).
_FIRST = (6, 7, 11, 21, 22, 26, 28, 29, 30, 33, 55, 214, 215)
_COUNTRIES = (
    *("BR", "TR", "IN", "VN", "MX", "PL", "TH", "RO", "AR", "IT", "US", "DE", "ES", "KR", "UA", "PH"),
    *("CO", "ID"),
)
_SYLLABLES = (
    *("vel", "mor", "tar", "nix", "os", "trel", "ka", "bru", "din", "sol", "quil", "fen", "ri", "zo"),
    *("lun", "pav"),
)
_KINDS = ("Telecom", "Cable", "Broadband", "Telefonica", "Communications", "Fibra", "Net", "Telekom")
_SHAPES = (
    "{a}-{b}-{c}-{d}.dyn.{name}.example",
    "ip-{d}-{c}-{b}-{a}.dsl.{name}.example",
    "dynamic-{a}-{b}-{c}-{d}.pool.{name}.example",
    "adsl-{b}-{c}-{d}.{name}.example",
    "cable-{a}-{b}-{c}-{d}.{name}.example",
    "ppp{c}-{d}.home.{name}.example",
)


def _networks(plan: _Plan) -> list[PlantedNetwork]:
    dice = plan.dice("networks")
    count = min(60, max(20, round(40 * math.sqrt(plan.scale)) + dice.randint(-6, 6)))
    blocks = [(first, second) for first in _FIRST for second in range(256)]
    dice.shuffle(blocks)
    numbers = dice.sample(range(64512, 65535), count + 3)
    names = dice.sample([a + b + c for a in _SYLLABLES for b in _SYLLABLES for c in _SYLLABLES if a != b], count + 3)
    networks = []
    for at, (asn, name) in enumerate(zip(numbers, names, strict=True)):
        hosting = at >= count
        # One prefix is wide, so that there is room for everybody.
        widths = (
            [18, 20] if hosting else [dice.randint(16, 18), *(dice.randint(17, 22) for _ in range(dice.randint(1, 3)))]
        )
        prefixes = []
        for width in widths:
            first, second = blocks.pop()
            third = dice.randrange(2 ** (width - 16)) << (24 - width)
            prefixes.append(f"{first}.{second}.{third}.0/{width}")
        base = 0.01 if hosting else _drawn(plan.base_rate, dice)
        of_thing = _drawn(plan.thing_rate, dice)
        rate = base if plan.world == "pcs" else (1 - plan.churn) * of_thing + plan.churn * base
        shape = dice.choice(_SHAPES) if dice.random() < 0.75 else ""
        if hosting:
            shape = "mail-{c}-{d}.{name}.example"
        org = f"{name.capitalize()} {'Hosting' if hosting else dice.choice(_KINDS)}"
        rdns = shape.replace("{name}", name)
        networks.append(PlantedNetwork(asn, org, dice.choice(_COUNTRIES), tuple(prefixes), hosting, rdns, base, rate))
    return networks


def _drawn(rate: Rate, dice: random.Random) -> float:
    low, high = rate if isinstance(rate, tuple) else (rate, rate)
    return low + (high - low) * dice.random()


def _addresses(plan: _Plan, networks: Sequence[PlantedNetwork]) -> list[PlantedAddress]:
    """Return all addresses; senders and control group stand in the same blocks of 256, as the lines of a place do."""
    dice = plan.dice("addresses")
    lines = [network for network in networks if not network.hosting]
    total = round(dice.randint(600, 1000) * plan.scale)
    ranks = {network.asn: rank for rank, network in enumerate(sorted(lines, key=lambda net: (net.base_rate, net.asn)))}
    weights = [math.exp(plan.confounding * ranks[net.asn] / len(lines)) * dice.uniform(0.6, 1.4) for net in lines]
    chosen = [net.asn for net in dice.choices(lines, weights, k=total)]
    found: list[PlantedAddress] = []
    for network in networks:
        sending = 6 if network.hosting else chosen.count(network.asn)
        control = 25 if network.hosting else round(plan.controls * total / len(lines))
        ips = _drawn_ips(network, sending + control, dice)
        role, what = ("mail-server", "mail-server") if network.hosting else ("sender", plan.world.rstrip("s"))
        many = dice.choices(range(1, 11), (38, 22, 14, 9, 6, 4, 3, 2, 1, 1), k=sending)
        for ip, messages in zip(ips[:sending], many, strict=True):
            address = PlantedAddress(ip, network.asn, role, what, messages * 3 if network.hosting else messages)
            address.answers = network.hosting or dice.random() < plan.answering
            address.churned = dice.random() < plan.churn and not network.hosting
            # Churn is in the expectation of the network's rate; here it is one address that has it or has not.
            of_thing = (network.sender_rate - plan.churn * network.base_rate) / max(1e-9, 1 - plan.churn)
            rate = network.base_rate if address.churned or plan.world == "pcs" else of_thing
            address.device = dice.random() < rate and address.answers
            found.append(address)
        for ip in ips[sending:]:
            device = dice.random() < network.base_rate
            found.append(PlantedAddress(ip, network.asn, "control", None, device=device))
    return found


def _drawn_ips(network: PlantedNetwork, count: int, dice: random.Random) -> list[str]:
    blocks = [
        str(block)[:-5] for prefix in network.prefixes for block in ipaddress.ip_network(prefix).subnets(new_prefix=24)
    ]
    used = dice.sample(blocks, min(len(blocks), max(2, math.ceil(count / 100))))
    return dice.sample([f"{block}.{last}" for block in used for last in range(2, 254)], count)


class _DatedWriter(MMDBWriter):
    epoch = 0

    def _build_meta(self) -> dict[str, Any]:
        return {**super()._build_meta(), "build_epoch": self.epoch}


def _write_mmdb(path: Path, networks: Sequence[PlantedNetwork], built: datetime) -> None:
    writer = _DatedWriter(4, "planted-asn-country", languages=["en"], description="invented")
    writer.epoch = int(built.timestamp())
    for network in networks:
        record = {"asn": f"AS{network.asn}", "as_name": network.as_org, "country_code": network.country}
        writer.insert_network(IPSet(list(network.prefixes)), record)
    writer.to_db_file(str(path))


# --- Mail -----------------------------------------------------------------------------------------------------------

_DOMAINS = (
    *("bluemill", "northgate-parts", "casa-verde", "tulipan", "oldharbour", "fastfox", "greenline"),
    "medicor",
)
_FIRSTS = (
    *("anna", "david", "maria", "john", "elena", "peter", "laura", "mark", "susan", "ivan", "karen"),
    "luis",
)
_LASTS = ("miller", "lopez", "novak", "keller", "rossi", "brandt", "kim", "stone", "diaz", "popov")
_PEOPLE = ("alice", "office", "info", "r.meyer", "sales", "dorothy", "t.olsen", "hugo", "billing", "nina")
_SUBJECTS = (
    *("Your parcel is waiting, order {n}", "Invoice {n} is overdue", "Photos from the party"),
    *("Last chance: {n}% off", "You have a new voice message ({n})", "Re: your application {n}"),
    "Best watches for the new year",
)
_BODIES = (
    "Dear customer,\n\nplease see the details of number {n} here:\nhttp://{word}.test/{word}.php?id={n}\n\nRegards\n",
    "Hello,\n\nthis offer ends tonight. Take a look:\nhttp://{word}.test/{n}/\n\nTo leave the list, write back.\n",
    "Hi!\n\nI found what you asked for: http://{word}.test/?{n}\n\nSee you\n",
)
_MACHINES = (
    *("USER-PC", "ADMIN-PC", "HOME-PC", "Owner-PC", "PC-2011", "ACER-LAPTOP", "FAMILY-PC", "user-4a1f07"),
    "MICROSOF-12AB34",
)


def _word(dice: random.Random, low: int, high: int, letters: str = string.ascii_lowercase) -> str:
    return "".join(dice.choice(letters) for _ in range(dice.randint(low, high)))


def _pc_helo(dice: random.Random) -> str:
    machine = f"WIN-{_word(dice, 11, 11, string.ascii_uppercase + string.digits)}"
    forged = f"{dice.choice(_DOMAINS)}.example"
    return dice.choices((dice.choice(_MACHINES), machine, forged), (5, 3, 3))[0]


def _thing_helo(ip: str, dice: random.Random) -> str:
    made_up = _word(dice, 4, 9)
    return dice.choices((ip, f"[{ip}]", "localhost", "localhost.localdomain", made_up), (3, 2, 3, 1, 3))[0]


class _Draft(NamedTuple):
    """What a program writes a header of: `date` is the text of the sender's clock, `sent` its moment."""

    sent: datetime
    helo: str
    date: str
    sender: str
    to: str
    subject: str


def _express(dice: random.Random, draft: _Draft) -> str:
    """Return a header as Outlook Express orders it, with the time in the Message-ID."""
    ticks = int((draft.sent - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000 + dice.randrange(
        10_000_000
    )
    made_up = _word(dice, 7, 7)
    host = made_up if draft.helo.startswith(("[", *string.digits)) else draft.helo.partition(".")[0].lower()
    stamp = f"{dice.randrange(16**4):04x}{ticks >> 32:08x}${ticks & 0xFFFFFFFF:08x}${dice.randrange(16**8):08x}"
    return (
        f"Message-ID: <{stamp}@{host}>\nFrom: {draft.sender}\nTo: <{draft.to}>\nSubject: {draft.subject}\n"
        f"Date: {draft.date}\n"
        'MIME-Version: 1.0\nContent-Type: text/plain;\n\tformat=flowed;\n\tcharset="windows-1250";\n'
        "\treply-type=original\n"
        "Content-Transfer-Encoding: 7bit\nX-Priority: 3\nX-MSMail-Priority: Normal\n"
        "X-Mailer: Microsoft Outlook Express 6.00.2900.5931\nX-MimeOLE: Produced By Microsoft MimeOLE V6.00.2900.5994\n"
    )


def _bat(dice: random.Random, draft: _Draft) -> str:
    """Return a header as The Bat! orders it."""
    domain = draft.sender.rpartition("@")[2].rstrip(">")
    number = dice.randrange(10**8, 10**9)
    return (
        f"Date: {draft.date}\nFrom: {draft.sender}\nX-Mailer: The Bat! (v3.99.29) Professional\n"
        f"X-Priority: 3 (Normal)\nMessage-ID: <{number}.{draft.sent:%Y%m%d%H%M%S}@{domain}>\nTo: {draft.to}\n"
        f"Subject: {draft.subject}\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=ISO-8859-1\nContent-Transfer-Encoding: 7bit\n"
    )


def _script(dice: random.Random, draft: _Draft) -> str:
    """Return a header below a forged line, as if a script on a web server had sent it."""
    domain = draft.sender.rpartition("@")[2].rstrip(">")
    mark = _word(dice, 6, 6, string.ascii_letters + string.digits)
    queue = f"1V{mark[:4]}-{dice.randrange(10**6):06d}-{mark[4:]}"
    return (
        f"Received: from apache by {domain} with local (Exim 4.67)\n\t(envelope-from <www@{domain}>)\n\tid {queue}\n"
        f"\tfor <{draft.to}>; {draft.date}\nTo: <{draft.to}>\nSubject: {draft.subject}\nDate: {draft.date}\n"
        f"From: {draft.sender}\n"
        f"Message-ID: <{dice.randrange(16**32):032X}@{domain}>\nX-Priority: 3\n"
        "X-Mailer: PHPMailer 5.1 (phpmailer.sourceforge.net)\n"
        'MIME-Version: 1.0\nContent-Transfer-Encoding: 7bit\nContent-Type: text/plain; charset="us-ascii"\n'
    )


_ENGINES: dict[str, Callable[[random.Random, _Draft], str]] = {
    "express": _express,
    "bat": _bat,
    "script": _script,
}


def _letters(
    plan: _Plan, networks: Sequence[PlantedNetwork], addresses: Sequence[PlantedAddress]
) -> Iterator[tuple[PlantedMessage, str]]:
    """Yield each message with its text in the mbox."""
    by_number = {network.asn: network for network in networks}
    zone = {network.asn: plan.dice(f"zone/{network.country}").choice((-5, -3, 0, 1, 2, 3, 7)) for network in networks}
    for address in addresses:
        if not address.messages:
            continue
        a, b, c, d = address.ip.split(".")
        shape = by_number[address.asn].rdns
        rdns = shape.format(a=a, b=b, c=c, d=d) if shape else "unknown"
        dice = plan.dice(f"mail/{address.ip}")
        as_pc, as_thing, shared = _pc_helo(dice), _thing_helo(address.ip, dice), dice.random() < 0.5
        is_pc = shared if plan.helo == "alike" else plan.world == "pcs"
        helo = as_pc if is_pc else as_thing
        engine = dice.choice(list(_ENGINES))
        if address.role == "mail-server":
            helo, engine = rdns, "thunderbird"
        # Longer or shorter names must not shift the choices that come after them.
        dice = plan.dice(f"messages/{address.ip}")
        for _ in range(address.messages):
            peer = f"from {helo} ({rdns} [{address.ip}])"
            yield _letter(plan, dice, address.ip, peer, helo, engine, zone[address.asn])


def _letter(
    plan: _Plan, dice: random.Random, ip: str, peer: str, helo: str, engine: str, hours: int
) -> tuple[PlantedMessage, str]:
    spam = engine != "thunderbird"
    received = plan.moment(dice) if spam else plan.start + (plan.end - plan.start) * dice.random()
    received = received.replace(microsecond=0)
    sent = received - timedelta(seconds=dice.randint(1, 240))
    date = format_datetime(sent.astimezone(timezone(timedelta(hours=hours))))
    to = f"{dice.choice(_PEOPLE)}@example.net"
    first, last, domain = dice.choice(_FIRSTS), dice.choice(_LASTS), f"{dice.choice(_DOMAINS)}.example"
    mailbox = f"{first}{dice.randrange(10, 99)}@{domain}" if spam else f"{first}.{last}@{domain}"
    sender = f'"{first.capitalize()} {last.capitalize()}" <{mailbox}>'
    number = str(dice.randrange(10, 90_000))
    if spam:
        subject = dice.choice(_SUBJECTS).replace("{n}", number)
        body = dice.choice(_BODIES).replace("{n}", number).replace("{word}", _word(dice, 6, 10))
        header = _ENGINES[engine](dice, _Draft(sent, helo, date, sender, to, subject))
    else:
        header = _thunderbird(dice, _Draft(sent, helo, date, sender, to, f"Meeting notes {number}"))
        body = f"Hello,\n\nplease find the notes on item {number} below.\n\nBest regards\n{first.capitalize()}\n"
    queue = f"{dice.randrange(16**10):010X}"
    by = f"mx{dice.randint(1, 3)}.example.net"
    protocol = "ESMTP" if not spam or dice.random() < 0.6 else "SMTP"
    text = (
        f"From {mailbox} {received:%a %b} {received.day:2d} {received:%H:%M:%S %Y}\n"
        f"Return-Path: <{mailbox}>\nX-Original-To: {to}\nDelivered-To: {to}\n"
        f"Received: {peer}\n\tby {by} (Postfix) with {protocol} id {queue}\n\tfor <{to}>; "
        f"{format_datetime(received)} (UTC)\n{header}\n{body}\n"
    )
    message_id = header.partition("Message-ID: ")[2].partition("\n")[0]
    return PlantedMessage(message_id, ip, received, helo, engine, spam), text


def _thunderbird(dice: random.Random, draft: _Draft) -> str:
    """Return the header of a letter that somebody handed to a mail server with a password."""
    domain = draft.sender.rpartition("@")[2].rstrip(">")
    inside = f"192.168.{dice.randrange(3)}.{dice.randrange(10, 200)}"
    return (
        f"Received: from [{inside}] (unknown [{inside}])\n\tby {draft.helo} (Postfix) with ESMTPSA id "
        f"{dice.randrange(16**10):010X}\n\tfor <{draft.to}>; {draft.date}\n"
        f"Message-ID: <52{dice.randrange(16**6):06X}.{dice.randrange(10**7):07d}@{domain}>\n"
        f"Date: {draft.date}\nFrom: {draft.sender}\n"
        "User-Agent: Mozilla/5.0 (Windows NT 6.1; rv:24.0) Gecko/20100101 Thunderbird/24.2.0\nMIME-Version: 1.0\n"
        f"To: {draft.to}\nSubject: {draft.subject}\nContent-Type: text/plain; charset=ISO-8859-1; format=flowed\n"
        "Content-Transfer-Encoding: 7bit\n"
    )


# --- Scan -----------------------------------------------------------------------------------------------------------


def _scan(
    plan: _Plan, networks: Sequence[PlantedNetwork], addresses: Sequence[PlantedAddress]
) -> Iterator[dict[str, object]]:
    """Yield the lines of the scan in the order of their times, and note in the addresses what they show."""
    by_number = {network.asn: network for network in networks}
    found: list[tuple[datetime, str, dict[str, object]]] = []
    cold = next((a for a in addresses if a.role == "sender" and a.device), None)
    for address in addresses:
        if not address.answers:
            continue
        dice = plan.dice(f"scan/{address.ip}")
        when = plan.moment(dice) + timedelta(seconds=dice.randint(-4 * 86_400, 4 * 86_400))
        if dice.random() < plan.stale:
            when += timedelta(days=dice.randint(30, 240)) * dice.choice((-1, -1, 1))
        things, others = _services(address, dice)
        if address is cold:
            things.append(REFRIGERATOR)
        address.observed_at, address.types = when, tuple(dict.fromkeys(each.type for each in things))
        listed = things if plan.style == "devices-only" else things + others
        if not listed or (plan.style == "no-control" and address.role == "control"):
            continue
        address.listed = True
        for service in listed:
            seen = when + timedelta(seconds=dice.randint(0, 3600), microseconds=dice.randrange(10**6))
            found.append((seen, address.ip, _record(by_number[address.asn], address.ip, service, seen, dice)))
    for _, _, record in sorted(found, key=lambda each: each[:2]):
        yield record


def _services(address: PlantedAddress, dice: random.Random) -> tuple[list[Service], list[Service]]:
    """Return what answers at an address: things, and computers. Ports are forwarded to more than one at times."""
    first = dice.choices(DEVICE_BANNERS, [3 if each.type == "router" else 1 for each in DEVICE_BANNERS])[0]
    rest = [each for each in DEVICE_BANNERS if each.type != first.type and each.port != first.port]
    second, many = dice.choice(rest), dice.random()
    if address.role == "mail-server":
        others = [_MAIL_BANNERS[0], dice.choice(_MAIL_BANNERS[1:])]
    else:
        others = [dice.choice(OTHER_BANNERS)]
        others += [each for each in dice.sample(OTHER_BANNERS, 1) if many > 0.7 and each.port != others[0].port]
    if not address.device:
        return [], others
    things = [first, second] if many < 0.2 else [first]
    others = others[:1] if many > 0.9 else []
    return things, [each for each in others if each.port not in {thing.port for thing in things}]


def _record(
    network: PlantedNetwork, ip: str, service: Service, seen: datetime, dice: random.Random
) -> dict[str, object]:
    """Return a banner as one line of a download from Shodan."""
    answered = f"{seen:%a, %d %b %Y %H:%M:%S} GMT"
    text = service.text.replace("{when}", answered).replace("{n}", str(dice.randrange(10, 99)))
    title = text.partition("<title>")[2].partition("</title>")[0]
    record: dict[str, object] = {
        "ip_str": ip,
        "ip": int(ipaddress.ip_address(ip)),
        "port": service.port,
        "transport": "udp" if service.module == "sip" else "tcp",
        "timestamp": seen.replace(tzinfo=None).isoformat(timespec="microseconds"),
        "data": text,
        "asn": f"AS{network.asn}",
        "isp": network.as_org,
        "org": network.as_org,
        "hostnames": [],
        "domains": [],
        "location": {"country_code": network.country, "city": None},
        "os": None,
        "opts": {},
        "_shodan": {"module": service.module, "options": {}, "crawler": f"{dice.randrange(16**8):08x}"},
    }
    if service.product is not None:
        record["product"] = service.product
    if service.module == "http":
        server = text.partition("Server: ")[2].partition("\r\n")[0]
        record["http"] = {"title": title or None, "server": server or None, "html": text.partition("\r\n\r\n")[2]}
    return record
