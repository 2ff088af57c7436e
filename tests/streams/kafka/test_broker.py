"""A real broker: starts, stops, and starts again with what it had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from haechi.engine.errors import ConfigError
from haechi.streams.kafka import jars


def produce(bootstrap: str, topic: str, value: bytes) -> None:
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(topic, value)
    assert producer.flush(30) == 0


def first_message(bootstrap: str, topic: str) -> bytes:
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "one"})
    consumer.assign([TopicPartition(topic, 0, 0)])
    message = consumer.poll(30)
    consumer.close()
    assert message is not None
    assert message.error() is None
    return message.value()


@pytest.mark.kafka
@pytest.mark.slow
def test_a_broker_that_was_killed_comes_back_with_what_it_had(
    own_kafka: Any, tmp_path: Path
) -> None:
    from haechi.streams.kafka.broker import Broker

    produce(own_kafka.bootstrap, "kept", b"still here")
    own_kafka.kill()
    assert not own_kafka.running
    own_kafka.start()
    assert first_message(own_kafka.bootstrap, "kept") == b"still here"
    own_kafka.stop()
    assert not own_kafka.running
    elsewhere = Broker(tmp_path / "kafka")
    assert elsewhere.bootstrap != own_kafka.bootstrap
    elsewhere.start()
    assert first_message(elsewhere.bootstrap, "kept") == b"still here"
    elsewhere.stop()


@pytest.mark.kafka
def test_a_port_in_use_is_named(kafka: str, tmp_path: Path) -> None:
    from haechi.streams.kafka.broker import Broker

    port = int(kafka.rpartition(":")[2])
    with pytest.raises(ConfigError, match=f"port {port}"):
        Broker(tmp_path, port)


def test_a_jar_that_is_not_the_pinned_one_is_not_taken(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for name in jars.pinned():
        (given / name).write_bytes(b"another")
    with pytest.raises(ConfigError, match=r"pinned for Kafka"):
        jars.install(tmp_path / "jars", given)
    assert not (tmp_path / "jars").exists()


@pytest.mark.skipif(bool(jars.wrong_jar(jars.default_folder())), reason="no jars to copy")
def test_jars_can_come_from_a_folder(tmp_path: Path) -> None:
    assert jars.install(tmp_path / "jars", jars.default_folder())
    assert jars.wrong_jar(tmp_path / "jars") == ""
    assert not jars.install(tmp_path / "jars", tmp_path / "nowhere")
