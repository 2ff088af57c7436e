"""Officers take one after another, in their order, and nobody after the window."""

from __future__ import annotations

import pytest

from benchmarks.belt import Hall, Staff
from benchmarks.packaged import packaged_settings
from benchmarks.port_run import PortRun
from haechi.engine.codes import EventKind, Overflow, Stage
from haechi.streams.simulator import Port, Size

START = 1_760_000_000_000_000
WINDOW = 900_000_000
MEAN = 600_000_000


def played(overflow: int, by_risk: bool = False) -> Hall:
    settings = packaged_settings(7)
    settings.policy["queue"][6] = 5
    rules = settings.policy[5:7, Stage.SORTER]
    rules["refer_at"], rules["window_us"], rules["overflow"] = -4.7, WINDOW + MEAN, overflow
    rules["keep"] = 0
    settings.policy[5:7, Stage.SORTER] = rules
    port = Port(7, START, hours=3.0, size=Size(flights=1, seats=2, parcels=150, past_parcels=20))
    run = PortRun(port, settings)
    run.apply(kind=EventKind.CAPACITY, lane=5, value=6.0)
    hall = Hall(run, Staff(1, MEAN, WINDOW, by_risk))
    hall.play()
    return hall


@pytest.mark.parametrize("by_risk", [False, True])
def test_who_is_not_seen_in_time_leaves(by_risk: bool) -> None:
    hall = played(Overflow.NONE, by_risk)
    seen = [one for one in hall.stopped if one.was_seen]
    assert 0 < len(seen) < len(hall.stopped)
    assert all(one.begun_us - one.at_us <= WINDOW for one in seen)
    if by_risk:
        unseen = [one.risk for one in hall.stopped if not one.was_seen]
        assert sum(one.risk for one in seen) / len(seen) > sum(unseen) / len(unseen)
    else:
        begun = [one.begun_us for one in seen]
        assert begun == sorted(begun)
    assert not hall.fell_out
    assert hall.waited[-1][1] == 0


def test_the_core_counts_who_waits_as_the_hall_does() -> None:
    hall = played(Overflow.RELEASE)
    row = hall.run.shard.state.queues[5]
    assert row["waiting"] == 0
    assert row["seen"] + row["lost"] >= len(hall.stopped)
    assert len(hall.fell_out) > 10
    assert len(hall.stopped) + len(hall.fell_out) <= len(hall.asked)


def test_every_policy_meets_the_same_parcels() -> None:
    fixed, follows = played(Overflow.NONE), played(Overflow.RELEASE)
    assert fixed.asked.keys() == follows.asked.keys()
