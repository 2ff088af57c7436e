"""The intake is bounded in entries, and in bytes where entries are large."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from haechi.operators.intake import FACTS_MOST, LARGE_MOST, Entry, Intake, Overloaded


def entry(size: int = 10) -> Entry:
    return Entry(bytes(size), "test", None)


def test_it_gives_what_it_took_in_order() -> None:
    intake = Intake(10, 0)
    entries = [entry(size) for size in range(7)]
    for one in entries:
        intake.put(one)
    assert intake.take(3, 0.01) == entries[:3]
    assert intake.take(100, 0.01) == entries[3:]
    assert intake.take(100, 0.0) == []


def test_entries_are_bounded_and_late_ones_have_room_of_their_own() -> None:
    intake = Intake(2, 1)
    intake.put(entry())
    intake.put(entry())
    with pytest.raises(Overloaded):
        intake.put(entry())
    intake.put_late(entry())
    with pytest.raises(Overloaded):
        intake.put_late(entry())
    assert intake.depth() == 3


class Clock:
    """A clock that only the test moves on."""

    def __init__(self) -> None:
        self.now_ns = 0

    def monotonic_ns(self) -> int:
        return self.now_ns


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("haechi.operators.intake.time", made)
    return made


def work(intake: Intake, clock: Clock, entries: int, each_ns: int) -> None:
    """Take a batch, be at it for so long, and take one more."""
    assert len(intake.take(entries, 0.0)) == entries
    clock.now_ns += entries * each_ns
    intake.take(1, 0.0)


def fill(intake: Intake, count: int) -> None:
    for _ in range(count):
        intake.put(entry())


def test_whose_turn_would_come_too_late_is_turned_away_at_once(clock: Clock) -> None:
    intake = Intake(10_000, 0)
    fill(intake, 300)
    work(intake, clock, 100, 50_000)
    # One is in work, and 199 wait.
    assert intake.expected_ns() == pytest.approx(200 * 50_000)
    intake.put(entry(), clock.now_ns + 52_000_000)
    with pytest.raises(Overloaded):
        intake.put(entry(), clock.now_ns + 48_000_000)
    # Who has no time limit waits.
    intake.put(entry())


def test_a_queue_that_stands_lets_in_whom_it_keeps_waiting_little(clock: Clock) -> None:
    intake = Intake(10_000, 0)
    fill(intake, 7_000)
    for _ in range(60):
        work(intake, clock, 100, 50_000)
    # 300 ms long nobody has seen its end; one is in work, and 939 wait.
    assert intake.expected_ns() == pytest.approx(940 * 50_000, rel=0.02)
    intake.put(entry(), clock.now_ns + 500_000_000)
    with pytest.raises(Overloaded):
        intake.put(entry(), clock.now_ns + 450_000_000)
    for _ in range(9):
        work(intake, clock, 100, 50_000)
    intake.take(100, 0.0)
    assert intake.depth() == 0
    fill(intake, 940)
    with pytest.raises(Overloaded):
        # Its end was seen once; the queue is gone when it was seen for a while.
        intake.put(entry(), clock.now_ns + 450_000_000)
    for _ in range(9):
        work(intake, clock, 100, 50_000)
    while intake.take(100, 0.0):
        pass
    clock.now_ns += 200_000_000
    intake.take(100, 0.0)
    fill(intake, 940)
    intake.put(entry(), clock.now_ns + 250_000_000)


def test_a_batch_ends_before_those_behind_it_have_waited_too_long_unseen(clock: Clock) -> None:
    intake = Intake(10_000, 0)
    fill(intake, 1000)
    work(intake, clock, 100, 200_000)
    assert 95 <= len(intake.take(1000, 0.0)) <= 105


def test_what_nobody_waits_for_stands_behind_in_its_own_order(clock: Clock) -> None:
    intake = Intake(10_000, 100)
    fill(intake, 100)
    late = [entry(size) for size in range(3)]
    intake.put_late(late[0])
    intake.put_record(late[1])
    fill(intake, 100)
    intake.put_late(late[2])
    first = intake.take(160, 0.0)
    # An eighth of the batch is theirs, so that they are not left waiting.
    assert first[-3:] == late
    assert len(first) == 143
    assert intake.depth() == 60


def test_a_handful_is_always_let_in(clock: Clock) -> None:
    intake = Intake(10_000, 0)
    fill(intake, 71)
    work(intake, clock, 40, 1_000_000_000)
    intake.put(entry(), clock.now_ns + 1)


def test_what_one_takes_alone_turns_nobody_away(clock: Clock) -> None:
    intake = Intake(10_000, 0)
    fill(intake, 1)
    assert len(intake.take(100, 0.0)) == 1
    clock.now_ns += 1_000_000_000
    intake.take(100, 0.0)
    for _ in range(1000):
        intake.put(entry(), clock.now_ns + 1)


def test_what_a_batch_took_is_forgotten_in_time(clock: Clock) -> None:
    intake = Intake(100_000, 0)
    fill(intake, 10_000)
    work(intake, clock, 40, 100_000)
    slow = intake.expected_ns() / (intake.depth() + 1)
    for _ in range(60):
        work(intake, clock, 100, 1_000)
    fast = intake.expected_ns() / (intake.depth() + 1)
    assert slow == pytest.approx(100_000, rel=0.01)
    assert fast < 2_000


def test_facts_leave_gates_room() -> None:
    intake = Intake(1000, 0)
    for _ in range(FACTS_MOST):
        intake.put_fact(entry())
    with pytest.raises(Overloaded):
        intake.put_fact(entry())
    intake.put(entry())


def test_the_record_of_an_answer_always_has_room() -> None:
    intake = Intake(0, 0)
    intake.put_record(entry())
    assert intake.depth() == 1


def test_when_it_is_calm_again_as_many_are_kept_as_before() -> None:
    intake = Intake(1000, 4)

    def kept() -> int:
        for number in range(1000):
            try:
                intake.put_late(entry())
            except Overloaded:
                return number
        raise AssertionError("all were kept")

    fill(intake, 200)
    assert kept() == 4
    assert intake.turns_away(0)
    intake.take(100, 0.0)
    assert kept() == 0, "some still waited"
    all_read = False
    intake.attend = lambda waiting, wait_s: all_read
    while intake.depth():
        intake.take(200, 0.0)
    assert kept() == 0, "nobody knows who was not read yet"
    all_read = True
    intake.take(200, 0.0)
    assert kept() == 4


def test_the_reader_reads_calls_while_it_waits() -> None:
    intake = Intake(10, 0)
    waits: list[float] = []

    def attend(waiting: Callable[[], int], wait_s: float) -> bool:
        waits.append(wait_s)
        if not waiting():
            intake.put(entry())
        return True

    intake.attend = attend
    assert len(intake.take(10, 0.5)) == 1
    assert waits == [0.5]


def test_large_messages_cannot_fill_the_memory() -> None:
    intake = Intake(1000, 1000)
    large = entry(LARGE_MOST // 4)
    for _ in range(4):
        intake.put_late(large)
    with pytest.raises(Overloaded):
        intake.put_late(large)
    intake.put(entry())
    assert len(intake.take(2, 0.01)) == 2
    intake.put_late(large)
    intake.put_late(large)
    with pytest.raises(Overloaded):
        intake.put(large)
