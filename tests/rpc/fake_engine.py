"""An engine that answers at once, or as a test wants it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from haechi.configs.port import Port
from haechi.engine.codes import CodeClass, DecisionKind, EventKind, NodeKind, Verdict
from haechi.engine.policy_table import LANES, POLICY, STAGES
from haechi.engine.records import DECISION, EVENT
from haechi.operators.intake import Entry, Intake, Outcome
from haechi.rpc.names import Names, names_of
from haechi.rpc.v1 import event_pb2
from haechi.streams.decode import Decoder
from haechi.streams.standby.standing import Standing
from haechi.streams.standing import StandingReleases
from haechi.streams.task_book import TaskBook
from haechi.streams.tokens import Tokens

GATE = "ICN-T1-EXIT-1"
OTHER_GATE = "ICN-T1-EXIT-2"
ELSEWHERE = "ICN-EXP-OUT-1"
CAMERA = "ICN-T1-CAM-EXIT-1"
TOKENS = Tokens(bytes(32))
PORT = Port.load()
NAMES: Names = names_of(PORT, TOKENS)
GATES = {place.name: place for place in NAMES.gates}


def body(
    number: int,
    offset: int,
    *,
    kind: DecisionKind = DecisionKind.ANSWER,
    verdict: Verdict = Verdict.RELEASE,
    gate: str = GATE,
    answers: bytes = b"",
) -> bytes:
    """One decision's body."""
    row = np.zeros(1, DECISION)
    row["id_hi"], row["id_lo"] = number, number + 1
    if answers:
        row["answers_hi"] = int.from_bytes(answers[:8], "little")
        row["answers_lo"] = int.from_bytes(answers[8:], "little")
    row["case_key"] = 0xABC
    row["subject"] = 0xDEF
    row["site"] = GATES[gate].site
    row["gate"] = GATES[gate].token
    row["offset"] = offset
    row["stamp_us"] = 1_700_000_000_000_000
    row["node"] = NodeKind.TRAVELER
    row["kind"] = kind
    row["verdict"] = verdict
    row["code_class"] = CodeClass.CLEAR
    row["shadow_log_odds"] = np.nan
    return row.tobytes()


@dataclass(frozen=True)
class Head:
    offset: int


class Hub:
    def __init__(self) -> None:
        self.version = 0
        self.bound = 1 << 62
        self._changed = threading.Condition()

    def committed(self) -> None:
        with self._changed:
            self.version += 1
            self._changed.notify_all()

    def wait(self, seen: int, timeout_s: float) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self.version > seen, timeout_s)
            return self.version


class Reader:
    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine

    def head(self) -> Head | None:
        return Head(len(self._engine.log) - 1) if self._engine.log else None

    def decisions_after(self, offset: int, ordinal: int, limit: int) -> list[bytes]:
        found = [one for at, one in self._engine.decided if (at, 0) > (offset, ordinal)]
        return found[:limit]

    def decision(self, decision_id: bytes) -> bytes | None:
        return next((b for _, b in self._engine.decided if b[:16] == decision_id), None)

    def close(self) -> None:
        pass


class FakeEngine:
    """One thread takes entries, logs them and completes them."""

    shard = 0
    core = None
    epoch = 3
    first_offset = 0
    standing_of_log = Standing()

    def __init__(self, limit: int = 10_000, late_limit: int = 1000) -> None:
        self.decoder = Decoder(TOKENS, PORT)
        self.intake = Intake(limit, late_limit)
        self.hub = Hub()
        self.log: list[Entry] = []
        self.decided: list[tuple[int, bytes]] = []
        self.returned: list[bytes] = []
        self.tasks = TaskBook()
        self.standing = StandingReleases(np.zeros((LANES, STAGES), POLICY))
        self.is_healthy = True
        self.outcome_of: Callable[[Entry, int], Outcome | None] = self.answer
        self._seen: dict[bytes, Outcome] = {}
        self._running = threading.Event()
        self._running.set()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def open_reader(self) -> Reader:
        return Reader(self)

    def healthy(self) -> bool:
        return self.is_healthy

    def officer_at(self, offset: int) -> str:
        return ""

    def took_effect(self, offset: int) -> bool:
        return False

    def observe_returned(self, decision_id: bytes, received_ns: int, committed_ns: int = 0) -> None:
        self.returned.append(decision_id)

    def observations(self, decision_id: bytes) -> Mapping[str, float] | None:
        return {"queue_us": 12.0, "total_us": 400.0}

    def stall(self) -> None:
        """Take nothing out of the intake."""
        self._running.clear()
        time.sleep(0.03)

    def go_on(self) -> None:
        self._running.set()

    def stop(self) -> None:
        self._stopped = True
        self._running.set()
        self._thread.join(2)

    def decide_later(self, one: bytes) -> None:
        """Commit a decision that no call waits for."""
        self.log.append(Entry(b"", "test", None))
        self.decided.append((len(self.log) - 1, one))
        self.hub.committed()

    def answer(self, entry: Entry, offset: int) -> Outcome | None:
        if entry.decoded is None:
            return Outcome(offset, False, (), entry.refusal)
        if entry.decoded.id in self._seen:
            first = self._seen[entry.decoded.id]
            return Outcome(first.offset, True, first.decisions)
        bodies: tuple[bytes, ...] = ()
        if entry.decoded.kind is EventKind.GATE_EVENT:
            bodies = (
                body(offset + 500_000, offset, kind=DecisionKind.REVISION),
                body(offset + 1_000_000, offset, answers=entry.decoded.id),
            )
            self.decided.extend((offset, one) for one in bodies)
        outcome = self._seen[entry.decoded.id] = Outcome(offset, False, bodies)
        return outcome

    def kinds(self) -> list[EventKind | None]:
        """What the log holds, None for a dead letter."""
        return [entry.decoded.kind if entry.decoded else None for entry in self.log]

    def _run(self) -> None:
        while not self._stopped:
            self._running.wait(1.0)
            if not self._running.is_set():
                continue
            for entry in self.intake.take(256, 0.02):
                self.log.append(entry)
                outcome = self.outcome_of(entry, len(self.log) - 1)
                self.hub.committed()
                if outcome is not None and entry.completion is not None:
                    entry.completion.complete(outcome)


_COUNT = iter(range(1, 1 << 30))


def event(gate: str = GATE, budget_ms: int = 200, event_id: str = "") -> event_pb2.Event:
    """A gate event that the decoder takes."""
    stage, lane = (4, "walk") if gate.startswith("ICN-T1-EXIT") else (7, "express")
    asked = event_pb2.Event()
    fill(asked, event_id)
    if stage == 7:
        del asked.envelope.subjects[:]
        asked.envelope.subjects.add(parcel_id="P-1")
    asked.gate_event.gate = gate
    asked.gate_event.lane = lane
    asked.gate_event.budget_ms = budget_ms
    asked.gate_event.presentation_id = "p-1"
    return asked


def seen(gate: str = GATE) -> event_pb2.Event:
    """Somebody left: a fact, handed in."""
    made = event_pb2.Event()
    fill(made)
    made.exit_seen.gate, made.exit_seen.stage = gate, 4
    return made


def fill(target: event_pb2.Event, event_id: str = "") -> None:
    envelope = target.envelope
    envelope.event_id = event_id or f"{next(_COUNT):032x}"
    envelope.schema_version = 1
    envelope.source = "test"
    envelope.site = "ICN-T1"
    envelope.event_time_us = time.time_ns() // 1000
    envelope.subjects.add(traveler_id="T-1")


def record(entry: Entry) -> np.void:
    assert entry.decoded is not None
    return np.frombuffer(entry.decoded.records, EVENT)[0]
