"""One log, two transports: what came by Kafka, handed in again over gRPC, is decided the same."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import system_shards
from on_kafka import send
from system_load import BEHIND_US

from haechi.app import credentials
from haechi.app.folder import DataFolder
from haechi.configs.port import Port
from haechi.configs.profile import EngineProfile
from haechi.configs.topics import Topics
from haechi.configs.topology import Topology
from haechi.engine.codes import EventKind
from haechi.engine.policy_table import LANES, POLICY, STAGES
from haechi.engine.records import DECISION
from haechi.operators.admission import Admission, Batch, tick
from haechi.operators.intake import Entry, Intake
from haechi.operators.logic import ShardLogic
from haechi.operators.shard import Shard
from haechi.operators.window import IdWindow
from haechi.rpc.client import HaechiClient
from haechi.rpc.names import names_of
from haechi.rpc.server import serve
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.decode import Decoder
from haechi.streams.kafka.routing import routing_tokens
from haechi.streams.kafka.topics import Cluster
from haechi.streams.lane import bury_sourced
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.writer import Row
from haechi.streams.log_rows import rows_of
from haechi.streams.shards.router import About, Router
from haechi.streams.simulator import endless
from haechi.streams.sinks.watch import WatchHub
from haechi.streams.standby.standing import Standing
from haechi.streams.standing import StandingReleases
from haechi.streams.start import read_start, settings_of, start_entry
from haechi.streams.task_book import TaskBook
from haechi.streams.tokens import Tokens

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

EVENTS = 1500
SEED = 11
PATIENT_MS = 10_000
"""So long a budget that no gate gets a provisional answer, however busy the machine."""

SENDERS = {
    "gate_action": "gate",
    "exit_seen": "gate",
    "face_match": "sensor",
    "scanner_result": "sensor",
}
_WAIT_S = 30.0


class Clock:
    """What the operator reads the time from."""

    perf_counter_ns = staticmethod(time.perf_counter_ns)

    def __init__(self) -> None:
        self.now_us = 0

    def time_ns(self) -> int:
        return self.now_us * 1000


class Again:
    """The engine's own operator behind the real server; only its clock is a log's."""

    shard = 0
    core = None
    epoch = 1
    first_offset = 0
    standing_of_log = Standing()

    def __init__(self, folder: DataFolder, profile: EngineProfile, clock: Clock) -> None:
        tokens = Tokens(credentials.token_key(folder, make=False))
        self.decoder = Decoder(tokens, Port.load())
        self.intake = Intake(profile.intake_limit, profile.late_limit)
        self.hub = WatchHub()
        self.tasks = TaskBook()
        self.standing = StandingReleases(np.zeros((LANES, STAGES), POLICY))
        self.machine = Shard()
        self.rows: list[Row] = []
        self._clock = clock
        admission = Admission(
            IdWindow(profile.id_window_us),
            lambda _: None,
            lambda _: b"",
            bury_sourced,
            profile.id_window_us,
            profile.ahead_us,
        )
        self._logic = ShardLogic(self.machine, admission, self._commit, lambda *_: None, 0)

    def healthy(self) -> bool:
        return True

    def observe_returned(self, *_: Any) -> None:
        pass

    def take(self, entry: Entry, stamp_us: int) -> None:
        """Decide about an entry at the time that the log says."""
        self._clock.now_us = stamp_us
        (committed,), _ = self._logic.on_batch([entry])
        for completion, outcome in committed.replies:
            completion.complete(outcome)

    def _commit(self, batch: Batch, bodies: Sequence[bytes], applied_us: int) -> None:
        self.rows += rows_of(batch, bodies, applied_us)


def mix(router: Router) -> Iterator[tuple[bytes, bytes, dict[str, bytes]]]:
    """The port's events, gates' questions as well, under their keys."""
    for frame in endless(SEED, time.time_ns() // 1000 - BEHIND_US, subjects_per_hour=60.0):
        event = Event.FromString(frame.raw)
        if frame.channel == "decide":
            event.gate_event.budget_ms = PATIENT_MS
        keys = router.keys_of(event)
        if not isinstance(keys, About):
            yield keys[0].encode(), event.SerializeToString(), {}


def hand_in(clients: dict[str, HaechiClient], raw: bytes) -> None:
    """Hand one event in as who may send it, and insist that it is taken."""
    event = Event.FromString(raw)
    kind = event.WhichOneof("kind")
    if kind == "gate_event":
        assert clients["gate"].decide(event).answer.HasField("position")
    else:
        (told,) = clients[SENDERS.get(str(kind), "feeder")].publish([raw])
        assert told.HasField("accepted"), told


@pytest.mark.timeout(240)
def test_events_of_kafka_handed_in_by_grpc_at_their_stamps_give_the_same_bytes(
    tmp_path: Path, kafka: str, until: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    with system_shards.running(tmp_path, 1, kafka, f"bytes{os.getpid()}.") as (shard,):
        topics = Topics.load(tmp_path / "configs")
        Cluster(kafka).create(topics)
        folder, profile = shard.folder, shard.profile.engine
        key = credentials.token_key(folder, make=False)
        router = Router(Topology.load(tmp_path / "configs", 0), routing_tokens(key))
        sent = list(islice(mix(router), EVENTS))
        send(kafka, topics.events.name, sent[: EVENTS // 2])
        with closing(shard.open_reader()) as reader:
            until(lambda: (head := reader.head()) and head.offset > EVENTS // 4)
            # The log that is applied again has two starts.
            shard.kill_engine()
            shard.wait_ready("engine")
            send(kafka, topics.events.name, sent[EVENTS // 2 :])
            names = [f"{topics.events.name}/{n}" for n in range(topics.partitions)]
            until(lambda: sum(reader.source_position(n) or 0 for n in names) == EVENTS)

    clock = Clock()
    monkeypatch.setattr("haechi.operators.logic.time", clock)
    again = Again(folder, profile, clock)
    reader = LogReader(folder.log, SubjectKeys(folder.keys))
    server = serve(again, credentials.keyring(folder), names_of(Port.load(), Tokens(key)))
    clients = {
        role: HaechiClient(f"127.0.0.1:{server.port}", credentials.token(folder, role))
        for role in ("gate", "sensor", "feeder")
    }
    came = 0
    answers: list[Future[None]] = []
    with ThreadPoolExecutor(8) as threads:
        for logged in reader.events():
            if logged.kind == EventKind.ENGINE_STARTED:
                started = read_start(reader.payload(logged))
                again.machine.configure(settings_of(started, Artefacts(folder.artefacts)))
                name = started.config_sha256.hex()
                entry, _ = start_entry(profile, name, started.seed, started.epoch, logged.event_us)
            elif logged.kind == EventKind.TICK:
                entry = tick(logged.event_us)
            else:
                came += 1
                answers.append(threads.submit(hand_in, clients, reader.payload(logged)))
                (entry,) = again.intake.take(1, _WAIT_S)
            again.take(entry, logged.stamp_us)
        for answer in answers:
            answer.result(_WAIT_S)
    for client in clients.values():
        client.close()
    server.stop(0.1)
    assert came == len({raw for _, raw, _ in sent})
    recorded = [row for page in reader.sealed_pages() for row in page]
    assert len(again.rows) == len(recorded)
    # About every other event makes one, a few more or fewer from run to run.
    assert sum(len(made.decisions) for made in again.rows) > EVENTS // 3 * DECISION.itemsize
    for (offset, *header, _, records, _, _, decisions), made in zip(
        recorded, again.rows, strict=True
    ):
        # All but who sent it, how its payload is encrypted, and how long it took.
        assert header == [*made[:6]], offset
        assert records == made.records, offset
        assert decisions == made.decisions, offset
