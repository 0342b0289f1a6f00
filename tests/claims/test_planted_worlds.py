"""Two worlds with the same mail: where things sent the claim about things is supported, where PCs did it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import attribution
from attribution.claims import check_claims, read_claims
from tests.claims.made_case import claims_of
from tests.enrich.planted import plant

if TYPE_CHECKING:
    from attribution import Case
    from tests.enrich.planted import World

WORLDS: tuple[World, ...] = ("things", "pcs")


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> dict[World, Case]:
    """Give both worlds, analysed."""
    found: dict[World, Case] = {}
    for world in WORLDS:
        folder = tmp_path_factory.mktemp(world)
        made = plant(folder, world=world, seed=1)
        found[world] = attribution.analyze(
            made.mail, out=folder / "case", mmdb=[made.mmdb], banners=[made.banners], workers=1
        )
    return found


# In this world of things 26 % of the mail is beyond what neighbours show, 18 % at least: no proof of a quarter.
@pytest.mark.parametrize(("world", "verdict"), [("things", "not testable"), ("pcs", "contradicted")])
def test_the_claim_about_things_is_told_apart(cases: dict[World, Case], world: World, verdict: str) -> None:
    checked = check_claims(cases[world], read_claims("proofpoint-2014"))
    found = {claim.id: rating for claim, rating in checked.ratings}
    assert found["sent-by-things"].verdict == verdict
    sixth = 'kind = "sent-by", device = "thing", of = "messages", op = "more-than", value = 0.166'
    [(_, rating)] = check_claims(cases[world], claims_of(sixth)).ratings
    assert rating.verdict == {"things": "supported", "pcs": "contradicted"}[world]
    assert found["sent-by-refrigerator"].verdict == "not testable"
    for alike in ("period", "bursts-per-day", "refrigerator", "routers"):
        assert found[alike].verdict == "supported"
    for never in ("misconfiguration", "default-passwords"):
        assert found[never].verdict == "not testable"


@pytest.mark.parametrize(("world", "verdict"), [("things", "contradicted"), ("pcs", "supported")])
def test_the_other_reading_is_told_apart_too(cases: dict[World, Case], world: World, verdict: str) -> None:
    checked = check_claims(cases[world], read_claims("symantec-2014"))
    found = {claim.id: rating.verdict for claim, rating in checked.ratings}
    assert found["devices-only-answer"] == verdict
    assert found["windows-computers"] == found["malware"] == "not testable"


@pytest.mark.parametrize(("world", "verdict"), [("things", "not testable"), ("pcs", "contradicted")])
def test_a_sample_settles_shares_and_no_numbers(cases: dict[World, Case], world: World, verdict: str) -> None:
    checked = check_claims(cases[world], read_claims("proofpoint-2014"), sample=0.004)
    found = {claim.id: rating.verdict for claim, rating in checked.ratings}
    for absolute in ("messages", "devices", "addresses", "burst-size", "per-day"):
        assert found[absolute] == "not testable"
    assert found["sent-by-things"] == verdict


@pytest.mark.parametrize("world", WORLDS)
def test_every_query_can_be_repeated(cases: dict[World, Case], world: World) -> None:
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is no dependency: pip install duckdb to try the queries")
    checked = check_claims(cases[world], read_claims("proofpoint-2014"))
    for _, rating in checked.ratings:
        for rows in rating.rows:
            assert not rows.sql or duckdb.sql(rows.sql).fetchall() is not None
    share = next(rating for claim, rating in checked.ratings if claim.id == "banners-of-things")
    ((part, whole),) = duckdb.sql(share.rows[0].sql).fetchall()
    assert part / whole == share.figure
