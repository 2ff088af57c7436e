"""The simulated port's endless mix of events, put into a log through the engine's own intake."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from benchmarks.installation import Installation
from benchmarks.report import Progress
from haechi.engine.codes import EventKind
from haechi.operators.intake import Entry
from haechi.streams.engine import Engine
from haechi.streams.log.reader import LogReader
from haechi.streams.simulator import Frame, endless

_LONGEST_US: Final = 8 * 3_600_000_000
"""From a subject's first event to its last, at most."""

SUBJECTS_PER_HOUR: Final = 20_000.0

_WAITING: Final = 2048
_LIMIT: Final = 1 << 16
_BATCH: Final = 1024
EVENTS_A_SUBJECT: Final = 8.6
"""About; a traveler has more, a parcel fewer."""


def frames(seed: int, *, subjects: int) -> Iterator[Frame]:
    """All events of so many subjects, in the order of sending; the last happened just now."""
    lasts_us = int(subjects / SUBJECTS_PER_HOUR * 3.6e9) + _LONGEST_US
    start_us = time.time_ns() // 1000 - lasts_us
    return endless(seed, start_us, subjects=subjects, subjects_per_hour=SUBJECTS_PER_HOUR)


def feed(engine: Engine, given: Iterable[Frame], total: int) -> int:
    """Put events through a running engine's intake, as fast as it takes them.

    Parameters
    ----------
    engine
        The engine, started.
    given
        The events.
    total
        About how many there are, for the progress that is shown.

    Returns
    -------
    How many there were; all of them are committed.
    """
    decode = engine.decoder.decode
    count = 0
    with Progress("making a log", total) as progress:
        for count, frame in enumerate(given, start=1):
            if engine.intake.depth() > _WAITING:
                while engine.intake.depth() > _WAITING // 2:
                    time.sleep(0.002)
                    if not engine.healthy():
                        raise RuntimeError("the engine died while it was fed; see its log")
                progress.at(count)
            engine.intake.put(Entry(frame.raw, frame.role, decode(frame.raw)))
    return count


def make_log(installation: Installation, given: Iterable[Frame], total: int) -> int:
    """Make a log of events; returns how many there were."""
    engine = installation.engine(intake_limit=_LIMIT)
    engine.start()
    try:
        return feed(engine, given, total)
    finally:
        engine.stop(timeout_s=60.0)


def thin(given: Iterable[Frame], every: int) -> Iterator[Frame]:
    """Of each subject the manifest, and of gates' questions one in so many: logs of millions."""
    asked = 0
    for frame in given:
        if frame.kind == "gate_event":
            asked += 1
        if frame.kind.endswith("_manifest") or (frame.kind == "gate_event" and not asked % every):
            yield frame


def log_swiftly(installation: Installation, given: Iterable[Frame], total: int) -> int:
    """Make a log as :func:`make_log` does, with nobody waiting for anybody; how many events."""
    engine = installation.engine()
    decode, count = engine.decoder.decode, 0
    batch: list[Entry] = []
    try:
        with Progress("making a log", total) as progress:
            for count, frame in enumerate(given, start=1):
                batch.append(Entry(frame.raw, frame.role, decode(frame.raw)))
                if len(batch) == _BATCH:
                    engine._logic.on_batch(batch)
                    batch = []
                    progress.at(count)
            engine._logic.on_batch(batch)
    finally:
        engine.stop()
    return count


def kinds_in(reader: LogReader) -> dict[str, int]:
    """How many events of each kind a log holds, most frequent first."""
    found: Counter[int] = Counter()
    for rows in reader.replay_pages():
        found.update(row[1] for row in rows)
    return {EventKind(kind).name.lower(): count for kind, count in found.most_common()}
