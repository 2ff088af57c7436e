"""Serving the pages, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Generator
from typing import Final

import uvicorn

from haechi.dashboards.web.application import Pages
from haechi.dashboards.web.reach import Reach
from haechi.engine.errors import ConfigError
from haechi.rpc.settings import ServerSettings, credentials

_LOOK_S: Final = 0.2
_GRACE_S: Final = 1


class _Server(uvicorn.Server):
    """A server that leaves signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def serve(
    reach: Reach,
    settings: ServerSettings,
    stop: threading.Event,
    on_ready: Callable[[int], None],
) -> None:
    """Serve until ``stop`` is set.

    Parameters
    ----------
    reach
        The installation.
    settings
        Address and certificate; anything but loopback needs one.
    stop
        Set to end.
    on_ready
        Called with the port once pages are answered.

    Raises
    ------
    ConfigError
        If the port is taken, or others can reach the address and there is no TLS.
    """
    credentials(settings)
    listening = _listen(settings.host, settings.port)
    with contextlib.closing(listening):
        asyncio.run(_serve(reach, settings, listening, stop, on_ready))


async def _serve(
    reach: Reach,
    settings: ServerSettings,
    listening: socket.socket,
    stop: threading.Event,
    on_ready: Callable[[int], None],
) -> None:
    tls = settings.tls
    pages = Pages(reach, secure=tls is not None)
    server = _Server(
        uvicorn.Config(
            pages.application(),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            timeout_graceful_shutdown=_GRACE_S,
            ssl_certfile=tls.certificate if tls else None,
            ssl_keyfile=tls.key if tls else None,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started and not serving.done():
        await asyncio.sleep(0.005)
    if server.started:
        on_ready(int(listening.getsockname()[1]))
    while not stop.is_set() and not serving.done():
        await asyncio.sleep(_LOOK_S)
    # Streams end only when they are told to.
    pages.hub.close()
    server.should_exit = True
    await serving


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError as error:
        raise ConfigError(
            f"the dashboard cannot listen on {host}:{port}: {error.strerror}; set dashboard.port "
            "in the profile, or 0 for any free one"
        ) from None
    return listening
