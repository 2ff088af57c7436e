"""The tasks as a view of the decisions: the same from a running engine and from its log."""

from __future__ import annotations

from collections import Counter
from typing import Any

from border import SECOND, Border, answer

from haechi.engine.codes import EventKind, OfficerAct, Task
from haechi.streams.task_book import TaskBook

REVIEW = 900 * SECOND


def book_of(decisions: list[Any]) -> TaskBook:
    book = TaskBook()
    for decision in decisions:
        book.take(decision.tobytes())
    return book


def several() -> tuple[Border, list[Any]]:
    border = Border()
    stops = []
    for ref in (1, 2, 3):
        border.manifest(ref)
        border.scan(ref)
        stops.append(answer(border.gate(ref)))
    return border, stops


def test_it_holds_what_waits_by_the_time_to_look() -> None:
    border, stops = several()
    found = book_of(border.decisions).tasks()
    assert [task.decision["case_key"] for task in found] == [s["case_key"] for s in stops]
    assert [task.state for task in found] == [Task.OPEN] * 3


def test_what_escalated_comes_first_and_what_is_done_goes() -> None:
    border, stops = several()
    border.send(EventKind.OFFICER_ACTION, of=stops[2], mode=OfficerAct.ESCALATE, actor=5)
    border.send(EventKind.OFFICER_ACTION, of=stops[0], mode=OfficerAct.CONFIRM, actor=5)
    found = book_of(border.decisions).tasks()
    assert [int(t.decision["case_key"]) for t in found] == [
        int(stops[2]["case_key"]),
        int(stops[1]["case_key"]),
    ]


def test_it_knows_when_its_officer_took_it_whatever_comes_later() -> None:
    border, stops = several()
    (taken,) = border.send(EventKind.OFFICER_ACTION, of=stops[0], mode=OfficerAct.TAKE, actor=5)
    border.link(900)
    border.bag_scan(900, 1.0)
    task = book_of(border.decisions).of_case(int(stops[0]["case_key"]))
    assert task is not None
    assert (task.by, task.taken_at) == (5, int(taken["offset"]))
    assert task.since_us == int(stops[0]["stamp_us"])
    assert task.decision["offset"] > taken["offset"]


def test_decisions_in_one_piece_say_the_same() -> None:
    border, _ = several()
    whole = TaskBook()
    whole.take(b"".join(d.tobytes() for d in border.decisions))
    apart = book_of(border.decisions)
    one, other = ([t.decision.tobytes() for t in book.tasks()] for book in (whole, apart))
    assert one == other


def test_it_counts_what_it_holds() -> None:
    border, stops = several()
    book = TaskBook()
    taken = 0

    def counted() -> bool:
        nonlocal taken
        for decision in border.decisions[taken:]:
            book.take(decision.tobytes())
        taken = len(border.decisions)
        plain = Counter((int(task.decision["lane"]), task.state) for task in book.tasks())
        return book.counts() == plain

    assert counted()
    assert sum(book.counts().values()) == 3
    border.send(EventKind.OFFICER_ACTION, of=stops[1], mode=OfficerAct.TAKE, actor=5)
    border.send(EventKind.OFFICER_ACTION, of=stops[2], mode=OfficerAct.ESCALATE, actor=5)
    assert counted()
    assert {task for _, task in book.counts()} == {Task.OPEN, Task.TAKEN, Task.ESCALATED}
    border.send(EventKind.OFFICER_ACTION, of=stops[0], mode=OfficerAct.CONFIRM, actor=5)
    for ref in (2, 3):
        border.close(ref)
    assert counted()
    assert book.counts() == {}


def test_nothing_is_left_when_all_cases_are_gone() -> None:
    border, _ = several()
    for ref in (1, 2, 3):
        border.close(ref)
    assert book_of(border.decisions).tasks() == []
