"""Each stream reaches its case, in whatever order, and the standing decision follows."""

from __future__ import annotations

import math
from typing import Any

import pytest
from border import (
    BAG,
    DECLARE,
    EXPRESS,
    FAMILY,
    GENERAL,
    PARCEL,
    SCREENED,
    WALK,
    Border,
    answer,
    told,
    verdicts,
)

from haechi.engine.codes import (
    CodeClass,
    EventKind,
    EvidenceStatus,
    FaceOutcome,
    ScanKind,
    ScanResult,
    Stage,
    Stream,
    Verdict,
)
from haechi.engine.features import PLACE


def value(decision: Any, feature: str) -> float:
    return float(decision["x"][PLACE[feature]])


def test_every_manifest_makes_a_standing_decision() -> None:
    border = Border()
    assert told(border.manifest()) == [("STANDING", "RELEASE", "NONE", "CLEAR")]
    again = border.manifest()
    assert told(again) == [("STANDING", "RELEASE", "NONE", "CLEAR")]
    assert again[0]["supersedes_hi"] == border.decisions[0]["id_hi"]
    assert told(border.parcel(lane=GENERAL)) == [("STANDING", "RELEASE", "NONE", "CLEAR")]


def test_without_a_manifest_nobody_is_released() -> None:
    border = Border()
    found = answer(border.gate())
    assert found["verdict"] == Verdict.REFER
    assert found["code_class"] == CodeClass.MISSING_EVIDENCE


def test_manifest_fields_become_features() -> None:
    border = Border()
    day = 86_400_000_000
    made = border.manifest(
        document_state=2,
        booked_us=border.now - 16 * 3600 * 1_000_000,
        until_us=border.now + 8 * day,
        payment=1,
        one_way=1,
        mass_kg=16.0,
    )[0]
    assert value(made, "document_bad") == 1.0
    assert value(made, "booked_ahead") == pytest.approx(4.0, abs=1e-3)
    assert value(made, "document_days_left") == pytest.approx(3.0, abs=1e-3)
    assert value(made, "cash_payment") == value(made, "one_way") == 1.0
    assert value(made, "bag_weight") == pytest.approx(4.0, abs=1e-12)
    assert made["verdict"] == Verdict.REFER


def test_body_scan() -> None:
    border = Border()
    border.manifest()
    assert told(border.scan()) == [("STANDING", "REFER", "BODY_SCAN", "RISK")]
    assert verdicts(border.clear()) == ["RELEASE"]


def test_face() -> None:
    border = Border()
    border.manifest()
    assert verdicts(border.gate(lane=WALK)) == ["REFER"]
    border.face(similarity=0.8)
    assert answer(border.gate(lane=WALK))["verdict"] == Verdict.RELEASE
    border.face(outcome=FaceOutcome.DIFFERENT, similarity=0.1)
    found = answer(border.gate(lane=WALK))
    assert found["verdict"] == Verdict.REFER
    assert value(found, "face_different") == 1.0


@pytest.mark.parametrize("outcome", [FaceOutcome.UNKNOWN, FaceOutcome.NOT_CAPTURED])
def test_who_was_not_recognised_is_no_evidence(outcome: int) -> None:
    border = Border()
    border.manifest()
    border.face(outcome=outcome)
    found = answer(border.gate(lane=WALK))
    assert found["verdict"] == Verdict.REFER
    assert found["evidence"][Stream.FACE] == EvidenceStatus.FAILED


def test_declaration() -> None:
    border = Border()
    border.manifest()
    assert answer(border.gate(lane=DECLARE))["verdict"] == Verdict.REFER
    border.declare(cash=65_535.0, value=0.0)
    found = answer(border.gate(lane=DECLARE))
    assert found["verdict"] == Verdict.RELEASE
    assert value(found, "declared_cash") == pytest.approx(16.0)


def test_an_older_declaration_comes_too_late() -> None:
    border = Border()
    border.manifest()
    border.declare(cash=7.0)
    border.declare(cash=1.0, late=5_000_000)
    assert value(answer(border.gate(lane=DECLARE)), "declared_cash") == pytest.approx(3.0)


@pytest.mark.parametrize("late", [True, False])
def test_the_later_scan_in_event_time_stands(late: bool) -> None:
    border = Border()
    border.manifest()
    if late:
        border.clear()
        border.scan(late=60_000_000)
        assert answer(border.gate(lane=SCREENED))["verdict"] == Verdict.RELEASE
    else:
        border.scan()
        border.clear(late=60_000_000)
        assert answer(border.gate(lane=SCREENED))["verdict"] == Verdict.REFER


def test_an_older_manifest_does_not_stand() -> None:
    border = Border()
    border.manifest(document_state=1)
    border.manifest(document_state=3, late=60_000_000)
    assert value(answer(border.gate()), "document_bad") == 0.0


@pytest.mark.parametrize("order", ["scan first", "link first", "manifest last"])
def test_a_bag_reaches_its_traveler_whichever_comes_first(order: str) -> None:
    border = Border()
    steps = {
        "manifest": border.manifest,
        "scan": lambda: border.bag_scan(900),
        "link": lambda: border.link(900),
    }
    names = {
        "scan first": ["manifest", "scan", "link"],
        "link first": ["manifest", "link", "scan"],
        "manifest last": ["scan", "link", "manifest"],
    }[order]
    for name in names:
        last = steps[name]()
    assert told(last, 1) == [("STANDING", "REFER", "BAG_SEARCH", "RISK")]
    found = answer(border.gate())
    assert value(found, "bag_alarms") == 1.0
    assert value(found, "bags_unscanned") == 0.0
    assert found["evidence"][Stream.BAG_XRAY] == EvidenceStatus.PRESENT


def test_of_two_bags_the_highest_score_counts_and_both_must_be_scanned() -> None:
    border = Border()
    border.manifest()
    for bag in (900, 901):
        border.link(bag)
    border.bag_scan(900, 0.2, ScanResult.CLEAR)
    found = answer(border.gate())
    assert value(found, "bags_unscanned") == 1.0
    assert found["evidence"][Stream.BAG_XRAY] == EvidenceStatus.ABSENT
    border.bag_scan(901, 0.4, ScanResult.CLEAR)
    found = answer(border.gate())
    assert value(found, "bag_score") == 0.4
    assert found["evidence"][Stream.BAG_XRAY] == EvidenceStatus.PRESENT


def test_a_bag_is_never_decided() -> None:
    border = Border()
    assert len(border.bag_scan(900)) == 0
    border.link(900)
    border.bag_scan(900, 1.0)
    assert border.decisions
    assert not [d for d in border.decisions if d["node"] == BAG]


def test_parcel_xray_and_similar_seizure() -> None:
    border = Border()
    border.parcel(lane=EXPRESS)
    assert verdicts(border.parcel_scan(score=0.1, result=ScanResult.CLEAR)) == []
    asked = {"ref": 500, "node": PARCEL, "lane": EXPRESS, "stage": Stage.SORTER}
    assert answer(border.gate(**asked))["verdict"] == Verdict.RELEASE
    border.parcel_scan(score=0.1, result=ScanResult.CLEAR, similarity=0.97)
    found = answer(border.gate(**asked))
    assert value(found, "similar_seizure") == 0.97
    assert found["verdict"] != Verdict.RELEASE


def test_an_alarm_without_a_score_is_an_alarm() -> None:
    border = Border()
    border.manifest()
    border.scan(score=math.nan)
    found = answer(border.gate(lane=SCREENED))
    assert value(found, "body_scan_alarm") == 1.0
    assert not math.isnan(found["log_odds"])


@pytest.mark.parametrize("result", [ScanResult.FAILED, ScanResult.REFUSED])
def test_a_scan_that_failed_is_no_evidence(result: int) -> None:
    border = Border()
    border.manifest()
    border.scan(result=result, score=math.nan)
    border.gate(lane=SCREENED)
    found = answer(border.wait(50_000))
    assert found["verdict"] == Verdict.REFER
    assert found["evidence"][Stream.BODY_SCAN] == EvidenceStatus.FAILED


@pytest.mark.parametrize("result", [ScanResult.FAILED, ScanResult.REFUSED])
def test_a_scan_that_failed_withdraws_no_alarm(result: int) -> None:
    border = Border()
    border.manifest()
    border.scan()
    border.scan(result=result, score=math.nan)
    assert answer(border.gate(lane=FAMILY))["verdict"] == Verdict.REFER


def test_a_bag_scan_that_failed_withdraws_no_alarm() -> None:
    border = Border()
    border.manifest()
    border.link(900)
    border.bag_scan(900)
    border.bag_scan(900, math.nan, ScanResult.FAILED)
    assert answer(border.gate(lane=FAMILY))["verdict"] == Verdict.REFER


def test_a_parcel_scan_that_failed_withdraws_no_alarm() -> None:
    border = Border()
    border.parcel(lane=GENERAL)
    border.parcel_scan()
    border.parcel_scan(score=math.nan, result=ScanResult.FAILED)
    asked = {"ref": 500, "node": PARCEL, "lane": GENERAL, "stage": Stage.RELEASE_OUT}
    assert answer(border.gate(**asked))["verdict"] != Verdict.RELEASE


def test_a_face_that_was_not_captured_withdraws_no_difference() -> None:
    border = Border()
    border.manifest()
    border.face(outcome=FaceOutcome.DIFFERENT, lane=FAMILY)
    border.face(outcome=FaceOutcome.NOT_CAPTURED, lane=FAMILY)
    assert answer(border.gate(lane=FAMILY))["verdict"] == Verdict.REFER


def test_another_kind_of_scanner_is_no_body_scan() -> None:
    border = Border()
    border.manifest()
    border.clear(mode=ScanKind.OTHER)
    border.gate(lane=SCREENED)
    found = answer(border.wait(50_000))
    assert found["verdict"] == Verdict.REFER
    assert found["evidence"][Stream.BODY_SCAN] != EvidenceStatus.PRESENT


def test_a_bag_xray_without_a_tag_is_its_travelers() -> None:
    border = Border()
    border.manifest()
    border.scan(score=1.0, mode=ScanKind.BAGGAGE_XRAY)
    assert answer(border.gate())["verdict"] != Verdict.RELEASE


def test_sensors_down_refer_only_where_they_are_required() -> None:
    border = Border()
    for device, stream in ((1, Stream.FACE), (2, Stream.BODY_SCAN), (3, Stream.BAG_XRAY)):
        border.send(EventKind.SENSOR_STATUS, device=device, site=600, mode=stream, result=2)
    border.manifest()
    assert answer(border.gate(lane=FAMILY))["verdict"] == Verdict.RELEASE
    found = answer(border.gate(lane=WALK))
    assert found["verdict"] == Verdict.REFER
    assert found["evidence"][Stream.FACE] == EvidenceStatus.SENSOR_DOWN
    border.send(EventKind.SENSOR_STATUS, device=1, site=600, mode=Stream.FACE, result=1)
    assert answer(border.gate(lane=WALK))["evidence"][Stream.FACE] == EvidenceStatus.ABSENT


def test_one_of_two_cameras_down_is_down_and_twice_down_is_once() -> None:
    border = Border()
    border.manifest()
    for device, result in ((1, 2), (1, 2), (2, 2), (1, 1), (1, 1)):
        border.send(
            EventKind.SENSOR_STATUS, device=device, site=600, mode=Stream.FACE, result=result
        )
    found = answer(border.gate(lane=WALK))
    assert found["evidence"][Stream.FACE] == EvidenceStatus.SENSOR_DOWN
    border.send(EventKind.SENSOR_STATUS, device=2, site=600, mode=Stream.FACE, result=1)
    assert answer(border.gate(lane=WALK))["evidence"][Stream.FACE] == EvidenceStatus.ABSENT


def test_an_older_sensor_status_does_not_stand() -> None:
    border = Border()
    border.manifest()
    status = {"device": 1, "site": 600, "mode": Stream.FACE}
    border.send(EventKind.SENSOR_STATUS, result=1, **status)
    border.send(EventKind.SENSOR_STATUS, result=2, late=60_000_000, **status)
    found = answer(border.gate(lane=WALK))
    assert found["evidence"][Stream.FACE] == EvidenceStatus.ABSENT


@pytest.mark.parametrize(
    ("lane", "stage"),
    [(0, 4), (31, 4), (32, 4), (200, 4), (FAMILY, 0), (FAMILY, 7), (FAMILY, 8), (FAMILY, 200)],
)
def test_an_unknown_lane_or_stage_refers(lane: int, stage: int) -> None:
    border = Border()
    border.manifest()
    found = answer(border.gate(lane=lane, stage=stage))
    assert found["verdict"] == Verdict.REFER
    assert found["code_class"] == CodeClass.POLICY
