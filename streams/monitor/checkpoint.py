"""The monitor's state on disk, so that a start need not read the whole log again.

It is a hint: whatever is not exactly what this version would have written for this log and
this monitor.toml is left alone, and the log is read from its first event. The state is
pickled, as river's models are; a keyed digest goes before it, so that nobody without the
installation's key can have us load anything.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import pickle
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

from haechi.engine.features import FEATURES
from haechi.engine.records import DECISION
from haechi.streams.log.reader import LogReader
from haechi.streams.monitor.monitor import Monitor

_MAC_BYTES: Final = 32
_PURPOSE: Final = b"haechi monitor checkpoint"


class Checkpoint:
    """Keeps a monitor beside the log.

    Parameters
    ----------
    path
        Where.
    key
        Secret of the installation.
    digest
        Of the configuration.
    """

    def __init__(self, path: Path, key: bytes, digest: str) -> None:
        self._path: Final = path
        self._key: Final = hmac.digest(key, _PURPOSE, "sha256")
        self._sort: Final = (digest, _layout(), _code(), version("river"), sys.version_info[:2])

    def load(self, reader: LogReader) -> Monitor | None:
        """Give the monitor as it was, or None if it must begin anew.

        Parameters
        ----------
        reader
            The log, which must hold what the state has seen.
        """
        try:
            raw = self._path.read_bytes()
        except OSError:
            return None
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if not hmac.compare_digest(mac, hmac.digest(self._key, body, "sha256")):
            return None
        try:
            sort, chain, state = pickle.loads(body)  # noqa: S301 - the digest is ours
            if sort != self._sort:
                return None
            monitor: Monitor = pickle.loads(state)  # noqa: S301
        except Exception:
            # Another version of some class; what it meant is in the log all the same.
            return None
        return monitor if chain == _chain(reader, monitor.offset) else None

    def save(self, monitor: Monitor, reader: LogReader) -> None:
        """Write it over the last one, at once or not at all."""
        body = pickle.dumps((self._sort, _chain(reader, monitor.offset), pickle.dumps(monitor)))
        draft = self._path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(hmac.digest(self._key, body, "sha256") + body)
        draft.replace(self._path)


def _chain(reader: LogReader, offset: int) -> bytes:
    """The log's link at an offset; empty if there is none."""
    event = reader.event(offset) if offset >= 0 else None
    return event.chain if event is not None else b""


def _code() -> str:
    """Digest of this package: a state of other classes is of no use."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _layout() -> str:
    """What decisions look like: a state of other features is of no use."""
    said = repr((DECISION.descr, [(feature.name, feature.kind) for feature in FEATURES]))
    return hashlib.sha256(said.encode()).hexdigest()
