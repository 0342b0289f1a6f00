from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.campaigns.templates import is_answer, subject_template

READER = ["john.smith@example.org"]


@pytest.mark.parametrize(
    ("subject", "template"),
    [
        ("Invoice 12,345.00 of 3 May", "invoice <#> of <#> may"),
        ("Your order #4711-22 has shipped", "your order <#> has shipped"),
        ("covid19 24h", "covid <#> h"),
        ("Lowest rates available. gjxnnsxrwg", "lowest rates available"),
        ("Hello xk3jd9f", "hello"),
        ("Don't miss out!!!", "dont miss out"),
        ("𝗬𝗼𝘂𝗿 account", "your account"),
        ("Y\u034fo\u200bu\u00adr account", "your account"),
        ("See https://example.net/a?b=1 now", "see <url> now"),
        ("Ваш счёт заблокирован 123", "ваш счёт заблокирован <#>"),
        ("您的账户 88", "您 的 账 户 <#>"),
        ("आपका खाता बंद है", "आपका खाता बंद है"),
        ("계정이 정지되었습니다", "계정이 정지되었습니다"),
    ],
)
def test_what_changes_is_masked_and_what_is_random_is_left_out(subject: str, template: str) -> None:
    assert subject_template(subject) == template


@pytest.mark.parametrize(
    ("subject", "template"),
    [
        ("john.smith@example.org, your mailbox is full", "<r> your mailbox is full"),
        ("Dear John, we called", "dear <r> we called"),
        ("Johnsmith: a parcel", "<r> a parcel"),
        ("From jane@example.net", "from <@>"),
        ("Meeting at example.org", "meeting at example org"),
    ],
)
def test_the_recipient_is_masked(subject: str, template: str) -> None:
    assert subject_template(subject, READER) == template


def test_a_recipient_that_is_a_function_hides_no_word_of_the_subject() -> None:
    assert subject_template("Invoice and support", ["invoice@example.org", "support@example.org"]) == (
        "invoice and support"
    )


@pytest.mark.parametrize(
    "mark",
    [
        *("Re: ", "RE[2]: ", "FW:", "AW: WG: ", "SV: ", "Fwd: Re: ", "TR : ", "回复：", "Ответ: ", "ΑΠ: "),
        *("[EXTERNAL] ", "*****SPAM***** "),
    ],
)
def test_marks_of_answers_and_filters_are_taken_off(mark: str) -> None:
    assert subject_template(mark + "Quarterly figures") == "quarterly figures"


@pytest.mark.parametrize("subject", [None, "", "   ", "12345", "!!!", "🎉🎉", "xk3jd9f"])
def test_nothing_left_is_no_template(subject: str | None) -> None:
    assert subject_template(subject) is None


@pytest.mark.parametrize(
    ("subject", "answer"),
    [("Re: hello", True), ("[EXTERNAL] AW: Hallo", True), ("Regarding: hello", False), ("hello", False), (None, False)],
)
def test_answers_are_told(subject: str | None, answer: bool) -> None:
    assert is_answer(subject) is answer


@given(st.text(alphabet=st.characters(), max_size=500), st.lists(st.text(max_size=40), max_size=30))
def test_any_subject_gives_a_bounded_template_of_plain_tokens(subject: str, recipients: list[str]) -> None:
    template = subject_template(subject, recipients)
    assert template is None or (0 < len(template.split(" ")) <= 32 and "" not in template.split(" "))


@given(st.text(max_size=200))
def test_a_template_is_its_own_template(subject: str) -> None:
    template = subject_template(subject)
    again = subject_template(template.replace("<#>", "1") if template else None)
    assert again is None or template is not None


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_numbers_make_no_difference(one: int, other: int) -> None:
    assert subject_template(f"Ticket {one} closed") == subject_template(f"Ticket {other} closed")
