from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.enrich.access.embedded import embeds_address
from attribution.enrich.access.names import read_name, read_names
from attribution.enrich.access.tables import words, zones


def access(name: str, ip: str = "198.51.100.77") -> tuple[str, str] | None:
    reading = read_name(name)
    guess = reading.beside if embeds_address(name.lower(), ip) else reading.plain
    return None if guess is None else (guess.access, guess.confidence)


@pytest.mark.parametrize(
    "name",
    [
        "198-51-100-77.dsl.example.net",
        "ppp-198-51-100-77.example.ru",
        "198-51-100-77.dynamic.example.com.br",
        "host-198-51-100-77.dinamico.example.es",
        "cable-198-51-100-77.example.rs",
        "198-51-100-77.ftth.example.nl",
        "kabel-198-51-100-77.example.de",
        "abo-77-100-51.example.fr",
        "pc6336440d.dyn.198-51-100-77.example.de",
        "198-51-100-77.broadband.example.in",
        "pool-adsl-198-51-100-77.example.hu",
    ],
)
def test_a_home_line_is_known_by_its_word_and_surely_by_its_address(name: str) -> None:
    assert access(name) == ("residential", "strong")
    assert access(name, "203.0.113.9") == ("residential", "fair")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("198-51-100-77.example.net", ("residential", "weak")),
        ("host-198-51-100-77.example.net", ("residential", "weak")),
        ("host-17.example.net", None),
        ("customer17.example.net", None),
        ("zeus.example.net", None),
        ("example.net", None),
        ("mail.example.net", ("business", "weak")),
        ("mx.example.net", ("business", "weak")),
        ("relay07.example.net", None),
        ("mta08.mail.example.net", None),
        ("smtp-out-3.example.net", None),
        ("static-198-51-100-77.example.net", ("business", "weak")),
        ("static-adsl-198-51-100-77.example.net", ("business", "fair")),
        ("mail.dsl.example.net", None),
        ("vps17.example.net", ("hosting", "fair")),
        ("vps-dsl-17.example.net", None),
        ("198-51-100-77.mobile.example.net", ("mobile", "strong")),
        ("198-51-100-77.4g.example.net", ("mobile", "strong")),
        ("mobile.example.net", None),
        ("g198051100.adsl.example.de", ("residential", "fair")),
        ("dhcp17.example.net", None),
        ("dhcp-198-51-100-77.example.net", ("residential", "weak")),
        ("17.cgnat.example.net", ("cgnat", "fair")),
        ("vpn17.example.net", ("vpn-proxy", "weak")),
        ("mx.example.edu", ("education", "fair")),
        ("198-51-100-77.dhcp.example.ac.uk", ("education", "fair")),
        ("mx.example.gov.br", ("government", "fair")),
        ("198.51.100.77", None),
        ("localhost", None),
        ("[198.51.100.77]", None),
        ("", None),
        ("a" * 300 + ".dsl.example.net", None),
    ],
)
def test_what_other_names_tell(name: str, found: tuple[str, str] | None) -> None:
    assert access(name) == found


def test_the_domain_itself_is_only_what_its_owner_is_called() -> None:
    for name in ("adsl.example", "www.dsl-shop.example", "mail.broadband-tips.example", "x.hosting.example"):
        assert access(name) in (None, ("business", "weak"))


def test_letters_of_a_number_in_hexadecimal_are_no_words() -> None:
    assert read_name("5bb3c1a2.example.net").plain is None
    assert read_name("a1bb2.example.net").plain is None


def test_a_provider_keeps_servers_beside_its_customers() -> None:
    assert access("mail17.dip0.t-ipconnect.de") is None
    assert access("p5B0A1234.dip0.t-ipconnect.de", "91.10.18.52") == ("residential", "strong")


EXAMPLES = [name for zone in zones() for name in (*zone.match, *zone.not_)] + [
    name for group in words() for name in (*group.match, *group.not_)
]
PIECES = st.lists(
    st.sampled_from(
        ["dsl", "mail", "17", "c633644d", "-", ".", "3g", "dyn", "vps", "a1bb2", "198", "_", "x", "É", "static"]
    ),
    max_size=8,
).map("".join)
NAMES = st.one_of(
    st.sampled_from(EXAMPLES),
    st.builds(
        lambda own, domain: f"{own}.{domain}",
        PIECES,
        st.sampled_from(
            ["example.net", "example.co.uk", "EXAMPLE.COM.", "comcast.net", "x17.example.com", "1-2.example.br"]
        ),
    ),
    st.text(max_size=30),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.none(), NAMES), max_size=20))
def test_many_names_are_read_as_each_of_them_is(names: list[str | None]) -> None:
    readings, which = read_names(pa.array(names, pa.string()))
    for name, place in zip(names, which.tolist(), strict=True):
        assert readings[place] == read_name(name or ""), name


def test_no_names_are_read() -> None:
    assert read_names(pa.array([], pa.string()))[1].tolist() == []
    assert read_names(pa.nulls(2, pa.string()))[1].tolist() == [0, 0]
