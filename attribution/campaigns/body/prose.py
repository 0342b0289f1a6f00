"""What the sender says in a text: without quotes, signatures and what lists and services put beneath."""

from __future__ import annotations

import re

__all__ = ["own_words", "without_leave_lines"]

_TAIL = 2_000
"""Characters at the end of a text within which a footer or a signature begins."""

_FOOTER_CHARS = 600
"""Characters of a footer in which the name of its service stands."""

_QUOTED = re.compile(r"^[ \t]{0,3}(?:>|\|[ \t]{0,2}>)[^\n]*$", re.MULTILINE)

# Heads of what is quoted or forwarded, as mail programs write them; all in lower case.
_TITLES = (
    "original message|forwarded message|forwarded by|mensaje original|mensaje reenviado|mensagem original|"
    "mensagem encaminhada|ursprüngliche nachricht|weitergeleitete nachricht|message d'origine|message original|"
    "message transféré|messaggio originale|messaggio inoltrato|oorspronkelijk bericht|doorgestuurd bericht|"
    "исходное сообщение|пересылаемое сообщение|原始邮件|原始郵件|转发邮件"
)
_TITLE = re.compile(rf"--[-_ \t]{{0,40}}(?:{_TITLES})")
# One of these is in each title; looking for them is faster than the expression.
_TITLE_WORDS = ("messag", "mensa", "nachricht", "bericht", "forwarded by", "сообщение", "邮件", "郵件")
_HANDED_ON = "\nbegin forwarded message:"
_SAID = ("wrote", "schrieb", "écrit", "escribió", "escreveu", "ha scritto", "schreef", "skrev")
_SAID_LINE = re.compile(
    r"[ \t]{0,3}(?:on|am|le|el|em|il|op|den|no dia)[ \t][^\n]{4,200}(?:\n[^\n]{0,100})?:[ \t]{0,3}(?:\n|\Z)"
)
_SAID_END = re.compile(r"[^\n]{0,60}:[ \t]{0,3}(?:\n|\Z)")
_MARKED = re.compile(r"\s{0,20}(?:>|\|[ \t]{0,2}>)")
_SAID_TRIES = 10
_FROM = ("\nfrom:", "\nvon:", "\nde:", "\nda:", "\nот:")
_FROM_LINES = re.compile(
    r"\n[^\n:]{2,4}:[^\n]{1,200}\n{1,2}[ \t]{0,3}(?:sent|date|to|gesendet|datum|enviado|envoyé|inviato"
    r"|отправлено)[ \t]{0,2}:"
)

_RULE = re.compile(r"^[ \t]{0,3}(?:[_=*~-]{10,}[^\n]{0,80}|(?:-=)[-=]{6,}|--[ \t]?|__|\+{3,})$", re.MULTILINE)
_RULE_SIGNS = ("--", "__", "==", "**", "~~", "-=", "+++")
_OF_A_SERVICE = (
    *("mailing list", "listinfo", "mailman", "sf.net", "sourceforge", "yahoo! groups", "yahoogroups", "groups.google"),
    *("do you yahoo", "hotmail", "msn ", "linux users' group", "list maintainer", "unsubscription", "maintained by"),
    *("to unsubscribe from this", "get your free"),
)
_SIGNATURE = re.compile(r"[ \t]{0,3}--[ \t]?\Z")

_TOP = 600
_TOP_LINES = 12
_OUTSIDE = ("extern", "outside")
_WARNING = re.compile(
    r"(?:extern|outside)[^\n]{0,300}(?:caution|click|attachment|recogni|verify|trust|vorsicht|anh[äa]ng|cuidado)"
    r"|(?:caution|warning|attention|achtung|vorsicht|cuidado|aten)[^\n]{0,100}(?:extern|outside)",
    re.IGNORECASE,
)
_REPORT = re.compile(r"^SPAM: [^\n]*$", re.MULTILINE)  # SpamAssassin 2

_LEAVING = (
    *("unsubscribe", "remove yourself", "be removed", "no longer wish", "opt out", "opt-out", "in your browser"),
    *("abbestell", "abmelden", "descadastr", "deseja mais receber", "no seu navegador", "désabonn", "désinscri"),
    *("darse de baja", "cancelar la suscripci", "disiscri", "uitschrijven", "afmelden", "отписа", "退订", "取消订阅"),
)
_LEAVE_LINE = 300

_ARMOR_HEAD = re.compile(r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[^\n]{1,100}\n){0,5}")
_ARMOR_END = "-----BEGIN PGP SIGNATURE-----"


def own_words(text: str) -> str:
    """Return the text without what its sender did not write for this message.

    Left out are warnings of the receiver's filter on top, lines quoted with `>`, all below the head of a quoted or
    forwarded message that stands below a text, the signature below `-- ` (RFC 3676 §4.3), OpenPGP armour, and footers
    of mailing lists and free providers below a rule.

    Args:
        text: A decoded text with line feeds as line ends.
    """
    if "-----BEGIN PGP SIGN" in text:
        text = _ARMOR_HEAD.sub("", text, count=1).partition(_ARMOR_END)[0]
    text = _without_warnings(text)
    text = text[: _quote_start(text)]
    if ">" in text:
        text = _QUOTED.sub("", text)
    tail = text[-_TAIL:]
    if not any(sign in tail for sign in _RULE_SIGNS):
        return text
    for rule in _RULE.finditer(text, len(text) - len(tail)):
        below = text[rule.start() : rule.end() + _FOOTER_CHARS].lower()
        if _SIGNATURE.match(rule[0]) or any(name in below for name in _OF_A_SERVICE):
            return text[: rule.start()]
    return text


def without_leave_lines(text: str) -> str:
    """Return the text without the lines that say how to leave a list, or to see the message elsewhere.

    Senders that have nothing else in common use the same sentences, and in a short text they would weigh most.

    Args:
        text: What the sender says, of a bounded length.
    """
    folded = text.lower()
    if len(folded) != len(text):  # a character that has no small form of one character
        return text
    spans: list[tuple[int, int]] = []
    for word in _LEAVING:
        place = folded.find(word)
        while place >= 0:
            start = folded.rfind("\n", 0, place) + 1
            end = folded.find("\n", place)
            end = len(folded) if end < 0 else end
            if end - start <= _LEAVE_LINE:
                spans.append((start, end))
            place = folded.find(word, end)
    kept: list[str] = []
    last = 0
    for start, end in sorted(set(spans)):
        kept.append(text[last:start])
        last = end
    return "".join((*kept, text[last:]))


def _without_warnings(text: str) -> str:
    """Take out what the receiver's filter wrote on top: it would make all mail of the receiver alike."""
    if "SPAM: " in text[:_TOP]:
        text = _REPORT.sub("", text)
    top = text[:_TOP].lower()
    if not any(word in top for word in _OUTSIDE):
        return text
    lines = text.split("\n", _TOP_LINES)
    kept = [line for line in lines[:_TOP_LINES] if len(line) > _TOP or _WARNING.search(line) is None]
    return "\n".join(kept + lines[_TOP_LINES:])


def _quote_start(text: str) -> int:
    """Return where a quoted or forwarded message begins that goes on to the end."""
    folded = "\n" + text.lower()
    if len(folded) != len(text) + 1:  # a character that has no small form of one character
        return len(text)
    found: list[int] = []
    has_title = "--" in folded and any(word in folded for word in _TITLE_WORDS)
    title = _TITLE.search(folded) if has_title else None
    if title is not None:
        found.append(folded.rfind("\n", 0, title.start() + 1))
    if _HANDED_ON in folded:
        found.append(folded.index(_HANDED_ON))
    if any(start in folded for start in _FROM):
        lines = _FROM_LINES.search(folded)
        if lines is not None:
            found.append(lines.start())
    for verb in _SAID:
        if verb in folded:
            start = _said(folded, verb)
            if start is not None:
                found.append(start)
    start = max(0, min(found, default=len(text)))
    # Nothing above: the answer stands below the quote, or a message is handed on without a word.
    return start if text[:start].strip() else len(text)


def _said(folded: str, verb: str) -> int | None:
    """Return where a line begins that says who wrote what follows; such a line is often broken in two."""
    place = -1
    for _ in range(_SAID_TRIES):
        place = folded.find(verb, place + 1)
        if place < 0:
            break
        end = _SAID_END.match(folded, place + len(verb))
        # Below stand lines with marks, which are left out one by one: the answer may stand among them.
        if end is None or _MARKED.match(folded, end.end()):
            continue
        line = folded.rfind("\n", 0, place)
        before = folded.rfind("\n", 0, max(line, 0))
        for start in (before, line):
            if start >= 0 and _SAID_LINE.match(folded, start + 1):
                return start
    return None
