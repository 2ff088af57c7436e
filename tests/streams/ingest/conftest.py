"""Workers of the ingest as real processes, on topics of the test's own."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from on_kafka import configs_with_topics

from haechi.configs.topics import Topics
from haechi.streams.kafka.routing import routing_tokens, subject_key
from haechi.streams.kafka.topics import Cluster
from haechi.streams.tokens import Tokens


class Workers:
    """Starts workers, and knows the keys that they give."""

    def __init__(self, folder: Path, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.configs = configs_with_topics(folder / "configs")
        self.topics = Topics.load(self.configs)
        self.data = folder / "data"
        self._started: list[subprocess.Popen[bytes]] = []

    def create_topics(self) -> None:
        Cluster(self.bootstrap).create(self.topics)

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
        self._started.append(process)
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

    @property
    def tokens(self) -> Tokens:
        return routing_tokens((self.data / "secrets" / "tokens.key").read_bytes())

    def key(self, kind: str, *parts: str) -> bytes:
        return subject_key(self.tokens.token(kind, *parts)).encode()

    def end(self) -> None:
        for process in self._started:
            process.kill()
            process.wait()


@pytest.fixture
def workers(kafka: str, tmp_path: Path) -> Iterator[Workers]:
    made = Workers(tmp_path, kafka)
    made.create_topics()
    yield made
    made.end()


@pytest.fixture
def workers_on_own_kafka(own_kafka, tmp_path: Path) -> Iterator[Workers]:
    made = Workers(tmp_path, own_kafka.bootstrap)
    made.create_topics()
    yield made
    made.end()
