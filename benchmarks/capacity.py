"""Twice the parcels that officers can inspect: what fixed thresholds catch, and what a queue does.

Days of the simulated port's parcels, one in a hundred guilty. Until noon officers are plenty, a
promised share is inspected and learned. Then two officers are left, each parcel waits a quarter of
an hour and leaves, and the threshold is such that twice as many ask for an inspection as these can
do. The afternoon is played again for each policy, with the same parcels, scores and chances:
thresholds that stay, and the queue's bar; officers who take the first and who take the riskiest;
officers who are slower than they were said to be; and a lane that keeps every parcel with an alarm
or a tip, whatever its risk. What the afternoon finds is learned the day after.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pipe, get_context
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.belt import Hall, Staff
from benchmarks.packaged import packaged_settings
from benchmarks.port_run import PortRun
from benchmarks.recovery import mean_interval
from benchmarks.report import Progress, Report
from haechi.configs.policy import log_odds
from haechi.engine.codes import Directive, EventKind, Overflow, Stage, Stream
from haechi.streams.simulator import Port, Size
from haechi.streams.simulator.truth import Prevalence

FIRST_SEED: Final = 9301
"""Seeds of development are below."""

START_US: Final = 1_760_000_000_000_000
_HOUR_US: Final = 3_600_000_000
_HOURS: Final = 24.0
_NOON_US: Final = START_US + 12 * _HOUR_US
_LANES: Final = (5, 6)
"""Express and general: the same officers serve both."""

_STAGE: Final = int(Stage.SORTER)
_OVERSAMPLING: Final = 3.0
_PAST: Final = 4000
_MORNING_RATE: Final = 0.05
_MORNING_EXPLORE: Final = 0.03
_EXPLORE: Final = 0.002
_HOLD_AT: Final = 0.5
WINDOW_US: Final = 900_000_000
OFFICERS: Final = 2
PER_HOUR: Final = 30.0
LOAD: Final = 2.0
_LASTS_US: Final = OFFICERS * _HOUR_US / PER_HOUR
_GOAL_WITHIN: Final = 0.95
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Arm:
    """One policy for the afternoon.

    Parameters
    ----------
    follows
        Whether what is under the queue's bar falls out.
    by_risk
        Whether officers take the riskiest first.
    lasts
        How much longer an inspection lasts than was stated.
    keeps
        Whether alarms and intelligence never fall out.
    """

    follows: bool
    by_risk: bool = False
    lasts: float = 1.0
    keeps: bool = False


FIXED: Final = "fixed"
QUEUE: Final = "queue"
ARMS: Final = {
    FIXED: Arm(follows=False),
    "fixed, riskiest first": Arm(follows=False, by_risk=True),
    QUEUE: Arm(follows=True),
    "queue, slower officers": Arm(follows=True, lasts=1.5),
    "queue, keeps alarms, tips": Arm(follows=True, keeps=True),
}


@dataclass(frozen=True, slots=True)
class Played:
    """What came of one afternoon."""

    load: float
    stopped: int
    within: float
    wait_min_p95: float
    fell_out: float
    caught: float
    missed: float
    waited: list[tuple[int, int]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.set_defaults(seed=FIRST_SEED)
    parser.add_argument("--seeds", type=int, default=5, help="days (default %(default)s)")
    parser.add_argument("--parcels", type=int, default=24_000, help="a day (default %(default)s)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw queues and catches, a PNG")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    played: dict[str, list[Played]] = {name: [] for name in ARMS}
    with Progress("afternoons", given.seeds * len(ARMS)) as progress:
        for number in range(given.seeds):
            size = Size(flights=1, seats=2, parcels=given.parcels, past_parcels=_PAST)
            rare = Prevalence(oversampling=_OVERSAMPLING)
            port = Port(report.seed + number, START_US, _HOURS, size, rare)
            hall = _morning(port)
            refer_at = _forked(partial(_threshold, hall))
            for place, (name, arm) in enumerate(ARMS.items()):
                played[name].append(_forked(partial(_afternoon, hall, arm, refer_at)))
                progress.at(number * len(ARMS) + place + 1)
    _tell(report, played)
    if given.plot is not None:
        _draw(given.plot, played, report)


def _forked(play: Callable[[], _T]) -> _T:
    """Play in a copy of this process: each policy's afternoon begins at the same noon."""
    receiver, sender = Pipe(duplex=False)
    child = get_context("fork").Process(target=lambda: sender.send(play()))
    child.start()
    sender.close()
    found: _T = receiver.recv()
    child.join()
    return found


def _morning(port: Port) -> Hall:
    settings = packaged_settings(port.seed)
    rules = settings.policy[list(_LANES), _STAGE]
    rules["hold_rate"], rules["explore"] = _MORNING_RATE, _MORNING_EXPLORE
    # A parcel without a reading is read again, which takes no officer.
    rules["check"][:, Stream.PARCEL_XRAY] = Directive.XRAY_AGAIN
    settings.policy[list(_LANES), _STAGE] = rules
    settings.policy["queue"][_LANES[1]] = _LANES[0]
    played = PortRun(port, settings)
    hall = Hall(played, Staff(1 << 20, _LASTS_US, WINDOW_US))
    hall.play(_NOON_US)
    return hall


def _threshold(hall: Hall) -> float:
    """The log-odds from which twice as many ask in the afternoon as officers can look at."""
    _at_noon(hall, ARMS[FIXED], np.inf)
    hall.play()
    share = LOAD * PER_HOUR * (_HOURS * 0.92 - 12.0) / len(hall.asked)
    return float(np.quantile(list(hall.asked.values()), 1.0 - share))


def _afternoon(hall: Hall, arm: Arm, refer_at: float) -> Played:
    _at_noon(hall, arm, refer_at)
    hall.staff = Staff(OFFICERS, _LASTS_US * arm.lasts, WINDOW_US, arm.by_risk, tell=False)
    hall.play()
    return _account(hall, hall.run.port)


def _at_noon(hall: Hall, arm: Arm, refer_at: float) -> None:
    """Set the thresholds, and say how few officers are left."""
    shard = hall.run.shard
    rules = shard.state.policy[list(_LANES), _STAGE]
    rules["hold_rate"], rules["explore"] = 0.0, _EXPLORE
    rules["refer_at"], rules["hold_at"] = refer_at, max(refer_at, log_odds(_HOLD_AT))
    # Officers tell when they have looked: the wait and the inspection.
    rules["window_us"] = WINDOW_US + int(_LASTS_US)
    if not arm.keeps:
        rules["keep"] = 0
    rules["overflow"] = Overflow.RELEASE if arm.follows else Overflow.NONE
    shard.state.policy[list(_LANES), _STAGE] = rules
    hall.run.apply(kind=EventKind.CAPACITY, lane=_LANES[0], value=PER_HOUR)
    for kept in (hall.asked, hall.stopped, hall.fell_out, hall.waited):
        kept.clear()


def _account(hall: Hall, port: Port) -> Played:
    stopped = hall.stopped
    guilty = {subject for subject in hall.asked if port.truth[subject].guilty}
    waits_us = [one.begun_us - one.at_us if one.was_seen else WINDOW_US for one in stopped]
    asking = len(stopped) + len(hall.fell_out)
    begun_us, ended_us = min(one.at_us for one in stopped), max(one.at_us for one in stopped)
    return Played(
        load=asking / (PER_HOUR * (ended_us - begun_us) / _HOUR_US),
        stopped=len(stopped),
        within=float(np.mean([one.was_seen for one in stopped])),
        wait_min_p95=float(np.quantile(waits_us, 0.95)) / 60e6,
        fell_out=len(hall.fell_out) / asking,
        caught=sum(one.found for one in stopped) / len(guilty),
        missed=len(guilty.intersection(hall.fell_out)) / len(guilty),
        waited=hall.waited,
    )


def _tell(report: Report, played: dict[str, list[Played]]) -> None:
    def mean(of: str, name: str) -> float:
        return float(np.mean([getattr(one, name) for one in played[of]]))

    def told(of: str, name: str) -> str:
        return _told(mean_interval([getattr(one, name) for one in played[of]], report.seed))

    rows: list[list[Any]] = [
        [of, round(mean(of, "load"), 2), round(mean(of, "stopped")), told(of, "fell_out"),
         told(of, "within"), round(mean(of, "wait_min_p95"), 1), told(of, "caught"),
         told(of, "missed")]
        for of in played
    ]  # fmt: skip
    heads = ["policy", "load", "stopped", "fell_out", "within_window", "wait_min_p95", "caught",
             "guilty_fell_out"]  # fmt: skip
    report.table("policies", heads, rows)
    report.note("means over days, 95% intervals; load: parcels that asked for an inspection, over")
    report.note("what was said that officers can do; fell_out: share of those that asked;")
    report.note("within_window: share of the stopped to which an officer came in time; caught:")
    report.note("seizures over all guilty at the sorter; guilty_fell_out: likewise")
    more = [a.caught - b.caught for a, b in zip(played[QUEUE], played[FIXED], strict=True)]
    found, low, high = mean_interval(more, report.seed)
    report.values["caught_more"] = {"found": found, "low": low, "high": high}
    report.note(f"caught more than with fixed thresholds: {_told((found, low, high))}")
    report.goal(
        "share of guilty caught beyond fixed, lower end",
        round(low, 3),
        0.0,
        least=True,
        kind="count",
    )
    report.goal(
        "share seen within the window",
        round(mean(QUEUE, "within"), 3),
        _GOAL_WITHIN,
        least=True,
        kind="count",
    )
    report.goal("wait, p95, min", round(mean(QUEUE, "wait_min_p95"), 1), WINDOW_US / 60e6,
                kind="count")  # fmt: skip


def _told(interval: tuple[float, float, float]) -> str:
    found, low, high = interval
    return f"{found:.3f} [{low:.3f}, {high:.3f}]"


def _draw(path: Path, played: dict[str, list[Played]], report: Report) -> None:
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        report.note("no plot: matplotlib is missing; install it with `make extra-bench`")
        return
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), dpi=150, width_ratios=(3, 2))
    for name in (FIXED, QUEUE):
        waited: NDArray[np.float64] = np.array(played[name][0].waited, float)
        left.step((waited[:, 0] - _NOON_US) / _HOUR_US, waited[:, 1], where="post", label=name,
                  linewidth=1.0)  # fmt: skip
    left.axhline(PER_HOUR * WINDOW_US / _HOUR_US, color="black", linewidth=0.8, linestyle=":")
    left.set_xlabel("hours since noon; dotted: as many as officers can see within the window")
    left.set_ylabel("parcels that wait or are looked at")
    left.legend(frameon=False, loc="upper right", ncols=2, fontsize=9)
    names = list(played)[::-1]
    told = [mean_interval([one.caught for one in played[name]], report.seed) for name in names]
    found, low, high = np.array(told).T
    right.barh(names, found, xerr=(found - low, high - found), height=0.6, color="tab:gray")
    right.set_xlabel(f"share of guilty caught, {len(played[FIXED])} days, 95% interval")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8)
    figure.tight_layout()
    figure.savefig(path)
    plt.close(figure)
    report.note(f"drawn: {path}")
