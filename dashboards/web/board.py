"""What the live page shows, kept up to date by what is new: one thread feeds and reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

KEPT_S: Final = 300
"""Seconds of answers that the chart shows."""

_STOPS: Final = 40
_TASKS: Final = 60
_RATE_S: Final = 10
_UNSHOWN: Final = ("case_reference", "last")
_WAITS: Final = ("OPEN", "TAKEN", "SECOND", "ESCALATED")
VERDICTS: Final = ("RELEASE", "HOLD", "REFER")


class Board:
    """Windows over what was decided.

    Attributes
    ----------
    answers_after, stops_after, tasks_after
        Places in the log up to which each part was read; -1 before the first time.
    """

    def __init__(self) -> None:
        self.answers_after = -1
        self.stops_after = -1
        self.tasks_after = -1
        self._seconds: Final[dict[int, dict[str, int]]] = {}
        self._stops: list[dict[str, Any]] = []
        self._tasks: Final[dict[str, dict[str, Any]]] = {}

    def read_up_to(self, place: int) -> None:
        """Note that all before a place was read, where nothing of a part was there."""
        self.answers_after = max(self.answers_after, place)
        self.stops_after = max(self.stops_after, place)
        self.tasks_after = max(self.tasks_after, place)

    def add_answers(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Count answers that were not seen yet."""
        for row in rows:
            second = self._seconds.setdefault(row["second"], dict.fromkeys(VERDICTS, 0))
            second[row["verdict"]] = second.get(row["verdict"], 0) + row["n"]
            self.answers_after = max(self.answers_after, row["last"])

    def add_stops(self, rows: list[dict[str, Any]]) -> None:
        """Put the newest stops and revisions, newest first, before the older ones."""
        if rows:
            self.stops_after = max(row["offset"] for row in rows)
            self._stops = [*rows, *self._stops][:_STOPS]

    def add_tasks(self, rows: Iterable[dict[str, Any]]) -> None:
        """Note how the tasks of cases stand now."""
        for row in rows:
            self.tasks_after = max(self.tasks_after, row["last"])
            task = {key: value for key, value in row.items() if key not in _UNSHOWN}
            case = row["case_reference"]
            if task["state"] not in _WAITS:
                self._tasks.pop(case, None)
                continue
            before = self._tasks.get(case)
            if before is not None:
                task["since_us"] = before["since_us"]
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
            "total": len(tasks), "states": states, "overdue": overdue, "tasks": tasks[:_TASKS]
        }  # fmt: skip
