"""Admission: what arrives is stamped, known ids are recognised, bad input is set aside.

Nothing here decides about a person. What cannot be an event becomes a dead letter, which is
an event too: it has a place in the log, changes no state, and can be fed again after a fix.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from haechi.engine.codes import EventKind
from haechi.engine.kernel import Array
from haechi.engine.records import DECISION, EVENT, pack_event
from haechi.operators.intake import Decoded, Entry, Refusal
from haechi.operators.window import IdWindow

_INTERNAL: Final = frozenset({EventKind.TICK, EventKind.ENGINE_STARTED, EventKind.DEAD_LETTER})


@dataclass(slots=True)
class Admitted:
    """One event with its place in the log.

    Parameters
    ----------
    entry
        As it came.
    kind, id, digest, subject, event_us
        Its header; of the dead letter, if it was refused.
    payload
        The message for the log.
    refusal
        Why it became a dead letter, or None.
    records
        How many ``EVENT`` records it has.
    """

    entry: Entry
    kind: EventKind
    id: bytes
    digest: bytes
    subject: int
    event_us: int
    payload: bytes
    refusal: Refusal | None
    records: int


@dataclass(slots=True)
class Batch:
    """What one commit holds.

    Parameters
    ----------
    first_offset, stamp_us
        Of its first event; both grow by one an event.
    admitted
        Its events, in order.
    events
        Their records, stamped, shape (n,).
    recalled
        Decisions that they name, shape (m,).
    duplicates
        Entries that came before, with the offset of the first.
    """

    first_offset: int
    stamp_us: int
    admitted: list[Admitted] = field(default_factory=list)
    events: Array = field(default_factory=lambda: np.zeros(0, EVENT))
    recalled: Array = field(default_factory=lambda: np.zeros(0, DECISION))
    duplicates: list[tuple[Entry, int]] = field(default_factory=list)


class Admission:
    """Turns entries into a batch.

    Parameters
    ----------
    window
        Ids that came before.
    recall
        Finds a committed decision by id: its position in the log and its body, or None.
    bury
        Makes the message of a dead letter.
    oldest_us
        Age in event time beyond which an event is refused: its id may be forgotten.
    newest_us
        How far event time may lie ahead of the writer's clock.
    """

    def __init__(
        self,
        window: IdWindow,
        recall: Callable[[bytes], tuple[int, bytes] | None],
        bury: Callable[[Entry, Refusal], bytes],
        oldest_us: int,
        newest_us: int,
    ) -> None:
        self._window = window
        self._recall = recall
        self._bury = bury
        self._oldest_us = oldest_us
        self._newest_us = newest_us
        self.last_stamp_us = 0

    def admit(self, entries: Sequence[Entry], first_offset: int, now_us: int) -> Batch:
        """Stamp entries in order of arrival.

        Parameters
        ----------
        entries
            What arrived.
        first_offset
            The log's next offset.
        now_us
            The writer's clock; stamps never go back, whatever it does.
        """
        stamp_us = max(now_us, self.last_stamp_us + 1)
        batch = Batch(first_offset, stamp_us)
        records: list[bytes] = []
        named: list[bytes] = []
        positions: list[tuple[int, int]] = []
        count = 0
        for entry in entries:
            offset = first_offset + len(batch.admitted)
            event, parts = self._admit(entry, batch, offset, stamp_us + len(batch.admitted))
            if event is None:
                continue
            if event.refusal is None and entry.decoded is not None and entry.decoded.target:
                position, body = self._recall(entry.decoded.target) or (-1, b"")
                positions.append((count, position))
                named.append(body)
            batch.admitted.append(event)
            records.append(parts)
            count += event.records
        self.last_stamp_us = stamp_us + max(len(batch.admitted) - 1, 0)
        if count:
            events = np.frombuffer(bytearray(b"".join(records)), EVENT)
            if count == 1:
                events["offset"] = first_offset
                events["stamp_us"] = stamp_us
            else:
                sizes = [event.records for event in batch.admitted]
                number = np.repeat(np.arange(len(sizes)), sizes)
                events["offset"] = first_offset + number
                events["stamp_us"] = stamp_us + number
            for at, position in positions:
                events[at]["recall"] = position
            batch.events = events
            if named:
                batch.recalled = np.frombuffer(b"".join(named), DECISION)
        return batch

    def _admit(
        self, entry: Entry, batch: Batch, offset: int, stamp_us: int
    ) -> tuple[Admitted | None, bytes]:
        """One entry: its event and records, or None if it came before."""
        decoded = entry.decoded
        if decoded is None:
            assert entry.refusal is not None
            return self._refuse(entry, entry.refusal, stamp_us)
        if decoded.kind not in _INTERNAL:
            seen = self._window.look_up(decoded.id, decoded.digest)
            if seen is not None:
                before, same = seen
                if same:
                    batch.duplicates.append((entry, before))
                    return None, b""
                return self._refuse(
                    entry,
                    Refusal(
                        "ID_CONFLICT",
                        f"the event's id was used at offset {before} with other bytes; "
                        "give a changed event a new id and name the old in corrects_event_id",
                    ),
                    stamp_us,
                )
            refusal = self._check(entry, stamp_us)
            if refusal is not None:
                return self._refuse(entry, refusal, stamp_us)
            self._window.insert(decoded.id, decoded.digest, offset, stamp_us)
        event = Admitted(
            entry,
            decoded.kind,
            decoded.id,
            decoded.digest,
            decoded.subject,
            decoded.event_us,
            entry.raw,
            None,
            len(decoded.records) // EVENT.itemsize,
        )
        return event, decoded.records

    def _check(self, entry: Entry, stamp_us: int) -> Refusal | None:
        decoded = entry.decoded
        assert decoded is not None
        if not decoded.historical and decoded.event_us < stamp_us - self._oldest_us:
            days = (stamp_us - decoded.event_us) / 86_400e6
            return Refusal(
                "TOO_OLD",
                f"the event is {days:.1f} days old and ids are remembered for "
                f"{self._oldest_us / 86_400e6:g} days; feed old facts with historical = true",
            )
        if decoded.event_us > stamp_us + self._newest_us:
            ahead = (decoded.event_us - stamp_us) / 1e6
            return Refusal(
                "IN_FUTURE",
                f"the event lies {ahead:.0f} s ahead of the engine's clock and "
                f"{self._newest_us / 1e6:g} s are allowed; set the source's clock",
            )
        if decoded.target and self._recall(decoded.target) is None:
            return Refusal(
                "UNKNOWN_DECISION",
                f"no decision {decoded.target.hex()} is in the log; "
                "give the decision_id that the engine answered with",
            )
        return None

    def _refuse(self, entry: Entry, refusal: Refusal, stamp_us: int) -> tuple[Admitted, bytes]:
        """Make a dead letter of an entry; its id is that of its bytes."""
        whole = hashlib.sha256(entry.raw).digest()
        identity = whole[:16]
        records = pack_event(
            kind=EventKind.DEAD_LETTER,
            id_hi=int.from_bytes(identity[:8], "little"),
            id_lo=int.from_bytes(identity[8:], "little"),
            event_us=stamp_us,
            first=1,
            last=1,
        )
        event = Admitted(
            entry,
            EventKind.DEAD_LETTER,
            identity,
            whole[16:],
            0,
            stamp_us,
            self._bury(entry, refusal),
            refusal,
            1,
        )
        return event, records


def tick(now_us: int) -> Entry:
    """An entry that lets time pass in the core when nothing else happens."""
    identity = hashlib.blake2b(now_us.to_bytes(8, "little"), digest_size=16, person=b"tick")
    raw = identity.digest()
    records = pack_event(
        kind=EventKind.TICK,
        id_hi=int.from_bytes(raw[:8], "little"),
        id_lo=int.from_bytes(raw[8:], "little"),
        event_us=now_us,
        first=1,
        last=1,
    )
    decoded = Decoded(EventKind.TICK, raw, raw, 0, now_us, True, records)
    return Entry(b"", "engine", decoded, received_ns=time.monotonic_ns())
