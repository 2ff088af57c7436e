"""What a lane promises: its hold rate, its officers' capacity, its share of random checks."""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import NodeKind, SelectedBy, Verdict
from haechi.engine.control import answered, promise
from haechi.engine.explore import (
    WAITS,
    bonus,
    normalised,
    note_answer,
    note_outcome,
    probability,
    worth,
)
from haechi.engine.inputs import FINEST, Goods, goods_of, memory_key, reads_memory
from haechi.engine.kernel import Flag, Int, Real, Row, step
from haechi.engine.policy_table import LANES, STAGES
from haechi.operators.score import base_log_odds
from haechi.operators.state import State

_PARCEL: Final = int(NodeKind.PARCEL)
_HOLD: Final = int(Verdict.HOLD)
_NEW: Final = int(Goods.NEW)
_NOT_SELECTED: Final = int(SelectedBy.NOT_SELECTED)
_NONE: Final = np.uint64(0)
_MASK: Final = np.uint64(WAITS - 1)
_NO_WAIT: Final = -1
_DRIFT_EXPLORE: Final = 4.0
"""While a drift is being learned, so many times more is inspected at random."""

_MOST_EXPLORE: Final = 0.2


@step
def policy_lane(lane: Int) -> Int:
    """The lane, or 0, which no policy knows, for a number beyond the table."""
    return lane if lane < LANES else 0


@step
def policy_stage(stage: Int) -> Int:
    """The stage, or 0, which no policy knows, for a number beyond the table."""
    return stage if stage < STAGES else 0


@step
def lane_in_force(out: Row) -> Int:
    """The lane whose policy holds for a decision: its own, unless a rule routed it."""
    return policy_lane(out.routed if out.routed != 0 else out.lane)


@step
def promised_share(rule: Row, lane: Row, now_us: Int) -> Real:
    """Share to be held. Where officers are a queue, that is what their capacity acts on."""
    return rule.hold_rate if rule.window_us > 0 else promise(lane, rule.hold_rate, now_us)


@step
def wait_of(s: State, x: Row, node: Int) -> Int:
    """Place of the goods among those that wait for an inspection; -1 for none declared."""
    if node != _PARCEL:
        return _NO_WAIT
    key = _NONE
    for m in FINEST:
        if reads_memory(s.model[0], m):
            key = memory_key(x, m)
    return np.int64(key & _MASK) if key != _NONE else _NO_WAIT


@step
def selection_of(s: State, rule: Row, out: Row, x: Row, now_us: Int) -> Real:
    """What is held against a lane's threshold.

    Where a share is promised only the order counts. It is that of the scores before calibration,
    whose two arms would jump against each other, and in a lane that explores by novelty new goods
    get a bonus for what their inspection would teach. Elsewhere it is the log-odds.
    """
    if out.promised <= 0.0:
        return out.log_odds
    chosen = base_log_odds(s, out.node) + out.raw + out.uplift
    wait = wait_of(s, x, out.node) if rule.explore > 0.0 and rule.by_novelty == 1 else _NO_WAIT
    if wait != _NO_WAIT and goods_of(x, out.node, s.model[0]) == _NEW:
        chosen += bonus(s.waits[wait], now_us)
    return chosen


@step
def _drifting(s: State, node: Int, now_us: Int) -> Flag:
    return s.drift[0 if node == _PARCEL else 1] > now_us


@step
def _by_novelty(s: State, rule: Row, node: Int, now_us: Int) -> Flag:
    """Whether random checks go to new goods; after a drift what was known must be seen again."""
    return rule.by_novelty == 1 and not _drifting(s, node, now_us)


@step
def _rate(s: State, rule: Row, node: Int, now_us: Int) -> Real:
    """Share of would-be releases to inspect: more of them while a drift is being learned."""
    if rule.explore <= 0.0:
        return 0.0
    if not _drifting(s, node, now_us):
        return rule.explore
    return min(rule.explore * _DRIFT_EXPLORE, _MOST_EXPLORE)


@step
def _worth_of(s: State, wait: Int, out: Row, now_us: Int) -> Real:
    """How much an inspection of a decision's goods would teach."""
    known = goods_of(out.x, out.node, s.model[0]) != _NEW
    return worth(s.waits[wait], now_us, out.raw, known)


@step
def explored(s: State, rule: Row, lane: Row, node: Int, out: Row, now_us: Int) -> Real:
    """Probability with which a case is inspected if it would be released.

    Parameters
    ----------
    s
        The shard.
    rule
        ``POLICY`` record.
    lane
        ``LANE`` record.
    node
        Kind of case.
    out
        ``DECISION`` record with vector and raw score.
    now_us
        The event's time.
    """
    rate = _rate(s, rule, node, now_us)
    novelty = rate > 0.0 and _by_novelty(s, rule, node, now_us)
    wait = wait_of(s, out.x, node) if novelty else _NO_WAIT
    if wait == _NO_WAIT:
        return rate
    return probability(_worth_of(s, wait, out, now_us), lane.explored, rate)


@step
def note_answered(s: State, out: Row, e: Row) -> None:
    """Let a lane learn from one case that a gate was answered about."""
    place, stage = lane_in_force(out), policy_stage(out.stage)
    rule, lane = s.policy[place, stage], s.lanes[place, stage]
    held = out.verdict == _HOLD
    answered(lane, rule.hold_at, out.promised, out.selection, held, e.stamp_us)
    if out.fell_out == 1 and out.promised > 0.0 and out.selection >= out.hold_at:
        # The lane would have held it, and need not make up for it once officers have time.
        lane.promised -= 1.0
    wait = wait_of(s, out.x, out.node)
    if wait == _NO_WAIT:
        return
    rate = _rate(s, rule, out.node, e.event_us)
    novelty = rate > 0.0 and _by_novelty(s, rule, out.node, e.event_us)
    if novelty and out.log_odds < out.refer_at and out.selection < out.hold_at:
        u = _worth_of(s, wait, out, e.event_us)
        lane.explored = normalised(u, lane.explored, rate)
    note_answer(s.waits[wait], e.event_us, out.selected_by != _NOT_SELECTED)


@step
def note_inspected(s: State, decision: Row) -> None:
    """Note that an inspection which a decision led to has ended."""
    wait = wait_of(s, decision.x, decision.node)
    if wait != _NO_WAIT:
        note_outcome(s.waits[wait])


@step
def take_capacity(s: State, e: Row) -> None:
    """Note how many inspections an hour officers can do in a lane, at every stage of it.

    Where lanes share their officers, what was stated last holds for all of them.
    """
    for stage in range(STAGES):
        lane = s.lanes[policy_lane(e.lane), stage]
        lane.capacity = e.value
        lane.capacity_until_us = e.until_us if e.until_us != 0 else np.int64(1) << 62
    queue = s.queues[s.policy[policy_lane(e.lane), 0].queue]
    if queue.capacity != e.value:
        queue.slow = 0.0
    queue.capacity = e.value
    queue.capacity_until_us = s.lanes[policy_lane(e.lane), 0].capacity_until_us
