"""One node of a cluster of one shard, in the embedded engine; a process of its own.

Prints, by question, how many rows the shard's tables give, and whether the database over all
shards gives the same. What this engine cannot do, DDL on a cluster and replication, is left out
of the statements, after a look that it was there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chdb.state.sqlitelike import Connection

from haechi.configs.cluster import REPLICATED, everywhere, spread
from haechi.configs.schema import Target, decision_columns, migrate
from haechi.dashboards.questions import questions
from haechi.engine.codes import Stream
from haechi.engine.features import FEATURES

NODE = """<clickhouse><tcp_port>9000</tcp_port><remote_servers><port><shard><replica>
<host>127.0.0.1</host><port>9000</port></replica></shard></port></remote_servers></clickhouse>"""
ROWS = {
    "decisions": {
        "kind": "'ANSWER'", "decision_id": "lower(hex(MD5(toString(n))))", "shard": "0",
        "offset": "n", "case_key": "intDiv(n, 2)", "subject": "intDiv(n, 2)", "lane": "'walk'",
        "verdict": "['RELEASE', 'HOLD', 'REFER'][1 + n % 3]", "selected_by": "'MODEL'",
        "log_odds": "n / 100", "event_time": "at", "decided_at": "at",
    },
    "outcomes": {
        "event_id": "lower(hex(MD5(toString(n))))", "shard": "0", "offset": "n",
        "decision_id": "lower(hex(MD5(toString(3 * n))))", "selected_by": "'MODEL'",
        "result": "if(n % 2, 'FOUND', 'NOTHING')", "event_time": "at", "started_at": "at",
        "finished_at": "at + 60", "stamped_at": "at",
    },
    "actions": {
        "event_id": "lower(hex(MD5(toString(n))))", "shard": "0", "offset": "n",
        "decision_id": "lower(hex(MD5(toString(3 * n + 1))))", "actor_kind": "'OFFICER'",
        "from_verdict": "'HOLD'", "to_verdict": "if(n % 2, 'HOLD', 'RELEASE')", "event_time": "at",
    },
}  # fmt: skip
"""Columns of 600 rows of each table, by ``n``; row ``n`` happened ``n`` minutes ago."""


class Node:
    """What the migrator needs of a clickhouse_connect client."""

    def __init__(self, folder: Path) -> None:
        config = folder / "node.xml"
        config.write_text(NODE, "utf-8")
        self._engine = Connection(f"{folder / 'data'}?config-file={config}")

    def command(self, cmd: str) -> Any:
        if cmd.startswith(("CREATE", "ALTER")):
            assert " ON CLUSTER port" in cmd, cmd
        # The engine reads the whole statement as a server would, then does its own part of it.
        self._engine.query(f"SELECT formatQuery($haechi${cmd}$haechi$)", "TSV")
        own = cmd.replace(" ON CLUSTER port", "").replace(REPLICATED, "MergeTree")
        return self._engine.query(own, "TSV").bytes().decode()

    def query(self, query: str) -> Any:
        rows = self._engine.query(query, "JSONCompactEachRow").bytes().decode().splitlines()
        return type("Result", (), {"result_rows": [json.loads(row) for row in rows]})

    def insert(
        self,
        table: str,
        data: Sequence[Sequence[Any]],
        column_names: Sequence[str],
        *,
        database: str,
    ) -> None:
        for row in data:
            values = ", ".join(f"'{value}'" for value in row)
            self.command(
                f"INSERT INTO {database}.{table} ({', '.join(column_names)}) VALUES ({values})"
            )


def answer(node: Node, database: str, statement: str, bound: dict[str, str]) -> list[Any]:
    """Rows of a question in a database; in no order, and with figures as they are shown."""
    node.command(f"USE {database}")
    for name, value in bound.items():
        node.command(f"SET param_{name} = '{value}'")
    settings = " SETTINGS distributed_product_mode = 'global'"
    return sorted(map(json.dumps, node.query(statement.rstrip() + settings).result_rows))


def main(folder: Path) -> None:
    node = Node(folder)
    target = Target(engine=REPLICATED, cluster="port")
    features = [(feature.name, feature.unit, feature.text) for feature in FEATURES]
    columns = decision_columns(features, [stream.name.lower() for stream in Stream])
    migrate(node, target, columns)
    made = spread(node, target, columns)
    for table, values in ROWS.items():
        node.command(
            f"INSERT INTO haechi.{table} ({', '.join(values)}) "
            "WITH number AS n, now64(6) - toIntervalMinute(n) AS at "
            f"SELECT {', '.join(values.values())} FROM numbers(600)"
        )
    told = {}
    for name, question in questions().items():
        given = {one.name: "5" for one in question.parameters if one.default is None}
        bound = question.bind(given)
        here, there = (
            answer(node, where, question.statement, bound)
            for where in (target.database, everywhere(target).database)
        )
        told[name] = [len(here), here == there]
    print(json.dumps({"made": made, "told": told}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
