"""`haechi topology`: which shard owns what, and a proxy's configuration made of it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from haechi.app.arguments import Commands, command, configs_option, json_option, profile_option
from haechi.app.configuration import load_profile
from haechi.app.exits import OK
from haechi.app.terminal import columns, emit_json
from haechi.engine.errors import ConfigError

if TYPE_CHECKING:
    from haechi.configs.topology import ShardPlace

_PORT: Final = 50550


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "topology",
        run,
        "show which shard owns which partitions",
        "haechi topology --configs site\nhaechi topology --configs site --envoy > envoy.json",
        details="It reads topology.toml; docs/shards.md goes on.",
    )
    profile_option(parser)
    configs_option(parser)
    json_option(parser)
    parser.add_argument(
        "--envoy", action="store_true", help="print the configuration of an Envoy proxy instead"
    )
    parser.add_argument(
        "--envoy-port", type=int, default=_PORT, metavar="PORT",
        help=f"where that proxy listens, on loopback (default: {_PORT})",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Show it."""
    from haechi.configs.topology import Topology
    from haechi.streams.shards.envoy import envoy_config

    topology = Topology.load(args.configs, load_profile(args.profile).engine.shard)
    if args.envoy:
        if not all(shard.address for shard in topology.shards):
            raise ConfigError(
                "topology.toml names no shards, so there is nothing to choose from; a proxy is of "
                "use from two shards on"
            )
        emit_json(envoy_config(topology, args.envoy_port))
        return OK
    if args.json:
        shards = [
            {"number": one.number, "address": one.address, "partitions": list(one.partitions)}
            for one in topology.shards
        ]
        emit_json(
            {"version": topology.version, "partitions": topology.partitions, "shards": shards}
        )
        return OK
    print(f"version {topology.version}, {topology.partitions} partitions")
    print(
        columns(
            [
                (f"shard {one.number}", one.address or "the engine's own address", _owned(one))
                for one in topology.shards
            ]
        )
    )
    return OK


def _owned(shard: ShardPlace) -> str:
    """Partitions as ranges."""
    ranges: list[list[int]] = []
    for partition in shard.partitions:
        if ranges and ranges[-1][1] == partition - 1:
            ranges[-1][1] = partition
        else:
            ranges.append([partition, partition])
    texts = (str(first) if first == last else f"{first}-{last}" for first, last in ranges)
    return "partitions " + ", ".join(texts)
