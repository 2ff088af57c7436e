"""Who waits for officers: taking a place, keeping it, leaving it; the same at every reading."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from border import (
    DAY,
    DECLARE,
    FAMILY,
    RETENTION_TRAVELER,
    SCREENED,
    SECOND,
    Border,
    answer,
    told,
)
from border_traffic import traffic
from hypothesis import given, settings
from hypothesis import strategies as st
from manned import FULL, WINDOW, manned, places, queueing, risky, waiting

from haechi.engine.codes import CodeClass, EventKind, Finding, Stage, Verdict
from haechi.engine.records import DECISION, EVENT, pack_event
from haechi.operators.shard import Shard, ShardSettings

LEAVING: dict[str, Callable[[Border, Any], Any]] = {
    "found": lambda border, of: border.outcome(of, Finding.FOUND),
    "nothing found": lambda border, of: border.outcome(of, Finding.NOTHING),
    "an officer acted": lambda border, of: border.send(EventKind.OFFICER_ACTION, of=of),
    "a clear scan": lambda border, of: border.clear(1),
    "left": lambda border, of: border.left(1),
    "closed": lambda border, of: border.close(1),
    "the window passed": lambda border, of: border.wait(WINDOW),
}


@pytest.mark.parametrize("how", LEAVING)
def test_who_waits_leaves_the_queue(how: str) -> None:
    border = manned(40.0)
    decision = risky(border, 1)
    assert (decision["verdict"], waiting(border), places(border)) == (Verdict.REFER, 1, 1)
    LEAVING[how](border, decision)
    assert (waiting(border), places(border)) == (0, 0)


def test_who_waits_is_counted_once_and_until_somebody_looked() -> None:
    border = manned(40.0)
    decision = risky(border, 1)
    border.gate(1)
    border.scan(1, 0.99)
    border.outcome(decision, Finding.NOT_DONE)
    assert waiting(border) == 1
    assert risky(border, 2)["waiting"] == 1
    assert waiting(border) == 2


def test_a_queue_is_empty_when_all_were_seen_or_left() -> None:
    border = manned(400.0)
    decisions = [risky(border, ref) for ref in range(1, 31)]
    assert waiting(border) == 30
    for ref, decision in enumerate(decisions, 1):
        list(LEAVING.values())[ref % 2](border, decision) if ref % 3 else border.close(ref)
    row = border.shard.state.queues[FAMILY]
    assert (row["waiting"], row["seen"], row["lost"]) == (0, 20, 10)


def test_the_window_of_an_earlier_wait_ends_no_later_one() -> None:
    border = manned(40.0)
    border.outcome(risky(border, 1), Finding.NOTHING)
    border.wait(WINDOW // 2)
    border.clear(1)
    border.scan(1, 0.99)
    assert waiting(border) == 1
    border.wait(WINDOW // 2 + SECOND)
    assert waiting(border) == 1
    border.wait(WINDOW // 2)
    assert waiting(border) == 0


def test_who_waits_keeps_the_place_when_it_fills() -> None:
    border = manned(8.0)
    first = risky(border, 1)
    risky(border, 2)
    again = answer(border.gate(1))
    assert (again["verdict"], again["fell_out"]) == (first["verdict"], 0)
    later = answer(border.gate(1, lane=FAMILY, stage=Stage.EXIT, gate=9))
    assert later["verdict"] == first["verdict"]


def test_what_a_machine_reads_again_takes_no_officer() -> None:
    border = manned(40.0)
    border.manifest(1)
    border.gate(1, lane=SCREENED)
    (lacking,) = border.wait(SECOND)
    assert told([lacking]) == [("ANSWER", "REFER", "BODY_SCAN", "MISSING_EVIDENCE")]
    assert waiting(border, SCREENED) == 0


def test_two_names_of_one_subject_wait_once() -> None:
    border = manned(40.0)
    risky(border, 1)
    risky(border, 2)
    border.identity(1, 2)
    assert (waiting(border), places(border)) == (1, 1)
    border.wait(WINDOW)
    assert (waiting(border), places(border)) == (0, 0)


def test_a_place_moves_with_its_subject() -> None:
    border = manned(40.0)
    border.manifest(1)
    risky(border, 2)
    border.identity(1, 2)
    assert (waiting(border), places(border)) == (1, 1)
    border.wait(WINDOW)
    assert (waiting(border), places(border)) == (0, 0)


def test_lanes_may_share_their_officers() -> None:
    shared = queueing()
    shared.policy["queue"][DECLARE] = FAMILY
    border = Border(settings=shared)
    border.send(EventKind.CAPACITY, lane=DECLARE, value=FULL)
    risky(border, 1)
    border.manifest(2)
    border.declare(2)
    border.scan(2)
    assert answer(border.gate(2, lane=DECLARE))["fell_out"] == 1
    assert (waiting(border, FAMILY), waiting(border, DECLARE)) == (1, 0)


def test_nobody_waits_longer_than_the_case_is_kept() -> None:
    border = manned(40.0)
    risky(border, 1)
    border.wait(RETENTION_TRAVELER + DAY)
    assert (waiting(border), places(border)) == (0, 0)


def capacities(seed: int, events: int) -> Any:
    """Random traffic in which officers come and go."""
    rows = traffic(seed, events, subjects=12)
    draw = np.random.default_rng(seed)
    for at in draw.choice(events, events // 12, replace=False):
        said = pack_event(
            kind=EventKind.CAPACITY,
            lane=int(draw.integers(1, 7)),
            value=float(draw.choice([0.0, 4.0, 20.0])),
            until_us=int(rows["stamp_us"][at]) + int(draw.choice([3_000_000, DAY])),
        )
        row = np.frombuffer(said, EVENT)[0].copy()
        for name in ("id_hi", "id_lo", "first", "last", "offset", "stamp_us", "event_us"):
            row[name] = rows[name][at]
        rows[at] = row
    return rows


def run(events: Any, cuts: list[int], made: ShardSettings) -> tuple[bytes, str, Any]:
    shard = Shard(64)
    shard.configure(made)
    parts = [
        shard.apply(events[begin:end])
        for begin, end in zip([0, *cuts], [*cuts, len(events)], strict=True)
    ]
    return b"".join(parts), shard.digest(), shard.state


@settings(max_examples=20)
@given(st.integers(0, 1 << 30), st.lists(st.integers(0, 150), max_size=10))
def test_queues_are_the_same_however_the_log_is_cut(seed: int, cuts: list[int]) -> None:
    events = capacities(seed, 150)
    whole = run(events, [], queueing(explore=0.1))
    assert run(events, sorted(cuts), queueing(explore=0.1))[:2] == whole[:2]
    state = whole[2]
    places = np.bincount(state.cases["queue"], minlength=len(state.queues))[1:]
    assert places.tolist() == state.queues["waiting"][1:].tolist()


def test_the_digest_covers_the_queues() -> None:
    before = run(capacities(1, 50), [], queueing())[1]
    shard = Shard(64)
    shard.configure(queueing())
    shard.apply(capacities(1, 50))
    shard.state.queues["waiting"][FAMILY] += 1
    assert shard.digest() != before


def test_invariants_of_what_falls_out() -> None:
    parts = [run(capacities(seed, 400), [], queueing(explore=0.1))[0] for seed in range(12)]
    made = np.frombuffer(b"".join(parts), DECISION)
    fell = made[made["fell_out"] == 1]
    assert len(fell) > 50
    assert not fell["missing"].any()
    assert (fell["selection"] < fell["bar"]).all()
    codes = {CodeClass.CAPACITY, CodeClass.RANDOM_CHECK}
    assert set(fell["code_class"].tolist()) <= codes
    released = made[made["verdict"] == Verdict.RELEASE]
    assert not released["missing"].any()
    risky_release = released["log_odds"] >= released["refer_at"]
    assert (released["fell_out"][risky_release] == 1).all()
    assert (released["code_class"][risky_release] == CodeClass.CAPACITY).all()
