from __future__ import annotations

import pytest

from attribution.campaigns.body.html import read_html


def words(html: str) -> list[str]:
    return read_html(html).text.split()


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>one</p><p>two</p>", "one two"),
        ("<td>one</td><td>two</td>", "one two"),
        ("one<br>two<BR/>three", "one two three"),
        ("W<b></b>al<i>le</i>t", "Wallet"),
        ("<title>x</title><style>p {}</style><script>y()</script>shown", "shown"),
        ("<!-- not this -->shown", "shown"),
        ("caf&eacute; &amp; bar", "café & bar"),
        ("shown<span style='display:none'>hidden<b>x</b></span>", "shown"),
        ("shown<span STYLE='DISPLAY : NONE'>hidden</span>", "shown"),
        ("shown<font style='font-size:0px'>hidden</font>", "shown"),
        ("shown<div style='visibility: hidden; color: red'>hidden</div>", "shown"),
        ("shown<div style='max-height:0;overflow:hidden'>hidden</div>", "shown"),
        ("<a style='text-decoration:none'>shown</a><p style='font-size:0.9em'>too</p>", "shown too"),
        ("<td style='font-size:0'><div style='font-size:14px'>shown</div></td>", "shown"),
        ("<body style='display:none'>shown", "shown"),
        ("<style>never closed", ""),
        ("", ""),
    ],
)
def test_the_text_that_is_shown(html: str, shown: str) -> None:
    assert words(html) == shown.split()


def test_links_in_order_each_once() -> None:
    page = read_html(
        '<link href="https://fonts.test/x.css"><a href="https://one.test/?a=1&amp;b=2">x</a><a name=here>y</a>'
        '<map><area href="//two.test/"></map><form action=http://three.test/post></form>'
        '<a href="https://one.test/?a=1&b=2">again</a><a href="mailto:a@b.test">mail</a><img src=http://four.test/i.png>'
    )

    assert page.links == ["https://one.test/?a=1&b=2", "//two.test/", "http://three.test/post"]
    assert page.images == []


def test_hidden_links_lead_nobody_and_hidden_pictures_count_readers() -> None:
    page = read_html(
        '<div style="display:none"><a href="http://hidden.test/">x</a><img src="http://counter.test/p.gif"></div>text'
    )

    assert page.links == []
    assert page.images == ["http://counter.test/p.gif"]


def test_telephone_links() -> None:
    assert read_html('<a href="tel:+12125550187">x</a>').phones == ["+12125550187"]


def test_html_that_a_parser_cannot_read_in_linear_time_is_cut_and_it_is_said() -> None:
    deep = read_html("before" + "<div>" * 1_000 + "after")
    crossed = read_html("before<p>" + "".join(f"<b a={number}>" for number in range(800)) + "</p><p>x" * 800)

    assert deep.problem == crossed.problem == "HTML nested too deeply"
    assert deep.text.strip() == "before"


def test_a_long_page_that_is_well_made_is_read_whole() -> None:
    rows = "".join(f"<tr><td><a href=http://e.test/{n}><b>word</b></a><br><p>text<li>item" for n in range(2_000))
    page = read_html(f"<table>{rows}</table>last")

    assert page.problem == ""
    assert page.text.split().count("word") == 2_000


def test_a_letter_that_grows_in_lower_case_moves_no_cut() -> None:
    assert words("İ" * 700 + "<p>x</p>" * 700)[-1] == "x"
