"""One parcel's way through the express-cargo hall, up to the sorter.

Every parcel: manifest one to three hours before arrival (6% corrected later), warehouse gate
(30%), parcel X-ray, and ten to sixty seconds behind it on the belt the sorter's gate. What
follows the sorter's answer is written by :mod:`haechi.streams.simulator.answers`. Of every 25
parcels one is for a traveler who arrives that day; every tenth such tie is taken away again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.links_pb2 import LINK_KIND_PARCEL, Link, Unlink
from haechi.rpc.v1.parcel_pb2 import CLEARANCE_ROUTE_LIST
from haechi.rpc.v1.vocabulary_pb2 import STAGE_SORTER, STAGE_WAREHOUSE_IN, Stage
from haechi.streams.simulator import places
from haechi.streams.simulator.bookings import Arrival
from haechi.streams.simulator.draws import Draws, between_us, happens
from haechi.streams.simulator.flights import local_date
from haechi.streams.simulator.gates import ask
from haechi.streams.simulator.items import Item, Writer, parcel, traveler, waybill
from haechi.streams.simulator.manifests import Shipment, draw_shipment, manifest_of
from haechi.streams.simulator.outages import Outages
from haechi.streams.simulator.sensors import PARCEL, scan
from haechi.streams.simulator.trade import Consignee
from haechi.streams.simulator.truth import Pattern

CORRECTED: Final = 0.06
AT_WAREHOUSE_GATE: Final = 0.3
UNTIED: Final = 0.1
FIRST_SCAN: Final = 50_000_000
"""Scans of parcels are numbered from here, so that they do not meet those of travelers."""

LANES: Final = ("express", "general")


@dataclass(frozen=True, slots=True)
class Tie:
    """A parcel for a traveler.

    Parameters
    ----------
    arrival
        The traveler.
    group
        The traveler's booking.
    """

    arrival: Arrival
    group: str


class Shed:
    """Writes what the express-cargo hall sees of its parcels.

    Parameters
    ----------
    writer
        Writes the events.
    outages
        Devices that are down.
    start_us
        Nothing happens before.
    people
        Consignees that there are.
    """

    def __init__(self, writer: Writer, outages: Outages, start_us: int, people: int) -> None:
        self._writer = writer
        self._outages = outages
        self._start_us = start_us
        self._people = people
        self._scans = FIRST_SCAN
        self._presented = FIRST_SCAN

    def parcel(
        self, draws: Draws, number: int, pattern: Pattern, belt_us: int, tie: Tie | None
    ) -> list[Item]:
        """Write one parcel's way.

        Parameters
        ----------
        draws
            Where chance comes from.
        number
            Running number.
        pattern
            What is true of it.
        belt_us
            When it is put on the belt, microseconds since the epoch, UTC.
        tie
            For which traveler it is, or None.
        """
        shipment = draw_shipment(draws, number, pattern, self._people)
        if tie is not None:
            person = tie.arrival.person.number
            own = Consignee(person, shipment.consignee.pccc, shipment.consignee.address)
            shipment = replace(shipment, consignee=own)
        date = local_date(belt_us)
        by_id = parcel(shipment.parcel_id)
        by_waybill = waybill(shipment.courier, shipment.hawb, date)
        group = tie.group if tie is not None else shipment.parcel_id
        write = partial(self._writer.write, subject=shipment.parcel_id, group=group)
        items = []

        manifest = manifest_of(draws, shipment, pattern, date, number // 40)
        filed_us = max(belt_us - between_us(draws, 3600, 10_800), self._start_us)
        filed_us += between_us(draws, 0, 60)
        names = [by_id, by_waybill]
        first = write("parcel_manifest", manifest, places.COURIERS, filed_us, names)
        items.append(first)
        if happens(draws, CORRECTED):
            manifest.manifest_version = 2
            manifest.goods[0].quantity += 1.0
            manifest.declared_mass_kg = manifest.measured_mass_kg
            corrected_us = filed_us + between_us(draws, 120, 900)
            items.append(
                write(
                    "parcel_manifest",
                    manifest,
                    places.COURIERS,
                    corrected_us,
                    names,
                    corrects=first.name,
                )
            )
        if tie is not None:
            items += self._tied(draws, tie, shipment, by_waybill, filed_us, group)
        # By list clears what is cheap and light; the rest is declared.
        declared = manifest.route != CLEARANCE_ROUTE_LIST or shipment.net_mass_kg > 30.0
        lane = LANES[declared]
        if happens(draws, AT_WAREHOUSE_GATE):
            in_us = belt_us - between_us(draws, 300, 1500)
            items.append(
                self._ask(
                    places.WAREHOUSE_IN, lane, STAGE_WAREHOUSE_IN, in_us, by_id, shipment, group
                )
            )
        device = self._working_scanner(number, belt_us)
        if device is not None:
            self._scans += 1
            result = scan(PARCEL, draws, pattern, device, self._scans, shipment.goods.image)
            items.append(
                write("scanner_result", result, places.PARCEL_SCANNERS, belt_us, [by_waybill])
            )
        sorter_us = belt_us + between_us(draws, 10, 60)
        name = by_waybill if happens(draws, 0.5) else by_id
        items.append(
            self._ask(places.SORTER_GATE, lane, STAGE_SORTER, sorter_us, name, shipment, group)
        )
        return items

    def _working_scanner(self, number: int, at_us: int) -> str | None:
        turn = number % len(places.PARCEL_SCANNER_IDS)
        order = places.PARCEL_SCANNER_IDS[turn:] + places.PARCEL_SCANNER_IDS[:turn]
        return next((d for d in order if not self._outages.down(d, at_us)), None)

    def _ask(
        self,
        gate: str,
        lane: str,
        stage: Stage,
        at_us: int,
        name: SubjectReference,
        shipment: Shipment,
        group: str,
    ) -> Item:
        self._presented += 1
        return ask(
            self._writer,
            places.SORTER,
            gate,
            lane,
            stage,
            self._presented,
            at_us,
            [name],
            shipment.parcel_id,
            group,
        )

    def _tied(
        self,
        draws: Draws,
        tie: Tie,
        shipment: Shipment,
        name: SubjectReference,
        filed_us: int,
        group: str,
    ) -> list[Item]:
        """Tie the parcel to its traveler, now and then for a while only."""
        write = partial(self._writer.write, subject=shipment.parcel_id, group=group)
        who = [traveler(tie.arrival.traveler_id)]
        at_us = filed_us + between_us(draws, 60, 600)
        link = Link(other=name, kind=LINK_KIND_PARCEL, link_version=1)
        items = [write("link", link, places.COURIERS, at_us, who)]
        if happens(draws, UNTIED):
            unlink = Unlink(other=name, kind=LINK_KIND_PARCEL, link_version=2)
            later_us = at_us + between_us(draws, 300, 1800)
            items.append(write("unlink", unlink, places.COURIERS, later_us, who))
        return items
