from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.campaigns.columns import Columns, encode
from attribution.campaigns.families import FIELDS, KEYS, SLOTS
from attribution.errors import UsageError
from attribution.tables import TRAITS
from tests.campaigns.test_contraction import Row, alike, ordinary, repeated, table


def held(columns: Columns, code: str) -> list[list[str]]:
    """Give for each row the values of a field of several values."""
    found: list[list[str]] = [[] for _ in columns.messages]
    entries = columns.entries[code]
    for row, value in zip(entries.rows.tolist(), entries.codes.tolist(), strict=True):
        found[row].append(columns.texts[code][value].as_py())
    return found


def counted(columns: Columns, key: tuple[str, ...]) -> list[tuple[int, str]]:
    """Give row and value of each entry that counts in a combination."""
    index = columns.entries_for(key)
    assert index is not None
    entries = columns.entries[key[0]]
    texts = columns.texts[key[0]].take(pa.array(entries.codes[index])).to_pylist()
    return list(zip(entries.rows[index].tolist(), texts, strict=True))


def test_rows_are_in_the_order_of_their_keys() -> None:
    keys = [50, 7, 2**62, 0]
    full = [dict.fromkeys(TRAITS.names) | {"message": key, "subject_template": f"subject {key}"} for key in keys]
    columns = encode(pa.Table.from_pylist(full, schema=TRAITS))
    assert columns.messages.tolist() == [0, 7, 50, 2**62]
    assert columns.order.tolist() == [3, 1, 0, 2]
    assert columns.values("S", np.array([0, 3], np.int32), np.array([0, 0], np.int32)) == [
        "subject 0",
        f"subject {2**62}",
    ]


def test_two_rows_of_one_key_are_refused() -> None:
    with pytest.raises(UsageError, match="same message key"):
        encode(pa.concat_tables([table([{}]), table([{}])]))


def test_an_empty_text_is_no_value_of_a_field_of_one_value() -> None:
    row: Row = {
        "subject_template": "",
        "from_domain": "",
        "from_account": "",
        "envelope_domain": "",
        "list_id": "",
        "engine": "",
        "helo_shape": "",
        "trace": "",
        "address": "",
        "network": "",
    }
    columns = encode(table(alike(3, **row)))
    assert {code: set(values.tolist()) for code, values in columns.codes.items()} == {
        code: {-1} for code in FIELDS if code not in SLOTS
    }


@pytest.mark.parametrize(
    ("column", "code"),
    [
        ("reply_to", "C"),
        ("wallets", "C"),
        ("attachments", "A"),
        ("phones", "F"),
        ("url_domains", "U"),
        ("url_shapes", "Q"),
    ],
)
def test_an_empty_text_is_no_value_of_a_field_of_several_values(column: str, code: str) -> None:
    empty: object = "" if column == "reply_to" else [""]
    assert held(encode(table(alike(3, **{column: empty}))), code) == [[], [], []]


@pytest.mark.parametrize("column", ["url_domains", "url_shapes", "attachments", "phones", "wallets"])
def test_a_null_within_a_list_is_no_value(column: str) -> None:
    columns = encode(
        table([{column: [None, "one"]}, {column: [None]}, {column: []}, {column: None}, {column: ["one"]}])
    )
    code = {"url_domains": "U", "url_shapes": "Q", "attachments": "A", "phones": "F", "wallets": "C"}[column]
    assert held(columns, code) == [["one"], [], [], [], ["one"]]


def test_each_value_of_a_message_is_one_entry_however_often_it_stands_there() -> None:
    rows: list[Row] = [
        {"url_domains": ["b.example", "a.example", "b.example"], "reply_to": "x", "wallets": ["x", "y"]},
        {"url_domains": ["a.example"]},
    ]
    columns = encode(table(rows))
    assert held(columns, "U") == [["a.example", "b.example"], ["a.example"]]
    assert held(columns, "C") == [["x", "y"], []]
    assert columns.entries["U"].rows.tolist() == [0, 0, 1]


def test_a_column_that_is_missing_holds_nothing() -> None:
    whole = table([ordinary(1), ordinary(2) | {"subject_template": None}])
    less = encode(whole.select(["message", "engine", "from_domain"]))
    same = encode(
        pa.Table.from_pylist(
            [
                {"message": row["message"], "engine": row["engine"], "from_domain": row["from_domain"]}
                for row in whole.to_pylist()
            ],
            schema=TRAITS,
        )
    )
    assert {code: values.tolist() for code, values in less.codes.items()} == {
        code: values.tolist() for code, values in same.codes.items()
    }


@given(st.permutations(range(12)))
def test_codes_do_not_depend_on_the_order_of_rows(order: list[int]) -> None:
    rows = repeated(
        12, lambda n: ordinary(n) | {"url_domains": [f"d{n % 3}.example", f"d{n % 5}.example"], "reply_to": f"r{n % 4}"}
    )
    whole = table(rows)
    one, other = encode(whole), encode(whole.take(pa.array(order)))
    for code in FIELDS:
        if code in SLOTS:
            assert held(one, code) == held(other, code)
            assert one.entries[code].codes.tolist() == other.entries[code].codes.tolist()
        else:
            assert one.codes[code].tolist() == other.codes[code].tolist()


def test_a_link_to_the_own_domain_counts_in_no_combination() -> None:
    rows: list[Row] = [
        {"from_domain": "shop.example", "url_domains": ["other.example", "shop.example"]},
        {"envelope_domain": "shop.example", "url_domains": ["shop.example"]},
        {"from_domain": "third.example", "envelope_domain": "shop.example", "url_domains": ["third.example"]},
        {"from_domain": "third.example", "url_domains": ["shop.example"]},
    ]
    columns = encode(table(rows))
    for key in KEYS:
        if key[0] == "U":
            assert counted(columns, key) == [(0, "other.example"), (3, "shop.example")]


def test_a_path_is_no_domain_and_always_counts() -> None:
    columns = encode(table([{"from_domain": "shop.example", "url_shapes": ["shop.example"]}]))
    assert counted(columns, ("Q", "M")) == [(0, "shop.example")]


def test_a_link_domain_of_many_unrelated_subjects_and_programs_is_a_services() -> None:
    rows = repeated(
        40, lambda n: ordinary(n) | {"engine": f"engine {n}", "url_domains": ["short.example", f"own{n}.example"]}
    )
    columns = encode(table(rows))
    short = columns.texts["U"].to_pylist().index("short.example")
    assert columns.service["U"].tolist() == [code == short for code in range(len(columns.texts["U"]))]
    assert [value for _, value in counted(columns, ("U", "T"))] == [f"own{n}.example" for n in range(40)]
    assert len(counted(columns, ("U", "S"))) == 80
    caps = columns.caps("U", np.array([short, (short + 1) % 41], np.int32))
    assert np.asarray(caps).tolist() == [6.0, FIELDS["U"].cap]


@pytest.mark.parametrize(
    "varied", [{"engine": "one engine"}, {"subject_template": "one and the same subject of all wombats"}]
)
def test_a_domain_of_one_program_or_one_subject_is_no_services(varied: Row) -> None:
    rows = repeated(40, lambda n: ordinary(n) | {"engine": f"engine {n}", "url_domains": ["campaign.example"]} | varied)
    assert not encode(table(rows)).service["U"].any()


def test_twelve_unrelated_subjects_are_not_yet_a_services_and_thirteen_are() -> None:
    def spread(count: int) -> bool:
        rows = repeated(count, lambda n: ordinary(n) | {"engine": f"engine {n}", "url_domains": ["short.example"]})
        return bool(encode(table(rows)).service["U"][0])

    assert (spread(12), spread(13)) == (False, True)


@pytest.mark.parametrize(("column", "code"), [("wallets", "C"), ("attachments", "A"), ("phones", "F")])
def test_contacts_and_attachments_of_a_service_count_in_no_combination(column: str, code: str) -> None:
    rows = repeated(40, lambda n: ordinary(n) | {"engine": f"engine {n}", column: ["everybodys", f"own {n // 2}"]})
    columns = encode(table(rows))
    for key in KEYS:
        if key[0] == code:
            assert counted(columns, key) == [(n, f"own {n // 2}") for n in range(40)]


def test_answers_have_no_time_and_times_before_1970_are_none() -> None:
    when = [
        datetime(2014, 1, 3, 5, 59, tzinfo=UTC),
        datetime(2014, 1, 3, 6, 0, tzinfo=UTC),
        datetime(1969, 12, 31, tzinfo=UTC),
    ]
    rows: list[Row] = [{"time": time, "answer": answer} for time in when for answer in (False, True, None)]
    columns = encode(table([*rows, {"time": datetime(9999, 12, 31, tzinfo=UTC)}, {"time": None}]))
    codes = columns.codes["D"].tolist()
    assert [code < 0 for code in codes] == [False, True, False, False, True, False, True, True, True, False, True]
    assert codes[3] == codes[0] + 1
    assert columns.values("D", np.array([0, 3], np.int32), np.zeros(2, np.int32)) == [
        "6 hours from 2014-01-03T00:00Z",
        "6 hours from 2014-01-03T06:00Z",
    ]


def test_a_list_that_is_not_verified_is_no_signed_list() -> None:
    rows: list[Row] = [{"list_id": "a", "list_verified": value} for value in (True, False, None)]
    columns = encode(table([*rows, {"list_verified": True}]))
    assert columns.codes["L"].tolist() == [0, 0, 0, -1]
    assert columns.codes["V"].tolist() == [0, -1, -1, -1]


def test_streams_are_lists_then_verified_senders_and_what_occurs_once_is_none() -> None:
    shop: Row = {"from_domain": "shop.example", "from_proven": True}
    rows: list[Row] = [
        {"list_id": "a.example"},
        {"list_id": "a.example"} | shop,
        {"list_id": "once.example"},
        {"list_id": "once2.example"} | shop,
        shop,
        {"from_domain": "shop.example"},
        {"from_domain": "lone.example", "from_proven": True},
        {"from_domain": "second.example", "from_proven": True},
        {"from_domain": "second.example", "from_proven": True},
    ]
    stream = encode(table(rows)).stream.tolist()
    assert stream[0] == stream[1] > 0
    assert stream[3] == stream[4] > 0
    assert stream[7] == stream[8] > 0
    assert len({stream[0], stream[3], stream[7]}) == 3
    assert [stream[n] for n in (2, 5, 6)] == [0, 0, 0]


@pytest.mark.parametrize("rows", [[], [{}], [{}, {}, {}]])
def test_tables_without_any_value_are_encoded(rows: list[Row]) -> None:
    columns = encode(table(rows))
    assert all(set(values.tolist()) <= {-1} for values in columns.codes.values())
    assert all(len(entries.rows) == 0 for entries in columns.entries.values())
    assert columns.stream.tolist() == [0] * len(rows)


def test_chunks_of_a_table_make_no_difference() -> None:
    whole = table(
        repeated(30, lambda n: ordinary(n % 7) | {"url_domains": [f"d{n % 3}.example"], "wallets": [f"w{n % 4}"]})
    )
    parts = pa.concat_tables([whole.slice(0, 11), whole.slice(11, 0), whole.slice(11)])
    one, other = encode(whole), encode(parts)
    for code in SLOTS:
        assert held(one, code) == held(other, code)
    assert {code: v.tolist() for code, v in one.codes.items()} == {code: v.tolist() for code, v in other.codes.items()}
