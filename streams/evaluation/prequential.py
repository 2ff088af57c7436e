"""Test, then learn: rows in order of time through the core, labels when they would have come.

The core is the one that decides in production, and so is what it is given: manifests, a gate's
questions, and outcomes that name the decision they belong to. There is no other code that scores
or learns.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from haechi.engine.codes import DecisionKind, EventKind, Finding, SelectedBy
from haechi.engine.kernel import Array
from haechi.engine.records import DECISION, EVENT, pack_event
from haechi.operators.shard import Shard, ShardSettings

DAY_US: Final = 86_400_000_000
_OUTCOME: Final = np.frombuffer(
    pack_event(kind=EventKind.INSPECTION_OUTCOME, first=1, last=1, recall=0), EVENT
)[0]


class Prequential:
    """One shard that meets a file row by row.

    Parameters
    ----------
    settings
        What is in force.
    remembered
        Rows whose label may still come: as many as arrive within the longest delay.
    question
        ``EVENT`` record with which a gate asks about each row once its manifest came; None if
        nobody asks and the standing decision is taken.
    """

    def __init__(
        self, settings: ShardSettings, remembered: int, question: Array | None = None
    ) -> None:
        self._shard = Shard(1 << 12)
        self._shard.configure(settings)
        self._decisions = np.zeros(remembered, DECISION)
        self._question = question
        self._scored = 0
        self._told = 0
        self._due: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]] = []

    def expect(
        self,
        rows: NDArray[np.int64],
        due_us: NDArray[np.int64],
        found: NDArray[np.bool_],
        propensity: NDArray[np.float64],
        selected_by: SelectedBy | NDArray[np.uint8],
    ) -> None:
        """Let labels come later.

        Parameters
        ----------
        rows
            Rows that are inspected, counted over everything scored so far, shape (n,).
        due_us
            When each outcome comes, ascending and not before those expected earlier.
        found
            Whether something is found.
        propensity
            Probability with which each was chosen.
        selected_by
            How.
        """
        outcomes = np.repeat(np.asarray(_OUTCOME).reshape(1), len(rows))
        outcomes["event_us"] = due_us
        outcomes["found"] = np.where(found, Finding.FOUND, Finding.NOTHING)
        outcomes["propensity"] = propensity
        outcomes["selected_by"] = selected_by
        self._due.append((rows, due_us, outcomes))

    def score(self, manifests: Array) -> Array:
        """Score rows in order, after learning from each label that is due by then.

        Parameters
        ----------
        manifests
            One ``EVENT`` record a row, ascending in event time, shape (n,).

        Returns
        -------
        ``DECISION`` records, shape (n,): what was said of each row when it came.
        """
        times = manifests["event_us"]
        rows, due_us, outcomes = self._take_due(int(times[-1]))
        # A label that is due when a row comes is learned before.
        before = np.searchsorted(due_us, times, side="right")
        asked = 0 if self._question is None else 1
        at = np.arange(len(manifests)) * (1 + asked) + before
        events = np.empty(len(manifests) * (1 + asked) + len(rows), EVENT)
        is_outcome = np.ones(len(events), bool)
        is_outcome[at] = False
        is_outcome[at + asked] = False
        recalled = self._decisions[rows % len(self._decisions)]
        outcomes["other"] = recalled["case_key"]
        outcomes["target_hi"] = recalled["id_hi"]
        outcomes["target_lo"] = recalled["id_lo"]
        events[is_outcome] = outcomes
        if self._question is not None:
            events[at + 1] = _about(self._question, manifests)
        events[at] = manifests
        events["stamp_us"] = events["event_us"]
        events["offset"] = self._told + np.arange(len(events))
        events["id_hi"] = events["offset"] + 1
        self._told += len(events)
        made = np.frombuffer(self._shard.apply(events, recalled), DECISION)
        if asked:
            made = made[made["kind"] == DecisionKind.ANSWER]
        if len(made) != len(manifests):
            raise ValueError(
                f"{len(manifests)} rows made {len(made)} decisions; is an id there twice?"
            )
        places = (self._scored + np.arange(len(made))) % len(self._decisions)
        self._decisions[places] = made
        self._scored += len(made)
        return made

    def _take_due(self, until_us: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]:
        taken: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[Any]]] = []
        while self._due:
            rows, due_us, outcomes = self._due[0]
            count = int(np.searchsorted(due_us, until_us, side="right"))
            taken.append((rows[:count], due_us[:count], outcomes[:count]))
            if count < len(rows):
                self._due[0] = (rows[count:], due_us[count:], outcomes[count:])
                break
            self._due.pop(0)
        if not taken:
            none = np.zeros(0, np.int64)
            return none, none, np.zeros(0, EVENT)
        return (
            np.concatenate([one[0] for one in taken]),
            np.concatenate([one[1] for one in taken]),
            np.concatenate([one[2] for one in taken]),
        )


def most_waiting(days: NDArray[np.int64], delay_days: int) -> int:
    """How many rows must be remembered until their labels came.

    Parameters
    ----------
    days
        Day of each row, ascending, shape (n,).
    delay_days
        Days after which a label comes.
    """
    oldest = np.searchsorted(days, days - delay_days, side="left")
    return int((np.arange(len(days)) - oldest).max()) + 1


def by_day(days: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Places of the rows of each day; ``days`` as in :func:`most_waiting`."""
    return np.split(np.arange(len(days)), np.flatnonzero(np.diff(days)) + 1)


def _about(question: Array, manifests: Array) -> Array:
    """The question, asked about each of the manifests, shape (n,)."""
    asked = np.repeat(np.asarray(question).reshape(1), len(manifests))
    for name in ("ref", "alias", "subject", "node", "event_us"):
        asked[name] = manifests[name]
    return asked
