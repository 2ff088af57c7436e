"""River's detectors over what the monitor shows them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from river import drift
from watched import WatchedLog, config, event_id, read

from haechi.engine.codes import NodeKind
from haechi.streams.monitor.alarms import event_of
from haechi.streams.monitor.drift import Alarm, Watch
from haechi.streams.monitor.monitor import Monitor

DETECTORS = [
    'class = "river.drift.ADWIN"',
    'class = "river.drift.PageHinkley", delta = 0.05, threshold = 30',
    'class = "river.drift.KSWIN", alpha = 0.00001, window_size = 200',
]


def watching(watch: str, detector: str, apart: int = 200, more: str = "") -> str:
    return (
        f'\n[[drift]]\nof = "parcel"\nwatch = ["{watch}"]\ndetector = {{ {detector} }}\n'
        f"apart = {apart}\n{more}"
    )


def alarms(values: np.ndarray, detector: str, apart: int = 200) -> list[Alarm]:
    watch = Watch(config(watching("mass", detector, apart)).drifts[0])
    found = (watch.take(value, offset, 0) for offset, value in enumerate(values.tolist()))
    return [alarm for alarm in found if alarm is not None]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[WatchedLog]:
    watched = WatchedLog(tmp_path)
    yield watched
    watched.close()


@pytest.mark.parametrize("detector", DETECTORS)
def test_a_shift_is_noticed_and_steadiness_is_not(detector: str) -> None:
    random = np.random.default_rng(5)
    steady = random.normal(0.0, 0.5, 4000)
    assert alarms(steady, detector) == []
    shifted = np.concatenate([steady, random.normal(1.0, 0.5, 1000)])
    (alarm, *_) = alarms(shifted, detector)
    assert 4000 <= alarm.offset < 4300
    assert alarm.before == pytest.approx(0.0, abs=0.1)
    assert alarm.after > 0.2
    assert alarm.detector in detector


def test_adwin_fires_where_rivers_own_does() -> None:
    random = np.random.default_rng(6)
    values = random.normal(np.repeat([0.0, 1.0, 0.2, 0.9], 700), 0.4)
    own = drift.ADWIN()
    expected = []
    for place, value in enumerate(values.tolist()):
        own.update(value)
        if own.drift_detected:
            expected.append(place)
    assert expected
    assert [alarm.offset for alarm in alarms(values, DETECTORS[0], apart=0)] == expected


def test_a_detector_that_raises_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(config(watching("mass", DETECTORS[1])).drifts[0])
    assert watch.take(1.0, 0, 0) is None

    def update(*_: object) -> None:
        raise ZeroDivisionError("it broke")

    monkeypatch.setattr(drift.PageHinkley, "update", update)
    assert watch.take(1.0, 1, 0) is None
    assert (watch.off, watch.learned) == ("ZeroDivisionError: it broke", 2)
    assert watch.take(1.0, 2, 0) is None
    assert watch.name == "PageHinkley on mass"


def test_alarms_keep_their_distance() -> None:
    random = np.random.default_rng(7)
    values = random.normal(np.repeat(np.arange(20.0) % 2, 150), 0.2)
    assert len(alarms(values, DETECTORS[0], apart=0)) > 10
    offsets = [alarm.offset for alarm in alarms(values, DETECTORS[0], apart=1000)]
    assert len(offsets) == 3
    assert np.diff(offsets).min() >= 1000


def test_a_model_that_is_wrong_of_late_is_noticed(log: WatchedLog) -> None:
    random = np.random.default_rng(8)
    for share in (0.1, 0.6):
        for _ in range(400):
            log.outcome(log.selected(-2.2), bool(random.random() < share))
    monitor = read(log, Monitor(config(watching("residual", DETECTORS[0])), 0))
    (event, *_) = monitor.outbox.ready()
    said = event.drift_detected
    assert said.subject_kind == NodeKind.PARCEL
    assert (said.watched, said.detector) == ("residual", "ADWIN")
    assert said.before == pytest.approx(0.0, abs=0.1)
    assert said.after > 0.1
    assert 800 <= said.seen_offset < 1600


def test_random_residuals_are_of_random_checks_only(log: WatchedLog) -> None:
    random = np.random.default_rng(9)
    for share in (0.1, 0.7):
        for _ in range(300):
            log.outcome(log.selected(-2.2), bool(random.random() < share))
            log.outcome(log.drawn(-2.2), bool(random.random() < 0.1))
    text = watching("random_residual", DETECTORS[0]) + watching("residual", DETECTORS[0])
    monitor = read(log, Monitor(config(text), 0))
    assert {e.drift_detected.watched for e in monitor.outbox.ready()} == {"residual"}


@pytest.mark.parametrize(("at", "expected"), [("first", 1), ("answer", 0)])
def test_a_feature_is_read_where_it_is_to_be_read(log: WatchedLog, at: str, expected: int) -> None:
    random = np.random.default_rng(10)
    for place in range(3000):
        first = place % 2 == 0
        level = 5.0 if first and place > 1500 else 0.0
        # Every answer taken together is too mixed for so strict a detector to notice.
        log.decide(x={"mass": float(random.normal(level, 1.0 if first else 40.0))}, first=first)
        log.decide(node=NodeKind.TRAVELER, lane=1)
        log.decide()
    text = watching("mass", 'class = "river.drift.ADWIN", delta = 1e-9', 5000, f'at = "{at}"\n')
    monitor = read(log, Monitor(config(text), 0))
    assert monitor.alarms == expected


def test_an_alarm_always_makes_the_same_event() -> None:
    alarm = Alarm("ADWIN", "ADWIN", NodeKind.PARCEL, "mass", 12, 5_000_000, 0.5, 1.5)
    assert event_of(alarm, 0).SerializeToString() == event_of(alarm, 0).SerializeToString()
    ids = {event_of(alarm, shard).envelope.event_id for shard in (0, 1)}
    ids |= {event_of(Alarm(*one), 0).envelope.event_id for one in (
        ("KSWIN", "KSWIN", NodeKind.PARCEL, "mass", 12, 5, 0.5, 1.5),
        ("ADWIN", "ADWIN", NodeKind.PARCEL, "price", 12, 5, 0.5, 1.5),
        ("ADWIN", "ADWIN", NodeKind.TRAVELER, "mass", 12, 5, 0.5, 1.5),
        ("ADWIN", "ADWIN", NodeKind.PARCEL, "mass", 13, 5, 0.5, 1.5),
    )}  # fmt: skip
    assert len(ids) == 6


def test_an_alarm_that_is_in_the_log_is_not_sent(log: WatchedLog) -> None:
    random = np.random.default_rng(8)
    for share in (0.1, 0.6):
        for _ in range(400):
            log.outcome(log.selected(-2.2), bool(random.random() < share))
    text = watching("residual", DETECTORS[0])
    for event in read(log, Monitor(config(text), 0)).outbox.ready():
        log.publish(event)
    again = read(log, Monitor(config(text), 0))
    assert again.alarms > 0
    assert len(again.outbox) == 0
    assert again.logged[0].detector == "ADWIN"
    assert again.logged[0].id == event_id(event.envelope.event_id)
