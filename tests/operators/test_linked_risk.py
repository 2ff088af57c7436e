"""A subject that another shard owns: known by ties and by what that shard says of it."""

from __future__ import annotations

from typing import Any

import pytest
from border import GENERAL, PARCEL, SITE, TRAVELER, Border, answer, told

from haechi.engine.codes import EventKind, ScanKind, ScanResult, Stage, Watched
from haechi.engine.features import PLACE

RISKY = 3.0
HARMLESS = -6.0


def said(border: Border, log_odds: float, version: int = 1, ref: int = 500, **more: Any) -> Any:
    """What another shard says of a parcel."""
    given = {"node": PARCEL, **more}
    return border.send(EventKind.LINKED_RISK, ref=ref, score=log_odds, version=version, **given)


def linked(decision: Any, feature: str = "linked_parcel_risk") -> float:
    return float(decision["x"][PLACE[feature]])


@pytest.fixture
def border() -> Border:
    """A traveler who is watched a little, tied to a parcel that this shard does not know."""
    made = Border()
    made.watch(77, Watched.DOCUMENT, 0.25)
    made.manifest(pccc=77)
    made.link(500, node=PARCEL)
    return made


def test_nothing_is_decided_about_who_is_only_named_in_ties(border: Border) -> None:
    said(border, RISKY)
    assert {int(one["subject"]) for one in border.decisions} == {1}


def test_what_another_shard_says_changes_the_tied_traveler(border: Border) -> None:
    assert linked(border.decisions[-1]) != linked(border.decisions[-1])
    assert told(said(border, RISKY, 1)) == [("STANDING", "REFER", "INTERVIEW", "RISK")]
    assert told(said(border, HARMLESS, 2)) == [("STANDING", "RELEASE", "NONE", "CLEAR")]


def test_it_may_come_before_the_tie() -> None:
    border = Border()
    border.watch(77, Watched.DOCUMENT, 0.25)
    border.manifest(pccc=77)
    assert told(said(border, RISKY)) == []
    assert told(border.link(500, node=PARCEL), 1) == [("STANDING", "REFER", "INTERVIEW", "RISK")]
    assert told(border.unlink(500, node=PARCEL), 1) == [("STANDING", "RELEASE", "NONE", "CLEAR")]


def test_of_two_statements_the_newer_stands(border: Border) -> None:
    said(border, RISKY, 5)
    assert told(said(border, HARMLESS, 4)) == []
    assert linked(answer(border.gate())) > 0.9


def test_what_the_shard_knows_by_itself_stands(border: Border) -> None:
    border.parcel(500, lane=GENERAL)
    before = linked(answer(border.gate()))
    assert told(said(border, RISKY, 1 << 40)) == []
    assert linked(answer(border.gate())) == before


def test_a_decision_is_the_same_as_if_one_shard_owned_both() -> None:
    whole, owner, other = Border(), Border(), Border()
    for one in (whole, other):
        one.watch(77, Watched.DOCUMENT, 0.25)
        one.manifest(pccc=77)
    for one in (whole, owner):
        one.parcel(500, lane=GENERAL)
        one.parcel_scan(500, 0.99)
    own = float(owner.decisions[-1]["own_log_odds"])
    whole.link(500, node=PARCEL)
    other.link(500, node=PARCEL)
    said(other, own, 9)
    there, here = (answer(one.gate())["log_odds"] for one in (whole, other))
    assert there == here


def test_companions_and_the_traveler_of_a_parcel_are_told_of_as_well() -> None:
    border = Border()
    border.manifest(1)
    border.link(2, node=TRAVELER)
    said(border, RISKY, ref=2, node=TRAVELER)
    assert linked(answer(border.gate(1)), "companion_risk") > 0.9
    border.parcel(500, lane=GENERAL)
    border.link(500, 3, node=PARCEL)
    said(border, RISKY, ref=3, node=TRAVELER)
    asked = answer(border.gate(500, GENERAL, Stage.RELEASE_OUT, node=PARCEL))
    assert linked(asked, "linked_traveler_risk") > 0.9


def test_whose_bag_was_scanned_is_known_by_it() -> None:
    """A traveler who is named by the tie of a bag alone is warned of before anybody asks."""
    border = Border()
    border.link(900)
    assert told(border.decisions) == []
    scanned = border.send(
        EventKind.SCANNER_RESULT, ref=900, node=3, mode=ScanKind.BAGGAGE_XRAY, site=SITE,
        score=0.99, result=ScanResult.ALARM,
    )  # fmt: skip
    assert [int(one["subject"]) for one in scanned] == [1]
