"""A process that decides: the dataflow and its gRPC server, from their start to their end."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

from haechi.app import credentials
from haechi.app.exits import DATAFLOW_DIED, OK
from haechi.app.fencing import Knocking
from haechi.app.folder import Address, DataFolder
from haechi.app.reports import Reports
from haechi.engine.errors import HaechiError

if TYPE_CHECKING:
    from pathlib import Path

    from haechi.configs.port import Port
    from haechi.configs.profile import KafkaProfile, Profile
    from haechi.configs.topology import Topology
    from haechi.rpc.server import Server
    from haechi.rpc.settings import ServerSettings
    from haechi.streams.engine import Engine
    from haechi.streams.kafka.reader import KafkaReader

LINGER_S: Final = 1.0
"""How long a dead engine still says that it is dead, so that health checks see it."""

_GRACE_S: Final = 2.0
_LOOK_S: Final = 0.2


def decide_until(
    stop: threading.Event,
    engine: Engine,
    folder: DataFolder,
    profile: Profile,
    settings: ServerSettings,
    port: Port,
    topology: Topology,
    configs: Path | None,
    reports: Reports,
    *,
    trace: bool,
) -> int:
    """Decide and serve until it is stopped or dies; the exit code.

    Parameters
    ----------
    stop
        Set when it is to end.
    engine
        The engine, begun and not started.
    folder
        The data directory.
    profile, settings, port, topology
        How it runs and serves, its gates, and its place among all shards.
    configs
        Folder of the configuration, for the topics on Kafka.
    reports
        Told when it serves.
    trace
        Whether the dataflow's death is to show its stack.
    """
    from haechi.rpc.following import secrets_of
    from haechi.rpc.names import names_of
    from haechi.rpc.placement import Placement
    from haechi.rpc.server import serve
    from haechi.streams.engine_status import EngineStatus
    from haechi.streams.kafka.routing import routing_key
    from haechi.streams.rule_book import RuleBook
    from haechi.streams.tokens import Tokens

    died = _Death(engine, trace=trace)
    reader = _kafka_reader(engine, profile.kafka, topology, configs)
    engine.start()
    if reader is not None:
        reader.start()
    token_key = credentials.token_key(folder, make=False)
    tokens = Tokens(token_key)
    names = names_of(port, tokens, RuleBook(folder.artefacts).rules)
    keyring = credentials.keyring(folder)
    placement = Placement(topology, engine.shard, routing_key(token_key))
    server = serve(engine, keyring, names, settings, placement, secrets_of(folder.secrets))
    certificate = str(settings.tls.certificate.resolve()) if settings.tls else ""
    folder.publish("engine", Address(os.getpid(), settings.host, server.port, certificate))
    before = engine.recovered
    since = f"a snapshot of {before.start:,} events and " if before.start else ""
    reports.ready(
        f"the engine decides on {settings.host}:{server.port}, shard {engine.shard}, "
        f"start {engine.epoch}, from {since}{before.events:,} events of its log; "
        f"tokens in {folder.secrets}",
        host=settings.host,
        port=server.port,
        epoch=engine.epoch,
        snapshot=before.start,
        replayed=before.events,
    )
    knocking = Knocking(folder, profile, engine, f"{settings.host}:{server.port}")
    status = EngineStatus(
        folder.run / "engine-status.json",
        engine,
        profile.engine,
        reader.status if reader is not None else None,
    )
    while not stop.wait(_LOOK_S):
        status.write()
        if died.cause is not None:
            _end_dead(died.cause, folder, server, reports)
    knocking.stop()
    server.stop(_GRACE_S)
    if reader is not None:
        reader.stop()
    engine.stop()
    folder.withdraw("engine")
    if died.cause is not None:
        reports.error(f"the dataflow died while it was stopped: {died.cause}")
        return DATAFLOW_DIED
    return OK


def _kafka_reader(
    engine: Engine, profile: KafkaProfile, topology: Topology, configs: Path | None
) -> KafkaReader | None:
    """Make what reads the shard's partitions, and hang it on the engine; None without Kafka."""
    if not profile.bootstrap:
        return None
    from haechi.configs.topics import Topics
    from haechi.streams.kafka.incoming import Incoming
    from haechi.streams.kafka.reader import KafkaReader

    topics = Topics.load(configs)
    (own,) = (shard for shard in topology.shards if shard.number == engine.shard)
    reader = KafkaReader(
        profile.bootstrap,
        topics,
        own.partitions,
        engine.positions,
        Incoming(engine.decoder, topics),
        engine.names,
        engine.core,
        skip_lost=profile.skip_lost,
    )
    engine.lane = reader
    return reader


class _OneLine(logging.Formatter):
    """A line a message: what went wrong, without the stack."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{record.name}: {record.getMessage()}"
        return f"{line}: {record.exc_info[1]}" if record.exc_info else line


def log_to_stderr(*, traces: bool) -> None:
    """Write what the process logs to its standard error, a line a message unless traced."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s") if traces else _OneLine())
    # The dataflow's death is told by whoever ends the process, with its cause.
    handler.addFilter(lambda record: record.levelno < logging.CRITICAL)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


class _Death:
    """Learns of the dataflow's death, on the dataflow's thread."""

    def __init__(self, engine: Engine, *, trace: bool) -> None:
        self.cause: BaseException | None = None
        engine.on_death(self._note)
        if not trace:
            # The cause is told in one line; the trace is for --debug.
            threading.excepthook = lambda _: None

    def _note(self, cause: BaseException) -> None:
        # Bytewax says where in the flow it happened; people need what happened.
        while cause.__cause__ is not None and not isinstance(cause, HaechiError):
            cause = cause.__cause__
        self.cause = cause


def _end_dead(cause: BaseException, folder: DataFolder, server: Server, reports: Reports) -> None:
    """Answer what can be answered, then end without asking anything of the dead dataflow."""
    reports.error(f"the dataflow died: {cause}")
    # Health says NOT_SERVING since the moment of death; waiting gates get their REFER.
    time.sleep(LINGER_S)
    server.stop(_GRACE_S / 4)
    folder.withdraw("engine")
    sys.stderr.flush()
    os._exit(DATAFLOW_DIED)
