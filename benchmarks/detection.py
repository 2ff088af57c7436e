"""What the engine's selection finds at a port with realistic prevalence, against random checks.

Simulated ports whose seeds were never used in development, three in a thousand guilty, run through
decoder and core in this process; officers inspect what the engine holds, refers for risk or picks
at random, and what they find is learned, after the minutes that an inspection takes. Each lane
promises a hold rate at the stage that settles a case; what it held stands beside it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any, Final

import numpy as np

from benchmarks.packaged import packaged_settings
from benchmarks.port_run import Inspection, PortRun
from benchmarks.report import Progress, Report
from benchmarks.selection import COLUMNS, figures, tally
from haechi.engine.codes import NodeKind, SelectedBy, Stage
from haechi.streams.simulator import Port, Size, Truth

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
    counts: dict[str, list[Any]] = {"traveler": [], "parcel": []}
    patterns: dict[str, Counter[str]] = {}
    selections: Counter[tuple[str, str]] = Counter()
    lanes = []
    with Progress("ports", given.seeds) as progress:
        for number in range(given.seeds):
            played = _play(given, report.seed + number)
            for of, truths in _by_kind(played).items():
                counts[of].append(tally(truths, played.groups, played.inspections))
            _count_patterns(played, patterns)
            for one in played.inspections:
                selections[_reason(one), "inspections"] += 1
                selections[_reason(one), "found"] += one.found
            lanes.append([_lane(played, *LANES[name]) for name in LANES])
            progress.at(number + 1)
    _tell_figures(report, {of: np.concatenate(one) for of, one in counts.items()})
    _tell_patterns(report, patterns)
    _tell_selections(report, selections)
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


def _by_kind(played: PortRun) -> dict[str, list[Truth]]:
    """Truths of those whom a gate asked about."""
    asked = [played.port.truth[subject] for subject in played.groups]
    parcels = [one for one in asked if one.subject.startswith("PX-")]
    return {
        "traveler": [one for one in asked if not one.subject.startswith("PX-")],
        "parcel": parcels,
    }


def _count_patterns(played: PortRun, patterns: dict[str, Counter[str]]) -> None:
    for truths in _by_kind(played).values():
        for truth in truths:
            if truth.guilty:
                patterns.setdefault(truth.pattern, Counter())["guilty"] += 1
    for one in played.inspections:
        truth = played.port.truth[one.subject]
        if truth.guilty:
            chosen = "selected" if one.selected_by == SelectedBy.MODEL else "otherwise"
            patterns[truth.pattern][f"{chosen} inspections"] += 1
            patterns[truth.pattern][f"{chosen} found"] += one.found


def _reason(one: Inspection) -> str:
    return f"{NodeKind(one.node).name.lower()} {SelectedBy(one.selected_by).name.lower()}"


def _lane(played: PortRun, lane: int, of: str) -> tuple[float, float, float]:
    row = played.shard.state.lanes[lane, SETTLED[of]]
    return float(row["seen"]), float(row["held"]), float(row["promised"])


def _tell_figures(report: Report, counts: dict[str, Any]) -> None:
    counts = {"all": np.concatenate(list(counts.values())), **counts}
    rows = []
    lifts = {}
    for of, one in counts.items():
        found = figures(one, report.seed)
        total = dict(zip(COLUMNS, one.sum(axis=0), strict=True))
        lifts[of] = found["sure_lift"]
        rows.append(
            [
                of,
                *(round(total[name]) for name in ("subjects", "guilty", "inspections", "found")),
                *(
                    found[name].told(digits)
                    for name, digits in (
                        ("per_100", 2),
                        ("random_per_100", 3),
                        ("guilty_per_100", 3),
                        ("lift", 1),
                        ("sure_lift", 1),
                        ("recall", 3),
                    )
                ),
            ]
        )
    report.table(
        "selected",
        ["of", "subjects", "guilty", "inspections", "found", "found/100", "random/100",
         "guilty/100", "lift", "lift_sure", "recall"],
        rows,
    )  # fmt: skip
    report.note(
        "inspections that the engine selected for risk; 95% intervals over those who travel"
    )
    report.note("together, drawn again; random/100: expected of random checks with the officers'")
    report.note("sensitivity; lift_sure: against random checks that miss nothing (guilty/100)")
    report.goal(
        "seizures over random checks",
        round(lifts["all"].found, 2),
        _GOAL_LIFT,
        least=True,
        kind="count",
    )


def _tell_patterns(report: Report, patterns: dict[str, Counter[str]]) -> None:
    heads = ["guilty", "selected inspections", "selected found", "otherwise inspections",
             "otherwise found"]  # fmt: skip
    ordered = sorted(patterns, key=lambda name: -patterns[name]["guilty"])
    rows: list[list[Any]] = [
        [str(name), *(patterns[name][head] for head in heads)] for name in ordered
    ]
    report.table("patterns", ["pattern", *heads], rows)


def _tell_selections(report: Report, selections: Counter[tuple[str, str]]) -> None:
    rows: list[list[Any]] = [
        [reason, selections[reason, "inspections"], selections[reason, "found"]]
        for reason in sorted({reason for reason, _ in selections})
    ]
    report.table("selected_by", ["kind and reason", "inspections", "found"], rows)
    report.note("rule: REFER for want of evidence that led to a search, or intelligence")


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
