"""One database over all shards of a ClickHouse cluster.

Each node keeps the tables of its shard, replicated. Beside them stands a second database with the
same tables and views over all shards, which holds no data: analysts and Grafana ask that one. A
case lives on one shard with all that belongs to it, so what is joined as rows come in is there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from haechi.configs.schema import Column, SchemaClient, SchemaFile, Target, make_views, schema_files

REPLICATED: Final = (
    "ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')"
)
"""Engine of the tables on a cluster; the braces are the servers' macros."""

_TABLE: Final = re.compile(r"CREATE TABLE IF NOT EXISTS \w+\.(\w+)")


def everywhere(target: Target) -> Target:
    """Where the tables and views over all shards stand."""
    return replace(target, database=f"{target.database}_all")


def spread(
    client: SchemaClient,
    target: Target,
    columns: Sequence[Column],
    files: Sequence[SchemaFile] | None = None,
) -> tuple[str, ...]:
    """Make the database over all shards, anew: it holds no data, and tables may have changed.

    Parameters
    ----------
    client
        A clickhouse_connect client that may create databases and tables.
    target
        Where the schema stands; its cluster is the one that is spread over.
    columns
        Columns that the views derive, as for :func:`~haechi.configs.schema.migrate`.
    files
        The schema; that of this version if not given.

    Returns
    -------
    Names of the tables and views.
    """
    files = schema_files() if files is None else files
    over = everywhere(target)
    on_cluster = over.fill("{on_cluster}")
    client.command(f"CREATE DATABASE IF NOT EXISTS {over.database}{on_cluster} ENGINE = Atomic")
    statements = [statement for file in files for statement in file.statements(over)]
    tables = [found[1] for statement in statements if (found := _TABLE.match(statement))]
    for table in tables:
        # Rows are written to the tables of their shard, so nothing is told how to divide them.
        client.command(
            f"CREATE OR REPLACE TABLE {over.database}.{table}{on_cluster} "
            f"AS {target.database}.{table} "
            f"ENGINE = Distributed('{target.cluster}', '{target.database}', '{table}')"
        )
    return (*tables, *make_views(client, over, columns, files))
