"""Reading the log again through the same core: restart, `replay`, standby and backtest.

Every decision is computed anew and compared, byte for byte, with the one on record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from haechi.engine.build import BUILD_HEX
from haechi.engine.codes import EventKind
from haechi.engine.errors import Drift, LogCorrupt
from haechi.engine.kernel import Array
from haechi.engine.records import DECISION, EVENT
from haechi.operators.shard import Shard
from haechi.rpc.v1 import governance_pb2
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.reader import LogReader
from haechi.streams.start import read_start, settings_of

_ENGINE_STARTED = int(EventKind.ENGINE_STARTED)

Row = tuple[int, int, int, bytes, bytes, bytes, bytes]
"""offset, kind, stamp_us, id, digest, records, decisions."""


@dataclass(slots=True)
class Replayed:
    """What a replay went through.

    Parameters
    ----------
    start
        Offset that it began at: 0, or where a snapshot ends.
    events, decisions
        How many since then.
    compared
        Decisions that were compared with the record.
    other_builds
        Decisions that another build wrote, which only that build can reproduce: by build, from
        the first event on.
    started
        The last start, or None.
    """

    start: int = 0
    events: int = 0
    decisions: int = 0
    compared: int = 0
    other_builds: dict[str, int] = field(default_factory=dict)
    started: governance_pb2.EngineStarted | None = None

    @property
    def following(self) -> int:
        """Offset of the first event that it has not seen."""
        return self.start + self.events


class Replayer:
    """Feeds a log to a shard.

    Parameters
    ----------
    reader
        The log, with keys.
    artefacts
        What the log names by content.
    shard
        An empty shard, or what ``replayed`` made of one; it gets the artefacts, from which
        promotions take effect.
    on_page
        Called with each page of rows before it is applied; restart learns ids from it.
    on_decisions
        Called with the decisions' bodies of each page, in one piece.
    replayed
        What the shard has seen already; it is gone on from there.
    """

    def __init__(
        self,
        reader: LogReader,
        artefacts: Artefacts,
        shard: Shard,
        on_page: Callable[[list[Row]], None] | None = None,
        on_decisions: Callable[[bytes], None] | None = None,
        replayed: Replayed | None = None,
    ) -> None:
        self._reader = reader
        self._artefacts = artefacts
        self._shard = shard
        shard.promotions.artefacts = artefacts
        self._on_page = on_page
        self._on_decisions = on_decisions
        self.replayed = replayed or Replayed()
        started = self.replayed.started
        self._same_build = started is None or started.build == BUILD_HEX

    def run(
        self, end: int | None = None, progress: Callable[[int, int], None] | None = None
    ) -> Replayed:
        """Replay what the shard has not seen, up to but not including ``end``.

        Raises
        ------
        Drift
            At the first decision that differs from the record.
        LogCorrupt
            If the log cannot be read, or begins later.
        """
        start = self.replayed.following
        self._need(start)
        head = self._reader.head()
        total = min(head.offset + 1, end or 1 << 62) - self.replayed.start if head else 0
        for rows in self._reader.replay_pages(start, end):
            if self._on_page is not None:
                self._on_page(rows)
            begin = 0
            for number, row in enumerate(rows):
                if row[1] == _ENGINE_STARTED:
                    self._apply(rows[begin:number])
                    self._start(row)
                    begin = number
            self._apply(rows[begin:])
            if progress is not None:
                progress(self.replayed.events, total)
        return self.replayed

    def _need(self, start: int) -> None:
        """Insist that the log holds what comes next: nothing may be passed over."""
        ranges = self._reader.ranges()
        if ranges and ranges[0][1] > start:
            first = ranges[0][1]
            raise LogCorrupt(
                start,
                f"the log begins at event {first}, and no snapshot that can be used holds the "
                f"events from {start} on; restore the segments or a snapshot from a backup",
            )

    def _start(self, row: Row) -> None:
        event = self._reader.event(row[0])
        assert event is not None
        started = read_start(self._reader.payload(event))
        self._shard.configure(settings_of(started, self._artefacts))
        self._same_build = started.build == BUILD_HEX
        self.replayed.started = started

    def _apply(self, rows: list[Row]) -> None:
        if not rows:
            return
        events = np.frombuffer(b"".join([row[5] for row in rows]), EVENT)
        made = self._shard.apply(events, self._recalled(events))
        decisions = len(made) // DECISION.itemsize
        self.replayed.events += len(rows)
        self.replayed.decisions += decisions
        if self._same_build:
            self._compare(made, rows)
        elif self.replayed.started is not None:
            build = self.replayed.started.build
            others = self.replayed.other_builds
            others[build] = others.get(build, 0) + decisions
        if self._on_decisions is not None:
            self._on_decisions(made)

    def _recalled(self, events: Array) -> Array | None:
        positions = events["recall"]
        named = positions[positions >= 0].tolist()
        if not named:
            return None
        bodies = []
        for position in named:
            body = self._reader.decision_at(position)
            if body is None or len(body) != DECISION.itemsize:
                raise LogCorrupt(
                    position >> 10,
                    f"the decision at position {position}, which a later event names, is not in "
                    "the log as this build would have it; restore its segment from a backup",
                )
            bodies.append(body)
        return np.frombuffer(b"".join(bodies), DECISION)

    def _compare(self, made: bytes, rows: list[Row]) -> None:
        recorded = b"".join([row[6] for row in rows])
        size = DECISION.itemsize
        self.replayed.compared += len(recorded) // size
        if recorded == made:
            return
        for at in range(0, max(len(recorded), len(made)), size):
            body, again = recorded[at : at + size], made[at : at + size]
            if body != again:
                offset = int(np.frombuffer(body or again, DECISION)["offset"][0])
                raise Drift(
                    offset, f"decision {(body or again)[:16].hex()} {difference(body, again)}"
                )


def difference(recorded: bytes, again: bytes) -> str:
    """Name the first field in which two bodies differ."""
    if not again:
        return "was recorded, but replay does not make it"
    if not recorded:
        return "is made by replay, but was not recorded"
    before, after = np.frombuffer(recorded, DECISION)[0], np.frombuffer(again, DECISION)[0]
    for name in DECISION.names or ():
        if np.asarray(before[name]).tobytes() != np.asarray(after[name]).tobytes():
            return f"differs in {name}: recorded {before[name]}, replayed {after[name]}"
    return "differs"
