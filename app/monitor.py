"""`haechi monitor`: watches the models beside the engine, as a process of low priority."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Mapping, Sequence
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
from haechi.app.folder import DataFolder
from haechi.app.reports import Reports, stop_signals
from haechi.app.terminal import say
from haechi.engine.errors import Unavailable

if TYPE_CHECKING:
    from haechi.configs.profile import Profile
    from haechi.rpc.v1.event_pb2 import Event

_NICE: Final = 10
"""Everybody else's work comes first."""


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "monitor",
        run,
        "watch the models beside the engine (haechi up does it for you)",
        "haechi monitor --data var",
        details="It follows the log, tells the engine of a drift as an event, and writes figures "
        "to ClickHouse; monitor.toml says what it watches. It decides nothing.",
    )
    profile_option(parser)
    configs_option(parser)
    supervised_options(parser)


def run(args: argparse.Namespace) -> int:
    """Watch until stopped."""
    from haechi.configs.monitor import MonitorConfig
    from haechi.configs.port import Port
    from haechi.rpc.names import names_of
    from haechi.streams.log.keys import SubjectKeys
    from haechi.streams.log.reader import LogReader
    from haechi.streams.tokens import Tokens

    with contextlib.suppress(OSError):
        os.nice(_NICE)
    reports: Reports = args.reports
    folder = DataFolder(args.data.resolve())
    folder.make()
    profile = load_profile(args.profile)
    config = MonitorConfig.load(args.configs)
    key = credentials.token_key(folder, make=False)
    tokens = Tokens(key)
    names = names_of(Port.load(args.configs), tokens)
    reports.ready(f"watching {folder.log}")

    # River takes two seconds to import, in which nothing needs to be ended cleanly.
    from haechi.streams.monitor.checkpoint import Checkpoint
    from haechi.streams.monitor.outlet import Outlet
    from haechi.streams.monitor.process import watch
    from haechi.streams.monitor.status import Status

    shard = profile.engine.shard
    keys = SubjectKeys(folder.keys)
    reader = LogReader(folder.log, keys)
    outlet = Outlet(lambda: _store(folder, profile), shard, names.lane, config.backlog_rows)
    stop = stop_signals()
    try:
        watch(
            config,
            reader,
            Checkpoint(folder.log / "monitor.state", key, config.digest),
            lambda text: tokens.id128("event", text),
            lambda events: _send(folder, events),
            outlet,
            Status(folder.run / "monitor.json"),
            stop,
            shard=shard,
            say=say,
        )
    finally:
        reader.close()
        keys.close()
    return OK


def _store(folder: DataFolder, profile: Profile) -> Any:
    """Connect to the store as the one that writes."""
    from haechi.streams.shipper.outlet import connector

    login = connect.store(folder, profile, "engine")
    return connector(login.host, login.port, login.user, login.password)()


def _send(folder: DataFolder, events: Sequence[Event]) -> Mapping[str, str]:
    """Hand alarms to the engine; what it refuses for good, by event id.

    Raises
    ------
    Unavailable
        If it cannot be reached.
    """
    import grpc

    refused: dict[str, str] = {}
    with connect.client(folder, "monitor") as client:
        try:
            for told in client.publish(events):
                if told.refusal.code == "UNAVAILABLE":
                    raise Unavailable(told.refusal.reason)
                if told.HasField("refusal"):
                    event_id = events[told.index].envelope.event_id
                    refused[event_id] = f"{told.refusal.code}: {told.refusal.reason}"
        except grpc.RpcError as error:
            raise Unavailable(f"the engine did not take an alarm: {error}") from None
    return refused
