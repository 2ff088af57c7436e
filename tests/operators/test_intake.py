"""The intake is bounded in entries, and in bytes where entries are large."""

from __future__ import annotations

import pytest

from haechi.operators.intake import LARGE_MOST, Entry, Intake, Overloaded


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
