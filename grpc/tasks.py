"""Tasks over the network: what waits for officers, and what they do with it.

An act is an event in the log, signed with the officer's credentials. Whether it takes effect is
the core's word alone: an act that does is told by a decision, one that does not by none, and the
officer hears why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import grpc
import numpy as np

from haechi.engine.codes import CodeClass, DecisionKind, Task
from haechi.engine.records import DECISION
from haechi.operators.intake import Refusal
from haechi.rpc.callers import Caller, Callers
from haechi.rpc.names import Names
from haechi.rpc.render import Origin, id_text, probability
from haechi.rpc.roles import TASKS
from haechi.rpc.served import ServedEngine
from haechi.rpc.signed import Signing
from haechi.rpc.statuses import refuse
from haechi.rpc.v1 import event_pb2
from haechi.rpc.v1 import task_service_pb2 as service_pb
from haechi.rpc.v1.officers_pb2 import OFFICER_ACT_OVERRIDE, OFFICER_ACT_RELEASE, OfficerAction
from haechi.streams.task_book import OpenTask, TaskBook

_LIMIT: Final = 100
_DECIDES: Final = (OFFICER_ACT_RELEASE, OFFICER_ACT_OVERRIDE)


class TaskCalls:
    """The task service.

    Parameters
    ----------
    engine
        The engine.
    callers
        Tells who calls.
    names
        The port's names.
    """

    def __init__(self, engine: ServedEngine, callers: Callers, names: Names) -> None:
        self._engine = engine
        self._callers = callers
        self._names = names
        self._signing = Signing(engine, "task", "haechi tasks")
        self._origin = Origin(engine.shard, engine.epoch, engine.first_offset)

    def list_tasks(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Show what waits, within the caller's sites."""
        caller = self._callers.of(context, f"/{TASKS}/ListTasks")
        request = service_pb.ListTasksRequest()
        self._signing.parse(request, raw, caller, context)
        found = list(self._wanted(request, caller))
        shown = found[: request.limit or _LIMIT]
        return service_pb.ListTasksResponse(
            tasks=[self._rendered(task) for task in shown], total=len(found)
        ).SerializeToString()

    def _wanted(self, request: service_pb.ListTasksRequest, caller: Caller) -> Iterator[OpenTask]:
        for task in self._engine.tasks.tasks():
            row = task.decision
            site = int(row["site"])
            if (
                caller.has_site(site)
                and request.site in ("", self._names.site(site))
                and request.lane in ("", self._names.lane(int(row["lane"])))
                and (not request.mine or self._officer(task) == caller.name)
            ):
                yield task

    def act_on_task(self, raw: bytes, context: grpc.ServicerContext) -> bytes:
        """Take what an officer does with a task, and tell what came of it."""
        caller = self._callers.of(context, f"/{TASKS}/ActOnTask")
        request = service_pb.ActOnTaskRequest()
        self._signing.parse(request, raw, caller, context)
        named = self._decision(request.action.decision_id)
        if named is not None and not caller.has_site(int(named["site"])):
            context.abort(
                grpc.StatusCode.PERMISSION_DENIED,
                f"decision {request.action.decision_id} was made at a site outside the scope of "
                f"{caller.name}",
            )
        event = event_pb2.Event(officer_action=request.action)
        event.officer_action.officer = caller.name
        event.officer_action.second_approver = ""
        event_id, outcome = self._signing.commit(event, caller, context)
        # What admission let through names a decision; it may have been committed only now.
        case = int(
            (named if named is not None else self._decision(request.action.decision_id))["case_key"]
        )
        body = _told(outcome.decisions, case)
        if body is None:
            refuse(context, self._why(case, event.officer_action, caller))
        row: Any = np.frombuffer(body, DECISION)[0]
        kind: Any = int(row["kind"])
        book = TaskBook()
        book.take(body)
        after = book.of_case(case) or OpenTask(row, int(row["stamp_us"]), -1)
        return service_pb.ActOnTaskResponse(
            task=self._rendered(after, caller.name if after.by else ""),
            event_id=event_id,
            position=self._origin.position(outcome.offset, 0),
            kind=kind,
        ).SerializeToString()

    def _decision(self, decision_id: str) -> Any:
        try:
            id16 = bytes.fromhex(decision_id)
        except ValueError:
            return None
        reader = self._engine.open_reader()
        try:
            body = reader.decision(id16) if len(id16) == 16 else None
        finally:
            reader.close()
        return np.frombuffer(body, DECISION)[0] if body is not None else None

    def _why(self, case: int, action: OfficerAction, caller: Caller) -> Refusal:
        """Say why an act had no effect, as the tasks stand now."""
        task = self._engine.tasks.of_case(case)
        if task is None:
            return Refusal(
                "NO_TASK",
                "nothing about this case waits for officers, or another decision stands by now; "
                "see haechi tasks",
            )
        stands = _id_of(task)
        if task.state is Task.TAKEN and self._officer(task) != caller.name:
            return Refusal(
                "TAKEN",
                f"{self._officer(task)} has it; let them put it back, or wait until it escalates",
            )
        if task.state is Task.SECOND and action.act in _DECIDES:
            return Refusal(
                "SAME_OFFICER",
                "this officer has said so already, and two must agree; let a second one say the "
                "same",
            )
        if stands != action.decision_id:
            return Refusal(
                "SUPERSEDED", f"decision {stands} stands by now; look at it and name that one"
            )
        return Refusal(
            "NO_EFFECT",
            f"the task is {task.state.name} and the act does not fit that, or the release of a "
            "HOLD came without a reason_code",
        )

    def _officer(self, task: OpenTask) -> str:
        """Name of the officer who has a task; a token where it came from another case."""
        if task.taken_at < 0:
            return ""
        return self._engine.officer_at(task.taken_at) or f"{task.by:016x}"

    def _rendered(self, task: OpenTask, officer: str | None = None) -> service_pb.Task:
        row: Any = task.decision

        def code(name: str) -> Any:
            return int(row[name])

        return service_pb.Task(
            decision_id=_id_of(task),
            case_reference=f"{int(row['case_key']):016x}",
            subject_kind=code("node"),
            state=code("task"),
            verdict=code("verdict"),
            directive=code("directive"),
            code_class=code("code_class"),
            stage=code("stage"),
            lane=self._names.lane(int(row["lane"])),
            site=self._names.site(int(row["site"])),
            gate=self._names.gate(int(row["gate"])),
            taken_by=self._officer(task) if officer is None else officer,
            review_by_us=int(row["review_by_us"]),
            since_us=task.since_us,
            four_eyes=bool(row["four_eyes"]),
            asked_verdict=code("asked_verdict"),
            probability=probability(float(row["log_odds"])),
        )


def _id_of(task: OpenTask) -> str:
    return id_text(task.decision.tobytes()[:16])


def _told(bodies: Sequence[bytes], case: int) -> bytes | None:
    """Find what an act was decided as, among all that its event brought about.

    Deadlines of other cases may have passed at the same moment. Nothing but an act makes a REVIEW
    of its case, or an officer's decision.
    """
    for body in bodies:
        row: Any = np.frombuffer(body, DECISION)[0]
        acts = row["kind"] == DecisionKind.REVIEW or row["code_class"] == CodeClass.OFFICER
        if acts and row["case_key"] == case:
            return body
    return None
