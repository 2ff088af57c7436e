"""Learning from inspections, the only labels there are.

A label joins the decision that it names, with the vector as it was scored. Parcels learn
live, travelers in shadow; an officer's override is no label.
"""

from __future__ import annotations

from typing import Final

from haechi.engine.codes import Finding, NodeKind
from haechi.engine.ftrl import learn
from haechi.engine.hashtable import MISSING
from haechi.engine.kernel import Row, step
from haechi.engine.prior import ramp
from haechi.operators.names import case_named
from haechi.operators.parties import count_outcome
from haechi.operators.score import find_cells
from haechi.operators.state import Count, State

_FOUND: Final = int(Finding.FOUND)
_NOTHING: Final = int(Finding.NOTHING)
_PARCEL: Final = int(NodeKind.PARCEL)


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
    if e.found not in (_FOUND, _NOTHING):
        return
    slot = case_named(s, decision.case_key)
    if slot != MISSING:
        if s.cases[slot].labelled == 1:
            return
        s.cases[slot].labelled = 1
    found = e.found == _FOUND
    kind = 0 if decision.node == _PARCEL else 1
    offset = s.base[kind]
    for i in range(decision.x.shape[0]):
        offset += ramp(s.prior[kind, i], decision.x[i])
    count = find_cells(decision.x, decision.node, s.cells)
    label = 1.0 if found else 0.0
    learn(s.weights[kind], s.cells, count, offset, label, 1.0)
    s.counters[Count.LEARNED if kind == 0 else Count.SHADOW_LEARNED] += 1
    count_outcome(s, decision.parties, e.event_us, found)
