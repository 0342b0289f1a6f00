from __future__ import annotations

import pytest

from attribution.campaigns.body.prose import own_words, without_leave_lines

SAID = "This is what I have to say."


@pytest.mark.parametrize(
    "below",
    [
        "> what was said\n> before\n",
        "On Mon, 3 May 2021 at 10:12, Jane Roe <jane@example.org> wrote:\n\nwhat was said before\n",
        "On Mon, 3 May 2021 at 10:12, Jane Roe\n<jane@example.org> wrote:\nwhat was said before\n",
        "Am Montag schrieb Jane Roe:\nwas gesagt wurde\n",
        "Le lun. 3 mai 2021 à 10:12, Jane Roe a écrit :\nce qui\n",
        "-----Original Message-----\nFrom: Jane\n\nwhat was said before\n",
        "---------- Forwarded message ---------\nFrom: Jane\n\nwhat was said before\n",
        "_______________________\nFrom: Jane Roe\nSent: Monday\nTo: John\nSubject: x\n\nwhat was said before\n",
        "Begin forwarded message:\n\nwhat was said before\n",
        "-- \nJane Roe\nExample Ltd\n",
        "__________________________________\nUsers mailing list\nhttp://lists.test/mailman/listinfo/users\n",
        "-------------------------------------------------------\nThis sf.net email is sponsored by: a shop\n",
        "-----BEGIN PGP SIGNATURE-----\n\niQEz\n-----END PGP SIGNATURE-----\n",
    ],
)
def test_what_stands_below_is_not_the_senders(below: str) -> None:
    assert own_words(f"{SAID}\n\n{below}").rstrip("_\n ") == SAID


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("On Monday Jane wrote:\n> what was said\n\nI do not agree.", "On Monday Jane wrote:\n\n\nI do not agree."),
        ("Hello\nOn Monday Jane wrote:\n> what\nI agree.", "Hello\nOn Monday Jane wrote:\n\nI agree."),
        ("-----Original Message-----\nFrom: Jane\n\nhanded on", "-----Original Message-----\nFrom: Jane\n\nhanded on"),
        ("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nHello", "\nHello"),
        ("She wrote: come on\nand I came.", "She wrote: come on\nand I came."),
        ("From: the heart\nTo: you", "From: the heart\nTo: you"),
        ("One\n----------\nTwo", "One\n----------\nTwo"),
        ("", ""),
    ],
)
def test_what_stays(text: str, own: str) -> None:
    assert own_words(text) == own


@pytest.mark.parametrize(
    "warning",
    [
        "CAUTION: This email originated from outside of the organization. Do not click links.",
        "[EXTERNAL EMAIL] Use caution with attachments",
        "SPAM: This mail is probably spam.",
        "VORSICHT: Diese Nachricht kommt von einem externen Absender",
    ],
)
def test_warnings_that_the_receiver_puts_on_top_go(warning: str) -> None:
    assert own_words(f"{warning}\n{SAID}").strip() == SAID


def test_a_signature_mark_high_up_in_a_long_text_cuts_nothing() -> None:
    text = "Hello\n-- \n" + "and so on\n" * 400
    assert own_words(text) == text


def test_lines_on_leaving_a_list_tell_nothing_of_the_message() -> None:
    assert (
        without_leave_lines(f"{SAID}\nIf you no longer wish to receive these emails, unsubscribe here.").strip() == SAID
    )
    assert without_leave_lines(f"{SAID}\nZum Abmelden bitte hier klicken").strip() == SAID
    assert without_leave_lines(f"{SAID} You may unsubscribe. " + "And so on. " * 40).startswith(SAID)
