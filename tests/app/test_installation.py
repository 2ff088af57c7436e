"""Real processes: the installation starts, survives, and stops; nothing is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from haechi.app.folder import DataFolder
from haechi.app.installation import Installation
from haechi.app.surroundings import engine_environment
from haechi.engine.errors import ConfigError
from haechi.rpc.client import HaechiClient
from haechi.rpc.v1.decision_pb2 import GateAnswer
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.vocabulary_pb2 import CODE_CLASS_ENGINE_UNREACHABLE, VERDICT_RELEASE

Start = Callable[..., "subprocess.Popen[str]"]
Until = Callable[..., Any]
Address = Callable[[Path, str], "dict[str, Any] | None"]


def question(number: int) -> Event:
    event = Event(gate_event={"gate": "ICN-T1-EXIT-3", "budget_ms": 1000})
    event.envelope.event_id = f"test:{number}"
    event.envelope.schema_version = 1
    event.envelope.source = "test"
    event.envelope.event_time_us = time.time_ns() // 1000
    event.envelope.subjects.add().traveler_id = f"t{number}"
    return event


def lives(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_what_the_environment_says_already_stays() -> None:
    given = {"GLIBC_TUNABLES": "glibc.malloc.arena_max=4", "GRPC_EXPERIMENTS": "", "HOME": "/h"}
    made = engine_environment(given)
    tunables = made.pop("GLIBC_TUNABLES").split(":")
    assert tunables[0] == "glibc.malloc.arena_max=4"
    assert len(tunables) == len({one.partition("=")[0] for one in tunables}) > 1
    assert made == {"GRPC_EXPERIMENTS": "", "HOME": "/h"}
    assert engine_environment({})["GRPC_EXPERIMENTS"]


def test_two_installations_on_one_directory_are_refused(tmp_path: Path) -> None:
    first = Installation(tmp_path, engine=False, store=False)
    with first, pytest.raises(ConfigError, match="already"):
        Installation(tmp_path, engine=False, store=False).start()


@pytest.mark.slow
def test_a_second_writer_is_refused(
    start: Start, until: Until, address: Address, tmp_path: Path
) -> None:
    arguments = ("engine", "--data", tmp_path, "--port", "0")
    start(*arguments)
    until(lambda: address(tmp_path, "engine"))
    second = start(*arguments)
    _, err = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "has a writer already" in err


@pytest.mark.slow
def test_up_survives_its_engine_and_stops_in_order(
    start: Start, until: Until, address: Address, token: Callable[..., str],
    tmp_path: Path, profile: Path,
) -> None:  # fmt: skip
    data = tmp_path / "data"
    up = start("up", "--data", data, "--profile", profile, "--json")
    assert up.stdout is not None
    where = json.loads(up.stdout.readline())
    answers: list[GateAnswer] = []
    with HaechiClient(where["engine"], token(data, "gate")) as client:
        asked = question(1)
        answers.append(client.decide(asked).answer)
        before = address(data, "engine")
        assert before is not None
        os.kill(before["pid"], signal.SIGKILL)
        until(lambda: (now := address(data, "engine")) and now["pid"] != before["pid"])
        after = address(data, "engine")
        assert after is not None
        assert after["port"] == before["port"]
        answers.append(until(lambda: _decided(client, question(2))))
        again = _decided(client, asked)
        assert again is not None
        assert again.decision_id == answers[0].decision_id
    children = [found["pid"] for name in ("engine", "store") if (found := address(data, name))]
    said = data / "run" / "shipper.json"
    until(said.exists)
    children.append(json.loads(said.read_text())["pid"])
    up.send_signal(signal.SIGTERM)
    _, err = up.communicate(timeout=60)
    assert up.returncode == 0
    assert "SIGKILL" in err
    assert not any(map(lives, children))
    stored = subprocess.run(
        [*_command("sql", "SELECT decision_id FROM decisions"), "--data", data, "--format", "TSV"],
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout.split()  # fmt: skip
    assert {answer.decision_id for answer in answers} <= set(stored)
    assert len(stored) == len(set(stored))


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "haechi.app", *arguments]


def _decided(client: HaechiClient, event: Event) -> GateAnswer | None:
    answer = client.decide(event).answer
    return None if answer.code_class == CODE_CLASS_ENGINE_UNREACHABLE else answer


@pytest.mark.slow
def test_children_end_when_the_supervisor_is_killed(
    start: Start, until: Until, address: Address, tmp_path: Path, profile: Path
) -> None:
    up = start("up", "--data", tmp_path, "--profile", profile, "--json")
    assert up.stdout is not None
    assert up.stdout.readline()
    children = [found["pid"] for name in ("engine", "store") if (found := address(tmp_path, name))]
    assert len(children) == 2
    up.kill()
    until(lambda: not any(map(lives, children)), 30)


@pytest.mark.slow
def test_a_log_that_cannot_be_written_releases_nobody(
    start: Start, until: Until, address: Address, token: Callable[..., str], tmp_path: Path
) -> None:
    engine = start("engine", "--data", tmp_path, "--port", "0")
    where = until(lambda: address(tmp_path, "engine"))
    target = f"{where['host']}:{where['port']}"
    with (
        HaechiClient(target, token(tmp_path, "gate")) as gate,
        HaechiClient(target, token(tmp_path, "operator")) as operator,
    ):
        assert operator.healthy()
        answers = [gate.decide(question(number)).answer for number in range(3)]
        assert all(answer.decision_id for answer in answers)
        # As on a full disk, no file of the engine may grow any more.
        resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (4096, 4096))
        number = 3
        healthy = True
        while engine.poll() is None and number < 2000:
            answer = gate.decide(question(number)).answer
            number += 1
            if not answer.decision_id or answer.provisional:
                assert answer.verdict != VERDICT_RELEASE
                # An answer may be late for other reasons before the first commit fails.
                healthy = operator.healthy()
                if not healthy:
                    break
        assert not healthy
        for further in range(number, number + 5):
            assert gate.decide(question(further)).answer.verdict != VERDICT_RELEASE
    _, err = engine.communicate(timeout=30)
    assert engine.returncode == 70
    assert "cannot be written" in err
    assert "Traceback" not in err
    assert DataFolder(tmp_path).address("engine") is None
