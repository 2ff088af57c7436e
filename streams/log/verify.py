"""Proving that the log is whole: every link, every segment, and its end."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable
from dataclasses import dataclass

from haechi.engine.errors import LogCorrupt
from haechi.engine.records import DECISION
from haechi.streams.log.chain import GENESIS, link
from haechi.streams.log.derived import read_head
from haechi.streams.log.reader import LogReader


@dataclass(frozen=True, slots=True)
class Verified:
    """What a whole log holds."""

    events: int
    decisions: int
    segments: int
    head: str


def verify(reader: LogReader, progress: Callable[[int, int], None] | None = None) -> Verified:
    """Recompute the hash chain from the first event to the head.

    Parameters
    ----------
    reader
        The log; keys are not needed, because the chain covers what is encrypted.
    progress
        Called with events done and events in all, now and then.

    Raises
    ------
    LogCorrupt
        At the first event that was changed, removed, swapped or cut off.
    """
    walk = _Walk()
    try:
        return _verify(reader, walk, progress)
    except (sqlite3.Error, struct.error, TypeError, ValueError, AttributeError, KeyError) as error:
        raise LogCorrupt(
            walk.expected,
            f"event {walk.expected} cannot be read ({error}); restore its segment from a backup",
        ) from error


@dataclass(slots=True)
class _Walk:
    """How far the chain holds."""

    expected: int = 0


def _verify(
    reader: LogReader, walk: _Walk, progress: Callable[[int, int], None] | None
) -> Verified:
    noted = read_head(reader.folder)
    chain = GENESIS
    expected = 0
    decisions = 0
    end = reader.head()
    total = end.offset + 1 if end else 0
    ranges = reader.ranges()
    for path, first, after in ranges:
        head = reader.head(path)
        if head is None or head.first_offset != expected or head.previous != chain:
            raise LogCorrupt(
                expected,
                f"segment {path.name} does not follow event {expected - 1}: a segment is missing "
                "or was changed; restore it from a backup",
            )
        stray = reader.strays(path, first, after)
        if stray is not None:
            raise LogCorrupt(stray, f"event {stray} in {path.name} does not belong there")
        for page in reader.sealed_pages(first, after):
            for row in page:
                if row[0] != expected:
                    raise LogCorrupt(expected, f"event {expected} is missing from {path.name}")
                chain = link(chain, row[:10], row[11])
                if chain != row[10]:
                    raise LogCorrupt(
                        expected,
                        f"event {expected} in {path.name}, or one of its decisions, is not what "
                        "was written; restore the segment from a backup",
                    )
                decisions += len(row[11]) // DECISION.itemsize
                expected += 1
                walk.expected = expected
                if noted is not None and noted.offset == row[0] and noted.chain != chain:
                    raise LogCorrupt(
                        row[0],
                        f"event {row[0]} is not the one whose hash was noted in head.json: the "
                        "log was rewritten; restore it from a backup",
                    )
            if progress is not None:
                progress(expected, total)
    if noted is not None and expected <= noted.offset:
        raise LogCorrupt(
            expected,
            f"the log ends at event {expected - 1}, but event {noted.offset} was committed: "
            "events at its end were removed; restore it from a backup",
        )
    return Verified(expected, decisions, len(ranges), chain.hex())
