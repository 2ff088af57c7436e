"""Decide and Explain: calls that end soon.

A handler puts the event into the intake and waits at its reply slot. It never touches state,
and it never answers anything but REFER by itself.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Final

import grpc
from google.protobuf.message import DecodeError

from haechi.engine.codes import CodeClass
from haechi.operators.intake import Entry, Overloaded, ReplySlot
from haechi.rpc import answers, provisional, wire
from haechi.rpc.callers import Caller, Callers
from haechi.rpc.entrance import UNDECODABLE, Entrance, refused
from haechi.rpc.names import Names
from haechi.rpc.render import Origin, decision_id, place_of, render_decision
from haechi.rpc.roles import DECISIONS
from haechi.rpc.served import DecisionReader, ServedEngine
from haechi.rpc.settings import ServerSettings
from haechi.rpc.statuses import refuse
from haechi.rpc.v1 import decision_service_pb2 as service_pb

DECIDE: Final = f"/{DECISIONS}/Decide"
EXPLAIN: Final = f"/{DECISIONS}/Explain"

MARGIN_S: Final = 0.005
"""How long before the caller's own deadline an answer leaves, so that it still arrives."""

_AT_SITE: Final = place_of("site")


class DecisionCalls:
    """Decide and Explain.

    Parameters
    ----------
    engine
        The engine.
    callers
        Tells who calls.
    names
        The port's names, for Explain.
    settings
        Budgets and limits.
    arrived_ns
        Tells when the call came that the present thread serves.
    """

    def __init__(
        self,
        engine: ServedEngine,
        callers: Callers,
        names: Names,
        settings: ServerSettings,
        arrived_ns: Callable[[], int],
    ) -> None:
        self._engine = engine
        self._intake = engine.intake
        self._callers = callers
        self._names = names
        self._settings = settings
        self._arrived_ns = arrived_ns
        self._entrance = Entrance(engine.decoder)
        self._origin = Origin(engine.shard, engine.epoch, engine.first_offset)
        self._readers = threading.local()

    def decide(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Answer one gate event within its budget."""
        received_ns = self._arrived_ns()
        caller = self._callers.of(context, DECIDE)
        must_live(self._engine, context)
        slot = ReplySlot()
        entry = self._asked(raw, caller, slot, received_ns)
        decoded = entry.decoded
        if decoded is None:
            self._keep_refused(entry)
            slot.wait(self._settings.budget_ms_default / 1000)
            refuse(context, entry.refusal or UNDECODABLE)
        try:
            self._intake.put(entry)
        except Overloaded:
            entry.completion = None
            self._put_late(entry, context)
            return self._provisional(entry, CodeClass.OVERLOAD, context)
        wait_s = answers.seconds_until(answers.deadline_ns(decoded, self._settings, received_ns))
        outcome = slot.wait(min(wait_s, context.time_remaining() - MARGIN_S))
        if outcome is None:
            return self._provisional(entry, CodeClass.DEADLINE, context)
        if outcome.refusal is not None:
            refuse(context, outcome.refusal)
        body = answers.answering(outcome, decoded)
        if body is None:
            return self._provisional(entry, CodeClass.DEADLINE, context)
        context.add_callback(partial(self._engine.observe_returned, decision_id(body), received_ns))
        return answers.answer_response(body, self._origin)

    def explain(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Show a decision whole."""
        caller = self._callers.of(context, EXPLAIN)
        try:
            asked = service_pb.ExplainRequest.FromString(raw).decision_id
            id16 = bytes.fromhex(asked)
        except (DecodeError, ValueError):
            asked, id16 = "", b""
        if len(id16) != 16:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT,
                "BAD_DECISION_ID: decision_id must be 32 hexadecimal characters; copy it from an "
                "answer or from ClickHouse",
            )
        body = self.reader().decision(id16)
        if body is None:
            context.abort(
                grpc.StatusCode.NOT_FOUND,
                f"no decision {asked} in this shard's log; a provisional answer has none",
            )
        site = int.from_bytes(body[_AT_SITE : _AT_SITE + 8], "little")
        if not caller.has_site(site):
            context.abort(
                grpc.StatusCode.PERMISSION_DENIED,
                f"decision {asked} was made at a site outside the scope of {caller.name}",
            )
        return service_pb.ExplainResponse(
            decision=render_decision(
                body, self._names, self._engine.observations(id16), self._origin
            )
        ).SerializeToString()

    def reader(self) -> DecisionReader:
        """Tell this thread's reader of the log; a reader is for one thread."""
        reader: DecisionReader | None = getattr(self._readers, "reader", None)
        if reader is None:
            reader = self._readers.reader = self._engine.open_reader()
        return reader

    def _asked(self, raw: bytes, caller: Caller, slot: ReplySlot, received_ns: int) -> Entry:
        event = wire.event_of(raw)
        if event is None:
            try:
                event = service_pb.DecideRequest.FromString(raw).event.SerializeToString()
            except DecodeError:
                return refused(raw, caller, UNDECODABLE, slot, received_ns)
        return self._entrance.entry(event, caller, slot, received_ns, asks=True)

    def _keep_refused(self, entry: Entry) -> None:
        # The sender is told in any case; a full intake is the one thing that loses a letter.
        with contextlib.suppress(Overloaded):
            self._intake.put_late(entry)

    def _put_late(self, entry: Entry, context: grpc.ServicerContext) -> None:
        try:
            self._intake.put_late(entry)
        except Overloaded:
            context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"{answers.OVERLOADED.code}: {answers.OVERLOADED.message}",
            )

    def _provisional(self, entry: Entry, reason: CodeClass, context: grpc.ServicerContext) -> bytes:
        decoded = entry.decoded
        assert decoded is not None
        context.add_callback(
            partial(provisional.report_delivered, self._engine, entry.raw, decoded, reason)
        )
        return answers.provisional_response(decoded, reason)


def must_live(engine: ServedEngine, context: grpc.ServicerContext) -> None:
    """End a call that a dead engine could only let run into its deadline."""
    if not engine.healthy():
        context.abort(
            grpc.StatusCode.UNAVAILABLE,
            "the engine decides nothing at present (its dataflow or its log has failed); "
            "answer REFER at the gate and see the engine's log",
        )
