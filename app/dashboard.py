"""`haechi dashboard`: the live page, as a process beside the engine."""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from haechi.app import connect, credentials
from haechi.app.arguments import (
    Commands,
    command,
    configs_option,
    profile_option,
    supervised_options,
)
from haechi.app.configuration import load_profile, server_settings
from haechi.app.exits import OK
from haechi.app.folder import Address, DataFolder
from haechi.app.reports import Reports, stop_signals
from haechi.engine.errors import ConfigError, LogError, Unavailable

if TYPE_CHECKING:
    from haechi.configs.port import Port
    from haechi.configs.profile import Profile
    from haechi.rpc.client import HaechiClient
    from haechi.streams.tokens import Tokens

_NICE: Final = 10
"""Gates come first."""

_DOWN: Final = 2
_REPLAY_S: Final = 300


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "dashboard",
        run,
        "serve the live page (haechi up does it for you)",
        "haechi dashboard --data var\nhaechi dashboard --data var --port 0",
        details="People log in with the text of their own token file; docs/live-page.md says who "
        "sees what. It listens where the engine does, with the same certificate.",
    )
    profile_option(parser)
    configs_option(parser)
    parser.add_argument("--port", type=int, help="port instead of the profile's; 0 for any")
    supervised_options(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    from haechi.configs.port import Port
    from haechi.dashboards.web.reach import Reach
    from haechi.dashboards.web.serve import serve
    from haechi.streams.decode.places import Edge
    from haechi.streams.tokens import Tokens

    os.nice(_NICE)
    reports: Reports = args.reports
    folder = DataFolder(args.data.resolve())
    folder.make()
    profile = load_profile(args.profile)
    port = args.port if args.port is not None else profile.dashboard.port
    settings = server_settings(profile, args.profile, port)
    places = Port.load(args.configs)
    tokens = Tokens(credentials.token_key(folder, make=False))
    log = _Log(folder, places, tokens)
    engine = _Engine(folder)
    reach = Reach(
        keyring=credentials.keyring(folder),
        store=lambda: _store(folder, profile),
        shard=profile.engine.shard,
        engine=engine.client,
        alive=engine.alive,
        sensors=log.sensors_down,
        erased=log.erased,
        replay=lambda decision_id: _replay(folder, args.profile, decision_id),
        edge=Edge(tokens, places),
        run=folder.run,
        looks=folder.root / "looks.jsonl",
    )
    certificate = str(settings.tls.certificate.resolve()) if settings.tls else ""

    def ready(port: int) -> None:
        folder.publish("dashboard", Address(os.getpid(), settings.host, port, certificate))
        scheme = "https" if settings.tls else "http"
        reports.ready(
            f"the live page is at {scheme}://{settings.host}:{port}/",
            host=settings.host,
            port=port,
        )

    try:
        serve(reach, settings, stop_signals(), ready)
    finally:
        folder.withdraw("dashboard")
    return OK


def url(address: Address) -> str:
    """Where a browser finds the live page."""
    return f"{'https' if address.certificate else 'http'}://{address.target}/"


def _store(folder: DataFolder, profile: Profile) -> Any:
    import clickhouse_connect

    login = connect.store(folder, profile, "analyst")
    return clickhouse_connect.get_client(
        host=login.host,
        port=login.port,
        username=login.user,
        password=login.password,
        autogenerate_session_id=False,
        compress=False,
    )


class _Engine:
    """Reaches the engine wherever it listens now: it may have started again elsewhere."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._watching: HaechiClient | None = None
        self._watched: Address | None = None

    def client(self, token: str) -> HaechiClient:
        """Connect with somebody's token."""
        import grpc

        from haechi.rpc.client import HaechiClient

        address = self._folder.need("engine")
        tls = None
        if address.certificate:
            tls = grpc.ssl_channel_credentials(Path(address.certificate).read_bytes())
        return HaechiClient(address.target, token, tls=tls)

    def alive(self) -> bool:
        """Whether it decides; asked over one connection, as the operator."""
        address = self._folder.address("engine")
        if address is None:
            return False
        if self._watching is None or address != self._watched:
            if self._watching is not None:
                self._watching.close()
            try:
                self._watching = self.client(credentials.token(self._folder, "operator"))
            except (Unavailable, ConfigError, OSError):
                self._watching = None
                return False
            self._watched = address
        return self._watching.healthy()


class _Log:
    """What only the log knows: which sensor it was that went down, and what was erased."""

    def __init__(self, folder: DataFolder, port: Port, tokens: Tokens) -> None:
        from haechi.rpc.names import names_of

        self._folder = folder
        self._devices = {one.token: one.name for one in names_of(port, tokens).devices}
        self._down: dict[int, tuple[int, bool]] = {}

    def sensors_down(self, places: list[int]) -> list[dict[str, Any]]:
        """Read what sensors said at some places; those that are down now."""
        import numpy as np

        from haechi.engine.records import EVENT
        from haechi.streams.log.reader import LogReader

        if places and self._folder.has_log():
            reader = LogReader(self._folder.log)
            try:
                for place in places:
                    event = reader.event(place)
                    if event is None:
                        continue
                    said: Any = np.frombuffer(event.records, EVENT)[0]
                    device, at_us = int(said["device"]), int(said["event_us"])
                    if at_us >= self._down.get(device, (0, False))[0]:
                        self._down[device] = (at_us, int(said["result"]) == _DOWN)
            finally:
                reader.close()
        return [
            {"device": self._devices.get(device, f"{device:016x}"), "since_us": at_us}
            for device, (at_us, down) in sorted(self._down.items())
            if down
        ]

    def erased(self, place: int) -> bool | None:
        """Whether the message at a place was erased; None where it cannot be told."""
        if not self._folder.has_log() or not self._folder.keys.exists():
            return None
        try:
            return self._is_erased(place)
        except (LogError, sqlite3.Error):
            # A decision is worth showing although the log beside it cannot be read.
            return None

    def _is_erased(self, place: int) -> bool | None:
        from haechi.streams.log.keys import Erased, SubjectKeys
        from haechi.streams.log.reader import LogReader

        keys = SubjectKeys(self._folder.keys)
        reader = LogReader(self._folder.log, keys)
        try:
            event = reader.event(place)
            if event is None:
                return None
            reader.payload(event)
        except Erased:
            return True
        finally:
            reader.close()
            keys.close()
        return False


def _replay(folder: DataFolder, profile: Path | None, decision_id: str) -> dict[str, Any]:
    """Run ``haechi replay`` beside this process, which then stays small and quick.

    Raises
    ------
    Unavailable
        If there is no log here, or it takes too long.
    """
    command_line = [sys.executable, "-m", "haechi.app", "replay", decision_id, "--json"]
    command_line += ["--data", str(folder.root)]
    if profile is not None:
        command_line += ["--profile", str(profile)]
    try:
        done = subprocess.run(
            command_line, capture_output=True, text=True, timeout=_REPLAY_S, check=False
        )
        told: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise Unavailable(
            f"it took more than {_REPLAY_S} s; run haechi replay {decision_id} yourself"
        ) from None
    except ValueError:
        raise Unavailable(
            done.stderr.strip().rpartition("\n")[2] or "replay said nothing"
        ) from None
    return told
