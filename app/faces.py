"""`haechi faces`: the face service, as a process beside the engine."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from haechi.app import connect, credentials
from haechi.app.arguments import (
    Commands,
    command,
    configs_option,
    profile_option,
    supervised_options,
)
from haechi.app.configuration import load_profile, server_settings
from haechi.app.exits import DATAFLOW_DIED, OK
from haechi.app.folder import Address, DataFolder
from haechi.app.reports import Reports, stop_signals
from haechi.app.terminal import say
from haechi.engine.errors import ConfigError

if TYPE_CHECKING:
    from haechi.configs.faces import Faces
    from haechi.configs.port import Port
    from haechi.configs.profile import FacesProfile
    from haechi.rpc.client import HaechiClient
    from haechi.rpc.v1.event_pb2 import Event
    from haechi.rpc.v1.ingest_service_pb2 import PublishResponse
    from haechi.streams.faces.hall import Hall
    from haechi.streams.faces.inbox import Change, Inbox, Told
_LOOK_S: Final = 0.2
_GRACE_S: Final = 1.0


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "faces",
        run,
        "compare faces of the desk and of the exit (haechi up does it for you)",
        "haechi faces --data var",
        details="Cameras hand it templates; it tells the engine what they match. Templates stay "
        "here: docs/faces.md says who is enrolled, and for how long.",
    )
    profile_option(parser)
    configs_option(parser)
    parser.add_argument("--port", type=int, help="port instead of the profile's; 0 for any")
    supervised_options(parser)


def run(args: argparse.Namespace) -> int:
    """Compare faces until stopped."""
    from haechi.configs.faces import Faces
    from haechi.configs.port import Port
    from haechi.rpc.face_news import FaceNews
    from haechi.rpc.face_server import FaceServer
    from haechi.rpc.names import names_of
    from haechi.streams.cores import core_of, leave
    from haechi.streams.decode.places import Edge
    from haechi.streams.faces.flow import FaceFlow
    from haechi.streams.faces.hall import Hall
    from haechi.streams.faces.vault import Vault
    from haechi.streams.log.keys import SubjectKeys
    from haechi.streams.tokens import Tokens

    reports: Reports = args.reports
    folder = DataFolder(args.data.resolve())
    folder.make()
    profile = load_profile(args.profile)
    leave(core_of(profile.engine))
    port = args.port if args.port is not None else profile.faces.port
    settings = server_settings(profile, args.profile, port)
    config = Faces.load(args.configs)
    places = Port.load(args.configs)
    key = credentials.token_key(folder, make=False)
    tokens = Tokens(key)
    edge = Edge(tokens, places)
    stop = stop_signals()
    keys = SubjectKeys(key_file(key, profile.faces))
    vault = Vault(folder.galleries, keys)
    hall = Hall(config, places, edge, vault)
    if lanes := faceless_lanes(config, places, args.configs):
        say(
            f"only travelers at risk are enrolled, and {', '.join(lanes)} let nobody out without a "
            'face: set enrol = "all" in faces.toml, or take face out of requires in lanes.toml'
        )
    with connect.client(folder, "faces") as client:
        sender = _Sender(client)
        flow = FaceFlow(hall, sender.send)
        sender.on_refusal(flow.inbox)
        news = FaceNews(client, flow.inbox, vault.followed(), profile.engine.shard, sender.fail)
        server = FaceServer(
            flow.inbox,
            sender,
            credentials.keyring(folder),
            names_of(places, tokens),
            edge,
            settings,
            flow.healthy,
        )
        certificate = str(settings.tls.certificate.resolve()) if settings.tls else ""
        folder.publish("faces", Address(os.getpid(), settings.host, server.port, certificate))
        reports.ready(
            f"faces are compared on {settings.host}:{server.port}; "
            f"{len(hall.roster.watchlist)} on the watchlist",
            host=settings.host,
            port=server.port,
        )
        while not stop.wait(_LOOK_S) and flow.healthy() and sender.failure is None:
            pass
        folder.withdraw("faces")
        server.stop(_GRACE_S)
        news.close()
        flow.stop()
        sender.close()
    vault.close()
    keys.close()
    if sender.failure is not None:
        raise sender.failure
    if flow.failure is not None:
        reports.error(f"the dataflow died: {flow.failure}")
        return DATAFLOW_DIED
    return OK


def faceless_lanes(config: Faces, port: Port, configs: Path | None) -> list[str]:
    """Lanes whose exit requires the face of everybody, while only some are enrolled."""
    from haechi.configs.policy import compile_policy
    from haechi.configs.port import config_text
    from haechi.engine.codes import Stage, Stream

    if config.keeping.enrol == "all":
        return []
    policy, _ = compile_policy(config_text("lanes.toml", configs))
    return [
        name
        for name, number in port.lanes.items()
        if policy[number, Stage.EXIT]["requires"] & (1 << Stream.FACE)
    ]


def key_file(token_key: bytes, profile: FacesProfile) -> Path:
    """Where the keys of an installation's galleries lie: elsewhere than its data."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    where = Path(profile.keys) if profile.keys else Path(state) / "haechi" / "face-keys"
    # Named by the installation, wherever its directory is moved.
    name = hashlib.blake2b(token_key, digest_size=8, person=b"face-keys").hexdigest()
    return where / f"{name}.sqlite"


def forget_keys(folder: DataFolder) -> None:
    """Remove the key file of an installation that is about to be removed."""
    from haechi.configs.profile import FacesProfile

    with contextlib.suppress(ConfigError):
        path = key_file(credentials.token_key(folder, make=False), FacesProfile())
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Outgoing:
    """A match on its way."""

    raw: bytes


class _Sender:
    """Sends matches to the engine, and again until it has them."""

    def __init__(self, client: HaechiClient) -> None:
        from haechi.rpc.line import Line

        self.failure: Exception | None = None
        self._client = client
        self._closing = threading.Event()
        self._inbox: Inbox | None = None
        self._line: Line[_Outgoing] = Line(client, self._await_engine, self._sent, self.fail)

    @property
    def unsent(self) -> int:
        """Events that the engine has not acknowledged yet."""
        return self._line.unsent

    def on_refusal(self, inbox: Inbox) -> None:
        """Count there what the engine refuses."""
        self._inbox = inbox

    def send(self, event: Event) -> None:
        """Send a match as soon as there is an engine."""
        self._line.send(_Outgoing(event.SerializeToString()))

    def fail(self, error: Exception) -> None:
        """Learn that it is no use to go on."""
        self.failure = error

    def close(self) -> None:
        """Send what is left, if there is an engine."""
        self._closing.set()
        self._line.close()

    def _await_engine(self) -> bool:
        while not self._client.healthy():
            if self._closing.wait(_LOOK_S):
                return False
        return True

    def _sent(self, _: _Outgoing, told: PublishResponse, _sent_s: float) -> None:
        if told.HasField("refusal"):
            code = told.refusal.code
            say(f"the engine refused a match: {code}: {told.refusal.reason}")
            if self._inbox is not None:
                with contextlib.suppress(TimeoutError):
                    self._inbox.ask(_refusal_of(code))


def _refusal_of(code: str) -> Change:
    def change(hall: Hall, _now_us: int) -> Told:
        hall.count_refused(code)
        return None, ()

    return change
