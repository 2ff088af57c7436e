"""The one line that a run of ``port_day`` is quoted by, as docs/benchmark.md writes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.quantiles import Times, percentile
from benchmarks.samples import NEEDED
from benchmarks.selection import Interval

VERSION: Final = "v1"
"""Of the specification. Figures of different versions do not compare."""

LAG_P99_MS: Final = 10.0
"""What the generator may be late with the last of a hundred events."""

BEGUN_LATE_MS: Final = 100.0
"""How far behind the wall clock a stretch may begin."""

_WHOLE: Final = 10.0
"""Percentages from here on are told without decimals."""

_PERCENTS: Final = (50.0, 99.0, 99.9)


@dataclass(frozen=True, slots=True)
class Paced:
    """What a stretch in an open loop was like.

    Parameters
    ----------
    speed
        How many times as many subjects came as a large port has.
    seconds
        How long it was.
    events
        Sent in it, questions among them.
    late_us
        From when each question was due to the core's answer, shape (n,), n > 0.
    lag_us
        How late the generator sent each event, shape (n,).
    provisional
        Answers made outside the core.
    begun_late_ms
        How far behind the wall clock it began.
    """

    speed: float
    seconds: float
    events: int
    late_us: Times
    lag_us: Times
    provisional: int
    begun_late_ms: float

    def invalid(self) -> list[str]:
        """Why its times do not count; nothing, if they do."""
        why = []
        if (lag_ms := percentile(self.lag_us, 99.0) / 1e3) > LAG_P99_MS:
            why.append(f"{self.speed:g}x: generator late by {lag_ms:.0f} ms at p99")
        if self.begun_late_ms > BEGUN_LATE_MS:
            why.append(f"{self.speed:g}x: began {self.begun_late_ms:,.0f} ms late")
        return why

    def told(self) -> str:
        """Rates and latency; a percentile only where there are enough questions."""
        rates = f"{self.events / self.seconds:.1f} events/s"
        rates += f", {len(self.late_us) / self.seconds:.1f} questions/s"
        times = [
            f"p{percent:g} {_ms(percentile(self.late_us, percent))}"
            for percent in _PERCENTS
            if len(self.late_us) >= NEEDED[percent]
        ]
        outside = f", {self.provisional} provisional" if self.provisional else ""
        longest = _ms(float(np.max(self.late_us)))
        return f"{self.speed:g}x {rates} {' '.join(times)} max {longest} ms{outside}"


@dataclass(frozen=True, slots=True)
class Detected:
    """What the scaled day's inspections found.

    Parameters
    ----------
    precision
        Seizures in 100 inspections that the engine selected.
    recall
        Seizures over guilty subjects.
    inspected
        Share of subjects that the engine selected, 0 to 1.
    """

    precision: Interval
    recall: Interval
    inspected: float

    def told(self) -> str:
        """As percentages with their 95% intervals."""
        precision, recall = _percent(self.precision, 1.0), _percent(self.recall, 100.0)
        return f"precision {precision}, recall {recall} at {100 * self.inspected:.1f}% inspected"


def line(seed: int, cores: int, stretches: Sequence[Paced], detected: Detected) -> str:
    """Write the line."""
    invalid = [why for one in stretches for why in one.invalid()]
    begin = f"INVALID ({'; '.join(invalid)}) " if invalid else ""
    parts = [*(one.told() for one in stretches), detected.told()]
    return f"{begin}port-day {VERSION}, seed {seed}, {cores} cores: {'; '.join(parts)}"


def _ms(microseconds: float) -> str:
    return f"{microseconds / 1e3:.2f}" if microseconds < 1e4 else f"{microseconds / 1e3:,.0f}"


def _percent(one: Interval, times: float) -> str:
    low, found, high = (times * figure for figure in (one.low, one.found, one.high))
    if np.isnan(found):
        return "-"
    digits = 0 if found >= _WHOLE else 1
    return f"{found:.{digits}f}% [{low:.{digits}f}, {high:.{digits}f}]"
