"""What waits for officers: a view of the decisions in the log, newest last.

Every decision tells how its case's task stands, so the book is what the decisions say and nothing
else: live it is fed with what was just committed, at a start with what the log holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from haechi.engine.codes import Task
from haechi.engine.kernel import Array
from haechi.engine.records import DECISION

_SIZE: Final = DECISION.itemsize
_FIELDS: Final[Any] = DECISION.fields
_TASK_AT: Final[int] = _FIELDS["task"][1]
_LANE_AT: Final[int] = _FIELDS["lane"][1]
_CASE_AT: Final[int] = _FIELDS["case_key"][1]
_KEPT: Final[int] = _FIELDS["x"][1]
STANDS: Final = np.dtype(
    [(name, kind[0]) for name, kind in _FIELDS.items() if kind[1] < _KEPT],
)
"""A decision without its features, which come last: a fourth of it, and all that a task shows."""

assert STANDS.itemsize == _KEPT

_WAITS: Final = frozenset(range(Task.OPEN, Task.ESCALATED + 1))


@dataclass(frozen=True, slots=True)
class OpenTask:
    """One case that waits for officers.

    Parameters
    ----------
    decision
        ``STANDS`` record of the decision that told how it stands last.
    since_us
        Stamp of the decision that made the task.
    taken_at
        Offset of the event with which its officer took it, -1 if nobody has it.
    """

    decision: Any
    since_us: int
    taken_at: int

    @property
    def state(self) -> Task:
        """How it stands."""
        return Task(int(self.decision["task"]))

    @property
    def by(self) -> int:
        """Token of the officer who has it, 0 for nobody."""
        return int(self.decision["task_by"])


class TaskBook:
    """The tasks that wait, by case. One thread feeds it, any may read."""

    def __init__(self) -> None:
        self._open: dict[int, OpenTask] = {}
        self._counted: dict[int, tuple[int, int]] = {}
        self._counts: Counter[tuple[int, int]] = Counter()

    def take(self, bodies: bytes) -> None:
        """Take the decisions of one event, bodies in one piece."""
        for at in range(0, len(bodies), _SIZE):
            case = int.from_bytes(bodies[at + _CASE_AT : at + _CASE_AT + 8], "little")
            if bodies[at + _TASK_AT] in _WAITS:
                self._count(case, (bodies[at + _LANE_AT], bodies[at + _TASK_AT]))
                self._note(case, np.frombuffer(bodies[at : at + _KEPT], STANDS)[0])
            elif case in self._open:
                self._count(case, None)
                del self._open[case]

    def put_back(self, decisions: Array, since: Iterable[tuple[int, int]]) -> None:
        """Take the tasks of another book, of which it knows none yet.

        Parameters
        ----------
        decisions
            How each stands, ``STANDS`` records.
        since
            Of each, since when it waits, and at which offset its officer took it.
        """
        bodies = memoryview(decisions.view(np.uint8))
        for at, (since_us, taken_at) in zip(range(0, len(bodies), _KEPT), since, strict=True):
            body = bytes(bodies[at : at + _KEPT])
            case = int.from_bytes(body[_CASE_AT : _CASE_AT + 8], "little")
            self._open[case] = OpenTask(np.frombuffer(body, STANDS)[0], since_us, taken_at)
            self._count(case, (body[_LANE_AT], body[_TASK_AT]))

    def _count(self, case: int, now: tuple[int, int] | None) -> None:
        before = self._counted.pop(case, None)
        if before is not None:
            self._counts[before] -= 1
        if now is not None:
            self._counted[case] = now
            self._counts[now] += 1

    def _note(self, case: int, decision: Any) -> None:
        before = self._open.get(case)
        taken_at = -1
        if decision["task"] == Task.TAKEN:
            same = before is not None and before.by == decision["task_by"]
            taken_at = before.taken_at if before and same else int(decision["offset"])
        since_us = before.since_us if before else int(decision["stamp_us"])
        self._open[case] = OpenTask(decision, since_us, taken_at)

    def of_case(self, case: int) -> OpenTask | None:
        """The task of a case, if it has one that waits."""
        return self._open.get(case)

    def counts(self) -> dict[tuple[int, Task], int]:
        """How many wait, by number of the lane and by how they stand; without walking over them."""
        counts = self._counts.copy()
        return {(lane, Task(task)): count for (lane, task), count in counts.items() if count}

    def tasks(self) -> list[OpenTask]:
        """All of them: what escalated first, then by the time to look at them."""
        return sorted(
            [*self._open.values()],
            key=lambda task: (
                task.state is not Task.ESCALATED,
                int(task.decision["review_by_us"]),
                int(task.decision["case_key"]),
            ),
        )
