"""The whole at work: a large port's day, how much is found and how fast gates are answered.

The specification is docs/benchmark.md; another engine can be measured by it. One engine, with its
gRPC server, log and learning, lives through two parts:

detection  a scaled day from beginning to end, in a closed loop: what the engine stops is inspected,
           and what an inspection finds is learned
latency    stretches of the day of a large port, in an open loop on the wall clock, at its own rate
           and with ten times as many subjects; whoever is about then has done before what they did

Lanes promise the hold rates of ``detection`` where a subject leaves, 2% of travelers and 3% of
parcels. A question is timed from when the port meant to ask it to the core's answer. A run in which
an event was refused or lost has no figures; one whose generator was late says so in its line.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from benchmarks.asking import check_on_record
from benchmarks.installation import Installation
from benchmarks.pacing import Stretched, pace
from benchmarks.port_driver import Answered, Played, PortDriver
from benchmarks.port_line import Detected, line
from benchmarks.processes import Child
from benchmarks.promises import promised
from benchmarks.quantiles import percentile
from benchmarks.report import Progress, Report
from benchmarks.seizures import Seizures
from benchmarks.stretch import ARRIVALS, DAY_S, FIRST_COPY, PARCELS, Sample
from benchmarks.under_load import LATE_HEADS, lateness
from haechi.engine.codes import CodeClass, SelectedBy, Stage, Verdict
from haechi.streams.cores import core_of, leave
from haechi.streams.simulator import Port, Size
from haechi.streams.simulator.draws import draws_for
from haechi.streams.simulator.templates import Numbers

FIRST_SEED: Final = 9001
"""Seeds of development are below."""

_SEATS: Final = 200
_DAY_US: Final = round(DAY_S * 1e6)
_AGO_US: Final = 3_600_000_000
"""The scaled day ended so long ago: nothing may happen after the engine's clock."""

_PAST: Final = 0.1
"""Parcels of the sixty days before, for each of the day's."""

_FOLLOWED: Final = 1.9
"""Events that come in all for each that comes of itself, about."""

_CHECKED: Final = 200
_SETTLED: Final = (Stage.EXIT, Stage.SORTER)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.set_defaults(seed=FIRST_SEED)
    parser.add_argument(
        "--speed", type=_positive, nargs="+", default=[1.0, 10.0], metavar="N",
        help="how many times as many subjects as a large port has (default 1 10)",
    )  # fmt: skip
    parser.add_argument(
        "--seconds", type=_positive, default=150.0,
        help="of the day at each speed, on the wall clock (default %(default)g: enough to tell "
        "p99 at 1x and p99.9 at 10x)",
    )  # fmt: skip
    parser.add_argument(
        "--scale", type=_positive, default=0.1, metavar="SHARE",
        help=f"the detection's day as a share of {ARRIVALS:,} arrivals and {PARCELS:,} parcels "
        "(default %(default)g)",
    )  # fmt: skip
    parser.add_argument(
        "--packaged", action="store_true",
        help="decide by the packaged thresholds, not by promised hold rates",
    )  # fmt: skip
    parser.add_argument("--folder", type=Path, help="where the log lies: chooses the filesystem")


def _positive(text: str) -> float:
    """Read an option's number."""
    number = float(text)
    if not 0.0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory(dir=given.folder) as name, ExitStack() as stack:
        installation = Installation(Path(name) / "port")
        policy = [] if given.packaged else ["--policy", promised(Path(name))]
        engine = stack.enter_context(Child.engine(installation.data, *policy))
        port = int(engine.ready()["port"])
        # Gates are other machines: what plays them leaves the decisions their core.
        leave(core_of(installation.profile()))
        detected, sustained = _detect(given, report, installation, port)
        sample = Sample.draw(report.seed, time.time_ns() // 1000 - _DAY_US // 2)
        numbers, stretches = Numbers(FIRST_COPY), []
        with PortDriver(installation, port, sample.respond) as driver:
            for speed in given.speed:
                draws = draws_for(report.seed, "stretch", f"{speed:g}")
                one = pace(
                    driver, sample, speed, given.seconds,
                    sustained=sustained, numbers=numbers, draws=draws,
                )  # fmt: skip
                _check(one.run_up, f"{speed:g}x, what came before", installation)
                _check(one.played, f"{speed:g}x", installation)
                stretches.append(one)
    _tell_stretches(report, stretches, sample)
    told = line(report.seed, report.manifest["cores"], [one.paced for one in stretches], detected)
    report.quote(told)


def _detect(
    given: argparse.Namespace, report: Report, installation: Installation, port: int
) -> tuple[Detected, float]:
    """Play the scaled day; what was found, and events a second."""
    parcels = max(1, round(PARCELS * given.scale))
    size = Size(
        flights=max(1, round(ARRIVALS * given.scale / _SEATS)),
        seats=_SEATS,
        parcels=parcels,
        past_parcels=round(parcels * _PAST),
    )
    day = Port(report.seed, time.time_ns() // 1000 - _DAY_US - _AGO_US, hours=24.0, size=size)
    likely = round(len(day.items) * _FOLLOWED)
    with PortDriver(installation, port, day.respond) as driver, Progress("day", likely) as progress:
        driver.add(day.items)
        played = driver.play(1 << 62, told=progress.at)
    _check(played, "the scaled day", installation)
    groups = {one.item.subject: one.item.group for one in played.answered}
    if unasked := len(day.truth.keys() - groups.keys()):
        raise RuntimeError(f"{unasked} subjects were never asked about; figures would be wrong")
    report.table(
        "day",
        ["part", "arrivals", "parcels", "events", "questions", "provisional", "seconds"],
        [["detection", size.flights * _SEATS, parcels, played.events, len(played.answered),
          played.provisional, round(played.took_s, 1)]],
    )  # fmt: skip
    report.note("a closed loop: its answers are not timed, and it is no measure of capacity")
    seizures = Seizures()
    seizures.add(day.truth, groups, played.inspections)
    told = seizures.tell(report)
    _tell_verdicts(report, played)
    selected = sum(one.selected_by == SelectedBy.MODEL for one in played.inspections)
    found = Detected(told["all"]["per_100"], told["all"]["recall"], selected / len(groups))
    rows = [
        [what, of, *(round(end, 4) for end in (one.found, one.low, one.high))]
        for of, figures in told.items()
        for what, one in (("found/100", figures["per_100"]), ("recall", figures["recall"]))
        if not math.isnan(one.found)
    ]
    report.table("detection", ["figure", "of", "found", "from", "to"], rows)
    return found, played.events / played.took_s


def _check(played: Played, what: str, installation: Installation) -> None:
    """Raise if an event or an answer is not what it should be, before any figure is told."""
    wrong = played.wrong()
    if wrong:
        raise RuntimeError(f"{what}: {'; '.join(wrong)}; figures would be wrong")
    step = max(1, len(played.answered) // _CHECKED)
    check_on_record([one.answer for one in played.answered[::step]], installation)


def _tell_verdicts(report: Report, played: Played) -> None:
    """Tell what gates were told where a subject leaves."""
    rows: list[list[Any]] = []
    for stage in _SETTLED:
        settled = [one for one in played.answered if one.item.event.gate_event.stage == stage]
        counts: dict[tuple[str, str], int] = {}
        for one in settled:
            key = Verdict(one.answer.verdict).name, CodeClass(one.answer.code_class).name
            counts[key] = counts.get(key, 0) + 1
        for (verdict, why), count in sorted(counts.items(), key=lambda pair: -pair[1]):
            rows.append([stage.name, verdict, why, count, round(count / len(settled), 5)])
    report.table("answers", ["stage", "verdict", "reason", "questions", "share"], rows)


def _tell_stretches(report: Report, stretches: list[Stretched], sample: Sample) -> None:
    rows: list[list[Any]] = []
    for one in stretches:
        paced = one.paced
        rows.append(
            [f"{paced.speed:g}x", round(paced.events / paced.seconds, 1),
             round(len(paced.late_us) / paced.seconds, 1), *lateness(paced.late_us),
             len(paced.late_us), paced.provisional, round(percentile(paced.lag_us, 99)),
             one.run_up.events]
        )  # fmt: skip
        report.keep(f"{paced.speed:g}x answers", paced.late_us, "us")
        report.keep(f"{paced.speed:g}x acknowledgements", one.played.acknowledged_us, "us")
    report.table(
        "stretches",
        ["speed", "events_per_s", "questions_per_s", *LATE_HEADS, "questions", "provisional",
         "lag_p99_us", "events_before"],
        rows,
    )  # fmt: skip
    report.note("an open loop: from when a question was due to the core's answer; lag: how late")
    report.note("the generator was, which is in it")
    _tell_mix(report, stretches)
    _tell_stopped(report, stretches, sample)


def _tell_mix(report: Report, stretches: list[Stretched]) -> None:
    whole = sum((one.played.kinds for one in stretches), Counter[str]())
    rows: list[list[Any]] = [
        [kind, count, round(count / whole.total(), 4)] for kind, count in whole.most_common()
    ]
    report.table("mix", ["kind", "events", "share"], rows)


def _tell_stopped(report: Report, stretches: list[Stretched], sample: Sample) -> None:
    """Tell who was stopped where a subject leaves, in the stretches themselves."""
    rows: list[list[Any]] = []
    for one in stretches:
        settled = [told for told in one.played.answered if _settles(told)]
        stopped = [told for told in settled if told.answer.verdict != Verdict.RELEASE]
        guilty = [sum(sample.truth[told.item.subject].guilty for told in some)
                  for some in (settled, stopped)]  # fmt: skip
        rows.append([f"{one.paced.speed:g}x", len(settled), len(stopped), *guilty])
    report.table(
        "stopped", ["speed", "settled", "not released", "guilty", "guilty not released"], rows
    )
    report.note("too few for a rate of detection: that is the scaled day's")


def _settles(told: Answered) -> bool:
    return told.item.event.gate_event.stage in _SETTLED
