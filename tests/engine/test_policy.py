from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.engine.codes import CodeClass, Directive, EvidenceStatus, SelectedBy, Stream, Verdict
from haechi.engine.features import FEATURES, PLACE
from haechi.engine.policy import decide
from haechi.engine.policy_table import LANES, POLICY, STAGES
from haechi.engine.records import DECISION

STREAM_OF = np.array([Stream[f.stream.upper()] for f in FEATURES], np.int64)


def rule(**fields: Any) -> Any:
    row = np.zeros(1, POLICY)[0]
    given = {"known": 1, "refer_at": -2.0, "hold_at": 1.0, **fields}
    for name, value in given.items():
        row[name] = value
    return row


def judged(
    row: Any,
    log_odds: float,
    evidence: Any = (),
    draw: float = 0.5,
    crowded: int = 0,
    excused: int = 0,
    **parts: float,
) -> Any:
    out = np.zeros(1, DECISION)[0]
    out["log_odds"] = out["selection"] = log_odds
    out["draw"] = draw
    out["hold_at"], out["refer_at"] = row["hold_at"], row["refer_at"]
    for stream in evidence:
        out["evidence"][stream] = EvidenceStatus.PRESENT
    contribution = np.zeros(len(FEATURES))
    for name, value in parts.items():
        contribution[PLACE[name]] = value
    out["crowded"], out["excused"], out["explore"] = crowded, excused, row["explore"]
    decide(row, out, contribution, STREAM_OF)
    return out


ALL = tuple(Stream)


@given(
    st.floats(-20.0, 20.0),
    st.integers(0, 1023),
    st.lists(st.sampled_from(list(EvidenceStatus)), min_size=10, max_size=10),
    st.floats(0.0, 0.999),
    st.floats(0.0, 0.999),
)
def test_missing_evidence_never_releases(
    log_odds: float, requires: int, status: list[int], draw: float, explore: float
) -> None:
    out = np.zeros(1, DECISION)[0]
    out["log_odds"], out["draw"] = log_odds, draw
    out["selection"] = log_odds
    out["evidence"] = status
    row = rule(requires=requires, explore=explore)
    out["hold_at"], out["refer_at"] = row["hold_at"], row["refer_at"]
    out["explore"] = explore
    decide(row, out, np.zeros(len(FEATURES)), STREAM_OF)
    missing = sum(
        1 << s for s in range(10) if requires >> s & 1 and status[s] != EvidenceStatus.PRESENT
    )
    assert out["missing"] == missing
    assert out["required"] == requires
    if missing:
        assert out["verdict"] != Verdict.RELEASE
    if out["verdict"] == Verdict.RELEASE:
        assert not missing
        assert log_odds < -2.0
        assert draw >= explore
        assert out["directive"] == Directive.NONE
        assert out["code_class"] == CodeClass.CLEAR
    else:
        assert out["directive"] != Directive.NONE


@given(st.floats(0.01, 30.0), st.sampled_from(["face_review", "face_different", "face_similarity"]))
def test_a_face_alone_never_holds(face: float, name: str) -> None:
    out = judged(rule(), -2.1 + face, ALL, **{name: face})
    assert out["verdict"] != Verdict.HOLD


def test_a_face_beside_a_risk_that_refers_may_hold() -> None:
    assert judged(rule(), 1.5, ALL, face_different=3.0)["verdict"] == Verdict.HOLD
    assert judged(rule(), 0.9, ALL)["verdict"] == Verdict.REFER
    assert judged(rule(), 1.0, ALL)["verdict"] == Verdict.HOLD


@pytest.mark.parametrize("evidence", [(), ALL])
def test_a_broken_score_refers(evidence: tuple[Stream, ...]) -> None:
    out = judged(rule(requires=1), math.nan, evidence)
    assert out["verdict"] == Verdict.REFER
    assert out["code_class"] == CodeClass.MODEL_BROKEN
    assert out["directive"] == Directive.CALL_OFFICER


@given(st.floats(allow_nan=True, allow_infinity=True))
def test_an_unknown_lane_refers(log_odds: float) -> None:
    out = judged(rule(known=0), log_odds, ALL)
    assert out["verdict"] == Verdict.REFER
    assert out["code_class"] == CodeClass.POLICY


def test_a_case_with_more_links_than_are_read_is_not_released() -> None:
    out = judged(rule(), -5.0, ALL, crowded=1)
    assert (out["verdict"], out["code_class"]) == (Verdict.REFER, CodeClass.CAPACITY)
    assert judged(rule(), 5.0, ALL, crowded=1)["verdict"] == Verdict.HOLD


def test_random_checks_follow_the_draw() -> None:
    out = judged(rule(explore=0.2), -5.0, ALL, draw=0.19)
    assert (out["verdict"], out["code_class"]) == (Verdict.REFER, CodeClass.RANDOM_CHECK)
    assert (out["selected_by"], out["propensity"]) == (SelectedBy.RANDOM, 0.2)
    out = judged(rule(explore=0.2), -5.0, ALL, draw=0.2)
    assert out["verdict"] == Verdict.RELEASE
    assert out["selected_by"] == SelectedBy.NOT_SELECTED
    assert math.isnan(out["propensity"])


def test_directives_follow_what_is_missing_or_loudest() -> None:
    check = np.zeros(10, np.uint8)
    check[Stream.FACE] = Directive.FACE_CHECK
    check[Stream.BODY_SCAN] = Directive.BODY_SCAN
    row = rule(requires=1 << Stream.FACE | 1 << Stream.BODY_SCAN, check=check)
    assert judged(row, -5.0)["directive"] == Directive.FACE_CHECK
    assert judged(row, -5.0, (Stream.FACE,))["directive"] == Directive.BODY_SCAN
    loud = judged(row, 3.0, ALL, body_scan_score=4.0, face_review=0.3)
    assert loud["directive"] == Directive.BODY_SCAN
    assert judged(row, 3.0, ALL, intelligence=4.0)["directive"] == Directive.CALL_OFFICER
    bare = rule(requires=1 << Stream.LINKED)
    assert judged(bare, -5.0)["directive"] == Directive.CALL_OFFICER


def test_the_table_has_room_for_every_stage() -> None:
    assert STAGES > 7
    assert LANES <= 256


FACE = 1 << Stream.FACE
NEEDS_FACE = {"requires": FACE, "explore": 0.2}


def test_what_is_excused_releases_and_says_what_was_missing() -> None:
    out = judged(rule(**NEEDS_FACE), -5.0, excused=FACE)
    assert (out["verdict"], out["code_class"]) == (Verdict.RELEASE, CodeClass.MISSING_EVIDENCE)
    assert out["missing"] == FACE


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"log_odds": -1.0}, CodeClass.RISK),
        ({"log_odds": math.nan}, CodeClass.MODEL_BROKEN),
        ({"crowded": 1}, CodeClass.CAPACITY),
        ({"draw": 0.1}, CodeClass.RANDOM_CHECK),
        ({"excused": 0}, CodeClass.MISSING_EVIDENCE),
        ({"excused": 1 << Stream.BODY_SCAN}, CodeClass.MISSING_EVIDENCE),
    ],
)
def test_an_excuse_passes_over_no_other_reason(changed: Any, reason: CodeClass) -> None:
    out = judged(rule(**NEEDS_FACE), **{"log_odds": -5.0, "excused": FACE, **changed})
    assert (out["verdict"], out["code_class"]) == (Verdict.REFER, reason)
