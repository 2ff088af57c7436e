"""After a promotion: what the superseded engine had shipped beyond the promoted log is set aside.

It is done once, before the first row of the promoted engine: rows are known by their place in the
log, and until then whatever lies behind the promotion is an orphan.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final, Protocol

from haechi.streams.log.derived import read_head
from haechi.streams.standby.standing import Standing, check_office, give_up_office

_ITS_OWN: Final = ("promotions", "orphans")


class Asked(Protocol):
    """The part of a clickhouse_connect client that is needed."""

    def query(self, query: str, *, parameters: dict[str, Any]) -> Any:
        """Run a query; the result has ``result_rows``."""

    def command(self, cmd: str, *, parameters: dict[str, Any], settings: dict[str, Any]) -> Any:
        """Run one statement."""


class Promotions:
    """What a store knows of promotions.

    Parameters
    ----------
    client
        Connected as the one that writes.
    database
        Where the tables stand.
    shard
        Number of the shard.
    """

    def __init__(self, client: Asked, database: str, shard: int) -> None:
        self._client = client
        self._given = {"database": database, "shard": shard}
        self._database = database

    def last_epoch(self) -> int:
        """Epoch of the last promotion of this shard; 0 if there was none."""
        rows = self._client.query(
            "SELECT max(epoch) FROM {database:Identifier}.promotions WHERE shard = {shard:UInt32}",
            parameters=self._given,
        ).result_rows
        return int(rows[0][0])

    def set_aside(self, standing: Standing) -> None:
        """Keep what lies behind a promotion among the orphans, and note the promotion."""
        now_us = time.time_ns() // 1000
        for table, has_epoch in self._tables():
            behind = f"shard = {self._given['shard']} AND offset >= {standing.offset}"
            if has_epoch:
                behind += f" AND epoch < {standing.epoch}"
            columns = (
                f"shard, {standing.epoch}, '{table}', offset, fromUnixTimestamp64Micro({now_us})"
            )
            source = f"{self._database}.{table}"
            self._run(
                f"INSERT INTO {self._database}.orphans SELECT {columns}, "  # noqa: S608 - own names
                f"formatRowNoNewline('JSONEachRow', *) FROM {source} WHERE {behind}",
                insert_deduplication_token=f"{self._given['shard']}:{standing.epoch}:{table}",
            )
            self._run(f"ALTER TABLE {source} DELETE WHERE {behind}", mutations_sync=2)
        self._run(
            f"INSERT INTO {self._database}.promotions SELECT {self._given['shard']}, "
            f"{standing.epoch}, {standing.offset}, fromUnixTimestamp64Micro({now_us})"
        )

    def _tables(self) -> list[tuple[str, bool]]:
        """Tables whose rows have a place in a shard's log, and whether they tell its epoch."""
        rows = self._client.query(
            "SELECT table, countIf(name = 'epoch') FROM system.columns "
            "WHERE database = {database:String} AND table IN (SELECT name FROM system.tables "
            "WHERE database = {database:String} AND engine LIKE '%MergeTree') "
            "GROUP BY table HAVING countIf(name IN ('shard', 'offset')) = 2 ORDER BY table",
            parameters=self._given,
        ).result_rows
        return [(str(table), bool(epochs)) for table, epochs in rows if table not in _ITS_OWN]

    def _run(self, statement: str, **settings: Any) -> None:
        self._client.command(statement, parameters={}, settings=settings)


def settle_promotion(log: Path, promotions: Promotions) -> None:
    """Have the store count this log's rows, if it may be shipped at all.

    Raises
    ------
    Superseded
        If another copy was promoted over this log, by its own note or by the store's.
    ConfigError
        If it is a standby's.
    """
    standing = check_office(log)
    head = read_head(log)
    known = promotions.last_epoch()
    if known > max(standing.epoch, head.epoch if head is not None else 0):
        raise give_up_office(log, "", known)
    if standing.promoted and known < standing.epoch:
        promotions.set_aside(standing)
