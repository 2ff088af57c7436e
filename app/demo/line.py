"""A role's line to the engine: one stream of events, many in flight, in their order.

If the stream breaks, what was not acknowledged is handed in again with the same ids; an event
that was taken before has no second effect.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from haechi.app.demo.ledger import Handed
from haechi.engine.errors import ConfigError

if TYPE_CHECKING:
    from haechi.rpc.client import HaechiClient
    from haechi.rpc.v1.event_pb2 import Event
    from haechi.rpc.v1.ingest_service_pb2 import PublishResponse
    from haechi.streams.simulator import Item


class Line:
    """Hands in one role's events.

    Parameters
    ----------
    client
        A client with the role's token.
    await_engine
        Waits until the engine is healthy; False if the demo is over before.
    done
        Told what became of each event; called from the line's thread.
    failed
        Told why the line cannot go on.

    Attributes
    ----------
    resent
        Events that were handed in once more after a broken stream.
    """

    def __init__(
        self,
        client: HaechiClient,
        await_engine: Callable[[], bool],
        done: Callable[[Handed], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self.resent = 0
        self._client = client
        self._await_engine = await_engine
        self._done = done
        self._failed = failed
        self._changed = threading.Condition()
        self._new: deque[tuple[Item, float]] = deque()
        self._open: dict[int, tuple[Item, float]] = {}
        self._count = 0
        self._stream = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="demo-line", daemon=True)
        self._thread.start()

    def send(self, item: Item) -> None:
        """Hand an event in."""
        with self._changed:
            self._new.append((item, time.monotonic()))
            self._changed.notify_all()

    def close(self) -> None:
        """Let what is open be acknowledged, then end; once the demo is over, end at once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        import grpc

        from haechi.rpc.client import NOT_OURS
        from haechi.rpc.watching import failure

        while self._await_engine():
            order: list[int] = []
            with self._changed:
                self._stream += 1
            try:
                for told in self._client.publish(self._requests(self._stream, order)):
                    self._settle(order[told.index], told)
            except grpc.RpcError as error:
                status, details = failure(error)
                if status in NOT_OURS:
                    self._failed(ConfigError(f"the engine refused the token: {details}"))
                    return
            finally:
                with self._changed:
                    # Whatever thread still reads for the old stream must not go on.
                    self._stream += 1
                    self._changed.notify_all()
            if self._closed and not self._open and not self._new:
                return

    def _requests(self, stream: int, order: list[int]) -> Iterator[Event | bytes]:
        """Events of one stream: what is open, then what is new. In gRPC's own thread."""
        with self._changed:
            again = list(self._open.items())
            self.resent += len(again)
        for number, (item, _) in again:
            order.append(number)
            yield item.raw
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._new or self._closed or stream != self._stream)
                if stream != self._stream or not self._new:
                    return
                item, sent_s = self._new.popleft()
                number = self._count
                self._count += 1
                self._open[number] = (item, sent_s)
            order.append(number)
            yield item.raw

    def _settle(self, number: int, told: PublishResponse) -> None:
        if told.refusal.code == "UNAVAILABLE":
            # The engine is going; the next stream brings it once more.
            return
        with self._changed:
            item, sent_s = self._open.pop(number)
        self._done(Handed(item, told, sent_s, time.monotonic()))
