"""Alarms as events of the log: each at most once, however often the log is read.

An alarm's event has an id made of the detector, of what it watches and of the offset. Reading
the log, one sees the alarms of earlier readings go by; only what is not there at the log's end
is sent, and the engine takes an id once.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from typing import Any, Final

from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.monitor.drift import Alarm

SOURCE: Final = "monitor"
OLD_US: Final = 86_400_000_000
"""What is noticed so late is an old fact; the engine would refuse it as too old otherwise."""

MOST: Final = 10_000

EventId = Callable[[str], bytes]
"""Identity in the log, 16 bytes, of an event by the id that its sender wrote."""


def event_of(alarm: Alarm, shard: int) -> Event:
    """Make the event of an alarm; the same alarm always makes the same bytes."""
    named = (
        f"{shard}\0{alarm.name}\0{alarm.detector}\0{alarm.watched}\0{alarm.node}\0{alarm.offset}"
    )
    event = Event()
    event.envelope.event_id = hashlib.blake2b(named.encode(), digest_size=16).hexdigest()
    event.envelope.schema_version = 1
    event.envelope.source = SOURCE
    event.envelope.event_time_us = alarm.stamp_us
    said = event.drift_detected
    kind: Any = int(alarm.node)
    said.subject_kind = kind
    said.watched = alarm.watched
    said.detector = alarm.detector
    said.before = alarm.before
    said.after = alarm.after
    said.seen_offset = alarm.offset
    return event


class Outbox:
    """Alarms that the log does not hold yet.

    Parameters
    ----------
    shard
        Number of the shard.
    """

    def __init__(self, shard: int) -> None:
        self._shard: Final = shard
        self._waiting: Final[dict[bytes, Event]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, alarm: Alarm, event_id: EventId) -> None:
        """Take an alarm; the oldest goes if nobody took any for very long."""
        event = event_of(alarm, self._shard)
        self._waiting[event_id(event.envelope.event_id)] = event
        if len(self._waiting) > MOST:
            del self._waiting[next(iter(self._waiting))]

    def seen(self, identity: bytes) -> None:
        """Note that an event with this id is in the log."""
        self._waiting.pop(identity, None)

    def ready(self) -> list[Event]:
        """Events to send, oldest first."""
        now_us = time.time_ns() // 1000
        for event in self._waiting.values():
            if event.envelope.event_time_us < now_us - OLD_US:
                event.envelope.historical = True
        return list(self._waiting.values())
