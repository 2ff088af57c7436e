"""Plays the day: everything when it is due, several in flight, each case in its order."""

from __future__ import annotations

import heapq
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from haechi.app.demo.ledger import Asked, Handed, Ledger
from haechi.engine.errors import Unavailable

if TYPE_CHECKING:
    from haechi.app.demo.clock import Clock
    from haechi.app.demo.crew import Crew
    from haechi.streams.simulator import Item, Port

Order = tuple[int, str, bool]

IN_FLIGHT: Final = 48
"""Items that may be unacknowledged at once."""

_LOOK_S: Final = 0.2
_GONE_S: Final = 120.0


@dataclass(slots=True)
class _Group:
    """Subjects that hang together; one item of theirs is under way at most."""

    waiting: list[tuple[Order, Item]] = field(default_factory=list)
    busy: bool = False


class Driver:
    """Sends items and their follow-ups.

    Parameters
    ----------
    port
        Tells what follows from an answer.
    crew
        Sends.
    clock
        Tells when an item is due.
    ledger
        Takes what was acknowledged.
    until_us
        What happens later is not sent any more.
    stop
        Set to end early.
    look
        Called with event time and the number of items in flight before each item.
    """

    def __init__(
        self,
        port: Port,
        crew: Crew,
        clock: Clock,
        ledger: Ledger,
        until_us: int,
        stop: threading.Event,
        look: Callable[[int, int], None],
    ) -> None:
        self.sent = 0
        self._port = port
        self._crew = crew
        self._clock = clock
        self._ledger = ledger
        self._until_us = until_us
        self._stop = stop
        self._look = look
        self._groups: dict[str, _Group] = {}
        self._heads: list[tuple[Order, str]] = []
        self._under_way: dict[str, str] = {}

    def play(self, items: list[Item]) -> None:
        """Play until everything that is due before the end has been acknowledged.

        Raises
        ------
        Unavailable
            If the engine does not come back.
        """
        for item in items:
            self._add(item)
        self._clock.begin()
        silent_since = time.monotonic()
        while not self._stop.is_set():
            wait_s = self._send_due()
            if wait_s is None and not self._under_way:
                return
            try:
                result = self._crew.results.get(timeout=min(wait_s or _LOOK_S, _LOOK_S))
            except queue.Empty:
                if self._under_way and time.monotonic() - silent_since > _GONE_S:
                    raise Unavailable(
                        f"nothing was acknowledged for {_GONE_S:g} s; see run/engine.log in "
                        "the data directory"
                    ) from None
                if not self._under_way:
                    silent_since = time.monotonic()
                continue
            silent_since = time.monotonic()
            self._take(result)

    def _add(self, item: Item) -> None:
        if item.send_us >= self._until_us:
            return
        # What is about no one subject hangs together with nothing.
        name = item.group or f"alone:{item.name}:{item.duplicate}"
        group = self._groups.setdefault(name, _Group())
        heapq.heappush(group.waiting, (item.order, item))
        if not group.busy and group.waiting[0][1] is item:
            heapq.heappush(self._heads, (item.order, name))

    def _send_due(self) -> float | None:
        """Send what is due; seconds until the next is, None if there is none."""
        while self._heads:
            order, name = self._heads[0]
            group = self._groups[name]
            if group.busy or not group.waiting or group.waiting[0][0] != order:
                heapq.heappop(self._heads)
                continue
            late_s = time.monotonic() - self._clock.due_s(order[0])
            if late_s < 0:
                return -late_s
            if len(self._under_way) >= IN_FLIGHT:
                return _LOOK_S
            self._clock.hold(late_s)
            heapq.heappop(self._heads)
            self._look(order[0], len(self._under_way))
            _, item = heapq.heappop(group.waiting)
            group.busy = True
            self._under_way[_name(item)] = name
            self.sent += 1
            self._crew.send(item)
        return None

    def _take(self, result: Asked | Handed | Exception) -> None:
        if isinstance(result, Exception):
            raise result
        self._ledger.add(result)
        item = result.item
        name = self._under_way.pop(_name(item))
        group = self._groups[name]
        group.busy = False
        if isinstance(result, Asked) and result.answer is not None:
            for new in self._port.respond(item, result.answer):
                self._add(new)
        if group.waiting:
            heapq.heappush(self._heads, (group.waiting[0][0], name))


def _name(item: Item) -> str:
    return f"{item.name}:{item.duplicate}"
