"""The gates' Watch: takes what is pushed, and acknowledges it."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from haechi.rpc.client import HaechiClient
    from haechi.rpc.v1.decision_pb2 import GateAnswer

_AT_ONCE: Final = 64
_ATTEMPTS: Final = 100


@dataclass(frozen=True, slots=True)
class Pushed:
    """One decision that was pushed.

    Parameters
    ----------
    answer
        What the gate is told.
    site, gate
        Whom it was for; no gate means every gate of the site.
    at_s
        When it came, monotonic seconds.
    """

    answer: GateAnswer
    site: str
    gate: str
    at_s: float


class Watcher:
    """Watches for all gates of the port.

    Parameters
    ----------
    client
        A client with a gate's token.
    await_engine
        Waits until the engine is healthy; False if the demo is over before.

    Attributes
    ----------
    pushed
        What came, in order, without what came again.
    acknowledged
        How many of those were acknowledged.
    """

    def __init__(self, client: HaechiClient, await_engine: Callable[[], bool]) -> None:
        self.pushed: Final[list[Pushed]] = []
        self.acknowledged = 0
        self._client = client
        self._await_engine = await_engine
        self._seen: set[str] = set()
        self._taken: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._watching = client.watch()
        self._threads = [
            threading.Thread(target=self._watch, name="demo-watch", daemon=True),
            threading.Thread(target=self._acknowledge, name="demo-acknowledge", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def wait(self, timeout_s: float) -> bool:
        """Wait until the watch stands: what is decided from then on will come."""
        return self._watching.standing.wait(timeout_s)

    def close(self) -> None:
        """Watch no more."""
        self._watching.close()
        self._threads[0].join()
        self._taken.put(None)
        self._threads[1].join()

    def about(self, case_reference: str) -> list[Pushed]:
        """What was pushed about one case, in order."""
        return [p for p in self.pushed if p.answer.case_reference == case_reference]

    def _watch(self) -> None:
        from haechi.rpc.v1.vocabulary_pb2 import DECISION_KIND_STANDING

        for told in self._watching:
            answer = told.answer
            if answer.decision_id in self._seen:
                continue
            self._seen.add(answer.decision_id)
            self.pushed.append(Pushed(answer, told.site, told.gate, time.monotonic()))
            # A standing decision that is for no gate yet changes nothing at any of them.
            if answer.kind != DECISION_KIND_STANDING or told.gate:
                self._taken.put(answer.decision_id)

    def _acknowledge(self) -> None:
        import grpc

        while (first := self._taken.get()) is not None:
            ids, over = [first], False
            while len(ids) < _AT_ONCE and not self._taken.empty():
                more = self._taken.get()
                if more is None:
                    over = True
                    break
                ids.append(more)
            for _ in range(_ATTEMPTS):
                try:
                    told = self._client.acknowledge(ids)
                except grpc.RpcError:
                    if not self._await_engine():
                        return
                    time.sleep(0.1)
                else:
                    self.acknowledged += len(ids) - len(told.unknown_decision_ids)
                    break
            if over:
                return
