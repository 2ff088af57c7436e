"""What lies between two offsets, as the real Kafka tells it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from on_kafka import own_topics, send

pytest.importorskip("confluent_kafka")
pytestmark = [pytest.mark.kafka, pytest.mark.slow]

from haechi.engine.errors import Unavailable  # noqa: E402
from haechi.streams.ingest.source import Source  # noqa: E402
from haechi.streams.kafka.extra import confluent_kafka  # noqa: E402
from haechi.streams.kafka.topics import Cluster  # noqa: E402


@pytest.fixture
def feed(kafka: str) -> str:
    topics = own_topics(partitions=1)
    Cluster(kafka).create(topics)
    return str(topics.feeds["json"].topic.name)


@pytest.fixture
def source(kafka: str, feed: str) -> Iterator[Source]:
    made = Source(kafka, f"{feed}-group")
    yield made
    made.close()


def test_messages_between_two_offsets(kafka: str, feed: str, source: Source) -> None:
    send(kafka, feed, [(b"k", b"%d" % number, {"h": b"v"}) for number in range(5)])
    here = (feed, 0)
    found = source.between(here, 1, 4)
    assert [(one.offset, one.value, one.key, one.headers) for one in found] == [
        (number, b"%d" % number, b"k", {"h": b"v"}) for number in (1, 2, 3)
    ]
    assert source.between(here, 5, 5) == []
    assert source.ends([here]) == {here: 5}
    assert source.committed(here) == 0


def test_a_partition_that_ends_too_soon_is_no_answer(kafka: str, feed: str, source: Source) -> None:
    send(kafka, feed, [b"0", b"1"])
    with pytest.raises(Unavailable, match="ends before 4"):
        source.between((feed, 0), 1, 4)
    # Nor is one that has to begin at its front again, for it does not reach so far.
    with pytest.raises(Unavailable, match="ends before 9"):
        source.between((feed, 0), 7, 9)


def test_marks_of_transactions_are_no_messages(kafka: str, feed: str, source: Source) -> None:
    producer = confluent_kafka().Producer(
        {"bootstrap.servers": kafka, "transactional.id": feed, "log_level": 0}
    )
    producer.init_transactions(60)
    producer.begin_transaction()
    producer.produce(feed, b"0")
    producer.commit_transaction(60)
    here = (feed, 0)
    until = time.monotonic() + 30
    while source.ends([here]) != {here: 2}:
        # The mark is written a moment after the commit is acknowledged.
        assert time.monotonic() < until
    assert [one.value for one in source.between(here, 0, 2)] == [b"0"]
    assert source.between(here, 1, 2) == []


def test_a_kafka_that_is_not_there_is_said(feed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haechi.streams.ingest.source._ANSWER_S", 1.0)
    lonely = Source("127.0.0.1:1", "group")
    for ask in (
        lambda: lonely.committed((feed, 0)),
        lambda: lonely.ends([(feed, 0)]),
        lambda: lonely.between((feed, 0), 0, 1),
    ):
        with pytest.raises(Unavailable):
            ask()
    lonely.close()
