"""A topology gives every partition to one shard, or says what is wrong with it."""

from __future__ import annotations

import doctest

import pytest

import haechi.configs.topology
from haechi.configs.topology import Topology
from haechi.engine.errors import ConfigError

TWO = """
version = 7
[[shard]]
number = 1
address = "10.0.0.2:50551"
partitions = ["4-6", "7"]
[[shard]]
number = 0
address = "10.0.0.1:50551"
partitions = ["0-3"]
"""


def test_examples():
    assert doctest.testmod(haechi.configs.topology) == (0, 2)


def test_each_partition_has_its_owner():
    topology = Topology.parse(TWO, 8)
    assert [one.number for one in topology.shards] == [0, 1]
    assert [topology.owner(n).number for n in range(8)] == [0, 0, 0, 0, 1, 1, 1, 1]
    assert not topology.alone


@pytest.mark.parametrize("shard", [0, 9])
def test_without_shards_one_engine_owns_everything(shard, tmp_path):
    for folder in (None, tmp_path):
        topology = Topology.load(folder, shard)
        assert topology.alone
        assert topology.owner(topology.partitions - 1).number == shard


def test_a_shard_that_the_topology_lacks_does_not_start(tmp_path):
    (tmp_path / "topology.toml").write_text(TWO, "utf-8")
    assert Topology.load(tmp_path, 1).version == 7
    with pytest.raises(ConfigError, match=r"engine.shard is 2, but topology.toml has shards 0, 1"):
        Topology.load(tmp_path, 2)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"0-3"', '"0-2"', "partition 3 belongs to no shard, 1 of 8"),
        ('"0-3"', '"0-4"', "partition 4 belongs to shards 1 and 0"),
        ('"0-3"', '"0-8"', 'partitions is .*; give ranges such as "0-31"'),
        ('"0-3"', '"three"', 'partitions is .*; give ranges such as "0-31"'),
        ('"0-3"', '"3-0"', 'partitions is .*; give ranges such as "0-31"'),
        ("number = 1", "number = 0", "shard 0 stands twice"),
        ("version = 7", "", "version is missing"),
        ("version = 7", "version = 7\nshards = 2", "shards is not a known key"),
        ('address = "10.0.0.1:50551"', "", "address is missing"),
    ],
)
def test_a_topology_that_cannot_be_used_says_why(old, new, says):
    with pytest.raises(ConfigError, match=says):
        Topology.parse(TWO.replace(old, new), 8)
