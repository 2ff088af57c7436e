"""Makes the topics, and says what on a cluster is not as topics.toml has it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from haechi.configs.topics import Topic, Topics
from haechi.engine.errors import ConfigError, Unavailable
from haechi.streams.kafka.extra import confluent_kafka

_ANSWER_S: Final = 30.0
_LOOK_S: Final = 0.1
_CLEANUP: Final = "cleanup.policy"
_RETENTION: Final = "retention.ms"


@dataclass(frozen=True, slots=True)
class Found:
    """A topic on the cluster.

    Parameters
    ----------
    topic
        As it was declared.
    partitions
        How many it has; 0 if it is not there.
    wrong
        What differs and what to do; empty if nothing does.
    """

    topic: Topic
    partitions: int
    wrong: str


class Cluster:
    """A Kafka cluster, asked for its topics.

    Parameters
    ----------
    bootstrap
        Where to begin, host and port; several with commas.
    """

    def __init__(self, bootstrap: str) -> None:
        self._library: Final = confluent_kafka()
        self._bootstrap: Final = bootstrap
        self._admin: Final = self._library.admin.AdminClient(
            {"bootstrap.servers": bootstrap, "log_level": 0}
        )

    def create(self, topics: Topics) -> list[str]:
        """Make what is not there yet; its names.

        Raises
        ------
        ConfigError
            If what is there differs, or the cluster refuses.
        Unavailable
            If the cluster cannot be reached.
        """
        there = self.compare(topics)
        if wrong := [found.wrong for found in there if found.partitions and found.wrong]:
            raise ConfigError("; ".join(wrong))
        missing = [found.topic for found in there if not found.partitions]
        if not missing:
            return []
        made = self._admin.create_topics([self._new(topic, topics) for topic in missing])
        for name, future in made.items():
            try:
                future.result(_ANSWER_S)
            except self._library.KafkaException as error:
                raise ConfigError(f"Kafka does not make topic {name}: {error.args[0].str()}") from (
                    None
                )
        # Brokers learn of a new topic one after the other, and then make room for it.
        until = time.monotonic() + _ANSWER_S
        while time.monotonic() < until and not all(f.partitions for f in self.compare(topics)):
            time.sleep(_LOOK_S)
        self.check(topics)
        self._wait_served(topics, until)
        return [topic.name for topic in missing]

    def _wait_served(self, topics: Topics, until: float) -> None:
        """Wait until every partition answers: before that, writers may lose messages."""
        partition, admin = self._library.TopicPartition, self._library.admin
        asked = {
            partition(topic.name, number): admin.OffsetSpec.latest()
            for topic in topics.all
            for number in range(topics.partitions)
        }
        while True:
            try:
                for answer in self._admin.list_offsets(asked).values():
                    answer.result(_ANSWER_S)
            except self._library.KafkaException as error:
                if time.monotonic() >= until:
                    raise Unavailable(
                        f"Kafka made the topics and does not serve all of them "
                        f"({error.args[0].str()}): look at its log, then run this again"
                    ) from None
                time.sleep(_LOOK_S)
            else:
                return

    def check(self, topics: Topics) -> None:
        """Insist that every topic is there as it was declared.

        Raises
        ------
        ConfigError
            Naming all that differs.
        Unavailable
            If the cluster cannot be reached.
        """
        if wrong := [found.wrong for found in self.compare(topics) if found.wrong]:
            raise ConfigError("; ".join(wrong))

    def compare(self, topics: Topics) -> list[Found]:
        """Look at every topic.

        Raises
        ------
        Unavailable
            If the cluster cannot be reached.
        """
        try:
            there = self._admin.list_topics(timeout=_ANSWER_S).topics
            settings = self._settings([topic.name for topic in topics.all if topic.name in there])
        except self._library.KafkaException as error:
            raise Unavailable(
                f"Kafka at {self._bootstrap} does not answer ({error.args[0].str()}): start it, "
                "or correct kafka.bootstrap of the profile"
            ) from None
        found = []
        for topic in topics.all:
            partitions = len(there[topic.name].partitions) if topic.name in there else 0
            wrong = "; ".join(_differences(topic, topics, partitions, settings.get(topic.name, {})))
            found.append(Found(topic, partitions, wrong))
        return found

    def _new(self, topic: Topic, topics: Topics) -> Any:
        settings = {_CLEANUP: _cleanup(topic), _RETENTION: str(topic.retention_ms)}
        if topics.replicas > 1:
            settings["min.insync.replicas"] = str(topics.replicas - 1)
        return self._library.admin.NewTopic(
            topic.name, topics.partitions, topics.replicas, config=settings
        )

    def _settings(self, names: list[str]) -> dict[str, dict[str, str]]:
        if not names:
            return {}
        admin = self._library.admin
        asked = self._admin.describe_configs(
            [admin.ConfigResource(admin.ConfigResource.Type.TOPIC, name) for name in names]
        )
        return {
            resource.name: {
                key: entry.value for key, entry in future.result(_ANSWER_S).items()
            }
            for resource, future in asked.items()
        }  # fmt: skip


def _differences(
    topic: Topic, topics: Topics, partitions: int, settings: dict[str, str]
) -> Iterator[str]:
    if not partitions:
        yield f"topic {topic.name} is missing: run haechi topics create"
        return
    if partitions != topics.partitions:
        yield (
            f"topic {topic.name} has {partitions} partitions, topics.toml says "
            f"{topics.partitions}: keys would change their partition and one subject would lie on "
            "two shards; put the number back, or take another prefix, create its topics and feed "
            "them anew"
        )
    wanted = _cleanup(topic)
    if set(settings.get(_CLEANUP, "").split(",")) != set(wanted.split(",")):
        yield (
            f"topic {topic.name} has {_CLEANUP}={settings.get(_CLEANUP)}, it must be {wanted}: "
            "alter it with Kafka's own tools"
        )
    if settings.get(_RETENTION) != str(topic.retention_ms):
        yield (
            f"topic {topic.name} has {_RETENTION}={settings.get(_RETENTION)}, topics.toml says "
            f"{topic.retention_ms}: alter one of them"
        )


def _cleanup(topic: Topic) -> str:
    return "compact,delete" if topic.compacted else "delete"
