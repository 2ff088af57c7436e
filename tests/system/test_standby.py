"""Two machines: the first one is lost with its files, and the second goes on with all it said."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from system_account import hold_against_log, read_log
from system_load import Load
from system_messages import question
from system_pair import Pair, run

from haechi.rpc.v1.decision_pb2 import GateAnswer
from haechi.streams.log.reader import LogReader
from haechi.streams.log.segment import segment_paths
from haechi.streams.standby.standing import STANDING, Part, read_standing

SEED = 20261122
Until = Callable[..., Any]


@pytest.fixture
def pair(tmp_path: Path, until: Until, profile: Callable[..., Path]) -> Iterator[Pair]:
    two = Pair(tmp_path, until, profile(durability='"replica"', one_core="false"))
    yield two
    two.stop()


def ask(pair: Pair) -> GateAnswer:
    with pair.client("gate") as gate:
        return gate.decide(question("t-1")).answer


def head(log: Path) -> int:
    reader = LogReader(log)
    try:
        found = reader.head()
        return found.offset if found is not None else -1
    finally:
        reader.close()


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=120)
    return process.returncode, said


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_no_acknowledged_decision_is_lost_with_the_primarys_files(pair: Pair, until: Until) -> None:
    draws = random.Random(SEED)
    pair.start_first()
    assert not pair.healthy(), "alone, it does not promise what it cannot keep"
    pair.start_second()
    until(pair.healthy)
    load = Load(pair, SEED, per_s=200.0)
    load.start()
    until(lambda: load.told.count() > 300 or load.failures)
    time.sleep(draws.uniform(0.0, 1.0))
    pair.lose_first()
    before = load.told.count()
    began = time.monotonic()
    pair.promote()
    until(lambda: load.told.count() > before + 100 or load.failures)
    print(f"decided again {time.monotonic() - began:.1f} s after the order to take over")
    told = load.finish()
    logged = read_log(pair)
    hold_against_log(pair, told, logged)
    assert told.refused == []
    epochs = {a.position.epoch for answers in told.answers.values() for a in answers}
    assert {epoch >> 32 for epoch in epochs if epoch} == {0, 1}
    with pair.client("operator") as operator:
        assert operator.topology().epoch >> 32 == 1
    for command in ("verify", "replay"):
        done = run(command, "--data", str(pair.second.root), "--json")
        assert done.returncode == 0, done
    assert json.loads(done.stdout)["identical"]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_standby_falls_behind_comes_back_and_proves_itself(pair: Pair, until: Until) -> None:
    pair.start_first()
    pair.start_second()
    until(pair.healthy)
    assert ask(pair).HasField("position")
    pair.kill("follow")
    until(lambda: not pair.healthy())
    answer = ask(pair)
    assert not answer.HasField("position"), "nothing leaves that only one machine has"
    pair.start_second()
    until(pair.healthy)
    assert ask(pair).HasField("position")
    end = head(pair.first.log)
    until(lambda: pair.status().get("proved_offset", -1) >= end)
    status = json.loads((pair.first.run / "engine-status.json").read_text("utf-8"))
    assert status["standby"]["state"] == "synchronous"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_standby_that_hangs_keeps_nobody_waiting_where_one_may_go_on_alone(
    pair: Pair, until: Until, profile: Callable[..., Path]
) -> None:
    def state() -> str:
        told = json.loads((pair.first.run / "engine-status.json").read_text("utf-8"))
        return str(told["standby"]["state"])

    profile(durability='"replica"', alone='"process"', one_core="false")
    pair.start_first()
    until(pair.healthy)
    assert ask(pair).HasField("position"), "it may go on alone"
    standby = pair.start_second()
    until(lambda: state() == "synchronous")
    standby.send_signal(signal.SIGSTOP)
    assert ask(pair).HasField("position")
    until(lambda: state() == "alone")
    standby.send_signal(signal.SIGCONT)
    until(lambda: state() == "synchronous")
    assert ask(pair).HasField("position")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_old_primary_come_back_is_refused(
    pair: Pair, until: Until, profile: Callable[..., Path]
) -> None:
    pair.start_first()
    pair.start_second(port=0)
    until(pair.healthy)
    assert ask(pair).HasField("position")
    pair.kill("engine")
    pair.promote()
    until(pair.healthy)
    assert ask(pair).position.epoch >> 32 == 1
    # Its profile names nobody: it starts, and is told.
    code, said = ended(pair.start_first())
    assert code == 70
    assert "was promoted with epoch" in said
    assert read_standing(pair.first.log).part is Part.SUPERSEDED
    # From now on its own note is enough.
    for command in ("engine", "ship"):
        done = run(command, "--data", str(pair.first.root))
        assert done.returncode == 2
        assert "haechi follow --from" in done.stderr
    # One whose profile names the other machine does not even begin.
    (pair.first.log / STANDING).unlink()
    before = head(pair.first.log)
    named = profile(peer=f'"{pair.second.need("engine").target}"')
    code, said = ended(pair.start_first(named, wait=False))
    assert code == 2
    assert head(pair.first.log) == before


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_copy_of_another_log_is_refused_with_its_offset(pair: Pair, until: Until) -> None:
    pair.start_first()
    pair.start_second()
    until(pair.healthy)
    assert ask(pair).HasField("position")
    pair.kill("follow")
    pair.kill("engine")
    # The primary's last event is another one than the copy's.
    db = sqlite3.connect(segment_paths(pair.first.log)[-1])
    db.execute("UPDATE events SET chain = zeroblob(32) WHERE offset = ?", (head(pair.first.log),))
    db.commit()
    db.close()
    end = head(pair.second.log)
    pair.start_first()
    code, said = ended(pair.start_second(wait=False))
    assert code == 1
    assert f"FORK: event {end} of the copy" in said
