"""More than the engine can decide: whether everybody is answered in time, and only by REFER.

What the engine sustains is found first. Then gates ask with the usual budget: by stream at twice
that rate, by single calls at 1.1 times, each after a run at 80%. Their clock runs from when each
question was meant to be sent; an answer must be there within the budget and the margin that a
gate's own client grants, after which that would refer by itself. The engine's memory is sampled all
the while, and may grow by what its queues hold at most.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks import under_load as loaded
from benchmarks.processes import Child
from benchmarks.quantiles import percentile
from benchmarks.report import Report
from benchmarks.search import sustainable
from benchmarks.under_load import HEADS, Asked, under_load
from haechi.configs.profile import Profile
from haechi.rpc.client import MARGIN_MS
from haechi.rpc.v1 import vocabulary_pb2 as words

_TIMES: Final = {"stream": 2.0, "unary": 1.1}
_BELOW: Final = 0.8
_P99_MOST: Final = 2.0
_ENTRY_MB: Final = 4096 / (1 << 20)
"""What an entry that waits takes at most: its bytes, its records and who waits for it."""
_SAMPLE_S: Final = 0.1


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    loaded.add_options(parser)
    parser.add_argument(
        "--overload-seconds", type=float, default=10.0, help="(default %(default)s)"
    )


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    budget_ms = Profile.load().server.budget_ms
    with (
        tempfile.TemporaryDirectory(dir=given.folder) as name,
        under_load(given, report, Path(name)) as under,
    ):
        found = sustainable(under, list(_TIMES), given.seconds)
        loads, memory, goals = [], [], []
        for way, times in _TIMES.items():
            rate, seconds = found[way].low, given.overload_seconds
            below = under.steady(way, _BELOW * rate, seconds, budget_ms)
            with _sampled(under.engine) as held_mb:
                over = under.steady(way, times * rate, seconds, budget_ms)
            calm_s = under.calm_down(way)
            after_mb = under.engine.held_mb()
            for load, asked in ((_BELOW, below), (times, over)):
                if len(asked.accepted_us):
                    report.keep(f"{way} at {load:.0%}, decided", asked.accepted_us, "us")
                loads.append([way, f"{load:.0%}", *_row(asked, budget_ms)])
            memory.append([way, *(round(mb) for mb in (held_mb[0], max(held_mb), after_mb)),
                           round(calm_s, 1)])  # fmt: skip
            goals.append((way, times, below, over, max(held_mb) - held_mb[0]))
    report.table(
        "loads",
        ["way", "load", *HEADS, "accepted_p99_us", "late", "not_refer"],
        loads,
    )
    report.table("memory", ["way", "before_mb", "most_mb", "after_mb", "calm_after_s"], memory)
    for goal in goals:
        _tell(*goal, budget_ms, report)


def _row(asked: Asked, budget_ms: int) -> list[Any]:
    return [*asked.row(), _accepted_p99(asked), late(asked, budget_ms), not_refer(asked)]


def _accepted_p99(asked: Asked) -> float:
    times = asked.accepted_us
    return percentile(times, 99) if len(times) else float("inf")


def late(asked: Asked, budget_ms: int) -> int:
    """Questions that were not answered by their budget."""
    late_us = (budget_ms + MARGIN_MS) * 1000
    answered = np.array([answer is not None for answer in asked.run.answers])
    return int((~answered | (asked.run.late_us > late_us)).sum()) * asked.each


def not_refer(asked: Asked) -> int:
    """Questions that the core did not decide, and that were told anything but REFER."""
    assert asked.told is not None
    outside = asked.told.shed & (asked.told.verdicts != words.VERDICT_REFER)
    return int(outside.sum()) + asked.told.wrong - asked.failed


def _tell(
    way: str, times: float, below: Asked, over: Asked, grown_mb: float, budget_ms: int,
    report: Report,
) -> None:  # fmt: skip
    what = f"{way} at {times:g} times what is sustained"
    report.goal(f"{what}: questions not answered by their budget", late(over, budget_ms), 0)
    report.goal(f"{what}: not decided, and told anything but REFER", not_refer(over), 0,
                kind="count")  # fmt: skip
    report.goal(
        f"{what}: p99 of what the core decided / at 80%",
        _accepted_p99(over) / _accepted_p99(below),
        _P99_MOST,
    )
    engine = Profile.load().engine
    most_mb = round((engine.intake_limit + engine.late_limit) * _ENTRY_MB)
    report.goal(f"{what}: memory that the engine took meanwhile, MB", grown_mb, most_mb)


@contextmanager
def _sampled(child: Child) -> Iterator[list[float]]:
    """Sample the memory that a process holds, megabytes, from before on."""
    held_mb = [child.held_mb()]
    over = threading.Event()

    def sample() -> None:
        while not over.wait(_SAMPLE_S):
            held_mb.append(child.held_mb())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield held_mb
    finally:
        over.set()
        thread.join()
