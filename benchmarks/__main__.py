"""``python -m benchmarks NAME``: one benchmark a name, each with figures, goals and JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

from benchmarks import (
    analysts,
    backtest,
    capacity,
    detection,
    drift,
    exit_camera,
    faces,
    fdh,
    freshness,
    gate,
    idle,
    ingest,
    kafka,
    live_rules,
    live_screening,
    models,
    names,
    pages,
    replay,
    rescreen,
    restart,
    rules,
    standby,
    watching,
)
from benchmarks.report import Report

BENCHMARKS: Final[dict[str, ModuleType]] = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        gate,
        idle,
        ingest,
        kafka,
        replay,
        restart,
        freshness,
        models,
        detection,
        drift,
        capacity,
        fdh,
        names,
        rules,
        live_rules,
        live_screening,
        backtest,
        rescreen,
        watching,
        faces,
        exit_camera,
        analysts,
        pages,
        standby,
    )
}

_MORE: Final = """
Each prints the machine, the load before, versions, commit and seed, checks that what it will
time is right, and only then times it. Figures of a busy machine are noise: trust ratios that
come from alternating calls, and look at the load. A missed goal is told; it is no error.

examples:
  python -m benchmarks gate --json gate.json
  python -m benchmarks replay --events 50000
  make bench ARGS="idle --seconds 30"
"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = made.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, module in BENCHMARKS.items():
        told = module.__doc__ or ""
        one = names.add_parser(
            name,
            help=told.splitlines()[0],
            description=told,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.add_argument("--json", type=Path, metavar="FILE", help="write the findings here, too")
        one.add_argument("--seed", type=int, default=7, help="seed of the input (%(default)s)")
        module.add_options(one)
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run one benchmark."""
    given = parser().parse_args(arguments)
    report = Report(given.name, given.seed)
    try:
        BENCHMARKS[given.name].run(given, report)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    report.finish(given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
