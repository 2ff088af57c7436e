"""Who waits for officers: taking a place in a lane's queue, keeping it and leaving it.

A case waits from the decision that asks for an inspection until somebody looked, until a decision
asks no longer, or until it has left: by an event that says so, or by the end of the lane's window.
So nobody waits for ever for want of an event, and the queue is never longer than what was asked
within a window. :mod:`haechi.engine.queue` says who may join.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import CodeClass, DecisionKind, Directive, Phase, Task, Verdict
from haechi.engine.kernel import Flag, Int, Row, step
from haechi.engine.queue import least_score, note_asked, note_left, wait_us
from haechi.operators.state import State

_RELEASE: Final = int(Verdict.RELEASE)
_OFFICER: Final = int(CodeClass.OFFICER)
_OPEN: Final = int(Task.OPEN)
_SETTLED: Final = int(Task.SETTLED)
_RISK: Final = int(CodeClass.RISK)
_CAPACITY: Final = int(CodeClass.CAPACITY)
_MISSING_EVIDENCE: Final = int(CodeClass.MISSING_EVIDENCE)
_LEFT: Final = int(Phase.LEFT)
_STANDING: Final = int(DecisionKind.STANDING)
_ASKING: Final = (
    int(DecisionKind.ANSWER),
    int(DecisionKind.REVISION),
    int(DecisionKind.ALERT),
)
_READINGS: Final = (
    int(Directive.BODY_SCAN),
    int(Directive.XRAY_AGAIN),
    int(Directive.FACE_CHECK),
)
_MOST_WAITING: Final = 65535
NO_PLACE: Final = 0
LOOKED: Final = 1
"""Somebody looked at the case."""

LOST: Final = 2
"""It left before anybody did."""

UNASKED: Final = 3
"""Nobody asks for it any longer."""


@step
def meet_queue(s: State, case: Row, rule: Row, out: Row, now_us: Int) -> None:
    """Write into a decision how full the queue is, and what it takes to join.

    A case meets the bar once a stage: the answer to the same question does not change because
    others came or went. Facts that raise its risk ask anew, for one who left without a queue: a
    lookout takes no place there. Who waits already keeps the place.
    """
    out.bar = np.nan
    out.waiting = 0
    out.inspection_wait_us = 0
    if rule.window_us == 0:
        return
    queue = s.queues[rule.queue]
    out.waiting = min(queue.waiting, _MOST_WAITING)
    out.inspection_wait_us = wait_us(queue, now_us)
    met = case.met_stage == case.stage and out.selection <= case.met_with
    fell_out = met and case.met_with < case.bar
    told = _OPEN <= case.task <= _SETTLED
    if (case.queue != NO_PLACE or told) and not fell_out:
        # Whom an officer has, or has stopped, does not go free because others came.
        return
    if met:
        out.bar = case.bar
    elif case.phase != _LEFT:
        out.bar = least_score(queue, rule.window_us, now_us)


@step
def _note_met(s: State, case: Row, rule: Row, out: Row) -> None:
    """Note which bar a case met, and let the order of those who ask know of it once a stage."""
    if rule.window_us == 0 or out.kind not in _ASKING:
        return
    if out.code_class != _RISK and out.fell_out == 0:
        return
    new = case.met_stage != case.stage
    if new:
        note_asked(s.queues[rule.queue], out.selection)
    if new or out.selection > case.met_with:
        case.met_stage = case.stage
        case.met_with = out.selection
        case.bar = out.bar


@step
def _asks(case: Row, rule: Row, out: Row) -> Flag:
    """Whether a decision asks an officer to act now, within what officers can do.

    A standing decision asks nobody yet, an escalation asks for no second inspection, and what a
    gate was told outside the core is superseded at once. Evidence that a machine is to read again
    takes no officer's time, and what an officer decided has been looked at.
    """
    if rule.window_us == 0 or out.verdict == _RELEASE or case.phase == _LEFT:
        return False
    if out.code_class == _OFFICER:
        return False
    if out.kind not in _ASKING or (out.code_class == _CAPACITY and out.fell_out == 1):
        return False
    return out.code_class != _MISSING_EVIDENCE or out.directive not in _READINGS


@step
def take_place(s: State, slot: Int, rule: Row, out: Row) -> Int:
    """Let a decided case join or leave its queue.

    Returns
    -------
    Until when it can wait, if it joined just now, else ``NO_PLACE``.
    """
    case = s.cases[slot]
    if out.kind != _STANDING and out.kind not in _ASKING:
        # Called or looked out for on other grounds.
        out.fell_out = 0
    _note_met(s, case, rule, out)
    if not _asks(case, rule, out):
        if out.verdict == _RELEASE or out.kind in _ASKING:
            leave_queue(s, slot, UNASKED)
        return np.int64(NO_PLACE)
    if case.queue != NO_PLACE:
        return np.int64(NO_PLACE)
    case.queue = rule.queue
    case.queued_until_us = out.stamp_us + rule.window_us
    s.queues[rule.queue].waiting += 1
    return np.int64(case.queued_until_us)


@step
def leave_queue(s: State, slot: Int, why: Int) -> None:
    """Take a case out of the queue in which it waits, if it waits."""
    case = s.cases[slot]
    if case.queue == NO_PLACE:
        return
    queue = s.queues[case.queue]
    case.queue = NO_PLACE
    case.queued_until_us = 0
    queue.waiting -= 1
    if why != UNASKED:
        note_left(queue, why == LOOKED)


@step
def move_place(s: State, gone: Int, slot: Int) -> Flag:
    """Give a case the place of another that turned out to be the same subject."""
    kept, lost = s.cases[slot], s.cases[gone]
    if lost.queue == NO_PLACE or kept.queue != NO_PLACE:
        return False
    kept.queue = lost.queue
    kept.queued_until_us = lost.queued_until_us
    lost.queue = NO_PLACE
    return True
