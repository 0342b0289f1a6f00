"""Telephone numbers and wallets in a text: where the sender wants to be called or paid."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import base58

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["phones_in", "wallets_in"]

_PHONE_CANDIDATES = 12
_WALLET_CANDIDATES = 50
_WORD_CHARS = 1_000

# The expressions begin with a sign or a set of signs, so that the search runs from one to the next; what may not stand
# in front of a number is looked at afterwards.
_GAP = r"[ \u00a0().\-/\u2010-\u2013]{0,3}"
_INTERNATIONAL = (
    re.compile(rf"\+[ (]{{0,2}}[1-9](?:{_GAP}[0-9]){{7,14}}(?![\w%@=])"),
    re.compile(rf"00[ \-(]{{0,2}}[1-9](?:{_GAP}[0-9]){{7,14}}(?![\w%@=])"),
)
_DASH = r"[\-\u2010-\u2013.\u00b7 \u00a0]"
_NORTH_AMERICAN = re.compile(
    rf"[2-9][0-9]{{2}}(?:\){_DASH}{{0,3}}|{_DASH}{{1,3}})[2-9][0-9]{{2}}{_DASH}{{1,3}}[0-9]{{4}}(?![\w%@=]|[.,\-]\d)"
)
_BEFORE_NATIONAL = re.compile(rf"(?:\b1{_DASH}{{1,2}})?\(?\Z")
_NO_START = re.compile(r"[\w+.,/=&%#:\-$@]\Z")
_LONGEST_PREFIX = 5

_WALLET_CHARS = 26
_TOKEN = re.compile(r"[A-Za-z0-9]+")

# First byte of a base58check address and its currency.
_VERSIONS = {0x00: "btc", 0x05: "btc", 0x30: "ltc", 0x32: "ltc", 0x41: "trx", 0x1E: "doge"}
_BASE58CHECK = re.compile(r"[13LMTD][1-9A-HJ-NP-Za-km-z]{25,34}")
_BECH32 = re.compile(r"(bc|ltc)1([02-9ac-hj-np-z]{11,87})")
_BECH32_DIGITS = {char: value for value, char in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_BECH32_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_SUMS = (1, 0x2BC830A3)  # BIP 173, BIP 350
_ETHEREUM = re.compile(r"0x[0-9a-f]{40}")
_MONERO = re.compile(r"(?:4[0-9AB]|8[1-9A-C])[1-9A-HJ-NP-Za-km-z]{93}|4[1-9A-HJ-NP-Za-km-z]{105}")


def phones_in(text: str, given: Iterable[str] = (), *, most: int = 4) -> list[str]:
    """Return the telephone numbers in a text, in E.164 form, each once, in order.

    International numbers are those with `+` or `00`; national ones are read in the North American form with
    separators alone. A number counts when its country's plan has it (libphonenumber's data), so that most dates,
    amounts and order numbers fall out.

    Args:
        text: The shown text.
        given: Numbers of `tel:` links; they come first.
        most: Numbers that are returned at most.
    """
    candidates = dict.fromkeys(number.strip() for number in given)
    found = list(_national(text))
    for sign, pattern in zip(("+", "00"), _INTERNATIONAL, strict=True):
        if sign in text:
            matches = islice(pattern.finditer(text), _PHONE_CANDIDATES)
            found += [(match.start(), match[0]) for match in matches if not _no_start(text, match.start())]
    candidates.update((candidate, None) for _, candidate in sorted(found))
    numbers = (_e164(candidate) for candidate in islice(candidates, _PHONE_CANDIDATES))
    return list(dict.fromkeys(number for number in numbers if number))[:most]


def _national(text: str) -> Iterator[tuple[int, str]]:
    """Yield the numbers in the North American form, each with its place."""
    for match in islice(_NORTH_AMERICAN.finditer(text), _PHONE_CANDIDATES):
        before = text[max(0, match.start() - _LONGEST_PREFIX) : match.start()]
        prefix = _BEFORE_NATIONAL.search(before)
        start = match.start() - (len(prefix[0]) if prefix else 0)
        # "+1 (212) ..." is found as an international number.
        if not _no_start(text, start):
            yield start, match[0]


def _no_start(text: str, start: int) -> bool:
    return _NO_START.search(text[max(0, start - 1) : start]) is not None


@lru_cache(maxsize=16_384)
def _e164(candidate: str) -> str | None:
    import phonenumbers  # loading it takes longer than reading a hundred messages

    text = "+" + candidate[2:] if candidate.startswith("00") else candidate
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def wallets_in(text: str, *, most: int = 4) -> list[str]:
    """Return the wallets in a text, each once, in order, as `currency:address`.

    Bitcoin, Litecoin, Dogecoin and Tron by the checksum of base58check, Bitcoin and Litecoin by that of
    bech32 (BIP 173, BIP 350), Ethereum and Monero by their form.

    Args:
        text: The shown text.
        most: Wallets that are returned at most.
    """
    found: dict[str, None] = {}
    words = (word for word in text.split() if len(word) >= _WALLET_CHARS)
    tokens = (token for word in words for token in _TOKEN.findall(word[:_WORD_CHARS]) if len(token) >= _WALLET_CHARS)
    for token in islice(tokens, _WALLET_CANDIDATES):
        wallet = _wallet(token)
        if wallet is not None:
            found[wallet] = None
    return list(found)[:most]


def _wallet(token: str) -> str | None:
    if _BASE58CHECK.fullmatch(token):
        return _base58(token)
    lower = token.lower()
    bech32 = _BECH32.fullmatch(lower)
    if bech32 and token in {lower, token.upper()}:
        return f"{'btc' if bech32[1] == 'bc' else 'ltc'}:{lower}" if _is_bech32(bech32[1], bech32[2]) else None
    if _ETHEREUM.fullmatch(lower):
        return f"eth:{lower}" if len(set(lower[2:])) > 4 else None
    return f"xmr:{token}" if _MONERO.fullmatch(token) and not token.isalpha() else None


def _base58(token: str) -> str | None:
    try:
        data = base58.b58decode_check(token)
    except ValueError:
        return None
    currency = _VERSIONS.get(data[0]) if len(data) == 21 else None
    return f"{currency}:{token}" if currency else None


def _is_bech32(prefix: str, digits: str) -> bool:
    expanded = [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]
    total = 1
    for value in expanded + [_BECH32_DIGITS[char] for char in digits]:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_BECH32_GENERATORS):
            if top >> place & 1:
                total ^= generator
    return total in _BECH32_SUMS
