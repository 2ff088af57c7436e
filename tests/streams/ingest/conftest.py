from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from on_kafka import configs_with_topics
from workers import Workers

from haechi.streams.kafka.topics import Cluster


def made(bootstrap: str, folder: Path) -> Workers:
    """Workers on topics of their own."""
    workers = Workers(bootstrap, configs_with_topics(folder / "configs"), folder / "data")
    Cluster(bootstrap).create(workers.topics)
    return workers


@pytest.fixture
def workers(kafka: str, tmp_path: Path) -> Iterator[Workers]:
    workers = made(kafka, tmp_path)
    yield workers
    workers.end()


@pytest.fixture
def workers_on_own_kafka(own_kafka, tmp_path: Path) -> Iterator[Workers]:
    workers = made(own_kafka.bootstrap, tmp_path)
    yield workers
    workers.end()
