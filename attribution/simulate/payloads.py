"""What a spam message wants its reader to use: links, files, telephone numbers, wallets."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import base58

from attribution.simulate.dice import Shape, mix
from attribution.simulate.mime import base64_lines
from attribution.simulate.names import domain
from attribution.simulate.texts import texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.simulate.dice import Dice
    from attribution.simulate.model import Occasion

__all__ = ["Attachment", "attachment", "link_writer", "phone_number", "wallet"]


def link_writer(
    number: int, dice: Dice, english_words: tuple[str, ...], *, old: bool = False
) -> tuple[str, Callable[[Occasion], str]]:
    """Return how a campaign makes its links, and the writer of one link for a message.

    Args:
        number: What tells this campaign's domains from those of all others.
        dice: What decides on the campaign.
        english_words: For paths.
        old: Whether it is 2002: no short links, and no domains or programs of later years.
    """
    plan = texts("spam")["links"]
    if dice.random() < 0.1 and not old:
        hosts = dice.sample(plan["shorteners"], 1 + dice.below(2))
        code = Shape("/%m7")
        # A campaign uses few short links, each many times.
        links = tuple(f"http://{dice.pick(hosts)}{code.make(dice, 0, '', '')}" for _ in range(1 + dice.below(12)))
        return "short", lambda occasion: occasion.dice.pick(links)
    kit = dice.random() < 0.45
    if kit:
        pattern = dice.pick([path for path in plan["kits"] if not (old and any(word in path for word in _LATER))])
    else:
        pattern = (
            dice.pick(plan["own"]).replace("{w}", dice.pick(english_words)).replace("{v}", dice.pick(english_words))
        )
    path = Shape(pattern)
    # Where the path is no token of the message, it is one of the campaign.
    fixed = None if dice.random() < 0.4 else path.make(dice, 0, "", "")
    token = Shape(dice.pick(plan["tokens"])) if dice.random() < 0.3 else None
    www = "www." if dice.random() < 0.3 else ""
    draw = dice.random()
    hold = 3 + dice.below(8) if draw < 0.15 else 50 + dice.below(450) if draw < 0.6 else 1 << 40
    hacked = kit and dice.random() < 0.5
    pool = 4 + dice.below(40)
    own = mix(number)

    def write(occasion: Occasion) -> str:
        turn = occasion.seq // hold
        if hacked:
            turn = occasion.dice.below(pool) + turn * pool
        name = domain(own ^ turn, home=hacked, old=old)
        tail = fixed if fixed is not None else path.make(occasion.dice, occasion.time, name, "")
        mark = token.make(occasion.dice, occasion.time, name, "") if token is not None else ""
        if mark == "?e={to}":
            mark = f"?e={occasion.user.address}"
        if mark[:1] in {"?", "&"}:
            mark = f"{'&' if '?' in tail else '?'}{mark[1:]}"
        return f"http://{www}{name}{tail}{mark}"

    return "hacked" if hacked else "own", write


_LATER = ("/wp-", "/com_")
"""Paths of programs that nobody had in 2002."""


class Attachment(NamedTuple):
    """A file that a campaign attaches.

    Attributes:
        type: Its media type.
        head: Base64 of the bytes that are the same in every message, whole lines.
        fresh: Whether each message has 57 random bytes more at the end, which readers of the format pass over.
        name: Pattern of its name.
    """

    type: str
    head: bytes
    fresh: bool
    name: Shape

    def lines(self, dice: Dice) -> bytes:
        """Return the file of one message in Base64."""
        return self.head + base64_lines(dice.randbytes(57)) if self.fresh else self.head


def attachment(dice: Dice, word: str, day: int) -> Attachment:
    """Return a file for a campaign: harmless text in the dress of an archive or a document.

    Args:
        dice: What decides.
        word: For its name and text.
        day: Since 1970, on which it was made.
    """
    fresh = dice.random() < 0.5
    kind = dice.below(3)
    text = f"Invented attachment {dice.hexadecimal(12)} about {word}. It does nothing.\n".encode() * (2 + dice.below(8))
    number = dice.pick(("%d6", "_%d8", "-%h6", "", ""))
    if kind == 0:
        data = _zip(text, f"{word}.txt", day, fresh=fresh)
        return Attachment("application/zip", _head(data, fresh=fresh), fresh, Shape(f"{word}{number}.zip"))
    if kind == 1:
        data = _pdf(text)
        return Attachment("application/pdf", _head(data, fresh=fresh), fresh, Shape(f"{word}{number}.pdf"))
    data = b"{\\rtf1\\ansi " + text.replace(b"\n", b"\\par\n") + b"}"
    return Attachment("application/msword", _head(data, fresh=fresh), fresh, Shape(f"{word}{number}.doc"))


def _head(data: bytes, *, fresh: bool) -> bytes:
    if not fresh:
        return base64_lines(data)
    # Whole lines of 57 bytes only, so that what follows can be coded on its own.
    return base64_lines(data) if len(data) % 57 == 0 else base64_lines(_padded(data))


def _padded(data: bytes) -> bytes:
    return data + (b"\n" * (-len(data) % 57) if not data.startswith(b"PK") else b"")


def _zip(text: bytes, name: str, day: int, *, fresh: bool) -> bytes:
    """Return an archive; where it is to be fresh, without the 57 bytes of comment that it announces."""
    if not fresh:
        return _packed(text, name, day, b"")
    # The text is made so long that the rest fills whole lines.
    missing = -len(_packed(text, name, day, b"c" * 57)) % 57
    return _packed(text + b"." * missing, name, day, b"c" * 57)[:-57]


def _packed(text: bytes, name: str, day: int, comment: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(zipfile.ZipInfo(name, datetime.fromtimestamp(day * 86400 + 36000, UTC).timetuple()[:6]), text)
        packed.comment = comment
    return file.getvalue()


def _pdf(text: bytes) -> bytes:
    stream = b"BT /F1 12 Tf 50 700 Td (" + text.split(b"\n")[0] + b") Tj ET"
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>endobj\n"
        b"4 0 obj<</Length " + str(len(stream)).encode() + b">>stream\n" + stream + b"\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


# Numbers that are kept free for plays and books, or that no subscriber can have: prefix, first number, how many.
_TOLL_FREE = tuple((f"+1 {area} 555 ", 100, 100) for area in (800, 833, 844, 855, 866, 877, 888))
_TOWNS = tuple((f"+44 {town} 496 ", 0, 1000) for town in (113, 114, 116, 117, 118, 121, 131, 141, 151))
_OTHERS = tuple((f"+44 {prefix}", 0, 1000) for prefix in ("808 157 ", "191 498 ", "29 2018 "))
_PHONES = _TOLL_FREE + _TOWNS + _OTHERS
_PHONE_COUNT = sum(count for _, _, count in _PHONES)


def phone_number(index: int) -> str:
    """Return a telephone number that rings nowhere, in international form: different for the first 12,700 indices."""
    index = index * 1811 % _PHONE_COUNT
    for prefix, first, count in _PHONES:
        if index < count:
            return f"{prefix}{first + index:04}"
        index -= count
    raise AssertionError


def wallet(dice: Dice) -> str:
    """Return a Bitcoin address with a valid check sum, for a key that nobody has."""
    return base58.b58encode_check(b"\x00" + dice.randbytes(20)).decode("ascii")
