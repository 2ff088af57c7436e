"""A load generator: calls at times fixed beforehand, each timed from when it was meant to be sent.

A closed loop asks again once it was answered; while a server stalls it asks nothing, and so it
times one slow call where all who came meanwhile had to wait. Here the schedule goes on whatever the
server does, and a call that could be sent late only is timed from its place in the schedule, so its
wait counts, too. One thread sends, waits and reads; it runs in a process of its own.
"""

from __future__ import annotations

import gc
import select
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.arrivals import Schedule
from benchmarks.http2 import Connection
from haechi.rpc.v1 import decision_service_pb2
from haechi.streams.cores import leave

_BEGIN_S: Final = 0.05
_BACKLOG_S: Final = 0.05
_LAST_FIFTH: Final = 0.8
_FEW: Final = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be sent, when and how.

    Parameters
    ----------
    port
        Where the server listens on loopback.
    path
        The method.
    due_ns
        When each message is meant to be sent, shape (n,).
    messages
        What is sent, n of them.
    metadata
        What each call carries.
    streaming
        Whether the messages of a connection share one call.
    connections
        How many; messages are dealt out in turn.
    patience_s
        How long after the last one was due answers are waited for.
    """

    port: int
    path: str
    due_ns: Schedule
    messages: Sequence[bytes]
    metadata: tuple[tuple[str, str], ...] = ()
    streaming: bool = False
    connections: int = 1
    patience_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a plan; times are nanoseconds from its start.

    Parameters
    ----------
    due_ns
        When each message was meant to be sent, shape (n,).
    sent_ns
        When it was handed to its connection, shape (n,).
    done_ns
        When its answer was there; of those that had none, when nobody waited any more, shape (n,).
    answers
        The answers; None where a call failed or was never answered.
    failures
        How many calls failed, by gRPC's status; ``none`` for those that were never answered.
    began_ns
        When it started, on the machine's monotonic clock.
    """

    due_ns: Schedule
    sent_ns: Schedule
    done_ns: Schedule
    answers: Sequence[bytes | None]
    failures: dict[str, int]
    began_ns: int

    @property
    def late_us(self) -> NDArray[np.int64]:
        """From when each was meant to be sent to its answer, microseconds, shape (n,)."""
        return (self.done_ns - self.due_ns) // 1000

    @property
    def lag_us(self) -> NDArray[np.int64]:
        """How late the generator itself was, microseconds, shape (n,)."""
        return (self.sent_ns - self.due_ns) // 1000

    @property
    def offered(self) -> float:
        """Messages a second that were meant to be sent."""
        return float(len(self.due_ns) / (self.due_ns[-1] / 1e9))

    @property
    def answered(self) -> float:
        """Answers a second, until the last one came."""
        came = sum(answer is not None for answer in self.answers)
        return float(came / (max(self.done_ns.max(), self.due_ns[-1]) / 1e9))

    def waiting(self) -> NDArray[np.int64]:
        """How many had no answer yet whenever one was meant to be sent, shape (n,)."""
        done = np.searchsorted(np.sort(self.done_ns), self.due_ns, side="right")
        return np.arange(1, len(self.due_ns) + 1) - done

    def sustained(self) -> bool:
        """Whether the server kept up: every call answered, and no backlog that grows.

        Typically over the last fifth of the run no more may wait than came in 50 ms; a run of
        some seconds so tells rates that differ by one or two percent.
        """
        if any(answer is None for answer in self.answers):
            return False
        last = self.waiting()[int(len(self.due_ns) * _LAST_FIFTH) :]
        return bool(np.median(last) <= _BACKLOG_S * self.offered + _FEW)


def drive(plan: Plan) -> Run:
    """Send what a plan says, on this thread.

    Raises
    ------
    ConnectionError
        If the server closes a connection.
    """
    gc.collect()
    gc.disable()
    try:
        with ExitStack() as stack:
            connections = [
                stack.enter_context(Connection(plan.port, plan.path, plan.metadata))
                for _ in range(plan.connections)
            ]
            return _Driving(plan, connections).drive()
    finally:
        gc.enable()


_Answer = tuple[int, int, bytes | None]
"""Its stream, when it came, and its bytes; none if the call failed."""


class _Driving:
    """One plan on its way."""

    def __init__(self, plan: Plan, connections: list[Connection]) -> None:
        self._plan = plan
        self._connections = connections
        self._streams = [one.begin() for one in connections] if plan.streaming else []
        self._sent = [0] * len(plan.messages)
        self._came: dict[Connection, list[_Answer]] = {one: [] for one in connections}
        self._unanswered: dict[Connection, set[int]] = {one: set() for one in connections}
        self._failures: Counter[str] = Counter()
        self._open = 0

    def drive(self) -> Run:
        plan, sent = self._plan, self._sent
        due, count = plan.due_ns.tolist(), len(plan.messages)
        clock = time.monotonic_ns
        began = clock() + round(_BEGIN_S * 1e9)
        give_up = due[-1] + round(plan.patience_s * 1e9)
        number = 0
        while number < count or self._open:
            now = clock() - began
            while number < count and due[number] <= now:
                self._send(number)
                sent[number] = now
                number += 1
            until = due[number] if number < count else give_up
            if number == count and now >= give_up:
                break
            blocked = [one for one in self._connections if one.flush()]
            wait_s = max(0, until - (clock() - began)) / 1e9
            ready, _, _ = select.select(self._connections, blocked, (), wait_s)
            for connection in ready:
                self._receive(connection, clock() - began)
        return self._run(began, clock())

    def _send(self, number: int) -> None:
        at = number % len(self._connections)
        connection, message = self._connections[at], self._plan.messages[number]
        if self._streams:
            connection.send(self._streams[at], message)
        else:
            self._unanswered[connection].add(connection.call(message))
        self._open += 1

    def _receive(self, connection: Connection, now: int) -> None:
        came, unanswered = self._came[connection], self._unanswered[connection]
        for stream, message, status in connection.receive():
            if message is None and self._streams:
                raise ConnectionError(f"the server ended a stream while it was asked: {status}")
            if message is not None or stream in unanswered:
                unanswered.discard(stream)
                came.append((stream, now, message))
                self._open -= 1
                if message is None:
                    self._failures[status or "reset"] += 1

    def _run(self, began: int, ended: int) -> Run:
        """Find out which answer belongs to which message."""
        count, dealt = len(self._sent), len(self._connections)
        done = [ended - began] * count
        answers: list[bytes | None] = [None] * count
        for at, came in enumerate(self._came.values()):
            for stream, now, message in came:
                place = _index_of(message) if self._streams and message else stream // 2
                done[place * dealt + at] = now
                answers[place * dealt + at] = message
        if never := sum(answer is None for answer in answers) - self._failures.total():
            self._failures["none"] = never
        sent_ns, done_ns = (np.array(times, np.int64) for times in (self._sent, done))
        return Run(self._plan.due_ns, sent_ns, done_ns, answers, dict(self._failures), began)


def _index_of(message: bytes) -> int:
    """Read which message of its stream a ``DecideStreamResponse`` answers."""
    return decision_service_pb2.DecideStreamResponse.FromString(message).index


class Generator:
    """The generator's process.

    Parameters
    ----------
    core
        Core that it leaves to the server's decisions, as gates on other machines would; or None.
    """

    def __init__(self, core: int | None) -> None:
        self._process = ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=leave, initargs=(core,)
        )

    def start(self, plan: Plan) -> Future[Run]:
        """Begin to send what a plan says."""
        return self._process.submit(drive, plan)

    def run(self, plan: Plan) -> Run:
        """Send what a plan says."""
        return self.start(plan).result()

    def close(self) -> None:
        """End the process."""
        self._process.shutdown()


@contextmanager
def generating(core: int | None) -> Iterator[Generator]:
    """Have a generator."""
    generator = Generator(core)
    try:
        yield generator
    finally:
        generator.close()
