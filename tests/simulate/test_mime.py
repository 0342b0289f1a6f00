from __future__ import annotations

from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.simulate.mime import CHARSETS, Coding, code_body, code_header, coding_for

_ALL = sorted({coding for codings in CHARSETS.values() for coding in codings})
_TEXTS = {
    "ru": "Приглашаем на семинар по теме налоги и кадры в 2014 году, центр Лугакс",
    "zh": "培训课程：采购管理与成本控制实战班（26.12.2013）恒达管理中心发票通知",
    "ja": "【重要なお知らせ】ゆきさんからメッセージが届きました。確認してください",
    "de": "Mahnung: Überweisen Sie bis zum Jahresende den fälligen Betrag an die Börsenstraße",
    "en": "Delivery problem 150 - Soler",
}


@pytest.mark.parametrize(("language", "text"), _TEXTS.items())
def test_encoded_words_are_short_and_read_back(language: str, text: str) -> None:
    for coding in CHARSETS[language]:
        header = code_header(text, coding)
        assert header.isascii()
        assert all(len(line.strip()) <= 75 for line in header.split("\n"))
        assert str(make_header(decode_header(header))) == text


def test_text_that_a_charset_does_not_have_goes_as_utf_8() -> None:
    latin = Coding("iso-8859-1", "latin-1", "8bit", "Q")
    assert coding_for("Tanaka 田中", latin).charset == "utf-8"
    assert code_header("田中", latin).startswith("=?utf-8?")
    assert coding_for("Müller", latin) is latin
    assert coding_for("Müller", CHARSETS["en"][1]).transfer != "7bit"


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=120), st.sampled_from(_ALL))
def test_bodies_have_lines_that_mail_allows(text: str, coding: Coding) -> None:
    body = code_body(f"{text}\nnext\n", coding)
    assert body.endswith(b"\n")
    assert max(map(len, body.split(b"\n"))) <= (76 if coding.transfer in {"base64", "quoted-printable"} else 998)
