"""How the server serves."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

import grpc

from haechi.engine.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of the server's certificate.

    Parameters
    ----------
    certificate, key
        The server's chain and its private key, PEM.
    client_ca
        Authority whose client certificates are asked for (mTLS); None to ask for none. Roles
        come from tokens either way.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the server serves.

    Parameters
    ----------
    host, port
        Address; port 0 takes a free one. Anything but loopback needs ``tls``.
    tls
        Files of the certificate, or None.
    budget_ms_default
        Budget of a gate event that names none.
    budget_ms_max
        Longest budget that is granted.
    threads_least, threads_most
        Threads for calls that end soon: kept, and at most while calls wait.
    streams_max
        Streams open at once, watchers included.
    batch_max
        Events in one DecideBatch.
    message_bytes_max
        Largest message that reaches a handler. Far above the largest event, so that a message
        that is too large gets a clean refusal and a dead letter instead of a broken stream.
    """

    host: str = "127.0.0.1"
    port: int = 0
    tls: Tls | None = None
    budget_ms_default: int = 250
    budget_ms_max: int = 10_000
    threads_least: int = 2
    threads_most: int = 128
    streams_max: int = 128
    batch_max: int = 4096
    message_bytes_max: int = 16 << 20


def credentials(settings: ServerSettings) -> grpc.ServerCredentials | None:
    """Read the server's certificate; None where plain loopback is right.

    Raises
    ------
    ConfigError
        If a file cannot be read, or a reachable address has no certificate.
    """
    tls = settings.tls
    if tls is None:
        if not _loopback(settings.host):
            raise ConfigError(
                f"server.host is {settings.host}, which others can reach, and there is no TLS: "
                "set server.tls.certificate and server.tls.key, or bind 127.0.0.1"
            )
        return None
    try:
        pair = (tls.key.read_bytes(), tls.certificate.read_bytes())
        authority = tls.client_ca.read_bytes() if tls.client_ca else None
    except OSError as error:
        raise ConfigError(
            f"server.tls: {error.filename} cannot be read ({error.strerror}); name a PEM file "
            "that the engine's user may read"
        ) from None
    return grpc.ssl_server_credentials(
        [pair], root_certificates=authority, require_client_auth=authority is not None
    )


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
