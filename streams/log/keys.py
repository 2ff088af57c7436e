"""One key a subject, so that erasing a person is deleting a key.

Keys lie beside the segments, not in them: a copy of the log without them reads as noise.
Every payload has a random nonce of its own, which lies before it. Only payloads are encrypted: the
records beside them hold keyed hashes and measurements, so that after an erasure every other
person's decisions can still be replayed.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from haechi.engine.errors import LogCorrupt, LogUnwritable

_CACHED: Final = 1 << 18
"""Keys kept ready, some 50 MB: finding one in the file costs a gate 40 us."""

_NONCE: Final = 12


_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS keys (subject INTEGER PRIMARY KEY, key BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS erased (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    subject INTEGER NOT NULL
);
"""
"""Erasures are numbered, so that they reach a standby's keys in their order."""


class Erased(Exception):
    """The subject's key is gone: what was written about it cannot be read again."""


class SubjectKeys:
    """The keys of all subjects, by token.

    Parameters
    ----------
    path
        The key file; made if it is not there.
    durable
        Whether a new key waits for the disk, as durability ``disk`` wants.
    """

    def __init__(self, path: Path, *, durable: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = not path.exists()
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._db.execute("PRAGMA secure_delete=ON")
            self._db.executescript(_SCHEMA)
            if made:
                path.chmod(0o600)
        except (sqlite3.Error, OSError) as error:
            raise LogUnwritable(f"key file {path} cannot be opened: {error}") from error
        self._cache: dict[int, bytes] = dict(
            self._db.execute("SELECT subject, key FROM keys LIMIT ?", (_CACHED,))
        )
        self._lock = threading.Lock()

    def _remember(self, subject: int, key: bytes) -> bytes:
        if len(self._cache) >= _CACHED:
            del self._cache[next(iter(self._cache))]
        self._cache[subject] = key
        return key

    def _known(self, subject: int) -> bytes | None:
        key = self._cache.get(subject)
        if key is None:
            row = self._db.execute("SELECT key FROM keys WHERE subject = ?", (subject,)).fetchone()
            if row is not None:
                key = self._remember(subject, row[0])
        return key

    def encrypt(self, subject: int, payload: bytes) -> bytes:
        """Encrypt a payload under the subject's key, made if need be."""
        key = self._cache.get(subject)
        if key is None:
            with self._lock:
                key = self._known(subject)
                if key is None:
                    key = secrets.token_bytes(16)
                    self._db.execute("INSERT INTO keys VALUES (?, ?)", (subject, key))
                    self._remember(subject, key)
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(key).encrypt(nonce, payload, None)

    def decrypt(self, subject: int, offset: int, payload: bytes) -> bytes:
        """Read a payload again.

        Raises
        ------
        Erased
            If the subject was erased.
        LogCorrupt
            If the payload is not what was written.
        """
        with self._lock:
            key = self._known(subject)
        if key is None:
            raise Erased
        try:
            return AESGCM(key).decrypt(payload[:_NONCE], payload[_NONCE:], None)
        except (InvalidTag, ValueError) as error:
            if self._was_erased(subject):
                # It came again, and has a new key.
                raise Erased from error
            raise LogCorrupt(
                offset,
                f"the payload of event {offset} does not decrypt: it was changed, or the key file "
                "belongs to another log; restore both from the same backup",
            ) from error

    def _was_erased(self, subject: int) -> bool:
        with self._lock:
            found = self._db.execute("SELECT 1 FROM erased WHERE subject = ? LIMIT 1", (subject,))
            return found.fetchone() is not None

    def forget(self, subject: int) -> None:
        """Delete a subject's key: what was written under it cannot be read again."""
        with self._lock:
            self._cache.pop(subject, None)
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM keys WHERE subject = ?", (subject,))
            self._db.execute("INSERT INTO erased (subject) VALUES (?)", (subject,))
            self._db.execute("COMMIT")
            # Else the key would stay in the write-ahead log until its next checkpoint.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def last_erasure(self) -> int:
        """Number of the last erasure; 0 if there was none."""
        with self._lock:
            found = self._db.execute("SELECT max(number) FROM erased").fetchone()[0]
        return int(found or 0)

    def adopt(self, erased: Iterable[tuple[int, int]], keys: Iterable[tuple[int, bytes]]) -> None:
        """Take over what another copy of the log did to its keys, all or nothing.

        Parameters
        ----------
        erased
            Numbers and subjects of erasures, in order; they come into effect first.
        keys
            Subjects and their keys.
        """
        erased, keys = tuple(erased), tuple(keys)
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany("INSERT OR IGNORE INTO erased VALUES (?, ?)", erased)
            self._db.executemany(
                "DELETE FROM keys WHERE subject = ?", [(subject,) for _, subject in erased]
            )
            self._db.executemany("INSERT OR REPLACE INTO keys VALUES (?, ?)", keys)
            self._db.execute("COMMIT")
            for _, subject in erased:
                self._cache.pop(subject, None)
            for subject, key in keys:
                self._remember(subject, key)
            if erased:
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the key file."""
        self._db.close()
