"""Follows the engine's decisions for the face service: who is at risk, and who no longer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import grpc

from haechi.engine.codes import DecisionKind, Stage
from haechi.rpc.client import HaechiClient
from haechi.rpc.v1.decision_pb2 import LogPosition
from haechi.rpc.v1.decision_service_pb2 import WatchResponse
from haechi.rpc.watching import Watching, failure
from haechi.streams.faces.hall import Hall, News
from haechi.streams.faces.inbox import Change, Inbox, Told

FOLLOWED: Final = frozenset(DecisionKind) - {DecisionKind.PROVISIONAL}
"""What the core itself decided; a provisional answer says nothing of a person."""

_OF_TRAVELERS: Final = range(Stage.PRE_ARRIVAL, Stage.EXIT + 1)
_NOTE_EVERY_S: Final = 1.0


class FaceNews:
    """Tells the hall what the engine decides, on a thread of its own.

    Parameters
    ----------
    client
        A client with the face service's token.
    inbox
        Where the news go.
    cursor
        How far they are known; None to begin with the log's first decision.
    shard
        The engine's shard.
    failed
        Told why there will be no more news.
    """

    def __init__(
        self,
        client: HaechiClient,
        inbox: Inbox,
        cursor: LogPosition | None,
        shard: int,
        failed: Callable[[Exception], None],
    ) -> None:
        self._client = client
        self._inbox = inbox
        self._shard = shard
        self._failed = failed
        self._noted_s = 0.0
        self._closed = threading.Event()
        # Whoever was at risk before this service first ran is at risk still.
        self._watching = self._watch(cursor or LogPosition(shard=shard))
        self._thread = threading.Thread(target=self._follow, name="face-news", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Follow no more."""
        self._closed.set()
        self._watching.close()
        self._thread.join(timeout=5.0)

    def _watch(self, cursor: LogPosition) -> Watching:
        return self._client.watch(cursor, kinds=sorted(FOLLOWED))

    def _follow(self) -> None:
        while not self._closed.is_set():
            try:
                for pushed in self._watching:
                    if pushed.answer.stage in _OF_TRAVELERS:
                        self._tell(self._heard(pushed))
            except grpc.RpcError as error:
                if failure(error)[0] != grpc.StatusCode.OUT_OF_RANGE:
                    self._failed(error)
                    return
                # The log was replaced by another: all that is known is of the old one.
                self._watching = self._watch(LogPosition(shard=self._shard))

    def _tell(self, change: Change) -> None:
        while not (self._closed.is_set() or self._inbox.closed):
            try:
                self._inbox.ask(change)
            except TimeoutError:
                continue
            return

    def _heard(self, pushed: WatchResponse) -> Change:
        answer = pushed.answer
        news = News(
            int(pushed.subject_token, 16),
            answer.kind,
            answer.stage,
            answer.verdict,
            answer.code_class,
            pushed.decided_us,
        )
        now_s = time.monotonic()
        # Each note costs a commit; what is heard twice changes nothing.
        note = now_s - self._noted_s >= _NOTE_EVERY_S
        if note:
            self._noted_s = now_s

        def change(hall: Hall, now_us: int) -> Told:
            hall.hear(news, now_us)
            if note:
                hall.roster.follow(pushed.cursor)
            return None, ()

        return change
