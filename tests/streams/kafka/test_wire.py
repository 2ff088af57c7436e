"""Where keys go: the same partition as every other client's default."""

from __future__ import annotations

import pytest

from haechi.streams.kafka.routing import routing_key, routing_tokens, subject_key
from haechi.streams.kafka.wire import murmur2, partition_of
from haechi.streams.tokens import Tokens


@pytest.mark.parametrize(
    ("key", "hashed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_hashes_are_those_of_kafkas_own_tests(key: bytes, hashed: int) -> None:
    assert murmur2(key) == hashed & 0xFFFFFFFF


def test_partitions_are_those_of_aiokafka() -> None:
    theirs = pytest.importorskip("aiokafka.partitioner").DefaultPartitioner()
    for number in range(200):
        key = bytes(range(number))
        every = list(range(7))
        assert partition_of(key, 7) == theirs(key, every, every)


def test_a_key_for_routing_is_not_the_token_of_the_log() -> None:
    key = bytes(range(32))
    assert routing_key(key) != key
    name = ("traveler", "t1")
    assert routing_tokens(key).token(*name) != Tokens(key).token(*name)
    assert routing_tokens(key).token(*name) == routing_tokens(key).token(*name)


def test_a_key_on_kafka_is_text_of_one_length() -> None:
    assert subject_key(1) == "0000000000000001"
    assert subject_key(2**64 - 1) == "f" * 16
