"""What open pages cost, and what gates notice of them.

A whole installation on this machine: store, engine, shipper, live page. A gate asks at a fixed
rate, about travelers whose manifests came before. By turns ten pages are open, read by a process of
their own, and none is; the processor time of the dashboard is counted meanwhile, and how much more
the store takes.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.processes import Child
from benchmarks.report import Progress, Report
from benchmarks.steady_gate import SteadyGate, manifest_of
from haechi.app.installation import Installation

_GOAL_PERCENT: Final = 5.0
_GOAL_RATIO: Final = 1.1
_TURN_S: Final = 5.0
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_WHO: Final = ("dashboard", "store", "engine")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--pages", type=int, default=10, help="(default %(default)s)")
    parser.add_argument(
        "--turns", type=int, default=12, help="of five seconds, half of them open (%(default)s)"
    )


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    with (
        tempfile.TemporaryDirectory() as name,
        Installation(Path(name), any_port=True, dashboard=True) as running,
    ):
        with running.client("feeder") as feeder:
            crowd = (manifest_of(f"t-{number}", f"N{number:08d}") for number in range(1000))
            assert all(told.HasField("accepted") for told in feeder.publish(crowd))
        where = running.address("dashboard")
        with Child(
            "benchmarks.open_pages", where.host, where.port, running.token_file("officer"),
            given.pages,
        ) as pages:  # fmt: skip
            pages.ready()
            _turns(given, running, pages, report)


def _turns(given: argparse.Namespace, running: Installation, pages: Child, report: Report) -> None:
    asked = (f"t-{number % 1000}" for number in range(10**9))
    gate = SteadyGate(running.client("gate"), lambda: next(asked))
    windows: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    used = {who: {False: 0.0, True: 0.0} for who in _WHO}
    snapshots = size = 0
    time.sleep(2 * _TURN_S)
    with Progress("turns", given.turns) as progress:
        for number in range(given.turns):
            is_open = number % 2 == 1
            if is_open:
                pages.tell("open")
                pages.ready()
            before = {who: _cpu_s(running, who) for who in _WHO}
            began = time.perf_counter()
            time.sleep(_TURN_S)
            windows[is_open].append((began, time.perf_counter()))
            for who in _WHO:
                used[who][is_open] += _cpu_s(running, who) - before[who]
            if is_open:
                pages.tell("close")
                told: dict[str, Any] = pages.ready()
                snapshots, size = snapshots + told["snapshots"], size + told["bytes"]
                time.sleep(1.0)
            progress.at(number)
    gate.stop()
    seconds = {key: sum(end - begin for begin, end in spans) for key, spans in windows.items()}
    share = {
        who: {key: round(100 * used[who][key] / seconds[key], 2) for key in (False, True)}
        for who in _WHO
    }
    report.table(
        "cpu", ["process", "percent_of_a_core", "without_pages"],
        [[who, share[who][True], share[who][False]] for who in _WHO],
    )  # fmt: skip
    rows = []
    for key, what in ((False, "no page"), (True, f"{given.pages} pages")):
        times = gate.times_ms(windows[key])
        p50, p99 = np.quantile(times, [0.5, 0.99])
        rows.append([what, len(times), round(float(p50), 2), round(float(p99), 2)])
    report.table("gates", ["open", "calls", "p50_ms", "p99_ms"], rows)
    report.note(f"{snapshots} snapshots of {size // max(1, snapshots)} bytes")
    # What pages cost is the dashboard and what the store does for it.
    cost = share["dashboard"][True] + share["store"][True] - share["store"][False]
    report.goal("percent of a core for the dashboard", share["dashboard"][True], _GOAL_PERCENT)
    report.goal("percent of a core with the store's part", round(cost, 2), _GOAL_PERCENT)
    report.goal(
        "gates' p99 with pages / without", rows[1][3] / rows[0][3], _GOAL_RATIO, kind="ratio"
    )


def _cpu_s(running: Installation, who: str) -> float:
    """Seconds of processor time that a process of the installation has used."""
    stat = Path(f"/proc/{running.children[who].pid}/stat").read_text("utf-8")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
