"""Waiting for evidence, reviews and acknowledgements: time escalates and never releases."""

from __future__ import annotations

from typing import Any

import pytest
from border import SCREENED, SECOND, WALK, Border, answer, told

from haechi.engine.codes import CodeClass, DecisionKind, EventKind, Finding, Stage, Verdict

REVIEW = 900 * SECOND
ACKNOWLEDGE = 120 * SECOND
WAIT = 40_000


def waiting() -> tuple[Border, int]:
    border = Border()
    border.manifest()
    assert len(border.gate(lane=SCREENED)) == 0
    return border, border.count


def held() -> tuple[Border, Any]:
    border = Border()
    border.manifest()
    border.scan()
    return border, answer(border.gate())


def alerted() -> tuple[Border, Any]:
    border = Border()
    border.manifest()
    border.link(900)
    border.acted(answer(border.gate()))
    return border, border.bag_scan(900, 0.75)[0]


def test_a_gate_waits_and_the_evidence_answers() -> None:
    border, asked = waiting()
    found = answer(border.clear())
    assert found["answers_hi"] == asked
    assert found["verdict"] == Verdict.RELEASE
    assert border.wait(SECOND).size == 0


def test_a_gate_waits_and_the_deadline_answers() -> None:
    border, asked = waiting()
    assert len(border.wait(WAIT - 2000)) == 0
    found = answer(border.wait(2000))
    assert found["answers_hi"] == asked
    assert found["code_class"] == CodeClass.MISSING_EVIDENCE


def test_what_holds_anyway_does_not_wait() -> None:
    border = Border()
    border.manifest(document_state=2)
    border.watch(77, 2)
    border.manifest(document_state=2, pccc=77)
    assert answer(border.gate(lane=SCREENED))["verdict"] == Verdict.HOLD


def test_an_alarm_answers_at_once() -> None:
    border, asked = waiting()
    found = answer(border.scan())
    assert (found["answers_hi"], found["verdict"]) == (asked, Verdict.REFER)


def test_a_second_question_answers_the_first() -> None:
    border, asked = waiting()
    found = answer(border.gate(lane=SCREENED))
    assert found["answers_hi"] == asked
    assert found["verdict"] == Verdict.REFER
    assert answer(border.wait(WAIT))["answers_hi"] == asked + 1


def test_closing_the_case_answers_the_gate() -> None:
    border, asked = waiting()
    assert answer(border.close())["answers_hi"] == asked


def test_a_manifest_of_another_flight_answers_the_gate() -> None:
    border, asked = waiting()
    border.manifest(flight=11)
    border.wait(60 * SECOND)
    assert [d["verdict"] for d in border.decisions if d["answers_hi"] == asked] == [Verdict.REFER]


def test_a_gate_waits_no_longer_than_its_budget() -> None:
    border = Border()
    border.manifest()
    border.gate(lane=SCREENED, budget_ms=5)
    asked = border.count
    border.wait(5000)
    assert [d for d in border.decisions if d["answers_hi"] == asked]


def test_a_review_that_expires_escalates_and_never_releases() -> None:
    border, first = held()
    assert len(border.wait(REVIEW - 2000)) == 0
    made = border.wait(2000)
    assert told(made) == [("ESCALATION", "REFER", "CALL_OFFICER", "REVIEW_EXPIRED")]
    assert made[0]["supersedes_hi"] == first["id_hi"]
    assert len(border.wait(10 * REVIEW)) == 0


@pytest.mark.parametrize("found", [Finding.FOUND, Finding.NOTHING])
def test_an_inspection_is_a_review(found: int) -> None:
    border, first = held()
    border.outcome(first, found)
    assert len(border.wait(2 * REVIEW)) == 0


def test_an_officer_who_acts_is_a_review() -> None:
    border, first = held()
    border.send(EventKind.OFFICER_ACTION, of=first)
    assert len(border.wait(2 * REVIEW)) == 0


def test_an_inspection_that_was_not_done_is_no_review() -> None:
    border, first = held()
    border.outcome(first, Finding.NOT_DONE)
    assert told(border.wait(2 * REVIEW)) == [
        ("ESCALATION", "REFER", "CALL_OFFICER", "REVIEW_EXPIRED")
    ]


def test_a_review_of_an_older_decision_is_none_of_this_one() -> None:
    border = Border()
    border.manifest()
    before = answer(border.gate(stage=Stage.DESK))
    border.scan()
    answer(border.gate(stage=Stage.EXIT))
    border.send(EventKind.OFFICER_ACTION, of=before)
    assert CodeClass.REVIEW_EXPIRED in [d["code_class"] for d in border.wait(2 * REVIEW)]


def test_an_unknown_lane_is_not_escalated_at_once() -> None:
    border = Border()
    border.manifest()
    border.gate(lane=31)
    assert len(border.wait(1000)) == 0


def test_a_revision_that_nobody_acknowledges_escalates() -> None:
    border, _ = alerted()
    assert len(border.wait(ACKNOWLEDGE - 2000)) == 0
    made = border.wait(2000)
    assert told(made) == [("ESCALATION", "REFER", "CALL_OFFICER", "NOT_ACKNOWLEDGED")]


def test_an_acknowledged_revision_rests() -> None:
    border, alert = alerted()
    border.send(EventKind.WATCH_ACKNOWLEDGED, of=alert)
    made = border.wait(ACKNOWLEDGE * 2)
    assert [d for d in made if d["code_class"] == CodeClass.NOT_ACKNOWLEDGED] == []


def test_acknowledging_the_older_revision_leaves_the_newer_open() -> None:
    border, alert = alerted()
    newer = border.scan(score=1.0)
    assert newer[0]["kind"] == DecisionKind.ALERT
    border.send(EventKind.WATCH_ACKNOWLEDGED, of=alert)
    made = border.wait(ACKNOWLEDGE)
    assert [d["code_class"] for d in made] == [CodeClass.NOT_ACKNOWLEDGED]


def test_a_newer_revision_has_its_own_time() -> None:
    border, _ = alerted()
    border.scan(score=1.0, after=100 * SECOND)
    assert len(border.wait(21 * SECOND)) == 0
    made = border.wait(100 * SECOND)
    assert [d["code_class"] for d in made] == [CodeClass.NOT_ACKNOWLEDGED]


def test_no_passing_of_time_ever_releases() -> None:
    border = Border()
    for ref in range(1, 20):
        border.manifest(ref)
        border.gate(ref, lane=SCREENED if ref % 2 else WALK)
    before = len(border.decisions)
    for _ in range(200):
        border.wait(30 * SECOND)
    later = border.decisions[before:]
    assert later
    assert all(d["verdict"] != Verdict.RELEASE for d in later)


def test_many_deadlines_at_once_all_fire_in_order() -> None:
    border = Border(256)
    for ref in range(1, 101):
        border.manifest(ref)
        border.scan(ref)
        border.gate(ref)
    made: list[Any] = []
    for _ in range(10):
        made.extend(border.wait(REVIEW if not made else 1))
    assert [int(d["subject"]) for d in made] == list(range(1, 101))
    assert {int(d["code_class"]) for d in made} == {CodeClass.REVIEW_EXPIRED}
