"""Outcomes are the only labels: they change later parcels, and travelers only in shadow."""

from __future__ import annotations

from typing import Any

import pytest
from border import GENERAL, PARCEL, Border, answer, compiled, shard_settings

from haechi.engine.codes import EventKind, Finding, SelectedBy, Stage
from haechi.engine.features import PLACE
from haechi.operators.state import Count

GOODS = {"lane": GENERAL, "hs6": 851712, "price": 30.0, "mass_kg": 2.0, "origin": 3}


def parcel_and_answer(border: Border, ref: int, **goods: Any) -> Any:
    border.parcel(ref, **{**GOODS, **goods})
    asked = {"node": PARCEL, "lane": GENERAL, "stage": Stage.RELEASE_OUT}
    return answer(border.gate(ref, **asked))


def test_a_finding_raises_the_next_similar_parcel_and_not_the_last() -> None:
    border = Border()
    first = parcel_and_answer(border, 500)
    before = border.decisions[-1].tobytes()
    assert len(border.outcome(first)) == 0
    assert border.decisions[-1].tobytes() == before
    second = parcel_and_answer(border, 501)
    assert second["log_odds"] > first["log_odds"]
    assert (first["learned"], second["learned"]) == (0, 1)
    total = second["base"] + second["contribution"].sum()
    assert total == pytest.approx(second["log_odds"], abs=1e-9)


def test_nothing_found_lowers_it() -> None:
    border = Border()
    first = parcel_and_answer(border, 500)
    border.outcome(first, Finding.NOTHING)
    assert parcel_and_answer(border, 501)["log_odds"] < first["log_odds"]


@pytest.mark.parametrize("found", [Finding.INCONCLUSIVE, Finding.NOT_DONE, 0])
def test_what_tells_nothing_is_no_label(found: int) -> None:
    border = Border()
    first = parcel_and_answer(border, 500)
    border.outcome(first, found)
    assert border.shard.count(Count.LEARNED) == 0
    assert not border.shard.state.weights.any()
    assert not border.shard.state.histories["inspected"].any()


def test_an_officers_action_is_no_label() -> None:
    border = Border()
    border.send(EventKind.OFFICER_ACTION, of=parcel_and_answer(border, 500), found=Finding.FOUND)
    assert border.shard.count(Count.LEARNED) == 0


def test_one_case_is_learned_once() -> None:
    border = Border()
    first = parcel_and_answer(border, 500)
    border.outcome(first)
    border.outcome(first)
    border.outcome(first, Finding.NOTHING)
    assert border.shard.count(Count.LEARNED) == 1


def test_travelers_learn_in_shadow_only() -> None:
    border = Border()
    border.manifest(1, one_way=1)
    first = answer(border.gate(1))
    for ref in range(2, 12):
        border.manifest(ref, one_way=1, flight=10)
        border.outcome(answer(border.gate(ref)))
    border.manifest(50, one_way=1)
    last = answer(border.gate(50))
    assert border.shard.count(Count.SHADOW_LEARNED) == 10
    assert border.shard.count(Count.LEARNED) == 0
    assert last["log_odds"] == pytest.approx(first["log_odds"], abs=1e-12)
    assert last["shadow_log_odds"] > first["shadow_log_odds"] + 0.1
    assert not border.shard.state.weights[0].any()


def test_what_was_found_of_a_party_becomes_its_history() -> None:
    border = Border()
    first = parcel_and_answer(border, 500, sender=9)
    border.outcome(first)
    border.parcel(501, lane=GENERAL, sender=9)
    border.parcel(502, lane=GENERAL, sender=8)
    with_it, without = border.decisions[-2], border.decisions[-1]
    assert with_it["log_odds"] > without["log_odds"]


def test_one_pccc_at_nine_addresses_holds() -> None:
    border = Border()
    for number in range(9):
        found = parcel_and_answer(border, 600 + number, pccc=44, address=800 + number)
    assert found["verdict"] == 2
    one = parcel_and_answer(border, 700, pccc=45, address=800)
    assert one["verdict"] == 1


def test_an_undervalued_parcel_is_seen_against_the_running_mean() -> None:
    border = Border()
    for number in range(8):
        usual = parcel_and_answer(border, 600 + number, price=200.0)
    cheap = parcel_and_answer(border, 700, price=8.0)
    assert usual["verdict"] == 1
    assert cheap["log_odds"] > usual["log_odds"] + 3.0


def told(border: Border) -> tuple[int, float, float]:
    """Labels learned, and what is remembered: findings and clean inspections."""
    state = border.shard.state
    return (
        border.shard.count(Count.LEARNED),
        float(state.memories["found"].sum()),
        float(state.memories["clean"].sum()),
    )


def remembered(border: Border) -> int:
    """Memories that one parcel of these goods has."""
    return border.shard.count(Count.MEMORIES)


def test_the_same_outcome_twice_counts_once_also_when_the_case_is_gone() -> None:
    border = Border()
    first = parcel_and_answer(border, 500)
    border.outcome(first)
    once = told(border)
    border.outcome(first)
    border.close(500, PARCEL)
    border.outcome(first)
    assert told(border) == once
    assert once[0] == 1
    assert once[1] == pytest.approx(remembered(border))
    assert once[2] == 0.0


def test_a_find_is_not_undone_by_a_later_look() -> None:
    border = Border()
    first = parcel_and_answer(border, 500)
    border.outcome(first)
    once = told(border)
    border.outcome(first, Finding.NOTHING)
    assert told(border) == once


def test_a_later_find_replaces_a_clean_look() -> None:
    border = Border()
    first = parcel_and_answer(border, 500)
    border.outcome(first, Finding.NOTHING)
    border.outcome(first)
    learned, found, clean = told(border)
    assert learned == 2
    assert found == pytest.approx(remembered(border))
    assert clean == pytest.approx(0.0, abs=1e-9)


def test_a_correction_replaces_what_it_corrects() -> None:
    border = Border()
    first = parcel_and_answer(border, 500)
    border.outcome(first)
    wrong = {"answers_hi": border.count, "answers_lo": 99}
    border.outcome(first, Finding.NOTHING, **wrong)
    _, found, clean = told(border)
    assert found == pytest.approx(0.0, abs=1e-9)
    assert clean == pytest.approx(remembered(border))
    for history in border.shard.state.histories:
        assert history["found"] == pytest.approx(0.0, abs=1e-9)


def test_a_correction_may_come_first() -> None:
    border = Border()
    first = parcel_and_answer(border, 500)
    wrong_id = border.count + 2
    border.outcome(first, Finding.NOTHING, answers_hi=wrong_id, answers_lo=99)
    once = told(border)
    border.outcome(first)
    assert border.count == wrong_id
    assert told(border) == once
    assert once[2] > 0.0


def test_a_label_is_withdrawn_by_a_correction_that_tells_nothing() -> None:
    border = Border()
    first = parcel_and_answer(border, 500)
    border.outcome(first)
    wrong = {"answers_hi": border.count, "answers_lo": 99}
    border.outcome(first, Finding.INCONCLUSIVE, **wrong)
    assert told(border)[1:] == pytest.approx((0.0, 0.0), abs=1e-9)
    border.outcome(first, Finding.NOTHING)
    assert told(border)[2] == pytest.approx(remembered(border))


def test_an_audit_of_everything_says_how_often_one_would_find() -> None:
    border = Border()
    before = border.shard.state.rates[0].copy()
    first = parcel_and_answer(border, 500)
    assert first["verdict"] == 1
    border.outcome(first, Finding.NOTHING)
    assert (border.shard.state.rates[0] == before).all(), "nobody knows what it stands for"
    second = parcel_and_answer(border, 501)
    border.outcome(second, Finding.NOTHING, propensity=0.1)
    assert border.shard.state.rates[0][1] - before[1] == pytest.approx(10.0)


def test_new_goods_are_told_from_known_ones() -> None:
    border = Border()
    first = parcel_and_answer(border, 500, price=30.0)
    assert first["x"][PLACE["goods_block_found"]] == 0.0
    border.outcome(first, propensity=1.0)
    again = parcel_and_answer(border, 501, price=30.0)
    assert again["x"][PLACE["goods_block_found"]] == pytest.approx(1.0, rel=1e-3)
    assert again["x"][PLACE["exact_block_found"]] == pytest.approx(1.0, rel=1e-3)
    other = parcel_and_answer(border, 502, price=300.0)
    assert other["x"][PLACE["goods_block_found"]] == 0.0
    assert other["x"][PLACE["goods_found"]] == pytest.approx(1.0, rel=1e-3)


def test_a_run_of_findings_is_read_of_the_next_parcel() -> None:
    border = Border()
    for number in range(3):
        one = parcel_and_answer(border, 500 + number, sender=9, consignee=70 + number)
        border.outcome(one)
    last = parcel_and_answer(border, 600, sender=9, consignee=90)
    assert last["x"][PLACE["sender_run"]] == 3.0
    border.outcome(last, Finding.NOTHING)
    after = parcel_and_answer(border, 601, sender=9, consignee=91)
    assert after["x"][PLACE["sender_run"]] == 1.0


def test_a_price_is_compared_with_the_consignees_own() -> None:
    border = Border()
    for number in range(8):
        parcel_and_answer(border, 500 + number, consignee=5, price=50.0)
    dear = parcel_and_answer(border, 600, consignee=5, price=800.0)
    assert dear["x"][PLACE["consignee_price_ratio"]] == pytest.approx(4.0, abs=0.1)
    again = border.gate(600, node=PARCEL, lane=GENERAL, stage=Stage.RELEASE_OUT)
    assert (
        again[0]["x"][PLACE["consignee_price_ratio"]] == dear["x"][PLACE["consignee_price_ratio"]]
    )


def test_a_drift_makes_learning_faster_and_checks_more_frequent() -> None:
    border = Border(settings=with_explore(0.01))
    first = parcel_and_answer(border, 500)
    border.outcome(first)
    state = border.shard.state
    steady = state.weights[0, :, 1].sum()
    weights = state.weights[0, :, 2].copy()
    found = state.memories["found"].sum()
    border.send(EventKind.DRIFT_DETECTED, node=PARCEL, token=77)
    assert state.weights[0, :, 1].sum() == pytest.approx(0.25 * steady)
    assert (state.weights[0, :, 2] == weights).all()
    assert state.memories["found"].sum() == pytest.approx(0.5 * found)
    draws = [parcel_and_answer(border, 600 + n) for n in range(60)]
    checked = [d for d in draws if d["selected_by"] == SelectedBy.RANDOM]
    assert all(d["propensity"] == pytest.approx(0.04) for d in checked)
    assert len(checked) == sum(d["draw"] < 0.04 for d in draws)
    assert not state.weights[1].any()


def with_explore(share: float) -> Any:
    policy = compiled()[0].copy()
    policy["explore"] = share
    return shard_settings(policy=policy)
