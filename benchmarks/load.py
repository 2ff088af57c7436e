"""What the engine sustains, and how long answers take from a tenth to beyond that, in an open loop.

A generator in its own process sends at times fixed beforehand, as gates do that know nothing of
each other, and times each call from when it was meant to be sent. It asks in each way in turn:

empty   an empty RPC of a bare grpcio server with a thread pool: the floor
unary   Decide, a call each
stream  DecideStream
batch   DecideBatch, 128 questions a call

One engine in its usual profile serves all of it, with log and model, and answers in full.

A rate is sustained if the backlog does not grow and the core answers every question. The highest
such rate is searched for in all ways at once, step by step; a rate that fails is tried once more.
Times at shares of it follow, also in turn; last, Decide beside the empty call, both at half of what
Decide sustains. Rates count questions, and every answer is read: one that is not the core's, on
record, counts as shed or failed.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks import under_load as loaded
from benchmarks.quantiles import Times, ratio_of_runs
from benchmarks.report import Progress, Report
from benchmarks.search import sustainable
from benchmarks.under_load import HEADS, LATE_HEADS, UnderLoad, lateness, under_load
from benchmarks.ways import WAYS

_SHARES: Final = (0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.2)
_HALF: Final = 0.5
_P99_MOST: Final = 2.0
_UNARY_LEAST: Final = 0.75
_STREAM_LEAST: Final = 8_000
_BATCH_LEAST: Final = 25_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    loaded.add_options(parser)
    parser.add_argument(
        "--rounds", type=int, default=8, help="of Decide beside the empty call (%(default)s)"
    )


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    with (
        tempfile.TemporaryDirectory(dir=given.folder) as name,
        under_load(given, report, Path(name)) as under,
    ):
        found = sustainable(under, list(WAYS), given.seconds)
        report.table(
            "sustained", ["way", "per_s", "next_that_failed"],
            [[way, round(one.low), round(one.high)] for way, one in found.items()],
        )  # fmt: skip
        _sweep(under, {way: one.low for way, one in found.items()}, given.seconds, report)
        _beside_empty(under, found["unary"].low * _HALF, given, report)
    unary, empty = found["unary"].low, found["empty"].low
    report.goal(
        "sustained: unary / empty RPC", unary / empty, _UNARY_LEAST, least=True, kind="ratio"
    )
    report.goal("sustained: stream, decisions/s", found["stream"].low, _STREAM_LEAST, least=True)
    report.goal("sustained: batches of 128, decisions/s", found["batch"].low, _BATCH_LEAST,
                least=True)  # fmt: skip


def _sweep(under: UnderLoad, sustained: dict[str, float], seconds: float, report: Report) -> None:
    rows = []
    with Progress("shares of what is sustained", len(_SHARES) * len(WAYS)) as progress:
        for share in _SHARES:
            for way, rate in sustained.items():
                asked = under.steady(way, share * rate, seconds)
                rows.append([way, f"{share:.0%}", *asked.row()])
                report.keep(f"{way} at {share:.0%}", asked.run.late_us, "us")
                progress.at(len(rows))
    rows.sort(key=lambda row: list(sustained).index(row[0]))
    report.table("shares", ["way", "load", *HEADS], rows)


def _beside_empty(under: UnderLoad, rate: float, given: argparse.Namespace, report: Report) -> None:
    """Compare Decide with the empty call at the same rate, in alternating runs.

    What the loads before have written goes to the disk first: else the system is at it meanwhile.
    """
    os.sync()
    order = random.Random(report.seed)
    times: dict[str, list[Times]] = {"empty": [], "unary": []}
    with Progress("rounds beside the empty call", given.rounds) as progress:
        for number in range(given.rounds):
            for way in order.sample(list(times), 2):
                asked = under.steady(way, rate, given.seconds)
                times[way].append(asked.late_us)
            progress.at(number)
    rows: list[list[Any]] = []
    for way, runs in times.items():
        late_us = np.concatenate(runs)
        report.keep(f"{way} beside the other", late_us, "us")
        rows.append([way, round(rate), *lateness(late_us), len(late_us)])
    report.table("half", ["way", "offered_per_s", *LATE_HEADS, "calls"], rows)
    found = {
        percent: ratio_of_runs(times["unary"], times["empty"], percent, report.seed)
        for percent in (50.0, 99.0, 99.9)
    }
    rows = [["Decide / empty RPC", f"p{percent:g}", *one] for percent, one in found.items()]
    report.table("half_ratios", ["ratio", "of", "found", "from", "to"], rows)
    middle, *ends = found[99.0]
    report.goal(
        "Decide / empty RPC at half of Decide's capacity, p99", middle, _P99_MOST, kind="ratio",
        interval=(ends[0], ends[1]),
    )  # fmt: skip
