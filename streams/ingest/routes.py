"""Under which names an event is sent on, and what it says of whose names they are.

The engine's own decoder reads the event, with the tokens of routing in place of the log's: what
passes here passes there, and nothing is understood twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from haechi.configs.topics import Feed
from haechi.engine.codes import EventKind, IdentityChange, NodeKind
from haechi.engine.errors import BadInput
from haechi.engine.records import EVENT
from haechi.operators.intake import Decoded
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.links_pb2 import LINK_KIND_COMPANION
from haechi.streams.decode import Decoder
from haechi.streams.kafka.routing import subject_key
from haechi.streams.shards.subject import traveler_of

_TO_ALL: Final = frozenset({EventKind.INTELLIGENCE, EventKind.SENSOR_STATUS})
_TIES: Final = frozenset({EventKind.LINK, EventKind.UNLINK})
_BAG: Final = int(NodeKind.BAG)
_TRAVELER: Final = int(NodeKind.TRAVELER)
_OWN_IDS: Final = ("traveler_id", "parcel_id")


@dataclass(frozen=True, slots=True)
class Owner:
    """A statement that a name is one of a subject's.

    Parameters
    ----------
    key
        Key of the name.
    owner
        Key of the subject, or empty for a name that stands for itself again.
    version
        A higher one replaces a lower.
    loose
        Whether the subject's key may turn out to be another's name.
    """

    key: str
    owner: str
    version: int
    loose: bool


@dataclass(frozen=True, slots=True)
class Named:
    """An event under one name.

    Parameters
    ----------
    key
        Key of the name.
    event
        Bytes of the ``haechi.v1.Event``.
    loose
        Whether the name may turn out to be another subject's later.
    """

    key: str
    event: bytes
    loose: bool


@dataclass(frozen=True, slots=True)
class Routed:
    """What becomes of one raw message.

    Parameters
    ----------
    steps
        Events and statements, in the order in which they must be sent.
    to_all
        The event, if every shard needs it; else empty.
    """

    steps: list[Named | Owner] = field(default_factory=list)
    to_all: bytes = b""


class Router:
    """Tells where events go.

    Parameters
    ----------
    decoder
        The engine's decoder with the tokens of routing.
    """

    def __init__(self, decoder: Decoder) -> None:
        self._decode: Final = decoder.decode

    def route(self, feed: Feed, raw: bytes) -> Routed:
        """Route one event.

        Parameters
        ----------
        feed
            Where it came in.
        raw
            Bytes of the ``haechi.v1.Event``.

        Raises
        ------
        BadInput
            If the engine could not use it, the feed may not carry it, or nobody could say whose
            it is.
        """
        decoded = self._decode(raw)
        _insist(feed, decoded)
        if decoded.kind in _TO_ALL:
            return Routed(to_all=raw)
        rows = np.frombuffer(decoded.records, EVENT)
        ref = int(rows[0]["ref"]) or _stand_in(decoded.kind, rows[0])
        event = Event.FromString(raw)
        loose = _loose(event.envelope.subjects, int(rows[0]["node"]))
        key = subject_key(ref)
        # A statement about a name follows the event that makes it: both sides learn of the event.
        steps: list[Named | Owner] = [Named(key, raw, loose)]
        if alias := int(rows[0]["alias"]):
            steps.append(Owner(subject_key(alias), key, decoded.event_us, loose))
        if decoded.kind is EventKind.TRAVELER_MANIFEST:
            steps += self._companions(event)
        if decoded.kind is EventKind.IDENTITY_LINK:
            steps += _identity(raw, rows[0], decoded.event_us, loose)
        for row in rows[rows["other"] != 0]:
            if EventKind(int(row["kind"])) in _TIES:
                steps += _tied(raw, row, event if decoded.kind in _TIES else None, loose)
        return Routed(steps)

    def _companions(self, event: Event) -> Iterator[Named]:
        """Tell each companion's shard of the tie that the manifest makes on this side."""
        whose = traveler_of(event)
        for number, name in enumerate(event.traveler_manifest.companion_traveler_ids):
            tie = Event()
            tie.envelope.CopyFrom(event.envelope)
            own = f"{event.envelope.event_id}/companion-{number}"
            tie.envelope.event_id = hashlib.blake2b(own.encode(), digest_size=16).hexdigest()
            del tie.envelope.subjects[:]
            tie.envelope.subjects.add().traveler_id = name
            tie.link.kind = LINK_KIND_COMPANION
            tie.link.link_version = event.envelope.event_time_us
            tie.link.other.CopyFrom(whose)
            raw = tie.SerializeToString(deterministic=True)
            try:
                decoded = self._decode(raw)
            except BadInput:
                # A party's list that repeats the traveler, or holds a blank, is no tie.
                continue
            yield Named(subject_key(decoded.subject), raw, loose=False)


def _insist(feed: Feed, decoded: Decoded) -> None:
    """Insist that the feed may carry an event."""
    if decoded.kind not in feed.kinds:
        raise BadInput(
            "NOT_ALLOWED",
            f"{decoded.kind.name.lower()} may not come by feed {feed.id}; topics.toml says what "
            "may",
        )
    if decoded.kind is EventKind.INSPECTION_OUTCOME and not decoded.historical:
        raise BadInput(
            "NOT_ALLOWED",
            "today's inspection outcomes are an officer's: send them by gRPC; a feed may carry "
            "historical ones",
        )


def _stand_in(kind: EventKind, row: Any) -> int:
    """Find a key for an event that names nobody: its camera's, where that is all there is."""
    if kind is EventKind.FACE_MATCH:
        return int(row["device"])
    raise BadInput(
        "MISSING_REFERENCE",
        "the event names nobody, and a decision alone does not tell its shard; name the subject "
        "in envelope.subjects",
    )


def _loose(references: Iterable[SubjectReference], node: int) -> bool:
    """Whether the name that stands for a subject may turn out to be another's."""
    if node == _BAG:
        return True
    return not any(one.WhichOneof("reference") in _OWN_IDS for one in references)


def _tied(raw: bytes, row: Any, tie: Event | None, loose: bool) -> Iterator[Named | Owner]:
    """Tell the other side of a tie; a bag's tie to its traveler says whose the bag is.

    Parameters
    ----------
    raw
        The event.
    row
        The tie's record.
    tie
        The event again if it is a tie by itself; None if a manifest makes it.
    loose
        Whether the event's own subject stands under a loose name.
    """
    ref, other = subject_key(int(row["ref"])), subject_key(int(row["other"]))
    if tie is not None:
        reference = getattr(tie, str(tie.WhichOneof("kind"))).other
        other_loose = _loose([reference], int(row["other_node"]))
        yield Named(other, raw, other_loose)
    else:
        # In a manifest's ties the other one is the traveler whose manifest it is.
        other_loose = loose
    if {int(row["node"]), int(row["other_node"])} != {_BAG, _TRAVELER}:
        return
    bag, owner, of = (ref, other, other_loose) if int(row["node"]) == _BAG else (other, ref, loose)
    tied = row["kind"] == EventKind.LINK
    yield Owner(bag, owner if tied else "", int(row["version"]), of)


def _identity(raw: bytes, row: Any, event_us: int, loose: bool) -> Iterator[Named | Owner]:
    """Tell both sides that names belong together, or no longer."""
    other = subject_key(int(row["other"]))
    yield Named(other, raw, loose=False)
    apart = int(row["change"]) == IdentityChange.SPLIT
    yield Owner(other, "" if apart else subject_key(int(row["ref"])), event_us, loose)
