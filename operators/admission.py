"""Admission: what arrives is stamped, known ids are recognised, bad input is set aside.

Nothing here decides about a person. What cannot be an event becomes a dead letter, which is
an event too: it has a place in the log, changes no state, and can be fed again after a fix.
"""

from __future__ import annotations

import hashlib
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from haechi.engine.codes import EventKind
from haechi.engine.kernel import Array
from haechi.engine.records import DECISION, EVENT, id_words, pack_event
from haechi.operators.governance import Promotions, Said
from haechi.operators.intake import Decoded, Entry, Refusal
from haechi.operators.window import IdWindow

_SIZE: Final = EVENT.itemsize
_PLACES: Final = {name: EVENT.fields[name][1] for name in EVENT.names or ()} if EVENT.fields else {}
_OFFSET_AT: Final = _PLACES["offset"]
_RECALL_AT: Final = _PLACES["recall"]
_OTHER_AT: Final = _PLACES["other"]
_STAMP: Final = struct.Struct("<qq")
_SIGNED: Final = struct.Struct("<q")
_WORD: Final = struct.Struct("<Q")
assert _PLACES["stamp_us"] == _OFFSET_AT + 8
_PROVISIONAL: Final = EventKind.PROVISIONAL_DELIVERED
_PROMOTIONS: Final = frozenset({EventKind.MODEL_PROMOTION, EventKind.RULE_SET})
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
    size
        Bytes of its ``EVENT`` records.
    named
        Position and case of the decision that it names, or None.
    """

    entry: Entry
    kind: EventKind
    id: bytes
    digest: bytes
    subject: int
    event_us: int
    payload: bytes
    refusal: Refusal | None
    size: int
    named: tuple[int, int] | None


@dataclass(slots=True)
class Batch:
    """What one commit holds.

    Parameters
    ----------
    first_offset, stamp_us
        Of its first event; both grow by one an event.
    admitted
        Its events, in order.
    records
        Their ``EVENT`` records, stamped, one after another.
    recalled
        Decisions that they name, shape (m,).
    duplicates
        Entries that came before, with the offset of the first.
    """

    first_offset: int
    stamp_us: int
    admitted: list[Admitted] = field(default_factory=list)
    records: bytes = b""
    recalled: Array | None = None
    duplicates: list[tuple[Entry, int]] = field(default_factory=list)


class Admission:
    """Turns entries into a batch.

    Parameters
    ----------
    window
        Ids that came before.
    recall
        Finds a committed decision by id: its position in the log and its case, or None.
    body
        Reads the body of the decision at a position.
    bury
        Makes the message of a dead letter.
    oldest_us
        Age in event time beyond which an event is refused: its id may be forgotten.
    newest_us
        How far event time may lie ahead of the writer's clock.
    promotions
        The shard's proposals, or None to refuse every promotion.
    """

    def __init__(
        self,
        window: IdWindow,
        recall: Callable[[bytes], tuple[int, int] | None],
        body: Callable[[int], bytes],
        bury: Callable[[Entry, Refusal], bytes],
        oldest_us: int,
        newest_us: int,
        promotions: Promotions | None = None,
    ) -> None:
        self._window = window
        self._recall = recall
        self._body = body
        self._bury = bury
        self._oldest_us = oldest_us
        self._newest_us = newest_us
        self._promotions = promotions
        self._draft: Promotions | None = None
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
        self._draft = None
        named: list[bytes] = []
        records = bytearray()
        for entry in entries:
            number = len(batch.admitted)
            offset = first_offset + number
            at = len(records)
            event = self._admit(entry, batch, records, offset, stamp_us + number)
            if event is None:
                continue
            for record_at in range(at, len(records), _SIZE):
                _STAMP.pack_into(records, record_at + _OFFSET_AT, offset, stamp_us + number)
            if event.named is not None:
                self._name(event, at, records, named)
            batch.admitted.append(event)
        self.last_stamp_us = stamp_us + max(len(batch.admitted) - 1, 0)
        batch.records = bytes(records)
        if named:
            batch.recalled = np.frombuffer(b"".join(named), DECISION)
        return batch

    def _name(self, event: Admitted, at: int, records: bytearray, named: list[bytes]) -> None:
        """Write into a record which case the decision that it names belongs to."""
        assert event.named is not None
        position, case_key = event.named
        _WORD.pack_into(records, at + _OTHER_AT, case_key)
        if event.kind == EventKind.INSPECTION_OUTCOME:
            # A label is learned with the vector as it was scored, so the body is fetched too.
            _SIGNED.pack_into(records, at + _RECALL_AT, position)
            named.append(self._body(position))

    def _admit(
        self, entry: Entry, batch: Batch, records: bytearray, offset: int, stamp_us: int
    ) -> Admitted | None:
        """One entry's event, its records added to the others; None if it came before."""
        decoded = entry.decoded
        if decoded is None:
            assert entry.refusal is not None
            return self._refuse(entry, entry.refusal, records, stamp_us)
        found: tuple[int, int] | None = None
        if decoded.kind not in _INTERNAL:
            seen = self._window.look_up(decoded.id, decoded.digest)
            if seen is not None:
                before, same = seen
                if same:
                    batch.duplicates.append((entry, before))
                    return None
                return self._refuse(
                    entry,
                    Refusal(
                        "ID_CONFLICT",
                        f"the event's id was used at offset {before} with other bytes; "
                        "give a changed event a new id and name the old in corrects_event_id",
                    ),
                    records,
                    stamp_us,
                )
            refusal = self._check_time(decoded, stamp_us)
            if decoded.target and refusal is None:
                found = self._recall(decoded.target)
                # A provisional answer is on record only once its delivery is.
                if found is None and decoded.kind != _PROVISIONAL:
                    refusal = _unknown(decoded.target)
            if decoded.kind in _PROMOTIONS and refusal is None:
                refusal = self._check_promotion(decoded, stamp_us)
            if refusal is not None:
                return self._refuse(entry, refusal, records, stamp_us)
            self._window.insert(decoded.id, decoded.digest, offset, stamp_us)
        records += decoded.records
        return Admitted(
            entry,
            decoded.kind,
            decoded.id,
            decoded.digest,
            decoded.subject,
            decoded.event_us,
            entry.raw,
            None,
            len(decoded.records),
            found,
        )

    def _check_promotion(self, decoded: Decoded, stamp_us: int) -> Refusal | None:
        """Refuse what the shard could not put into effect.

        A batch may hold both persons' events, so they are tried on a copy, one after another.
        """
        if self._promotions is None:
            return Refusal(
                "NOT_ALLOWED", "this engine promotes no models; send it to one that does"
            )
        if self._draft is None:
            self._draft = self._promotions.draft()
        said = Said.of(np.frombuffer(decoded.records, EVENT, 1)[0])
        refusal = self._draft.refusal(said, stamp_us)
        if refusal is None:
            self._draft.take(said, stamp_us)
        return refusal

    def _check_time(self, decoded: Decoded, stamp_us: int) -> Refusal | None:
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
        return None

    def _refuse(
        self, entry: Entry, refusal: Refusal, records: bytearray, stamp_us: int
    ) -> Admitted:
        """Make a dead letter of an entry; its id is that of its bytes."""
        whole = hashlib.sha256(entry.raw).digest()
        identity = whole[:16]
        id_hi, id_lo = id_words(identity)
        records += pack_event(
            kind=EventKind.DEAD_LETTER,
            id_hi=id_hi,
            id_lo=id_lo,
            event_us=stamp_us,
            first=1,
            last=1,
        )
        return Admitted(
            entry,
            EventKind.DEAD_LETTER,
            identity,
            whole[16:],
            0,
            stamp_us,
            self._bury(entry, refusal),
            refusal,
            _SIZE,
            None,
        )


def _unknown(target: bytes) -> Refusal:
    return Refusal(
        "UNKNOWN_DECISION",
        f"no decision {target.hex()} is in the log; give the decision_id that the engine "
        "answered with",
    )


def tick(now_us: int) -> Entry:
    """An entry that lets time pass in the core when nothing else happens."""
    identity = hashlib.blake2b(now_us.to_bytes(8, "little"), digest_size=16, person=b"tick")
    raw = identity.digest()
    id_hi, id_lo = id_words(raw)
    records = pack_event(
        kind=EventKind.TICK,
        id_hi=id_hi,
        id_lo=id_lo,
        event_us=now_us,
        first=1,
        last=1,
    )
    decoded = Decoded(EventKind.TICK, raw, raw, 0, now_us, True, records)
    return Entry(b"", "engine", decoded, received_ns=time.monotonic_ns())
