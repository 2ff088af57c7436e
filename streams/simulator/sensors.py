"""Noisy sensors: what scanners and cameras make of what is there.

Each device has its own false-alarm, miss and failure rate and its own distributions of
scores. They are assumptions of the simulation, not figures of any product:

=============  ===========  =====  ======  =================================
device         false alarm  miss   failed  remarks
=============  ===========  =====  ======  =================================
body scanner   8%           12%    1%      sees on the body, never inside it
baggage X-ray  3%           20%    1%
parcel X-ray   2%           15%    1%
=============  ===========  =====  ======  =================================

"Miss" is the rate on goods that the device could see at all (``VISIBLE``). A false alarm
scores lower than a true one on average, but the two overlap. A parcel's image is compared
with past seizures: two thirds of the true alarms and 1% of innocent images come out similar.

A camera captures no face in 3% of passages; of the captured, 95.5% are SAME, 3% REVIEW, 0.3%
DIFFERENT, 1.2% UNKNOWN, whoever passes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from haechi.rpc.v1.sensors_pb2 import (
    FACE_OUTCOME_DIFFERENT,
    FACE_OUTCOME_NOT_CAPTURED,
    FACE_OUTCOME_REVIEW,
    FACE_OUTCOME_SAME,
    FACE_OUTCOME_UNKNOWN,
    SCAN_KIND_BAGGAGE_XRAY,
    SCAN_KIND_BODY_MM_WAVE,
    SCAN_KIND_PARCEL_XRAY,
    SCAN_RESULT_ALARM,
    SCAN_RESULT_CLEAR,
    SCAN_RESULT_FAILED,
    SIDE_BACK,
    SIDE_FRONT,
    SIDE_LEFT,
    SIDE_RIGHT,
    FaceCandidate,
    FaceMatch,
    FaceOutcome,
    GoodsSeen,
    ScanKind,
    ScannerResult,
    ScanZone,
    SimilarSeizure,
)
from haechi.streams.simulator.draws import Draws, happens, one_of, weighted
from haechi.streams.simulator.places import Camera
from haechi.streams.simulator.truth import Pattern


@dataclass(frozen=True, slots=True)
class Detector:
    """How a kind of scanner errs.

    Parameters
    ----------
    kind
        What it looks at.
    false_alarm
        Probability of an alarm where there is nothing that it could see.
    miss
        Probability of none where there is.
    failed
        Probability of no result.
    true_score, false_score, calm_score
        Parameters of the beta distributions of the score: of true alarms and of false ones,
        above 0.5; of no alarm, below it.
    zones
        Places that it may mark.
    """

    kind: ScanKind
    false_alarm: float
    miss: float
    failed: float
    true_score: tuple[float, float]
    false_score: tuple[float, float]
    calm_score: tuple[float, float]
    zones: tuple[str, ...]


BODY: Final = Detector(
    SCAN_KIND_BODY_MM_WAVE,
    false_alarm=0.08,
    miss=0.12,
    failed=0.01,
    true_score=(5.0, 2.0),
    false_score=(1.5, 4.0),
    calm_score=(1.2, 6.0),
    zones=("torso", "waist", "thigh", "ankle", "upper-arm"),
)
BAG: Final = Detector(
    SCAN_KIND_BAGGAGE_XRAY,
    false_alarm=0.03,
    miss=0.20,
    failed=0.01,
    true_score=(4.0, 2.0),
    false_score=(1.5, 3.0),
    calm_score=(1.2, 6.0),
    zones=("quadrant-1", "quadrant-2", "quadrant-3", "quadrant-4"),
)
PARCEL: Final = Detector(
    SCAN_KIND_PARCEL_XRAY,
    false_alarm=0.02,
    miss=0.15,
    failed=0.01,
    true_score=(4.0, 1.5),
    false_score=(1.5, 3.0),
    calm_score=(1.2, 7.0),
    zones=("quadrant-1", "quadrant-2", "quadrant-3", "quadrant-4"),
)

VISIBLE: Final[dict[ScanKind, dict[Pattern, float]]] = {
    SCAN_KIND_BODY_MM_WAVE: {
        Pattern.STRAPPED_GOODS: 1.0,
        Pattern.CASH_MULE: 0.3,
        Pattern.COURIER_KIN: 0.3,
    },
    SCAN_KIND_BAGGAGE_XRAY: {
        Pattern.FALSE_BOTTOM: 1.0,
        Pattern.CASH_MULE: 0.4,
        Pattern.SHUTTLE_ROUTE: 0.7,
        Pattern.COURIER_KIN: 0.6,
    },
    SCAN_KIND_PARCEL_XRAY: {
        Pattern.HIDDEN_IN_GOODS: 1.0,
        Pattern.SHIPPED_AHEAD: 0.8,
        Pattern.CHEAP_RING: 0.05,
    },
}
"""Probability that what a pattern hides can be seen by a kind of scanner at all."""

FACES: Final[dict[FaceOutcome, float]] = {
    FACE_OUTCOME_SAME: 0.955,
    FACE_OUTCOME_REVIEW: 0.030,
    FACE_OUTCOME_DIFFERENT: 0.003,
    FACE_OUTCOME_UNKNOWN: 0.012,
}
"""Outcomes of captured faces."""

NOT_CAPTURED: Final = 0.03
RESEMBLES_IF_SEEN: Final = 2.0 / 3.0
RESEMBLES_BY_CHANCE: Final = 0.01
_SIDES: Final = (SIDE_FRONT, SIDE_BACK, SIDE_LEFT, SIDE_RIGHT)
_SIMILARITY: Final[dict[FaceOutcome, tuple[float, float]]] = {
    FACE_OUTCOME_SAME: (0.62, 0.07),
    FACE_OUTCOME_REVIEW: (0.41, 0.03),
    FACE_OUTCOME_DIFFERENT: (0.18, 0.08),
}
"""Mean and spread of the cosine similarity."""


def scan(
    detector: Detector, draws: Draws, pattern: Pattern, device: str, number: int, shows: str = ""
) -> ScannerResult:
    """Look once.

    Parameters
    ----------
    detector
        Kind of scanner.
    draws
        Where its errors come from.
    pattern
        What is true of the subject.
    device
        Id of the scanner.
    number
        Running number of the scan.
    shows
        Class of goods that a parcel's image shows, or empty.
    """
    result = ScannerResult(
        scan_id=f"scan-{number:08d}",
        kind=detector.kind,
        device=device,
        software_version="4.2.1",
        image_reference=f"images/{number:08d}",
        image_sha256=hashlib.sha256(f"{device}:{number}".encode()).digest(),
        result=SCAN_RESULT_FAILED,
    )
    if happens(draws, detector.failed):
        return result
    visible = happens(draws, VISIBLE[detector.kind].get(pattern, 0.0))
    alarm = happens(draws, 1.0 - detector.miss if visible else detector.false_alarm)
    result.result = SCAN_RESULT_ALARM if alarm else SCAN_RESULT_CLEAR
    if alarm:
        a, b = detector.true_score if visible else detector.false_score
        result.score = round(0.5 + 0.5 * float(draws.beta(a, b)), 4)
        result.zones.append(
            ScanZone(
                zone=one_of(draws, detector.zones),
                side=one_of(draws, _SIDES),
                score=result.score,
                material_class="organic" if happens(draws, 0.7) else "metal",
            )
        )
        result.material_class = result.zones[0].material_class
        if happens(draws, 0.6):
            result.operator_verdict = SCAN_RESULT_ALARM
    else:
        result.score = round(0.5 * float(draws.beta(*detector.calm_score)), 4)
    if shows:
        result.goods_seen.append(
            GoodsSeen(goods_class=shows, score=round(float(draws.uniform(0.5, 0.99)), 3))
        )
        _compare(result, draws, seen=visible and alarm)
    return result


def _compare(result: ScannerResult, draws: Draws, *, seen: bool) -> None:
    """Compare a parcel's image with those of past seizures."""
    if happens(draws, RESEMBLES_IF_SEEN if seen else RESEMBLES_BY_CHANCE):
        a, b = (12.0, 2.5) if seen else (6.0, 4.0)
        result.similar_seizures.append(
            SimilarSeizure(
                case_id=f"seizure-{int(draws.integers(1, 400)):04d}",
                similarity=round(float(draws.beta(a, b)), 4),
                model_id="seizure-images-3",
            )
        )


def see_face(
    draws: Draws, camera: Camera, traveler_id: str, captured_us: int, number: int, scope: str
) -> FaceMatch:
    """Compare one passing face.

    Parameters
    ----------
    draws
        Where its errors come from.
    camera
        Camera.
    traveler_id
        Who passes.
    captured_us
        When.
    number
        Running number of the camera's track.
    scope
        What the gallery is limited to.
    """
    match = FaceMatch(
        camera=camera.device,
        role=camera.role,
        track_id=f"trk-{number:08d}",
        captured_us=captured_us,
        outcome=FACE_OUTCOME_NOT_CAPTURED,
        model_id="facenet512",
        threshold_version=3,
        gallery_scope=scope,
        gallery_size=int(draws.integers(40, 400)),
    )
    if happens(draws, NOT_CAPTURED):
        return match
    match.outcome = weighted(draws, FACES)
    match.face_px = int(draws.integers(60, 220))
    match.quality = round(float(draws.beta(8.0, 2.0)), 3)
    match.liveness = round(float(draws.beta(30.0, 1.5)), 3)
    if match.outcome in _SIMILARITY:
        similarity = float(draws.normal(*_SIMILARITY[match.outcome]))
        match.candidates.append(
            FaceCandidate(
                traveler_id=traveler_id,
                similarity=round(min(max(similarity, -1.0), 1.0), 4),
                margin=round(float(draws.beta(3.0, 6.0)), 4),
            )
        )
    return match
