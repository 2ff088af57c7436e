"""What falls out of a full queue, on the record, and that nothing does which must not."""

from __future__ import annotations

import math

import numpy as np
from border import DAY, DECLARE, FAMILY, T0, Border, answer, first_open, told
from manned import FULL, WINDOW, manned, risky, waiting
from promoting import CHAMPION, KIM, LEE, Shelf, said
from rule_files import LANES, rule, text_of

from haechi.engine.codes import (
    CodeClass,
    DecisionKind,
    EventKind,
    Finding,
    Overflow,
    Stage,
    Stream,
    Verdict,
)
from haechi.operators.rule_artefact import pack_rules


def test_who_comes_to_a_full_queue_falls_out_on_the_record() -> None:
    border = manned()
    first, second = risky(border, 1), risky(border, 2)
    assert (first["verdict"], first["fell_out"]) == (Verdict.REFER, 0)
    assert math.isnan(first["bar"])
    assert told([second]) == [("ANSWER", "RELEASE", "NONE", "CAPACITY")]
    assert (second["fell_out"], second["waiting"], second["bar"]) == (1, 1, math.inf)
    assert second["inspection_wait_us"] == WINDOW
    assert second["log_odds"] >= second["refer_at"]
    assert waiting(border) == 1


def test_nothing_falls_out_unless_the_lane_says_so() -> None:
    border = manned(overflow=Overflow.NONE)
    made = [risky(border, ref) for ref in range(1, 6)]
    assert {int(one["code_class"]) for one in made} == {CodeClass.RISK}
    assert waiting(border) == 5
    packaged = Border()
    packaged.send(EventKind.CAPACITY, lane=FAMILY, value=FULL)
    made = [risky(packaged, ref) for ref in range(1, 6)]
    assert all(one["verdict"] != Verdict.RELEASE for one in made)
    assert not packaged.shard.state.queues["waiting"].any()


def test_a_lane_may_refer_what_falls_out() -> None:
    border = manned(overflow=Overflow.REFER)
    risky(border, 1)
    second = risky(border, 2)
    assert told([second]) == [("ANSWER", "REFER", "BODY_SCAN", "CAPACITY")]
    assert (second["fell_out"], waiting(border)) == (1, 1), "it takes nobody's place"
    called = border.wait(WINDOW)[-1]
    assert (called["code_class"], called["fell_out"]) == (CodeClass.REVIEW_EXPIRED, 0)


def test_those_with_the_highest_scores_join_as_it_fills() -> None:
    border = manned(24.0)
    scores = [0.5 + 0.004 * ref for ref in range(1, 101)]
    order = np.random.default_rng(3).permutation(scores)
    made = [
        risky(border, ref, float(score), after=WINDOW // 15) for ref, score in enumerate(order, 1)
    ]
    asked = [one for one in made if one["log_odds"] >= one["refer_at"]]
    joined = [one["selection"] for one in asked if one["verdict"] != Verdict.RELEASE]
    out = [one["selection"] for one in asked if one["fell_out"]]
    assert len(out) > 10
    assert np.mean(joined) > np.mean(out) + 0.2
    let_in = [one for one in asked if not one["fell_out"]]
    assert all(not one["selection"] < one["bar"] for one in let_in)
    assert max(one["waiting"] for one in made) <= 6


def test_the_same_question_has_the_same_answer_whoever_left() -> None:
    border = manned()
    first = risky(border, 1)
    fell = risky(border, 2)
    border.outcome(first, Finding.NOTHING)
    again = answer(border.gate(2))
    assert (again["verdict"], again["bar"]) == (Verdict.RELEASE, fell["bar"])


def test_facts_against_who_fell_out_ask_anew() -> None:
    border = manned()
    first = risky(border, 1)
    border.acted(risky(border, 2, 0.8))
    border.outcome(first, Finding.NOTHING)
    (alert,) = border.scan(2, 1.0)
    assert (alert["kind"], alert["code_class"]) == (DecisionKind.ALERT, CodeClass.RISK)
    assert waiting(border) == 1


def test_facts_against_who_fell_out_and_left_are_followed_up() -> None:
    border = manned()
    risky(border, 1)
    risky(border, 2, 0.8)
    border.left(2)
    assert len(border.scan(2, 0.8)) == 0
    (lookout,) = border.scan(2, 1.0)
    assert (lookout["kind"], lookout["verdict"]) == (DecisionKind.FOLLOW_UP, Verdict.REFER)
    assert waiting(border) == 1, "a lookout takes no place"


def test_nothing_that_lacks_required_evidence_falls_out() -> None:
    border = manned(0.0)
    border.manifest(1)
    lacking = answer(border.gate(1, lane=DECLARE))
    assert told([lacking]) == [("ANSWER", "REFER", "INTERVIEW", "MISSING_EVIDENCE")]
    border.send(EventKind.CAPACITY, lane=DECLARE, value=0.0)
    border.manifest(2)
    border.scan(2)
    stopped = answer(border.gate(2, lane=DECLARE))
    assert (stopped["missing"], stopped["bar"]) == (1 << Stream.DECLARATION, math.inf)
    assert told([stopped]) == [("ANSWER", "REFER", "INTERVIEW", "MISSING_EVIDENCE")]
    assert stopped["fell_out"] == 0
    assert waiting(border, DECLARE) == 2


def test_alarms_and_intelligence_that_the_lane_keeps_never_fall_out() -> None:
    border = manned(0.0, keep=1 << Stream.BODY_SCAN | 1 << Stream.INTELLIGENCE)
    assert risky(border, 1)["code_class"] == CodeClass.RISK
    border.manifest(2, document_state=2, cash=1.0)
    plain = answer(border.gate(2))
    border.watch(77, 2)
    border.manifest(3, document_state=2, pccc=77)
    assert answer(border.gate(3))["code_class"] == CodeClass.RISK
    assert plain["fell_out"] == (plain["log_odds"] >= plain["refer_at"])


def test_a_rule_that_asks_for_a_verdict_is_never_dropped() -> None:
    border = manned(0.0)
    shelf = Shelf()
    border.shard.promotions.artefacts = shelf
    fell = risky(border, 1)
    assert fell["fell_out"] == 1
    floor = rule("one-way", "one_way", verdict="REFER")
    name = shelf.put(pack_rules(text_of(floor), LANES))
    for approver in (KIM, LEE):
        border.send(EventKind.RULE_SET, **{**said(name, approver, role=CHAMPION), "node": 0})
    border.manifest(2, one_way=1)
    border.scan(2)
    kept = answer(border.gate(2))
    assert (kept["verdict"], kept["fell_out"]) == (Verdict.REFER, 0)


def test_random_checks_take_their_place_and_meet_who_fell_out() -> None:
    border = manned(0.0, explore=0.999)
    border.manifest(1)
    drawn = answer(border.gate(1))
    assert (drawn["code_class"], drawn["fell_out"]) == (CodeClass.RANDOM_CHECK, 0)
    fallen = risky(border, 2)
    assert (fallen["code_class"], fallen["fell_out"]) == (CodeClass.RANDOM_CHECK, 1)
    assert waiting(border) == 2


def test_capacity_that_ends_restores_the_lane() -> None:
    border = manned(until_us=T0 + DAY)
    risky(border, 1)
    assert risky(border, 2)["fell_out"] == 1
    border.now = T0 + DAY
    restored = [risky(border, ref) for ref in range(3, 8)]
    assert {int(one["code_class"]) for one in restored} == {CodeClass.RISK}
    assert all(math.isnan(one["bar"]) for one in restored)
    assert {int(one["inspection_wait_us"]) for one in restored} == {0}


def test_a_release_that_fell_out_stands_in_for_nothing() -> None:
    border = manned()
    risky(border, 1)
    risky(border, 2)
    cases = first_open(border)
    assert cases["cleared_us"][cases["ref"] == 2] == 0


def test_a_promised_rate_need_not_make_up_for_who_fell_out() -> None:
    border = manned(0.0, hold_rate=0.5, refer_at=50.0, hold_at=-3.0)
    fell = sum(int(risky(border, ref)["fell_out"]) for ref in range(1, 9))
    assert fell >= 3
    lane = border.shard.state.lanes[FAMILY, Stage.EXIT]
    assert lane["promised"] == 0.5 * 8 - fell
