"""Governance: what changes the engine itself, as events that an approver signs.

The person is taken from the credentials, whatever the sender wrote, and stands in the event. A
promotion needs two of them, each in an event of their own; who counts them is the core, so that a
replay counts the same. What is refused is a dead letter in the log.
"""

from __future__ import annotations

from typing import Any, Final

import grpc
from google.protobuf.message import Message

from haechi.engine.errors import ConfigError
from haechi.operators.intake import Refusal
from haechi.rpc.callers import Caller, Callers
from haechi.rpc.render import Origin
from haechi.rpc.roles import GOVERNANCE
from haechi.rpc.served import ServedEngine
from haechi.rpc.signed import Signing
from haechi.rpc.v1 import event_pb2, governance_pb2
from haechi.rpc.v1 import governance_service_pb2 as service_pb

NOT_BUILT: Final[dict[str, str]] = {
    "Erase": "this version does not erase over the network yet",
}


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
        self._signing = Signing(engine, "governance", "haechi models list or haechi rules list")
        self._origin = Origin(engine.shard, engine.epoch, engine.first_offset)

    def promote_model(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Take what one approver says about a model."""
        caller = self._callers.of(context, f"/{GOVERNANCE}/PromoteModel")
        request = service_pb.PromoteModelRequest()
        self._signing.parse(request, raw, caller, context)
        event = event_pb2.Event(model_promotion=request.promotion)
        event.model_promotion.approvers[:] = [caller.name]
        return self._propose(event, service_pb.PromoteModelResponse, caller, context)

    def submit_rule_set(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Take what one approver says about a rule set."""
        caller = self._callers.of(context, f"/{GOVERNANCE}/SubmitRuleSet")
        request = service_pb.SubmitRuleSetRequest()
        self._signing.parse(request, raw, caller, context)
        event = event_pb2.Event(rule_set=request.rule_set)
        said = event.rule_set
        said.approvers[:] = [caller.name]
        if said.toml:
            try:
                said.sha256 = self._engine.keep_rules(said.toml)
            except ConfigError as error:
                self._signing.bury(raw, caller, Refusal("BAD_RULE_SET", str(error)), context)
            said.toml = ""
        # If this is the second person, no gate need wait for it.
        shadow = said.role == governance_pb2.RULE_SET_ROLE_SHADOW
        self._engine.lay_out_rules(said.sha256, shadow=shadow)
        return self._propose(
            event, service_pb.SubmitRuleSetResponse, caller, context, sha256=said.sha256
        )

    def _propose(
        self,
        event: event_pb2.Event,
        response: Any,
        caller: Caller,
        context: grpc.ServicerContext,
        **more: bytes,
    ) -> bytes:
        """Commit what one approver says, and tell how far it has come."""
        event_id, outcome = self._signing.commit(event, caller, context)
        told: Message = response(
            state=self._state_at(outcome.offset),
            event_id=event_id,
            position=self._origin.position(outcome.offset, 0),
            **more,
        )
        return told.SerializeToString()

    def _state_at(self, offset: int) -> service_pb.ProposalState:
        """How far the proposal at an offset has come."""
        if self._engine.took_effect(offset):
            return service_pb.PROPOSAL_STATE_IN_EFFECT
        return service_pb.PROPOSAL_STATE_AWAITING_SECOND

    def change_trust(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Take what one approver says of a party."""
        caller = self._callers.of(context, f"/{GOVERNANCE}/ChangeTrust")
        request = service_pb.ChangeTrustRequest()
        self._signing.parse(request, raw, caller, context)
        event = event_pb2.Event(trust_changed=request.change)
        event.trust_changed.approver = caller.name
        return self._propose(event, service_pb.ChangeTrustResponse, caller, context)

    def set_capacity(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Take how much officers can inspect."""
        caller = self._callers.of(context, f"/{GOVERNANCE}/SetCapacity")
        request = service_pb.SetCapacityRequest()
        self._signing.parse(request, raw, caller, context)
        event = event_pb2.Event(capacity=request.capacity)
        event.capacity.approver = caller.name
        event.envelope.site = request.site
        event_id, outcome = self._signing.commit(event, caller, context)
        return service_pb.SetCapacityResponse(
            event_id=event_id, position=self._origin.position(outcome.offset, 0)
        ).SerializeToString()

    def answer(self, name: str, context: grpc.ServicerContext) -> bytes:
        """Say that a method is not built, to those who might call it."""
        self._callers.of(context, f"/{GOVERNANCE}/{name}")
        context.abort(grpc.StatusCode.UNIMPLEMENTED, NOT_BUILT[name])
