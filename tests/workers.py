"""Workers of the ingest as real processes, on topics of the test's own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from haechi.configs.topics import Topics
from haechi.streams.kafka.routing import routing_tokens, subject_key
from haechi.streams.tokens import Tokens


class Workers:
    """Starts workers, kills them, and knows the keys that they give.

    Parameters
    ----------
    bootstrap
        Where Kafka is.
    configs
        Folder of the configuration; what each says stands beside it.
    data
        Their data directory.
    """

    def __init__(self, bootstrap: str, configs: Path, data: Path) -> None:
        self.bootstrap = bootstrap
        self.configs = configs
        self.data = data
        self.topics = Topics.load(configs)
        self._started: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str = "1", *, wait: bool = True) -> subprocess.Popen[bytes]:
        # A file and not a pipe: nobody reads while a worker complains of a Kafka that is gone.
        said = self.said(name)
        with said.open("wb") as file:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "haechi.app", "ingest", "--worker", name),
                    *("--bootstrap", self.bootstrap, "--configs", self.configs),
                    *("--data", self.data),
                ],
                stderr=file,
            )
        self._started[name] = process
        if wait:
            self.wait_ready(process, name)
        return process

    def said(self, name: str = "1") -> Path:
        """File of what a worker says."""
        return self.configs.with_name(f"worker-{name}.txt")

    def wait_ready(self, process: subprocess.Popen[bytes], name: str = "1") -> None:
        while " reads " not in self.said(name).read_text():
            assert process.poll() is None, self.said(name).read_text()
            time.sleep(0.05)

    def stop(self, process: subprocess.Popen[bytes], name: str = "1") -> str:
        """End a worker cleanly; what it said."""
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, self.said(name).read_text()
        return self.said(name).read_text()

    def kill(self, name: str = "1") -> None:
        """End a worker as a crash would."""
        self._started[name].kill()
        self._started[name].wait()

    @property
    def ended(self) -> list[str]:
        """Names of those that do not run."""
        return [name for name, process in self._started.items() if process.poll() is not None]

    @property
    def tokens(self) -> Tokens:
        return routing_tokens((self.data / "secrets" / "tokens.key").read_bytes())

    def key(self, kind: str, *parts: str) -> bytes:
        return subject_key(self.tokens.token(kind, *parts)).encode()

    def end(self) -> None:
        for name in self._started:
            self.kill(name)
