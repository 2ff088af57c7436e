"""What happened before the port's day: marked historical, sent first.

Parcels of the last sixty days with their outcomes, so that codes have prices and parties a
history, and earlier arrivals of travelers who return. Of the past parcels a tenth was
inspected: the guilty eight times as often as the others, with the inspections' usual
sensitivity. Past guilt follows the same prevalence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from haechi.rpc.v1.officers_pb2 import (
    FINDING_FOUND,
    FINDING_NOTHING,
    INSPECTION_METHOD_SEARCH,
    SELECTED_BY_OFFICER,
    SELECTED_BY_RANDOM,
    InspectionOutcome,
)
from haechi.streams.simulator import places
from haechi.streams.simulator.bookings import Arrival, manifest_of
from haechi.streams.simulator.draws import between_us, draws_for, happens
from haechi.streams.simulator.flights import earlier_flight, local_date
from haechi.streams.simulator.inspections import sensitivity
from haechi.streams.simulator.items import Item, Writer, document, parcel, traveler, waybill
from haechi.streams.simulator.manifests import draw_shipment
from haechi.streams.simulator.manifests import manifest_of as declare
from haechi.streams.simulator.truth import OFFENCE, Pattern, Prevalence

DAYS: Final = 60
INSPECTED: Final = 0.10
INSPECTED_IF_GUILTY: Final = 0.80
FIRST_NUMBER: Final = 70_000_000
"""Past subjects are numbered from here."""


def past_parcels(
    seed: int, writer: Writer, start_us: int, count: int, people: int, prevalence: Prevalence
) -> list[Item]:
    """Write parcels of the last sixty days, and what inspections of them found.

    Parameters
    ----------
    seed
        Seed of the port.
    writer
        Writes the events.
    start_us
        Start of the port's day.
    count
        Parcels.
    people
        Consignees that there are.
    prevalence
        How common guilt was.
    """
    items = []
    for i in range(count):
        draws = draws_for(seed, "past parcel", i)
        number = FIRST_NUMBER + i
        pattern = prevalence.parcel(draws)
        at_us = start_us - between_us(draws, 2 * 86_400, DAYS * 86_400)
        shipment = draw_shipment(draws, number, pattern, people)
        date = local_date(at_us)
        names = [parcel(shipment.parcel_id), waybill(shipment.courier, shipment.hawb, date)]
        manifest = declare(draws, shipment, pattern, date, number // 40)
        items.append(
            writer.write(
                "parcel_manifest", manifest, places.COURIERS, at_us, names, historical=True
            )
        )
        guilty = pattern is not Pattern.NONE
        if not happens(draws, INSPECTED_IF_GUILTY if guilty else INSPECTED):
            continue
        found = guilty and happens(draws, sensitivity(pattern, INSPECTION_METHOD_SEARCH))
        done_us = at_us + between_us(draws, 3600, 86_400)
        outcome = InspectionOutcome(
            selected_by=SELECTED_BY_OFFICER if happens(draws, 0.7) else SELECTED_BY_RANDOM,
            started_us=done_us - 900_000_000,
            finished_us=done_us,
            method=INSPECTION_METHOD_SEARCH,
            finding=FINDING_FOUND if found else FINDING_NOTHING,
        )
        if found:
            outcome.offence_class = OFFENCE[pattern]
        items.append(
            writer.write(
                "inspection_outcome",
                outcome,
                places.SHED_OFFICERS,
                done_us,
                names[:1],
                historical=True,
            )
        )
    return items


def past_arrivals(seed: int, writer: Writer, arrivals: Sequence[Arrival]) -> list[Item]:
    """Write earlier trips of those who return; a shuttle's are on the same flight number.

    Parameters
    ----------
    seed
        Seed of the port.
    writer
        Writes the events.
    arrivals
        Today's arrivals.
    """
    items = []
    number = FIRST_NUMBER
    for arrival in arrivals:
        draws = draws_for(seed, "past arrival", arrival.traveler_id)
        shuttle = arrival.pattern is Pattern.SHUTTLE_ROUTE
        trips = max(arrival.person.trips, 3) if shuttle else arrival.person.trips
        for trip in range(trips):
            days = int(draws.integers(4, 12)) if shuttle else int(draws.integers(10, 50))
            flight = earlier_flight(draws, arrival.flight, days * (trip + 1))
            number += 1
            before = Arrival(arrival.person, f"T-{number:08d}", flight, Pattern.NONE, ())
            names = [
                traveler(before.traveler_id),
                document(
                    arrival.person.nationality,
                    arrival.person.document,
                    flight.designator,
                    flight.date,
                ),
            ]
            items.append(
                writer.write(
                    "traveler_manifest",
                    manifest_of(draws, before, [], f"PAST{trip:02d}"),
                    places.AIRLINE,
                    flight.departed_us,
                    names,
                    historical=True,
                )
            )
    return items
