"""A stream of events, many in flight: what DecideStream and Publish have in common.

One thread reads requests and puts events into the intake. The dataflow's thread completes them
into a queue. The thread that gRPC gave the call takes answers out of that queue and sends them,
in the order in which they became known.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import grpc

from haechi.operators.intake import Entry, Outcome
from haechi.rpc import wire
from haechi.rpc.callers import Caller
from haechi.rpc.entrance import UNDECODABLE, Entrance, refused
from haechi.rpc.placement import Elsewhere
from haechi.rpc.served import EventIntake

IN_FLIGHT_MAX: Final = 4096
"""Events of one stream that wait for their commit or for the client to read."""

PAUSE_S: Final = 0.001
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settled:
    """One event whose answer is known.

    Parameters
    ----------
    index
        Its number on the stream, from 0.
    entry
        The event.
    outcome
        What became of it; None if nobody knew in time.
    """

    index: int
    entry: Entry
    outcome: Outcome | None


class Completion:
    """Completes one event of a stream, on the dataflow's thread."""

    __slots__ = ("_index", "_pipeline")

    def __init__(self, pipeline: Pipeline, index: int) -> None:
        self._pipeline = pipeline
        self._index = index

    def complete(self, outcome: Outcome) -> None:
        """Pass the outcome on, unless a deadline came first."""
        self._pipeline.settle(self._index, outcome)


class Pipeline(ABC):
    """One call of a streaming method.

    Parameters
    ----------
    caller
        Who calls.
    entrance
        Makes entries.
    intake
        The engine's intake.
    asks
        Whether gates ask here, or facts are handed in.
    """

    def __init__(
        self, caller: Caller, entrance: Entrance, intake: EventIntake, *, asks: bool
    ) -> None:
        self._caller = caller
        self._entrance = entrance
        self.intake: Final = intake
        self._asks = asks
        self._open: Final[dict[int, Entry]] = {}
        self._settled: Final[queue.SimpleQueue[Settled | None]] = queue.SimpleQueue()
        self._read = -1
        self.gone = False

    @abstractmethod
    def admit(self, index: int, entry: Entry) -> None:
        """Put an entry into the intake."""

    @abstractmethod
    def response(self, settled: Settled) -> bytes:
        """Write the answer to one event."""

    @abstractmethod
    def handed_over(self, settled: Settled) -> None:
        """Learn that the answer is with the transport."""

    def run(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        """Serve the call."""
        if not context.add_callback(self._leave):
            return
        threading.Thread(
            target=self._read_all, args=(requests,), name="haechi-stream-reader", daemon=True
        ).start()
        answered = 0
        while answered != self._read:
            settled = self._settled.get()
            if self.gone:
                return
            if settled is None:
                continue
            yield self.response(settled)
            answered += 1
            self.handed_over(settled)

    def settle(self, index: int, outcome: Outcome | None) -> None:
        """Fix the answer to one event; whoever comes first decides."""
        entry = self._open.pop(index, None)
        if entry is not None:
            self._settled.put(Settled(index, entry, outcome))

    def overdue(self, index: int) -> None:
        """Fix that nobody knew in time."""
        self.settle(index, None)

    def _leave(self) -> None:
        self.gone = True
        self._settled.put(None)

    def _read_all(self, requests: Iterator[bytes]) -> None:
        index = 0
        try:
            for raw in requests:
                received_ns = time.monotonic_ns()
                while len(self._open) + self._settled.qsize() >= IN_FLIGHT_MAX and not self.gone:
                    time.sleep(PAUSE_S)
                completion = Completion(self, index)
                event = wire.event_of(raw)
                if event is None:
                    entry = refused(raw, self._caller, UNDECODABLE, completion, received_ns)
                else:
                    entry = self._entrance.entry(
                        event, self._caller, completion, received_ns, asks=self._asks
                    )
                self._open[index] = entry
                if isinstance(entry.refusal, Elsewhere):
                    self.settle(index, None)
                else:
                    self.admit(index, entry)
                index += 1
        except grpc.RpcError:
            pass
        except Exception:
            # grpcio raises a bare Exception out of the iterator when the client has gone.
            if not self.gone:
                _LOG.exception("a stream's reader failed")
        self._read = index
        self._settled.put(None)


class Seats:
    """Bounds how many streams are open, so that their threads are bounded too.

    Parameters
    ----------
    most
        Streams that may be open at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._free = threading.BoundedSemaphore(most)

    def take(self, context: grpc.ServicerContext) -> None:
        """Take a seat until the call ends; ends the call if none is free."""
        if not self._free.acquire(blocking=False):
            context.abort(
                grpc.StatusCode.RESOURCE_EXHAUSTED,
                f"{self._most} streams are open, the most that are served at once: share a "
                "stream between gates, or raise server.streams_max",
            )
        release: Callable[[], None] = self._free.release
        if not context.add_callback(release):
            release()
