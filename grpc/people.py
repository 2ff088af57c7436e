"""The calls of persons: officers with their tasks, approvers with rules, models and capacity."""

from __future__ import annotations

from typing import Any, Final

import grpc
from google.protobuf.message import Message

from haechi.rpc.roles import GOVERNANCE, TASKS
from haechi.rpc.v1 import governance_pb2, officers_pb2
from haechi.rpc.v1 import governance_service_pb2 as governance_pb
from haechi.rpc.v1 import task_service_pb2 as task_pb

CALL_S: Final = 10.0


class PeopleCalls:
    """What persons ask of one shard.

    Parameters
    ----------
    channel
        The connection.
    metadata
        The person's credentials.
    """

    def __init__(self, channel: grpc.Channel, metadata: tuple[tuple[str, str], ...]) -> None:
        self._metadata = metadata
        unary = channel.unary_unary
        self._submit = unary(
            f"/{GOVERNANCE}/SubmitRuleSet",
            governance_pb.SubmitRuleSetRequest.SerializeToString,
            governance_pb.SubmitRuleSetResponse.FromString,
        )
        self._promote = unary(
            f"/{GOVERNANCE}/PromoteModel",
            governance_pb.PromoteModelRequest.SerializeToString,
            governance_pb.PromoteModelResponse.FromString,
        )
        self._trust = unary(
            f"/{GOVERNANCE}/ChangeTrust",
            governance_pb.ChangeTrustRequest.SerializeToString,
            governance_pb.ChangeTrustResponse.FromString,
        )
        self._capacity = unary(
            f"/{GOVERNANCE}/SetCapacity",
            governance_pb.SetCapacityRequest.SerializeToString,
            governance_pb.SetCapacityResponse.FromString,
        )
        self._list_tasks = unary(
            f"/{TASKS}/ListTasks",
            task_pb.ListTasksRequest.SerializeToString,
            task_pb.ListTasksResponse.FromString,
        )
        self._act_on_task = unary(
            f"/{TASKS}/ActOnTask",
            task_pb.ActOnTaskRequest.SerializeToString,
            task_pb.ActOnTaskResponse.FromString,
        )

    def _ask(self, call: Any, request: Message) -> Any:
        return call(request, timeout=CALL_S, metadata=self._metadata)

    def tasks(
        self, *, site: str = "", lane: str = "", mine: bool = False, limit: int = 0
    ) -> task_pb.ListTasksResponse:
        """Show an officer what waits."""
        response: task_pb.ListTasksResponse = self._ask(
            self._list_tasks, task_pb.ListTasksRequest(site=site, lane=lane, mine=mine, limit=limit)
        )
        return response

    def act_on_task(self, action: officers_pb2.OfficerAction) -> task_pb.ActOnTaskResponse:
        """Take a task, put it back, release, confirm, escalate, or decide otherwise.

        Raises
        ------
        grpc.RpcError
            FAILED_PRECONDITION if it has no effect, with the reason.
        """
        response: task_pb.ActOnTaskResponse = self._ask(
            self._act_on_task, task_pb.ActOnTaskRequest(action=action)
        )
        return response

    def submit_rule_set(
        self, rule_set: governance_pb2.RuleSet
    ) -> governance_pb.SubmitRuleSetResponse:
        """Say as one approver that a rule set is to be in force, or in shadow."""
        response: governance_pb.SubmitRuleSetResponse = self._ask(
            self._submit, governance_pb.SubmitRuleSetRequest(rule_set=rule_set)
        )
        return response

    def promote_model(
        self, promotion: governance_pb2.ModelPromotion
    ) -> governance_pb.PromoteModelResponse:
        """Say as one approver what a model is to be; it takes effect when a second one has."""
        response: governance_pb.PromoteModelResponse = self._ask(
            self._promote, governance_pb.PromoteModelRequest(promotion=promotion)
        )
        return response

    def change_trust(
        self, change: governance_pb2.TrustChanged
    ) -> governance_pb.ChangeTrustResponse:
        """Say as one approver that a party is trusted, or is not any more."""
        response: governance_pb.ChangeTrustResponse = self._ask(
            self._trust, governance_pb.ChangeTrustRequest(change=change)
        )
        return response

    def set_capacity(
        self, capacity: governance_pb2.Capacity, site: str = ""
    ) -> governance_pb.SetCapacityResponse:
        """Say as an approver how much officers can inspect."""
        response: governance_pb.SetCapacityResponse = self._ask(
            self._capacity, governance_pb.SetCapacityRequest(site=site, capacity=capacity)
        )
        return response
