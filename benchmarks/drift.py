"""What a change of the smugglers' goods costs, with and without exploration and a drift detector.

Parcels come a thousand a day, in eighty lines of trade (an HS heading from one country); a few
lines hide contraband, and half-way these become others. A twentieth is inspected, and an outcome
comes a day later. Four ways to select meet each stream: the promised hold rate with a tenth of the
inspections explored, by novelty or by chance, and the monitor's detectors, whose alarms reach the
core as events; exploration by novelty without detectors; and the hold rate alone.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.moving_goods import WARM_DAYS, Arm, Played, make_moving, play
from benchmarks.recovery import (
    EARLIER,
    SHARE,
    WINDOW,
    Recovery,
    curve,
    mean_interval,
    median_interval,
    recovery,
)
from benchmarks.report import Progress, Report

FIRST_SEED: Final = 9101
"""Seeds of development are below."""

ARMS: Final = {
    "novelty and detector": Arm(0.05, 0.1, detector=True),
    "chance and detector": Arm(0.05, 0.1, detector=True, by_novelty=False),
    "novelty alone": Arm(0.05, 0.1, detector=False),
    "neither": Arm(0.05, 0.0, detector=False),
}
WITHIN: Final = 4000
"""Inspections since the change after which precision is to be back."""

_STEP: Final = 100
_BEFORE_STEPS: Final = 12


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.set_defaults(seed=FIRST_SEED)
    parser.add_argument("--seeds", type=int, default=10, help="streams (default %(default)s)")
    parser.add_argument("--days", type=int, default=90, help="after the change (%(default)s)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the curves into a PNG")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    days = WARM_DAYS + 2 * given.days
    reach = range(-_BEFORE_STEPS, max(1, given.days * 50 // _STEP))
    runs: dict[str, list[Recovery]] = {name: [] for name in ARMS}
    curves: dict[str, list[NDArray[np.float64]]] = {name: [] for name in ARMS}
    alarms: list[list[Any]] = []
    costs: dict[str, list[float]] = {name: [] for name in ARMS}
    with Progress("streams", given.seeds) as progress:
        for number in range(given.seeds):
            seed = report.seed + number
            moving = make_moving(seed, days)
            for name, arm in ARMS.items():
                played = play(moving, arm, seed)
                changed_at = int(np.searchsorted(played.rows, moving.moved_at))
                runs[name].append(recovery(played.found, played.random, changed_at))
                curves[name].append(curve(played.found, played.random, changed_at, _STEP, reach))
                costs[name].append(float(played.random.mean()))
                if arm.detector:
                    alarms.append([name, *_alarms(seed, played, changed_at, moving.moved_at)])
            progress.at(number + 1)
    _tell(report, runs, costs, alarms)
    means = {name: np.nanmean(np.stack(one), axis=0) for name, one in curves.items()}
    report.values["curves"] = {
        "inspections_since_change": [at * _STEP for at in reach],
        **{name: [_or_none(value) for value in one] for name, one in means.items()},
    }
    if given.plot is not None:
        _draw(given.plot, curves, reach, report)


def _alarms(seed: int, played: Played, changed_at: int, moved_at: int) -> list[Any]:
    """Alarms before the change, and inspections until the first after it."""
    after = [row for row in played.alarms if row > moved_at]
    told = int(np.searchsorted(played.rows, after[0])) - changed_at if after else -1
    return [seed, len(played.alarms) - len(after), len(after), told]


def _tell(
    report: Report,
    runs: dict[str, list[Recovery]],
    costs: dict[str, list[float]],
    alarms: list[list[Any]],
) -> None:
    rows = []
    for name, one in runs.items():
        counts = [math.inf if run.inspections is None else run.inspections for run in one]
        recovered = sum(count <= WITHIN for count in counts)
        rows.append(
            [
                name,
                *(
                    _told(mean_interval([getattr(run, which) for run in one], report.seed), 3)
                    for which in ("before", "dropped", "end")
                ),
                f"{recovered} of {len(one)}",
                _told(median_interval(counts, report.seed), 0),
                _number(max(counts)),
                round(float(np.mean(costs[name])), 3),
            ]
        )
    heads = ["selection", "before", "after", "end", f"recovered in {WITHIN}", "inspections",
             "slowest", "random_share"]  # fmt: skip
    report.table("recovery", heads, rows)
    report.note(f"precision of selected inspections: the last {EARLIER} before the change, the")
    report.note(f"first {WINDOW} after it and the last {EARLIER}, means over streams; inspections,")
    report.note(f"random ones too, until the last {WINDOW} selected reach {SHARE:.0%} of before,")
    report.note("median over streams and slowest; inf: not within the stream. 95% intervals")
    report.table("alarms", ["selection", "seed", "before", "after", "inspections_to_first"], alarms)
    for name, one in runs.items():
        share = sum((run.inspections or math.inf) <= WITHIN for run in one) / len(one)
        goal = f"share that recovers within {WITHIN} inspections, {name}"
        if name == next(iter(ARMS)):
            report.goal(goal, share, 1.0, least=True, kind="count")
        elif ARMS[name].exploration == 0.0:
            report.goal(goal, share, 0.0, kind="count")


def _number(count: float) -> str:
    return f"{count:.0f}"


def _told(interval: tuple[float, float, float], digits: int) -> str:
    found, low, high = interval
    return f"{found:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 4)


def _draw(
    path: Path, curves: dict[str, list[NDArray[np.float64]]], reach: range, report: Report
) -> None:
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        report.note("no plot: matplotlib is missing; install it with `make extra-bench`")
        return
    figure, axes = plt.subplots(figsize=(8, 4.2), dpi=150)
    at = np.array(reach) * _STEP + _STEP / 2
    for name, one in curves.items():
        stacked = np.stack(one)
        mean = np.nanmean(stacked, axis=0)
        spread = 1.96 * np.nanstd(stacked, axis=0, ddof=1) / math.sqrt(len(stacked))
        (line,) = axes.plot(at, mean, label=name, linewidth=1.6)
        axes.fill_between(at, mean - spread, mean + spread, color=line.get_color(), alpha=0.18)
    axes.axvline(0.0, color="black", linewidth=0.8, linestyle=":")
    axes.set_xlabel("inspections since smugglers moved to other goods")
    axes.set_ylabel("precision of selected inspections")
    axes.set_ylim(0.0, 1.0)
    axes.legend(frameon=False, loc="upper right", ncols=2, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(f"mean of {len(stacked)} seeded streams, 95% band", fontsize=9)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
    report.note(f"drawn: {path}")
