"""Officers over gRPC, a real engine behind it: what waits, and what their acts do."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator

import grpc
import pytest
from governed import Governed, filled, governed

from haechi.app import credentials
from haechi.configs.port import Port
from haechi.engine.codes import EventKind, OfficerAct, Task, Verdict
from haechi.rpc.client import HaechiClient
from haechi.rpc.names import names_of
from haechi.rpc.roles import Role
from haechi.rpc.server import serve
from haechi.rpc.settings import ServerSettings
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.officers_pb2 import OfficerAction
from haechi.rpc.v1.task_service_pb2 import Task as Shown
from haechi.rpc.watching import failure
from haechi.streams.tokens import Tokens

Connect = Callable[..., HaechiClient]
_TRAVELERS = itertools.count(1)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Governed]:
    with governed(tmp_path_factory.mktemp("tasks")) as one:
        yield one


@pytest.fixture(scope="module")
def as_(running: Governed) -> Iterator[Connect]:
    ring = credentials.keyring(running.folder)
    names = names_of(Port.load(), Tokens(credentials.token_key(running.folder, make=False)))
    server = serve(running.engine, ring, names, ServerSettings(threads_least=4))
    clients = {}

    def connected(name: str, role: Role = Role.OFFICER, scope: str = "*") -> HaechiClient:
        if name not in clients:
            token = ring.sign(name, role, (scope,))
            clients[name] = HaechiClient(f"127.0.0.1:{server.port}", token)
        return clients[name]

    yield connected
    for client in clients.values():
        client.close()
    server.stop(0.1)


def question(traveler: str) -> Event:
    asked = filled()
    asked.envelope.site = "ICN-T1"
    asked.envelope.subjects.add(traveler_id=traveler)
    asked.gate_event.gate = "ICN-T1-EXIT-1"
    asked.gate_event.lane = "walk"
    asked.gate_event.budget_ms = 5000
    return asked


def stopped(running: Governed, as_: Connect) -> str:
    """A traveler nobody knows asks at an exit: what stopped them."""
    response = as_("exit", Role.GATE).decide(question(f"T-{next(_TRAVELERS)}"))
    assert response.answer.verdict == Verdict.REFER
    return response.answer.decision_id


def act(decision_id: str, which: OfficerAct, **more: object) -> OfficerAction:
    return OfficerAction(decision_id=decision_id, act=int(which), **more)


def refused(work: Callable[[], object]) -> tuple[grpc.StatusCode | None, str]:
    with pytest.raises(grpc.RpcError) as caught:
        work()
    return failure(caught.value)


def listed(client: HaechiClient, decision_id: str, **filters: object) -> list[Shown]:
    found = client.tasks(limit=1000, **filters)
    return [task for task in found.tasks if task.decision_id == decision_id]


def test_from_stop_to_release(running: Governed, as_: Connect) -> None:
    stop = stopped(running, as_)
    kim, lee = as_("kim"), as_("lee")
    (task,) = listed(kim, stop)
    assert (task.state, task.verdict, task.taken_by) == (Task.OPEN, Verdict.REFER, "")
    assert task.review_by_us > time.time_ns() // 1000
    assert (task.lane, task.gate, task.site) == ("walk", "ICN-T1-EXIT-1", "ICN-T1")
    taken = kim.act_on_task(act(stop, OfficerAct.TAKE, officer="somebody else")).task
    assert (taken.state, taken.taken_by) == (Task.TAKEN, "kim")
    assert [t.taken_by for t in listed(lee, taken.decision_id)] == ["kim"]
    assert listed(kim, taken.decision_id, mine=True)
    assert not listed(lee, taken.decision_id, mine=True)
    status, details = refused(lambda: lee.act_on_task(act(stop, OfficerAct.RELEASE)))
    assert status == grpc.StatusCode.FAILED_PRECONDITION
    assert "TAKEN: kim has it" in details
    done = kim.act_on_task(act(taken.decision_id, OfficerAct.RELEASE)).task
    assert (done.state, done.verdict) == (Task.RELEASED, Verdict.RELEASE)
    assert not listed(kim, done.decision_id)


@pytest.mark.parametrize("act_", [OfficerAct.OVERRIDE, OfficerAct.RELEASE])
def test_no_override_without_a_reason(running: Governed, as_: Connect, act_: OfficerAct) -> None:
    stop = stopped(running, as_)
    said = act(stop, act_, to_verdict=1, from_verdict=2)
    status, details = refused(lambda: as_("kim").act_on_task(said))
    assert status == grpc.StatusCode.INVALID_ARGUMENT
    assert "reason_code is empty" in details
    assert listed(as_("kim"), stop)
    reader = running.engine.open_reader()
    head = reader.head()
    assert head is not None
    last = reader.event(head.offset)
    assert last is not None
    assert last.kind == EventKind.DEAD_LETTER
    reader.close()


def test_what_is_over_is_said_to_be_over(running: Governed, as_: Connect) -> None:
    stop = stopped(running, as_)
    as_("kim").act_on_task(act(stop, OfficerAct.CONFIRM))
    status, details = refused(lambda: as_("lee").act_on_task(act(stop, OfficerAct.TAKE)))
    assert status == grpc.StatusCode.FAILED_PRECONDITION
    assert "NO_TASK" in details


@pytest.mark.parametrize("decision_id", ["", "zz", "ab" * 16])
def test_a_decision_that_is_none(running: Governed, as_: Connect, decision_id: str) -> None:
    said = act(decision_id, OfficerAct.TAKE)
    status, _ = refused(lambda: as_("kim").act_on_task(said))
    assert status == grpc.StatusCode.INVALID_ARGUMENT


def test_gates_and_approvers_have_no_tasks(running: Governed, as_: Connect) -> None:
    for name, role in (("exit", Role.GATE), ("boss", Role.APPROVER)):
        status, _ = refused(as_(name, role).tasks)
        assert status == grpc.StatusCode.PERMISSION_DENIED


def test_the_book_is_the_same_after_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("again")
    with governed(root) as one:
        for number in range(3):
            one.put(question(f"T-{number}"))
        before = [t.decision.tobytes() for t in one.engine.tasks.tasks()]
    assert before
    with governed(root) as again:
        assert [t.decision.tobytes() for t in again.engine.tasks.tasks()] == before
