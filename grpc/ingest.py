"""Publish: facts handed in, each acknowledged with its place in the log or refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

import grpc

from haechi.operators.intake import Entry, Overloaded, Refusal
from haechi.rpc import wire
from haechi.rpc.answers import refusal_message
from haechi.rpc.callers import Caller, Callers
from haechi.rpc.entrance import Entrance
from haechi.rpc.pipeline import PAUSE_S, Pipeline, Seats, Settled
from haechi.rpc.placement import Elsewhere
from haechi.rpc.render import Origin, decision_id
from haechi.rpc.roles import INGEST
from haechi.rpc.served import ServedEngine
from haechi.rpc.v1 import ingest_service_pb2 as service_pb

PUBLISH: Final = f"/{INGEST}/Publish"


class IngestCalls:
    """The ingest service.

    Parameters
    ----------
    engine
        The engine.
    callers
        Tells who calls.
    seats
        Bounds the streams.
    entrance
        Makes entries.
    """

    def __init__(
        self, engine: ServedEngine, callers: Callers, seats: Seats, entrance: Entrance
    ) -> None:
        self.engine = engine
        self.entrance = entrance
        self.origin = Origin(engine.shard, engine.epoch, engine.first_offset)
        self._callers = callers
        self._seats = seats

    def publish(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> None:
        """Take events in, many in flight.

        A full intake makes the stream wait, and the client with it: facts, unlike gates, can.
        """
        caller = self._callers.of(context, PUBLISH)
        self._seats.take(context)
        _HandingIn(self, caller, context).read(requests)


class _HandingIn(Pipeline):
    def __init__(self, method: IngestCalls, caller: Caller, context: grpc.ServicerContext) -> None:
        super().__init__(context, caller, method.entrance, method.engine.intake, asks=False)
        self._origin = method.origin
        self._healthy = method.engine.healthy

    def admit(self, index: int, entry: Entry) -> None:
        while not self.gone:
            if not self._healthy():
                self.overdue(index)
                return
            try:
                self.intake.put_fact(entry)
            except Overloaded:
                time.sleep(PAUSE_S)
            else:
                return

    def response(self, settled: Settled) -> bytes:
        entry, outcome = settled.entry, settled.outcome
        answer = service_pb.PublishResponse(
            event_id=wire.event_id_of(entry.raw), index=settled.number
        )
        why = entry.refusal or (outcome.refusal if outcome is not None else _LOST)
        if isinstance(why, Elsewhere):
            answer.redirect.CopyFrom(why.redirect())
            return answer.SerializeToString()
        if why is not None or outcome is None:
            answer.refusal.CopyFrom(refusal_message(why or _LOST))
            return answer.SerializeToString()
        accepted = answer.accepted
        accepted.position.CopyFrom(self._origin.position(outcome.offset, 0))
        accepted.duplicate = outcome.duplicate
        for body in outcome.decisions:
            accepted.decision_ids.append(decision_id(body).hex())
        return answer.SerializeToString()

    def handed_over(self, settled: Settled) -> None:
        """Take no note: nobody measures when an acknowledgement left."""


_LOST: Final = Refusal("UNAVAILABLE", "the engine stopped before it took the event; send it again")
