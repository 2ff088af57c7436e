"""What the exit's cameras say of a traveler, and what the watchlist of faces adds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from border import FAMILY, SITE, WALK, Border, answer, first_open, told, verdicts
from hypothesis import given, settings
from hypothesis import strategies as st

from haechi.engine.codes import (
    CameraRole,
    CodeClass,
    DecisionKind,
    EvidenceStatus,
    FaceOutcome,
    Stage,
    Stream,
    Verdict,
    Watched,
)
from haechi.engine.features import PLACE

EXIT_GATE = 5
OTHER_GATE = 6
LISTED = {"mode": 1}
SUSPECTED = [FaceOutcome.SAME, FaceOutcome.REVIEW]
AT_DESK = {"role": CameraRole.DESK, "stage": Stage.DESK, "gate": 3}


def value(decision: Any, feature: str) -> float:
    return float(decision["x"][PLACE[feature]])


def face_of(decision: Any) -> EvidenceStatus:
    return EvidenceStatus(int(decision["evidence"][Stream.FACE]))


def risky() -> Border:
    """A traveler whose document is watched for."""
    border = Border()
    border.watch(77, Watched.DOCUMENT, 1.0)
    assert verdicts(border.manifest(pccc=77)) == ["REFER"]
    return border


@pytest.mark.parametrize("desk", ["never asked", "asked", "opened"])
def test_an_exit_camera_tells_its_gate_of_a_risk_before_the_gate_asks(desk: str) -> None:
    border = risky()
    if desk != "never asked":
        released = answer(border.gate(stage=Stage.DESK, gate=3))
        if desk == "opened":
            border.acted(released)
    (pushed,) = border.face(similarity=0.8, gate=EXIT_GATE)
    assert told([pushed]) == [("STANDING", "REFER", "INTERVIEW", "RISK")]
    place = pushed["site"], pushed["gate"], pushed["stage"], pushed["lane"]
    assert place == (SITE, EXIT_GATE, Stage.EXIT, WALK)
    asked = answer(border.gate(lane=WALK, gate=EXIT_GATE))
    assert asked["verdict"] == pushed["verdict"]


def test_more_frames_of_one_camera_push_nothing_more() -> None:
    border = risky()
    assert len(border.face(similarity=0.8, gate=EXIT_GATE)) == 1
    assert [len(border.face(similarity=0.7 + n / 100, gate=EXIT_GATE)) for n in range(5)] == [0] * 5
    (elsewhere,) = border.face(similarity=0.8, gate=OTHER_GATE)
    assert (elsewhere["kind"], elsewhere["gate"]) == (DecisionKind.STANDING, OTHER_GATE)


def test_a_traveler_who_left_is_called_to_no_gate() -> None:
    border = risky()
    border.left()
    assert len(border.face(similarity=0.8, gate=EXIT_GATE)) == 0


@pytest.mark.parametrize(
    ("outcome", "evidence", "feature"),
    [
        (FaceOutcome.SAME, EvidenceStatus.PRESENT, None),
        (FaceOutcome.REVIEW, EvidenceStatus.PRESENT, "face_review"),
        (FaceOutcome.DIFFERENT, EvidenceStatus.PRESENT, "face_different"),
        (FaceOutcome.UNKNOWN, EvidenceStatus.FAILED, None),
        (FaceOutcome.NOT_CAPTURED, EvidenceStatus.FAILED, None),
    ],
)
def test_each_outcome_joins_the_case(
    outcome: FaceOutcome, evidence: EvidenceStatus, feature: str | None
) -> None:
    border = Border()
    border.manifest()
    border.face(outcome=outcome, similarity=0.4)
    found = answer(border.gate(lane=WALK))
    assert face_of(found) == evidence
    said = {name for name in ("face_review", "face_different") if value(found, name) == 1.0}
    assert said == ({feature} if feature else set())
    assert (found["verdict"] == Verdict.RELEASE) == (
        outcome in (FaceOutcome.SAME, FaceOutcome.REVIEW)
    )


def test_someone_else_than_claimed_is_looked_at() -> None:
    border = Border()
    border.manifest()
    border.gate(lane=FAMILY)
    made = border.face(outcome=FaceOutcome.DIFFERENT, similarity=0.1, lane=FAMILY)
    assert told(made) == [("REVISION", "REFER", "FACE_CHECK", "RISK")]


def test_an_older_match_comes_too_late() -> None:
    border = Border()
    border.manifest()
    border.face(similarity=0.8, gate=EXIT_GATE)
    made = border.face(
        outcome=FaceOutcome.DIFFERENT, similarity=0.1, gate=OTHER_GATE, late=60_000_000
    )
    assert len(made) == 0
    found = answer(border.gate(lane=WALK))
    assert value(found, "face_similarity") == 0.8


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(FaceOutcome),
            st.floats(-1.0, 1.0) | st.just(math.nan),
            st.booleans(),
            st.sampled_from([CameraRole.DESK, CameraRole.EXIT]),
        ),
        min_size=1,
        max_size=6,
    ),
    st.floats(0.0, 0.6),
)
def test_a_face_alone_never_holds(looks: list[tuple[int, float, bool, int]], weight: float) -> None:
    border = Border()
    border.watch(77, Watched.DOCUMENT, weight)
    assert verdicts(border.manifest(pccc=77)) == ["RELEASE"]
    for outcome, similarity, listed, role in looks:
        border.face(outcome=outcome, similarity=similarity, mode=int(listed), role=role)
    answer(border.gate(lane=WALK))
    assert "HOLD" not in verdicts(border.decisions)


@pytest.mark.parametrize("outcome", SUSPECTED)
@pytest.mark.parametrize("where", [{}, AT_DESK], ids=["exit", "desk"])
def test_who_resembles_the_watchlist_is_checked(outcome: int, where: dict[str, int]) -> None:
    border = Border()
    border.manifest()
    made = border.face(outcome=outcome, similarity=0.6, **LISTED, **where)
    assert told(made) == [("STANDING", "REFER", "FACE_CHECK", "RISK")]
    assert value(made[0], "face_watched") == 1.0
    assert value(made[0], "face_watched") != value(made[0], "face_similarity")


@pytest.mark.parametrize(
    ("phase", "kind"), [("asked", "REVISION"), ("opened", "ALERT"), ("left", "FOLLOW_UP")]
)
def test_a_hit_that_comes_late_means_what_any_late_fact_means(phase: str, kind: str) -> None:
    border = Border()
    border.manifest()
    released = answer(border.gate(lane=FAMILY))
    if phase != "asked":
        border.acted(released)
    if phase == "left":
        border.left()
    (said,) = told(border.face(similarity=0.6, **LISTED, **AT_DESK))
    assert said[:2] == (kind, "REFER")


def test_a_desk_camera_brings_the_watchlist_without_moving_anybody_to_the_exit() -> None:
    border = Border()
    border.manifest()
    border.face(outcome=FaceOutcome.DIFFERENT, similarity=0.0, **AT_DESK)
    (made,) = border.face(similarity=0.6, **LISTED, **AT_DESK)
    assert (made["stage"], made["gate"]) == (Stage.PRE_ARRIVAL, 0)
    assert math.isnan(value(made, "face_different"))


@pytest.mark.parametrize("outcome", set(FaceOutcome) - set(SUSPECTED))
def test_who_resembles_nobody_on_the_watchlist_is_not_suspected(outcome: int) -> None:
    border = Border()
    border.manifest()
    border.face(outcome=outcome, similarity=0.1, **LISTED)
    found = answer(border.gate(lane=FAMILY))
    assert (found["verdict"], found["code_class"]) == (Verdict.RELEASE, CodeClass.CLEAR)
    assert face_of(found) == EvidenceStatus.ABSENT


def test_the_watchlist_confirms_nobody_as_the_traveler_of_the_desk() -> None:
    border = Border()
    border.manifest()
    border.face(similarity=0.9, **LISTED)
    assert face_of(answer(border.gate(lane=WALK))) == EvidenceStatus.ABSENT


@pytest.mark.parametrize("listed_first", [True, False])
def test_neither_comparison_erases_the_other(listed_first: bool) -> None:
    border = Border()
    border.manifest()
    looks = [{"similarity": 0.6, **LISTED}, {"similarity": 0.8}, {"outcome": 4, **LISTED}]
    for look in looks if listed_first else looks[::-1]:
        border.face(**look)  # type: ignore[arg-type]
    found = answer(border.gate(lane=WALK))
    assert value(found, "face_watched") == 1.0
    assert value(found, "face_similarity") == 0.8
    assert face_of(found) == EvidenceStatus.PRESENT


def test_an_entry_that_nobody_is_known_by_calls_officers_of_the_site() -> None:
    border = Border()
    (made,) = border.face(ref=4711, similarity=0.6, **LISTED, **AT_DESK)
    assert (made["verdict"], made["site"], made["gate"]) == (Verdict.REFER, SITE, 0)
    assert made["directive"] != 0


def test_the_watchlist_outlives_a_merge() -> None:
    border = Border()
    border.manifest(1)
    border.face(ref=2, similarity=0.6, **LISTED, **AT_DESK)
    border.identity(1, 2)
    assert np.count_nonzero(first_open(border)["face_watched"]) == 1
    assert value(answer(border.gate(lane=FAMILY)), "face_watched") == 1.0
