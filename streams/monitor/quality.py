"""How good the models are, by kind of subject and by lane."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from haechi.configs.monitor import DECIDED, SHADOW
from haechi.streams.monitor import estimates
from haechi.streams.monitor.estimates import Estimate, Tally
from haechi.streams.monitor.labels import Label
from haechi.streams.monitor.scores import Scores

ALL_LANES: Final = 0
"""Number of no lane: the figures of a whole kind of subject."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one model in one group.

    Parameters
    ----------
    node, lane
        Kind of subject, and lane or :data:`ALL_LANES`.
    model
        ``decided``, ``shadow`` or a challenger's name.
    metric
        What it is.
    estimate
        The figure.
    """

    node: int
    lane: int
    model: str
    metric: str
    estimate: Estimate


class Quality:
    """Keeps the figures.

    Parameters
    ----------
    window
        Latest labels over which models are measured.
    """

    def __init__(self, window: int) -> None:
        self._window: Final = window
        self._tallies: Final[dict[tuple[int, int], Tally]] = {}
        self._scores: Final[dict[tuple[int, int], dict[str, Scores]]] = {}
        self._changed: Final[set[tuple[int, int]]] = set()

    def add(self, label: Label) -> None:
        """Count a label."""
        _count(self._tally(label), label, 1)
        for lane in (label.lane, ALL_LANES):
            self._changed.add((label.node, lane))
            for model, log_odds in _models(label):
                scores = self._scores.setdefault((label.node, lane), {})
                if model not in scores:
                    scores[model] = Scores(self._window)
                scores[model].add(label.found, log_odds)

    def correct(self, label: Label) -> None:
        """Take back a label that was wrong."""
        self.forget(label)
        for lane in (label.lane, ALL_LANES):
            for model, log_odds in _models(label):
                self._scores[label.node, lane][model].remove(label.found, log_odds)

    def forget(self, label: Label) -> None:
        """Let go of a label that is too old for the estimates."""
        _count(self._tally(label), label, -1)
        self._changed.update({(label.node, label.lane), (label.node, ALL_LANES)})

    def _tally(self, label: Label) -> Tally:
        return self._tallies.setdefault((label.node, label.lane), Tally())

    def groups(self) -> list[tuple[int, int]]:
        """Kinds of subject and lanes that have labels, whole kinds first."""
        return sorted(self._scores)

    def take_changed(self) -> list[tuple[int, int]]:
        """Groups with other labels than at the last call."""
        changed = sorted(self._changed & self._scores.keys())
        self._changed.clear()
        return changed

    def tally(self, node: int, lane: int) -> Tally:
        """Labels of a lane, or of all lanes."""
        if lane != ALL_LANES:
            return self._tallies.get((node, lane), Tally())
        total = Tally()
        for tally in self._of_kind(node):
            total = total.plus(tally)
        return total

    def _of_kind(self, node: int) -> list[Tally]:
        return [tally for (of, _), tally in self._tallies.items() if of == node]

    def _checked(self, node: int, lane: int) -> Tally:
        """Labels of the lanes with random checks: of others nobody knows what they missed."""
        if lane != ALL_LANES:
            return self.tally(node, lane)
        total = Tally()
        for tally in self._of_kind(node):
            if tally.drawn.n:
                total = total.plus(tally)
        return total

    def figures(self, node: int, lane: int) -> Iterator[Figure]:
        """All figures of a group."""
        tally, checked = self.tally(node, lane), self._checked(node, lane)
        selection = {
            "labels": _count_of(tally.labels),
            "labels_chosen": _count_of(tally.chosen.n),
            "labels_random": _count_of(tally.drawn.n),
            "labels_other": _count_of(tally.other.n),
            "precision": estimates.precision(tally),
            "found_at_random": estimates.found_at_random(tally),
            "prevalence": estimates.prevalence(checked),
            "recall": estimates.recall(checked),
            "lift": estimates.lift(checked),
            "seizures_per_100": _times(estimates.precision(tally), 100.0),
            "random_seizures_per_100": _times(estimates.found_at_random(tally), 100.0),
        }
        for metric, estimate in selection.items():
            yield Figure(node, lane, DECIDED, metric, estimate)
        for model, scores in sorted(self._scores.get((node, lane), {}).items()):
            for metric, estimate in scores.estimates().items():
                yield Figure(node, lane, model, metric, estimate)


def _models(label: Label) -> Iterator[tuple[str, float]]:
    everybody = {DECIDED: label.log_odds, SHADOW: label.shadow_log_odds, **label.said}
    for model, log_odds in everybody.items():
        if math.isfinite(log_odds):
            yield model, log_odds


def _count(tally: Tally, label: Label, times: int) -> None:
    if math.isnan(label.propensity):
        tally.other.add(label.found, times=times)
    elif label.by_model:
        tally.chosen.add(label.found, label.propensity, times)
    else:
        tally.drawn.add(label.found, label.propensity, times)


def _count_of(number: int) -> Estimate:
    return Estimate(number, number, number, number)


def _times(estimate: Estimate, factor: float) -> Estimate:
    return Estimate(
        factor * estimate.value, factor * estimate.low, factor * estimate.high, estimate.n
    )
