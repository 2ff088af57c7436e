"""Publish results: into docs/benchmark-results.json, and from there into README's table.

A benchmark's newer result takes the place of the older one, others stay. Without files README's
table is made again from what is there. Rivals of the same run stand beside each figure, and
whoever wins is in bold. What a busy machine found is refused, for it would be quoted.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.machine import ROOT
from benchmarks.report import text
from benchmarks.results.result import Figure, Result, UnreadableError, read_all
from benchmarks.results.show import BUSY, MISSED, found_text, goal_text, options_text

PUBLISHED: Final = ROOT / "docs" / "benchmark-results.json"
README: Final = ROOT / "README.md"
BEGIN: Final = "<!-- made by `python -m benchmarks publish`: do not edit -->"
END: Final = "<!-- end of what is made -->"
SHORT: Final = "‡"
"""Beside a figure of a run that was asked for something else than the default."""
_MANY: Final = 8
"""Rows of one benchmark beyond which the table tells only what matters."""
_KEPT: Final = ("benchmark", "options", "changed", "manifest", "quiet", "goals")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="or a folder")
    parser.add_argument(
        "--busy", action="store_true", help="take absolute figures of a busy machine, marked"
    )


def run(given: argparse.Namespace) -> int:
    """Publish."""
    try:
        given_now = read_all(given.files)
        before = read_published(PUBLISHED) if PUBLISHED.exists() else []
    except UnreadableError as error:
        print(error, file=sys.stderr)
        return 2
    busy = [one for one in given_now if any(fig.publishable is False for fig in one.goals())]
    for one in busy:
        print(f"{one.label}: NOT PUBLISHABLE: {'; '.join(one.quiet['why'])}", file=sys.stderr)
    if busy and not given.busy:
        print("measure again on a quiet machine, or give --busy to mark them", file=sys.stderr)
        return 2
    for one in given_now:
        if str(one.manifest["commit"]).endswith("+changes"):
            print(f"{one.label}: measured with changes that no commit has", file=sys.stderr)
    results = merged(before, given_now)
    try:
        readme = replaced(README.read_text("utf-8"), table(results))
    except UnreadableError as error:
        print(error, file=sys.stderr)
        return 2
    kept = [{name: one.said[name] for name in _KEPT if name in one.said} for one in results]
    PUBLISHED.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    README.write_text(readme, "utf-8")
    print(f"{len(given_now)} taken, {len(results)} in {PUBLISHED.name} and README's table")
    return 0


def read_published(path: Path) -> list[Result]:
    """Read what was published before."""
    said: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return [Result(str(one["benchmark"]), one) for one in said]


def merged(before: Iterable[Result], now: Iterable[Result]) -> list[Result]:
    """The last result of each benchmark, by name."""
    last = {one.benchmark: one for one in (*before, *now)}
    return [last[name] for name in sorted(last)]


def replaced(readme: str, made: str) -> str:
    """README with another table between its two marks.

    Raises
    ------
    UnreadableError
        If it has not both marks, once each, in order.
    """
    head, begin, rest = readme.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in tail:
        raise UnreadableError(f"README.md needs the lines {BEGIN!r} and {END!r}, once each")
    return f"{head}{BEGIN}\n{made}{END}{tail}"


def between_marks(readme: str) -> str:
    """README's table as it stands."""
    return readme.partition(BEGIN)[2].partition(END)[0].removeprefix("\n")


def table(results: Sequence[Result]) -> str:
    """README's table, and below it where its figures come from."""
    lines = ["| what | found | goal | beside it, in the same run |", "|---|---|---|---|"]
    for one in results:
        mark = SHORT if one.shortened else ""
        for what, figure in _worth_a_row(one.goals()):
            cells = [f"`{one.benchmark}`{mark}: {what}", _found(figure), goal_text(figure),
                     _rivals(figure)]  # fmt: skip
            lines.append(f"| {' | '.join(told.replace('|', '/') for told in cells)} |")
    return "\n".join([*lines, "", *_notes(results)]) + "\n"


def _worth_a_row(figures: Sequence[Figure]) -> list[tuple[str, Figure]]:
    """All; of many, those missed, those with rivals, and of the rest the nearest to its goal."""
    rest = [figure for figure in figures if figure.met and not figure.rivals]
    if len(figures) <= _MANY:
        return [(figure.what, figure) for figure in figures]
    told = [(figure.what, figure) for figure in figures if figure not in rest]
    if rest:
        nearest = min(rest, key=lambda figure: figure.reached)
        told.append(
            (f"{nearest.what} (of {len(rest)} more, all met, the nearest to its goal)", nearest)
        )
    return told


def _found(figure: Figure) -> str:
    told = found_text(figure)
    return told if figure.met else f"{told} **{MISSED}**"


def _rivals(figure: Figure) -> str:
    return ", ".join(
        f"**{name} {text(value)}**" if figure.wins(name) else f"{name} {text(value)}"
        for name, value in figure.rivals.items()
    )


def _notes(results: Sequence[Result]) -> list[str]:
    notes = []
    runs: dict[str, list[str]] = {}
    for one in results:
        of = one.manifest
        day = str(of.get("began", ""))[:10]
        where = f"{of['cpu']}, {of['cores']} cores, commit {of['commit']}, {day}"
        if not one.quiet["publishable"]:
            where += ", beside other work"
        runs.setdefault(where, []).append(f"`{one.benchmark}`")
    for where, names in runs.items():
        notes.append(f"{where}: {', '.join(names)}.")
    goals = [figure for one in results for figure in one.goals()]
    if any(figure.rivals for figure in goals):
        notes.append("Bold beside a figure: it is better.")
    if any(figure.publishable is False for figure in goals):
        notes.append(f"{BUSY} **NOT PUBLISHABLE**, to be measured again on a quiet machine; "
                     "ratios of calls that alternated, and counts, are exempt.")  # fmt: skip
    short = [f"`{one.benchmark} {options_text(one)}`" for one in results if one.shortened]
    if short:
        notes.append(f"{SHORT} Not the default length: {', '.join(short)}.")
    return [f"- {note}" for note in notes]
