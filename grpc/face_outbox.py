"""What a camera has seen and the face service has not answered yet."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import grpc

from haechi.engine.errors import HaechiError, Unavailable
from haechi.rpc.v1 import face_service_pb2 as pb
from haechi.rpc.watching import FINAL, failure

MOST: Final = 300
"""How many wait; a minute of a camera that tells five things a second."""

_BACKOFF_S: Final = (0.25, 5.0)

Observe = Callable[[Iterable[pb.ObserveRequest]], Iterator[pb.ObserveResponse]]
"""Opens a stream, as :meth:`haechi.rpc.face_client.FaceClient.observe` does."""


class FaceOutbox:
    """Sends observations in the background, again after a broken stream, in their order.

    Parameters
    ----------
    observe
        Opens a stream.
    most
        How many wait for an answer; beyond that the oldest goes, and ``dropped`` counts it.
    backoff_s
        How long it waits before it opens a stream again: at first, and at most.
    tell
        Is told, on a thread of this, when the service goes away and when it is back.

    Attributes
    ----------
    taken, events, dropped
        Observations that were taken, events that they led to, and observations that were lost.
    refusals
        Observations that were refused, by code.
    refused
        The last refusal as a sentence.
    failed
        Why no stream will ever be opened again; empty while there is hope.
    """

    def __init__(
        self,
        observe: Observe,
        most: int = MOST,
        backoff_s: tuple[float, float] = _BACKOFF_S,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.taken = self.events = self.dropped = 0
        self.refusals: Final[Counter[str]] = Counter()
        self.refused = self.failed = ""
        self._observe = observe
        self._most = most
        self._backoff_s = backoff_s
        self._tell = tell
        self._away = False
        self._change = threading.Condition()
        self._waiting: OrderedDict[int, pb.ObserveRequest] = OrderedDict()
        self._next = 0
        self._stream = 0
        self._closing = self._given_up = False
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, request: pb.ObserveRequest) -> None:
        """Hand an observation over; never waits."""
        with self._change:
            if len(self._waiting) >= self._most:
                self._waiting.popitem(last=False)
                self.dropped += 1
            self._waiting[self._next] = request
            self._next += 1
            self._change.notify_all()

    def close(self, patience_s: float) -> bool:
        """Wait until all is answered, then end.

        Parameters
        ----------
        patience_s
            How long to wait at most.

        Returns
        -------
        Whether all is answered.
        """
        with self._change:
            self._closing = True
            self._change.notify_all()
        self._thread.join(patience_s)
        with self._change:
            self._given_up = True
            self._change.notify_all()
        return not self._waiting

    def _run(self) -> None:
        wait_s, longest_s = self._backoff_s
        while self._goes_on():
            order: list[int] = []
            try:
                for answer in self._observe(self._requests(self._stream, order)):
                    wait_s = self._backoff_s[0]
                    self._answered(order[answer.index], answer)
            except grpc.RpcError as error:
                status, details = failure(error)
                if status in FINAL:
                    self.failed = details or str(status)
                    return
                self._is_away(details)
            except Unavailable as error:
                self._is_away(str(error))
            except HaechiError as error:
                self.failed = str(error)
                return
            with self._change:
                self._stream += 1
                self._change.notify_all()
                if self._waiting:
                    self._change.wait_for(lambda: self._given_up, wait_s)
            wait_s = min(2 * wait_s, longest_s)

    def _goes_on(self) -> bool:
        """Wait for something to send; False at the end."""
        with self._change:
            self._change.wait_for(lambda: self._waiting or self._closing or self._given_up)
            return bool(self._waiting) and not self._given_up

    def _requests(self, stream: int, order: list[int]) -> Iterator[pb.ObserveRequest]:
        """What waits, and what comes, for one stream; notes the numbers of what it gave."""
        last = -1

        def ahead() -> int | None:
            return next((number for number in self._waiting if number > last), None)

        def ended() -> bool:
            return self._stream != stream or self._given_up

        while True:
            with self._change:
                self._change.wait_for(lambda: ahead() is not None or ended() or self._closing)
                number = ahead()
                if ended() or number is None:
                    return
                request = self._waiting[number]
                last = number
                order.append(number)
            yield request

    def _is_away(self, why: str) -> None:
        if not self._away:
            self._away = True
            self._tell(f"the face service is away ({why}); trying again")

    def _answered(self, number: int, answer: pb.ObserveResponse) -> None:
        if self._away:
            self._away = False
            self._tell("the face service is back")
        with self._change:
            if self._waiting.pop(number, None) is None:
                return
            self.events += len(answer.event_ids)
            if answer.refusal_code:
                self.refusals[answer.refusal_code] += 1
                self.refused = answer.refusal_reason
            else:
                self.taken += 1
