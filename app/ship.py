"""`haechi ship`: the one writer of committed decisions to ClickHouse, as a process."""

from __future__ import annotations

import argparse

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
from haechi.app.reports import Reports


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "ship",
        run,
        "ship the log to ClickHouse alone (haechi up does it for you)",
        "haechi ship --data var",
        details="It follows the log beside the engine, or without one, until it is stopped; "
        "what was shipped before is not shipped twice.",
    )
    profile_option(parser)
    configs_option(parser)
    supervised_options(parser, wake="reading end of the engine's wake pipe; without it, it polls")


def run(args: argparse.Namespace) -> int:
    """Ship until stopped."""
    from haechi.configs.port import Port
    from haechi.rpc.names import names_of
    from haechi.streams.rule_book import RuleBook
    from haechi.streams.shipper import ship
    from haechi.streams.standby.standing import check_office
    from haechi.streams.tokens import Tokens

    reports: Reports = args.reports
    folder = DataFolder(args.data.resolve())
    check_office(folder.log)
    profile = load_profile(args.profile)
    login = connect.store(folder, profile, "engine")
    tokens = Tokens(credentials.token_key(folder, make=False))
    names = names_of(Port.load(args.configs), tokens, RuleBook(folder.artefacts).rules)
    reports.ready(f"shipping {folder.log} to {login.host}:{login.port}")
    ship(
        folder.log,
        folder.keys,
        folder.run,
        login.host,
        login.port,
        login.user,
        login.password,
        args.wake,
        names,
        shard=profile.engine.shard,
        target=profile.store.target,
    )
    return OK
