"""What the processes cost while nothing happens: their share of a core, by /proc.

The engine serves with its gRPC server and wakes the shipper, the shipper is connected to the
embedded store, and nobody calls. The log holds some subjects, so that there are deadlines.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks import mix
from benchmarks.installation import Installation
from benchmarks.report import Progress, Report
from benchmarks.shipping import whole

_SETTLE_S: Final = 5.0
_SUBJECTS: Final = 500
_ENGINE_MOST: Final = 3.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--seconds", type=float, default=20.0, help="(default %(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        installation = Installation(Path(name))
        events = round(_SUBJECTS * mix.EVENTS_A_SUBJECT)
        mix.make_log(installation, mix.frames(report.seed, subjects=_SUBJECTS), events)
        with whole(installation) as running:
            running.settle(_SETTLE_S)
            before = {who: child.cpu_s() for who, child in running.children.items()}
            began = time.monotonic()
            with Progress("idle seconds", round(given.seconds)) as progress:
                while (passed := time.monotonic() - began) < given.seconds:
                    time.sleep(min(0.5, given.seconds - passed))
                    progress.at(round(passed))
            passed = time.monotonic() - began
            shares = {
                who: round(100 * (child.cpu_s() - before[who]) / passed, 2)
                for who, child in running.children.items()
            }
            rows = [
                [who, shares[who], round(child.peak_mb())]
                for who, child in running.children.items()
            ]
    report.table("idle", ["process", "percent_of_a_core", "peak_mb"], rows)
    report.goal("engine, percent of a core", shares["engine"], _ENGINE_MOST)
