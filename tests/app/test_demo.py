"""The demo, from its parts to a small run of the whole."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from vision import missing

from haechi.app.demo.clock import Clock, Rush
from haechi.app.demo.command import _fresh
from haechi.app.demo.driver import IN_FLIGHT, Driver
from haechi.app.demo.figures import percentiles
from haechi.app.demo.ledger import Asked, Handed, Ledger
from haechi.app.demo.plan import Plan
from haechi.engine.errors import ConfigError
from haechi.rpc.v1.decision_pb2 import GateAnswer, LogPosition
from haechi.rpc.v1.ingest_service_pb2 import PublishResponse
from haechi.rpc.v1.vocabulary_pb2 import CODE_CLASS_CLEAR, VERDICT_RELEASE
from haechi.streams.monitor.estimates import wilson
from haechi.streams.simulator import Item
from haechi.streams.simulator.items import event_id

START_US = 1_760_000_000_000_000
NEVER = Rush(START_US, START_US, 2.0)


class ManyHands:
    """A crew whose engine answers in any order, several at once."""

    def __init__(self) -> None:
        self.results: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.sent: list[Item] = []
        self.most = 0
        self._open: list[Item] = []
        self._lock = threading.Lock()

    def send(self, item: Item) -> None:
        with self._lock:
            self.sent.append(item)
            self._open.append(item)
            self.most = max(self.most, len(self._open))
        threading.Timer(0.001 + (len(self.sent) * 7 % 5) / 1000, self._answer, (item,)).start()

    def _answer(self, item: Item) -> None:
        with self._lock:
            self._open.remove(item)
        if item.channel == "publish":
            self.results.put(Handed(item, PublishResponse(accepted={}), 0.0, 0.0))
            return
        answer = GateAnswer(
            decision_id=event_id(item.name),
            verdict=VERDICT_RELEASE,
            code_class=CODE_CLASS_CLEAR,
            position=LogPosition(epoch=1),
        )
        self.results.put(Asked(item, answer, None, 0.0, 0.0, 1.0))


def played() -> tuple[ManyHands, Ledger, int]:
    plan = Plan(7, flights=1, parcels=20, seconds=1.0, start_us=START_US)
    port, scenarios = plan.make()
    crew, ledger = ManyHands(), Ledger()
    driver = Driver(
        port,
        crew,  # type: ignore[arg-type]
        Clock(START_US, 1e6, NEVER),
        ledger,
        plan.end_us,
        threading.Event(),
        lambda *_: None,
    )
    driver.play([*port.items, *(item for s in scenarios for item in s.items)])
    return crew, ledger, plan.end_us


def test_each_case_keeps_its_order_while_many_are_in_flight() -> None:
    crew, ledger, end_us = played()
    last: dict[str, tuple[int, str, bool]] = {}
    for item in crew.sent:
        assert item.send_us < end_us
        if item.group:
            assert last.get(item.group, (0, "", False)) < item.order
            last[item.group] = item.order
    assert 1 < crew.most <= IN_FLIGHT
    # What follows from the answers was sent as well, and nothing twice.
    kinds = {item.kind for item in crew.sent}
    assert {"gate_action", "exit_seen", "inspection_outcome"} <= kinds
    assert len({(item.name, item.duplicate) for item in crew.sent}) == len(crew.sent)
    assert len(ledger.handed) + len(ledger.asked) <= len(crew.sent)


def test_a_clock_that_was_held_is_late_by_as_much() -> None:
    clock = Clock(START_US, 100.0, NEVER, now_s=lambda: 50.0)
    clock.begin()
    assert clock.due_s(START_US + 10_000_000) == pytest.approx(50.1)
    clock.hold(0.01)
    assert clock.held_s == 0.0
    clock.hold(2.0)
    assert clock.due_s(START_US + 10_000_000) == pytest.approx(52.1)
    assert clock.due_s(START_US - 1_000_000_000) == pytest.approx(52.0)


def test_the_interval_holds_the_share() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    for found, of in ((0, 20), (7, 20), (20, 20)):
        low, high = wilson(found / of, of)
        assert 0.0 <= low <= found / of <= high <= 1.0
    assert percentiles([]) == {"p50": None, "p99": None, "count": 0}
    assert percentiles([float(n) for n in range(100)])["p99"] == 99.0


def test_a_question_that_comes_twice_must_get_the_same_answer() -> None:
    crew, _, _ = played()
    item = next(i for i in crew.sent if i.channel == "decide")
    ledger = Ledger()
    for number, twice in (("01", False), ("01", True), ("02", True)):
        again = item.sent_at(item.send_us, duplicate=twice)
        answer = GateAnswer(decision_id=number, position=LogPosition(epoch=1))
        ledger.add(Asked(again, answer, None, 0.0, 0.0, 1.0))
    ledger.settle()
    assert (ledger.repeated, ledger.repeated_differently) == (2, 1)


def test_only_what_a_demo_made_is_removed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("keep me")
    with pytest.raises(ConfigError, match="not made by a demo"):
        _fresh(tmp_path / "mine")
    assert (tmp_path / "mine" / "letter").exists()
    first = _fresh(tmp_path / "demo")
    (first.root / "left").write_text("over")
    assert not (_fresh(tmp_path / "demo").root / "left").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_small_demo_tells_everything_and_its_lines_can_be_pasted(
    tmp_path: Path, haechi: Callable[..., tuple[int, str, str]]
) -> None:
    data = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "haechi.app", "demo", "--data", data, "--json",
         "--flights", "2", "--parcels", "60", "--seconds", "30"],
        check=False, capture_output=True, text=True, timeout=850,
    )  # fmt: skip
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    assert (done.returncode, told["faults"]) == (0, []), done.stderr
    assert [story["name"] for story in told["stories"]] == [
        "undervalued", "addresses", "seizure", "body", "bag", "handover", "family", "learned",
    ]  # fmt: skip
    assert all(story["outcome"] != "not as expected" for story in told["stories"])
    killed = told["killed"]
    assert killed["gone_s"] > 0
    assert killed["before"]["decisions"] > 0
    for kept in (killed["before"], killed["after"]):
        assert (kept["lost"], kept["changed"], kept["events_lost"]) == (0, 0, 0)
    for table in told["clickhouse"]["tables"].values():
        assert table["logged"] == table["stored"]
        assert table["missing"] + table["doubled"] + table["different"] + table["orphans"] == 0
    assert told["clickhouse"]["tables"]["decisions"]["logged"] >= killed["after"]["decisions"]
    assert told["replay"]["compared"] == told["replay"]["decisions"] > 0
    assert told["chain"]["whole"]
    assert told["played"]["pushed"] >= told["played"]["acknowledged"] > 0
    for clock in ("returned_client", "returned_server", "durable", "queryable"):
        assert 0 < told["clocks_ms"][clock]["p50"] <= told["clocks_ms"][clock]["p99"]
    found = told["detection"]
    assert found["low"] <= found["per_100"] <= found["high"]
    assert found["seized"] <= found["inspected"]
    cameras = told["cctv"]
    assert bool(cameras["skipped"]) == bool(missing())
    if not cameras["skipped"]:
        assert cameras["traces"]["found"] == []
        assert cameras["traces"]["messages"] == told["clickhouse"]["tables"]["events"]["logged"]
    # What was printed can be pasted.
    decision = told["stories"][0]["decision_id"]
    code, out, _ = haechi("explain", decision, "--data", data, "--json")
    assert code == 0
    assert json.loads(out)["verdict"] == "VERDICT_HOLD"
    assert haechi("replay", decision, "--data", data)[0] == 0
    pasted = [line for line in done.stderr.splitlines() if " sql " in line]
    assert pasted
    for line in pasted:
        ran = subprocess.run(
            line, check=False, shell=True, capture_output=True, text=True, timeout=120
        )
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout
