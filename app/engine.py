"""`haechi engine`: one shard's engine and its gRPC server, as a process."""

from __future__ import annotations

import argparse

from haechi.app import credentials
from haechi.app.arguments import (
    Commands,
    command,
    configs_option,
    profile_option,
    supervised_options,
)
from haechi.app.configuration import compile_artefact, load_profile, server_settings
from haechi.app.deciding import decide_until, log_to_stderr
from haechi.app.fencing import check_peer
from haechi.app.folder import DataFolder
from haechi.app.reports import Reports, stop_signals


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "engine",
        run,
        "run one shard's engine alone (haechi up does it for you)",
        "haechi engine --data var\nhaechi engine --data var --port 0   # any free port",
        details="It replays its log, serves gRPC, and ends with 70 if its dataflow dies.",
    )
    profile_option(parser)
    configs_option(parser)
    parser.add_argument("--port", type=int, help="port instead of the profile's; 0 for any")
    supervised_options(parser, wake="writing end of the shipper's wake pipe")


def run(args: argparse.Namespace) -> int:
    """Run the engine until it is stopped or dies."""
    # What costs a second to import is imported once there is something to run.
    from haechi.app.warm import warm
    from haechi.configs.port import Port
    from haechi.configs.topology import Topology
    from haechi.streams.cores import core_of, leave
    from haechi.streams.engine import Engine
    from haechi.streams.places import Places
    from haechi.streams.standby.standing import check_office
    from haechi.streams.tokens import Tokens

    log_to_stderr(traces=args.debug)
    reports: Reports = args.reports
    folder = DataFolder(args.data.resolve())
    folder.make()
    # Before a long replay: what may not decide need not know what it would.
    check_office(folder.log)
    profile = load_profile(args.profile)
    settings = server_settings(profile, args.profile, args.port)
    artefact = compile_artefact(args.configs)
    port = Port.load(args.configs)
    topology = Topology.load(args.configs, profile.engine.shard)
    tokens = Tokens(credentials.token_key(folder, make=True))
    credentials.keyring(folder)
    warm(reports.phase)
    leave(core_of(profile.engine))
    # Not before: there is nothing to end cleanly yet, and a compiler looks at no flag.
    stop = stop_signals()
    engine = Engine(
        Places(folder.root),
        profile.engine,
        port,
        tokens,
        artefact,
        wake_fd=args.wake,
        progress=reports.phase,
        replicated=profile.standby,
        standby=True,
    )
    check_peer(folder, profile, engine)
    engine.begin()
    return decide_until(
        stop, engine, folder, profile, settings, port, topology, args.configs, reports,
        trace=args.debug,
    )  # fmt: skip
