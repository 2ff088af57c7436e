"""The core on the Fraud Detection Handbook's transactions, against XGBoost on the same windows.

The core learns online, each label a week late, and every vector is kept as it was scored. XGBoost
is trained on each window's seven days, once with the handbook's fifteen features and once with
ours, in the settings at the corners of the handbook's grid. All rank the same test transactions.
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.packaged import packaged_settings, without_prior
from benchmarks.report import Progress, Report
from benchmarks.rivals_fdh import SETTINGS, boosted, handbook_features
from benchmarks.rivals_linear import MORE
from benchmarks.vectors import present
from haechi.configs.port import Port
from haechi.engine.codes import SelectedBy
from haechi.engine.features import FEATURES
from haechi.streams.adapters.fdh import Manifests
from haechi.streams.evaluation.fdh import (
    LABEL_DELAY_DAYS,
    TEST_FROM,
    TEST_UNTIL,
    TRAIN_DAYS,
    card_precision,
    counted,
    read_files,
    windows_of,
)
from haechi.streams.evaluation.metrics import area_under_curve, average_precision
from haechi.streams.evaluation.prequential import DAY_US, Prequential, by_day, most_waiting
from haechi.streams.tokens import KEY_BYTES, Tokens

_ALONE: Final = [i for i, feature in enumerate(FEATURES) if feature.learn == "alone"]
_BASE: Final = -4.0
"""Log-odds where learning begins: about two in a hundred, as one might guess of card fraud."""

_GOALS: Final = (("AUC", 0.892), ("AP", 0.77), ("CP@100", 0.28))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", nargs="*", type=Path, help="Parquet files, in order of time")
    parser.add_argument(
        "--windows", type=int, nargs="*", default=[], metavar="DAY", help="first days (94 101)"
    )


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    if not given.file:
        report.note("name the handbook's transactions: python -m benchmarks fdh FILE")
        return
    rows = read_files(given.file)
    windows = windows_of(rows["day"], given.windows)
    scores, x, kept = _score(rows, windows, report.seed)
    fraud = rows["fraud"] == 1
    ours = _flat([_week(rows, start, scores) for start in windows])
    table: list[list[Any]] = [["ours, online", *ours]]
    if importlib.util.find_spec("xgboost") is None:
        report.note(f"XGBoost is missing; {MORE}")
    else:
        at = np.full(len(rows), -1)
        at[kept] = np.arange(len(kept))
        inputs = {"handbook's 15": (handbook_features(rows), np.arange(len(rows)))}
        inputs[f"our {x.shape[1]}"] = (x, at)
        with Progress("XGBoost", len(SETTINGS) * len(inputs)) as progress:
            for name, (features, place) in inputs.items():
                for setting in SETTINGS:
                    weeks = []
                    for start in windows:
                        said = np.zeros(len(rows))
                        train, test = _training(rows, start), counted(rows, start)
                        said[test] = boosted(
                            features[place[train]], fraud[train], features[place[test]], setting
                        )
                        weeks.append(_week(rows, start, said))
                    told = f"XGBoost, {name}, {setting[0]} x {setting[1]:g} x depth {setting[2]}"
                    table.append([told, *_flat(weeks)])
                    progress.at(len(table) - 1)
    shown = [*map(str, windows), "mean"]
    heads = ["model", *(f"{figure} {which}" for which in shown for figure, _ in _GOALS)]
    report.table("windows", heads, table)
    report.note("labels a week late; XGBoost: trees x learning rate x depth, exact, base score 0.5")
    for (figure, goal), found in zip(_GOALS, table[0][-3:], strict=True):
        report.goal(f"{figure}, mean over windows", found, goal, least=True, kind="count")
    rivals = [row for row in table[1:] if "handbook" in row[0]]
    if rivals:
        best = max(row[-2] for row in rivals)
        gain = round(table[0][-2] - best, 4)
        report.goal(
            "AP above XGBoost's best with the handbook's features",
            gain,
            0.0,
            least=True,
            kind="count",
        )


def _score(
    rows: NDArray[Any], windows: Sequence[int], seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Score every transaction; its log-odds, and vectors of the days that windows train and test.

    Returns
    -------
    Log-odds, shape (n,); vectors, shape (m, features), without those that never say anything; and
    the rows that these are of, shape (m,).
    """
    days = rows["day"].astype(np.int64)
    wanted = np.zeros(int(days[-1]) + 1, bool)
    for start in windows:
        wanted[start : start + TRAIN_DAYS] = True
        wanted[start + TEST_FROM : start + TEST_UNTIL + 1] = True
    manifests = Manifests(rows, Tokens(bytes(KEY_BYTES)), Port.load())
    settings = without_prior(packaged_settings(seed), _BASE)
    shard = Prequential(settings, most_waiting(days, LABEL_DELAY_DAYS))
    log_odds = np.zeros(len(rows))
    vectors: list[NDArray[np.float64]] = []
    with Progress("transactions", len(rows)) as progress:
        for part in by_day(days):
            events = manifests.of(part)
            made = shard.score(events)
            log_odds[part] = made["log_odds"]
            if wanted[days[part[0]]]:
                vectors.append(made["x"][:, _ALONE])
            shard.expect(
                part, events["event_us"] + LABEL_DELAY_DAYS * DAY_US, rows["fraud"][part] == 1,
                np.ones(len(part)), SelectedBy.RANDOM,
            )  # fmt: skip
            progress.at(int(part[-1]))
    x = np.concatenate(vectors)
    whole = np.full((1, len(FEATURES)), np.nan)
    whole[0, _ALONE] = np.where(np.isnan(x).all(axis=0), np.nan, 0.0)
    said = [_ALONE.index(place) for place in present(whole, ())]
    return log_odds, np.ascontiguousarray(x[:, said]), np.flatnonzero(wanted[days])


def _training(rows: NDArray[Any], start: int) -> NDArray[np.int64]:
    """Rows of a window's days of training."""
    return np.flatnonzero((rows["day"] >= start) & (rows["day"] < start + TRAIN_DAYS))


def _week(rows: NDArray[Any], start: int, scores: NDArray[np.float64]) -> tuple[float, ...]:
    """AUC, average precision and card precision of one window."""
    places = counted(rows, start)
    fraud, said = rows["fraud"][places] == 1, scores[places]
    return (
        area_under_curve(fraud, said),
        average_precision(fraud, said),
        card_precision(rows["day"][places], rows["customer"][places], fraud, said),
    )


def _flat(weeks: Sequence[Sequence[float]]) -> list[float]:
    """Figures window by window, then their means."""
    means = np.mean(np.array(weeks), axis=0).tolist()
    return [round(value, 4) for week in [*weeks, means] for value in week]
