"""Random but repeatable traffic: a few subjects, every kind of event, in any order."""

from __future__ import annotations

from typing import Any

import numpy as np
from border import DAY, SITE, T0

from haechi.engine.codes import EventKind
from haechi.engine.records import EVENT, pack_event

_KINDS = (
    *(EventKind.TRAVELER_MANIFEST,) * 4,
    *(EventKind.PARCEL_MANIFEST,) * 4,
    *(EventKind.SCANNER_RESULT,) * 6,
    *(EventKind.GATE_EVENT,) * 5,
    *(EventKind.LINK,) * 4,
    EventKind.UNLINK,
    EventKind.FACE_MATCH,
    EventKind.TRAVELER_DECLARATION,
    EventKind.IDENTITY_LINK,
    EventKind.INTELLIGENCE,
    EventKind.SENSOR_STATUS,
    EventKind.EXIT_SEEN,
    EventKind.CASE_CLOSED,
    EventKind.PROVISIONAL_DELIVERED,
    EventKind.TICK,
)
_PAUSES_US = (1, 1000, 1000, 50_000, 2_000_000, 1_000_000_000, DAY)


def _subject(draw: np.random.Generator, subjects: int) -> tuple[int, int]:
    node = int(draw.integers(1, 4))
    return node * 1_000_000 + int(draw.integers(1, subjects + 1)), node


def _fields(draw: np.random.Generator, kind: int, subjects: int) -> dict[str, Any]:
    ref, node = _subject(draw, subjects)
    if kind in (EventKind.TRAVELER_MANIFEST, EventKind.TRAVELER_DECLARATION, EventKind.FACE_MATCH):
        ref, node = 1_000_000 + ref % 1_000_000, 1
    if kind == EventKind.PARCEL_MANIFEST:
        ref, node = 2_000_000 + ref % 1_000_000, 2
    if kind in (EventKind.GATE_EVENT, EventKind.PROVISIONAL_DELIVERED) and node == 3:
        ref, node = 1_000_000 + ref % 1_000_000, 1
    other, other_node = _subject(draw, subjects)
    if kind == EventKind.IDENTITY_LINK:
        other, other_node = node * 1_000_000 + int(draw.integers(1, subjects + 1)), node
    lane = int(draw.integers(1, 5)) if node != 2 else int(draw.integers(5, 7))
    stage = int(draw.integers(1, 5)) if node != 2 else int(draw.integers(5, 8))
    fields: dict[str, Any] = {
        "ref": ref,
        "node": node,
        "other": other,
        "other_node": other_node,
        "site": SITE,
        "lane": lane,
        "stage": stage,
        "gate": lane * 10 + stage,
        "budget_ms": 250,
        "version": int(draw.integers(1, 100)),
        "result": int(draw.integers(1, 4)),
        "mode": int(draw.integers(1, 4)),
        "change": int(draw.integers(1, 4)),
        "role": 2,
        "score": float(draw.random()),
        "similarity": float(draw.random()),
        "weight": float(draw.random()),
        "token": int(draw.integers(1, 6)),
        "device": int(draw.integers(1, 5)),
        "cash": float(draw.integers(0, 100_000)),
        "value": float(draw.integers(0, 5_000)),
    }
    if kind == EventKind.TRAVELER_MANIFEST:
        fields |= {
            "flight": int(draw.integers(1, 4)),
            "pccc": int(draw.integers(1, 6)),
            "document_state": int(draw.integers(0, 3)),
            "alias": 9_000_000 + ref % 1_000_000 if draw.random() < 0.3 else 0,
        }
    if kind == EventKind.PARCEL_MANIFEST:
        fields |= {
            "price": float(draw.integers(1, 1000)),
            "mass_kg": float(draw.integers(1, 50)),
            "hs6": int(draw.choice([851712, 940360, 300490])),
            "pccc": int(draw.integers(1, 6)),
            "address": int(draw.integers(1, 6)),
            "importer": int(draw.integers(1, 6)),
            "seller": int(draw.integers(1, 6)),
            "origin": int(draw.integers(1, 6)),
            "tax_rate": float(draw.choice([0.0, 6.5, 8.0])),
        }
    if kind in (EventKind.GATE_EVENT, EventKind.EXIT_SEEN):
        # Either that a traveler takes a bag out, or the question or the exit itself.
        bag = 3_000_000 + int(draw.integers(1, subjects + 1))
        takes = node == 1 and draw.random() < 0.3
        fields |= {"other": bag, "other_node": 3} if takes else {"other": 0, "other_node": 0}
    if kind in (EventKind.SENSOR_STATUS, EventKind.INTELLIGENCE, EventKind.TICK):
        fields["ref"] = 0
    return fields


def traffic(seed: int, events: int, subjects: int = 8) -> Any:
    """``EVENT`` records, stamped, one an event."""
    draw = np.random.default_rng(seed)
    now = T0
    rows = []
    for number in range(1, events + 1):
        kind = int(_KINDS[draw.integers(len(_KINDS))])
        now += int(_PAUSES_US[min(int(draw.exponential(1.2)), len(_PAUSES_US) - 1)])
        late = int(draw.exponential(20_000_000)) if draw.random() < 0.2 else 0
        rows.append(
            pack_event(
                kind=kind,
                id_hi=number,
                id_lo=seed,
                first=1,
                last=1,
                offset=number,
                stamp_us=now,
                event_us=now - late,
                **_fields(draw, kind, subjects),
            )
        )
    return np.frombuffer(bytearray(b"".join(rows)), EVENT)
