"""What inspections found at a port whose truth is known: by kind of subject, pattern and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.port_run import Inspection
from benchmarks.report import Report
from benchmarks.selection import COLUMNS, Interval, figures, tally
from haechi.engine.codes import NodeKind, SelectedBy
from haechi.streams.simulator import Truth

_TOLD: Final = (
    ("per_100", 2), ("random_per_100", 3), ("guilty_per_100", 3), ("lift", 1), ("sure_lift", 1),
    ("recall", 3),
)  # fmt: skip
_PATTERN_HEADS: Final = (
    "guilty", "selected inspections", "selected found", "otherwise inspections", "otherwise found",
)  # fmt: skip


def by_kind(truth: Mapping[str, Truth], asked: Iterable[str]) -> dict[str, list[Truth]]:
    """Truths of those whom a gate asked about, travelers and parcels apart."""
    kinds: dict[str, list[Truth]] = {"traveler": [], "parcel": []}
    for subject in asked:
        kinds["parcel" if subject.startswith("PX-") else "traveler"].append(truth[subject])
    return kinds


@dataclass(slots=True)
class Seizures:
    """Counts of one port or more.

    Attributes
    ----------
    counts
        :data:`benchmarks.selection.COLUMNS` by group of subjects, one array a port, by kind.
    """

    counts: dict[str, list[NDArray[np.float64]]] = field(
        default_factory=lambda: {"traveler": [], "parcel": []}
    )
    _patterns: dict[str, Counter[str]] = field(default_factory=dict)
    _reasons: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(
        self,
        truth: Mapping[str, Truth],
        groups: Mapping[str, str],
        inspections: Iterable[Inspection],
    ) -> None:
        """Count one port.

        Parameters
        ----------
        truth
            What is true, by subject.
        groups
            Who hangs together, by subject that a gate asked about.
        inspections
            All that took place.
        """
        took_place = list(inspections)
        for of, truths in by_kind(truth, groups).items():
            self.counts[of].append(tally(truths, groups, took_place))
            for one in truths:
                if one.guilty:
                    self._patterns.setdefault(one.pattern, Counter())["guilty"] += 1
        for inspection in took_place:
            self._count(inspection, truth[inspection.subject])

    def _count(self, one: Inspection, truth: Truth) -> None:
        if truth.guilty:
            chosen = "selected" if one.selected_by == SelectedBy.MODEL else "otherwise"
            pattern = self._patterns.setdefault(truth.pattern, Counter())
            pattern[f"{chosen} inspections"] += 1
            pattern[f"{chosen} found"] += one.found
        reason = f"{NodeKind(one.node).name.lower()} {SelectedBy(one.selected_by).name.lower()}"
        self._reasons[reason, "inspections"] += 1
        self._reasons[reason, "found"] += one.found

    def tell(self, report: Report) -> dict[str, dict[str, Interval]]:
        """Print and keep all of it; figures with their intervals, by kind and of all."""
        counts = {of: np.concatenate(one) for of, one in self.counts.items()}
        counts = {"all": np.concatenate(list(counts.values())), **counts}
        told = {of: figures(one, report.seed) for of, one in counts.items()}
        rows: list[list[Any]] = []
        for of, one in counts.items():
            total = dict(zip(COLUMNS, one.sum(axis=0), strict=True))
            whole = [round(total[name]) for name in ("subjects", "guilty", "inspections", "found")]
            rows.append([of, *whole, *(told[of][name].told(digits) for name, digits in _TOLD)])
        report.table(
            "selected",
            ["of", "subjects", "guilty", "inspections", "found", "found/100", "random/100",
             "guilty/100", "lift", "lift_sure", "recall"],
            rows,
        )  # fmt: skip
        report.note(
            "inspections that the engine selected for risk; 95% intervals over those who travel"
        )
        report.note("together, drawn again; random/100: expected of random checks with officers'")
        report.note("sensitivity; lift_sure: against random checks that miss nothing (guilty/100)")
        self._tell_patterns(report)
        self._tell_reasons(report)
        return told

    def _tell_patterns(self, report: Report) -> None:
        ordered = sorted(self._patterns, key=lambda name: -self._patterns[name]["guilty"])
        rows: list[list[Any]] = [
            [str(name), *(self._patterns[name][head] for head in _PATTERN_HEADS)]
            for name in ordered
        ]
        report.table("patterns", ["pattern", *_PATTERN_HEADS], rows)

    def _tell_reasons(self, report: Report) -> None:
        rows: list[list[Any]] = [
            [reason, self._reasons[reason, "inspections"], self._reasons[reason, "found"]]
            for reason in sorted({reason for reason, _ in self._reasons})
        ]
        report.table("selected_by", ["kind and reason", "inspections", "found"], rows)
        report.note("rule: REFER for want of evidence that led to a search, or intelligence")
