"""A campaign in a notebook: what it reads, what it says, and that nothing from mail acts in it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from attribution.campaign import Campaign, read_rows
from attribution.case import Case, open_case
from attribution.errors import CaseError, UsageError
from tests.campaigns.made_campaigns import campaigns, evidence, leads, links, messages

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Write the made campaigns as a case, the messages in two parts."""
    (tmp_path / "run.json").write_text("{}")
    tables = {"campaigns": campaigns(), "evidence": evidence(), "links": links(), "leads": leads()}
    parts = {f"{name}/part-00000": table for name, table in tables.items()}
    parts |= {"messages/part-00000": messages().slice(0, 5), "messages/part-00001": messages().slice(5)}
    for name, table in parts.items():
        path = tmp_path / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        pq.write_table(table, path)
    return open_case(tmp_path)


def test_a_campaign_has_its_record_and_its_own_rows(case: Case) -> None:
    found = Campaign(case, 100)
    assert found.record["messages"] == 4_112
    assert found.messages["message"].tolist() == list(range(100, 108))
    assert found.evidence["evidence"].tolist() == [1, 2, 3]
    assert set(found.links["campaign"]) == {100}
    assert found.leads["lead"].tolist() == [1, 2, 3]
    assert Campaign(case, 200).leads["lead"].tolist() == [1]
    assert found.messages["message"].dtype == "Int64"


def test_a_campaign_explains_itself_and_its_messages(case: Case) -> None:
    found = Campaign(case, 100)
    assert found.why().all_reasons == 3
    assert found.why(limit=1).reasons[0].links == 4
    assert found.path(106).path == (106, 3, 105, 2, 104, 1, 101)
    assert found.path(100, 104).path == (100, 1, 104)


def test_the_key_of_an_absorbed_campaign_opens_the_one_that_absorbed_it(case: Case) -> None:
    found = Campaign(case, 105)
    assert found.key == 100
    assert found.why().asked == 105


def test_a_key_that_is_none_is_wrong_usage(case: Case) -> None:
    with pytest.raises(UsageError, match="has no campaign 103"):
        Campaign(case, 103)


def test_its_graph_is_that_of_its_links(case: Case) -> None:
    graph = Campaign(case, 200).graph()
    assert graph.number_of_nodes() >= 2


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: list[object] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes.extend(attrs)


def test_in_a_notebook_nothing_from_mail_acts(case: Case) -> None:
    hostile = "<script>alert(1)</script> \x1b[2J http://evil.example/x"
    rows = evidence(values=[hostile, hostile], trait=f"{hostile} + engine")
    pq.write_table(rows, case.path / "evidence" / "part-00000.parquet")
    pq.write_table(campaigns(name=hostile), case.path / "campaigns" / "part-00000.parquet")
    page = Campaign(case, 100)._repr_html_()
    tags = Tags(page)
    assert tags.found == {"p", "strong", "table", "thead", "tr", "th", "tbody", "td"}
    assert tags.attributes == []
    assert "\x1b" not in page
    assert "http://" not in page
    assert "4,112 messages: " in page
    assert "412 of 4,112 messages hang on one link" in page
    assert "not who sent them" in page
    assert repr(Campaign(case, 100)).isprintable()


def test_a_case_of_an_older_version_says_what_to_do(case: Case) -> None:
    old = ["campaign", "messages", "subject_template"]
    pq.write_table(campaigns().select(old), case.path / "campaigns" / "part-00000.parquet")
    (case.path / "links" / "part-00000.parquet").unlink()
    found = Campaign(case, 100)
    assert found.record["name"] is None
    for explain in (found.why, lambda: found.path(106)):
        with pytest.raises(CaseError, match=r"older version wrote this case.*run the analysis again"):
            explain()
    assert "run the analysis again" in found._repr_html_()


def test_only_the_rows_and_columns_that_are_asked_for_are_read(case: Case) -> None:
    found = read_rows(case.path, "messages", ("message", "subject"), pc.field("campaign") == 200)
    assert found.column_names == ["message", "subject"]
    assert found["message"].to_pylist() == [200, 201]
    assert read_rows(case.path, "hops", ("message",)).num_rows == 0


@pytest.mark.parametrize("data", [b"", b"PAR1 no parquet", b"\0" * 64], ids=["empty", "cut", "zeros"])
def test_a_part_that_cannot_be_read_is_a_case_error(data: bytes, case: Case) -> None:
    (case.path / "messages" / "part-00001.parquet").write_bytes(data)
    with pytest.raises(CaseError, match="messages: a part cannot be read"):
        read_rows(case.path, "messages")


def test_a_column_of_another_kind_is_a_case_error(case: Case) -> None:
    pq.write_table(pa.table({"message": ["a"]}), case.path / "messages" / "part-00001.parquet")
    with pytest.raises(CaseError, match="a part cannot be read"):
        read_rows(case.path, "messages", ("message",))
