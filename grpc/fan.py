"""One stream of events fanned out to several shards, and their answers gathered again."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from haechi.rpc.v1 import event_pb2
from haechi.rpc.v1 import ingest_service_pb2 as ingest_pb

WAITING_MOST: Final = 4096
"""Events that wait for one shard before the sender waits too."""

_LOOK_S: Final = 0.2

Sent = event_pb2.Event | bytes
Told = ingest_pb.PublishResponse


@dataclass(slots=True)
class _Open:
    """An event on its way: how many shards have yet to answer, and what is told if all do."""

    event: Sent
    left: int
    told: Told | None = None


class Fan:
    """One fanned stream; use it once.

    Parameters
    ----------
    publish
        Hands events in at one address.
    homes
        Addresses of the shards that are to have an event; none if nobody is.
    homeless
        What is told of an event that nobody is to have.
    """

    def __init__(
        self,
        publish: Callable[[str, Iterator[Sent]], Iterator[Told]],
        homes: Callable[[Sent], tuple[str, ...]],
        homeless: Callable[[], Told],
    ) -> None:
        self._publish = publish
        self._homes = homes
        self._homeless = homeless
        self._open: Final[dict[int, _Open]] = {}
        self._answers: Final[queue.SimpleQueue[tuple[int, Told] | Exception | None]] = (
            queue.SimpleQueue()
        )
        self._lanes: Final[dict[str, queue.Queue[tuple[int, Sent] | None]]] = {}
        self._read = -1
        self._over = False

    def run(self, events: Iterable[Sent]) -> Iterator[tuple[Sent, Told]]:
        """Hand events in.

        Yields
        ------
        Each event and what became of it, with its number on this stream.

        Raises
        ------
        grpc.RpcError
            If one of the shards' streams breaks.
        """
        self._start(self._hand_out, events)
        answered = 0
        try:
            while answered != self._read:
                answer = self._answers.get()
                if isinstance(answer, Exception):
                    raise answer
                if answer is None or (told := self._gathered(*answer)) is None:
                    continue
                answered += 1
                told.index = answer[0]
                yield self._open.pop(answer[0]).event, told
        finally:
            self._over = True

    def _gathered(self, number: int, told: Told) -> Told | None:
        """Take one shard's answer; what is told, once all have answered."""
        waiting = self._open[number]
        waiting.left -= 1
        if waiting.told is None or waiting.told.HasField("accepted"):
            waiting.told = told
        return None if waiting.left > 0 else waiting.told

    def _start(self, work: Callable[..., None], *given: object) -> None:
        def guarded() -> None:
            try:
                work(*given)
            except Exception as error:
                self._answers.put(error)

        threading.Thread(target=guarded, name="haechi-fan", daemon=True).start()

    def _hand_out(self, events: Iterable[Sent]) -> None:
        count = 0
        for event in events:
            homes = self._homes(event)
            self._open[count] = _Open(event, len(homes))
            for home in homes:
                self._put(home, (count, event))
            if not homes:
                self._answers.put((count, self._homeless()))
            count += 1
            if self._over:
                break
        for home in self._lanes:
            self._put(home, None)
        self._read = count
        # Whoever gathers may have the last answer already.
        self._answers.put(None)

    def _put(self, home: str, item: tuple[int, Sent] | None) -> None:
        if home not in self._lanes:
            self._lanes[home] = queue.Queue(WAITING_MOST)
            self._start(self._hand_in, home)
        while not self._over:
            with contextlib.suppress(queue.Full):
                self._lanes[home].put(item, timeout=_LOOK_S)
                break

    def _hand_in(self, home: str) -> None:
        order: list[int] = []

        def requests() -> Iterator[Sent]:
            while not self._over:
                try:
                    item = self._lanes[home].get(timeout=_LOOK_S)
                except queue.Empty:
                    continue
                if item is None:
                    return
                order.append(item[0])
                yield item[1]

        for told in self._publish(home, requests()):
            self._answers.put((order[told.index], told))
