"""A hand-made case: items to weave into the crowd, and what the demo expects of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from haechi.rpc.v1.vocabulary_pb2 import (
    DECISION_KIND_UNSPECIFIED,
    VERDICT_UNSPECIFIED,
    DecisionKind,
    Verdict,
)
from haechi.streams.simulator.items import Item
from haechi.streams.simulator.outages import Outage
from haechi.streams.simulator.truth import Pattern, Truth


@dataclass(frozen=True, slots=True)
class Scenario:
    """One case that is told.

    Parameters
    ----------
    name
        Short name; subjects are called ``demo-<name>-...``.
    told
        What happens, in a sentence.
    items
        Events, in the order of sending. Gate actions, exits and inspections follow from the
        answers, by :meth:`haechi.streams.simulator.port.Port.respond`.
    judged
        Names of the gate questions whose answers are told, in order.
    verdict
        Verdict expected of the last of them.
    pushed
        Kind of decision expected on Watch as well, or none.
    subjects
        What is true of its subjects.
    down
        Outages that its items tell of.
    """

    name: str
    told: str
    items: tuple[Item, ...]
    judged: tuple[str, ...]
    verdict: Verdict = VERDICT_UNSPECIFIED
    pushed: DecisionKind = DECISION_KIND_UNSPECIFIED
    subjects: tuple[Truth, ...] = ()
    down: tuple[Outage, ...] = field(default=())


def minutes(count: float) -> int:
    """Microseconds of so many minutes."""
    return int(count * 60e6)


def seconds(count: float) -> int:
    """Microseconds of so many seconds."""
    return int(count * 1e6)


def guilty(pattern: Pattern, *subjects: str) -> tuple[Truth, ...]:
    """State that subjects follow a pattern."""
    return tuple(Truth(subject, pattern is not Pattern.NONE, pattern) for subject in subjects)


def in_order(items: list[Item]) -> tuple[Item, ...]:
    """Items in the order of sending."""
    return tuple(sorted(items, key=lambda item: item.order))
