"""What a stop asks of officers: a task that waits, is taken, settled, or lapses.

The task is part of its case, and every decision about the case tells how it stands, so whoever
reads the decisions knows the tasks. No passing of time ends one in a release.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import CodeClass, DecisionKind, Directive, SelectedBy, Task, Verdict
from haechi.engine.kernel import Flag, Int, Real, Row, step
from haechi.engine.timers import Due
from haechi.operators.cases import set_timer
from haechi.operators.ruling import rank
from haechi.operators.state import State

_RELEASE: Final = int(Verdict.RELEASE)
_ANSWER: Final = int(DecisionKind.ANSWER)
_STANDING: Final = int(DecisionKind.STANDING)
_PROVISIONAL: Final = int(DecisionKind.PROVISIONAL)
_ESCALATION: Final = int(DecisionKind.ESCALATION)
_REVIEW_KIND: Final = int(DecisionKind.REVIEW)
_OPEN: Final = int(Task.OPEN)
_TAKEN: Final = int(Task.TAKEN)
_SECOND: Final = int(Task.SECOND)
_ESCALATED: Final = int(Task.ESCALATED)
_SETTLED: Final = int(Task.SETTLED)
_OFFICER: Final = int(CodeClass.OFFICER)
_REVIEW: Final = int(Due.REVIEW)
_NONE: Final = np.uint64(0)
_NEWS: Final = 0.5
"""Log-odds by which the risk must have grown since an officer decided, for that to be news."""


@step
def waits(case: Row) -> Flag:
    """Whether the case's task waits for officers."""
    return _OPEN <= case.task <= _ESCALATED


@step
def end_task(case: Row, task: Int, officer: Int) -> None:
    """Let nobody be reminded of a task any more."""
    case.task = task
    case.task_by = officer
    case.asked_by = _NONE
    case.asked_verdict = 0


@step
def follow_task(s: State, slot: Int, e: Row, kind: Int, before: Int, out: Row) -> None:
    """Open, keep or end the task of a case as a decision about it asks.

    Parameters
    ----------
    s
        The shard.
    slot
        The case.
    e
        The record that triggered the decision.
    kind
        What the decision is for.
    before
        The verdict that it replaces, 0 for none.
    out
        ``DECISION`` record with ``review_by_us`` as the lane's policy has it; gets how the task
        stands.
    """
    case = s.cases[slot]
    if kind == _ESCALATION:
        if case.task != _SETTLED and not waits(case):
            case.task_since_us = out.stamp_us
            _open(case, _ESCALATED, out)
    elif kind != _REVIEW_KIND:
        anew = kind == _ANSWER and case.controlled_stage != case.stage
        by_officer = out.code_class == _OFFICER
        if out.verdict == _RELEASE:
            if waits(case) and kind != _PROVISIONAL:
                end_task(case, Task.RELEASED if by_officer else Task.LAPSED, _NONE)
                case.review_by_us = 0
        elif kind == _STANDING:
            # It asks nobody to act yet, but who acts must have seen it.
            if waits(case) and not by_officer:
                _show_news(case, out)
        elif anew or not by_officer:
            _ask(s, slot, e, anew, rank(out.verdict) > rank(before), out)
    if waits(case):
        out.four_eyes |= case.four_eyes
        if case.review_by_us > e.stamp_us:
            out.review_by_us = case.review_by_us
    out.task = case.task
    out.task_by = case.task_by
    out.asked_verdict = case.asked_verdict


@step
def _ask(s: State, slot: Int, e: Row, anew: Flag, worse: Flag, out: Row) -> None:
    """Ask officers to look: anew, or, if they have the case already, at the newest decision."""
    case = s.cases[slot]
    if case.task == _SETTLED and not anew and not worse:
        return
    due_us = out.review_by_us
    if not waits(case) or anew:
        case.four_eyes = 0
        case.task_since_us = out.stamp_us
        _open(case, _OPEN, out)
    else:
        # News does not put the reminder off.
        if e.stamp_us < case.review_by_us:
            due_us = min(due_us, case.review_by_us)
        _show_news(case, out)
    case.four_eyes |= out.four_eyes
    remind(s, slot, due_us)


@step
def _open(case: Row, task: Int, out: Row) -> None:
    """Let a decision be what officers are asked about."""
    case.review_hi = out.id_hi
    case.review_lo = out.id_lo
    if task != _TAKEN:
        case.task_by = _NONE
    case.task = task
    case.asked_by = _NONE
    case.asked_verdict = 0


@step
def _show_news(case: Row, out: Row) -> None:
    """Let officers who have the case look at its newest decision.

    What a first officer asked for was asked before it.
    """
    _open(case, _OPEN if case.task == _SECOND else case.task, out)


@step
def hand_on(case: Row) -> None:
    """Let a task go to everybody, and to somebody senior."""
    case.task = _ESCALATED
    case.task_by = _NONE
    case.review_by_us = 0


@step
def move_task(s: State, gone: Int, slot: Int) -> None:
    """Let a case that takes over another one have its task and its officer's word as well."""
    kept, lost = s.cases[slot], s.cases[gone]
    # What was lowered was one of two; both together are decided anew.
    drop_lowering(kept)
    if lost.ruled_lowers == 0 and rank(lost.ruled) > rank(kept.ruled):
        kept.ruled = lost.ruled
        kept.ruled_directive = lost.ruled_directive
        kept.ruled_stage = lost.ruled_stage
        kept.ruled_until_us = lost.ruled_until_us
        kept.ruled_log_odds = lost.ruled_log_odds
        kept.ruled_missing = lost.ruled_missing
        kept.ruled_rule = lost.ruled_rule
    kept.four_eyes |= lost.four_eyes
    if waits(lost) and not waits(kept):
        kept.task = lost.task
        kept.task_since_us = lost.task_since_us
        kept.task_by = lost.task_by
        kept.asked_by = lost.asked_by
        kept.asked_verdict = lost.asked_verdict
        kept.review_hi = lost.review_hi
        kept.review_lo = lost.review_lo
        kept.review_by_us = 0
        if lost.review_by_us != 0:
            remind(s, slot, lost.review_by_us)


@step
def remind(s: State, slot: Int, due_us: Int) -> None:
    """Set when a task escalates unless somebody acted."""
    case = s.cases[slot]
    if case.review_by_us != due_us:
        case.review_by_us = due_us
        set_timer(s, due_us, slot, _REVIEW)


@step
def note_ruling(case: Row, verdict: Int, directive: Int, until_us: Int, out: Row) -> None:
    """Note what an officer decided, and what was known then.

    Parameters
    ----------
    case
        The case.
    verdict, directive
        Of the officer.
    until_us
        Until when it holds if it lowers what the engine says, on the core's clock.
    out
        ``DECISION`` record as the engine alone would have it.
    """
    case.ruled = verdict
    case.ruled_lowers = 1 if rank(out.verdict) > rank(verdict) else 0
    case.ruled_directive = directive
    case.ruled_stage = case.stage
    case.ruled_until_us = until_us
    case.ruled_log_odds = out.log_odds
    case.ruled_missing = out.missing
    case.ruled_rule = rank(out.rule_verdict)


@step
def _grew(before: Real, now: Real) -> Flag:
    """Whether the risk grew so much that it is news; that a model broke or works again is."""
    return now > before + _NEWS or (now != now) != (before != before)


@step
def _says_more(out: Row, log_odds: Real, missing: Int, rule: Int) -> Flag:
    """Whether a decision speaks for a stop beyond what was known: risk, evidence or rules."""
    lacks = (np.int64(out.missing) & ~missing) != 0
    return _grew(log_odds, out.log_odds) or lacks or rank(out.rule_verdict) > rule


@step
def _is_news(case: Row, out: Row) -> Flag:
    """Whether something speaks for a stop that the officer could not know."""
    return _says_more(out, case.ruled_log_odds, case.ruled_missing, case.ruled_rule)


@step
def note_told(case: Row, out: Row) -> None:
    """Note what a decision told, so that news is news to whoever read it."""
    case.told_log_odds = out.log_odds
    case.told_missing = out.missing
    case.told_rule = rank(out.rule_verdict)
    case.told_selected = out.selected_by
    case.told_propensity = out.propensity
    case.told_fell_out = out.fell_out


@step
def must_be_told(case: Row, out: Row) -> Flag:
    """Whether officers who have the case must hear of facts that leave its verdict as it is."""
    return waits(case) and (
        _says_more(out, case.told_log_odds, case.told_missing, case.told_rule)
        or out.four_eyes > case.four_eyes
    )


@step
def drop_lowering(case: Row) -> None:
    """Let an officer's word that lowered a stop count no longer."""
    if case.ruled_lowers == 1:
        case.ruled = 0
        case.ruled_lowers = 0


@step
def forget_ruling(case: Row, out: Row) -> None:
    """Let an officer's word fall that a decision went beyond; it does not come back by itself."""
    if rank(out.verdict) > rank(case.ruled):
        case.ruled = 0
        case.ruled_lowers = 0


@step
def stand_by_officer(case: Row, now_us: Int, out: Row) -> None:
    """Let an officer's word stand where the engine alone would say otherwise.

    What an officer stops, stays stopped until an officer lifts it. What an officer lowers is lower
    at its stage, for its time, and while nothing new speaks against it.
    """
    if case.ruled == 0 or (case.ruled == _RELEASE and out.verdict == _RELEASE):
        return
    if rank(out.verdict) > rank(case.ruled) and (
        case.ruled_stage != case.stage or now_us > case.ruled_until_us or _is_news(case, out)
    ):
        return
    put_ruling(case, out)


@step
def put_ruling(case: Row, out: Row) -> None:
    """Write an officer's word into a decision."""
    out.verdict = case.ruled
    out.code_class = _OFFICER
    if case.ruled == _RELEASE:
        out.directive = Directive.NONE
        out.selected_by = SelectedBy.NOT_SELECTED
        out.propensity = np.nan
    else:
        out.directive = case.ruled_directive
        out.selected_by = SelectedBy.OFFICER
        out.propensity = 1.0
