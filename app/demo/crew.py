"""Everybody at the port who talks to the engine, each with the token of the own role."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from haechi.app.demo.gates import Gates
from haechi.app.demo.ledger import Asked, Handed
from haechi.app.demo.watcher import Watcher
from haechi.engine.errors import Unavailable

if TYPE_CHECKING:
    from haechi.app.installation import Installation
    from haechi.rpc.v1.ingest_service_pb2 import PublishResponse
    from haechi.streams.simulator import Item

ROLES: Final = ("gate", "sensor", "feeder", "officer")
_LOOK_S: Final = 0.1
_STANDS_S: Final = 10.0


class Crew:
    """Sends items, each over the line of its role.

    Parameters
    ----------
    installation
        What runs.
    stop
        Set when the demo is to end early.

    Attributes
    ----------
    results
        Answers and acknowledgements as they come, and what failed.
    """

    def __init__(self, installation: Installation, stop: threading.Event) -> None:
        self.results: Final[queue.SimpleQueue[Asked | Handed | Exception]] = queue.SimpleQueue()
        self._installation = installation
        self._stop = stop
        self._open = contextlib.ExitStack()
        client = {
            role: self._open.enter_context(installation.client(role))
            for role in (*ROLES, "operator")
        }
        self._health = client["operator"]
        from haechi.rpc.line import Line

        put = self.results.put
        self.watcher: Final = Watcher(client["gate"], self._await_engine)
        self._open.callback(self.watcher.close)
        self._gates = Gates(client["gate"], self._await_engine, put, put)
        self._open.callback(self._gates.close)
        self._lines = {
            role: Line(client[role], self._await_engine, self._handed, put) for role in ROLES
        }
        for line in self._lines.values():
            self._open.callback(line.close)

    def __enter__(self) -> Self:
        if not self.watcher.wait(_STANDS_S):
            raise Unavailable(f"the gates' Watch did not stand within {_STANDS_S:g} s")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._stop.set()
        self._open.close()

    @property
    def resent(self) -> int:
        """Events that were handed in again after their stream had broken."""
        return sum(line.resent for line in self._lines.values())

    def send(self, item: Item) -> None:
        """Send an item; what becomes of it is found in :attr:`results`."""
        if item.channel == "decide":
            self._gates.ask(item)
        else:
            self._lines[item.role].send(item)

    def _handed(self, item: Item, told: PublishResponse, sent_s: float) -> None:
        self.results.put(Handed(item, told, sent_s, time.monotonic()))

    def _await_engine(self) -> bool:
        """Wait until the engine is healthy; False if the demo ends before."""
        while not self._stop.is_set():
            failure = self._installation.failed()
            if failure is not None:
                # It will not come back; whoever plays the day has to know.
                self.results.put(failure)
                return False
            if self._health.healthy():
                return True
            self._stop.wait(_LOOK_S)
        return False
