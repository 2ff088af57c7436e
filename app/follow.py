"""`haechi follow`: a second copy of an engine's log and state, which can stand in at once."""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from haechi.app import credentials
from haechi.app.arguments import (
    Commands,
    command,
    configs_option,
    profile_option,
    supervised_options,
)
from haechi.app.beside import Beside
from haechi.app.configuration import compile_artefact, load_profile, server_settings
from haechi.app.deciding import decide_until, log_to_stderr
from haechi.app.exits import OK
from haechi.app.fencing import peer_tls, standby_token
from haechi.app.folder import Address, DataFolder
from haechi.app.reports import Reports, stop_signals
from haechi.app.terminal import say
from haechi.engine.errors import ConfigError, HaechiError

if TYPE_CHECKING:
    from haechi.configs.profile import Profile
    from haechi.rpc.following import Following, StandbyChannel

_LOOK_S: Final = 0.05
_STATUS_S: Final = 1.0
_GREET_S: Final = 5.0


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "follow",
        run,
        "hold a second copy of an engine's log and state, ready to stand in",
        "haechi follow --from 127.0.0.1:50551 --token var/secrets/standby.token --data standby",
        details="It checks every link of the log as it comes and makes every decision again. "
        "haechi promote has it take over. The first time it needs the primary's standby.token.",
    )
    parser.add_argument(
        "--from", dest="primary", required=True, metavar="HOST:PORT", help="engine to follow"
    )
    parser.add_argument("--token", type=Path, metavar="FILE", help="the primary's standby.token")
    parser.add_argument("--port", type=int, help="port once promoted; 0 for any")
    profile_option(parser)
    configs_option(parser)
    supervised_options(parser)


def run(args: argparse.Namespace) -> int:
    """Follow until stopped, or take over when promoted."""
    from haechi.app.warm import warm
    from haechi.configs.port import Port
    from haechi.configs.topology import Topology
    from haechi.rpc.following import Following
    from haechi.streams.cores import core_of, leave
    from haechi.streams.engine import Engine
    from haechi.streams.places import Places
    from haechi.streams.standby.standing import Part, read_standing
    from haechi.streams.tokens import Tokens

    log_to_stderr(traces=args.debug)
    reports: Reports = args.reports
    folder = DataFolder(args.data.resolve())
    folder.make()
    profile = load_profile(args.profile)
    settings = server_settings(profile, args.profile, args.port)
    artefact = compile_artefact(args.configs)
    port = Port.load(args.configs)
    topology = Topology.load(args.configs, profile.engine.shard)
    _become_standby(folder, args.primary)
    channel = _channel(args, folder, profile)
    stop = stop_signals()
    warm(reports.phase)
    _need_secrets(channel, folder, profile.engine.shard, stop)
    leave(core_of(profile.engine))
    engine = Engine(
        Places(folder.root),
        profile.engine,
        port,
        Tokens(credentials.token_key(folder, make=False)),
        artefact,
        progress=reports.phase,
        replicated=profile.standby,
        standby=True,
    )
    failed = _Failure()
    following = Following(channel, engine, f"{settings.host}:{settings.port}", failed.note)
    folder.publish("standby", Address(os.getpid(), settings.host, settings.port))
    following.start()
    reports.ready(f"following {args.primary} from event {following.copied_offset + 1} on")
    status = _Status(folder.run / "standby-status.json", following, args.primary)
    with Beside(args, folder, profile) as beside:
        beside.write_snapshots()
        chosen = False
        while not chosen and not stop.wait(_LOOK_S):
            status.write()
            chosen = read_standing(folder.log).part is Part.CHOSEN
            if failed.cause is not None and not chosen:
                folder.withdraw("standby")
                raise failed.cause
        following.stop()
        channel.close()
        folder.withdraw("standby")
        if not chosen:
            engine.stop()
            return OK
        engine.begin()
        beside.ship()
        return decide_until(
            stop, engine, folder, profile, settings, port, topology, args.configs, reports,
            trace=args.debug,
        )  # fmt: skip


class _Failure:
    """Why following cannot go on."""

    def __init__(self) -> None:
        self.cause: HaechiError | None = None

    def note(self, cause: HaechiError) -> None:
        self.cause = self.cause or cause


class _Status:
    """Tells once a second how far the standby is, for who watches it."""

    def __init__(self, path: Path, following: Following, primary: str) -> None:
        self._path = path
        self._following = following
        self._primary = primary
        self._written_at = -_STATUS_S

    def write(self) -> None:
        at = time.monotonic()
        if at - self._written_at < _STATUS_S:
            return
        self._written_at = at
        following = self._following
        said = {
            "pid": os.getpid(),
            "primary": self._primary,
            "connected": following.connected,
            "head_offset": following.head_offset,
            "copied_offset": following.copied_offset,
            "applied_offset": following.applied_offset,
            "proved_offset": following.proved_offset,
            "written_us": time.time_ns() // 1000,
        }
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(said), "utf-8")
        fresh.replace(self._path)


def _become_standby(folder: DataFolder, primary: str) -> None:
    """Note that this copy is a standby's, if it may be one.

    Raises
    ------
    ConfigError
        If it is a primary's log.
    """
    from haechi.streams.standby.standing import Part, Standing, read_standing, write_standing

    standing = read_standing(folder.log)
    if standing.part in (Part.STANDBY, Part.CHOSEN):
        if standing.peer != primary:
            write_standing(folder.log, Standing(standing.part, primary))
        return
    if folder.has_log():
        raise ConfigError(
            f"{folder.log} is the log of an engine that decided, and its end may be known to "
            "nobody else: keep it aside, and follow with an empty --data"
        )
    write_standing(folder.log, Standing(Part.STANDBY, primary))


def _channel(args: argparse.Namespace, folder: DataFolder, profile: Profile) -> StandbyChannel:
    from haechi.rpc.following import StandbyChannel

    try:
        token = args.token.read_text("utf-8").strip() if args.token else standby_token(folder)
    except OSError as error:
        raise ConfigError(f"{error.filename} cannot be read: {error.strerror}") from None
    return StandbyChannel(args.primary, token, peer_tls(profile))


def _need_secrets(
    channel: StandbyChannel, folder: DataFolder, shard: int, stop: threading.Event
) -> None:
    """Have what standing in takes: the key of the ids' hashes, and that of the gates' tokens."""
    from haechi.engine.errors import Unavailable
    from haechi.rpc.following import SECRETS, opening_of_nothing
    from haechi.rpc.identity import issue_demo_tokens, open_keyring, write_secret

    said = False
    while not all((folder.secrets / name).exists() for name in SECRETS):
        try:
            begun = channel.greet(opening_of_nothing(shard), _GREET_S)
        except Unavailable as error:
            if not said:
                say(f"{error}; it is asked until it does")
                said = True
            if stop.wait(_STATUS_S):
                raise KeyboardInterrupt from None
            continue
        for name in SECRETS:
            write_secret(folder.secrets / name, begun.secrets[name])
    issue_demo_tokens(open_keyring(folder.secrets), folder.secrets)
