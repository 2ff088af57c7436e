"""New intelligence and changes of trust reach open cases at once, some of them with every event.

Each piece is small, so that gates that ask in the meantime do not notice; while nobody asks, the
source lets time pass until the last case was looked at.
"""

from __future__ import annotations

from typing import Final

from haechi.engine.codes import NodeKind
from haechi.engine.kernel import Array, Flag, Int, Row, step
from haechi.operators.assemble import intelligence_of
from haechi.operators.join import spread
from haechi.operators.state import Count, State
from haechi.operators.trust import trust_of

_BAG: Final = int(NodeKind.BAG)
_PARCEL: Final = int(NodeKind.PARCEL)
_PIECE: Final = 512
"""Cases that one event looks at: about a tenth of a millisecond."""

_MOST_MADE: Final = 32
"""After so many decisions the rest waits for the next event."""


@step
def begin_screening(s: State) -> None:
    """Have every case looked at, those too that an earlier entry is just being held against."""
    s.counters[Count.SCREEN_LEFT] = s.counters[Count.CASES]


@step
def _has_news(s: State, slot: Int, now_us: Int) -> Flag:
    case = s.cases[slot]
    if intelligence_of(s, slot, now_us) != case.watched:
        return True
    return case.node == _PARCEL and trust_of(s, slot) != case.trust


@step
def screen_some(s: State, e: Row, out: Array, at: Int) -> Int:
    """Revise some of the open cases that it bears on; returns the decisions made."""
    left = s.counters[Count.SCREEN_LEFT]
    if left == 0:
        return 0
    made = 0
    looked = 0
    slot = s.counters[Count.SCREEN_AT]
    while left > 0 and looked < _PIECE and made < _MOST_MADE:
        if slot >= s.counters[Count.CASES]:
            slot = 0
        case = s.cases[slot]
        decided = case.open == 1 and case.node != _BAG and case.decided == 1
        now_us = max(e.event_us, case.event_us)
        if decided and _has_news(s, slot, now_us):
            made += spread(s, slot, e, False, out, at + made)
        slot += 1
        looked += 1
        left -= 1
    s.counters[Count.SCREEN_AT] = slot
    s.counters[Count.SCREEN_LEFT] = left
    return made
