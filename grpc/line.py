"""A line to the engine: one stream of events, many in flight, in their order.

If the stream breaks, what was not acknowledged is handed in again with the same ids; an event
that was taken before has no second effect.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

import grpc

from haechi.engine.errors import ConfigError
from haechi.rpc.client import NOT_OURS, HaechiClient
from haechi.rpc.v1.ingest_service_pb2 import PublishResponse
from haechi.rpc.watching import failure


class Sendable(Protocol):
    """Something whose bytes are an event."""

    @property
    def raw(self) -> bytes:
        """The event."""
        ...


T = TypeVar("T", bound=Sendable)


class Line(Generic[T]):
    """Hands events in.

    Parameters
    ----------
    client
        A client with the sender's token.
    await_engine
        Waits until the engine is healthy; False if the line is to end before.
    done
        Told what became of each event, and when it was first sent (``time.monotonic()``); called
        from the line's thread.
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
        done: Callable[[T, PublishResponse, float], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self.resent = 0
        self._client = client
        self._await_engine = await_engine
        self._done = done
        self._failed = failed
        self._changed = threading.Condition()
        self._new: deque[tuple[T, float]] = deque()
        self._open: dict[int, tuple[T, float]] = {}
        self._count = 0
        self._stream = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="haechi-line", daemon=True)
        self._thread.start()

    @property
    def unsent(self) -> int:
        """Events that were not acknowledged yet."""
        return len(self._new) + len(self._open)

    def send(self, item: T) -> None:
        """Hand an event in."""
        with self._changed:
            self._new.append((item, time.monotonic()))
            self._changed.notify_all()

    def close(self) -> None:
        """Let what is open be acknowledged, then end; if no engine is awaited, at once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
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

    def _requests(self, stream: int, order: list[int]) -> Iterator[bytes]:
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
        self._done(item, told, sent_s)
