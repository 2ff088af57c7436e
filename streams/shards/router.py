"""Who is to have an event: the owner of its subject, of both its subjects, or everybody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from haechi.configs.topology import ShardPlace, Topology
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.kafka.routing import subject_key
from haechi.streams.kafka.wire import partition_of
from haechi.streams.shards.subject import document_of, subject_token
from haechi.streams.tokens import Tokens


class About(Enum):
    """What an event is about if it is about no subject."""

    EVERYBODY = "everybody"
    """A sensor, a list, a rule: what every shard must know."""

    A_DECISION = "a decision"
    """A decision by its id alone: whoever made it knows whose it is."""


_FOR_EVERYBODY: Final = frozenset(
    {
        "sensor_status",
        "intelligence",
        "rule_set",
        "model_promotion",
        "capacity",
        "drift_detected",
        "trust_changed",
    }
)
_TIES: Final = frozenset({"link", "unlink", "identity_link"})


@dataclass(frozen=True, slots=True)
class Router:
    """Finds the shard of an event.

    Parameters
    ----------
    topology
        All shards.
    tokens
        Tokens for routing, which every worker, shard and client of an installation shares.
    """

    topology: Topology
    tokens: Tokens

    def keys_of(self, event: Event) -> tuple[str, ...] | About:
        """Find the keys under which an event goes to Kafka, or what it is about instead.

        A tie has two keys, one for each side, and each side's shard gets it.
        """
        which = event.WhichOneof("kind")
        if which in _FOR_EVERYBODY:
            return About.EVERYBODY
        subject = subject_token(event.envelope.subjects, self.tokens)
        found = [subject or subject_token(_in_the_body(event, which), self.tokens)]
        if which in _TIES:
            found.append(subject_token((getattr(event, which).other,), self.tokens))
        keys = tuple(subject_key(token) for token in dict.fromkeys(found) if token)
        return keys or About.A_DECISION

    def key_of(self, references: Iterable[SubjectReference]) -> str:
        """Find the key under which a subject's events go to Kafka."""
        return subject_key(subject_token(references, self.tokens))

    def owner_of(self, references: Iterable[SubjectReference]) -> ShardPlace:
        """Find the shard that owns a subject."""
        key = self.key_of(references).encode()
        return self.topology.owner(partition_of(key, self.topology.partitions))

    def partitions_of(self, event: Event) -> tuple[int, ...] | About:
        """Find the partitions that an event belongs to, or what it is about instead."""
        keys = self.keys_of(event)
        if isinstance(keys, About):
            return keys
        count = self.topology.partitions
        return tuple(dict.fromkeys(partition_of(key.encode(), count) for key in keys))

    def recipients(self, event: Event) -> tuple[ShardPlace, ...]:
        """Find the shards that are to have an event; none if only a decision's id tells."""
        partitions = self.partitions_of(event)
        if partitions is About.EVERYBODY:
            return self.topology.shards
        if isinstance(partitions, About):
            return ()
        owners = {owner.number: owner for owner in map(self.topology.owner, partitions)}
        return tuple(owners.values())


def _in_the_body(event: Event, which: str | None) -> Iterable[SubjectReference]:
    """Name the subject as the core does where the envelope names nobody."""
    message: Any = getattr(event, which) if which else None
    if which == "traveler_manifest":
        yield document_of(message)
    elif which == "parcel_manifest":
        yield SubjectReference(
            waybill={
                "courier": message.courier,
                "hawb": message.hawb,
                "arrival_date": message.arrival_date,
            }
        )
    elif which == "face_match" and message.candidates:
        yield SubjectReference(traveler_id=message.candidates[0].traveler_id)
