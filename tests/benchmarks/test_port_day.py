"""What a stretch of a large port's day is made of, how a port is played, and what its line says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.detection import HELD, LANES, SETTLED
from benchmarks.port_line import Detected, Paced, line
from benchmarks.promises import promised
from benchmarks.selection import Interval
from benchmarks.stretch import ARRIVALS, DAY_S, FIRST_COPY, PARCELS, SAMPLE, Sample, placements
from haechi.configs.policy import compile_policy
from haechi.configs.port import config_text
from haechi.rpc.v1.decision_pb2 import GateAnswer
from haechi.rpc.v1.vocabulary_pb2 import CODE_CLASS_CLEAR, VERDICT_RELEASE
from haechi.streams.simulator import Item
from haechi.streams.simulator.templates import Numbers

START_US = 1_760_000_000_000_000
SECONDS = 40.0
MINUTE_US = 60_000_000


@pytest.fixture(scope="module")
def sample() -> Sample:
    return Sample.draw(11, START_US)


def times_in(begins: list[int], sent_us: np.ndarray, seconds: float) -> np.ndarray:
    """How often each of a life's events lies in the stretch."""
    at = np.array(begins)[:, np.newaxis] + sent_us
    return np.asarray(((at >= 0) & (at < seconds * 1e6)).sum(axis=0))


def test_each_event_of_a_life_comes_as_often_however_close_others_are() -> None:
    # Two within the stretch's length of each other, one on its own, two at the same time.
    sent_us = np.array([0, 5_000_000, 900_000_000, 2_000_000_000, 2_000_000_000])
    begins = placements(sent_us, 4000.0, 10.0, np.random.default_rng(1))
    counted = times_in(begins, sent_us, 10.0)
    assert np.abs(counted / 4000.0 - 1.0).max() < 0.08
    # Who has two events in it is there once: half of those of the first pair.
    assert len(begins) / 4000.0 == pytest.approx(1.5 + 1.0 + 1.0, abs=0.15)


def test_a_stretch_is_as_busy_as_the_large_port_and_ten_times_as_busy(sample: Sample) -> None:
    # What comes of itself, and does not follow from an answer.
    own = sum(sum(life.own) for life in sample.lives) / SAMPLE.parcels
    expected = own * PARCELS / DAY_S * SECONDS
    for speed in (1.0, 10.0):
        items = sample.cut(speed, SECONDS, np.random.default_rng(2)).items(START_US, Numbers())
        live = sum(item.send_us >= START_US for item in items)
        assert live == pytest.approx(expected * speed, rel=0.25 / speed**0.5)
        assert all(item.send_us < START_US + SECONDS * 1e6 for item in items)


def test_a_stretch_has_everybody_s_past_and_no_name_twice(sample: Sample) -> None:
    stretch = sample.cut(1.0, SECONDS, np.random.default_rng(3))
    items = stretch.items(START_US, Numbers(FIRST_COPY))
    assert items == sorted(items, key=lambda item: item.order)
    own = sum(item.send_us < START_US for item in items)
    assert own < stretch.before < 3 * own
    names = [item.name for item in items if not item.duplicate]
    assert len(set(names)) == len(names)
    assert all(int(name.rpartition(":")[2]) >= FIRST_COPY for name in names)
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(item)
    asked = [of for of in groups.values() if any(one.kind == "gate_event" for one in of)]
    begun = sum(of[0].kind.endswith(("manifest", "link")) for of in asked)
    assert begun > 0.9 * len(asked)
    assert {item.subject for item in items} <= {"", *sample.truth}


def test_what_follows_comes_as_often_as_in_a_whole_day(sample: Sample) -> None:
    opened = GateAnswer(verdict=VERDICT_RELEASE, code_class=CODE_CLASS_CLEAR)
    items = sample.cut(10.0, SECONDS, np.random.default_rng(5)).items(START_US, Numbers(FIRST_COPY))
    live: Counter[str] = Counter()
    while items:
        followed = []
        for item in items:
            if START_US <= item.send_us < START_US + SECONDS * 1e6:
                live[item.kind] += 1
            if item.channel == "decide" and item.send_us < START_US + SECONDS * 1e6:
                followed += sample.respond(item, opened)
        items = followed
    day: Counter[str] = Counter(item.kind for life in sample.lives for item in life.items)
    assert live.total() == pytest.approx(
        day.total() * PARCELS / SAMPLE.parcels / DAY_S * SECONDS * 10, rel=0.05
    )
    # Parcels ask at the way out up to an hour after the sorter has let them go.
    for kind in ("gate_event", "gate_action", "exit_seen", "parcel_manifest"):
        assert live[kind] / live.total() == pytest.approx(day[kind] / day.total(), abs=0.02)


def test_a_stretch_is_the_same_for_the_same_seed(sample: Sample) -> None:
    first, again = (
        sample.cut(1.0, 5.0, np.random.default_rng(4)).items(START_US, Numbers()) for _ in "ab"
    )
    assert [item.raw for item in first] == [item.raw for item in again]


def test_the_small_port_has_the_large_one_s_mix() -> None:
    assert SAMPLE.parcels / (SAMPLE.flights * SAMPLE.seats) == PARCELS / ARRIVALS


def paced(questions: int = 2000, lag_ms: float = 0.1, begun_late_ms: float = 0.0) -> Paced:
    late_us = np.full(questions, 600.0)
    late_us[: questions // 50] = 1400.0
    lag_us = np.full(questions * 3, lag_ms * 1e3)
    return Paced(1.0, 200.0, questions * 3, late_us, lag_us, 0, begun_late_ms)


FOUND = Detected(Interval(31.2, 24.0, 38.4), Interval(0.517, 0.43, 0.6), 0.0241)


def test_the_line_says_all_of_it() -> None:
    assert line(9001, 2, [paced()], FOUND) == (
        "port-day v1, seed 9001, 2 cores: "
        "1x 30.0 events/s, 10.0 questions/s p50 0.60 p99 1.40 max 1.40 ms; "
        "precision 31% [24, 38], recall 52% [43, 60] at 2.4% inspected"
    )


def test_a_percentile_is_told_only_where_there_are_enough_questions() -> None:
    assert "p99" not in line(1, 2, [paced(900)], FOUND)
    assert "p99.9 0.60" not in line(1, 2, [paced(2000)], FOUND)
    assert "p99.9 1.40" in line(1, 2, [paced(20_000)], FOUND)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (paced(lag_ms=25.0), "1x: generator late by 25 ms at p99"),
        (paced(begun_late_ms=1500.0), "1x: began 1,500 ms late"),
    ],
)
def test_a_run_that_does_not_count_says_so_first(one: Paced, why: str) -> None:
    assert not paced().invalid()
    assert line(1, 2, [paced(), one], FOUND).startswith(f"INVALID ({why}) port-day")


def test_nothing_inspected_is_no_precision() -> None:
    nothing = Interval(float("nan"), float("nan"), float("nan"))
    assert "precision -, recall 0.0%" in line(
        1, 2, [paced()], Detected(nothing, Interval(0.0, 0.0, 0.0), 0.0)
    )


def test_lanes_promise_what_detection_has_them_promise(tmp_path: Path) -> None:
    policy, _ = compile_policy(config_text("lanes.toml", promised(tmp_path)))
    packaged, _ = compile_policy(config_text("lanes.toml"))
    for lane, of in LANES.values():
        assert policy[lane, SETTLED[of]]["hold_rate"] == pytest.approx(HELD[of])
        packaged[lane, SETTLED[of]]["hold_rate"] = policy[lane, SETTLED[of]]["hold_rate"]
    assert policy.tobytes() == packaged.tobytes()
