from __future__ import annotations

import pytest

from attribution.headers.clauses import Clauses, Span, split_clauses


def text(value: str, span: Span | None) -> str | None:
    return None if span is None else value[slice(*span)].strip()


def texts(value: str, clauses: Clauses) -> dict[str, str]:
    return {name: value[slice(*span)].strip() for name, span in clauses.texts.items() if name not in ("by", "from")}


@pytest.mark.parametrize(
    ("value", "peer", "by", "others"),
    [
        (
            "from a (b [192.0.2.7]) by c (Postfix) with SMTP id 1 for <d@e.example>; Mon",
            "a (b [192.0.2.7])",
            "c",
            {"with": "SMTP", "id": "1", "for": "<d@e.example>"},
        ),
        ("by c with SMTP id 1", None, "c", {"with": "SMTP", "id": "1"}),
        ("by c (Sendmail 8.9.2) via ESMTP from a id 1", None, "c", {"via": "ESMTP", "id": "1"}),
        ("from a with LMTP by c (3.0.2)", "a", "c", {"with": "LMTP"}),
        (
            'from a(192.0.2.7), claiming to be "h" via SMTP by c, id 1',
            'a(192.0.2.7), claiming to be "h"',
            "c",
            {"via": "SMTP", "id": "1"},
        ),
        (
            "from a (b) by [192.0.2.1] via smtpd (for d [192.0.2.2]) with SMTP",
            "a (b)",
            "192.0.2.1",
            {"via": "smtpd", "with": "SMTP"},
        ),
        ("(from a [192.0.2.7]) by c", "a [192.0.2.7]", "c", {}),
        ("(apparently) from a ([192.0.2.7]) by c", "a ([192.0.2.7])", "c", {}),
        ("id 1 from a ([192.0.2.7]) by c", "a ([192.0.2.7])", "c", {"id": "1"}),
        (
            "from a (local); by c (OpenSMTPD) with ESMTPA id 1; for <d@e.example>; Mon",
            "a (local);",
            "c",
            {"with": "ESMTPA", "id": "1", "for": "<d@e.example>"},
        ),
        ("from a by <c> (MailGate 3.4) with SMTP", "a", "c", {"with": "SMTP"}),
        (
            "from a ([192.0.2.7]) by c(7.1) with Microsoft SMTPSVC(6.0.1); Mon",
            "a ([192.0.2.7])",
            "c",
            {"with": "Microsoft SMTPSVC(6.0.1)"},
        ),
        ("via dmail-2002(12) for +lists; Mon", None, None, {"via": "dmail-2002(12)", "for": "+lists"}),
    ],
)
def test_clauses_are_found_in_any_order(value: str, peer: str | None, by: str | None, others: dict[str, str]) -> None:
    clauses = split_clauses(value)
    assert text(value, clauses.peer) == peer
    assert text(value, clauses.by) == by
    assert texts(value, clauses) == others


def test_the_last_by_is_the_servers_own() -> None:
    value = "from x (y [198.51.100.7]) by evil.example with SMTP; now (real [192.0.2.7]) by mx.example with SMTP"
    clauses = split_clauses(value)
    assert text(value, clauses.by) == "mx.example"
    assert (text(value, clauses.peer) or "").endswith("(real [192.0.2.7])")


@pytest.mark.parametrize("tail", ["by uid 500 with qmail-scanner-1.20", "with SMTP by way of a list"])
def test_by_without_a_host_is_no_clause(tail: str) -> None:
    value = f"from a@b.example by c.example {tail}"
    assert text(value, split_clauses(value).by) == "c.example"


@pytest.mark.parametrize(
    "behind",
    [
        'for "x (f [198.51.100.7]) by evil.example"@example.org; Mon',
        '(envelope-from <"x) by evil.example (f [198.51.100.7]"@example.net>) id 1',
        "for <by@example.org>; Mon",
        "(by evil.example with SMTP) id 1",
    ],
)
def test_what_the_sender_wrote_into_addresses_is_no_clause(behind: str) -> None:
    value = f"from a ([192.0.2.7] helo=x) by mx.example with esmtp {behind}"
    assert text(value, split_clauses(value).by) == "mx.example"


def test_nothing_is_found_in_nothing() -> None:
    assert split_clauses("") == Clauses()
