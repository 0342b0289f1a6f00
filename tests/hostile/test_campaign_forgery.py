"""What senders forge so that campaigns come out wrong: where it works, the tool must say what it hangs on."""

from __future__ import annotations

import io
import json
import random
import re
from hashlib import sha256
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from click.testing import CliRunner

import attribution
from attribution.cli.main import attribution as command
from tests.hostile.payloads import EVIL

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from click.testing import Result

    from tests.hostile.conftest import Run

WORDS = [
    *("account", "amber", "bottle", "breeze", "bridge", "butter", "canyon", "castle", "cherry", "coffee", "copper"),
    *("crimson", "desert", "engine", "forest", "garden", "ginger", "glacier", "harbour", "hazel", "island", "jasper"),
    *("lagoon", "lantern", "marble", "market", "meadow", "orange", "parcel", "pencil", "pepper", "planet", "river"),
    *("rocket", "scarlet", "silver", "summit", "table", "tempest", "thunder", "valley", "velvet", "violet", "walnut"),
]
# Characters that act on a terminal, or turn the order of others.
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
SIGNED = b"Authentication-Results: mx.example.net; dkim=pass header.d=bank.example\n"


def mail(
    number: int,
    subject: bytes,
    *,
    sender: bytes,
    ip: str,
    engine: int,
    reply_to: bytes = b"",
    text: str = "",
    above: bytes = b"",
    below: bytes = b"",
    key: bytes = b"",
) -> bytes:
    """Return a message that example.net received, whose fields stand in the order that `engine` says."""
    fields = [b"From: " + sender, b"To: ann@example.net", b"Subject: " + subject, b"Date: 5 Jan 2026 10:00:00 +0000"]
    fields.append(b"Message-ID: <" + (key or b"%d.%d@%d.example" % (number * 7919, number, engine)) + b">")
    random.Random(engine).shuffle(fields)  # noqa: S311 (repeatable)
    day = 1 + number % 25
    received = (
        b"Received: from h%d.example.com (unknown [%s])\n\tby mx.example.net (Postfix) with ESMTP id 4F0C21A0B7\n"
        b"\tfor <ann@example.net>; %d Jan 2026 %02d:00:02 +0000 (UTC)\n" % (engine, ip.encode(), day, number % 24)
    )
    more = b"X-Mailer: Program %d\n" % engine + (b"Reply-To: " + reply_to + b"\n" if reply_to else b"")
    return above + received + below + b"\n".join(fields) + b"\n" + more + b"\n" + text.encode() + b"\n"


def ham(count: int, seed: int = 1) -> list[bytes]:
    """Return messages that have nothing to do with one another."""
    choice = random.Random(seed)  # noqa: S311 (repeatable)
    return [
        mail(
            number,
            " ".join(choice.sample(WORDS, 6)).encode(),
            sender=b"u%d@h%d.example" % (number, number),
            ip=f"198.51.{number % 90}.{number % 250}",
            engine=100 + number % 29,
            text=" ".join(choice.choices(WORDS, k=50)),
        )
        for number in range(count)
    ]


def newsletter(numbers: range, reply_to: bytes = b"letters@bank-help.example") -> list[bytes]:
    text = " ".join(random.Random(2).choices(WORDS, k=60))  # noqa: S311 (repeatable)
    return [
        mail(
            number,
            b"Example Savings monthly letter about your garden %d" % number,
            sender=b"news@bank.example",
            ip=f"192.0.2.{10 + number % 3}",
            engine=1,
            reply_to=reply_to,
            text=text,
        )
        for number in numbers
    ]


def lottery(numbers: range) -> list[bytes]:
    text = " ".join(random.Random(3).choices(WORDS, k=60))  # noqa: S311 (repeatable)
    return [
        mail(
            number,
            b"Winner velvet rocket lottery claim castle %d" % number,
            sender=b"w%d@win%d.example" % (number, number % 5),
            ip=f"203.0.{number % 200}.{number % 250}",
            engine=2,
            reply_to=b"claims@prize.example",
            text=text + f" http://prize-claim.example/c/{number}",
        )
        for number in numbers
    ]


def analyzed(folder: Path, messages: list[bytes], name: str = "case") -> attribution.Case:
    mbox = b"".join(b"From a@example.org Mon Jan  5 10:00:00 2026\n" + message + b"\n" for message in messages)
    (folder / f"{name}.mbox").write_bytes(mbox)
    return attribution.analyze([folder / f"{name}.mbox"], out=folder / name, workers=1)


def say(*arguments: object) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(command, [str(argument) for argument in arguments], catch_exceptions=False)


def campaigns_of(case: attribution.Case, word: str) -> pd.Series[int]:
    """Return the campaigns of the messages with a word in their subject, those of none left out."""
    mine: pd.Series[int] = case.messages[case.messages["subject"].str.contains(word)]["campaign"].dropna()
    return mine


def test_one_message_that_imitates_a_newsletter_is_named_as_what_the_merge_hangs_on(tmp_path: Path) -> None:
    imitation = newsletter(range(77, 78), reply_to=b"claims@prize.example")
    case = analyzed(tmp_path, [*ham(150), *newsletter(range(40)), *lottery(range(120)), *imitation])
    (key,) = set(campaigns_of(case, "Savings")) | set(campaigns_of(case, "Winner"))
    why = case.campaign(int(key)).why()
    assert why.bridge is not None
    assert why.bridge.messages in {40, 41}
    assert min(why.remains) < 0.8
    shown = say("why", case.path, key).output
    assert "hang on one link" in shown
    assert "Evidence can be copied" in shown


def test_a_flood_that_makes_a_contact_look_common_joins_nobody_to_it(tmp_path: Path) -> None:
    flood = [
        message.replace(b"X-Mailer", b"Reply-To: claims@prize.example\nX-Mailer").replace(b"u", b"v", 1)
        for message in ham(29, seed=9)
    ]
    case = analyzed(tmp_path, [*ham(100), *flood, *lottery(range(60))])
    assert len(set(campaigns_of(case, "Winner"))) == 1
    assert case.campaigns["messages"].max() == 60


def test_a_verdict_on_signatures_counts_above_the_boundary_alone(tmp_path: Path) -> None:
    def letters(count: int, first: int, **given: bytes) -> list[bytes]:
        choice = random.Random(first)  # noqa: S311 (repeatable)
        return [
            mail(
                first + number,
                " ".join(choice.sample(WORDS, 5)).encode(),
                sender=b"a@s%d.example" % (first if "above" in given else first + number),
                ip=f"203.0.{number}.{first % 250}",
                engine=first + (0 if "above" in given else number),
                above=given.get("above", b""),
                below=b"List-Id: <letters.bank.example>\n" + given.get("below", b""),
            )
            for number in range(count)
        ]

    true = letters(20, 300, above=SIGNED)
    forged = letters(20, 600, below=SIGNED)
    case = analyzed(tmp_path, [*ham(100), *true, *forged])
    first, last = case.messages["engine"].iloc[100], case.messages["campaign"].iloc[120:]
    assert first is not None
    assert case.messages["campaign"].iloc[100:120].nunique() == 1
    assert not set(last.dropna()) & set(case.messages["campaign"].iloc[100:120])


def test_a_message_id_that_looks_like_a_digest_or_a_path_hides_no_message(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    meant = ham(1)[0]
    (folder / "meant.eml").write_bytes(meant)
    digest = sha256(meant).hexdigest()[:12]
    for name in (digest, "meant.eml"):
        decoy = mail(5, b"decoy", sender=b"x@x.example", ip="203.0.113.9", engine=3, key=name.encode())
        (folder / f"decoy of {name}").write_bytes(decoy)
    case = attribution.analyze([folder], out=tmp_path / "case", workers=1)
    for name in (digest, "meant.eml"):
        refused = say("why", case.path, name)
        assert refused.exit_code == 2
        assert "2 messages" in refused.output
    assert "decoy" in say("why", case.path, f"<{digest}>").output  # in brackets it can be nothing else
    refused = say("pin", case.path, digest, f"<{digest}>", "--reason", "x")
    assert refused.exit_code == 2
    assert "2 messages" in refused.output
    assert not (tmp_path / "case" / "decisions.toml").exists()


@pytest.fixture(scope="module")
def evil_case(tmp_path_factory: pytest.TempPathFactory) -> attribution.Case:
    """Give a case of campaigns whose every value is meant to do harm."""
    made: list[bytes] = []
    for kind, text in enumerate(EVIL[:-1]):
        line = text.replace(b"\n", b" ").replace(b"\r", b" ")
        word = re.sub(rb"[ <>]", b"", line)[:200]
        for number in range(2):
            body = b"http://evil%d.example/%s/login.php?%s=1 call +1 212 555 0%03d %s alpha beta gamma" % (
                *(kind, word, word, kind * 7),
                line,
            )
            made.append(
                mail(
                    number,
                    line + b" velvet castle rocket lantern marble %d" % kind,
                    sender=b"x@y.example",
                    ip=f"203.0.{number}.{kind}",
                    engine=kind,
                    reply_to=b"<%s@evil%d.example>" % (word[:60], kind),
                    key=b"%d.%d.%s" % (kind, number, word),
                    text="",
                )
                + body
                + b"\n"
            )
    return analyzed(tmp_path_factory.mktemp("evil"), made, "case\x1b]0;x\x07")


def test_text_from_mail_acts_in_no_view_of_campaigns(evil_case: attribution.Case, run: Run) -> None:
    folder = evil_case.path
    keys = evil_case.campaigns["campaign"].tolist()
    assert len(keys) > 8
    messages = evil_case.messages["message"]
    outputs = [say("why", folder, key).output for key in keys]
    outputs += [say("why", folder, key, "--message").output for key in messages[:4]]
    reason = "\x1b]0;x\x07\u202e[red]x[/] http://evil.example/"
    pin = ("pin", folder, messages.iloc[0], messages.iloc[9], "--reason", reason, "--later")
    outputs += [say(*pin, "--name", f"<script>{reason}", "--by", reason).output, say("pin", folder, "--list").output]
    # Errors are told by what starts the command.
    refused = run("pin", folder, evil_case.messages["source"].iloc[0], messages.iloc[0], "--reason", "x")
    assert refused.returncode == 2
    for shown in (*outputs, refused.stderr.decode()):
        assert not ACTS.search(shown), shown[:2_000]
        assert "Traceback" not in shown


def test_text_from_mail_acts_in_no_notebook_and_no_graph(evil_case: attribution.Case) -> None:
    graphs = [evil_case.graph(level) for level in ("campaigns", "networks", "addresses", "messages")]
    for key in evil_case.campaigns["campaign"]:
        campaign = evil_case.campaign(int(key))
        page = campaign._repr_html_()
        assert not ACTS.search(page + repr(campaign))
        assert not re.search(r"<(?:script|img|svg|iframe|a |/title)", page)
        assert "http://" not in page
        graphs.append(campaign.graph())
    for graph in graphs:
        for write in (nx.write_graphml, nx.write_gexf):
            file = io.BytesIO()
            write(graph, file)
            assert not ACTS.search(file.getvalue().decode())
            file.seek(0)
            if write is nx.write_graphml:
                assert len(nx.read_graphml(file)) == len(graph)
        json.dumps(nx.node_link_data(graph))
