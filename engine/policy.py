"""From a score and its evidence to a verdict.

A policy is a table of lanes by stages, compiled from configs/lanes.toml. It never releases
implicitly: where required evidence is missing the verdict is REFER, and a lane or stage that
the table does not know refers as well. What a fresh clearance excuses is missing all the same,
and everything else is still asked. Where a lane says so, a risk that officers cannot get to in time
falls out, on the record.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import (
    CodeClass,
    Directive,
    EvidenceStatus,
    Overflow,
    SelectedBy,
    Stream,
    Verdict,
)
from haechi.engine.kernel import Array, Int, Real, Row, kernel
from haechi.engine.policy_table import MODEL_EXCUSED
from haechi.engine.queue import is_under_bar

_STREAMS: Final = len(Stream)
_HOLD: Final = int(Verdict.HOLD)
_REFER: Final = int(Verdict.REFER)
_RELEASE: Final = int(Verdict.RELEASE)
_PRESENT: Final = int(EvidenceStatus.PRESENT)
_FACE: Final = int(Stream.FACE)
_OVERFLOW_REFERS: Final = int(Overflow.REFER)


@kernel
def missing_evidence(rule: Row, evidence: Array) -> Int:
    """Bit mask of required streams that are not PRESENT."""
    missing = 0
    for stream in range(_STREAMS):
        if (rule.requires >> stream) & 1 and evidence[stream] != _PRESENT:
            missing |= 1 << stream
    return missing


@kernel
def directive_for_missing(rule: Row, missing: Int) -> Int:
    """Check that would bring the first missing stream."""
    for stream in range(_STREAMS):
        if (missing >> stream) & 1:
            if rule.check[stream] != 0:
                return np.int64(rule.check[stream])
            return np.int64(Directive.CALL_OFFICER)
    return np.int64(Directive.CALL_OFFICER)


@kernel
def directive_for_risk(rule: Row, contribution: Array, feature_stream: Array) -> Int:
    """Check for the stream that speaks loudest against the subject."""
    loudest = 0
    most = -np.inf
    for stream in range(_STREAMS):
        total = 0.0
        for i in range(feature_stream.shape[0]):
            if feature_stream[i] == stream:
                total += contribution[i]
        if total > most:
            most = total
            loudest = stream
    if rule.check[loudest] != 0:
        return np.int64(rule.check[loudest])
    return np.int64(Directive.CALL_OFFICER)


@kernel
def face_part(contribution: Array, feature_stream: Array) -> Real:
    """What the camera says against somebody, log-odds."""
    face = 0.0
    for i in range(feature_stream.shape[0]):
        if feature_stream[i] == _FACE and contribution[i] > 0.0:
            face += contribution[i]
    return face


@kernel
def judge(rule: Row, out: Row, face: Real) -> None:
    """Fill verdict, code class and selection of a decision, all but where its subject is sent.

    Parameters
    ----------
    rule
        ``POLICY`` record of the lane and stage.
    out
        ``DECISION`` record with log-odds, selection, thresholds, missing and excused evidence,
        crowdedness, draw and exploration filled in, and in ``fell_out`` whether it would come under
        the bar of its queue.
    face
        What :func:`face_part` said.
    """
    out.selected_by = SelectedBy.NOT_SELECTED
    out.propensity = np.nan
    asks = out.log_odds >= out.refer_at or out.selection >= out.hold_at
    under_bar = asks and out.fell_out == 1
    out.fell_out = 0
    if rule.known == 0:
        out.verdict = _REFER
        out.code_class = CodeClass.POLICY
    elif out.log_odds != out.log_odds:
        excused = out.excused & MODEL_EXCUSED != 0 and out.missing & ~out.excused == 0
        out.verdict = _RELEASE if excused and out.crowded == 0 else _REFER
        out.code_class = CodeClass.MODEL_BROKEN
    elif asks and not under_bar:
        # A face match alone never holds anyone: without it the rest must still stop them.
        rest_refers = out.log_odds - face >= out.refer_at
        alone = face > 0.0 and not rest_refers and out.selection - face < out.hold_at
        out.verdict = _HOLD if out.selection >= out.hold_at and not alone else _REFER
        out.code_class = CodeClass.RISK
        out.selected_by = SelectedBy.MODEL
        out.propensity = 1.0
    elif out.missing & ~out.excused != 0 or (under_bar and out.missing != 0):
        # Nothing excuses whom officers cannot get to: it is evidence first, then the queue.
        out.verdict = _REFER
        out.code_class = CodeClass.MISSING_EVIDENCE
    elif out.crowded == 1:
        out.verdict = _REFER
        out.code_class = CodeClass.CAPACITY
    elif out.draw < out.explore:
        # What falls out as well: so one knows what is missed there.
        out.fell_out = 1 if under_bar else 0
        out.verdict = _REFER
        out.code_class = CodeClass.RANDOM_CHECK
        out.selected_by = SelectedBy.RANDOM
        out.propensity = out.explore
    elif under_bar:
        out.fell_out = 1
        out.verdict = _REFER if rule.overflow == _OVERFLOW_REFERS else _RELEASE
        out.code_class = CodeClass.CAPACITY
    else:
        out.verdict = _RELEASE
        out.code_class = CodeClass.CLEAR if out.missing == 0 else CodeClass.MISSING_EVIDENCE


@kernel
def decide(rule: Row, out: Row, contribution: Array, feature_stream: Array) -> None:
    """Fill verdict, directive, code class and selection of a decision.

    Parameters
    ----------
    rule
        ``POLICY`` record of the lane and stage.
    out
        ``DECISION`` record with log-odds, selection, thresholds, bar, evidence, vector, what a
        fresh clearance excuses, crowdedness, draw and exploration filled in.
    contribution
        What each feature added to the log-odds, shape (features,).
    feature_stream
        Stream of each feature, shape (features,).
    """
    out.required = rule.requires
    out.missing = missing_evidence(rule, out.evidence)
    out.chute = 0
    asks = out.log_odds >= out.refer_at or out.selection >= out.hold_at
    out.fell_out = 1 if asks and is_under_bar(rule, out) else 0
    judge(rule, out, face_part(contribution, feature_stream))
    if out.verdict == _RELEASE:
        out.directive = Directive.NONE
    elif out.code_class == CodeClass.RISK or (
        out.code_class == CodeClass.CAPACITY and out.fell_out == 1
    ):
        out.directive = directive_for_risk(rule, contribution, feature_stream)
    elif out.code_class == CodeClass.MISSING_EVIDENCE:
        out.directive = directive_for_missing(rule, out.missing)
    else:
        out.directive = Directive.CALL_OFFICER
