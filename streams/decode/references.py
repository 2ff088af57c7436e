"""Whom an event is about: the names in its envelope as tokens.

Names stand in a fixed order of preference, so that two senders who give the same names in
another order mean the same subject. A customs clearance code alone names nobody: it is
reissued and expires, and is an attribute of a parcel.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from haechi.engine.codes import NodeKind
from haechi.engine.errors import BadInput
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.streams.decode import parties
from haechi.streams.decode.checks import day_us, few
from haechi.streams.decode.places import Edge

TRAVELER: Final = int(NodeKind.TRAVELER)
PARCEL: Final = int(NodeKind.PARCEL)
BAG: Final = int(NodeKind.BAG)
ANY: Final = (TRAVELER, BAG, PARCEL)

_MOST_BAGS: Final = 8
"""Bags that one traveler takes out at a time."""

_REMEDY: Final = "send a traveler id, a document with flight, a bag tag, a parcel id or a waybill"
_WORDS: Final = {TRAVELER: "traveler", PARCEL: "parcel", BAG: "bag"}


class Subject(NamedTuple):
    """One subject: its token, what it is, and another token of the same kind, or 0."""

    ref: int
    node: int
    alias: int


NOBODY: Final = Subject(0, 0, 0)


_Name = tuple[int, int, int]
"""Rank, node and token; sorting puts the preferred name first."""


def document_token(edge: Edge, state: str, number: str, flight: str, day: int) -> int:
    """Make the token of one arrival on a travel document; 0 if a part is missing."""
    if not (state and number and flight and day):
        return 0
    day_us(day, "flight_date")
    number = parties.document_number(number)
    return edge.token(parties.DOCUMENT, state, number, parties.flight_name(flight), str(day))


def waybill_token(edge: Edge, courier: str, hawb: str, day: int) -> int:
    """Make the token of a house waybill; 0 if a part is missing."""
    if not (courier and hawb and day):
        return 0
    day_us(day, "arrival_date")
    return edge.token(parties.WAYBILL, courier, hawb, str(day))


def _named(edge: Edge, reference: SubjectReference) -> _Name | None:
    which = reference.WhichOneof("reference")
    if which == "traveler_id":
        name = (0, TRAVELER, edge.name(parties.TRAVELER, reference.traveler_id))
    elif which == "parcel_id":
        name = (3, PARCEL, edge.name(parties.PARCEL, reference.parcel_id))
    elif which == "bag_tag":
        name = (2, BAG, edge.name(parties.BAG, reference.bag_tag))
    elif which == "document":
        d = reference.document
        token = document_token(edge, d.issuing_state, d.number, d.flight, d.flight_date)
        name = (1, TRAVELER, token)
    elif which == "waybill":
        w = reference.waybill
        name = (4, PARCEL, waybill_token(edge, w.courier, w.hawb, w.arrival_date))
    else:
        return None
    if not name[2]:
        raise BadInput(
            "MISSING_REFERENCE", f"the subject's {which} is empty or lacks a part; {_REMEDY}"
        )
    return name


def subject_of(
    edge: Edge,
    references: Sequence[SubjectReference],
    nodes: tuple[int, ...] = ANY,
    field: str = "envelope.subjects",
) -> Subject:
    """Find the subject that references name.

    Parameters
    ----------
    edge
        Makes the tokens.
    references
        Names of one subject.
    nodes
        Kinds of subject that are taken, the preferred one first. Names of other kinds beside
        it, such as a bag tag at a traveler's gate, are left aside; see :func:`bags_beside`.
    field
        Where they stand, for messages.

    Raises
    ------
    BadInput
        ``MISSING_REFERENCE`` or ``WRONG_SUBJECT``.
    """
    if len(references) == 1:
        # A gate mostly gives one name of the right kind.
        name = _named(edge, references[0])
        if name is not None and name[1] in nodes:
            return Subject(name[2], name[1], 0)
    names = [name for reference in references if (name := _named(edge, reference)) is not None]
    if not names:
        raise BadInput("MISSING_REFERENCE", f"{field} names nobody; {_REMEDY}")
    names.sort()
    for wanted in nodes:
        tokens = [token for _, node, token in names if node == wanted]
        if tokens:
            ref = tokens[0]
            return Subject(ref, wanted, next((token for token in tokens if token != ref), 0))
    about = " or ".join(_WORDS[node] for node in nodes)
    raise BadInput(
        "WRONG_SUBJECT", f"{field} names a {_WORDS[names[0][1]]}; this event is about a {about}"
    )


def bags_beside(edge: Edge, references: Sequence[SubjectReference]) -> list[int]:
    """Find the bags that references name beside a traveler, each once.

    They come in the order of their tokens: the sender's own order is no fact of the event.

    Raises
    ------
    BadInput
        ``OUT_OF_RANGE`` if they are more than a traveler carries.
    """
    if len(references) == 1:
        return []
    names = (_named(edge, reference) for reference in references)
    bags = sorted({token for _, node, token in filter(None, names) if node == BAG})
    few(len(bags), "bag tags of envelope.subjects", _MOST_BAGS)
    return bags


def subject_if_any(edge: Edge, references: Sequence[SubjectReference]) -> Subject:
    """Find the subject, or :data:`NOBODY` where the references name none."""
    return subject_of(edge, references) if _names_somebody(references) else NOBODY


def subject_with(
    edge: Edge, references: Sequence[SubjectReference], node: int, own: int
) -> Subject:
    """Find the subject of a manifest, which may also name it in its body.

    Parameters
    ----------
    edge
        Makes the tokens.
    references
        Names in the envelope.
    node
        What the subject must be.
    own
        Token of the name in the body, 0 for none. It is the subject's other name, or its only
        one where the envelope names nobody.
    """
    if own and not _names_somebody(references):
        return Subject(own, node, 0)
    subject = subject_of(edge, references, (node,))
    if not own or subject.alias or own == subject.ref:
        return subject
    return subject._replace(alias=own)


def _names_somebody(references: Iterable[SubjectReference]) -> bool:
    return any(r.WhichOneof("reference") not in (None, "pccc") for r in references)
