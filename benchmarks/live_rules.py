"""How soon rules are live after the second approver's word, and what gates notice of the change.

One gate asks about one traveler at a fixed rate. Round after round two approvers submit a set of
seeded rules, of which one stops everybody in every other round. The time to live runs from the
second approver's call to the first answer by the new set. Answers are timed apart: in quiet
seconds, and within the second after each of the two calls, the first of which reads the rules and
the second of which puts them into force.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks import officers
from benchmarks.installation import Installation
from benchmarks.processes import Child
from benchmarks.report import Progress, Report
from benchmarks.steady_gate import SteadyGate, client_of, manifest_of, window
from haechi.rpc.client import HaechiClient
from haechi.rpc.roles import Role
from haechi.rpc.v1.governance_pb2 import RULE_SET_ROLE_ACTIVE, RuleSet

_GOAL_MS: Final = 1000.0
_WARM_UP_S: Final = 3.0
_TRAVELER: Final = "live-rules"
_STOPS: Final = ("traveler", "not document_bad", "REFER")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--rules", type=int, default=500, help="(default %(default)s)")
    parser.add_argument("--rounds", type=int, default=20, help="(default %(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        installation = Installation(Path(name))
        with Child.engine(installation.data) as engine:
            port = engine.ready()["port"]
            approvers = [client_of(installation, port, Role.APPROVER, f"a-{n}") for n in (1, 2)]
            with closing(client_of(installation, port, Role.FEEDER, "feeder")) as feeder:
                list(feeder.publish(iter([manifest_of(_TRAVELER, "M00000001")])))
            gate = SteadyGate(client_of(installation, port, Role.GATE, "gate"), lambda: _TRAVELER)
            time.sleep(_WARM_UP_S)
            quiet, first, second, live_ms = [], [], [], []
            with Progress("rounds", given.rounds) as progress:
                for number in range(given.rounds):
                    stops = number % 2 == 0
                    text = officers.seeded(given.rules, report.seed + number, [_STOPS] * stops)
                    quiet.append(window(time.perf_counter()))
                    first.append(_submit(approvers[0], text))
                    second.append(_submit(approvers[1], text))
                    live_ms.append((gate.first(stops, second[-1][0]) - second[-1][0]) * 1e3)
                    progress.at(number)
            gate.stop()
            for client in approvers:
                client.close()
    report.note(f"{len(gate.answers):,} calls, every one answered by the core in time")
    rows = []
    for what, windows in (("quiet", quiet), ("first approver", first), ("second", second)):
        times = gate.times_ms(windows)
        report.keep(f"a gate, {what}", times, "ms")
        tells = (np.quantile(times, 0.5), np.quantile(times, 0.99), max(times))
        rows.append([what, len(times), *(round(float(one), 2) for one in tells)])
    report.table("gates", ["second of", "calls", "p50_ms", "p99_ms", "most_ms"], rows)
    report.keep("live", live_ms, "ms")
    report.note(f"live after {np.median(live_ms):.0f} ms (median), {max(live_ms):.0f} ms at most")
    report.goal("ms from the second approval to the first answer", max(live_ms), _GOAL_MS)


def _submit(approver: HaechiClient, text: str) -> tuple[float, float]:
    began = time.perf_counter()
    approver.submit_rule_set(RuleSet(toml=text, role=RULE_SET_ROLE_ACTIVE, reason="measured"))
    return window(began)
