"""A result file as its readers want it: figures with their goals, intervals and rivals."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

from benchmarks import samples
from benchmarks.report import RESERVED
from benchmarks.samples import Samples

_ENDS: Final = ("from", "to")
_UNKNOWN: Final = {"publishable": False, "why": ["its file does not say how quiet it was"]}


class UnreadableError(Exception):
    """A file is not a benchmark's result; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that a benchmark found.

    Parameters
    ----------
    what
        What it is, with its unit.
    found
        The number.
    publishable
        Whether it may be published, or None where that is not known.
    least
        Whether more is better; None where that is not known.
    goal
        What it should reach or not exceed, if it has a goal.
    interval
        The ends of its 95% interval, if known.
    rivals
        The same of others.
    """

    what: str
    found: float
    publishable: bool | None
    least: bool | None = None
    goal: float | None = None
    interval: tuple[float, float] | None = None
    rivals: Mapping[str, float] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether its goal, if it has one, is met."""
        if self.goal is None:
            return True
        return self.found >= self.goal if self.least else self.found <= self.goal

    @property
    def reached(self) -> float:
        """How far it is on the good side of its goal: 1 is at it, 2 twice as good; 0 to 10."""
        goal = self.goal or 0.0
        above, below = (self.found, goal) if self.least else (goal, self.found)
        if below <= 0 or above < 0 or not math.isfinite(below):
            return 2.0 if self.met else 0.0
        return min(above / below, 10.0)

    def wins(self, rival: str) -> bool:
        """Whether a rival is strictly better."""
        theirs = self.rivals[rival]
        return theirs > self.found if self.least else theirs < self.found


@dataclass(frozen=True)
class Result:
    """What one benchmark found in one run.

    Parameters
    ----------
    label
        What tells it from others: its file's name.
    said
        The file.
    """

    label: str
    said: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file.

        Raises
        ------
        UnreadableError
            If there is none, or it is something else.
        """
        try:
            said = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise UnreadableError(f"{path}: {error.strerror}") from error
        except ValueError as error:
            raise UnreadableError(f"{path} is no JSON: {error}") from error
        if not (isinstance(said, dict) and {"benchmark", "manifest", "goals"} <= said.keys()):
            raise UnreadableError(
                f"{path} is no result of a benchmark: make one with "
                "`python -m benchmarks NAME --json FILE`"
            )
        return cls(path.stem, said)

    @property
    def benchmark(self) -> str:
        """Which benchmark it is of."""
        return str(self.said["benchmark"])

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The machine, versions, commit, seed."""
        manifest: Mapping[str, Any] = self.said["manifest"]
        return manifest

    @property
    def quiet(self) -> Mapping[str, Any]:
        """Whether absolute figures may be published, and why not."""
        quiet: Mapping[str, Any] = self.said.get("quiet", _UNKNOWN)
        return quiet

    @property
    def line(self) -> str:
        """The line by which it is quoted; empty where there is none."""
        return str(self.said.get("line", ""))

    @property
    def shortened(self) -> Mapping[str, Any]:
        """Options that were not left as they are by default."""
        return {name: self.said["options"][name] for name in self.said.get("changed", ())}

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """The tables that it printed, by name, as rows."""
        return {
            name: value
            for name, value in self.said.items()
            if name not in RESERVED
            if isinstance(value, list) and value and isinstance(value[0], dict)
        }

    @cached_property
    def samples(self) -> dict[str, Samples]:
        """Many values of one figure, by name; none where hdrhistogram is missing."""
        kept = self.said.get("samples", {}) if samples.available() else {}
        return {name: samples.decode(one) for name, one in kept.items()}

    def goals(self) -> list[Figure]:
        """Figures that have goals."""
        return [_goal(one, self.quiet["publishable"]) for one in self.said["goals"]]

    def percentiles(self) -> list[Figure]:
        """Percentiles of the values that it kept."""
        found: list[Figure] = []
        for name, kept in self.samples.items():
            for percent in kept.shown():
                what = f"{name}, {kept.unit}, p{percent:g}"
                value = kept.percentile(percent)
                found.append(Figure(what, value, self.quiet["publishable"], kept.least))
        return found

    def intervals(self) -> list[Figure]:
        """Rows of tables that give a figure in the column before ``from`` and ``to``."""
        found = []
        for name, rows in self.tables().items():
            heads = list(rows[0])
            at = heads.index(_ENDS[0]) - 1 if set(_ENDS) < set(heads) else -1
            if at < 0:
                continue
            for row in rows:
                cells = [row[head] for head in heads[:at] if isinstance(row[head], str)]
                cells += [heads[at]] if heads[at] != "found" else []
                what = f"{name}: {', '.join(cells)}"
                ends = (float(row["from"]), float(row["to"]))
                found.append(Figure(what, float(row[heads[at]]), None, interval=ends))
        return found


def read_all(paths: Iterable[Path]) -> list[Result]:
    """Read files; of a folder, all JSON files in it.

    Raises
    ------
    UnreadableError
        If one cannot be read, or a folder has none.
    """
    found = []
    for path in paths:
        files = sorted(path.glob("*.json")) if path.is_dir() else [path]
        if not files:
            raise UnreadableError(f"{path} has no result: no file in it ends in .json")
        found += [Result.read(file) for file in files]
    return found


def by_benchmark(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Results of the same benchmark together, in the order given."""
    grouped: dict[str, list[Result]] = {}
    for one in results:
        grouped.setdefault(one.benchmark, []).append(one)
    return grouped


def _goal(said: Mapping[str, Any], quiet: bool) -> Figure:
    ends = said.get("interval")
    return Figure(
        what=said["what"],
        found=float(said["found"]),
        publishable=said.get("publishable", quiet),
        least=said.get("least", said["met"] is (said["found"] >= said["goal"])),
        goal=float(said["goal"]),
        interval=None if ends is None else (float(ends[0]), float(ends[1])),
        rivals=said.get("rivals", {}),
    )
