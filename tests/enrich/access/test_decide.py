from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.enrich.access import ACCESS_COLUMNS, ACCESS_TYPES, access_of, access_types
from attribution.enrich.access.tables import CONFIDENCE, zones

IP = "198.51.100.77"
LINE = "198-51-100-77.dsl.example.net"
ZONE = "c-198-51-100-77.hsd1.ma.comcast.net"


def told(**known: object) -> tuple[str, str, str] | None:
    found = access_of(IP, **known)  # type: ignore[arg-type]
    return None if found is None else found[:3]


def test_the_reason_comes_with_the_access_type() -> None:
    found = access_of(IP, rdns=LINE)
    assert found is not None
    assert found._asdict() == {
        "access": "residential",
        "confidence": "strong",
        "evidence": "rdns",
        "rule": "word-dsl",
        "matched": "dsl",
        "against": None,
    }


def test_nothing_known_is_nothing_said() -> None:
    assert told() is None
    assert told(rdns="zeus.example.net", helo="zeus", asn=64500, as_org="Example") is None


def test_a_network_of_servers_for_rent_goes_before_a_name_that_its_customer_chose() -> None:
    found = access_of(IP, rdns=LINE, asn=24940)
    assert found is not None
    assert (found.access, found.evidence, found.against) == ("hosting", "network", "word-dsl")
    assert told(rdns="mail.example.edu", asn=24940) == ("hosting", "strong", "network")
    assert told(rdns="m225-94.mailgun.net", asn=16509) == ("bulk-mailer", "strong", "rdns")


def test_a_name_goes_before_the_words_of_a_network() -> None:
    assert told(rdns=LINE, as_org="Example Hosting") == ("residential", "strong", "rdns")
    assert told(rdns="mail.example.net", as_org="Example Hosting") == ("hosting", "fair", "network")


def test_on_the_network_of_an_owner_a_line_is_the_owners() -> None:
    assert told(rdns=LINE, as_org="Example University") == ("education", "fair", "network")
    assert told(rdns="198-51-100-77.dynamic.example.net", asn=21928) == ("mobile", "strong", "network")


def test_an_access_provider_firms_up_what_a_name_hints_at() -> None:
    plain = "198-51-100-77.example.net"
    assert told(rdns=plain) == ("residential", "weak", "rdns")
    assert told(rdns=plain, as_org="Example Telecom") == ("residential", "fair", "rdns")
    assert told(as_org="Example Telecom") is None


def test_a_network_of_another_time_never_goes_before_a_name() -> None:
    assert told(rdns=LINE, asn=24940, gap_days=181) == ("residential", "strong", "rdns")
    assert told(rdns="198-51-100-77.example.net", as_org="Example Telecom", gap_days=9_000) == (
        "residential",
        "weak",
        "rdns",
    )


def test_the_older_a_network_the_less_it_tells() -> None:
    for days, confidence in ((None, "strong"), (180, "strong"), (181, "fair"), (1_825, "fair"), (1_826, "weak")):
        assert told(asn=24940, gap_days=days) == ("hosting", confidence, "network")


def test_a_providers_name_is_believed_from_where_the_provider_sends() -> None:
    name = "nam10-bn7-obe.outbound.protection.outlook.com"
    assert told(helo=name, asn=8075) == ("mail-provider", "fair", "helo")
    assert told(helo=name, asn=8075, gap_days=9_000) == ("mail-provider", "fair", "helo")
    assert told(helo=name, asn=64500) == ("mail-provider", "weak", "helo")
    assert told(helo="a1-2.smtp-out.eu-west-1.amazonses.com", asn=16509) == ("bulk-mailer", "fair", "helo")
    assert told(helo=name, rdns=LINE, asn=8075) == ("residential", "strong", "rdns")


@pytest.mark.parametrize("helo", [LINE, ZONE, "vps17.example.net"])
def test_a_helo_counts_only_where_nothing_else_is_known_and_weakly(helo: str) -> None:
    alone = told(helo=helo)
    assert alone is not None
    assert alone[1:] == ("weak", "helo")
    assert told(helo=helo, rdns="mx.example.edu") == ("education", "fair", "rdns")
    assert told(helo=helo, asn=24940) == ("hosting", "strong", "network")


@pytest.mark.parametrize(
    "helo", ["mail.example.net", "198-51-100-77.example.net", "servis.example.gov", "mx.example.edu"]
)
def test_what_anybody_may_call_himself_is_no_evidence(helo: str) -> None:
    assert told(helo=helo) is None


def test_special_use_addresses_are_told_by_the_registries() -> None:
    shared = access_of("100.64.1.2", rdns=LINE)
    assert shared is not None
    assert shared[:5] == ("cgnat", "fair", "special", "special:shared", "100.64.0.0/10")
    assert access_of("10.1.2.3", rdns=LINE) is None
    assert access_of("2002:c000:204::1", asn=24940) is None


def test_columns_are_typed_and_null_where_nothing_is_known() -> None:
    table = access_types(pa.chunked_array([[IP], ["192.0.2.1", None]]), rdns=[LINE, None, LINE])
    assert table.schema == ACCESS_COLUMNS
    assert table["access"].to_pylist() == ["residential", None, None]
    assert access_types([]).num_rows == 0
    with pytest.raises(ValueError, match="1 values for 2 addresses"):
        access_types([IP, IP], rdns=[LINE])


NAMES = st.one_of(
    st.none(),
    st.sampled_from(
        [LINE, ZONE, "mail.example.net", "198-51-100-77.example.net", "vps1.example.net", "mx.example.edu"]
    ),
    st.sampled_from([name for zone in zones() for name in zone.match]),
)
ROWS = st.lists(
    st.tuples(
        st.sampled_from([IP, "192.0.2.1", "10.0.0.1", "100.64.0.1", "2001:db8::1", "2002:c000:201::1"]),
        NAMES,
        NAMES,
        st.sampled_from([None, 64500, 24940, 21928, 13335, 11377, 8075, 16509]),
        st.sampled_from([None, "Example Telecom", "Example Hosting", "Example University", "Example"]),
        st.sampled_from([None, 0, 180, 181, 1_825, 1_826, 9_000]),
    ),
    max_size=20,
)


@settings(max_examples=200, deadline=None)
@given(ROWS)
def test_many_addresses_are_told_as_each_of_them_is(
    rows: list[tuple[str, str | None, str | None, int | None, str | None, int | None]],
) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(6)]
    ips, rdns, helo, asn, as_org, gap_days = columns
    table = access_types(ips, rdns=rdns, helo=helo, asn=asn, as_org=as_org, gap_days=gap_days)
    for row, got in zip(rows, table.to_pylist(), strict=True):
        want = access_of(row[0], rdns=row[1], helo=row[2], asn=row[3], as_org=row[4], gap_days=row[5])
        assert tuple(got.values()) == (want or (None,) * 6)
        if want is not None:
            assert want.access in ACCESS_TYPES
            assert want.confidence in CONFIDENCE
