"""What was decided is told to a real Kafka: all of it, in order, with ids to leave out repeats."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from on_kafka import own_topics

from haechi.configs.topics import Topics
from haechi.engine.codes import EventKind
from haechi.engine.errors import Unavailable
from haechi.engine.records import DECISION
from haechi.rpc.v1 import event_pb2, governance_pb2
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.writer import LogWriter, Row
from haechi.streams.tokens import Tokens

pytest.importorskip("confluent_kafka")
pytestmark = pytest.mark.kafka

from haechi.streams.kafka.extra import confluent_kafka  # noqa: E402
from haechi.streams.kafka.publisher import DECISION_ID, PLACE, PublishedFile, Publisher  # noqa: E402
from haechi.streams.kafka.topics import Cluster  # noqa: E402
from haechi.streams.kafka.wire import CODE, partition_of  # noqa: E402

PARTITIONS = 4
ROUTING = Tokens(bytes(32))


class Log:
    """A small log that grows."""

    def __init__(self, folder: Path) -> None:
        self.keys = SubjectKeys(folder / "keys.sqlite")
        self.writer = LogWriter(folder / "log", self.keys)
        self.reader = LogReader(folder / "log", self.keys)

    def add(self, kind: EventKind, payload: bytes = b"p", subjects: tuple[int, ...] = ()) -> None:
        offset = self.writer.offset
        bodies = np.zeros(len(subjects), DECISION)
        for ordinal, subject in enumerate(subjects):
            bodies[ordinal]["id_hi"], bodies[ordinal]["id_lo"] = offset + 1, ordinal
            bodies[ordinal]["offset"], bodies[ordinal]["ordinal"] = offset, ordinal
            bodies[ordinal]["subject"] = subject
        identity = offset.to_bytes(16, "little")
        self.writer.append(
            [Row(int(kind), offset, 0, 0, identity, identity, "s", b"", payload,
                 bodies.tobytes(), 0, 0)]
        )  # fmt: skip

    def begin(self, epoch: int) -> None:
        started = event_pb2.Event(engine_started=governance_pb2.EngineStarted(epoch=epoch))
        self.add(EventKind.ENGINE_STARTED, started.SerializeToString())


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    one = Log(tmp_path)
    yield one
    one.reader.close()
    one.writer.close()


@pytest.fixture
def topics(kafka: str) -> Topics:
    own = own_topics(partitions=PARTITIONS)
    Cluster(kafka).create(own)
    return own


@pytest.fixture
def publisher(kafka: str, topics: Topics, log: Log, tmp_path: Path) -> Callable[..., Publisher]:
    def make(**changes: Any) -> Publisher:
        given = {
            "bootstrap": kafka,
            "topics": topics,
            "shard": 3,
            "reader": log.reader,
            "render": lambda body, epoch: b"%d:" % epoch + body[:16],
            "routing": ROUTING,
            "file": PublishedFile(tmp_path / "published.json"),
        }
        return Publisher(**{**given, **changes})

    return make


def told(bootstrap: str, topic: str) -> list[Any]:
    """All messages of a topic."""
    library = confluent_kafka()
    consumer = library.Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "t", "enable.partition.eof": True}
    )
    begin = library.OFFSET_BEGINNING
    consumer.assign([library.TopicPartition(topic, n, begin) for n in range(PARTITIONS)])
    found, ended = [], 0
    while ended < PARTITIONS:
        message = consumer.poll(10)
        assert message is not None
        if message.error() is None:
            found.append(message)
        else:
            assert message.error().code() == library.KafkaError._PARTITION_EOF
            ended += 1
    consumer.close()
    return found


def test_every_decision_is_told_once_under_a_key_of_its_subject(kafka, topics, log, publisher):
    log.begin(1)
    for number in range(30):
        log.add(EventKind.GATE_EVENT, subjects=(100 + number % 3, 200))
    assert publisher().step() is False
    log.begin(2)
    log.add(EventKind.GATE_EVENT, subjects=(100,))
    again = publisher()
    assert again.step() is False
    assert again.step() is False
    messages = told(kafka, topics.decisions.name)
    assert len(messages) == 61
    headers = [dict(message.headers()) for message in messages]
    assert len({one[DECISION_ID] for one in headers}) == 61
    assert len({message.key() for message in messages}) == 4
    for message, one in zip(messages, headers, strict=True):
        assert partition_of(message.key(), PARTITIONS) == message.partition()
        assert message.key() != b"%016x" % 200
        epoch, _, decision_id = message.value().partition(b":")
        assert decision_id.hex().encode() == one[DECISION_ID]
        shard, _, offset = one[PLACE].partition(b"/")
        assert (shard, epoch) == (b"3", b"2" if int(offset) > 31 else b"1")
    for key in {message.key() for message in messages}:
        order = [int(dict(m.headers())[PLACE][2:]) for m in messages if m.key() == key]
        assert order == sorted(order)


def test_what_was_told_but_not_noted_comes_again_with_the_same_id(
    kafka, topics, log, publisher, tmp_path
):
    log.begin(1)
    log.add(EventKind.GATE_EVENT, subjects=(1, 2))
    publisher().step()
    # As after a crash between Kafka's word and ours.
    (tmp_path / "published.json").unlink()
    publisher().step()
    ids = [dict(message.headers())[DECISION_ID] for message in told(kafka, topics.decisions.name)]
    assert len(ids) == 4
    assert len(set(ids)) == 2


def test_dead_letters_are_told_whole(kafka, topics, log, publisher):
    letter = Event(dead_letter={"detail": "UNDECODABLE: no event", "source": "x", "head": b"\xff"})
    log.add(EventKind.DEAD_LETTER, letter.SerializeToString())
    publisher().step()
    (message,) = told(kafka, topics.dead_letters.name)
    assert Event.FromString(message.value()) == letter
    headers = dict(message.headers())
    assert (headers[CODE], headers[PLACE]) == (b"UNDECODABLE", b"3/0")


def test_another_kafka_is_told_from_the_beginning(kafka, topics, log, publisher, tmp_path):
    log.begin(1)
    log.add(EventKind.GATE_EVENT, subjects=(1,))
    publisher().step()
    file = PublishedFile(tmp_path / "published.json")
    published = file.load()
    assert published.offset == 2
    published.cluster = "the one before"
    file.save(published)
    publisher().step()
    assert len(told(kafka, topics.decisions.name)) == 2


def test_nothing_is_noted_that_kafka_did_not_take(kafka, topics, log, publisher, tmp_path):
    with pytest.raises(Unavailable, match="does not answer"):
        publisher(bootstrap="127.0.0.1:1")
    log.begin(1)
    log.add(EventKind.GATE_EVENT, subjects=(1,))
    # Larger than any broker takes.
    tried = publisher(render=lambda body, epoch: bytes(2 << 20))
    with pytest.raises(Unavailable, match="takes no message"):
        tried.step()
    assert PublishedFile(tmp_path / "published.json").load().offset == 0


def test_what_the_standby_lacks_is_not_told_before_it_has_it(kafka, topics, log, publisher):
    log.begin(1)
    log.add(EventKind.GATE_EVENT, subjects=(1,))
    log.add(EventKind.GATE_EVENT, subjects=(2,))
    has = [-1]
    one = publisher(bound=lambda: has[-1])
    for last, there in ((-1, 0), (1, 1), (2, 2)):
        has.append(last)
        assert one.step() is False
        assert len(told(kafka, topics.decisions.name)) == there
