"""Reads a shard's own partitions of events and linked risks, from where the log says it was.

No consumer group: which partitions a shard owns stands in the topology, and how far it has read
stands in its log, in the very transaction that holds the events. Kafka is told neither. What the
reader fetches waits in a short queue until no gate does; while that is full nothing is fetched.

Whatever is wrong with Kafka, gates go on: the reader waits for it, or, where only a person can
tell what is right, says what is wrong and stops.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from haechi.configs.topics import Topics
from haechi.engine.errors import ConfigError
from haechi.operators.intake import Entry
from haechi.streams.cores import leave
from haechi.streams.kafka.extra import confluent_kafka
from haechi.streams.kafka.incoming import Incoming, lost, stream_name
from haechi.streams.name_screen import NameScreen

WAITING_MOST: Final = 512
"""Messages that are fetched and wait for the dataflow."""

_READING: Final = "reading"
CHECK_S: Final = 10.0
"""How often the number of partitions is looked at."""

_AT_ONCE: Final = 128
_LOOK_S: Final = 0.1
_ANSWER_S: Final = 5.0
_LOG: Final = logging.getLogger("haechi.kafka")


class KafkaReader:
    """The lower lane of a shard's engine, filled from Kafka.

    Parameters
    ----------
    bootstrap
        Where to begin, host and port; several with commas.
    topics
        The topics.
    partitions
        Partitions that this shard owns.
    positions
        Where each is to be read on, by its name; one that is missing begins with its first message.
    incoming
        Makes entries.
    names
        Tells when names can be screened; nothing is taken before.
    core
        Core that is the decisions' own, or None.
    skip_lost
        Whether to go on where messages went unread.
    check_s
        How often the number of partitions is looked at.
    """

    def __init__(
        self,
        bootstrap: str,
        topics: Topics,
        partitions: Sequence[int],
        positions: Mapping[str, int],
        incoming: Incoming,
        names: NameScreen,
        core: int | None = None,
        *,
        skip_lost: bool = False,
        check_s: float = CHECK_S,
    ) -> None:
        self._library: Final = confluent_kafka()
        self._bootstrap = bootstrap
        self._topics: Final = (topics.events.name, topics.links.name)
        self._count: Final = topics.partitions
        self._positions: Final = {
            (topic, number): positions.get(stream_name(topic, number))
            for topic in self._topics
            for number in partitions
        }
        self._incoming: Final = incoming
        self._names: Final = names
        self._core = core
        self._skip_lost = skip_lost
        self._check_s = check_s
        self._queue: Final[queue.Queue[Any]] = queue.Queue(WAITING_MOST)
        self._stopping = threading.Event()
        self._state = "waiting for Kafka"
        self._behind = 0
        self._thread = threading.Thread(target=self._run, name="kafka-reader", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Read no more; what waits is read again at the next start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def waiting(self) -> bool:
        """Whether something waits that can be taken."""
        return not self._queue.empty() and self._names.ready

    def take(self, most: int) -> list[Entry]:
        """Take up to so many entries, on the dataflow's thread."""
        entries: list[Entry] = []
        while len(entries) < most and self.waiting():
            message = self._queue.get_nowait()
            entries.append(message if isinstance(message, Entry) else self._incoming.entry(message))
        return entries

    def status(self) -> dict[str, object]:
        """How it goes: its state or what stopped it, and how many messages it is behind."""
        return {
            "reading": self._state == _READING,
            "state": self._state,
            "behind_events": self._behind + self._queue.qsize(),
        }

    def _run(self) -> None:
        # Before the library makes its own threads, which then stay away as well.
        leave(self._core)
        consumer = self._consumer()
        try:
            self._await(consumer)
            self._assign(consumer)
            self._follow(consumer)
        except ConfigError as error:
            self._state = str(error)
            _LOG.error("reading from Kafka has stopped, gates go on: %s", error)
        finally:
            consumer.close()

    def _consumer(self) -> Any:
        return self._library.Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                # The library asks for a name; the group is never joined.
                "group.id": f"{self._topics[0]}-shard",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "error",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 50,
                "queued.max.messages.kbytes": 16_384,
                "reconnect.backoff.max.ms": 2_000,
                "topic.metadata.refresh.interval.ms": 10_000,
                "log_level": 0,
                "error_cb": self._unreachable,
            }
        )

    def _unreachable(self, error: Any) -> None:
        if error.code() == self._library.KafkaError._ALL_BROKERS_DOWN:
            self._say(f"Kafka at {self._bootstrap} does not answer; gates go on without it")

    def _say(self, state: str) -> None:
        if self._state != state:
            self._state = state
            _LOG.warning("%s", state)

    def _await(self, consumer: Any) -> None:
        """Wait until Kafka is there, with the topics."""
        while not self._stopping.is_set():
            if self._checked(consumer):
                return
            self._stopping.wait(_LOOK_S)

    def _checked(self, consumer: Any) -> bool:
        """Whether Kafka answers and has the topics."""
        return all(self._has(consumer, topic) for topic in self._topics)

    def _has(self, consumer: Any, topic: str) -> bool:
        """Whether Kafka answers and has a topic.

        Raises
        ------
        ConfigError
            If the topic has another number of partitions than keys were dealt to.
        """
        try:
            found = consumer.list_topics(topic, timeout=_ANSWER_S).topics[topic]
        except self._library.KafkaException:
            self._say(f"Kafka at {self._bootstrap} does not answer; gates go on without it")
            return False
        if found.error is not None:
            self._say(f"Kafka has no topic {topic}: run haechi topics create")
            return False
        if len(found.partitions) != self._count:
            raise ConfigError(
                f"topic {topic} has {len(found.partitions)} partitions, topics.toml says "
                f"{self._count}: keys change their partition, so that one subject lies on two "
                "shards. Make a topic with the right number and feed it anew, or reshard as "
                "docs/shards.md says"
            )
        return True

    def _assign(self, consumer: Any) -> None:
        begin = self._library.OFFSET_BEGINNING
        consumer.assign(
            [
                self._library.TopicPartition(topic, number, begin if position is None else position)
                for (topic, number), position in self._positions.items()
            ]
        )
        self._state = _READING

    def _follow(self, consumer: Any) -> None:
        checked_at = time.monotonic()
        while not self._stopping.is_set():
            out_of_range = []
            for message in _come(consumer):
                if (error := message.error()) is None:
                    self._put(message)
                    place = (message.topic(), message.partition())
                    self._positions[place] = message.offset() + 1
                    self._state = _READING
                elif error.code() == self._library.KafkaError._AUTO_OFFSET_RESET:
                    out_of_range.append((message.topic(), message.partition()))
            for topic, number in out_of_range:
                self._out_of_range(consumer, topic, number)
            if out_of_range:
                self._assign(consumer)
            if time.monotonic() - checked_at >= self._check_s:
                self._checked(consumer)
                checked_at = time.monotonic()
            self._measure(consumer)

    def _put(self, item: Any) -> None:
        while not self._stopping.is_set():
            try:
                self._queue.put(item, timeout=_LOOK_S)
            except queue.Full:
                continue
            return

    def _out_of_range(self, consumer: Any, topic: str, number: int) -> None:
        """Say that messages went unread, or put that on record and go on."""
        at = self._library.TopicPartition(topic, number)
        first, end = consumer.get_watermark_offsets(at, timeout=_ANSWER_S)
        position = self._positions[topic, number] or 0
        if not self._skip_lost:
            raise ConfigError(
                f"partition {number} of topic {topic} holds messages {first} to {end - 1}, "
                f"and this shard has read up to {position}: what is missing was taken by retention "
                "or by whoever made the topic anew. Feed it again if you have it, then start once "
                "with kafka.skip_lost = true; the gap is put on record"
            )
        self._put(lost(topic, number, position, first))
        self._positions[topic, number] = first

    def _measure(self, consumer: Any) -> None:
        behind = 0
        for (topic, number), position in self._positions.items():
            at = self._library.TopicPartition(topic, number)
            # What the last fetch told; nothing is asked.
            _, end = consumer.get_watermark_offsets(at, cached=True)
            behind += max(0, end - (position or 0))
        self._behind = behind


def _come(consumer: Any) -> list[Any]:
    """Wait for a message, and take with it what else is there.

    ``consume`` alone would wait its whole time for the rest.
    """
    first = consumer.poll(_LOOK_S)
    return [] if first is None else [first, *consumer.consume(_AT_ONCE - 1, 0)]
