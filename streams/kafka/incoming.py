"""What comes on a shard's topics: a message becomes an entry, or one that is refused.

Writers of a topic have no credentials that we see, so only kinds that a feed may carry are taken:
what officers and approvers say comes by gRPC, where it is known who they are.
"""

from __future__ import annotations

import time
from typing import Any, Final

from haechi.configs.topics import Topics
from haechi.engine.codes import EventKind
from haechi.engine.errors import BadInput
from haechi.operators.intake import Refusal
from haechi.streams.decode import Decoder
from haechi.streams.kafka import wire
from haechi.streams.lane import SourcedEntry

LOST: Final = "LOST_EVENTS"
"""Code of a dead letter that stands for messages which nobody can read any more."""


def stream_name(topic: str, partition: int) -> str:
    """Name of one partition, as positions and dead letters give it."""
    return f"{topic}/{partition}"


class Incoming:
    """Makes entries of messages.

    Parameters
    ----------
    decoder
        The engine's decoder.
    topics
        The topics; their feeds say what may come.
    """

    def __init__(self, decoder: Decoder, topics: Topics) -> None:
        self._decode: Final = decoder.decode
        self._screen: Final = decoder.screen
        self._partitions: Final = topics.partitions
        fed = frozenset[EventKind]().union(*(feed.kinds for feed in topics.feeds.values()))
        self._kinds: Final = {
            topics.events.name: fed,
            topics.links.name: frozenset({EventKind.LINKED_RISK}),
        }

    def entry(self, message: Any) -> SourcedEntry:
        """Make the entry of one message of confluent-kafka; it carries a refusal if it must."""
        raw: bytes = message.value() or b""
        source = stream_name(message.topic(), message.partition())
        refusal = None
        decoded = None
        try:
            self._check(message)
            decoded = self._decode(raw)
            if decoded.kind not in self._kinds[message.topic()] or (
                decoded.kind is EventKind.INSPECTION_OUTCOME and not decoded.historical
            ):
                raise BadInput(
                    "NOT_ALLOWED",
                    f"{decoded.kind.name}{'' if decoded.historical else ' that is not historical'} "
                    "may not come on this topic; what a person says comes by gRPC with a token",
                )
            decoded = self._screen(decoded, raw)
        except BadInput as error:
            decoded, refusal = None, Refusal(error.code, str(error))
        return SourcedEntry(
            raw, source, decoded, refusal, None, time.monotonic_ns(), message.offset()
        )

    def _check(self, message: Any) -> None:
        """Refuse what was written in another version, or sent where it does not belong."""
        version = dict(message.headers() or ()).get(wire.SCHEMA_VERSION, wire.WRITTEN_VERSION)
        if version != wire.WRITTEN_VERSION:
            raise BadInput(
                "UNKNOWN_VERSION",
                f"header {wire.SCHEMA_VERSION} is {version[:20]!r}; this engine reads "
                f"{wire.WRITTEN_VERSION!r}: update it, then feed the dead letter again",
            )
        key = message.key()
        if key is None:
            # It concerns everybody, and stands in every partition.
            return
        partition = wire.partition_of(key, self._partitions)
        if partition != message.partition():
            raise BadInput(
                "WRONG_PARTITION",
                f"the key belongs to partition {partition} of {self._partitions}, the message "
                f"stands in {message.partition()}; set partitioner={wire.PARTITIONER} where it is "
                "written",
            )


def lost(topic: str, partition: int, position: int, first: int) -> SourcedEntry:
    """Make the dead letter that stands for messages which went unread."""
    refusal = Refusal(
        LOST,
        f"messages from {position} up to {first} went unread before retention took them; feed "
        "again what they held",
    )
    source = stream_name(topic, partition)
    return SourcedEntry(b"", source, None, refusal, None, time.monotonic_ns(), first - 1)
