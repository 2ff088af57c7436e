"""The core is late, or has no room: gates get REFER in time, and the record tells all of it.

Time is taken at the server, by the test double, from the call's arrival to the hand-over to
the transport: that is what budget_ms + 5 ms is promised of. How long a client's thread then
waits for a processor is a matter of the machine that runs the tests.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from system_messages import manifest, question

from haechi.app import credentials
from haechi.app.folder import DataFolder
from haechi.configs.port import Port
from haechi.engine.codes import DecisionKind, EventKind
from haechi.engine.records import DECISION, EVENT
from haechi.rpc.client import HaechiClient
from haechi.rpc.v1 import decision_pb2 as pb
from haechi.rpc.v1 import vocabulary_pb2 as words
from haechi.streams.decode import Decoder
from haechi.streams.log.reader import LogReader
from haechi.streams.tokens import Tokens

pytestmark = pytest.mark.slow
TROUBLED = Path(__file__).with_name("troubled_engine.py")
EXIT = "ICN-T1-EXIT-3"
BUDGET_MS = 60
LATE_MS = 5.0
PATIENT_MS = 5000
"""Margin of clients that must not answer by themselves."""

Start = Callable[..., "subprocess.Popen[str]"]
EngineAddress = Callable[..., str]
Until = Callable[..., Any]


def clients(root: Path, target: str, name: str) -> HaechiClient:
    return HaechiClient(target, credentials.token(DataFolder(root), name), margin_ms=PATIENT_MS)


def taken(path: Path) -> list[tuple[float, str]]:
    """How long provisional answers took, milliseconds, and why they were given."""
    if not path.exists():
        return []
    rows = [line.split() for line in path.read_text().splitlines()]
    return [(int(took_ns) / 1e6, reason) for took_ns, reason in rows]


def id_of(record: Any, name: str) -> str:
    """An id that a record holds in two words."""
    return str((record[f"{name}_hi"].tobytes() + record[f"{name}_lo"].tobytes()).hex())


def delivered(root: Path) -> list[Any]:
    """Records of the provisional answers that were delivered."""
    reader = LogReader(root / "log")
    try:
        return [
            np.frombuffer(one.records, EVENT)[0]
            for one in reader.events()
            if one.kind == EventKind.PROVISIONAL_DELIVERED
        ]
    finally:
        reader.close()


def decided(root: Path) -> list[Any]:
    """The decisions in the log."""
    reader = LogReader(root / "log")
    try:
        bodies = reader.decisions_after(-1, 0, 1 << 20)
    finally:
        reader.close()
    return [np.frombuffer(body, DECISION)[0] for body in bodies]


def hold_against_record(root: Path, answers: dict[bytes, pb.GateAnswer]) -> None:
    """Each provisional REFER is on record under its own id, and the core's verdict follows it."""
    decoder = Decoder(Tokens(credentials.token_key(DataFolder(root), make=False)), Port.load())
    told = {id_of(record, "target"): record for record in delivered(root)}
    decisions = decided(root)
    superseding = {id_of(body, "supersedes"): body for body in decisions}
    answered = [id_of(body, "answers") for body in decisions if body["kind"] == DecisionKind.ANSWER]
    ids = {id_of(body, "id") for body in decisions}
    assert len(told) == len(answers)
    for raw, answer in answers.items():
        gate_event = decoder.decode(raw).id.hex()
        assert answer.decision_id in ids
        assert id_of(told[answer.decision_id], "answers") == gate_event
        core = superseding[answer.decision_id]
        assert core["kind"] == DecisionKind.REVISION
        assert id_of(core, "answers") == gate_event
        # The question itself was decided too, once.
        assert answered.count(gate_event) == 1


def test_a_missed_deadline_is_a_provisional_refer_in_time(
    start: Start, engine_address: EngineAddress, until: Until, tmp_path: Path,
    profile: Callable[..., Path],
) -> None:  # fmt: skip
    root, times = tmp_path / "data", tmp_path / "times"
    engine = start(
        TROUBLED, "slow", "engine", "--data", root, "--profile", profile(),
        TROUBLE_TIMES=str(times), STALL_S="0.15",
    )  # fmt: skip
    target = engine_address(root, engine)
    answers: dict[bytes, pb.GateAnswer] = {}
    with clients(root, target, "gate") as gate, clients(root, target, "feeder") as feeder:
        names = [f"late-{number}" for number in range(40)]
        assert all(one.HasField("accepted") for one in feeder.publish(map(manifest, names)))
        for name in names:
            event = question(name, EXIT, "family", budget_ms=BUDGET_MS)
            answers[event.SerializeToString()] = gate.decide(event).answer
        for answer in answers.values():
            assert answer.verdict == words.VERDICT_REFER
            assert answer.provisional
            assert answer.code_class == words.CODE_CLASS_DEADLINE
            assert answer.kind == words.DECISION_KIND_PROVISIONAL
            assert not answer.HasField("position")
        until(lambda: len(delivered(root)) == len(answers))
        # Asked again, the gate gets what the core decided meanwhile, though never a release
        # that nobody looked at: the record says REFER was delivered.
        again = gate.decide(question(names[0], EXIT, "family", budget_ms=2000)).answer
        assert not again.provisional or again.verdict == words.VERDICT_REFER
    hold_against_record(root, answers)
    took = sorted(ms for ms, _ in taken(times))
    assert len(took) == len(answers)
    assert took[0] >= BUDGET_MS
    typical, worst = took[len(took) // 2], took[-1]
    assert typical <= BUDGET_MS + LATE_MS
    # A busy machine may keep one thread waiting, not the many.
    assert sum(ms <= BUDGET_MS + LATE_MS for ms in took) >= 0.9 * len(took), took[-6:]
    print(f"budget {BUDGET_MS} ms: p50 {typical:.2f} ms, worst of {len(took)} {worst:.2f} ms")


def test_a_full_queue_is_a_provisional_refer_at_once(
    start: Start, engine_address: EngineAddress, until: Until, tmp_path: Path,
    profile: Callable[..., Path],
) -> None:  # fmt: skip
    root, times, go_on = tmp_path / "data", tmp_path / "times", tmp_path / "go-on"
    engine = start(
        TROUBLED, "stuck", "engine", "--data", root, "--profile", profile(intake_limit=4),
        TROUBLE_TIMES=str(times), TROUBLE_FILE=str(go_on),
    )  # fmt: skip
    target = engine_address(root, engine)
    budget_ms = 400
    events = [question(f"full-{n}", EXIT, "family", budget_ms=budget_ms) for n in range(30)]
    with clients(root, target, "gate") as gate, clients(root, target, "feeder") as feeder:
        people = [manifest(f"full-{n}") for n in range(30)]
        assert all(one.HasField("accepted") for one in feeder.publish(people))
        with ThreadPoolExecutor(len(events)) as pool:
            given = list(pool.map(lambda one: gate.decide(one).answer, events))
        go_on.touch()
        answers = dict(zip((one.SerializeToString() for one in events), given, strict=True))
        until(lambda: len(delivered(root)) == len(answers))
    reasons = [answer.code_class for answer in given]
    assert all(answer.verdict == words.VERDICT_REFER for answer in given)
    assert all(answer.provisional for answer in given)
    assert set(reasons) == {words.CODE_CLASS_OVERLOAD, words.CODE_CLASS_DEADLINE}
    assert reasons.count(words.CODE_CLASS_OVERLOAD) >= len(events) - 8
    hold_against_record(root, answers)
    overload = sorted(ms for ms, reason in taken(times) if reason == "OVERLOAD")
    # At once, and that is well within the budget.
    assert overload[-1] <= budget_ms + LATE_MS
    print(f"full queue: {len(overload)} answers, worst {overload[-1]:.2f} ms")


def test_a_dataflow_that_dies_takes_the_process_with_it(
    start: Start, engine_address: EngineAddress, until: Until, tmp_path: Path,
    profile: Callable[..., Path],
) -> None:  # fmt: skip
    root, poison = tmp_path / "data", tmp_path / "poison"
    engine = start(
        TROUBLED, "poisoned", "engine", "--data", root, "--profile", profile(),
        TROUBLE_FILE=str(poison),
    )  # fmt: skip
    target = engine_address(root, engine)
    with clients(root, target, "gate") as gate, clients(root, target, "operator") as operator:
        assert operator.healthy()
        first = gate.decide(question("dies-1", EXIT, budget_ms=10_000)).answer
        assert first.HasField("position")
        poison.touch()
        began = time.monotonic()
        answer = gate.decide(question("dies-2", EXIT, budget_ms=300)).answer
        assert answer.verdict == words.VERDICT_REFER
        # It says so until it is gone; then nobody answers at all. The gate may have been answered
        # at its deadline, before the core met the poison.
        until(lambda: not operator.healthy())
        for number in range(3):
            refused = gate.decide(question(f"dies-{3 + number}", EXIT, budget_ms=300)).answer
            assert refused.verdict == words.VERDICT_REFER
        _, err = engine.communicate(timeout=30)
        gone_s = time.monotonic() - began
    assert engine.returncode == 70
    assert "the core is poisoned" in err
    assert "Traceback" not in err
    assert DataFolder(root).address("engine") is None
    print(f"gone after {gone_s:.1f} s")


def test_a_dead_engine_says_not_serving(
    start: Start, engine_address: EngineAddress, tmp_path: Path, profile: Callable[..., Path]
) -> None:
    """Over the standard health protocol, which load balancers and supervisors speak."""
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    root, poison = tmp_path / "data", tmp_path / "poison"
    engine = start(
        TROUBLED, "poisoned", "engine", "--data", root, "--profile", profile(),
        TROUBLE_FILE=str(poison),
    )  # fmt: skip
    target = engine_address(root, engine)
    token = credentials.token(DataFolder(root), "operator")
    bearer = (("authorization", f"Bearer {token}"),)
    statuses = []
    with grpc.insecure_channel(target) as channel, clients(root, target, "gate") as gate:
        health = health_pb2_grpc.HealthStub(channel)
        watch = health.Watch(health_pb2.HealthCheckRequest(), metadata=bearer, timeout=60)
        statuses.append(next(watch).status)
        poison.touch()
        gate.decide(question("dies-1", EXIT, budget_ms=300))
        statuses.append(next(watch).status)
        watch.cancel()
    assert statuses == [
        health_pb2.HealthCheckResponse.SERVING,
        health_pb2.HealthCheckResponse.NOT_SERVING,
    ]
    assert engine.wait(30) == 70
