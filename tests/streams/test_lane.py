"""Gates go first: the lower lane is taken from in small pieces while nothing else waits."""

from __future__ import annotations

import pytest

from haechi.operators.admission import Admitted, Batch
from haechi.operators.intake import Entry, Intake, Refusal
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.lane import (
    PIECE,
    PIECE_BESIDE_GATES,
    EmptyLane,
    SourcedEntry,
    bury_sourced,
    positions_of,
)
from haechi.streams.source import IntakeSource


class Waiting:
    """A lane with so many entries."""

    def __init__(self, count: int) -> None:
        self.left = [SourcedEntry(b"", "events/0", None, offset=n) for n in range(count)]

    def waiting(self) -> bool:
        return bool(self.left)

    def take(self, most: int) -> list[Entry]:
        taken, self.left = self.left[:most], self.left[most:]
        return list(taken)


def gate() -> Entry:
    return Entry(b"", "gate", None)


def source_of(intake: Intake, lane, due_us=None, stopping=False):
    source = IntakeSource(intake, lambda: due_us, lambda: stopping, lane)
    return source.build("intake", 0, 1)


def sources(batch) -> list[str]:
    return [entry.source for _, entry in batch]


def test_what_waits_in_the_intake_goes_first_and_alone(monkeypatch):
    monkeypatch.setattr("haechi.streams.source._QUIET_S", 3600.0)
    intake, lane = Intake(100, 0), Waiting(3 * PIECE)
    reading = source_of(intake, lane)
    assert sources(reading.next_batch()) == ["events/0"] * PIECE
    for _ in range(3):
        intake.put(gate())
    assert sources(reading.next_batch()) == ["gate"] * 3
    intake.put(gate())
    assert sources(reading.next_batch()) == ["gate"]
    # While gates ask, they wait for less.
    assert sources(reading.next_batch()) == ["events/0"] * PIECE_BESIDE_GATES
    monkeypatch.setattr("haechi.streams.source._QUIET_S", 0.0)
    assert sources(reading.next_batch()) == ["events/0"] * PIECE
    assert len(lane.left) == PIECE - PIECE_BESIDE_GATES


def test_time_passes_although_the_lane_never_empties():
    reading = source_of(Intake(100, 0), Waiting(1000), due_us=1)
    assert sources(reading.next_batch()) == ["engine"]
    assert sources(reading.next_batch()) == ["events/0"] * PIECE


def test_a_stopping_engine_leaves_the_lane_alone():
    lane = Waiting(5)
    with pytest.raises(StopIteration):
        source_of(Intake(100, 0), lane, stopping=True).next_batch()
    assert len(lane.left) == 5


def test_without_a_lane_nothing_is_taken_from_it():
    lane = EmptyLane()
    assert not lane.waiting()
    assert lane.take(5) == []
    assert source_of(Intake(100, 0), lane).next_batch() == []


def admitted(entry: Entry) -> Admitted:
    return Admitted(entry, 0, b"", b"", 0, 0, b"", None, 0, None)


def test_positions_are_after_the_last_event_of_each_source_also_of_one_that_came_before():
    first = [SourcedEntry(b"", f"events/{p}", None, offset=n) for p, n in ((3, 7), (5, 0), (3, 8))]
    again = SourcedEntry(b"", "events/5", None, offset=4)
    batch = Batch(0, 0, [admitted(one) for one in (*first, gate())], duplicates=[(again, 0)])
    assert dict(positions_of(batch)) == {"events/3": 9, "events/5": 5}
    assert dict(positions_of(Batch(0, 0, [admitted(gate())]))) == {}


def test_a_dead_letter_says_where_it_stood():
    refusal = Refusal("UNDECODABLE", "no event; send one")
    told = bury_sourced(SourcedEntry(b"x", "events/3", None, refusal, offset=41), refusal)
    letter = Event.FromString(told).dead_letter
    assert (letter.source, letter.source_offset) == ("events/3", 41)
    assert Event.FromString(bury_sourced(gate(), refusal)).dead_letter.source_offset == 0
