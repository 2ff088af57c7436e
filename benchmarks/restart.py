"""How long a restart takes: from the start of the process until health says SERVING.

There are no snapshots yet, so the engine replays its whole log. Two sizes are measured; what
a million subjects take is a straight line through the processor time of both, no measurement.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from benchmarks import mix
from benchmarks.installation import Installation
from benchmarks.processes import Child
from benchmarks.report import Report
from haechi.rpc.client import HaechiClient
from haechi.rpc.roles import Role

_MOST_S: Final = 15.0
_SHARE: Final = 4
_MILLION: Final = 1_000_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--subjects", type=int, default=100_000, help="(default %(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    rows = []
    for subjects in (given.subjects // _SHARE, given.subjects):
        with tempfile.TemporaryDirectory() as name:
            installation = Installation(Path(name))
            expected = round(subjects * mix.EVENTS_A_SUBJECT)
            mix.make_log(installation, mix.frames(report.seed, subjects=subjects), expected)
            with closing(installation.reader()) as reader:
                head = reader.head()
                # A few of the mix are sent twice, and stand in the log once.
                events = head.offset + 1 if head else 0
            size = sum(path.stat().st_size for path in installation.places.log.glob("segment-*"))
            rows.append([subjects, events, round(size / 1e6), *_restart(installation, events)])
    report.table("restart", ["subjects", "events", "log_mb", "ready_s", "cpu_s", "peak_mb"], rows)
    (small, *_, first_s, _), (large, *_, ready_s, second_s, _) = rows
    # Other processes disturb the clock more than the processor's time.
    million_s = round(first_s + (second_s - first_s) / (large - small) * (_MILLION - small), 1)
    report.values["million_subjects_cpu_s_extrapolated"] = million_s
    report.goal(f"seconds until ready, {large:,} subjects", ready_s, _MOST_S)
    report.note(f"a million subjects: about {million_s:,.0f} s of processor time (extrapolated)")


def _restart(installation: Installation, events: int) -> tuple[float, float, int]:
    """Seconds until ready, of these processor time, and the most memory in megabytes."""
    token = installation.token(Role.OPERATOR)[0][1].removeprefix("Bearer ")
    began = time.perf_counter()
    with Child.engine(installation.data) as served:
        said = served.ready()
        with HaechiClient(f"127.0.0.1:{said['port']}", token) as client:
            while not client.healthy():
                time.sleep(0.01)
        ready_s = time.perf_counter() - began
        if said["replayed"] < events:
            raise RuntimeError(f"only {said['replayed']:,} of {events:,} events were replayed")
        return round(ready_s, 2), round(served.cpu_s(), 2), round(served.peak_mb())
