"""What the tables of a case say of campaigns: keys, aliases, names, devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from attribution.decisions import DECISIONS, decide, read_decisions
from attribution.pipeline.grouping import NEEDED, Earlier, Grouped, group, write_groups
from attribution.tables import CAMPAIGNS, EVIDENCE, LEADS, LINKS
from tests.pipeline.appended import ham, made, wave, work_here

if TYPE_CHECKING:
    from pathlib import Path

    from attribution import Case

CONTENT = [*ham(*range(30)), *wave("parcel", *range(500, 504)), *wave("invoice", *range(600, 603))]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("grouping")
    with pytest.MonkeyPatch.context() as patch:
        work_here(patch, folder / "none")
        return made(folder, CONTENT)


def again(case: Case, order: list[int] | None = None, **options: object) -> Grouped:
    """Group the messages of a case, in another order if one is given."""
    traits, messages = case.table("traits"), case.table("messages")
    if order is not None:
        traits, messages = traits.take(order), messages.take(order)
    given = (traits, messages.select(NEEDED), case.table("addresses"), case.table("controls"))
    return group(*given, **options)  # type: ignore[arg-type]  # options are those of `group`


def by_message(case: Case, grouped: Grouped, order: list[int] | None = None) -> dict[int, int | None]:
    keys = case.table("messages")["message"]
    keys = keys if order is None else keys.take(order)
    return dict(zip(keys.to_pylist(), grouped.labels.to_pylist(), strict=True))


def test_a_campaign_has_the_key_of_one_of_its_messages(case: Case) -> None:
    labels = by_message(case, again(case))
    named = {key for key in labels.values() if key is not None}
    assert len(named) == 2
    assert all(labels[key] == key for key in named)


def test_tables_do_not_depend_on_the_order_of_messages(case: Case) -> None:
    order = list(range(len(CONTENT)))[::-1]
    forth, back = again(case), again(case, order)
    assert by_message(case, forth) == by_message(case, back, order)
    for name, table in forth.tables.items():
        assert table.equals(back.tables[name]), name


def test_tables_have_the_columns_of_the_contract(case: Case, tmp_path: Path) -> None:
    write_groups(tmp_path, again(case))
    for name, schema in (("campaigns", CAMPAIGNS), ("evidence", EVIDENCE), ("links", LINKS), ("leads", LEADS)):
        assert (tmp_path / name / "part-000000.parquet").is_file()
        assert again(case).tables[name].cast(schema).schema.equals(schema)


def test_earlier_keys_stay_also_where_they_are_no_message_of_the_campaign(case: Case) -> None:
    now = again(case).labels
    keys = sorted(set(now.drop_null().to_pylist()))
    before = pa.array([{keys[0]: 11, keys[1]: 12}.get(label) for label in now.to_pylist()], pa.int64())
    kept = again(case, earlier=Earlier(before, {11: [3, 5]}))
    assert kept.labels.equals(before)
    table = kept.tables["campaigns"]
    aliases = dict(zip(table["campaign"].to_pylist(), table["aliases"].to_pylist(), strict=True))
    assert aliases == {11: [3, 5], 12: None}
    assert set(kept.tables["evidence"]["campaign"].to_pylist()) == {11, 12}
    assert set(kept.tables["links"]["campaign"].to_pylist()) == {11, 12}


def test_without_mail_the_tables_are_empty(case: Case) -> None:
    traits, messages, addresses, controls = (
        case.table(name).slice(0, 0) for name in ("traits", "messages", "addresses", "controls")
    )
    none = group(traits, messages.select(NEEDED), addresses, controls)
    assert len(none.labels) == 0
    assert all(len(table) == 0 for table in none.tables.values())


def test_of_several_names_of_one_campaign_the_last_holds_and_a_name_of_no_campaign_does_no_harm(
    case: Case, tmp_path: Path
) -> None:
    labels = by_message(case, again(case))
    members = [message for message, label in labels.items() if label is not None]
    alone = next(message for message, label in labels.items() if label is None)
    log = tmp_path / DECISIONS
    same = [message for message in members if labels[message] == labels[members[0]]]
    for message, name in ((same[0], "First"), (same[1], "Last"), (alone, "Nobody"), (123456789, "Unknown")):
        decide(log, "name", [message], "seen", name=name)
    table = again(case, decisions=read_decisions(log)).tables["campaigns"]
    names = dict(zip(table["campaign"].to_pylist(), table["name"].to_pylist(), strict=True))
    assert names[labels[members[0]]] == "Last"
    assert sorted(map(str, names.values())) == ["Last", "None"]
