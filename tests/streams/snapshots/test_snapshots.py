"""A snapshot and the rest of the log give what the whole log gives, bit for bit."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shelved import CASES, assert_same

from haechi.engine.errors import LogCorrupt, LogUnwritable
from haechi.engine.records import DECISION
from haechi.operators.state import INDEXES, TABLES, WHOLES, State
from haechi.streams.log.segment import first_offset_of, segment_paths

SCRATCH = {
    "x", "vector", "bins", "cells", "values", "parties", "trial", "rules", "blank_case",
    "blank_manifest", "blank_link",
}  # fmt: skip
"""Arrays of a state that hold nothing from one event to the next, and the rules."""


@pytest.mark.parametrize("offset", [1, 2, 250, 611, 612, 1000])
def test_a_snapshot_and_the_rest_give_what_the_whole_log_gives(shelved: Any, offset: int) -> None:
    shelved.write(offset)
    again = shelved.caught_up()
    assert again.replayed.start == offset
    assert again.replayed.events == shelved.end() - offset
    # Each decision after it was compared with the record on the way.
    assert again.replayed.compared == again.replayed.decisions > 0
    assert_same(again, shelved.whole())
    assert not shelved.said


def test_a_snapshot_of_a_snapshot_is_as_good(shelved: Any) -> None:
    for offset in range(100, shelved.end(), 260):
        shelved.write(offset)
    assert_same(shelved.caught_up(), shelved.whole())


def test_a_snapshot_of_the_whole_log_leaves_nothing_to_replay(shelved: Any) -> None:
    shelved.write()
    again = shelved.caught_up()
    assert again.replayed.events == 0
    assert_same(again, shelved.whole())


def test_every_array_of_a_state_is_kept_or_known_as_scratch() -> None:
    assert {*TABLES, *INDEXES, *WHOLES} | SCRATCH == set(State._fields)
    assert not {*TABLES, *INDEXES, *WHOLES} & SCRATCH


def test_what_lies_in_scratch_or_where_rows_were_taken_away_is_no_matter(shelved: Any) -> None:
    shelved.write(700)
    restored = shelved.restored()
    state = restored.shard.state
    for name in ("x", "bins", "cells", "values", "trial"):
        getattr(state, name).view("u1")[...] = 0x5A
    for name in ("timers", "free_cases", "free_links"):
        getattr(state, name)[int(state.counters[TABLES[name]]) :].view("u1")[...] = 0x5A
    restored.catch_up(shelved.reader, shelved.artefacts)
    assert restored.shard.digest() == shelved.whole().shard.digest()


def test_ids_from_before_are_known_with_their_offsets(shelved: Any) -> None:
    whole = shelved.whole(900)
    shelved.write(900)
    restored = shelved.restored()
    found = [
        (row[3], row[4])
        for rows in shelved.reader.replay_pages(0, 900)
        for row in rows
        if whole.window.look_up(row[3], row[4]) is not None
    ]
    assert len(found) > 400
    for event_id, digest in found:
        known = restored.window.look_up(event_id, digest)
        assert known == whole.window.look_up(event_id, digest)
        assert known is not None
        assert known[1]
    young, old, *_ = restored.window.remembered()
    assert young["offset"].any()
    assert old["offset"].any()


def test_only_the_owner_reads_it_and_nobody_writes_it(shelved: Any) -> None:
    path = shelved.write()
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.iterdir()} == {0o400}


def test_messages_and_keys_are_in_no_file_of_it(shelved: Any) -> None:
    path = shelved.write()
    keys = [row[0] for row in shelved.keys._db.execute("SELECT key FROM keys")]
    content = b"".join(file.read_bytes() for file in path.iterdir())
    assert len(content) > 100 * DECISION.itemsize
    assert len(keys) > 10
    assert not [secret for secret in (b"payload", *keys) if secret in content]


def test_the_newest_are_kept_and_one_that_is_there_is_not_written_again(shelved: Any) -> None:
    paths = [shelved.write(offset, keep=2) for offset in (200, 400, 600)]
    assert shelved.shelf.paths() == paths[1:]
    again, new = shelved.shelf.write(shelved.restored(), shelved.reader)
    assert (again, new) == (paths[2], False)
    shelved.write(800, keep=1)
    assert [path.name for path in shelved.shelf.paths()] == ["snapshot-000000000000800"]


def test_a_start_up_to_an_event_uses_one_from_before_it(shelved: Any) -> None:
    for offset in (200, 400, 600):
        shelved.write(offset)
    assert shelved.restored(upto=599).replayed.start == 400
    assert shelved.restored(upto=600).replayed.start == 600
    assert shelved.restored(upto=199).replayed.start == 0


def test_two_do_not_write_at_once(shelved: Any) -> None:
    shelved.write(200)
    with shelved.shelf._alone(), pytest.raises(LogUnwritable, match="another process"):
        shelved.write(400)
    shelved.write(400)


def test_a_start_reads_no_segment_before_the_snapshot(shelved: Any) -> None:
    *covered, last = segment_paths(shelved.reader.folder)
    # Further on a label names a decision from the beginning, whose body is read there.
    end = first_offset_of(last) + 100
    whole = shelved.whole(end)
    shelved.write(first_offset_of(last))
    for path in covered:
        path.unlink()
    assert_same(shelved.caught_up(end), whole)


def test_a_log_whose_beginning_no_snapshot_covers_is_not_started_from(shelved: Any) -> None:
    shelved.write(400)
    *lost, last = segment_paths(shelved.reader.folder)
    for path in lost:
        path.unlink()
    with pytest.raises(LogCorrupt, match=f"the log begins at event {first_offset_of(last)}"):
        shelved.caught_up()
    assert "ends at event 399, which the log does not hold: refused" in shelved.said[0]


def test_progress_reaches_the_end(shelved: Any) -> None:
    path: Path = shelved.write(500)
    seen: list[tuple[int, int]] = []
    shelved.shelf.restore(shelved.reader, CASES, progress=lambda *at: seen.append(at))
    arrays = sum(np.load(file, mmap_mode="r").nbytes for file in path.glob("*.npy"))
    assert {total for _, total in seen} == {arrays}
    assert max(done for done, _ in seen) == arrays
