"""Which of a traveler's journeys an event means that gives the bare id and no flight."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from border import (
    DAY,
    FAMILY,
    SCREENED,
    SECOND,
    T0,
    TRAVELER,
    WALK,
    Border,
    answer,
    first_open,
    shard_settings,
    told,
)

from haechi.engine.codes import EvidenceStatus, Stage, Stream, Verdict
from haechi.operators.journeys import MOST_JOURNEYS
from haechi.operators.shard import Shard

HOUR = 3600 * SECOND
WAIT = 50_000
FIRST, NEXT = 10, 11


def this_journey(border: Border, **fields: Any) -> Any:
    return border.manifest(flight=FIRST, **{"arrival_us": T0, **fields})


def next_journey(border: Border, **fields: Any) -> Any:
    return border.manifest(flight=NEXT, **{"arrival_us": T0 + 2 * DAY, **fields})


def screened(border: Border, **fields: Any) -> Any:
    """What a gate behind the body scanner is told, which may wait for the scan."""
    made = border.gate(lane=SCREENED, **fields)
    return answer(made if len(made) else border.wait(WAIT))


def body_scans(border: Border) -> dict[int, int]:
    """Whether the body scan of each open journey is there, by flight."""
    cases = first_open(border)
    return {int(c["flight"]): int(c["evidence"][Stream.BODY_SCAN]) for c in cases}


def has_scan(border: Border, flight: int) -> bool:
    return body_scans(border)[flight] == EvidenceStatus.PRESENT


def test_the_next_journeys_manifest_does_not_take_this_journeys_scan() -> None:
    border = Border()
    this_journey(border)
    next_journey(border)
    border.clear()
    assert screened(border, after=2 * DAY)["verdict"] == Verdict.REFER


@pytest.mark.parametrize("when", ["before", "between", "after"])
def test_the_next_manifest_may_come_at_any_time(when: str) -> None:
    border = Border()
    if when == "before":
        next_journey(border)
    this_journey(border)
    if when == "between":
        next_journey(border)
    border.clear()
    first = screened(border)
    assert first["verdict"] == Verdict.RELEASE
    if when == "after":
        next_journey(border)
    again = screened(border)
    assert (again["verdict"], again["case_key"]) == (Verdict.RELEASE, first["case_key"])
    then = screened(border, after=2 * DAY)
    assert then["verdict"] == Verdict.REFER
    assert then["case_key"] != first["case_key"]
    assert body_scans(border)[NEXT] == EvidenceStatus.ABSENT


def test_before_any_has_arrived_it_is_the_one_that_arrives_first() -> None:
    border = Border()
    next_journey(border)
    this_journey(border, arrival_us=T0 + DAY)
    border.declare()
    assert answer(border.gate(stage=Stage.DESK))["evidence"][Stream.DECLARATION] == 1
    then = answer(border.gate(after=2 * DAY, stage=Stage.DESK))
    assert then["evidence"][Stream.DECLARATION] == 0


def test_a_scan_that_is_heard_of_late_is_of_the_journey_it_was_made_on() -> None:
    border = Border()
    this_journey(border)
    next_journey(border)
    border.clear(after=2 * DAY + HOUR, late=2 * DAY)
    assert has_scan(border, FIRST)
    assert not has_scan(border, NEXT)


def test_an_explicit_flight_wins() -> None:
    border = Border()
    this_journey(border)
    next_journey(border)
    border.clear(flight=NEXT)
    assert not has_scan(border, FIRST)
    assert has_scan(border, NEXT)


def test_a_document_on_a_flight_wins() -> None:
    border = Border()
    this_journey(border, alias=100)
    next_journey(border, alias=101)
    border.clear(alias=101)
    assert has_scan(border, NEXT)
    border.scan(101)
    assert answer(border.gate(101))["verdict"] == Verdict.REFER
    assert answer(border.gate())["verdict"] == Verdict.RELEASE


def test_a_flight_that_lands_early_is_that_flight() -> None:
    border = Border()
    this_journey(border)
    next_journey(border)
    border.clear(after=2 * DAY - HOUR // 2)
    assert has_scan(border, NEXT)


def test_two_journeys_on_one_day_are_told_apart_by_the_hour() -> None:
    border = Border()
    this_journey(border)
    next_journey(border, arrival_us=T0 + 12 * HOUR)
    border.clear()
    assert has_scan(border, FIRST)
    assert not has_scan(border, NEXT)
    border.clear(after=12 * HOUR)
    assert has_scan(border, NEXT)


@pytest.mark.parametrize("arrival_us", [0, T0])
def test_where_nothing_tells_them_apart_it_is_the_newest(arrival_us: int) -> None:
    border = Border()
    this_journey(border, arrival_us=arrival_us)
    next_journey(border, arrival_us=arrival_us)
    border.clear()
    assert has_scan(border, NEXT)
    assert not has_scan(border, FIRST)


def test_without_a_date_a_journey_counts_from_its_manifest() -> None:
    border = Border()
    this_journey(border, arrival_us=0)
    next_journey(border, arrival_us=0, after=HOUR)
    border.clear(late=HOUR // 2)
    assert has_scan(border, FIRST)
    assert not has_scan(border, NEXT)


ENDS: dict[str, Callable[[Border], Any]] = {
    "left": lambda border: border.left(),
    "closed": lambda border: border.close(),
    "exit opened": lambda border: border.acted(answer(border.gate())),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_journey_that_is_over_is_not_meant_again(how: str) -> None:
    border = Border()
    this_journey(border)
    next_journey(border)
    ENDS[how](border)
    border.clear(after=DAY)
    assert has_scan(border, NEXT)
    assert not body_scans(border).get(FIRST)


@pytest.mark.parametrize("how", ["left", "exit opened"])
def test_who_is_called_back_is_of_the_journey_that_ended(how: str) -> None:
    border = Border()
    this_journey(border)
    next_journey(border)
    ENDS[how](border)
    border.scan(after=HOUR)
    assert has_scan(border, FIRST)
    assert not has_scan(border, NEXT)


def test_who_asks_at_a_gate_again_is_on_that_journey_again() -> None:
    border = Border()
    this_journey(border)
    next_journey(border, arrival_us=T0 + 12 * HOUR)
    border.acted(answer(border.gate()))
    border.gate(after=HOUR // 12)
    border.scan(after=HOUR)
    assert has_scan(border, FIRST)
    assert not has_scan(border, NEXT)


def test_closing_a_journey_late_does_not_close_the_next() -> None:
    border = Border()
    this_journey(border)
    next_journey(border, arrival_us=T0 + 12 * HOUR)
    border.acted(answer(border.gate()))
    border.left(after=HOUR)
    border.close(after=HOUR)
    assert list(body_scans(border)) == [NEXT]


def test_another_gate_than_the_exit_ends_no_journey() -> None:
    border = Border()
    this_journey(border)
    next_journey(border)
    border.acted(answer(border.gate(stage=Stage.DESK)))
    border.clear(after=DAY)
    assert has_scan(border, FIRST)


@pytest.mark.parametrize("behind", [SECOND, -SECOND])
def test_clocks_around_the_exit_differ(behind: int) -> None:
    border = Border()
    this_journey(border)
    next_journey(border, arrival_us=T0 + 12 * HOUR)
    border.acted(answer(border.gate()))
    made = border.scan(after=2 * SECOND, late=2 * SECOND - behind)
    assert len(made)
    assert has_scan(border, FIRST)
    assert not has_scan(border, NEXT)


def test_the_only_journey_is_meant_even_if_it_is_over() -> None:
    border = Border()
    this_journey(border)
    border.acted(answer(border.gate()))
    border.left()
    made = border.scan(score=1.0, after=HOUR)
    assert told(made) == [("FOLLOW_UP", "REFER", "CALL_OFFICER", "RISK")]


def test_what_happened_on_a_closed_journey_is_no_evidence_for_the_next() -> None:
    border = Border()
    this_journey(border)
    next_journey(border)
    border.close(after=HOUR)
    border.clear(late=HOUR // 2)
    assert not has_scan(border, NEXT)
    border.declare(late=HOUR // 2, flight=NEXT)
    assert first_open(border)["evidence"][0][Stream.DECLARATION] == EvidenceStatus.PRESENT


def test_closing_the_next_journey_leads_back_to_this_one() -> None:
    border = Border()
    this_journey(border)
    next_journey(border)
    border.close(flight=NEXT)
    border.clear()
    assert body_scans(border) == {FIRST: EvidenceStatus.PRESENT}


def test_a_journey_between_two_may_close() -> None:
    border = Border()
    for number in range(3):
        border.manifest(flight=10 + number, arrival_us=T0 + number * DAY)
    border.close(flight=11)
    border.clear()
    assert body_scans(border) == {10: EvidenceStatus.PRESENT, 12: EvidenceStatus.ABSENT}


def test_bags_of_the_next_booking_are_not_this_journeys() -> None:
    border = Border()
    this_journey(border)
    next_journey(border)
    border.link(900, flight=NEXT)
    border.bag_scan(900)
    assert answer(border.gate())["verdict"] == Verdict.RELEASE
    assert answer(border.gate(after=2 * DAY))["verdict"] == Verdict.REFER


def test_a_companions_flight_opens_no_journey() -> None:
    border = Border()
    this_journey(border)
    border.manifest(2, flight=12, arrival_us=T0)
    border.link(2, 1, node=TRAVELER, flight=FIRST)
    assert len(first_open(border)) == 2
    assert answer(border.gate(2))["evidence"][Stream.COMPANION] == EvidenceStatus.PRESENT


def test_a_changed_arrival_moves_the_journey() -> None:
    border = Border()
    this_journey(border)
    next_journey(border)
    next_journey(border, arrival_us=T0 + DAY)
    border.clear(after=DAY + HOUR)
    assert has_scan(border, NEXT)


def test_who_was_read_days_before_a_flight_lands_did_not_come_on_it() -> None:
    border = Border()
    border.clear()
    next_journey(border)
    assert not has_scan(border, NEXT)
    assert screened(border, after=2 * DAY)["verdict"] == Verdict.REFER


@pytest.mark.parametrize("early", [0, HOUR])
def test_a_manifest_that_comes_after_the_scan_takes_it(early: int) -> None:
    border = Border()
    border.clear()
    this_journey(border, arrival_us=T0 + early)
    assert has_scan(border, FIRST)
    border.clear(flight=FIRST)
    assert len(first_open(border)) == 1


def test_a_traveler_with_more_journeys_than_are_looked_at() -> None:
    border = Border()
    for number in range(2 * MOST_JOURNEYS):
        border.manifest(flight=10 + number, arrival_us=T0 + number * DAY)
    border.clear(flight=10)
    assert has_scan(border, 10)
    for number in range(2 * MOST_JOURNEYS):
        border.close(flight=10 + number)
    assert len(first_open(border)) == 0


def anything(border: Border, draw: np.random.Generator) -> None:
    """Let something happen to one of three travelers with up to eight flights each."""
    ref = int(draw.integers(1, 4))
    flight = int(draw.integers(1, 5))
    late = int(draw.integers(0, DAY))
    steps = (
        lambda: border.manifest(ref, flight, arrival_us=T0 + flight * DAY, late=late),
        lambda: border.manifest(ref, flight + 4, late=late),
        lambda: border.clear(ref, late=late),
        lambda: border.scan(ref, late=late),
        lambda: border.gate(ref, lane=(FAMILY, WALK)[flight % 2]),
        lambda: border.link(900 + ref, ref, flight=flight),
        lambda: border.left(ref),
        lambda: border.close(ref),
        lambda: border.wait(6 * HOUR),
    )
    steps[draw.integers(len(steps))]()


def test_every_reader_of_the_log_finds_the_same_journey() -> None:
    draw = np.random.default_rng(3)
    border = Border()
    for _ in range(400):
        anything(border, draw)
    again = Shard(64)
    again.configure(shard_settings())
    body = again.apply(np.concatenate([event for event, _ in border.log]))
    assert body == np.array(border.decisions).tobytes()
    assert again.digest() == border.shard.digest()


def test_a_random_check_does_not_depend_on_whether_the_manifest_came_first() -> None:
    lots = set()
    for late in (False, True):
        border = Border()
        if late:
            border.gate()
        this_journey(border)
        lots.add(float(answer(border.gate())["draw"]))
    assert len(lots) == 1
