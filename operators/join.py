"""What each kind of event changes in its case, and who must hear of it."""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import (
    CameraRole,
    EventKind,
    EvidenceStatus,
    FaceOutcome,
    GateActed,
    IdentityChange,
    NodeKind,
    Phase,
    ScanKind,
    ScanResult,
    Stream,
)
from haechi.engine.hashing import mix
from haechi.engine.hashtable import MISSING, find, put
from haechi.engine.kernel import Array, Row, step
from haechi.operators.cases import case_of, close_case, forget, point_at, touch
from haechi.operators.decide import revise
from haechi.operators.links import MAX_LINKS, next_link, other_end, set_link
from haechi.operators.parties import count_case, name_parties
from haechi.operators.state import Count, State

_PRESENT: Final = int(EvidenceStatus.PRESENT)
_FAILED: Final = int(EvidenceStatus.FAILED)
_FACE: Final = int(Stream.FACE)
_BODY: Final = int(Stream.BODY_SCAN)
_BAG_XRAY: Final = int(Stream.BAG_XRAY)
_PARCEL_XRAY: Final = int(Stream.PARCEL_XRAY)
_MANIFEST: Final = int(Stream.MANIFEST)
_DECLARATION: Final = int(Stream.DECLARATION)
_TRAVELER: Final = int(NodeKind.TRAVELER)
_BAG: Final = int(NodeKind.BAG)
_ALARM: Final = int(ScanResult.ALARM)
_CLEAR: Final = int(ScanResult.CLEAR)
_NONE: Final = np.uint64(0)
_MOST_SPREAD: Final = 2 * MAX_LINKS


@step
def take_manifest(s: State, slot: int, e: Row) -> None:
    """Join a manifest; of two, the later in event time stands."""
    case = s.cases[slot]
    if case.evidence[_MANIFEST] == _PRESENT and e.event_us < case.manifest_us:
        return
    first = case.evidence[_MANIFEST] != _PRESENT
    s.manifests[slot] = e
    case.manifest_us = e.event_us
    case.evidence[_MANIFEST] = _PRESENT
    case.evidence_us[_MANIFEST] = e.event_us
    if e.lane != 0 and case.phase == Phase.OPEN:
        case.lane = e.lane
    if first and e.site != _NONE:
        case.site = e.site
    if e.alias != _NONE:
        case.alias = e.alias
        point_at(s, e.alias, slot)
    name_parties(s, slot)
    count_case(s, slot, e.event_us)


@step
def take_declaration(s: State, slot: int, e: Row) -> None:
    """Join what a traveler declared."""
    case = s.cases[slot]
    if e.event_us < case.evidence_us[_DECLARATION]:
        return
    case.declared_cash = e.cash
    case.declared_value = e.value
    case.restricted = e.found
    case.evidence[_DECLARATION] = _PRESENT
    case.evidence_us[_DECLARATION] = e.event_us


@step
def take_face(s: State, slot: int, e: Row) -> None:
    """Join what a camera said; who was not captured is no evidence of anything."""
    case = s.cases[slot]
    if e.role != CameraRole.EXIT or e.event_us < case.evidence_us[_FACE]:
        return
    if e.gate != _NONE and case.phase != Phase.LEFT and case.stage <= e.stage:
        # The traveler is about to reach this camera's gate, which has not acted yet: what it
        # would be told is pushed to it before it asks.
        if case.gate != e.gate:
            case.phase = Phase.OPEN
        case.stage = e.stage
        case.lane = e.lane
        case.gate = e.gate
        case.site = e.site
    captured = e.result in (FaceOutcome.SAME, FaceOutcome.REVIEW, FaceOutcome.DIFFERENT)
    case.face_outcome = e.result
    case.face_similarity = e.similarity
    case.evidence[_FACE] = _PRESENT if captured else _FAILED
    case.evidence_us[_FACE] = e.event_us


@step
def take_scan(s: State, slot: int, e: Row) -> None:
    """Join a scanner's result; a clear scan is evidence, a failed or refused one is not."""
    case = s.cases[slot]
    read = e.result in (_ALARM, _CLEAR)
    stream = _BODY
    if e.mode == ScanKind.BAGGAGE_XRAY:
        stream = _BAG_XRAY
    elif e.mode == ScanKind.PARCEL_XRAY:
        stream = _PARCEL_XRAY
    if e.event_us < case.evidence_us[stream]:
        return
    case.evidence[stream] = _PRESENT if read else _FAILED
    case.evidence_us[stream] = e.event_us
    if not read:
        return
    if stream == _BODY:
        case.body_score = e.score
        case.body_alarm = 1 if e.result == _ALARM else 0
    else:
        case.xray_score = e.score
        case.xray_alarm = 1 if e.result == _ALARM else 0
        case.similar_seizure = np.fmax(case.similar_seizure, e.similarity)


@step
def take_sensor(s: State, e: Row) -> None:
    """Note that a camera or scanner went up or down."""
    device = _sensor_slot(s, e.device)
    down = 1 if e.result == 2 else 0
    if s.sensors[device] != down:
        s.sensors[device] = down
        s.sensors[_sensor_slot(s, mix(e.site, np.uint64(e.mode + 1)))] += 2 * down - 1


@step
def _sensor_slot(s: State, key: int) -> int:
    slot = find(s.sensor_index, key)
    if slot == MISSING:
        slot = s.counters[Count.SENSORS]
        s.counters[Count.SENSORS] += 1
        put(s.sensor_index, key, slot)
    return slot


@step
def take_intelligence(s: State, e: Row) -> None:
    """Enter, change or withdraw (weight 0) an intelligence entry."""
    if e.token == _NONE:
        return
    key = mix(e.token, np.uint64(e.mode))
    slot = find(s.watched_index, key)
    if slot == MISSING:
        slot = s.counters[Count.WATCHED]
        s.counters[Count.WATCHED] += 1
        put(s.watched_index, key, slot)
    s.watched[slot].weight = e.weight
    s.watched[slot].until_us = e.until_us


@step
def take_identity(s: State, e: Row, out: Array, at: int) -> int:
    """Let two names mean one subject, or no longer; returns the decisions made."""
    if e.ref == _NONE or e.other == _NONE:
        return 0
    there = find(s.case_index, e.other)
    if e.change == IdentityChange.SPLIT:
        if there != MISSING and there == find(s.case_index, e.ref):
            forget(s, e.other, there)
        return 0
    slot = case_of(s, e, e.ref, e.node)
    touch(s, slot, e)
    if there == slot:
        return 0
    if there != MISSING:
        _absorb(s, slot, there)
    point_at(s, e.other, slot)
    if s.cases[slot].alias == _NONE:
        s.cases[slot].alias = e.other
    return spread(s, slot, e, False, out, at)


@step
def _absorb(s: State, slot: int, gone: int) -> None:
    """Move the links and the manifest of a case that turned out to be the same subject."""
    kept, lost = s.cases[slot], s.cases[gone]
    if kept.evidence[_MANIFEST] != _PRESENT and lost.evidence[_MANIFEST] == _PRESENT:
        kept.counted = lost.counted
        take_manifest(s, slot, s.manifests[gone])
    link = s.cases[gone].first_link
    while link != -1:
        other = other_end(s, link, gone)
        following = next_link(s, link, gone)
        if other != slot:
            set_link(s, other, slot, s.links[link].version, s.links[link].active)
        link = following
    close_case(s, gone)


@step
def take_gate_action(s: State, e: Row) -> None:
    """Note what the gate did with its answer."""
    slot = find(s.case_index, e.other)
    if slot == MISSING:
        return
    case = s.cases[slot]
    touch(s, slot, e)
    if case.phase != Phase.LEFT:
        case.phase = Phase.ACTED
        case.opened_gate = 1 if e.acted == GateActed.OPENED else 0


@step
def spread(s: State, slot: int, e: Row, always: bool, out: Array, at: int) -> int:
    """Revise a case and, if its own risk changed, the cases linked to it.

    Linked cases read own risk only and do not pass on what they got, so one step is enough
    and nothing travels in a circle.

    Returns
    -------
    How many decisions were written to ``out[at:]``.
    """
    made = 0
    before = s.cases[slot].own_version
    is_bag = s.cases[slot].node == _BAG
    made += revise(s, slot, e, always, out[at])
    if not is_bag and s.cases[slot].own_version == before:
        return made
    link = s.cases[slot].first_link
    steps = 0
    while link != -1 and steps < MAX_LINKS and made < _MOST_SPREAD:
        steps += 1
        following = next_link(s, link, slot)
        if s.links[link].active == 1:
            other = other_end(s, link, slot)
            # A bag's scan is its traveler's own evidence, so their linked cases hear of it.
            version = s.cases[other].own_version
            made += revise(s, other, e, False, out[at + made])
            if is_bag and s.cases[other].own_version != version:
                made += _tell_linked(s, other, e, out, at + made)
        link = following
    return made


@step
def _tell_linked(s: State, slot: int, e: Row, out: Array, at: int) -> int:
    """Revise what is linked to a traveler whose bag has news; bags need not hear it."""
    made = 0
    link = s.cases[slot].first_link
    steps = 0
    while link != -1 and steps < MAX_LINKS:
        steps += 1
        if s.links[link].active == 1:
            other = other_end(s, link, slot)
            if s.cases[other].node != _BAG:
                made += revise(s, other, e, False, out[at + made])
        link = next_link(s, link, slot)
    return made


@step
def take_link(s: State, e: Row, out: Array, at: int) -> int:
    """Link or unlink two cases and revise both; returns the decisions made."""
    if e.ref == _NONE or e.other == _NONE or e.ref == e.other:
        return 0
    a = case_of(s, e, e.ref, e.node)
    b = case_of(s, e, e.other, e.other_node)
    if a == b:
        # Two names of one subject: there is nothing to link.
        return 0
    touch(s, a, e)
    touch(s, b, e)
    active = 1 if e.kind == EventKind.LINK else 0
    if not set_link(s, a, b, e.version, active):
        return 0
    made = spread(s, a, e, False, out, at)
    if s.cases[a].node == _BAG and active == 1:
        return made
    return made + spread(s, b, e, False, out, at + made)
