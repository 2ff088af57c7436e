"""The log: what is written is read again, in order, by everyone and after everything."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from ledger import decision_bodies, edit, fetch, row, verified, write_log

from haechi.engine.errors import LogCorrupt, LogUnwritable
from haechi.engine.records import DECISION
from haechi.streams.log.derived import INDEX
from haechi.streams.log.keys import Erased, SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.segment import segment_paths
from haechi.streams.log.writer import LogWriter


@pytest.fixture
def keys(tmp_path: Path) -> SubjectKeys:
    return SubjectKeys(tmp_path / "keys" / "subjects.sqlite")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.mark.parametrize("segment_events", [1 << 20, 5, 1])
def test_what_is_written_is_read(folder: Path, keys: SubjectKeys, segment_events: int) -> None:
    write_log(folder, keys, 12, segment_events)
    reader = LogReader(folder, keys)
    events = list(reader.events())
    assert [event.offset for event in events] == list(range(12))
    for number, event in enumerate(events):
        given = row(number, number % 3)
        assert (event.kind, event.stamp_us, event.event_us) == given[:3]
        assert (event.id, event.digest, event.source) == given[4:7]
        assert event.records == given.records
        assert reader.payload(event) == given.payload
        assert event.payload != given.payload
        own = reader.decisions(number, number + 1)
        assert b"".join(decision.body for decision in own) == given.decisions
        assert [(d.queued_us, d.applied_us) for d in own] == [(1, 2)] * len(own)
    assert [e.offset for e in reader.events(3, 9)] == list(range(3, 9))
    everything = b"".join(reader.decisions_after(-1, 0, 1000))
    assert everything == b"".join(decision_bodies(n, n % 3) for n in range(12))
    reader.close()
    assert verified(folder).events == 12


@pytest.mark.parametrize("segment_events", [1 << 20, 4])
def test_cursors_walk_every_decision_once(
    folder: Path, keys: SubjectKeys, segment_events: int
) -> None:
    write_log(folder, keys, 12, segment_events)
    reader = LogReader(folder, keys)
    seen = []
    at = (0, -1)
    while bodies := reader.decisions_after(*at, 2):
        for body in bodies:
            decision = np.frombuffer(body, DECISION)[0]
            at = (int(decision["offset"]), int(decision["ordinal"]))
            seen.append(at)
    assert seen == [(n, k) for n in range(12) for k in range(n % 3)]
    for offset, ordinal in seen:
        body = reader.decision_at((offset << 10) + ordinal)
        assert body is not None
        assert reader.decision(body[:16]) == body
    assert reader.decision(b"\xff" * 16) is None
    assert reader.decision_at((1 << 10) + 1) is None
    reader.close()


@pytest.mark.parametrize("segment_events", [1 << 20, 4])
def test_decisions_are_found_before_and_after_they_are_indexed(
    folder: Path, keys: SubjectKeys, segment_events: int
) -> None:
    writer = LogWriter(folder, keys, segment_events=segment_events)
    reader = LogReader(folder, keys)
    ids = []
    for number in range(20):
        writer.append([row(number, number % 4)])
        bodies = decision_bodies(number, number % 4)
        ids += [bodies[at : at + 16] for at in range(0, len(bodies), DECISION.itemsize)]
        assert all(reader.decision(one) is not None for one in ids)
    writer.close()
    with closing(sqlite3.connect(folder / INDEX)) as index:
        places = dict(index.execute("SELECT id, position FROM decisions"))
    assert sorted(places, key=places.__getitem__) == ids
    assert all(reader.decision(one)[:16] == one for one in ids)
    reader.close()


def test_a_log_goes_on_where_it_ended(folder: Path, keys: SubjectKeys) -> None:
    for start in range(0, 12, 3):
        writer = LogWriter(folder, keys, segment_events=5)
        assert writer.offset == start
        assert writer.append([row(n, n % 3) for n in range(start, start + 3)]) == start
        writer.close()
    whole = verified(folder)
    assert (whole.events, whole.segments) == (12, 3)


def test_segments_and_batches_change_no_link(tmp_path: Path, keys: SubjectKeys) -> None:
    write_log(tmp_path / "a", keys, 12, 1 << 20)
    write_log(tmp_path / "b", keys, 12, 4)
    assert verified(tmp_path / "a").events == verified(tmp_path / "b").events == 12
    assert verified(tmp_path / "b").segments > 1


def test_the_head(folder: Path, keys: SubjectKeys) -> None:
    writer = LogWriter(folder, keys, segment_events=5)
    assert writer.head().offset == -1
    writer.append([row(0), row(1)])
    assert writer.head().offset == 1
    reader = LogReader(folder, keys)
    head = reader.head()
    assert head is not None
    assert (head.offset, head.chain) == (1, writer.head().chain)
    writer.append([row(n) for n in range(2, 12)])
    head = reader.head()
    assert head is not None
    assert (head.offset, head.chain) == (11, writer.head().chain)
    reader.close()
    writer.close()


def test_two_writers_are_refused(folder: Path, keys: SubjectKeys) -> None:
    writer = LogWriter(folder, keys)
    with pytest.raises(LogUnwritable, match="writer already"):
        LogWriter(folder, keys)
    writer.close()
    LogWriter(folder, keys).close()


def test_a_batch_that_fails_leaves_nothing(folder: Path, keys: SubjectKeys) -> None:
    writer = LogWriter(folder, keys)
    writer.append([row(0, 1)])
    edit(
        segment_paths(folder)[0],
        "INSERT INTO events SELECT 2, kind, stamp_us, event_us, subject, id, digest, source,"
        " records, payload, chain, 0, 0, decisions FROM events",
    )
    with pytest.raises(LogUnwritable, match="nothing was answered"):
        writer.append([row(1, 1), row(2, 1)])
    assert writer.offset == 1
    writer.close()
    edit(segment_paths(folder)[0], "DELETE FROM events WHERE offset = 2")
    assert verified(folder).events == 1


_KILLED = """
    import os, signal, sys
    sys.path.insert(0, sys.argv[3])
    from pathlib import Path
    from haechi.streams.log.keys import SubjectKeys
    from haechi.streams.log.writer import LogWriter
    import ledger
    writer = LogWriter(Path(sys.argv[1]), SubjectKeys(Path(sys.argv[2])), segment_events=7)
    writer.append([ledger.row(n, n % 3) for n in range(10)])
    writer._db.execute("BEGIN IMMEDIATE")
    writer._db.execute(
        "INSERT INTO events VALUES (10,1,1,1,1,x'00',x'00','s',x'00',x'00',x'00',0,0,x'')"
    )
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_crash_inside_a_transaction_leaves_the_last_commit(tmp_path: Path) -> None:
    folder, keys = tmp_path / "log", tmp_path / "keys" / "subjects.sqlite"
    script = textwrap.dedent(_KILLED)
    arguments = [str(folder), str(keys), str(Path(__file__).parent.parent)]
    killed = subprocess.run([sys.executable, "-c", script, *arguments], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert verified(folder).events == 10
    writer = LogWriter(folder, SubjectKeys(keys))
    assert writer.offset == 10
    writer.append([row(10, 2)])
    writer.close()
    assert verified(folder).events == 11


@pytest.mark.parametrize("made", ["empty file", "tables without their first row"])
def test_a_crash_while_a_segment_is_made(folder: Path, keys: SubjectKeys, made: str) -> None:
    write_log(folder, keys, 10)
    half = folder / "segment-000000000000010.sqlite"
    half.touch()
    if made != "empty file":
        db = sqlite3.connect(half)
        for (statement,) in fetch(segment_paths(folder)[0], "SELECT sql FROM sqlite_master"):
            if statement:
                db.execute(statement)
        db.commit()
        db.close()
    writer = LogWriter(folder, keys)
    assert writer.offset == 10
    writer.append([row(10, 1)])
    writer.close()
    assert verified(folder).events == 11


def test_files_are_only_the_owners(folder: Path, keys: SubjectKeys, tmp_path: Path) -> None:
    write_log(folder, keys, 12, 5)
    for path in [*segment_paths(folder), tmp_path / "keys" / "subjects.sqlite"]:
        assert path.stat().st_mode & 0o077 == 0, path
    assert folder.stat().st_mode & 0o077 == 0


def test_a_log_that_cannot_be_written_says_so(tmp_path: Path, keys: SubjectKeys) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(LogUnwritable):
        LogWriter(blocked, keys)
    assert os.path.lexists(blocked)


def test_an_erased_subject(folder: Path, keys: SubjectKeys, tmp_path: Path) -> None:
    writer = LogWriter(folder, keys)
    writer.append([row(0, 1, subject=7), row(1, 1, subject=-8), row(2, 1, subject=7)])
    writer.close()
    before = verified(folder)
    keys.close()
    path = tmp_path / "keys" / "subjects.sqlite"
    edit(path, "DELETE FROM keys WHERE subject = 7")
    again = SubjectKeys(path)
    reader = LogReader(folder, again)
    events = list(reader.events())
    for erased in (events[0], events[2]):
        with pytest.raises(Erased):
            reader.payload(erased)
    assert reader.payload(events[1]) == b"payload of 1"
    assert verified(folder) == before
    reader.close()


def test_an_erased_subject_that_comes_again_is_read_from_then_on(
    folder: Path, keys: SubjectKeys
) -> None:
    writer = LogWriter(folder, keys)
    writer.append([row(0, 1, subject=7)])
    keys.forget(7)
    writer.append([row(1, 1, subject=7)])
    writer.close()
    reader = LogReader(folder, keys)
    before, after = reader.events()
    with pytest.raises(Erased):
        reader.payload(before)
    assert reader.payload(after) == b"payload of 1"
    reader.close()


def test_a_changed_payload_does_not_decrypt(folder: Path, keys: SubjectKeys) -> None:
    write_log(folder, keys, 3)
    reader = LogReader(folder, keys)
    event = reader.event(1)
    other = reader.event(2)
    assert event is not None
    assert other is not None
    spoilt = bytes([event.payload[0] ^ 1]) + event.payload[1:]
    edit(segment_paths(folder)[0], "UPDATE events SET payload = ? WHERE offset = 1", spoilt)
    changed = reader.event(1)
    assert changed is not None
    with pytest.raises(LogCorrupt):
        reader.payload(changed)
    reader.close()
