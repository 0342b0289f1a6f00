from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.enrich.ip.range_layouts import recognise_layout
from attribution.enrich.ip.range_rows import Origin, read_origin

FORMS = [
    ("192.0.2.0\t192.0.2.255\t64500\tDE\tExample Net", "iptoasn", ["asn", "as_org", "country"]),
    ("2001:db8::\t2001:db8:ffff::\t0\tNone\tNot routed", "iptoasn", ["asn", "as_org", "country"]),
    ("3221225984\t3221226239\t64500\tDE\tExample Net", "iptoasn", ["asn", "as_org", "country"]),
    ("192.0.2.0\t192.0.2.255\tDE", "iptoasn", ["country"]),
    ("192.0.2.0/24\t64500", "pyasn", ["asn"]),
    ("2001:db8::/32\t64500", "pyasn", ["asn"]),
    ("192.0.2.0\t24\t64500_64501", "pfx2as", ["asn"]),
    ("2001:db8::\t32\t{64500,64501}", "pfx2as", ["asn"]),
    ("192.0.2.0\t24\t64500,64501_64502", "pfx2as", ["asn"]),
    ("192.0.2.0,192.0.2.255,DE", "dbip-csv", ["country"]),
    ('192.0.2.0,192.0.2.255,64500,"Example, Net"', "dbip-csv", ["asn", "as_org"]),
    (
        "192.0.2.0,192.0.2.255,EU,DE,Land,Musterhausen,50.5,8.25",
        "dbip-csv",
        ["country", "city", "latitude", "longitude"],
    ),
]


@pytest.mark.parametrize(("line", "kind", "provides"), FORMS)
def test_a_form_without_a_header_is_known_by_its_fields(line: str, kind: str, provides: list[str]) -> None:
    layout = recognise_layout([line] * 3)
    assert layout is not None
    assert (layout.kind, list(layout.provides)) == (kind, provides)


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("network,country,country_code,asn,as_name", {"network": 0, "country": 2, "asn": 3, "as_org": 4}),
        ("start_ip\tend_ip\tASN\tOrganization", {"start": 0, "end": 1, "asn": 2, "as_org": 3}),
        ("ip_start;ip_end;city;lat;lon", {"start": 0, "end": 1, "city": 2, "latitude": 3, "longitude": 4}),
        (
            "network,autonomous_system_number,autonomous_system_organization",
            {"network": 0, "asn": 1, "as_org": 2},
        ),
        ('"First IP","Last IP","CC"', {"start": 0, "end": 1, "country": 2}),
        ("prefix|accuracy_radius|latitude|longitude", {"network": 0, "radius_km": 1, "latitude": 2, "longitude": 3}),
    ],
)
def test_a_header_names_the_columns(header: str, columns: dict[str, int]) -> None:
    layout = recognise_layout([header, "x"])
    assert layout is not None
    assert (layout.kind, layout.header, layout.columns) == ("table", 1, columns)


@pytest.mark.parametrize(
    "line",
    [
        *("", "x", "192.0.2.0", "192.0.2.0/24", "network", "network,continent", "start,asn", "192.0.2.0,192.0.2.255"),
        *("192.0.2.0\tx\t64500", "1\t2\t3", "192.0.2.0/24\tAS", "from,to,subject", "<html>", "192.0.2.999/24\t1"),
    ],
)
def test_anything_else_is_no_table(line: str) -> None:
    layout = recognise_layout([line] * 20)
    assert layout is None or not layout.provides


def test_one_bad_line_among_many_does_not_hide_the_form() -> None:
    layout = recognise_layout([*["192.0.2.0/24\t64500"] * 19, "garbage"])
    assert layout is not None
    assert layout.kind == "pyasn"


@given(st.lists(st.text("0123456789abcdef.:/,;|\t\"'{}_ \r", max_size=60), max_size=8))
def test_any_lines_are_a_table_or_none(lines: list[str]) -> None:
    layout = recognise_layout(lines)
    assert layout is None or max(layout.columns.values()) < layout.width


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("64500", Origin(64500, several=False)),
        ("AS64500", Origin(64500, several=False)),
        (" 4294967295 ", Origin(4294967295, several=False)),
        ("0", Origin(0, several=False)),
        ("", Origin(0, several=False)),
        ("None", Origin(0, several=False)),
        ("64500_64501", Origin(64500, several=True)),
        ("64501_64500_7", Origin(64501, several=True)),
        ("{64500,64501}", Origin(0, several=True)),
        ("64500,64501", Origin(0, several=True)),
        ("{64500}", Origin(64500, several=False)),
        ("64500_{64501,64502}", Origin(64500, several=True)),
        ("{64501,64502}_64500", Origin(0, several=True)),
        ("64500_64500", Origin(64500, several=False)),
        ("4294967296", Origin(None, several=False)),
        ("64500_", Origin(None, several=False)),
        ("{}", Origin(None, several=False)),
        ("x", Origin(None, several=False)),
        ("-1", Origin(None, several=False)),
        ("٦٤", Origin(None, several=False)),
    ],
)
def test_the_origin_of_a_prefix(text: str, origin: Origin) -> None:
    assert read_origin(text) == origin
