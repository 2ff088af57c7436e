"""From a case to a decision on the record, and what it means at this point of the case.

A decision replaces, alerts or follows up depending on how far the outside world has acted:
before the gate acted it replaces; between release and leaving it alerts; afterwards it is a
lookout, never a HOLD at a gate.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.build import BUILD
from haechi.engine.codes import (
    CodeClass,
    DecisionKind,
    Directive,
    EvidenceStatus,
    NodeKind,
    Phase,
    Stream,
    Verdict,
)
from haechi.engine.control import hold_at
from haechi.engine.exactmath import sigmoid
from haechi.engine.features import VERSION
from haechi.engine.hashing import mix
from haechi.engine.kernel import Flag, Int, Row, step
from haechi.engine.policy import decide
from haechi.engine.policy_table import MODEL_EXCUSED, Failing
from haechi.engine.timers import Due
from haechi.operators.assemble import assemble
from haechi.operators.cases import set_timer
from haechi.operators.counterfactual import find_changes
from haechi.operators.lanes import (
    explored,
    lane_in_force,
    note_answered,
    policy_lane,
    policy_stage,
    promised_share,
    selection_of,
)
from haechi.operators.queue import NO_PLACE, meet_queue, take_place
from haechi.operators.ruling import stop_by_rule, take_rules, use_quota
from haechi.operators.score import FEATURE_STREAM, score
from haechi.operators.state import Count, State
from haechi.operators.tasks import (
    follow_task,
    forget_ruling,
    must_be_told,
    note_told,
    stand_by_officer,
)
from haechi.operators.trust import vouched_for

_STANDING: Final = int(DecisionKind.STANDING)
_ANSWER: Final = int(DecisionKind.ANSWER)
_REVISION: Final = int(DecisionKind.REVISION)
_ALERT: Final = int(DecisionKind.ALERT)
_FOLLOW_UP: Final = int(DecisionKind.FOLLOW_UP)
_ESCALATION: Final = int(DecisionKind.ESCALATION)
_REVIEW: Final = int(DecisionKind.REVIEW)
_PROVISIONAL: Final = int(DecisionKind.PROVISIONAL)
_DEADLINE: Final = int(CodeClass.DEADLINE)
_RELEASE: Final = int(Verdict.RELEASE)
_HOLD: Final = int(Verdict.HOLD)
_REFER: Final = int(Verdict.REFER)
_OPEN: Final = int(Phase.OPEN)
_ACTED: Final = int(Phase.ACTED)
_LEFT: Final = int(Phase.LEFT)
_BAG: Final = int(NodeKind.BAG)
_RISK: Final = int(CodeClass.RISK)
_MISSING_EVIDENCE: Final = int(CodeClass.MISSING_EVIDENCE)
_PRESENT: Final = int(EvidenceStatus.PRESENT)
_READ: Final = (int(Stream.FACE), int(Stream.BODY_SCAN), int(Stream.PARCEL_XRAY))
_PARCEL: Final = int(NodeKind.PARCEL)
_ACKNOWLEDGE: Final = int(Due.ACKNOWLEDGE)
_WINDOW: Final = int(Due.WINDOW)
_NO_CHECK: Final = int(Directive.NONE)
_CLEAR: Final = int(CodeClass.CLEAR)
_MODEL_BROKEN: Final = int(CodeClass.MODEL_BROKEN)
_OVERLOAD: Final = int(CodeClass.OVERLOAD)
_SENSOR: Final = int(Failing.SENSOR)
_MODEL: Final = int(Failing.MODEL)
_CALL_OFFICER: Final = int(Directive.CALL_OFFICER)
_FEATURE_VERSION: Final = np.uint64(VERSION)
_BUILD: Final = np.uint64(BUILD)
_NONE: Final = np.uint64(0)
_ID: Final = np.uint64(0xDEC1)
_REVIEW_US: Final = 900_000_000


@step
def _excused(case: Row, rule: Row, now_us: Int) -> Int:
    """Bit mask of what a fresh clearance excuses: streams that it had, and a broken model."""
    fresh = case.cleared_us != 0 and now_us - case.cleared_us <= rule.fresh_us
    excused = np.int64(0)
    if fresh and rule.degraded & _SENSOR != 0:
        excused |= case.cleared_with
    if fresh and rule.degraded & _MODEL != 0:
        excused |= MODEL_EXCUSED
    return excused


@step
def _stands_in(out: Row) -> Flag:
    """Whether a release was told although something failed that it should have had."""
    failed = out.code_class in (_MODEL_BROKEN, _DEADLINE, _OVERLOAD)
    return out.verdict == _RELEASE and (out.missing != 0 or failed)


@step
def _note_clearance(case: Row, out: Row) -> None:
    """Note what a release was decided with, so that it can stand in while a sensor fails.

    It stands in only for what it had itself: who was never read is cleared by no broken
    camera. A degraded release renews nothing, and any other reason than missing evidence ends
    it, as does a risk that officers could not get to. Bags are left out: of those there may be
    more by now.
    """
    if out.verdict == _RELEASE and out.code_class == _CLEAR:
        case.cleared_us = out.stamp_us
        case.cleared_with = 0
        for stream in _READ:
            if out.evidence[stream] == _PRESENT:
                case.cleared_with |= 1 << stream
    elif out.code_class not in (_MISSING_EVIDENCE, _MODEL_BROKEN):
        case.cleared_us = 0


@step
def evaluate(s: State, slot: Int, e: Row, out: Row) -> None:
    """Assemble, score and decide a case for its lane and stage; writes all but the kind."""
    case = s.cases[slot]
    assemble(s, slot, max(e.event_us, case.event_us))
    score(s, case.node, out)
    for i in range(out.x.shape[0]):
        out.x[i] = s.vector[i]
    for i in range(out.evidence.shape[0]):
        out.evidence[i] = case.evidence[i]
        out.evidence_us[i] = case.evidence_us[i]
    for i in range(out.parties.shape[0]):
        out.parties[i] = s.parties[i]
    out.draw = case.draw
    out.node = case.node
    out.stage = case.stage
    out.lane = case.lane
    stage = policy_stage(case.stage)
    take_rules(s.rules, out.x, case.node, policy_lane(case.lane), stage, e.stamp_us, out)
    out.log_odds += out.uplift
    if out.routed == 0 and vouched_for(case, case.trust):
        out.routed = s.policy[policy_lane(case.lane), stage].fast
    rule = s.policy[lane_in_force(out), stage]
    out.excused = _excused(case, rule, e.stamp_us)
    out.crowded = case.crowded
    lane = s.lanes[lane_in_force(out), stage]
    out.promised = promised_share(rule, lane, e.stamp_us)
    out.held = lane.held / lane.seen if lane.seen > 0.0 else 0.0
    out.hold_at = hold_at(lane, rule.hold_at, out.promised)
    out.refer_at = rule.refer_at
    out.selection = selection_of(s, rule, out, out.x, e.event_us)
    meet_queue(s, case, rule, out, e.stamp_us)
    out.explore = explored(s, rule, lane, case.node, out, e.event_us)
    decide(rule, out, out.contribution, FEATURE_STREAM)
    stop_by_rule(out)
    stand_by_officer(case, e.stamp_us, out)
    own = sigmoid(out.own_log_odds)
    if own != case.own_risk or case.own_version == 0:
        case.own_risk = own
        case.own_version += 1


@step
def record(s: State, slot: Int, e: Row, kind: Int, out: Row) -> None:
    """Complete a decision and note it in its case.

    Parameters
    ----------
    s
        The shard.
    slot
        The case.
    e
        The record that triggered it.
    kind
        What it is for.
    out
        ``DECISION`` record that :func:`evaluate` filled.
    """
    case = s.cases[slot]
    rule = s.policy[lane_in_force(out), policy_stage(case.stage)]
    ordinal = s.counters[Count.ORDINAL]
    s.counters[Count.ORDINAL] += 1
    s.counters[Count.DECISIONS] += 1
    if case.phase == _LEFT and kind not in (_ESCALATION, _PROVISIONAL, _REVIEW):
        kind = _FOLLOW_UP
    out.kind = kind
    out.phase = case.phase
    if case.phase == _LEFT and (kind == _FOLLOW_UP or out.verdict == _HOLD):
        # The subject is gone: a lookout or a recall, never a HOLD at a gate.
        out.verdict = _REFER
        out.directive = _CALL_OFFICER
    out.id_hi = mix(mix(mix(e.id_hi, e.id_lo), case.key), np.uint64(ordinal))
    out.id_lo = mix(mix(mix(e.id_lo, case.key), e.id_hi), np.uint64(ordinal) ^ _ID)
    out.trigger_hi = e.id_hi
    out.trigger_lo = e.id_lo
    out.supersedes_hi = case.last_hi
    out.supersedes_lo = case.last_lo
    out.answers_hi = _NONE
    out.answers_lo = _NONE
    out.inputs = case.inputs
    out.case_key = case.key
    out.subject = case.ref
    out.site = case.site
    out.gate = case.gate
    out.carrier = s.manifests[slot].carrier
    out.prior_version = np.uint64(s.counters[Count.PRIOR_VERSION])
    out.policy_version = np.uint64(s.counters[Count.POLICY_VERSION])
    model = Count.PARCEL_MODEL if case.node == _PARCEL else Count.TRAVELER_MODEL
    out.rules_version = np.uint64(s.counters[Count.RULES_VERSION])
    out.shadow_rules_version = np.uint64(s.counters[Count.SHADOW_RULES_VERSION])
    out.model_version = np.uint64(s.counters[model])
    out.feature_version = _FEATURE_VERSION
    out.build = _BUILD
    learned = Count.LEARNED if case.node == _PARCEL else Count.TRAVELER_LEARNED
    out.learned = s.counters[learned]
    out.offset = e.offset
    out.ordinal = ordinal
    out.stamp_us = e.stamp_us
    out.event_us = e.event_us
    for k in range(out.change.shape[0]):
        out.change[k] = 0
    out.changed_log_odds = np.nan
    if out.code_class == _RISK:
        find_changes(s, out, max(e.event_us, case.event_us))
    out.degraded = 1 if _stands_in(out) else 0
    _note_clearance(case, out)
    out.valid_until_us = 0
    out.review_by_us = 0
    if out.verdict == _RELEASE:
        out.valid_until_us = e.stamp_us + rule.valid_us
    else:
        out.review_by_us = e.stamp_us + (rule.review_us if rule.known == 1 else _REVIEW_US)
    before = case.verdict
    if kind not in (_PROVISIONAL, _ESCALATION, _REVIEW):
        forget_ruling(case, out)
    if kind != _REVIEW:
        note_told(case, out)
    case.last_hi = out.id_hi
    case.last_lo = out.id_lo
    case.verdict = out.verdict
    case.directive = out.directive
    case.code_class = out.code_class
    case.decided = 1
    case.decided_stage = case.stage
    case.decided_gate = case.gate
    follow_task(s, slot, e, kind, before, out)
    until_us = take_place(s, slot, rule, out)
    if until_us != NO_PLACE:
        set_timer(s, until_us, slot, _WINDOW)
    if kind in (_REVISION, _ALERT, _FOLLOW_UP) and rule.acknowledge_us > 0:
        case.unacknowledged_hi = out.id_hi
        case.unacknowledged_lo = out.id_lo
        case.acknowledge_by_us = e.stamp_us + rule.acknowledge_us
        set_timer(s, case.acknowledge_by_us, slot, _ACKNOWLEDGE)


@step
def answer(s: State, slot: Int, e: Row, gate_hi: Int, gate_lo: Int, out: Row) -> None:
    """Complete a decision as the answer to a gate's event."""
    case = s.cases[slot]
    record(s, slot, e, _ANSWER, out)
    if case.controlled_stage != case.stage:
        # Asked again at the same stage, a case counts once.
        case.controlled_stage = case.stage
        note_answered(s, out, e)
        use_quota(s.rules, out, e.stamp_us)
    out.answers_hi = gate_hi
    out.answers_lo = gate_lo
    case.phase = Phase.ANSWERED
    case.opened_gate = 0
    case.answered_hi = out.id_hi
    case.answered_lo = out.id_lo
    case.pending_hi = _NONE
    case.pending_lo = _NONE
    # The gate was told anew, so nobody need acknowledge what was pushed before.
    case.unacknowledged_hi = _NONE
    case.unacknowledged_lo = _NONE


@step
def record_provisional(s: State, slot: Int, e: Row, out: Row) -> None:
    """Put on record what a gate was told outside the core, under its own id."""
    case = s.cases[slot]
    released = e.acted == _RELEASE
    out.verdict = _RELEASE if released else _REFER
    out.directive = _NO_CHECK if released else (e.method if e.method != 0 else _CALL_OFFICER)
    out.code_class = e.result if e.result != 0 else _DEADLINE
    record(s, slot, e, _PROVISIONAL, out)
    out.id_hi = e.target_hi
    out.id_lo = e.target_lo
    out.supersedes_hi = _NONE
    out.supersedes_lo = _NONE
    out.answers_hi = e.answers_hi
    out.answers_lo = e.answers_lo
    case.last_hi = e.target_hi
    case.last_lo = e.target_lo
    if not released:
        case.review_hi = e.target_hi
        case.review_lo = e.target_lo
    case.provisional_hi = e.target_hi
    case.provisional_lo = e.target_lo


@step
def revise(s: State, slot: Int, e: Row, always: Flag, out: Row) -> Int:
    """Take new facts into account; 1 if that made a decision, else 0.

    Parameters
    ----------
    s
        The shard.
    slot
        The case.
    e
        The record that brought the facts.
    always
        Refresh the standing decision even if it would say the same.
    out
        Where the decision goes.
    """
    case = s.cases[slot]
    if case.node == _BAG or case.heard == 0:
        # Nobody decides about a bag, nor about a subject that is only named in ties: it may be
        # another shard's.
        return 0
    evaluate(s, slot, e, out)
    if case.pending_hi != _NONE:
        if out.missing == 0 or out.verdict == _HOLD:
            answer(s, slot, e, case.pending_hi, case.pending_lo, out)
            return 1
        return 0
    # A release that stands in for itself is no news to whom it was told.
    stands_in = _stands_in(out)
    says_same = (
        case.decided == 1
        and case.stage == case.decided_stage
        and case.gate == case.decided_gate
        and out.verdict == case.verdict
        and out.directive == case.directive
        and (out.code_class == case.code_class or stands_in)
        and not must_be_told(case, out)
    )
    if case.phase == _OPEN:
        if says_same and not always:
            return 0
        record(s, slot, e, _STANDING, out)
        return 1
    if says_same:
        return 0
    if case.phase == _LEFT:
        worse = case.verdict == _RELEASE or case.code_class != _RISK
        if out.verdict == _RELEASE or out.code_class != _RISK or not worse:
            return 0
        record(s, slot, e, _FOLLOW_UP, out)
    elif case.phase == _ACTED and case.opened_gate == 1:
        if out.verdict == _RELEASE and case.verdict == _RELEASE:
            return 0
        record(s, slot, e, _ALERT, out)
    else:
        record(s, slot, e, _REVISION, out)
    return 1


@step
def escalate(s: State, slot: Int, e: Row, code_class: Int, out: Row) -> None:
    """Call an officer because nobody acted in time; nothing is ever released by a timeout."""
    case = s.cases[slot]
    evaluate(s, slot, e, out)
    out.verdict = case.verdict if case.verdict != _RELEASE else _REFER
    out.directive = _CALL_OFFICER
    out.code_class = code_class
    record(s, slot, e, _ESCALATION, out)


REVIEW_EXPIRED: Final = int(CodeClass.REVIEW_EXPIRED)
NOT_ACKNOWLEDGED: Final = int(CodeClass.NOT_ACKNOWLEDGED)


MOST_TIMERS: Final = 32
"""Deadlines that one event may fire; the rest fire at the next event or tick."""

MOST_DECISIONS: Final = 640
"""More than one record can cause: its deadlines, its case, and bounded linked cases."""
