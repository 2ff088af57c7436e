"""The decoder: one event's bytes in, its records out."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

from google.protobuf.message import DecodeError

from haechi.configs.port import Port
from haechi.engine.codes import EventKind
from haechi.engine.errors import BadInput
from haechi.engine.records import pack_event
from haechi.operators.intake import Decoded
from haechi.rpc.v1.envelope_pb2 import Envelope
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.decode import gates, officers, parcels, relations, sensors, travelers
from haechi.streams.decode.checks import known, shown
from haechi.streams.decode.places import Edge, Fields
from haechi.streams.name_screen import NameScreen
from haechi.streams.tokens import Tokens

MOST_BYTES: Final = 1 << 20
"""Largest event that is taken, bytes; a manifest with a hundred lines has 10,000."""

SCHEMA_VERSION: Final = 1
MOST_ID_CHARACTERS: Final = 128

_WORDS: Final = struct.Struct("<QQ")
"""An id's two words in a record, so that the record's bytes are the id's."""

PURPOSES: Final = range(4)
RETENTIONS: Final = range(5)

_Read = Callable[[Edge, Any, Envelope], list[Fields]]

_READ: Final[Mapping[str, tuple[EventKind, _Read]]] = {
    "gate_event": (EventKind.GATE_EVENT, gates.gate_event),
    "gate_action": (EventKind.GATE_ACTION, gates.gate_action),
    "exit_seen": (EventKind.EXIT_SEEN, gates.exit_seen),
    "provisional_delivered": (EventKind.PROVISIONAL_DELIVERED, gates.provisional_delivered),
    "face_match": (EventKind.FACE_MATCH, sensors.face_match),
    "scanner_result": (EventKind.SCANNER_RESULT, sensors.scanner_result),
    "sensor_status": (EventKind.SENSOR_STATUS, sensors.sensor_status),
    "traveler_manifest": (EventKind.TRAVELER_MANIFEST, travelers.traveler_manifest),
    "traveler_declaration": (EventKind.TRAVELER_DECLARATION, travelers.traveler_declaration),
    "parcel_manifest": (EventKind.PARCEL_MANIFEST, parcels.parcel_manifest),
    "link": (EventKind.LINK, relations.link),
    "unlink": (EventKind.UNLINK, relations.link),
    "identity_link": (EventKind.IDENTITY_LINK, relations.identity_link),
    "linked_risk": (EventKind.LINKED_RISK, relations.linked_risk),
    "intelligence": (EventKind.INTELLIGENCE, relations.intelligence),
    "officer_action": (EventKind.OFFICER_ACTION, officers.officer_action),
    "inspection_outcome": (EventKind.INSPECTION_OUTCOME, officers.inspection_outcome),
    "case_closed": (EventKind.CASE_CLOSED, officers.case_closed),
    "rule_set": (EventKind.RULE_SET, officers.rule_set),
    "model_promotion": (EventKind.MODEL_PROMOTION, officers.model_promotion),
    "capacity": (EventKind.CAPACITY, officers.capacity),
    "erasure": (EventKind.ERASURE, officers.erasure),
    "engine_started": (EventKind.ENGINE_STARTED, officers.not_from_outside),
    "trust_changed": (EventKind.TRUST_CHANGED, officers.trust_changed),
    "drift_detected": (EventKind.DRIFT_DETECTED, officers.drift_detected),
    "tick": (EventKind.TICK, officers.not_from_outside),
    "watch_acknowledged": (EventKind.WATCH_ACKNOWLEDGED, officers.watch_acknowledged),
    "dead_letter": (EventKind.DEAD_LETTER, officers.not_from_outside),
}


class Decoder:
    """Turns the bytes of ``haechi.v1.Event`` into ``EVENT`` records. Safe between threads.

    Parameters
    ----------
    tokens
        Makes the tokens of names.
    port
        The gates, cameras and scanners that events may name.
    names
        Holds names against lists; one of its own by default.
    plain
        Reads what is plain faster and leaves the rest; by default nobody does.
    """

    __slots__ = ("_edge", "_id128", "_plain", "screen")

    def __init__(
        self,
        tokens: Tokens,
        port: Port,
        names: NameScreen | None = None,
        plain: Callable[[bytes], Decoded | None] = lambda _: None,
    ) -> None:
        self._edge: Final = Edge(tokens, port)
        self._id128: Final = tokens.id128
        self._plain: Final = plain
        self.screen: Final = (names or NameScreen()).screen

    def decode(self, raw: bytes) -> Decoded:
        """Decode one event.

        Parameters
        ----------
        raw
            The bytes as they came.

        Raises
        ------
        BadInput
            If they are no event, or one that lacks or gets wrong what its kind needs. Its
            code tells what; its message names the field, the value and the remedy.
        """
        if len(raw) > MOST_BYTES:
            raise BadInput(
                "TOO_LARGE", f"the event has {len(raw)} bytes; at most {MOST_BYTES} are taken"
            )
        if (decoded := self._plain(raw)) is not None:
            return decoded
        try:
            event = Event.FromString(raw)
        except DecodeError:
            raise BadInput(
                "UNDECODABLE", f"{len(raw)} bytes are no haechi.v1.Event; send one event a message"
            ) from None
        which = event.WhichOneof("kind")
        if which is None:
            raise BadInput(
                "UNKNOWN_EVENT",
                "the event has no kind that this version knows; set one, or update the engine",
            )
        envelope = event.envelope
        identity = self._id128("event", _event_id(envelope))
        event_us = envelope.event_time_us
        kind, read = _READ[which]
        rows = read(self._edge, getattr(event, which), envelope)

        first = rows[0]
        first["first"] = 1
        rows[-1]["last"] = 1
        subject = int(first.get("ref", 0))
        historical = envelope.historical
        id_hi, id_lo = _WORDS.unpack(identity)
        packed = []
        for row in rows:
            row.setdefault("kind", kind)
            row["id_hi"] = id_hi
            row["id_lo"] = id_lo
            row["subject"] = subject
            row["event_us"] = event_us
            row["schema_version"] = SCHEMA_VERSION
            row["historical"] = historical
            packed.append(pack_event(**row))
        target = b""
        if "target_hi" in first:
            target = _WORDS.pack(first["target_hi"], first["target_lo"])
        return Decoded(
            kind,
            identity,
            hashlib.blake2b(raw, digest_size=16).digest(),
            subject,
            event_us,
            historical,
            packed[0] if len(packed) == 1 else b"".join(packed),
            target,
        )


def _event_id(envelope: Envelope) -> str:
    """Check what every envelope must hold, and return the event's id."""
    event_id = envelope.event_id
    if not 1 <= len(event_id) <= MOST_ID_CHARACTERS:
        raise BadInput(
            "BAD_EVENT_ID",
            f"envelope.event_id has {len(event_id)} characters; it must have 1 to "
            f"{MOST_ID_CHARACTERS}, the same at each retry",
        )
    if envelope.schema_version != SCHEMA_VERSION:
        raise BadInput(
            "UNKNOWN_VERSION",
            f"envelope.schema_version is {envelope.schema_version}; this engine reads version "
            f"{SCHEMA_VERSION}",
        )
    if envelope.event_time_us <= 0:
        raise BadInput(
            "BAD_TIME",
            f"envelope.event_time_us is {shown(envelope.event_time_us)}; send microseconds since "
            "1970-01-01 UTC",
        )
    if purpose := envelope.purpose:
        known(purpose, PURPOSES, "envelope.purpose")
    if retention := envelope.retention_class:
        known(retention, RETENTIONS, "envelope.retention_class")
    return event_id
