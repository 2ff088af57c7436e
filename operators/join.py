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
    Stage,
    Stream,
)
from haechi.engine.exactmath import sigmoid
from haechi.engine.hashing import mix
from haechi.engine.hashtable import MISSING, find, put
from haechi.engine.kernel import Array, Flag, Int, Row, step
from haechi.operators.cases import case_of, touch
from haechi.operators.decide import revise
from haechi.operators.hand_over import carrier_of, settle_bags, take_out
from haechi.operators.journeys import end_journey, expected_us, is_of_an_earlier_journey
from haechi.operators.links import MOST_TOLD, next_link, other_end, set_link
from haechi.operators.manifests import keep
from haechi.operators.merge import absorb
from haechi.operators.names import case_named, forget, point_at
from haechi.operators.parties import compare_case, count_case, name_parties
from haechi.operators.state import Count, State

_PRESENT: Final = int(EvidenceStatus.PRESENT)
_FAILED: Final = int(EvidenceStatus.FAILED)
_FACE: Final = int(Stream.FACE)
_BODY: Final = int(Stream.BODY_SCAN)
_BAG_XRAY: Final = int(Stream.BAG_XRAY)
_PARCEL_XRAY: Final = int(Stream.PARCEL_XRAY)
_MANIFEST: Final = int(Stream.MANIFEST)
_DECLARATION: Final = int(Stream.DECLARATION)
_BAG: Final = int(NodeKind.BAG)
_PARCEL: Final = int(NodeKind.PARCEL)
_ALARM: Final = int(ScanResult.ALARM)
_CLEAR: Final = int(ScanResult.CLEAR)
_NONE: Final = np.uint64(0)
_STATED: Final = np.uint64(0x57A7ED)
_WATCHLIST: Final = 1


@step
def take_manifest(s: State, slot: Int, e: Row, out: Array, at: Int) -> Int:
    """Join a manifest; of two, the later in event time stands. Returns the decisions made."""
    case = s.cases[slot]
    made = 0
    if e.alias != _NONE:
        known = case_named(s, e.alias)
        if known != MISSING and known != slot:
            # What came under the other name before this manifest is the same subject's.
            made = absorb(s, slot, known, e, out, at)
        case.alias = e.alias
        point_at(s, e.alias, slot)
    if case.evidence[_MANIFEST] == _PRESENT and e.event_us < case.manifest_us:
        return made
    first = case.evidence[_MANIFEST] != _PRESENT
    keep(s.manifests[slot], e)
    case.manifest_us = e.event_us
    if e.arrival_us != 0:
        case.expected_us = expected_us(e)
    case.evidence[_MANIFEST] = _PRESENT
    case.evidence_us[_MANIFEST] = e.event_us
    if e.lane != 0 and case.phase == Phase.OPEN:
        case.lane = e.lane
    if first and e.site != _NONE and case.site == _NONE:
        case.site = e.site
    name_parties(s, slot)
    if case.node == _PARCEL:
        compare_case(s, slot, e.event_us)
    count_case(s, slot, e.event_us)
    return made


@step
def take_declaration(s: State, slot: Int, e: Row) -> None:
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
def take_face(s: State, slot: Int, e: Row) -> None:
    """Join what a camera said; who was not captured is no evidence, and withdraws none.

    The watchlist (``mode`` 1) is a gallery apart: who resembles a face on it is suspected, at the
    desk as well, and is not thereby confirmed as the traveler of the desk.
    """
    case = s.cases[slot]
    listed = e.mode == _WATCHLIST
    if listed and e.result in (FaceOutcome.SAME, FaceOutcome.REVIEW):
        case.face_watched = 1
        if case.site == _NONE:
            case.site = e.site
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
    if listed:
        return
    captured = e.result in (FaceOutcome.SAME, FaceOutcome.REVIEW, FaceOutcome.DIFFERENT)
    case.evidence[_FACE] = _PRESENT if captured else _FAILED
    case.evidence_us[_FACE] = e.event_us
    if e.result == FaceOutcome.UNKNOWN:
        # Somebody was seen, and it is nobody who was expected: no failure of the camera.
        case.cleared_us = 0
    if captured:
        case.face_outcome = e.result
        case.face_similarity = e.similarity


@step
def take_scan(s: State, slot: Int, e: Row) -> None:
    """Join a scanner's result; a failed one is no evidence and withdraws none."""
    case = s.cases[slot]
    read = e.result in (_ALARM, _CLEAR)
    if e.mode == ScanKind.BODY_MM_WAVE:
        stream = _BODY
    elif e.mode == ScanKind.BAGGAGE_XRAY:
        stream = _BAG_XRAY
    elif e.mode == ScanKind.PARCEL_XRAY:
        stream = _PARCEL_XRAY
    else:
        return
    if e.event_us < case.evidence_us[stream]:
        return
    case.evidence[stream] = _PRESENT if read else _FAILED
    case.evidence_us[stream] = e.event_us
    if e.result == ScanResult.REFUSED:
        # Who refuses is not excused as if the scanner had failed.
        case.cleared_us = 0
    if not read:
        return
    if stream == _BODY:
        case.body_read = 1
        case.body_score = e.score
        case.body_alarm = 1 if e.result == _ALARM else 0
    else:
        case.xray_read = 1
        case.xray_score = e.score
        case.xray_alarm = 1 if e.result == _ALARM else 0
        case.goods_seen = e.token
        case.similar_seizure = np.fmax(case.similar_seizure, e.similarity)


@step
def take_sensor(s: State, e: Row) -> None:
    """Note that a camera or scanner went up or down; older news changes nothing."""
    device = _sensor_slot(s, e.device)
    stated = _sensor_slot(s, mix(e.device, _STATED))
    if e.event_us < s.sensors[stated]:
        return
    s.sensors[stated] = e.event_us
    down = 1 if e.result == 2 else 0
    if s.sensors[device] != down:
        s.sensors[device] = down
        s.sensors[_sensor_slot(s, mix(e.site, np.uint64(e.mode + 1)))] += 2 * down - 1


@step
def _sensor_slot(s: State, key: Int) -> Int:
    slot = find(s.sensor_index, key)
    if slot == MISSING:
        slot = s.counters[Count.SENSORS]
        s.counters[Count.SENSORS] += 1
        put(s.sensor_index, key, slot)
    return slot


@step
def take_identity(s: State, e: Row, out: Array, at: Int) -> Int:
    """Let two names mean one subject, or no longer; returns the decisions made."""
    if e.ref == _NONE or e.other == _NONE:
        return 0
    there = case_named(s, e.other)
    if e.change == IdentityChange.SPLIT:
        if there != MISSING and there == case_named(s, e.ref):
            forget(s, e.other, there)
        return 0
    slot = case_of(s, e, e.ref, e.node)
    touch(s, slot, e)
    if there == slot:
        return 0
    made = 0
    if there != MISSING:
        made = absorb(s, slot, there, e, out, at)
    point_at(s, e.other, slot)
    return made + spread(s, slot, e, False, out, at + made)


@step
def take_gate_action(s: State, e: Row) -> None:
    """Note what the gate did with its answer; older news changes nothing."""
    slot = case_named(s, e.other)
    if slot == MISSING:
        return
    case = s.cases[slot]
    touch(s, slot, e)
    if case.phase != Phase.LEFT and e.event_us >= case.acted_us:
        case.acted_us = e.event_us
        case.phase = Phase.ACTED
        case.opened_gate = 1 if e.acted == GateActed.OPENED else 0
        if case.opened_gate == 1 and case.stage == Stage.EXIT:
            # Nobody need see a traveler leave whom the exit let through.
            end_journey(s, slot, e)


@step
def spread(s: State, slot: Int, e: Row, always: Flag, out: Array, at: Int) -> Int:
    """Revise a case and, if its own risk changed, the cases linked to it.

    Linked cases read own risk only and do not pass on what they got, so one step is enough
    and nothing travels in a circle.

    Returns
    -------
    How many decisions were written to ``out[at:]``.
    """
    before = s.cases[slot].own_version
    made = revise(s, slot, e, always, out[at])
    if s.cases[slot].node == _BAG or s.cases[slot].own_version != before:
        made += tell_linked(s, slot, e, out, at + made)
    return made


@step
def tell_linked(s: State, slot: Int, e: Row, out: Array, at: Int) -> Int:
    """Revise the cases linked to one whose own risk changed; returns the decisions made.

    A bag's scan is its traveler's own evidence, so what is linked to that traveler hears of
    it as well.
    """
    made = 0
    told = 0
    is_bag = s.cases[slot].node == _BAG
    link = s.cases[slot].first_link
    while link != -1 and told < MOST_TOLD:
        if s.links[link].active == 1:
            told += 1
            other = other_end(s, link, slot)
            before = s.cases[other].own_version
            if is_bag:
                s.cases[other].heard |= s.cases[slot].heard
            made += revise(s, other, e, False, out[at + made])
            if is_bag and s.cases[other].own_version != before and made < MOST_TOLD:
                made += _tell_others(s, other, e, out, at + made)
        link = next_link(s, link, slot)
    return made


@step
def _tell_others(s: State, slot: Int, e: Row, out: Array, at: Int) -> Int:
    """Revise what is linked to a traveler whose bag has news; bags need not hear it."""
    made = 0
    told = 0
    link = s.cases[slot].first_link
    while link != -1 and told < MOST_TOLD:
        if s.links[link].active == 1:
            told += 1
            other = other_end(s, link, slot)
            if s.cases[other].node != _BAG:
                made += revise(s, other, e, False, out[at + made])
        link = next_link(s, link, slot)
    return made


@step
def _tell_carrier(s: State, slot: Int, e: Row, out: Array, at: Int) -> Int:
    """Revise who took a bag out that has news of its links; returns the decisions made."""
    carrier = carrier_of(s, slot) if s.cases[slot].node == _BAG else MISSING
    return revise(s, carrier, e, False, out[at]) if carrier != MISSING else 0


@step
def take_bag_out(s: State, e: Row, out: Array, at: Int) -> Int:
    """Note that a traveler (``ref``) takes a bag (``other``) out; returns the decisions made.

    A gate's own question follows and is answered with it, so only others are told here.
    """
    slot = case_of(s, e, e.ref, e.node)
    bag = case_of(s, e, e.other, e.other_node)
    if slot == MISSING or bag == MISSING or is_of_an_earlier_journey(s, slot, e):
        return 0
    touch(s, bag, e)
    before = carrier_of(s, bag)
    if not take_out(s, bag, slot, e.event_us):
        return 0
    made = tell_linked(s, bag, e, out, at)
    if before != MISSING:
        made += revise(s, before, e, False, out[at + made])
    if e.kind == EventKind.EXIT_SEEN:
        made += spread(s, slot, e, False, out, at + made)
    return made


@step
def unlink_all(s: State, slot: Int, e: Row, out: Array, at: Int) -> Int:
    """Take a case's links away and revise the other sides; returns the decisions made."""
    settle_bags(s, slot)
    made = 0
    told = 0
    link = s.cases[slot].first_link
    while link != -1:
        if s.links[link].active == 1:
            s.links[link].active = 0
            if told < MOST_TOLD:
                told += 1
                made += revise(s, other_end(s, link, slot), e, False, out[at + made])
        link = next_link(s, link, slot)
    return made


@step
def take_linked_risk(s: State, slot: Int, e: Row, out: Array, at: Int) -> Int:
    """Take the own risk of another shard's subject and revise what is linked to it here.

    What this shard knows by itself stands, and of two statements the newer.
    """
    case = s.cases[slot]
    if case.heard == 1 or e.version < case.own_version:
        return 0
    case.own_risk = sigmoid(e.score)
    case.own_version = e.version
    return tell_linked(s, slot, e, out, at)


@step
def take_link(s: State, e: Row, out: Array, at: Int) -> Int:
    """Link or unlink two cases and revise both; returns the decisions made."""
    if e.ref == _NONE or e.other == _NONE:
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
    if s.cases[a].node != _BAG or active != 1:
        made += spread(s, b, e, False, out, at + made)
    made += _tell_carrier(s, a, e, out, at + made)
    return made + _tell_carrier(s, b, e, out, at + made)
