"""What gates notice of what ports have to live with, in an open loop, each beside a steady load.

burst     ten times the rate for a third of the time, as on Singles' Day
hot       a few subjects are asked about most of the time: Zipf, exponent 0.99, as in YCSB
disorder  facts of a day that is over come beside, each twice
learning  outcomes of inspections come beside, and the models learn from each
analyst   somebody asks the store for far too much, again and again
cold      the engine has only just started

Engine, shipper and store run, each a process of its own; gates ask by single calls. Each scenario
follows a steady load of the same rate and length, and its p99 is told beside that one's.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks import beside
from benchmarks import under_load as loaded
from benchmarks.arrivals import burst, schedule
from benchmarks.popularity import zipf
from benchmarks.processes import Child
from benchmarks.quantiles import percentile
from benchmarks.report import Progress, Report
from benchmarks.under_load import HEADS, Asked, UnderLoad, under_load
from haechi.rpc.roles import Role

_WAY: Final = "unary"
_TIMES: Final = 10.0
_MORE: Final = 1000
"""Facts beyond those of the run, for those that are handed in while it begins."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a scenario has.

    Parameters
    ----------
    under
        Whom it asks.
    given
        The options.
    seed
        Seed of its input.
    """

    under: UnderLoad
    given: argparse.Namespace
    seed: int

    def steady(self) -> Asked:
        """Ask at the steady rate."""
        return self.under.steady(_WAY, self.given.rate, self.given.seconds)


Findings = tuple[Asked, str]
"""What became of the gates' questions, and what else there was."""


def _burst(scene: Scene) -> Findings:
    third_s = scene.given.seconds / 3
    due_ns = burst(scene.given.arrivals, scene.given.rate, _TIMES, (third_s,) * 3, scene.seed)
    return scene.under.ask(_WAY, due_ns), f"{_TIMES:g} times for {third_s:.1f} s"


def _hot(scene: Scene) -> Findings:
    due_ns = scene.under.schedule(_WAY, scene.given.rate, scene.given.seconds)
    draws = np.random.default_rng(scene.seed)
    about = zipf(draws, len(scene.under.questions), len(due_ns)).tolist()
    hottest = max(about.count(subject) for subject in set(about))
    return scene.under.ask(_WAY, due_ns, about=about), f"{hottest / len(about):.0%} about one"


def _disorder(scene: Scene) -> Findings:
    under = scene.under
    count = round(scene.given.rate * scene.given.seconds)
    late = beside.disorderly(scene.seed + 1, count + _MORE)
    with beside.handing_in(
        under.installation, under.port, Role.FEEDER, late, scene.given.rate
    ) as became:
        asked = scene.steady()
    return asked, _counted(became)


def _learning(scene: Scene) -> Findings:
    under = scene.under
    # Everybody is asked about once, from the first on, and then inspected.
    everybody = range(len(under.questions))
    due_ns = schedule("fixed", scene.given.rate, len(everybody) / scene.given.rate, 0)
    answers = [raw for raw in under.ask(_WAY, due_ns, about=everybody).run.answers if raw]
    found = beside.outcomes(under.questions, answers)
    with beside.handing_in(
        under.installation, under.port, Role.OFFICER, found, scene.given.rate
    ) as became:
        asked = scene.steady()
    return asked, _counted(became)


def _analyst(scene: Scene) -> Findings:
    running = scene.under.running
    assert running is not None
    with beside.analyst(running) as took_s:
        asked = scene.steady()
    return asked, f"{len(took_s)} questions of {max(took_s, default=0.0):.1f} s at most"


def _cold(scene: Scene) -> Findings:
    under = scene.under
    due_ns = under.schedule(_WAY, scene.given.rate, scene.given.seconds)
    with tempfile.TemporaryDirectory(dir=scene.given.folder) as name:
        fresh = under.copied(Path(name) / "cold")
        with Child.engine(fresh.data) as engine:
            port = int(engine.ready()["port"])
            return under.ask(_WAY, due_ns, port=port), "from when it says that it serves"


SCENARIOS: Final[dict[str, Callable[[Scene], Findings]]] = {
    "burst": _burst,
    "hot": _hot,
    "disorder": _disorder,
    "learning": _learning,
    "analyst": _analyst,
    "cold": _cold,
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--only", nargs="+", choices=SCENARIOS, default=list(SCENARIOS), metavar="SCENARIO",
        help=f"of {', '.join(SCENARIOS)} (default all)",
    )  # fmt: skip
    loaded.add_options(parser)
    parser.set_defaults(seconds=6.0)
    parser.add_argument(
        "--rate", type=float, default=300.0, help="questions a second (default %(default)s)"
    )


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    rows: list[list[Any]] = []
    with (
        tempfile.TemporaryDirectory(dir=given.folder) as name,
        under_load(given, report, Path(name), store=True) as under,
        Progress("scenarios", len(given.only)) as progress,
    ):
        scene = Scene(under, given, report.seed)
        for number, scenario in enumerate(given.only):
            steady = scene.steady()
            asked, what = SCENARIOS[scenario](scene)
            beside_us, alone_us = (percentile(one.late_us, 99) for one in (asked, steady))
            report.keep(scenario, asked.late_us, "us")
            report.keep(f"steady before {scenario}", steady.late_us, "us")
            rows.append(
                [scenario, *asked.row(), round(alone_us), round(beside_us / alone_us, 2), what]
            )
            progress.at(number + 1)
    report.table("scenarios", ["scenario", *HEADS, "steady_p99_us", "p99_times", "beside"], rows)


def _counted(became: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {what.lower()}" for what, count in sorted(became.items()))
