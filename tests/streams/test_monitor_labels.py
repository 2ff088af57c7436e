"""Outcomes join the decisions that they name: late, twice, corrected, and no label at all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from watched import Decided, WatchedLog, config, figures, read

from haechi.engine.codes import Finding, NodeKind, SelectedBy
from haechi.streams.monitor.monitor import Monitor


@pytest.fixture
def log(tmp_path: Path) -> Iterator[WatchedLog]:
    watched = WatchedLog(tmp_path)
    yield watched
    watched.close()


def labels(log: WatchedLog) -> Monitor:
    return read(log, Monitor(config(), 0))


def test_late_outcomes_find_their_decisions(log: WatchedLog) -> None:
    decided = [log.selected(0.5) for _ in range(30)]
    for place, one in enumerate(reversed(decided)):
        log.outcome(one, place < 12)
    said = figures(labels(log))
    assert said["labels_chosen"].value == 30
    assert said["precision"].value == pytest.approx(0.4)
    assert said["calibration_bias"].value == pytest.approx(0.4 - 1 / (1 + math.exp(-0.5)))


def test_what_rules_added_is_not_the_models(log: WatchedLog) -> None:
    for found in (True, False):
        log.outcome(log.selected(3.5, uplift=3.0), found)
    said = figures(labels(log))
    assert said["calibration_bias"].value == pytest.approx(0.5 - 1 / (1 + math.exp(-0.5)))


def test_a_second_outcome_that_says_the_same_counts_no_more(log: WatchedLog) -> None:
    decided = log.selected()
    log.outcome(log.selected(), False)
    for found in (True, True, False):
        log.outcome(decided, found)
    monitor = labels(log)
    assert figures(monitor)["labels"].value == 2
    assert figures(monitor)["precision"].value == 0.5
    assert monitor.outcomes == 4


def test_a_later_find_stands(log: WatchedLog) -> None:
    decided = log.selected()
    for found in (False, True, False):
        log.outcome(decided, found)
    said = figures(labels(log))
    assert (said["labels"].value, said["precision"].value) == (1, 1.0)


@pytest.mark.parametrize("finding", [Finding.INCONCLUSIVE, Finding.NOT_DONE])
def test_what_says_nothing_is_no_label(log: WatchedLog, finding: Finding) -> None:
    decided = log.selected()
    log.outcome(decided, finding)
    monitor = labels(log)
    assert (monitor.labels, monitor.unusable) == (0, 1)
    # The inspection that is made after all is one.
    log.outcome(decided, True)
    assert labels(log).labels == 1


def test_an_outcome_that_names_no_decision_is_no_label(log: WatchedLog) -> None:
    log.outcome(None, True)
    assert labels(log).labels == 0


def test_a_correction_replaces(log: WatchedLog) -> None:
    wrong = log.selected(3.0)
    log.outcome(log.selected(1.0), False)
    name = log.outcome(wrong, True)
    before = figures(labels(log))
    log.outcome(wrong, False, corrects=name)
    after = figures(labels(log))
    assert (before["precision"].value, after["precision"].value) == (0.5, 0.0)
    assert after["labels"].value == 2
    assert after["log_loss"].n == 2
    assert after["log_loss"].value > before["log_loss"].value


def test_a_correction_may_say_that_nothing_is_known(log: WatchedLog) -> None:
    decided = log.selected()
    name = log.outcome(decided, True)
    log.outcome(decided, Finding.INCONCLUSIVE, corrects=name)
    said = figures(labels(log))
    assert said["labels"].value == 0
    assert "auc" not in said


def test_a_correction_of_a_correction_replaces_it(log: WatchedLog) -> None:
    decided = log.selected()
    first = log.outcome(decided, True)
    second = log.outcome(decided, False, corrects=first)
    log.outcome(decided, True, corrects=second)
    said = figures(labels(log))
    assert said["precision"].value == 1.0
    assert said["labels"].value == 1


def test_a_correction_may_name_another_decision(log: WatchedLog) -> None:
    one, other = log.selected(), log.drawn()
    name = log.outcome(one, True)
    log.outcome(other, True, corrects=name)
    said = figures(labels(log))
    assert (said["labels_chosen"].value, said["labels_random"].value) == (0, 1)


def test_a_correction_may_come_first(log: WatchedLog) -> None:
    decided = log.selected()
    log.outcome(decided, False, corrects="late")
    log.outcome(decided, True, name="late")
    said = figures(labels(log))
    assert (said["labels"].value, said["precision"].value) == (1, 0.0)


def test_a_correction_takes_all_back_that_it_outdoes(log: WatchedLog) -> None:
    one, other = log.selected(), log.selected()
    name = log.outcome(one, False)
    log.outcome(other, False)
    log.outcome(other, True, corrects=name)
    said = figures(labels(log))
    assert (said["labels"].value, said["precision"].value, said["auc"].n) == (1, 1.0, 1)


def test_only_known_propensities_are_weighed(log: WatchedLog) -> None:
    for found in (True, False):
        log.outcome(log.selected(), found)
        log.outcome(log.decide(-1.0), found)
        log.outcome(log.decide(-1.0), found, by=SelectedBy.RANDOM)
        log.outcome(log.selected(), found, by=SelectedBy.OFFICER)
        log.outcome(log.drawn(rate=0.25), found)
    said = figures(labels(log))
    counts = [said[f"labels_{how}"].value for how in ("chosen", "random", "other")]
    assert counts == [2, 2, 6]
    assert said["prevalence"].value == pytest.approx((1 + 4) / (2 + 8))
    assert said["recall"].value == pytest.approx(1 / 5)
    assert said["auc"].n == 10


def test_the_chooser_may_know_the_propensity(log: WatchedLog) -> None:
    """An audit of everything, whatever the model and its random checks had selected."""
    for found in (True, False, False):
        log.outcome(log.selected(), found, propensity=1.0)
        log.outcome(log.decide(), False, propensity=1.0)
        log.outcome(log.drawn(rate=0.01), False, by=SelectedBy.OFFICER, propensity=1.0)
    said = figures(labels(log))
    assert said["labels_other"].value == 0
    assert said["prevalence"].value == pytest.approx(1 / 9)
    assert said["recall"].value == 1.0
    assert said["lift"].value == pytest.approx(3.0)


def test_lanes_and_kinds_are_kept_apart(log: WatchedLog) -> None:
    def look(decided: Decided, found: bool) -> None:
        log.outcome(decided, found)

    look(log.selected(lane=5), True)
    look(log.drawn(lane=5, rate=0.5), False)
    look(log.selected(lane=6), False)
    look(log.selected(lane=1, node=NodeKind.TRAVELER, shadow=0.3), True)
    monitor = labels(log)
    assert monitor.quality.groups() == [(1, 0), (1, 1), (2, 0), (2, 5), (2, 6)]
    assert figures(monitor, lane=5)["precision"].value == 1.0
    assert figures(monitor, lane=6)["precision"].value == 0.0
    assert math.isnan(figures(monitor, lane=6)["prevalence"].value)
    # What lane 6 lets go is never checked, so it says nothing about what is missed.
    assert figures(monitor)["prevalence"] == figures(monitor, lane=5)["prevalence"]
    assert figures(monitor)["precision"].value == 0.5
    models = {f.model for f in monitor.quality.figures(NodeKind.TRAVELER, 1)}
    assert models == {"decided", "shadow"}


def test_old_labels_slide_out(log: WatchedLog) -> None:
    text = "[labels]\nwindow = 10\nkept = 20\n[report]\nevery_labels = 1\nevery_s = 1\n"
    for place in range(50):
        log.outcome(log.selected(), place >= 40)
    monitor = read(log, Monitor(config("backlog_rows = 9\n", text), 0))
    said = figures(monitor)
    assert said["labels"].value == 20
    assert said["precision"].value == 0.5
    assert said["log_loss"].n == 10


def test_decisions_of_another_build_are_passed_over(log: WatchedLog) -> None:
    strange = log.decide(body=bytes(17))
    log.outcome(strange, True)
    log.outcome(log.selected(), True)
    monitor = labels(log)
    assert (monitor.labels, monitor.unusable) == (1, 1)


def test_a_log_of_many_segments_is_read_through(tmp_path: Path) -> None:
    log = WatchedLog(tmp_path, segment_events=16)
    for _ in range(60):
        log.outcome(log.selected(), True)
        log.flush()
    assert labels(log).labels == 60
    log.close()


def test_a_log_whose_beginning_is_gone_is_read_from_what_is_left(tmp_path: Path) -> None:
    log = WatchedLog(tmp_path, segment_events=16)
    early = log.selected()
    for _ in range(40):
        log.outcome(log.selected(), True)
        log.flush()
    log.outcome(early, True)
    log.flush()
    first, *_ = sorted(log.folder.glob("segment-*.sqlite"))
    first.unlink()
    monitor = labels(log)
    assert monitor.unusable >= 1
    assert 30 <= monitor.labels < 40
    log.close()
