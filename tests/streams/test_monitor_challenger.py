"""Challengers from the configuration: they learn beside the engine, and may fail alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from river import base, linear_model
from watched import PLACES, WatchedLog, config, read

from haechi.engine.codes import NodeKind
from haechi.engine.errors import ConfigError
from haechi.streams.monitor.challenger import Challenger
from haechi.streams.monitor.making import SEED, make, make_classifier
from haechi.streams.monitor.monitor import Monitor
from haechi.streams.monitor.predictions import Predictions

SCALED = (
    '[{ class = "river.preprocessing.StandardScaler" }, '
    '{ class = "river.linear_model.LogisticRegression", l2 = 0.001 }]'
)


def challenging(name: str, steps: str, features: str = '["mass", "price", "xray_alarm"]') -> str:
    return (
        f'\n[[challenger]]\nname = "{name}"\nof = "parcel"\n'
        f"features = {features}\nsteps = {steps}\n"
    )


@pytest.fixture
def log(tmp_path: Path) -> Iterator[WatchedLog]:
    watched = WatchedLog(tmp_path)
    yield watched
    watched.close()


def play(log: WatchedLog, cases: int = 600, delay: int = 20, seed: int = 4) -> None:
    """Heavy parcels hold something; the engine's score is noise."""
    random = np.random.default_rng(seed)
    waiting: list[Any] = []
    for _ in range(cases):
        mass = float(random.normal())
        x = {"mass": mass, "price": float(random.normal())}
        found = bool(random.random() < 1 / (1 + np.exp(-3 * mass)))
        waiting.append((log.selected(float(random.normal()), x=x), found))
        if len(waiting) > delay:
            log.outcome(*waiting.pop(0))
    for one in waiting:
        log.outcome(*one)


def auc(monitor: Monitor) -> dict[str, float]:
    figures = monitor.quality.figures(NodeKind.PARCEL, 0)
    return {f.model: f.estimate.value for f in figures if f.metric == "auc"}


def test_a_challenger_learns_and_beats_chance(log: WatchedLog) -> None:
    play(log)
    said = auc(read(log, Monitor(config(challenging("line", SCALED)), 0)))
    assert said["line"] > 0.8
    assert said["decided"] == pytest.approx(0.5, abs=0.08)


def test_it_is_judged_by_what_it_said_before_the_label(log: WatchedLog) -> None:
    """Not one label is known at the decisions, so it cannot have known anything."""
    play(log, cases=300, delay=300)
    said = auc(read(log, Monitor(config(challenging("line", SCALED)), 0)))
    assert said["line"] == pytest.approx(0.5, abs=0.001)


def test_one_that_raises_is_off_and_the_others_go_on(
    log: WatchedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = linear_model.Perceptron.learn_one
    calls = 0

    def learn_one(self: Any, *given: Any, **more: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > 100:
            raise FloatingPointError("it broke")
        original(self, *given, **more)

    monkeypatch.setattr(linear_model.Perceptron, "learn_one", learn_one)
    play(log)
    broken = challenging("broken", '[{ class = "river.linear_model.Perceptron" }]')
    monitor = read(log, Monitor(config(broken + challenging("line", SCALED)), 0))
    (off,) = monitor.switched_off()
    assert (off.name, off.off, off.learned) == ("broken", "FloatingPointError: it broke", 100)
    assert auc(monitor)["line"] > 0.8
    assert monitor.challengers[1].learned == 600


def test_a_probability_that_is_none_switches_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    challenger = Challenger(config(challenging("line", SCALED)).challengers[0])
    monkeypatch.setattr(
        linear_model.LogisticRegression, "predict_proba_one", lambda *_: {True: 1.5}
    )
    assert np.isnan(challenger.predict(np.zeros(len(PLACES))))
    assert challenger.off == "ValueError: it gave the probability 1.5"


def test_one_that_knows_nothing_yet_says_nothing() -> None:
    steps = SCALED.replace("StandardScaler", "MinMaxScaler")
    challenger = Challenger(config(challenging("line", steps)).challengers[0])
    x = np.ones(len(PLACES))
    assert np.isnan(challenger.predict(x))
    challenger.learn(x, True)
    challenger.learn(2 * x, False)
    assert np.isfinite(challenger.predict(x))
    assert not challenger.off


def test_missing_features_are_left_out() -> None:
    seen: list[dict[str, float]] = []

    class Remembering(base.Classifier):
        def learn_one(self, x: dict[str, float], y: Any) -> None:
            seen.append(x)

        def predict_proba_one(self, x: dict[str, float]) -> dict[bool, float]:
            return {True: 0.25, False: 0.75}

    challenger = Challenger(config(challenging("line", SCALED)).challengers[0])
    challenger._model = Remembering()  # type: ignore[misc]
    x = np.full(len(PLACES), np.nan)
    x[PLACES["mass"]], x[PLACES["hs6"]] = 2.0, 640399.0
    challenger.learn(x, True)
    assert seen == [{"mass": 2.0}]
    assert challenger.predict(x) == pytest.approx(np.log(1 / 3))


def test_forests_get_a_seed_and_objects_of_objects_are_made() -> None:
    forest = make(
        config(challenging("f", '[{ class = "river.forest.ARFClassifier", n_models = 3 }]'))
        .challengers[0]
        .steps[0]
    )
    assert forest.seed == SEED
    bagged = make_classifier(
        config(
            challenging(
                "b",
                '[{ class = "river.ensemble.BaggingClassifier", n_models = 2, model = { class = '
                '"river.linear_model.LogisticRegression", optimizer = { class = '
                '"river.optim.SGD", lr = 0.25 } } }]',
            )
        ).challengers[0]
    )
    assert bagged["BaggingClassifier"].models[0].optimizer.lr.learning_rate == 0.25


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ('[{ class = "river.nothing.There" }]', r"challenger\[0\].steps\[0\]: this river has no"),
        ('[{ class = "river.linear_model.There" }]', "has no river.linear_model.There"),
        ('[{ class = "river.utils.VectorDict" }]', "is no class of river"),
        ('[{ class = "river.linear_model.LogisticRegression", wings = 2 }]', "cannot be made.*l2"),
        ('[{ class = "river.preprocessing.StandardScaler" }]', r"steps\[0\].*no classifier"),
        ('[{ class = "river.drift.ADWIN" }]', "no classifier"),
        (
            SCALED.replace("preprocessing.StandardScaler", "linear_model.Perceptron"),
            r"steps\[0\].*no transformer",
        ),
    ],
)
def test_what_is_no_classifier_of_river_is_refused(steps: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Monitor(config(challenging("line", steps)), 0)


def test_a_detector_must_take_numbers() -> None:
    text = (
        '[[drift]]\nof = "parcel"\nwatch = ["mass"]\napart = 9\n'
        'detector = { class = "river.drift.binary.DDM" }\n'
    )
    with pytest.raises(ConfigError, match=r"drift\[0\].detector.*takes no numbers"):
        Monitor(config(text), 0)


def test_memory_is_bounded_and_releases_push_nobody_out() -> None:
    kept = Predictions(3)
    kept.keep(b"stopped", {"a": 1.0}, stopped=True)
    for number in range(10):
        kept.keep(bytes([number]), {"a": float(number)}, stopped=False)
    assert len(kept) == 4
    assert kept.take(b"stopped") == {"a": 1.0}
    assert kept.take(b"stopped") is None
    assert kept.take(bytes([6])) is None
    assert kept.take(bytes([9])) == {"a": 9.0}
