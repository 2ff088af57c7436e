"""`haechi up`: the processes of one machine, kept alive until Ctrl-C."""

from __future__ import annotations

import argparse
from typing import Final

from haechi.app import credentials
from haechi.app.arguments import Commands, command, configs_option, json_option, profile_option
from haechi.app.dashboard import url
from haechi.app.exits import OK
from haechi.app.installation import Installation
from haechi.app.reports import stop_signals
from haechi.app.store import HOST
from haechi.app.terminal import Phases, columns, emit_json, say

_LOOK_S: Final = 0.2


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "up",
        run,
        "start store, engine, shipper, face service, monitor and live page, and keep them running",
        "haechi up\nhaechi up --data /srv/haechi --profile site.toml",
        details="Ctrl-C or SIGTERM stops everything in order. A process that dies is started "
        "again; what was decided is in the log.",
    )
    profile_option(parser)
    configs_option(parser)
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Run until stopped."""
    stop = stop_signals()
    with Phases() as phases:
        installation = Installation(
            args.data,
            args.profile,
            args.configs,
            monitor=True,
            faces=True,
            metrics=True,
            dashboard=True,
            snapshots=True,
            own_errors=True,
            say=say,
            on_phase=lambda text, done, total, at_once: phases.show(
                text, done, total, at_once=at_once
            ),
            stop=stop,
        )
        try:
            installation.start()
        except KeyboardInterrupt:
            say("stopped before everything was up")
            return OK
    try:
        _introduce(installation, as_json=args.json)
        while not stop.wait(_LOOK_S):
            failure = installation.failed()
            if failure is not None:
                raise failure
        say("stopping")
    finally:
        installation.stop()
    say("stopped; everything decided is in the log")
    return OK


def _introduce(installation: Installation, *, as_json: bool) -> None:
    """Tell where everything listens."""
    folder, profile = installation.folder, installation.profile
    engine = installation.address("engine").target
    if installation.embedded:
        store = installation.address("store").target
    else:
        store = f"{profile.store.address}:{profile.store.port}"
    password = credentials.password_file(folder, "analyst")
    has_faces = "faces" in installation.children
    if as_json:
        emit_json(
            {
                "engine": engine,
                "store": store,
                "faces": installation.address("faces").target if has_faces else None,
                "dashboard": _page(installation),
                "data": str(folder.root),
                "tokens": {p.stem: str(p) for p in sorted(folder.secrets.glob("*.token"))},
                "analyst_password_file": str(password),
            }
        )
        return
    say("Haechi is up:")
    say(
        columns(
            [
                ("engine", engine, f"gRPC; tokens in {folder.secrets}"),
                ("store", store, f"ClickHouse HTTP; user analyst, password in {password}"),
                *_faces_line(installation),
                *_page_line(installation),
                *_metrics_line(installation),
                ("log", str(folder.log), f"shard {profile.engine.shard}"),
            ]
        )
    )
    data = f" --data {folder.root}"
    say("try, in another terminal:")
    say(f"  haechi decide --gate ICN-T1-EXIT-1 --traveler t1{data}")
    say(f"  haechi sql 'SHOW TABLES'{data}")
    say("Ctrl-C stops it.")


def _faces_line(installation: Installation) -> list[tuple[str, str, str]]:
    """Where cameras hand in faces, if anywhere."""
    if "faces" not in installation.children:
        return []
    where = installation.address("faces").target
    return [("faces", where, "gRPC for cameras: haechi camera --help")]


def _page(installation: Installation) -> str | None:
    """Where the live page is, if it is served."""
    if "dashboard" not in installation.children:
        return None
    return url(installation.address("dashboard"))


def _page_line(installation: Installation) -> list[tuple[str, str, str]]:
    """The live page's line, if it is served."""
    page = _page(installation)
    return [] if page is None else [("page", page, "log in with the text of your token file")]


def _metrics_line(installation: Installation) -> list[tuple[str, str, str]]:
    """Where Prometheus asks, if anywhere."""
    if "metrics" not in installation.children:
        return []
    # Nobody waits for it to be there.
    told = installation.folder.address("metrics")
    where = told.target if told else f"{HOST}:{installation.profile.metrics.port}"
    return [("metrics", where, "for Prometheus, with operator.token: docs/metrics.md")]
