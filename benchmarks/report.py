"""What a benchmark says: a manifest, small tables, goals; as text and as JSON."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from benchmarks.machine import load, manifest

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
    """

    name: str
    seed: int
    manifest: dict[str, Any] = field(init=False)
    values: dict[str, Any] = field(init=False, default_factory=dict)
    goals: list[dict[str, Any]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.manifest = manifest(self.seed)
        kept = ("cpu", "cores", "python", "commit", "seed")
        print(f"{self.name}: " + ", ".join(f"{key} {self.manifest[key]}" for key in kept))
        versions = " ".join(f"{name} {of}" for name, of in self.manifest["versions"].items())
        print(f"  {versions}; load before {self.manifest['load_before']}")

    def note(self, text: str) -> None:
        """Say how something was measured."""
        print(f"  {text}")

    def table(self, name: str, heads: list[str], rows: list[list[Any]]) -> None:
        """Print rows and keep them under a name, as one dict a row."""
        self.values[name] = [dict(zip(heads, row, strict=True)) for row in rows]
        cells = [heads, *([_text(cell) for cell in row] for row in rows)]
        widths = [max(len(row[at]) for row in cells) for at in range(len(heads))]
        print()
        for row in cells:
            first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            print("  " + "  ".join([row[0].ljust(len(first)), *rest]))

    def goal(self, what: str, found: float, most: float, *, least: bool = False) -> None:
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
        """
        met = found >= most if least else found <= most
        self.goals.append({"what": what, "found": found, "goal": most, "met": met})
        sign = ">=" if least else "<="
        print(f"  {'met   ' if met else 'MISSED'} {what}: {_text(found)} (goal {sign} {most:,g})")

    def finish(self, path: Path | None) -> None:
        """Write the JSON, if a file was named."""
        self.manifest["load_after"] = load()
        print(f"  load after {self.manifest['load_after']}")
        if path is not None:
            said = {
                "benchmark": self.name,
                "manifest": self.manifest,
                **self.values,
                "goals": self.goals,
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


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        return f"{cell:,.3f}" if abs(cell) < 10 else f"{cell:,.1f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
