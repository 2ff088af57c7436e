"""What the live page shows, kept up to date by what is new: one thread feeds and reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

KEPT_S: Final = 300
"""Seconds of answers that the chart shows."""

_STOPS: Final = 40
_TASKS: Final = 60
_RATE_S: Final = 10
_NOT_OF_A_TASK: Final = frozenset(
    ("case_reference", "offset", "kind", "code_class", "top", "weights", "supersedes", "stopped")
)
_NOT_OF_A_STOP: Final = frozenset(
    ("case_reference", "state", "taken_by", "four_eyes", "review_by_us", "stopped")
)
_WAITS: Final = ("OPEN", "TAKEN", "SECOND", "ESCALATED")
VERDICTS: Final = ("RELEASE", "HOLD", "REFER")


class Board:
    """Windows over what was decided.

    Attributes
    ----------
    answers_after, news_after
        Places in the log up to which answers, stops and tasks were read; -1 before the first time.
    has_more_tasks
        Whether more tasks waited at the first look than were read.
    """

    def __init__(self) -> None:
        self.answers_after = -1
        self.news_after = -1
        self.has_more_tasks = False
        self._seconds: Final[dict[int, dict[str, int]]] = {}
        self._stops: list[dict[str, Any]] = []
        self._tasks: Final[dict[str, dict[str, Any]]] = {}

    def add_answers(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Count answers that were not seen yet."""
        for row in rows:
            second = self._seconds.setdefault(row["second"], dict.fromkeys(VERDICTS, 0))
            second[row["verdict"]] = second.get(row["verdict"], 0) + row["n"]
            self.answers_after = max(self.answers_after, row["last"])

    def add_news(self, rows: list[dict[str, Any]]) -> None:
        """Take stops, revisions and what became of tasks, oldest first."""
        self.add_stops([row for row in reversed(rows) if row["stopped"]])
        self.add_tasks(row for row in rows if row["state"] != "NONE")
        self.news_after = max([self.news_after, *(row["offset"] for row in rows)])

    def add_stops(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Put stops and revisions, newest first, before the older ones."""
        newer = [
            {key: value for key, value in row.items() if key not in _NOT_OF_A_STOP} for row in rows
        ]
        self._stops = [*newer, *self._stops][:_STOPS]

    def add_tasks(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Note how the tasks of cases stand now."""
        for row in rows:
            case = row["case_reference"]
            if row["state"] not in _WAITS:
                self._tasks.pop(case, None)
                continue
            task = {key: value for key, value in row.items() if key not in _NOT_OF_A_TASK}
            task["since_us"] = task.pop("decided_us")
            if case in self._tasks:
                task["since_us"] = self._tasks[case]["since_us"]
            self._tasks[case] = task

    def series(self, now_s: int) -> dict[str, Any]:
        """Answers of each second that is over, oldest first."""
        for second in [one for one in self._seconds if one < now_s - KEPT_S]:
            del self._seconds[second]
        first = now_s - KEPT_S
        none: dict[str, int] = {}
        return {
            "from": first,
            **{
                verdict: [
                    self._seconds.get(second, none).get(verdict, 0)
                    for second in range(first, now_s)
                ]
                for verdict in VERDICTS
            },
        }

    @staticmethod
    def rates(series: Mapping[str, Any]) -> dict[str, float]:
        """Answers a second over the last ten, by verdict."""
        return {
            verdict: round(sum(series[verdict][-_RATE_S:]) / _RATE_S, 2) for verdict in VERDICTS
        }

    def stops(self) -> list[dict[str, Any]]:
        """The latest stops and revisions, newest first."""
        return self._stops

    def waiting(self, now_us: int) -> dict[str, Any]:
        """What waits for officers: what escalated first, then by the time to look."""
        tasks = sorted(
            self._tasks.values(),
            key=lambda task: (task["state"] != "ESCALATED", task["review_by_us"]),
        )
        states = dict.fromkeys(_WAITS, 0)
        for task in tasks:
            states[task["state"]] += 1
        overdue = sum(0 < task["review_by_us"] < now_us for task in tasks)
        return {
            "total": len(tasks), "more": self.has_more_tasks, "states": states,
            "overdue": overdue, "tasks": tasks[:_TASKS],
        }  # fmt: skip
