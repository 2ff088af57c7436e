"""Run the store: open the engine, warm it up, serve until asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

import uvicorn

from haechi.engine.errors import StoreError
from haechi.streams.store.embedded import Embedded
from haechi.streams.store.gateway import Gateway, Limits
from haechi.streams.store.users import User

__all__ = ["Limits", "serve"]

_SHUTDOWN_S = 10


def serve(
    path: Path,
    host: str,
    port: int,
    users: Mapping[str, User],
    *,
    database: str = "haechi",
    limits: Limits | None = None,
    on_ready: Callable[[int], None] | None = None,
) -> None:
    """Serve the store in ``path`` until SIGTERM or SIGINT, then close it cleanly.

    Parameters
    ----------
    path
        Data directory, made if missing; one process at a time.
    host
        Address to listen on; a loopback address, for there is no TLS.
    port
        Port to listen on, 0 for any free one.
    users
        Users by name, from :func:`haechi.streams.store.users.load_users`.
    database
        The one database, made if missing.
    limits
        What analysts may use.
    on_ready
        Called with the port once requests are answered and the first insert has been made.

    Raises
    ------
    StoreError
        If the directory or the port is in use, or cannot be had.
    """
    listening = _listen(host, port)
    with contextlib.closing(listening):
        engine = Embedded(path, database)
        try:
            engine.warm_up()
            asyncio.run(_serve(engine, listening, users, limits or Limits(), on_ready))
        finally:
            engine.close()


class _Server(uvicorn.Server):
    """A server that stops at a signal and then returns, instead of raising it again."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def _stop(self) -> None:
        self.should_exit = True


async def _serve(
    engine: Embedded,
    listening: socket.socket,
    users: Mapping[str, User],
    limits: Limits,
    on_ready: Callable[[int], None] | None,
) -> None:
    gateway = Gateway(engine, users, limits)
    server = _Server(
        uvicorn.Config(
            gateway.application(),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=120,
            timeout_graceful_shutdown=_SHUTDOWN_S,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started and not serving.done():
            await asyncio.sleep(0.005)
        if on_ready is not None and server.started:
            on_ready(int(listening.getsockname()[1]))
        while not server.should_exit and not serving.done():
            await asyncio.sleep(0.05)
        # Reads may take half a minute: cut them short. Inserts are done in milliseconds.
        await gateway.cancel_all()
        await serving
    finally:
        gateway.close()


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # Naming TCP makes asyncio send small answers at once (TCP_NODELAY).
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError as error:
        raise StoreError(
            f"the store cannot listen on {host}:{port}: {error.strerror}; give another port, "
            "or 0 for any free one"
        ) from error
    return listening
