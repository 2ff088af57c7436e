"""How the server serves."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import grpc
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates

from haechi.engine.errors import ConfigError

_Parsed = TypeVar("_Parsed")


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
        If a file cannot be read or used, or a reachable address has no certificate.
    """
    tls = settings.tls
    if tls is None:
        if not is_loopback(settings.host):
            raise ConfigError(
                f"server.host is {settings.host}, which others can reach, and there is no TLS: "
                "set server.tls.certificate and server.tls.key, or bind 127.0.0.1"
            )
        return None
    # gRPC takes anything here and then fails to bind, which says nothing of the cause.
    key, private = _read(tls.key, lambda pem: load_pem_private_key(pem, None))
    chain, certificates = _read(tls.certificate, load_pem_x509_certificates)
    if private.public_key() != certificates[0].public_key():
        raise ConfigError(
            f"server.tls: key {tls.key} does not belong to the first certificate of "
            f"{tls.certificate}; put the server's own certificate first, or name its key"
        )
    authority = _read(tls.client_ca, load_pem_x509_certificates)[0] if tls.client_ca else None
    return grpc.ssl_server_credentials(
        [(key, chain)], root_certificates=authority, require_client_auth=authority is not None
    )


def bind(
    server: grpc.Server, settings: ServerSettings, secure: grpc.ServerCredentials | None
) -> int:
    """Bind a server to its address; the port.

    Raises
    ------
    ConfigError
        If the address is taken.
    """
    bare_ipv6 = ":" in settings.host and not settings.host.startswith("[")
    host = f"[{settings.host}]" if bare_ipv6 else settings.host
    address = f"{host}:{settings.port}"
    try:
        if secure is None:
            port = server.add_insecure_port(address)
        else:
            port = server.add_secure_port(address, secure)
    except RuntimeError:
        port = 0
    if not port:
        raise ConfigError(
            f"server address {address} cannot be bound: another process has it, or it is not "
            "this machine's; stop that process or set server.port"
        )
    return int(port)


def _read(path: Path, parse: Callable[[bytes], _Parsed]) -> tuple[bytes, _Parsed]:
    try:
        pem = path.read_bytes()
        return pem, parse(pem)
    except OSError as error:
        raise ConfigError(
            f"server.tls: {error.filename} cannot be read ({error.strerror}); name a PEM file "
            "that the engine's user may read"
        ) from None
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(
            f"server.tls: {path} cannot be used ({error}); name a PEM file, a key without password"
        ) from None


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
