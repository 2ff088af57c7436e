"""What `haechi evaluate --protocol fdh` found."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from haechi.app.evaluated import CALIBRATION, calibration_json, prior_text, ranking_json, shown
from haechi.app.terminal import columns, emit_json

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from haechi.streams.evaluation.fdh import WeekFigures
    from haechi.streams.evaluation.setup import Setup

_MEANING: Final = (
    "The transactions are simulated by the Fraud Detection Handbook. Cards that are known to be "
    "defrauded do not count; CP@100 is the share of defrauded among 100 cards looked at a day."
)


def tell_fdh(
    rows: NDArray[Any], weeks: Sequence[WeekFigures], setup: Setup, args: argparse.Namespace
) -> None:
    """Print figures of the card transactions."""
    header = {
        "protocol": "fdh",
        "rows": len(rows),
        "days": [int(rows["day"][0]), int(rows["day"][-1])],
        "label_delay_days": args.label_delay_days,
        "expert_prior": False,
        "base_log_odds": float(setup.base[0]),
        "without": list(args.without),
    }
    windows = [_week(week) for week in weeks]
    mean = {
        key: statistics.fmean(one[key] for one in windows)
        for key in windows[0]
        if key not in ("start", "n", "found")
    }
    if args.json:
        emit_json({**header, "windows": windows, "mean": mean, "meaning": [_MEANING]})
        return
    print(
        f"{len(rows):,} transactions of days {header['days'][0]} to {header['days'][1]}, labels "
        f"{args.label_delay_days} days late\n{prior_text(header)}\n"
    )
    titles = (("AUC", "auc"), ("AP", "ap"), ("CP@100", "card_precision_at_100"), *CALIBRATION)
    table = [("", *(f"from day {one['start']}" for one in windows), "mean")]
    table.append(("test days", *(f"{one['start'] + 14}-{one['start'] + 20}" for one in windows)
                  , ""))  # fmt: skip
    table.append(("transactions", *(f"{one['n']:,}" for one in windows), ""))
    table.append(("frauds", *(f"{one['found']:,}" for one in windows), ""))
    for title, key in titles:
        table.append((title, *(shown(one[key]) for one in (*windows, mean))))
    print(columns(table))
    print(f"\n{_MEANING}")


def _week(week: WeekFigures) -> dict[str, Any]:
    return {
        "start": week.start,
        **ranking_json(week.ranking),
        "card_precision_at_100": week.card_precision,
        **calibration_json(week.calibration),
    }
