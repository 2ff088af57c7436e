"""Outcomes are the only labels: they change later parcels, and travelers only in shadow."""

from __future__ import annotations

from typing import Any

import pytest
from border import GENERAL, PARCEL, Border, answer

from haechi.engine.codes import EventKind, Finding, Stage
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
