from __future__ import annotations

import pytest

from attribution.headers.annotations import authenticated_protocol, envelope_sender, is_annotation, tls_session


@pytest.mark.parametrize(
    "comment",
    [
        "(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))",
        "(No client\r\n certificate requested)",
        "(Authenticated sender: bob)",
        "(authenticated bits=0)",
        "(AUTH: LOGIN bob@example.org)",
        "(version=TLS1_2 cipher=AES128 bits=128/128)",
        "(TLSv1:RC4-SHA:128)",
        "(envelope-from <x@[192.0.2.7]>)",
        "(uid 500)",
    ],
)
def test_comments_on_the_session_are_known(comment: str) -> None:
    assert is_annotation(comment, 0, len(comment))


@pytest.mark.parametrize(
    "comment",
    [
        "(tls.example.net [192.0.2.7])",
        "(using [192.0.2.7])",
        "(authenticated [192.0.2.7])",
        "(auth=x@192.0.2.7)",
        "(user=x@192.0.2.7)",
        "(TLS: [2001:db8::7])",
        "(version= 192.0.2.7)",
        "(sslwrap@localhost [127.0.0.1])",
        "(Postfix)",
    ],
)
def test_a_comment_with_an_address_names_the_peer_however_it_begins(comment: str) -> None:
    assert not is_annotation(comment, 0, len(comment))


@pytest.mark.parametrize(
    ("protocol", "word"),
    [
        ("ESMTPA", "ESMTPA"),
        ("esmtpsa", "esmtpsa"),
        ("ASMTP", "ASMTP"),
        ("UTF8SMTPSA", "UTF8SMTPSA"),
        ("(TLSv1.2:X encrypted) ESMTPSA", "ESMTPSA"),
        ("ESMTPS", None),
        ("ESMTP", None),
        ("NNFMP", None),
        ("XESMTPA-like", None),
    ],
)
def test_the_protocol_word_says_whether_the_client_authenticated(protocol: str, word: str | None) -> None:
    assert authenticated_protocol(protocol) == word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "(using TLSv1.2 with cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits))",
            "TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384",
        ),
        ("(version=TLS1_2, cipher=TLS_RSA_WITH_AES_128_CBC_SHA) id 15", "TLS1_2 TLS_RSA_WITH_AES_128_CBC_SHA"),
        ("(version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256)", "TLS1_3 TLS_AES_256_GCM_SHA384"),
        ("with esmtps (TLS1.2) tls TLS_RSA_WITH_AES (Exim)", "TLS1.2 TLS_RSA_WITH_AES"),
        ("(TLS-1.0:RSA_ARCFOUR_MD5:16)", "TLS-1.0 RSA_ARCFOUR_MD5"),
        ("(Cipher TLSv1:DES-CBC3-SHA:168)", "TLSv1 DES-CBC3-SHA"),
        ("(TLSv1.2:ECDHE-RSA-CHACHA20-POLY1305:256:NO)", "TLSv1.2 ECDHE-RSA-CHACHA20-POLY1305"),
        ("(AUTH: LOGIN b, TLS: TLS1.3,128bits,AES_128)", "TLS1.3 AES_128"),
        ("with ESMTP/TLS/DHE-RSA-AES256-SHA", "TLS DHE-RSA-AES256-SHA"),
        ("with AES256-SHA encrypted SMTP", "AES256-SHA"),
        ("(Using TLS)", "TLS"),
        ("with SMTP id 1", None),
    ],
)
def test_version_and_cipher_are_found_in_every_style(text: str, expected: str | None) -> None:
    assert tls_session(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(envelope-from <bob@example.net>) id 1", "bob@example.net"),
        ("(envelope-from bob@example.net) id 1", "bob@example.net"),
        ("(envelope-sender <bob@example.net>)", "bob@example.net"),
        ("envelope-from <bob@example.net> (x)", "bob@example.net"),
        ('(over TLS, envelope from "bob@example.net")', "bob@example.net"),
        ("(envelope-from <bob@example.net>, uid 502)", "bob@example.net"),
        ("(envelope-from <>)", None),
        ("with SMTP", None),
    ],
)
def test_the_envelope_sender_is_found_beside_the_clauses(text: str, expected: str | None) -> None:
    assert envelope_sender(text) == expected
