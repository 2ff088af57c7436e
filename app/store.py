"""`haechi store`: the embedded ClickHouse store, as a process."""

from __future__ import annotations

import argparse
import contextlib
import os
from typing import Final

from haechi.app import credentials
from haechi.app.arguments import Commands, command, profile_option, supervised_options
from haechi.app.configuration import load_profile
from haechi.app.exits import OK
from haechi.app.folder import Address, DataFolder
from haechi.app.reports import Reports
from haechi.engine.errors import ConfigError

HOST = "127.0.0.1"
"""There is no TLS, so nobody else's machine may reach it."""

_NICE: Final = 10


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "store",
        run,
        "run the embedded store alone (haechi up does it for you)",
        "haechi store --data var\nhaechi store --data var --port 0   # any free port",
        details="It speaks ClickHouse's HTTP protocol on this machine only.",
    )
    profile_option(parser)
    parser.add_argument("--port", type=int, help="port instead of the profile's; 0 for any")
    supervised_options(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    # chDB takes a second to import.
    from haechi.streams.store import serve

    # A statement waits for a gate, never a gate for a statement.
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    reports: Reports = args.reports
    profile = load_profile(args.profile)
    if profile.store.address:
        raise ConfigError(
            f"store.address is {profile.store.address}: that ClickHouse server is the store; "
            "remove the address from the profile to use the embedded one"
        )
    folder = DataFolder(args.data.resolve())
    folder.make()
    users = credentials.store_users(folder)

    def ready(port: int) -> None:
        folder.publish("store", Address(os.getpid(), HOST, port))
        reports.ready(
            f"the store answers on {HOST}:{port}; analyst's password in "
            f"{credentials.password_file(folder, 'analyst')}",
            host=HOST,
            port=port,
        )

    try:
        serve(
            folder.store,
            HOST,
            profile.store.port if args.port is None else args.port,
            users,
            on_ready=ready,
        )
    finally:
        folder.withdraw("store")
    return OK
