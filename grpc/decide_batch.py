"""DecideBatch: many gate events in one call, waited for together."""

from __future__ import annotations

import _thread
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Final

import grpc
from google.protobuf.message import DecodeError

from haechi.engine.codes import CodeClass
from haechi.operators.intake import Entry, Outcome, Overloaded, Refusal
from haechi.rpc import answers, gate_answers, provisional, wire
from haechi.rpc.callers import Caller, Callers
from haechi.rpc.decide import DEAD, MARGIN_NS
from haechi.rpc.entrance import UNDECODABLE, Entrance, refused
from haechi.rpc.placement import Elsewhere
from haechi.rpc.render import Origin, decision_id
from haechi.rpc.roles import DECISIONS
from haechi.rpc.served import ServedEngine
from haechi.rpc.settings import ServerSettings
from haechi.rpc.statuses import refuse
from haechi.rpc.v1 import decision_service_pb2 as service_pb

BATCH: Final = f"/{DECISIONS}/DecideBatch"


class BatchCalls:
    """The method for many questions at once.

    Parameters
    ----------
    engine
        The engine.
    callers
        Tells who calls.
    settings
        Budgets and limits.
    arrived_ns
        Tells when the call came that the present thread serves.
    entrance
        Makes entries.
    """

    def __init__(
        self,
        engine: ServedEngine,
        callers: Callers,
        settings: ServerSettings,
        arrived_ns: Callable[[], int],
        entrance: Entrance,
    ) -> None:
        self._engine = engine
        self._intake = engine.intake
        self._callers = callers
        self._settings = settings
        self._arrived_ns = arrived_ns
        self._entrance = entrance
        self._origin = Origin(engine.shard, engine.epoch, engine.first_offset)

    def decide_batch(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Answer many gate events; they wait together, for the shortest of their budgets."""
        received_ns = self._arrived_ns()
        caller = self._callers.of(context, BATCH)
        must_live(self._engine, context)
        try:
            events = wire.events_of(raw)
        except wire.NotOnlyEvents:
            events = self._parsed(raw, caller, context, received_ns)
        if len(events) > self._settings.batch_max:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                f"BATCH_TOO_LARGE: {len(events)} events, at most {self._settings.batch_max} are "
                "taken; send more batches",
            )
        together = _Together(len(events))
        entries = [
            self._entrance.entry(event, caller, together.slot(i), received_ns, asks=True)
            for i, event in enumerate(events)
        ]
        deadline_ns = min(
            (
                answers.deadline_ns(entry.decoded, self._settings, received_ns)
                for entry in entries
                if entry.decoded is not None
            ),
            default=received_ns + self._settings.budget_ms_default * 1_000_000,
        )
        missed = [self._put_one(entry, deadline_ns) for entry in entries]
        wait_s = min(answers.seconds_until(deadline_ns), context.time_remaining() - MARGIN_NS / 1e9)
        together.wait(sum(1 for miss in missed if miss is None), wait_s)
        responses = []
        handed: list[Callable[[], None]] = []
        for i, entry in enumerate(entries):
            responses.append(self._one_of_batch(entry, together.outcomes[i], missed[i], handed))
        context.add_callback(partial(_run_all, handed))
        return wire.batch(responses)

    def _parsed(
        self, raw: bytes, caller: Caller, context: grpc.ServicerContext, received_ns: int
    ) -> list[bytes]:
        try:
            batch = service_pb.DecideBatchRequest.FromString(raw)
        except DecodeError:
            with contextlib.suppress(Overloaded):
                self._intake.put_late(refused(raw, caller, UNDECODABLE, None, received_ns))
            refuse(context, UNDECODABLE)
        return [event.SerializeToString() for event in batch.events]

    def _put_one(self, entry: Entry, deadline_ns: int) -> Refusal | CodeClass | None:
        """Put an event of a batch; None if its outcome will come."""
        if isinstance(entry.refusal, Elsewhere):
            return entry.refusal
        try:
            self._intake.put(entry, deadline_ns)
        except Overloaded:
            entry.completion = None
            try:
                self._intake.put_late(entry)
            except Overloaded:
                return answers.OVERLOADED
            return entry.refusal or CodeClass.OVERLOAD
        return None

    def _one_of_batch(
        self,
        entry: Entry,
        outcome: Outcome | None,
        missed: Refusal | CodeClass | None,
        handed: list[Callable[[], None]],
    ) -> bytes:
        why = missed if isinstance(missed, Refusal) else entry.refusal
        if why is None and outcome is not None:
            why = outcome.refusal
        decoded = entry.decoded
        if why is not None or decoded is None:
            return answers.refused_response(why or UNDECODABLE)
        body = answers.answering(outcome, decoded) if outcome is not None else None
        if body is not None:
            handed.append(
                partial(self._engine.observe_returned, decision_id(body), entry.received_ns)
            )
            return gate_answers.answer_response(body, self._origin)
        reason = missed if isinstance(missed, CodeClass) else CodeClass.DEADLINE
        told = provisional.outside(self._engine, decoded, reason)
        handed.append(partial(provisional.report_delivered, self._engine, entry.raw, told))
        return answers.provisional_response(told)


class _Together:
    """Events that are waited for together. Completed on the dataflow's one thread."""

    def __init__(self, size: int) -> None:
        self.outcomes: list[Outcome | None] = [None] * size
        self._done = 0
        self._awaited = -1
        self._all = _thread.allocate_lock()
        self._all.acquire()

    def slot(self, i: int) -> _TogetherSlot:
        """Make the completion of one event."""
        return _TogetherSlot(self, i)

    def wait(self, awaited: int, timeout_s: float) -> None:
        """Wait for so many outcomes."""
        self._awaited = awaited
        if self._done < awaited:
            self._all.acquire(True, max(0.0, timeout_s))

    def completed(self, i: int, outcome: Outcome) -> None:
        """Take one outcome."""
        self.outcomes[i] = outcome
        self._done += 1
        if self._done == self._awaited:
            self._all.release()


class _TogetherSlot:
    __slots__ = ("_i", "_together")

    def __init__(self, together: _Together, i: int) -> None:
        self._together = together
        self._i = i

    def complete(self, outcome: Outcome) -> None:
        self._together.completed(self._i, outcome)


def _run_all(callbacks: list[Callable[[], None]]) -> None:
    for callback in callbacks:
        callback()


def must_live(engine: ServedEngine, context: grpc.ServicerContext) -> None:
    """End a call that a dead engine could only let run into its deadline."""
    if not engine.healthy():
        context.abort(grpc.StatusCode.UNAVAILABLE, DEAD)
