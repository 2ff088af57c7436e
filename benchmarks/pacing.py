"""Plays stretches of a large port's day in time with the wall clock, and says how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.port_driver import Played, PortDriver
from benchmarks.port_line import Paced
from benchmarks.report import Progress
from benchmarks.stretch import Sample
from haechi.streams.simulator.draws import Draws
from haechi.streams.simulator.templates import Numbers

_MAKING_S: Final = 100e-6
"""For each event of the run-up, at most, until it is made."""

_LEAST_S: Final = 3.0
_SPARE: Final = 0.5
_READY_S: Final = 1.0
"""Before the stretch begins the driver is ready: to tidy up its memory takes a while."""


@dataclass(frozen=True, slots=True)
class Stretched:
    """One stretch, played.

    Parameters
    ----------
    paced
        What it was like.
    run_up
        What came before it, in a closed loop.
    played
        The stretch itself.
    """

    paced: Paced
    run_up: Played
    played: Played


def pace(
    driver: PortDriver,
    sample: Sample,
    speed: float,
    seconds: float,
    *,
    sustained: float,
    numbers: Numbers,
    draws: Draws,
) -> Stretched:
    """Play one stretch: those about in it are led up to it first, then it comes as it is due.

    Parameters
    ----------
    driver
        Plays.
    sample
        Lives that the stretch is made of.
    speed, seconds
        How much goes on, and for how long.
    sustained
        Events a second that the engine took in a closed loop before; what comes before the
        stretch gets twice the time that it would need.
    numbers, draws
        As of :meth:`benchmarks.stretch.Stretch.items` and :meth:`benchmarks.stretch.Sample.cut`.

    Raises
    ------
    RuntimeError
        If the stretch is so short that nobody asked in it.
    """
    stretch = sample.cut(speed, seconds, draws)
    lead_s = _LEAST_S + stretch.before * (_MAKING_S + 1.0 / (_SPARE * sustained))
    from_us = time.time_ns() // 1000 + round(lead_s * 1e6)
    driver.add(stretch.items(from_us, numbers))
    with Progress(f"{speed:g}x, what came before", stretch.before) as progress:
        run_up = driver.play(from_us, told=progress.at)
    late_us = max(0, time.time_ns() // 1000 + round(_READY_S * 1e6) - from_us)
    _wait_until(from_us - round(_READY_S * 1e6))
    with Progress(f"{speed:g}x, seconds", round(seconds)) as progress:
        began_ns = time.monotonic_ns() - (time.time_ns() - from_us * 1000) + late_us * 1000
        played = driver.play(
            from_us + stretch.lasts_us,
            lambda sent_us: began_ns + (sent_us - from_us) * 1000,
            _seconds(progress, began_ns),
        )
    if not played.answered:
        raise RuntimeError(f"no question came in {seconds:g} s at {speed:g}x: ask for more seconds")
    times = np.array([one.late_us for one in played.answered])
    lags = np.array(played.lag_us)
    paced = Paced(speed, seconds, played.events, times, lags, played.provisional, late_us / 1e3)
    return Stretched(paced, run_up, played)


def _wait_until(at_us: int) -> None:
    time.sleep(max(0.0, at_us / 1e6 - time.time()))


def _seconds(progress: Progress, began_ns: int) -> Callable[[int], None]:
    return lambda _: progress.at(round((time.monotonic_ns() - began_ns) / 1e9))
