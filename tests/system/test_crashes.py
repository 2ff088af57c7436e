"""SIGKILL under load: what was acknowledged is on record, once, and comes out the same again."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from system_account import hold_against_log, hold_against_store, read_log
from system_load import Load, Told

from haechi.app.installation import Installation
from haechi.rpc.v1.event_pb2 import Event

ENGINE_KILLS = 24
OTHER_KILLS = 4
"""Of the shipper, and of the store."""

SEED = 20261121


def command(running: Installation, *arguments: str) -> dict[str, Any]:
    """Run a command that must end well; its JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "haechi.app", *arguments, "--data", str(running.folder.root),
         "--json"],
        check=False, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def resend(running: Installation, told: Told, draws: random.Random, most: int = 400) -> None:
    """Events that come again get the stored answers."""
    with running.client("gate") as gate:
        for raw in draws.sample(sorted(told.answers), min(most, len(told.answers))):
            before = told.answers[raw][0]
            again = gate.decide(Event.FromString(raw)).answer
            assert again.decision_id == before.decision_id
            again.position.epoch = before.position.epoch
            assert again == before
    facts: dict[str, list[bytes]] = {}
    for raw in draws.sample(sorted(told.accepted), min(most, len(told.accepted))):
        kind = Event.FromString(raw).WhichOneof("kind")
        facts.setdefault(_sender(kind), []).append(raw)
    for role, raws in facts.items():
        with running.client(role) as client:
            for repeated in client.publish(iter(raws)):
                first = told.accepted[raws[repeated.index]][0]
                assert repeated.accepted.duplicate, repeated
                assert repeated.accepted.position.offset == first.position.offset
                assert repeated.accepted.decision_ids == first.decision_ids


def _sender(kind: str | None) -> str:
    if kind in ("gate_action", "exit_seen"):
        return "gate"
    if kind in ("inspection_outcome", "case_closed"):
        return "officer"
    return "sensor" if kind in ("face_match", "scanner_result", "sensor_status") else "feeder"


def lively_kill(running: Installation, name: str, draws: random.Random) -> int:
    """Kill a process of the installation; at times again while it starts. How often."""
    child = running.children[name]
    killed = 0
    for late_s in (0.0, draws.uniform(0.3, 2.5)) if draws.random() < 0.25 else (0.0,):
        time.sleep(late_s)
        if child.pid is not None:
            child.kill()
            killed += 1
    return killed


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_acknowledged_is_lost_doubled_or_different(
    tmp_path: Path, until: Callable[..., Any]
) -> None:
    draws = random.Random(SEED)
    restarts_s: list[float] = []
    said: list[str] = []
    with Installation(tmp_path / "data", any_port=True, say=said.append) as running:
        load = Load(running, SEED)
        load.start()
        others = ["ship", "store"] * OTHER_KILLS
        draws.shuffle(others)
        killed = 0
        while killed < ENGINE_KILLS:
            served = load.told.count()
            until(lambda served=served: load.told.count() > served or load.failures)
            time.sleep(draws.uniform(0.0, 0.8))
            if others and draws.random() < 0.4:
                running.children[others.pop()].kill()
            killed += lively_kill(running, "engine", draws)
            began = time.monotonic()
            running.wait_ready("engine", 60)
            restarts_s.append(time.monotonic() - began)
        for name in others:
            running.children[name].kill()
        for name in running.children:
            running.wait_ready(name, 60)
        time.sleep(0.5)
        told = load.finish()
        assert running.failed() is None

        # Once more, so that nothing but the log can know the answers.
        running.kill_engine()
        running.wait_ready("engine", 60)
        resend(running, told, draws)
        assert running.wait_shipped(60), "ClickHouse is behind"
        logged = read_log(running)
        hold_against_log(running, told, logged)
        hold_against_store(running, logged)
        # Every event was taken, whatever happened on the way.
        assert told.refused == []
        assert len(told.answers) > 20 * ENGINE_KILLS
        replayed = command(running, "replay")
        assert replayed["identical"]
        # Deadlines go on passing, so the log may have grown before it was replayed, and after.
        assert len(logged.decisions) <= replayed["compared"] <= len(read_log(running).decisions)
        verified = command(running, "verify")
        assert verified["whole"]
        assert verified["anchors"]
    print(
        f"{killed} kills of the engine, {len(told.answers)} answers, {len(told.accepted)} facts, "
        f"{len(logged.decisions)} decisions; restart {min(restarts_s):.1f} to "
        f"{max(restarts_s):.1f} s; {told.unreachable} local fallbacks, "
        f"{len(told.provisional)} provisional"
    )
