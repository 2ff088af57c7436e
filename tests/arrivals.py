"""Entries as the edge puts them into the intake, and whoever waits for their outcome."""

from __future__ import annotations

import hashlib
from typing import Any

from haechi.engine.codes import EventKind
from haechi.engine.records import EVENT, pack_event
from haechi.operators.intake import Decoded, Entry, Outcome


class Waiter:
    """Keeps every outcome it is given."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def complete(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    @property
    def only(self) -> Outcome:
        assert len(self.outcomes) == 1, self.outcomes
        return self.outcomes[0]


def event_id(number: int) -> bytes:
    return number.to_bytes(8, "little") + (99).to_bytes(8, "little")


def arrival(
    kind: EventKind,
    number: int,
    event_us: int,
    *,
    waiter: Waiter | None = None,
    target: bytes = b"",
    historical: bool = False,
    other_bytes: bool = False,
    **fields: Any,
) -> Entry:
    """One entry; the same arguments always make the same bytes."""
    if target:
        fields["target_hi"] = int.from_bytes(target[:8], "little")
        fields["target_lo"] = int.from_bytes(target[8:], "little")
    packed = pack_event(
        kind=kind, id_hi=number, id_lo=99, first=1, last=1, event_us=event_us, **fields
    )
    assert len(packed) == EVENT.itemsize
    raw = packed + (b"other" if other_bytes else b"")
    decoded = Decoded(
        kind,
        event_id(number),
        hashlib.blake2b(raw, digest_size=16).digest(),
        int(fields.get("ref", 0)),
        event_us,
        historical,
        packed,
        target,
    )
    return Entry(raw, "test", decoded, completion=waiter, received_ns=0)
