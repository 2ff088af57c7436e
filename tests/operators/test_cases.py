"""Cases open, close and give their slots back, without leaking anything to the next."""

from __future__ import annotations

import numpy as np
from border import (
    BAG,
    DAY,
    PARCEL,
    RETENTION_PARCEL,
    RETENTION_TRAVELER,
    SCREENED,
    TRAVELER,
    Border,
    answer,
    first_open,
    told,
)

from haechi.engine.codes import EventKind, Stream, Verdict
from haechi.operators.state import Count


def open_cases(border: Border) -> int:
    return len(first_open(border))


def test_another_flight_opens_a_new_case_without_the_old_evidence() -> None:
    border = Border()
    border.manifest(flight=10)
    border.clear()
    first = answer(border.gate(lane=SCREENED))
    assert first["verdict"] == Verdict.RELEASE
    border.manifest(flight=11, after=DAY)
    assert len(border.gate(lane=SCREENED)) == 0
    second = answer(border.wait(50_000))
    assert second["verdict"] == Verdict.REFER
    assert second["case_key"] != first["case_key"]


def test_an_older_flights_scan_is_no_evidence_for_this_one() -> None:
    border = Border()
    border.manifest(flight=10)
    border.manifest(flight=11)
    border.clear(flight=10, late=2000)
    border.gate(lane=SCREENED)
    found = answer(border.wait(50_000))
    assert found["verdict"] == Verdict.REFER


def test_retention_ends_a_case_after_its_last_event() -> None:
    border = Border()
    border.manifest()
    border.parcel()
    border.wait(RETENTION_TRAVELER - 2 * DAY)
    border.declare()
    border.wait(2 * DAY + 1)
    assert open_cases(border) == 2
    border.wait(RETENTION_TRAVELER)
    assert first_open(border)["node"].tolist() == [PARCEL]
    border.wait(RETENTION_PARCEL)
    assert open_cases(border) == 0


def test_a_scanned_bag_stays_as_long_as_its_traveler() -> None:
    border = Border()
    border.manifest()
    border.link(900)
    border.bag_scan(900, 1.0)
    for _ in range(5):
        border.declare(after=DAY)
    assert answer(border.gate())["verdict"] != Verdict.RELEASE


def test_a_slot_is_used_again_and_carries_nothing_over() -> None:
    fresh, used = Border(), Border()
    used.manifest(7, document_state=3, flight=10)
    used.link(900, 7)
    used.bag_scan(900, 1.0)
    used.scan(7, 1.0)
    used.face(7, 3)
    used.declare(7, cash=1e6)
    used.gate(7)
    used.close(7)
    used.close(900, BAG)
    assert used.shard.count(Count.FREE_CASES) == 2
    used.manifest(1, flight=11)
    fresh.manifest(1, flight=11)
    assert used.shard.count(Count.CASES) == 2
    a, b = answer(used.gate(1)), answer(fresh.gate(1))
    for name in ("x", "contribution", "evidence", "evidence_us", "log_odds", "verdict", "missing"):
        if name == "evidence_us":
            assert (a[name] > 0).tolist() == (b[name] > 0).tolist()
        else:
            assert np.asarray(a[name]).tobytes() == np.asarray(b[name]).tobytes(), name


def test_old_deadlines_do_not_fire_in_a_reused_slot() -> None:
    border = Border()
    border.manifest(1)
    border.scan(1)
    border.gate(1)
    border.close(1)
    border.manifest(2)
    assert len(border.wait(3_600_000_000)) == 0


def test_links_of_a_closed_case_are_gone_for_both() -> None:
    border = Border()
    border.manifest(1)
    border.manifest(2)
    border.link(900, 1)
    border.link(900, 2)
    border.link(1, 2, node=TRAVELER)
    border.close(900, BAG)
    border.close(1)
    assert border.shard.count(Count.LINKS) == border.shard.count(Count.FREE_LINKS)
    assert border.shard.count(Count.LINK_KEYS) == 0
    assert answer(border.gate(2))["evidence"][Stream.COMPANION] == 0


def test_slots_are_reclaimed_in_the_same_order_by_every_reader() -> None:
    def run(batch: int) -> str:
        border = Border()
        for ref in range(1, 60):
            border.manifest(ref, after=1_000_000)
            border.link(1000 + ref, ref)
        for _ in range(8):
            border.wait(RETENTION_TRAVELER // 2)
        for ref in range(100, 130):
            border.manifest(ref)
        again = Border(1024)
        events = np.concatenate([event for event, _ in border.log])
        for at in range(0, len(events), batch):
            again.shard.apply(events[at : at + batch])
        assert again.shard.digest() == border.shard.digest()
        return border.shard.digest()

    assert run(1) == run(7) == run(10_000)


def test_events_that_name_nobody_change_no_case() -> None:
    border = Border()
    before = border.shard.count(Count.CASES)
    for kind in EventKind:
        if kind not in (EventKind.GATE_EVENT, EventKind.PROVISIONAL_DELIVERED):
            border.send(kind)
    assert border.shard.count(Count.CASES) == before
    assert len(border.decisions) == 0
    border.manifest(1)
    assert told(border.gate(1)) == [("ANSWER", "RELEASE", "NONE", "CLEAR")]


def test_a_gate_that_names_nobody_is_never_released() -> None:
    border = Border()
    made = border.gate(0)
    assert all(d["verdict"] != Verdict.RELEASE for d in made)
    assert border.shard.count(Count.CASES) == 0
    cases = border.shard.state.cases
    assert not cases[-1]["seen_us"], "the last slot was written to"
