"""A stream of events, many in flight: what DecideStream and Publish have in common.

Events are put into the intake as they come. Whoever knows an answer first, the dataflow or a
deadline, sends it: answers leave in the order in which they became known.
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import grpc

from haechi.operators.intake import Entry, Outcome
from haechi.rpc import wire
from haechi.rpc.answers import OVERLOADED
from haechi.rpc.callers import Caller
from haechi.rpc.entrance import UNDECODABLE, Entrance, refused
from haechi.rpc.placement import Elsewhere
from haechi.rpc.receiver import Receiver
from haechi.rpc.sender import Sender
from haechi.rpc.served import EventIntake

IN_FLIGHT_MAX: Final = 4096
"""Events of one stream that wait for their commit or for the client to read."""

PAUSE_S: Final = 0.001


class Settled(NamedTuple):
    """One event whose answer is known.

    Parameters
    ----------
    number
        Its number on the stream, from 0.
    entry
        The event.
    outcome
        What became of it; None if nobody knew in time.
    """

    number: int
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
    context
        The call's context.
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
        self,
        context: grpc.ServicerContext,
        caller: Caller,
        entrance: Entrance,
        intake: EventIntake,
        *,
        asks: bool,
    ) -> None:
        self._context = context
        self._caller = caller
        self._entrance = entrance
        self.intake: Final = intake
        self._asks = asks
        self._open: Final[dict[int, Entry]] = {}
        self._sender: Sender[Settled] | None = Sender(context, self.response, self._is_out)
        self._receiver: Receiver | None = None
        self._taken = 0
        self._answered = 0
        self._all_taken = False
        self.gone = False

    def turns_away(self, received_ns: int) -> bool:
        """Whether to refuse what came then at once, unread, for want of room."""
        return False

    @abstractmethod
    def admit(self, index: int, entry: Entry) -> None:
        """Put an entry into the intake."""

    @abstractmethod
    def response(self, settled: Settled) -> bytes:
        """Write the answer to one event."""

    @abstractmethod
    def handed_over(self, settled: Settled) -> None:
        """Learn that the answer is with the transport."""

    def begin(self) -> None:
        """Take events as they come, and return at once."""
        if not self._context.add_callback(self._leave):
            self._leave()
            return
        receiver = Receiver(self._context, self._has_room, self._take, self._over)
        self._receiver = receiver
        receiver.open()

    def read(self, requests: Iterator[bytes]) -> None:
        """Take events on this thread, which may wait, until no more come."""
        if not self._context.add_callback(self._leave):
            self._leave()
            return
        try:
            for raw in requests:
                while not self._has_room() and not self.gone:
                    time.sleep(PAUSE_S)
                self._take(raw)
        except grpc.RpcError:
            # The client has gone.
            return
        except Exception:
            # grpcio raises a bare Exception out of the iterator when the client has gone.
            if not self.gone:
                raise
            return
        self._over()

    def settle(self, index: int, outcome: Outcome | None) -> None:
        """Fix the answer to one event; whoever comes first decides."""
        entry = self._open.pop(index, None)
        if entry is not None:
            self._put(Settled(index, entry, outcome))

    def _put(self, settled: Settled) -> None:
        sender = self._sender
        if sender is not None:
            sender.put(settled)

    def overdue(self, index: int) -> None:
        """Fix that nobody knew in time."""
        self.settle(index, None)

    def _leave(self) -> None:
        self.gone = True
        # They know this call and are known to it: a circle that only the collector would undo.
        self._sender = self._receiver = None

    def _has_room(self) -> bool:
        return self._taken - self._answered < IN_FLIGHT_MAX

    def _take(self, raw: bytes) -> None:
        received_ns = time.monotonic_ns()
        index = self._taken
        self._taken += 1
        if self.turns_away(received_ns):
            self._put(
                Settled(index, refused(raw, self._caller, OVERLOADED, None, received_ns), None)
            )
            return
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

    def _over(self) -> None:
        self._all_taken = True
        self._end_if_all_answered()

    def _is_out(self, settled: Settled) -> None:
        had_room = self._has_room()
        self._answered += 1
        try:
            self.handed_over(settled)
        finally:
            receiver = self._receiver
            if self._all_taken:
                self._end_if_all_answered()
            elif receiver is not None and not had_room:
                receiver.open()

    def _end_if_all_answered(self) -> None:
        sender = self._sender
        if sender is not None and self._answered == self._taken:
            sender.end()


class Seats:
    """Bounds how many streams are open, and with them their threads and what they keep.

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
