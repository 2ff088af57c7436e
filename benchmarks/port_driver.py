"""Plays a simulated port against a served engine, with everything that follows from its answers.

In a *closed loop* events go out in the order of the day, as fast as the engine takes them: of
subjects that hang together one at a time, so that what follows from an answer comes in its place.
In an *open loop* each goes out when it is due on the wall clock, whatever the engine does, and an
answer is timed from when its question was due. One thread sends, waits and reads, over a connection
for gates' questions and one a role for what is published.
"""

from __future__ import annotations

import gc
import heapq
import select
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from benchmarks.http2 import Connection
from benchmarks.installation import Installation
from benchmarks.port_run import Inspection
from haechi.engine.codes import NodeKind
from haechi.rpc import wire
from haechi.rpc.decide import DECIDE
from haechi.rpc.ingest import PUBLISH
from haechi.rpc.roles import Role
from haechi.rpc.v1.decision_pb2 import GateAnswer, Refusal
from haechi.rpc.v1.decision_service_pb2 import DecideResponse
from haechi.rpc.v1.ingest_service_pb2 import PublishResponse
from haechi.rpc.v1.officers_pb2 import FINDING_FOUND
from haechi.streams.simulator import Item

IN_FLIGHT: Final = 64
"""Events under way at once in a closed loop."""

ROLES: Final = (Role.GATE, Role.SENSOR, Role.FEEDER, Role.OFFICER)
_AGAIN_US: Final = 100_000
_LOOK_S: Final = 0.5
_GONE_S: Final = 60.0
_LATER: Final = frozenset({"OVERLOADED", "UNAVAILABLE"})
"""Refusals that say to ask again."""

Respond = Callable[[Item, GateAnswer], list[Item]]
"""What follows from an answer."""


@dataclass(slots=True)
class Sent:
    """One event under way; times are nanoseconds of the monotonic clock.

    Parameters
    ----------
    item
        The event.
    due_ns
        When it was to be sent.
    sent_ns
        When it was.
    """

    item: Item
    due_ns: int
    sent_ns: int


@dataclass(frozen=True, slots=True)
class Answered:
    """One question and the core's answer.

    Parameters
    ----------
    item
        The question.
    answer
        The answer.
    late_us
        From when it was due to this answer, however often it was asked, microseconds.
    """

    item: Item
    answer: GateAnswer
    late_us: float


@dataclass(slots=True)
class Played:
    """What became of what was sent.

    Attributes
    ----------
    answered
        Questions in the order of their answers, without repetitions.
    lag_us
        How late each event was sent, microseconds.
    acknowledged_us
        From when each published event was due until it was acknowledged, microseconds.
    inspections
        That took place, or were to.
    provisional
        Answers made outside the core; their questions were asked again.
    refused
        Events that were not taken, by the refusal's code.
    repeated_differently
        Repeated questions whose answer was not the first one.
    kinds
        Events by kind.
    took_s
        How long it took, seconds.
    """

    answered: list[Answered] = field(default_factory=list)
    lag_us: list[float] = field(default_factory=list)
    acknowledged_us: list[float] = field(default_factory=list)
    inspections: list[Inspection] = field(default_factory=list)
    provisional: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    repeated_differently: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    took_s: float = 0.0

    @property
    def events(self) -> int:
        """How many were sent."""
        return self.kinds.total()

    def wrong(self) -> list[str]:
        """What makes every figure of it worthless; nothing, if all is well."""
        found = [f"{count} events refused, {code}" for code, count in self.refused.items()]
        if self.repeated_differently:
            found.append(f"{self.repeated_differently} repeated questions answered differently")
        return found


class PortDriver:
    """A port at an engine's door.

    Parameters
    ----------
    installation
        The engine's, for tokens.
    port
        Where it listens on loopback.
    respond
        What follows from an answer.
    """

    def __init__(self, installation: Installation, port: int, respond: Respond) -> None:
        self._respond = respond
        self._open = ExitStack()
        self._gates = self._open.enter_context(
            Connection(port, DECIDE, installation.token(Role.GATE))
        )
        lines = {
            role.value: self._open.enter_context(
                Connection(port, PUBLISH, installation.token(role))
            )
            for role in ROLES
        }
        self._lines = {role: (line, line.begin()) for role, line in lines.items()}
        self._connections = [self._gates, *lines.values()]
        self._waiting: list[tuple[tuple[int, str, bool], Item]] = []
        self._asked: dict[int, Sent] = {}
        self._handed: dict[Connection, dict[int, Sent]] = {line: {} for line in lines.values()}
        self._counts: Counter[Connection] = Counter()
        self._groups: dict[str, deque[Item]] | None = None
        self._first: dict[str, str] = {}
        self._again: list[tuple[int, int, Sent]] = []
        self._played = Played()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def add(self, items: Iterable[Item]) -> None:
        """Have more to be played."""
        for item in items:
            heapq.heappush(self._waiting, (item.order, item))

    def play(
        self,
        until_us: int,
        due_ns: Callable[[int], int] | None = None,
        told: Callable[[int], None] | None = None,
    ) -> Played:
        """Play until nothing is left that is sent before a time, and all is acknowledged.

        Parameters
        ----------
        until_us
            What is sent at this time of the day or later stays, for the next time.
        due_ns
            When something of a time of the day is due on the monotonic clock; None for the closed
            loop.
        told
            Called now and then with how many events were sent.

        Raises
        ------
        RuntimeError
            If the engine says nothing for a minute.
        ConnectionError
            If it closes a connection.
        """
        self._played = Played()
        self._groups = {} if due_ns is None else None
        gc.collect()
        gc.disable()
        began = time.monotonic()
        try:
            self._loop(until_us, due_ns, told or (lambda _: None))
        finally:
            gc.enable()
        self._played.took_s = time.monotonic() - began
        return self._played

    def _loop(
        self, until_us: int, due_ns: Callable[[int], int] | None, told: Callable[[int], None]
    ) -> None:
        clock, heard = time.monotonic_ns, time.monotonic_ns()
        while True:
            now = clock()
            next_ns = self._send_due(until_us, due_ns, now)
            under_way = self._under_way()
            if next_ns is None and not under_way:
                return
            if not under_way:
                heard = now
            elif now - heard > _GONE_S * 1e9:
                raise RuntimeError(
                    f"nothing was answered for {_GONE_S:g} s, {under_way} events wait: look at "
                    "what the engine said above"
                )
            blocked = [one for one in self._connections if one.flush()]
            pause_s = _LOOK_S if next_ns is None else (next_ns - clock()) / 1e9
            wait_s = min(max(pause_s, 0.0), _LOOK_S)
            ready, _, _ = select.select(self._connections, blocked, (), wait_s)
            came = [(one, one.receive(), clock()) for one in ready]
            for connection, received, at in came:
                for one in received:
                    heard = at
                    if connection is self._gates:
                        self._answer(one.stream, one.message, one.status, at)
                    elif one.message is None:
                        raise ConnectionError(f"the engine ended a stream of events: {one.status}")
                    else:
                        self._acknowledge(connection, one.message, at)
            told(self._played.events)

    def _under_way(self) -> int:
        return len(self._asked) + len(self._again) + sum(map(len, self._handed.values()))

    def _send_due(self, until_us: int, due_ns: Callable[[int], int] | None, now: int) -> int | None:
        """Send what is due; when the next is, None if nothing is left or an answer is needed."""
        while self._again and self._again[0][0] <= now:
            _, _, sent = heapq.heappop(self._again)
            self._ask(sent)
        again = [self._again[0][0]] if self._again else []
        while self._waiting and self._waiting[0][0][0] < until_us:
            item = self._waiting[0][1]
            if due_ns is None:
                if self._under_way() >= IN_FLIGHT:
                    break
                heapq.heappop(self._waiting)
                if not self._held_back(item):
                    self._send(Sent(item, now, now))
                continue
            at = due_ns(item.send_us)
            if at > now:
                return min([at, *again])
            heapq.heappop(self._waiting)
            self._send(Sent(item, at, now))
            now = time.monotonic_ns()
        return min(again, default=None)

    def _held_back(self, item: Item) -> bool:
        """Whether one of the same group is under way; then it waits for that."""
        if self._groups is None or not item.group:
            return False
        held = self._groups.get(item.group)
        if held is None:
            self._groups[item.group] = deque()
            return False
        held.append(item)
        return True

    def _let_go(self, item: Item) -> None:
        """Have those come that waited for an item."""
        if self._groups is not None and item.group:
            self.add(self._groups.pop(item.group))

    def _send(self, sent: Sent) -> None:
        item, played = sent.item, self._played
        played.kinds[item.kind] += 1
        played.lag_us.append((sent.sent_ns - sent.due_ns) / 1e3)
        if item.channel == "decide":
            self._ask(sent)
            return
        if item.kind == "inspection_outcome" and item.subject and not item.duplicate:
            outcome = item.event.inspection_outcome
            node = NodeKind.PARCEL if item.subject.startswith("PX-") else NodeKind.TRAVELER
            found = outcome.finding == FINDING_FOUND
            inspection = Inspection(item.subject, 0, node, outcome.selected_by, found)
            played.inspections.append(inspection)
        line, stream = self._lines[item.role]
        line.send(stream, wire.request(item.raw))
        self._handed[line][self._counts[line]] = sent
        self._counts[line] += 1

    def _ask(self, sent: Sent) -> None:
        self._asked[self._gates.call(wire.request(sent.item.raw))] = sent

    def _acknowledge(self, line: Connection, message: bytes, at: int) -> None:
        told = PublishResponse.FromString(message)
        sent = self._handed[line].pop(told.index)
        if told.event_id != sent.item.event.envelope.event_id:
            raise RuntimeError(f"another event was acknowledged than was sent: {told}")
        if not told.HasField("accepted"):
            self._refuse(told.refusal)
        self._played.acknowledged_us.append((at - sent.due_ns) / 1e3)
        self._let_go(sent.item)

    def _answer(self, stream: int, message: bytes | None, status: str, at: int) -> None:
        if message is None:
            if (lost := self._asked.pop(stream, None)) is not None:
                self._played.refused[status or "reset"] += 1
                self._let_go(lost.item)
            return
        sent = self._asked.pop(stream)
        told = DecideResponse.FromString(message)
        refused = told.HasField("refusal") and told.refusal.code not in _LATER
        if not refused and not told.answer.HasField("position"):
            # The gate keeps shut, and asks again with the same id until the core has answered.
            self._played.provisional += 1
            heapq.heappush(self._again, (at + _AGAIN_US * 1000, id(sent), sent))
            return
        if refused:
            self._refuse(told.refusal)
        else:
            self._take(sent, told.answer, at)
        self._let_go(sent.item)

    def _take(self, sent: Sent, answer: GateAnswer, at: int) -> None:
        item = sent.item
        known = self._first.setdefault(item.name, answer.decision_id)
        if item.duplicate:
            self._played.repeated_differently += known != answer.decision_id
            return
        self._played.answered.append(Answered(item, answer, (at - sent.due_ns) / 1e3))
        self.add(self._respond(item, answer))

    def _refuse(self, refusal: Refusal) -> None:
        self._played.refused[refusal.code or "without a reason"] += 1
