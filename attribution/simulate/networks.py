"""The invented networks that mail comes from, and the names of the addresses in them.

Addresses lie in blocks from which no mail comes on the public Internet, parts of eleven /8 held by the US Department
of Defense, so that nothing invented is said of a household or a server that exists. Every provider here is made up.
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

__all__ = ["HOSTS", "HOUSEHOLDS", "OFFICES", "Network", "address_text", "name_of", "spread"]

_QUIET = (6, 7, 11, 21, 22, 26, 28, 29, 30, 33, 55)


class Network(NamedTuple):
    """One network.

    Attributes:
        base: First address, as a number.
        size: Number of addresses.
        country: ISO 3166 code.
        owner: Name of the provider.
        names: Pattern of reverse names with `{a}` to `{d}` for the octets; empty where there are none.
        zone: Minutes east of UTC.
        access: `residential`, `hosting` or `business`.
        asn: Number of the autonomous system, of those for private use (RFC 6996).
    """

    base: int
    size: int
    country: str
    owner: str
    names: str
    zone: int
    access: str
    asn: int


def _base(index: int) -> int:
    # Networks of 2^18 addresses, one after the other over the blocks.
    return (_QUIET[index % 11] << 24) | ((index // 11) << 18)


_HOUSEHOLDS = """
VN|Song Xanh Telecom|dynamic.songxanh.com.vn|420
VN|Bien Dong Net||420
IN|Nilgiri Broadband|{d}.{c}.{b}.{a}.static.nilgiribb.in|330
IN|Ganga Fibre|abts-north-dynamic-{d}.{c}.{b}.{a}.gangafibre.in|330
IN|Malabar Online||330
BR|Ribeira Fibra|{a}-{b}-{c}-{d}.user.ribeirafibra.com.br|-180
BR|Serra Azul Telecom|{a}.{b}.{c}.{d}.dynamic.adsl.serraazul.net.br|-180
RU|Volzhanka Telekom|{a}.{b}.{c}.{d}.dynamic.volzhanka-tel.ru|240
RU|Uralets Set|ppp-{a}-{b}-{c}-{d}.uralets-set.ru|360
TR|Bogazlar Net|{a}.{b}.{c}.{d}.dynamic.bogazlarnet.com.tr|120
PL|Kablowa Siec|{a}-{b}-{c}-{d}.dynamic.kablowasiec.pl|60
PL|Wisla Net|ab{c}{d}.neoplus.wislanet.pl|60
CN|Changhe Telecom||480
CN|Bai Yun Broadband|{d}.{c}.{b}.{a}.broad.by.gd.dynamic.baiyunbb.cn|480
AR|Pampa Sur|{a}-{b}-{c}-{d}.pampasur.com.ar|-180
AR|Rio Grande Cable|host{d}.{a}-{b}-{c}.riograndecable.net.ar|-180
UA|Dnipro Lan|{a}-{b}-{c}-{d}.dnipro-lan.net.ua|120
UA|Stepova Merezha||120
ID|Nusa Raya|fm-dyn-{a}-{b}-{c}-{d}.nusaraya.net.id|420
IT|Adda Telematica|host{d}-{c}-dynamic.{b}-{a}-r.addatel.it|60
ES|Meseta Telefonia|{d}.red-{a}-{b}-{c}.dynamicip.mesetatel.es|60
KR|Hangang Net||540
TW|Yushan Net|{a}-{b}-{c}-{d}.dynamic-ip.yushannet.tw|480
RO|Carpati Cablu|{a}-{b}-{c}-{d}.rdsnet.carpaticablu.ro|120
MX|Sierra Madre Tel|dsl-{a}-{b}-{c}-{d}-dyn.sierramadre.com.mx|-360
CO|Cafetal Net|dynamic-ip-{a}{b}{c}{d}.cafetalnet.co|-300
PE|Altiplano Red||-300
TH|Chao Phraya Online|ppp-{a}-{b}-{c}-{d}.revip.chaophraya.co.th|420
IR|Alborz Rah||210
SA|Najd Link||180
EG|Delta Nile Data|host-{a}.{b}.{c}.{d}.deltanile.com.eg|120
MA|Atlas Maghrib||0
DZ|Hoggar Telecom||60
PK|Indus Valley Net||300
BD|Padma Online||360
PH|Visayas Tel|{a}.{b}.{c}.{d}.pldt.visayastel.ph|480
MY|Kinabalu Band||480
KZ|Altyn Dala|{a}.{b}.{c}.{d}.megaline.altyndala.kz|360
BG|Rodopi Net|{d}-{c}-{b}-{a}.btc.rodopinet.bg|120
RS|Morava Kabl|cable-{a}-{b}-{c}-{d}.dynamic.moravakabl.rs|60
HU|Tisza Halo|dsl{a}{b}{c}{d}.pool.tiszahalo.hu|60
GR|Pindos Net|ppp{a}-{b}-{c}-{d}.dsl.pindosnet.gr|120
PT|Tejo Cabo|bl{c}-{d}-{b}.dsl.tejocabo.pt|0
CL|Andes Claro|{d}-{c}-{b}-{a}.baf.andesclaro.cl|-180
VE|Orinoco Net|{a}-{b}-{c}-{d}.dyn.dsl.orinoconet.com.ve|-270
US|Prairie Cable|c-{a}-{b}-{c}-{d}.hsd1.il.prairiecable.net|-360
US|Redwood DSL|adsl-{a}-{b}-{c}-{d}.dsl.snfc21.redwooddsl.net|-480
US|Bayou Broadband|{a}-{b}-{c}-{d}.lightspeed.bayoubb.net|-360
DE|Heide Kabel|p{a}{b}{c}{d}.dip0.heidekabel.de|60
DE|Neckar DSL|dslb-{a}-{b}-{c}-{d}.pools.neckardsl.de|60
GB|Pennine Broadband|host{a}-{b}-{c}-{d}.range.penninebb.co.uk|0
FR|Loire Telecom|lns-bzn-{a}-{b}-{c}-{d}.adsl.loiretel.fr|60
NL|Polder Kabel|{a}-{b}-{c}-{d}.ftth.polderkabel.nl|60
JP|Kiso Net|p{d}-{c}ip.tokyo.kisonet.ne.jp|540
ZA|Karoo Wireless|dsl-{a}-{b}-{c}-{d}.karoowireless.co.za|120
IL|Galil Com|bzq-{a}-{b}-{c}-{d}.red.galilcom.co.il|120
"""

_HOSTS = """
US|Rackfield Hosting|server{c}{d}.rackfieldhost.com|-360
US|Copper Cloud|static-{a}-{b}-{c}-{d}.coppercloud.net|-300
DE|Nordwerk Rechenzentrum|static.{d}.{c}.{b}.{a}.clients.nordwerk-rz.de|60
FR|Ovale Serveurs|ks{c}{d}.ovale-serveurs.fr|60
NL|Leasepoort|hosted-by.leasepoort.nl|60
GB|Thames Racks|vps-{c}-{d}.thamesracks.co.uk|0
RU|Nevsky Host|vds-{c}{d}.nevskyhost.ru|240
TR|Marmara Sunucu|srv{d}.c{c}.marmarasunucu.com|120
BR|Ipe Hospedagem|cpro{c}{d}.ipehospedagem.com.br|-120
IN|Deccan Webhost|host-{c}-{d}.deccanwebhost.in|330
"""


def _read(text: str, first: int, access: str, asn: int) -> tuple[Network, ...]:
    networks = []
    for place, line in enumerate(text.split("\n")[1:-1]):
        country, owner, names, zone = line.split("|")
        networks.append(Network(_base(first + place), 1 << 18, country, owner, names, int(zone), access, asn + place))
    return tuple(networks)


HOUSEHOLDS = _read(_HOUSEHOLDS, 0, "residential", 64600)
"""Where people live, and so their infected computers."""
HOSTS = _read(_HOSTS, 100, "hosting", 64700)
"""Where servers are rented: web sites, mailing services, webmail."""
OFFICES = tuple(
    Network(_base(150 + place), 1 << 18, country, owner, "", zone, "business", 64800 + place)
    for place, (country, owner, zone) in enumerate(
        (
            ("DE", "Werra Businesscom", 60),
            ("GB", "Severn Leased Lines", 0),
            ("US", "Ohio Valley Business", -300),
            ("FR", "Garonne Entreprises", 60),
            ("NL", "Veluwe Zakelijk", 60),
            ("IT", "Arno Imprese", 60),
            ("ES", "Ebro Empresas", 60),
            ("PL", "Odra Biznes", 60),
        )
    )
)
"""Where companies have lines of their own."""


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
