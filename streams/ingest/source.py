"""The raw topics as a plain consumer sees them, apart from what Faust makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from haechi.engine.errors import Unavailable
from haechi.streams.ingest.raw import Raw
from haechi.streams.kafka.extra import confluent_kafka

Partition = tuple[str, int]
"""Topic and number."""

_ANSWER_S: Final = 10.0
_MOST: Final = 500


class Source:
    """Asks Kafka where the ingest's group is and what lies between two offsets.

    Every call waits for Kafka, ten seconds at most; one thread may use it at a time.

    Parameters
    ----------
    bootstrap
        Where Kafka is.
    group
        The ingest's group. This consumer is no member of it.
    """

    def __init__(self, bootstrap: str, group: str) -> None:
        library = confluent_kafka()
        self._consumer: Final = library.Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "enable.partition.eof": True,
                # As Faust reads.
                "isolation.level": "read_uncommitted",
                "log_level": 0,
            }
        )
        self._partition: Final = library.TopicPartition
        self._end: Final = library.KafkaError._PARTITION_EOF
        self._failure: Final = library.KafkaException

    def committed(self, partition: Partition) -> int:
        """Offset up to which the group is done; 0 if it never was.

        Raises
        ------
        Unavailable
            If Kafka does not answer.
        """
        try:
            (at,) = self._consumer.committed([self._partition(*partition)], _ANSWER_S)
        except self._failure as error:
            raise _gone(error) from None
        if at.error is not None:
            raise _gone(at.error)
        return max(int(at.offset), 0)

    def ends(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        """Offset after the last message of each.

        Raises
        ------
        Unavailable
            If Kafka does not answer.
        """
        found = {}
        try:
            for one in partitions:
                at = self._partition(*one)
                found[one] = int(self._consumer.get_watermark_offsets(at, _ANSWER_S)[1])
        except self._failure as error:
            raise _gone(error) from None
        return found

    def between(self, partition: Partition, start: int, end: int) -> list[Raw]:
        """Read messages from one offset to before another, the first 500 of them.

        There may be fewer than offsets, or none: transactions leave marks between messages, and
        retention takes the oldest ones away.

        Raises
        ------
        Unavailable
            If Kafka does not answer, or does not reach so far: a broker that has just come back
            may end before messages that it handed out earlier.
        """
        found: list[Raw] = []
        self._consumer.assign([self._partition(*partition, start)])
        try:
            while len(found) < _MOST:
                message = self._consumer.poll(_ANSWER_S)
                if message is None:
                    raise _gone(f"nothing of {partition[0]}/{partition[1]} from {start} on")
                fault = message.error()
                if fault is not None and fault.code() != self._end:
                    raise _gone(fault)
                if message.offset() >= end:
                    break
                if fault is not None:
                    raise _gone(f"{partition[0]}/{partition[1]} ends before {end}")
                # A position that the broker does not have yet begins at the front.
                if message.offset() >= start:
                    found.append(_raw(message))
        finally:
            self._consumer.unassign()
        return found

    def close(self) -> None:
        """Let go of the connections."""
        self._consumer.close()


def _raw(message: Any) -> Raw:
    _, timestamp_ms = message.timestamp()
    return Raw(
        message.topic(),
        message.partition(),
        message.offset(),
        max(timestamp_ms, 0),
        message.value() or b"",
        dict(message.headers() or []),
        message.key() or b"",
    )


def _gone(why: object) -> Unavailable:
    return Unavailable(f"Kafka does not answer: {why}; it is asked again")
