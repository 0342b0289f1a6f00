from __future__ import annotations

import pytest

from attribution.campaigns.body.shapes import path_shape


@pytest.mark.parametrize(
    ("rest", "shape"),
    [
        ("/wp-content/plugins/x7Gk2Pq/verify.php?id=12&e=a%40example.org", "/wp-content/plugins/*/verify.php?e=*&id=#"),
        ("/oop/4711_md/22/801/9/", "/oop/#_md/#/#/#"),
        ("/Wallets/Confirm.PHP", "/wallets/confirm.php"),
        ("\\wallets\\confirm", "/wallets/confirm"),
        ("/users/3f2504e0-4f89-11d3-9a0c-0305e82c3301/wallet", "/users/*/wallet"),
        ("/wallet/aHR0cHM6Ly9leGFtcGxlLm9yZy8", "/wallet/*"),
        ("/wallet/d41d8cd98f00b204e9800998ecf8427e.html", "/wallet/*.html"),
        ("/wallet/jane@example.net", "/wallet/*"),
        ("/wallet/a%20b#fragment", "/wallet/a-b"),
        ("/wallet//x?", "/wallet/x"),
        ("/wallet?b=&a=x&amp;c=7&flag", "/wallet?a=*&b=&c=#&flag"),
        ("/wallet target=_blank", "/wallet"),
        ("/?offer_a=1&clicker=x", "/?clicker=*&offer_a=#"),
        ("/covid19/v2", "/covid#/v#"),
    ],
)
def test_what_changes_is_masked(rest: str, shape: str) -> None:
    assert path_shape(rest) == shape


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "/",
        "?",
        "#x",
        "/x7Gk2Pq",
        "/12/34",
        "/?id=4",
        "/?e=a&utm_source=b&utm_medium=c",
        "/index.html",
        "/unsubscribe",
    ],
)
def test_what_any_site_could_have_has_no_shape(rest: str) -> None:
    assert path_shape(rest) is None


def test_the_recipient_is_masked() -> None:
    assert path_shape("/wallet/John.Smith/open", ["john.smith@example.org"]) == "/wallet/*/open"
    assert path_shape("/wallet/john.smith%40example.org", ["john.smith@example.org"]) == "/wallet/*"


def test_a_shape_has_a_bounded_length() -> None:
    shape = path_shape("/wallet" * 200 + "?" + "&".join(f"name{chr(97 + n)}=1" for n in range(26)))
    assert shape is not None
    assert len(shape) <= 160
