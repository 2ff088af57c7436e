"""Merging two cases that turned out to be the same subject."""

from __future__ import annotations

from typing import Final

import numpy as np

from haechi.engine.codes import EvidenceStatus, NodeKind, Stream
from haechi.engine.hashing import mix
from haechi.engine.hashtable import MISSING
from haechi.engine.kernel import Array, Int, Row, step
from haechi.engine.timers import Due
from haechi.operators.cases import close_case, set_timer
from haechi.operators.decide import answer, evaluate
from haechi.operators.links import move_links
from haechi.operators.names import case_named, point_at
from haechi.operators.officers import drop_task
from haechi.operators.queue import UNASKED, leave_queue, move_place
from haechi.operators.ruling import rank
from haechi.operators.state import State
from haechi.operators.tasks import move_task

_PRESENT: Final = int(EvidenceStatus.PRESENT)
_FACE: Final = int(Stream.FACE)
_BODY: Final = int(Stream.BODY_SCAN)
_BAG_XRAY: Final = int(Stream.BAG_XRAY)
_PARCEL_XRAY: Final = int(Stream.PARCEL_XRAY)
_MANIFEST: Final = int(Stream.MANIFEST)
_DECLARATION: Final = int(Stream.DECLARATION)
_PARCEL: Final = int(NodeKind.PARCEL)
_NONE: Final = np.uint64(0)
_WAIT: Final = int(Due.EVIDENCE_WAIT)
_WINDOW: Final = int(Due.WINDOW)


@step
def absorb(s: State, slot: Int, gone: Int, e: Row, out: Array, at: Int) -> Int:
    """Take over all of a case that turned out to be the same subject.

    Of each stream the later reading stands; links, names, a gate's open question and how far
    the outside world has acted move along.

    Returns
    -------
    Decisions made: one if both had an open question, of which one is answered now, and one if
    officers had the other case.
    """
    made = 0
    kept, lost = s.cases[slot], s.cases[gone]
    if lost.evidence[_MANIFEST] == _PRESENT and lost.manifest_us > kept.manifest_us:
        s.manifests[slot] = s.manifests[gone]
        kept.manifest_us = lost.manifest_us
        kept.evidence[_MANIFEST] = _PRESENT
        kept.evidence_us[_MANIFEST] = lost.manifest_us
        for i in range(kept.usual.shape[0]):
            kept.usual[i] = lost.usual[i]
        kept.counted = max(kept.counted, lost.counted)
        kept.lane = lost.lane
        kept.expected_us = lost.expected_us
        if kept.flight == _NONE:
            kept.flight = lost.flight
    # What was read and whether it could be read merge apart: a failed scan withdraws nothing.
    later = lost.evidence_us[_FACE] > kept.evidence_us[_FACE]
    if lost.face_outcome != 0 and (later or kept.face_outcome == 0):
        kept.face_outcome = lost.face_outcome
        kept.face_similarity = lost.face_similarity
    kept.face_watched |= lost.face_watched
    later = lost.evidence_us[_BODY] > kept.evidence_us[_BODY]
    if lost.body_read == 1 and (later or kept.body_read == 0):
        kept.body_read = 1
        kept.body_score = lost.body_score
        kept.body_alarm = lost.body_alarm
    xray = _PARCEL_XRAY if kept.node == _PARCEL else _BAG_XRAY
    later = lost.evidence_us[xray] > kept.evidence_us[xray]
    if lost.xray_read == 1 and (later or kept.xray_read == 0):
        kept.xray_read = 1
        kept.xray_score = lost.xray_score
        kept.xray_alarm = lost.xray_alarm
        kept.goods_seen = lost.goods_seen
    for stream in range(_FACE, _PARCEL_XRAY + 1):
        if lost.evidence_us[stream] > kept.evidence_us[stream]:
            kept.evidence[stream] = lost.evidence[stream]
            kept.evidence_us[stream] = lost.evidence_us[stream]
    kept.similar_seizure = np.fmax(kept.similar_seizure, lost.similar_seizure)
    if lost.left_us > kept.left_us:
        kept.left_us = lost.left_us
        kept.left_with = lost.left_with
        kept.settled = lost.settled
    if lost.evidence_us[_DECLARATION] > kept.evidence_us[_DECLARATION]:
        kept.evidence[_DECLARATION] = lost.evidence[_DECLARATION]
        kept.evidence_us[_DECLARATION] = lost.evidence_us[_DECLARATION]
        kept.declared_cash = lost.declared_cash
        kept.declared_value = lost.declared_value
        kept.restricted = lost.restricted
    # What was cleared was one of two; both together are decided anew.
    kept.cleared_us = 0
    kept.inputs = mix(kept.inputs, lost.inputs)
    kept.event_us = max(kept.event_us, lost.event_us)
    kept.seen_us = max(kept.seen_us, lost.seen_us)
    kept.heard |= lost.heard
    stops = lost.phase == kept.phase and rank(lost.verdict) > rank(kept.verdict)
    told = max(rank(lost.verdict), rank(kept.verdict)) > 0
    if lost.phase > kept.phase or stops:
        kept.phase = lost.phase
        kept.opened_gate = lost.opened_gate
        kept.acted_us = lost.acted_us
        kept.over_us = lost.over_us
        kept.stage = lost.stage
        kept.lane = lost.lane
        kept.gate = lost.gate
        kept.site = lost.site
        kept.decided = lost.decided
        kept.verdict = lost.verdict
        kept.directive = lost.directive
        kept.code_class = lost.code_class
        kept.decided_gate = lost.decided_gate
        kept.decided_stage = lost.decided_stage
        kept.last_hi = lost.last_hi
        kept.last_lo = lost.last_lo
    if lost.pending_hi != _NONE:
        if kept.pending_hi != _NONE:
            evaluate(s, slot, e, out[at])
            answer(s, slot, e, kept.pending_hi, kept.pending_lo, out[at])
            made = 1
        kept.pending_hi = lost.pending_hi
        kept.pending_lo = lost.pending_lo
        kept.pending_due_us = lost.pending_due_us
        set_timer(s, lost.pending_due_us, slot, _WAIT)
    move_task(s, gone, slot)
    if told:
        # Whatever both together are, each side's gate and officers must hear of it.
        kept.decided_stage = 0
    made += drop_task(s, gone, e, out, at + made)
    if move_place(s, gone, slot):
        set_timer(s, kept.queued_until_us, slot, _WINDOW)
    leave_queue(s, gone, UNASKED)
    ref, alias, key = lost.ref, lost.alias, lost.key
    move_links(s, gone, slot)
    close_case(s, gone)
    if ref != kept.ref or case_named(s, ref) == MISSING:
        point_at(s, ref, slot)
    point_at(s, alias, slot)
    point_at(s, key, slot)
    return made
