from __future__ import annotations

import pyarrow as pa
import pytest

from attribution.errors import CaseError
from attribution.report.agreement import COMPARED, FieldAgreement, agreement
from attribution.tables import MESSAGES

SCHEMA = pa.schema([MESSAGES.field(name) for name in COMPARED])


def mail(handover: str | None, client: str | None, *fields: str, offset: int = 0) -> dict[str, object]:
    return {
        "source": "dump.mbox",
        "offset": offset,
        "handover_ip": handover,
        "handover_grade": "vouched" if handover else "none",
        "handover_reason": "The receiver wrote it.",
        "client_ip": client,
        "client_fields": list(fields),
    }


def table(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), SCHEMA)


def test_messages_are_told_apart_by_what_can_be_compared() -> None:
    found = agreement(
        table(
            mail("192.0.2.1", "192.0.2.1", "received-spf", "x-sender-ip"),
            mail("192.0.2.2", "192.0.2.9", "received-spf", offset=7),
            mail(None, "192.0.2.3", "received-spf"),
            mail("192.0.2.4", None, "received-spf"),
            mail("192.0.2.5", None),
        )
    )
    assert (found.messages, found.comparable, found.agreeing, found.differing) == (5, 2, 1, 1)
    assert (found.no_handover, found.no_statement) == (1, 2)
    assert found.fields == (FieldAgreement("received-spf", 1, 1), FieldAgreement("x-sender-ip", 1, 0))


def test_what_differs_is_shown_with_its_place_and_reason() -> None:
    (example,) = agreement(table(mail("192.0.2.2", "192.0.2.9", "received-spf", offset=7))).examples
    assert (example.source, example.offset) == ("dump.mbox", 7)
    assert (example.handover_ip, example.client_ip) == ("192.0.2.2", "192.0.2.9")
    assert example.handover_reason == "The receiver wrote it."


def test_examples_are_bounded_and_the_count_is_not() -> None:
    found = agreement(table(*[mail("192.0.2.2", "192.0.2.9", "received-spf")] * 50))
    assert (found.differing, len(found.examples)) == (50, 20)


def test_a_case_without_messages_has_nothing_to_compare() -> None:
    found = agreement(table())
    assert (found.messages, found.comparable, found.fields, found.examples) == (0, 0, (), ())


def test_a_case_of_an_older_version_is_told_what_it_lacks() -> None:
    with pytest.raises(CaseError, match=r"older version .* client_ip, client_fields; run the analysis again"):
        agreement(table().drop_columns(["client_ip", "client_fields"]))
