"""What officers do with tasks, and what their word is worth when facts come afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from acting import REASON, REVIEW, VALID, act, held, override, released, stopped, tasks
from border import SECOND, WALK, Border, answer, told
from promoting import KIM, LEE, put_rules
from rule_files import rule

from haechi.engine.codes import (
    CodeClass,
    DecisionKind,
    Directive,
    GateActed,
    OfficerAct,
    ScanResult,
    Stage,
    Task,
    Verdict,
)


def test_a_stop_makes_a_task_and_a_release_none() -> None:
    border, stop = stopped()
    assert tasks([stop]) == [("OPEN", 0)]
    border.manifest(ref=2)
    assert tasks([answer(border.gate(ref=2))]) == [("NONE", 0)]


def test_a_standing_stop_asks_nobody_yet() -> None:
    border = Border()
    border.manifest()
    assert tasks(border.scan()) == [("NONE", 0)]


def test_taken_put_back_and_taken_by_another() -> None:
    border, stop = stopped()
    assert tasks(act(border, stop, OfficerAct.TAKE)) == [("TAKEN", KIM)]
    assert len(act(border, stop, OfficerAct.TAKE, LEE)) == 0
    assert len(act(border, stop, OfficerAct.CONFIRM, LEE)) == 0
    assert len(act(border, stop, OfficerAct.PUT_BACK, LEE)) == 0
    assert tasks(act(border, stop, OfficerAct.PUT_BACK)) == [("OPEN", 0)]
    assert tasks(act(border, stop, OfficerAct.TAKE, LEE)) == [("TAKEN", LEE)]


def test_taking_changes_nothing_for_the_gate() -> None:
    border, stop = stopped()
    (noted,) = act(border, stop, OfficerAct.TAKE)
    assert noted["kind"] == DecisionKind.REVIEW
    for field in ("verdict", "directive", "code_class", "stage", "gate"):
        assert noted[field] == stop[field]
    assert noted["review_by_us"] == stop["review_by_us"]
    assert noted["supersedes_hi"] == stop["id_hi"]


def test_confirmed_it_rests() -> None:
    border, stop = stopped()
    assert tasks(act(border, stop, OfficerAct.CONFIRM)) == [("SETTLED", KIM)]
    assert len(border.wait(2 * REVIEW)) == 0


def test_taken_and_forgotten_it_goes_to_everybody_and_releases_nobody() -> None:
    border, stop = stopped()
    act(border, stop, OfficerAct.TAKE)
    made = border.wait(REVIEW)
    assert told(made) == [("ESCALATION", "REFER", "CALL_OFFICER", "REVIEW_EXPIRED")]
    assert tasks(made) == [("ESCALATED", 0)]
    assert tasks(act(border, made[0], OfficerAct.TAKE, LEE)) == [("TAKEN", LEE)]


def test_an_officer_escalates_and_the_time_begins_anew() -> None:
    border, stop = stopped()
    border.wait(REVIEW // 2)
    made = act(border, stop, OfficerAct.ESCALATE)
    assert told(made) == [("ESCALATION", "REFER", "CALL_OFFICER", "OFFICER")]
    assert tasks(made) == [("ESCALATED", 0)]
    assert len(border.wait(REVIEW * 3 // 4)) == 0
    assert [d["code_class"] for d in border.wait(REVIEW)] == [CodeClass.REVIEW_EXPIRED]


def test_a_referral_checked_and_clear_is_released_to_its_gate() -> None:
    border, stop = stopped()
    made = act(border, stop, OfficerAct.RELEASE)
    assert told(made) == [("REVISION", "RELEASE", "NONE", "OFFICER")]
    assert tasks(made) == [("RELEASED", KIM)]
    assert made[0]["supersedes_hi"] == stop["id_hi"]
    again = answer(border.gate())
    assert told([again]) == [("ANSWER", "RELEASE", "NONE", "OFFICER")]
    assert tasks([again]) == [("RELEASED", KIM)]


def test_a_hold_is_not_released_without_a_reason() -> None:
    border, stop = held()
    assert len(act(border, stop, OfficerAct.RELEASE)) == 0
    made = act(border, stop, OfficerAct.RELEASE, token=REASON)
    assert [d["verdict"] for d in made] == [Verdict.RELEASE]


def test_what_nobody_stopped_cannot_be_released() -> None:
    border = Border()
    border.manifest()
    free = answer(border.gate())
    assert len(act(border, free, OfficerAct.RELEASE)) == 0
    assert len(act(border, free, OfficerAct.TAKE)) == 0
    assert len(act(border, free, OfficerAct.CONFIRM)) == 0


def test_who_names_an_older_decision_has_not_seen_what_stands() -> None:
    border, stop = stopped()
    border.link(900)
    made = border.bag_scan(900, 1.0)
    assert tasks(made) == [("OPEN", 0)]
    assert len(act(border, stop, OfficerAct.RELEASE)) == 0
    assert tasks(act(border, made[-1], OfficerAct.TAKE)) == [("TAKEN", KIM)]


def test_news_leaves_the_task_with_its_officer_and_the_reminder_where_it_was() -> None:
    border, stop = stopped()
    act(border, stop, OfficerAct.TAKE)
    border.wait(REVIEW // 2)
    border.link(900)
    (news,) = border.bag_scan(900, 1.0)
    assert tasks([news]) == [("TAKEN", KIM)]
    assert news["review_by_us"] == stop["review_by_us"]


def test_the_engine_itself_lets_a_task_lapse() -> None:
    border, stop = stopped()
    made = border.clear()
    assert told(made) == [("REVISION", "RELEASE", "NONE", "CLEAR")]
    assert tasks(made) == [("LAPSED", 0)]
    assert len(act(border, stop, OfficerAct.CONFIRM)) == 0


def test_a_task_ends_with_its_case() -> None:
    border, _ = stopped()
    made = border.close()
    assert tasks(made) == [("LAPSED", 0)]
    assert made[0]["kind"] == DecisionKind.REVIEW


# The matrix of an override: what it says, how far the world had acted, what came afterwards.


@pytest.mark.parametrize(
    ("acted", "told_to_gate"),
    [
        (None, [("REVISION", "HOLD", "CALL_OFFICER", "OFFICER")]),
        (GateActed.KEPT_SHUT, [("REVISION", "HOLD", "CALL_OFFICER", "OFFICER")]),
        (GateActed.OPENED, [("ALERT", "HOLD", "CALL_OFFICER", "OFFICER")]),
    ],
)
def test_an_officer_holds_whom_the_engine_released(acted: Any, told_to_gate: Any) -> None:
    border = Border()
    border.manifest()
    free = answer(border.gate())
    if acted is not None:
        border.acted(free, acted)
    made = override(border, free, Verdict.HOLD)
    assert told(made) == told_to_gate
    assert tasks(made) == [("SETTLED", KIM)]
    assert made[0]["selected_by"] == 4


def test_whom_an_officer_holds_no_fact_and_no_time_releases() -> None:
    border = Border()
    border.manifest()
    free = answer(border.gate(stage=Stage.RECLAIM))
    override(border, free, Verdict.HOLD)
    border.clear()
    border.wait(10 * REVIEW)
    assert answer(border.gate(stage=Stage.EXIT))["verdict"] == Verdict.HOLD
    last = override(border, border.decisions[-1], Verdict.RELEASE, LEE)
    assert [d["verdict"] for d in last] == [Verdict.RELEASE]


def test_after_leaving_an_officers_hold_is_a_follow_up() -> None:
    border = Border()
    border.manifest()
    free = answer(border.gate())
    border.acted(free)
    border.left()
    made = override(border, border.decisions[-1], Verdict.HOLD)
    assert told(made) == [("FOLLOW_UP", "REFER", "CALL_OFFICER", "OFFICER")]


def test_after_an_override_the_same_facts_change_nothing() -> None:
    border, _ = released()
    assert len(border.scan()) == 0
    assert len(border.manifest()) == 0
    assert answer(border.gate())["verdict"] == Verdict.RELEASE


def test_after_an_override_worse_facts_stop_again() -> None:
    border, made = released()
    border.link(900)
    (news,) = border.bag_scan(900, 1.0)
    assert news["kind"] == DecisionKind.REVISION
    assert news["verdict"] != Verdict.RELEASE
    assert news["supersedes_hi"] == made["id_hi"]
    assert tasks([news]) == [("OPEN", 0)]


def test_after_an_override_and_an_opened_gate_worse_facts_alert() -> None:
    border, made = released()
    border.acted(made)
    border.link(900)
    (news,) = border.bag_scan(900, 1.0)
    assert news["kind"] == DecisionKind.ALERT


def test_after_an_override_and_leaving_worse_facts_are_followed_up() -> None:
    border, made = released()
    border.acted(made)
    border.left()
    border.link(900)
    (news,) = border.bag_scan(900, 1.0)
    assert told([news]) == [("FOLLOW_UP", "REFER", "CALL_OFFICER", "RISK")]


def test_after_an_override_new_missing_evidence_stops_again() -> None:
    border = Border()
    border.manifest()
    border.face()
    border.scan()
    stop = answer(border.gate(lane=WALK))
    override(border, stop, Verdict.RELEASE)
    border.face(outcome=5)
    assert answer(border.gate(lane=WALK))["verdict"] == Verdict.REFER


def test_an_officers_release_is_for_its_stage_and_its_time() -> None:
    border, _ = released()
    border.wait(VALID + SECOND)
    assert answer(border.gate())["verdict"] == Verdict.REFER
    border, _ = released()
    assert answer(border.gate(stage=Stage.EXIT, lane=WALK))["verdict"] == Verdict.REFER
    border = Border()
    border.manifest()
    border.scan()
    desk = answer(border.gate(stage=Stage.DESK))
    override(border, desk, Verdict.RELEASE)
    assert answer(border.gate(stage=Stage.EXIT))["verdict"] == Verdict.REFER


def test_an_officer_lowers_a_hold_to_a_check_and_keeps_the_task() -> None:
    border, stop = held()
    made = override(border, stop, Verdict.REFER, method=Directive.BAG_SEARCH)
    assert told(made) == [("REVISION", "REFER", "BAG_SEARCH", "OFFICER")]
    assert tasks(made) == [("TAKEN", KIM)]
    assert answer(border.gate())["verdict"] == Verdict.REFER
    late = border.wait(REVIEW + SECOND)
    assert [d["code_class"] for d in late] == [CodeClass.REVIEW_EXPIRED]


def test_saying_the_same_is_confirming() -> None:
    border, stop = stopped()
    made = override(border, stop, Verdict.REFER)
    assert [d["kind"] for d in made] == [DecisionKind.REVIEW]
    assert tasks(made) == [("SETTLED", KIM)]


def test_an_officers_release_clears_nobody_for_a_broken_sensor() -> None:
    border, _ = released()
    slot = border.shard.state.cases[border.shard.state.cases["open"] == 1][0]
    assert slot["cleared_us"] == 0


def test_an_inspection_settles_the_task_and_the_stop_stands() -> None:
    border, stop = stopped()
    made = border.outcome(stop, found=2, actor=LEE)
    assert tasks(made) == [("SETTLED", LEE)]
    assert [d["verdict"] for d in made] == [Verdict.REFER]
    border.scan(result=ScanResult.FAILED, late=SECOND)
    assert len(border.wait(2 * REVIEW)) == 0


def test_two_names_of_one_subject_lose_neither_task_nor_word() -> None:
    border = Border()
    border.manifest(1)
    border.manifest(2, flight=11)
    border.scan(2)
    stop = answer(border.gate(2))
    act(border, stop, OfficerAct.TAKE)
    border.identity(1, 2)
    made = border.decisions[-1]
    assert tasks([made]) == [("TAKEN", KIM)]
    assert CodeClass.REVIEW_EXPIRED in [d["code_class"] for d in border.wait(2 * REVIEW)]


def test_two_must_agree_to_lower_what_a_rule_stops(border: Border) -> None:
    put_rules(border, rule("one-way", "one_way", verdict="HOLD", four_eyes=True))
    border.manifest(one_way=1)
    stop = answer(border.gate())
    assert (stop["verdict"], stop["four_eyes"]) == (Verdict.HOLD, 1)
    (first,) = override(border, stop, Verdict.RELEASE, KIM)
    assert (first["verdict"], first["kind"]) == (Verdict.HOLD, DecisionKind.REVIEW)
    assert (Task(first["task"]), first["asked_verdict"]) == (Task.SECOND, Verdict.RELEASE)
    assert len(override(border, stop, Verdict.RELEASE, KIM)) == 0
    assert len(override(border, stop, Verdict.RELEASE, KIM, method=Directive.INTERVIEW)) == 0
    (second,) = override(border, stop, Verdict.RELEASE, LEE)
    assert told([second]) == [("REVISION", "RELEASE", "NONE", "OFFICER")]


def test_news_between_the_two_asks_both_again(border: Border) -> None:
    put_rules(border, rule("one-way", "one_way", verdict="REFER", four_eyes=True))
    border.manifest(one_way=1)
    stop = answer(border.gate())
    override(border, stop, Verdict.RELEASE, KIM)
    border.link(900)
    (news,) = border.bag_scan(900, 1.0)
    assert Task(news["task"]) == Task.OPEN
    (again,) = override(border, news, Verdict.RELEASE, LEE)
    assert Task(again["task"]) == Task.SECOND


def test_one_officer_may_raise_what_two_must_lower(border: Border) -> None:
    put_rules(border, rule("one-way", "one_way", verdict="REFER", four_eyes=True))
    border.manifest(one_way=1)
    stop = answer(border.gate())
    assert [d["verdict"] for d in override(border, stop, Verdict.HOLD)] == [Verdict.HOLD]
