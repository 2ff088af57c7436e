"""What the demo plays: how long, how much, how fast."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from haechi.app.demo.clock import Clock, Rush

if TYPE_CHECKING:
    from haechi.streams.simulator import Port, Prevalence, Scenario

HOURS: Final = 3.0
"""Length of the simulated day; the scenarios need two hours."""

SECONDS: Final = 60.0
FLIGHTS: Final = 8
PARCELS: Final = 420
SEATS: Final = 40
OVERSAMPLING: Final = 20.0
SPARE_HOURS: Final = 2.0
"""The day ends so long ago, because nothing may happen after the engine's clock."""

RUSH_FACTOR: Final = 6.0
_RUSH: Final = (0.30, 0.36)
_STRIKE: Final = 0.32
_HOUR_US: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """One run of the demo.

    Parameters
    ----------
    seed
        Seed of the simulated port.
    flights, parcels
        How much goes on.
    seconds
        About how long the day takes on the wall clock.
    start_us
        When the simulated day begins, microseconds since the epoch, UTC.
    """

    seed: int
    flights: int
    parcels: int
    seconds: float
    start_us: int

    @property
    def end_us(self) -> int:
        """When the simulated day ends, microseconds since the epoch, UTC."""
        return self.at(1.0)

    @property
    def strike_us(self) -> int:
        """When the engine is killed, in event time."""
        return self.at(_STRIKE)

    @property
    def acceleration(self) -> float:
        """Seconds of the day that pass in one second."""
        return HOURS * 3600.0 / self.seconds

    def at(self, share: float) -> int:
        """Time of day after that share of it, microseconds since the epoch, UTC."""
        return self.start_us + int(share * HOURS * _HOUR_US)

    def prevalence(self) -> Prevalence:
        """How common guilt is here."""
        from haechi.streams.simulator import Prevalence

        return Prevalence(oversampling=OVERSAMPLING)

    def make(self) -> tuple[Port, list[Scenario]]:
        """Make the port and the cases that are told."""
        from haechi.streams.simulator import Size, make_demo

        size = Size(flights=self.flights, seats=SEATS, parcels=self.parcels)
        return make_demo(self.seed, self.start_us, HOURS, size, self.prevalence())

    def clock(self) -> Clock:
        """Make the clock; around the kill it runs faster, so that much is in flight then."""
        rush = Rush(self.at(_RUSH[0]), self.at(_RUSH[1]), RUSH_FACTOR)
        return Clock(self.start_us, self.acceleration, rush)


def make_plan(seed: int, flights: int, parcels: int, seconds: float) -> Plan:
    """Plan a day that ended two hours ago."""
    length_us = int((HOURS + SPARE_HOURS) * _HOUR_US)
    return Plan(seed, flights, parcels, seconds, time.time_ns() // 1000 - length_us)
