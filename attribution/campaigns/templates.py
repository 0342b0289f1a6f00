"""A subject made into its template: what a campaign's subjects keep in common when names and numbers change."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from attribution.campaigns.randomness import is_random

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["ADDRESS", "MASKS", "NUMBER", "RECIPIENT", "URL", "is_answer", "subject_template"]

NUMBER = "<#>"
RECIPIENT = "<r>"
ADDRESS = "<@>"
URL = "<url>"
MASKS = (NUMBER, RECIPIENT, ADDRESS, URL)
"""What stands in a template for a part that changes from message to message."""

_SUBJECT_CHARS = 400
_TEMPLATE_TOKENS = 32
_RECIPIENTS = 20
_MARKS = 8

# Marks of answering and forwarding as mail programs of many countries write them.
_REPLY_WORDS = (
    "re res rv r i rif ref réf fw fwd aw antw antwort wg doorst sv vs vb vl vá tr enc pd odp ynt ilt trs bls atb "
    "továbbítás válasz att ang νέο απ σχετ πρθ ha на нa ответ отв пересл "
    "回复 回覆 答复 答覆 转发 轉寄 轉發 返信 転送 답장 전달 השב הועבר رد إعادة ตอบ ส่งต่อ"
)
_REPLY = re.compile(
    r"\s*(?:"
    + "|".join(re.escape(word) for word in sorted(set(_REPLY_WORDS.split()), reverse=True))
    + r")\s{0,2}(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s{0,2}[:：]\s*"
)
# Marks that a filter on the way puts in front.
_TAG = re.compile(
    r"\s*[\[({*<]{1,6}\s{0,2}(?:external|extern|ext|spam|spam\?|suspected spam|possible spam|junk|bulk|phishing|"
    r"probable spam|caution|warning|virus)\s{0,2}[\])}*>]{1,6}\s{0,2}:?\s*"
)

_STAND_INS = {"\ue000": RECIPIENT, "\ue001": ADDRESS, "\ue002": URL}
_ADDRESS = re.compile(r"[^\s@<>()\[\]:;,\"]{1,64}@[^\s@<>()\[\]:;,\"]{1,255}")
_URL = re.compile(r"(?:https?://|www\.)\S{1,300}", re.IGNORECASE)
_ASCII_TOKEN = re.compile(r"[A-Za-z0-9]+")
_PARTS = re.compile(r"\d+|\D+")

# Scripts that put no space between words: each character is a token.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # kana
    (0x3400, 0x9FFF),  # Han
    (0xF900, 0xFAFF),  # Han, compatibility
    (0x20000, 0x3FFFF),  # Han, extensions
)

# Local parts that name a function and not a person: also words that a subject may hold.
_ROLE_WORDS = (
    "abuse account accounts admin alert alerts billing bounce contact customer finance help hello info invoice "
    "jobs list mail marketing member news newsletter office order orders payment phishing postmaster press root "
    "sales security service spam support team test undisclosed user webmaster"
)
_ROLES = frozenset(_ROLE_WORDS.split())


def subject_template(subject: str | None, recipients: Sequence[str] = ()) -> str | None:
    """Return the template of a subject, its tokens divided by single spaces, or None where nothing is left.

    Compatibility characters are made plain (Unicode NFKC), case is folded, invisible characters, punctuation and
    pictures go. Marks of answering and of spam filters in front go. Numbers, the recipient, other addresses and
    URLs become masks; random tokens are left out. Thai, Khmer, kana and Han characters are tokens of their own.

    Args:
        subject: The decoded subject (RFC 2047 undone), any length; the first 400 characters count.
        recipients: Addresses that the message went to; the first 20 count.
    """
    if not subject:
        return None
    text = subject[:_SUBJECT_CHARS]
    if not text.isascii():
        text = _plain(text)
    text = _without_marks(text)
    addresses, names = _recipient_names(tuple(recipients[:_RECIPIENTS]))
    if "@" in text:
        text = _ADDRESS.sub(
            lambda found: "\ue000" if found[0].casefold().strip(".!?'") in addresses else "\ue001", text
        )
    text = _URL.sub("\ue002", text)
    tokens: list[str] = []
    for word in _words(text.replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")):
        for token in _tokens(word, names):
            if not (tokens and token in MASKS and tokens[-1] == token):
                tokens.append(token)
        if len(tokens) >= _TEMPLATE_TOKENS:
            break
    if all(token in MASKS for token in tokens):
        return None
    return " ".join(tokens[:_TEMPLATE_TOKENS])


def _plain(text: str) -> str:
    """Undo compatibility forms and take out what is not seen, or could be taken for a stand-in."""
    kept = (
        " " if kind == "Cc" else char
        for char in unicodedata.normalize("NFKC", text)[: 2 * _SUBJECT_CHARS]
        if (kind := unicodedata.category(char)) not in {"Cf", "Co", "Cs", "Cn"} and not _is_ignorable(char)
    )
    return "".join(kept)


def _is_ignorable(char: str) -> bool:
    """Say whether a character that counts as a mark or letter is not shown (Unicode Default_Ignorable)."""
    return "\ufe00" <= char <= "\ufe0f" or char in "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"


def _without_marks(text: str) -> str:
    folded = text.casefold()
    if len(folded) != len(text):
        text = folded
    start = 0
    for _ in range(_MARKS):
        found = _REPLY.match(folded, start) or _TAG.match(folded, start)
        if found is None:
            break
        start = found.end()
    return text[start:]


def is_answer(subject: str | None) -> bool:
    """Say whether a subject is marked as an answer or as forwarded.

    Args:
        subject: The decoded subject.
    """
    folded = (subject or "")[:_SUBJECT_CHARS].casefold()
    tag = _TAG.match(folded)
    return _REPLY.match(folded, tag.end() if tag else 0) is not None


@lru_cache(maxsize=1_024)
def _recipient_names(recipients: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the recipients' addresses, and the words by which a subject may call them."""
    addresses = {address.casefold() for address in recipients if address}
    names: set[str] = set()
    for address in addresses:
        local = address.rpartition("@")[0]
        whole = "".join(char for char in local if char.isalnum())
        if len(whole) >= 3 and whole not in _ROLES:
            names.add(whole)
        first, divider, last = local[:64].replace("_", ".").partition(".")
        if divider:
            names.update(part for part in (first, last) if len(part) >= 3 and part.isalpha() and part not in _ROLES)
    return frozenset(addresses), frozenset(names)


def _words(text: str) -> Iterator[str]:
    """Split text into runs of letters, marks and digits, and into single characters of scripts without spaces."""
    if text.isascii():
        yield from _ASCII_TOKEN.findall(text)
        return
    run: list[str] = []
    for char in text:
        single = char in _STAND_INS or _is_unspaced(char)
        if not single and unicodedata.category(char)[0] in "LMN":
            run.append(char)
            continue
        if run:
            yield "".join(run)
            run.clear()
        if single and (char in _STAND_INS or unicodedata.category(char)[0] in "LMN"):
            yield char
    if run:
        yield "".join(run)


def _is_unspaced(char: str) -> bool:
    code = ord(char)
    return code >= _UNSPACED[0][0] and any(low <= code <= high for low, high in _UNSPACED)


def _tokens(word: str, names: frozenset[str]) -> Iterator[str]:
    if word in _STAND_INS:
        yield _STAND_INS[word]
        return
    folded = word.casefold()
    if folded in names:
        yield RECIPIENT
    elif folded.isnumeric():
        yield NUMBER
    elif not is_random(word):
        yield from (NUMBER if part.isnumeric() else part for part in _PARTS.findall(folded))
