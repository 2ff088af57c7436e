"""Events as gates, sensors and feeders write them, in one line each."""

from __future__ import annotations

import itertools
import time
import zlib
from typing import Any

from haechi.rpc.v1.event_pb2 import Event

_running = itertools.count()
BUDGET_MS = 2000
"""Long, so that a busy machine is no missed deadline; tests of deadlines give their own."""


def event(traveler: str = "", parcel: str = "", bag: str = "", **kind: Any) -> Event:
    """An event of one kind that happens now, about the subject named."""
    made = Event(**kind)
    envelope = made.envelope
    envelope.event_id = f"system:{next(_running)}:{time.time_ns()}"
    envelope.schema_version = 1
    envelope.source = "test"
    envelope.event_time_us = time.time_ns() // 1000
    for name, value in (("traveler_id", traveler), ("parcel_id", parcel), ("bag_tag", bag)):
        if value:
            setattr(envelope.subjects.add(), name, value)
    return made


def question(
    traveler: str = "", gate: str = "ICN-T1-EXIT-3", lane: str = "", parcel: str = "",
    budget_ms: int = BUDGET_MS,
) -> Event:  # fmt: skip
    """A gate asks."""
    return event(traveler, parcel, gate_event={"gate": gate, "lane": lane, "budget_ms": budget_ms})


def manifest(traveler: str, tags: tuple[str, ...] = ()) -> Event:
    """An unremarkable traveler."""
    return event(
        traveler,
        traveler_manifest={
            "manifest_version": 1,
            "document_type": 1,
            "document_state": 1,
            "issuing_state": "KOR",
            "document_number": f"M{zlib.crc32(traveler.encode()) % 10**8:08d}",
            "birth_year": 1985,
            "nationality": "KOR",
            "sex": 1,
            "flight": "KE902",
            "flight_date": 20_261_121,
            "boarded": True,
            "bags": [{"bag_tag": tag, "weight_kg": 15.0} for tag in tags],
        },
    )


def parcel_manifest(parcel: str, **changes: Any) -> Event:
    """An unremarkable express parcel."""
    given = {
        "manifest_version": 1,
        "hawb": f"HW{zlib.crc32(parcel.encode()) % 10**8:08d}",
        "courier": "CJ",
        "route": 1,
        "consignee_token": f"cons-{parcel}",
        "hs6": "640399",
        "departure_country": "US",
        "origin_country": "US",
        "item_price_krw": 90_000.0,
        "net_mass_kg": 1.0,
        "declared_mass_kg": 1.0,
        "measured_mass_kg": 1.0,
    }
    return event(parcel=parcel, parcel_manifest={**given, **changes})


def scan(
    score: float, result: int, *, traveler: str = "", parcel: str = "", bag: str = "",
    **more: Any,
) -> Event:  # fmt: skip
    """A scanner's result, of the scanner that looks at such a subject."""
    kind, device = (
        (1, "ICN-T1-BODY-1") if traveler else (2, "ICN-T1-BAGX-1") if bag
        else (3, "ICN-EXP-XRAY-1")
    )  # fmt: skip
    return event(
        traveler, parcel, bag,
        scanner_result={
            "kind": kind, "result": result, "score": score, "device": device, **more
        },
    )  # fmt: skip


def status(device: str, *, up: bool, scan_kind: int = 0, camera_role: int = 0) -> Event:
    """A sensor goes down or comes back."""
    return event(
        sensor_status={
            "device": device, "up": up, "since_us": time.time_ns() // 1000,
            "scan_kind": scan_kind, "camera_role": camera_role,
        }
    )  # fmt: skip
