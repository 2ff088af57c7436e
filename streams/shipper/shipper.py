"""The shipper: follows the log, inserts what was committed, once.

Decisions go first and at once; events, outcomes, actions, dead letters and deliveries follow
a few times a second, so that they cost decisions little time.
"""

from __future__ import annotations

import sqlite3
import time
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from haechi.engine.codes import EventKind
from haechi.streams.log.reader import Head, LoggedDecision, LoggedEvent, LogReader
from haechi.streams.shipper.batch import Batch
from haechi.streams.shipper.cursor import Cursor, CursorFile
from haechi.streams.shipper.decisions import decision_batch
from haechi.streams.shipper.deliveries import Deliveries, Delivery, budget_of
from haechi.streams.shipper.happenings import happening_batches, started_epoch
from haechi.streams.shipper.names import PlaceNames
from haechi.streams.shipper.outlet import Outlet
from haechi.streams.shipper.progress import Progress

MOST_ROWS: Final = 5000
"""Rows of an insert, about; a fifth of a second of work for the store."""

FOLLOW_S: Final = 0.5
"""How long everything but decisions may wait."""

_LOOK_S: Final = 0.25
_STEADY_S: Final = 2.0
_MOST_SETTLING_S: Final = 30.0

ANCHOR_S: Final = 5.0
ANCHOR_EVENTS: Final = 1000
"""How often the chain's head is anchored."""


class Shipper:
    """Ships one shard's log over one connection; make a new one after a failure.

    Parameters
    ----------
    reader
        The log, with keys.
    outlet
        The store.
    file
        Where the cursor is kept.
    shard
        Number of the shard.
    names
        Names of places.
    progress
        Told what was acknowledged.
    """

    def __init__(
        self,
        reader: LogReader,
        outlet: Outlet,
        file: CursorFile,
        shard: int,
        names: PlaceNames,
        progress: Progress,
    ) -> None:
        self._reader = reader
        self._outlet = outlet
        self._file = file
        self._shard = shard
        self._names = names
        self._progress = progress
        self._cursor = file.load()
        self._deliveries = Deliveries(reader, shard)
        self._pending: list[LoggedEvent] = []
        self._starts: list[tuple[int, int]] = []
        self._span = 1024
        self._followed_at = 0.0
        self._anchored_at = 0.0
        self._anchored_offset = -1
        self._stops: list[int] = []
        self._follow_at = -1
        self._unsettled = -1
        self._deliveries_unsettled = True

    def begin(self) -> None:
        """Bring the tables to this version, and find out whether this is the store we know."""
        self._outlet.migrate()
        self._outlet.settle_promotion(self._reader.folder)
        identity = self._outlet.identity()
        head = self._head()
        end = head.offset + 1 if head else 0
        cursor = self._cursor
        known = cursor.store == identity and cursor.decisions <= end
        if not known or not self._counted():
            # Another log or store, an emptied one, or one that lost rows: everything is
            # checked by key from the first event, and only what is missing is inserted.
            self._settle()
            self._cursor = cursor = Cursor(store=identity)
        self._read_to = cursor.events
        # Whatever the log holds by now may have arrived without our knowing.
        self._unsettled = end - 1
        if cursor.delivery and not self._observed(cursor.delivery - 1, 1):
            # Observations may be lost with their file; their numbers start anew then.
            cursor.delivery = 0
        # What was under way is sent in the same pieces, so that it gets the same tokens.
        self._follow_at = min(cursor.underway.get("events", -1), end)
        ends = {cursor.decisions, cursor.underway.get("decisions", -1), self._follow_at}
        self._stops = sorted(stop for stop in ends if cursor.events < stop <= end)

    def _settle(self) -> None:
        """Wait until nothing more arrives: what a killed shipper sent may still be inserted.

        A row that is not to be seen yet would be found missing, and then be there twice.
        """
        before, steady_s, waited_s = self._outlet.counts({}), 0.0, 0.0
        while steady_s < _STEADY_S and waited_s < _MOST_SETTLING_S:
            time.sleep(_LOOK_S)
            now = self._outlet.counts({})
            steady_s = steady_s + _LOOK_S if now == before else 0.0
            before, waited_s = now, waited_s + _LOOK_S

    def _counted(self) -> bool:
        cursor = self._cursor
        below = {"decisions": cursor.decisions}
        for table in ("events", "outcomes", "actions", "dead_letters"):
            below[table] = cursor.events
        for table, there in self._outlet.counts(below).items():
            acknowledged = cursor.rows[table]
            # Deliveries are not in the order of offsets: later ones may be among them.
            if there != acknowledged and not (table == "deliveries" and there > acknowledged):
                return False
        return True

    def _head(self) -> Head | None:
        try:
            return self._reader.head()
        except sqlite3.OperationalError:
            # The log, or its next segment, is being made this very moment.
            return None

    def _observed(self, after: int, most: int) -> list[tuple[int, bytes, int, int]]:
        try:
            return self._reader.deliveries_after(after, most)
        except sqlite3.OperationalError:
            # Likewise for the file of observations.
            return []

    def step(self, *, closing: bool = False) -> bool:
        """Ship what is there, at most one batch of decisions.

        Parameters
        ----------
        closing
            Whether to ship what may wait, too.

        Returns
        -------
        Whether there is more to ship already.
        """
        head = self._head()
        end = head.offset + 1 if head else 0
        stop = self._stops.pop(0) if self._stops else min(end, self._read_to + self._span)
        if self._read_to < stop:
            self._read(self._read_to, stop)
        now = time.monotonic()
        due = now - self._followed_at >= FOLLOW_S or len(self._pending) >= MOST_ROWS
        if (
            due or closing or self._read_to == self._follow_at
        ) and self._read_to >= self._follow_at:
            self._follow()
            self._followed_at = now
        if head is not None:
            self._anchor(head, now, closing=closing)
            self._progress.seen(self._cursor, head.offset)
        return self._read_to < end

    def wait_s(self) -> float:
        """How long nothing needs to be done unless something is committed."""
        return max(0.0, self._followed_at + FOLLOW_S - time.monotonic())

    def _read(self, start: int, stop: int) -> None:
        events = list(self._reader.events(start, stop))
        decisions = self._reader.decisions(max(start, self._cursor.decisions), stop)
        for event in events:
            if event.kind == EventKind.ENGINE_STARTED:
                before = self._starts[-1][1] if self._starts else self._cursor.epoch
                epoch = started_epoch(self._reader, event) or before + 1
                self._starts.append((event.offset, epoch))
        if decisions:
            self._ship_decisions(decisions, events, stop)
        self._cursor.decisions = max(self._cursor.decisions, stop)
        self._pending += events
        self._read_to = stop
        # The next range is to hold about as many rows as one insert takes.
        rows = max(len(decisions), len(events), 1)
        self._span = max(16, min(MOST_ROWS, (stop - start) * MOST_ROWS // rows))

    def _epoch(self, offset: int) -> int:
        at = bisect_right(self._starts, offset, key=lambda start: start[0])
        return self._starts[at - 1][1] if at else self._cursor.epoch

    def _ship_decisions(
        self, decisions: Sequence[LoggedDecision], events: Sequence[LoggedEvent], stop: int
    ) -> None:
        batch = decision_batch(decisions, self._epoch, self._shard, self._names)
        self._cursor.underway["decisions"] = stop
        self._file.save(self._cursor)
        self._send([batch], sure=decisions[0].offset > self._unsettled)
        self._progress.acknowledged(events[0].stamp_us)
        gates = (event for event in events if event.kind == EventKind.GATE_EVENT)
        budgets = {event.offset: budget_of(event.kind, event.records) for event in gates}
        self._deliveries.note(decisions, budgets)

    def _send(self, batches: Sequence[Batch], *, sure: bool) -> None:
        for batch in batches:
            if sure:
                self._outlet.insert(batch.table, batch.whole(), batch.token)
            else:
                self._outlet.settle(batch)
        for batch in batches:
            self._cursor.rows[batch.table] += len(batch.keys)

    def _follow(self) -> None:
        """Ship what may wait."""
        if self._pending:
            pending = self._pending
            self._cursor.underway["events"] = self._read_to
            self._file.save(self._cursor)
            batches = happening_batches(
                pending, self._reader, self._epoch, self._shard, self._names
            )
            self._send(batches, sure=pending[0].offset > self._unsettled)
            self._cursor.epoch = self._epoch(pending[-1].offset)
            self._cursor.events = self._read_to
            self._starts.clear()
            self._pending = []
        while self._ship_deliveries():
            pass

    def _ship_deliveries(self) -> bool:
        cursor = self._cursor
        most = MOST_ROWS
        if (underway := cursor.underway.get("deliveries", 0)) > cursor.delivery:
            most = underway - cursor.delivery
        found = self._observed(cursor.delivery, most)
        if found:
            rows = [Delivery(*row) for row in found]
            batch = self._deliveries.batch(rows)
            cursor.underway["deliveries"] = rows[-1].number
            self._file.save(cursor)
            if batch is not None:
                self._send([batch], sure=not self._deliveries_unsettled)
            cursor.delivery = rows[-1].number
        if len(found) < most:
            self._deliveries_unsettled = False
        return len(found) == most

    def _anchor(self, head: Head, now: float, *, closing: bool) -> None:
        if head.offset <= self._anchored_offset:
            return
        due = now - self._anchored_at >= ANCHOR_S
        if due or closing or head.offset - self._anchored_offset >= ANCHOR_EVENTS:
            self._outlet.anchor(
                head.offset, head.chain, self._epoch(head.offset), time.time_ns() // 1000
            )
            self._anchored_at, self._anchored_offset = now, head.offset
            # A standby may have been promoted over this log while it was shipped.
            self._outlet.settle_promotion(self._reader.folder)

    def save(self) -> None:
        """Keep the cursor, so that the next start need not check what was acknowledged."""
        self._file.save(self._cursor)
