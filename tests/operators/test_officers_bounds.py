"""What an officer's act must not slip past: four eyes, news, another case, another officer."""

from __future__ import annotations

from acting import REASON, REVIEW, VALID, act, held, override, released, stopped, tasks
from border import SECOND, Border, answer, shard_settings
from promoting import KIM, LEE, put_rules
from rule_files import rule

from haechi.engine.codes import (
    CodeClass,
    DecisionKind,
    OfficerAct,
    ScanResult,
    Task,
    Verdict,
    Watched,
)


def test_four_eyes_hold_for_a_stop_that_no_gate_was_told_yet(border: Border) -> None:
    put_rules(border, rule("one-way", "one_way", verdict="HOLD", four_eyes=True))
    border.manifest(one_way=1)
    standing = border.decisions[-1]
    assert (standing["kind"], standing["verdict"]) == (DecisionKind.STANDING, Verdict.HOLD)
    (first,) = override(border, standing, Verdict.RELEASE, KIM)
    assert (first["verdict"], Task(first["task"])) == (Verdict.HOLD, Task.SECOND)
    assert answer(border.gate())["verdict"] == Verdict.HOLD


def test_news_that_changes_no_verdict_is_told_to_who_has_the_task() -> None:
    border, stop = held(pccc=31)
    act(border, stop, OfficerAct.TAKE)
    (news,) = border.watch(31, Watched.DOCUMENT)
    assert news["verdict"] == stop["verdict"]
    assert tasks([news]) == [("TAKEN", KIM)]
    assert len(act(border, stop, OfficerAct.RELEASE, token=REASON)) == 0


def test_a_release_that_fell_does_not_come_back() -> None:
    border, _ = released()
    border.link(900)
    (news,) = border.bag_scan(900, 1.0)
    act(border, news, OfficerAct.CONFIRM, LEE)
    border.bag_scan(900, 0.0, ScanResult.CLEAR)
    assert answer(border.gate())["verdict"] != Verdict.RELEASE


def test_who_confirms_overrules_who_let_go() -> None:
    border, stop = stopped()
    override(border, stop, Verdict.RELEASE)
    border.wait(VALID + SECOND)
    again = answer(border.gate())
    assert again["verdict"] == Verdict.REFER
    act(border, again, OfficerAct.CONFIRM, LEE)
    assert answer(border.gate())["verdict"] == Verdict.REFER


def test_a_word_about_one_of_two_cases_lowers_nothing_for_both() -> None:
    border = Border()
    border.manifest(1)
    border.manifest(2, flight=11)
    for ref in (1, 2):
        border.scan(ref)
    answer(border.gate(1))
    lost = answer(border.gate(2))
    override(border, lost, Verdict.RELEASE)
    border.identity(1, 2)
    assert answer(border.gate(1))["verdict"] == Verdict.REFER


def test_a_merge_leaves_no_task_behind_and_tells_both_sides() -> None:
    border = Border()
    border.manifest(1)
    border.manifest(2, flight=11)
    free = answer(border.gate(1))
    border.scan(2)
    stop = answer(border.gate(2))
    count = len(border.decisions)
    border.identity(1, 2)
    made = border.decisions[count:]
    by_case = {int(d["case_key"]): d for d in made}
    assert Task(by_case[int(stop["case_key"])]["task"]) == Task.LAPSED
    kept = by_case[int(free["case_key"])]
    assert (kept["verdict"], Task(kept["task"])) == (Verdict.REFER, Task.OPEN)


def test_an_officers_hold_in_their_own_name_stands_against_what_clears() -> None:
    border, stop = held()
    (made,) = override(border, stop, Verdict.HOLD)
    assert (made["kind"], Task(made["task"])) == (DecisionKind.REVIEW, Task.SETTLED)
    border.bag_scan(900, 0.0, ScanResult.CLEAR)
    border.clear()
    assert answer(border.gate())["verdict"] == Verdict.HOLD


def test_being_asked_again_neither_frees_the_task_nor_puts_off_its_time() -> None:
    border, stop = stopped()
    act(border, stop, OfficerAct.TAKE)
    border.wait(REVIEW // 2)
    again = answer(border.gate())
    assert tasks([again]) == [("TAKEN", KIM)]
    assert again["review_by_us"] == stop["review_by_us"]
    assert [d["code_class"] for d in border.wait(REVIEW)] == [CodeClass.REVIEW_EXPIRED]


def test_whom_an_officer_holds_before_the_gate_asks_is_a_task_when_it_does() -> None:
    border = Border()
    border.manifest()
    override(border, border.decisions[-1], Verdict.HOLD)
    told_hold = answer(border.gate())
    assert (told_hold["verdict"], Task(told_hold["task"])) == (Verdict.HOLD, Task.OPEN)
    assert [d["code_class"] for d in border.wait(REVIEW + SECOND)] == [CodeClass.REVIEW_EXPIRED]


def test_who_asked_to_lower_may_raise(border: Border) -> None:
    put_rules(border, rule("one-way", "one_way", verdict="REFER", four_eyes=True))
    border.manifest(one_way=1)
    stop = answer(border.gate())
    override(border, stop, Verdict.RELEASE, KIM)
    assert [d["verdict"] for d in override(border, stop, Verdict.HOLD, KIM)] == [Verdict.HOLD]


def test_an_inspection_of_the_decision_before_the_news_settles_the_task() -> None:
    border, stop = stopped()
    border.link(900)
    (news,) = border.bag_scan(900, 1.0)
    assert news["id_hi"] != stop["id_hi"]
    assert tasks(border.outcome(stop, found=2, actor=LEE)) == [("SETTLED", LEE)]


def test_an_act_keeps_how_the_case_was_chosen() -> None:
    settings = shard_settings()
    settings.policy["explore"][2] = 0.999999
    border = Border(settings=settings)
    border.manifest()
    drawn = answer(border.gate())
    assert drawn["code_class"] == CodeClass.RANDOM_CHECK
    (noted,) = act(border, drawn, OfficerAct.TAKE)
    for field in ("selected_by", "propensity", "code_class"):
        assert noted[field] == drawn[field]
