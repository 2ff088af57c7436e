"""Decide: one gate event, one answer within its budget.

The handler puts the event into the intake and returns. The core's answer is sent as soon as it
is committed; if the deadline comes first, the gate gets a provisional answer.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError

from haechi.engine.codes import CodeClass
from haechi.operators.intake import Entry, Outcome, Overloaded
from haechi.rpc import answers, gate_answers, provisional, wire
from haechi.rpc.callers import Caller, Callers
from haechi.rpc.deadlines import Deadlines
from haechi.rpc.entrance import UNDECODABLE, Entrance, refused
from haechi.rpc.placement import Elsewhere
from haechi.rpc.render import Origin, decision_id
from haechi.rpc.roles import DECISIONS
from haechi.rpc.served import ServedEngine
from haechi.rpc.settings import ServerSettings
from haechi.rpc.unwaited import Reply
from haechi.rpc.v1 import decision_service_pb2 as service_pb

DECIDE: Final = f"/{DECISIONS}/Decide"

MARGIN_NS: Final = 5_000_000
"""How long before the caller's own deadline an answer leaves, so that it still arrives."""

DEAD: Final = (
    "the engine decides nothing at present (its dataflow or its log has failed, or the standby "
    "that it needs is away); answer REFER at the gate and see the engine's log"
)
_FAR_S: Final = 3600.0


class DecideCalls:
    """The unary way to ask.

    Parameters
    ----------
    engine
        The engine.
    callers
        Tells who calls.
    settings
        Budgets.
    deadlines
        Watches the deadlines of all calls.
    entrance
        Makes entries.
    """

    def __init__(
        self,
        engine: ServedEngine,
        callers: Callers,
        settings: ServerSettings,
        deadlines: Deadlines,
        entrance: Entrance,
    ) -> None:
        self.engine = engine
        self.origin = Origin(engine.shard, engine.epoch, engine.first_offset)
        self._callers = callers
        self._settings = settings
        self._deadlines = deadlines
        self._entrance = entrance
        self._usual_ns = settings.budget_ms_default * 1_000_000

    def decide(self, raw: bytes, context: grpc.ServicerContext, reply: Reply) -> None:
        """Ask the core; the reply comes when it is known."""
        received_ns = reply.arrived_ns
        caller = self._callers.of(context, DECIDE)
        if not self.engine.healthy():
            reply.fail(grpc.StatusCode.UNAVAILABLE, DEAD)
            return
        if self.engine.intake.turns_away(received_ns + self._usual_ns):
            reply.send(answers.overloaded_response())
            return
        asked = _Asked(self, reply, received_ns)
        entry = asked.entry = self._entry(raw, caller, asked, received_ns)
        if isinstance(entry.refusal, Elsewhere):
            reply.send(answers.refused_response(entry.refusal))
            return
        deadline_ns = answers.deadline_ns(entry.decoded, self._settings, received_ns)
        remaining_s: Any = context.time_remaining()  # None without a deadline
        if remaining_s is not None and remaining_s < _FAR_S:
            own_ns = time.monotonic_ns() + round(remaining_s * 1e9) - MARGIN_NS
            deadline_ns = min(deadline_ns, own_ns)
        try:
            if entry.decoded is None:
                # It goes to the dead letters; the gate is told once it is kept.
                self.engine.intake.put_late(entry)
            else:
                self.engine.intake.put(entry, deadline_ns)
        except Overloaded:
            self._overloaded(entry, asked, reply)
            return
        self._deadlines.at(deadline_ns, asked.overdue, 0)

    def _entry(self, raw: bytes, caller: Caller, asked: _Asked, received_ns: int) -> Entry:
        event = wire.event_of(raw)
        if event is None:
            try:
                event = service_pb.DecideRequest.FromString(raw).event.SerializeToString()
            except DecodeError:
                return refused(raw, caller, UNDECODABLE, asked, received_ns)
        return self._entrance.entry(event, caller, asked, received_ns, asks=True)

    def _overloaded(self, entry: Entry, asked: _Asked, reply: Reply) -> None:
        entry.completion = None
        try:
            self.engine.intake.put_late(entry)
        except Overloaded:
            # Whose event is refused is told so in any case: here alone a dead letter is lost.
            if entry.refusal is None:
                if reply.claim():
                    reply.send(answers.overloaded_response())
                return
        asked.refer(CodeClass.OVERLOAD)


class _Asked:
    """One gate event on its way; completed by the core or by its deadline.

    Its deadline outlives its answer, so whoever replies lets go of the call: what is kept until
    then is one small object, and not a call with all its bytes.
    """

    __slots__ = ("_calls", "_received_ns", "entry", "reply")

    def __init__(self, calls: DecideCalls, reply: Reply, received_ns: int) -> None:
        self._calls = calls
        self._received_ns = received_ns
        self.reply: Reply | None = reply
        self.entry: Entry | None = None

    def complete(self, outcome: Outcome) -> None:
        """Send the core's answer, on the dataflow's thread, right after the commit."""
        committed_ns = time.monotonic_ns()
        taken = self._take()
        if taken is None:
            return
        reply, entry = taken
        try:
            self._answer(reply, entry, outcome, committed_ns)
        except Exception:
            reply.broken()

    def overdue(self, _: int) -> None:
        """Send a provisional REFER, unless the core was faster."""
        self.refer(CodeClass.DEADLINE)

    def refer(self, reason: CodeClass) -> None:
        """Send a provisional REFER, or the refusal, unless something else was sent."""
        taken = self._take()
        if taken is None:
            return
        reply, entry = taken
        try:
            self._refer(reply, entry, reason)
        except Exception:
            reply.broken()

    def _take(self) -> tuple[Reply, Entry] | None:
        """Take the right to reply; None if somebody else has it."""
        reply, entry = self.reply, self.entry
        if reply is None or entry is None or not reply.claim():
            return None
        self.reply = self.entry = None
        return reply, entry

    def _answer(self, reply: Reply, entry: Entry, outcome: Outcome, committed_ns: int) -> None:
        if outcome.refusal is not None:
            reply.refuse(outcome.refusal)
            return
        assert entry.decoded is not None
        body = answers.answering(outcome, entry.decoded)
        if body is None:
            self._refer(reply, entry, CodeClass.DEADLINE)
            return
        reply.send(gate_answers.answer_response(body, self._calls.origin))
        self._calls.engine.observe_returned(decision_id(body), self._received_ns, committed_ns)

    def _refer(self, reply: Reply, entry: Entry, reason: CodeClass) -> None:
        if entry.decoded is None:
            reply.refuse(entry.refusal or UNDECODABLE)
            return
        engine = self._calls.engine
        told = provisional.outside(engine, entry.decoded, reason)
        response = answers.provisional_response(told)
        reply.context.add_callback(partial(provisional.report_delivered, engine, entry.raw, told))
        reply.send(response)
