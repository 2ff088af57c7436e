"""What stands on every message, and how a key finds its partition. Topics are in topics.toml.

Whoever reads or writes Haechi's topics holds to this: the same partitioner everywhere, or one
subject's events would lie in two partitions.
"""

from __future__ import annotations

from typing import Final

SCHEMA_VERSION: Final = "haechi-schema-version"
"""Header: version of haechi.v1 that the value is written in, decimal digits."""

WRITTEN_VERSION: Final = b"1"
"""What is written there today."""

ORIGIN: Final = "haechi-origin"
"""Header: topic, partition and offset of the raw message, with slashes, for tracing back."""

CODE: Final = "haechi-code"
"""Header of a dead letter: short stable name of what was wrong."""

PARTITIONER: Final = "murmur2_random"
"""What Java and aiokafka do by themselves, and librdkafka only if told: its ``partitioner``."""

_M: Final = 0x5BD1E995
_SEED: Final = 0x9747B28C
_WORD: Final = 0xFFFFFFFF


def partition_of(key: bytes, partitions: int) -> int:
    """Partition of a key, as every Kafka client with the default of Java has it.

    Parameters
    ----------
    key
        The message's key.
    partitions
        Partitions of the topic.

    References
    ----------
    Austin Appleby, MurmurHash2; the seed and the sign bit left out are Kafka's.
    """
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """MurmurHash2 with Kafka's seed, 32 bits."""
    whole = len(data) & ~3
    mixed = _SEED ^ len(data)
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * _M & _WORD
        word = (word ^ word >> 24) * _M & _WORD
        mixed = (mixed * _M & _WORD) ^ word
    if whole < len(data):
        mixed = (mixed ^ int.from_bytes(data[whole:], "little")) * _M & _WORD
    mixed = (mixed ^ mixed >> 13) * _M & _WORD
    return mixed ^ mixed >> 15
