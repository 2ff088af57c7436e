"""Cases: opened by the first event that names them, closed by a deadline or an event.

A case is a traveler's arrival, a parcel's waybill or a bag. Its slot is reclaimed when it
closes, in the order of the log, so that every reader of the log uses the same slots.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import NodeKind, Stage
from haechi.engine.hashing import mix, unit_draw
from haechi.engine.hashtable import MISSING, find, put, remove
from haechi.engine.kernel import Int, Row, step
from haechi.engine.timers import Due, push_timer
from haechi.operators.links import drop_links
from haechi.operators.state import Count, State

_TRAVELER: Final = int(NodeKind.TRAVELER)
_PARCEL: Final = int(NodeKind.PARCEL)
_PRE_ARRIVAL: Final = int(Stage.PRE_ARRIVAL)
_WAREHOUSE_IN: Final = int(Stage.WAREHOUSE_IN)
_EXPIRY: Final = int(Due.EXPIRY)
_NONE: Final = np.uint64(0)
_GENERATION_SHIFT: Final = 32
_SLOT_BITS: Final = (1 << _GENERATION_SHIFT) - 1


@step
def set_timer(s: State, due_us: Int, slot: Int, what: Int) -> None:
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
def retention_us(s: State, node: Int) -> Int:
    """How long a case of this kind is kept after its last event, microseconds."""
    if node == _PARCEL:
        return s.counters[Count.RETENTION_PARCEL_US]
    return s.counters[Count.RETENTION_TRAVELER_US]


@step
def case_named(s: State, key: Int) -> Int:
    """Slot of the open case that a name leads to, or ``MISSING``.

    An entry holds the case's generation beside its slot: a name that outlived its case leads
    nowhere, whoever has the slot now.
    """
    if key == _NONE:
        return MISSING
    entry = find(s.case_index, key)
    if entry == MISSING:
        return MISSING
    slot = entry & _SLOT_BITS
    if s.cases[slot].generation != entry >> _GENERATION_SHIFT:
        s.counters[Count.CASE_KEYS] -= remove(s.case_index, key)
        return MISSING
    return slot


@step
def point_at(s: State, key: Int, slot: Int) -> None:
    """Let a name lead to a case."""
    if key != _NONE:
        entry = s.cases[slot].generation << _GENERATION_SHIFT | slot
        s.counters[Count.CASE_KEYS] += put(s.case_index, key, entry)


@step
def forget(s: State, key: Int, slot: Int) -> None:
    """Let a name lead nowhere, if it leads to this case."""
    if case_named(s, key) == slot:
        s.counters[Count.CASE_KEYS] -= remove(s.case_index, key)


@step
def open_case(s: State, ref: Int, node: Int, flight: Int, now_us: Int) -> Int:
    """Open a case under ``ref`` and return its slot.

    Without a flight, the key takes in the time of opening: the next arrival of the same
    person is another case, with a draw of its own.
    """
    if s.counters[Count.FREE_CASES] > 0:
        s.counters[Count.FREE_CASES] -= 1
        slot = s.free_cases[s.counters[Count.FREE_CASES]]
    else:
        slot = s.counters[Count.CASES]
        s.counters[Count.CASES] += 1
    s.counters[Count.GENERATION] += 1
    s.cases[slot] = s.blank_case[0]
    s.manifests[slot] = s.blank_event[0]
    case = s.cases[slot]
    case.generation = s.counters[Count.GENERATION]
    case.ref = ref
    arrival = flight if flight != _NONE else np.uint64(now_us)
    case.key = mix(mix(ref, np.uint64(node)), arrival)
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
def close_case(s: State, slot: Int) -> None:
    """Forget a case's names and links and give its slot back."""
    case = s.cases[slot]
    drop_links(s, slot)
    forget(s, case.ref, slot)
    forget(s, case.alias, slot)
    forget(s, case.key, slot)
    s.cases[slot] = s.blank_case[0]
    s.free_cases[s.counters[Count.FREE_CASES]] = slot
    s.counters[Count.FREE_CASES] += 1


@step
def case_of(s: State, e: Row, ref: Int, node: Int) -> Int:
    """Slot of the case that an event names, opened if need be; ``MISSING`` for no name.

    A manifest for another flight opens another case, to which the traveler's id leads from
    then on; the earlier one keeps its own names until it expires. Evidence belongs to a
    case, and last year's scan says nothing today.
    """
    if ref == _NONE:
        return MISSING
    slot = case_named(s, ref)
    is_manifest = ref == e.ref and e.flight != _NONE
    if slot == MISSING:
        return open_case(s, ref, node, e.flight if is_manifest else _NONE, e.stamp_us)
    if not is_manifest or node != _TRAVELER or s.cases[slot].flight == e.flight:
        return slot
    if s.cases[slot].flight == _NONE:
        s.cases[slot].flight = e.flight
        return slot
    other = case_named(s, mix(mix(ref, np.uint64(node)), e.flight))
    if other != MISSING:
        return other
    before_us = s.cases[slot].event_us
    if e.event_us < s.cases[slot].manifest_us:
        return slot
    slot = open_case(s, ref, node, e.flight, e.stamp_us)
    s.cases[slot].not_before_us = before_us
    return slot


@step
def touch(s: State, slot: Int, e: Row) -> None:
    """Note that an event reached a case: its time, and the digest of all its inputs."""
    case = s.cases[slot]
    case.seen_us = e.stamp_us
    case.event_us = max(case.event_us, e.event_us)
    case.inputs = mix(mix(case.inputs, e.id_hi), e.id_lo)
