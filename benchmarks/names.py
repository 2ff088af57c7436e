"""Matching of names for watchlists: recall and precision by category, and time per screening.

Labelled pairs, half of them never looked at while the matching was made: Korean people in Hangul
and in passports' spellings, people of other scripts, slips of typing, initials; against people
with similar names. Beside it stands what is usual: Jaro-Winkler at 0.95, on upper-cased names and
on names in Latin letters. Then one name is screened against many, in one thread.
"""

from __future__ import annotations

import argparse
import gc
import resource
import time
from collections.abc import Callable
from random import Random
from typing import Any, Final

import numpy as np
from rapidfuzz.distance import JaroWinkler

from benchmarks.made_names import some_name
from benchmarks.name_pairs import Pair, pairs
from benchmarks.quantiles import percentile
from benchmarks.report import Progress, Report
from haechi.streams.monitor.estimates import wilson
from haechi.streams.screening import THRESHOLD, NameIndex, similarity
from haechi.streams.screening.name import prepare

_USUAL: Final = 0.95
_SLIPS: Final = "slips of typing"
_YEARS: Final = (1940, 2010)
_GOAL_RECALL: Final = 0.95
_GOAL_PRECISION: Final = 0.95
_GOAL_USUAL: Final = 1 / 3
_GOAL_MS: Final = 1.0


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--people", type=int, default=600, help="Korean people to draw (default %(default)s)"
    )
    parser.add_argument("--names", type=int, default=100_000, help="filed (default %(default)s)")
    parser.add_argument("--screens", type=int, default=4000, help="timed (default %(default)s)")
    parser.add_argument(
        "--developed", action="store_true", help="report the half that was developed on"
    )


def run(given: argparse.Namespace, report: Report) -> None:
    """Measure."""
    kept = [one for one in pairs(report.seed, given.people) if one.held_out is not given.developed]
    _tell_pairs(report, kept)
    _tell_times(report, given)


def _latin(name: str) -> str:
    return " ".join(word.letters for word in prepare(name).words).upper()


def _filed(pair: Pair) -> bool:
    index = NameIndex()
    index.add(1, pair.one)
    return bool(index.screen(pair.other))


_METHODS: Final[dict[str, Callable[[Pair], bool]]] = {
    "ours": lambda pair: similarity(pair.one, pair.other) >= THRESHOLD,
    "filed": _filed,
    "jw": lambda pair: JaroWinkler.similarity(pair.one.upper(), pair.other.upper()) >= _USUAL,
    "jw_latin": lambda pair: JaroWinkler.similarity(_latin(pair.one), _latin(pair.other)) >= _USUAL,
}


def _tell_pairs(report: Report, kept: list[Pair]) -> None:
    counts: dict[str, dict[str, np.ndarray[Any, Any]]] = {}
    with Progress("pairs", len(kept)) as progress:
        for at, pair in enumerate(kept):
            for name, found in _METHODS.items():
                tally = np.zeros((2, 2), np.int64)
                tally[int(pair.same), int(found(pair))] = 1
                for category in _groups(pair):
                    of = counts.setdefault(category, {})
                    of[name] = of.get(name, 0) + tally
            progress.at(at)
    rows = []
    for category, of in counts.items():
        (_, wrong), (_, right) = of["ours"].tolist()
        same, others = int(of["ours"][1].sum()), int(of["ours"][0].sum())
        usual = [float(of[name][1, 1] / max(1, same)) for name in ("filed", "jw", "jw_latin")]
        precise = float(of["jw_latin"][1, 1] / max(1, of["jw_latin"][:, 1].sum()))
        rows.append(
            [category, same, others, told(right, same), told(right, right + wrong), *usual, precise]
        )
    report.table(
        "pairs",
        ["category", "same", "others", "recall", "precision", "index_recall", "jw_recall",
         "jw_latin_recall", "jw_latin_precision"],
        rows,
    )  # fmt: skip
    report.note(f"ours from {THRESHOLD} on, 95% intervals of Wilson; precision as pairs are mixed")
    report.note("index_recall: what the index finds of it, by keys; the rest compares two names")
    report.note("slips: one letter, which often makes another name that somebody else has")
    for category in ("all but slips", "all"):
        (_, wrong), (_, right) = counts[category]["ours"].tolist()
        same = int(counts[category]["ours"][1].sum())
        rivals = {
            "Jaro-Winkler": round(float(counts[category]["jw"][1, 1] / same), 4),
            "in Latin letters": round(float(counts[category]["jw_latin"][1, 1] / same), 4),
        }
        report.goal(
            f"recall, {category}", round(right / same, 4), _GOAL_RECALL, least=True, kind="count",
            rivals=rivals,
        )  # fmt: skip
        precision = round(right / max(1, right + wrong), 4)
        report.goal(f"precision, {category}", precision, _GOAL_PRECISION, least=True, kind="count")
    missed, index_found = counts["all"]["filed"][1].tolist()
    index_recall = round(index_found / (missed + index_found), 4)
    report.goal("recall of the index, all", index_recall, _GOAL_RECALL, least=True, kind="count")
    across = counts["across scripts"]["jw"]
    found = round(float(across[1, 1] / across[1].sum()), 4)
    report.goal("Jaro-Winkler's recall across scripts", found, _GOAL_USUAL, kind="count")


def _groups(pair: Pair) -> list[str]:
    groups = [pair.category, "all"]
    if pair.category != _SLIPS:
        groups.append("all but slips")
    if pair.one.isascii() != pair.other.isascii():
        groups.append("across scripts")
    return groups


def told(count: int, total: int) -> str:
    """A share with its 95% interval of Wilson, as text."""
    share = count / max(1, total)
    low, high = wilson(share, total)
    return f"{share:.3f} [{low:.3f}, {high:.3f}]"


def _tell_times(report: Report, given: argparse.Namespace) -> None:
    random = Random(report.seed)
    filed = [(some_name(random), random.randrange(*_YEARS)) for _ in range(given.names)]
    asked = [(some_name(random), random.randrange(*_YEARS)) for _ in range(given.screens)]
    index = NameIndex()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    for key, (name, year) in enumerate(filed):
        index.add(key, name, year)
    added_s = time.perf_counter() - began
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    # What is filed lives long: a collector that walks it again and again measures itself.
    gc.collect()
    gc.freeze()
    rows: list[list[Any]] = []
    unknown = [(name, None) for name, _ in asked]
    for turn, names in (("first", asked), ("second", asked), ("no birth year", unknown)):
        times, used, matches = [], [], 0
        for name, year in names:
            start, began = time.perf_counter_ns(), time.thread_time_ns()
            found = index.screen(name, year)
            used.append((time.thread_time_ns() - began) / 1e6)
            times.append((time.perf_counter_ns() - start) / 1e6)
            matches += len(found)
        report.keep(f"screening, {turn}", times, "ms")
        quantiles = [percentile(np.array(times), q) for q in (50, 90, 99, 100)]
        rows.append([turn, *quantiles, percentile(np.array(used), 99), matches / len(asked)])
    gc.unfreeze()
    report.table(
        "screening",
        ["time", "p50_ms", "p90_ms", "p99_ms", "max_ms", "p99_cpu_ms", "matches"],
        rows,
    )
    report.note("p99_cpu_ms is the thread's own time, whatever else the machine does")
    report.note(
        f"{len(asked):,} names against {len(filed):,}; the second time words are known; "
        "the last time those who are screened have no birth year"
    )
    report.table(
        "filing",
        ["names", "seconds", "us_each", "memory_kib_each"],
        [[len(filed), added_s, 1e6 * added_s / len(filed), grown_kib / len(filed)]],
    )
    report.note("memory with all that was remembered of words, by the process's peak")
    report.goal("ms per screening, median", round(max(row[1] for row in rows), 4), _GOAL_MS)
    report.goal("ms of the processor, 99th percentile", round(rows[0][5], 4), _GOAL_MS)
