from __future__ import annotations

import base64
import time
from email.message import EmailMessage
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.campaigns.body import BodyLimits, BodyTraits, read_body

HEAD = "From: Jane <jane@mail.test>\r\nTo: john.smith@example.org\r\nSubject: hello\r\n"
LETTER = (
    "Dear customer, our system has shown that your wallet has not been verified yet. Please confirm it on the page "
    "below before the end of the week, or it will be suspended."
)
PDF = b"%PDF-1.7 an invoice that wants to be paid at once" * 3


def letter(text: str, fields: str = "") -> bytes:
    return (HEAD + fields + "\r\n" + text).encode()


def mail(plain: str | None = None, html: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "jane@mail.test"
    if plain is not None:
        message.set_content(plain)
    if html is not None and plain is not None:
        message.add_alternative(html, subtype="html")
    elif html is not None:
        message.set_content(html, subtype="html")
    return message


def test_a_plain_message_without_mime_fields() -> None:
    traits = read_body(letter(f"{LETTER}\r\nhttp://verify.wallet-check.test/wallets/confirm.php?id=77\r\n"))

    assert traits.url_domains == ("wallet-check.test",)
    assert traits.url_shapes == ("/wallets/confirm.php?id=#",)
    assert traits.text_start is not None
    assert traits.text_start.startswith("Dear customer, our system has shown")
    assert len(traits.text_start) <= 200
    assert traits.text_words == 32
    assert traits.text_sketch is not None
    assert len(traits.text_sketch) == 128
    assert (traits.status, traits.detail) == ("ok", "")


def test_a_message_without_a_body_has_no_traits() -> None:
    assert read_body(letter("")) == BodyTraits()
    assert read_body(b"") == BodyTraits()
    assert read_body(b"no header and no body") == BodyTraits()


def test_line_ends_of_all_kinds() -> None:
    expected = read_body(letter(LETTER))
    assert read_body(letter(LETTER).replace(b"\r\n", b"\n")) == expected
    assert read_body(letter(LETTER).replace(b"\r\n", b"\r")) == expected


def test_of_two_texts_the_one_that_is_shown_counts_and_the_links_of_both() -> None:
    message = mail(
        "A text that confuses filters: meadow river http://plain.test/folder/paper",
        f'<p>{LETTER}</p><a href="https://shown.test/folder/login.php"></a>',
    )

    traits = read_body(message.as_bytes())

    assert traits.url_domains == ("shown.test", "plain.test")
    assert traits.text_start is not None
    assert traits.text_start.startswith("Dear customer")
    assert traits.text_sketch == read_body(letter(LETTER)).text_sketch


def test_the_plain_text_counts_where_html_shows_next_to_nothing() -> None:
    traits = read_body(mail(LETTER, "<p>See the picture</p><img src=http://pictures.test/a.png>").as_bytes())

    assert traits.text_start is not None
    assert traits.text_start.startswith("Dear customer")


def test_base64_and_quoted_printable_are_undone() -> None:
    plain = read_body(letter(LETTER + " http://evil.test/wallets/x.php"))
    wrapped = base64.encodebytes((LETTER + " http://evil.test/wallets/x.php").encode()).decode()
    for text, encoding in (
        (wrapped, "base64"),
        (wrapped.replace("\n", "\n!"), "BASE64"),
        (
            (LETTER + " http://evil.test/wallets/x.php").replace("y", "=79").replace("the", "th=\r\ne"),
            "quoted-printable",
        ),
    ):
        fields = f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
        assert read_body(letter(text, fields)) == plain


def test_html_that_does_not_say_so_is_read_as_html() -> None:
    traits = read_body(letter(f'<html><body><p>{LETTER}</p><a href="http://evil.test/wallets/">x</a></body></html>'))

    assert traits.url_domains == ("evil.test",)
    assert traits.text_start is not None
    assert traits.text_start.startswith("Dear customer")


def test_pictures_lead_somewhere_only_where_nothing_else_does() -> None:
    picture = '<img src="https://cdn.pictures.test/offers/big.png">'
    link = '<a href="https://shop.test/summer">shop</a>'

    assert read_body(mail(html=picture).as_bytes()).url_domains == ("pictures.test",)
    assert read_body(mail(html=picture + link).as_bytes()).url_domains == ("shop.test",)


def test_links_to_the_receiver_itself_are_no_evidence() -> None:
    message = letter("http://intranet.example.org/staff/list http://www.other.test/staff/list http://own.test/staff")

    assert read_body(message).url_domains == ("example.org", "other.test", "own.test")
    assert read_body(message, recipients=["John.Smith@mx.example.org"], own_domains={"own.test"}).url_domains == (
        "other.test",
    )


def test_the_recipient_is_masked_in_text_and_shapes() -> None:
    message = f"Dear {{name}}, {LETTER}\nhttp://evil.test/wallets/{{local}}/open?mail={{name}}%40example.org"
    john = read_body(
        letter(message.format(name="John Smith", local="john.smith")), recipients=["john.smith@example.org"]
    )
    mary = read_body(letter(message.format(name="Mary Jones", local="mary.jones")), recipients=["mary.jones@test.test"])

    assert john.text_sketch == mary.text_sketch
    assert john.url_shapes == mary.url_shapes == ("/wallets/*/open?mail=*",)


def test_an_attachment_is_its_hash() -> None:
    message = mail("See the invoice.")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="invoice.pdf")

    assert read_body(message.as_bytes()).attachments == (sha256(PDF).hexdigest(),)


@pytest.mark.parametrize(
    "part",
    [
        "Content-Type: application/pdf\r\n",
        "Content-Type: application/octet-stream; name*=utf-8''a%20b\r\n",
        "Content-Type: text/html; name=login.html\r\nContent-Disposition: attachment\r\n",
        "Content-Type: text/plain; name=notes.txt\r\n",
        "Content-Type: image/png; name=poster.png\r\nContent-Disposition: attachment\r\n",
        'Content-Disposition: attachment; filename="a.zip"\r\n',
    ],
)
def test_what_is_an_attachment(part: str) -> None:
    assert read_body(multipart("Content-Type: text/plain\r\n\r\nHello", f"{part}\r\n{PDF.decode()}")).attachments == (
        sha256(PDF).hexdigest(),
    )


@pytest.mark.parametrize(
    "part",
    [
        "Content-Type: image/png; name=logo.png\r\nContent-Disposition: inline\r\n",
        "Content-Type: image/png; name=logo.png\r\nContent-Disposition: attachment\r\nContent-ID: <logo>\r\n",
        "Content-Type: application/pgp-signature; name=signature.asc\r\n",
        "Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Disposition: attachment\r\n",
        "Content-Type: text/calendar; name=invite.ics\r\n",
        "Content-Type: text/vcard; name=jane.vcf\r\nContent-Disposition: attachment\r\n",
        "Content-Type: application/ms-tnef; name=winmail.dat\r\n",
        "Content-Type: message/rfc822\r\n\r\nContent-Type: application/pdf\r\n",
    ],
)
def test_what_is_no_evidence_though_attached(part: str) -> None:
    assert read_body(multipart("Content-Type: text/plain\r\n\r\nHello", f"{part}\r\n{PDF.decode()}")).attachments == ()


def test_tiny_files_are_no_evidence() -> None:
    assert read_body(multipart("\r\nHello", "Content-Type: application/pdf\r\n\r\n%PDF")).attachments == ()


def test_what_a_bounce_sends_back_does_not_count() -> None:
    message = multipart(
        "Content-Type: text/plain\r\n\r\nYour message could not be delivered.",
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org",
        "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nhttp://evil.test/wallets/a",
        kind="report",
    )

    assert read_body(message).url_domains == ()


def multipart(*parts: str, kind: str = "mixed") -> bytes:
    body = "".join(f"--=_b\r\n{part}\r\n" for part in parts)
    return letter(f"{body}--=_b--\r\n", f'MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary="=_b"\r\n')


def test_phones_and_wallets_come_from_what_is_shown_and_not_quoted() -> None:
    traits = read_body(
        letter("Call +1 (212) 555-0187 or pay to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\r\n> call +44 20 7946 0958\r\n")
    )

    assert traits.phones == ("+12125550187",)
    assert traits.wallets == ("btc:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",)


def test_a_telephone_link_is_a_number() -> None:
    assert read_body(mail(html='<a href="tel:+1-212-555-0187">call</a>').as_bytes()).phones == ("+12125550187",)


def test_a_message_that_is_too_long_is_read_at_its_head() -> None:
    message = multipart(
        f"Content-Type: text/plain\r\n\r\n{LETTER}", "Content-Type: application/pdf\r\n\r\n" + "x" * 9_000
    )
    traits = read_body(message, limits=BodyLimits(message_bytes=4_000))

    assert traits.text_sketch == read_body(letter(LETTER)).text_sketch
    assert traits.attachments == ()
    assert traits.status == "partial"
    assert traits.detail == "longer than 4000 bytes"


def test_a_text_that_is_too_long_is_read_at_its_head() -> None:
    traits = read_body(letter(LETTER + " more" * 1_000), limits=BodyLimits(text_bytes=len(LETTER)))

    assert traits.text_sketch == read_body(letter(LETTER)).text_sketch
    assert traits.detail == f"text longer than {len(LETTER)} bytes"


def test_only_so_many_values_are_kept_and_the_first_ones() -> None:
    links = "\n".join(f"http://site{number}.test/folder{number * 'a'}/file" for number in range(20))
    traits = read_body(letter(links))

    assert traits.url_domains == tuple(f"site{number}.test" for number in range(8))
    assert len(traits.url_shapes) == 6


def test_the_start_of_a_text_has_nothing_that_is_not_shown() -> None:
    traits = read_body(
        letter("\ufeffPlease\u200b \x1b[31m\u202epay\x00  now\u00ad", "Content-Type: text/plain; charset=utf-8\r\n")
    )

    assert traits.text_start == "Please [31m pay now"


MEBIBYTE = 1024 * 1024


def typed(kind: str, body: bytes) -> bytes:
    return f"Content-Type: {kind}\n\n".encode() + body


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(typed("multipart/mixed; boundary=b", b"--b\n\nx\n" * 100_000), id="100,000 parts"),
        pytest.param(
            typed("multipart/mixed; boundary=b", b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 20_000),
            id="one boundary on all levels",
        ),
        pytest.param(
            typed(
                "multipart/mixed; boundary=b0",
                b"".join(b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n, n + 1) for n in range(10_000)),
            ),
            id="10,000 levels",
        ),
        pytest.param(typed("message/rfc822", b"Content-Type: message/rfc822\n\n" * 30_000), id="letters in letters"),
        pytest.param(
            typed("multipart/digest; boundary=b", b"--b\n\nContent-Type: multipart/digest; boundary=b\n\n" * 20_000),
            id="digests in digests",
        ),
        pytest.param(typed("message/delivery-status", b"a: b\n\n" * 150_000), id="delivery reports"),
        pytest.param(typed("multipart/mixed; boundary=b", b"--b\n" + b"a: b\n" * 200_000), id="fields of a part"),
        pytest.param(typed("multipart/mixed;" + " a=b;" * 50_000 + " boundary=b", b"--b\n\nx\n"), id="parameters"),
        pytest.param(typed('multipart/mixed; boundary="' + '\\"' * 90_000, b"--b\n\nx\n"), id="quotes"),
        pytest.param(typed("text/plain", b"a" * MEBIBYTE), id="one line"),
        pytest.param(typed("multipart/mixed; boundary=b", b"--b\n\n" + b"\r" * MEBIBYTE), id="carriage returns"),
        pytest.param(typed("text/plain\nContent-Transfer-Encoding: base64", b"=" * MEBIBYTE), id="padding"),
        pytest.param(
            typed("text/plain\nContent-Transfer-Encoding: quoted-printable", b"= " * MEBIBYTE), id="soft breaks"
        ),
        pytest.param(typed("text/html", b"<div>" * 60_000), id="nested HTML"),
        pytest.param(
            typed("text/html", b"".join(b"<b a=%d>" % n for n in range(10_000)) + b"</p><p>x" * 30_000),
            id="HTML of elements that are opened again and again",
        ),
        pytest.param(typed("text/html", b'<div style="display:none">' * 10_000), id="hidden in hidden"),
        pytest.param(typed("text/html", b'<div style="font-size:0">' * 10_000), id="shrunk in shrunk"),
        pytest.param(typed("text/html", b"<a " + b"a=1 " * 65_000), id="attributes"),
        pytest.param(typed("text/html", b"<" * MEBIBYTE), id="angle brackets"),
        pytest.param(typed("text/plain", b"a@" * MEBIBYTE), id="at signs"),
        pytest.param(typed("text/plain", b"212-" * MEBIBYTE), id="digits and dashes"),
        pytest.param(typed("text/plain", b"+1 ( . -" * MEBIBYTE), id="telephone signs"),
        pytest.param(typed("text/plain", b"http://" * MEBIBYTE), id="schemes"),
        pytest.param(typed("text/plain", b"http://e.test/" + b"a/" * MEBIBYTE), id="one path"),
        pytest.param(typed("text/plain", b"on a wrote:\n" * 80_000), id="heads of quotes"),
        pytest.param(typed("text/plain", b"-" * MEBIBYTE), id="a rule"),
        pytest.param(typed("text/plain; charset=utf-8", "\u0301\u0323".encode() * 250_000), id="combining marks"),
        pytest.param(typed("text/plain; charset=utf-8", "\ufdfa".encode() * 300_000), id="characters that grow"),
    ],
)
def test_hostile_messages_cost_no_more_than_a_moment(message: bytes) -> None:
    start = time.process_time()
    read_body(message)
    assert time.process_time() - start < 1.5


FRAGMENTS = (
    *("Content-Type: ", "multipart/mixed; boundary=b", "text/html", "text/plain; charset=utf-16", "message/rfc822"),
    *(
        "\n",
        "\n\n",
        "\r\n",
        "\r",
        "--b\n",
        "--b--\n",
        "Content-Transfer-Encoding: base64\n",
        "quoted-printable",
        "=3D",
        "QQ==",
    ),
    *(
        "<a href=http://",
        "www.",
        "@",
        "%41",
        "evil.test",
        "/a/b?c=d",
        ">",
        "<p style=display:none>",
        "&#xD800;",
        "\x00",
    ),
    *("+1 212 555 0187", "on x wrote:", "-- \n", "____________", "\ud800", "名", "İ", "é\u0301", "filename*0*=x''%"),
)


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=8), max_size=40), st.binary(max_size=60))
@settings(max_examples=400)
def test_no_bytes_raise_and_all_that_comes_out_can_be_written(fragments: list[str], garbage: bytes) -> None:
    data = "".join(fragments).encode("utf-8", "surrogatepass") + garbage
    traits = read_body(data, recipients=["jane@example.org", "\ud800", "@", ""])

    texts = (*traits.url_domains, *traits.url_shapes, *traits.attachments, *traits.phones, *traits.wallets)
    for text in (*texts, traits.text_start or "", traits.detail):
        text.encode("utf-8")
    assert traits.text_sketch is None or len(traits.text_sketch) == 128
    assert (traits.status == "ok") == (traits.detail == "")
    assert read_body(data, recipients=["jane@example.org", "\ud800", "@", ""]) == traits


@given(st.binary(max_size=400))
def test_random_bytes_below_any_type(garbage: bytes) -> None:
    for kind in ("text/html", "text/plain; charset=iso-2022-kr", "multipart/mixed; boundary=b", "message/rfc822"):
        for encoding in ("base64", "quoted-printable", "8bit"):
            read_body(f"Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n".encode() + garbage)
