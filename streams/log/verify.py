"""Proving that the log is whole: every link, every segment, and its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from haechi.engine.errors import LogCorrupt
from haechi.streams.log.chain import GENESIS, link
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
    paths = reader.segments()
    chain = GENESIS
    expected = 0
    decisions = 0
    end = reader.head()
    total = end.offset + 1 if end else 0
    for path in paths:
        head = reader.head(path)
        if head is None:
            raise LogCorrupt(expected, f"segment {path.name} has no head; restore it from a backup")
        if head.first_offset != expected or head.previous != chain:
            raise LogCorrupt(
                expected,
                f"segment {path.name} does not follow event {expected - 1}: a segment is missing "
                "or was changed; restore it from a backup",
            )
        for page in reader.pages(head.first_offset, head.offset + 1):
            last = page[-1][0]
            caused: dict[int, list[bytes]] = {}
            for decision in reader.decisions(expected, last + 1):
                caused.setdefault(decision.offset, []).append(decision.body)
            for row in page:
                if row[0] != expected:
                    raise LogCorrupt(expected, f"event {expected} is missing from {path.name}")
                bodies = caused.pop(expected, [])
                chain = link(chain, row[:10], bodies)
                if chain != row[10]:
                    raise LogCorrupt(
                        expected,
                        f"event {expected} in {path.name}, or one of its decisions, is not what "
                        "was written; restore the segment from a backup",
                    )
                decisions += len(bodies)
                expected += 1
            if caused:
                stray = min(caused)
                raise LogCorrupt(stray, f"decisions of event {stray} have no such event")
            if progress is not None:
                progress(expected, total)
        beyond = reader.decisions(expected, 1 << 50) if path == paths[-1] else []
        if expected != head.offset + 1 or beyond or chain != head.chain:
            raise LogCorrupt(
                expected,
                f"{path.name} ends at event {expected - 1}, but its head says {head.offset}: "
                "events at its end were removed; restore it from a backup",
            )
    return Verified(expected, decisions, len(paths), chain.hex())
