"""Governance: what changes the engine itself, as events that an approver signs.

The person is taken from the credentials, whatever the sender wrote, and stands in the event. A
promotion needs two of them, each in an event of their own; who counts them is the core, so that a
replay counts the same. What is refused is a dead letter in the log.
"""

from __future__ import annotations

import time
import uuid
from typing import Final, NoReturn

import grpc
from google.protobuf.message import DecodeError, Message

from haechi.engine.errors import BadInput, ConfigError
from haechi.operators.intake import Entry, Outcome, Overloaded, Refusal, ReplySlot
from haechi.rpc.callers import Caller, Callers
from haechi.rpc.entrance import EVENT_BYTES_MAX, UNDECODABLE, refused
from haechi.rpc.render import Origin
from haechi.rpc.roles import GOVERNANCE
from haechi.rpc.served import ServedEngine
from haechi.rpc.statuses import refuse
from haechi.rpc.v1 import event_pb2
from haechi.rpc.v1 import governance_service_pb2 as service_pb
from haechi.streams.decode.decoder import SCHEMA_VERSION

NOT_BUILT: Final[dict[str, str]] = {
    "Erase": "this version does not erase over the network yet",
}
_LONGEST_WAIT_S: Final = 30.0
_LOOK_S: Final = 0.5


class GovernanceCalls:
    """The governance service.

    Parameters
    ----------
    engine
        The engine.
    callers
        Tells who calls.
    """

    def __init__(self, engine: ServedEngine, callers: Callers) -> None:
        self._engine = engine
        self._callers = callers
        self._origin = Origin(engine.shard, engine.epoch, engine.first_offset)

    def promote_model(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Take what one approver says about a model."""
        caller = self._callers.of(context, f"/{GOVERNANCE}/PromoteModel")
        request = service_pb.PromoteModelRequest()
        self._parse(request, raw, caller, context)
        event = event_pb2.Event(model_promotion=request.promotion)
        event.model_promotion.approvers[:] = [caller.name]
        event_id, outcome = self._commit(event, caller, context)
        return service_pb.PromoteModelResponse(
            state=self._state_at(outcome.offset),
            event_id=event_id,
            position=self._origin.position(outcome.offset, 0),
        ).SerializeToString()

    def submit_rule_set(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Take what one approver says about a rule set."""
        caller = self._callers.of(context, f"/{GOVERNANCE}/SubmitRuleSet")
        request = service_pb.SubmitRuleSetRequest()
        self._parse(request, raw, caller, context)
        event = event_pb2.Event(rule_set=request.rule_set)
        said = event.rule_set
        said.approvers[:] = [caller.name]
        if said.toml:
            try:
                said.sha256 = self._engine.keep_rules(said.toml)
            except ConfigError as error:
                self._bury(raw, caller, Refusal("BAD_RULE_SET", str(error)), context)
            said.toml = ""
        event_id, outcome = self._commit(event, caller, context)
        return service_pb.SubmitRuleSetResponse(
            state=self._state_at(outcome.offset),
            event_id=event_id,
            position=self._origin.position(outcome.offset, 0),
            sha256=said.sha256,
        ).SerializeToString()

    def _state_at(self, offset: int) -> service_pb.ProposalState:
        """How far the proposal at an offset has come."""
        if self._engine.took_effect(offset):
            return service_pb.PROPOSAL_STATE_IN_EFFECT
        return service_pb.PROPOSAL_STATE_AWAITING_SECOND

    def set_capacity(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Take how much officers can inspect."""
        caller = self._callers.of(context, f"/{GOVERNANCE}/SetCapacity")
        request = service_pb.SetCapacityRequest()
        self._parse(request, raw, caller, context)
        event = event_pb2.Event(capacity=request.capacity)
        event.capacity.approver = caller.name
        event.envelope.site = request.site
        event_id, outcome = self._commit(event, caller, context)
        return service_pb.SetCapacityResponse(
            event_id=event_id, position=self._origin.position(outcome.offset, 0)
        ).SerializeToString()

    def answer(self, name: str, context: grpc.ServicerContext) -> bytes:
        """Say that a method is not built, to those who might call it."""
        self._callers.of(context, f"/{GOVERNANCE}/{name}")
        context.abort(grpc.StatusCode.UNIMPLEMENTED, NOT_BUILT[name])

    def _parse(
        self, request: Message, raw: bytes, caller: Caller, context: grpc.ServicerContext
    ) -> None:
        """Read a request; what is none becomes a dead letter, and the call ends."""
        try:
            if len(raw) > EVENT_BYTES_MAX:
                raise DecodeError
            request.ParseFromString(raw)
        except DecodeError:
            self._bury(raw, caller, UNDECODABLE, context)

    def _bury(
        self, raw: bytes, caller: Caller, why: Refusal, context: grpc.ServicerContext
    ) -> NoReturn:
        """Record a request that cannot be used, and end the call."""
        slot = ReplySlot()
        self._settle(refused(raw, caller, why, slot, time.monotonic_ns()), slot, context)
        raise AssertionError("a refused entry ends the call")

    def _commit(
        self, event: event_pb2.Event, caller: Caller, context: grpc.ServicerContext
    ) -> tuple[str, Outcome]:
        """Put an event into the log; ends the call if it was refused."""
        envelope = event.envelope
        envelope.event_id = f"governance:{uuid.uuid4()}"
        envelope.schema_version = SCHEMA_VERSION
        envelope.source = caller.name
        envelope.event_time_us = time.time_ns() // 1000
        raw = event.SerializeToString(deterministic=True)
        received_ns, slot = time.monotonic_ns(), ReplySlot()
        try:
            decoded = self._engine.decoder.decode(raw)
        except BadInput as error:
            self._bury(raw, caller, Refusal(error.code, str(error)), context)
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
                "haechi models list or haechi rules list",
            )
        if outcome.refusal is not None:
            refuse(context, outcome.refusal)
        return outcome
