"""The traits of a message's body, read in a worker: links, attachments, contacts and a sketch of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from attribution._names import registrable_domain
from attribution.campaigns.body.charsets import decode_text
from attribution.campaigns.body.contacts import phones_in, wallets_in
from attribution.campaigns.body.html import Page, read_html
from attribution.campaigns.body.limits import BodyLimits
from attribution.campaigns.body.links import link_traits, links_in_text
from attribution.campaigns.body.parts import split_parts
from attribution.campaigns.body.prose import own_words, without_leave_lines
from attribution.campaigns.body.sketch import FEWEST_SHINGLES, chars_for, sketch_text

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from attribution.campaigns.body.parts import Part
    from attribution.models import Status

__all__ = ["BodyTraits", "read_body"]

_DEFAULT_LIMITS = BodyLimits()
_RECIPIENTS = 20
_SMALLEST_ATTACHMENT = 16

# Parts that are made anew for each message, say who wrote and not what, or hold what is read elsewhere.
_NO_ATTACHMENTS = frozenset(
    (
        "application/pgp-signature",
        "application/pgp-encrypted",
        "application/pgp-keys",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
        "application/ms-tnef",
        "application/vnd.ms-tnef",
        "application/x-delivery-status",
        "text/calendar",
        "text/x-vcard",
        "text/vcard",
        "text/directory",
        "text/x-amp-html",
        "text/rfc822-headers",
    )
)
_TEXTS = frozenset(("text/plain", "text/html", "text/enriched", "text/richtext"))
_LOOKS_LIKE_HTML = re.compile(
    r"\s{0,100}<(?:!doctype html|html|head|body|table|div|center|font|p|a href)\b", re.IGNORECASE
)
_META_CHARSET = re.compile(rb"<meta[^>]{1,100}charset=[\"']?([\w-]{2,40})", re.IGNORECASE)
# Not in a table that people read: control characters, characters that are not shown, halves of surrogates.
_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u034f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")


@dataclass(slots=True)
class BodyTraits:
    """What the body of one message says; lists are in order of first occurrence, each value once.

    Attributes:
        url_domains: Registrable domains, or addresses, of its links; of its images where it has no link.
        url_shapes: Shapes of their paths; see `shapes.path_shape`.
        attachments: SHA-256 of attached files, transfer encoding undone, hex.
        phones: Telephone numbers in E.164 form.
        wallets: `currency:address`.
        text_start: The first characters of the text, white space made single; None when there is no text.
        text_words: Words of the text that count; None when there is no text.
        text_sketch: MinHash of the text; see `sketch.sketch_text`. None when it has too few words.
        status: `ok`, or `partial` when a limit cut something off.
        detail: What was left out; empty when nothing was.
    """

    url_domains: tuple[str, ...] = ()
    url_shapes: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    wallets: tuple[str, ...] = ()
    text_start: str | None = None
    text_words: int | None = None
    text_sketch: bytes | None = None
    status: Status = "ok"
    detail: str = ""


def read_body(
    data: bytes,
    *,
    own_domains: Collection[str] = (),
    recipients: Sequence[str] = (),
    limits: BodyLimits = _DEFAULT_LIMITS,
) -> BodyTraits:
    """Return the traits of a message's body; nothing in it makes this raise, and time is linear in what is read.

    Of a message in plain text and HTML the links of both count, and the text that the HTML shows: people
    see that one. The plain text counts where the HTML shows less than a sketch needs and the plain text more. Images
    count as links only where there is no other link: a picture's host is often the service that is imitated, or one
    that counts readers. Attached messages and what a bounce sends back are left out.

    Args:
        data: The whole message, header included; it may be cut.
        own_domains: Registrable domains of the receiver, lower case: links to them are no evidence.
        recipients: Addresses that the message went to; the first 20 count.
        limits: The caps in force.
    """
    problems: list[str] = []
    if len(data) > limits.message_bytes:
        data = data[: limits.message_bytes]
        problems.append(f"longer than {limits.message_bytes} bytes")
    parts, left_out = split_parts(data, limits)
    problems += left_out
    plain, html, attachments, left_out = _sort(parts, limits, is_cut=bool(problems))
    problems += left_out
    page = _page(html, limits)
    if page.problem:
        problems.append(page.problem)
    readers = tuple(address.casefold() for address in recipients[:_RECIPIENTS] if address)
    names = _names(readers)
    spoken_plain, spoken_html = own_words(plain), own_words(page.text)
    text = spoken_html
    words, sketch = _sketch(spoken_html, names, limits) if html else (0, None)
    if words < FEWEST_SHINGLES and spoken_plain:
        plain_words, plain_sketch = _sketch(spoken_plain, names, limits)
        if plain_words > words or not html:
            text, words, sketch = spoken_plain, plain_words, plain_sketch
    links = page.links + links_in_text(spoken_plain, limits.links)
    if not page.links and html:
        links += links_in_text(spoken_html, limits.links)
    own = {*own_domains, *filter(None, (registrable_domain(address.rpartition("@")[2]) for address in readers))}
    domains, shapes = link_traits(
        links or page.images,
        own_domains=own,
        recipients=readers,
        most_domains=limits.domains,
        most_shapes=limits.shapes,
    )
    start = _start(text, limits.start_chars)
    return BodyTraits(
        url_domains=tuple(domains),
        url_shapes=tuple(shapes),
        attachments=tuple(attachments),
        phones=tuple(phones_in(text, page.phones, most=limits.phones)),
        wallets=tuple(wallets_in(text, most=limits.wallets)),
        text_start=start or None,
        text_words=words if start else None,
        text_sketch=sketch,
        status="partial" if problems else "ok",
        detail="; ".join(problems),
    )


def _page(html: str, limits: BodyLimits) -> Page:
    if not html:
        return Page()
    return read_html(html, most_depth=limits.html_depth, most_copies=limits.html_copies, most_links=limits.links)


def _sketch(text: str, names: Sequence[str], limits: BodyLimits) -> tuple[int, bytes | None]:
    return sketch_text(without_leave_lines(text[: chars_for(limits.words)]), names, most_words=limits.words)


def _start(text: str, most: int) -> str:
    """Return the first characters of a text, white space and what is not shown made single spaces."""
    words = " ".join(text.split(None, most)[:most])
    if not words.isprintable():
        words = " ".join(_NOT_TEXT.sub(" ", words[: 4 * most]).split())
    return words[:most].rstrip()


def _names(readers: Sequence[str]) -> list[str]:
    """Return the words by which a text may call its readers, from their addresses."""
    words: dict[str, None] = {}
    for address in readers:
        local = address.rpartition("@")[0][:64]
        pieces = [piece for piece in re.split(r"[._+\-0-9]", local) if len(piece) >= 3]
        words.update(dict.fromkeys(pieces))
    return list(words)


def _sort(parts: Sequence[Part], limits: BodyLimits, *, is_cut: bool) -> tuple[str, str, list[str], list[str]]:
    """Return plain text, HTML and hashes of the attachments, of all parts that count, and what was left out."""
    plain: list[str] = []
    html: list[str] = []
    attachments: dict[str, None] = {}
    problems: list[str] = []
    sizes = [limits.text_bytes, limits.html_bytes]
    for number, part in enumerate(parts):
        if number and any(kind.startswith("message/") or kind == "multipart/report" for kind in part.inside):
            continue
        kind = part.get_content_type()
        if _is_body(part, kind, has_text=bool(plain or html)):
            most = sizes[kind == "text/html"]
            payload = part.decoded(most + 1)
            if len(payload) > most:
                problems.append(f"text longer than {most} bytes")
            charset = part.charset or (_meta_charset(payload) if kind == "text/html" else None)
            text = decode_text(payload[:most], charset)
            text = text.replace("\r\n", "\n").replace("\r", "\n")
            is_html = kind == "text/html" or _LOOKS_LIKE_HTML.match(text) is not None
            if text:
                (html if is_html else plain).append(text)
            sizes[is_html] = max(0, sizes[is_html] - len(payload))
        elif _is_attachment(part, kind) and len(attachments) < limits.attachments:
            if is_cut and part is parts[-1]:
                continue  # its end is not there
            payload = part.decoded(limits.message_bytes)
            if len(payload) >= _SMALLEST_ATTACHMENT:
                attachments[sha256(payload).hexdigest()] = None
    return "\n".join(plain), "\n".join(html), list(attachments), problems


def _is_body(part: Part, kind: str, *, has_text: bool) -> bool:
    """Say whether a part is text that is shown as the message."""
    if kind not in _TEXTS or part.disposition == "attachment":
        return False
    return not (has_text and part.has_name) or part.inside[-1:] == ("multipart/alternative",)


def _is_attachment(part: Part, kind: str) -> bool:
    if kind in _NO_ATTACHMENTS or kind.startswith(("multipart/", "message/")):
        return False
    if kind.startswith("image/"):
        # Pictures that HTML shows, and logos below a signature, are in all mail of a company.
        return part.disposition == "attachment" and "content-id" not in part.fields
    return part.disposition == "attachment" or part.has_name or not kind.startswith("text/")


def _meta_charset(payload: bytes) -> str | None:
    found = _META_CHARSET.search(payload, 0, 2_000)
    return found[1].decode("ascii", "replace") if found else None
