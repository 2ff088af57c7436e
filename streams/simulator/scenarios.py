"""The cases that the demo tells, and the port that they are woven into.

Their subjects are called ``demo-...``; the crowd around them is drawn as ever. Nothing in
them is left to chance but the engine's own random checks: with the demo's lanes one release
in two hundred is drawn for inspection, a scenario's as well as anybody's.
"""

from __future__ import annotations

from haechi.streams.simulator.port import Port, Size
from haechi.streams.simulator.scenario import Scenario
from haechi.streams.simulator.scenario_parcels import (
    learned,
    nine_addresses,
    past_seizure,
    undervalued,
)
from haechi.streams.simulator.scenario_travelers import body_alarm, family, hand_over, late_bag
from haechi.streams.simulator.truth import Prevalence

HOURS_MIN = 2.0
"""Shortest day that all scenarios fit into, hours."""


def make_scenarios(seed: int, start_us: int, hours: float) -> list[Scenario]:
    """Make all scenarios, spread over the second half of the day.

    Parameters
    ----------
    seed
        Seed of the port.
    start_us
        When the day begins, microseconds since the epoch, UTC.
    hours
        How long it lasts, at least two.

    Raises
    ------
    ValueError
        If the day is too short.
    """
    if hours < HOURS_MIN:
        raise ValueError(f"the scenarios need {HOURS_MIN} hours, got {hours}: lengthen the day")

    def at(share: float) -> int:
        return start_us + int(share * hours * 3.6e9)

    return [
        undervalued(seed, at(0.70)),
        nine_addresses(seed, at(0.66)),
        past_seizure(seed, at(0.62)),
        body_alarm(seed, at(0.64)),
        late_bag(seed, at(0.68)),
        hand_over(seed, at(0.72)),
        family(seed, at(0.74)),
        learned(seed, at(0.85)),
    ]


def make_demo(
    seed: int, start_us: int, hours: float, size: Size, prevalence: Prevalence
) -> tuple[Port, list[Scenario]]:
    """Make a port and its scenarios; the port knows their truth and their outages.

    Parameters
    ----------
    seed, start_us, hours, size, prevalence
        See :class:`haechi.streams.simulator.port.Port`.

    Returns
    -------
    The port, and scenarios whose items are to be woven in: ``port.play(answer, extra)``.
    """
    scenarios = make_scenarios(seed, start_us, hours)
    port = Port(
        seed,
        start_us,
        hours,
        size,
        prevalence,
        down=tuple(outage for scenario in scenarios for outage in scenario.down),
    )
    port.know({truth.subject: truth for scenario in scenarios for truth in scenario.subjects})
    return port, scenarios
