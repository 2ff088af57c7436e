"""Gates, sensors and feeders at work: every event is sent until the engine takes it.

What the engine acknowledged is kept, so that it can be held against the log and the store
afterwards. The mix is the simulated port's; what gates did and what officers found is sent on
top, naming decisions.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import grpc
import system_messages as messages

from haechi.app.installation import Installation
from haechi.rpc.v1 import decision_pb2, vocabulary_pb2
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.simulator import Frame, endless

Answer = decision_pb2.GateAnswer
BEHIND_US: Final = 5 * 86_400_000_000
"""How long ago the mix begins: within the days that ids are remembered."""

SUBJECTS_PER_HOUR: Final = 60.0
"""Few, so that a subject's gates come soon after its manifest."""

_BEHIND: Final = 32
"""Events that one sender may lie behind the others; it keeps manifests before gates."""

_INSPECTED: Final = 0.5


@dataclass
class Told:
    """What the clients were told.

    Parameters
    ----------
    answers
        Committed answers to gate events, by the event's bytes, each as often as it came.
    accepted
        Acknowledgements of facts, by their bytes.
    refused
        Refusals: the event and the code.
    provisional
        REFERs that were made outside the core, by the event's bytes.
    unreachable
        How often a gate had to answer by itself.
    latencies_ms
        From asking to a committed answer, where the first attempt got it.
    """

    answers: dict[bytes, list[Answer]] = field(default_factory=dict)
    accepted: dict[bytes, list[Any]] = field(default_factory=dict)
    refused: list[tuple[bytes, str]] = field(default_factory=list)
    provisional: dict[bytes, list[Answer]] = field(default_factory=dict)
    unreachable: int = 0
    latencies_ms: list[tuple[float, float]] = field(default_factory=list)

    def count(self) -> int:
        """Events acknowledged."""
        return len(self.answers) + len(self.accepted)


class Load:
    """Client threads that send the port's mix until they are stopped.

    Parameters
    ----------
    running
        The installation to send to.
    seed
        Seed of the mix.
    gates
        Threads that ask.
    per_s
        Events sent a second, at most.
    budget_ms
        How long a gate waits for an answer.
    """

    def __init__(
        self,
        running: Installation,
        seed: int,
        gates: int = 3,
        per_s: float = 600.0,
        budget_ms: int = 1000,
    ) -> None:
        self.told: Final = Told()
        self.failures: Final[list[BaseException]] = []
        self._running = running
        self._frames: Iterator[Frame] = endless(
            seed, time.time_ns() // 1000 - BEHIND_US, subjects_per_hour=SUBJECTS_PER_HOUR
        )
        self._draws = random.Random(seed)
        self._pause_s = 1.0 / per_s
        self._budget_ms = budget_ms
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._asked: Final[list[queue.Queue[bytes | None]]] = [
            queue.Queue(_BEHIND) for _ in range(gates)
        ]
        self._facts: Final[dict[str, queue.Queue[bytes | None]]] = {
            role: queue.Queue(_BEHIND) for role in ("gate", "sensor", "feeder")
        }
        self._findings: Final[queue.Queue[bytes | None]] = queue.Queue()
        self._acts: Final[queue.Queue[bytes | None]] = queue.Queue()
        jobs: list[tuple[Callable[..., None], tuple[Any, ...]]] = [(self._walk, ())]
        jobs += [(self._ask, (own,)) for own in self._asked]
        jobs += [(self._publish, (role, own)) for role, own in self._facts.items()]
        jobs += [
            (self._publish, ("officer", self._findings)),
            (self._publish, ("gate", self._acts)),
        ]
        self._threads = [
            threading.Thread(target=self._guarded, args=(job, *given), daemon=True)
            for job, given in jobs
        ]

    def start(self) -> None:
        """Begin to send."""
        for thread in self._threads:
            thread.start()

    def finish(self, timeout_s: float = 60.0) -> Told:
        """Send what is under way until all of it is acknowledged, then stop."""
        self._over.set()
        until = time.monotonic() + timeout_s
        for thread in self._threads[: 1 + len(self._asked)]:
            thread.join(max(0.0, until - time.monotonic()))
        # Gates have no more to say now.
        self._findings.put(None)
        self._acts.put(None)
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        assert not any(thread.is_alive() for thread in self._threads), "clients did not finish"
        assert not self.failures, self.failures
        return self.told

    def _guarded(self, job: Callable[..., None], *given: Any) -> None:
        try:
            job(*given)
        except BaseException as error:
            self.failures.append(error)
            raise

    def _walk(self) -> None:
        """Hand the mix out in its order, and no faster than the slowest sender."""
        number = 0
        for frame in self._frames:
            if self._over.is_set():
                break
            if frame.channel == "decide":
                self._asked[number % len(self._asked)].put(frame.raw)
                number += 1
            else:
                self._facts[frame.role].put(frame.raw)
            time.sleep(self._pause_s)
        for own in (*self._asked, *self._facts.values()):
            own.put(None)

    def _ask(self, own: queue.Queue[bytes | None]) -> None:
        with self._running.client("gate") as client:
            while (raw := own.get()) is not None:
                event = Event.FromString(raw)
                event.gate_event.budget_ms = self._budget_ms
                self._decide(client, event, event.SerializeToString())

    def _decide(self, client: Any, event: Event, raw: bytes) -> None:
        first = True
        while True:
            began = time.monotonic()
            response = client.decide(event)
            answer = response.answer
            took_ms = (time.monotonic() - began) * 1000
            if response.HasField("refusal"):
                self.told.refused.append((raw, response.refusal.code))
                return
            if answer.code_class == vocabulary_pb2.CODE_CLASS_ENGINE_UNREACHABLE:
                self.told.unreachable += 1
                time.sleep(0.2)
            elif answer.HasField("position"):
                self.told.answers.setdefault(raw, []).append(answer)
                if first:
                    self.told.latencies_ms.append((began, took_ms))
                self._follow_up(event, answer)
                return
            else:
                assert answer.verdict == vocabulary_pb2.VERDICT_REFER
                self.told.provisional.setdefault(raw, []).append(answer)
            first = False

    def _follow_up(self, event: Event, answer: Answer) -> None:
        """Tell what the gate did, and now and then what an officer found."""
        released = answer.verdict == vocabulary_pb2.VERDICT_RELEASE
        with self._lock:
            inspected = not released and self._draws.random() < _INSPECTED
            found = 1 + (self._draws.random() < 0.7)
        acted = messages.event(
            gate_action={
                "decision_id": answer.decision_id, "acted": 1 if released else 3,
                "gate": event.gate_event.gate,
            }
        )  # fmt: skip
        self._acts.put(acted.SerializeToString())
        if inspected:
            outcome = messages.event(
                inspection_outcome={
                    "decision_id": answer.decision_id, "selected_by": 1, "finding": found,
                }
            )  # fmt: skip
            self._findings.put(outcome.SerializeToString())

    def _publish(self, role: str, own: queue.Queue[bytes | None]) -> None:
        """Keep a stream open; what a broken one left open is sent again."""
        open_events: list[bytes] = []
        with self._running.client(role) as client:
            while True:
                stream = _Stream(own, open_events)
                try:
                    for told in client.publish(stream.requests()):
                        if told.refusal.code != "UNAVAILABLE":
                            self._settle(stream.take(told.index), told)
                except grpc.RpcError:
                    time.sleep(0.05)
                open_events = stream.leave()
                if stream.drained and not open_events:
                    return

    def _settle(self, raw: bytes, told: Any) -> None:
        if told.HasField("refusal"):
            self.told.refused.append((raw, told.refusal.code))
        else:
            self.told.accepted.setdefault(raw, []).append(told.accepted)


class _Stream:
    """One stream of facts; gRPC's own thread reads what to send."""

    def __init__(self, own: queue.Queue[bytes | None], again: list[bytes]) -> None:
        self._own = own
        self._lock = threading.Lock()
        self._open = dict(enumerate(again))
        self._count = len(again)
        self._left = False
        self.drained = False

    def requests(self) -> Iterator[bytes]:
        yield from list(self._open.values())
        while not self._left:
            with self._lock:
                if self._left:
                    return
                try:
                    taken = self._own.get_nowait()
                except queue.Empty:
                    taken = b""
                if taken is None:
                    self.drained = True
                    # A stream that breaks now is followed by another, which must end too.
                    self._own.put(None)
                    return
                if taken:
                    self._open[self._count] = taken
                    self._count += 1
            if taken:
                yield taken
            else:
                time.sleep(0.005)

    def take(self, index: int) -> bytes:
        with self._lock:
            return self._open.pop(index)

    def leave(self) -> list[bytes]:
        """Read no more; what is open."""
        with self._lock:
            self._left = True
            return list(self._open.values())
