"""One booking's way through the terminal, from check-in to the customs exit.

Every traveler: manifest (14% corrected later), desk camera and desk gate, baggage X-ray
within fifteen minutes before the belt (1% come late, after the exit), reclaim gate (a quarter
of those with bags), exit camera two to eight seconds before the exit gate asks.

Lanes: families mostly ``family``; of the others 80% ``walk``, 12% ``declare``, 4%
``screened``, 4% ``family``. Only the screened lane and 1% at random meet the body scanner:
16 scanners were planned for all ports, so most travelers are never scanned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.links_pb2 import (
    IDENTITY_CHANGE_ALIAS,
    LINK_KIND_BAG,
    LINK_KIND_COMPANION,
    IdentityLink,
    Link,
)
from haechi.rpc.v1.traveler_pb2 import (
    RESTRICTED_GOODS_EXCISE,
    RESTRICTED_GOODS_QUARANTINE,
    TravelerDeclaration,
)
from haechi.rpc.v1.vocabulary_pb2 import STAGE_DESK, STAGE_EXIT, STAGE_RECLAIM
from haechi.streams.simulator import places
from haechi.streams.simulator.bookings import Arrival, manifest_of
from haechi.streams.simulator.draws import Draws, between_us, happens, one_of, weighted
from haechi.streams.simulator.gates import ask
from haechi.streams.simulator.items import Item, Writer, bag, document, traveler
from haechi.streams.simulator.outages import Outages
from haechi.streams.simulator.sensors import BAG, BODY, scan, see_face
from haechi.streams.simulator.truth import Pattern

CORRECTED: Final = 0.14
BAG_XRAY_LATE: Final = 0.01
BODY_SCANNED_AT_RANDOM: Final = 0.01
LANES: Final = {"walk": 0.80, "declare": 0.12, "screened": 0.04, "family": 0.04}
FAMILY_LANES: Final = {"family": 0.85, "walk": 0.10, "declare": 0.05}


@dataclass(slots=True)
class Passage:
    """One traveler between belt and exit.

    Parameters
    ----------
    arrival
        Who.
    group
        Booking.
    lane
        Lane of the exit.
    desk_us, exit_us
        When the gates ask, microseconds since the epoch, UTC.
    """

    arrival: Arrival
    group: str
    lane: str
    desk_us: int
    exit_us: int

    def names(self, draws: Draws) -> list[SubjectReference]:
        """Names as a gate knows them: the id at the site, or the document that it read."""
        person, flight = self.arrival.person, self.arrival.flight
        if happens(draws, 0.7):
            return [traveler(self.arrival.traveler_id)]
        return [document(person.nationality, person.document, flight.designator, flight.date)]


class Terminal:
    """Writes what the terminal sees of its travelers.

    Parameters
    ----------
    writer
        Writes the events.
    outages
        Devices that are down.
    start_us
        Nothing happens before.
    """

    def __init__(self, writer: Writer, outages: Outages, start_us: int) -> None:
        self._writer = writer
        self._outages = outages
        self._start_us = start_us
        self._scans = 0
        self._tracks = 0
        self._presented = 0

    def booking(self, draws: Draws, group: str, arrivals: Sequence[Arrival]) -> list[Item]:
        """Write the whole way of one booking's travelers."""
        flight = arrivals[0].flight
        family = len(arrivals) > 2
        lane = weighted(draws, FAMILY_LANES if family else LANES)
        # Together from the desk to the exit: who has no bag waits for who has.
        desk_us = flight.landed_us + between_us(draws, 480, 1800)
        belt_us = flight.landed_us + between_us(draws, 1200, 2400)
        bags = any(arrival.bags for arrival in arrivals)
        leave_us = max(desk_us, belt_us) if bags else desk_us
        leave_us += between_us(draws, 150, 900)
        locator = f"{int(draws.integers(36**5, 36**6)):X}"[:6]
        items = []
        for i, arrival in enumerate(arrivals):
            passage = Passage(
                arrival, group, lane, desk_us + i * 12_000_000, leave_us + i * 7_000_000
            )
            others = [a.traveler_id for a in arrivals if a is not arrival]
            items += self._papers(draws, passage, others, locator)
            items += self._desk(draws, passage)
            items += self._bags(draws, passage, belt_us)
            items += self._exit(draws, passage)
        if happens(draws, 0.1):
            items += self._companions(group, arrivals)
        return items

    def _about(self, passage: Passage) -> Callable[..., Item]:
        return partial(self._writer.write, subject=passage.arrival.traveler_id, group=passage.group)

    def _papers(
        self, draws: Draws, passage: Passage, others: list[str], locator: str
    ) -> list[Item]:
        """Manifest, its correction, another name, and the declaration."""
        arrival, write = passage.arrival, self._about(passage)
        person, flight = arrival.person, arrival.flight
        names = [
            traveler(arrival.traveler_id),
            document(person.nationality, person.document, flight.designator, flight.date),
        ]
        manifest = manifest_of(draws, arrival, others, locator)
        sent_us = max(flight.departed_us, self._start_us) + between_us(draws, 0, 300)
        first = write(
            "traveler_manifest",
            manifest,
            places.AIRLINE,
            sent_us,
            names,
        )
        items = [first]
        if happens(draws, CORRECTED):
            manifest.manifest_version = 2
            manifest.seat = f"{int(draws.integers(10, 60))}K"
            items.append(
                write(
                    "traveler_manifest",
                    manifest,
                    places.AIRLINE,
                    sent_us + between_us(draws, 60, 900),
                    names,
                    corrects=first.name,
                )
            )
        if happens(draws, 0.03):
            alias = IdentityLink(
                change=IDENTITY_CHANGE_ALIAS, other=names[1], reason="document read at check-in"
            )
            items.append(
                write(
                    "identity_link",
                    alias,
                    places.AIRLINE,
                    sent_us + between_us(draws, 5, 60),
                    names[:1],
                )
            )
        if passage.lane == "declare" or happens(draws, 0.3):
            items.append(
                write(
                    "traveler_declaration",
                    _declaration(draws, passage),
                    places.DECLARATIONS,
                    max(sent_us, passage.desk_us - between_us(draws, 120, 1800)),
                    names[:1],
                )
            )
        return items

    def _desk(self, draws: Draws, passage: Passage) -> list[Item]:
        """Desk camera, then desk gate."""
        arrival = passage.arrival
        self._tracks += 1
        captured_us = passage.desk_us - between_us(draws, 2, 6)
        face = see_face(
            draws,
            places.DESK_CAMERA,
            arrival.traveler_id,
            captured_us,
            self._tracks,
            arrival.flight.designator,
        )
        # The desk has read the document, so its camera's match names the traveler.
        return [
            self._about(passage)(
                "face_match",
                face,
                places.CAMERAS,
                captured_us,
                [traveler(arrival.traveler_id)],
            ),
            self._ask(draws, passage, places.DESK, passage.desk_us),
        ]

    def _bags(self, draws: Draws, passage: Passage, belt_us: int) -> list[Item]:
        """Baggage X-rays, now and then a bag linked by hand, and the reclaim gate."""
        arrival, items = passage.arrival, []
        for i, tag in enumerate(arrival.bags):
            scanned_us = belt_us - between_us(draws, 0, 900)
            if happens(draws, BAG_XRAY_LATE):
                scanned_us = passage.exit_us + between_us(draws, 60, 600)
            device = next(
                (
                    d
                    for d in places.BAG_SCANNERS[i % 2 :] + places.BAG_SCANNERS[: i % 2]
                    if not self._outages.down(d, scanned_us)
                ),
                None,
            )
            if device is None:
                continue
            self._scans += 1
            items.append(
                self._about(passage)(
                    "scanner_result",
                    scan(BAG, draws, arrival.pattern, device, self._scans),
                    places.SCANNERS,
                    scanned_us,
                    [bag(tag)],
                )
            )
            if happens(draws, 0.03):
                link = Link(other=bag(tag), kind=LINK_KIND_BAG, link_version=1)
                items.append(
                    self._about(passage)(
                        "link",
                        link,
                        places.AIRLINE,
                        scanned_us,
                        [traveler(arrival.traveler_id)],
                    )
                )
        if arrival.bags and happens(draws, 0.25):
            # The belt lies between desk and exit.
            at_us = (passage.desk_us + 3 * passage.exit_us) // 4
            items.append(self._ask(draws, passage, places.RECLAIM, at_us))
        return items

    def _exit(self, draws: Draws, passage: Passage) -> list[Item]:
        """Body scanner for a few, exit camera, exit gate."""
        arrival, items = passage.arrival, []
        gate = one_of(draws, places.EXITS[passage.lane])
        scanned = passage.lane == "screened" or happens(draws, BODY_SCANNED_AT_RANDOM)
        scanned_us = passage.exit_us - between_us(draws, 10, 90)
        if scanned and not self._outages.down(places.BODY_SCANNER, scanned_us):
            self._scans += 1
            items.append(
                self._about(passage)(
                    "scanner_result",
                    scan(BODY, draws, arrival.pattern, places.BODY_SCANNER, self._scans),
                    places.SCANNERS,
                    scanned_us,
                    [traveler(arrival.traveler_id)],
                )
            )
        camera = places.EXIT_CAMERAS.get(gate)
        captured_us = passage.exit_us - between_us(draws, 2, 8)
        if camera is not None and not self._outages.down(camera.device, captured_us):
            self._tracks += 1
            face = see_face(
                draws, camera, arrival.traveler_id, captured_us, self._tracks, "last 90 minutes"
            )
            # The exit camera knows nobody's name: whom it saw stands among the candidates.
            items.append(
                self._about(passage)(
                    "face_match",
                    face,
                    places.CAMERAS,
                    captured_us,
                )
            )
        items.append(self._ask(draws, passage, gate, passage.exit_us))
        return items

    def _ask(self, draws: Draws, passage: Passage, gate: str, at_us: int) -> Item:
        stage = {places.DESK: STAGE_DESK, places.RECLAIM: STAGE_RECLAIM}.get(gate, STAGE_EXIT)
        self._presented += 1
        return ask(
            self._writer,
            places.GATES,
            gate,
            passage.lane,
            stage,
            self._presented,
            at_us,
            passage.names(draws),
            passage.arrival.traveler_id,
            passage.group,
        )

    def _companions(self, group: str, arrivals: Sequence[Arrival]) -> list[Item]:
        """Ties that somebody at check-in added by hand."""
        return [
            self._writer.write(
                "link",
                Link(other=traveler(b.traveler_id), kind=LINK_KIND_COMPANION, link_version=1),
                places.AIRLINE,
                max(a.flight.departed_us, self._start_us) + 400_000_000,
                [traveler(a.traveler_id)],
                group=group,
                subject=a.traveler_id,
            )
            for a, b in pairwise(arrivals)
        ]


def _declaration(draws: Draws, passage: Passage) -> TravelerDeclaration:
    """Draw what a traveler declares; cash mules declare none of what they carry."""
    declaration = TravelerDeclaration(declaration_version=1)
    if passage.lane != "declare":
        declaration.nothing_to_declare = True
        return declaration
    declaration.value_usd = round(float(draws.lognormal(6.6, 0.7)), 2)
    if passage.arrival.pattern is not Pattern.CASH_MULE and happens(draws, 0.15):
        declaration.cash_usd = round(float(draws.lognormal(9.4, 0.5)), 2)
    if happens(draws, 0.2):
        declaration.restricted_goods.append(
            one_of(draws, (RESTRICTED_GOODS_EXCISE, RESTRICTED_GOODS_QUARANTINE))
        )
    return declaration
