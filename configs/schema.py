"""Bring a ClickHouse database to the schema of ``configs/schema``.

Numbered SQL files are applied once, in order, and noted in a ledger table with their
checksums. The columns that follow from the engine's tables (features, contributions, evidence
streams) are passed in by name and added where missing. It runs over any clickhouse_connect
client, against the embedded store and a ClickHouse server alike.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Protocol

from haechi.engine.errors import ConfigError, StoreError

_FOLDER: Final = Path(__file__).with_name("schema")
_FILE: Final = re.compile(r"(\d{4})_[a-z][a-z0-9_]*\.sql")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACEHOLDER: Final = re.compile(r"\{(database|engine|on_cluster)\}")
_COMMENT_LINE: Final = re.compile(r"^\s*--.*\n?", re.MULTILINE)
_VIEW: Final = re.compile(r"\s*CREATE OR REPLACE VIEW", re.IGNORECASE)


class SchemaClient(Protocol):
    """The part of a clickhouse_connect client that the migrator needs."""

    def command(self, cmd: str) -> Any:
        """Run one statement."""

    def query(self, query: str) -> Any:
        """Run a query; the result has ``result_rows``."""

    def insert(
        self,
        table: str,
        data: Sequence[Sequence[Any]],
        column_names: Sequence[str],
        *,
        database: str,
    ) -> Any:
        """Insert rows."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the schema is to stand.

    Parameters
    ----------
    database
        Database name, an identifier.
    engine
        Engine of every table, of the MergeTree family, with its arguments; for example
        ``ReplicatedMergeTree('/clickhouse/{database}/{table}', '{replica}')``, where the
        braces are the server's own macros.
    cluster
        Cluster that statements run on, or empty for one server.
    """

    database: str = "haechi"
    engine: str = "MergeTree"
    cluster: str = ""

    def __post_init__(self) -> None:
        for label, name in (("database", self.database), ("cluster", self.cluster)):
            if name and not _NAME.fullmatch(name):
                raise ConfigError(
                    f"store.{label}: {name!r} is no identifier; use letters, digits and _"
                )
        if not re.match(r"[A-Za-z]*MergeTree\b", self.engine):
            raise ConfigError(f"store.engine: {self.engine!r} is not of the MergeTree family")

    def fill(self, text: str) -> str:
        """Put this target's words in place of the placeholders."""
        words = {
            "database": self.database,
            "engine": self.engine,
            "on_cluster": f" ON CLUSTER {self.cluster}" if self.cluster else "",
        }
        return _PLACEHOLDER.sub(lambda found: words[found[1]], text)


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """One numbered SQL file.

    Parameters
    ----------
    version
        Number that the name starts with.
    name
        File name.
    text
        Its content, placeholders not yet filled in.
    """

    version: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Checksum of the content, hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def statements(self, target: Target) -> list[str]:
        """Statements in order, ready to run. A ``;`` at the end of a line ends one."""
        text = _COMMENT_LINE.sub("", self.text)
        parts = re.split(r";[ \t]*(?:\n|\Z)", text)
        return [target.fill(part.strip()) for part in parts if part.strip()]


@dataclass(frozen=True, slots=True)
class Migration:
    """What a run of :func:`migrate` did.

    Parameters
    ----------
    applied
        Names of the files that were applied, in order.
    columns
        Names of the columns that were added to ``decisions``.
    """

    applied: tuple[str, ...]
    columns: tuple[str, ...]


def schema_files() -> tuple[SchemaFile, ...]:
    """Read the schema that this version of Haechi comes with, in order.

    Raises
    ------
    ConfigError
        If a file's name has no number, or two have the same.
    """
    files = []
    for entry in _FOLDER.glob("*.sql"):
        named = _FILE.fullmatch(entry.name)
        if named is None:
            raise ConfigError(
                f"configs/schema/{entry.name}: name it NNNN_what.sql, as 0011_seals.sql"
            )
        files.append(SchemaFile(int(named[1]), entry.name, entry.read_text("utf-8")))
    files.sort(key=lambda file: file.version)
    for before, after in pairwise(files):
        if before.version == after.version:
            raise ConfigError(
                f"configs/schema: {before.name} and {after.name} have one number; renumber one"
            )
    return tuple(files)


def decision_columns(
    features: Iterable[tuple[str, str, str]],
    contributions: Iterable[str],
    streams: Iterable[str],
) -> dict[str, str]:
    """Columns of ``decisions`` that follow from the engine's tables.

    Parameters
    ----------
    features
        Name, unit and text of each feature.
    contributions
        Name of each contribution.
    streams
        Name of each evidence stream, in lower case.

    Returns
    -------
    Definitions by column name, in order.
    """
    columns: dict[str, str] = {}
    for name, unit, text in features:
        note = f"Feature [{unit}]: {text}; NaN where the evidence is missing"
        columns[f"f_{name}"] = f"Float64 DEFAULT nan COMMENT {_quoted(note)}"
    for name in contributions:
        columns[f"c_{name}"] = f"Float64 COMMENT {_quoted(f'Log-odds that {name} added')}"
    for name in streams:
        columns[f"e_{name}"] = "LowCardinality(String) DEFAULT 'ABSENT' COMMENT " + _quoted(
            f"Evidence {name}: ABSENT, PRESENT, FAILED or SENSOR_DOWN"
        )
        columns[f"e_{name}_age_s"] = "Float64 DEFAULT nan COMMENT " + _quoted(
            f"Age of the evidence {name} at the decision, seconds, NaN where there is none"
        )
    for column in columns:
        if not _NAME.fullmatch(column):
            raise ConfigError(f"{column!r} is no column name; use letters, digits and _")
    return columns


def migrate(
    client: SchemaClient,
    target: Target,
    columns: Mapping[str, str],
    files: Sequence[SchemaFile] | None = None,
) -> Migration:
    """Apply what is missing. Running it again changes nothing.

    Parameters
    ----------
    client
        A clickhouse_connect client that may create the database and its tables; connect it
        without naming the database, which may not exist yet.
    target
        Where the schema is to stand.
    columns
        Columns of ``decisions`` to add, from :func:`decision_columns`.
    files
        The schema; those of this version if not given.

    Returns
    -------
    What was done.

    Raises
    ------
    StoreError
        If a file that was applied has changed since, or the database is of a newer Haechi.
    """
    files = schema_files() if files is None else files
    done = _ledger(client, target)
    _check(done, files)
    applied = [file for file in files if file.version not in done]
    views: list[str] = []
    for file in files:
        statements = file.statements(target)
        views += [statement for statement in statements if _VIEW.match(statement)]
        if file.version in done:
            continue
        for statement in statements:
            if not _VIEW.match(statement):
                client.command(statement)
    added = _add_columns(client, target, columns)
    # A view keeps the columns that it was made with: new columns need it made anew.
    if applied or added:
        for view in views:
            client.command(view)
    for file in applied:
        client.insert(
            "schema_versions",
            [[file.version, file.name, file.sha256]],
            column_names=["version", "name", "sha256"],
            database=target.database,
        )
    return Migration(tuple(file.name for file in applied), added)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _ledger(client: SchemaClient, target: Target) -> dict[int, tuple[str, str]]:
    exists = client.query(
        target.fill(
            "SELECT count() FROM system.tables "
            "WHERE database = '{database}' AND name = 'schema_versions'"
        )
    ).result_rows
    if not exists[0][0]:
        return {}
    rows = client.query(
        target.fill("SELECT version, name, sha256 FROM {database}.schema_versions ORDER BY version")
    ).result_rows
    return {int(version): (str(name), str(sha256)) for version, name, sha256 in rows}


def _check(done: Mapping[int, tuple[str, str]], files: Sequence[SchemaFile]) -> None:
    known = {file.version: file for file in files}
    for version, (name, sha256) in done.items():
        file = known.get(version)
        if file is None:
            raise StoreError(
                f"the database has schema file {name}, which this version of Haechi does not "
                "know: start the version that applied it, or use another database"
            )
        if file.sha256 != sha256:
            raise StoreError(
                f"schema file {file.name} is not the one that was applied (sha256 "
                f"{file.sha256[:12]}, the ledger has {sha256[:12]}): restore the file and put "
                "the change into a new file with the next number"
            )


def _add_columns(
    client: SchemaClient, target: Target, columns: Mapping[str, str]
) -> tuple[str, ...]:
    rows = client.query(
        target.fill(
            "SELECT name FROM system.columns WHERE database = '{database}' AND table = 'decisions'"
        )
    ).result_rows
    present = {str(row[0]) for row in rows}
    missing = tuple(name for name in columns if name not in present)
    if missing:
        added = ", ".join(f"ADD COLUMN IF NOT EXISTS {name} {columns[name]}" for name in missing)
        client.command(target.fill("ALTER TABLE {database}.decisions{on_cluster} ") + added)
    return missing
