"""Made-up names: people, firms, products, domains, Windows machines. None is meant to be anybody's."""

from __future__ import annotations

from functools import lru_cache

from attribution.simulate.dice import mix
from attribution.simulate.texts import texts

__all__ = [
    "FIRST", "FREE", "LAST", "WORDS", "brand", "company", "domain", "local_part", "machine",
    "surname_mix", "victim_domain",
]  # fmt: skip

FIRST, LAST, WORDS = (tuple(texts("names")[key].split()) for key in ("first", "last", "words"))
FREE = (
    "gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "aol.com", "live.com", "yahoo.co.uk", "msn.com", "mail.ru",
    "yandex.ru", "163.com", "qq.com", "gmx.de", "web.de", "gmx.net", "yahoo.com.br", "rediffmail.com", "libero.it",
    "wanadoo.fr", "terra.com.br",
)  # fmt: skip
"""Free mail providers. The mailboxes that are made up there have names with numbers nobody chose."""

_SYLLABLES = tuple(
    c + v
    for c in ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "tr", "st", "pl", "ch", "sh"]
    for v in ["a", "e", "i", "o", "u"]
)
_TLDS = (
    "com",
    "com",
    "com",
    "net",
    "ru",
    "info",
    "biz",
    "org",
    "in",
    "eu",
    "pl",
    "us",
    "com.br",
    "su",
    "pw",
    "cn",
    "co",
    "me",
)
_BEFORE = {"eu": "ws", "me": "cc", "pw": "to", "co": "net", "in": "biz"}
"""What spammers bought before these were for sale."""
_HOME_TLDS = (
    "com",
    "com",
    "net",
    "de",
    "co.uk",
    "it",
    "pl",
    "fr",
    "com.br",
    "org",
    "es",
    "nl",
    "ru",
    "co.jp",
    "example",
)
_ENDINGS = (
    "Systems",
    "Group",
    "Logistics",
    "Consulting",
    "Engineering",
    "Foods",
    "Partners",
    "Media",
    "Textiles",
    "Pharma",
    "Tools",
)


@lru_cache(maxsize=65_536)
def domain(number: int, *, home: bool = False, old: bool = False) -> str:
    """Return a domain that nobody is meant to have; different numbers give different ones, as good as always.

    Args:
        number: Which one.
        home: With the endings of ordinary firms instead of those that spammers buy.
        old: With endings that were for sale in 2002.
    """
    x = mix(number)
    tld = (_HOME_TLDS if home else _TLDS)[(x >> 56) % (len(_HOME_TLDS) if home else len(_TLDS))]
    if old:
        tld = _BEFORE.get(tld, tld)
    first, second = WORDS[x % len(WORDS)], WORDS[(x >> 8) % len(WORDS)]
    parts = [_SYLLABLES[(x >> shift) % 100] for shift in (16, 23, 30, 37)]
    style = (x >> 48) % (2 if home else 4)
    if style == 0:
        return f"{first}{''.join(parts[:3])}.{tld}"
    if style == 1:
        return f"{''.join(parts)}{second[:3]}.{tld}"
    if style == 2:
        return f"{first}-{second}{''.join(parts[:2])}.{tld}"
    letters = "".join("abcdefghijklmnopqrstuvwxyz"[(x >> shift) % 26] for shift in range(0, 45, 5))
    return f"{letters}.{tld}"


@lru_cache(maxsize=8192)
def brand(number: int) -> str:
    """Return a made-up name of one word, for a product or a firm."""
    x = mix(number ^ 0xB4A4D)
    return "".join(_SYLLABLES[(x >> shift) % 100] for shift in (0, 7, 14)[: 2 + (x >> 40) % 2]).capitalize() + (
        "", "x", "n", "r", "ia", "on", "ex", "is"
    )[(x >> 44) % 8]  # fmt: skip


@lru_cache(maxsize=8192)
def company(number: int) -> str:
    """Return the made-up name of a firm."""
    x = mix(number ^ 0xC0FFEE)
    return f"{brand(x)} {_ENDINGS[(x >> 20) % len(_ENDINGS)]}"


def victim_domain(bits: int) -> str:
    """Return a domain whose name is misused as sender: some often, most once in a while."""
    if bits & 7 == 0:
        return FREE[(bits >> 3) % 12]
    small = (bits >> 3) % 4096
    return domain(0xFEED0000 + small * small // 4096, home=True)


def local_part(first: str, last: str, bits: int) -> str:
    """Return the part of an address before the @, in one of the usual forms, in ASCII."""
    first, last = plain(first), plain(last)
    form = bits % 6
    number = (bits >> 4) % 9000 + 100
    if form == 0:
        return f"{first}.{last}{number}"
    if form == 1:
        return f"{first[0]}{last}{number}"
    if form == 2:
        return f"{first}{number}"
    if form == 3:
        return f"{first}_{last}{number % 97}"
    if form == 4:
        return f"{last}{first[0]}{number}"
    return f"{first}{last}{number}"


@lru_cache(maxsize=1024)
def plain(name: str) -> str:
    """Return a name in lower case and ASCII."""
    return name.lower().replace("ü", "ue").replace("ö", "oe").replace("ä", "ae")


def surname_mix(bits: int) -> tuple[str, str]:
    """Return a first and a last name."""
    return FIRST[bits % len(FIRST)], LAST[(bits >> 12) % len(LAST)]


_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def machine(salt: int) -> str:
    """Return the name of a Windows computer at home, the same for the same salt."""
    form = salt % 7
    rest = salt >> 4
    name = FIRST[rest % len(FIRST)]
    if form == 0:
        return f"{plain(name)}-pc"
    if form == 1:
        return f"{name.upper() if name.isascii() else 'USER'}-{rest >> 8 & 0xFFFFFFFF:08X}"
    if form == 2:
        return f"{plain(name)}-{rest >> 8 & 0xFFFFFFFFFF:010x}"
    if form == 3:
        return "WIN-" + "".join(_LETTERS[(rest >> shift) % 36] for shift in range(0, 55, 5))
    if form == 4:
        return f"PC-{_LETTERS[rest % 26]}{rest >> 8 & 0xFFFFFF:06X}"
    if form == 5:
        return ("user-pc", "home", "pc", "admin-pc", "acer", "toshiba", "hp-pc", "owner-pc")[rest % 8]
    return f"{plain(name)}{rest >> 8 & 0xFF}"
