"""Events that a person signs over the network: put into the log, and their outcome waited for.

The person is taken from the credentials, whatever the sender wrote. What is refused is a dead
letter in the log.
"""

from __future__ import annotations

import time
import uuid
from typing import Final, NoReturn

import grpc
from google.protobuf.message import DecodeError, Message

from haechi.engine.errors import BadInput
from haechi.operators.intake import Entry, Outcome, Overloaded, Refusal, ReplySlot
from haechi.rpc.callers import Caller
from haechi.rpc.entrance import EVENT_BYTES_MAX, UNDECODABLE, refused
from haechi.rpc.served import ServedEngine
from haechi.rpc.statuses import refuse
from haechi.rpc.v1 import event_pb2
from haechi.streams.decode.decoder import SCHEMA_VERSION

_LONGEST_WAIT_S: Final = 30.0
_LOOK_S: Final = 0.5


class Signing:
    """Takes what persons say.

    Parameters
    ----------
    engine
        The engine.
    what
        What the events are, such as ``governance``; their ids begin with it.
    look
        Where a person sees what became of an event that nobody could confirm.
    """

    def __init__(self, engine: ServedEngine, what: str, look: str) -> None:
        self._engine = engine
        self._what = what
        self._look = look

    def parse(
        self, request: Message, raw: bytes, caller: Caller, context: grpc.ServicerContext
    ) -> None:
        """Read a request; what is none becomes a dead letter, and the call ends."""
        try:
            if len(raw) > EVENT_BYTES_MAX:
                raise DecodeError
            request.ParseFromString(raw)
        except DecodeError:
            self.bury(raw, caller, UNDECODABLE, context)

    def bury(
        self, raw: bytes, caller: Caller, why: Refusal, context: grpc.ServicerContext
    ) -> NoReturn:
        """Record a request that cannot be used, and end the call."""
        slot = ReplySlot()
        self._settle(refused(raw, caller, why, slot, time.monotonic_ns()), slot, context)
        raise AssertionError("a refused entry ends the call")

    def commit(
        self, event: event_pb2.Event, caller: Caller, context: grpc.ServicerContext
    ) -> tuple[str, Outcome]:
        """Put an event into the log; ends the call if it was refused."""
        envelope = event.envelope
        envelope.event_id = f"{self._what}:{uuid.uuid4()}"
        envelope.schema_version = SCHEMA_VERSION
        envelope.source = caller.name
        envelope.event_time_us = time.time_ns() // 1000
        raw = event.SerializeToString(deterministic=True)
        received_ns, slot = time.monotonic_ns(), ReplySlot()
        try:
            decoded = self._engine.decoder.decode(raw)
        except BadInput as error:
            self.bury(raw, caller, Refusal(error.code, str(error)), context)
        entry = Entry(raw, caller.name, decoded, None, slot, received_ns)
        return decoded.id.hex(), self._settle(entry, slot, context)

    def _settle(self, entry: Entry, slot: ReplySlot, context: grpc.ServicerContext) -> Outcome:
        """Wait for the commit; ends the call if the event was refused or nobody knows."""
        try:
            self._engine.intake.put(entry)
        except Overloaded:
            context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                "the intake is full and nothing was taken; try again in a while",
            )
        end = time.monotonic() + min(context.time_remaining(), _LONGEST_WAIT_S)
        outcome = None
        while outcome is None and time.monotonic() < end and self._engine.healthy():
            outcome = slot.wait(min(_LOOK_S, end - time.monotonic()))
        if outcome is None:
            context.abort(
                grpc.StatusCode.UNAVAILABLE,
                "the engine did not say in time what became of it; before you send it again, see "
                f"{self._look}",
            )
        if outcome.refusal is not None:
            refuse(context, outcome.refusal)
        return outcome
