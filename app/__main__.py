"""The command line: finds the command, and turns every error into one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Final

from haechi.app import (
    backtest,
    camera,
    dashboard,
    decide,
    demo,
    engine,
    evaluate,
    explain,
    face_calibrate,
    face_models,
    faces,
    feed,
    follow,
    gallery,
    grafana,
    ingest,
    kafka,
    metrics,
    models,
    monitor,
    promote,
    publish,
    quality,
    questions,
    replay,
    rules,
    ship,
    snapshot,
    sql,
    store,
    tasks,
    tokens,
    topics,
    topology,
    trust,
    up,
    verify,
    version,
)
from haechi.app.exits import FAILED, HELP, INTERRUPTED, exit_code
from haechi.app.reports import Reports, hold_on
from haechi.engine.errors import HaechiError

_COMMANDS: Final = (
    demo, up, feed, decide, explain, tasks, replay, verify, snapshot, quality, evaluate, models,
    rules, backtest, trust, camera, gallery, face_models, face_calibrate, sql, questions, grafana,
    tokens, version, kafka, topology, topics, ingest, engine, store, ship, publish, monitor, faces,
    metrics, dashboard, follow, promote,
)  # fmt: skip

_START: Final = """start here:
  haechi demo                                   see all of it on a simulated port
  haechi up                                     start everything; Ctrl-C stops it
  haechi feed declarations valid.csv            decide every row of a file
  haechi feed intelligence wanted.csv           enter a watch list
  haechi decide --gate ICN-T1-EXIT-1 --traveler t1
  haechi explain DECISION_ID                    why, in numbers that add up
  haechi tasks list                             what waits for officers
  haechi replay                                 decide everything again, bit for bit
  haechi snapshot                               so that the next start is quick
  haechi quality                                how good the models are, with intervals
  haechi evaluate --protocol kcs FILE           score labelled files as they would have come
  haechi camera --role exit --id ID SOURCE      tell the face service whom a camera sees
  haechi models list                            models, and what is in force since when
  haechi rules list                             officers' rules, and what is in force
  haechi backtest RULES                         what other rules would have changed
  haechi query --list                           what analysts ask often, and how to ask it
  haechi follow --from HOST:PORT                hold a second copy that can take over
  haechi COMMAND --help                         more, with examples

"""


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    top = argparse.ArgumentParser(
        prog="haechi",
        description="A real-time border risk engine: decides on the record whether a traveler or "
        "a parcel may pass.",
        epilog=_START + HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module in _COMMANDS:
        module.add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    arguments
        The command line; this process's own if not given.

    Returns
    -------
    The exit code.
    """
    args = parser().parse_args(arguments)
    lifeline: int | None = getattr(args, "lifeline", None)
    if lifeline is not None:
        # Before anything else: the supervisor may go while we import.
        hold_on(lifeline)
    args.reports = Reports(lifeline)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        args.reports.error("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough (`haechi ... | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except HaechiError as error:
        if args.debug:
            traceback.print_exc()
        args.reports.error(str(error))
        return exit_code(error)
    except Exception as error:
        if args.debug:
            traceback.print_exc()
        args.reports.error(
            f"unexpected {type(error).__name__}: {error}; this is a bug of Haechi: run it again "
            "with --debug and report what it prints"
        )
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
