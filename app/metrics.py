"""`haechi metrics`: figures for Prometheus, as a process of low priority beside the others."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from haechi.app import connect, credentials
from haechi.app.arguments import (
    Commands,
    command,
    configs_option,
    profile_option,
    supervised_options,
)
from haechi.app.configuration import load_profile
from haechi.app.exits import OK
from haechi.app.folder import Address, DataFolder
from haechi.app.reports import Reports, stop_signals
from haechi.app.store import HOST
from haechi.engine.errors import HaechiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from haechi.configs.profile import Profile
    from haechi.rpc.identity import Keyring

_NICE: Final = 10
_LOOK_S: Final = 1.0
_FACES_S: Final = 2.0


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "metrics",
        run,
        "serve figures for Prometheus (haechi up does it for you)",
        "haechi metrics --data var\n"
        'curl -H "Authorization: Bearer $(cat var/secrets/operator.token)" '
        "http://127.0.0.1:9464/metrics",
        details="It follows the log and counts from its own start on; docs/metrics.md names every "
        "figure. It listens on this machine only, and wants an operator's token.",
    )
    profile_option(parser)
    configs_option(parser)
    parser.add_argument("--port", type=int, help="port instead of the profile's; 0 for any")
    supervised_options(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    from haechi.configs.port import Port
    from haechi.rpc.names import names_of
    from haechi.streams.log.keys import SubjectKeys
    from haechi.streams.log.reader import LogReader
    from haechi.streams.metrics.collector import Gathered
    from haechi.streams.metrics.log_counts import LogCounts
    from haechi.streams.metrics.server import MetricsServer
    from haechi.streams.tokens import Tokens

    with contextlib.suppress(OSError):
        os.nice(_NICE)
    reports: Reports = args.reports
    folder = DataFolder(args.data.resolve())
    folder.need_log()
    profile = load_profile(args.profile)
    tokens = Tokens(credentials.token_key(folder, make=False))
    names = names_of(Port.load(args.configs), tokens)
    keyring = credentials.keyring(folder)
    keys = SubjectKeys(folder.keys)
    reader = LogReader(folder.log, keys)
    counts = LogCounts(reader, names)
    gathered = Gathered(
        counts,
        folder.log,
        folder.run,
        names,
        lambda: _processes(folder, profile),
        lambda: _faces(folder),
    )
    port = profile.metrics.port if args.port is None else args.port
    server = MetricsServer(HOST, port, gathered, lambda token: _is_operator(keyring, token))
    stop = stop_signals()
    server.start()
    folder.publish("metrics", Address(os.getpid(), HOST, server.port))
    reports.ready(f"metrics on http://{HOST}:{server.port}/metrics", host=HOST, port=server.port)
    try:
        while not stop.wait(_LOOK_S):
            # The engine may just be starting a segment; the next look finds it whole.
            with contextlib.suppress(sqlite3.OperationalError):
                counts.catch_up()
    finally:
        folder.withdraw("metrics")
        server.shutdown()
        reader.close()
        keys.close()
    return OK


def _is_operator(keyring: Keyring, token: str) -> bool:
    from haechi.rpc.identity import Unauthenticated
    from haechi.rpc.roles import Role

    try:
        return keyring.verify(token).role is Role.OPERATOR
    except Unauthenticated:
        return False


def _processes(folder: DataFolder, profile: Profile) -> Mapping[str, int | None]:
    """Process numbers by name; those that need not run are left out while they do not."""
    pids: dict[str, int | None] = {
        "engine": _pid(folder, "engine.json"),
        "ship": _pid(folder, "shipper.json"),
    }
    if not profile.store.address:
        pids["store"] = _pid(folder, "store.json")
    for name in ("faces", "monitor"):
        pid = _pid(folder, f"{name}.json")
        if pid is not None:
            pids[name] = pid
    return pids


def _pid(folder: DataFolder, name: str) -> int | None:
    try:
        return int(json.loads((folder.run / name).read_text("utf-8"))["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _faces(folder: DataFolder) -> Any:
    """What the face service tells, or None."""
    if folder.address("faces") is None:
        return None
    import grpc

    try:
        with connect.faces(folder, "operator") as client:
            return client.describe()
    except (HaechiError, grpc.RpcError):
        return None
