"""Watches one stream of numbers with one of river's drift detectors."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from haechi.configs.monitor import Drift
from haechi.engine.codes import NodeKind
from haechi.streams.monitor.making import make_detector

RECENT: Final = 50
"""Values that count as after the change."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A detector fired.

    Parameters
    ----------
    name, detector
        The detector's name among others, and its class.
    node, watched
        Whose model, and what changed.
    offset, stamp_us
        Of the event that made it fire.
    before, after
        Mean since the last alarm without the latest values, and mean of these.
    """

    name: str
    detector: str
    node: NodeKind
    watched: str
    offset: int
    stamp_us: int
    before: float
    after: float


class Watch:
    """One detector on one thing.

    Parameters
    ----------
    drift
        What monitor.toml says of it.

    Attributes
    ----------
    name
        What it is called to people.
    off
        Why it was switched off, or empty.
    learned
        Values seen.
    """

    def __init__(self, drift: Drift) -> None:
        self.drift: Final = drift
        self.of: Final = drift.of
        self.name: Final = f"{drift.name} on {drift.watched}"
        self._detector: Final[Any] = make_detector(drift)
        self._recent: Final[deque[float]] = deque(maxlen=RECENT)
        self._sum = 0.0
        self._count = 0
        self._quiet = 0
        self.off = ""
        self.learned = 0

    def take(self, value: float, offset: int, stamp_us: int) -> Alarm | None:
        """Take the next value; an alarm if the detector fires and it is not too soon."""
        if self.off:
            return None
        self.learned += 1
        self._quiet = max(0, self._quiet - 1)
        if len(self._recent) == RECENT:
            self._sum += self._recent[0]
            self._count += 1
        self._recent.append(value)
        try:
            self._detector.update(value)
        except Exception as error:
            self.off = f"{type(error).__name__}: {str(error)[:200]}"
            return None
        if not self._detector.drift_detected or self._quiet:
            return None
        after = sum(self._recent) / len(self._recent)
        before = self._sum / self._count if self._count else after
        self._sum, self._count, self._quiet = 0.0, 0, self.drift.apart
        self._recent.clear()
        drift = self.drift
        return Alarm(
            drift.name, drift.detector.short, drift.of, drift.watched, offset, stamp_us,
            before, after,
        )  # fmt: skip
