"""Event time on the wall clock: faster, and standing still while nobody can be told anything."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

PATIENCE_S: Final = 0.05
"""What is sent later than so is not made up for: the clock is set back instead."""


@dataclass(frozen=True, slots=True)
class Rush:
    """A span of event time that passes faster than the rest."""

    from_us: int
    until_us: int
    factor: float


@dataclass(slots=True)
class Clock:
    """Tells when something is due.

    Parameters
    ----------
    start_us
        Event time at which it starts, microseconds since the epoch, UTC.
    acceleration
        Seconds of event time that pass in a second.
    rush
        A span that passes faster.
    now_s
        The wall clock, seconds; monotone.

    Attributes
    ----------
    held_s
        How long it stood still, seconds.

    Examples
    --------
    >>> clock = Clock(0, 100.0, Rush(10_000_000, 20_000_000, 2.0), now_s=lambda: 5.0)
    >>> clock.begin()
    >>> clock.due_s(10_000_000), clock.due_s(30_000_000)
    (5.1, 5.25)
    """

    start_us: int
    acceleration: float
    rush: Rush
    now_s: Callable[[], float] = time.monotonic
    held_s: float = field(default=0.0, init=False)
    _began_s: float = field(default=0.0, init=False)

    def begin(self) -> None:
        """Let the day begin now."""
        self._began_s = self.now_s()

    def due_s(self, event_us: int) -> float:
        """When something of the day is due on the wall clock, seconds."""
        return self._began_s + self.held_s + self._passed_s(event_us)

    def hold(self, late_s: float) -> None:
        """Set the clock back by how late something was, if it was late at all."""
        if late_s > PATIENCE_S:
            self.held_s += late_s

    def _passed_s(self, event_us: int) -> float:
        rush = self.rush
        rushed_us = min(max(event_us, rush.from_us), rush.until_us) - rush.from_us
        passed_us = max(0, event_us - self.start_us) - rushed_us * (1.0 - 1.0 / rush.factor)
        return passed_us / 1e6 / self.acceleration
