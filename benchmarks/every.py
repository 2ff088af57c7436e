"""Run all benchmarks, one after another, write their results into a folder, and sum up.

By default the shortened set, which takes some minutes; --full runs every benchmark at its default
length, which takes hours and needs Kafka, faces and files where a benchmark does. Each runs in a
process of its own; one that fails is told, and the others run all the same. The load average
remembers a minute, so before each the machine is given time to settle.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.catalogue import BENCHMARKS
from benchmarks.machine import ROOT
from benchmarks.quiet import crowded
from benchmarks.report import Progress
from benchmarks.results import show
from benchmarks.results.result import Result, UnreadableError
from benchmarks.results.show import found_text, goal_text

_STOPPED: Final = (130, -signal.SIGINT)
_GRACE_S: Final = 30.0
_LOOK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Ran:
    """One benchmark that ran.

    Parameters
    ----------
    name
        Which.
    took_s
        How long, seconds.
    result
        What it found, or None if it failed.
    why
        Why it failed, or nothing.
    """

    name: str
    took_s: float
    result: Result | None
    why: str = ""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
    parser.add_argument(
        "--full", action=argparse.BooleanOptionalAction, default=False,
        help="all, at their default lengths",
    )  # fmt: skip
    parser.add_argument(
        "--ratios", action="store_true", help="tell goals and ratios once more, last"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="(default var/benchmarks/ and the time)"
    )
    parser.add_argument("--seed", type=int, default=7, help="seed of the inputs (%(default)s)")
    parser.add_argument(
        "--settle", type=float, default=60.0, metavar="S",
        help="wait so long at most until the machine is quiet, before each (default %(default)g)",
    )  # fmt: skip
    parser.add_argument(
        "--timeout", type=float, default=3600.0, metavar="S",
        help="stop one that takes longer (default %(default)g)",
    )  # fmt: skip


def run(given: argparse.Namespace) -> int:
    """Run them."""
    unknown = set(given.names) - set(BENCHMARKS)
    if unknown:
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are "
              f"{', '.join(BENCHMARKS)}", file=sys.stderr)  # fmt: skip
        return 2
    names = given.names or [name for name, short in BENCHMARKS.items() if given.full or short]
    chosen = {name: () if given.full else BENCHMARKS[name] or () for name in names}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    out = (given.out or ROOT / "var" / "benchmarks" / now).resolve()
    out.mkdir(parents=True, exist_ok=True)
    ran: list[Ran] = []
    stopped = False
    settle_s = given.settle
    try:
        for at, (name, short) in enumerate(chosen.items(), start=1):
            if not settled(settle_s):
                settle_s = 0.0
            print(f"\n[{at}/{len(chosen)}] {' '.join([name, *short])}", flush=True)
            arguments = [name, *short, "--seed", str(given.seed)]
            ran.append(run_one(name, arguments, out / f"{name}.json", given.timeout))
    except KeyboardInterrupt:
        stopped = True
    tell(ran, len(chosen), out)
    if given.ratios:
        for one in ran:
            if one.result is not None:
                show.tell(one.name, [one.result], percentiles=False)
    if stopped:
        return 130
    return 1 if any(one.result is None for one in ran) else 0


def settled(most_s: float) -> bool:
    """Wait until the machine is quiet, so long at most; whether it became so."""
    cores = os.cpu_count() or 1
    began = time.monotonic()
    with Progress("seconds until the machine is quiet", round(most_s)) as progress:
        while crowded(os.getloadavg()[0], cores) is not None:
            passed = time.monotonic() - began
            if passed >= most_s:
                return False
            progress.at(round(passed))
            time.sleep(_LOOK_S)
    return True


def run_one(name: str, arguments: Sequence[str], path: Path, timeout_s: float) -> Ran:
    """Run one in a process of its own.

    Parameters
    ----------
    name
        What it is called.
    arguments
        Of ``python -m benchmarks``, but for the file.
    path
        Where its result is to lie.
    timeout_s
        How long it may take.

    Raises
    ------
    KeyboardInterrupt
        If it was stopped by hand.
    """
    path.unlink(missing_ok=True)
    command = [sys.executable, "-u", "-m", "benchmarks", *arguments, "--json", str(path)]
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        ended = process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        _end(process)
        return Ran(name, time.monotonic() - began, None, f"stopped after {timeout_s:g} s")
    except KeyboardInterrupt:
        _end(process)
        raise
    took_s = time.monotonic() - began
    if ended in _STOPPED:
        raise KeyboardInterrupt
    if ended != 0:
        return Ran(name, took_s, None, f"ended with {ended}; what it said stands above")
    try:
        return Ran(name, took_s, Result.read(path))
    except UnreadableError as error:
        return Ran(name, took_s, None, str(error))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to stop; its own children end with it."""
    process.terminate()
    try:
        process.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def tell(ran: Sequence[Ran], chosen: int, out: Path) -> None:
    """Print what came of all of them."""
    done = [one for one in ran if one.result is not None]
    print(f"\n{len(done)} of {chosen} done, {len(ran) - len(done)} failed")
    width = max((len(one.name) for one in ran), default=0)
    goals = missed = 0
    for one in ran:
        if one.result is None:
            print(f"  {one.name:<{width}}  FAILED: {one.why}")
            continue
        figures = one.result.goals()
        late = [figure for figure in figures if not figure.met]
        goals, missed = goals + len(figures), missed + len(late)
        busy = "" if one.result.quiet["publishable"] else ", NOT PUBLISHABLE"
        met = f"{len(figures) - len(late)} of {len(figures)} goals met"
        print(f"  {one.name:<{width}}  {one.took_s:.0f} s, {met}{busy}")
        for figure in late:
            told = f"{figure.what}: {found_text(figure)}, {goal_text(figure)}"
            print(f"  {'':<{width}}    MISSED {told}")
    print(f"goals: {goals - missed} met, {missed} missed")
    if any(one.result is not None and one.result.shortened for one in ran):
        print("shortened: goals are meant for default lengths; --full, or one benchmark alone")
    print(f"results: {out}")
    print(f"  python -m benchmarks show {out} --html page.html")
