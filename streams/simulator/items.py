"""What the port sends: events with their time, the role that may send them, and the channel.

An event's name is ``sim:<seed>:<kind>:<number>``, stable and unique; it travels as the
envelope's ``source_message_id``. The contract wants 128 bits as an event's id, so the id is
the BLAKE2b-128 of the name.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from google.protobuf.message import Message

from haechi.rpc.v1.envelope_pb2 import (
    DocumentReference,
    Envelope,
    SubjectReference,
    WaybillReference,
)
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.simulator.places import Place

Role = Literal["gate", "sensor", "feeder", "officer"]
Channel = Literal["publish", "decide"]

ROLE_OF: Final[dict[str, Role]] = {
    "gate_event": "gate",
    "gate_action": "gate",
    "exit_seen": "gate",
    "face_match": "sensor",
    "scanner_result": "sensor",
    "sensor_status": "sensor",
    "traveler_manifest": "feeder",
    "traveler_declaration": "feeder",
    "parcel_manifest": "feeder",
    "link": "feeder",
    "unlink": "feeder",
    "identity_link": "feeder",
    "intelligence": "feeder",
    "officer_action": "officer",
    "inspection_outcome": "officer",
    "case_closed": "officer",
}
"""Role that sends each kind of event. Labels from old files come from a feeder instead."""


@dataclass(frozen=True, slots=True)
class Item:
    """One event on its way.

    Parameters
    ----------
    send_us
        When it reaches the wire; after ``event_us`` if it is late. Items are sent in this
        order, microseconds since the epoch, UTC.
    event
        The event.
    role
        Role needed to send it.
    channel
        ``decide`` for what a gate asks, ``publish`` for the rest.
    subject
        Key into the truth, or empty if it is about no one subject.
    group
        Subjects that hang together (a booking, a parcel) share it.
    duplicate
        Sent before, byte for byte.
    inspected
        An officer has cleared the subject before; the gate asks once more.
    handpicked
        An officer inspects the subject whatever the answer is.
    scripted
        Part of a scenario: follow-ups leave nothing to chance.
    """

    send_us: int
    event: Event
    role: Role
    channel: Channel
    subject: str = ""
    group: str = ""
    duplicate: bool = False
    inspected: bool = False
    handpicked: bool = False
    scripted: bool = False

    @property
    def event_us(self) -> int:
        """When it happened, microseconds since the epoch, UTC."""
        return self.event.envelope.event_time_us

    @property
    def kind(self) -> str:
        """Kind of event, the name of its field in ``Event``."""
        return self.event.WhichOneof("kind") or ""

    @property
    def name(self) -> str:
        """The event's name, ``sim:<seed>:<kind>:<number>``."""
        return self.event.envelope.source_message_id

    @property
    def raw(self) -> bytes:
        """The event's bytes."""
        return self.event.SerializeToString(deterministic=True)

    @property
    def order(self) -> tuple[int, str, bool]:
        """Key that sorts items into sending order, without ties."""
        return self.send_us, self.name, self.duplicate

    def sent_at(self, send_us: int, *, duplicate: bool = False) -> Item:
        """Copy that is sent at another time."""
        return replace(self, send_us=send_us, duplicate=duplicate)


def event_id(name: str) -> str:
    """Id of the event of that name, 32 hexadecimal characters."""
    return hashlib.blake2b(name.encode(), digest_size=16).hexdigest()


def traveler(traveler_id: str) -> SubjectReference:
    """Name a traveler by the id at the site."""
    return SubjectReference(traveler_id=traveler_id)


def document(issuing_state: str, number: str, flight: str, date: int) -> SubjectReference:
    """Name a traveler by document and flight."""
    return SubjectReference(
        document=DocumentReference(
            issuing_state=issuing_state, number=number, flight=flight, flight_date=date
        )
    )


def bag(bag_tag: str) -> SubjectReference:
    """Name a bag."""
    return SubjectReference(bag_tag=bag_tag)


def parcel(parcel_id: str) -> SubjectReference:
    """Name a parcel by the id at the site."""
    return SubjectReference(parcel_id=parcel_id)


def waybill(courier: str, hawb: str, date: int) -> SubjectReference:
    """Name a parcel by its house waybill."""
    return SubjectReference(waybill=WaybillReference(courier=courier, hawb=hawb, arrival_date=date))


class Writer:
    """Writes events with running numbers for one part of the port.

    Parameters
    ----------
    seed
        Seed of the port.
    prefix
        Goes before the kind in names, for parts whose numbers must not meet.
    scripted
        Its items belong to a scenario.
    """

    def __init__(self, seed: int, prefix: str = "", *, scripted: bool = False) -> None:
        self._seed = seed
        self._prefix = prefix
        self._scripted = scripted
        self._numbers: Counter[str] = Counter()

    def write(
        self,
        kind: str,
        payload: Message,
        place: Place,
        event_us: int,
        subjects: Sequence[SubjectReference] = (),
        *,
        subject: str = "",
        group: str = "",
        corrects: str = "",
        historical: bool = False,
        handpicked: bool = False,
    ) -> Item:
        """Write the next event of a kind, to be sent when it happens.

        Parameters
        ----------
        kind
            Name of its field in ``Event``.
        payload
            What goes there.
        place
            Who sends it.
        event_us
            When it happened.
        subjects
            Names of whom it is about.
        subject, group, handpicked
            See :class:`Item`.
        corrects
            Name of the event that it corrects, or empty.
        historical
            A fact from before the port's day.
        """
        label = f"{self._prefix}{kind}"
        number = self._numbers[label]
        self._numbers[label] += 1
        return write_named(
            f"sim:{self._seed}:{label}:{number:08d}",
            kind,
            payload,
            place,
            event_us,
            subjects,
            subject=subject,
            group=group,
            corrects=corrects,
            historical=historical,
            handpicked=handpicked,
            scripted=self._scripted,
        )


def write_named(
    name: str,
    kind: str,
    payload: Message,
    place: Place,
    event_us: int,
    subjects: Sequence[SubjectReference],
    *,
    subject: str = "",
    group: str = "",
    corrects: str = "",
    historical: bool = False,
    inspected: bool = False,
    handpicked: bool = False,
    scripted: bool = False,
) -> Item:
    """Write an event under a given name; see :meth:`Writer.write`."""
    event = Event(
        envelope=Envelope(
            event_id=event_id(name),
            schema_version=1,
            source=place.system,
            source_seq=int(name.rpartition(":")[2]) + 1,
            source_message_id=name,
            site=place.site,
            terminal=place.terminal,
            event_time_us=event_us,
            corrects_event_id=event_id(corrects) if corrects else "",
            historical=historical,
            subjects=subjects,
        )
    )
    getattr(event, kind).CopyFrom(payload)
    return Item(
        send_us=event_us,
        event=event,
        role="feeder" if historical else ROLE_OF[kind],
        channel="decide" if kind == "gate_event" else "publish",
        subject=subject,
        group=group,
        inspected=inspected,
        handpicked=handpicked,
        scripted=scripted,
    )
