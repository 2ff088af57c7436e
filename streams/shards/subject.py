"""From the names of a subject to the token that its key on Kafka is made of.

The name is brought into the normal form that the core's tokens have, so that two spellings of one
passport are one key. Of several names the first in a fixed order counts. Who asks about a subject
and who reports it must give the same one: the ingest adds the name that a sender did not know.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from haechi.rpc.v1.envelope_pb2 import DocumentReference, SubjectReference
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.traveler_pb2 import TravelerManifest
from haechi.streams.decode import parties
from haechi.streams.tokens import Tokens

_ORDER: Final = (
    parties.TRAVELER,
    parties.DOCUMENT,
    parties.PARCEL,
    parties.WAYBILL,
    parties.BAG,
)
"""A bag's tag stands last: beside its traveler it goes where the traveler is."""


def subject_token(references: Iterable[SubjectReference], routing: Tokens) -> int:
    """Make the token of the subject that references name; 0 if they name nobody.

    Parameters
    ----------
    references
        Names of one subject, in any order.
    routing
        Tokens for routing, not those of the log.

    Examples
    --------
    >>> routing = Tokens(bytes(32))
    >>> spelt = [SubjectReference(bag_tag=tag) for tag in ("ke 123456 ", "KE 123456")]
    >>> subject_token(spelt[:1], routing) == subject_token(spelt[1:], routing)
    True
    """
    names = {name[0]: name for one in references if (name := _name(one)) is not None}
    for kind in _ORDER:
        if kind in names:
            return routing.token(*names[kind])
    return 0


def traveler_of(event: Event) -> SubjectReference:
    """Name the traveler of a manifest as its envelope does, or by the document in its body."""
    for which in ("traveler_id", "document"):
        for subject in event.envelope.subjects:
            if subject.WhichOneof("reference") == which:
                return subject
    return document_of(event.traveler_manifest)


def document_of(manifest: TravelerManifest) -> SubjectReference:
    """Name the traveler of a manifest by the document in its body."""
    return SubjectReference(
        document=DocumentReference(
            issuing_state=manifest.issuing_state,
            number=manifest.document_number,
            flight=manifest.flight,
            flight_date=manifest.flight_date,
        )
    )


def _name(reference: SubjectReference) -> tuple[str, ...] | None:
    """Kind and parts of a name; None for a customs code, which names nobody, or an empty name."""
    which = reference.WhichOneof("reference")
    name: tuple[str, ...]
    if which == "traveler_id":
        name = (parties.TRAVELER, reference.traveler_id)
    elif which == "document":
        d = reference.document
        number, flight = parties.document_number(d.number), parties.flight_name(d.flight)
        name = (parties.DOCUMENT, d.issuing_state, number, flight, str(d.flight_date or ""))
    elif which == "parcel_id":
        name = (parties.PARCEL, reference.parcel_id)
    elif which == "waybill":
        w = reference.waybill
        name = (parties.WAYBILL, w.courier, w.hawb, str(w.arrival_date or ""))
    elif which == "bag_tag":
        name = (parties.BAG, reference.bag_tag)
    else:
        return None
    return name if all(part.strip() for part in name) else None
