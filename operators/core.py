"""The core: one event after another, in the log's order, on flat arrays.

This is the only code that changes a shard's state and the only code that decides. Live
traffic, replay, standby, backtest, benchmark and tests all call :func:`apply`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import DecisionKind, EventKind, Finding, NodeKind, Phase
from haechi.engine.hashtable import MISSING
from haechi.engine.kernel import Array, Int, Row, kernel, step
from haechi.engine.timers import Due, pop_timer
from haechi.operators.cases import (
    case_of,
    close_case,
    last_seen_us,
    retention_us,
    set_timer,
    touch,
)
from haechi.operators.decide import (
    MOST_DECISIONS,
    MOST_TIMERS,
    NOT_ACKNOWLEDGED,
    REVIEW_EXPIRED,
    answer,
    escalate,
    evaluate,
    record,
    record_provisional,
)
from haechi.operators.join import (
    spread,
    take_bag_out,
    take_declaration,
    take_face,
    take_gate_action,
    take_identity,
    take_link,
    take_linked_risk,
    take_manifest,
    take_scan,
    take_sensor,
    tell_linked,
    unlink_all,
)
from haechi.operators.journeys import end_journey, is_of_an_earlier_journey
from haechi.operators.lanes import policy_lane, policy_stage, take_capacity
from haechi.operators.learn import learn_outcome, take_drift
from haechi.operators.names import case_named
from haechi.operators.officers import drop_task, settle_by_outcome, take_officer
from haechi.operators.queue import LOST, leave_queue
from haechi.operators.screening import begin_screening, screen_some
from haechi.operators.state import Count, State, has_room
from haechi.operators.tasks import drop_lowering, hand_on, waits
from haechi.operators.trust import suspend_trust, take_trust
from haechi.operators.watching import take_intelligence, take_likeness

_GATE_EVENT: Final = int(EventKind.GATE_EVENT)
_GATE_ACTION: Final = int(EventKind.GATE_ACTION)
_FACE_MATCH: Final = int(EventKind.FACE_MATCH)
_SCANNER_RESULT: Final = int(EventKind.SCANNER_RESULT)
_SENSOR_STATUS: Final = int(EventKind.SENSOR_STATUS)
_TRAVELER_MANIFEST: Final = int(EventKind.TRAVELER_MANIFEST)
_TRAVELER_DECLARATION: Final = int(EventKind.TRAVELER_DECLARATION)
_PARCEL_MANIFEST: Final = int(EventKind.PARCEL_MANIFEST)
_LINK: Final = int(EventKind.LINK)
_UNLINK: Final = int(EventKind.UNLINK)
_IDENTITY_LINK: Final = int(EventKind.IDENTITY_LINK)
_INTELLIGENCE: Final = int(EventKind.INTELLIGENCE)
_OFFICER_ACTION: Final = int(EventKind.OFFICER_ACTION)
_INSPECTION_OUTCOME: Final = int(EventKind.INSPECTION_OUTCOME)
_EXIT_SEEN: Final = int(EventKind.EXIT_SEEN)
_CASE_CLOSED: Final = int(EventKind.CASE_CLOSED)
_PROVISIONAL: Final = int(EventKind.PROVISIONAL_DELIVERED)
_WATCH_ACKNOWLEDGED: Final = int(EventKind.WATCH_ACKNOWLEDGED)
_RULE_SET: Final = int(EventKind.RULE_SET)
_MODEL_PROMOTION: Final = int(EventKind.MODEL_PROMOTION)
_TRUST_CHANGED: Final = int(EventKind.TRUST_CHANGED)
_CAPACITY: Final = int(EventKind.CAPACITY)
_DRIFT_DETECTED: Final = int(EventKind.DRIFT_DETECTED)
_LINKED_RISK: Final = int(EventKind.LINKED_RISK)
_BAG: Final = int(NodeKind.BAG)
_FOUND: Final = int(Finding.FOUND)
_NOTHING: Final = int(Finding.NOTHING)
_ANSWER_US: Final = 10_000
_REVISION: Final = int(DecisionKind.REVISION)
_LEFT: Final = int(Phase.LEFT)
_NONE: Final = np.uint64(0)
_WAIT: Final = int(Due.EVIDENCE_WAIT)
_REVIEW: Final = int(Due.REVIEW)
_ACKNOWLEDGE: Final = int(Due.ACKNOWLEDGE)
_WINDOW: Final = int(Due.WINDOW)


@step
def _fire(s: State, timer: Row, e: Row, out: Array, at: Int) -> Int:
    """Act on one deadline that passed; returns the decisions made, 0 or 1."""
    slot = timer.slot
    case = s.cases[slot]
    if case.generation != timer.generation or case.open == 0:
        return 0
    if timer.what == _WAIT:
        if case.pending_hi == _NONE or case.pending_due_us != timer.due_us:
            return 0
        evaluate(s, slot, e, out[at])
        answer(s, slot, e, case.pending_hi, case.pending_lo, out[at])
        return 1
    if timer.what == _REVIEW:
        if case.review_by_us != timer.due_us or not waits(case):
            return 0
        hand_on(case)
        escalate(s, slot, e, REVIEW_EXPIRED, out[at])
        return 1
    if timer.what == _ACKNOWLEDGE:
        if case.unacknowledged_hi == _NONE or case.acknowledge_by_us != timer.due_us:
            return 0
        case.unacknowledged_hi = _NONE
        case.unacknowledged_lo = _NONE
        escalate(s, slot, e, NOT_ACKNOWLEDGED, out[at])
        return 1
    if timer.what == _WINDOW:
        if case.queued_until_us == timer.due_us:
            leave_queue(s, slot, LOST)
        return 0
    kept_until = last_seen_us(s, slot) + retention_us(s, case.node)
    if kept_until > e.stamp_us:
        set_timer(s, kept_until, slot, timer.what)
    else:
        made = drop_task(s, slot, e, out, at)
        close_case(s, slot)
        return made
    return 0


@step
def _fire_due(s: State, e: Row, out: Array, at: Int) -> Int:
    made = 0
    fired = 0
    while s.counters[Count.TIMERS] > 0 and s.timers[0].due_us <= e.stamp_us and fired < MOST_TIMERS:
        fired += 1
        pop_timer(s.timers, s.counters[Count.TIMERS])
        s.counters[Count.TIMERS] -= 1
        # Acting may push new deadlines over this place, so the record is read first.
        timer = s.timers[s.counters[Count.TIMERS]]
        slot, generation, what, due = timer.slot, timer.generation, timer.what, timer.due_us
        spare = s.timers[s.timers.shape[0] - 1]
        spare.slot = slot
        spare.generation = generation
        spare.what = what
        spare.due_us = due
        made += _fire(s, spare, e, out, at + made)
    return made


@step
def _take_gate(s: State, e: Row, out: Array, at: Int) -> Int:
    """Answer a gate, or let it wait for required evidence within its budget."""
    slot = case_of(s, e, e.ref, e.node)
    if slot == MISSING:
        return 0
    touch(s, slot, e)
    case = s.cases[slot]
    before = case.own_version
    made = 0
    if case.pending_hi != _NONE:
        # An earlier question still waits for evidence: it gets today's answer.
        evaluate(s, slot, e, out[at])
        answer(s, slot, e, case.pending_hi, case.pending_lo, out[at])
        made = 1
    if case.phase == _LEFT:
        # Whoever asks at a gate is there again, and looked at again.
        case.phase = Phase.OPEN
        drop_lowering(case)
    case.over_us = 0
    case.lane = e.lane
    case.stage = e.stage
    case.gate = e.gate
    case.site = e.site
    evaluate(s, slot, e, out[at + made])
    wait_us = _wait_us(s, e)
    missing = out[at + made].missing != 0
    if wait_us > 0 and missing and out[at + made].selection < out[at + made].hold_at:
        case.pending_hi = e.id_hi
        case.pending_lo = e.id_lo
        case.pending_due_us = e.stamp_us + wait_us
        set_timer(s, case.pending_due_us, slot, _WAIT)
    else:
        answer(s, slot, e, e.id_hi, e.id_lo, out[at + made])
        made += 1
    if case.own_version != before:
        made += tell_linked(s, slot, e, out, at + made)
    return made


@step
def _wait_us(s: State, e: Row) -> Int:
    """How long this question may wait for evidence: the lane's time, within its budget."""
    wait_us = s.policy[policy_lane(e.lane), policy_stage(e.stage)].wait_us
    if e.budget_ms > 0:
        wait_us = min(wait_us, np.int64(e.budget_ms) * 1000 - _ANSWER_US)
    return wait_us


@step
def _take_provisional(s: State, e: Row, out: Array, at: Int) -> Int:
    """Supersede a REFER that was made outside the core, on the record and never silently."""
    slot = case_of(s, e, e.ref, e.node)
    if slot == MISSING:
        return 0
    touch(s, slot, e)
    case = s.cases[slot]
    before = case.own_version
    made = 0
    # Delivered twice (a gate that retried) it is recorded once: admission found it on record,
    # or this case did.
    known = e.other != _NONE or (
        case.provisional_hi == e.target_hi and case.provisional_lo == e.target_lo
    )
    if not known:
        evaluate(s, slot, e, out[at])
        record_provisional(s, slot, e, out[at])
        made = 1
    evaluate(s, slot, e, out[at + made])
    record(s, slot, e, _REVISION, out[at + made])
    out[at + made].supersedes_hi = e.target_hi
    out[at + made].supersedes_lo = e.target_lo
    out[at + made].answers_hi = e.answers_hi
    out[at + made].answers_lo = e.answers_lo
    made += 1
    if case.own_version != before:
        made += tell_linked(s, slot, e, out, at + made)
    return made


@step
def _take_facts(s: State, e: Row, out: Array, at: Int) -> Int:
    """Join an event about one subject and revise what it changes."""
    slot = case_of(s, e, e.ref, e.node)
    if slot == MISSING:
        return 0
    if is_of_an_earlier_journey(s, slot, e):
        return 0
    touch(s, slot, e)
    always = e.kind in (_TRAVELER_MANIFEST, _PARCEL_MANIFEST)
    made = take_manifest(s, slot, e, out, at) if always else 0
    if e.kind == _FACE_MATCH:
        take_face(s, slot, e)
    elif e.kind == _SCANNER_RESULT:
        take_scan(s, slot, e)
    elif e.kind == _TRAVELER_DECLARATION:
        take_declaration(s, slot, e)
    elif e.kind == _LINKED_RISK:
        return take_linked_risk(s, slot, e, out, at)
    elif e.kind == _EXIT_SEEN:
        s.cases[slot].phase = _LEFT
        leave_queue(s, slot, LOST)
        end_journey(s, slot, e)
        # Whoever comes back is read anew.
        s.cases[slot].cleared_us = 0
        return 0
    elif e.kind == _CASE_CLOSED:
        if s.cases[slot].pending_hi != _NONE:
            case = s.cases[slot]
            evaluate(s, slot, e, out[at])
            answer(s, slot, e, case.pending_hi, case.pending_lo, out[at])
            made = 1
        made += drop_task(s, slot, e, out, at + made)
        made += unlink_all(s, slot, e, out, at + made)
        close_case(s, slot)
        return made
    return made + spread(s, slot, e, always, out, at + made)


@step
def _take_named(s: State, e: Row, decision: Row, out: Array, at: Int) -> Int:
    """Take an event that names a decision: what a gate or an officer did, or a label.

    Admission looked the decision up and wrote its case into ``other``.
    """
    if e.kind == _GATE_ACTION:
        take_gate_action(s, e)
        return 0
    made = 0
    slot = case_named(s, e.other)
    if slot != MISSING:
        case = s.cases[slot]
        touch(s, slot, e)
        if e.kind == _WATCH_ACKNOWLEDGED:
            if case.unacknowledged_hi == e.target_hi and case.unacknowledged_lo == e.target_lo:
                case.unacknowledged_hi = _NONE
                case.unacknowledged_lo = _NONE
        elif e.kind == _OFFICER_ACTION:
            made = take_officer(s, slot, e, out, at)
        elif e.found in (_FOUND, _NOTHING):
            made = settle_by_outcome(s, slot, e, decision, out, at)
    if e.kind == _INSPECTION_OUTCOME and e.recall >= 0:
        learn_outcome(s, e, decision)
        if e.found == _FOUND and suspend_trust(s, decision):
            begin_screening(s)
    return made


@step
def _take(s: State, e: Row, decision: Row, out: Array, at: Int) -> Int:
    """Apply one record; returns the decisions made."""
    if e.kind in (_GATE_EVENT, _EXIT_SEEN) and e.other_node == _BAG:
        return take_bag_out(s, e, out, at)
    if e.kind == _GATE_EVENT:
        return _take_gate(s, e, out, at)
    if e.kind in (_LINK, _UNLINK):
        return take_link(s, e, out, at)
    if e.kind == _IDENTITY_LINK:
        return take_identity(s, e, out, at)
    if e.kind == _PROVISIONAL:
        return _take_provisional(s, e, out, at)
    if e.kind == _SENSOR_STATUS:
        take_sensor(s, e)
        return 0
    if e.kind == _INTELLIGENCE:
        if e.similarity > 0.0:
            # It comes with the manifest or the entry that it bears on, and before it.
            take_likeness(s, e)
            return 0
        take_intelligence(s, e)
        begin_screening(s)
        return 0
    if e.kind == _TRUST_CHANGED:
        took = take_trust(s, e)
        s.counters[Count.TRUST_TOOK] = 1 if took else 0
        if took:
            begin_screening(s)
        return 0
    if e.kind == _CAPACITY:
        take_capacity(s, e)
        return 0
    if e.kind == _DRIFT_DETECTED:
        take_drift(s, e)
        return 0
    if e.kind in (_GATE_ACTION, _OFFICER_ACTION, _INSPECTION_OUTCOME, _WATCH_ACKNOWLEDGED):
        return _take_named(s, e, decision, out, at) if e.other != _NONE else 0
    if e.ref != _NONE:
        return _take_facts(s, e, out, at)
    return 0


@kernel
def apply(s: State, events: Array, start: Int, recalled: Array, recall_at: Int, out: Array):  # type: ignore[no-untyped-def]
    """Apply records in order, as many as there is room for, up to one that approvers sign.

    Parameters
    ----------
    s
        The shard; where its arrays have no room for one more record, this returns early.
    events
        ``EVENT`` records, shape (n,).
    start
        The first one to apply.
    recalled
        ``DECISION`` records that events name, in the order of the events whose ``recall``
        is not -1, shape (m,).
    recall_at
        The first of them that is not used up.
    out
        Filled with ``DECISION`` records, shape (>= MOST_DECISIONS,).

    Returns
    -------
    The next record to apply, the next recalled decision, how many decisions were made, and whether
    it ended at one that approvers sign.
    """
    made = 0
    at = start
    while at < events.shape[0] and made + MOST_DECISIONS <= out.shape[0] and has_room(s):
        e = events[at]
        if e.first == 1:
            s.counters[Count.ORDINAL] = 0
            s.counters[Count.EVENTS] += 1
            s.counters[Count.NOW_US] = e.stamp_us
            made += _fire_due(s, e, out, made)
        named = 0
        if e.recall >= 0:
            named = recall_at
            recall_at += 1
        made += _take(s, e, recalled[named], out, made)
        if e.last == 1:
            made += screen_some(s, e, out, made)
        at += 1
        if e.kind in (_MODEL_PROMOTION, _RULE_SET, _TRUST_CHANGED):
            # Whoever calls looks whether it takes effect before the next record.
            return at, recall_at, made, True
    return at, recall_at, made, False
