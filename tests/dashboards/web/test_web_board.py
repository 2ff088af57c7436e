"""What all pages show: kept up to date by one poller, told to every page by one hub."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from haechi.dashboards.web.board import Board
from haechi.dashboards.web.hub import MOST, Hub, masked
from haechi.dashboards.web.poller import Poller
from haechi.engine.errors import Unavailable

ID = "ab" * 16


def told(case: str, state: str, due: int, last: int) -> dict[str, Any]:
    task = {"state": state, "taken_by": "", "review_by_us": due, "decided_us": last}
    return {"case_reference": case, **task}


def test_the_board_adds_what_is_new_and_forgets_what_is_old() -> None:
    board = Board()
    board.add_answers([{"second": 999, "lane": "walk", "verdict": "HOLD", "n": 2, "last": 5}])
    board.add_answers([{"second": 999, "lane": "walk", "verdict": "HOLD", "n": 1, "last": 9}])
    series = board.series(1000)
    assert series["HOLD"][-1] == 3
    assert board.rates(series)["HOLD"] == 0.3
    assert board.answers_after == 9
    assert sum(board.series(2000)["HOLD"]) == 0


def test_the_queue_follows_the_last_decision_about_each_case() -> None:
    board = Board()
    board.add_tasks([told("a", "OPEN", 50, 1), told("b", "ESCALATED", 90, 2)])
    assert [task["review_by_us"] for task in board.waiting(60)["tasks"]] == [90, 50]
    assert board.waiting(60)["overdue"] == 1
    board.add_tasks([told("b", "SETTLED", 90, 3), told("a", "TAKEN", 50, 4)])
    waiting = board.waiting(60)
    assert (waiting["total"], waiting["states"]["TAKEN"]) == (1, 1)
    assert waiting["tasks"][0]["since_us"] == 1


def test_news_are_stops_tasks_or_both() -> None:
    board = Board()
    stop = {"offset": 4, "decision_id": ID, "stopped": 1, **told("a", "OPEN", 50, 1)}
    board.add_news([stop, {**stop, "offset": 7, "stopped": 0, "state": "TAKEN", "taken_by": "x"}])
    assert board.stops() == [{"offset": 4, "decision_id": ID, "decided_us": 1}]
    (task,) = board.waiting(0)["tasks"]
    assert (task["state"], task["taken_by"], task["since_us"]) == ("TAKEN", "x", 1)
    assert "stopped" not in task
    assert board.news_after == 7
    board.add_news([])
    assert board.news_after == 7


def test_reasons_leave_the_server_for_officers_only() -> None:
    board = Board()
    board.add_stops([{"offset": 1, "decision_id": ID, "top": ["FACE"], "weights": [1.0]}])
    board.add_tasks([told("a", "TAKEN", 50, 1)])
    whole = {"stops": board.stops(), "waiting": board.waiting(0)}
    hidden = masked(whole)
    assert hidden["stops"] == [{"offset": 1, "decision_id": ID}]
    assert "taken_by" not in hidden["waiting"]["tasks"][0]
    assert whole["stops"][0]["top"] == ["FACE"]


class Troubled:
    """A store that fails once as nobody foresaw, and does not answer from then on."""

    def __init__(self) -> None:
        self.asked = 0

    def rows(self, name: str, **_: Any) -> list[dict[str, Any]]:
        self.asked += 1
        if self.asked == 1:
            raise IndexError(name)
        raise Unavailable("the store does not answer")


def cannot_ask() -> bool:
    raise KeyError("no token")


def test_what_nobody_foresaw_does_not_end_the_page(tmp_path: Path) -> None:
    written_us = time.time_ns() // 1000 + 5_000_000
    status = {"written_us": written_us, "intake_events": 3, "intake_limit_events": 512, "pid": 7}
    (tmp_path / "engine-status.json").write_text(json.dumps(status))

    async def first() -> dict[str, Any]:
        hub = Hub()
        store: Any = Troubled()
        working = asyncio.create_task(Poller(store, cannot_ask, lambda _: [], tmp_path, hub).work())
        async for event in hub.follow(whole=True):
            told: dict[str, Any] = json.loads(event.removeprefix(b"data: "))
            if told["engine"]["up"] is not None:
                working.cancel()
                return told
        raise AssertionError("nothing was told")

    told = asyncio.run(first())
    assert told["engine"]["up"] is False
    assert told["store"]["up"] is False
    assert told["intake"] == {"intake_events": 3, "intake_limit_events": 512}


def test_pages_that_come_together_are_not_more_than_there_may_be() -> None:
    async def told() -> list[bytes | None]:
        hub = Hub()
        hub.tell({"stops": [], "waiting": {"tasks": []}})
        pages = [hub.follow(whole=True) for _ in range(MOST + 20)]
        events = [await anext(page, None) for page in pages]
        for page in pages:
            await page.aclose()
        assert not hub.full
        return events

    events = asyncio.run(told())
    assert all(events[:MOST])
    assert events[MOST:] == [None] * 20
