"""The state of one shard: flat arrays, a slot a case, a link or a history.

Only :mod:`haechi.operators.core` changes it, and only the dataflow's thread calls that.
Arrays grow by doubling between batches; a slot that a closed case leaves is used again.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np

from haechi.engine.baseline import OVERALL
from haechi.engine.calibrate import PLATT, start
from haechi.engine.control import LANE
from haechi.engine.decay import HISTORY
from haechi.engine.exactmath import sigmoid
from haechi.engine.explore import WAIT, WAITS
from haechi.engine.features import BASELINES, FEATURES, MEMORIES, VECTOR
from haechi.engine.ftrl import CELLS
from haechi.engine.hashtable import grown, is_roomy, new_index
from haechi.engine.inputs import INPUTS, MODEL
from haechi.engine.kernel import Array, Flag, step
from haechi.engine.memory import MEMORY
from haechi.engine.policy_table import LANES, POLICY, STAGES, TERM
from haechi.engine.queue import QUEUE
from haechi.engine.records import DECISION, PARTIES
from haechi.engine.rules import RuleTables, no_rules
from haechi.engine.timers import TIMER
from haechi.operators.manifests import MANIFEST
from haechi.operators.rows import CASE, LABEL, LINK, TRUST, WATCHED


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
    MEMORIES = 18
    LABELS = 19
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
    SEED = 20
    PRIOR_VERSION = 21
    PARCEL_MODEL = 25
    TRAVELER_MODEL = 26
    TRAVELER_LEARNED = 27
    RULES_VERSION = 28
    SHADOW_RULES_VERSION = 29
    SCREEN_AT = 30
    SCREEN_LEFT = 31
    POLICY_VERSION = 22
    TRUSTS = 36
    TRUST_TOOK = 37
    PAIRS = 38
    RETENTION_TRAVELER_US = 23
    RETENTION_PARCEL_US = 24


COUNTERS: Final = 48


class State(NamedTuple):
    """All arrays of a shard. Kernels change them in place; growing replaces them.

    ``x`` and ``vector`` are the same memory, as a record and as floats, shape (features,);
    ``bins``, ``cells`` and ``values`` are scratch of :mod:`haechi.engine.inputs`, ``parties`` the
    histories of the case that is looked at. ``weights`` has
    the parcels' model, the travelers' in shadow and the travelers' that was promoted, shape (3,
    CELLS, 3); ``model`` says how they learn, shape (2,): parcels, travelers. ``rates`` has the
    weights of what was found and not, shape (2, 2); ``platt`` their calibration, shape (2, 2):
    by what is new and what is known. ``drift`` says until when a drift of parcels and of travelers
    is being learned, event time. ``overall`` is what is usual for all parties together, ``ceiling``
    the highest price that was inspected and clean. ``queues`` are those for officers, by the lane
    that gives its number. ``rules`` is what officers wrote, compiled.
    """

    cases: Array
    manifests: Array
    links: Array
    histories: Array
    memories: Array
    labels: Array
    watched: Array
    trusts: Array
    sensors: Array
    case_index: Array
    link_index: Array
    history_index: Array
    pair_index: Array
    memory_index: Array
    label_index: Array
    watched_index: Array
    trust_index: Array
    sensor_index: Array
    timers: Array
    free_cases: Array
    free_links: Array
    counters: Array
    weights: Array
    model: Array
    rates: Array
    platt: Array
    policy: Array
    prior: Array
    base: Array
    default_lane: Array
    lanes: Array
    queues: Array
    waits: Array
    drift: Array
    overall: Array
    ceiling: Array
    x: Array
    vector: Array
    bins: Array
    cells: Array
    values: Array
    parties: Array
    trial: Array
    rules: RuleTables
    blank_case: Array
    blank_manifest: Array
    blank_link: Array


ROOM: Final = {
    "cases": 4,
    "links": 2,
    "histories": 4 * PARTIES,
    "pairs": 1,
    "memories": len(MEMORIES),
    "labels": 1,
    "watched": 2,
    "trusts": 1,
    "sensors": 4,
    "timers": 1536,
    "case_keys": 16,
}
"""More than one record can add to each array; :func:`has_room` holds it before each record."""

_CASES: Final = ROOM["cases"]
_LINKS: Final = ROOM["links"]
_HISTORIES: Final = ROOM["histories"]
_PAIRS: Final = ROOM["pairs"]
_MEMORIES: Final = ROOM["memories"]
_LABELS: Final = ROOM["labels"]
_WATCHED: Final = ROOM["watched"]
_TRUSTS: Final = ROOM["trusts"]
_SENSORS: Final = ROOM["sensors"]
_TIMERS: Final = ROOM["timers"]
_CASE_KEYS: Final = ROOM["case_keys"]


def new_state(capacity: int = 1 << 12) -> State:
    """An empty shard with room for ``capacity`` cases before the first growth.

    Memory that no case has used is not touched, so a generous capacity costs nothing.
    """
    x = np.zeros(1, VECTOR)
    return State(
        cases=np.zeros(capacity, CASE),
        manifests=np.zeros(capacity, MANIFEST),
        links=np.zeros(capacity, LINK),
        histories=np.zeros(4 * capacity + _HISTORIES, HISTORY),
        memories=np.zeros(1024, MEMORY),
        labels=np.zeros(1024, LABEL),
        watched=np.zeros(1024, WATCHED),
        trusts=np.zeros(1024, TRUST),
        sensors=np.zeros(256, np.int64),
        case_index=new_index(3 * capacity),
        link_index=new_index(capacity),
        history_index=new_index(4 * capacity),
        pair_index=new_index(capacity),
        memory_index=new_index(1024),
        label_index=new_index(1024),
        watched_index=new_index(1024),
        trust_index=new_index(1024),
        sensor_index=new_index(256),
        timers=np.zeros(2 * capacity + _TIMERS, TIMER),
        free_cases=np.zeros(capacity, np.int64),
        free_links=np.zeros(capacity, np.int64),
        counters=np.zeros(COUNTERS, np.int64),
        weights=np.zeros((3, CELLS, 3)),
        model=np.zeros(2, MODEL),
        rates=np.zeros((2, 2)),
        platt=np.zeros((2, 2), PLATT),
        policy=np.zeros((LANES, STAGES), POLICY),
        prior=np.zeros((2, len(FEATURES)), TERM),
        base=np.zeros(2),
        default_lane=np.zeros(3, np.int64),
        lanes=np.zeros((LANES, STAGES), LANE),
        queues=np.zeros(LANES, QUEUE),
        waits=np.zeros(WAITS, WAIT),
        drift=np.zeros(2, np.int64),
        overall=np.zeros(len(BASELINES), OVERALL),
        ceiling=np.zeros(1),
        x=x,
        vector=x.view("<f8"),
        bins=np.zeros(len(FEATURES), np.uint64),
        cells=np.zeros(INPUTS, np.int64),
        values=np.zeros(INPUTS),
        parties=np.zeros(PARTIES, np.uint64),
        trial=np.zeros(1, DECISION),
        rules=no_rules(),
        blank_case=np.zeros(1, CASE),
        blank_manifest=np.zeros(1, MANIFEST),
        blank_link=np.zeros(1, LINK),
    )


STARTING_LABELS: Final = 20.0
"""Weight of the configured base rate against what inspections find."""


def begin_learning(state: State) -> None:
    """Let learning begin from the configured base rate; nothing happens later on."""
    if state.rates.any():
        return
    for kind in range(2):
        rate = sigmoid(state.base[kind])
        state.rates[kind] = STARTING_LABELS * rate, STARTING_LABELS * (1.0 - rate)
        for platt in state.platt[kind]:
            start(platt)


@step
def has_room(s: State) -> Flag:
    """Whether one more record surely fits into every array."""
    count = s.counters
    return (
        count[Count.CASES] + _CASES <= s.cases.shape[0]
        and count[Count.LINKS] + _LINKS <= s.links.shape[0]
        and count[Count.HISTORIES] + _HISTORIES <= s.histories.shape[0]
        and count[Count.MEMORIES] + _MEMORIES <= s.memories.shape[0]
        and count[Count.LABELS] + _LABELS <= s.labels.shape[0]
        and count[Count.WATCHED] + _WATCHED <= s.watched.shape[0]
        and count[Count.TRUSTS] + _TRUSTS <= s.trusts.shape[0]
        and count[Count.SENSORS] + _SENSORS <= s.sensors.shape[0]
        and count[Count.TIMERS] + _TIMERS <= s.timers.shape[0]
        and is_roomy(s.case_index, count[Count.CASE_KEYS] + _CASE_KEYS)
        and is_roomy(s.link_index, count[Count.LINK_KEYS] + _LINKS)
        and is_roomy(s.history_index, count[Count.HISTORIES] + _HISTORIES)
        and is_roomy(s.pair_index, count[Count.PAIRS] + _PAIRS)
        and is_roomy(s.memory_index, count[Count.MEMORIES] + _MEMORIES)
        and is_roomy(s.label_index, count[Count.LABELS] + _LABELS)
        and is_roomy(s.watched_index, count[Count.WATCHED] + _WATCHED)
        and is_roomy(s.trust_index, count[Count.TRUSTS] + _TRUSTS)
        and is_roomy(s.sensor_index, count[Count.SENSORS] + _SENSORS)
    )


def _longer(array: Array, used: int, room: int) -> Array:
    if used + room <= array.shape[0]:
        return array
    larger = np.zeros(2 * array.shape[0] + room, array.dtype)
    larger[:used] = array[:used]
    return larger


def make_room(state: State) -> State:
    """The state with every array that is nearly full at twice its size."""
    count = {which: int(state.counters[which]) for which in Count}
    cases = _longer(state.cases, count[Count.CASES], _CASES)
    links = _longer(state.links, count[Count.LINKS], _LINKS)
    manifests, free_cases, free_links = state.manifests, state.free_cases, state.free_links
    if cases is not state.cases:
        manifests = np.zeros(cases.shape[0], manifests.dtype)
        manifests[: count[Count.CASES]] = state.manifests[: count[Count.CASES]]
        free_cases = np.zeros(cases.shape[0], np.int64)
        free_cases[: count[Count.FREE_CASES]] = state.free_cases[: count[Count.FREE_CASES]]
    if links is not state.links:
        free_links = np.zeros(links.shape[0], np.int64)
        free_links[: count[Count.FREE_LINKS]] = state.free_links[: count[Count.FREE_LINKS]]
    return state._replace(
        cases=cases,
        manifests=manifests,
        free_cases=free_cases,
        links=links,
        free_links=free_links,
        histories=_longer(state.histories, count[Count.HISTORIES], _HISTORIES),
        memories=_longer(state.memories, count[Count.MEMORIES], _MEMORIES),
        labels=_longer(state.labels, count[Count.LABELS], _LABELS),
        watched=_longer(state.watched, count[Count.WATCHED], _WATCHED),
        trusts=_longer(state.trusts, count[Count.TRUSTS], _TRUSTS),
        sensors=_longer(state.sensors, count[Count.SENSORS], _SENSORS),
        timers=_longer(state.timers, count[Count.TIMERS], _TIMERS),
        case_index=grown(state.case_index, count[Count.CASE_KEYS] + _CASE_KEYS),
        link_index=grown(state.link_index, count[Count.LINK_KEYS] + _LINKS),
        history_index=grown(state.history_index, count[Count.HISTORIES] + _HISTORIES),
        pair_index=grown(state.pair_index, count[Count.PAIRS] + _PAIRS),
        memory_index=grown(state.memory_index, count[Count.MEMORIES] + _MEMORIES),
        label_index=grown(state.label_index, count[Count.LABELS] + _LABELS),
        watched_index=grown(state.watched_index, count[Count.WATCHED] + _WATCHED),
        trust_index=grown(state.trust_index, count[Count.TRUSTS] + _TRUSTS),
        sensor_index=grown(state.sensor_index, count[Count.SENSORS] + _SENSORS),
    )


TABLES: Final = {
    "cases": Count.CASES,
    "manifests": Count.CASES,
    "links": Count.LINKS,
    "histories": Count.HISTORIES,
    "memories": Count.MEMORIES,
    "labels": Count.LABELS,
    "watched": Count.WATCHED,
    "trusts": Count.TRUSTS,
    "sensors": Count.SENSORS,
    "timers": Count.TIMERS,
    "free_cases": Count.FREE_CASES,
    "free_links": Count.FREE_LINKS,
}
"""Arrays of which only the first rows count, and the counter that says how many."""

INDEXES: Final = (
    "case_index", "link_index", "history_index", "pair_index", "memory_index", "label_index",
    "watched_index", "trust_index", "sensor_index",
)  # fmt: skip
"""Where keys lead."""

WHOLES: Final = (
    "counters", "weights", "model", "rates", "platt", "policy", "prior", "base", "default_lane",
    "lanes", "queues", "waits", "drift", "overall", "ceiling",
)  # fmt: skip
"""Arrays of a fixed size. These three and the packs of the rules are all that a later decision can
depend on: the other arrays are scratch, and the rules themselves come from artefacts."""


def digest(state: State) -> str:
    """SHA-256 of everything that a later decision can depend on, in hexadecimal.

    Two readers of the same log hold the same digest. Of an index only what leads where
    counts, because its layout tells when it grew.
    """
    total = hashlib.sha256()
    for name, count in TABLES.items():
        total.update(getattr(state, name)[: int(state.counters[count])].tobytes())
    for name in INDEXES:
        index = getattr(state, name)
        leads = index[index["key"] != 0]
        total.update(leads[np.argsort(leads["key"])].tobytes())
    for name in WHOLES:
        total.update(np.ascontiguousarray(getattr(state, name)).tobytes())
    total.update(np.ascontiguousarray(state.rules.packs).tobytes())
    return total.hexdigest()
