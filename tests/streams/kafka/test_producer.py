"""What a producer reports as taken is there, also where partitions are still being made."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from on_kafka import own_topics, read

from haechi.engine.errors import Unavailable

pytest.importorskip("confluent_kafka")
pytestmark = pytest.mark.kafka

from haechi.streams.ingest.sending import send_file  # noqa: E402
from haechi.streams.kafka.producer import producer  # noqa: E402
from haechi.streams.kafka.topics import Cluster  # noqa: E402

MESSAGES = 3000


def fill(sending: Any, topic: str, taken: list[int]) -> None:
    """Send as many small requests as the settings allow."""

    def delivered(error: Any, message: Any) -> None:
        assert error is None, error
        taken.append(message.offset())

    for number in range(MESSAGES):
        sending.produce(topic, b"%d" % number, b"%d" % (number % 97), on_delivery=delivered)
        sending.poll(0)
    assert sending.flush(60) == 0


def test_a_request_waits_for_the_one_before(kafka: str) -> None:
    topics = own_topics()
    Cluster(kafka).create(topics)
    underway: list[int] = []

    def told(statistics: str) -> None:
        brokers = json.loads(statistics)["brokers"].values()
        underway.extend(int(broker["waitresp_cnt"]) for broker in brokers)

    more = {"stats_cb": told, "statistics.interval.ms": 1, "batch.num.messages": 1}
    fill(producer(kafka, more), topics.events.name, [])
    assert max(underway) == 1


def test_all_that_was_taken_in_a_new_topic_is_there(kafka: str) -> None:
    from confluent_kafka.admin import AdminClient, NewTopic

    name = f"new-{time.time_ns()}"
    admin = AdminClient({"bootstrap.servers": kafka})
    made = admin.create_topics([NewTopic(name, 24, 1)])[name]
    taken: list[int] = []
    # Its partitions come while this writes.
    fill(producer(kafka, {"batch.num.messages": 1, "linger.ms": 0}), name, taken)
    made.result(30)
    assert len(taken) == MESSAGES
    found = {one.value for one in read(kafka, name, MESSAGES)}
    assert found == {b"%d" % number for number in range(MESSAGES)}


def test_a_file_of_which_a_row_is_not_taken_is_no_success(kafka: str, tmp_path: Path) -> None:
    topics = own_topics()
    Cluster(kafka).create(topics)
    path = tmp_path / "events.jsonl"
    path.write_text('{"a": 1}\n' + f'{{"a": "{"x" * 2_000_000}"}}\n')
    with pytest.raises(Unavailable, match=r"did not take 1 messages .*too large"):
        send_file(kafka, topics.feeds["json"], path, None)
