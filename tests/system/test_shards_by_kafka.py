"""From a raw feed through the ingest to two shards and out again: the whole way by Kafka."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import system_messages as messages
import system_shards
from on_kafka import read, send
from system_account import decoder_of, read_log
from system_load import BEHIND_US

from haechi.app import credentials
from haechi.configs.topics import Topics
from haechi.configs.topology import Topology
from haechi.engine.codes import EventKind
from haechi.rpc.v1.decision_pb2 import Decision
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.kafka.routing import routing_tokens
from haechi.streams.kafka.topics import Cluster
from haechi.streams.shards.router import Router
from haechi.streams.simulator import endless

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
EVENTS = 400
SEED = 7


@pytest.mark.timeout(300)
def test_a_raw_feed_reaches_the_shards_where_gates_ask(
    tmp_path: Path,
    kafka: str,
    until: Callable[..., Any],
    start: Callable[..., subprocess.Popen[str]],
) -> None:
    prefix = f"whole{os.getpid()}."
    with system_shards.running(tmp_path, 2, kafka, prefix) as shards:
        configs = tmp_path / "configs"
        topics = Topics.load(configs)
        Cluster(kafka).create(topics)
        topology = Topology.load(configs, 0)
        key = credentials.token_key(shards[0].folder, make=False)
        router = Router(topology, routing_tokens(key))
        start(
            "-m", "haechi.app", "ingest", "--worker", "1", "--bootstrap", kafka,
            "--configs", configs, "--data", shards[0].folder.root,
        )  # fmt: skip
        frames = endless(SEED, time.time_ns() // 1000 - BEHIND_US, subjects_per_hour=60.0)
        manifests = (
            one.raw
            for one in frames
            if Event.FromString(one.raw).WhichOneof("kind")
            in ("traveler_manifest", "parcel_manifest", "traveler_declaration")
        )
        sent = list(islice(manifests, EVENTS))
        known = messages.manifest("asked-for")
        send(kafka, topics.feeds["protobuf"].topic.name, [*sent, known.SerializeToString()])

        def at_their_owners() -> bool:
            for number, shard in enumerate(shards):
                decoder = decoder_of(shard)
                mine = {
                    decoder.decode(raw).id
                    for raw in sent
                    if number in [one.number for one in router.recipients(Event.FromString(raw))]
                }
                logged = read_log(shard)
                assert logged.kinds()[EventKind.DEAD_LETTER] == 0
                if not mine or not mine <= {event_id for _, _, event_id, _ in logged.events}:
                    return False
            return True

        until(at_their_owners, 120)
        with system_shards.routed(shards, "gate") as gate:
            answer = gate.decide(messages.question("asked-for")).answer
        assert answer.position.shard == router.recipients(known)[0].number

        def decisions() -> dict[str, Decision]:
            found = read(kafka, topics.decisions.name, 1)
            return {one.decision_id: one for one in (Decision.FromString(m.value) for m in found)}

        told = until(lambda: (d := decisions()) and answer.decision_id in d and d, 60)
        assert told[answer.decision_id].verdict == answer.verdict
        assert told[answer.decision_id].position.shard == answer.position.shard
        assert {one.position.shard for one in told.values()} == {0, 1}
