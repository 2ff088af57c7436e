"""Workers of the ingest as real processes, on topics of the test's own."""

from __future__ import annotations

import signal
import subprocess
import sys
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
        self._started: list[subprocess.Popen[str]] = []

    def create_topics(self) -> None:
        Cluster(self.bootstrap).create(self.topics)

    def start(self, name: str = "1", *, wait: bool = True) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "haechi.app", "ingest", "--worker", name),
                *("--bootstrap", self.bootstrap, "--configs", self.configs),
                *("--data", self.data),
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        if wait:
            self.wait_ready(process)
        return process

    def wait_ready(self, process: subprocess.Popen[str]) -> None:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            if " reads " in line:
                return
            said.append(line)
        raise AssertionError("".join(said))

    def stop(self, process: subprocess.Popen[str]) -> str:
        """End a worker cleanly; what it said."""
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
        assert process.returncode == 0, said
        return said

    @property
    def tokens(self) -> Tokens:
        return routing_tokens((self.data / "secrets" / "tokens.key").read_bytes())

    def key(self, kind: str, *parts: str) -> bytes:
        return subject_key(self.tokens.token(kind, *parts)).encode()

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.communicate()


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
