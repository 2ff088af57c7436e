"""``python -m benchmarks NAME``: one benchmark a name, each with figures, goals and JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks.catalogue import BENCHMARKS, TOOLS, module_of
from benchmarks.report import Report

_MORE: Final = """
Each prints the machine, the load before, versions, commit and seed, checks that what it will
time is right, and only then times it. On a busy machine it marks absolute figures NOT
PUBLISHABLE and says why; ratios that come from alternating calls stand. A missed goal is told;
it is no error.

exit codes: 0 done, 1 something failed, 2 asked wrongly, 130 stopped

examples:
  python -m benchmarks gate --json gate.json
  python -m benchmarks replay --events 50000
  python -m benchmarks show gate.json replay.json --html page.html
  python -m benchmarks compare old.json new.json
  make bench                               all of them, shortened
  make bench ARGS="idle --seconds 30"
"""


def parser(name: str | None = None) -> argparse.ArgumentParser:
    """The command line.

    Parameters
    ----------
    name
        What is going to be done, for no more needs to be imported; everything if unknown.
    """
    made = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = made.add_subparsers(dest="name", required=True, metavar="NAME")
    known = (*BENCHMARKS, *TOOLS)
    for one in (name,) if name in known else known:
        module = module_of(one)
        told = module.__doc__ or ""
        options = names.add_parser(
            one,
            help=told.splitlines()[0],
            description=told,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if one in BENCHMARKS:
            options.add_argument(
                "--json", type=Path, metavar="FILE", help="write the findings here, too"
            )
            options.add_argument(
                "--seed", type=int, default=7, help="seed of the input (%(default)s)"
            )
        module.add_options(options)
        options.set_defaults(options=options)
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run one benchmark, or a tool."""
    asked = sys.argv[1:] if arguments is None else arguments
    given = parser(asked[0] if asked else None).parse_args(asked)
    module = module_of(given.name)
    try:
        if given.name in TOOLS:
            return int(module.run(given))
        report = _report(given)
        module.run(given, report)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    report.finish(given.json)
    return 0


def _report(given: argparse.Namespace) -> Report:
    default: Any = given.options.get_default
    apart = {"name", "json", "seed", "options"}
    options = {name: value for name, value in vars(given).items() if name not in apart}
    changed = [name for name, value in options.items() if value != default(name)]
    return Report(given.name, given.seed, options, changed)


if __name__ == "__main__":
    sys.exit(main())
