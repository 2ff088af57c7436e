"""When a sensor fails, an earlier release may stand in: seldom, for long enough, and marked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from border import (
    EXPRESS,
    FAMILY,
    PARCEL,
    SCREENED,
    SECOND,
    SITE,
    WALK,
    Border,
    answer,
    compiled,
    shard_settings,
    told,
)

from haechi.engine.codes import (
    CodeClass,
    EventKind,
    FaceOutcome,
    IdentityChange,
    ScanResult,
    Stage,
    Stream,
    Verdict,
    Watched,
)
from haechi.engine.policy_table import Failing
from haechi.operators.shard import ShardSettings

FRESH = 300 * SECOND
WAIT = 50_000
STOOD_IN = ("ANSWER", "RELEASE", "NONE", "MISSING_EVIDENCE")
REFERRED = ("ANSWER", "REFER", "FACE_CHECK", "MISSING_EVIDENCE")


def allowed(**fields: Any) -> ShardSettings:
    """A policy that lets an earlier release stand in, in every lane and stage."""
    policy = compiled()[0]
    for name, value in {"degraded": 1, "fresh_us": FRESH, **fields}.items():
        policy[name] = value
    return shard_settings(policy=policy)


def allowing(**fields: Any) -> Border:
    return Border(settings=allowed(**fields))


def released(border: Border) -> Any:
    """Somebody whom the exit's camera knew and whom the gate was told to let pass."""
    border.manifest()
    border.face()
    made = answer(border.gate(lane=WALK))
    assert told([made]) == [("ANSWER", "RELEASE", "NONE", "CLEAR")]
    assert made["degraded"] == 0
    return made


def fails(border: Border) -> Any:
    return border.face(outcome=FaceOutcome.NOT_CAPTURED)


def asked(border: Border, **fields: Any) -> Any:
    return answer(border.gate(lane=WALK, **fields))


def test_a_fresh_release_stands_in_for_a_camera_that_fails() -> None:
    border = allowing()
    released(border)
    fails(border)
    made = asked(border)
    assert told([made]) == [STOOD_IN]
    assert made["degraded"] == 1
    assert made["missing"] == 1 << Stream.FACE


def test_a_release_that_was_told_is_not_told_again_when_the_camera_fails() -> None:
    border = allowing()
    released(border)
    assert len(fails(border)) == 0


def test_without_the_policys_leave_it_refers() -> None:
    border = Border()
    released(border)
    fails(border)
    made = asked(border)
    assert told([made]) == [REFERRED]
    assert made["degraded"] == 0


@pytest.mark.parametrize(("age", "stands"), [(FRESH, True), (FRESH + 1, False)])
def test_a_release_that_is_too_old_does_not_stand_in(age: int, stands: bool) -> None:
    border = allowing()
    released(border)
    fails(border)
    assert told([asked(border, after=age - 1000)]) == [STOOD_IN if stands else REFERRED]


def test_a_degraded_release_renews_nothing() -> None:
    border = allowing()
    released(border)
    fails(border)
    for _ in range(2):
        assert told([asked(border, after=FRESH // 2 - 1000)]) == [STOOD_IN]
    assert told([asked(border, after=2001)]) == [REFERRED]


@pytest.mark.parametrize("down", [False, True])
def test_a_broken_camera_clears_nobody_whom_it_never_saw(down: bool) -> None:
    border = allowing()
    if down:
        border.send(EventKind.SENSOR_STATUS, device=1, site=SITE, mode=Stream.FACE, result=2)
    for ref in range(1, 5):
        border.manifest(ref)
        assert answer(border.gate(ref, stage=Stage.DESK))["verdict"] == Verdict.RELEASE
        assert told(border.gate(ref, lane=WALK)) == [REFERRED]


def test_another_reading_than_the_one_that_fails_does_not_stand_in() -> None:
    border = allowing()
    border.manifest()
    border.clear()
    assert answer(border.gate(lane=SCREENED))["verdict"] == Verdict.RELEASE
    fails(border)
    assert told([asked(border)]) == [REFERRED]


def test_the_gate_still_waits_for_the_evidence_first() -> None:
    border = allowing()
    border.manifest()
    border.clear()
    border.gate(lane=SCREENED)
    border.scan(result=ScanResult.FAILED)
    assert len(border.gate(lane=SCREENED)) == 0
    assert told(border.wait(WAIT)) == [STOOD_IN]


def test_a_refused_scan_is_no_failed_one() -> None:
    border = allowing()
    border.manifest()
    border.clear()
    border.gate(lane=SCREENED)
    border.scan(result=ScanResult.REFUSED)
    border.gate(lane=SCREENED)
    assert answer(border.wait(WAIT))["verdict"] == Verdict.REFER


def test_an_unknown_face_is_no_failed_camera() -> None:
    border = allowing()
    released(border)
    border.face(outcome=FaceOutcome.UNKNOWN)
    assert told([asked(border)]) == [REFERRED]


def test_an_alarm_is_not_passed_over() -> None:
    border = allowing()
    released(border)
    fails(border)
    border.scan()
    made = asked(border)
    assert told([made]) == [("ANSWER", "REFER", "BODY_SCAN", "RISK")]
    assert made["degraded"] == 0


def test_what_was_said_against_somebody_ends_the_clearance() -> None:
    border = allowing()
    released(border)
    fails(border)
    border.scan()
    border.clear()
    assert told([asked(border)]) == [REFERRED]


def test_intelligence_is_not_passed_over() -> None:
    border = allowing()
    border.watch(77, Watched.DOCUMENT, 0.0)
    border.manifest(pccc=77)
    border.face()
    assert asked(border)["verdict"] == Verdict.RELEASE
    border.watch(77, Watched.DOCUMENT)
    fails(border)
    assert asked(border)["verdict"] != Verdict.RELEASE


def test_the_random_check_is_not_passed_over() -> None:
    border = allowing()
    released(border)
    border.shard.configure(allowed(explore=1.0))
    assert told(fails(border)) == [("REVISION", "REFER", "CALL_OFFICER", "RANDOM_CHECK")]
    assert told([asked(border)]) == [REFERRED]


def test_a_stricter_policy_does_not_take_the_release_of_a_milder_one() -> None:
    border = allowing()
    border.manifest()
    assert asked(border, stage=Stage.DESK)["verdict"] == Verdict.RELEASE
    border.shard.configure(allowed(requires=1 << Stream.MANIFEST | 1 << Stream.FACE))
    assert told([asked(border, stage=Stage.DESK)]) == [REFERRED]


def test_who_left_and_comes_back_is_read_anew() -> None:
    border = allowing()
    released(border)
    border.left()
    fails(border)
    assert told([asked(border)]) == [REFERRED]


def test_two_cases_that_prove_to_be_one_are_decided_anew() -> None:
    border = allowing()
    released(border)
    border.manifest(2)
    border.face(2, FaceOutcome.NOT_CAPTURED)
    border.identity(1, 2, IdentityChange.MERGE)
    assert told([asked(border)]) == [REFERRED]


def test_a_bag_that_nobody_saw_is_not_cleared_by_the_one_before() -> None:
    border = allowing(requires=1 << Stream.MANIFEST | 1 << Stream.BAG_XRAY)
    border.send(EventKind.SENSOR_STATUS, device=1, site=SITE, mode=Stream.BAG_XRAY, result=2)
    border.manifest()
    border.link(900)
    border.bag_scan(900, 0.0, ScanResult.CLEAR)
    assert answer(border.gate())["verdict"] == Verdict.RELEASE
    border.link(901)
    made = answer(border.gate(lane=FAMILY))
    assert made["verdict"] == Verdict.REFER
    assert made["degraded"] == 0


def test_a_parcels_xray_that_fails_the_second_time() -> None:
    border = allowing()
    border.parcel()
    border.parcel_scan(score=0.0, result=ScanResult.CLEAR)
    sorter = {"ref": 500, "node": PARCEL, "lane": EXPRESS}
    assert answer(border.gate(stage=Stage.SORTER, **sorter))["verdict"] == Verdict.RELEASE
    border.parcel_scan(result=ScanResult.FAILED)
    assert told(border.gate(stage=Stage.RELEASE_OUT, **sorter)) == [STOOD_IN]


def test_late_evidence_confirms_on_the_record() -> None:
    border = allowing()
    released(border)
    fails(border)
    stood_in = asked(border)
    (made,) = border.face()
    assert told([made]) == [("REVISION", "RELEASE", "NONE", "CLEAR")]
    assert made["supersedes_hi"] == stood_in["id_hi"]
    assert made["degraded"] == 0


def test_late_evidence_against_somebody_revises() -> None:
    border = allowing()
    released(border)
    fails(border)
    asked(border)
    (made,) = border.face(outcome=FaceOutcome.DIFFERENT, similarity=0.1)
    assert told([made])[0][:2] == ("REVISION", "REFER")
    assert made["code_class"] == CodeClass.RISK


def test_a_provisional_refer_is_not_turned_into_a_degraded_release() -> None:
    border = allowing()
    released(border)
    fails(border)
    made = border.send(
        EventKind.PROVISIONAL_DELIVERED, ref=1, node=1, target_hi=5, target_lo=6, answers_hi=7
    )
    assert [d["verdict"] for d in made] == [Verdict.REFER, Verdict.REFER]
    assert not made["degraded"].any()


def busy(seed: int) -> Border:
    """A few travelers before cameras and scanners of which half fail."""
    draw = np.random.default_rng(seed)
    border = allowing()
    for _ in range(200):
        ref = int(draw.integers(1, 4))
        steps = (
            lambda ref=ref: border.manifest(ref),
            lambda ref=ref: border.face(ref, lane=WALK),
            lambda ref=ref: border.face(ref, FaceOutcome.NOT_CAPTURED),
            lambda ref=ref: border.clear(ref),
            lambda ref=ref: border.scan(ref, score=0.3, result=ScanResult.FAILED),
            lambda ref=ref: border.gate(ref, lane=WALK),
            lambda ref=ref: border.gate(ref, lane=SCREENED),
            lambda: border.wait(60 * SECOND),
        )
        steps[draw.integers(len(steps))]()
    return border


def test_every_reader_of_the_log_lets_the_same_release_stand_in() -> None:
    for seed in range(5):
        border = busy(seed)
        made = np.array(border.decisions)
        degraded = made["degraded"] == 1
        assert degraded.any()
        released = made["verdict"] == Verdict.RELEASE
        assert ((made["missing"] != 0) & released == degraded).all()
        assert (made["log_odds"][degraded] < made["refer_at"][degraded]).all()
        again = allowing().shard
        body = again.apply(np.concatenate([event for event, _ in border.log]))
        assert body == made.tobytes()
        assert again.digest() == border.shard.digest()


def broken(border: Border) -> None:
    """Let the model give no number."""
    border.shard.state.base[...] = np.nan


@pytest.mark.parametrize("degraded", range(4))
def test_a_broken_model_refers_unless_the_policy_lets_a_release_stand_in(degraded: int) -> None:
    border = allowing(degraded=degraded)
    released(border)
    broken(border)
    made = asked(border)
    stands = degraded & Failing.MODEL
    assert made["code_class"] == CodeClass.MODEL_BROKEN
    assert made["verdict"] == (Verdict.RELEASE if stands else Verdict.REFER)
    assert made["degraded"] == (1 if stands else 0)


def test_a_broken_model_clears_nobody_anew() -> None:
    border = allowing(degraded=Failing.MODEL)
    released(border)
    broken(border)
    asked(border, after=FRESH // 2)
    assert asked(border, after=FRESH // 2 + 2000)["verdict"] == Verdict.REFER


def test_a_broken_model_and_a_failing_camera_are_two_things() -> None:
    border = allowing(degraded=Failing.MODEL)
    released(border)
    fails(border)
    broken(border)
    assert asked(border)["verdict"] == Verdict.REFER
    border = allowing(degraded=Failing.MODEL | Failing.SENSOR)
    released(border)
    fails(border)
    broken(border)
    assert asked(border)["verdict"] == Verdict.RELEASE
