"""The state of one shard: flat arrays, a slot a case, a link or a history.

Only :mod:`haechi.operators.core` changes it, and only the dataflow's thread calls that.
Arrays grow by doubling between batches; a slot that a closed case leaves is used again.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np

from haechi.engine.decay import HISTORY
from haechi.engine.features import CONTRIBUTIONS, FEATURES, VECTOR
from haechi.engine.ftrl import new_weights
from haechi.engine.hashtable import grown, new_index
from haechi.engine.kernel import Array
from haechi.engine.policy import LANES, POLICY, STAGES
from haechi.engine.prior import TERM
from haechi.engine.records import EVENT, PARTIES, STREAMS
from haechi.engine.timers import TIMER

CASE: Final = np.dtype(
    [
        ("key", "<u8"),
        ("ref", "<u8"),
        ("alias", "<u8"),
        ("flight", "<u8"),
        ("site", "<u8"),
        ("gate", "<u8"),
        ("inputs", "<u8"),
        ("last_hi", "<u8"),
        ("last_lo", "<u8"),
        ("answered_hi", "<u8"),
        ("answered_lo", "<u8"),
        ("pending_hi", "<u8"),
        ("pending_lo", "<u8"),
        ("unacknowledged_hi", "<u8"),
        ("unacknowledged_lo", "<u8"),
        ("parties", "<u8", (PARTIES,)),
        ("generation", "<i8"),
        ("seen_us", "<i8"),
        ("event_us", "<i8"),
        ("manifest_us", "<i8"),
        ("pending_due_us", "<i8"),
        ("review_by_us", "<i8"),
        ("first_link", "<i8"),
        ("own_version", "<i8"),
        ("decided_gate", "<u8"),
        ("evidence_us", "<i8", (STREAMS,)),
        ("draw", "<f8"),
        ("own_risk", "<f8"),
        ("face_similarity", "<f8"),
        ("body_score", "<f8"),
        ("xray_score", "<f8"),
        ("similar_seizure", "<f8"),
        ("declared_cash", "<f8"),
        ("declared_value", "<f8"),
        ("evidence", "u1", (STREAMS,)),
        ("node", "u1"),
        ("phase", "u1"),
        ("stage", "u1"),
        ("lane", "u1"),
        ("verdict", "u1"),
        ("directive", "u1"),
        ("code_class", "u1"),
        ("decided", "u1"),
        ("opened_gate", "u1"),
        ("counted", "u1"),
        ("labelled", "u1"),
        ("reviewed", "u1"),
        ("face_outcome", "u1"),
        ("body_alarm", "u1"),
        ("xray_alarm", "u1"),
        ("restricted", "u1"),
        ("open", "u1"),
        ("decided_stage", "u1"),
        ("spare", "u1", (4,)),
    ]
)
"""One case: what is known of one arrival of a traveler, one parcel or one bag."""

LINK: Final = np.dtype(
    [
        ("key", "<u8"),
        ("a", "<i8"),
        ("b", "<i8"),
        ("next_a", "<i8"),
        ("next_b", "<i8"),
        ("version", "<i8"),
        ("active", "<i8"),
    ]
)
"""One link between the cases in slots ``a`` and ``b``, threaded through both's lists."""

WATCHED: Final = np.dtype([("weight", "<f8"), ("until_us", "<i8")])
"""One intelligence entry: its weight, and when it expires (0: never)."""


class Count(IntEnum):
    """Positions of the shard's counters."""

    CASES = 0
    FREE_CASES = 1
    LINKS = 2
    FREE_LINKS = 3
    HISTORIES = 4
    WATCHED = 5
    SENSORS = 6
    TIMERS = 7
    TIMER_SERIAL = 8
    CASE_KEYS = 9
    LINK_KEYS = 10
    ORDINAL = 11
    LEARNED = 12
    SHADOW_LEARNED = 13
    EVENTS = 14
    DECISIONS = 15
    NOW_US = 16
    GENERATION = 17
    LINKS_OVER = 18
    UNKNOWN_LABELS = 19
    SEED = 20
    PRIOR_VERSION = 21
    POLICY_VERSION = 22
    RETENTION_TRAVELER_US = 23
    RETENTION_PARCEL_US = 24


COUNTERS: Final = 32


class State(NamedTuple):
    """All arrays of a shard. Kernels change them in place; growing replaces them.

    ``x`` and ``vector`` are the same memory, as a record and as floats, shape (features,);
    ``cells`` and ``contribution`` are scratch of shape (contributions,). ``weights`` has one
    model for parcels (live) and one for travelers (shadow), shape (2, cells, 2).
    """

    cases: Array
    manifests: Array
    links: Array
    histories: Array
    watched: Array
    sensors: Array
    case_index: Array
    link_index: Array
    history_index: Array
    watched_index: Array
    sensor_index: Array
    timers: Array
    free_cases: Array
    free_links: Array
    counters: Array
    weights: Array
    policy: Array
    prior: Array
    base: Array
    default_lane: Array
    x: Array
    vector: Array
    cells: Array
    contribution: Array


def new_state(capacity: int = 1 << 12) -> State:
    """An empty shard with room for ``capacity`` cases before the first growth.

    Memory that no case has used is not touched, so a generous capacity costs nothing.
    """
    x = np.zeros(1, VECTOR)
    return State(
        cases=np.zeros(capacity, CASE),
        manifests=np.zeros(capacity, EVENT),
        links=np.zeros(capacity, LINK),
        histories=np.zeros(4 * capacity, HISTORY),
        watched=np.zeros(1024, WATCHED),
        sensors=np.zeros(256, np.int64),
        case_index=new_index(3 * capacity),
        link_index=new_index(capacity),
        history_index=new_index(4 * capacity),
        watched_index=new_index(1024),
        sensor_index=new_index(256),
        timers=np.zeros(2 * capacity, TIMER),
        free_cases=np.zeros(capacity, np.int64),
        free_links=np.zeros(capacity, np.int64),
        counters=np.zeros(COUNTERS, np.int64),
        weights=np.stack([new_weights(), new_weights()]),
        policy=np.zeros((LANES, STAGES), POLICY),
        prior=np.zeros((2, len(FEATURES)), TERM),
        base=np.zeros(2),
        default_lane=np.zeros(3, np.int64),
        x=x,
        vector=x.view("<f8"),
        cells=np.zeros(len(CONTRIBUTIONS), np.int64),
        contribution=np.zeros(len(CONTRIBUTIONS)),
    )


_PER_EVENT: Final = {
    "cases": 2,
    "links": 1,
    "histories": 2 * PARTIES,
    "watched": 1,
    "sensors": 2,
    "timers": 12,
}
"""The most that one record can add to each array."""


def _longer(array: Array, room: int, used: int) -> Array:
    if used + room <= array.shape[0]:
        return array
    larger = np.zeros(max(2 * array.shape[0], used + room), array.dtype)
    larger[:used] = array[:used]
    return larger


def make_room(state: State, records: int) -> State:
    """The state with room for ``records`` more records, whatever they are."""
    count = state.counters
    used = {
        "cases": int(count[Count.CASES]),
        "links": int(count[Count.LINKS]),
        "histories": int(count[Count.HISTORIES]),
        "watched": int(count[Count.WATCHED]),
        "sensors": int(count[Count.SENSORS]),
        "timers": int(count[Count.TIMERS]),
    }
    room = {name: each * records for name, each in _PER_EVENT.items()}
    cases = _longer(state.cases, room["cases"], used["cases"])
    links = _longer(state.links, room["links"], used["links"])
    return state._replace(
        cases=cases,
        manifests=_longer(state.manifests, room["cases"], used["cases"]),
        free_cases=_longer(state.free_cases, cases.shape[0], 0)
        if cases is not state.cases and int(count[Count.FREE_CASES]) == 0
        else _longer(state.free_cases, room["cases"], int(count[Count.FREE_CASES])),
        links=links,
        free_links=_longer(state.free_links, links.shape[0], 0)
        if links is not state.links and int(count[Count.FREE_LINKS]) == 0
        else _longer(state.free_links, room["links"], int(count[Count.FREE_LINKS])),
        histories=_longer(state.histories, room["histories"], used["histories"]),
        watched=_longer(state.watched, room["watched"], used["watched"]),
        sensors=_longer(state.sensors, room["sensors"], used["sensors"]),
        timers=_longer(state.timers, room["timers"], used["timers"]),
        case_index=grown(state.case_index, int(count[Count.CASE_KEYS]), 4 * records),
        link_index=grown(state.link_index, int(count[Count.LINK_KEYS]), records),
        history_index=grown(state.history_index, used["histories"], room["histories"]),
        watched_index=grown(state.watched_index, used["watched"], room["watched"]),
        sensor_index=grown(state.sensor_index, used["sensors"], room["sensors"]),
    )


def digest(state: State) -> str:
    """SHA-256 of everything that a later decision can depend on, in hexadecimal.

    Two readers of the same log hold the same digest. Index arrays are left out, because
    their layout tells when they grew; what they say is in the rows they point at.
    """
    total = hashlib.sha256()
    count = state.counters
    for rows, used in (
        (state.cases, count[Count.CASES]),
        (state.manifests, count[Count.CASES]),
        (state.links, count[Count.LINKS]),
        (state.histories, count[Count.HISTORIES]),
        (state.watched, count[Count.WATCHED]),
        (state.sensors, count[Count.SENSORS]),
        (state.timers, count[Count.TIMERS]),
        (state.free_cases, count[Count.FREE_CASES]),
        (state.free_links, count[Count.FREE_LINKS]),
    ):
        total.update(rows[: int(used)].tobytes())
    for whole in (count, state.weights, state.policy, state.prior, state.base):
        total.update(np.ascontiguousarray(whole).tobytes())
    return total.hexdigest()
