"""Names of any bytes as distinct text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from attribution.corpus.places import Place, shown_name, shown_path

NAMES = st.binary(max_size=12) | st.lists(st.sampled_from([b"\\", b"\\xff", b"\xff", b"xff", b"a"]), max_size=6).map(
    b"".join
)


@given(NAMES, NAMES)
def test_different_names_stay_different_and_valid(one: bytes, other: bytes) -> None:
    assert (shown_name(one) == shown_name(other)) == (one == other)
    shown_name(one).encode("utf-8")


def test_valid_names_come_out_unchanged() -> None:
    for name in ("a b.eml", "Entwürfe", "folder\\file", "line\nfeed"):
        assert shown_name(name.encode()) == name


def test_odd_bytes_are_escaped() -> None:
    assert shown_name(b"caf\xe9") == "caf\\xe9"
    assert shown_name(b"a\\b\xe9") == "a\\\\b\\xe9"
    assert shown_name(b"plain\\xe9") == "plain\\\\xe9"


def test_paths_are_given_in_normal_form() -> None:
    assert shown_path("./a//b/") == "a/b"
    assert shown_path("/x/caf\udce9") == "/x/caf\\xe9"


def test_containers_are_divided_by_an_exclamation_mark() -> None:
    folder = Place("dump")
    archive = folder.within(b"sub/a.tar.gz")
    assert archive == Place("dump", "sub/a.tar.gz")
    assert archive.within(b"x.eml") == Place("dump", "sub/a.tar.gz!/x.eml")
