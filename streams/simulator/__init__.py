"""The simulated port: a seeded, deterministic outside world with a truth that is known.

It stands for everything beyond the engine: airlines, couriers, cameras, scanners, gates,
officers and smugglers. It imports the event schema and nothing else of Haechi, so that it
shares neither code nor weights with what it tests. Every figure in it is an assumption of the
simulation unless a source is named.

- :class:`Port` is one day: ordered items, the truth, and follow-ups to answers.
- :func:`make_scenarios` are the hand-made cases of the demo; :func:`make_demo` has both.
- :func:`endless` is the same mix of events without end, for load and replay.
"""

from haechi.streams.simulator.disorder import Disorder
from haechi.streams.simulator.endless import endless
from haechi.streams.simulator.items import Item
from haechi.streams.simulator.port import Port, Size
from haechi.streams.simulator.scenario import Scenario
from haechi.streams.simulator.scenarios import make_demo, make_scenarios
from haechi.streams.simulator.templates import Frame
from haechi.streams.simulator.truth import Pattern, Prevalence, Truth

__all__ = [
    "Disorder",
    "Frame",
    "Item",
    "Pattern",
    "Port",
    "Prevalence",
    "Scenario",
    "Size",
    "Truth",
    "endless",
    "make_demo",
    "make_scenarios",
]
