"""The port's mix of events without end, for load, replay and restart benchmarks.

A small port is played once with every gate opening. Its bookings and parcels become
templates (:mod:`haechi.streams.simulator.templates`); each further booking or parcel is a
template with new numbers and times put in, so that every subject is new while sellers,
couriers, goods and flights repeat. Times move on; local dates stay those of the first day.

No answer is waited for: gate actions name no decision and nothing is inspected. Outages and
intelligence, which belong to no subject, are left out.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from haechi.rpc.v1.decision_pb2 import GateAnswer
from haechi.rpc.v1.vocabulary_pb2 import CODE_CLASS_CLEAR, VERDICT_RELEASE
from haechi.streams.simulator.draws import draws_for
from haechi.streams.simulator.items import Item
from haechi.streams.simulator.port import Port, Size
from haechi.streams.simulator.templates import Frame, Numbers, Template

TEMPLATE_SIZE = Size(flights=6, seats=60, parcels=400, past_parcels=0)
"""Size of the port that the templates are made from."""

_BLOCK = 4096
_OFFICERS = frozenset({"inspection_outcome", "officer_action", "case_closed"})


def endless(
    seed: int,
    start_us: int,
    *,
    subjects: int | None = None,
    subjects_per_hour: float = 20_000.0,
) -> Iterator[Frame]:
    """Generate the mix, in the order of sending.

    Parameters
    ----------
    seed
        Seed of the mix.
    start_us
        When the first subject appears, microseconds since the epoch, UTC.
    subjects
        How many travelers and parcels appear, or None for no end; the last booking is
        completed, so that a few more may come.
    subjects_per_hour
        How many appear in an hour of event time. A higher rate has more subjects in flight,
        and so takes more memory.

    Yields
    ------
    Serialized events with their times, roles and channels.
    """
    templates = make_templates(seed, start_us)
    shown = sum(template.subjects for template in templates) / len(templates)
    gap_us = 3.6e9 * shown / subjects_per_hour
    draws = draws_for(seed, "endless")
    numbers = Numbers()
    waiting: list[tuple[int, int, Frame]] = []
    at_us, count, order = float(start_us), 0, 0
    while subjects is None or count < subjects:
        picks = draws.integers(len(templates), size=_BLOCK).tolist()
        gaps = draws.exponential(gap_us, size=_BLOCK).tolist()
        for pick, gap in zip(picks, gaps, strict=True):
            at_us += gap
            while waiting and waiting[0][0] <= at_us:
                yield heapq.heappop(waiting)[2]
            for frame in templates[pick].fill(int(at_us), numbers):
                heapq.heappush(waiting, (frame.send_us, order, frame))
                order += 1
            count += templates[pick].subjects
            if subjects is not None and count >= subjects:
                break
    while waiting:
        yield heapq.heappop(waiting)[2]


def make_templates(seed: int, start_us: int) -> list[Template]:
    """Play a port whose gates always open, and make a template of each group of subjects."""
    port = Port(seed, start_us, size=TEMPLATE_SIZE)
    opened = GateAnswer(verdict=VERDICT_RELEASE, code_class=CODE_CLASS_CLEAR)
    groups: dict[str, list[Item]] = {}
    for item in port.play(lambda item: opened if item.channel == "decide" else None):
        if item.group:
            groups.setdefault(item.group, []).append(item)
    return [
        Template(items)
        for items in groups.values()
        # An officer's own pick follows from a truth that the mix has no use for.
        if not any(item.kind in _OFFICERS for item in items)
    ]
