"""A log with a shelf of snapshots, and what it means that two rebuilt shards are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from border import DAY
from logged import mixed_log

from haechi.operators.shard import Shard
from haechi.operators.window import IdWindow
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.rebuilt import Rebuilt
from haechi.streams.snapshots import Shelf
from haechi.streams.snapshots.parts import take_apart

__all__ = ["CASES", "WINDOW_US", "Shelved", "assert_same", "mixed_log"]

WINDOW_US = 2 * DAY
"""Shorter than the log is long, so that ids are in both tables."""

CASES = 64


class Shelved:
    """A log and its shelf."""

    def __init__(self, base: Path, window_us: int = WINDOW_US) -> None:
        self.base = base
        self.window_us = window_us
        self.said: list[str] = []
        self.keys = SubjectKeys(base / "keys" / "subjects.sqlite")
        self.reader = LogReader(base / "log", self.keys)
        self.artefacts = Artefacts(base / "artefacts")
        self.shelf = self.shelf_of(window_us)

    def shelf_of(self, window_us: int) -> Shelf:
        folder = self.base / "log" / "snapshots"
        return Shelf(folder, self.artefacts, window_us, self.said.append)

    def end(self) -> int:
        head = self.reader.head()
        assert head is not None
        return head.offset + 1

    def whole(self, end: int | None = None) -> Rebuilt:
        """What the log alone makes."""
        rebuilt = Rebuilt(Shard(CASES), IdWindow(self.window_us))
        rebuilt.catch_up(self.reader, self.artefacts, end)
        return rebuilt

    def restored(self, upto: int | None = None) -> Rebuilt:
        return self.shelf.restore(self.reader, CASES, upto=upto)

    def caught_up(self, end: int | None = None) -> Rebuilt:
        """What a start makes: the newest snapshot and the rest of the log."""
        rebuilt = self.restored()
        rebuilt.catch_up(self.reader, self.artefacts, end)
        return rebuilt

    def write(self, end: int | None = None, keep: int = 9) -> Path:
        path, new = self.shelf.write(self.caught_up(end), self.reader, keep)
        assert new
        return path

    def close(self) -> None:
        self.reader.close()
        self.keys.close()


def assert_same(one: Rebuilt, other: Rebuilt) -> None:
    """Bit for bit, also where a digest does not look: the layout of every table."""
    assert one.shard.digest() == other.shard.digest()
    mine, yours = take_apart(one), take_apart(other)
    assert mine.facts == yours.facts
    assert mine.places == yours.places
    for name, array in mine.arrays.items():
        assert array.tobytes() == yours.arrays[name].tobytes(), name
    assert one.replayed.following == other.replayed.following
    assert one.shard.promotions.settings == other.shard.promotions.settings
    assert one.tasks.counts() == other.tasks.counts()
    _same_rules(one.shard.state.rules, other.shard.state.rules)


def _same_rules(mine: Any, yours: Any) -> None:
    scratch = {"stack", "left", "silent", "matched"}
    for name in set(mine._fields) - scratch:
        assert np.array_equal(getattr(mine, name), getattr(yours, name)), name
