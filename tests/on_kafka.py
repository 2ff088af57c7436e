"""Topics of a test's own, and what stands in them."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import haechi.configs
from haechi.configs.port import config_text
from haechi.configs.topics import Topics

PARTITIONS = 4
_NUMBERS = itertools.count()
_PATIENCE_S = 150.0


class Message(NamedTuple):
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: dict[str, bytes]


def topics_text(prefix: str = "", partitions: int = PARTITIONS) -> str:
    """The packaged topics.toml under a prefix that no other test uses."""
    text = config_text("topics.toml")
    prefix = prefix or f"t{os.getpid()}-{next(_NUMBERS)}."
    for old, new in (
        ('prefix = "haechi."', f'prefix = "{prefix}"'),
        ("partitions = 8", f"partitions = {partitions}"),
    ):
        assert old in text
        text = text.replace(old, new)
    return text


def own_topics(prefix: str = "", partitions: int = PARTITIONS) -> Topics:
    return Topics.parse(topics_text(prefix, partitions))


def configs_with_topics(folder: Path, **given: Any) -> Path:
    """A folder of the packaged configuration, but with topics of its own."""
    shutil.copytree(Path(haechi.configs.__file__).parent, folder)
    (folder / "topics.toml").write_text(topics_text(**given))
    return folder


def send(bootstrap: str, topic: str, messages: Iterable[Any]) -> None:
    """Send values, or (key, value, headers), and wait until they are there."""
    from confluent_kafka import Producer

    producer = Producer(
        {"bootstrap.servers": bootstrap, "partitioner": "murmur2_random", "log_level": 0}
    )
    for message in messages:
        key, value, headers = message if isinstance(message, tuple) else (None, message, {})
        producer.produce(topic, key=key, value=value, headers=list(headers.items()))
        producer.poll(0)
    assert producer.flush(_PATIENCE_S) == 0


def read(bootstrap: str, topic: str, least: int, *, still_s: float = 1.0) -> list[Message]:
    """Read a topic from its beginning until ``least`` messages came and no more follow."""
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "log_level": 0})
    partitions = consumer.list_topics(topic, timeout=_PATIENCE_S).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    found: list[Message] = []
    until = time.monotonic() + _PATIENCE_S
    quiet_since = time.monotonic()
    while len(found) < least or time.monotonic() - quiet_since < still_s:
        assert time.monotonic() < until, f"{len(found)} of {least} messages in {topic}"
        more = consumer.consume(1000, timeout=0.2)
        found += [
            Message(m.partition(), m.offset(), m.key(), m.value() or b"", dict(m.headers() or []))
            for m in more
            if m.error() is None
        ]
        if more:
            quiet_since = time.monotonic()
    consumer.close()
    return found
