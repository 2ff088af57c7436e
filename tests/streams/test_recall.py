"""The writer finds what was decided, and does not look through the log for what is nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledger import decision_bodies, row

from haechi.streams.log.derived import INDEX
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.segment import ORDINAL_BITS
from haechi.streams.log.writer import LogWriter
from haechi.streams.recall import Recall
from haechi.streams.recent import RecentDecisions

EVENTS = 12


def id_of(number: int) -> bytes:
    return decision_bodies(number, 1)[:16]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A log with a decision an event, of which nothing is indexed yet."""
    writer = LogWriter(tmp_path / "log", SubjectKeys(tmp_path / "keys.sqlite"))
    writer.append([row(number, 1) for number in range(EVENTS)])
    writer.close()
    (tmp_path / "log" / INDEX).unlink(missing_ok=True)
    return tmp_path / "log"


class Watched(LogReader):
    """A reader that notes from where to where decisions were looked through."""

    looked: list[tuple[int, int | None]]

    def _in_tail(self, decision_id: bytes, upto: int, before: int | None) -> int | None:
        self.looked.append((upto, before))
        return super()._in_tail(decision_id, upto, before)


def test_what_is_nowhere_is_sought_only_where_it_could_be_unknown(folder: Path) -> None:
    reader = Watched(folder)
    reader.looked = []
    recall = Recall(reader)
    assert recall.find(b"\xff" * 16) is None
    assert reader.looked == [(0, None)]
    for number in range(7, EVENTS):
        recall.add(decision_bodies(number, 1), number)
    # Before this start, and not indexed.
    position, _ = recall.find(id_of(3)) or (0, 0)
    assert position >> ORDINAL_BITS == 3
    assert recall.find(b"\xff" * 16) is None
    assert reader.looked[1:] == [(0, 7), (0, 7)]
    reader.close()


def test_it_is_not_sought_at_all_once_what_was_before_is_indexed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Watched(folder)
    reader.looked = []
    monkeypatch.setattr(reader, "_indexed", lambda _: (None, 7))
    recall = Recall(reader)
    recall.add(decision_bodies(7, 1), 7)
    assert recall.find(b"\xff" * 16) is None
    assert reader.looked == []
    reader.close()


def test_the_memory_knows_from_where_on_it_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haechi.streams.recent._GENERATION", 3)
    memory = RecentDecisions()
    assert memory.since is None
    for number in range(20):
        # Every other event is one without a decision.
        if number % 2:
            memory.add(decision_bodies(number, 1), number)
            known = [n for n in range(number + 1) if n % 2 and memory.find(id_of(n))]
            assert known == [n for n in range(memory.since or 0, number + 1) if n % 2]
            assert number < 11 or len(known) >= 3
