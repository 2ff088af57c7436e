"""Predicting and learning, per event, against online logistic regressions of other libraries.

All read the same features of the same stream and are told every label at once: the Fraud Detection
Handbook's transactions if its file is named, else seeded parcels with 30 numbers and 6 categories
whose guilt follows a logistic law. They take blocks of events in turn, in a new order each time.
Ours appears three times: its kernels on decoded feature vectors, and the whole core from a
manifest's and an outcome's records to a decision, in blocks as a replay or a busy engine has them
and with a call for each event. Before anything is timed, all three must give the same bits, and
both ways into Vowpal Wabbit the same predictions.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.alternate import Call, alternate
from benchmarks.core_stream import Core, Kernels, in_turn
from benchmarks.packaged import packaged_settings, without_prior
from benchmarks.quantiles import Times, percentile, ratio
from benchmarks.report import Report
from benchmarks.rivals_linear import MORE, RIVALS, Rows
from benchmarks.vectors import Stream, as_dicts, present, reading, seeded, transactions
from haechi.engine.records import DECISION
from haechi.operators.shard import Shard, ShardSettings
from haechi.streams.evaluation.metrics import area_under_curve

OURS: Final = "ours, kernels"
CORE: Final = "ours, core"
_CALLS: Final = "ours, core, call by call"
_IDIOMATIC: Final = "river idiomatic"
_BLOCK: Final = 1000
_KEPT_US: Final = 86_400_000_000
_ALIKE: Final = 1e-3
_GOAL_US: Final = 6.0
_GOALS: Final = ((_IDIOMATIC, 50.0), ("river tuned", 4.0), ("VW", 2.0))
_GOAL_AUC: Final = -0.01

Take = Callable[[slice], Any]
"""Takes a block of the stream and returns its scores."""


@dataclass(slots=True)
class _Input:
    """The stream as each kind of model takes it; the vectors are those that the core made."""

    stream: Stream
    settings: ShardSettings
    x: NDArray[np.float64]
    made: Any
    records: Any
    rows: Rows = field(repr=False)
    read: int


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--fdh", type=Path, metavar="FILE", help="Parquet file of transactions")
    parser.add_argument("--events", type=int, default=200_000, help="(default %(default)s)")
    parser.add_argument(
        "--slow-events",
        type=int,
        default=20_000,
        help="after which the slowest rival may go (default %(default)s)",
    )


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    blocks = max(2, given.events // _BLOCK)
    slow = min(max(2, given.slow_events // _BLOCK), blocks)
    count = blocks * _BLOCK
    stream = transactions(given.fdh, count) if given.fdh else seeded(report.seed, count)
    blocks, count = len(stream.found) // _BLOCK, len(stream.found)
    gotten = _prepare(stream, report.seed)
    share = float(stream.found.mean())
    report.note(f"{stream.name}: {count:,} events, {gotten.read} features, {share:.2%} found")
    _check(gotten, report)
    takers, gone = _takers(gotten)
    for name, why in gone.items():
        report.note(f"{name} is missing: {why}")
    scores = {name: np.zeros(count) for name in takers}
    # A block of ours is over before another process gets its turn; a block of river's is not.
    own = time.thread_time_ns
    first = alternate(_calls(takers, scores), range(slow), report.seed, "models, all", own)
    fast = {name: take for name, take in takers.items() if name != _IDIOMATIC}
    later = alternate(_calls(fast, scores), range(slow, blocks), report.seed, "models, fast", own)
    times = {name: np.concatenate([first[name], later[name]]) / _BLOCK for name in fast}
    if _IDIOMATIC in takers:
        times[_IDIOMATIC] = first[_IDIOMATIC] / _BLOCK
    _tell(report, stream, scores, times, slow)


def _prepare(stream: Stream, seed: int) -> _Input:
    settings = without_prior(packaged_settings(seed), stream.base)
    settings = replace(
        settings, model=reading(settings.model, stream.reads), retention_parcel_us=_KEPT_US
    )
    made = np.frombuffer(Core(settings).take(stream.events, stream.found), DECISION)
    x = np.ascontiguousarray(made["x"])
    places = present(x, stream.reads)
    rows = list(zip(as_dicts(x, places), stream.found.tolist(), strict=True))
    records = in_turn(stream.events, made, stream.found)
    return _Input(stream, settings, x, made, records, rows, len(places))


def _check(gotten: _Input, report: Report) -> None:
    """Hold that what will be timed is right."""
    said = Kernels(gotten.settings.model).take(gotten.x, gotten.stream.found.astype(float))
    if not np.array_equal(said, gotten.made["raw"]):
        worst = float(np.abs(said - gotten.made["raw"]).max())
        raise AssertionError(f"kernels and core differ by up to {worst:g} log-odds")
    report.note(f"checked: kernels and core give the same bits for {len(said):,} scores")
    shard = Shard()
    shard.configure(gotten.settings)
    if shard.apply(gotten.records, gotten.made) != gotten.made.tobytes():
        raise AssertionError("the core decides otherwise in one piece than call by call")
    report.note("checked: so do whole decisions, in one piece and call by call")
    if importlib.util.find_spec("vowpalwabbit"):
        some = gotten.rows[:500]
        both = [np.array(RIVALS[name][1]().take(some)) for name in ("VW text", "VW examples")]
        if np.abs(both[0] - both[1]).max() > _ALIKE:
            raise AssertionError("Vowpal Wabbit is not given the same rows both ways")
        report.note("checked: both ways into Vowpal Wabbit give the same predictions")


def _takers(gotten: _Input) -> tuple[dict[str, Take], dict[str, str]]:
    """Everyone who takes part, and why others do not."""
    stream = gotten.stream
    labels = stream.found.astype(float)
    kernels, core = Kernels(gotten.settings.model), Core(gotten.settings)
    shard = Shard()
    shard.configure(gotten.settings)

    def by_core(of: slice) -> Any:
        records = gotten.records[2 * of.start : 2 * of.stop]
        return np.frombuffer(shard.apply(records, gotten.made[of]), DECISION)["raw"]

    def by_calls(of: slice) -> Any:
        return np.frombuffer(core.take(stream.events[of], stream.found[of]), DECISION)["raw"]

    takers: dict[str, Take] = {
        OURS: lambda of: kernels.take(gotten.x[of], labels[of]),
        CORE: by_core,
        _CALLS: by_calls,
    }
    gone: dict[str, str] = {}
    for name, (library, rival) in RIVALS.items():
        if library and importlib.util.find_spec(library) is None:
            gone[name] = f"no {library}; {MORE}"
            continue
        takers[name] = functools.partial(_by_rival, rival().take, gotten.rows)
    return takers, gone


def _by_rival(take: Callable[[Rows], list[float]], rows: Rows, of: slice) -> list[float]:
    return take(rows[of])


def _calls(takers: dict[str, Take], scores: dict[str, NDArray[np.float64]]) -> dict[str, Call]:
    def call(name: str, number: int) -> None:
        of = slice(number * _BLOCK, (number + 1) * _BLOCK)
        scores[name][of] = takers[name](of)

    return {name: functools.partial(call, name) for name in takers}


def _tell(
    report: Report,
    stream: Stream,
    scores: dict[str, NDArray[np.float64]],
    times: dict[str, Times],
    slow: int,
) -> None:
    early, late = slice(0, slow * _BLOCK), slice(len(stream.found) // 2, None)
    aucs = {}
    rows: list[list[Any]] = []
    for name, spent in times.items():
        of, over = times[OURS][: len(spent)], spent
        found, low, high = ratio([over], of, 50, report.seed)
        aucs[name] = [
            area_under_curve(stream.found[part], scores[name][part])
            if len(spent) > slow or part is early
            else float("nan")
            for part in (early, late)
        ]
        report.keep(name, spent, "us/event")
        median = round(percentile(spent, 50), 2)
        rows.append(
            [name, median, found, low, high, *("-" if a != a else round(a, 4) for a in aucs[name])]
        )
    heads = ["model", "us_event", "times_ours", "from", "to", "auc_first", "auc_second_half"]
    report.table("models", heads, rows)
    report.note(f"processor time, median over blocks of {_BLOCK:,}, which all took in turn;")
    report.note("times_ours: of the kernels, with its 95% interval; auc_first: of the first")
    report.note(f"{slow * _BLOCK:,} events")
    by_name = {row[0]: row for row in rows}
    rivals = {name: row[1] for name, row in by_name.items() if name in RIVALS}
    report.goal("us/event, kernels", by_name[OURS][1], _GOAL_US, rivals=rivals)
    for rival, least in _GOALS:
        best = min(
            (row[2] for name, row in by_name.items() if name.startswith(rival)), default=None
        )
        if best is not None:
            report.goal(f"times faster than {rival}", best, least, least=True, kind="ratio")
    if "VW examples" in aucs:
        gap = aucs[OURS][1] - aucs["VW examples"][1]
        report.goal(
            "AUC above VW's, second half", round(gap, 4), _GOAL_AUC, least=True, kind="count"
        )
