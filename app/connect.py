"""How commands reach what runs: the engine over gRPC, the store over HTTP."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haechi.app import credentials
from haechi.app.folder import DataFolder
from haechi.engine.errors import BadInput, ConfigError, Unavailable

if TYPE_CHECKING:
    import grpc

    from haechi.configs.profile import Profile
    from haechi.rpc.client import HaechiClient
    from haechi.rpc.face_client import FaceClient


@dataclass(frozen=True, slots=True)
class StoreLogin:
    """Where the store is, and as whom to ask it."""

    host: str
    port: int
    user: str
    password: str

    def __repr__(self) -> str:
        return f"StoreLogin({self.host}:{self.port} as {self.user}, <password not shown>)"


def client(
    folder: DataFolder, name: str, target: str | None = None, token_file: Path | None = None
) -> HaechiClient:
    """Connect to the engine.

    Parameters
    ----------
    folder
        The data directory, for the address and the token.
    name
        Principal whose token is used.
    target
        Another address, for an engine elsewhere.
    token_file
        Another token.

    Raises
    ------
    Unavailable
        If no engine runs on the data directory.
    ConfigError
        If the token cannot be read.
    """
    from haechi.rpc.client import HaechiClient

    target, token, tls = _reached(folder, "engine", name, target, token_file)
    return HaechiClient(target, token, tls=tls)


def faces(
    folder: DataFolder, name: str, target: str | None = None, token_file: Path | None = None
) -> FaceClient:
    """Connect to the face service; arguments and errors as for :func:`client`."""
    from haechi.rpc.face_client import FaceClient

    target, token, tls = _reached(folder, "faces", name, target, token_file)
    return FaceClient(target, token, tls=tls)


def _reached(
    folder: DataFolder, process: str, name: str, target: str | None, token_file: Path | None
) -> tuple[str, str, grpc.ChannelCredentials | None]:
    """Address, token and certificate of a process."""
    import grpc

    certificate = ""
    if target is None:
        address = folder.need(process)
        target, certificate = address.target, address.certificate
    try:
        token = (
            token_file.read_text("utf-8").strip() if token_file else credentials.token(folder, name)
        )
        tls = grpc.ssl_channel_credentials(Path(certificate).read_bytes()) if certificate else None
    except OSError as error:
        raise ConfigError(f"{error.filename} cannot be read: {error.strerror}") from None
    return target, token, tls


def ask(
    folder: DataFolder, args: argparse.Namespace, name: str, send: Callable[[HaechiClient], Any]
) -> Any:
    """Make one call as a person.

    Parameters
    ----------
    folder
        The data directory.
    args
        With ``target`` and ``token``.
    name
        The person, whose token is used.
    send
        Makes the call.

    Raises
    ------
    Unavailable
        If no engine answers.
    BadInput
        If it was refused.
    """
    with client(folder, name, args.target, args.token) as person:
        return _sent(send, person, "engine")


def ask_faces(
    folder: DataFolder, args: argparse.Namespace, name: str, send: Callable[[FaceClient], Any]
) -> Any:
    """Make one call of the face service as a person; see :func:`ask`."""
    with faces(folder, name, args.target, args.token) as person:
        return _sent(send, person, "face service")


def _sent(send: Callable[[Any], Any], person: Any, whom: str) -> Any:
    import grpc

    from haechi.rpc.watching import failure

    try:
        return send(person)
    except grpc.RpcError as error:
        status, details = failure(error)
        if status in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED):
            raise Unavailable(f"{details}; see whether the {whom} runs: haechi up") from None
        raise BadInput(status.name if status else "FAILED", details) from None


def propose(
    folder: DataFolder, args: argparse.Namespace, send: Callable[[HaechiClient], Any]
) -> tuple[Any, bool]:
    """Say something as the approver whom the command line names; see :func:`ask`.

    Returns
    -------
    The response, and whether it took effect or waits for a second approver.
    """
    from haechi.rpc.v1 import governance_service_pb2 as service_pb

    response = ask(folder, args, args.approver, send)
    return response, response.state == service_pb.PROPOSAL_STATE_IN_EFFECT


def store(folder: DataFolder, profile: Profile, user: str) -> StoreLogin:
    """Tell where the store is.

    Raises
    ------
    Unavailable
        If the profile names no server and no store runs on the data directory.
    ConfigError
        If the user has no password file.
    """
    if profile.store.address:
        host, port = profile.store.address, profile.store.port
        user = profile.store.user if user == "engine" else user
    else:
        address = folder.need("store")
        host, port = address.host, address.port
    return StoreLogin(host, port, user, credentials.password(folder, user))
