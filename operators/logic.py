"""The one stateful operator of the dataflow: admit, apply, commit, and only then speak.

A batch is applied in memory; then one transaction commits its events and decisions; only
then do replies, revisions and shipping see them. If the commit fails this raises, which ends
the flow's thread and with it the process: nothing that is not on record ever leaves.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from bytewax.operators import StatefulBatchLogic

from haechi.engine.codes import EventKind
from haechi.engine.records import DECISION, EVENT
from haechi.operators.admission import Admission, Admitted, Batch
from haechi.operators.intake import Completion, Entry, Outcome
from haechi.operators.shard import Shard

_SIZE: Final = DECISION.itemsize
_FIELDS: Final[Any] = DECISION.fields
_ANSWERS: Final = _FIELDS["answers_hi"][1]
_OFFSET_AT: Final = _FIELDS["offset"][1]
_OFFSET: Final = struct.Struct("<q")
_NO_ANSWER: Final = bytes(16)

Commit = Callable[[Batch, Sequence[bytes], int], None]
"""Writes a batch with its decisions (bodies in one piece, by event) and how long it took to
apply, in microseconds; raises if it could not."""

Stored = Callable[[int, bytes], tuple[bytes, ...] | None]
"""Bodies of the decisions that the event at an offset, with this id, caused or was answered by;
None if it is a gate event that still waits for its answer."""


@dataclass(slots=True)
class Committed:
    """What one commit lets out.

    Parameters
    ----------
    replies
        Who waits, and the outcome.
    last_offset
        Offset of its last event.
    decisions
        How many decisions it holds.
    dead_letters
        Events of it that were refused.
    """

    replies: list[tuple[Completion, Outcome]] = field(default_factory=list)
    last_offset: int = -1
    decisions: int = 0
    dead_letters: list[Admitted] = field(default_factory=list)


class ShardLogic(StatefulBatchLogic[Entry, Committed, None]):
    """Runs one shard inside Bytewax.

    Parameters
    ----------
    shard
        The state machine.
    admission
        Stamps and checks what arrives.
    commit
        Writes the log.
    stored
        Reads stored answers.
    next_offset
        The log's next offset.
    """

    def __init__(
        self,
        shard: Shard,
        admission: Admission,
        commit: Commit,
        stored: Stored,
        next_offset: int,
    ) -> None:
        self._shard = shard
        self._admission = admission
        self._commit = commit
        self._stored = stored
        self._next_offset = next_offset
        self._waiting: dict[bytes, list[tuple[Completion | None, int]]] = {}

    def on_batch(self, values: list[Entry]) -> tuple[Iterable[Committed], bool]:
        """Take what arrived, in order."""
        batch = self._admission.admit(values, self._next_offset, time.time_ns() // 1000)
        before_ns = time.perf_counter_ns()
        if batch.admitted:
            events = np.frombuffer(batch.records, EVENT)
            decisions = self._shard.apply(events, batch.recalled)
            bodies = by_event(decisions, batch.first_offset, len(batch.admitted))
            applied_us = (time.perf_counter_ns() - before_ns) // 1000
            self._commit(batch, bodies, applied_us)
            self._next_offset += len(batch.admitted)
        else:
            bodies = []
            if batch.duplicates:
                # Where they stood in their sources is committed all the same.
                self._commit(batch, bodies, 0)
        return (self._outcomes(batch, bodies),), False

    def _outcomes(self, batch: Batch, bodies: Sequence[bytes]) -> Committed:
        committed = Committed(last_offset=self._next_offset - 1)
        for number, event in enumerate(batch.admitted):
            offset = batch.first_offset + number
            own = split(bodies[number])
            committed.decisions += len(own)
            if event.refusal is not None:
                committed.dead_letters.append(event)
            completion = event.entry.completion
            if (
                event.kind == EventKind.GATE_EVENT
                and event.refusal is None
                and not _answering(own, event.id)
            ):
                # The case waits for required evidence; its answer comes with a later event.
                self._waiting[event.id] = [(completion, offset)]
            elif completion is not None:
                outcome = Outcome(offset, False, own, event.refusal)
                committed.replies.append((completion, outcome))
        for entry, offset in batch.duplicates:
            self._answer_duplicate(entry, offset, batch, bodies, committed)
        if self._waiting:
            self._answer_waiting(bodies, committed)
        return committed

    def _answer_duplicate(
        self,
        entry: Entry,
        offset: int,
        batch: Batch,
        bodies: Sequence[bytes],
        committed: Committed,
    ) -> None:
        decoded = entry.decoded
        assert decoded is not None
        waiting = self._waiting.get(decoded.id)
        if waiting is not None:
            waiting.append((entry.completion, offset))
            return
        inside = offset - batch.first_offset
        own = split(bodies[inside]) if inside >= 0 else self._stored(offset, decoded.id)
        if own is None:
            # It waits since before this engine started.
            self._waiting[decoded.id] = [(entry.completion, offset)]
        elif entry.completion is not None:
            committed.replies.append((entry.completion, Outcome(offset, True, own)))

    def _answer_waiting(self, bodies: Sequence[bytes], committed: Committed) -> None:
        for own in bodies:
            for body in split(own):
                answered = answers_of(body)
                if answered != _NO_ANSWER and answered in self._waiting:
                    for completion, offset in self._waiting.pop(answered):
                        if completion is not None:
                            outcome = Outcome(offset, False, (body,))
                            committed.replies.append((completion, outcome))

    def on_notify(self) -> tuple[Iterable[Committed], bool]:
        """Never called: deadlines are ticks, events like any other."""
        return (), False

    def on_eof(self) -> tuple[Iterable[Committed], bool]:
        """Nothing is left over: every batch is complete in itself."""
        return (), False

    def snapshot(self) -> Any:
        """Nothing: the log recovers the shard, not Bytewax."""
        return None


def split(bodies: bytes) -> tuple[bytes, ...]:
    """Bodies one by one."""
    if len(bodies) == _SIZE:
        return (bodies,)
    return tuple(bodies[at : at + _SIZE] for at in range(0, len(bodies), _SIZE))


def by_event(decisions: bytes, first_offset: int, events: int) -> list[bytes]:
    """Cut decisions, in one piece, event by event."""
    if events == 1:
        return [decisions]
    cuts = [0] * (events + 1)
    for at in range(0, len(decisions), _SIZE):
        offset = _OFFSET.unpack_from(decisions, at + _OFFSET_AT)[0]
        cuts[offset - first_offset + 1] = at + _SIZE
    bodies = []
    begin = 0
    for end in cuts[1:]:
        bodies.append(decisions[begin:end] if end else b"")
        begin = max(begin, end)
    return bodies


def answers_of(body: bytes) -> bytes:
    """Id of the gate event that a decision answers; zeros for none."""
    return body[_ANSWERS : _ANSWERS + 16]


def _answering(bodies: Sequence[bytes], event_id: bytes) -> bool:
    return any(answers_of(body) == event_id for body in bodies)
