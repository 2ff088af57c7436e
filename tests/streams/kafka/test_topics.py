"""Topics on a real Kafka: made once, compared, and a changed one is named with what to do."""

from __future__ import annotations

import time

import pytest
from on_kafka import own_topics

from haechi.configs.topics import Topics
from haechi.engine.errors import ConfigError, Unavailable

pytest.importorskip("confluent_kafka")
pytestmark = pytest.mark.kafka

from haechi.streams.kafka.topics import Cluster  # noqa: E402


def alter(bootstrap: str, topic: str, setting: str, value: str) -> None:
    from confluent_kafka.admin import (
        AdminClient,
        AlterConfigOpType,
        ConfigEntry,
        ConfigResource,
        ResourceType,
    )

    entry = ConfigEntry(setting, value, incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.incremental_alter_configs([resource])[resource].result(30)


def until_wrong(cluster: Cluster, topics: Topics, count: int) -> None:
    """Brokers learn of a change one after the other."""
    until = time.monotonic() + 30
    while sum(bool(found.wrong) for found in cluster.compare(topics)) < count:
        assert time.monotonic() < until, "the change never showed"
        time.sleep(0.1)


def grow(bootstrap: str, topic: str, partitions: int) -> None:
    from confluent_kafka.admin import AdminClient, NewPartitions

    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_partitions([NewPartitions(topic, partitions)])[topic].result(30)


def test_topics_are_made_once(kafka: str) -> None:
    topics, cluster = own_topics(), Cluster(kafka)
    assert cluster.create(topics) == [topic.name for topic in topics.all]
    assert cluster.create(topics) == []
    assert {found.partitions for found in cluster.compare(topics)} == {4}
    assert not any(found.wrong for found in cluster.compare(topics))


def test_a_missing_topic_is_named(kafka: str) -> None:
    topics = own_topics()
    with pytest.raises(ConfigError, match=rf"{topics.events.name} is missing: run haechi topics"):
        Cluster(kafka).check(topics)


def test_a_changed_partition_count_is_named_with_the_remedy(kafka: str) -> None:
    topics, cluster = own_topics(), Cluster(kafka)
    cluster.create(topics)
    grow(kafka, topics.events.name, 6)
    until_wrong(cluster, topics, 1)
    with pytest.raises(ConfigError, match=r"has 6 partitions, topics.toml says 4.*another prefix"):
        cluster.check(topics)
    with pytest.raises(ConfigError, match=r"has 6 partitions"):
        cluster.create(topics)


def test_another_retention_and_another_cleanup_are_named(kafka: str) -> None:
    topics, cluster = own_topics(), Cluster(kafka)
    cluster.create(topics)
    alter(kafka, topics.events.name, "retention.ms", "1000")
    alter(kafka, topics.all[-1].name, "cleanup.policy", "delete")
    until_wrong(cluster, topics, 2)
    with pytest.raises(ConfigError) as refused:
        cluster.check(topics)
    assert f"{topics.events.name} has retention.ms=1000" in str(refused.value)
    assert f"{topics.all[-1].name} has cleanup.policy=delete" in str(refused.value)


def test_a_kafka_that_does_not_answer_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("haechi.streams.kafka.topics._ANSWER_S", 0.5)
    with pytest.raises(Unavailable, match=r"Kafka at 127.0.0.1:1 does not answer"):
        Cluster("127.0.0.1:1").check(own_topics())
