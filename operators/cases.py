"""Cases: opened by the first event that names them, closed by a deadline or an event.

A case is a traveler's arrival, a parcel's waybill or a bag. Its slot is reclaimed when it
closes, in the order of the log, so that every reader of the log uses the same slots.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import NodeKind, Phase, Stage
from haechi.engine.hashing import mix, unit_draw
from haechi.engine.hashtable import MISSING, find, put, remove
from haechi.engine.kernel import Row, step
from haechi.engine.timers import Due, push_timer
from haechi.operators.links import drop_links
from haechi.operators.state import Count, State

_TRAVELER: Final = int(NodeKind.TRAVELER)
_PARCEL: Final = int(NodeKind.PARCEL)
_LEFT: Final = int(Phase.LEFT)
_PRE_ARRIVAL: Final = int(Stage.PRE_ARRIVAL)
_WAREHOUSE_IN: Final = int(Stage.WAREHOUSE_IN)
_EXPIRY: Final = int(Due.EXPIRY)
_NONE: Final = np.uint64(0)


@step
def set_timer(s: State, due_us: int, slot: int, what: int) -> None:
    """Set a deadline for the case in ``slot``; it dies with the case."""
    push_timer(
        s.timers,
        s.counters[Count.TIMERS],
        due_us,
        s.counters[Count.TIMER_SERIAL],
        slot,
        s.cases[slot].generation,
        what,
    )
    s.counters[Count.TIMERS] += 1
    s.counters[Count.TIMER_SERIAL] += 1


@step
def retention_us(s: State, node: int) -> int:
    """How long a case of this kind is kept after its last event, microseconds."""
    if node == _PARCEL:
        return s.counters[Count.RETENTION_PARCEL_US]
    return s.counters[Count.RETENTION_TRAVELER_US]


@step
def point_at(s: State, key: int, slot: int) -> None:
    """Let a name lead to a case."""
    s.counters[Count.CASE_KEYS] += put(s.case_index, key, slot)


@step
def forget(s: State, key: int, slot: int) -> None:
    """Let a name lead nowhere, if it leads to this case."""
    if key != _NONE and find(s.case_index, key) == slot:
        s.counters[Count.CASE_KEYS] -= remove(s.case_index, key)


@step
def open_case(s: State, ref: int, node: int, flight: int, now_us: int) -> int:
    """Open a case under ``ref`` and return its slot."""
    if s.counters[Count.FREE_CASES] > 0:
        s.counters[Count.FREE_CASES] -= 1
        slot = s.free_cases[s.counters[Count.FREE_CASES]]
    else:
        slot = s.counters[Count.CASES]
        s.counters[Count.CASES] += 1
    s.counters[Count.GENERATION] += 1
    case = s.cases[slot]
    case.generation = s.counters[Count.GENERATION]
    case.ref = ref
    case.key = mix(mix(ref, np.uint64(node)), flight)
    case.flight = flight
    case.node = node
    case.open = 1
    case.first_link = -1
    case.seen_us = now_us
    case.draw = unit_draw(np.uint64(s.counters[Count.SEED]), case.key)
    case.lane = s.default_lane[node] if node <= _PARCEL else 0
    case.stage = _WAREHOUSE_IN if node == _PARCEL else _PRE_ARRIVAL
    case.face_similarity = np.nan
    case.body_score = np.nan
    case.xray_score = np.nan
    case.similar_seizure = np.nan
    case.declared_cash = np.nan
    case.declared_value = np.nan
    point_at(s, ref, slot)
    point_at(s, case.key, slot)
    set_timer(s, now_us + retention_us(s, node), slot, _EXPIRY)
    return slot


@step
def close_case(s: State, slot: int) -> None:
    """Forget a case's names and links and give its slot back."""
    case = s.cases[slot]
    drop_links(s, slot)
    forget(s, case.ref, slot)
    forget(s, case.alias, slot)
    forget(s, case.key, slot)
    s.cases[slot] = np.zeros(1, s.cases.dtype)[0]
    s.manifests[slot] = np.zeros(1, s.manifests.dtype)[0]
    s.free_cases[s.counters[Count.FREE_CASES]] = slot
    s.counters[Count.FREE_CASES] += 1


@step
def case_of(s: State, e: Row, ref: int, node: int) -> int:
    """Slot of the case that an event names, opened if need be; ``MISSING`` for no name.

    A manifest for another flight closes the traveler's earlier case: evidence belongs to a
    case, and last year's scan says nothing today.
    """
    if ref == _NONE:
        return MISSING
    slot = find(s.case_index, ref)
    if slot == MISSING:
        slot = open_case(s, ref, node, e.flight if ref == e.ref else _NONE, e.stamp_us)
    elif (
        node == _TRAVELER
        and ref == e.ref
        and e.flight != _NONE
        and s.cases[slot].flight != e.flight
    ):
        if s.cases[slot].flight == _NONE:
            s.cases[slot].flight = e.flight
        elif e.event_us >= s.cases[slot].manifest_us:
            close_case(s, slot)
            slot = open_case(s, ref, node, e.flight, e.stamp_us)
    return slot


@step
def touch(s: State, slot: int, e: Row) -> None:
    """Note that an event reached a case: its time, and the digest of all its inputs."""
    case = s.cases[slot]
    case.seen_us = e.stamp_us
    case.event_us = max(case.event_us, e.event_us)
    case.inputs = mix(mix(case.inputs, e.id_hi), e.id_lo)


@step
def has_left(s: State, slot: int) -> bool:
    """Whether the subject is beyond the last gate."""
    return s.cases[slot].phase == _LEFT
