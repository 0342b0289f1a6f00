"""Hostile text in every field of a summary must come out as text: no script, link, attribute or request."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest

from attribution.decisions import Decision, Decisions
from attribution.report import CampaignDetails, render_html
from attribution.report.campaigns import AddressClass, CampaignLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from attribution.report import Summary

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<ScRiPt\x20src=//evil.example/x.js></sCrIpT>",
    "</style><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<!--",
    "<![CDATA[",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/pixel.gif'>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=data:text/html,<script>alert(1)</script>>",
    "<embed src=//evil.example/x.swf>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import url(//evil.example/x.css);</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href=//evil.example/>",
    "<form action=//evil.example/><input name=q autofocus onfocus=alert(1)>",
    "<a href=javascript:alert(1)>click</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>click</a>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<template><script>alert(1)</script></template>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea></textarea><script>alert(1)</script>",
    "<plaintext>",
    "<xmp><script>alert(1)</script></xmp>",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    '" onmouseover="alert(1)" x="',
    "` onmouseover=alert(1)",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "http://evil.example/login",
    "https://user@evil.example:8080/a?b=<c>",
    "www.evil.example",
    "{{ 7*7 }}{% for x in y %}",
    "${7*7} #{7*7} <%= 7*7 %>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\x00<script>alert(1)</script>",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "\x1b[31mred\x9b0m",
    "\u202etxt.exe\u202c",
    "\u2066left\u2069 \u200f \u200b\ufeff",
    "\u2028<script>alert(1)</script>\u2029",
    "＜script＞alert(1)＜/script＞",
    "line one\r\nline two\ttab",
    "e" + "\u0301" * 500,
    "\ud800 lone surrogate",
    "<" * 2_000,
    "x" * 100_000,
    "=cmd|'/c calc'!A0",
]
"""Texts that act in a careless page; some are invented here, all are shapes that are widely known."""

FORBIDDEN_TAGS = {
    *("script", "iframe", "object", "embed", "link", "base", "form", "input", "img", "a", "video", "source"),
    *(
        "math",
        "template",
        "noscript",
        "textarea",
        "plaintext",
        "xmp",
        "marquee",
        "animate",
        "mglyph",
    ),
}
VOID = {"meta", "br", "rect"}


class Page(HTMLParser):
    """Reads a page as a browser's tokenizer would, and notes what it finds."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.metas: list[dict[str, str | None]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag == "meta":
            self.metas.append(dict(attrs))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)


DAY = datetime(2024, 1, 2, tzinfo=UTC)


def detailed(text: str, campaign: int = 1) -> CampaignDetails:
    """Return what is shown of a campaign, with one text in every field of it that holds text."""
    return CampaignDetails(
        line=CampaignLine(
            campaign=campaign,
            messages=40,
            addresses=9,
            template=text,
            first=DAY,
            last=DAY,
            name=text,
            slots=text,
            networks=3,
            countries=2,
            bursts=14,
            bursts_per_day=0.5,
            max_per_address=12,
            low_and_slow=0.25,
            families=(text,),
            remains=(1.0,),
            confidence=0.99,
            device_types=(text,),
            device_grade=text,
            device_verdict=text,
            per_address=(AddressClass(1, 1, 7), AddressClass(2, None, 2)),
            group=9,
            group_campaigns=4,
        ),
        why=(text,),
        warnings=(text,),
        reasons=((3, text, text),),
        more_reasons=8,
        bridge=text,
        stability=text,
        bursts=(DAY,),
        more_bursts=13,
        devices=text,
        leads=(text,),
        more_leads=6,
    )


@pytest.fixture(scope="module")
def hostile(summary_of: Callable[..., Summary]) -> Callable[[str], Summary]:
    """Give a function that puts one text in every field of a summary that holds text."""

    def build(text: str) -> Summary:
        # Arrow holds no lone surrogates; the tables never do, so the text goes in where Python holds it.
        stored = text.encode("utf-8", "replace").decode()
        numbers = dict.fromkeys(("senders", "senders_with", "controls", "controls_with"), 1)
        compared = {"what": text, "verdict": text, **numbers}
        summary = summary_of(
            messages=[
                {"sha256": "a", "handover_ip": stored, "status": stored, "findings": [stored]},
                {"sha256": "a", "handover_grade": stored, "origin_grade": stored, "device_reasons": [stored]},
            ],
            addresses=[
                {"ip": stored, "asn": 64500, "as_org": stored, "country": stored, "access": stored}
                | {"banners": 1, "device_type": stored, "device_grade": "near"}
            ],
            campaigns=[
                {"campaign": 1, "messages": 2, "addresses": 1, "subject_template": stored, "subject_slots": stored}
                | {"name": stored, "families": [stored], "remains": [1.0], "device_types": [stored]}
                | {"device_grade": stored, "device_verdict": stored}
            ],
            leads=[{"kind": stored}],
            decisions=Decisions((Decision(1, DAY, "name", text, (1,), text, text),)),
            problems=[
                {"source": stored, "member": stored, "offset": 1, "status": stored, "detail": stored},
                {"source": stored, "status": "malformed", "detail": stored},
            ],
            run={
                "case": text,
                "version": text,
                "receiver": {"sentences": [text]},
                "hosts": {"said": text, "assumptions": [text]},
                "control": {"said": text, "remarks": [text], "types": [compared]},
                "sources": [{"path": text, "files": 1, "bytes": 1, "sha256": text}],
                "databases": [
                    {"name": text, "kind": text, "licence": text, "attribution": text, "built": text},
                ],
            },
        )
        return replace(summary, advice=(text,))

    return build


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_comes_out_as_text(text: str, hostile: Callable[[str], Summary]) -> None:
    plain = Page(render_html(hostile("harmless"), campaigns=[detailed("harmless")]))
    page = Page(render_html(hostile(text), campaigns=[detailed(text)]))
    assert page.open == []
    assert page.tags == plain.tags
    assert [item for item in page.attributes if item[0] != "meta"] == [
        item for item in plain.attributes if item[0] != "meta"
    ]
    shown = "".join(page.texts)
    assert all(char.isprintable() or char == "\n" for char in shown)


def test_the_page_has_no_script_link_or_reference(small: Summary) -> None:
    page = Page(render_html(small, campaigns=[detailed("harmless")]))
    assert not FORBIDDEN_TAGS & set(page.tags)
    for _, name, value in page.attributes:
        assert name not in {"href", "src", "srcset", "action", "style", "background", "xlink:href", "ping"}
        assert not name.startswith("on")
        assert "//" not in (value or "")
    assert page.tags.count("style") == 1


def test_the_policy_allows_the_one_style_sheet_and_nothing_else(small: Summary) -> None:
    text = render_html(small)
    style = text[text.index("<style>") + len("<style>") : text.index("</style>")]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = [meta["content"] for meta in Page(text).metas if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not re.search(r"url\(|@import|expression|://", style)


def test_the_policy_stands_before_anything_that_it_governs(small: Summary) -> None:
    text = render_html(small)
    assert text.index("Content-Security-Policy") < text.index("<title>") < text.index("<style>")


def test_no_template_turns_escaping_off() -> None:
    for template in (files("attribution.report") / "templates").iterdir():
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe|autoescape", text)


def test_the_page_says_what_the_summary_says(small: Summary) -> None:
    text = " ".join("".join(Page(render_html(small)).texts).split())
    for part in (
        "Of 6 messages, 4 name the address",
        "5 of 6 messages end at *.example.net",
        "Example Broadband",
        "Your parcel <n> waits",
        "2024-01-02 to 2024-01-09",
        "x.one",
        "a.eml at byte 0: malformed",
        "1 of the messages are identical copies",
        "lite.mmdb is 364 days newer than the newest mail",
        "Data by Example (https://example.org)",
        "An address is not a person and not a device",
    ):
        assert part in text


def test_the_page_shows_the_comparison_so_that_it_can_be_read_without_a_statistician(
    summary_of: Callable[..., Summary],
) -> None:
    row = {"what": "things", "senders": 200, "senders_with": 50, "controls": 400, "controls_with": 80}
    row |= {"controls_share": 0.21, "odds_ratio": 1.25, "low": 0.8, "high": None, "verdict": "same"}
    run = {
        "control": {"said": "The share is the same.", "things": row, "types": [], "networks": [row | {"what": "AS1"}]}
    }
    summary = summary_of(
        addresses=[{"ip": "192.0.2.1", "banners": 1, "asn": 1, "as_org": "Example Broadband", "access": "cgnat"}],
        messages=[{"handover_ip": "192.0.2.1"}],
        run=run | {"hosts": {"said": "Three hosts.", "assumptions": ["One line has one address."]}},
    )
    page = render_html(summary, access={"cgnat": "an address that many customers share"})
    text = " ".join(" ".join(Page(page).texts).split())
    for part in (
        "The share is the same.",
        "things 25.0 % 50 of 200 21.0 % 80 of 400 1.25 0.80 and more as often",
        "AS1 Example Broadband 25.0 % 50 of 200",
        "cgnat an address that many customers share",
        "What that rests on One line has one address.",
    ):
        assert part in text


@pytest.mark.parametrize("verdict", ["more", "same"])
def test_the_page_says_how_comparison_and_grades_go_together(summary_of: Callable[..., Summary], verdict: str) -> None:
    row = {"what": "things", "senders": 9, "senders_with": 5, "controls": 9, "controls_with": 1, "verdict": verdict}
    summary = summary_of(run={"control": {"said": "Something.", "things": row}})
    assert summary.devices is not None
    told = replace(summary, devices=replace(summary.devices, together=f"The two go together: {verdict}."))
    assert f"The two go together: {verdict}." in words_of(render_html(told))
    assert "go together" not in words_of(render_html(summary))


def words_of(page: str) -> str:
    return " ".join(" ".join(Page(page).texts).split())


def test_a_campaign_is_shown_with_its_reasons(small: Summary) -> None:
    line = replace(detailed("x").line, name="Parcel A", slots="{parcel|package} <#>", families=("text", "engine"))
    found = replace(
        detailed("x"),
        line=line,
        why=("40 messages: same subject.",),
        warnings=("They hang together as a chain.",),
        reasons=((31, "same subject and same engine", "parcel <#> + none"),),
        bridge="4 of 40 messages hang on one link.",
        stability="Without the engine it stays whole.",
        devices="Of 9 senders none shows a thing.",
        leads=("Campaign 8 may belong with it.",),
    )
    text = words_of(render_html(small, campaigns=[found]))
    for part in (
        "1 40 9 12 2024-01-02 to 2024-01-02 14 Parcel A : {parcel|package} <#> Why: text, engine; confidence 0.990",
        "40 messages: same subject. They hang together as a chain.",
        "Evidence that most messages carry; 8 more in the table evidence",
        "31 same subject and same engine parcel <#> + none",
        "Weakest link 4 of 40 messages hang on one link.",
        "Without the engine it stays whole.",
        "Networks: 3; countries: 2",
        "14, 0.50 a day. They began at (UTC): 2024-01-02 00:00 , and 13 more",
        "Of 9 senders none shows a thing. Seen on its addresses: x.",
        "25.0 % of its messages came from addresses that sent few of it",
        "one of 4 campaigns that seem to come from one botnet (group 9 ): a lead, no proof",
        "Messages 1 over 1 Addresses 7 2",
        "Campaign 8 may belong with it. and 6 more in the table leads",
    ):
        assert part in text


def test_bars_are_drawn_to_the_largest_class_and_read_by_no_screen_reader(small: Summary) -> None:
    page = Page(render_html(small, campaigns=[detailed("x")]))
    heights = [value for tag, name, value in page.attributes if (tag, name) == ("rect", "height")]
    assert heights[-2:] == ["28.00", "8.00"]
    assert page.attributes.count(("tr", "aria-hidden", "true")) == 1


def test_groups_leads_decisions_and_additions_are_told(summary_of: Callable[..., Summary]) -> None:
    summary = summary_of(
        campaigns=[{"campaign": key, "messages": 2, "group": 1} for key in (1, 2)],
        leads=[{"kind": "evidence"}, {"kind": "same senders"}, {"kind": "evidence"}],
        decisions=Decisions((Decision(1, DAY, "name", "report 12", (1,), "Parcel A", "R. Diaz"),)),
        run={"appended": [{"time": "2026-11-29T10:00:00+00:00", "messages": 1_200, "passed_over": 5}]},
    )
    text = words_of(render_html(summary))
    for part in (
        "attribution why CASE 1 says more of the first one",
        "2 campaigns seem to come from 1 botnet (same senders or same engine): leads, no proof.",
        "Leads, too weak to be asserted: 2 by shared evidence, 1 by the same senders.",
        "1 entry in the log decisions.toml , of which 1 decides something that still holds.",
        "The last one, of 2024-01-02 00:00 UTC by R. Diaz : a campaign named, “ Parcel A ”. Reason: report 12",
        "1,200 messages in 1 run after the first one:",
        "added on 2026-11-29: 1,200 messages; 5 were in the case already",
    ):
        assert part in text


def test_the_last_ten_of_many_additions_are_listed(summary_of: Callable[..., Summary]) -> None:
    runs = [{"time": f"2026-11-{day:02d}T10:00:00+00:00", "messages": 3} for day in range(1, 15)]
    text = words_of(render_html(summary_of(run={"appended": runs})))
    assert "42 messages in 14 runs after the first one; the last ten: added on 2026-11-05" in text
    assert "2026-11-04" not in text


def test_a_campaign_of_which_little_is_known_is_shown_all_the_same(small: Summary) -> None:
    bare = CampaignLine(5, 3, 0, None, None, None)
    nothing = CampaignDetails(bare, ("3 messages.",), (), (), 0, "", "", (), 0, None, (), 0)
    text = words_of(render_html(small, campaigns=[nothing]))
    assert "5 3 0 (no subject in common) More of it 3 messages." in text
    for absent in ("Weakest link", "Bursts began", "Low and slow", "botnet"):
        assert absent not in text


@pytest.mark.parametrize("letter", ["x", "<", "\u202e", "馬"])
def test_fifty_campaigns_of_the_longest_texts_make_a_page_that_a_browser_opens(small: Summary, letter: str) -> None:
    each = detailed(letter * 100_000)
    each = replace(each, why=each.why * 4, warnings=each.warnings * 2, reasons=each.reasons * 5, leads=each.leads * 5)
    page = render_html(small, campaigns=[each] * 50)
    assert len(page.encode()) < 4_000_000


def test_the_folder_is_named_but_not_the_path_to_it(small: Summary) -> None:
    text = render_html(small)
    assert "parcels" in text
    assert "some/where" not in text


def test_the_same_summary_gives_the_same_page_whatever_the_run_took(small: Summary) -> None:
    assert render_html(small) == render_html(replace(small, seconds=99.0))


def test_an_empty_case_has_a_page(summary_of: Callable[..., Summary]) -> None:
    page = Page(render_html(summary_of()))
    assert page.open == []
    assert "No message was read." in " ".join("".join(page.texts).split())


def test_every_text_field_of_the_summary_is_tried(hostile: Callable[[str], Summary]) -> None:
    marked = hostile("mark-of-the-test").as_dict()

    def texts(value: object) -> list[str]:
        if isinstance(value, dict):
            return [text for key, item in value.items() for text in (key, *texts(item))]
        if isinstance(value, list):
            return [text for item in value for text in texts(item)]
        return [value] if isinstance(value, str) else []

    assert texts(marked).count("mark-of-the-test") >= 42


def test_access_types_are_shown_with_their_meaning_where_it_is_known(summary_of: Callable[..., Summary]) -> None:
    rows = [{"ip": "192.0.2.1", "access": "hosting"}, {"ip": "192.0.2.2", "access": "cdn"}]
    summary = summary_of(messages=[{"handover_ip": row["ip"]} for row in rows], addresses=rows)
    page = render_html(summary, access={"hosting": "a <b>rented</b> server"})
    assert "a &lt;b&gt;rented&lt;/b&gt; server" in page
    assert "<td>cdn</td>" in page
