"""A queue admits by order, never beyond its room, and learns how fast officers are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.engine.codes import CodeClass, Directive, Overflow, SelectedBy, Stream, Verdict
from haechi.engine.features import FEATURES, PLACE
from haechi.engine.kernel import kernel
from haechi.engine.policy import decide
from haechi.engine.policy_table import POLICY
from haechi.engine.queue import KEPT, QUEUE, RECENT, least_score, note_asked, note_left, wait_us
from haechi.engine.records import DECISION

HOUR = 3_600_000_000
WINDOW = HOUR // 4
FOREVER = 1 << 62
STREAM_OF = np.array([Stream[f.stream.upper()] for f in FEATURES], np.int64)


def queue(waiting: int = 0, capacity: float = 40.0, scores: Any = (), **fields: Any) -> Any:
    row = np.zeros(1, QUEUE)[0]
    given = {"capacity": capacity, "capacity_until_us": FOREVER, "waiting": waiting, **fields}
    for name, value in given.items():
        row[name] = value
    for score in scores:
        note_asked(row, float(score))
    return row


@given(st.lists(st.floats(-20.0, 20.0), max_size=4 * RECENT))
def test_the_order_is_that_of_the_last_who_asked(scores: list[float]) -> None:
    row = queue(scores=scores)
    last = scores[-RECENT:]
    assert row["order"][: len(last)].tolist() == sorted(last)
    assert row["asked"] == len(scores)


@given(st.lists(st.floats(-5.0, 5.0), min_size=1, max_size=2 * RECENT), st.integers(0, 12))
def test_the_bar_climbs_through_the_order(scores: list[float], waiting: int) -> None:
    bar = least_score(queue(waiting, scores=scores), WINDOW, 0)
    full = waiting / 10.0
    if full >= 1.0:
        assert bar == math.inf
    elif full <= 0.25:
        assert math.isnan(bar)
    else:
        last = sorted(scores[-RECENT:])
        assert bar == last[int((full - 0.25) / 0.75 * len(last))]
        share = np.mean(np.array(last) >= bar)
        assert share >= 1.0 - (full - 0.25) / 0.75 - 1e-9


def test_without_capacity_or_window_everybody_may_join() -> None:
    assert math.isnan(least_score(queue(99), 0, 0))
    assert math.isnan(least_score(queue(99, capacity_until_us=5), WINDOW, 5))
    assert least_score(queue(99, capacity_until_us=6), WINDOW, 5) == math.inf


@pytest.mark.parametrize("capacity", [0.0, math.nan])
def test_nobody_joins_where_nobody_inspects(capacity: float) -> None:
    assert least_score(queue(capacity=capacity), WINDOW, 0) == math.inf
    assert wait_us(queue(3, capacity=capacity), 0) == 0


def test_there_is_always_room_for_one() -> None:
    assert math.isnan(least_score(queue(0, capacity=1.0), WINDOW, 0))
    assert least_score(queue(1, capacity=1.0), WINDOW, 0) == math.inf


def test_the_wait_is_what_officers_need_for_those_before() -> None:
    assert wait_us(queue(10), 0) == HOUR // 4
    assert wait_us(queue(10, slow=0.5), 0) == HOUR // 2
    assert wait_us(queue(10, capacity_until_us=0), 0) == 0


def test_officers_who_lose_cases_are_taken_to_be_slower_but_never_by_more_than_half() -> None:
    row = queue()
    for _ in range(100):
        note_left(row, False)
    assert row["slow"] == 0.5
    row["waiting"] = 5
    assert least_score(row, WINDOW, 0) == math.inf, "half of the room"
    for _ in range(400):
        note_left(row, True)
    assert row["slow"] == 0.0
    assert (row["lost"], row["seen"]) == (100, 400)


def rule(**fields: Any) -> Any:
    row = np.zeros(1, POLICY)[0]
    given = {"known": 1, "refer_at": -2.0, "hold_at": 1.0, "overflow": Overflow.RELEASE, **fields}
    for name, value in given.items():
        row[name] = value
    return row


def judged(row: Any, log_odds: float, bar: float, **fields: Any) -> Any:
    out = np.zeros(1, DECISION)[0]
    out["log_odds"] = out["selection"] = log_odds
    out["hold_at"], out["refer_at"], out["bar"] = row["hold_at"], row["refer_at"], bar
    out["draw"] = fields.pop("draw", 0.5)
    explore, crowded = fields.pop("explore", 0.0), fields.pop("crowded", 0)
    excused = fields.pop("excused", 0)
    for name, value in fields.items():
        if name in PLACE:
            out["x"][PLACE[name]] = value
        else:
            out[name] = value
    out["crowded"], out["excused"], out["explore"] = crowded, excused, explore
    decide(row, out, np.zeros(len(FEATURES)), STREAM_OF)
    return out


def test_what_is_under_the_bar_falls_out_as_the_lane_says() -> None:
    for overflow, verdict, code in (
        (Overflow.NONE, Verdict.REFER, CodeClass.RISK),
        (Overflow.REFER, Verdict.REFER, CodeClass.CAPACITY),
        (Overflow.RELEASE, Verdict.RELEASE, CodeClass.CAPACITY),
    ):
        out = judged(rule(overflow=overflow), 0.0, 0.5)
        assert (out["verdict"], out["code_class"]) == (verdict, code)
        assert out["fell_out"] == (overflow != Overflow.NONE)
        assert (out["directive"] == Directive.NONE) == (verdict == Verdict.RELEASE)
        assert (out["selected_by"] == SelectedBy.MODEL) == (overflow == Overflow.NONE)


def test_what_reaches_the_bar_or_asked_for_nothing_does_not() -> None:
    assert judged(rule(), 0.5, 0.5)["fell_out"] == 0
    assert judged(rule(), 0.0, math.nan)["code_class"] == CodeClass.RISK
    passing = judged(rule(), -3.0, math.inf)
    assert (passing["fell_out"], passing["code_class"]) == (0, CodeClass.CLEAR)


def test_a_certain_hold_falls_out_of_a_full_queue_too() -> None:
    assert judged(rule(), 9.0, math.inf)["fell_out"] == 1
    assert judged(rule(), 9.0, 8.0)["verdict"] == Verdict.HOLD


@given(st.floats(-2.0, 20.0), st.sampled_from(list(Overflow)), st.floats(0.0, 0.999))
def test_missing_evidence_never_falls_out(log_odds: float, overflow: int, draw: float) -> None:
    row = rule(requires=1 << Stream.FACE, overflow=overflow)
    out = judged(row, log_odds, math.inf, draw=draw, explore=0.1)
    assert out["fell_out"] == 0
    assert out["verdict"] != Verdict.RELEASE
    kept = overflow == Overflow.NONE
    assert out["code_class"] == (CodeClass.RISK if kept else CodeClass.MISSING_EVIDENCE)


def test_no_earlier_release_excuses_who_falls_out() -> None:
    face = 1 << Stream.FACE
    assert judged(rule(requires=face), -3.0, math.inf, excused=face)["verdict"] == Verdict.RELEASE
    out = judged(rule(requires=face), 0.0, math.inf, excused=face)
    assert (out["verdict"], out["code_class"]) == (Verdict.REFER, CodeClass.MISSING_EVIDENCE)


def test_nothing_else_that_must_be_looked_at_falls_out() -> None:
    unread = judged(rule(), 0.0, math.inf, crowded=1)
    assert (unread["verdict"], unread["fell_out"]) == (Verdict.REFER, 0)
    assert judged(rule(), 0.0, math.inf, rule_verdict=Verdict.REFER)["fell_out"] == 0
    broken = judged(rule(), math.nan, math.inf)
    assert (broken["verdict"], broken["code_class"]) == (Verdict.REFER, CodeClass.MODEL_BROKEN)
    unknown = judged(rule(known=0), 0.0, math.inf)
    assert (unknown["verdict"], unknown["code_class"]) == (Verdict.REFER, CodeClass.POLICY)


@pytest.mark.parametrize("stream", list(KEPT))
def test_an_alarm_that_the_lane_keeps_never_falls_out(stream: Stream) -> None:
    alarm = {KEPT[stream]: 0.5}
    assert judged(rule(keep=1 << stream), 0.0, math.inf, **alarm)["fell_out"] == 0
    assert judged(rule(keep=1 << stream), 0.0, math.inf, **{KEPT[stream]: 0.0})["fell_out"] == 1
    assert judged(rule(keep=1 << stream), 0.0, math.inf, **{KEPT[stream]: math.nan})["fell_out"]
    assert judged(rule(keep=0), 0.0, math.inf, **alarm)["fell_out"] == 1


def test_random_checks_tell_what_is_missed_among_those_who_fell_out() -> None:
    out = judged(rule(), 0.0, math.inf, draw=0.05, explore=0.1)
    assert (out["verdict"], out["code_class"]) == (Verdict.REFER, CodeClass.RANDOM_CHECK)
    assert (out["fell_out"], out["propensity"]) == (1, 0.1)


@kernel
def _serve(
    queues: Any, scores: Any, gaps_us: Any, lasts_us: Any, ends_us: Any, waits_us: Any
) -> None:
    """Let one officer serve who joins, in the order of coming; -1 for the wait of who does not."""
    now_us, free_us, first = 0, 0, 0
    for i in range(scores.shape[0]):
        now_us += gaps_us[i]
        while first < i and (waits_us[first] < 0 or ends_us[first] <= now_us):
            if waits_us[first] >= 0:
                queues[0].waiting -= 1
                note_left(queues[0], True)
            first += 1
        waits_us[i] = -1
        if not scores[i] < least_score(queues[0], WINDOW, now_us):
            free_us = max(free_us, now_us)
            waits_us[i] = free_us - now_us
            free_us += lasts_us[i]
            ends_us[i] = free_us
            queues[0].waiting += 1
        note_asked(queues[0], scores[i])


def served(load: float, cases: int = 6000, capacity: float = 40.0) -> tuple[Any, Any]:
    """Scores of those who ask at a multiple of what one officer can do, and their waits."""
    draws = np.random.default_rng(11)
    mean_us = HOUR / capacity
    scores = draws.normal(size=cases)
    gaps = draws.exponential(mean_us / load, cases).astype(np.int64)
    lasts = draws.gamma(4.0, mean_us / 4.0, cases).astype(np.int64)
    waits = np.zeros(cases, np.int64)
    queues = np.zeros(1, QUEUE)
    queues[0] = queue(capacity=capacity)
    _serve(queues, scores, gaps, lasts, np.zeros(cases, np.int64), waits)
    return scores, waits


def test_twice_the_arrivals_are_seen_in_time_by_order() -> None:
    scores, waits = served(2.0)
    joined = waits >= 0
    assert joined.mean() == pytest.approx(0.5, abs=0.03), "officers are neither idle nor late"
    assert np.mean(waits[joined] <= WINDOW) > 0.97
    weights = np.exp(scores)
    best = np.sort(weights)[-joined.sum() :].sum()
    assert weights[joined].sum() > 0.94 * best
    assert weights[joined].sum() > 1.3 * weights.sum() * joined.mean()


@pytest.mark.parametrize(("load", "most"), [(0.4, 0.01), (0.8, 0.1)])
def test_hardly_anybody_falls_out_while_officers_have_time(load: float, most: float) -> None:
    _, waits = served(load)
    assert np.mean(waits < 0) < most
