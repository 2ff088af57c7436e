"""Bookings: API and PNR of one arrival.

How smugglers book differs from how innocents do, but never by much:

====================  ========  =========
booking               innocent  smuggler
====================  ========  =========
within two days       18%       45%
cash                  6%        20%
one way               12%       18%
bad document          0.2%      1.5%
====================  ========  =========

Innocents therefore supply nearly all late, cash-paid, one-way bookings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from haechi.rpc.v1.traveler_pb2 import (
    DOCUMENT_STATE_EXPIRED,
    DOCUMENT_STATE_LOST_OR_STOLEN,
    DOCUMENT_STATE_VALID,
    DOCUMENT_TYPE_PASSPORT,
    PAYMENT_FORM_CARD,
    PAYMENT_FORM_CASH,
    PAYMENT_FORM_POINTS,
    PAYMENT_FORM_THIRD_PARTY,
    PAYMENT_FORM_TRANSFER,
    Bag,
    FlightLeg,
    TravelerManifest,
)
from haechi.streams.simulator.draws import Draws, between_us, happens, one_of, weighted
from haechi.streams.simulator.flights import Flight
from haechi.streams.simulator.people import Person
from haechi.streams.simulator.truth import Pattern

_PAYMENTS: Final = {
    PAYMENT_FORM_CARD: 0.80,
    PAYMENT_FORM_TRANSFER: 0.10,
    PAYMENT_FORM_POINTS: 0.06,
    PAYMENT_FORM_THIRD_PARTY: 0.04,
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """One traveler on one flight.

    Parameters
    ----------
    person
        Who.
    traveler_id
        Id at the site for this arrival.
    flight
        Flight.
    pattern
        What is true of this arrival.
    bags
        Bag tags.
    """

    person: Person
    traveler_id: str
    flight: Flight
    pattern: Pattern
    bags: tuple[str, ...]

    @property
    def guilty(self) -> bool:
        """Whether there is anything to find."""
        return self.pattern is not Pattern.NONE


def manifest_of(
    draws: Draws, arrival: Arrival, companions: list[str], locator: str
) -> TravelerManifest:
    """Draw API and PNR of one arrival."""
    person, flight, guilty = arrival.person, arrival.flight, arrival.guilty
    late = happens(draws, 0.45 if guilty else 0.18)
    ahead_us = between_us(draws, 3600, 172_800) if late else between_us(draws, 259_200, 9e6)
    cash = happens(draws, 0.20 if guilty else 0.06)
    bad = happens(draws, 0.015 if guilty else 0.002)
    state = DOCUMENT_STATE_VALID
    if bad:
        state = one_of(draws, (DOCUMENT_STATE_LOST_OR_STOLEN, DOCUMENT_STATE_EXPIRED))
    return TravelerManifest(
        manifest_version=1,
        document_type=DOCUMENT_TYPE_PASSPORT,
        document_state=state,
        issuing_state=person.nationality,
        document_number=person.document,
        document_expiry=(flight.date // 10_000 + int(draws.integers(1, 10))) * 10_000 + 1231,
        birth_year=person.birth_year,
        nationality=person.nationality,
        sex=person.sex,
        name=person.name,
        flight=flight.designator,
        flight_date=flight.date,
        legs=[
            FlightLeg(
                flight=flight.designator,
                departure=flight.origin,
                arrival="ICN",
                departure_us=flight.departed_us,
                arrival_us=flight.landed_us,
            )
        ],
        checked_in_us=flight.departed_us - between_us(draws, 3600, 10_000),
        boarded=True,
        arrival_us=flight.landed_us,
        pnr_locator=locator,
        booked_us=flight.departed_us - ahead_us,
        payment_form=PAYMENT_FORM_CASH if cash else weighted(draws, _PAYMENTS),
        payment_token=f"pay-{person.number:08d}",
        agency=f"AG{int(draws.integers(1, 40)):03d}",
        contact_token=person.contact,
        seat=f"{int(draws.integers(10, 60))}{'ABCDEFGH'[int(draws.integers(8))]}",
        one_way=happens(draws, 0.18 if guilty else 0.12),
        companion_traveler_ids=companions,
        bags=[
            Bag(
                bag_tag=tag,
                weight_kg=round(min(max(draws.normal(17.0, 5.0), 4.0), 32.0), 1),
                sequence=i,
            )
            for i, tag in enumerate(arrival.bags, start=1)
        ],
    )
