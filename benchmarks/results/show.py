"""Show results, any number of files or folders of them: a table, a page, plots.

Results of the same benchmark stand side by side. Goals come first, then percentiles of the
values that were kept, then figures that were told with their 95% intervals.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.report import text
from benchmarks.results.result import Figure, Result, UnreadableError, by_benchmark, read_all

BUSY: Final = "†"
"""Beside a figure that may not be published."""
MISSED: Final = "missed"
LEGEND: Final = f"{BUSY} NOT PUBLISHABLE: the machine was busy. Ratios and counts are exempt."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="or a folder")
    parser.add_argument(
        "--ratios", action="store_true", help="goals and ratios only, without percentiles"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one page with all of it")
    parser.add_argument("--png", type=Path, metavar="FILE", help="draw all of it")


def run(given: argparse.Namespace) -> int:
    """Show."""
    try:
        grouped = by_benchmark(read_all(given.files))
    except UnreadableError as error:
        print(error, file=sys.stderr)
        return 2
    for name, results in grouped.items():
        tell(name, results, percentiles=not given.ratios)
    if given.html is not None:
        from benchmarks.results.page import page

        given.html.write_text(page(grouped), "utf-8")
        print(f"written: {given.html}")
    if given.png is not None:
        from benchmarks.results.plots import MISSING, drawable, save

        if not drawable():
            print(MISSING, file=sys.stderr)
            return 1
        save(grouped, given.png)
        print(f"drawn: {given.png}")
    return 0


def tell(name: str, results: Sequence[Result], *, percentiles: bool = True) -> None:
    """Print what runs of one benchmark found, a column a run.

    Parameters
    ----------
    name
        The benchmark.
    results
        Its results.
    percentiles
        Whether to tell those of the values that were kept, too.
    """
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    console.print(Text(f"\n{name}", "bold"))
    for one in results:
        console.print(Text(f"  {one.label}: {provenance(one)}"))
        if one.line:
            console.print(Text(f"  {one.line}"))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("figure", overflow="fold")
    table.add_column("goal", justify="right")
    for one in results:
        table.add_column(one.label, justify="right")
    for row in rows_of(results, percentiles=percentiles):
        first = next(one for one in row if one is not None)
        table.add_row(Text(first.what), goal_text(first), *(Text(cell(one)) for one in row))
        for rival in first.rivals:
            beside = (Text(rival_text(one, rival)) for one in row)
            table.add_row(Text(f"  beside it: {rival}", "dim"), "", *beside)
    if not table.rows:
        console.print("  nothing to compare: what it found stands in its tables")
        return
    console.print(table)
    if any(not one.quiet["publishable"] for one in results):
        console.print(Text(LEGEND, "dim"))


def rows_of(results: Sequence[Result], *, percentiles: bool = True) -> list[list[Figure | None]]:
    """Figures by name, one a result; None where one has it not."""
    told = [
        (*one.goals(), *(one.percentiles() if percentiles else ()), *one.intervals())
        for one in results
    ]
    named: list[dict[str, Figure]] = [{one.what: one for one in figures} for figures in told]
    whats = dict.fromkeys(what for figures in named for what in figures)
    return [[figures.get(what) for figures in named] for what in whats]


def provenance(result: Result) -> str:
    """Where and when a result was found, and whether its figures may be published."""
    of = result.manifest
    parts = [f"{of['cpu']}, {of['cores']} cores", f"commit {of['commit']}", f"seed {of['seed']}"]
    if "began" in of:
        parts.append(str(of["began"]))
    if result.shortened:
        parts.append(f"asked for {options_text(result)}")
    why = result.quiet["why"]
    parts.append(f"NOT PUBLISHABLE: {'; '.join(why)}" if why else "quiet")
    return ", ".join(parts)


def options_text(result: Result) -> str:
    """The options of a run that were not left as they are by default."""
    told = []
    for name, value in result.shortened.items():
        values = () if value is True else value if isinstance(value, list) else (value,)
        told.append(" ".join([f"--{name.replace('_', '-')}", *map(str, values)]))
    return " ".join(told)


def goal_text(figure: Figure) -> str:
    """A goal with its sign."""
    if figure.goal is None:
        return ""
    return f"{'≥' if figure.least else '≤'} {figure.goal:,g}"


def cell(figure: Figure | None) -> str:
    """A figure, and what is to be known of it."""
    if figure is None:
        return "-"
    told = found_text(figure)
    return told if figure.met else f"{told} {MISSED}"


def found_text(figure: Figure) -> str:
    """A figure with its interval, marked if it may not be published."""
    told = text(round(figure.found, 6))
    if figure.interval is not None:
        told += f" [{text(figure.interval[0])}, {text(figure.interval[1])}]"
    if figure.publishable is False:
        told += f" {BUSY}"
    return told


def rival_text(figure: Figure | None, rival: str) -> str:
    """A rival's figure, and whether it wins."""
    if figure is None or rival not in figure.rivals:
        return "-"
    told = text(round(float(figure.rivals[rival]), 6))
    if figure.publishable is False:
        told += f" {BUSY}"
    return f"{told} wins" if figure.wins(rival) else told
