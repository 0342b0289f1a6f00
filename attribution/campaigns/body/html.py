"""The HTML of a message as people see it: its text and its links, read by lexbor (WHATWG HTML) through selectolax."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

__all__ = ["Page", "read_html"]

# Elements that begin a line, or a cell: the words on their two sides are not one.
_BREAK = re.compile(
    r"<(?=/?(?:address|article|blockquote|br|center|dd|div|dl|dt|form|h[1-6r]|li|ol|option|p|pre|section|t[dhr]|table"
    r"|ul)\b)",
    re.IGNORECASE,
)
_UNREAD = ("title", "script", "style", "template", "noembed", "noframes", "xmp", "iframe")

# Declarations that hide an element, each found by a word that it begins with: that search is fast.
_HIDING = {
    "none": re.compile(r"display\s{0,4}:\s{0,4}none"),
    "hidden": re.compile(r"visibility\s{0,4}:\s{0,4}hidden"),
    "font-size": re.compile(r"font-size\s{0,4}:\s{0,4}0(?:\.0{1,4})?(?![.\d])"),
    "max-height": re.compile(r"max-height\s{0,4}:\s{0,4}0(?![.\d])"),
    "mso-hide": re.compile(r"mso-hide\s{0,4}:\s{0,4}all"),
}
_STYLE_CHARS = 1_000
_SHRUNK = 50
"""Elements of font size 0 that are looked at."""

# The whole name: an element `a-b` is not ended by the end of `a`.
_TAG = re.compile(r"</?[a-z][^\t\n\f\r />]*+")
_TAGS_UNCHECKED = 600
# Whole tags (WHATWG HTML §13.2.5.32 to .39), wherever one could begin: what is in a comment, and what is not, is not
# judged here. Each piece is matched once and never given back.
_ATTRIBUTE = (
    r"[\t\n\f\r /]*+[^\t\n\f\r />][^\t\n\f\r />=]*+"
    r"(?:[\t\n\f\r ]*+=[\t\n\f\r ]*+(?:\"[^\"]*+\"?|'[^']*+'?|[^\t\n\f\r >\"'][^\t\n\f\r >]*+|))?+"
)
_WHOLE_TAG = re.compile(rf"</?[a-z][^\t\n\f\r />]*+((?:{_ATTRIBUTE})*+)", re.IGNORECASE)
_TAG_START = re.compile(r"<(?=/?[a-z])", re.IGNORECASE)
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_MOST_ATTRIBUTES = 1_000
_TAG_CHARS_UNCHECKED = 3 * _MOST_ATTRIBUTES
_TAGS_CHARS_UNCHECKED = 24_000  # one tag of that many characters takes some hundredths of a second
_OVERLAP = 4
# Elements without content, and those that the next of their kind ends: they do not nest by themselves.
_FLAT_NAMES = (
    "area base br col embed hr img input link meta param source track wbr p li tr td th dd dt option tbody thead"
)
_FLAT = frozenset(sign + name for name in _FLAT_NAMES.split() for sign in ("<", "</"))
# Elements that a parser opens again wherever they were left open (WHATWG HTML §13.2.4.3).
_FORMATTING_NAMES = "a b big code em font i nobr s small strike strong tt u"
_FORMATTING = frozenset("<" + name for name in _FORMATTING_NAMES.split())


@dataclass(slots=True)
class Page:
    """What HTML shows.

    Attributes:
        text: The shown text, one line for each block.
        links: Targets of links and forms, as written, in order.
        images: Addresses of images, likewise; empty where there are links.
        phones: Numbers of `tel:` links.
        problem: What was left out; empty when nothing was.
    """

    text: str = ""
    links: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    problem: str = ""


def read_html(html: str, *, most_depth: int = 500, most_copies: int = 100_000, most_links: int = 64) -> Page:
    """Return the text that HTML shows, and where it leads.

    Titles, scripts, styles, and elements that their own style hides (`display: none`, `font-size: 0` and the like,
    which hide texts that are to confuse filters) are left out. Colours and style sheets are not looked at.

    Args:
        html: The HTML, of a bounded length.
        most_depth: Nesting at which the rest is left out: a parser takes quadratic time for deep trees.
        most_copies: Elements that misnested tags may have the parser make anew, before the rest is left out.
        most_links: Links, and images, that are returned at most.
    """
    page = Page()
    folded = html.lower()
    if len(folded) != len(html):  # a character that has no small form of one character
        html = folded
    if folded.count("<") > _TAGS_UNCHECKED:
        end = _safe_end(folded, most_depth, most_copies)
        if end < len(html):
            html, folded, page.problem = html[:end], folded[:end], "HTML nested too deeply"
    spaced = _BREAK.sub("\n<", html)
    end = _few_attributes_end(spaced)
    if end < len(spaced):
        spaced, page.problem = spaced[:end], page.problem or "HTML with too many attributes"
    try:
        tree = LexborHTMLParser(spaced)
    except (SelectolaxError, ValueError, RuntimeError) as error:
        page.problem = f"HTML cannot be read: {type(error).__name__}"
        return page
    sources = [node.attrs.get("src") for node in tree.css("img[src]")[:most_links]]
    _take_out_hidden(tree, folded)
    _read_links(tree, page, most_links)
    if not page.links:
        # Hidden ones as well: they count the readers.
        page.images = list(dict.fromkeys(source for source in sources if source))
    root = tree.body or tree.root
    page.text = root.text() if root is not None else ""
    return page


def _read_links(tree: LexborHTMLParser, page: Page, most: int) -> None:
    seen: set[str] = set()
    for node in tree.css("a[href],area[href],form[action]"):
        target = node.attrs.get("action" if node.tag == "form" else "href")
        if not target or target in seen:
            continue
        seen.add(target)
        if target[:4].lower() == "tel:":
            page.phones.append(target[4:40])
        elif target[:7].lower() != "mailto:":
            page.links.append(target)
        if len(seen) >= most:
            return


def _take_out_hidden(tree: LexborHTMLParser, folded: str) -> None:
    """Unlink what is not shown. The library frees nothing before the tree, so that nodes stay valid."""
    unread = [name for name in _UNREAD if "<" + name in folded]
    if unread:
        for node in tree.css(",".join(unread)):
            node.decompose(recursive=False)
    shrunk = 0
    for word, hiding in _HIDING.items():
        if hiding.search(folded) is None:
            continue
        for node in tree.css(f'[style*="{word}" i]'):
            style = (node.attrs.get("style") or "")[:_STYLE_CHARS].lower()
            if node.tag in {"html", "body"} or hiding.search(style) is None:
                continue
            if word == "font-size":
                # Layouts set it to 0 around blocks that set it anew.
                shrunk += 1
                if shrunk > _SHRUNK or len(node.css('[style*="font" i]')) > 1:
                    continue
            node.decompose(recursive=False)


def _safe_end(folded: str, most_depth: int, most_copies: int) -> int:
    """Return how much of the HTML, in lower case, can be parsed in linear time."""
    opened: Counter[str] = Counter()
    depth = formatting = copies = 0
    for number, tag in enumerate(_TAG.findall(folded)):
        if tag in _FLAT:
            copies += formatting
        elif tag[1] != "/":
            opened[tag] += 1
            depth += 1
            if tag in _FORMATTING:
                formatting += 1
            else:
                copies += formatting
        else:
            name = "<" + tag[2:]
            if opened[name] > 0:
                opened[name] -= 1
                depth -= 1
                formatting -= name in _FORMATTING
            if name not in _FORMATTING:
                copies += formatting
        if depth > most_depth or copies > most_copies:
            return next(islice(_TAG.finditer(folded), number, None)).start()
    return len(folded)


def _few_attributes_end(html: str) -> int:
    """Return how much of the HTML has no tag of very many attributes: a parser compares each with all before it.

    A tag is looked at wherever one could begin, so that nothing that only looks like a tag hides another. Tags that
    could begin within others make that cost more; beyond some times the length of the HTML they end it too.
    """
    if len(html) < _TAGS_CHARS_UNCHECKED:
        return len(html)
    looked_at = 0
    for start in _TAG_START.finditer(html):
        tag = _WHOLE_TAG.match(html, start.start())
        if tag is None:
            continue
        looked_at += len(tag[0])
        if looked_at > _OVERLAP * len(html):
            return start.start()
        if len(tag[1]) < _TAG_CHARS_UNCHECKED:
            continue
        for number, _ in enumerate(_ATTRIBUTES.finditer(html, tag.start(1), tag.end(1))):
            if number >= _MOST_ATTRIBUTES:
                return start.start()
    return len(html)
