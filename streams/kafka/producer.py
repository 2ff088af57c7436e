"""How Kafka is written to: what a producer reports as taken, Kafka has."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from haechi.streams.kafka.extra import confluent_kafka
from haechi.streams.kafka.wire import PARTITIONER


def producer(bootstrap: str, more: Mapping[str, object] = MappingProxyType({})) -> Any:
    """Make a producer of confluent-kafka that finds partitions as everybody here does.

    It has one request under way at a time. With several, a new partition may refuse the first
    because it is not yet served, and take the second: librdkafka then reports both as taken, and
    the messages of the first are gone (KAFKA-15591).

    Parameters
    ----------
    bootstrap
        Where to begin, host and port; several with commas.
    more
        Further settings of librdkafka.
    """
    return confluent_kafka().Producer(
        {
            "bootstrap.servers": bootstrap,
            "partitioner": PARTITIONER,
            "enable.idempotence": True,
            "max.in.flight.requests.per.connection": 1,
            "log_level": 0,
            **more,
        }
    )
