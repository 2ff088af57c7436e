"""Learning from inspections, the only labels there are.

A label joins the decision that it names, with the vector as it was scored. Parcels learn
live, travelers in shadow; an officer's override is no label. One label stands a case: a second
outcome that says the same changes nothing, a finding is not undone by a later look that found
nothing, and a correction replaces what it corrects, whichever comes first.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine import exactmath
from haechi.engine.calibrate import calibrate
from haechi.engine.codes import Finding, NodeKind, SelectedBy
from haechi.engine.features import MEMORIES, PLACE
from haechi.engine.ftrl import loosen
from haechi.engine.hashtable import MISSING, find, put
from haechi.engine.inputs import FINEST, find_inputs, memory_key, reads_memory
from haechi.engine.kernel import Flag, Int, Real, Row, step
from haechi.engine.memory import remember
from haechi.engine.model import learn
from haechi.engine.prior import ramp
from haechi.operators.lanes import note_inspected
from haechi.operators.parties import count_outcome
from haechi.operators.score import arm, base_log_odds
from haechi.operators.state import Count, State

_FOUND: Final = int(Finding.FOUND)
_NOTHING: Final = int(Finding.NOTHING)
_PARCEL: Final = int(NodeKind.PARCEL)
_OFFICER: Final = int(SelectedBy.OFFICER)
_MEMORIES: Final = len(MEMORIES)
_PRICE: Final = PLACE["price"]
_NONE: Final = np.uint64(0)
_DRIFT_US: Final = 14 * 86_400_000_000
"""How long a drift is being learned."""

_LOOSEN: Final = 0.25
"""Share of what steadies a model's weights that is left after a drift: they learn twice as fast."""

_FORGET: Final = 0.5
"""Share of what is remembered of goods that is left after a drift."""

_MOST_IMPORTANCE: Final = 10.0
"""An example counts at most so many times for the model, whose weights few rows should not bend."""

MOST_WEIGHT: Final = 200.0
"""An inspection stands for at most so many that did not take place."""


@step
def _label_row(s: State, key: Int) -> Int:
    """Slot of what stands of a case, made if need be."""
    slot = find(s.label_index, key)
    if slot == MISSING:
        slot = s.counters[Count.LABELS]
        s.counters[Count.LABELS] += 1
        s.labels[slot].key = key
        put(s.label_index, key, slot)
    return slot


@step
def learn_outcome(s: State, e: Row, decision: Row) -> None:
    """Take one inspection's outcome.

    Parameters
    ----------
    s
        The shard.
    e
        The outcome's ``EVENT`` record.
    decision
        ``DECISION`` record of the decision that it names, as committed.
    """
    says = np.int64(e.found) if e.found in (_FOUND, _NOTHING) else np.int64(0)
    corrects = e.answers_hi != _NONE or e.answers_lo != _NONE
    known = find(s.label_index, decision.case_key) != MISSING
    if says == 0 and not (corrects and known):
        return
    row = s.labels[_label_row(s, decision.case_key)]
    stood = row.found
    if corrects:
        if known and row.event_us > e.event_us:
            return
    elif row.corrected_hi == e.id_hi and row.corrected_lo == e.id_lo:
        # It was corrected before it came.
        return
    elif stood in (says, _FOUND):
        return
    if stood == 0:
        note_inspected(s, decision)
    row.id_hi = e.id_hi
    row.id_lo = e.id_lo
    row.event_us = e.event_us
    row.corrected_hi = e.answers_hi
    row.corrected_lo = e.answers_lo
    row.found = says
    if stood == says:
        return
    if stood != 0:
        _count(s, e, decision, stood == _FOUND, -1.0, row.weight)
    row.weight = 0.0
    if says != 0:
        row.weight = _weight(e, decision)
        _fit(s, e, decision, says == _FOUND, row.weight)
        _count(s, e, decision, says == _FOUND, 1.0, row.weight)


@step
def take_drift(s: State, e: Row) -> None:
    """Forget faster and look at more for a while: what was learned may no longer hold."""
    kind = 0 if e.node == _PARCEL else 1
    s.drift[kind] = max(s.drift[kind], e.event_us + _DRIFT_US)
    loosen(s.weights[kind], _LOOSEN)
    if kind == 0:
        for slot in range(s.counters[Count.MEMORIES]):
            s.memories[slot].found *= _FORGET
            s.memories[slot].clean *= _FORGET


@step
def _weight(e: Row, decision: Row) -> Real:
    """How many cases an inspection stands for: one over its propensity; 0 if that is not known."""
    p = e.propensity if e.propensity == e.propensity else decision.propensity
    return min(1.0 / p, MOST_WEIGHT) if p > 0.0 else 0.0


@step
def _is_unseen(s: State, decision: Row) -> Flag:
    """Whether nobody has inspected such goods by now."""
    for m in FINEST:
        if not reads_memory(s.model[0], m):
            continue
        key = memory_key(decision.x, m)
        if key != _NONE and find(s.memory_index, key) == MISSING:
            return True
    return False


@step
def _fit(s: State, e: Row, decision: Row, found: Flag, weight: Real) -> None:
    """Let model and calibration learn from the vector as it was scored."""
    node = decision.node
    kind = 0 if node == _PARCEL else 1
    base = base_log_odds(s, node)
    offset = base
    for i in range(decision.x.shape[0]):
        offset += ramp(s.prior[kind, i], decision.x[i])
    goods = find_inputs(decision.x, node, s.model[kind], s.bins, s.cells, s.values)
    label = 1.0 if found else 0.0
    z = learn(
        s.weights[kind], s.model[kind], node, goods, _is_unseen(s, decision),
        s.cells, s.values, offset, label, 1.0 if weight == 0.0 else min(weight, _MOST_IMPORTANCE),
    )  # fmt: skip
    s.counters[Count.LEARNED if kind == 0 else Count.SHADOW_LEARNED] += 1
    if kind == 0 and weight > 0.0:
        calibrate(s.platt[kind, arm(goods)], base, offset - base + z, label, weight, e.event_us)


@step
def _count(s: State, e: Row, decision: Row, found: Flag, times: Real, weight: Real) -> None:
    """Count an outcome wherever something is remembered of what was inspected."""
    node = decision.node
    s.rates[0 if node == _PARCEL else 1, 0 if found else 1] += times * weight
    count_outcome(s, decision, e.event_us, found, times)
    if node != _PARCEL:
        return
    price = decision.x[_PRICE]
    if not found and times > 0.0 and price == price:
        s.ceiling[0] = max(s.ceiling[0], exactmath.exp(exactmath.LN2 * price))
    for m in range(_MEMORIES):
        key = memory_key(decision.x, m)
        if key == _NONE:
            continue
        slot = find(s.memory_index, key)
        if slot == MISSING:
            slot = s.counters[Count.MEMORIES]
            s.counters[Count.MEMORIES] += 1
            s.memories[slot].key = key
            s.memories[slot].last_us = e.event_us
            put(s.memory_index, key, slot)
        remember(s.memories[slot], e.event_us, found, times)
