"""The whole matrix of revision: how far the world had acted, by what came afterwards.

Each cell is what is decided at once: kind, verdict and directive, or nothing. The same table stands
in docs/officers.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from border import SECOND, Border, answer

from haechi.engine.codes import (
    DecisionKind,
    Directive,
    EventKind,
    GateActed,
    OfficerAct,
    Task,
    Verdict,
)

KIM, REASON = 41, 77
REVIEW = 900 * SECOND
Made = list[tuple[str, str, str]]


def told(decisions: Any) -> Made:
    return [
        (
            DecisionKind(d["kind"]).name,
            Verdict(d["verdict"]).name,
            Directive(d["directive"]).name,
        )
        for d in decisions
    ]


# What had happened.


def not_asked(stopped: bool) -> Border:
    border = Border()
    border.manifest()
    if stopped:
        border.scan()
    return border


def asked(stopped: bool) -> Border:
    border = not_asked(stopped)
    answer(border.gate())
    return border


def shut(stopped: bool) -> Border:
    border = asked(stopped)
    border.acted(border.decisions[-1], GateActed.KEPT_SHUT)
    return border


def opened(stopped: bool) -> Border:
    border = asked(stopped)
    border.acted(border.decisions[-1], GateActed.OPENED)
    return border


def left(stopped: bool) -> Border:
    border = opened(stopped)
    border.left()
    return border


def overridden(stopped: bool) -> Border:
    """The other way: who was to be stopped is released by an officer, and the reverse."""
    border = asked(stopped)
    say(border, Verdict.RELEASE if stopped else Verdict.HOLD)
    return border


# What comes then.


def say(border: Border, verdict: int) -> Any:
    return border.send(
        EventKind.OFFICER_ACTION,
        of=border.decisions[-1],
        mode=OfficerAct.OVERRIDE,
        acted=verdict,
        actor=KIM,
        token=REASON,
    )


def worse(border: Border) -> Any:
    border.link(900)
    return border.bag_scan(900, 1.0)


def clears(border: Border) -> Any:
    return border.clear()


def holds(border: Border) -> Any:
    return say(border, Verdict.HOLD)


def releases(border: Border) -> Any:
    return say(border, Verdict.RELEASE)


def waits(border: Border) -> Any:
    return border.wait(2 * REVIEW)


HOLD_NOW = ("HOLD", "CALL_OFFICER")
LOOKOUT = ("FOLLOW_UP", "REFER", "CALL_OFFICER")
EXPIRED = ("ESCALATION", "REFER", "CALL_OFFICER")
FREE = ("RELEASE", "NONE")
SEARCH = ("REFER", "BAG_SEARCH")

MATRIX: list[tuple[Callable[[bool], Border], bool, Callable[[Border], Any], Made]] = [
    # Nobody was stopped so far.
    (not_asked, False, worse, [("STANDING", *SEARCH)]),
    (not_asked, False, clears, []),
    (not_asked, False, holds, [("STANDING", *HOLD_NOW)]),
    (not_asked, False, waits, []),
    (asked, False, worse, [("REVISION", *SEARCH)]),
    (asked, False, clears, []),
    (asked, False, holds, [("REVISION", *HOLD_NOW)]),
    (asked, False, waits, []),
    (shut, False, worse, [("REVISION", *SEARCH)]),
    (shut, False, holds, [("REVISION", *HOLD_NOW)]),
    (opened, False, worse, [("ALERT", *SEARCH)]),
    (opened, False, clears, []),
    (opened, False, holds, [("ALERT", *HOLD_NOW)]),
    (opened, False, waits, []),
    (left, False, worse, [LOOKOUT]),
    (left, False, clears, []),
    (left, False, holds, [LOOKOUT]),
    (left, False, waits, []),
    # The scanner's alarm had stopped them.
    (not_asked, True, clears, [("STANDING", *FREE)]),
    (not_asked, True, releases, [("STANDING", *FREE)]),
    (not_asked, True, waits, []),
    (asked, True, clears, [("REVISION", *FREE)]),
    (asked, True, releases, [("REVISION", *FREE)]),
    (asked, True, holds, [("REVISION", *HOLD_NOW)]),
    (asked, True, waits, [EXPIRED]),
    (shut, True, clears, [("REVISION", *FREE)]),
    (shut, True, releases, [("REVISION", *FREE)]),
    (shut, True, waits, [EXPIRED]),
    (opened, True, clears, [("ALERT", *FREE)]),
    (opened, True, releases, [("REVIEW", *FREE)]),
    (opened, True, waits, [EXPIRED]),
    (left, True, clears, []),
    (left, True, releases, [("REVIEW", *FREE)]),
    (left, True, holds, [LOOKOUT]),
    (left, True, waits, [EXPIRED]),
    # An officer had decided otherwise.
    # The engine itself says so now: nobody need stand for it any more.
    (overridden, True, clears, [("REVISION", *FREE)]),
    (overridden, True, holds, [("REVISION", *HOLD_NOW)]),
    # The gate never said that it had heard, so somebody is called.
    (overridden, True, waits, [EXPIRED]),
    (overridden, False, worse, []),
    (overridden, False, clears, []),
    (overridden, False, releases, [("REVISION", *FREE)]),
    (overridden, False, waits, [("ESCALATION", *HOLD_NOW)]),
]


@pytest.mark.parametrize(("before", "stopped", "then", "made"), MATRIX)
def test_a_cell(
    before: Callable[[bool], Border], stopped: bool, then: Callable[[Border], Any], made: Made
) -> None:
    border = before(stopped)
    assert told(then(border)) == made


def test_after_an_officers_release_worse_facts_stop_again() -> None:
    border = overridden(stopped=True)
    ((kind, verdict, _),) = told(worse(border))
    assert (kind, verdict != "RELEASE") == ("REVISION", True)


@pytest.mark.parametrize("before", [not_asked, asked, shut, opened, left])
@pytest.mark.parametrize("stopped", [True, False])
def test_nobody_is_released_by_time(before: Callable[[bool], Border], stopped: bool) -> None:
    """Whatever had happened, hours of nothing release nobody who was stopped."""
    border = before(stopped)
    count = len(border.decisions)
    for _ in range(40):
        border.wait(REVIEW)
    later = border.decisions[count:]
    if stopped:
        assert all(d["verdict"] != Verdict.RELEASE for d in later)
    assert all(Task(d["task"]) not in (Task.RELEASED, Task.LAPSED) for d in later)


def test_every_decision_names_the_one_before() -> None:
    for before, stopped, then, _ in MATRIX:
        border = before(stopped)
        then(border)
        for first, second in zip(border.decisions, border.decisions[1:], strict=False):
            assert second["supersedes_hi"] == first["id_hi"]
