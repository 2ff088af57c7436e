"""Questions without end about the subjects of a log: once all were asked, each is asked again."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from typing import Final

from haechi.rpc import wire
from haechi.rpc.v1 import envelope_pb2, event_pb2

PATIENT_MS: Final = 10_000
"""Budget of a question whose wait is to be timed, not ended."""


class Questions:
    """Makes ``DecideRequest`` messages, each a new event.

    Parameters
    ----------
    asked
        Such messages about one subject each, as :func:`benchmarks.asking.prepare` makes them.
    """

    def __init__(self, asked: list[bytes]) -> None:
        self._events = [event_pb2.Event.FromString(wire.event_of(raw) or b"") for raw in asked]
        self._turn = itertools.cycle(range(len(asked)))
        self._number = itertools.count()

    def __len__(self) -> int:
        """Count the subjects."""
        return len(self._events)

    def envelope(self, subject: int) -> envelope_pb2.Envelope:
        """Tell about whom a question is, by the subject's number."""
        return self._events[subject].envelope

    def make(self, count: int, budget_ms: int = PATIENT_MS) -> list[bytes]:
        """Ask about so many subjects, in turn."""
        return self.about(itertools.islice(self._turn, count), budget_ms)

    def about(self, subjects: Iterable[int], budget_ms: int = PATIENT_MS) -> list[bytes]:
        """Ask about subjects by number, as of now."""
        now_us = time.time_ns() // 1000
        made = []
        for subject, number in zip(subjects, self._number, strict=False):
            event = self._events[subject]
            event.envelope.event_id = f"asked-{number}"
            event.envelope.event_time_us = now_us
            event.gate_event.budget_ms = budget_ms
            raw = event.SerializeToString()
            made.append(wire.request(raw))
        return made
