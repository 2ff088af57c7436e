"""Topics of a test's own on the Kafka that all tests share."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable

import pytest

from haechi.configs.port import config_text
from haechi.configs.topics import Topics

_NUMBERS = itertools.count()


def topics_text(prefix: str, partitions: int = 4) -> str:
    """The packaged topics.toml under another prefix."""
    text = config_text("topics.toml")
    assert 'prefix = "haechi."' in text
    assert "partitions = 8" in text
    return text.replace('prefix = "haechi."', f'prefix = "{prefix}"').replace(
        "partitions = 8", f"partitions = {partitions}"
    )


@pytest.fixture
def prefix() -> str:
    return f"t{os.getpid()}-{next(_NUMBERS)}."


@pytest.fixture
def own_topics(prefix: str) -> Callable[..., Topics]:
    """Topics that no other test uses; not made yet."""
    return lambda partitions=4: Topics.parse(topics_text(prefix, partitions))
