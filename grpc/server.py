"""The server: the services put together on one port.

Handlers take and give raw bytes: what cannot be decoded must reach them, and the hot path
parses and writes only what it needs. There are no interceptors; each handler checks its caller
itself, which costs under two microseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

import grpc

from haechi.engine.errors import ConfigError
from haechi.rpc.arrival import AfterArrival
from haechi.rpc.attendant import Attendant
from haechi.rpc.callers import Callers
from haechi.rpc.deadlines import Deadlines
from haechi.rpc.decide import DecideCalls
from haechi.rpc.decide_batch import BatchCalls
from haechi.rpc.decide_stream import DecideStreams
from haechi.rpc.entrance import Entrance
from haechi.rpc.explain import ExplainCalls
from haechi.rpc.follow import FollowCalls
from haechi.rpc.governance import NOT_BUILT, GovernanceCalls
from haechi.rpc.health import HealthCalls
from haechi.rpc.identity import Keyring
from haechi.rpc.ingest import IngestCalls
from haechi.rpc.names import Names
from haechi.rpc.pipeline import Seats
from haechi.rpc.placement import HERE, Placement, TopologyCalls
from haechi.rpc.roles import (
    DECISIONS,
    GOVERNANCE,
    HEALTH,
    INGEST,
    REFLECTION,
    STANDBY_SERVICE,
    TASKS,
    TOPOLOGY,
)
from haechi.rpc.served import ServedEngine
from haechi.rpc.settings import ServerSettings, bind, credentials
from haechi.rpc.tasks import TaskCalls
from haechi.rpc.threads import CallThreads, StreamThreads
from haechi.rpc.unwaited import stream_unwaited, unary_unwaited
from haechi.rpc.watch import WatchCalls
from haechi.streams.cores import keeping_to, leave

_SPARE_THREADS: Final = 8
"""So that one stream too many can be told so."""


class Server:
    """One shard's gRPC server.

    Parameters
    ----------
    engine
        The engine.
    keyring
        Checks tokens.
    names
        The port's names.
    settings
        How to serve.
    placement
        The shard's place among all.
    secrets
        What a standby needs to stand in: names of files and their content.

    Raises
    ------
    ConfigError
        If the address is taken, or reachable by others without TLS.
    """

    def __init__(
        self,
        engine: ServedEngine,
        keyring: Keyring,
        names: Names,
        settings: ServerSettings,
        placement: Placement,
        secrets: Mapping[str, bytes],
    ) -> None:
        secure = credentials(settings)
        self._calls = CallThreads(settings.threads_least, settings.threads_most, engine.core)
        self._streams = StreamThreads(
            settings.streams_max + _SPARE_THREADS,
            thread_name_prefix="haechi-stream",
            initializer=partial(leave, engine.core),
        )
        self._deadlines = Deadlines()
        self._core = engine.core
        callers = Callers(keyring, names)
        seats = Seats(settings.streams_max)
        entrance = Entrance(engine.decoder, placement)
        asked = DecideCalls(engine, callers, settings, self._deadlines, entrance)
        explain = ExplainCalls(engine, callers, names)
        batches = BatchCalls(engine, callers, settings, self._calls.arrived_ns, entrance)
        asking = DecideStreams(engine, callers, settings, self._deadlines, seats, entrance)
        ingest = IngestCalls(engine, callers, seats, entrance)
        governance = GovernanceCalls(engine, callers)
        tasks = TaskCalls(engine, callers, names)
        topology = TopologyCalls(placement, callers, engine.epoch)
        self._watch = WatchCalls(engine, callers, names, seats)
        self._follow = FollowCalls(engine, callers, seats, secrets)
        self._health = HealthCalls(engine.healthy, callers, seats, engine.epoch)
        self._server = grpc.server(
            AfterArrival(self._calls),
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", settings.message_bytes_max),
                ("grpc.max_send_message_length", settings.message_bytes_max),
                # A watcher may be silent for long; a gate's network may drop what is idle.
                ("grpc.keepalive_permit_without_calls", 1),
                ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
            ],
        )
        unary, streaming = self._unary, self._streaming
        self._add(
            DECISIONS,
            {
                "Decide": unary_unwaited(asked.decide),
                "DecideBatch": unary(batches.decide_batch),
                "Explain": unary(explain.explain),
                "AcknowledgeWatch": unary(self._watch.acknowledge),
                "DecideStream": stream_unwaited(asking.decide_stream),
                "Watch": streaming(self._watch.watch, many_in=False),
            },
        )
        self._add(INGEST, {"Publish": stream_unwaited(ingest.publish, self._streams)})
        self._add(TOPOLOGY, {"GetTopology": unary(topology.get_topology)})
        self._add(
            TASKS,
            {"ListTasks": unary(tasks.list_tasks), "ActOnTask": unary(tasks.act_on_task)},
        )
        self._add(
            GOVERNANCE,
            {
                "SubmitRuleSet": unary(governance.submit_rule_set),
                "PromoteModel": unary(governance.promote_model),
                "ChangeTrust": unary(governance.change_trust),
                "SetCapacity": unary(governance.set_capacity),
                **{name: unary(partial(_not_built, governance, name)) for name in NOT_BUILT},
            },
        )
        self._add(STANDBY_SERVICE, {"Follow": streaming(self._follow.follow, many_in=True)})
        self._add(
            HEALTH,
            {
                "Check": unary(self._health.check),
                "Watch": streaming(self._health.watch, many_in=False),
            },
        )
        self._add(
            REFLECTION,
            {"ServerReflectionInfo": streaming(self._health.reflect, many_in=True)},
        )
        self.port: Final = self._bind(settings, secure)
        self._engine = engine
        self._attendant = Attendant(self._server)

    def start(self) -> None:
        """Serve."""
        self._deadlines.start()
        with keeping_to(self._core):
            self._attendant.start()
        self._engine.intake.attend = self._attendant.attend

    def stop(self, grace_s: float) -> None:
        """Take no more calls, let those in flight end for ``grace_s`` seconds, and let go."""
        self._health.stop()
        self._watch.stop()
        self._follow.stop()
        self._server.stop(grace_s).wait()
        self._engine.intake.attend = None
        self._deadlines.stop()
        self._streams.shutdown(wait=False, cancel_futures=True)
        self._calls.shutdown(wait=True)

    def _bind(self, settings: ServerSettings, secure: grpc.ServerCredentials | None) -> int:
        try:
            return bind(self._server, settings, secure)
        except ConfigError:
            self._calls.shutdown(wait=False)
            self._streams.shutdown(wait=False)
            raise

    def _add(self, service: str, methods: dict[str, grpc.RpcMethodHandler[Any, Any]]) -> None:
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(service, methods),)
        )
        self._server.add_registered_method_handlers(service, methods)

    def _unary(
        self, handler: Callable[[bytes, grpc.ServicerContext], bytes]
    ) -> grpc.RpcMethodHandler[Any, Any]:
        return grpc.unary_unary_rpc_method_handler(handler)

    def _streaming(
        self, handler: Callable[..., Any], *, many_in: bool
    ) -> grpc.RpcMethodHandler[Any, Any]:
        """Register a stream, which must not hold a thread that a gate needs."""
        behavior = partial(handler)
        threads = self._streams if many_in else AfterArrival(self._streams)
        behavior.experimental_thread_pool = threads  # type: ignore[attr-defined]
        if many_in:
            return grpc.stream_stream_rpc_method_handler(behavior)
        return grpc.unary_stream_rpc_method_handler(behavior)


def serve(
    engine: ServedEngine,
    keyring: Keyring,
    names: Names,
    settings: ServerSettings = ServerSettings(),  # noqa: B008 (frozen)
    placement: Placement = HERE,
    secrets: Mapping[str, bytes] = MappingProxyType({}),
) -> Server:
    """Start a server.

    Returns
    -------
    The server, serving; ``port`` tells where.
    """
    server = Server(engine, keyring, names, settings, placement, secrets)
    server.start()
    return server


def _not_built(
    governance: GovernanceCalls,
    name: str,
    raw: bytes,  # noqa: ARG001
    context: grpc.ServicerContext,
) -> bytes:
    return governance.answer(name, context)
