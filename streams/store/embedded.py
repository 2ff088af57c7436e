"""The embedded ClickHouse engine: opened once, a handle for every request.

A handle is opened in a third of a millisecond and belongs to one thread: handles shared by
threads lose rows. A fresh one also means that no setting and no database lingers. Inserts alone
have a handle kept for their thread, with their settings in the statement: it saves a millisecond
of eight, and they are what somebody waits for fifty times a second.
"""

from __future__ import annotations

import base64
import fcntl
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from chdb.state.sqlitelike import Connection

from haechi.engine.errors import StoreError
from haechi.streams.store.configuration import write_configuration
from haechi.streams.store.refusals import ACCESS_DENIED, SYNTAX_ERROR, Refusal

_READ_ONLY: Final = 0
"""``query_class.READ_ONLY`` of the engine's classifier."""


class Embedded:
    """One data directory, owned by this process.

    Parameters
    ----------
    directory
        Where the data is; made if missing. Its path may not hold ``?``, ``&`` or ``%``.
    database
        The one database, made if missing.

    Raises
    ------
    StoreError
        If another process has the directory, or it cannot be written.
    """

    def __init__(self, directory: Path, database: str) -> None:
        directory = directory.resolve()
        if set(str(directory)) & set("?&%#"):
            raise StoreError(
                f"the store's directory {directory} has one of ? & % # in its path, which the "
                "engine takes for options: choose another"
            )
        self._lock = _lock_directory(directory)
        self.database = database
        try:
            config = write_configuration(directory, database)
            self._address = f"{directory}?config-file={config}"
            self._control = Connection(self._address)
            self._control.query(f"CREATE DATABASE IF NOT EXISTS {database} ENGINE = Atomic", "TSV")
        except RuntimeError as error:
            self._lock.close()
            raise StoreError(
                f"the store in {directory} cannot be opened: {error}; if another program has "
                "it open, stop that first"
            ) from error
        self._control_lock = threading.Lock()
        self._kept = threading.local()
        self._all_kept: list[Connection] = []
        self.version = self._ask("SELECT version()")
        self.timezone = self._ask("SELECT timezone()")

    @contextmanager
    def handle(self, database: str, settings: Mapping[str, str]) -> Iterator[Handle]:
        """Open a handle for one request, in the thread that will use it.

        Parameters
        ----------
        database
            Current database, or empty for the store's own.
        settings
            ClickHouse settings, applied in one ``SET``; ``readonly`` seals the others.
        """
        connection = Connection(self._address)
        try:
            connection.query(f"USE {_identifier(database or self.database)}", "TSV")
            if settings:
                pairs = (f"{_setting(name)} = {_literal(v)}" for name, v in settings.items())
                connection.query("SET " + ", ".join(pairs), "TSV")
            yield Handle(connection, self.database)
        finally:
            connection.close()

    @contextmanager
    def inserting(self) -> Iterator[Handle]:
        """Use this thread's own handle in the store's database, for statements that set nothing."""
        connection = getattr(self._kept, "connection", None)
        if connection is None:
            connection = Connection(self._address)
            connection.query(f"USE {self.database}", "TSV")
            self._kept.connection = connection
            self._all_kept.append(connection)
        try:
            yield Handle(connection, self.database)
        except BaseException:
            # Whatever state the failure left it in goes with it.
            del self._kept.connection
            self._all_kept.remove(connection)
            connection.close()
            raise

    def canonical(self, statement: bytes) -> str:
        """Word a statement as the engine itself would, on one line.

        Raises
        ------
        RuntimeError
            If it does not parse; the text has ClickHouse's number.
        """
        coded = base64.b64encode(statement).decode()
        return self._ask(f"SELECT formatQuerySingleLine(base64Decode('{coded}'))")

    def kill(self, mark: str) -> None:
        """Cancel the running statement whose ``log_comment`` is ``mark``, if there is one."""
        where = f"Settings['log_comment'] = {_literal(mark)} AND query_id != queryID()"
        with self._control_lock:
            self._control.query(f"KILL QUERY WHERE {where} ASYNC", "TSV")

    def warm_up(self) -> None:
        """Do the first insert, which takes a second, before anyone waits for it."""
        table = f"{self.database}.warm_up"
        with self.handle("", {}) as handle:
            handle.run(f"DROP TABLE IF EXISTS {table}", "TSV")
            handle.run(f"CREATE TABLE {table} (n UInt8) ENGINE = MergeTree ORDER BY n", "TSV")
            # One column n of type UInt8 with one row, as the Native format has it.
            handle.insert(f"INSERT INTO {table} (n)", "Native", b"\x01\x01\x01n\x05UInt8\x07")
            for _ in handle.stream("SELECT number FROM system.numbers LIMIT 1", "Native"):
                pass
            handle.run(f"DROP TABLE {table}", "TSV")

    def close(self) -> None:
        """Close the engine and give the directory back; its threads have ended."""
        for connection in self._all_kept:
            connection.close()
        self._control.close()
        self._lock.close()

    def _ask(self, query: str) -> str:
        with self._control_lock:
            answer: bytes = self._control.query(query, "TSVRaw").bytes()
        return answer.decode("utf-8", "replace").rstrip("\n")


class Handle:
    """One connection to the engine, for one request.

    Parameters
    ----------
    connection
        chDB's connection, used by nobody else.
    database
        Database that the store owns.
    """

    def __init__(self, connection: Connection, database: str) -> None:
        self._connection = connection
        self._database = database

    def refuse_unless_read(self, statement: str, user: str) -> None:
        """Let one reading statement pass, or one that the sealed handle itself refuses.

        Raises
        ------
        Refusal
            Otherwise.
        """
        # The engine's own parser; it has no public name yet.
        verdict: dict[str, Any] = self._connection._conn.classify_query(statement, self._database)
        if verdict["statement_count"] > 1:
            raise Refusal(SYNTAX_ERROR, "Multi-statements are not allowed")
        first = statement.split(maxsplit=1)[0].upper() if statement.strip() else ""
        changes = int(verdict["query_class"]) == 1 or first in {"SET", "USE"}
        if int(verdict["query_class"]) != _READ_ONLY and not changes:
            raise Refusal(
                ACCESS_DENIED,
                f"{user}: Not enough privileges. This user may run reading statements only",
            )

    def run(
        self, statement: str, default_format: str, bound: Mapping[str, str] | None = None
    ) -> tuple[bytes, dict[str, str]]:
        """Run a statement and give its whole result and what it read."""
        result = self._connection.query(statement, default_format, params=dict(bound or {}))
        summary = {"read_rows": str(result.rows_read()), "read_bytes": str(result.bytes_read())}
        return result.bytes(), summary

    def stream(
        self, statement: str, default_format: str, bound: Mapping[str, str] | None = None
    ) -> Iterator[bytes]:
        """Run a select and give its result block by block; closing the iterator cancels it."""
        with self._connection.send_query(
            statement, default_format, params=dict(bound or {})
        ) as stream:
            for block in stream:
                yield block.bytes()

    def insert(self, head: str, data_format: str, data: bytes) -> dict[str, str]:
        """Insert data that is already in one of ClickHouse's formats; give what was written."""
        with self._connection.send_insert(head, data_format) as stream:
            if data:
                stream.append(data)
            result = stream.finish()
        return {
            "written_rows": str(result.rows_written),
            "written_bytes": str(result.bytes_written),
        }


def _lock_directory(directory: Path) -> Any:
    """Lock the directory for as long as the file that this gives is open."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = (directory / "haechi-store.lock").open("a+")
    except OSError as error:
        raise StoreError(
            f"the store's directory {directory} cannot be written: {error.strerror}; give "
            "another with --data or free it"
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise StoreError(
            f"the store in {directory} is in use by process {holder}: stop that process, or "
            "give another directory with --data"
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def with_settings(head: str, settings: Mapping[str, str]) -> str:
    """Write settings into an insert's head, where they hold for it alone."""
    pairs = ", ".join(f"{_setting(name)} = {_literal(value)}" for name, value in settings.items())
    return f"{head.rstrip()} SETTINGS {pairs} "


def _literal(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _identifier(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _setting(name: str) -> str:
    if not name.isidentifier() or not name.isascii():
        raise Refusal(115, f"Setting {name} is neither a builtin setting nor started with a prefix")
    return name
