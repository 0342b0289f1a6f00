"""The program that made a message, as one code: what it leaves in the order and shape of its header."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from attribution._names import registrable_domain
from attribution.campaigns.randomness import is_random

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attribution.models import Field

__all__ = ["engine_code", "helo_shape", "token_shape"]

# Fields that the way adds (relays, filters, mailing lists, mailboxes), and fields that come and go with the
# single message (answers, copies): neither belongs to the program that made it.
_NOT_THE_PROGRAM = (
    "apparently-",
    "arc-",
    "authentication-",
    "bcc",
    "cc",
    "content-length",
    "deliver",
    "dkim-",
    "domainkey-",
    "envelope-",
    "errors-to",
    "iplanet-",
    "in-reply-to",
    "lines",
    "list-",
    "mailing-list",
    "old-",
    "original-",
    "precedence",
    "received",
    "references",
    "resent-",
    "return-path",
    "sender",
    "spamdiagnostic",
    "status",
    "thread-",
    "x-amp-",
    "x-antispam",
    "x-antivirus",
    "x-apparently-to",
    "x-auto-response-suppress",
    "x-barracuda",
    "x-beenthere",
    "x-bogosity",
    "x-cloudmark",
    "x-cmae",
    "x-delivered-to",
    "x-dkim",
    "x-dmarc",
    "x-dspam",
    "x-egroups",
    "x-eop",
    "x-evolution",
    "x-exchange-",
    "x-fmfp",
    "x-folder",
    "x-forefront",
    "x-forwarded",
    "x-getmail",
    "x-gm-",
    "x-gnd-",
    "x-google-",
    "x-hm",
    "x-incoming",
    "x-ironport",
    "x-keywords",
    "x-loop",
    "x-mailman",
    "x-mdaemon",
    "x-message-delivery",
    "x-message-info",
    "x-microsoft-",
    "x-mimecast",
    "x-mozilla",
    "x-ms-",
    "x-msfbl",
    "x-original-to",
    "x-originating-",
    "x-pm-",
    "x-policyd",
    "x-proofpoint",
    "x-pyzor",
    "x-qmail",
    "x-razor",
    "x-received",
    "x-rocket",
    "x-rspamd",
    "x-scanned",
    "x-sender-ip",
    "x-sid-",
    "x-sonic",
    "x-source-ip",
    "x-spam",
    "x-store-info",
    "x-tmn",
    "x-uidl",
    "x-url",
    "x-user",
    "x-virus",
    "x-yahoo",
    "x-ymail",
    "x-zoho-",
    "xref",
)

# Fixed words that programs put in front of what is random in a boundary or id.
_FIXED_WORDS = (
    "alt alternative apple attachment b1 b2 bound boundary content ebay email html id java javamail mail message mime "
    "mimepart mixed multipart next nextpart part php phpmailer qmail related section smtp subpart swift text unique "
    "postfix openwave pmail mid msg"
)
_FIXED = frozenset(_FIXED_WORDS.split())
_RUN = re.compile(r"[A-Za-z0-9]+|[^A-Za-z0-9]")
_BOUNDARY = re.compile(r"boundary\s{0,20}=\s{0,20}(?:\"([^\"\r\n]{1,200})|([^\s;\"]{1,200}))", re.IGNORECASE)
_MAILER_WORD = re.compile(r"[^\W\d_]{2,20}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")
_SHORT_RUN = 8
_SURE_RUN = 12
_SHAPE_CHARS = 60
_NAMES = 40


def engine_code(fields: Sequence[Field], from_domain: str | None) -> str | None:
    """Return one code for the program that wrote a header, or None where too little of it is left.

    The order and spelling of field names, the shape of the Message-ID and of the MIME boundary and the name of
    the mailer come from the same program: together they are one piece of evidence, not four. Versions, random
    parts and the domain of the Message-ID are left out. Header structure as a mark of the sending program
    follows Gascon et al. (RAID 2018).

    Args:
        fields: The fields that the sender's side wrote, in their order.
        from_domain: Domain of the From address, to tell whether the Message-ID names it.
    """
    names: list[str] = []
    values: dict[str, str] = {}
    for field in fields:
        if field.key.startswith(_NOT_THE_PROGRAM):
            continue
        values.setdefault(field.key, field.value)
        name = _stable_name(field.name[:60])
        if len(names) < _NAMES and name not in names:
            names.append(name)
    if len(names) < 3:
        return None
    order = hashlib.blake2b(",".join(names).encode("utf-8", "replace"), digest_size=4).hexdigest()
    mailer = _mailer(values.get("user-agent") or values.get("x-mailer") or "")
    identifier = _message_id_shape(values.get("message-id", ""), from_domain)
    boundary = _boundary_shape(values.get("content-type", ""))
    return f"{mailer or 'no mailer'}; id {identifier}; boundary {boundary}; order {order}"


@lru_cache(maxsize=65_536)
def _stable_name(name: str) -> str:
    """Return a field name with its random parts masked, as some programs invent a name for each message."""
    if name[:2].lower() != "x-":
        return name
    return "-".join("?" if is_random(part) else part for part in name.split("-"))


def token_shape(text: str) -> str:
    """Return the shape of an id: runs of one class with their length, separators and fixed words as they stand.

    Classes: `9` digits, `h`/`H` hexadecimal in one case, `a`/`A` letters of one case, `x`/`X` letters of one case
    and digits, `z` both cases. A run below eight characters is `*`: counters grow, and short random text is of one
    class or another by chance; for the same reason a run is `9` or `a` from twelve characters on only. A UUID
    (RFC 9562) is `uuid`, a long text in the alphabet of base64 `B`.

    Args:
        text: Any text; the first 200 characters count.
    """
    text = text[:200]
    if _is_base64(text):
        return "B40+" if len(text) >= 40 else "B24+"
    shape = "".join(_run_shape(run) for run in _RUN.findall(_UUID.sub("\ue000", text)))
    return shape[:_SHAPE_CHARS]


def _is_base64(text: str) -> bool:
    return (
        len(text) >= 24
        and all(char.isalnum() or char in "+/=_-" for char in text)
        and any(char in "+/=_-" for char in text)
        and any(char.isdigit() for char in text)
        and sum(a.islower() != b.islower() for a, b in pairwise(text)) >= 8
        and any(char.isupper() for char in text)
    )


def _run_shape(run: str) -> str:
    if not run.isascii():
        return "uuid" if run == "\ue000" else "?"
    if not run.isalnum() or run.lower() in _FIXED:
        return run
    if len(run) < _SHORT_RUN:
        return "*"
    small = run.lower() == run
    if not small and run.upper() != run:
        kind = "z"
    elif run.isdigit() and len(run) >= _SURE_RUN:
        kind = "9"
    elif run.isalpha() and len(run) >= _SURE_RUN:
        kind = "a" if small else "A"
    elif all(char in "0123456789abcdef" for char in run.lower()):
        kind = "h" if small else "H"
    else:
        kind = "x" if small else "X"
    return f"{kind}{len(run)}"


def _message_id_shape(value: str, from_domain: str | None) -> str:
    text = value.strip()[:300]
    if not text:
        return "none"
    brackets = text.startswith("<") and text.endswith(">")
    local, at, host = text.strip("<>").partition("@")
    shape = token_shape(local) + at
    if at:
        shape += _host_kind(host.strip(), from_domain)
    return f"<{shape}>" if brackets else shape


def _host_kind(host: str, from_domain: str | None) -> str:
    if host.startswith("[") or host.replace(".", "").isdigit():
        return "ip"
    if "." not in host:
        return "bare" if host else "empty"
    if from_domain is not None and registrable_domain(host[:253]) == registrable_domain(from_domain[:253]):
        return "from"
    return "host"


def _boundary_shape(content_type: str) -> str:
    found = _BOUNDARY.search(content_type[:2_000])
    if found is None:
        return "none"
    return token_shape(found[1] or found[2])


def _mailer(value: str) -> str:
    words = (word.lower() for word in _MAILER_WORD.findall(value[:200]) if not is_random(word))
    return " ".join(list(dict.fromkeys(words))[:4])


def helo_shape(helo: str | None, from_domain: str | None = None) -> str | None:
    """Return the shape of the name that the peer gave in HELO, or None where it gave none.

    An address literal, a bare name and a host name are told apart; digits and random parts are masked, and the
    registrable domain is left out but for whether it is the one of the From address: the domain would say
    where the mail comes from, and the shape says how the program calls itself.

    Args:
        helo: The HELO argument as the receiver recorded it.
        from_domain: Domain of the From address.
    """
    if not helo:
        return None
    name = helo.strip()[:255]
    inner = name.strip("[]")
    if inner.replace(".", "").isdigit() or ":" in inner:
        return "[ip]" if name.startswith("[") else "ip"
    domain = registrable_domain(name)
    if domain is None:
        return f"bare {token_shape(name)}"
    labels = name[: max(0, len(name) - len(domain) - 1)]
    own = from_domain is not None and domain == registrable_domain(from_domain[:253])
    shape = ".".join(token_shape(label) for label in labels.split(".")[:4]) if labels else ""
    return f"host {shape or '-'} in {'the From domain' if own else 'a domain'}"
