"""Statements at work: each in its own thread, its result handed to the event loop in pieces."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from haechi.streams.store.refusals import QUERY_WAS_CANCELLED, Refusal, refusal_of

_PIECES_AHEAD: Final = 4
"""Pieces that may wait for a slow reader."""
_KILL_EVERY_S: Final = 0.1
_KILL_TIMES: Final = 100


@dataclass(frozen=True, slots=True)
class Heading:
    """What is known once a statement has begun to answer.

    Parameters
    ----------
    result_format
        ClickHouse's name of the result's format.
    summary
        Rows and bytes read or written, as ``X-ClickHouse-Summary`` has them.
    """

    result_format: str
    summary: dict[str, str] = field(default_factory=dict)


Work = Callable[[str], Generator[Heading | bytes]]
"""Given a mark for ``log_comment``, yields a heading and then the result's pieces."""


class Job:
    """One statement at work.

    Parameters
    ----------
    work
        What to do, in a thread.
    kill
        Cancels the statement with a mark, from another thread.
    """

    def __init__(self, work: Work, kill: Callable[[str], None]) -> None:
        self.mark = secrets.token_hex(8)
        self._work = work
        self._kill = kill
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[Heading | bytes | Refusal | None] = asyncio.Queue(_PIECES_AHEAD)
        self._cancelled = threading.Event()
        self._done = asyncio.Event()
        self._ended = False

    def start(self, threads: Executor) -> None:
        """Begin, as soon as a thread is free."""
        self._loop.run_in_executor(threads, self._run).add_done_callback(lambda _: self._done.set())

    async def next(self) -> Heading | bytes | Refusal | None:
        """Give the heading, then pieces, then None; or a refusal, which ends it."""
        piece = await self._pieces.get()
        self._ended = piece is None or isinstance(piece, Refusal)
        return piece

    async def cancel(self) -> None:
        """Stop it and wait until its thread is free."""
        self._cancelled.set()
        # Again and again: the statement may not have begun when the first one comes.
        for _ in range(_KILL_TIMES):
            while not self._pieces.empty():
                self._pieces.get_nowait()
            if self._done.is_set():
                # Whoever still waits for a piece is told.
                self._pieces.put_nowait(Refusal(QUERY_WAS_CANCELLED, "Query was cancelled"))
                return
            await asyncio.to_thread(self._kill, self.mark)
            try:
                await asyncio.wait_for(self._done.wait(), _KILL_EVERY_S)
            except TimeoutError:
                continue

    async def finish(self) -> None:
        """Wait until its thread is free; what has not ended by itself is cancelled."""
        if self._ended:
            await self._done.wait()
        else:
            await self.cancel()

    def _run(self) -> None:
        try:
            if not self._cancelled.is_set():
                # Closed here, in its own thread, so that a cancelled stream ends there too.
                with closing(self._work(self.mark)) as pieces:
                    for piece in pieces:
                        self._put(piece)
            self._put(None)
        except Exception as error:
            # Whatever a statement raises is its own failure, told to its client.
            self._put(refusal_of(error), even_if_cancelled=True)

    def _put(
        self, piece: Heading | bytes | Refusal | None, *, even_if_cancelled: bool = False
    ) -> None:
        if self._cancelled.is_set():
            if even_if_cancelled:
                return
            raise Refusal(QUERY_WAS_CANCELLED, "Query was cancelled")
        asyncio.run_coroutine_threadsafe(self._pieces.put(piece), self._loop).result()
