"""Shapes of the `from` clause: a template names the places of HELO, rDNS and address, a pattern finds them.

A template is the clause as the server prints it, with slots in braces:

- `{helo}` what the peer called itself; `{rdns}` the name that the server found for the peer's address; `{both}`
  one name in both roles, of servers that print the HELO only where it differs.
- `{ip}` the peer's address, without its brackets, and `{port}` its port; behind a closing bracket one may follow.
- `{sender}` the envelope sender.
- `{ident}` the answer of RFC 1413; `{auth}` how the peer authenticated, e.g. `account u` or `with login`.
- `{user}` the account that logged in, and `{name}` a HELO of one word, where that account stands behind it.
- `{state}` what the server says of the name: `verified`, `RDNS failed` ...; `{forged}` an optional comment of
  Sendmail that the name may be forged.
- `{verb}` the greeting command; `{ehlo}` the same where its use shows that the client authenticated; `{quoted}` a
  HELO in quotation marks.
- `{address}`, `{word}`, `{text}`, `{brackets}`, `{any}` what is read over: an address, a word, text without
  brackets, without parentheses, any text.

A space stands for white space, which may be missing next to brackets. Everything else stands for itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from attribution._net import parse_ip

__all__ = ["Address", "Helo", "Shape", "compile_shape", "name_state", "read_address"]


class Address(NamedTuple):
    """An address as a server printed it.

    Attributes:
        ip: Its canonical form.
        port: The port that is glued to it, or None.
        length: Characters of the text that are the address itself.
    """

    ip: str
    port: int | None
    length: int


class Shape(NamedTuple):
    """A template made ready to match.

    Attributes:
        template: The template.
        pattern: Matches a whole `from` clause.
        slots: Names of the pattern's groups, in their order.
    """

    template: str
    pattern: re.Pattern[str]
    slots: tuple[str, ...]


_VERB = r"(?:HELO|EHLO|LHLO|helo|ehlo|lhlo)"
_NAME = r"[^\s()\[\]<>@;\"]"
Helo = Literal["any", "plain", "word"]
"""What may stand in a `{helo}` slot: any text, text that holds no bracket, or one word; a literal always."""

_HELO: dict[Helo, str] = {
    "any": r".*\S",
    "plain": r"(?:\[[^()\[\]<>\s]*\]|[^()\[\]<>\s]++(?:\s++[^()\[\]<>\s]++)*)",
    "word": r"(?:\[[^()\[\]<>\s]*\]|[^()\[\]<>\s]++)",
}
_SLOTS = {
    "rdns": rf"(?P<rdns>(?!{_VERB}\b){_NAME}++)",
    "both": rf"(?P<both>(?!{_VERB}\b){_NAME}++)",
    "ip": r"(?:[iI][pP][vV]6:)?+(?P<ip>[0-9A-Fa-f:.]++(?:%\w++)?+)",
    "ident": r"(?P<ident>[^\s()\[\]]*)",
    "port": r"(?P<port>[0-9]{1,5})",
    "sender": r"(?P<sender>[^\s()<>\[\]@]++@[^\s()<>\[\]]++)",
    "auth": r"(?P<auth>(?:account|with)\s++[^\s()]++|\w++\s++authenticated\s++user\s[^()]*+)",
    "user": r"(?P<auth>[^\s()<>\[\]@]++@[^\s()<>\[\]]++)",
    "name": r"(?P<helo>[^\s()\[\]<>@]++)",
    "state": r"(?P<state>RDNS\s++failed|unverified|unknown|verified|Not\s++Verified|may\s++be\s++forged)",
    "forged": r"(?:\s*+\(?(?P<forged>may\s++be\s++forged)\)?)?+",
    "quoted": r"(?P<helo>[^\"]*+)",
    "ehlo": r"(?P<auth>EHLO)",
    "brackets": r"[^()]*+",
    "any": r".*",
    "verb": _VERB,
    "address": r"[0-9A-Fa-f:.]++",
    "word": r"[^\s()\[\]<>]++",
    "text": r"[^()\[\]<>]*+",
}
_PIECE = re.compile(r"\{(\w+)\}| +|[^{} ]")
_OPEN, _CLOSE = "([", ")]"


def compile_shape(template: str, helo: Helo) -> Shape:
    """Return a template made ready to match.

    Args:
        template: In the language of this module.
        helo: What is taken for HELO. Any text is right only where the server that printed the clause is known by
            something that the peer cannot write: HELO is then all that stands between what the server wrote.
            Else a bracket in it could pass for the server's.

    Raises:
        ValueError: The template names a slot that does not exist.
    """
    pieces = [(match.group(), match.group(1)) for match in _PIECE.finditer(template)]
    source: list[str] = []
    bracketed = False
    for index, (text, slot) in enumerate(pieces):
        if slot == "helo":
            # Behind a word that announces it HELO may be empty; in front it would turn a literal into an address.
            empty = "?" if index else ""
            source.append(f"(?P<helo>(?:{_HELO[helo]}){empty})")
        elif slot is not None:
            if slot not in _SLOTS:
                raise ValueError(f"no slot {slot!r} in the shape {template!r}")
            source.append(_SLOTS[slot])
        elif text.isspace():
            after = pieces[index + 1][0] if index + 1 < len(pieces) else ""
            before = pieces[index - 1][0] if index else ""
            loose = after in _OPEN or after in _CLOSE or before in _OPEN or after == "{helo}"
            source.append(r"\s*+" if loose else r"\s++")
        elif text in _OPEN:
            source.append(re.escape(text) + r"\s*+")
        elif text in _CLOSE:
            source.append(r"\s*+" + re.escape(text))
            if text == "]" and bracketed and "{port}" not in template:
                source.append(r"(?::(?P<port>[0-9]{1,5}))?+")
        else:
            source.append(re.escape(text))
        bracketed = slot == "ip"
    pattern = re.compile(r"\s*+" + "".join(source) + r"[\s,;]*+", re.ASCII | re.DOTALL)
    return Shape(template, pattern, tuple(pattern.groupindex))


_FIFTH_OCTET = re.compile(r"((?:[0-9]{1,3}\.){3}[0-9]{1,3})[.:]([0-9]{1,5})", re.ASCII)


_LONGEST_ADDRESS = 64
"""Characters of the longest text with zone and port; nothing longer goes into the cache."""


def read_address(text: str) -> Address | None:
    """Return the address in the text of an `{ip}` slot, or None when it is none.

    A port may be glued to an IPv4 address as `192.0.2.1:25` or, as Exim 3 printed it, as a fifth octet.

    Args:
        text: The text of the slot.
    """
    if len(text) > _LONGEST_ADDRESS or not (text[-1:].isdigit() or ":" in text or "%" in text):
        return None  # Host names, mostly: they need no room in the cache.
    return _read_address(text)


@lru_cache(maxsize=65_536)
def _read_address(text: str) -> Address | None:
    ip = parse_ip(text)
    if ip is not None:
        return Address(ip, None, len(text))
    glued = _FIFTH_OCTET.fullmatch(text)
    if glued is None:
        return None
    ip, port = parse_ip(glued.group(1)), int(glued.group(2))
    return None if ip is None or port > 65_535 else Address(ip, port, glued.end(1))


_STATES = {
    "unknown": "unknown",
    "unverified": "unknown",
    "not verified": "unknown",
    "unknown_domain": "unknown",
    "noname": "unknown",
    "no.name.available": "unknown",
    "softdnserr": "failed",
    "harddnserr": "failed",
    "dnserr": "failed",
    "rdns failed": "failed",
    "verified": "verified",
    "may be forged": "may-be-forged",
}


def name_state(text: str) -> str | None:
    """Return what a word in the place of a name, or beside it, says of the name; None when it says nothing.

    The values are those of `Hop.rdns_state`.
    """
    return _STATES.get(text) or _STATES.get(" ".join(text.lower().split()))
