"""The invented networks that mail comes from, and the names of the addresses in them.

Addresses lie in blocks from which no mail comes on the public Internet, parts of eleven /8 held by the US Department
of Defense, so that nothing invented is said of a household or a server that exists. Every provider here is made up,
and their domains are such as nobody can have (RFC 2606).
"""

from __future__ import annotations

import re
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["BACKSTAGE", "HOSTS", "HOUSEHOLDS", "OFFICES", "Network", "address_text", "name_of", "spread"]

_QUIET = (6, 7, 11, 21, 22, 26, 28, 29, 30, 33, 55)


class Network(NamedTuple):
    """One network.

    Attributes:
        base: First address, as a number.
        size: Number of addresses.
        country: ISO 3166 code.
        owner: Name of the provider.
        names: Pattern of reverse names with `{a}` to `{d}` for the octets; empty where there are none.
        zone: Its place in the time zone database.
        access: `residential`, `hosting` or `business`.
        asn: Number of the autonomous system, of those for private use (RFC 6996).
    """

    base: int
    size: int
    country: str
    owner: str
    names: str
    zone: str
    access: str
    asn: int


def _base(index: int) -> int:
    # Networks of 2^18 addresses, one after the other over the blocks.
    return (_QUIET[index % 11] << 24) | ((index // 11) << 18)


_HOUSEHOLDS = """
VN|Song Xanh Telecom|dynamic.songxanh.example|Asia/Ho_Chi_Minh
VN|Bien Dong Net||Asia/Ho_Chi_Minh
IN|Nilgiri Broadband|{d}.{c}.{b}.{a}.static.nilgiribb.example|Asia/Kolkata
IN|Ganga Fibre|abts-north-dynamic-{d}.{c}.{b}.{a}.gangafibre.example|Asia/Kolkata
IN|Malabar Online||Asia/Kolkata
BR|Ribeira Fibra|{a}-{b}-{c}-{d}.user.ribeirafibra.example|America/Sao_Paulo
BR|Serra Azul Telecom|{a}.{b}.{c}.{d}.dynamic.adsl.serraazul.example|America/Sao_Paulo
RU|Volzhanka Telekom|{a}.{b}.{c}.{d}.dynamic.volzhanka-tel.example|Europe/Moscow
RU|Uralets Set|ppp-{a}-{b}-{c}-{d}.uralets-set.example|Asia/Yekaterinburg
TR|Bogazlar Net|{a}.{b}.{c}.{d}.dynamic.bogazlarnet.example|Europe/Istanbul
PL|Kablowa Siec|{a}-{b}-{c}-{d}.dynamic.kablowasiec.example|Europe/Warsaw
PL|Wisla Net|ab{c}{d}.neoplus.wislanet.example|Europe/Warsaw
CN|Changhe Telecom||Asia/Shanghai
CN|Bai Yun Broadband|{d}.{c}.{b}.{a}.broad.by.gd.dynamic.baiyunbb.example|Asia/Shanghai
AR|Pampa Sur|{a}-{b}-{c}-{d}.pampasur.example|America/Argentina/Buenos_Aires
AR|Rio Grande Cable|host{d}.{a}-{b}-{c}.riograndecable.example|America/Argentina/Buenos_Aires
UA|Dnipro Lan|{a}-{b}-{c}-{d}.dnipro-lan.example|Europe/Kiev
UA|Stepova Merezha||Europe/Kiev
ID|Nusa Raya|fm-dyn-{a}-{b}-{c}-{d}.nusaraya.example|Asia/Jakarta
IT|Adda Telematica|host{d}-{c}-dynamic.{b}-{a}-r.addatel.example|Europe/Rome
ES|Meseta Telefonia|{d}.red-{a}-{b}-{c}.dynamicip.mesetatel.example|Europe/Madrid
KR|Hangang Net||Asia/Seoul
TW|Yushan Net|{a}-{b}-{c}-{d}.dynamic-ip.yushannet.example|Asia/Taipei
RO|Carpati Cablu|{a}-{b}-{c}-{d}.rdsnet.carpaticablu.example|Europe/Bucharest
MX|Sierra Madre Tel|dsl-{a}-{b}-{c}-{d}-dyn.sierramadre.example|America/Mexico_City
CO|Cafetal Net|dynamic-ip-{a}{b}{c}{d}.cafetalnet.example|America/Bogota
PE|Altiplano Red||America/Lima
TH|Chao Phraya Online|ppp-{a}-{b}-{c}-{d}.revip.chaophraya.example|Asia/Bangkok
IR|Alborz Rah||Asia/Tehran
SA|Najd Link||Asia/Riyadh
EG|Delta Nile Data|host-{a}.{b}.{c}.{d}.deltanile.example|Africa/Cairo
MA|Atlas Maghrib||Africa/Casablanca
DZ|Hoggar Telecom||Africa/Algiers
PK|Indus Valley Net||Asia/Karachi
BD|Padma Online||Asia/Dhaka
PH|Visayas Tel|{a}.{b}.{c}.{d}.pldt.visayastel.example|Asia/Manila
MY|Kinabalu Band||Asia/Kuala_Lumpur
KZ|Altyn Dala|{a}.{b}.{c}.{d}.megaline.altyndala.example|Asia/Almaty
BG|Rodopi Net|{d}-{c}-{b}-{a}.btc.rodopinet.example|Europe/Sofia
RS|Morava Kabl|cable-{a}-{b}-{c}-{d}.dynamic.moravakabl.example|Europe/Belgrade
HU|Tisza Halo|dsl{a}{b}{c}{d}.pool.tiszahalo.example|Europe/Budapest
GR|Pindos Net|ppp{a}-{b}-{c}-{d}.dsl.pindosnet.example|Europe/Athens
PT|Tejo Cabo|bl{c}-{d}-{b}.dsl.tejocabo.example|Europe/Lisbon
CL|Andes Claro|{d}-{c}-{b}-{a}.baf.andesclaro.example|America/Santiago
VE|Orinoco Net|{a}-{b}-{c}-{d}.dyn.dsl.orinoconet.example|America/Caracas
US|Prairie Cable|c-{a}-{b}-{c}-{d}.hsd1.il.prairiecable.example|America/Chicago
US|Redwood DSL|adsl-{a}-{b}-{c}-{d}.dsl.snfc21.redwooddsl.example|America/Los_Angeles
US|Bayou Broadband|{a}-{b}-{c}-{d}.lightspeed.bayoubb.example|America/Chicago
DE|Heide Kabel|p{a}{b}{c}{d}.dip0.heidekabel.example|Europe/Berlin
DE|Neckar DSL|dslb-{a}-{b}-{c}-{d}.pools.neckardsl.example|Europe/Berlin
GB|Pennine Broadband|host{a}-{b}-{c}-{d}.range.penninebb.example|Europe/London
FR|Loire Telecom|lns-bzn-{a}-{b}-{c}-{d}.adsl.loiretel.example|Europe/Paris
NL|Polder Kabel|{a}-{b}-{c}-{d}.ftth.polderkabel.example|Europe/Amsterdam
JP|Kiso Net|p{d}-{c}ip.tokyo.kisonet.example|Asia/Tokyo
ZA|Karoo Wireless|dsl-{a}-{b}-{c}-{d}.karoowireless.example|Africa/Johannesburg
IL|Galil Com|bzq-{a}-{b}-{c}-{d}.red.galilcom.example|Asia/Jerusalem
"""

_HOSTS = """
US|Rackfield Hosting|server{c}{d}.rackfieldhost.example|America/Chicago
US|Copper Cloud|static-{a}-{b}-{c}-{d}.coppercloud.example|America/New_York
DE|Nordwerk Rechenzentrum|static.{d}.{c}.{b}.{a}.clients.nordwerk-rz.example|Europe/Berlin
FR|Ovale Serveurs|ks{c}{d}.ovale-serveurs.example|Europe/Paris
NL|Leasepoort|hosted-by.leasepoort.example|Europe/Amsterdam
GB|Thames Racks|vps-{c}-{d}.thamesracks.example|Europe/London
RU|Nevsky Host|vds-{c}{d}.nevskyhost.example|Europe/Moscow
TR|Marmara Sunucu|srv{d}.c{c}.marmarasunucu.example|Europe/Istanbul
BR|Ipe Hospedagem|cpro{c}{d}.ipehospedagem.example|America/Sao_Paulo
IN|Deccan Webhost|host-{c}-{d}.deccanwebhost.example|Asia/Kolkata
"""


def _read(text: str, first: int, access: str, asn: int) -> tuple[Network, ...]:
    networks = []
    for place, line in enumerate(text.split("\n")[1:-1]):
        country, owner, names, zone = line.split("|")
        networks.append(Network(_base(first + place), 1 << 18, country, owner, names, zone, access, asn + place))
    return tuple(networks)


HOUSEHOLDS = _read(_HOUSEHOLDS, 0, "residential", 64600)
"""Where people live, and so their infected computers."""
HOSTS = _read(_HOSTS, 100, "hosting", 64700)
"""Where servers are rented: web sites, mailing services, webmail."""
OFFICES = tuple(
    Network(_base(150 + place), 1 << 18, country, owner, "", zone, "business", 64800 + place)
    for place, (country, owner, zone) in enumerate(
        (
            ("DE", "Werra Businesscom", "Europe/Berlin"),
            ("GB", "Severn Leased Lines", "Europe/London"),
            ("US", "Ohio Valley Business", "America/New_York"),
            ("FR", "Garonne Entreprises", "Europe/Paris"),
            ("NL", "Veluwe Zakelijk", "Europe/Amsterdam"),
            ("IT", "Arno Imprese", "Europe/Rome"),
            ("ES", "Ebro Empresas", "Europe/Madrid"),
            ("PL", "Odra Biznes", "Europe/Warsaw"),
        )
    )
)
"""Where companies have lines of their own."""

BACKSTAGE = _base(180)
"""First of 2^18 addresses inside large providers, whose servers speak with one another; no database has them."""


def address_text(number: int) -> str:
    """Return an address in text."""
    first, second, third, last = number.to_bytes(4, "big")
    return f"{first}.{second}.{third}.{last}"


def name_of(network: Network, number: int) -> str:
    """Return the reverse name of an address, empty where it has none."""
    form, octets = _form(network.names)
    return form % octets(number.to_bytes(4, "big")) if octets else form


_OCTET = re.compile(r"\{([abcd])\}")


@cache
def _form(names: str) -> tuple[str, Callable[[bytes], Any] | None]:
    """Return the pattern of names for `%`, which is quicker, and what takes the octets for it out of an address."""
    places = ["abcd".index(sign) for sign in _OCTET.findall(names)]
    return _OCTET.sub("%d", names), itemgetter(*places) if places else None


def spread(networks: tuple[Network, ...], which: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return an address in each of some networks, never the first or last one of a /24.

    Args:
        networks: To choose from.
        which: Index of the network of each address.
        rng: What decides.
    """
    bases = np.array([network.base for network in networks], dtype=np.int64)
    blocks = np.array([network.size >> 8 for network in networks], dtype=np.int64)
    block = (rng.random(len(which)) * blocks[which]).astype(np.int64)
    return bases[which] + (block << 8) + rng.integers(1, 255, len(which))
