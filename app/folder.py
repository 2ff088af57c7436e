"""What lies where in a data directory, and the files by which clients find a running process."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from haechi.engine.errors import ConfigError, Unavailable

DEFAULT: Final = Path("var")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a process of the installation listens.

    Parameters
    ----------
    pid
        The process.
    host, port
        Where.
    certificate
        PEM file that its clients trust, or empty for plain loopback.
    """

    pid: int
    host: str
    port: int
    certificate: str = ""

    @property
    def target(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class DataFolder:
    """One installation's data directory.

    Parameters
    ----------
    root
        Where it is.
    """

    root: Path

    @property
    def log(self) -> Path:
        """Segments of the log."""
        return self.root / "log"

    @property
    def artefacts(self) -> Path:
        """What the log names by content."""
        return self.root / "log" / "artefacts"

    @property
    def snapshots(self) -> Path:
        """Snapshots of what the log made."""
        return self.root / "log" / "snapshots"

    @property
    def keys(self) -> Path:
        """The subjects' keys."""
        return self.root / "keys" / "subjects.sqlite"

    @property
    def galleries(self) -> Path:
        """Enrolled faces, encrypted."""
        return self.root / "faces" / "galleries.sqlite"

    @property
    def store(self) -> Path:
        """The embedded store."""
        return self.root / "store"

    @property
    def run(self) -> Path:
        """Addresses and process numbers of what runs now."""
        return self.root / "run"

    @property
    def secrets(self) -> Path:
        """Keys, tokens and passwords."""
        return self.root / "secrets"

    def make(self) -> None:
        """Make what is not there yet.

        Raises
        ------
        ConfigError
            If it cannot be made.
        """
        try:
            for path, mode in ((self.root, 0o755), (self.run, 0o700), (self.secrets, 0o700)):
                path.mkdir(mode=mode, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(
                f"the data directory {self.root} cannot be made: {error.strerror}; "
                "give another one with --data"
            ) from None

    def has_log(self) -> bool:
        """Whether anything was ever logged here."""
        return any(self.log.glob("segment-*.sqlite"))

    def need_log(self) -> None:
        """Insist on a log.

        Raises
        ------
        ConfigError
            If there is none.
        """
        if not self.has_log():
            raise ConfigError(
                f"no log in {self.root}: give the engine's data directory with --data, or start "
                "one with: haechi up"
            )

    def publish(self, name: str, address: Address) -> None:
        """Write where a process listens, at once or not at all."""
        self.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.run / f".{name}.{os.getpid()}.new"
        draft.write_text(json.dumps(asdict(address)) + "\n", "utf-8")
        draft.replace(self.run / f"{name}.json")

    def withdraw(self, name: str) -> None:
        """Remove this process's own address."""
        address = self._read(name)
        if address is not None and address.pid == os.getpid():
            with contextlib.suppress(OSError):
                (self.run / f"{name}.json").unlink()

    def address(self, name: str) -> Address | None:
        """Where a process listens, or None if it does not run."""
        address = self._read(name)
        return address if address is not None and _lives(address.pid) else None

    def need(self, name: str) -> Address:
        """Where a process listens.

        Raises
        ------
        Unavailable
            If it does not run.
        """
        address = self.address(name)
        if address is None:
            raise Unavailable(
                f"no {name} runs on {self.root}: start it with: haechi up --data {self.root}"
            )
        return address

    def _read(self, name: str) -> Address | None:
        try:
            return Address(**json.loads((self.run / f"{name}.json").read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
