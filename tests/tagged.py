"""Events with a script in a text: one for every text field that the contract has."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from haechi.rpc.roles import EVENTS, Role
from haechi.rpc.v1.event_pb2 import Event

SCRIPT = "<script>taken=1</script><img src=x onerror=taken=1>"
TRAVELER, PARCEL = "Tagged-Traveler", "Tagged-Parcel"
EXIT, SORTER = "ICN-T1-EXIT-1", "ICN-EXP-SORT-1"
XRAY, CAMERA = "ICN-EXP-XRAY-1", "ICN-T1-CAM-DESK-1"
FAR_US = 4_000_000_000_000_000

_count = itertools.count()
_PARCELS = ("parcel_manifest", "scanner_result")
_NOBODY = ("sensor_status", "intelligence", "drift_detected")
_OF_ENVELOPE = "traveler_manifest"
_OF_REFERENCE = {"bag_tag": "case_closed", "parcel_id": "case_closed", "waybill": "case_closed"}
_WHOLE = {
    "DocumentReference": {
        "issuing_state": "KOR", "number": "M1", "flight": "KE902", "flight_date": 20_261_121,
    },
    "WaybillReference": {"courier": "CJ", "hawb": "H1", "arrival_date": 20_261_121},
}  # fmt: skip


def event(kind: str, decision_id: str = "", **changes: Any) -> Event:
    """A good event of a kind, about the traveler or the parcel."""
    made = Event()
    envelope = made.envelope
    envelope.event_id = f"tagged:{next(_count)}:{time.time_ns()}"
    envelope.schema_version = 1
    envelope.source = "test"
    envelope.event_time_us = time.time_ns() // 1000
    if kind in _PARCELS or changes.get("gate") == SORTER:
        envelope.subjects.add().parcel_id = PARCEL
    elif kind not in _NOBODY:
        envelope.subjects.add().traveler_id = TRAVELER
    body = type(getattr(made, kind))(**(_good(decision_id).get(kind, {}) | changes))
    getattr(made, kind).CopyFrom(body)
    getattr(made, kind).SetInParent()
    return made


def _good(decision_id: str) -> dict[str, dict[str, Any]]:
    about = {"decision_id": decision_id}
    return {
        "gate_event": {"gate": EXIT, "budget_ms": 5000},
        "gate_action": {**about, "acted": 3, "gate": EXIT},
        "exit_seen": {"gate": EXIT},
        "face_match": {
            "camera": CAMERA, "outcome": 3,
            "candidates": [{"traveler_id": TRAVELER, "similarity": 0.1, "margin": 0.1}],
        },
        "scanner_result": {
            "device": XRAY, "scan_id": "scan", "result": 1, "score": 0.99,
            "zones": [{"score": 0.9}],
            "goods_seen": [{"score": 0.9}], "similar_seizures": [{"similarity": 0.9}],
        },
        "sensor_status": {"device": XRAY, "up": True},
        "traveler_manifest": {
            "manifest_version": next(_count), "document_type": 1, "document_state": 1,
            "issuing_state": "KOR", "document_number": "M1", "birth_year": 1985, "sex": 1,
            "flight": "KE902", "flight_date": 20_261_121, "boarded": True,
        },
        "traveler_declaration": {"declaration_version": next(_count), "value_usd": 100.0},
        "parcel_manifest": {
            "manifest_version": next(_count), "courier": "CJ", "route": 1,
            "goods": [{"value": 9.0}],
        },
        "link": {"other": {"bag_tag": "KE1"}, "kind": 2},
        "unlink": {"other": {"bag_tag": "KE2"}, "kind": 2},
        "identity_link": {"other": {"traveler_id": "Another"}, "change": 1},
        "intelligence": {
            "entry_id": str(next(_count)), "watched": 6, "value": "seller", "weight": 0.1,
            "legal_basis": "Act, Article 1", "expires_us": FAR_US, "list_name": "list",
        },
        "drift_detected": {"subject_kind": 1, "watched": "score", "before": 0.1, "after": 0.2},
        "officer_action": {**about, "act": 1, "reason_code": "why", "note": "note"},
        "inspection_outcome": {
            **about, "selected_by": 1, "method": 2, "finding": 2, "quantity": 1.0,
        },
    }  # fmt: skip


def texts(message: Descriptor) -> Iterator[tuple[str, ...]]:
    """Path of every text in a message, those of its parts too."""
    for field in message.fields:
        if field.message_type is not None:
            for path in texts(field.message_type):
                yield (field.name, *path)
        elif field.type == FieldDescriptor.TYPE_STRING:
            yield (field.name,)


def tag(message: Any, path: tuple[str, ...]) -> None:
    """Put the script into one text."""
    name, *rest = path
    field = message.DESCRIPTOR.fields_by_name[name]
    part = getattr(message, name)
    if not rest:
        if field.is_repeated:
            part.append(SCRIPT)
        else:
            setattr(message, name, SCRIPT)
    elif field.message_type.GetOptions().map_entry:
        part[SCRIPT] = SCRIPT
    else:
        inner = (part[0] if part else part.add()) if field.is_repeated else part
        # A document or waybill that lacks a part names nobody.
        inner.MergeFrom(type(inner)(**_WHOLE.get(field.message_type.name, {})))
        tag(inner, tuple(rest))


def tagged(decision_id: str) -> Iterator[tuple[str, Role, Event]]:
    """All of them: the text's name, who may send the event, and the event.

    Parameters
    ----------
    decision_id
        A decision for events that are about one.
    """
    senders = {kind.name.lower(): role for role, kinds in EVENTS.items() for kind in kinds}
    for field in Event.DESCRIPTOR.fields:
        for path in texts(field.message_type):
            kind = field.name
            if kind == "envelope":
                kind = _OF_REFERENCE.get(path[1], _OF_ENVELOPE) if path[1:] else _OF_ENVELOPE
            made = event(kind, decision_id)
            if path[0] == "subjects":
                del made.envelope.subjects[:]
            tag(getattr(made, field.name), path)
            yield ".".join((field.name, *path)), senders.get(kind, Role.FEEDER), made
