"""How soon new intelligence has reached every open case over the network, and what gates notice.

Travelers by the hundred thousand are open in a running engine. Round after round an entry names
one of those who are looked at last, while a gate asks about others at a fixed rate. The time runs
from the entry's call to the decision about that traveler, as a watcher hears of it.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.installation import Installation
from benchmarks.processes import Child
from benchmarks.report import Progress, Report
from benchmarks.steady_gate import WINDOW_S, SteadyGate, client_of, event_about, manifest_of, window
from haechi.rpc.client import HaechiClient
from haechi.rpc.roles import Role
from haechi.rpc.v1.event_pb2 import Event

_GOAL_RATIO: Final = 1.5
_GOAL_MS: Final = 1000.0
_YEAR_US: Final = 365 * 86_400_000_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--cases", type=int, default=100_000, help="(default %(default)s)")
    parser.add_argument("--rounds", type=int, default=20, help="(default %(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        installation = Installation(Path(name))
        with Child.engine(installation.data) as engine:
            port = engine.ready()["port"]
            with closing(client_of(installation, port, Role.FEEDER, "feeder")) as feeder:
                _open_all(feeder, given.cases)
                officer = client_of(installation, port, Role.OFFICER, "officer")
                asked = (f"t-{number % given.cases // 2}" for number in itertools.count())
                gate = SteadyGate(
                    client_of(installation, port, Role.GATE, "gate"), lambda: next(asked)
                )
                quiet, busy, reached_ms = [], [], []
                time.sleep(3 * WINDOW_S)
                with Progress("rounds", given.rounds) as progress, closing(officer):
                    for number in range(given.rounds):
                        quiet.append(window(time.perf_counter()))
                        began = time.perf_counter()
                        reached_ms.append(_reach(feeder, officer, given.cases - 1 - number))
                        busy.append(window(began))
                        progress.at(number)
                gate.stop()
    rows = []
    for what, windows in (("quiet", quiet), ("after an entry", busy)):
        times = gate.times_ms(windows)
        report.keep(f"a gate, {what}", times, "ms")
        p50, p99 = np.quantile(times, [0.5, 0.99])
        rows.append([what, len(times), round(float(p50), 2), round(float(p99), 2)])
    report.table("gates", ["second", "calls", "p50_ms", "p99_ms"], rows)
    report.keep("reached", reached_ms, "ms")
    report.note(f"reached after {np.median(reached_ms):.0f} ms (median) of {given.cases:,} cases")
    report.goal("ms from an entry to the revision of its case", max(reached_ms), _GOAL_MS)
    report.goal("gates' p99 in the second after an entry / quiet", rows[1][3] / rows[0][3],
                _GOAL_RATIO, kind="ratio")  # fmt: skip


def _open_all(feeder: HaechiClient, cases: int) -> None:
    def manifests() -> Iterator[Event]:
        for number in range(cases):
            yield manifest_of(f"t-{number}", f"M{number:08d}")

    with Progress("open cases", cases) as progress:
        for number, answer in enumerate(feeder.publish(manifests())):
            if answer.HasField("refusal"):
                raise AssertionError(f"a manifest was refused: {answer.refusal}")
            progress.at(number)


def _reach(feeder: HaechiClient, officer: HaechiClient, number: int) -> float:
    """Name a traveler; milliseconds until what is decided about them has changed."""
    now_us = time.time_ns() // 1000
    entry = event_about(
        "nobody",
        intelligence={
            "watched": 2, "value": f"KOR/M{number:08d}", "weight": 1.0, "legal_basis": "Act",
            "expires_us": now_us + _YEAR_US, "entry_id": f"e-{number}", "list_name": "measured",
        },
    )  # fmt: skip
    entry.envelope.ClearField("subjects")
    began = time.perf_counter()
    (answer,) = feeder.publish(iter([entry]))
    with closing(officer.watch(answer.accepted.position)) as pushed:
        for told in pushed:
            if not told.HasField("answer"):
                continue
            return (time.perf_counter() - began) * 1e3
    raise AssertionError("the watch ended before the traveler was decided anew")
