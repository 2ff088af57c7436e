"""How far the reading of each partition is: counted by what was done, never by what was handed out.

Faust hands out messages and keeps the tables; around a rebalance it may leave messages out, and
its own count takes those for done, as it does with those that were broken off. So offsets are
counted here: what was left out is read again before what came after it, and only what was done is
committed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from haechi.engine.errors import Unavailable
from haechi.streams.ingest.raw import Raw
from haechi.streams.ingest.source import Partition, Source

AGAIN_S: Final = 10.0
"""After so long without a move, messages that are there are asked for once more."""

STILL_S: Final = 30.0
"""A partition that owes something and has not moved for so long stands still."""

_LOOK_S: Final = 0.01
_PAUSE_S: Final = 1.0
_APART_S: Final = 15.0

T = TypeVar("T")
Handle = Callable[[Raw], Awaitable[None]]


@dataclass(slots=True)
class _At:
    """Where one partition is.

    Parameters
    ----------
    due
        Offset of the message that is next.
    committed
        Offset that Kafka knows.
    moved_s
        When either last changed, by the monotonic clock.
    asked_for
        Offset from which messages were last asked for once more.
    """

    due: int
    committed: int
    moved_s: float
    asked_for: int = -1


class Progress:
    """Takes messages in their order, without gaps, and commits what was done.

    Parameters
    ----------
    source
        Reads what Faust left out.
    commit
        Commits offsets once everything sent so far is delivered; whether Kafka took them.
    hand_out
        Has Faust hand out a partition's messages from an offset on.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        source: Source,
        commit: Callable[[Mapping[Partition, int]], Awaitable[bool]],
        hand_out: Callable[[Partition, int], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source: Final = source
        self._commit: Final = commit
        self._hand_out: Final = hand_out
        self._clock: Final = clock
        self._asking: Final = asyncio.Lock()
        self._at: dict[Partition, _At] = {}
        self._taking = 0
        self._looked_s = self._looking_since_s = clock()
        self.left_out = 0
        """Messages that Faust left out and that were read again."""

    async def take(self, raw: Raw, handle: Handle) -> None:
        """Do what a message says, after whatever was left out before it.

        Parameters
        ----------
        raw
            The message as Faust hands it out; one that was done already is passed over.
        handle
            Does it.
        """
        self._taking += 1
        try:
            partition = raw.topic, raw.partition
            at = await self._where(partition)
            while at.due < raw.offset:
                skipped = await self._insist(self._source.between, partition, at.due, raw.offset)
                for one in skipped:
                    self.left_out += 1
                    await handle(one)
                    self._done(at, one.offset)
                if not skipped:
                    self._done(at, raw.offset - 1)
            if at.due == raw.offset:
                await handle(raw)
                self._done(at, raw.offset)
        finally:
            self._taking -= 1

    async def idle(self, patience_s: float) -> None:
        """Wait until no message is being handled, or as long as may be."""
        until = self._clock() + patience_s
        while self._taking and self._clock() < until:
            await asyncio.sleep(_LOOK_S)

    async def commit(self) -> None:
        """Commit what was done."""
        book = self._at
        offsets = {one: at.due for one, at in book.items() if at.due > at.committed}
        if offsets and await self._commit(offsets):
            for one, offset in offsets.items():
                book[one].committed = offset
                book[one].moved_s = self._clock()

    def begin_again(self) -> None:
        """Forget everything: partitions are given out anew, and Kafka knows where they are."""
        # Who still handles a message keeps the old book, which nobody commits.
        self._at = {}

    async def standing_still(self, partitions: Iterable[Partition]) -> str:
        """Tell of a partition that owes something and does not move; empty if none.

        Before that its messages are asked for once more: around a rebalance Faust may leave out
        the last of them, after which none comes that would show the gap. Call it every few
        seconds, at most 15 apart.

        Parameters
        ----------
        partitions
            Those that this worker has.

        Raises
        ------
        Unavailable
            If Kafka does not answer.
        """
        book = self._at
        ends = await self._ask(self._source.ends, list(partitions))
        if self._clock() - self._looked_s > _APART_S:
            # Kafka was gone, or partitions were given out: nobody could have moved.
            self._looking_since_s = self._clock()
        self._looked_s = self._clock()
        for partition, end in ends.items():
            at = await self._where(partition)
            if at.due >= end and at.committed >= at.due:
                at.moved_s = self._clock()
            still_s = self._clock() - max(at.moved_s, self._looking_since_s)
            if book is not self._at or still_s < AGAIN_S:
                continue
            name = f"{partition[0]}/{partition[1]}"
            if still_s >= STILL_S and at.committed < at.due:
                return f"{name} is done up to {at.due} and committed only up to {at.committed}"
            if at.due >= end or (still_s < STILL_S and at.asked_for == at.due):
                continue
            if not await self._ask(self._source.between, partition, at.due, end):
                self._done(at, end - 1)
            elif still_s >= STILL_S:
                return f"{name} has messages from {at.due} on that nobody hands out"
            elif book is self._at:
                at.asked_for = at.due
                await self._hand_out(partition, at.due)
        return ""

    async def _where(self, partition: Partition) -> _At:
        book = self._at
        if partition not in book:
            committed = await self._insist(self._source.committed, partition)
            book.setdefault(partition, _At(committed, committed, self._clock()))
        return book[partition]

    async def _ask(self, what: Callable[..., T], *args: object) -> T:
        """Ask Kafka beside the work, one question at a time."""
        async with self._asking:
            return await asyncio.to_thread(what, *args)

    async def _insist(self, what: Callable[..., T], *args: object) -> T:
        """Ask until there is an answer."""
        while True:
            try:
                return await self._ask(what, *args)
            except Unavailable:
                await asyncio.sleep(_PAUSE_S)

    def _done(self, at: _At, offset: int) -> None:
        at.due = offset + 1
        at.moved_s = self._clock()
