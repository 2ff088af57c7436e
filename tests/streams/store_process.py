"""A real store in a process of its own, for the tests of this folder and of configs."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import clickhouse_connect

from haechi.streams.store import new_users, save_users


class StoreProcess:
    """Starts, kills and restarts ``python -m haechi.streams.store`` on one directory."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.data = folder / "data"
        self.users = folder / "users.json"
        self._options = options
        users, self.passwords = new_users()
        save_users(self.users, users)
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "haechi.streams.store", self.data, self.users]
        self.process = subprocess.Popen(
            [*map(str, command), *self._options], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the store ended with {self.process.wait()} before it was ready"
        self.port: int = json.loads(line)["port"]

    def client(self, user: str, **options: Any) -> Any:
        return clickhouse_connect.get_client(
            host="127.0.0.1",
            port=self.port,
            username=user,
            password=self.passwords[user],
            autogenerate_session_id=False,
            **options,
        )

    def kill(self) -> None:
        self.process.kill()
        self._wait()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self._wait()

    def _wait(self) -> int:
        code = self.process.wait(30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code
