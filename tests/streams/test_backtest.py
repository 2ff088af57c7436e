"""A backtest is a replay with another rule set; it says exactly what an engine would have done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from governed import Governed, filled, frames, governed
from rule_files import LANES, rule, text_of

from haechi.configs.rule_set import RuleSet
from haechi.engine.codes import DecisionKind, Verdict
from haechi.engine.features import PLACE
from haechi.engine.records import DECISION
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.vocabulary_pb2 import STAGE_EXIT
from haechi.streams.backtest import Backtest, backtest
from haechi.streams.log.artefacts import Artefacts

Test = Callable[..., Backtest]
STOPS = rule("light", "bag_weight < 5", verdict="REFER")


def answers(running: Governed) -> list[Any]:
    reader = running.engine.open_reader()
    try:
        rows = [np.frombuffer(one.body, DECISION)[0] for one in reader.decisions(0, 1 << 40)]
    finally:
        reader.close()
    return [row for row in rows if row["kind"] == DecisionKind.ANSWER]


def ask(running: Governed, begin: int, end: int) -> None:
    """Ask an exit's gate about every traveler of some of the traffic, manifest first."""
    for frame in frames()[begin:end]:
        told = Event.FromString(frame.raw)
        running.put(frame.raw)
        if told.HasField("traveler_manifest"):
            event = filled()
            event.envelope.subjects.add().CopyFrom(told.envelope.subjects[0])
            event.gate_event.gate, event.gate_event.lane = "ICN-T1-EXIT-3", "family"
            event.gate_event.stage = STAGE_EXIT
            assert running.put(event).refusal is None


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with governed(tmp_path_factory.mktemp("backtested")) as one:
        ask(one, 0, 400)
        one.label(40, 2)
        yield one


@pytest.fixture
def tried(running: Governed) -> Test:
    def run(*rules: str, **given: int) -> Backtest:
        reader = running.engine.open_reader()
        try:
            return backtest(
                reader,
                Artefacts(running.folder.artefacts),
                RuleSet.parse(text_of(*rules), LANES),
                **given,
            )
        finally:
            reader.close()

    return run


def test_without_rules_nothing_changes(tried: Test, running: Governed) -> None:
    found = tried()
    assert found.answers == found.same == len(answers(running)) > 50
    assert not len(found.changed)
    assert not found.matched


def test_stops_that_a_rule_would_add_are_those_who_meet_it(tried: Test, running: Governed) -> None:
    found = tried(STOPS)
    met = [row for row in answers(running) if _weight(row) < 5]
    passed = {row["id_hi"].tobytes() for row in met if row["verdict"] == Verdict.RELEASE}
    assert len(met) == found.matched["light"] > 5
    assert {one.decision_id[:8] for one in found.shown(found.added())} == passed
    assert not len(found.removed())
    assert {one.rules for one in found.shown(found.added())} == {("light",)}


def test_a_range_bounds_what_is_compared(tried: Test, running: Governed) -> None:
    stamps = sorted(int(row["stamp_us"]) for row in answers(running))
    middle = stamps[len(stamps) // 2]
    late, early = tried(STOPS, from_us=middle), tried(STOPS, until_us=middle)
    assert late.answers + early.answers == len(stamps)
    assert late.matched["light"] + early.matched["light"] == tried(STOPS).matched["light"]


def test_a_rule_in_shadow_changes_nothing(tried: Test) -> None:
    found = tried(rule("light", "bag_weight < 5", shadow=True))
    assert found.same == found.answers


def test_taking_a_rule_away_releases_whom_it_stopped(tmp_path: Path) -> None:
    with governed(tmp_path) as one:
        ask(one, 0, 60)
        sha256 = one.engine.keep_rules(text_of(STOPS)).hex()
        for approver in ("approver-1", "approver-2"):
            event = _said(sha256, approver)
            assert one.put(event).refusal is None
        ask(one, 60, 300)
        reader = one.engine.open_reader()
        empty = RuleSet.parse(text_of(), LANES)
        found = backtest(reader, Artefacts(one.folder.artefacts), empty)
        reader.close()
    assert len(found.removed()) > 3
    assert not len(found.added())


def _weight(row: Any) -> float:
    return float(row["x"][PLACE["bag_weight"]])


def _said(sha256: str, approver: str) -> Any:
    event = filled()
    event.rule_set.sha256, event.rule_set.role = bytes.fromhex(sha256), 1
    event.rule_set.approvers.append(approver)
    return event
