"""Scenarios of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.sensors_pb2 import (
    FACE_OUTCOME_SAME,
    SCAN_KIND_BAGGAGE_XRAY,
    SCAN_KIND_BODY_MM_WAVE,
    SCAN_RESULT_ALARM,
    SIDE_FRONT,
    FaceCandidate,
    FaceMatch,
    ScanKind,
    ScannerResult,
    ScanZone,
)
from haechi.rpc.v1.traveler_pb2 import (
    DOCUMENT_STATE_VALID,
    DOCUMENT_TYPE_PASSPORT,
    PAYMENT_FORM_CARD,
    Bag,
    FlightLeg,
    TravelerManifest,
)
from haechi.rpc.v1.vocabulary_pb2 import (
    DECISION_KIND_FOLLOW_UP,
    DECISION_KIND_STANDING,
    STAGE_DESK,
    STAGE_EXIT,
    VERDICT_REFER,
    VERDICT_RELEASE,
)
from haechi.streams.simulator import places
from haechi.streams.simulator.flights import local_date
from haechi.streams.simulator.gates import ask
from haechi.streams.simulator.items import Item, Writer, bag, document, traveler
from haechi.streams.simulator.outages import Outage, write_status
from haechi.streams.simulator.places import Camera
from haechi.streams.simulator.scenario import Scenario, guilty, in_order, minutes, seconds
from haechi.streams.simulator.truth import Pattern

_FLIGHT = "KE654"
_ORIGIN = "BKK"


@dataclass(slots=True)
class _Guest:
    """One traveler of a scenario, who reaches the exit gate at ``exit_us``."""

    writer: Writer
    name: str
    exit_us: int
    lane: str
    gate: str
    number: int

    @property
    def traveler_id(self) -> str:
        return f"demo-{self.name}"

    def names(self) -> list[SubjectReference]:
        """Both names that the traveler has."""
        date = local_date(self.exit_us)
        return [traveler(self.traveler_id), document("KOR", self.document, _FLIGHT, date)]

    @property
    def document(self) -> str:
        return f"D{99_000_000 + self.number}"

    def papers(self, companions: Sequence[str] = (), bags: Sequence[str] = ()) -> Item:
        """Write a booking without anything odd."""
        landed_us = self.exit_us - minutes(50)
        manifest = TravelerManifest(
            manifest_version=1,
            document_type=DOCUMENT_TYPE_PASSPORT,
            document_state=DOCUMENT_STATE_VALID,
            issuing_state="KOR",
            document_number=self.document,
            document_expiry=20331231,
            birth_year=1988,
            nationality="KOR",
            name=f"DEMO<<{self.name.upper()}",
            flight=_FLIGHT,
            flight_date=local_date(self.exit_us),
            legs=[
                FlightLeg(
                    flight=_FLIGHT,
                    departure=_ORIGIN,
                    arrival="ICN",
                    departure_us=landed_us - minutes(330),
                    arrival_us=landed_us,
                )
            ],
            boarded=True,
            arrival_us=landed_us,
            pnr_locator="DEMO01",
            booked_us=landed_us - minutes(60 * 24 * 40),
            payment_form=PAYMENT_FORM_CARD,
            contact_token=f"{self.traveler_id}-phone",
            companion_traveler_ids=companions,
            bags=[Bag(bag_tag=t, weight_kg=18.0, sequence=i + 1) for i, t in enumerate(bags)],
        )
        return self._write(
            "traveler_manifest", manifest, places.AIRLINE, landed_us - minutes(20), self.names()
        )

    def seen(self, camera: Camera, at_us: int) -> Item:
        """Write a sure match; the desk knows whom it saw, the exit camera does not."""
        match = FaceMatch(
            camera=camera.device,
            role=camera.role,
            track_id=f"{self.traveler_id}-{camera.device}",
            captured_us=at_us,
            outcome=FACE_OUTCOME_SAME,
            candidates=[FaceCandidate(traveler_id=self.traveler_id, similarity=0.71, margin=0.38)],
            face_px=140,
            quality=0.93,
            liveness=0.99,
            model_id="facenet512",
            threshold_version=3,
            gallery_scope="last 90 minutes",
            gallery_size=180,
        )
        names = [traveler(self.traveler_id)] if camera is places.DESK_CAMERA else []
        return self._write("face_match", match, places.CAMERAS, at_us, names)

    def desk(self, before_exit_us: int) -> list[Item]:
        """Write the passage of the desk."""
        at_us = self.exit_us - before_exit_us
        return [
            self.seen(places.DESK_CAMERA, at_us - seconds(4)),
            self.ask(places.DESK, at_us),
        ]

    def ask(self, gate: str, at_us: int, bags: Sequence[str] = ()) -> Item:
        """Write a gate's question; the exit reads the tags of bags that go along."""
        return ask(
            self.writer,
            places.GATES,
            gate,
            self.lane,
            STAGE_DESK if gate == places.DESK else STAGE_EXIT,
            98_000_000 + 10 * self.number + (gate == places.DESK),
            at_us,
            [traveler(self.traveler_id), *map(bag, bags)],
            self.traveler_id,
            self.traveler_id,
        )

    def alarm(
        self, kind: ScanKind, device: str, at_us: int, zone: str, name: SubjectReference
    ) -> Item:
        """Write an alarm that leaves little doubt."""
        result = ScannerResult(
            scan_id=f"{self.traveler_id}-scan",
            kind=kind,
            result=SCAN_RESULT_ALARM,
            score=0.97,
            zones=[ScanZone(zone=zone, side=SIDE_FRONT, score=0.97, material_class="organic")],
            material_class="organic",
            operator_verdict=SCAN_RESULT_ALARM,
            device=device,
            software_version="4.2.1",
        )
        return self._write("scanner_result", result, places.SCANNERS, at_us, [name])

    def _write(
        self,
        kind: str,
        payload: object,
        place: places.Place,
        at_us: int,
        names: Sequence[SubjectReference],
    ) -> Item:
        write = partial(self.writer.write, subject=self.traveler_id, group=self.traveler_id)
        return write(kind, payload, place, at_us, names)  # type: ignore[arg-type]


def body_alarm(seed: int, at_us: int) -> Scenario:
    """Raise a body-scan alarm after the desk, and recognise the traveler at the exit."""
    gate = places.EXITS["walk"][0]
    guest = _Guest(
        Writer(seed, "demo-body-", scripted=True), "body-1", at_us, "walk", gate, number=1
    )
    exits = guest.ask(gate, at_us)
    items = [
        guest.papers(),
        *guest.desk(minutes(20)),
        guest.alarm(
            SCAN_KIND_BODY_MM_WAVE,
            places.BODY_SCANNER,
            at_us - minutes(6),
            "torso",
            guest.names()[0],
        ),
        # Twenty seconds: the time of a short queue, so that a push can be seen to come first.
        guest.seen(places.EXIT_CAMERAS[gate], at_us - seconds(20)),
        exits,
    ]
    return Scenario(
        "body",
        "A traveler with a body-scan alarm is recognised at the exit: the gate is told before"
        " it asks.",
        in_order(items),
        (exits.name,),
        VERDICT_REFER,
        DECISION_KIND_STANDING,
        guilty(Pattern.STRAPPED_GOODS, guest.traveler_id),
    )


def late_bag(seed: int, at_us: int) -> Scenario:
    """Deliver a bag's X-ray three minutes after its owner left."""
    gate, tag = places.EXITS["walk"][1], "0199000001"
    guest = _Guest(Writer(seed, "demo-bag-", scripted=True), "bag-1", at_us, "walk", gate, number=2)
    exits = guest.ask(gate, at_us)
    items = [
        guest.papers(bags=[tag]),
        *guest.desk(minutes(25)),
        guest.seen(places.EXIT_CAMERAS[gate], at_us - seconds(5)),
        exits,
        guest.alarm(
            SCAN_KIND_BAGGAGE_XRAY,
            places.BAG_SCANNERS[1],
            at_us + minutes(3),
            "quadrant-2",
            bag(tag),
        ),
    ]
    return Scenario(
        "bag",
        "A bag's X-ray alarm arrives three minutes after its owner left.",
        in_order(items),
        (exits.name,),
        VERDICT_RELEASE,
        DECISION_KIND_FOLLOW_UP,
        guilty(Pattern.FALSE_BOTTOM, guest.traveler_id),
    )


def hand_over(seed: int, at_us: int) -> Scenario:
    """Let a bag change hands in reclaim; its owner comes to the exit later, without it."""
    gate, tag = places.EXITS["walk"][0], "0199000002"
    writer = Writer(seed, "demo-handover-", scripted=True)
    owner = _Guest(writer, "handover-1", at_us, "walk", gate, number=21)
    carrier = _Guest(writer, "handover-2", at_us - minutes(4), "walk", gate, number=22)
    camera = places.EXIT_CAMERAS[gate]
    takes = carrier.ask(gate, carrier.exit_us, [tag])
    exits = owner.ask(gate, at_us)
    items = [
        owner.papers(bags=[tag]),
        carrier.papers(),
        *owner.desk(minutes(20)),
        *carrier.desk(minutes(15)),
        carrier.seen(camera, carrier.exit_us - seconds(5)),
        takes,
        owner.seen(camera, at_us - minutes(1)),
        exits,
    ]
    return Scenario(
        "handover",
        "A bag changes hands in reclaim: who takes it out is searched, and so is its owner.",
        in_order(items),
        (takes.name, exits.name),
        VERDICT_REFER,
        DECISION_KIND_STANDING,
        guilty(Pattern.FALSE_BOTTOM, owner.traveler_id, carrier.traveler_id),
    )


def family(seed: int, at_us: int) -> Scenario:
    """Pass a family through an exit whose camera is down, in the lane that requires none."""
    gate = places.EXITS["family"][0]
    camera = places.EXIT_CAMERAS[gate].device
    writer = Writer(seed, "demo-family-", scripted=True)
    guests = [
        _Guest(writer, f"family-{i}", at_us + seconds(6 * i), "family", gate, number=10 + i)
        for i in (1, 2, 3)
    ]
    outage = Outage(camera, at_us - minutes(12), at_us + minutes(12))
    items = [
        write_status(writer, camera, outage.from_us, up=False),
        write_status(writer, camera, outage.until_us, up=True),
    ]
    asked = []
    for guest in guests:
        others = [other.traveler_id for other in guests if other is not guest]
        exits = guest.ask(gate, guest.exit_us)
        asked.append(exits.name)
        items += [guest.papers(others), *guest.desk(minutes(15)), exits]
    return Scenario(
        "family",
        "A family passes an exit whose camera is down, in the lane that requires no face.",
        in_order(items),
        tuple(asked),
        VERDICT_RELEASE,
        subjects=guilty(Pattern.NONE, *(guest.traveler_id for guest in guests)),
        down=(outage,),
    )
