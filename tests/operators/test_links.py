"""Linked cases hear each other's own risk, and nothing travels in a circle."""

from __future__ import annotations

from typing import Any

import pytest
from border import FAMILY, GENERAL, PARCEL, TRAVELER, Border, answer, told, verdicts

from haechi.engine.codes import ScanResult, Stage, Verdict, Watched
from haechi.engine.features import PLACE
from haechi.operators.state import Count

DOCUMENT = Watched.DOCUMENT


def value(decision: Any, feature: str) -> float:
    return float(decision["x"][PLACE[feature]])


def risky_parcel(border: Border) -> None:
    border.parcel(500, lane=GENERAL)
    border.parcel_scan(500, 0.99)


def test_a_linked_parcel_changes_its_traveler_and_unlinking_changes_it_back() -> None:
    border = Border()
    border.watch(77, DOCUMENT, 0.25)
    border.manifest(pccc=77)
    before = border.decisions[-1]
    risky_parcel(border)
    made = border.link(500, node=PARCEL)
    assert told(made, 1) == [("STANDING", "REFER", "INTERVIEW", "RISK")]
    assert value(made[-1], "linked_parcel_risk") > 0.5
    back = border.unlink(500, node=PARCEL)
    assert told(back, 1) == [("STANDING", "RELEASE", "NONE", "CLEAR")]
    after = next(d for d in back if d["subject"] == 1)
    assert after["log_odds"] == pytest.approx(before["log_odds"], abs=1e-12)


def test_a_parcels_news_reaches_its_traveler() -> None:
    border = Border()
    border.watch(77, DOCUMENT, 0.25)
    border.manifest(pccc=77)
    border.parcel(500, lane=GENERAL)
    assert told(border.link(500, node=PARCEL), 1) == []
    assert told(border.parcel_scan(500, 0.99), 1) == [("STANDING", "REFER", "INTERVIEW", "RISK")]
    assert told(border.parcel_scan(500, 0.0, ScanResult.CLEAR), 1) == [
        ("STANDING", "RELEASE", "NONE", "CLEAR")
    ]


def test_risk_does_not_travel_in_a_circle() -> None:
    border = Border()
    border.manifest()
    border.scan(score=1.0)
    risky_parcel(border)
    own = {int(d["subject"]): float(d["own_log_odds"]) for d in border.decisions}
    border.link(500, node=PARCEL)
    for _ in range(20):
        answer(border.gate())
        asked = {"ref": 500, "node": PARCEL, "lane": GENERAL, "stage": Stage.RELEASE_OUT}
        answer(border.gate(**asked))
    for decision in border.decisions[-2:]:
        assert decision["own_log_odds"] == pytest.approx(own[int(decision["subject"])], abs=1e-6)
        assert decision["log_odds"] > decision["own_log_odds"]


def test_no_third_hand_risk() -> None:
    """Parcel 500 - traveler 1 - parcel 501: 501 reads the traveler's own risk only."""
    border = Border()
    border.manifest()
    border.parcel(501, lane=GENERAL)
    border.link(501, node=PARCEL)
    before = border.decisions[-1]["log_odds"] if border.decisions else 0.0
    risky_parcel(border)
    border.link(500, node=PARCEL)
    asked = {"ref": 501, "node": PARCEL, "lane": GENERAL, "stage": Stage.RELEASE_OUT}
    found = answer(border.gate(**asked))
    assert value(found, "linked_traveler_risk") < 0.01
    assert found["verdict"] == Verdict.RELEASE
    assert before < 0.0


def test_companions() -> None:
    border = Border()
    border.watch(77, DOCUMENT, 0.5)
    border.manifest(1, pccc=77)
    border.manifest(2, document_state=2)
    border.link(2, node=TRAVELER)
    border.scan(2, 1.0)
    found = answer(border.gate(1))
    assert value(found, "companions") == 1.0
    assert value(found, "companion_risk") > 0.5
    assert value(found, "linked_parcels") == 0.0


def test_the_highest_version_wins_in_any_order() -> None:
    border = Border()
    border.manifest()
    border.bag_scan(900)
    border.unlink(900, version=5)
    assert verdicts(border.link(900, version=4)) == []
    assert answer(border.gate())["verdict"] == Verdict.RELEASE
    border.link(900, version=6)
    assert answer(border.gate())["verdict"] == Verdict.REFER
    border.unlink(900, version=5)
    assert answer(border.gate())["verdict"] == Verdict.REFER


def test_a_link_said_twice_or_from_the_other_end_is_one() -> None:
    border = Border()
    border.manifest(1)
    border.manifest(2)
    border.link(2, 1, node=TRAVELER)
    border.link(1, 2, node=TRAVELER, version=2)
    border.link(1, 2, node=TRAVELER, version=2)
    assert value(answer(border.gate(1)), "companions") == 1.0


def test_linking_a_subject_to_itself_does_nothing() -> None:
    border = Border()
    border.manifest(1, alias=9)
    assert len(border.link(9, 1, node=TRAVELER)) == 0
    assert value(answer(border.gate(1)), "companions") == 0.0


@pytest.mark.parametrize("active", [True, False])
def test_many_links_hide_no_alarm(active: bool) -> None:
    border = Border()
    border.manifest()
    border.link(900)
    border.bag_scan(900)
    for number in range(40):
        border.link(1000 + number, node=PARCEL)
        if not active:
            border.unlink(1000 + number, node=PARCEL)
    assert answer(border.gate(lane=FAMILY))["verdict"] != Verdict.RELEASE


def test_a_bags_alarm_reaches_its_travelers_parcels() -> None:
    border = Border()
    border.watch(77, Watched.PCCC, 0.75)
    border.manifest()
    border.link(900)
    border.parcel(500, lane=GENERAL, pccc=77)
    border.link(500, node=PARCEL)
    border.scan(score=1.0)
    border.bag_scan(900, 1.0)
    asked = {"ref": 500, "node": PARCEL, "lane": GENERAL, "stage": Stage.RELEASE_OUT}
    assert value(answer(border.gate(**asked)), "linked_traveler_risk") > 0.5


def test_more_links_and_deadlines_than_one_record_ever_had_room_for() -> None:
    """One record revises thirty companions whose gates opened, again and again."""
    border = Border()
    border.watch(77, DOCUMENT, 1.0)
    border.watch(78, DOCUMENT, 0.5)
    border.manifest(1, pccc=77)
    for ref in range(2, 33):
        border.manifest(ref, pccc=78)
        border.link(ref, node=TRAVELER)
        border.acted(answer(border.gate(ref)))
    for number in range(1500):
        made = border.scan(1, 1.0 - number % 2, 1 + number % 2)
        assert len(made) >= 20
        assert border.shard.count(Count.TIMERS) <= len(border.shard.state.timers)
