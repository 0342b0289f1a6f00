from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest

from attribution.campaigns.why import absorbing, explain_campaign, explain_message
from attribution.errors import UsageError
from attribution.tables import CAMPAIGNS, EVIDENCE, LEADS, LINKS
from tests.campaigns.made_campaigns import campaigns, evidence, leads, links, made

if TYPE_CHECKING:
    from attribution.campaigns.why import CampaignWhy, MessageWhy


def why(key: int, **changed: Any) -> CampaignWhy:  # noqa: ANN401 (columns of any type)
    return explain_campaign(key, campaigns(**changed), evidence(), links(), leads())


def of_message(message: int, other: int | None = None) -> MessageWhy:
    return explain_message(message, *made(), other=other)


def test_the_answer_is_one_sentence_when_all_messages_share_one_combination() -> None:
    assert why(100).sentences[0] == (
        "4,112 messages: same subject family and same engine; 0.003 unrelated matches expected among 750,000 messages."
    )


def test_the_answer_says_how_many_share_it_when_not_all_do() -> None:
    found = explain_campaign(100, campaigns(), evidence(messages=3_004), links(), leads())
    assert found.sentences[0].startswith("4,112 messages, 3,004 of them with the same subject family and same engine; ")


def test_the_other_evidence_is_counted_by_kind() -> None:
    assert why(100).sentences[1] == (
        "2 more combinations of values join messages too: same subject and same 6-hour window (1); "
        "same text, same HELO shape and same 6-hour window (1)."
    )


def test_reasons_are_in_order_of_messages_with_their_values_weights_and_links() -> None:
    first, second, third = why(100).reasons
    assert [first.messages, second.messages, third.messages] == [4_112, 410, 52]
    assert (first.evidence, first.links, first.round, first.among) == (1, 4, 1, 750_000)
    assert dict(zip(first.fields, first.bits, strict=True)) == {"subject family": 18.2, "engine": 9.7}
    assert second.sentence == (
        "same text, same HELO shape and same 6-hour window; fewer than 1 chance in a million of even one unrelated "
        "match among 750,000 messages"
    )
    assert third.sentence == (
        "same subject and same 6-hour window; 0.008 unrelated matches expected among 91,250 groups of messages"
    )


def test_reasons_are_cut_where_that_is_asked_for_and_counted_all_the_same() -> None:
    found = explain_campaign(100, *made(), limit=1)
    assert ([reason.evidence for reason in found.reasons], found.all_reasons) == ([1], 3)
    assert found.bridge is not None
    assert found.bridge.reason is not None


def test_the_weakest_link_is_told_with_what_it_holds() -> None:
    assert why(100).bridge_sentence == (
        "412 of 4,112 messages hang on one link: same subject and same 6-hour window; 0.008 expected by chance. "
        "Without it they are a campaign of their own."
    )


def test_a_single_message_behind_the_weakest_link_would_be_in_no_campaign() -> None:
    sentence = why(100, messages=9, bridge_messages=1).bridge_sentence
    assert sentence.startswith("1 of 9 messages hangs on one link")
    assert sentence.endswith("Without it it would belong to none.")


def test_a_campaign_without_a_weak_link_says_so() -> None:
    assert why(100, bridge_evidence=None).bridge_sentence == "No single link holds a large part of it."
    assert why(200).bridge_sentence == "Its two messages are one link."


def test_what_remains_without_a_family_is_one_sentence() -> None:
    assert why(100).stability == (
        "Without the subject 96 % stay together; without the engine it falls apart: the largest piece is 12 %."
    )
    assert why(200).stability == ""


def test_leads_come_strongest_first_and_are_never_said_to_join() -> None:
    assert [(lead.kind, lead.campaign, lead.message, lead.sentence) for lead in why(100).leads] == [
        (
            "same senders",
            200,
            None,
            (
                "Campaign 200 shares 17 addresses that sent mail; 0.0004 unrelated matches expected. "
                "Addresses are shared, hired and reassigned."
            ),
        ),
        (
            "same engine",
            400,
            None,
            (
                "Campaign 400 was made by the same engine; 0.02 unrelated matches expected. "
                "One program may serve many senders."
            ),
        ),
        (
            "evidence",
            None,
            300,
            (
                "Message 300, which is in no campaign, may belong with it: same subject and same 6-hour window; 0.06 "
                "unrelated matches expected. That is not enough to assert it."
            ),
        ),
    ]


def test_a_lead_is_told_from_whichever_side_it_is_looked_at() -> None:
    (lead,) = why(200).leads
    assert (lead.lead, lead.campaign) == (1, 100)


def test_an_absorbed_campaign_is_explained_by_the_one_that_has_it() -> None:
    found = why(105)
    assert (found.asked, found.campaign) == (105, 100)
    assert found.sentences[-1] == "Campaign 105, which was asked for, has been absorbed by campaign 100."
    assert absorbing(105, campaigns()) == absorbing(100, campaigns()) == 100
    assert absorbing(103, campaigns()) is None
    assert absorbing(103, CAMPAIGNS.empty_table()) is None


def test_a_campaign_that_is_not_there_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="no campaign 103"):
        why(103)


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.987, "Confidence 0.987: "), (0.99999, "Confidence above 0.999: "), (0.0, "Confidence 0.000: ")],
)
def test_confidence_is_never_said_to_be_certainty(confidence: float, words: str) -> None:
    assert any(sentence.startswith(words) for sentence in why(100, confidence=confidence).sentences)


def test_what_limits_the_answer_is_said() -> None:
    assert why(100).warnings == ()
    assert "may be a chance match" in " ".join(why(100, confidence=0.6).warnings)
    chained = explain_campaign(100, campaigns(), evidence(messages=450), links(), leads())
    assert "in 11 % of them: they hang together as a chain" in chained.warnings[0]
    bare = explain_campaign(100, campaigns(), EVIDENCE.empty_table(), LINKS.empty_table(), LEADS.empty_table())
    assert bare.sentences[0] == "4,112 messages; the evidence table says nothing of what joins them."
    assert "run the analysis again" in bare.warnings[0]
    assert bare.bridge is not None
    assert "evidence that is not in the table" in bare.bridge_sentence
    assert "not who sent them" in why(100).caveat


def test_words_that_need_it_are_explained() -> None:
    assert list(why(100).words) == ["subject family", "engine", "text", "HELO shape", "6-hour window", "subject"]


def test_every_explanation_is_json() -> None:
    found = json.loads(json.dumps(why(100).as_dict()))
    assert found["bridge"]["reason"]["evidence"] == 2
    assert json.loads(json.dumps(of_message(106).as_dict()))["path"] == [106, 3, 105, 2, 104, 1, 101]


def test_a_message_hangs_on_the_core_by_the_fewest_steps() -> None:
    found = of_message(106)
    assert (found.campaign, found.target, found.target_is, found.links) == (100, 101, "core", 1)
    assert found.path == (106, 3, 105, 2, 104, 1, 101)
    assert [reason.evidence for reason in found.path_reasons] == [3, 2, 1]
    assert found.weakest is not None
    assert found.weakest.evidence == 2
    assert found.sentences[0].startswith("Message 106 is in campaign 100 ")
    assert found.sentences[0].endswith(", one of 4,112 messages, and joined to it by 1 link.")
    assert found.sentences[1] == (
        "3 steps to the core of the campaign, message 101; the weakest: same subject and same 6-hour window; 0.008 "
        "unrelated matches expected among 91,250 groups of messages."
    )


def test_the_way_to_another_message_need_not_pass_the_core() -> None:
    found = of_message(100, other=104)
    assert (found.path, found.target_is) == ((100, 1, 104), "other")
    assert found.sentences[-1].startswith("1 step to message 104: same subject family and same engine; 0.003 ")


def test_the_strongest_evidence_of_a_message_is_that_of_most_bits() -> None:
    best = of_message(105).best
    assert best is not None
    assert (best.evidence, best.weight) == (3, 48.0)


def test_the_core_and_the_message_itself_have_no_way_to_go() -> None:
    assert of_message(101).path == (101,)
    assert of_message(101).sentences[-1] == "It is the core of the campaign: no message has more links."
    assert of_message(106, other=106).sentences[-1] == "Both are one and the same message."


def test_of_two_messages_with_as_many_links_the_lesser_key_is_the_core() -> None:
    assert of_message(201).target == 200


def test_a_message_whose_key_an_absorbed_campaign_had_is_explained_as_a_message() -> None:
    found = of_message(105)
    assert found.campaign == 100
    assert "Its key was also that of a campaign, which has been absorbed by campaign 100." in found.sentences


def test_a_message_in_no_campaign_says_so_and_whether_a_lead_touches_it() -> None:
    assert of_message(301).sentences == (
        "Message 301 is in no campaign.",
        "Nothing that it shares with other messages is rare enough to join it to them.",
        "No lead touches it.",
    )
    found = of_message(300)
    assert found.sentences[-1] == "Leads that touch it: 1."
    assert [(lead.campaign, lead.message) for lead in found.leads] == [(100, 103)]
    assert found.leads[0].sentence.startswith("Campaign 100 may belong with it: same subject and same 6-hour window; ")


def test_messages_of_two_campaigns_are_told_apart_with_the_leads_between_them() -> None:
    found = of_message(103, other=200)
    assert (found.campaign, found.target, found.path) == (100, 200, ())
    assert found.sentences == (
        "Message 103 is in campaign 100.",
        "Message 200 is in campaign 200.",
        "Nothing that they share, nor any chain of messages between them, is enough to join them.",
        "Leads between them: 1.",
    )
    assert [lead.kind for lead in found.leads] == ["same senders"]
    assert [lead.lead for lead in of_message(300, other=103).leads] == [3]
    assert of_message(301, other=103).sentences[-1] == "No lead is between them."


def test_what_an_analyst_wrote_cannot_act() -> None:
    assert "\\x1b]8;;http" in of_message(106).sentences[0]
    assert all(sentence.isprintable() for sentence in of_message(106).sentences)


def test_the_order_of_rows_changes_nothing() -> None:
    mixed = [table.take(np.random.default_rng(4).permutation(len(table))) for table in made()]
    assert explain_campaign(100, *mixed) == why(100)
    for message in range(100, 108):
        assert explain_message(message, *mixed) == of_message(message)


def test_rows_that_an_older_version_wrote_lack_columns_and_do_no_harm() -> None:
    old = pa.Table.from_pylist([{"campaign": 100, "messages": 7}], CAMPAIGNS)
    row = {"campaign": 100, "trait": "engine", "value": "x", "messages": 7, "background": None, "weight": 30.0}
    found = explain_campaign(100, old, pa.Table.from_pylist([row], EVIDENCE), LINKS.empty_table(), LEADS.empty_table())
    assert found.sentences == ("7 messages: same engine; how many unrelated matches to expect is not known.",)
    assert found.reasons[0].values == ("x",)


def test_links_that_do_not_lead_to_each_other_say_so() -> None:
    rows = [(1, 1, 2, 1), (1, 3, 4, 2), (1, 3, None, 2), (1, 5, 3, None)]
    broken = pa.Table.from_pylist([dict(zip(LINKS.names, row, strict=True)) for row in rows], LINKS)
    found = explain_message(2, CAMPAIGNS.empty_table(), EVIDENCE.empty_table(), broken, LEADS.empty_table(), other=4)
    assert (found.path, found.best) == ((), None)
    assert "run the analysis again" in found.sentences[-1]
