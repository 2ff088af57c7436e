"""The migrator against a client that only remembers."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from haechi.configs.schema import (
    SchemaFile,
    Target,
    decision_columns,
    migrate,
    schema_files,
)
from haechi.engine.errors import ConfigError, StoreError

ONE = SchemaFile(1, "0001_one.sql", "-- why; not a statement\nCREATE a{on_cluster};\nCREATE b;\n")
TWO = SchemaFile(2, "0002_two.sql", "CREATE TABLE {database}.t ENGINE = {engine}")
VIEW = SchemaFile(3, "0003_v.sql", "CREATE OR REPLACE VIEW {database}.v AS SELECT {columns} FROM t")


class Remembering:
    def __init__(self) -> None:
        self.commands: list[str] = []
        self.ledger: list[tuple[Any, ...]] = []
        self.views: dict[str, list[tuple[str, str]]] = {}

    def command(self, cmd: str) -> None:
        self.commands.append(cmd)

    def query(self, query: str) -> Any:
        if "system.tables" in query:
            return SimpleNamespace(result_rows=[(int(bool(self.ledger)),)])
        if "system.columns" in query:
            return SimpleNamespace(
                result_rows=[row for rows in self.views.values() for row in rows]
            )
        return SimpleNamespace(result_rows=self.ledger if "schema_versions" in query else [])

    def insert(
        self,
        table: str,
        data: Sequence[Sequence[Any]],
        column_names: Sequence[str],
        *,
        database: str,
    ) -> None:
        assert (table, database) == ("schema_versions", "haechi")
        self.ledger += [tuple(row) for row in data]


def test_applied_once_in_order() -> None:
    client = Remembering()
    assert migrate(client, Target(), (), [ONE]).applied == ("0001_one.sql",)
    assert migrate(client, Target(), (), [ONE, TWO]).applied == ("0002_two.sql",)
    assert migrate(client, Target(), (), [ONE, TWO]).applied == ()
    assert client.commands == ["CREATE a", "CREATE b", "CREATE TABLE haechi.t ENGINE = MergeTree"]


def test_a_changed_file_is_an_error_that_says_what_to_do() -> None:
    client = Remembering()
    migrate(client, Target(), (), [ONE, TWO])
    changed = SchemaFile(2, "0002_two.sql", TWO.text + " ORDER BY n")
    with pytest.raises(StoreError, match=r"0002_two\.sql .* next number"):
        migrate(client, Target(), (), [ONE, changed])


def test_a_database_of_a_newer_version_is_refused() -> None:
    client = Remembering()
    migrate(client, Target(), (), [ONE, TWO])
    with pytest.raises(StoreError, match=r"0002_two\.sql.* does not know"):
        migrate(client, Target(), (), [ONE])


def test_placeholders_and_the_servers_own_braces() -> None:
    engine = "ReplicatedMergeTree('/clickhouse/{database}/{table}', '{replica}')"
    target = Target(database="border", engine=engine, cluster="ports")
    assert TWO.statements(target) == [f"CREATE TABLE border.t ENGINE = {engine}"]
    assert ONE.statements(target)[0] == "CREATE a ON CLUSTER ports"


def test_views_get_the_columns_with_their_comments() -> None:
    client = Remembering()
    columns = decision_columns([("price", "USD", "it's dear")], ["face"])
    assert [column.name for column in columns] == [
        "f_price",
        "c_price",
        "e_face",
        "e_face_age_s",
    ]
    assert migrate(client, Target(), columns, [VIEW]).views == ("v",)
    assert "features['price'], nan) AS f_price" in client.commands[0]
    assert "COMMENT COLUMN f_price 'Feature [USD]: it\\'s dear" in client.commands[1]


def test_the_schema_that_comes_along_is_in_order() -> None:
    files = schema_files()
    assert [file.version for file in files] == list(range(1, len(files) + 1))
    for file in files:
        for statement in file.statements(Target()):
            assert statement.startswith(
                (
                    "CREATE DATABASE",
                    "CREATE TABLE",
                    "CREATE OR REPLACE",
                    "ALTER TABLE",
                    "CREATE MATERIALIZED VIEW IF NOT EXISTS",
                    "INSERT INTO haechi.labelled\n",
                )
            )
            if statement.startswith("ALTER TABLE"):
                # What is there stays: columns are added and explained, nothing else.
                changes = statement.partition("\n")[2].split(",\n")
                allowed = ("ADD COLUMN IF NOT EXISTS ", "COMMENT COLUMN ")
                assert all(change.strip().startswith(allowed) for change in changes), changes


def test_views_are_made_anew_when_their_table_changes() -> None:
    client = Remembering()
    more = SchemaFile(
        4, "0004_more.sql", "ALTER TABLE {database}.t ADD COLUMN IF NOT EXISTS n Int8"
    )
    client.views = {"v": [("f_price", "Feature [USD]: dear; NaN where the evidence is missing")]}
    assert migrate(client, Target(), (), [VIEW]).views == ("v",)
    client.views = {}
    assert migrate(client, Target(), (), [VIEW]).views == ()
    assert migrate(client, Target(), (), [VIEW, more]).views == ("v",)
    assert migrate(client, Target(), (), [VIEW, more]).views == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [("database", "a b"), ("database", "a;"), ("cluster", "x'"), ("engine", "Log")],
)
def test_a_bad_target_is_refused(key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=key):
        Target(**{key: value})


def test_a_name_that_is_no_column_is_refused() -> None:
    with pytest.raises(ConfigError, match="no column name"):
        decision_columns((), ["a b"])


def test_a_view_that_comes_new_is_made_beside_an_old_schema() -> None:
    client = Remembering()
    migrate(client, Target(), (), [VIEW])
    new = SchemaFile(4, "0004_plain.sql", "CREATE OR REPLACE VIEW {database}.plain AS SELECT 1")
    assert migrate(client, Target(), (), [VIEW, new]).views == ("plain",)
    assert migrate(client, Target(), (), [VIEW, new]).views == ()
