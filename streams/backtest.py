"""What another rule set would have done to the decisions of a log: a replay with that set in force.

The log is read through the same core. From a stated time on the candidate stands where the active
set stood, and rule sets that the log loads later are passed over. Each gate's answer is held
against the one on record. What inspections found is known of those who were inspected then, so
seizures among the newly stopped are an estimate from random checks, and those among the newly
released a count of what inspections had found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from haechi.configs.rule_set import RuleSet
from haechi.engine.codes import DecisionKind, EventKind, Finding, Verdict
from haechi.engine.errors import OtherBuild
from haechi.engine.kernel import Array
from haechi.engine.records import DECISION, EVENT, MATCHES
from haechi.operators.governance import ModelRole
from haechi.operators.shard import Shard
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.reader import LogReader
from haechi.streams.monitor.estimates import Stratum
from haechi.streams.replay import Replayer, Row

_ANSWER: Final = int(DecisionKind.ANSWER)
_RELEASE: Final = int(Verdict.RELEASE)
_OUTCOME: Final = int(EventKind.INSPECTION_OUTCOME)
_LABELS: Final = (int(Finding.FOUND), int(Finding.NOTHING))
SHOWN: Final = 20
"""So many cases are named of those who would have been stopped, or released."""


CHANGED: Final = np.dtype(
    [
        ("id_hi", "<u8"),
        ("id_lo", "<u8"),
        ("case_key", "<u8"),
        ("before", "u1"),
        ("after", "u1"),
        ("rules", "<u2", (MATCHES,)),
    ]
)
"""One answer that would have been another: the decision on record and its case, verdicts, and
places (1 more) of the rules that it would have met, in the candidate's file."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One ``CHANGED`` record, to be shown.

    Parameters
    ----------
    decision_id
        The one on record.
    case_key
        Of the case.
    before, after
        Verdicts.
    rules
        Rules that it would have met.
    """

    decision_id: bytes
    case_key: int
    before: int
    after: int
    rules: tuple[str, ...]


@dataclass(slots=True)
class Backtest:
    """What was found.

    Parameters
    ----------
    names
        The candidate's rules, in its file's order.
    events, answers
        Events that were read, and gates' answers within the range.
    same
        Answers with the same verdict.
    changed
        The others, ``CHANGED`` records in the order of the core's clock.
    matched
        How many answers met each rule.
    labels
        What stands of each inspected case: whether something was found, and its propensity, NaN
        where nobody knows it.
    unknown
        Answers of which cannot be told what they would have been.
    promised
        Answers of lanes that promise a share to be held.
    """

    names: tuple[str, ...] = ()
    events: int = 0
    answers: int = 0
    same: int = 0
    changed: Array = field(default_factory=lambda: np.zeros(0, CHANGED))
    matched: Counter[str] = field(default_factory=Counter)
    labels: dict[int, tuple[bool, float]] = field(default_factory=dict)
    unknown: int = 0
    promised: int = 0

    def added(self) -> Array:
        """Answers that would have stopped whom the record released."""
        return self.changed[self.changed["before"] == _RELEASE]

    def removed(self) -> Array:
        """Answers that would have released whom the record stopped."""
        return self.changed[self.changed["after"] == _RELEASE]

    def shown(self, answers: Array) -> Iterator[Changed]:
        """Some of what changed, with the names of rules."""
        for row in answers:
            rules = tuple(self.names[place - 1] for place in row["rules"].tolist() if place)
            yield Changed(
                row["id_hi"].tobytes() + row["id_lo"].tobytes(),
                int(row["case_key"]),
                int(row["before"]),
                int(row["after"]),
                rules,
            )

    def inspected(self, answers: Array) -> tuple[int, int]:
        """Of their cases: how many were inspected, and how many of these inspections found."""
        known = self._labels_of(answers)
        return len(known), sum(found for found, _ in known)

    def estimated(self, answers: Array) -> tuple[float, float, float]:
        """Findings to be had among all their cases, by inspections of known propensity."""
        drawn = Stratum()
        for found, propensity in self._labels_of(answers):
            if 0.0 < propensity <= 1.0:
                drawn.add(found, propensity)
        return drawn.total()

    def _labels_of(self, answers: Array) -> list[tuple[bool, float]]:
        cases = np.unique(answers["case_key"])
        there = np.isin(np.array([*self.labels], np.uint64), cases)
        return [label for label, met in zip(self.labels.values(), there, strict=True) if met]


class _Trial(Replayer):
    """Replays with the candidate in force from a time on, and holds answers against the record."""

    def __init__(self, reader: LogReader, artefacts: Artefacts, shard: Shard, rule_set: RuleSet,
                 from_us: int, until_us: int) -> None:  # fmt: skip
        super().__init__(reader, artefacts, shard)
        self._rule_set = rule_set
        self._from_us, self._until_us = from_us, until_us
        self._begun = False
        self._propensity: dict[int, float] = {}
        self._changed: list[tuple[Any, ...]] = []
        self._place = {rule.id: place for place, rule in enumerate(rule_set.rules, 1)}
        self._found = Backtest(tuple(self._place))

    def _apply(self, rows: list[Row]) -> None:
        if rows and self._begun and not self._same_build and self.replayed.started is not None:
            build = self.replayed.started.build
            raise OtherBuild(
                f"build {build[:16]} decided from offset {rows[0][0]} on, and only that one can "
                "tell what other rules would have changed; install it, or choose another range"
            )
        first = next((n for n, row in enumerate(rows) if row[2] >= self._from_us), len(rows))
        if self._begun or first == len(rows):
            super()._apply(rows)
            return
        super()._apply(rows[:first])
        self._begun = True
        self._shard.put_rules(self._rule_set, ModelRole.CHAMPION, self._rule_set.sha256)
        self._shard.keeps_rules = True
        super()._apply(rows[first:])

    def _compare(self, made: bytes, rows: list[Row]) -> None:
        if not self._begun:
            super()._compare(made, rows)
            return
        recorded = np.frombuffer(b"".join([row[6] for row in rows]), DECISION)
        self._note_labels(rows, recorded[~np.isnan(recorded["propensity"])])
        self._note_answers(_answers(recorded), _answers(np.frombuffer(made, DECISION)))

    def _note_labels(self, rows: list[Row], chosen: Array) -> None:
        """Note what inspections found, with the propensity of the case's last decision before."""
        cases, offsets, propensity = chosen["case_key"], chosen["offset"], chosen["propensity"]
        for offset, kind, _, _, _, records, _ in rows:
            if kind != _OUTCOME:
                continue
            event = np.frombuffer(records, EVENT)[0]
            case, known = int(event["other"]), float(event["propensity"])
            if known != known:
                before = propensity[(cases == case) & (offsets < offset)]
                known = float(before[-1]) if len(before) else self._propensity.get(case, np.nan)
            if event["found"] in _LABELS:
                self._found.labels[case] = int(event["found"]) == Finding.FOUND, known
        self._propensity.update(zip(cases.tolist(), propensity.tolist(), strict=True))

    def _note_answers(self, before: dict[bytes, Any], after: dict[bytes, Any]) -> None:
        found = self._found
        for asked, old in before.items():
            if old["stamp_us"] >= self._until_us:
                continue
            new = after.get(asked)
            found.answers += 1
            found.promised += bool(old["promised"] > 0)
            if new is None:
                found.unknown += 1
                continue
            in_force = self._shard.rules.rules
            names = [in_force[place - 1].id for place in new["rules"].tolist() if place]
            found.matched.update(names)
            if old["verdict"] == new["verdict"]:
                found.same += 1
                continue
            places = np.zeros(MATCHES, np.uint16)
            places[: len(names)] = [self._place[name] for name in names]
            ids = old["id_hi"], old["id_lo"], old["case_key"]
            self._changed.append((*ids, old["verdict"], new["verdict"], places))

    def found(self) -> Backtest:
        """Give what was found so far."""
        self._found.events = self.replayed.events
        self._found.changed = np.array(self._changed, CHANGED)
        return self._found


def _answers(rows: Array) -> dict[bytes, Any]:
    """Gates' answers by the event that asked."""
    chosen = rows[rows["kind"] == _ANSWER]
    return {row["answers_hi"].tobytes() + row["answers_lo"].tobytes(): row for row in chosen}


def backtest(
    reader: LogReader,
    artefacts: Artefacts,
    rule_set: RuleSet,
    *,
    from_us: int = 0,
    until_us: int = 1 << 62,
    cases: int = 1 << 14,
    progress: Callable[[int, int], None] | None = None,
) -> Backtest:
    """Replay a log with another rule set.

    Parameters
    ----------
    reader
        The log, with keys.
    artefacts
        What the log names by content.
    rule_set
        The candidate.
    from_us, until_us
        Range of the core's clock in which answers are compared; what comes after is not read.
    cases
        Cases to make room for.
    progress
        Called with events done and in all.

    Raises
    ------
    OtherBuild
        If another build decided within the range.
    """
    trial = _Trial(reader, artefacts, Shard(cases), rule_set, from_us, until_us)
    trial.run(progress=progress)
    return trial.found()
