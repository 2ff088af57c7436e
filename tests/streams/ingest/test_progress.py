"""What is done is counted here: nothing left out, nothing committed that was not done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

import pytest

from haechi.engine.errors import Unavailable
from haechi.streams.ingest import progress as module
from haechi.streams.ingest.progress import AGAIN_S, STILL_S, Progress
from haechi.streams.ingest.raw import Raw

HERE = ("feed", 0)


def raw(offset: int) -> Raw:
    return Raw(*HERE, offset, 0, b"", {})


class Broker:
    """One partition: what stands in it, and what the group committed."""

    def __init__(self, offsets: Iterable[int], committed: int = 0) -> None:
        self.offsets = list(offsets)
        self.end = max(self.offsets, default=-1) + 1
        self.at = committed
        self.silent = 0
        self.takes = True
        self.commits: list[int] = []
        self.asked_for: list[int] = []

    def committed(self, partition: tuple[str, int]) -> int:
        assert partition == HERE
        self._answer()
        return self.at

    def ends(self, partitions: list[tuple[str, int]]) -> dict[tuple[str, int], int]:
        self._answer()
        return dict.fromkeys(partitions, self.end)

    def between(self, partition: tuple[str, int], start: int, end: int) -> list[Raw]:
        assert partition == HERE
        self._answer()
        # As the real one, no more than a few at a time.
        return [raw(one) for one in self.offsets if start <= one < end][:2]

    async def commit(self, offsets: Mapping[tuple[str, int], int]) -> bool:
        self.commits.append(offsets[HERE])
        if self.takes:
            self.at = offsets[HERE]
        return self.takes

    async def hand_out(self, partition: tuple[str, int], offset: int) -> None:
        assert partition == HERE
        self.asked_for.append(offset)

    def _answer(self) -> None:
        if self.silent:
            self.silent -= 1
            raise Unavailable("gone")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Handled(list[int]):
    async def __call__(self, one: Raw) -> None:
        self.append(one.offset)


def made(broker: Broker, clock: Callable[[], float] = Clock()) -> Progress:  # noqa: B008
    return Progress(broker, broker.commit, broker.hand_out, clock)  # type: ignore[arg-type]


def test_what_is_handed_out_in_order_is_done_in_order_and_committed_once() -> None:
    async def run() -> None:
        broker, handled = Broker(range(3)), Handled()
        progress = made(broker)
        for offset in range(3):
            await progress.take(raw(offset), handled)
        await progress.commit()
        await progress.commit()
        assert handled == [0, 1, 2]
        assert broker.commits == [3]
        assert progress.left_out == 0

    asyncio.run(run())


def test_what_was_left_out_is_read_again_before_what_came_after_it() -> None:
    async def run() -> None:
        broker, handled = Broker(range(9), committed=2), Handled()
        progress = made(broker)
        await progress.take(raw(7), handled)
        assert handled == [2, 3, 4, 5, 6, 7]
        assert progress.left_out == 5
        await progress.take(raw(8), handled)
        assert handled[-1] == 8
        assert progress.left_out == 5

    asyncio.run(run())


def test_offsets_without_messages_are_passed_over() -> None:
    async def run() -> None:
        broker, handled = Broker([5, 6, 9]), Handled()
        progress = made(broker)
        for offset in broker.offsets:
            await progress.take(raw(offset), handled)
        await progress.commit()
        assert handled == [5, 6, 9]
        assert broker.commits == [10]

    asyncio.run(run())


def test_what_was_done_and_is_handed_out_again_is_passed_over() -> None:
    async def run() -> None:
        broker, handled = Broker(range(4), committed=1), Handled()
        progress = made(broker)
        for offset in (0, 1, 2, 1, 2, 3):
            await progress.take(raw(offset), handled)
        assert handled == [1, 2, 3]

    asyncio.run(run())


def test_what_was_broken_off_is_not_committed_and_is_done_again() -> None:
    async def run() -> None:
        broker, handled = Broker(range(3)), Handled()
        progress = made(broker)
        await progress.take(raw(0), handled)

        async def forever(_: Raw) -> None:
            await asyncio.sleep(3600)

        task = asyncio.create_task(progress.take(raw(1), forever))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await progress.commit()
        assert broker.commits == [1]
        await progress.take(raw(2), handled)
        assert handled == [0, 1, 2]

    asyncio.run(run())


def test_after_partitions_were_given_out_anew_kafka_is_asked_where_they_are() -> None:
    async def run() -> None:
        broker, handled = Broker(range(9)), Handled()
        progress = made(broker)
        await progress.take(raw(0), handled)
        progress.begin_again()
        # Another worker had it in between.
        broker.at = 5
        await progress.commit()
        assert broker.commits == []
        await progress.take(raw(6), handled)
        assert handled == [0, 5, 6]

    asyncio.run(run())


def test_a_message_that_ends_after_the_partition_went_is_not_committed_for_its_next_owner() -> None:
    async def run() -> None:
        broker, handled, go = Broker(range(2)), Handled(), asyncio.Event()
        progress = made(broker)

        async def slow(one: Raw) -> None:
            await go.wait()
            await handled(one)

        task = asyncio.create_task(progress.take(raw(0), slow))
        await asyncio.sleep(0.01)
        await progress.idle(0.0)
        progress.begin_again()
        go.set()
        await task
        await progress.commit()
        assert handled == [0]
        assert broker.commits == []

    asyncio.run(run())


def test_a_commit_that_kafka_did_not_take_is_tried_again() -> None:
    async def run() -> None:
        broker = Broker(range(1))
        progress = made(broker)
        await progress.take(raw(0), Handled())
        broker.takes = False
        await progress.commit()
        broker.takes = True
        await progress.commit()
        assert broker.commits == [1, 1]
        assert broker.at == 1

    asyncio.run(run())


def test_a_kafka_that_does_not_answer_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSE_S", 0.0)

    async def run() -> None:
        broker, handled = Broker(range(3)), Handled()
        progress = made(broker)
        broker.silent = 3
        await progress.take(raw(2), handled)
        assert handled == [0, 1, 2]
        broker.silent = 1
        with pytest.raises(Unavailable):
            await progress.standing_still([HERE])

    asyncio.run(run())


async def looked(progress: Progress, clock: Clock, seconds: float) -> str:
    """Look every five seconds, as a worker does; what was said first."""
    until = clock.now + seconds
    while clock.now < until:
        clock.now += 5
        if said := await progress.standing_still([HERE]):
            return said
    return ""


def test_what_nobody_hands_out_is_noticed_and_so_is_a_commit_that_stands_still() -> None:
    async def run() -> None:
        clock = Clock()
        broker, handled = Broker(range(3)), Handled()
        progress = made(broker, clock)
        assert await looked(progress, clock, STILL_S - 5) == ""
        await progress.take(raw(0), handled)
        assert await looked(progress, clock, STILL_S - 5) == ""
        assert "committed only up to 0" in await looked(progress, clock, 10)
        await progress.commit()
        assert await looked(progress, clock, STILL_S - 5) == ""
        assert "messages from 1 on" in await looked(progress, clock, 10)

    asyncio.run(run())


def test_what_faust_left_at_the_end_is_asked_for_once_more() -> None:
    async def run() -> None:
        clock = Clock()
        broker, handled = Broker(range(3), committed=1), Handled()
        progress = made(broker, clock)
        assert await looked(progress, clock, AGAIN_S) == ""
        assert broker.asked_for == []
        assert await looked(progress, clock, STILL_S - AGAIN_S - 5) == ""
        assert broker.asked_for == [1]
        for offset in (1, 2):
            await progress.take(raw(offset), handled)
        await progress.commit()
        assert await looked(progress, clock, 2 * STILL_S) == ""
        assert handled == [1, 2]
        assert broker.asked_for == [1]

    asyncio.run(run())


def test_nobody_stands_still_while_kafka_is_gone() -> None:
    async def run() -> None:
        clock = Clock()
        broker = Broker(range(3))
        progress = made(broker, clock)
        assert await looked(progress, clock, 10) == ""
        broker.silent = 1
        clock.now += 70
        with pytest.raises(Unavailable):
            await progress.standing_still([HERE])
        assert await looked(progress, clock, STILL_S - 5) == ""
        assert "messages from 0 on" in await looked(progress, clock, 15)

    asyncio.run(run())


def test_marks_of_a_transaction_at_the_end_are_not_waited_for() -> None:
    async def run() -> None:
        clock = Clock()
        broker = Broker(range(2))
        broker.end = 3
        progress = made(broker, clock)
        for offset in range(2):
            await progress.take(raw(offset), Handled())
        await progress.commit()
        await progress.commit()
        assert await looked(progress, clock, STILL_S + 5) == ""
        await progress.commit()
        assert await looked(progress, clock, 2 * STILL_S) == ""
        assert broker.at == 3

    asyncio.run(run())


def test_a_quiet_partition_does_not_stand_still() -> None:
    async def run() -> None:
        clock = Clock()
        progress = made(Broker(range(2), committed=2), clock)
        assert await looked(progress, clock, 5 * STILL_S) == ""

    asyncio.run(run())
