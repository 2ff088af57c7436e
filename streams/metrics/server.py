"""Serves figures over HTTP to who shows a token, as Prometheus asks for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector, CollectorRegistry

from haechi.engine.errors import ConfigError

_SCHEME: Final = "Bearer "


class MetricsServer(ThreadingHTTPServer):
    """Answers ``GET /metrics``.

    Parameters
    ----------
    host, port
        Where to listen; port 0 for any free one.
    collector
        Gathers the figures.
    may_read
        Whether a token opens them.

    Raises
    ------
    ConfigError
        If the port cannot be had.
    """

    daemon_threads = True

    def __init__(
        self, host: str, port: int, collector: Collector, may_read: Callable[[str], bool]
    ) -> None:
        # Of its own: the library's global registry would add this process's figures.
        self.registry: Final = CollectorRegistry()
        self.registry.register(collector)
        self.may_read: Final = may_read
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise ConfigError(
                f"metrics cannot be served on {host}:{port}: {error.strerror}; give another "
                "metrics.port in the profile"
            ) from None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Serve on a thread of its own."""
        threading.Thread(target=self.serve_forever, name="metrics", daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: MetricsServer
    timeout = 10

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != "/metrics":
            self._answer(404, "text/plain", b"only /metrics is here\n")
            return
        token = self.headers.get("Authorization", "")
        if not token.startswith(_SCHEME) or not self.server.may_read(token[len(_SCHEME) :].strip()):
            self._answer(401, "text/plain", b"send an operator's token: Authorization: Bearer\n")
            return
        encode, content_type = choose_encoder(self.headers.get("Accept", ""))
        self._answer(200, content_type, encode(self.server.registry))

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing: a line for every scrape is noise."""
