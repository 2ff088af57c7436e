"""DecideStream: gate events as they come, answers as they become known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import grpc

from haechi.engine.codes import CodeClass
from haechi.operators.intake import Entry, Overloaded, Refusal
from haechi.rpc import answers, gate_answers, provisional, wire
from haechi.rpc.callers import Caller, Callers
from haechi.rpc.deadlines import Deadlines
from haechi.rpc.entrance import Entrance
from haechi.rpc.pipeline import Pipeline, Seats, Settled
from haechi.rpc.render import Origin, decision_id
from haechi.rpc.roles import DECISIONS
from haechi.rpc.served import ServedEngine
from haechi.rpc.settings import ServerSettings

STREAM: Final = f"/{DECISIONS}/DecideStream"


class DecideStreams:
    """The streaming way to ask.

    Parameters
    ----------
    engine
        The engine.
    callers
        Tells who calls.
    settings
        Budgets.
    deadlines
        Watches the deadlines of all streams.
    seats
        Bounds the streams.
    entrance
        Makes entries.
    """

    def __init__(
        self,
        engine: ServedEngine,
        callers: Callers,
        settings: ServerSettings,
        deadlines: Deadlines,
        seats: Seats,
        entrance: Entrance,
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.deadlines = deadlines
        self.entrance = entrance
        self.origin = Origin(engine.shard, engine.epoch, engine.first_offset)
        self._callers = callers
        self._seats = seats

    def decide_stream(self, _: Iterator[bytes], context: grpc.ServicerContext) -> None:
        """Answer gate events as they come, many in flight."""
        caller = self._callers.of(context, STREAM)
        self._seats.take(context)
        _Asking(self, caller, context).begin()


class _Asking(Pipeline):
    def __init__(
        self, method: DecideStreams, caller: Caller, context: grpc.ServicerContext
    ) -> None:
        super().__init__(context, caller, method.entrance, method.engine.intake, asks=True)
        self._method = method
        self._usual_ns = method.settings.budget_ms_default * 1_000_000
        self._missed: dict[int, Refusal | CodeClass | provisional.Outside] = {}

    def turns_away(self, received_ns: int) -> bool:
        return self.intake.turns_away(received_ns + self._usual_ns)

    def admit(self, index: int, entry: Entry) -> None:
        if not self._method.engine.healthy():
            self._missed[index] = Refusal(
                "UNAVAILABLE",
                "the engine decides nothing at present; answer REFER at the gate",
            )
            self.overdue(index)
            return
        deadline_ns = answers.deadline_ns(entry.decoded, self._method.settings, entry.received_ns)
        try:
            self.intake.put(entry, deadline_ns)
        except Overloaded:
            entry.completion = None
            self._missed[index] = CodeClass.OVERLOAD
            try:
                self.intake.put_late(entry)
            except Overloaded:
                self._missed[index] = answers.OVERLOADED
            self.overdue(index)
            return
        self._method.deadlines.at(deadline_ns, self.overdue, index)

    def response(self, settled: Settled) -> bytes:
        return wire.indexed(self._framed(settled), settled.number)

    def _framed(self, settled: Settled) -> bytes:
        entry, outcome = settled.entry, settled.outcome
        missed = self._missed.get(settled.number)
        why = entry.refusal or (missed if isinstance(missed, Refusal) else None)
        if why is None and outcome is not None:
            why = outcome.refusal
        if why is not None or entry.decoded is None:
            self._missed.pop(settled.number, None)
            if why is answers.OVERLOADED:
                return answers.overloaded_response()
            return answers.refused_response(why or answers.OVERLOADED)
        body = answers.answering(outcome, entry.decoded) if outcome is not None else None
        if body is not None:
            return gate_answers.answer_response(body, self._method.origin)
        reason = missed if isinstance(missed, CodeClass) else CodeClass.DEADLINE
        told = provisional.outside(self._method.engine, entry.decoded, reason)
        self._missed[settled.number] = told
        return answers.provisional_response(told)

    def handed_over(self, settled: Settled) -> None:
        engine = self._method.engine
        entry, outcome = settled.entry, settled.outcome
        told = self._missed.pop(settled.number, None)
        if entry.decoded is None:
            return
        if isinstance(told, provisional.Outside):
            provisional.report_delivered(engine, entry.raw, told)
        elif outcome is not None:
            body = answers.answering(outcome, entry.decoded)
            if body is not None:
                engine.observe_returned(decision_id(body), entry.received_ns)
