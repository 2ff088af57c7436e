"""A port is played in its order, nothing is lost, and an answer is timed from when it was due."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from benchmarks.asking import check_on_record
from benchmarks.installation import Installation
from benchmarks.pacing import pace
from benchmarks.port_driver import PortDriver
from benchmarks.processes import Child
from benchmarks.stretch import FIRST_COPY, Sample
from haechi.rpc.decide import DECIDE
from haechi.rpc.ingest import PUBLISH
from haechi.rpc.v1.decision_pb2 import GateAnswer, LogPosition, Refusal
from haechi.rpc.v1.decision_service_pb2 import DecideRequest, DecideResponse
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.ingest_service_pb2 import Accepted, PublishRequest, PublishResponse
from haechi.rpc.v1.vocabulary_pb2 import (
    CODE_CLASS_CLEAR,
    CODE_CLASS_OVERLOAD,
    VERDICT_REFER,
    VERDICT_RELEASE,
)
from haechi.streams.simulator import Item, Port, Size
from haechi.streams.simulator.draws import draws_for
from haechi.streams.simulator.templates import Numbers

START_US = 1_760_000_000_000_000
PATIENCE_S = 20.0


@dataclass
class Engine:
    """Answers everything with RELEASE; what is asked of it in between is in its fields."""

    port: int = 0
    took: list[str] = field(default_factory=list)
    outside_first: bool = False
    forgetful: bool = False
    refuses: str = ""
    stalls: str = ""
    until: str = ""
    passed: threading.Event = field(default_factory=threading.Event)
    overtaken: bool = False
    _seen: set[str] = field(default_factory=set)
    _taking: threading.Lock = field(default_factory=threading.Lock)

    def _take(self, event: Event) -> int:
        with self._taking:
            self.took.append(event.envelope.source_message_id)
            return len(self.took)

    def decide(self, raw: bytes, _: grpc.ServicerContext) -> bytes:
        event = DecideRequest.FromString(raw).event
        name = event.envelope.source_message_id
        count = self._take(event)
        if name == self.until:
            self.passed.set()
        if name == self.stalls:
            self.overtaken = self.passed.wait(PATIENCE_S)
        if self.outside_first and name not in self._seen:
            self._seen.add(name)
            outside = GateAnswer(
                verdict=VERDICT_REFER, code_class=CODE_CLASS_OVERLOAD, provisional=True
            )
            return DecideResponse(answer=outside).SerializeToString()
        identity = f"{count:032x}" if self.forgetful else event.envelope.event_id
        answer = GateAnswer(
            decision_id=identity, verdict=VERDICT_RELEASE, code_class=CODE_CLASS_CLEAR,
            position=LogPosition(offset=count),
        )  # fmt: skip
        return DecideResponse(answer=answer).SerializeToString()

    def publish(self, requests: Iterator[bytes], _: grpc.ServicerContext) -> Iterator[bytes]:
        for index, raw in enumerate(requests):
            event = PublishRequest.FromString(raw).event
            told = PublishResponse(event_id=event.envelope.event_id, index=index)
            if event.WhichOneof("kind") == self.refuses:
                told.refusal.CopyFrom(Refusal(code="NOT_TODAY"))
            else:
                told.accepted.CopyFrom(Accepted(position=LogPosition(offset=self._take(event))))
            yield told.SerializeToString()


@contextmanager
def serving(engine: Engine) -> Iterator[Engine]:
    server = grpc.server(ThreadPoolExecutor(16))
    for path, handler in (
        (DECIDE, grpc.unary_unary_rpc_method_handler(engine.decide)),
        (PUBLISH, grpc.stream_stream_rpc_method_handler(engine.publish)),
    ):
        service, _, method = path.strip("/").partition("/")
        made = grpc.method_handlers_generic_handler(service, {method: handler})
        server.add_generic_rpc_handlers((made,))
    engine.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield engine
    finally:
        server.stop(None).wait()


def small_port(start_us: int = START_US) -> Port:
    return Port(5, start_us, hours=2.0, size=Size(1, 12, 20, 5))


def driven(engine: Engine, tmp_path: Path, port: Port) -> PortDriver:
    driver = PortDriver(Installation(tmp_path), engine.port, port.respond)
    driver.add(port.items)
    return driver


def test_a_day_is_played_whole_and_each_group_in_its_order(tmp_path: Path) -> None:
    port = small_port()
    followed: dict[str, list[Item]] = {}
    answer = GateAnswer(verdict=VERDICT_RELEASE, code_class=CODE_CLASS_CLEAR)
    for item in port.play(lambda item: answer if item.channel == "decide" else None):
        followed.setdefault(item.group, []).append(item)
    with serving(Engine()) as engine, driven(engine, tmp_path, port) as driver:
        played = driver.play(1 << 62)
    assert not played.wrong()
    assert played.events == len(engine.took) == sum(map(len, followed.values()))
    asked = {item.name for of in followed.values() for item in of if item.kind == "gate_event"}
    assert {one.item.name for one in played.answered} == asked
    assert len(played.answered) == len(asked)
    for group, items in followed.items():
        if group:
            names = {item.name for item in items}
            assert [name for name in engine.took if name in names] == [one.name for one in items]


def test_a_provisional_answer_is_asked_again_and_its_time_goes_on(tmp_path: Path) -> None:
    port = small_port()
    with (
        serving(Engine(outside_first=True)) as engine,
        driven(engine, tmp_path, port) as driver,
    ):
        played = driver.play(1 << 62)
    assert not played.wrong()
    assert played.provisional == len(played.answered) > 0
    assert min(one.late_us for one in played.answered) >= 100_000


def test_what_is_refused_or_answered_anew_makes_figures_worthless(tmp_path: Path) -> None:
    port = small_port()
    refusing = Engine(refuses="scanner_result")
    with serving(refusing) as engine, driven(engine, tmp_path, port) as driver:
        assert "events refused, NOT_TODAY" in driver.play(1 << 62).wrong()[0]
    asked = next(item for item in port.items if item.kind == "gate_event")
    again = asked.sent_at(asked.send_us + 1_000_000, duplicate=True)
    with serving(Engine(forgetful=True)) as engine, driven(engine, tmp_path, port) as driver:
        driver.add([again] if again not in port.items else [])
        assert "answered differently" in driver.play(1 << 62).wrong()[0]


def test_nothing_is_sent_before_it_is_due_and_a_stall_holds_up_nothing(tmp_path: Path) -> None:
    port = small_port()
    # The day's first questions, ten milliseconds apart.
    asked = [item for item in port.items if item.kind == "gate_event" and not item.duplicate][:30]
    spaced = [item.sent_at(START_US + 10_000 * at) for at, item in enumerate(asked)]
    stalling = Engine(stalls=spaced[5].name, until=spaced[19].name)
    with (
        serving(stalling) as engine,
        PortDriver(Installation(tmp_path), engine.port, lambda item, answer: []) as driver,
    ):
        driver.add(spaced)
        began_ns = time.monotonic_ns() + 20_000_000
        played = driver.play(
            START_US + 200_000, lambda sent_us: began_ns + (sent_us - START_US) * 1000
        )
        rest = driver.play(1 << 62)
    assert (len(played.answered), len(rest.answered)) == (20, 10)
    assert min(played.lag_us) >= 0.0
    # The fifteenth behind it was sent while it waited, and it waited for that one.
    assert stalling.overtaken
    late = {one.item.name: one.late_us for one in played.answered}
    assert late[spaced[5].name] >= 140_000


def test_a_served_engine_lives_through_a_day_and_a_stretch(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    port = small_port(time.time_ns() // 1000 - 3 * 3_600_000_000)
    sample = Sample.draw(5, time.time_ns() // 1000 - 12 * 3_600_000_000)
    with Child.engine(installation.data) as engine:
        served = int(engine.ready()["port"])
        with PortDriver(installation, served, port.respond) as driver:
            driver.add(port.items)
            day = driver.play(1 << 62)
        with PortDriver(installation, served, sample.respond) as driver:
            one = pace(
                driver, sample, 5.0, 1.0, sustained=1000.0, numbers=Numbers(FIRST_COPY),
                draws=draws_for(5, "stretch"),
            )  # fmt: skip
        for played in (day, one.run_up, one.played):
            assert not played.wrong()
            check_on_record([told.answer for told in played.answered], installation)
    assert {told.item.subject for told in day.answered} == port.truth.keys()
    assert one.paced.events == one.played.events > 50
    assert len(one.paced.late_us) > 10
    assert one.run_up.events > 0
    assert min(one.played.lag_us) >= 0.0
