"""The face service's server."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import grpc

from haechi.engine.errors import ConfigError
from haechi.rpc.callers import Callers
from haechi.rpc.faces import FaceCalls, Line
from haechi.rpc.health import HealthCalls
from haechi.rpc.identity import Keyring
from haechi.rpc.names import Names
from haechi.rpc.pipeline import Seats
from haechi.rpc.roles import FACE_SERVICE, HEALTH
from haechi.rpc.settings import ServerSettings, bind, credentials
from haechi.streams.decode.places import Edge
from haechi.streams.faces.inbox import Inbox

_MESSAGE_BYTES: Final = 1 << 20
"""A template of 4,096 numbers is 16 KB."""

_SPARE_THREADS: Final = 4


class FaceServer:
    """Serves cameras.

    Parameters
    ----------
    inbox
        Where changes of the hall wait.
    line
        What goes to the engine.
    keyring
        Checks tokens.
    names, edge
        The port's places.
    settings
        How to serve.
    healthy
        Whether the flow runs.

    Raises
    ------
    ConfigError
        If the address is taken, or reachable by others without TLS.
    """

    def __init__(
        self,
        inbox: Inbox,
        line: Line,
        keyring: Keyring,
        names: Names,
        edge: Edge,
        settings: ServerSettings,
        healthy: Callable[[], bool],
    ) -> None:
        secure = credentials(settings)
        callers = Callers(keyring, names)
        seats = Seats(settings.streams_max)
        calls = FaceCalls(inbox, callers, edge, seats, line)
        self._health = HealthCalls(healthy, callers, seats)
        self._threads = ThreadPoolExecutor(
            settings.streams_max + _SPARE_THREADS, thread_name_prefix="haechi-face"
        )
        self._server = grpc.server(
            self._threads,
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", _MESSAGE_BYTES),
            ],
        )
        unary = grpc.unary_unary_rpc_method_handler
        self._add(
            FACE_SERVICE,
            {
                "Observe": grpc.stream_stream_rpc_method_handler(calls.observe),
                "EnrolWatched": unary(calls.enrol_watched),
                "EraseFaces": unary(calls.erase),
                "DescribeGalleries": unary(calls.describe),
            },
        )
        self._add(HEALTH, {"Check": unary(self._health.check)})
        try:
            self.port: Final = bind(self._server, settings, secure)
        except ConfigError:
            self._threads.shutdown(wait=False)
            raise
        self._server.start()

    def stop(self, grace_s: float) -> None:
        """Take no more calls, and let go."""
        self._health.stop()
        self._server.stop(grace_s).wait()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _add(self, service: str, methods: dict[str, grpc.RpcMethodHandler[Any, Any]]) -> None:
        self._server.add_registered_method_handlers(service, methods)
