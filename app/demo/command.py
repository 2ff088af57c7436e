"""The command `haechi demo`: starts an installation of its own, plays, tells, stops."""

from __future__ import annotations

import argparse
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from haechi.app.arguments import Commands, command, json_option
from haechi.app.demo.plan import FLIGHTS, PARCELS, SECONDS, make_plan
from haechi.app.exits import FAILED, INTERRUPTED, OK
from haechi.app.faces import forget_keys
from haechi.app.folder import DataFolder
from haechi.app.installation import Installation
from haechi.app.reports import stop_signals
from haechi.app.terminal import Phases, emit_json, say
from haechi.engine.errors import ConfigError

if TYPE_CHECKING:
    from haechi.app.demo.summary import Summary

DATA: Final = Path("var/demo")
_MARK: Final = "haechi-demo"
"""File that says that a directory was made by the demo, which may then remove it."""

_LOOK_S: Final = 0.5


def add(commands: Commands) -> None:
    """Add the command."""
    parser = command(
        commands,
        "demo",
        run,
        "show the whole of it on a simulated port, in about a minute",
        "haechi demo\n"
        "haechi demo --declarations valid.csv\n"
        "haechi demo --keep                  # stays up until Ctrl-C\n"
        "haechi demo --json | jq .clickhouse",
        details="Each run begins anew and leaves its data behind. It ends with 1 if anything is "
        "not as it must be.",
        data=DATA,
    )
    parser.add_argument(
        "--declarations", type=Path, metavar="FILE", help="also feed every row of a KCS CSV file"
    )
    parser.add_argument("--keep", action="store_true", help="stay up until Ctrl-C")
    parser.add_argument(
        "--seed", type=int, default=7, metavar="N", help="seed of the port (default: 7)"
    )
    parser.add_argument(
        "--flights", type=int, default=FLIGHTS, metavar="N",
        help=f"arrivals in the simulated day (default: {FLIGHTS})",
    )  # fmt: skip
    parser.add_argument(
        "--parcels", type=int, default=PARCELS, metavar="N",
        help=f"express parcels in the simulated day (default: {PARCELS})",
    )  # fmt: skip
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, metavar="S",
        help=f"how long the day takes on the wall clock (default: {SECONDS:g})",
    )  # fmt: skip
    json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Run the demo."""
    if args.flights < 1 or args.parcels < 0 or not args.seconds >= 1:
        raise ConfigError(
            f"--flights {args.flights} --parcels {args.parcels} --seconds {args.seconds:g}: "
            "give at least one flight, no fewer than 0 parcels, and one second"
        )
    if args.declarations is not None:
        from haechi.app.feed import check_file

        check_file(args.declarations)
    stop = stop_signals()
    folder = _fresh(args.data)
    # The result goes to standard output; with --json everything else goes beside it.
    tell: Callable[[str], None] = say if args.json else _print
    plan = make_plan(args.seed, args.flights, args.parcels, args.seconds)
    from haechi.app.demo import report

    tell(report.introduction(plan))
    with Phases() as phases:
        installation = Installation(
            folder.root,
            any_port=True,
            faces=True,
            dashboard=args.keep,
            say=_closing(phases, say),
            on_phase=lambda text, done, total, at_once: phases.show(
                text, done, total, at_once=at_once
            ),
            stop=stop,
        )
        try:
            return _run(args, installation, phases, tell, stop)
        except KeyboardInterrupt:
            tell("stopped before everything was up")
            return INTERRUPTED
        finally:
            phases.close()
            installation.stop()


def _run(
    args: argparse.Namespace,
    installation: Installation,
    phases: Phases,
    tell: Callable[[str], None],
    stop: threading.Event,
) -> int:
    from haechi.app.demo import report
    from haechi.app.demo.run import Run

    began = time.monotonic()
    phases.show("starting store, engine and shipper")
    installation.start()
    phases.close()
    say(f"store, engine and shipper are up after {time.monotonic() - began:.1f} s")
    # The day begins when all is up, so that it still lies in the past.
    plan = make_plan(args.seed, args.flights, args.parcels, args.seconds)
    port, scenarios = plan.make()
    playing = Run(installation, plan, phases, say, stop)
    summary = playing.play(port, scenarios, args.declarations)
    if summary is None:
        tell(f"stopped; what was decided is in {installation.folder.root}")
        return INTERRUPTED
    for line in report.lines(summary):
        tell(line)
    if args.json:
        emit_json(summary.as_dict())
    if args.keep and not stop.is_set():
        _keep(installation, tell, stop)
    return _code(summary)


def _code(summary: Summary) -> int:
    return FAILED if summary.faults() else OK


def _keep(installation: Installation, tell: Callable[[str], None], stop: threading.Event) -> None:
    """Stay up, and say where."""
    from haechi.app import credentials
    from haechi.app.dashboard import url

    folder = installation.folder
    tell("\nStill up:")
    tell(f"  engine  {installation.address('engine').target} (gRPC; tokens in {folder.secrets})")
    tell(
        f"  store   {installation.address('store').target} (ClickHouse HTTP; user analyst, "
        f"password in {credentials.password_file(folder, 'analyst')})"
    )
    tell(f"  page    {url(installation.address('dashboard'))} (log in with the text of a token "
         f"file, such as {installation.token_file('officer')})")  # fmt: skip
    tell("Ctrl-C stops it.")
    while not stop.wait(_LOOK_S):
        failure = installation.failed()
        if failure is not None:
            raise failure


def _fresh(data: Path) -> DataFolder:
    """Make an empty data directory; only what an earlier demo left there is removed.

    Raises
    ------
    ConfigError
        If something else lies there, or runs on it.
    """
    folder = DataFolder(data.resolve())
    if folder.address("engine") or folder.address("store"):
        raise ConfigError(f"an installation runs on {folder.root}: stop it, or give another --data")
    if folder.root.exists() and any(folder.root.iterdir()):
        if not (folder.root / _MARK).exists():
            raise ConfigError(
                f"{folder.root} was not made by a demo, so it is not removed: give another --data"
            )
        forget_keys(folder)
        shutil.rmtree(folder.root)
    folder.make()
    (folder.root / _MARK).write_text("haechi demo made this directory and may remove it\n")
    return folder


def _print(text: str) -> None:
    print(text, flush=True)


def _closing(phases: Phases, tell: Callable[[str], None]) -> Callable[[str], None]:
    def closed(text: str) -> None:
        phases.close()
        tell(text)

    return closed
