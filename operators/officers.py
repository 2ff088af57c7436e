"""What officers do with the tasks that stops make.

Whoever acts names the decision that stands, or the one that made the task: who names an older one
has not seen what stands now, and nothing happens. What takes effect is told by a decision of its
own, and what the gate must know goes to it as a revision or an alert.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import (
    CodeClass,
    DecisionKind,
    Directive,
    OfficerAct,
    Phase,
    Task,
    Verdict,
)
from haechi.engine.kernel import Array, Flag, Int, Row, step
from haechi.operators.decide import escalate, evaluate, record
from haechi.operators.lanes import lane_in_force, policy_stage
from haechi.operators.queue import LOOKED, leave_queue
from haechi.operators.ruling import rank
from haechi.operators.state import State
from haechi.operators.tasks import (
    drop_lowering,
    end_task,
    hand_on,
    note_ruling,
    put_ruling,
    remind,
    waits,
)

_TAKE: Final = int(OfficerAct.TAKE)
_PUT_BACK: Final = int(OfficerAct.PUT_BACK)
_RELEASE_ACT: Final = int(OfficerAct.RELEASE)
_ESCALATE: Final = int(OfficerAct.ESCALATE)
_OVERRIDE: Final = int(OfficerAct.OVERRIDE)
_OPEN: Final = int(Task.OPEN)
_TAKEN: Final = int(Task.TAKEN)
_SECOND: Final = int(Task.SECOND)
_ESCALATED: Final = int(Task.ESCALATED)
_SETTLED: Final = int(Task.SETTLED)
_RELEASED: Final = int(Task.RELEASED)
_LAPSED: Final = int(Task.LAPSED)
_RELEASE: Final = int(Verdict.RELEASE)
_HOLD: Final = int(Verdict.HOLD)
_REFER: Final = int(Verdict.REFER)
_STANDING: Final = int(DecisionKind.STANDING)
_REVISION: Final = int(DecisionKind.REVISION)
_ALERT: Final = int(DecisionKind.ALERT)
_FOLLOW_UP: Final = int(DecisionKind.FOLLOW_UP)
_REVIEW: Final = int(DecisionKind.REVIEW)
_OFFICER: Final = int(CodeClass.OFFICER)
_CALL_OFFICER: Final = int(Directive.CALL_OFFICER)
_PHASE_OPEN: Final = int(Phase.OPEN)
_PHASE_ACTED: Final = int(Phase.ACTED)
_PHASE_LEFT: Final = int(Phase.LEFT)
_NONE: Final = np.uint64(0)


@step
def take_officer(s: State, slot: Int, e: Row, out: Array, at: Int) -> Int:
    """Take an officer's act; returns the decisions made, 0 if it had no effect."""
    case = s.cases[slot]
    if not _stands(case, e):
        return 0
    others = case.task == _TAKEN and case.task_by != e.actor
    if e.mode == _TAKE:
        if case.task not in (_OPEN, _ESCALATED):
            return 0
        case.task = _TAKEN
        case.task_by = e.actor
    elif e.mode == _PUT_BACK:
        if case.task != _TAKEN or others:
            return 0
        case.task = _OPEN
        case.task_by = _NONE
    elif e.mode == _ESCALATE:
        if not waits(case) or others:
            return 0
        return _call_senior(s, slot, e, out[at])
    elif e.mode == _OVERRIDE or e.mode == _RELEASE_ACT:
        verdict = np.int64(e.acted) if e.mode == _OVERRIDE else _RELEASE
        unasked = case.verdict == _HOLD and e.token == _NONE
        if others or (e.mode == _RELEASE_ACT and (unasked or not waits(case))):
            return 0
        return _decide_otherwise(s, slot, e, verdict, out[at])
    else:
        if not waits(case) or others:
            return 0
        _settle(s, slot, e)
    note_task(s, slot, e, out[at])
    return 1


@step
def _settle(s: State, slot: Int, e: Row) -> None:
    """Note that an officer looked, and the stop stands."""
    case = s.cases[slot]
    if rank(case.verdict) > rank(case.ruled):
        # Who let them go was overruled.
        drop_lowering(case)
    end_task(case, _SETTLED, e.actor)
    leave_queue(s, slot, LOOKED)


@step
def _stands(case: Row, e: Row) -> Flag:
    """Whether an event names the case's last decision, or the one that made its task."""
    is_last = case.last_hi == e.target_hi and case.last_lo == e.target_lo
    is_task = case.review_hi == e.target_hi and case.review_lo == e.target_lo
    return case.decided == 1 and (is_last or is_task)


@step
def settle_by_outcome(s: State, slot: Int, e: Row, decision: Row, out: Array, at: Int) -> Int:
    """Settle the task that an inspection was made for; the stop stands until it is lifted.

    News may have come since the decision that the inspection names, but not another task.
    """
    case = s.cases[slot]
    if not waits(case) or decision.stamp_us < case.task_since_us:
        return 0
    _settle(s, slot, e)
    note_task(s, slot, e, out[at])
    return 1


@step
def drop_task(s: State, slot: Int, e: Row, out: Array, at: Int) -> Int:
    """Let a task end with its case; returns the decisions made."""
    case = s.cases[slot]
    if not waits(case):
        return 0
    end_task(case, _LAPSED, _NONE)
    note_task(s, slot, e, out[at])
    return 1


@step
def note_task(s: State, slot: Int, e: Row, out: Row) -> None:
    """Put on record how a case's task stands; what the gate was told stays as it is."""
    case = s.cases[slot]
    evaluate(s, slot, e, out)
    out.verdict = case.verdict
    out.directive = case.directive
    out.code_class = case.code_class
    out.selected_by = case.told_selected
    out.propensity = case.told_propensity
    out.fell_out = case.told_fell_out
    record(s, slot, e, _REVIEW, out)


@step
def _call_senior(s: State, slot: Int, e: Row, out: Row) -> Int:
    """Hand a task to somebody senior; the time to look begins anew."""
    case = s.cases[slot]
    hand_on(case)
    escalate(s, slot, e, _OFFICER, out)
    remind(s, slot, out.review_by_us)
    return 1


@step
def _needs_second(case: Row, verdict: Int) -> Flag:
    """Whether a first officer must wait for a second: to lower a stop where a rule says so."""
    if case.four_eyes == 0 or rank(verdict) >= rank(case.verdict):
        return False
    return case.task != _SECOND or case.asked_verdict != verdict


@step
def _asked_before(case: Row, e: Row, verdict: Int) -> Flag:
    """Whether an officer asks for what they asked for themselves already."""
    lowers = rank(verdict) < rank(case.verdict)
    return case.four_eyes == 1 and lowers and case.task == _SECOND and case.asked_by == e.actor


@step
def _decide_otherwise(s: State, slot: Int, e: Row, verdict: Int, out: Row) -> Int:
    """Let an officer's verdict stand, once everybody who must agree has said so."""
    case = s.cases[slot]
    if verdict == _RELEASE and case.verdict == _RELEASE:
        return 0
    # What the engine says without any officer's word, and whether rules ask for four eyes by now.
    word = case.ruled
    case.ruled = 0
    evaluate(s, slot, e, out)
    case.ruled = word
    case.four_eyes |= out.four_eyes
    if _asked_before(case, e, verdict):
        return 0
    if _needs_second(case, verdict):
        case.task = _SECOND
        case.task_by = _NONE
        case.asked_by = e.actor
        case.asked_verdict = verdict
        note_task(s, slot, e, out)
        return 1
    rule = s.policy[lane_in_force(out), policy_stage(case.stage)]
    holds_us = rule.valid_us if verdict == _RELEASE else rule.review_us
    same = verdict == case.verdict and (e.method == 0 or e.method == case.directive)
    directive = case.directive if same else (e.method if e.method != 0 else _CALL_OFFICER)
    note_ruling(case, verdict, directive, e.stamp_us + holds_us, out)
    if same:
        # The same in the officer's own name: nobody need be told anything else.
        _settle(s, slot, e)
        note_task(s, slot, e, out)
        return 1
    put_ruling(case, out)
    end_task(case, _RELEASED if verdict == _RELEASE else _SETTLED, e.actor)
    leave_queue(s, slot, LOOKED)
    case.review_by_us = 0
    if verdict == _REFER:
        # There is a check to be made, by whoever asked for it.
        case.task = _TAKEN
    record(s, slot, e, _kind_of(case, verdict), out)
    if verdict == _REFER:
        case.review_hi = out.id_hi
        case.review_lo = out.id_lo
        remind(s, slot, out.review_by_us)
    return 1


@step
def _kind_of(case: Row, verdict: Int) -> Int:
    """What an officer's verdict is for those who were told another one."""
    if case.phase == _PHASE_OPEN:
        return _STANDING
    if case.phase == _PHASE_LEFT:
        return _REVIEW if verdict == _RELEASE else _FOLLOW_UP
    if case.phase == _PHASE_ACTED and case.opened_gate == 1:
        return _REVIEW if verdict == _RELEASE else _ALERT
    return _REVISION
