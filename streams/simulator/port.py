"""The simulated port: a day, or some hours, of a terminal and an express-cargo hall.

One seed, one port: the same arguments give the same bytes. No clock is read; the start is an
argument. The truth is drawn first (:mod:`haechi.streams.simulator.truth`), bookings,
declarations and sensors' results are drawn from it with noise, then some events are delayed
or doubled (:mod:`haechi.streams.simulator.disorder`).

With the defaults, six hours make about 4,000 events: of 240 travelers some eight each, of 260
parcels some seven, and before them 300 parcels and the returning travelers' trips as history.
Guilty are 0.3% of subjects times ``oversampling``.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from haechi.rpc.v1.decision_pb2 import GateAnswer
from haechi.streams.simulator.answers import Responder
from haechi.streams.simulator.bookings import Arrival
from haechi.streams.simulator.disorder import Disorder
from haechi.streams.simulator.draws import draws_for, happens, one_of
from haechi.streams.simulator.flights import make_flights
from haechi.streams.simulator.items import Item, Writer
from haechi.streams.simulator.outages import Outage, Outages, make_outages
from haechi.streams.simulator.parcels import Shed, Tie
from haechi.streams.simulator.past import past_arrivals, past_parcels
from haechi.streams.simulator.people import group_size, make_group
from haechi.streams.simulator.tips import make_tips
from haechi.streams.simulator.travelers import Terminal
from haechi.streams.simulator.truth import Pattern, Prevalence, Truth

FIRST_TRAVELER = 10_000_000
"""Travelers are numbered from here, so that they are not taken for consignees."""

TIED = 0.04
"""Share of parcels that are for a traveler of the day."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much goes on.

    Parameters
    ----------
    flights
        Arrivals.
    seats
        Travelers on each.
    parcels
        Express parcels.
    past_parcels
        Parcels of the sixty days before.
    """

    flights: int = 6
    seats: int = 40
    parcels: int = 260
    past_parcels: int = 300

    @property
    def consignees(self) -> int:
        """Consignees: most order once in a while."""
        return max(20, (self.parcels + self.past_parcels) // 2)


@dataclass(slots=True)
class Port:
    """One port's day.

    Parameters
    ----------
    seed
        Seed of everything.
    start_us
        When it begins, microseconds since the epoch, UTC.
    hours
        How long it lasts.
    size
        How much goes on.
    prevalence
        How common guilt is, with the factor of oversampling.
    disorder
        Shares of late, swapped and doubled events.
    down
        Outages that somebody else tells of, such as a scenario: the port's events leave the
        devices out, and it draws no other outage of them.

    Attributes
    ----------
    truth
        What is true, by id of traveler or parcel.
    items
        The day's events without follow-ups, in the order of sending.

    Examples
    --------
    >>> port = Port(seed=7, start_us=1_760_000_000_000_000, hours=1.0, size=Size(1, 4, 3, 5))
    >>> {item.channel for item in port.items} == {"publish", "decide"}
    True
    """

    seed: int
    start_us: int
    hours: float = 6.0
    size: Size = field(default_factory=Size)
    prevalence: Prevalence = field(default_factory=Prevalence)
    disorder: Disorder = field(default_factory=Disorder)
    down: tuple[Outage, ...] = ()
    truth: dict[str, Truth] = field(init=False, default_factory=dict)
    items: list[Item] = field(init=False, default_factory=list)
    _responder: Responder = field(init=False, repr=False)

    def __post_init__(self) -> None:
        writer = Writer(self.seed)
        broken = {outage.device for outage in self.down}
        drawn = make_outages(self.seed, self.start_us, self.hours, spared=broken)
        outages = Outages([*drawn.spans, *self.down])
        terminal = Terminal(writer, outages, self.start_us)
        shed = Shed(writer, outages, self.start_us, self.size.consignees)
        past = past_parcels(
            self.seed,
            Writer(self.seed, "past-"),
            self.start_us,
            self.size.past_parcels,
            self.size.consignees,
            self.prevalence,
        )
        today = drawn.items(writer)
        today += make_tips(self.seed, writer, self.start_us, self.hours, self.size.consignees)
        bookings = self._bookings()
        for number, (group, arrivals) in enumerate(bookings):
            draws = draws_for(self.seed, "booking", number)
            today += terminal.booking(draws, group, arrivals)
        ties = [Tie(arrival, group) for group, booked in bookings for arrival in booked]
        came = [tie.arrival for tie in ties]
        past += past_arrivals(self.seed, Writer(self.seed, "past-"), came)
        for number in range(self.size.parcels):
            today += self._parcel(shed, number, ties)
        self._responder = Responder(self.seed, self.truth)
        # History is sent before the day begins, in its own order.
        past.sort(key=lambda item: item.order)
        first_us = self.start_us - len(past) - 1
        sent = [item.sent_at(first_us + i) for i, item in enumerate(past)]
        self.items = sent + self.disorder.apply(self.seed, today)

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def respond(self, item: Item, answer: GateAnswer, drawn_as: str = "") -> list[Item]:
        """Follow up an answer; see :meth:`haechi.streams.simulator.answers.Responder.respond`."""
        return self._responder.respond(item, answer, drawn_as)

    def know(self, truths: dict[str, Truth]) -> None:
        """Take in the truth of subjects that somebody adds, such as a scenario's."""
        self.truth.update(truths)

    def play(
        self,
        answer: Callable[[Item], GateAnswer | None],
        extra: list[Item] | None = None,
    ) -> Iterator[Item]:
        """Walk through the day with its follow-ups, in the order of sending.

        Parameters
        ----------
        answer
            Called for every item once it is due: sends it, and returns the answer to a
            question, or None.
        extra
            More items to weave in, such as a scenario's.

        Yields
        ------
        Each item after it was sent.
        """
        queue = [(item.order, item) for item in [*self.items, *(extra or [])]]
        heapq.heapify(queue)
        while queue:
            _, item = heapq.heappop(queue)
            given = answer(item)
            if given is not None:
                for new in self.respond(item, given):
                    heapq.heappush(queue, (new.order, new))
            yield item

    def _bookings(self) -> list[tuple[str, list[Arrival]]]:
        """Fill the flights with bookings, and draw the truth of each."""
        flights = make_flights(self.seed, self.start_us, self.hours, self.size.flights)
        bookings: list[tuple[str, list[Arrival]]] = []
        person, tag = FIRST_TRAVELER, 0
        for flight in flights:
            left = self.size.seats
            while left > 0:
                draws = draws_for(self.seed, "travelers", len(bookings))
                people = make_group(draws, person, min(group_size(draws), left))
                left -= len(people)
                person += len(people)
                family = self.prevalence.family(draws) if len(people) > 2 else None
                arrivals = []
                for i, one in enumerate(people):
                    pattern = self.prevalence.alone(draws) if family is None else family
                    number = one.number - FIRST_TRAVELER
                    bags = 1 + (i == 0 and happens(draws, 0.15)) if happens(draws, 0.6) else 0
                    tags = tuple(f"01{tag + k:08d}" for k in range(bags))
                    tag += bags
                    arrival = Arrival(one, f"T-{number:08d}", flight, pattern, tags)
                    arrivals.append(arrival)
                    self._record(arrival.traveler_id, pattern)
                bookings.append((f"booking-{len(bookings):08d}", arrivals))
        return bookings

    def _parcel(self, shed: Shed, number: int, ties: list[Tie]) -> list[Item]:
        """Draw one parcel's truth and write its way."""
        draws = draws_for(self.seed, "parcel", number)
        pattern = self.prevalence.parcel(draws)
        self._record(f"PX-{number:08d}", pattern)
        belt_us = self.start_us + int(draws.uniform(0.05, 0.92) * self.hours * 3.6e9)
        tied = happens(draws, TIED) or pattern is Pattern.SHIPPED_AHEAD
        tie = one_of(draws, ties) if tied and ties else None
        return shed.parcel(draws, number, pattern, belt_us, tie)

    def _record(self, subject: str, pattern: Pattern) -> None:
        self.truth[subject] = Truth(subject, pattern is not Pattern.NONE, pattern)
