"""Figures and alarms on their way to ClickHouse; the store being down only delays them.

Rows carry the offset at which they were true. A row is inserted if the table holds none of its
shard at that offset or beyond, so that reading the log again adds nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final

from haechi.streams.monitor.monitor import Logged, subject_word
from haechi.streams.monitor.quality import ALL_LANES, Figure

QUALITY: Final = "model_quality"
ALARMS: Final = "drift_alarms"
COLUMNS: Final = {
    QUALITY: [
        "shard", "offset", "at", "subject_kind", "lane", "model", "metric", "value", "low",
        "high", "n", "detail",
    ],
    ALARMS: [
        "shard", "offset", "event_id", "subject_kind", "watched", "detector", "before", "after",
        "seen_offset", "stamped_at",
    ],
}  # fmt: skip
OFF: Final = "switched_off"
"""Metric of a challenger or detector that raised; the detail says why."""

Row = list[Any]


class Outlet:
    """Inserts rows, in order.

    Parameters
    ----------
    connect
        Makes a clickhouse_connect client; asked again after each failure.
    shard
        Number of the shard.
    lane_of
        Name of a lane by its number.
    most
        Rows that wait while the store is down, of each table.
    database
        Where the tables stand.

    Attributes
    ----------
    dropped
        Rows that there was no room for.
    written
        Rows inserted.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        shard: int,
        lane_of: Callable[[int], str],
        most: int,
        database: str = "haechi",
    ) -> None:
        self._connect: Final = connect
        self._shard: Final = shard
        self._lane_of: Final = lane_of
        self._most: Final = most
        self._database: Final = database
        self._client: Any = None
        self._waiting: Final[dict[str, deque[Row]]] = {QUALITY: deque(), ALARMS: deque()}
        self._there: Final[dict[str, int]] = {}
        self.dropped = 0
        self.written = 0

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def put_figures(self, offset: int, stamp_us: int, figures: Iterable[Figure]) -> None:
        """Take figures as of an offset."""
        at = _time(stamp_us)
        for figure in figures:
            lane = "" if figure.lane == ALL_LANES else self._lane_of(figure.lane)
            said = figure.estimate
            self._put(
                QUALITY,
                [
                    self._shard, offset, at, subject_word(figure.node), lane, figure.model,
                    figure.metric, said.value, said.low, said.high, said.n, "",
                ],
            )  # fmt: skip

    def put_off(
        self, offset: int, stamp_us: int, node: int, model: str, learned: int, reason: str
    ) -> None:
        """Take that a challenger or a detector was switched off."""
        nan = float("nan")
        self._put(
            QUALITY,
            [
                self._shard, offset, _time(stamp_us), subject_word(node), "", model, OFF, 1.0,
                nan, nan, learned, reason,
            ],
        )  # fmt: skip

    def put_alarm(self, alarm: Logged) -> None:
        """Take an alarm that stands in the log."""
        self._put(
            ALARMS,
            [
                self._shard, alarm.offset, alarm.id.hex(), subject_word(alarm.node),
                alarm.watched, alarm.detector, alarm.before, alarm.after, alarm.seen_offset,
                _time(alarm.stamp_us),
            ],
        )  # fmt: skip

    def _put(self, table: str, row: Row) -> None:
        waiting = self._waiting[table]
        waiting.append(row)
        if len(waiting) > self._most:
            waiting.popleft()
            self.dropped += 1

    def flush(self) -> None:
        """Insert what waits; raises what the driver raises, and then nothing is lost."""
        try:
            for table, waiting in self._waiting.items():
                if waiting:
                    self._insert(table, waiting)
        except BaseException:
            self.close()
            raise

    def _insert(self, table: str, waiting: deque[Row]) -> None:
        if self._client is None:
            self._client = self._connect()
        if table not in self._there:
            self._there[table] = self._reaches(table)
        fresh = [row for row in waiting if row[1] > self._there[table]]
        if fresh:
            self._client.insert(table, fresh, column_names=COLUMNS[table], database=self._database)
            self._there[table] = fresh[-1][1]
            self.written += len(fresh)
        waiting.clear()

    def _reaches(self, table: str) -> int:
        """The last offset that the table holds rows of; -1 for none."""
        rows = self._client.query(
            "SELECT count(), max(offset) FROM {database:Identifier}.{table:Identifier} "
            "WHERE shard = {shard:UInt32}",
            parameters={"database": self._database, "table": table, "shard": self._shard},
        ).result_rows
        return int(rows[0][1]) if rows[0][0] else -1

    def close(self) -> None:
        """Let go of the connection; what waits, waits."""
        self._there.clear()
        if self._client is not None:
            client, self._client = self._client, None
            client.close()


def _time(stamp_us: int) -> datetime:
    return datetime.fromtimestamp(stamp_us / 1e6, UTC)
