"""What the monitor knows: one event of the log after another goes in, figures and alarms come out.

It has no clock and does no I/O but reading the log, so that who reads the same log again comes
to know the same. All of it can be pickled.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from haechi.configs.monitor import RANDOM_RESIDUAL, RESIDUAL, Drift, MonitorConfig
from haechi.engine.codes import DecisionKind, EventKind, NodeKind, Verdict
from haechi.engine.features import FEATURES
from haechi.engine.records import DECISION
from haechi.streams.log.reader import LoggedEvent, LogReader
from haechi.streams.monitor.alarms import EventId, Outbox
from haechi.streams.monitor.challenger import Challenger
from haechi.streams.monitor.drift import Alarm, Watch
from haechi.streams.monitor.labels import Label, Labels, Outcome, message, read_outcome
from haechi.streams.monitor.predictions import Predictions
from haechi.streams.monitor.quality import Quality
from haechi.streams.monitor.scores import probability

_DRIFT_DETECTED: Final = int(EventKind.DRIFT_DETECTED)
_INSPECTION_OUTCOME: Final = int(EventKind.INSPECTION_OUTCOME)


@dataclass(frozen=True, slots=True)
class Logged:
    """A DriftDetected event as the log holds it."""

    offset: int
    stamp_us: int
    id: bytes
    node: int
    watched: str
    detector: str
    before: float
    after: float
    seen_offset: int


class Monitor:
    """Watches one shard's models.

    Parameters
    ----------
    config
        What to watch.
    shard
        Number of the shard.

    Attributes
    ----------
    quality
        The figures.
    outbox
        Alarms that are not in the log yet.
    logged
        Alarms that were seen in the log; whoever tells of them empties the list.
    offset, stamp_us
        Of the last event taken; -1 and 0 before the first.
    label_offset, label_stamp_us
        Of the last outcome that changed a figure.
    outcomes, unusable
        Inspection outcomes seen, and those that are no label or name no decision.
    alarms
        How often a detector fired.
    """

    def __init__(self, config: MonitorConfig, shard: int) -> None:
        self.quality: Final = Quality(config.window)
        self.outbox: Final = Outbox(shard)
        self.logged: Final[list[Logged]] = []
        self.challengers: Final = tuple(Challenger(named) for named in config.challengers)
        self._labels: Final = Labels(config.kept)
        self._predictions: Final = Predictions()
        watches = tuple(Watch(drift) for drift in config.drifts)
        self._watches: Final = watches
        self._residuals: Final = [w for w in watches if w.drift.watched == RESIDUAL]
        self._random_residuals: Final = [w for w in watches if w.drift.watched == RANDOM_RESIDUAL]
        self._features: Final = [
            (watch, _place(watch.drift))
            for watch in watches
            if watch.drift.watched not in (RESIDUAL, RANDOM_RESIDUAL)
        ]
        self._looks: Final = {int(challenger.of) for challenger in self.challengers} | {
            int(watch.drift.of) for watch, _ in self._features
        }
        self.offset = -1
        self.stamp_us = 0
        self._readable_from = 0
        self.label_offset = -1
        self.label_stamp_us = 0
        self.outcomes = 0
        self.unusable = 0
        self.alarms = 0

    @property
    def labels(self) -> int:
        """Labels counted so far."""
        return self._labels.taken

    def take(
        self, event: LoggedEvent, decisions: bytes, reader: LogReader, event_id: EventId
    ) -> None:
        """Take the next event of the log.

        Parameters
        ----------
        event
            The event.
        decisions
            Bodies of the decisions that it caused.
        reader
            The log, with keys.
        event_id
            Gives ids of the log.
        """
        if len(decisions) % DECISION.itemsize:
            # Another build wrote them, and only that one knows what they say.
            self._readable_from, decisions = event.offset + 1, b""
        # Whatever can fail is read first, so that nothing is taken by half.
        outcome = None
        if event.kind == _INSPECTION_OUTCOME:
            outcome = read_outcome(event, reader, self._readable_from)
        if decisions and self._looks:
            self._look(event, np.frombuffer(decisions, DECISION), event_id)
        if outcome is not None:
            self._learn(event, outcome, event_id)
        elif event.kind == _DRIFT_DETECTED:
            self._note(event, reader)
        self.offset, self.stamp_us = event.offset, event.stamp_us

    def _look(self, event: LoggedEvent, decisions: Any, event_id: EventId) -> None:
        """Let challengers and detectors see decisions."""
        for place, node in enumerate(decisions["node"].tolist()):
            if node not in self._looks:
                continue
            decision = decisions[place]
            x = decision["x"]
            for watch, at in self._features:
                if watch.drift.of == node and _is_read(watch.drift, decision):
                    value = float(x[at])
                    if math.isfinite(value):
                        self._raise(watch.take(value, event.offset, event.stamp_us), event_id)
            said = self._ask(node, x)
            if said:
                identity = decision.tobytes()[:16]
                stopped = bool(decision["verdict"] != Verdict.RELEASE)
                self._predictions.keep(identity, said, stopped=stopped)

    def _ask(self, node: int, x: Any) -> dict[str, float]:
        """Let challengers predict."""
        of = [one for one in self.challengers if one.of == node and not one.off]
        return {challenger.name: challenger.predict(x) for challenger in of}

    def _learn(self, event: LoggedEvent, outcome: Outcome, event_id: EventId) -> None:
        self.outcomes += 1
        x: Any = None
        if outcome.label is None:
            self.unusable += 1
        else:
            x = np.frombuffer(outcome.body, DECISION)[0]["x"]
            label = replace(outcome.label, said=self._said(outcome.label, x))
            outcome = replace(outcome, label=label)
        change = self._labels.take(outcome)
        if change.gone or change.new is not None:
            self.label_offset, self.label_stamp_us = event.offset, event.stamp_us
        for label in change.gone:
            self.quality.correct(label)
        if change.new is None:
            return
        self.quality.add(change.new)
        if (slid := self._labels.slide()) is not None:
            self.quality.forget(slid)
        # What was learned cannot be unlearned: a correction counts, but teaches nobody.
        if not change.gone:
            for challenger in self.challengers:
                if challenger.of == change.new.node:
                    challenger.learn(x, change.new.found)
            self._watch_residual(change.new, event_id)

    def _said(self, label: Label, x: Any) -> Mapping[str, float]:
        said = self._predictions.take(label.decision)
        return said if said is not None else self._ask(label.node, x)

    def _watch_residual(self, label: Label, event_id: EventId) -> None:
        residual = label.found - probability(label.log_odds)
        if not math.isfinite(residual):
            return
        watches = list(self._residuals)
        if not label.by_model and not math.isnan(label.propensity):
            watches += self._random_residuals
        for watch in watches:
            if watch.drift.of == label.node:
                self._raise(watch.take(residual, label.offset, label.stamp_us), event_id)

    def _raise(self, alarm: Alarm | None, event_id: EventId) -> None:
        if alarm is not None:
            self.alarms += 1
            self.outbox.put(alarm, event_id)

    def _note(self, event: LoggedEvent, reader: LogReader) -> None:
        """Note an alarm that stands in the log."""
        self.outbox.seen(event.id)
        said = message(event, reader).drift_detected
        self.logged.append(
            Logged(
                event.offset, event.stamp_us, event.id, int(said.subject_kind), said.watched,
                said.detector, said.before, said.after, said.seen_offset,
            )
        )  # fmt: skip

    def switched_off(self) -> Iterator[Challenger | Watch]:
        """Challengers and detectors that raised."""
        running: tuple[Challenger | Watch, ...] = (*self.challengers, *self._watches)
        return (one for one in running if one.off)


def _place(drift: Drift) -> int:
    return next(i for i, feature in enumerate(FEATURES) if feature.name == drift.watched)


def _is_read(drift: Drift, decision: Any) -> bool:
    if drift.at == "answer":
        return bool(decision["kind"] == DecisionKind.ANSWER)
    return bool(decision["supersedes_hi"] == 0 and decision["supersedes_lo"] == 0)


def subject_word(node: int) -> str:
    """Word of a kind of subject."""
    return NodeKind(node).name if node in tuple(NodeKind) else ""
