"""What cannot be compared is named, counted and survived."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faced import EXIT, NOW, anywhere, enrolled, face, hall_at, leaves, named, outcomes

from haechi.engine.codes import FaceOutcome
from haechi.rpc.v1.face_service_pb2 import CameraStatus


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("WRONG_MODEL", {"model_id": "Facenet512@0123456789ab"}),
        ("TOO_SMALL", {"face_px": 12}),
        ("LOW_QUALITY", {"quality": 0.1}),
        ("OUT_OF_RANGE", {"quality": float("nan")}),
        ("NOT_LIVE", {"liveness": 0.1}),
        ("OUT_OF_RANGE", {"liveness": float("nan")}),
        ("OUT_OF_RANGE", {"quality": 80.0}),
        ("OUT_OF_RANGE", {"liveness": 1.01}),
        ("OUT_OF_RANGE", {"model_id": "SFace@" + "0" * 200}),
    ],
)
def test_an_unusable_template_is_named_counted_and_survived(
    tmp_path: Path, code: str, change: dict[str, object]
) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    taken = leaves(hall, face(1), "a", **change)
    assert taken.refusal_code == code
    assert hall.counts[EXIT, code] == 1
    assert outcomes(leaves(hall, face(1), "b")) == [(FaceOutcome.SAME, ["t1"])]


@pytest.mark.parametrize(
    ("code", "vector"),
    [
        ("WRONG_DIMENSION", np.ones(127)),
        ("WRONG_DIMENSION", np.ones(0)),
        ("NOT_FINITE", np.full(128, np.nan)),
        ("NOT_FINITE", np.r_[np.inf, np.ones(127)]),
        ("ZERO_VECTOR", np.zeros(128)),
    ],
)
def test_numbers_that_are_no_template_are_named(
    tmp_path: Path, code: str, vector: np.ndarray
) -> None:
    hall = hall_at(tmp_path)
    taken = leaves(hall, vector)
    assert taken.refusal_code == code
    assert taken.events == []


def test_vectors_of_other_weights_never_meet(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    taken = leaves(hall, face(1), "a", model_id="SFace@ffffffffffff")
    assert taken.refusal_code == "WRONG_MODEL"
    hall.leave(named("t1"), anywhere)
    assert leaves(hall, face(1), "b", model_id="SFace@ffffffffffff").refusal_code == ""


def test_a_spoof_of_an_expected_traveler_is_told_as_not_captured(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    enrolled(hall, "t1", 1)
    taken = leaves(hall, face(1), "a", traveler="t1", liveness=0.1)
    assert outcomes(taken) == [(FaceOutcome.NOT_CAPTURED, ["t1"])]
    assert taken.events[0].face_match.liveness == pytest.approx(0.1)


def test_a_camera_that_stops_is_told_and_one_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    hall = hall_at(tmp_path)
    (event,) = hall.status(CameraStatus(camera=EXIT, up=False, since_us=NOW)).events
    assert (event.sensor_status.device, event.sensor_status.up) == (EXIT, False)
    unknown = hall.status(CameraStatus(camera="nowhere", up=False, since_us=NOW))
    assert unknown.refusal_code == "UNKNOWN_CAMERA"
