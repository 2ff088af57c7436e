"""Bring a ClickHouse database to the schema of ``configs/clickhouse``.

Numbered SQL files are applied once, in order, and noted in a ledger table with their
checksums. Views get a column for every feature, contribution and evidence stream, whose names
are passed in, and are made anew when those change. It runs over any clickhouse_connect client,
against the embedded store and a ClickHouse server alike.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Protocol

from haechi.engine.errors import ConfigError, StoreError

_FOLDER: Final = Path(__file__).with_name("clickhouse")
_FILE: Final = re.compile(r"(\d{4})_[a-z][a-z0-9_]*\.sql")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACEHOLDER: Final = re.compile(r"\{(database|engine|on_cluster)\}")
_COMMENT_LINE: Final = re.compile(r"^\s*--.*\n?", re.MULTILINE)
_VIEW: Final = re.compile(r"CREATE OR REPLACE VIEW \w+\.(\w+)")


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
    views
        Names of the views that were made, anew where their columns changed.
    """

    applied: tuple[str, ...]
    views: tuple[str, ...]


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
                f"configs/clickhouse/{entry.name}: name it NNNN_what.sql, as 0011_seals.sql"
            )
        files.append(SchemaFile(int(named[1]), entry.name, entry.read_text("utf-8")))
    files.sort(key=lambda file: file.version)
    for before, after in pairwise(files):
        if before.version == after.version:
            raise ConfigError(
                f"configs/clickhouse: {before.name} and {after.name} have one number; renumber one"
            )
    return tuple(files)


@dataclass(frozen=True, slots=True)
class Column:
    """A column that the views of ``decisions`` derive from its maps.

    Parameters
    ----------
    name
        Column name.
    expression
        SQL over the columns of ``decisions``.
    comment
        What it is, for analysts.
    """

    name: str
    expression: str
    comment: str


def decision_columns(
    features: Iterable[tuple[str, str, str]],
    streams: Iterable[str],
) -> tuple[Column, ...]:
    """Columns of the views that follow from the engine's tables.

    Parameters
    ----------
    features
        Name, unit and text of each feature.
    streams
        Name of each evidence stream, in lower case.

    Raises
    ------
    ConfigError
        If a name cannot be a column.
    """
    features = tuple(features)
    columns = [
        Column(
            f"f_{name}",
            _or_else("features", name, "nan"),
            f"Feature [{unit}]: {text}; NaN where the evidence is missing",
        )
        for name, unit, text in features
    ]
    columns += [
        Column(f"c_{name}", f"contributions['{name}']", f"Log-odds that {name} added")
        for name, _, _ in features
    ]
    for name in streams:
        columns += [
            Column(
                f"e_{name}",
                _or_else("evidence", name, "'ABSENT'"),
                f"Evidence {name}: ABSENT, PRESENT, FAILED or SENSOR_DOWN",
            ),
            Column(
                f"e_{name}_age_s",
                _or_else("evidence_age_s", name, "nan"),
                f"Age of the evidence {name} at the decision, seconds, NaN where there is none",
            ),
        ]
    for column in columns:
        if not _NAME.fullmatch(column.name):
            raise ConfigError(f"{column.name!r} is no column name; use letters, digits and _")
    return tuple(columns)


def migrate(
    client: SchemaClient,
    target: Target,
    columns: Sequence[Column],
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
        Columns that the views derive, from :func:`decision_columns`.
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
    altered = False
    for file in files:
        for statement in file.statements(target) if file.version not in done else ():
            if not _VIEW.match(statement):
                client.command(statement)
                # A view keeps the columns that its table had when it was made.
                altered = altered or statement.startswith("ALTER TABLE")
    made = make_views(client, target, columns, files, None if altered else done)
    applied = [file for file in files if file.version not in done]
    for file in applied:
        client.insert(
            "schema_versions",
            [[file.version, file.name, file.sha256]],
            column_names=["version", "name", "sha256"],
            database=target.database,
        )
    return Migration(tuple(file.name for file in applied), made)


def make_views(
    client: SchemaClient,
    target: Target,
    columns: Sequence[Column],
    files: Sequence[SchemaFile],
    done: Collection[int] | None = None,
) -> tuple[str, ...]:
    """Make the views that are missing or whose derived columns changed.

    Parameters
    ----------
    client, target, columns, files
        As for :func:`migrate`.
    done
        Versions whose views are there already; None to make all anew.

    Returns
    -------
    Names of those that were made.
    """
    select = ", ".join(f"{column.expression} AS {column.name}" for column in columns)
    views: dict[str, tuple[str, Sequence[Column]]] = {}
    anew: set[str] = set()
    for file in files:
        for statement in file.statements(target):
            if view := _VIEW.match(statement):
                # Not every view of the decisions shows what follows from their maps.
                derived = columns if "{columns}" in statement else ()
                filled = statement.replace("{columns}", select or "1 AS no_columns")
                views[view[1]] = filled, derived
                if done is None or file.version not in done:
                    anew.add(view[1])
    made = tuple(
        name
        for name, (_, derived) in views.items()
        if name in anew or _view_columns(client, target, name) != _comments(derived)
    )
    for name in made:
        statement, derived = views[name]
        client.command(statement)
        if derived:
            notes = (f"COMMENT COLUMN {c.name} {_quoted(c.comment)}" for c in derived)
            altering = target.fill("ALTER TABLE {database}.") + name + target.fill("{on_cluster} ")
            client.command(altering + ", ".join(notes))
    return made


def _comments(columns: Iterable[Column]) -> dict[str, str]:
    return {column.name: column.comment for column in columns}


def _or_else(table: str, key: str, otherwise: str) -> str:
    return f"if(mapContains({table}, '{key}'), {table}['{key}'], {otherwise})"


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


def _view_columns(client: SchemaClient, target: Target, view: str) -> dict[str, str]:
    """Read which derived columns a view has now, with their comments."""
    rows = client.query(
        target.fill(
            "SELECT name, comment FROM system.columns WHERE database = '{database}' AND "
            "match(name, '^[fce]_') AND table = "
        )
        + _quoted(view)
    ).result_rows
    return {str(name): str(comment) for name, comment in rows}
