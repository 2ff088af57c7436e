"""Officers in tests: somebody whom a gate was told to stop, and what officers do about it."""

from __future__ import annotations

from typing import Any

from border import SECOND, Border, answer
from promoting import KIM

from haechi.engine.codes import EventKind, OfficerAct, Task, Verdict

REASON = 77
REVIEW = 900 * SECOND
VALID = 120 * SECOND


def stopped() -> tuple[Border, Any]:
    """A traveler whom the body scanner's alarm sent to an officer."""
    border = Border()
    border.manifest()
    border.scan()
    return border, answer(border.gate())


def act(border: Border, decision: Any, mode: int, actor: int = KIM, **fields: Any) -> Any:
    return border.send(EventKind.OFFICER_ACTION, of=decision, mode=mode, actor=actor, **fields)


def override(border: Border, decision: Any, verdict: int, actor: int = KIM, **fields: Any) -> Any:
    given = {"acted": verdict, "token": REASON, **fields}
    return act(border, decision, OfficerAct.OVERRIDE, actor, **given)


def tasks(decisions: Any) -> list[tuple[str, int]]:
    return [(Task(d["task"]).name, int(d["task_by"])) for d in decisions]


def held(**manifest: Any) -> tuple[Border, Any]:
    border = Border()
    border.manifest(**manifest)
    border.link(900)
    border.bag_scan(900, 1.0)
    border.scan(score=1.0)
    stop = answer(border.gate())
    assert stop["verdict"] == Verdict.HOLD
    return border, stop


def released() -> tuple[Border, Any]:
    border, stop = stopped()
    (made,) = override(border, stop, Verdict.RELEASE)
    return border, made
