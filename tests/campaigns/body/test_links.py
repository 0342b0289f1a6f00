from __future__ import annotations

import pytest

from attribution.campaigns.body.links import link_traits, links_in_text, unescape


def domains(*links: str) -> list[str]:
    return link_traits(links)[0]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("see http://a.test/x, or (https://b.test/y).", ["http://a.test/x", "https://b.test/y"]),
        ('<http://a.test/x> and "www.b.test"', ["http://a.test/x", "www.b.test"]),
        ("HTTP://A.TEST/", ["HTTP://A.TEST/"]),
        ("请访问http://a.test/x。谢谢", ["http://a.test/x"]),
        ("hxxp://a.test a.test b@www.c.test http://", []),
        ("http://a.test http://a.test", ["http://a.test"]),
    ],
)
def test_links_in_text(text: str, links: list[str]) -> None:
    assert links_in_text(text, 10) == links


def test_only_so_many_links() -> None:
    assert len(links_in_text(" ".join(f"http://a{number}.test" for number in range(99)), 7)) == 7


@pytest.mark.parametrize(
    ("link", "domain"),
    [
        ("http://www.shop.example.co.uk/a", "example.co.uk"),
        ("https://EVIL.test:8443?x", "evil.test"),
        ("//evil.test/a", "evil.test"),
        ("www.evil.test/a", "evil.test"),
        ("http://www.bank.test@evil.test/", "evil.test"),
        ("http://www.bank.test:80@evil.test", "evil.test"),
        ("http://www.bank.test%40x@evil.test", "evil.test"),
        ("http:\\\\evil.test\\a", "evil.test"),
        ("https:evil.test/a", "evil.test"),
        ("http:///evil.test/a", "evil.test"),
        (" ht\ntps://ev\til.test/a", "evil.test"),
        ("http://%65vil.test/", "evil.test"),
        ("http://evil.test./", "evil.test"),
        ("http://müller.example/", "xn--mller-kva.example"),
        ("http://ｅｖｉｌ.test/", "evil.test"),
        ("http://192.0.2.7/a", "192.0.2.7"),
        ("http://3221225991/a", "192.0.2.7"),
        ("http://0xC0000207/a", "192.0.2.7"),
        ("http://[2001:DB8::1]:80/", "2001:db8::1"),
        ("http://shop-4711.web.app/x", "shop-4711.web.app"),
        ("http://abc.blogspot.com/x", "abc.blogspot.com"),
        ("http://evil.onion/", "evil.onion"),
    ],
)
def test_where_a_link_leads(link: str, domain: str) -> None:
    assert domains(link) == [domain]


@pytest.mark.parametrize(
    "link",
    [
        *("", "#top", "/relative/path", "mailto:a@evil.test", "javascript:alert(1)", "ftp://evil.test/x", "http://"),
        *(
            "http://localhost/",
            "http://a..test/",
            "http://exa mple/",
            "http://[::1",
            "http://?",
            "cid:logo",
            "http://%00.test",
        ),
        "http://99999999999/",
        "http://www.w3.org/1999/xhtml",
        "http://schemas.microsoft.com/office/2004/12/omml",
        "http://lists.test/mailman/listinfo/users",
        "https://lists.test/cgi-bin/mailman/options/users/jane",
    ],
)
def test_what_leads_nowhere(link: str) -> None:
    assert domains(link) == []


def test_a_link_within_a_link_leads_on() -> None:
    assert domains("https://www.google.com/url?q=https://evil.test/a&sa=D") == ["google.com", "evil.test"]
    assert domains("https://t.test/L0/https:%2F%2Fevil.test%2Fa/1/x") == ["t.test", "evil.test"]
    assert domains("https://r.test/?u=http%3A%2F%2Fevil.test%2Fa&b=c") == ["r.test", "evil.test"]


def test_what_a_filter_made_of_a_link_is_undone() -> None:
    assert link_traits(
        [
            "https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fone.test%2Fwallets%2Fa.php&data=05%7C",
            "https://urldefense.com/v3/__https://two.test/wallets/b.php__;!!AbC!xyz$",
            "https://urldefense.proofpoint.com/v2/url?u=http-3A__three.test_wallets_c.php&d=DwMF",
        ]
    ) == (["one.test", "two.test", "three.test"], ["/wallets/a.php", "/wallets/b.php", "/wallets/c.php"])


def test_percent_encoding() -> None:
    assert unescape("a%2Fb%zz%C3%A9%ff") == "a/b%zz\xe9\ufffd"
