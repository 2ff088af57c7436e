"""Flights in arrival banks: waves of landings, as an airport's timetable has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from haechi.streams.simulator.draws import Draws, draws_for, weighted

_ROUTES: Final[dict[tuple[str, float], float]] = {
    ("NRT", 2.5): 0.16,
    ("PVG", 2.2): 0.14,
    ("BKK", 5.5): 0.12,
    ("SGN", 5.0): 0.10,
    ("MNL", 4.2): 0.09,
    ("HKG", 3.8): 0.09,
    ("TPE", 2.7): 0.08,
    ("LAX", 12.8): 0.08,
    ("FRA", 11.5): 0.05,
    ("KUL", 6.5): 0.05,
    ("SFO", 12.3): 0.04,
}
"""Origin and hours of flight, by how common they are."""

BANK_SPREAD_S: Final = 900.0
"""Spread of landings around the middle of a bank, seconds."""

_KOREA: Final = timedelta(hours=9)


@dataclass(frozen=True, slots=True)
class Flight:
    """One arrival.

    Parameters
    ----------
    designator
        Such as KE902.
    origin
        Airport of departure, IATA code.
    departed_us, landed_us
        Microseconds since the epoch, UTC.
    """

    designator: str
    origin: str
    departed_us: int
    landed_us: int

    @property
    def date(self) -> int:
        """Local date of arrival, YYYYMMDD as a number."""
        return local_date(self.landed_us)


def local_date(time_us: int) -> int:
    """Korean date of a time, YYYYMMDD as a number."""
    moment = datetime.fromtimestamp(time_us // 1_000_000, UTC) + _KOREA
    return moment.year * 10_000 + moment.month * 100 + moment.day


def make_flights(seed: int, start_us: int, hours: float, count: int) -> list[Flight]:
    """Draw the arrivals: a bank every two hours, the last flight an hour before the end.

    A flight number keeps its origin on all days, whatever the seed.
    """
    draws = draws_for(seed, "flights")
    first_s, last_s = 0.08 * hours * 3600.0, max(0.55 * hours, hours - 1.5) * 3600.0
    banks = max(1, round(hours / 2.0))
    flights = []
    for i in range(count):
        middle_s = first_s + (last_s - first_s) * ((i % banks) + 0.5) / banks
        landed_s = min(max(draws.normal(middle_s, BANK_SPREAD_S), first_s), last_s)
        flights.append(_flight(draws, start_us + int(landed_s * 1e6)))
    return sorted(flights, key=lambda flight: (flight.landed_us, flight.designator))


def earlier_flight(draws: Draws, flight: Flight, days: int) -> Flight:
    """Find the same flight number some days earlier."""
    back_us = days * 86_400_000_000 + int(draws.normal(0.0, 600.0) * 1e6)
    return Flight(
        flight.designator, flight.origin, flight.departed_us - back_us, flight.landed_us - back_us
    )


def _flight(draws: Draws, landed_us: int) -> Flight:
    origin, hours = weighted(draws, _ROUTES)
    carrier = ("KE", "OZ", "7C", "TW")[int(draws.integers(4))]
    # Two numbers a carrier and route, so that flight numbers have a history of their own.
    number = 100 + 20 * [route for route, _ in _ROUTES].index(origin) + int(draws.integers(2))
    return Flight(f"{carrier}{number}", origin, landed_us - int(hours * 3.6e9), landed_us)
