from __future__ import annotations

import pytest

from attribution.enrich.access.networks import read_network


@pytest.mark.parametrize(
    ("asn", "as_org", "access", "confidence"),
    [
        (24940, "Hetzner Online GmbH", "hosting", "strong"),
        (13335, "Cloudflare, Inc.", "cdn", "strong"),
        (11377, "SendGrid, Inc.", "bulk-mailer", "strong"),
        (64500, "Example Hosting Ltd", "hosting", "fair"),
        (64500, "EXAMPLEHOST-AS", "hosting", "fair"),
        (64500, "Universität Beispiel", "education", "fair"),
        (64500, "City of Example", "government", "fair"),
        (64500, "Example Telecom S.A.", "isp", "fair"),
        (None, "Example Cable Communications", "isp", "fair"),
    ],
)
def test_a_network_is_known_by_its_number_or_the_words_of_its_name(
    asn: int | None, as_org: str, access: str, confidence: str
) -> None:
    found = read_network(asn, as_org)
    assert found is not None
    assert (found.access, found.confidence) == (access, confidence)


@pytest.mark.parametrize(
    "as_org", ["Example GmbH", "Hostel Example", "Ghost Examples", "Universal Example", "", None, "x" * 9_999]
)
def test_other_names_tell_nothing(as_org: str | None) -> None:
    assert read_network(64500, as_org) is None
