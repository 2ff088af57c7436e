"""What a new fact means: before the gate acted, after it opened, after the subject left."""

from __future__ import annotations

from typing import Any

import pytest
from border import SCREENED, WALK, Border, answer, told

from haechi.engine.codes import (
    DecisionKind,
    EventKind,
    FaceOutcome,
    GateActed,
    Phase,
    Stage,
    Verdict,
)

ALARMED = ("REFER", "BODY_SCAN", "RISK")


def asked(stage: int = Stage.EXIT) -> tuple[Border, Any]:
    border = Border()
    border.manifest()
    return border, answer(border.gate(stage=stage))


def test_before_the_gate_asks_the_standing_decision_changes() -> None:
    border = Border()
    border.manifest()
    assert told(border.scan()) == [("STANDING", *ALARMED)]


def test_before_the_gate_acted_it_is_a_revision() -> None:
    border, first = asked()
    made = border.scan()
    assert told(made) == [("REVISION", *ALARMED)]
    assert made[0]["supersedes_hi"] == first["id_hi"]
    assert made[0]["supersedes_lo"] == first["id_lo"]


@pytest.mark.parametrize("acted", [GateActed.DIVERTED, GateActed.KEPT_SHUT, GateActed.FAILED])
def test_where_the_gate_did_not_open_it_is_a_revision(acted: int) -> None:
    border, first = asked()
    border.acted(first, acted)
    assert told(border.scan()) == [("REVISION", *ALARMED)]


def test_after_the_gate_opened_it_is_an_alert() -> None:
    border, first = asked()
    border.acted(first)
    assert told(border.scan()) == [("ALERT", *ALARMED)]


def test_after_the_subject_left_it_is_a_follow_up() -> None:
    border, first = asked()
    border.acted(first)
    border.left()
    border.link(900)
    border.bag_scan(900, 1.0)
    made = border.scan(score=1.0)
    assert told(border.decisions[-1:]) == [("FOLLOW_UP", "REFER", "CALL_OFFICER", "RISK")]
    assert all(d["verdict"] != Verdict.HOLD for d in made)


@pytest.mark.parametrize("phase", Phase)
def test_only_before_leaving_is_anyone_held(phase: Phase) -> None:
    """HOLD-worthy facts at every phase; no HOLD is decided once the subject is gone."""
    border = Border()
    border.manifest()
    border.link(900)
    if phase != Phase.OPEN:
        first = answer(border.gate())
        if phase != Phase.ANSWERED:
            border.acted(first)
        if phase == Phase.LEFT:
            border.left()
    border.bag_scan(900, 1.0)
    border.scan(score=1.0)
    border.wait(3_600_000_000)
    border.wait(3_600_000_000)
    held = [d for d in border.decisions if d["verdict"] == Verdict.HOLD]
    assert bool(held) == (phase != Phase.LEFT)
    assert all(d["phase"] != Phase.LEFT for d in held)


def test_an_answer_that_held_does_not_escalate_to_a_hold_after_leaving() -> None:
    border = Border()
    border.manifest()
    border.link(900)
    border.bag_scan(900, 1.0)
    border.scan(score=1.0)
    assert answer(border.gate())["verdict"] == Verdict.HOLD
    border.left()
    later = border.wait(3_600_000_000)
    assert all(d["verdict"] != Verdict.HOLD for d in later)


def test_a_referral_that_left_is_followed_up_when_the_risk_comes() -> None:
    border = Border()
    border.manifest()
    assert answer(border.gate(lane=WALK))["verdict"] == Verdict.REFER
    border.left()
    assert told(border.scan(score=1.0)) == [("FOLLOW_UP", "REFER", "CALL_OFFICER", "RISK")]


def test_an_older_gate_action_does_not_shut_a_gate_that_opened() -> None:
    border, first = asked()
    border.acted(first)
    border.acted(first, GateActed.KEPT_SHUT, late=1_000_000)
    assert told(border.scan()) == [("ALERT", *ALARMED)]


def test_facts_that_say_the_same_decide_nothing() -> None:
    border, first = asked()
    assert len(border.clear()) == 0
    assert len(border.manifest()) == 0
    border.acted(first)
    assert len(border.clear()) == 0
    assert len(border.declare()) == 0


def test_an_alert_that_proves_wrong_is_taken_back_on_the_record() -> None:
    border, first = asked()
    border.acted(first)
    alert = border.scan()[0]
    back = border.clear()
    assert told(back) == [("ALERT", "RELEASE", "NONE", "CLEAR")]
    assert back[0]["supersedes_hi"] == alert["id_hi"]


def test_the_next_gate_asks_anew() -> None:
    border, first = asked(Stage.DESK)
    border.acted(first)
    border.scan()
    again = answer(border.gate(stage=Stage.EXIT))
    assert (again["verdict"], again["stage"]) == (Verdict.REFER, Stage.EXIT)
    assert told(border.clear()) == [("REVISION", "RELEASE", "NONE", "CLEAR")]


def test_an_exit_match_beside_an_alarm_is_pushed_before_the_gate_asks() -> None:
    border, first = asked(Stage.DESK)
    border.acted(first)
    border.scan(score=0.9)
    made = border.face(outcome=FaceOutcome.DIFFERENT)
    assert [d["kind"] for d in border.decisions].count(DecisionKind.ALERT) >= 1
    assert all(d["verdict"] != Verdict.RELEASE for d in made)


def test_a_provisional_answer_is_superseded_on_the_record() -> None:
    border = Border()
    border.manifest()
    made = border.send(
        EventKind.PROVISIONAL_DELIVERED, ref=1, node=1, target_hi=5, target_lo=6, answers_hi=7
    )
    told, revised = made
    assert (told["id_hi"], told["id_lo"], told["answers_hi"]) == (5, 6, 7)
    assert (told["kind"], told["verdict"]) == (DecisionKind.PROVISIONAL, Verdict.REFER)
    assert (revised["supersedes_hi"], revised["supersedes_lo"]) == (5, 6)
    assert revised["answers_hi"] == 7
    assert revised["kind"] == DecisionKind.REVISION


def test_a_provisional_answer_delivered_twice_is_recorded_once() -> None:
    border = Border()
    border.manifest()
    fields = {"ref": 1, "node": 1, "target_hi": 5, "target_lo": 6, "answers_hi": 7}
    border.send(EventKind.PROVISIONAL_DELIVERED, **fields)
    again = border.send(EventKind.PROVISIONAL_DELIVERED, **fields)
    assert [d["kind"] for d in again] == [DecisionKind.REVISION]


def test_a_provisional_answer_superseded_after_leaving_is_a_follow_up() -> None:
    border, first = asked()
    border.acted(first)
    border.left()
    border.link(900)
    border.bag_scan(900, 1.0)
    border.scan(score=1.0)
    made = border.send(EventKind.PROVISIONAL_DELIVERED, ref=1, node=1, target_hi=5)
    assert all(d["verdict"] != Verdict.HOLD for d in made)
    assert [d["kind"] for d in made] == [DecisionKind.PROVISIONAL, DecisionKind.FOLLOW_UP]


def test_the_supersedes_chain_of_a_case_has_no_gap() -> None:
    border, first = asked(Stage.DESK)
    border.acted(first)
    border.scan()
    border.clear()
    border.gate(lane=SCREENED)
    border.scan()
    border.left()
    for before, after in zip(border.decisions, border.decisions[1:], strict=False):
        assert after["supersedes_hi"] == before["id_hi"]
    ids = {(int(d["id_hi"]), int(d["id_lo"])) for d in border.decisions}
    assert len(ids) == len(border.decisions)
