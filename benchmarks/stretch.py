"""A stretch of a large port's day: whoever has something to do in it, and what they did before.

Nobody waits for a day, and a day of a large port has millions of events. So a stretch is cut out of
a day that is as busy at any time as on average. Of a small port's bookings and parcels each becomes
a template of a life, from its manifest to its exit. Every event of every life is put into the
stretch as often as the large port's rate says, at times of its own; the rest of that life lies
around it, before the stretch and after. A life with several events in the stretch is taken at the
first of them, or it would come too often. Copies get numbers of their own and keep their guilt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from haechi.rpc.v1.decision_pb2 import GateAnswer
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.vocabulary_pb2 import CODE_CLASS_CLEAR, VERDICT_RELEASE
from haechi.streams.simulator import Item, Port, Size, Truth
from haechi.streams.simulator.draws import Draws
from haechi.streams.simulator.templates import Numbers, Template

ARRIVALS: Final = 100_000
"""Travelers who arrive at a large port in a day; an assumption, as docs/benchmark.md says."""

PARCELS: Final = 250_000
"""Express parcels in a day."""

DAY_S: Final = 86_400.0
FIRST_COPY: Final = 80_000_000
"""Copies are numbered from here: beyond everybody of a port's day and its history."""

SAMPLE: Final = Size(flights=12, seats=50, parcels=1500, past_parcels=0)
"""The small port: as many parcels a traveler as the large one."""


@dataclass(frozen=True, slots=True)
class Life:
    """One booking with its parcels, or a parcel, from its first event to its last.

    Parameters
    ----------
    template
        Its events.
    items
        The same, in the order of sending.
    own
        Which of them come of themselves; the others follow from answers, and come if they do.
    sent_us
        When each is sent, from the first one on, ascending, shape (n,).
    """

    template: Template
    items: list[Item]
    own: list[bool]
    sent_us: NDArray[np.int64]

    def placed(self, first_us: int, numbers: Numbers) -> Iterator[tuple[Item, Item]]:
        """Copy what comes of itself of it, with the first event sent at a time.

        Yields
        ------
        Each copy, and what it was copied from. Its subject is that of the latter, whose truth it
        shares; its names are its own.
        """
        frames = self.template.fill(first_us, numbers)
        for frame, item, own in zip(frames, self.items, self.own, strict=True):
            if own:
                copy = Item(
                    frame.send_us, Event.FromString(frame.raw), item.role, item.channel,
                    item.subject, f"{item.group} of {first_us}", item.duplicate,
                )  # fmt: skip
                yield copy, item


@dataclass(frozen=True, slots=True)
class Sample:
    """A small port's lives.

    Parameters
    ----------
    port
        The port: what is true of its subjects, and what follows from an answer.
    lives
        Of its subjects.

    Attributes
    ----------
    copied
        Number of the question that one was copied from, by the copy's.
    """

    port: Port
    lives: list[Life]
    copied: dict[str, str] = field(default_factory=dict)

    @property
    def truth(self) -> dict[str, Truth]:
        """What is true, by subject of the small port."""
        return self.port.truth

    @classmethod
    def draw(cls, seed: int, start_us: int) -> Sample:
        """Draw a small port's day that begins then, and play it with every gate opening."""
        port = Port(seed, start_us, hours=24.0, size=SAMPLE)
        of_itself = {item.order for item in port.items}
        opened = GateAnswer(verdict=VERDICT_RELEASE, code_class=CODE_CLASS_CLEAR)
        groups: dict[str, list[Item]] = {}
        for item in port.play(lambda item: opened if item.channel == "decide" else None):
            if item.group:
                groups.setdefault(item.group, []).append(item)
        lives = [
            Life(
                Template(items),
                items,
                [item.order in of_itself for item in items],
                np.array([item.send_us - items[0].send_us for item in items], np.int64),
            )
            for items in groups.values()
        ]
        return cls(port, lives)

    def cut(self, speed: float, seconds: float, draws: Draws) -> Stretch:
        """Cut a stretch out of the large port's day.

        Parameters
        ----------
        speed
            How many times as many subjects come.
        seconds
            How long it is.
        draws
            Where chance comes from.
        """
        small = SAMPLE.flights * SAMPLE.seats
        each = speed * ARRIVALS / small / DAY_S * seconds
        begins = [
            (life, first_us)
            for life in self.lives
            for first_us in placements(life.sent_us, each, seconds, draws)
        ]
        return Stretch(begins, round(seconds * 1e6), self.copied)

    def respond(self, item: Item, answer: GateAnswer) -> list[Item]:
        """Follow up the answer to a copy's question, after as long as in the life copied."""
        kind, _, number = item.name.rpartition(":")
        return self.port.respond(item, answer, f"{kind}:{self.copied[number]}")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Who has something to do in a stretch.

    Parameters
    ----------
    begins
        Lives, and when each sends its first event, microseconds from the stretch's beginning.
    lasts_us
        How long it is, microseconds.
    copied
        As of :class:`Sample`; takes in the questions of the copies.
    """

    begins: list[tuple[Life, int]]
    lasts_us: int
    copied: dict[str, str]

    @property
    def before(self) -> int:
        """About how many events come before it begins, with what follows from answers."""
        return sum(int(np.searchsorted(life.sent_us, -first_us)) for life, first_us in self.begins)

    def items(self, from_us: int, numbers: Numbers) -> list[Item]:
        """Everything that comes of itself up to its end, also before it begins, by sending.

        Parameters
        ----------
        from_us
            When it begins, microseconds since the epoch, UTC.
        numbers
            Numbers not taken yet.
        """
        until_us = from_us + self.lasts_us
        found: list[Item] = []
        for life, first_us in self.begins:
            for copy, item in life.placed(from_us + first_us, numbers):
                if copy.send_us < until_us:
                    found.append(copy)
                    if copy.channel == "decide":
                        self.copied[_number(copy)] = _number(item)
        return sorted(found, key=lambda item: item.order)


def _number(item: Item) -> str:
    return item.name.rpartition(":")[2]


def placements(sent_us: NDArray[np.int64], each: float, seconds: float, draws: Draws) -> list[int]:
    """When copies of a life begin, such that each has an event in the stretch.

    So each of its events falls into the stretch as often as it should, whatever lies around it.

    Parameters
    ----------
    sent_us
        When its events are sent, from the first one on, ascending, shape (n,).
    each
        How often each of its events is to be in the stretch, on average.
    seconds
        How long the stretch is.
    draws
        Where chance comes from.

    Returns
    -------
    When each copy's first event is sent, microseconds from the stretch's beginning.
    """
    begins: list[int] = []
    for number, times in enumerate(draws.poisson(each, len(sent_us)).tolist()):
        for at_us in (draws.random(times) * seconds * 1e6).astype(np.int64).tolist():
            # The event before must lie before the stretch, or it has been counted by that one.
            if number == 0 or sent_us[number] - sent_us[number - 1] > at_us:
                begins.append(at_us - int(sent_us[number]))
    return begins
