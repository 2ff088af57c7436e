"""The libraries of the kafka extra, loaded by who needs them when they need them."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from haechi.engine.errors import ConfigError


def load(name: str) -> Any:
    """Import a library of the extra.

    Raises
    ------
    ConfigError
        If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            f"Kafka needs {name.partition('.')[0]}, which cannot be imported ({error}): install "
            "the kafka extra with: make extra-kafka (or pip install 'haechi[kafka]')"
        ) from error


@cache
def confluent_kafka() -> Any:
    """Give the client of everything but Faust: its threads are librdkafka's own."""
    load("confluent_kafka.admin")
    return load("confluent_kafka")
