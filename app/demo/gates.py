"""The port's gates: they ask, and act on what they are told.

A gate that gets no answer of the core in time has been told REFER by the client library or by
the server. It keeps shut, and asks again with the same id until the core has answered.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from haechi.app.demo.ledger import Asked

if TYPE_CHECKING:
    from haechi.rpc.client import HaechiClient
    from haechi.streams.simulator import Item

AT_ONCE: Final = 8
"""Gates that may wait for an answer at the same time."""

_PAUSE_S: Final = 0.1


class Gates:
    """Asks, several questions in flight.

    Parameters
    ----------
    client
        A client with a gate's token.
    await_engine
        Waits until the engine is healthy; False if the demo is over before.
    done
        Told each answer; called from the gate's thread.
    failed
        Told why a gate cannot go on.
    """

    def __init__(
        self,
        client: HaechiClient,
        await_engine: Callable[[], bool],
        done: Callable[[Asked], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._client = client
        self._await_engine = await_engine
        self._done = done
        self._failed = failed
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="demo-gate")

    def ask(self, item: Item) -> None:
        """Ask in a thread of the gate's own."""
        self._pool.submit(self._ask, item)

    def close(self) -> None:
        """Let the last answers come."""
        self._over.set()
        self._pool.shutdown(cancel_futures=True)

    def _ask(self, item: Item) -> None:
        try:
            self._done(self._answered(item))
        except Exception as error:
            self._failed(error)

    def _answered(self, item: Item) -> Asked:
        from haechi.rpc.v1.vocabulary_pb2 import CodeClass

        first_s = time.monotonic()
        stood_in: list[str] = []
        while True:
            began_s = time.monotonic()
            response = self._client.decide(item.event)
            now_s = time.monotonic()
            latency_ms = (now_s - began_s) * 1000
            told, refused = response.answer, response.HasField("refusal")
            if refused or told.HasField("position"):
                refusal = response.refusal if refused else None
                answer = None if refused else told
                return Asked(item, answer, refusal, first_s, now_s, latency_ms, tuple(stood_in))
            stood_in.append(CodeClass.Name(told.code_class).removeprefix("CODE_CLASS_"))
            if self._over.wait(_PAUSE_S) or not self._await_engine():
                return Asked(item, None, None, first_s, now_s, latency_ms, tuple(stood_in))
