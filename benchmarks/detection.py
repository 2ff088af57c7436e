"""What the engine's selection finds at a port with realistic prevalence, against random checks.

Simulated ports whose seeds were never used in development, three in a thousand guilty, run through
decoder and core in this process; officers inspect what the engine holds, refers for risk or picks
at random, and what they find is learned, after the minutes that an inspection takes. Each lane
promises a hold rate at the stage that settles a case; what it held stands beside it.
"""

from __future__ import annotations

import argparse
from typing import Final

import numpy as np

from benchmarks.packaged import packaged_settings
from benchmarks.port_run import PortRun
from benchmarks.report import Progress, Report
from benchmarks.seizures import Seizures
from haechi.engine.codes import Stage
from haechi.streams.simulator import Port, Size

FIRST_SEED: Final = 9001
"""Seeds of development are below."""

START_US: Final = 1_760_000_000_000_000
HELD: Final = {"traveler": 0.02, "parcel": 0.03}
"""Shares that lanes promise to hold, by what they are of."""

LANES: Final = {
    "walk": (1, "traveler"),
    "family": (2, "traveler"),
    "declare": (3, "traveler"),
    "screened": (4, "traveler"),
    "express": (5, "parcel"),
    "general": (6, "parcel"),
}
SETTLED: Final = {"traveler": Stage.EXIT, "parcel": Stage.SORTER}
_SEATS: Final = 200
_PAST: Final = 2000
_GOAL_LIFT: Final = 8.0
_GOAL_HELD: Final = 0.10


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.set_defaults(seed=FIRST_SEED)
    parser.add_argument("--seeds", type=int, default=3, help="ports (default %(default)s)")
    parser.add_argument("--days", type=float, default=1.0, help="of each (default %(default)s)")
    parser.add_argument(
        "--flights", type=int, default=160, help="a day, of 200 travelers (default %(default)s)"
    )
    parser.add_argument("--parcels", type=int, default=16_000, help="a day (default %(default)s)")


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    seizures = Seizures()
    lanes = []
    with Progress("ports", given.seeds) as progress:
        for number in range(given.seeds):
            played = _play(given, report.seed + number)
            seizures.add(played.port.truth, played.groups, played.inspections)
            lanes.append([_lane(played, *LANES[name]) for name in LANES])
            progress.at(number + 1)
    found = seizures.tell(report)
    report.goal(
        "seizures over random checks",
        round(found["all"]["sure_lift"].found, 2),
        _GOAL_LIFT,
        least=True,
        kind="count",
    )
    _tell_lanes(report, lanes)


def _play(given: argparse.Namespace, seed: int) -> PortRun:
    size = Size(
        flights=max(1, round(given.flights * given.days)),
        seats=_SEATS,
        parcels=max(1, round(given.parcels * given.days)),
        past_parcels=_PAST,
    )
    settings = packaged_settings(seed)
    for lane, of in LANES.values():
        settings.policy[lane, SETTLED[of]]["hold_rate"] = HELD[of]
    run = PortRun(Port(seed, START_US, hours=24.0 * given.days, size=size), settings)
    run.play()
    if run.unanswered:
        raise RuntimeError(f"{run.unanswered} gates got no answer; figures would be wrong")
    return run


def _lane(played: PortRun, lane: int, of: str) -> tuple[float, float, float]:
    row = played.shard.state.lanes[lane, SETTLED[of]]
    return float(row["seen"]), float(row["held"]), float(row["promised"])


def _tell_lanes(report: Report, lanes: list[list[tuple[float, float, float]]]) -> None:
    rows = []
    days = np.array(lanes)
    for (name, (_, of)), port in zip(LANES.items(), days.swapaxes(0, 1), strict=True):
        seen, held, promised = port.sum(axis=0).tolist()
        with np.errstate(invalid="ignore", divide="ignore"):
            off = port[:, 1] / port[:, 2] - 1.0
        worst = float(off[np.argmax(np.abs(off))])
        share = held / seen if seen else float("nan")
        rows.append(
            [name, HELD[of], round(seen), round(held), round(promised, 1), share, round(worst, 4)]
        )
    heads = ["lane", "promised_share", "cases", "held", "promised", "held_share", "worst_port"]
    report.table("lanes", heads, rows)
    report.note("worst_port: held over promised, less one, of the port that is farthest off")
    for name, *_, worst in rows:
        report.goal(
            f"{name}: hold rate off its promise", round(abs(worst), 3), _GOAL_HELD, kind="count"
        )
