"""Whether a text opens like the header of a mail (RFC 5322 §2.2)."""

from __future__ import annotations

import re

__all__ = ["opens_with_header"]

_LINE = re.compile(rb"([^\r\n]*)(\r{0,2}\n|\r|\Z)")
_NAME = re.compile(rb"([!-9;-~]{1,77})[ \t]{0,8}:")

_KNOWN = frozenset(
    b"apparently-from apparently-to approved approved-by arc-authentication-results arc-message-signature"
    b" arc-seal archived-at authentication-results auto-submitted autocrypt bcc bounces-to cc comments"
    b" content-disposition content-length content-md5 content-transfer-encoding content-type date"
    b" deferred-delivery delivered-to delivery-date dkim-signature domainkey-signature envelope-from"
    b" envelope-to errors-to feedback-id followup-to from importance in-reply-to keywords lines list-archive"
    b" list-help list-id list-post list-subscribe list-unsubscribe list-unsubscribe-post mail-followup-to"
    b" mailing-list message-id mime-version newsgroups old-return-path organisation organization"
    b" original-recipient path phone precedence priority received received-spf references reply-to"
    b" resent-cc resent-date resent-from resent-message-id resent-sender resent-to return-path"
    b" return-receipt-to sender sensitivity status subject thread-index thread-topic to user-agent".split()
)
"""Names of RFC 5322, of the IANA registry of mail fields and of old software, by which mail is known."""


def opens_with_header(text: bytes) -> bool:
    """Say whether the first lines are header fields, one of which is known from mail.

    Lines may end with LF, CRLF, CR CR LF or a bare CR. A first line `>From ` is passed over: it was the
    postmark of an mbox that another one has swallowed. Every line up to the known name has to be a field or
    the continuation of one, so that prose with a colon in it is no mail.

    Args:
        text: The start of the text; some kilobytes are enough.
    """
    position = 0
    in_field = False
    while position < len(text):
        line = _LINE.match(text, position)
        if line is None or not line[1]:
            return False
        start, position = position, line.end()
        if in_field and text[start] in b" \t":
            continue
        if start == 0 and text.startswith(b">From "):
            continue
        name = _NAME.match(text, start, line.end(1))
        if name is None:
            return False
        key = name[1].lower()
        if key in _KNOWN or key.startswith(b"x-"):
            return True
        in_field = True
    return False
