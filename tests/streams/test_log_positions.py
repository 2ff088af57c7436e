"""Positions of sources: committed with their events, and known to every segment."""

from __future__ import annotations

from pathlib import Path

import pytest

from haechi.engine.errors import LogUnwritable
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.segment import open_for_writing, segment_path, segment_paths
from haechi.streams.log.writer import LogWriter, Row


def row(number: int) -> Row:
    identity = number.to_bytes(16, "little")
    return Row(1, 1000 + number, 0, 0, identity, identity, "events/0", b"r", b"p", b"", 0, 0)


@pytest.fixture
def keys(tmp_path: Path) -> SubjectKeys:
    return SubjectKeys(tmp_path / "keys.sqlite")


def open_log(tmp_path: Path, keys: SubjectKeys) -> LogWriter:
    return LogWriter(tmp_path / "log", keys, segment_events=2)


def test_positions_come_back_and_the_latest_counts(tmp_path, keys):
    log = open_log(tmp_path, keys)
    assert log.positions == {}
    log.append([row(0)], [("events/0", 5), ("events/1", 1)])
    log.append([row(1)], [("events/0", 6)])
    assert log.positions == {"events/0": 6, "events/1": 1}
    log.close()
    again = open_log(tmp_path, keys)
    assert again.positions == {"events/0": 6, "events/1": 1}
    again.close()


def test_a_position_can_move_without_an_event(tmp_path, keys):
    log = open_log(tmp_path, keys)
    log.append([row(0)], [("events/0", 5)])
    assert log.append([], [("events/0", 6)]) == 1
    log.close()
    again = open_log(tmp_path, keys)
    assert again.positions == {"events/0": 6}
    assert again.append([row(1)]) == 1
    again.close()


def test_the_newest_segment_alone_knows_all_positions(tmp_path, keys):
    log = open_log(tmp_path, keys)
    log.append([row(0)], [("events/0", 5)])
    for number in range(1, 7):
        log.append([row(number)], [("events/1", number)])
    log.close()
    folder = tmp_path / "log"
    paths = segment_paths(folder)
    assert len(paths) == 4
    for path in paths[:-1]:
        path.unlink()
    assert LogReader(folder).source_position("events/0") == 5
    again = open_log(tmp_path, keys)
    assert again.positions == {"events/0": 5, "events/1": 6}
    again.close()


def test_a_segment_that_a_crash_left_without_positions_is_made_whole(tmp_path, keys):
    log = open_log(tmp_path, keys)
    log.append([row(0)], [("events/0", 5)])
    log.close()
    # As if the crash had come between making the segment and telling it the positions.
    open_for_writing(segment_path(tmp_path / "log", 1), "process", log.chain).close()
    again = open_log(tmp_path, keys)
    assert again.positions == {"events/0": 5}
    again.append([row(1)], [("events/1", 1)])
    again.close()
    last = open_log(tmp_path, keys)
    assert last.positions == {"events/0": 5, "events/1": 1}
    last.close()


def test_what_could_not_be_committed_moves_no_position(tmp_path, keys):
    log = open_log(tmp_path, keys)
    log.append([row(0)], [("events/0", 5)])
    log.offset = 0
    with pytest.raises(LogUnwritable):
        log.append([row(1)], [("events/0", 9)])
    assert log.positions == {"events/0": 5}
    log.close()
    assert LogReader(tmp_path / "log").source_position("events/0") == 5
