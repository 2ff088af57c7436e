"""Which shard owns which partitions: topology.toml as frozen dataclasses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from haechi.configs.port import config_text
from haechi.configs.tables import Table
from haechi.configs.topics import Topics
from haechi.engine.errors import ConfigError

FILE: Final = "topology.toml"

_RANGE: Final = re.compile(r"(\d+)(?:-(\d+))?")


@dataclass(frozen=True, slots=True)
class ShardPlace:
    """One shard.

    Parameters
    ----------
    number
        Its number, ``engine.shard`` of its profile.
    address
        Where gates reach it; empty where one engine owns everything.
    partitions
        Partitions that it owns, ascending.
    """

    number: int
    address: str
    partitions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Topology:
    """All shards.

    Parameters
    ----------
    version
        Grows with every change.
    partitions
        Partitions in all.
    shards
        Each shard, by ascending number; together they own every partition once.

    Examples
    --------
    >>> halves = Topology(1, 4, (ShardPlace(0, "a:1", (0, 1)), ShardPlace(1, "b:1", (2, 3))))
    >>> halves.owner(2).address
    'b:1'
    """

    version: int
    partitions: int
    shards: tuple[ShardPlace, ...]
    _owners: tuple[ShardPlace, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        owners = {number: shard for shard in self.shards for number in shard.partitions}
        object.__setattr__(self, "_owners", tuple(owners[n] for n in range(self.partitions)))

    @classmethod
    def load(cls, folder: Path | None, shard: int) -> Topology:
        """Read a topology.

        Parameters
        ----------
        folder
            Where topology.toml and topics.toml stand. Without a topology, and without shards in
            it, one engine owns everything.
        shard
            Number of the engine that asks.

        Raises
        ------
        ConfigError
            If it cannot be used, or lacks this shard; the message names the key's path.
        """
        beside = folder if folder is not None and (folder / FILE).exists() else None
        topology = cls.parse(config_text(FILE, beside), Topics.load(folder).partitions, shard)
        if all(one.number != shard for one in topology.shards):
            known = ", ".join(str(one.number) for one in topology.shards)
            raise ConfigError(
                f"engine.shard is {shard}, but {FILE} has shards {known}; correct the profile, "
                "or add the shard and the partitions that it owns"
            )
        return topology

    @classmethod
    def parse(cls, text: str, partitions: int, shard: int = 0) -> Topology:
        """Read the text of a topology for so many partitions; see :meth:`load`."""
        root = Table.parse(text, FILE)
        version = root.whole("version", 1, 1 << 62)
        shards = [_shard(table, partitions) for table in root.listed("shard")]
        root.finish()
        if not shards:
            shards = [ShardPlace(shard, "", tuple(range(partitions)))]
        _check(shards, partitions)
        return cls(version, partitions, tuple(sorted(shards, key=lambda one: one.number)))

    def owner(self, partition: int) -> ShardPlace:
        """Who owns a partition."""
        return self._owners[partition]

    @property
    def alone(self) -> bool:
        """Whether one shard owns everything."""
        return len(self.shards) == 1


def _shard(table: Table, partitions: int) -> ShardPlace:
    number = table.whole("number", 0, 65535)
    address = table.text("address")
    owned: set[int] = set()
    for given in table.texts("partitions"):
        match = _RANGE.fullmatch(given)
        first = int(match[1]) if match else partitions
        last = int(match[2] or first) if match else first
        if not first <= last < partitions:
            raise table.wrong(
                "partitions", f'give ranges such as "0-31" or "7", from 0 to {partitions - 1}'
            )
        owned.update(range(first, last + 1))
    table.finish()
    return ShardPlace(number, address, tuple(sorted(owned)))


def _check(shards: list[ShardPlace], partitions: int) -> None:
    """Refuse shards that leave a partition to nobody or to two."""
    owners: dict[int, int] = {}
    numbers: set[int] = set()
    for shard in shards:
        if shard.number in numbers:
            raise ConfigError(f"{FILE}: shard {shard.number} stands twice; give each one number")
        numbers.add(shard.number)
        for partition in shard.partitions:
            other = owners.setdefault(partition, shard.number)
            if other != shard.number:
                raise ConfigError(
                    f"{FILE}: partition {partition} belongs to shards {other} and "
                    f"{shard.number}; give it to one of them"
                )
    missing = [number for number in range(partitions) if number not in owners]
    if missing:
        raise ConfigError(
            f"{FILE}: partition {missing[0]} belongs to no shard, {len(missing)} of {partitions} "
            "in all; give each to one shard"
        )
