"""Members of archives by name, each name once."""

from __future__ import annotations

import pytest

from attribution.corpus.members import MemberNames
from attribution.corpus.places import Place
from attribution.corpus.streams import Unreadable
from attribution.limits import Limits


def test_a_name_that_comes_again_is_numbered() -> None:
    names = MemberNames(None, Limits())
    found = [names.place(Place("a.tar"), name).member for name in (b"x", b"x", b"y", b"x#3", b"x", b"x")]
    assert found == ["x", "x#2", "y", "x#3", "x#4", "x#5"]


def test_more_members_than_allowed_are_too_large() -> None:
    layer = object()
    names = MemberNames(layer, Limits(archive_members=1))
    names.place(Place("a.tar"), b"x")
    with pytest.raises(Unreadable, match="more than 1 members") as caught:
        names.place(Place("a.tar"), b"y")
    assert caught.value.layer is layer
    assert caught.value.status == "too-large"
