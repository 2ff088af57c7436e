"""Enrolled faces on disk: encrypted, each person's under a key of its own that lies elsewhere.

What is erased is gone in two ways: its row is overwritten, and its key is deleted, so that a copy
of the file that was made before reads as noise. Only ciphertext is ever written here.
"""

from __future__ import annotations

import fcntl
import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from haechi.engine.errors import ConfigError, LogCorrupt
from haechi.rpc.v1.decision_pb2 import LogPosition
from haechi.streams.log.keys import Erased, SubjectKeys

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS faces (
    id INTEGER PRIMARY KEY, person INTEGER NOT NULL, watched INTEGER NOT NULL,
    until_us INTEGER NOT NULL, payload BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS faces_of ON faces (person);
CREATE TABLE IF NOT EXISTS at_risk (person INTEGER PRIMARY KEY, until_us INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS followed (one INTEGER PRIMARY KEY CHECK (one = 1), cursor BLOB NOT NULL);
"""

_SIGN: Final = 1 << 63
_TOKENS: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class Kept:
    """One enrolled face.

    Parameters
    ----------
    id
        Its number in the vault.
    person
        Token of the traveler or of the watchlist's entry, 64 bits.
    watched
        Whether it is on the watchlist.
    until_us
        When it expires, microseconds since the epoch, UTC.
    payload
        The message that it came as.
    """

    id: int
    person: int
    watched: bool
    until_us: int
    payload: bytes


class Vault:
    """The galleries' file.

    Parameters
    ----------
    path
        The file; made if it is not there.
    keys
        The persons' keys, on another path.

    Raises
    ------
    ConfigError
        If it cannot be opened.
    """

    def __init__(self, path: Path, keys: SubjectKeys) -> None:
        self._keys: Final = keys
        self._path: Final = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = not path.exists()
            self._lock = path.with_suffix(".lock").open("a")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            # No write-ahead log, which would keep what was erased until its next checkpoint.
            self._db.execute("PRAGMA journal_mode=TRUNCATE")
            self._db.execute("PRAGMA secure_delete=ON")
            self._db.executescript(_TABLES)
            if made:
                path.chmod(0o600)
        except BlockingIOError:
            raise ConfigError(
                f"another face service has {path}: stop it, or use another --data"
            ) from None
        except (sqlite3.Error, OSError) as error:
            raise ConfigError(
                f"the galleries' file {path} cannot be opened: {error}; give the service a "
                "directory that it may write, or remove the file to begin with empty galleries"
            ) from error

    def add(self, person: int, payload: bytes, until_us: int, *, watched: bool = False) -> int:
        """Keep a face; its number."""
        cursor = self._db.execute(
            "INSERT INTO faces (person, watched, until_us, payload) VALUES (?, ?, ?, ?)",
            (_signed(person), watched, until_us, self._keys.encrypt(_signed(person), payload)),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def remove(self, ids: Iterable[int]) -> None:
        """Erase some faces; a person with none left loses the key as well."""
        for number in ids:
            row = self._db.execute("SELECT person FROM faces WHERE id = ?", (number,)).fetchone()
            if row is None:
                continue
            self._db.execute("DELETE FROM faces WHERE id = ?", (number,))
            left = self._db.execute(
                "SELECT count(*) FROM faces WHERE person = ?", (row[0],)
            ).fetchone()[0]
            if not left:
                self._keys.forget(row[0])

    def erase(self, person: int) -> list[bytes]:
        """Erase all of a person.

        Returns
        -------
        SHA-256 of each ciphertext that was on the disk: proof for whoever searches a copy.
        """
        rows = self._db.execute(
            "SELECT payload FROM faces WHERE person = ?", (_signed(person),)
        ).fetchall()
        self._db.execute("DELETE FROM faces WHERE person = ?", (_signed(person),))
        self._db.execute("DELETE FROM at_risk WHERE person = ?", (_signed(person),))
        self._keys.forget(_signed(person))
        return [hashlib.sha256(row[0]).digest() for row in rows]

    def holds(self, person: int) -> int:
        """How many faces of a person are on the disk."""
        found = self._db.execute(
            "SELECT count(*) FROM faces WHERE person = ?", (_signed(person),)
        ).fetchone()
        return int(found[0])

    def load(self) -> Iterator[Kept]:
        """Read all faces, oldest first; one whose key is gone is erased."""
        rows = self._db.execute(
            "SELECT id, person, watched, until_us, payload FROM faces ORDER BY id"
        ).fetchall()
        for number, person, watched, until_us, payload in rows:
            try:
                plain = self._keys.decrypt(person, number, payload)
            except Erased:
                self._db.execute("DELETE FROM faces WHERE id = ?", (number,))
                continue
            except LogCorrupt:
                raise ConfigError(
                    f"face {number} of {self._path} does not decrypt: the file was changed, or the "
                    "key file belongs to another gallery; name the right one in the profile's "
                    "faces.keys, or remove both to begin with empty galleries"
                ) from None
            yield Kept(number, person % _TOKENS, bool(watched), until_us, plain)

    def mark(self, person: int, until_us: int) -> None:
        """Note that a traveler is at risk."""
        self._db.execute(
            "INSERT OR REPLACE INTO at_risk VALUES (?, ?)", (_signed(person), until_us)
        )

    def unmark(self, person: int) -> None:
        """Note that a traveler is at risk no longer."""
        self._db.execute("DELETE FROM at_risk WHERE person = ?", (_signed(person),))

    def expire_marks(self, now_us: int) -> None:
        """Forget marks whose time has passed."""
        self._db.execute("DELETE FROM at_risk WHERE until_us <= ?", (now_us,))

    def marked(self) -> dict[int, int]:
        """Travelers at risk, by token, and until when."""
        rows = self._db.execute("SELECT person, until_us FROM at_risk")
        return {person % _TOKENS: until_us for person, until_us in rows}

    def follow(self, cursor: LogPosition) -> None:
        """Note how far the engine's decisions are known."""
        self._db.execute(
            "INSERT OR REPLACE INTO followed VALUES (1, ?)", (cursor.SerializeToString(),)
        )

    def followed(self) -> LogPosition | None:
        """How far the engine's decisions are known; None at the first start."""
        row = self._db.execute("SELECT cursor FROM followed").fetchone()
        return LogPosition.FromString(row[0]) if row else None

    def close(self) -> None:
        """Close the file; the keys are their owner's."""
        self._db.close()
        self._lock.close()


def _signed(token: int) -> int:
    """SQLite's integers have a sign."""
    return token - _TOKENS if token >= _SIGN else token
