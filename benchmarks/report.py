"""What a benchmark says: a manifest, small tables, goals; as text and as JSON.

docs/benchmark-results.md says what the JSON holds; ``benchmarks.results`` reads it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self

from numpy.typing import ArrayLike

from benchmarks import samples
from benchmarks.machine import load, manifest
from benchmarks.quiet import Watch

Kind = Literal["absolute", "ratio", "count"]
"""What a figure depends on beside the code: the machine and whoever else uses it; neither, because
both sides were taken in turns in one run; or no clock at all (recall, bytes, labels)."""

RESERVED: Final = frozenset(
    ("benchmark", "options", "changed", "manifest", "quiet", "goals", "samples", "line")
)
"""Names in a result file that no table may have."""

_SILENT_S: Final = 2.0
_EVERY_S: Final = 0.5


@dataclass(slots=True)
class Report:
    """One benchmark's findings.

    Parameters
    ----------
    name
        Name of the benchmark.
    seed
        Seed of its input.
    options
        What else it was asked for.
    changed
        Names of the options that were not left as they are by default.
    """

    name: str
    seed: int
    options: Mapping[str, Any] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    manifest: dict[str, Any] = field(init=False)
    values: dict[str, Any] = field(init=False, default_factory=dict)
    samples: dict[str, Any] = field(init=False, default_factory=dict)
    goals: list[dict[str, Any]] = field(init=False, default_factory=list)
    line: str = field(init=False, default="")
    _watch: Watch = field(init=False, repr=False)
    _began: float = field(init=False, repr=False, default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.manifest = manifest(self.seed)
        self._watch = Watch(self.manifest["load_before"][0])
        kept = ("cpu", "cores", "python", "commit", "seed")
        print(f"{self.name}: " + ", ".join(f"{key} {self.manifest[key]}" for key in kept))
        versions = " ".join(f"{name} {of}" for name, of in self.manifest["versions"].items())
        print(f"  {versions}; load before {self.manifest['load_before']}")
        if crowded := self._watch.crowded():
            print(f"  absolute figures will be NOT PUBLISHABLE: {crowded};")
            print("  stop what else runs and begin again, or go on for the ratios")

    def note(self, text: str) -> None:
        """Say how something was measured."""
        print(f"  {text}")

    def table(self, name: str, heads: list[str], rows: list[list[Any]]) -> None:
        """Print rows and keep them under a name, as one dict a row."""
        if name in RESERVED:
            raise ValueError(f"a table cannot be called {name!r}: a result file has that already")
        self.values[name] = [dict(zip(heads, row, strict=True)) for row in rows]
        cells = [heads, *([text(cell) for cell in row] for row in rows)]
        widths = [max(len(row[at]) for row in cells) for at in range(len(heads))]
        print()
        for row in cells:
            first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            print("  " + "  ".join([row[0].ljust(len(first)), *rest]))

    def keep(self, name: str, values: ArrayLike, unit: str, *, least: bool = False) -> None:
        """Keep many measured values as histograms, for plots and comparisons.

        Parameters
        ----------
        name
            Of what they are.
        values
            In the order in which they were measured, >= 0, shape (n,).
        unit
            Their unit.
        least
            Whether more is better.
        """
        if samples.available():
            self.samples[name] = samples.encode(values, unit, least=least)

    def goal(
        self,
        what: str,
        found: float,
        most: float,
        *,
        least: bool = False,
        kind: Kind = "absolute",
        interval: tuple[float, float] | None = None,
        rivals: Mapping[str, float] | None = None,
    ) -> None:
        """Compare a figure with its goal; a missed goal is told, it is no error.

        Parameters
        ----------
        what
            What the figure is, with its unit.
        found
            The figure.
        most
            What it must not exceed.
        least
            Whether it must reach ``most`` instead.
        kind
            What it depends on.
        interval
            The ends of its 95% interval.
        rivals
            The same figure of others, taken in the same run, whoever wins.
        """
        met = found >= most if least else found <= most
        told: dict[str, Any] = {"what": what, "found": found, "goal": most, "met": met}
        told |= {"least": least, "kind": kind}
        if interval is not None:
            told["interval"] = list(interval)
        if rivals:
            told["rivals"] = dict(rivals)
        self.goals.append(told)
        sign = ">=" if least else "<="
        beside = "".join(f"; {name} {text(one)}" for name, one in (rivals or {}).items())
        word = "met   " if met else "MISSED"
        print(f"  {word} {what}: {text(found)} (goal {sign} {most:,g}){beside}")

    def quote(self, line: str) -> None:
        """Have one line that says it all printed last, for others to quote."""
        self.line = line

    def finish(self, path: Path | None) -> None:
        """Say whether figures may be published, and write the JSON, if a file was named."""
        quiet = self._watch.judged()
        self.manifest["load_after"] = load()
        self.manifest["took_s"] = round(time.monotonic() - self._began, 1)
        print(f"  load after {self.manifest['load_after']}")
        if quiet["publishable"]:
            print("  the machine was quiet: its figures may be published")
        else:
            print(f"  absolute figures NOT PUBLISHABLE: {'; '.join(quiet['why'])};")
            print("  ratios of calls that alternated and counts are exempt: they stand")
        if self.line and not quiet["publishable"]:
            self.line += " (busy machine: NOT PUBLISHABLE)"
        if self.line:
            print(f"\n{self.line}")
        if path is not None:
            said = {
                "benchmark": self.name,
                "options": {name: _plain(value) for name, value in self.options.items()},
                "changed": self.changed,
                "manifest": self.manifest,
                "quiet": quiet,
                **self.values,
                "goals": [
                    {**goal, "publishable": quiet["publishable"] or goal["kind"] != "absolute"}
                    for goal in self.goals
                ],
                "samples": self.samples,
                **({"line": self.line} if self.line else {}),
            }
            path.write_text(json.dumps(said, indent=2) + "\n", "utf-8")


class Progress:
    """Says on standard error how far something is, once it has lasted two seconds.

    Parameters
    ----------
    what
        What is being done.
    total
        How many steps there are.
    """

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = max(total, 1)
        self._began = time.monotonic()
        self._said = self._began + _SILENT_S - _EVERY_S
        self._shown = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            end = "\r\033[K" if sys.stderr.isatty() else ""
            print(end, end="", file=sys.stderr, flush=True)

    def at(self, step: int) -> None:
        """Tell how far it is."""
        now = time.monotonic()
        live = sys.stderr.isatty()
        if now - self._said < (_EVERY_S if live else 10 * _EVERY_S):
            return
        self._said, self._shown = now, True
        line = f"  {self._what}: {step:,} of {self._total:,} ({now - self._began:.0f} s)"
        print(f"\r{line}\033[K" if live else line, end="" if live else "\n", file=sys.stderr)
        sys.stderr.flush()


def text(cell: Any) -> str:
    """A figure as people read it."""
    if isinstance(cell, float):
        return f"{cell:,.3f}" if abs(cell) < 10 else f"{cell:,.1f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def _plain(value: Any) -> Any:
    """An option as JSON has it; of a path its name, for folders are of one machine."""
    if isinstance(value, Path):
        return value.name
    return [_plain(one) for one in value] if isinstance(value, list) else value
