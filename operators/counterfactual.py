"""What would have released: the fewest fields that could honestly differ, and do not.

For a decision against somebody, fields are set one after another to what would give no reason for
concern (a clear scan, the usual price, an address of one's own), the one that helps most first,
until the case would pass. The changed vector is scored by the same code; histories, and who
somebody is, stay as they are.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import NodeKind
from haechi.engine.features import FEATURES, FIELDS, members
from haechi.engine.kernel import Array, Flag, Int, Row, step
from haechi.engine.records import CHANGES
from haechi.operators.assemble import remember_goods
from haechi.operators.lanes import lane_in_force, policy_lane, policy_stage, selection_of
from haechi.operators.ruling import take_rules
from haechi.operators.score import score
from haechi.operators.state import State

_PARCEL: Final = int(NodeKind.PARCEL)
_CLEAR: Final = np.array([np.nan if f.clear is None else f.clear for f in FEATURES])
_FIELD: Final = np.array([FIELDS.index(f.field) for f in FEATURES])
_PRICE_FIELD: Final = FIELDS.index("declared price")


def _honest(node: str) -> list[int]:
    """Fields of a kind of case that could honestly differ."""
    own = members("parcel" if node == "parcel" else "traveler").tolist()
    return sorted({int(_FIELD[i]) for i in own if FEATURES[i].clear is not None})


_PARCEL_FIELDS: Final = np.array(_honest("parcel"))
_TRAVELER_FIELDS: Final = np.array(_honest("traveler"))


@step
def _clear_field(s: State, field: Int, now_us: Int) -> Flag:
    """Let one field give no reason for concern; false if nothing changes by that."""
    x = s.x[0]
    changed = False
    if field == _PRICE_FIELD and x.price_ratio == x.price_ratio:
        # The usual price for the goods: whatever follows from the price moves along.
        moved = x.price_ratio
        x.price -= moved
        x.unit_price -= moved
        x.price_ceiling -= moved
        x.consignee_price_ratio -= moved
        changed = moved != 0.0
    for i in range(_CLEAR.shape[0]):
        clear = _CLEAR[i]
        if _FIELD[i] == field and clear == clear and s.vector[i] == s.vector[i]:
            changed = changed or s.vector[i] != clear
            s.vector[i] = clear
    if changed and field == _PRICE_FIELD:
        remember_goods(s, s.vector, now_us)
    return changed


@step
def _rescore(s: State, out: Row, trial: Row) -> None:
    """Score the changed vector as the decision was scored, rules included."""
    score(s, out.node, trial)
    lane, stage = policy_lane(out.lane), policy_stage(out.stage)
    take_rules(s.rules, s.vector, out.node, lane, stage, out.stamp_us, trial)
    if trial.routed == 0 and out.routed == s.policy[lane, stage].fast:
        trial.routed = out.routed
    trial.log_odds += trial.uplift
    trial.node = out.node
    trial.promised = out.promised


@step
def _would_pass(s: State, out: Row, trial: Row, now_us: Int) -> Flag:
    """Whether the trial stops nobody in the decision's lane."""
    rule = s.policy[lane_in_force(out), policy_stage(out.stage)]
    chosen = selection_of(s, rule, trial, s.vector, now_us)
    stays = trial.rule_verdict != 0 or trial.routed != out.routed
    return trial.log_odds < out.refer_at and chosen < out.hold_at and not stays


@step
def _restore(vector: Array, kept: Array) -> None:
    for i in range(kept.shape[0]):
        vector[i] = kept[i]


@step
def find_changes(s: State, out: Row, now_us: Int) -> None:
    """Write into a decision which fields would have released the case, if any few would.

    Parameters
    ----------
    s
        The shard; its scratch vector holds the decision's.
    out
        ``DECISION`` record that was made for its risk.
    now_us
        Event time as of which the vector was assembled.
    """
    fields = _PARCEL_FIELDS if out.node == _PARCEL else _TRAVELER_FIELDS
    trial = s.trial[0]
    least = out.log_odds
    passes = False
    for turn in range(CHANGES):
        best = -1
        for field in fields:
            taken = False
            for k in range(turn):
                taken = taken or out.change[k] == field + 1
            if taken:
                continue
            _restore(s.vector, out.x)
            for k in range(turn):
                _clear_field(s, np.int64(out.change[k]) - 1, now_us)
            if not _clear_field(s, field, now_us):
                continue
            _rescore(s, out, trial)
            if trial.log_odds < least:
                least = trial.log_odds
                best = field
                passes = _would_pass(s, out, trial, now_us)
        if best < 0:
            break
        out.change[turn] = best + 1
        out.changed_log_odds = least
        if passes:
            break
    _restore(s.vector, out.x)
    if not passes:
        # Not even so: then nothing is promised.
        for k in range(CHANGES):
            out.change[k] = 0
        out.changed_log_odds = np.nan
