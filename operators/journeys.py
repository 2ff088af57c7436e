"""Which of a traveler's journeys an event means that gives only the bare id.

Each journey is a case. They are chained from the one opened last, to which the id leads, to
the one opened before it; most travelers have one.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import EventKind, Phase
from haechi.engine.hashtable import MISSING
from haechi.engine.kernel import Flag, Int, Row, step
from haechi.operators.names import case_named, forget, point_at, slot_of
from haechi.operators.state import State

_NONE: Final = np.uint64(0)
_ENDS: Final = (int(EventKind.EXIT_SEEN), int(EventKind.CASE_CLOSED))
_DAY_US: Final = 86_400_000_000

_EARLY_US: Final = 3_600_000_000
"""How much before its time a flight may land."""

_BEHIND_US: Final = 600_000_000
"""How long after the exit an event still means the journey that ended: clocks differ."""

MOST_JOURNEYS: Final = 16
"""Open journeys of one traveler, the newest, among which a bare id chooses."""


@step
def expected_us(e: Row) -> Int:
    """From when on the traveler may be here; who gives no arrival, from the event itself."""
    return e.arrival_us - _EARLY_US if e.arrival_us != 0 else e.event_us


@step
def end_journey(s: State, slot: Int, e: Row) -> None:
    """Note that a traveler is through; the next event means the next journey, if any."""
    s.cases[slot].over_us = e.event_us + _BEHIND_US


@step
def leave_journeys(s: State, slot: Int) -> None:
    """Take a case that closes out of its traveler's journeys; later ones inherit nothing.

    What happened while it was open, and is heard of late, is no evidence for a later journey.
    """
    case = s.cases[slot]
    newest = case_named(s, case.ref)
    at = newest
    steps = 0
    while at != MISSING and steps < MOST_JOURNEYS:
        steps += 1
        other = s.cases[at]
        if other.expected_us > case.expected_us:
            other.not_before_us = max(other.not_before_us, case.event_us)
        if slot_of(s, other.earlier) == slot:
            other.earlier = case.earlier
        at = slot_of(s, other.earlier)
    if newest == slot:
        forget(s, case.ref, slot)
        earlier = slot_of(s, case.earlier)
        if earlier != MISSING:
            point_at(s, case.ref, earlier)


@step
def _journey_at(s: State, newest: Int, e: Row) -> Int:
    """Slot of the journey that a traveler was on when an event happened.

    It is the one that is expected since last or, before any is, the one that is expected
    first; of equals the newest. A journey that is over is not meant again once the next one is
    less than a day off: until then, who is called back or comes back is still of that one.
    Nobody leaves before arriving.
    """
    time_us = e.event_us
    due_by_us = time_us if e.kind in _ENDS else time_us + _DAY_US
    best = MISSING
    best_us = np.int64(0)
    ended = MISSING
    at = newest
    steps = 0
    while at != MISSING and steps < MOST_JOURNEYS:
        steps += 1
        journey = s.cases[at]
        since_us = journey.expected_us
        if journey.over_us != 0 and time_us > journey.over_us:
            if ended == MISSING or journey.over_us > s.cases[ended].over_us:
                ended = at
        elif (
            best == MISSING
            or best_us < since_us <= time_us
            or (time_us < best_us and since_us < best_us)
        ):
            best = at
            best_us = since_us
        at = slot_of(s, journey.earlier)
    if ended != MISSING and (best == MISSING or best_us > due_by_us):
        return ended
    return best


@step
def journey_meant(s: State, e: Row, ref: Int, newest: Int) -> Int:
    """Slot of the journey that an event means by a name; most travelers have only one.

    A name of one journey, such as a document on a flight, leads to that journey at once. Where
    an event gives it beside the traveler's bare id, it says which one is meant.
    """
    if s.cases[newest].earlier == 0 or s.cases[newest].ref != ref:
        return newest
    named = case_named(s, e.alias) if ref == e.ref else MISSING
    if named != MISSING and s.cases[named].ref == ref:
        return named
    return _journey_at(s, newest, e)


@step
def was_here_before(case: Row, e: Row) -> Flag:
    """Whether somebody was read here more than a day before the flight of a manifest lands."""
    was_read = case.phase != Phase.OPEN or case.body_read == 1 or case.face_outcome != 0
    return was_read and e.arrival_us > case.event_us + _DAY_US


@step
def is_of_an_earlier_journey(s: State, slot: Int, e: Row) -> Flag:
    """Whether an event by a traveler's bare id happened before the journey before this closed."""
    case = s.cases[slot]
    if e.event_us > case.not_before_us:
        return False
    return e.flight == _NONE and e.ref == case.ref and case_named(s, e.alias) != slot
