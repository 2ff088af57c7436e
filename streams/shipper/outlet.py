"""The store, as the shipper sees it: insert once, and ask what is there."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Final

import clickhouse_connect
from clickhouse_connect.driver.client import Client

from haechi.configs.cluster import spread
from haechi.configs.schema import Target, decision_columns, migrate
from haechi.engine.codes import Stream
from haechi.engine.errors import StoreError
from haechi.engine.features import FEATURES
from haechi.streams.shipper.batch import KEYS, Batch, select
from haechi.streams.shipper.cursor import TABLES
from haechi.streams.shipper.native import Block
from haechi.streams.shipper.promotion import Promotions, settle_promotion

_ATTEMPTS: Final = 20
_SHOWS_S: Final = 3.0
_LOOK_S: Final = 0.05
_CONNECT_S: Final = 3
_ANSWER_S: Final = 60
_INSERTING: Final = {
    "async_insert": 0,
    # A few rows a time, fifty times a second: threads to share them cost more than they do.
    "max_threads": 1,
    # Merges make the skip indexes: in a part of a few rows they are eight files for nothing.
    "materialize_skip_indexes_on_insert": 0,
}


def connector(
    host: str, port: int, username: str, password: str, answer_s: int = _ANSWER_S
) -> Callable[[], Client]:
    """Give a function that connects as the writer does: one insert at a time, no sessions."""

    def connect() -> Client:
        return clickhouse_connect.get_client(
            host=host,
            port=port,
            username=username,
            password=password,
            compress=False,
            autogenerate_session_id=False,
            connect_timeout=_CONNECT_S,
            send_receive_timeout=answer_s,
            # Whoever retries must first ask what arrived; that is done here, not in there.
            query_retries=0,
        )

    return connect


class Outlet:
    """Inserts batches for one shard.

    Parameters
    ----------
    client
        Connected without a database, which may not exist yet.
    shard
        Number of the shard.
    target
        Where the tables stand.
    """

    def __init__(self, client: Client, shard: int, target: Target) -> None:
        self._client = client
        self._shard = shard
        self._target = target

    def migrate(self) -> None:
        """Bring the tables to this version."""
        features = [(feature.name, feature.unit, feature.text) for feature in FEATURES]
        streams = [stream.name.lower() for stream in Stream]
        columns = decision_columns(features, streams)
        migrate(self._client, self._target, columns)
        if self._target.cluster:
            spread(self._client, self._target, columns)

    def identity(self) -> str:
        """Tell this store from another one, and from itself before it was emptied."""
        rows = self._client.query(
            "SELECT toString(uuid) FROM system.tables "
            "WHERE database = {database:String} AND name = 'decisions'",
            parameters={"database": self._target.database},
        ).result_rows
        return str(rows[0][0]) if rows else ""

    def settle_promotion(self, log: Path) -> None:
        """Set aside what is in no log any more, if a standby's log is shipped since a promotion.

        Raises
        ------
        Superseded
            If this log is the one that another was promoted over.
        """
        settle_promotion(log, Promotions(self._client, self._target.database, self._shard))

    def counts(self, below: dict[str, int]) -> dict[str, int]:
        """Rows of this shard by table, below an offset where one is given."""
        return {table: self._count(table, below.get(table, 1 << 62)) for table in TABLES}

    def _count(self, table: str, below: int) -> int:
        rows = self._select(table, "count()", 0, below - 1)
        if not rows:
            raise StoreError(f"the store's count of {table} was cut off; it is starting or ending")
        return int(rows[0][0])

    def _select(self, table: str, columns: str, low: int, high: int) -> Any:
        return self._client.query(
            select(columns, "offset >= {low:Int64}", "offset <= {high:Int64}"),
            parameters={
                "database": self._target.database,
                "table": table,
                "shard": self._shard,
                "low": low,
                "high": high,
            },
        ).result_rows

    def insert(self, table: str, block: Block, token: str) -> None:
        """Insert rows; returns when the store has acknowledged them."""
        self._client.raw_insert(
            f"{self._target.database}.{table}",
            column_names=block.names,
            insert_block=block.encode(),
            fmt="Native",
            settings={"insert_deduplication_token": token} | _INSERTING,
        )

    def present(self, batch: Batch) -> set[Hashable]:
        """Keys of this shard that the store has among the batch's offsets."""
        rows = self._select(batch.table, KEYS[batch.table], batch.low, batch.high)
        return {tuple(row) for row in rows}

    def _missing(self, batch: Batch) -> list[int]:
        """Places of the rows that the store does not show."""
        present = self.present(batch)
        return [place for place, key in enumerate(batch.keys) if key not in present]

    def settle(self, batch: Batch) -> None:
        """Insert what is missing of a batch of which nobody knows how much has arrived.

        The batch's own token comes first: if its first insert is still on its way, only one
        of the two lands. A token may outlive the rows that came with it (the store was
        killed); what is missing although the token was taken, and stays so for a while, goes
        under the next token. The order of tokens is fixed, so that whoever continues this
        cannot overtake it.

        Raises
        ------
        StoreError
            If rows stay missing although the store acknowledges them.
        """
        for attempt in range(_ATTEMPTS):
            missing = self._missing(batch)
            # Who took the token may be a moment away from showing its rows.
            until = time.monotonic() + (_SHOWS_S if attempt else 0.0)
            while missing and time.monotonic() < until:
                time.sleep(_LOOK_S)
                missing = self._missing(batch)
            if not missing:
                return
            token = f"{batch.token}:{attempt}" if attempt else batch.token
            self.insert(batch.table, batch.block(missing), token)
        raise StoreError(
            f"{len(missing)} rows of {batch.table} at offset {batch.low} are acknowledged and "
            "not there; look into the store's own log and its disk"
        )

    def anchor(self, offset: int, chain: bytes, epoch: int, now_us: int) -> None:
        """Keep the head of the log's chain outside the log."""
        block = Block(1)
        block.numbers("shard", "UInt32", "<u4", [self._shard])
        block.numbers("offset", "Int64", "<i8", [offset])
        block.texts("hash", [chain.hex()])
        block.numbers("anchored_at", "DateTime64(6, 'UTC')", "<i8", [now_us])
        self.insert("anchors", block, f"{self._shard}:{epoch}:anchors:{offset}:{offset}")

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
