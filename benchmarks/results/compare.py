"""Compare two results, OLD and NEW, of the same benchmark, options and machine.

Where many values were kept, stretches of both runs are drawn anew, so that the interval of
new / old knows how calls disturb their neighbours (bootstrap). Where a figure was told with its
95% interval, the two are put together (stored). Where there is neither, nothing is concluded.
The intervals hold for these two runs: other runs of the same code may differ by more, so
repeat both, in turns, before you believe a small difference. Of twenty figures that did not
change one is called changed by chance.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.report import text
from benchmarks.results.result import Figure, Result, UnreadableError
from benchmarks.results.show import BUSY, LEGEND, provenance
from benchmarks.samples import Samples, available

_DRAWS: Final = 2000
_STRETCHES_LEAST: Final = 5
"""Of fewer values even the least and the most enclose the median less than nine times of ten."""
_MOVED: Final = (
    "Neighbours move ratios, too, a little beyond their intervals: repeat when it is quiet."
)
_MACHINE: Final = ("cpu", "cores", "memory_gb")

By = Literal["bootstrap", "stored", "no interval"]


@dataclass(frozen=True, slots=True)
class Change:
    """How one figure changed.

    Parameters
    ----------
    what
        Which.
    old, new
        What was found.
    ratio
        New / old, if there was an old.
    interval
        The ends of its 95% interval, if there is one.
    by
        What the interval comes from.
    verdict
        What may be concluded.
    publishable
        Whether both may be published, where that is known.
    """

    what: str
    old: float
    new: float
    ratio: float | None
    interval: tuple[float, float] | None
    by: By
    verdict: str
    publishable: bool | None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("old", type=Path, metavar="OLD", help="result file")
    parser.add_argument("new", type=Path, metavar="NEW", help="result file")
    parser.add_argument("--force", action="store_true", help="compare what is not alike, too")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--seed", type=int, default=7, help="of the draws (%(default)s)")
    parser.add_argument(
        "--fail-worse", action="store_true", help="exit 1 if something is worse beyond chance"
    )


def run(given: argparse.Namespace) -> int:
    """Compare."""
    try:
        old, new = Result.read(given.old), Result.read(given.new)
    except UnreadableError as error:
        print(error, file=sys.stderr)
        return 2
    apart = differences(old, new)
    if apart and not given.force:
        print(f"not alike, so not compared: {'; '.join(apart)}", file=sys.stderr)
        print("give two results that are alike, or --force", file=sys.stderr)
        return 2
    changes = list(compare(old, new, given.seed))
    if given.json:
        print(json.dumps({"differ": apart, "changes": [asdict(one) for one in changes]}, indent=2))
    else:
        _tell(old, new, apart, changes)
    worse = any(one.verdict == "worse" for one in changes)
    return 1 if given.fail_worse and worse else 0


def differences(old: Result, new: Result) -> list[str]:
    """Why two results cannot be compared; nothing if they can."""
    pairs: list[tuple[str, Any, Any]] = [("benchmark", old.benchmark, new.benchmark)]
    pairs += [(name, old.manifest.get(name), new.manifest.get(name)) for name in _MACHINE]
    pairs.append(("seed", old.manifest["seed"], new.manifest["seed"]))
    options: list[Mapping[str, Any]] = [one.said.get("options", {}) for one in (old, new)]
    for name in sorted(set(options[0]) | set(options[1])):
        pairs.append((f"option {name}", options[0].get(name), options[1].get(name)))
    return [f"{what} {ours} and {theirs}" for what, ours, theirs in pairs if ours != theirs]


def compare(old: Result, new: Result, seed: int) -> Iterator[Change]:
    """Compare all that both have."""
    draws = np.random.default_rng(seed)
    quiet = bool(old.quiet["publishable"] and new.quiet["publishable"])
    for name, kept in old.samples.items():
        if (other := new.samples.get(name)) is not None and other.unit == kept.unit:
            yield from _drawn(name, kept, other, draws, publishable=quiet)
    for told in (Result.goals, Result.intervals):
        later = {figure.what: figure for figure in told(new)}
        for figure in told(old):
            if (same := later.get(figure.what)) is not None:
                yield _stored(figure, same)


def _drawn(
    name: str, old: Samples, new: Samples, draws: np.random.Generator, *, publishable: bool
) -> Iterator[Change]:
    times = [
        draws.multinomial(len(one.counts), np.full(len(one.counts), 1 / len(one.counts)), _DRAWS)
        for one in (old, new)
    ]
    for percent in old.shown():
        if percent not in new.shown():
            continue
        before, after = old.percentile(percent), new.percentile(percent)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = new.percentiles(percent, times[1]) / old.percentiles(percent, times[0])
        low, high = (float(one) for one in np.quantile(ratios, [0.025, 0.975]))
        enough = min(len(old.counts), len(new.counts)) >= _STRETCHES_LEAST
        ends = (low, high) if enough and math.isfinite(low) and math.isfinite(high) else None
        verdict = _verdict(ends, old.least, publishable)
        yield Change(
            f"{name}, {old.unit}, p{percent:g}", before, after, _over(after, before), ends,
            "bootstrap" if ends else "no interval", verdict, publishable,
        )  # fmt: skip


def _stored(old: Figure, new: Figure) -> Change:
    ends = _put_together(old, new)
    known = [one.publishable for one in (old, new)]
    publishable = None if None in known else all(known)
    return Change(
        old.what, old.found, new.found, _over(new.found, old.found), ends,
        "stored" if ends else "no interval", _verdict(ends, old.least, publishable), publishable,
    )  # fmt: skip


def _put_together(old: Figure, new: Figure) -> tuple[float, float] | None:
    """The interval of new / old, of which both were found with an interval of their own."""
    if old.interval is None or new.interval is None:
        return None
    if min(old.found, new.found, *old.interval, *new.interval) <= 0:
        return None
    spread = math.hypot(*(math.log(one[1] / one[0]) for one in (old.interval, new.interval)))
    middle, half = math.log(new.found / old.found), spread / 2
    return math.exp(middle - half), math.exp(middle + half)


def _over(new: float, old: float) -> float | None:
    return new / old if old else None


def _verdict(ends: tuple[float, float] | None, least: bool | None, publishable: bool | None) -> str:
    # What others took from one of the two runs is in no interval.
    if ends is None or publishable is False:
        return "cannot tell"
    if ends[0] <= 1 <= ends[1]:
        return "no difference shown"
    higher = ends[0] > 1
    if least is None:
        return "higher" if higher else "lower"
    return "better" if higher is least else "worse"


def _tell(old: Result, new: Result, apart: list[str], changes: list[Change]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    for what, one in (("old", old), ("new", new)):
        console.print(Text(f"{what} {one.label}: {provenance(one)}"))
    if apart:
        console.print(Text(f"NOT ALIKE: {'; '.join(apart)}", "bold"))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for head in ("figure", "old", "new", "new / old", "95% interval", "by", "verdict"):
        table.add_column(head, justify="left" if head in {"figure", "by", "verdict"} else "right")
    for change in changes:
        ends = "" if change.interval is None else "[{:.3f}, {:.3f}]".format(*change.interval)
        verdict = change.verdict + (f" {BUSY}" if change.publishable is False else "")
        values = [
            "" if value is None else text(round(value, 6))
            for value in (change.old, change.new, change.ratio)
        ]
        table.add_row(*map(Text, (change.what, *values, ends, change.by, verdict)))
    console.print(table)
    if not available():
        console.print("no bootstrap: hdrhistogram is missing; install it with `make extra-bench`")
    if any(change.publishable is False for change in changes):
        console.print(Text(LEGEND, "dim"))
    if not (old.quiet["publishable"] and new.quiet["publishable"]):
        console.print(Text(_MOVED, "dim"))
    counts = Counter(change.verdict for change in changes)
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    console.print(Text(f"{len(changes)} figures: {told}"))
