"""`haechi publish`: what was decided and refused, told to Kafka, as a process."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from haechi.app import credentials
from haechi.app.arguments import (
    Commands,
    command,
    configs_option,
    profile_option,
    supervised_options,
)
from haechi.app.configuration import load_profile
from haechi.app.exits import OK
from haechi.app.folder import DataFolder
from haechi.app.reports import Reports, stop_signals
from haechi.app.terminal import say
from haechi.engine.errors import ConfigError, Unavailable

if TYPE_CHECKING:
    from haechi.streams.kafka.publisher import Publisher

_NICE: Final = 5
_LOOK_S: Final = 0.05
"""How often the log is looked at; nobody at a gate waits for Kafka."""

_AGAIN_S: Final = 2.0


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "publish",
        run,
        "tell Kafka what was decided and refused (haechi up does it for you)",
        "haechi publish --data var --profile site.toml",
        details="It follows the log beside the engine, or without one, until it is stopped. Each "
        "decision comes at least once, with its id.",
    )
    profile_option(parser)
    configs_option(parser)
    supervised_options(parser)


def run(args: argparse.Namespace) -> int:
    """Publish until stopped."""
    from haechi.configs.port import Port
    from haechi.configs.topics import Topics
    from haechi.configs.topology import Topology
    from haechi.rpc.names import names_of
    from haechi.rpc.render import Origin, render_decision
    from haechi.streams.decode.places import Edge
    from haechi.streams.kafka.publisher import PublishedFile, Publisher
    from haechi.streams.kafka.routing import routing_tokens
    from haechi.streams.log.keys import SubjectKeys
    from haechi.streams.log.reader import LogReader
    from haechi.streams.one_at_a_time import one_at_a_time
    from haechi.streams.rule_book import RuleBook
    from haechi.streams.shards.linked_risks import LinkedRisks
    from haechi.streams.shards.router import Router
    from haechi.streams.tokens import Tokens

    with contextlib.suppress(OSError):
        os.nice(_NICE)
    reports: Reports = args.reports
    folder = DataFolder(args.data.resolve())
    folder.make()
    profile = load_profile(args.profile)
    if not profile.kafka.bootstrap:
        raise ConfigError("the profile has no [kafka] table; give it one with bootstrap")
    topics = Topics.load(args.configs)
    key = credentials.token_key(folder, make=False)
    port, tokens, routing = Port.load(args.configs), Tokens(key), routing_tokens(key)
    names = names_of(port, tokens, RuleBook(folder.artefacts).rules)
    shard = profile.engine.shard
    topology = Topology.load(args.configs, shard)
    stop = stop_signals()
    reports.ready(f"telling {profile.kafka.bootstrap} what {folder.log} decides")

    def render(body: bytes, epoch: int) -> bytes:
        return render_decision(body, names, None, Origin(shard, epoch)).SerializeToString()

    folder.log.mkdir(parents=True, exist_ok=True, mode=0o700)
    refusal = f"the log {folder.log} is being published already; stop that publisher first"
    # Two would tell everything twice.
    with one_at_a_time(folder.log / "publisher.lock", refusal):
        keys = SubjectKeys(folder.keys)
        reader = LogReader(folder.log, keys)
        file = PublishedFile(folder.log / "published.json")
        linked = None
        if not topology.alone:
            noted = folder.log / "linked-risks.sqlite"
            keep_us = topics.links.retention_ms * 1000
            edge = Edge(tokens, port)
            linked = LinkedRisks(noted, Router(topology, routing), shard, edge, reader, keep_us)
        bound = _bound(folder.run / "engine-status.json", profile.engine.durability)
        publisher: Publisher | None = None
        wait_s = 0.0
        while not stop.wait(wait_s):
            try:
                if publisher is None:
                    publisher = Publisher(
                        profile.kafka.bootstrap, topics, shard, reader, render, routing, file,
                        linked, bound,
                    )  # fmt: skip
                wait_s = 0.0 if publisher.step() else _LOOK_S
            except Unavailable as error:
                say(str(error))
                publisher, wait_s = None, _AGAIN_S
        if linked is not None:
            linked.close()
        reader.close()
        keys.close()
    return OK


def _bound(status: Path, durability: str) -> Callable[[], int]:
    """Make what tells the last event that Kafka may be told: not more than the standby has."""
    if durability != "replica":
        return lambda: 1 << 62

    def bound() -> int:
        try:
            told: int = json.loads(status.read_text("utf-8"))["standby"]["bound_offset"]
        except (OSError, ValueError, KeyError):
            # No engine has said yet; what is told later is told all the same.
            return -1
        return told

    return bound
