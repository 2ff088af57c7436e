"""A bag that leaves with somebody else than it is linked to is evidence against both."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from border import BAG, FAMILY, PARCEL, TRAVELER, Border, answer, shard_settings, told

from haechi.engine.codes import DecisionKind, Stage, Verdict
from haechi.engine.features import PLACE
from haechi.operators.links import MOST_TOLD
from haechi.operators.shard import Shard

OWNER, CARRIER, THIRD = 1, 2, 3
TAG, OTHER_TAG = 900, 901
SEARCHED = ("REFER", "BAG_SEARCH", "RISK")
CLEAR = ("RELEASE", "NONE", "CLEAR")


def value(decision: Any, feature: str) -> float:
    return float(decision["x"][PLACE[feature]])


def arrived(*travelers: int) -> Border:
    """Travelers of one flight; the first has a bag."""
    border = Border()
    for ref in travelers or (OWNER, CARRIER, THIRD):
        border.manifest(ref)
    border.link(TAG, OWNER)
    return border


def handed_over() -> Border:
    border = arrived()
    border.gate(CARRIER, bags=[TAG])
    return border


def counts(border: Border, ref: int) -> tuple[float, float]:
    found = answer(border.gate(ref, lane=FAMILY))
    return value(found, "bags_elsewhere"), value(found, "foreign_bags")


def test_the_gates_own_answer_counts_the_bag() -> None:
    border = arrived()
    made = border.gate(CARRIER, bags=[TAG])
    assert told(made, CARRIER) == [("ANSWER", *SEARCHED)]
    assert value(answer(made), "foreign_bags") == 1.0
    assert math.isnan(value(answer(made), "bags_elsewhere"))


def test_who_gave_the_bag_away_is_revised_at_once() -> None:
    border = arrived()
    made = border.gate(CARRIER, bags=[TAG])
    assert told(made, OWNER) == [("STANDING", *SEARCHED)]
    assert counts(border, OWNER) == (1.0, pytest.approx(math.nan, nan_ok=True))


@pytest.mark.parametrize(
    ("phase", "kind"), [("asked", "REVISION"), ("opened", "ALERT"), ("left", "FOLLOW_UP")]
)
def test_what_it_means_depends_on_where_the_owner_is(phase: str, kind: str) -> None:
    border = arrived()
    released = answer(border.gate(OWNER))
    if phase != "asked":
        border.acted(released)
    if phase == "left":
        border.left(OWNER)
    made = border.gate(CARRIER, bags=[TAG])
    (said,) = told(made, OWNER)
    assert said[:2] == (kind, "REFER")


def test_ones_own_bag_is_no_evidence() -> None:
    border = arrived()
    assert told(border.gate(OWNER, bags=[TAG])) == [("ANSWER", *CLEAR)]
    assert counts(border, OWNER)[0] == 0.0


def test_a_bag_that_nobody_is_linked_to_is_no_evidence() -> None:
    border = arrived()
    made = border.gate(CARRIER, bags=[777])
    assert told(made) == [("ANSWER", *CLEAR)]
    assert value(answer(made), "foreign_bags") == 0.0


def test_a_parcels_link_makes_nobody_the_owner() -> None:
    border = arrived()
    border.parcel(500)
    border.link(777, 500, other_node=PARCEL)
    assert told(border.gate(CARRIER, bags=[777]), CARRIER) == [("ANSWER", *CLEAR)]


def test_companions_carry_each_others_bags() -> None:
    border = arrived()
    border.link(CARRIER, OWNER, node=TRAVELER)
    made = border.gate(CARRIER, bags=[TAG])
    assert told(made) == [("ANSWER", *CLEAR)]
    assert counts(border, OWNER)[0] == 0.0


def test_all_bags_of_an_event_count() -> None:
    border = arrived()
    border.link(OTHER_TAG, OWNER)
    made = border.gate(CARRIER, bags=[TAG, OTHER_TAG, 777])
    assert value(answer(made), "foreign_bags") == 2.0
    assert told(made, OWNER) == [("STANDING", *SEARCHED)]
    assert counts(border, OWNER)[0] == 2.0


@pytest.mark.parametrize(
    "explain",
    [
        lambda border: border.link(CARRIER, OWNER, node=TRAVELER),
        lambda border: border.link(OWNER, CARRIER, node=TRAVELER),
        lambda border: border.link(TAG, CARRIER),
        lambda border: border.link(CARRIER, TAG, node=TRAVELER, other_node=BAG),
        lambda border: border.unlink(TAG, OWNER),
        lambda border: border.gate(OWNER, bags=[TAG]),
    ],
    ids=["companions", "companions the other way", "also the carrier's", "said by the carrier",
         "was never the owner's", "taken back"],
)  # fmt: skip
def test_what_explains_it_later_clears_both(explain: Callable[[Border], Any]) -> None:
    border = handed_over()
    explain(border)
    news = {int(d["subject"]): d for d in border.decisions}
    assert told(news.values()) == [(one[0], *CLEAR) for one in told(news.values())]
    for ref in (OWNER, CARRIER):
        assert answer(border.gate(ref))["verdict"] == Verdict.RELEASE


def test_who_turns_out_to_be_one_person_took_their_own_bag() -> None:
    border = handed_over()
    border.identity(OWNER, CARRIER)
    assert told(border.gate(OWNER)) == [("ANSWER", *CLEAR)]
    assert counts(border, OWNER)[0] == 0.0


@pytest.mark.parametrize("way", ["bag to owner", "owner to bag"])
def test_a_link_that_comes_after_the_exit_revises_both(way: str) -> None:
    border = Border()
    border.manifest(OWNER)
    border.manifest(CARRIER)
    border.acted(answer(border.gate(CARRIER, bags=[TAG])))
    border.left(CARRIER)
    if way == "bag to owner":
        made = border.link(TAG, OWNER)
    else:
        made = border.link(OWNER, TAG, node=TRAVELER, other_node=BAG)
    assert told(made, OWNER) == [("STANDING", *SEARCHED)]
    assert told(made, CARRIER) == [("FOLLOW_UP", "REFER", "CALL_OFFICER", "RISK")]


def test_taking_companions_apart_revises_both() -> None:
    border = arrived()
    border.link(CARRIER, OWNER, node=TRAVELER)
    border.gate(CARRIER, bags=[TAG])
    made = border.unlink(CARRIER, OWNER, node=TRAVELER)
    assert told(made, OWNER) == [("STANDING", *SEARCHED)]
    assert told(made, CARRIER) == [("REVISION", *SEARCHED)]


def test_a_bag_that_wanders_on_is_its_last_carriers() -> None:
    border = handed_over()
    made = border.gate(THIRD, bags=[TAG])
    assert told(made, THIRD) == [("ANSWER", *SEARCHED)]
    assert told(made, CARRIER) == [("REVISION", *CLEAR)]
    assert counts(border, CARRIER)[1] == pytest.approx(math.nan, nan_ok=True)


def test_an_older_scan_of_the_bag_comes_too_late() -> None:
    border = handed_over()
    border.gate(THIRD, bags=[TAG], late=60_000_000)
    assert counts(border, CARRIER)[1] == 1.0
    assert counts(border, THIRD)[1] == pytest.approx(math.nan, nan_ok=True)


def test_asking_again_says_it_once() -> None:
    border = handed_over()
    again = border.gate(CARRIER, bags=[TAG])
    assert told(again) == [("ANSWER", *SEARCHED)]
    assert value(answer(again), "foreign_bags") == 1.0


def test_who_was_seen_to_leave_with_it_is_followed_up() -> None:
    border = arrived()
    border.acted(answer(border.gate(CARRIER)))
    made = border.left(CARRIER, bags=[TAG, OTHER_TAG])
    assert told(made, CARRIER) == [("FOLLOW_UP", "REFER", "CALL_OFFICER", "RISK")]
    assert told(made, OWNER) == [("STANDING", *SEARCHED)]


@pytest.mark.parametrize("companions", [False, True])
@pytest.mark.parametrize("closed", [OWNER, CARRIER])
def test_a_case_that_closes_leaves_its_word(closed: int, companions: bool) -> None:
    border = arrived()
    if companions:
        border.link(CARRIER, OWNER, node=TRAVELER)
    border.gate(CARRIER, bags=[TAG])
    border.close(closed)
    rest = CARRIER if closed == OWNER else OWNER
    found = answer(border.gate(rest))
    assert found["verdict"] == (Verdict.RELEASE if companions else Verdict.REFER)


def test_a_case_that_closes_has_no_say_in_bags_that_are_not_its_own() -> None:
    border = handed_over()
    border.unlink(TAG, OWNER)
    border.close(OWNER)
    made = border.link(TAG, THIRD)
    assert told(made, THIRD) == [("STANDING", *SEARCHED)]
    assert told(made, CARRIER) == [("REVISION", *SEARCHED)]


def test_it_never_holds_alone() -> None:
    border = arrived()
    tags = [TAG, *range(1000, 1007)]
    for tag in tags:
        border.link(tag, OWNER)
    assert answer(border.gate(CARRIER, bags=tags))["verdict"] == Verdict.REFER


def test_it_could_have_been_otherwise() -> None:
    found = answer(arrived().gate(CARRIER, bags=[TAG]))
    assert found["change"].any()
    assert found["changed_log_odds"] < found["refer_at"]


def test_it_travels_no_further_than_own_risk_does() -> None:
    border = arrived(OWNER, CARRIER, THIRD)
    border.link(THIRD, CARRIER, node=TRAVELER)
    made = border.gate(CARRIER, bags=[TAG])
    assert told(made, THIRD) == []
    assert value(answer(border.gate(THIRD)), "companion_risk") > 0.1


def test_the_same_log_gives_the_same_bytes_also_cut_within_an_event() -> None:
    border = handed_over()
    border.left(CARRIER, bags=[TAG, OTHER_TAG])
    border.link(CARRIER, OWNER, node=TRAVELER)
    border.close(CARRIER)
    events = np.concatenate([event for event, _ in border.log])
    made = b"".join(decision.tobytes() for decision in border.decisions)
    for size in (1, 2, len(events)):
        shard = Shard(8)
        shard.configure(shard_settings())
        cut = [shard.apply(events[at : at + size]) for at in range(0, len(events), size)]
        assert b"".join(cut) == made
        assert shard.digest() == border.shard.digest()


def test_many_owners_are_told_within_bounds() -> None:
    border = Border()
    border.manifest(CARRIER)
    for ref in range(1000, 1000 + 2 * MOST_TOLD):
        border.manifest(ref)
        border.link(TAG, ref)
    made = border.gate(CARRIER, bags=[TAG])
    assert len(made) == MOST_TOLD + 1
    assert told(made, CARRIER) == [("ANSWER", *SEARCHED)]
    late = answer(border.gate(1000, stage=Stage.EXIT))
    assert (late["kind"], late["verdict"]) == (DecisionKind.ANSWER, Verdict.REFER)
