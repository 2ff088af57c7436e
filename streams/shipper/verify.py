"""Compare the log with the store, row by row: what is missing, doubled, different, orphaned."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from haechi.engine.codes import EventKind
from haechi.engine.records import DECISION
from haechi.streams.log.reader import LogReader
from haechi.streams.log.segment import ORDINAL_BITS
from haechi.streams.shipper.batch import KEYS, select
from haechi.streams.shipper.deliveries import Delivery, delivery_key
from haechi.streams.shipper.happenings import ACTED

_PIECE: Final = 20_000
_BEYOND: Final = 1 << 62
_EXAMPLES: Final = 5
_MASK: Final = (1 << ORDINAL_BITS) - 1
_OF_KIND: Final = {
    "outcomes": (EventKind.INSPECTION_OUTCOME,),
    "actions": ACTED,
    "dead_letters": (EventKind.DEAD_LETTER,),
}


@dataclass(slots=True)
class Checked:
    """What one table holds, against the log.

    Parameters
    ----------
    logged, stored
        Rows there ought to be, and rows there are.
    missing
        Rows of the log that are not stored.
    doubled
        Rows that are stored more often than they ought to be, the surplus counted.
    different
        Rows that say something else than the log.
    orphans
        Stored rows that the log does not have.
    examples
        The first few keys of those.
    """

    logged: int = 0
    stored: int = 0
    missing: int = 0
    doubled: int = 0
    different: int = 0
    orphans: int = 0
    examples: tuple[Hashable, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the store holds exactly what the log does."""
        return not (self.missing or self.doubled or self.different or self.orphans)

    def compare(self, logged: dict[Hashable, Any], stored: Iterable[tuple[Hashable, Any]]) -> None:
        """Add some keys with what is to be equal; keys do not come again in another call."""
        times: Counter[Hashable] = Counter()
        for key, said in stored:
            times[key] += 1
            if key not in logged:
                self.orphans += 1
                self._note(key)
            elif said != logged[key]:
                self.different += 1
                self._note(key)
        for key in logged:
            if times[key] == 0:
                self.missing += 1
                self._note(key)
            elif times[key] > 1:
                self.doubled += times[key] - 1
                self._note(key)
        self.logged += len(logged)
        self.stored += sum(times.values())

    def _note(self, key: Hashable) -> None:
        if len(self.examples) < _EXAMPLES:
            self.examples += (key,)


@dataclass(frozen=True, slots=True)
class Shipped:
    """What the store holds of a shard, against its log.

    Parameters
    ----------
    tables
        By name of the table.
    log_odds_logged, log_odds_stored
        Sum of all scores, on both sides.
    """

    tables: dict[str, Checked]
    log_odds_logged: float
    log_odds_stored: float

    @property
    def exact(self) -> bool:
        """Whether the store holds exactly what the log does."""
        return all(checked.exact for checked in self.tables.values())

    def lines(self) -> list[str]:
        """Say it in a line a table."""
        return [
            f"{table}: {c.logged} in the log, {c.stored} in ClickHouse; {c.missing} missing, "
            f"{c.doubled} doubled, {c.different} different, {c.orphans} orphans"
            + (f", such as {', '.join(map(str, c.examples))}" if c.examples else "")
            for table, c in self.tables.items()
        ]


def verify_shipped(
    reader: LogReader, client: Any, *, shard: int = 0, database: str = "haechi"
) -> Shipped:
    """Compare a shard's log with the store.

    Parameters
    ----------
    reader
        The log; keys are not needed.
    client
        A clickhouse_connect client, which may be an analyst's.
    shard
        Number of the shard.
    database
        Where the tables stand.
    """
    tables = {table: Checked() for table in KEYS}
    sums = np.zeros(2)

    def rows(table: str, columns: str, low: int, high: int) -> list[tuple[Any, ...]]:
        return list(
            client.query(
                select(columns, "offset >= {low:Int64}", "offset < {high:Int64}"),
                parameters={
                    "database": database,
                    "table": table,
                    "shard": shard,
                    "low": low,
                    # The last look goes beyond the log's end, for what it does not have.
                    "high": high if high <= last else _BEYOND,
                },
            ).result_rows
        )

    head = reader.head()
    last = head.offset if head else -1
    for low in range(0, max(last + 1, 1), _PIECE):
        high = low + _PIECE
        events = list(reader.events(low, min(high, last + 1)))
        decided: dict[Hashable, Any] = {}
        for decision in reader.decisions(low, min(high, last + 1)):
            score = float(np.frombuffer(decision.body, DECISION)[0]["log_odds"])
            key = (decision.offset, decision.position & _MASK)
            digest = hashlib.sha256(decision.body).hexdigest()
            decided[key] = (decision.id.hex(), digest, score)
            sums[0] += score
        found = rows("decisions", "offset, ordinal, decision_id, body_digest, log_odds", low, high)
        sums[1] += sum(row[4] for row in found)
        tables["decisions"].compare(decided, (((row[0], row[1]), row[2:]) for row in found))
        tables["events"].compare(
            {(event.offset,): (event.id.hex(), event.digest.hex()) for event in events},
            (((row[0],), row[1:]) for row in rows("events", "offset, event_id, digest", low, high)),
        )
        for table, kinds in _OF_KIND.items():
            tables[table].compare(
                {(event.offset,): "" for event in events if event.kind in kinds},
                ((key, "") for key in rows(table, "offset", low, high)),
            )
    said = rows("deliveries", KEYS["deliveries"], 0, _BEYOND)
    tables["deliveries"].compare(_delivered(reader), ((tuple(row), "") for row in said))
    return Shipped(tables, float(sums[0]), float(sums[1]))


def _delivered(reader: LogReader) -> dict[Hashable, Any]:
    """Observed deliveries of decisions that the log has."""
    found: dict[Hashable, Any] = {}
    number = 0
    while rows := reader.deliveries_after(number, _PIECE):
        for row in rows:
            if reader.logged_decision(row[1]) is not None:
                found[delivery_key(Delivery(*row))] = ""
        number = rows[-1][0]
    return found
