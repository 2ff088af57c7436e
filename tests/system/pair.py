"""A primary and its standby as two real processes, on two data directories."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from haechi.app import connect
from haechi.app.folder import DataFolder
from haechi.rpc.client import HaechiClient
from haechi.streams.log.reader import LogReader

Until = Callable[..., Any]


class Pair:
    """Two engines of one shard; the promoted one answers where the first one did."""

    def __init__(self, root: Path, until: Until, profile: Path) -> None:
        self.first = DataFolder(root / "first")
        self.second = DataFolder(root / "second")
        self.first.make()
        self.second.make()
        self.folder = self.first
        self._until = until
        self._profile = profile
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._port = 0

    def start_first(
        self, profile: Path | None = None, *, wait: bool = True
    ) -> subprocess.Popen[str]:
        """Start the primary; it may wait for its standby."""
        process = self._start("engine", self.first, "--port", str(self._port), profile=profile)
        if not wait:
            return process
        address = self._until(lambda: self._lives(process) and self.first.address("engine"), 120)
        self._port = address.port
        return process

    def start_second(self, port: int | None = None, *, wait: bool = True) -> subprocess.Popen[str]:
        """Start the standby and wait until it is shipped to; its port is the primary's at first."""
        token = ["--token", str(self.first.secrets / "standby.token")] * self.first.root.exists()
        process = self._start(
            "follow", self.second, "--from", f"127.0.0.1:{self._port}", *token,
            "--port", str(self._port if port is None else port),
        )  # fmt: skip
        if not wait:
            return process
        self._until(lambda: self._lives(process) and self.status().get("connected"), 120)
        return process

    def status(self) -> dict[str, Any]:
        """What the standby says of itself."""
        try:
            said: dict[str, Any] = json.loads(
                (self.second.run / "standby-status.json").read_text("utf-8")
            )
        except (OSError, ValueError):
            return {}
        process = self._processes.get("follow")
        return said if process is not None and said["pid"] == process.pid else {}

    def kill(self, name: str) -> None:
        """End a process as a crash would."""
        self._processes[name].kill()
        self._processes[name].wait()

    def lose_first(self) -> None:
        """Lose the primary's machine: the process, then every file."""
        self.kill("engine")
        shutil.rmtree(self.first.root)

    def promote(self) -> None:
        """Have the standby take over; from now on clients find it."""
        done = run("promote", "--data", str(self.second.root))
        assert done.returncode == 0, done
        self.folder = self.second

    def healthy(self) -> bool:
        """Whether the engine answers gates."""
        if self.folder.address("engine") is None:
            return False
        with self.client("operator") as client:
            return client.healthy()

    def client(self, name: str) -> HaechiClient:
        """A client with a demo principal's token; both sides know the same tokens."""
        token = self.folder.secrets / f"{name}.token"
        return connect.client(self.folder, name, self.folder.need("engine").target, token)

    def open_reader(self) -> LogReader:
        """A reader of the log that counts now."""
        return LogReader(self.folder.log)

    def stop(self) -> None:
        """Stop what still runs; everything that was asked to end must have ended well."""
        for process in self._processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            process.communicate(timeout=30)

    def _lives(self, process: subprocess.Popen[str]) -> bool:
        if process.poll() is not None:
            raise AssertionError(process.communicate())
        return True

    def _start(
        self, command: str, folder: DataFolder, *more: str, profile: Path | None = None
    ) -> subprocess.Popen[str]:
        process = self._processes[command] = subprocess.Popen(
            [sys.executable, "-m", "haechi.app", command, "--data", str(folder.root),
             "--profile", str(profile or self._profile), *more],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        return process


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "haechi.app", *arguments],
        check=False, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
