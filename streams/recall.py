"""What was decided before, found again for the writer: by id, by position, by event."""

from __future__ import annotations

import time
from typing import Final

from haechi.engine.codes import EventKind
from haechi.operators.logic import answers_of
from haechi.streams.log.reader import LogReader
from haechi.streams.recent import RecentDecisions, case_key_of

_LONGEST_WAIT_US: Final = 60_000_000


class Recall:
    """Finds decisions in the log, the newest in memory; for the dataflow's thread.

    Parameters
    ----------
    reader
        The log.
    """

    def __init__(self, reader: LogReader) -> None:
        self._reader = reader
        self._recent = RecentDecisions()

    def add(self, bodies: bytes, offset: int) -> None:
        """Remember the decisions of an event that was committed just now."""
        self._recent.add(bodies, offset)

    def find(self, decision_id: bytes) -> tuple[int, int] | None:
        """Position and case of a committed decision, or None."""
        recent = self._recent.find(decision_id)
        if recent is not None:
            return recent
        found = self._reader.logged_decision(decision_id, self._recent.since)
        return (found.position, case_key_of(found.body)) if found else None

    def body(self, position: int) -> bytes:
        """Body of the decision at a position."""
        body = self._reader.decision_at(position)
        assert body is not None, f"the decision at position {position} was found a moment ago"
        return body

    def stored(self, offset: int, event_id: bytes) -> tuple[bytes, ...] | None:
        """What the event at an offset caused or was answered by; None while it still waits."""
        event = self._reader.event(offset)
        assert event is not None, f"event {offset} is remembered, so it is in the log"
        own = tuple(row.body for row in self._reader.decisions(offset, offset + 1))
        if event.kind != EventKind.GATE_EVENT or any(answers_of(body) == event_id for body in own):
            return own
        # It waited for evidence: a later event answered it, or will.
        until_us = event.stamp_us + _LONGEST_WAIT_US
        for later in self._reader.answers_between(offset + 1, until_us):
            if answers_of(later) == event_id:
                return (*own, later)
        return None if time.time_ns() // 1000 < until_us else own
