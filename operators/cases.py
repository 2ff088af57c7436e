"""Cases: opened by the first event that names them, closed by a deadline or an event.

A case is a traveler's arrival, a parcel's waybill or a bag. Its slot is reclaimed when it
closes, in the order of the log, so that every reader of the log uses the same slots.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import EventKind, NodeKind, Stage
from haechi.engine.hashing import mix, unit_draw
from haechi.engine.hashtable import MISSING
from haechi.engine.kernel import Int, Real, Row, step
from haechi.engine.timers import Due, push_timer
from haechi.operators.hand_over import settle_bags
from haechi.operators.journeys import (
    expected_us,
    journey_meant,
    leave_journeys,
    was_here_before,
)
from haechi.operators.links import drop_links, next_link, other_end
from haechi.operators.names import case_key, case_named, entry_of, forget, point_at
from haechi.operators.queue import LOST, leave_queue
from haechi.operators.state import Count, State

_TRAVELER: Final = int(NodeKind.TRAVELER)
_PARCEL: Final = int(NodeKind.PARCEL)
_BAG: Final = int(NodeKind.BAG)
_PRE_ARRIVAL: Final = int(Stage.PRE_ARRIVAL)
_WAREHOUSE_IN: Final = int(Stage.WAREHOUSE_IN)
_EXPIRY: Final = int(Due.EXPIRY)
_LINKS: Final = (int(EventKind.LINK), int(EventKind.UNLINK))
_HEARSAY: Final = (*_LINKS, int(EventKind.IDENTITY_LINK), int(EventKind.LINKED_RISK))
"""Kinds that name a subject of which another shard may know everything else."""
_NONE: Final = np.uint64(0)


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
def last_seen_us(s: State, slot: Int) -> Int:
    """When a case was last heard of; a bag is as present as the traveler it belongs to."""
    seen_us = s.cases[slot].seen_us
    if s.cases[slot].node == _BAG:
        link = s.cases[slot].first_link
        while link != -1:
            if s.links[link].active == 1:
                seen_us = max(seen_us, s.cases[other_end(s, link, slot)].seen_us)
            link = next_link(s, link, slot)
    return seen_us


@step
def _draw(s: State, key: Int) -> Real:
    """Lot of a case among random checks, 0 to 1, by the shard's seed."""
    return unit_draw(np.uint64(s.counters[Count.SEED]), key)


@step
def open_case(s: State, e: Row, ref: Int, node: Int, flight: Int) -> Int:
    """Open a case under ``ref`` and return its slot.

    Without a flight, the key takes in the time of opening: the next arrival of the same
    person is another case, with a draw of its own.
    """
    now_us = e.stamp_us
    earlier = case_named(s, ref) if node == _TRAVELER else MISSING
    if s.counters[Count.FREE_CASES] > 0:
        s.counters[Count.FREE_CASES] -= 1
        slot = s.free_cases[s.counters[Count.FREE_CASES]]
    else:
        slot = s.counters[Count.CASES]
        s.counters[Count.CASES] += 1
    s.counters[Count.GENERATION] += 1
    s.cases[slot] = s.blank_case[0]
    s.manifests[slot] = s.blank_manifest[0]
    case = s.cases[slot]
    case.generation = s.counters[Count.GENERATION]
    case.ref = ref
    case.key = case_key(ref, node, flight if flight != _NONE else np.uint64(now_us))
    case.flight = flight
    case.expected_us = expected_us(e)
    case.earlier = entry_of(s, earlier) if earlier != MISSING else 0
    case.node = node
    case.open = 1
    case.first_link = -1
    case.seen_us = now_us
    case.draw = _draw(s, case.key)
    case.lane = s.default_lane[node] if node <= _PARCEL else 0
    case.stage = _WAREHOUSE_IN if node == _PARCEL else _PRE_ARRIVAL
    case.face_similarity = np.nan
    case.body_score = np.nan
    case.xray_score = np.nan
    case.similar_seizure = np.nan
    for k in range(case.usual.shape[0]):
        case.usual[k] = np.nan
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
    leave_queue(s, slot, LOST)
    settle_bags(s, slot)
    drop_links(s, slot)
    leave_journeys(s, slot)
    forget(s, case.alias, slot)
    forget(s, case.key, slot)
    forget(s, case_key(case.ref, case.node, case.flight), slot)
    s.cases[slot] = s.blank_case[0]
    s.free_cases[s.counters[Count.FREE_CASES]] = slot
    s.counters[Count.FREE_CASES] += 1


@step
def case_of(s: State, e: Row, ref: Int, node: Int) -> Int:
    """Slot of the case that an event names, opened if need be; ``MISSING`` for no name.

    A manifest for another flight opens another case; a traveler's bare id then leads to the
    journey that was going on when the event happened. Evidence belongs to a case, and last
    year's scan says nothing today.
    """
    if ref == _NONE:
        return MISSING
    # A link says which flight it is of, but only a traveler's own events open a journey.
    opens = ref == e.ref and e.flight != _NONE and e.kind not in _LINKS
    slot = case_named(s, ref)
    if slot == MISSING:
        return open_case(s, e, ref, node, e.flight if opens else _NONE)
    if node != _TRAVELER:
        return slot
    if e.flight != _NONE:
        if s.cases[slot].flight == e.flight:
            return slot
        other = case_named(s, case_key(ref, node, e.flight))
        if other != MISSING:
            return other
    slot = journey_meant(s, e, ref, slot)
    if not opens:
        return slot
    if s.cases[slot].flight == _NONE and not was_here_before(s.cases[slot], e):
        key = case_key(ref, node, e.flight)
        s.cases[slot].flight = e.flight
        # The draw that it had were its manifest first: no event's delay decides who is checked.
        s.cases[slot].draw = _draw(s, key)
        point_at(s, key, slot)
        return slot
    return open_case(s, e, ref, node, e.flight)


@step
def touch(s: State, slot: Int, e: Row) -> None:
    """Note that an event reached a case: its time, the digest of all its inputs, what it is."""
    case = s.cases[slot]
    case.seen_us = e.stamp_us
    case.event_us = max(case.event_us, e.event_us)
    if e.kind not in _HEARSAY:
        case.heard = 1
    case.inputs = mix(mix(case.inputs, e.id_hi), e.id_lo)
