"""A whole engine in one process: intake, dataflow, log, replies, and starting again."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from arrivals import arrival, event_id
from border import FAMILY, SCREENED, artefact
from google.protobuf import text_format
from ledger import verified

from haechi.configs.port import Port
from haechi.configs.profile import Profile
from haechi.engine.codes import (
    DecisionKind,
    Directive,
    EventKind,
    GateActed,
    ScanKind,
    ScanResult,
    Stage,
)
from haechi.engine.errors import LogUnwritable
from haechi.engine.records import DECISION
from haechi.operators.intake import Entry, Outcome, Refusal, ReplySlot
from haechi.operators.logic import answers_of
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.engine import Engine
from haechi.streams.places import Places
from haechi.streams.tokens import Tokens

WAIT_S = 20.0


class Running:
    """Starts engines on one data directory, one after another."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.stopped = True
        self.engine = self.start()

    def start(self) -> Engine:
        self.engine = Engine(
            Places(self.data), Profile.load().engine, Port.load(), Tokens(b"k" * 32), artefact()
        )
        self.engine.start()
        self.stopped = False
        return self.engine

    def stop(self) -> None:
        if not self.stopped:
            self.stopped = True
            self.engine.stop()

    def restart(self) -> Engine:
        self.stop()
        return self.start()

    def put(self, entry: Entry) -> ReplySlot:
        slot = entry.completion = ReplySlot()
        self.engine.intake.put(entry)
        return slot

    def ask(self, entry: Entry) -> Outcome:
        outcome = self.put(entry).wait(WAIT_S)
        assert outcome is not None
        return outcome


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    one = Running(tmp_path)
    yield one
    one.stop()


NOW = time.time_ns() // 1000


def manifest(number: int = 1, ref: int = 1) -> Entry:
    return arrival(EventKind.TRAVELER_MANIFEST, number, NOW, ref=ref, node=1, flight=10)


def gate(number: int, ref: int = 1, lane: int = FAMILY) -> Entry:
    fields: dict[str, Any] = {"ref": ref, "node": 1, "stage": Stage.EXIT, "gate": 5}
    return arrival(EventKind.GATE_EVENT, number, NOW, lane=lane, budget_ms=250, **fields)


def clear(number: int, ref: int = 1) -> Entry:
    fields: dict[str, Any] = {"mode": ScanKind.BODY_MM_WAVE, "result": ScanResult.CLEAR}
    return arrival(EventKind.SCANNER_RESULT, number, NOW, ref=ref, node=1, score=0.0, **fields)


def the_answer(outcome: Outcome, number: int) -> bytes:
    (body,) = [b for b in outcome.decisions if answers_of(b) == event_id(number)]
    return body


def test_a_gate_is_answered_and_on_record(running: Running) -> None:
    running.ask(manifest())
    body = the_answer(running.ask(gate(2)), 2)
    reader = running.engine.open_reader()
    assert reader.decision(body[:16]) == body
    reader.close()
    assert running.engine.healthy()


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core leaves no choice")
def test_the_dataflow_has_a_core_and_its_starter_keeps_its_own(running: Running) -> None:
    engine = running.engine
    assert os.sched_getaffinity(engine._thread.native_id or 0) == {engine.core}
    assert len(os.sched_getaffinity(0)) > 1


def test_restarts_lose_and_change_nothing(running: Running) -> None:
    running.ask(manifest())
    first = running.ask(gate(2))
    running.restart()
    again = running.ask(gate(2))
    assert again.duplicate
    assert (again.offset, again.decisions) == (first.offset, first.decisions)
    action = arrival(
        EventKind.GATE_ACTION, 3, NOW, target=the_answer(first, 2)[:16], acted=GateActed.OPENED
    )
    assert running.ask(action).refusal is None
    engine = running.restart()
    assert engine.recovered.compared == engine.recovered.decisions > 0
    assert engine.epoch == 3
    running.ask(gate(4))
    running.stop()
    assert verified(running.data / "log").events == 7


def spoken(engine: Engine, number: int, kind: str, *subjects: str) -> Entry:
    """An event as a client sends it, its kind and subjects as text."""
    named = " ".join(f"subjects {{ {name} }}" for name in subjects)
    envelope = f'event_id: "e-{number}" schema_version: 1 event_time_us: {NOW} {named}'
    raw = text_format.Parse(f"envelope {{ {envelope} }} {kind}", Event()).SerializeToString()
    return Entry(raw, "test", engine.decoder.decode(raw))


def test_a_bag_in_other_hands_is_in_the_gates_own_answer_and_is_replayed(running: Running) -> None:
    engine = running.engine
    owner, carrier, tag = 'traveler_id: "T-1"', 'traveler_id: "T-2"', 'bag_tag: "0180"'
    running.ask(spoken(engine, 1, 'traveler_manifest { bags { bag_tag: "0180" } }', owner))
    running.ask(spoken(engine, 2, "traveler_manifest { }", carrier))
    asks = spoken(engine, 3, 'gate_event { gate: "ICN-T1-EXIT-2" budget_ms: 250 }', carrier, tag)
    outcome = running.ask(asks)
    told = np.frombuffer(b"".join(outcome.decisions), DECISION)
    assert told["kind"].tolist() == [DecisionKind.STANDING, DecisionKind.ANSWER]
    assert set(told["directive"].tolist()) == {Directive.BAG_SEARCH}
    engine = running.restart()
    assert engine.recovered.compared == engine.recovered.decisions == 4


def test_a_gate_that_waits_is_answered_without_more_traffic(running: Running) -> None:
    running.ask(manifest())
    slot = running.put(gate(2, lane=SCREENED))
    outcome = slot.wait(WAIT_S)
    assert outcome is not None
    the_answer(outcome, 2)
    again = running.ask(gate(2, lane=SCREENED))
    assert the_answer(again, 2) == the_answer(outcome, 2)


def test_the_evidence_answers_a_gate_that_waits(running: Running) -> None:
    running.ask(manifest())
    slot = running.put(gate(2, lane=SCREENED))
    running.put(clear(3))
    outcome = slot.wait(WAIT_S)
    assert outcome is not None
    the_answer(outcome, 2)


def test_a_refusal_is_kept(running: Running) -> None:
    entry = Entry(b"\xff\xff", "test", None, Refusal("UNDECODABLE", "no event"))
    outcome = running.ask(entry)
    assert outcome.refusal is not None
    reader = running.engine.open_reader()
    event = reader.event(outcome.offset)
    assert event is not None
    assert event.kind == EventKind.DEAD_LETTER
    assert b"UNDECODABLE" in reader.payload(event)
    reader.close()


def test_many_at_once_are_all_answered_once(running: Running) -> None:
    slots = {}
    for ref in range(1, 301):
        running.put(manifest(1000 + ref, ref))
        slots[ref] = running.put(gate(5000 + ref, ref))
    outcomes = {ref: slot.wait(WAIT_S) for ref, slot in slots.items()}
    for ref, outcome in outcomes.items():
        assert outcome is not None
        the_answer(outcome, 5000 + ref)
    offsets = [outcome.offset for outcome in outcomes.values() if outcome is not None]
    assert offsets == sorted(set(offsets))


def test_a_log_that_fails_ends_the_engine_and_answers_nobody(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    running.ask(manifest())
    causes: list[BaseException] = []
    running.engine.on_death(causes.append)

    def fail(*_: Any, **__: Any) -> int:
        raise LogUnwritable("disk full")

    monkeypatch.setattr(running.engine._writer, "append", fail)
    monkeypatch.setattr("threading.excepthook", lambda _: None)
    slot = running.put(gate(2))
    running.engine._thread.join(WAIT_S)
    assert not running.engine.healthy()
    assert slot.wait(0.0) is None
    assert len(causes) == 1
