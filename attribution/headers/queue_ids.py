"""Queue ids of mail servers: which grammar an id fits, and the time that some of them carry.

The facts behind the grammars, by source:

- Exim, specification, chapter "How Exim receives and delivers mail", "Message identification", and the manual of
  `exim_id_update`: three groups of base-62 digits, 6-6-2 until 4.96 and 6-11-4 since 4.97; the first is the Unix time.
  macOS and Cygwin, whose file names ignore case, use base 36 instead.
- Postfix, `src/global/mail_queue.h` and `enable_long_queue_ids` of postconf(5): seconds (base 52, digits and
  consonants), four digits of microseconds, `z`, and the inode. The short form is five hexadecimal digits of
  microseconds, which are below a million, and the inode: it has no clock.
- Sendmail, `assign_queueid` in `sendmail/queue.c`: since 8.10 one character each for year modulo 60, month, day, hour,
  minute and second, in UTC; before, a letter for the hour in the server's own zone, two letters and the process.
- KumoMTA, Halon and Haraka: UUIDs (RFC 9562), of which versions 1 and 7 carry a time.
- As seen in mail, without published grammar: Google (Pacific time), SendGrid and Mailgun (Unix time in
  hexadecimal), InterMail (digits, UTC), Zoho (milliseconds).

A server takes the id when a transaction begins and may write its date when the message has ended: on Sendmail the id
can truly be minutes, rarely hours, earlier than the hop's date. An id later than the date has no such excuse.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Callable

    _Reader = Callable[[str], "QueueClock | None"]

__all__ = ["QueueClock", "plausible", "read_queue_id"]

_LONGEST = 200
"""Characters of an id that is read; no grammar here allows more."""
_HOUR = timedelta(hours=1)
_PACIFIC_WINTER = timedelta(hours=8)


class QueueClock(NamedTuple):
    """What a queue id says, read by the grammar of one mail server.

    Attributes:
        grammar: Id of the grammar, such as `exim-old` or `postfix-long`.
        utc: The time that the id carries, aware, in UTC; None when it carries no complete time.
        precision: Seconds between two times that the id can tell apart; None without a time.
        zone_known: False when `utc` rests on a choice among zones, so that it may be off by whole hours.
        unknown: What cannot be known of the time, in one sentence; empty when nothing is left open.
    """

    grammar: str
    utc: datetime | None = None
    precision: float | None = None
    zone_known: bool = True
    unknown: str = ""


def read_queue_id(dialect: str | None, queue_id: str, *, about: datetime | None) -> QueueClock | None:
    """Return what a queue id says by the grammar of the server that wrote it, or None when it fits none.

    An id whose dialect has no grammar here is compared only with those of Exim and Google, whose shape is their own.
    The sources of the grammars are named in the module's text. Never raises; time is linear in the id.

    Args:
        dialect: Id in the dialect table, as `Hop.dialect`.
        queue_id: The `id` clause.
        about: The time of the hop, aware, any zone. It chooses between readings where the zone is not written.
    """
    if len(queue_id) > _LONGEST:
        return None
    for read in _READERS.get(dialect or "", _UNMISTAKABLE):
        clock = read(queue_id)
        if clock is not None:
            return _nearest(clock, about)
    return None


def plausible(dialect: str | None, clock: QueueClock | None) -> bool | None:
    """Tell whether the server of a dialect can have made an id; None when that is not known.

    False is said only of servers whose ids cannot be configured and have a published grammar or one that never varies.
    Sendmail's name is borne by many derived products with ids of their own, so that a strange id there is None.

    Args:
        dialect: Id in the dialect table, as `Hop.dialect`.
        clock: What `read_queue_id` returned for the id.
    """
    if dialect not in _READERS:
        return None
    return True if clock is not None else (False if dialect in _STRICT else None)


_DIGITS = "0123456789"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BASE_62 = {digit: value for value, digit in enumerate(_DIGITS + _UPPER + _UPPER.lower())}
_BASE_36 = {digit: value for value, digit in enumerate(_DIGITS + _UPPER)}
_CONSONANTS = "".join(letter for letter in _UPPER if letter not in "AEIOU")
_BASE_52 = {digit: value for value, digit in enumerate(_DIGITS + _CONSONANTS + _CONSONANTS.lower())}
_MILLION = 1_000_000

_EXIM = re.compile(r"([0-9A-Za-z]{6})-(?:[0-9A-Za-z]{6}-[0-9A-Za-z]{2}|[0-9A-Za-z]{11}-([0-9A-Za-z]{4}))")
_SAFE = "0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-"
_POSTFIX_LONG = re.compile(rf"([{_SAFE}z]{{6}})([{_SAFE}z]{{4}})z[{_SAFE}y]{{1,16}}")
_POSTFIX_SHORT = re.compile(r"[0-9A-F]{6,21}")
_SENDMAIL = re.compile(
    r"([0-9A-Za-x])([0-9AB])([1-9A-V])([0-9A-N])([0-9A-Za-x])([0-9A-Za-x])[0-9A-Za-x]{1,2}[0-9]{5,8}"
)
_SENDMAIL_HOUR = re.compile(r"[A-X][A-Za-z~]{2}[0-9]{4,8}")
_GOOGLE = re.compile(
    r"[0-9a-z-]{1,80}\.[0-9]{1,4}\.([0-9]{4})\.([0-9]{2})\.([0-9]{2})\.([0-9]{2})\.([0-9]{2})\.([0-9]{2})"
)
_GOOGLE_NONE = re.compile(r"[0-9a-z-]{1,80}(?:\.[0-9]{1,4})?")
_EXCHANGE = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,6}){1,3}")
_SENDGRID = re.compile(r"[0-9a-z-]{1,100}-([0-9A-F]{8})-[0-9A-F]{1,6}(?:\.[0-9]{1,4})?")
_OBJECT_ID = re.compile(r"([0-9a-f]{8})[0-9a-f]{16}")
_CRITICAL_PATH = re.compile(r"[0-9A-F]{16}")
_INTERMAIL = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})\.[A-Z]{1,6}[0-9]{1,9}\..{1,150}")
_ZOHO = re.compile(r"([0-9]{13})[0-9]{0,3}\.[0-9]{1,20}")

_UUID = re.compile(
    r"([0-9A-Fa-f]{8})-?([0-9A-Fa-f]{4})-?([0-9A-Fa-f]{4})-?([0-9A-Fa-f]{4})-?([0-9A-Fa-f]{12})(?:\.[0-9]{1,4})?"
)
# The epoch of version 1 in RFC 9562.
_GREGORIAN = datetime(1582, 10, 15, tzinfo=UTC)


_POSTFIX_UNTIMED = QueueClock("postfix-short")
_SENDMAIL_UNTIMED = QueueClock(
    "sendmail-hour", zone_known=False, unknown="Only an hour in the server's own zone is written."
)
_GOOGLE_UNTIMED = QueueClock("google-untimed")
_EXCHANGE_UNTIMED = QueueClock("exchange-build")


def _number(digits: str, values: dict[str, int]) -> int:
    total = 0
    for digit in digits:
        total = total * len(values) + values[digit]
    return total


def _instant(seconds: int, microseconds: int = 0) -> datetime:
    # The largest number that the grammars let through, six base-62 digits, lies in the year 3769.
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds, microseconds=microseconds)


def _read_exim(queue_id: str) -> QueueClock | None:
    found = _EXIM.fullmatch(queue_id)
    if found is None:
        return None
    # A base-36 time since 1990 begins with A or a later letter, which in base 62 would lie centuries ahead.
    monocase = queue_id.upper() == queue_id and queue_id[0] in _UPPER
    values = _BASE_36 if monocase else _BASE_62
    seconds = _number(found[1], values)
    if found[2] is None:
        return QueueClock("exim-old-base36" if monocase else "exim-old", _instant(seconds), 1.0)
    grammar = "exim-4.97-base36" if monocase else "exim-4.97"
    fraction = _number(found[2], values)
    # A larger number also holds `localhost_number`, and the fraction of the second cannot be told from it.
    if fraction >= _MILLION:
        return QueueClock(grammar, _instant(seconds), 1.0)
    return QueueClock(grammar, _instant(seconds, fraction), 0.000_001)


def _read_postfix(queue_id: str) -> QueueClock | None:
    if _POSTFIX_SHORT.fullmatch(queue_id) is not None:
        return _POSTFIX_UNTIMED if int(queue_id[:5], 16) < _MILLION else None
    found = _POSTFIX_LONG.fullmatch(queue_id)
    if found is None:
        return None
    microseconds = _number(found[2], _BASE_52)
    if microseconds >= _MILLION:
        return None
    return QueueClock("postfix-long", _instant(_number(found[1], _BASE_52), microseconds), 0.000_001)


def _read_sendmail(queue_id: str) -> QueueClock | None:
    found = _SENDMAIL.fullmatch(queue_id)
    if found is None:
        if _SENDMAIL_HOUR.fullmatch(queue_id) is None:
            return None
        return _SENDMAIL_UNTIMED
    year, month, day, hour, minute, second = (_BASE_62[letter] for letter in found.groups())
    # 8.10, the first version to write the year, is of 2000.
    utc = _calendar(2000 + (year - 40) % 60, month + 1, day, hour, minute, second)
    return None if utc is None else QueueClock("sendmail", utc, 1.0, unknown="The year is written modulo 60.")


def _calendar(*parts: int) -> datetime | None:
    year, month, day, hour, minute, second = parts
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def _read_google(queue_id: str) -> QueueClock | None:
    found = _GOOGLE.fullmatch(queue_id)
    if found is None:
        return None
    local = _calendar(*map(int, found.groups()))
    if local is None or not 1980 <= local.year < 2200:
        return None
    return QueueClock(
        "google",
        local + _PACIFIC_WINTER,
        1.0,
        zone_known=False,
        unknown="Written in Pacific time, summer or winter not stated.",
    )


def _nearest(clock: QueueClock, about: datetime | None) -> QueueClock:
    """Return the clock, its time read as summer time where that is nearer to the hop's."""
    if clock.zone_known or clock.utc is None or about is None:
        return clock
    summer = clock.utc - _HOUR
    return clock._replace(utc=summer) if abs(summer - about) < abs(clock.utc - about) else clock


def _read_google_none(queue_id: str) -> QueueClock | None:
    return _GOOGLE_UNTIMED if _GOOGLE_NONE.fullmatch(queue_id) is not None else None


def _read_exchange(queue_id: str) -> QueueClock | None:
    return _EXCHANGE_UNTIMED if _EXCHANGE.fullmatch(queue_id) is not None else None


def _read_critical_path(queue_id: str) -> QueueClock | None:
    if _CRITICAL_PATH.fullmatch(queue_id) is None:
        return None
    return QueueClock("critical-path", unknown="The time is that of the server's last start, not of the message.")


def _hexadecimal(grammar: str, pattern: re.Pattern[str]) -> _Reader:
    def read(queue_id: str) -> QueueClock | None:
        found = pattern.fullmatch(queue_id)
        return None if found is None else QueueClock(grammar, _instant(int(found[1], 16)), 1.0)

    return read


def _read_intermail(queue_id: str) -> QueueClock | None:
    found = _INTERMAIL.fullmatch(queue_id)
    utc = None if found is None else _calendar(*map(int, found.groups()))
    return None if utc is None else QueueClock("intermail", utc, 1.0)


def _read_zoho(queue_id: str) -> QueueClock | None:
    found = _ZOHO.fullmatch(queue_id)
    if found is None:
        return None
    seconds, thousandths = divmod(int(found[1]), 1000)
    return QueueClock("zoho", _instant(seconds, thousandths * 1000), 0.001)


def _read_uuid(queue_id: str) -> QueueClock | None:
    found = _UUID.fullmatch(queue_id)
    if found is None:
        return None
    value = UUID("".join(found.groups()))
    if value.version == 1:
        return QueueClock("uuid-1", _GREGORIAN + timedelta(microseconds=value.time // 10), 0.000_001)
    thousandths = value.int >> 80
    if value.version == 7 and thousandths < 2**47:
        return QueueClock("uuid-7", _instant(thousandths // 1000, thousandths % 1000 * 1000), 0.001)
    return QueueClock("uuid")


_UNMISTAKABLE = (_read_exim, _read_google)
_READERS: dict[str, tuple[_Reader, ...]] = {
    "exim": (_read_exim,),
    "exim-local": (_read_exim,),
    "postfix": (_read_postfix,),
    "postfix-local": (_read_postfix,),
    "mailchimp": (_read_postfix,),
    "sendmail": (_read_sendmail,),
    "sendmail-local": (_read_sendmail,),
    "sendmail-unnamed": (_read_sendmail,),
    "google": (_read_google, _read_google_none),
    "exchange": (_read_exchange,),
    "exchange-mapi": (_read_exchange,),
    "sendgrid-internal": (_hexadecimal("sendgrid", _SENDGRID),),
    "mailgun": (_hexadecimal("mailgun", _OBJECT_ID),),
    "mailgun-http": (_hexadecimal("mailgun", _OBJECT_ID),),
    "critical-path": (_read_critical_path,),
    "intermail": (_read_intermail,),
    "zoho": (_read_zoho,),
    "halon": (_read_uuid,),
    "haraka": (_read_uuid,),
    "kumomta": (_read_uuid,),
}
_STRICT = frozenset({"exim", "postfix", "postfix-local", "exchange", "exchange-mapi"})
