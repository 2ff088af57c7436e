"""What the benchmarks under load ask, and how they read what they are told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.open_loop import Run
from benchmarks.overload import late, not_refer
from benchmarks.quantiles import ratio_of_runs
from benchmarks.questions import Questions
from benchmarks.under_load import HEADS, LATE_HEADS, Asked, lateness
from benchmarks.ways import BATCHED, STREAMED, UNARY, Way, read
from haechi.rpc import wire
from haechi.rpc.v1 import decision_pb2, decision_service_pb2, event_pb2
from haechi.rpc.v1 import vocabulary_pb2 as words

DECIDED = decision_pb2.GateAnswer(
    decision_id="0" * 32, verdict="VERDICT_RELEASE", position=decision_pb2.LogPosition(offset=1)
)
AWAITING = decision_pb2.GateAnswer(
    decision_id="1" * 32, verdict="VERDICT_HOLD", provisional=True,
    position=decision_pb2.LogPosition(offset=2),
)  # fmt: skip
SHED = decision_pb2.GateAnswer(
    decision_id="2" * 32, verdict="VERDICT_REFER", provisional=True,
    code_class="CODE_CLASS_DEADLINE",
)  # fmt: skip
REFUSED = decision_pb2.GateAnswer(
    verdict="VERDICT_REFER", provisional=True, code_class="CODE_CLASS_BAD_REQUEST"
)
ANSWERS = (DECIDED, AWAITING, SHED, REFUSED)


def run_of(answers: list[bytes | None], late_ms: int = 1) -> Run:
    due_ns = np.arange(len(answers), dtype=np.int64) * 1_000_000
    failures = {"none": answers.count(None)} if None in answers else {}
    return Run(due_ns, due_ns, due_ns + late_ms * 1_000_000, answers, failures, 0)


def asked(way: Way, answers: list[bytes | None], late_ms: int = 1) -> Asked:
    run = run_of(answers, late_ms)
    return Asked(run, read(way, run), way.each)


@pytest.mark.parametrize("way", [UNARY, STREAMED], ids=lambda way: way.name)
def test_answers_are_the_cores_or_shed_or_wrong(way: Way) -> None:
    framed = [wire.response(one.SerializeToString()) for one in ANSWERS]
    found = asked(way, [*framed, None])
    assert found.told is not None
    assert found.told.accepted.tolist() == [True, True, False, False, False]
    assert found.told.shed.tolist() == [False, False, True, False, False]
    assert found.told.verdicts[:2].tolist() == [words.VERDICT_RELEASE, words.VERDICT_HOLD]
    assert found.told.wrong == 2
    assert (found.shed, found.failed) == (1, 1)
    assert len(found.accepted_us) == 2


def test_no_room_is_shed_too() -> None:
    refusal = decision_pb2.Refusal(code="OVERLOADED").SerializeToString()
    full = wire.response(REFUSED.SerializeToString(), refusal)
    assert asked(UNARY, [full]).shed == 1


def test_a_batch_is_as_many_questions() -> None:
    whole = wire.batch([wire.response(DECIDED.SerializeToString())] * BATCHED.each)
    found = asked(BATCHED, [whole, None])
    assert found.told is not None
    assert found.told.accepted.sum() == BATCHED.each
    assert found.failed == BATCHED.each
    assert found.row()[HEADS.index("calls")] == 2 * BATCHED.each
    assert not found.sustained


def test_who_is_answered_after_the_budget_is_late_and_so_is_who_is_not_answered() -> None:
    framed = wire.response(DECIDED.SerializeToString())
    assert late(asked(UNARY, [framed] * 3, late_ms=240), budget_ms=250) == 0
    assert late(asked(UNARY, [framed] * 3, late_ms=270), budget_ms=250) == 3
    assert late(asked(UNARY, [framed, None], late_ms=1), budget_ms=250) == 1


def test_what_the_core_did_not_decide_may_be_refer_only() -> None:
    def framed(verdict: words.Verdict) -> bytes:
        answer = decision_pb2.GateAnswer()
        answer.CopyFrom(SHED)
        answer.verdict = verdict
        return wire.response(answer.SerializeToString())

    assert not_refer(asked(UNARY, [framed(words.VERDICT_REFER), None])) == 0
    assert not_refer(asked(UNARY, [framed(words.VERDICT_RELEASE), None])) == 1


def test_each_question_is_a_new_event_about_the_same_subjects() -> None:
    events = [
        event_pb2.Event(gate_event={"gate": "ICN-T1-EXIT-3"}, envelope={"event_id": f"e{n}"})
        for n in range(3)
    ]
    for number, event in enumerate(events):
        event.envelope.subjects.add().traveler_id = f"t-{number}"
    raw = [b"\x0a" + wire.varint(one.ByteSize()) + one.SerializeToString() for one in events]
    made = Questions(raw).make(7, budget_ms=250)
    parsed = [decision_service_pb2.DecideRequest.FromString(one).event for one in made]
    assert len({one.envelope.event_id for one in parsed}) == 7
    travelers = [one.envelope.subjects[0].traveler_id for one in parsed]
    assert travelers == ["t-0", "t-1", "t-2"] * 2 + ["t-0"]
    assert {one.gate_event.budget_ms for one in parsed} == {250}


def test_a_ratio_of_runs_lies_inside_its_interval() -> None:
    draws = np.random.default_rng(1)
    below = [draws.gamma(9.0, 50.0, 500) for _ in range(6)]
    found, low, high = ratio_of_runs([3 * one for one in below], below, 99, seed=3)
    assert found == pytest.approx(3.0)
    assert low == pytest.approx(high) == pytest.approx(3.0)
    # One run that the machine disturbed widens the interval.
    above = [below[0] * 20, *below[1:]]
    found, low, high = ratio_of_runs(above, below, 99, seed=3)
    assert low == pytest.approx(1.0, abs=0.2)
    assert low < found < high


def test_percentiles_that_so_few_calls_cannot_tell_are_left_out() -> None:
    def found(calls: int) -> dict[str, int | str]:
        times = np.arange(1.0, 1001.0).repeat(calls // 1000)
        return dict(zip(LATE_HEADS, lateness(times), strict=True))

    few, many = found(9_000), found(1_000_000)
    assert (few["p50_us"], few["p99_us"], few["max_us"]) == (500, 990, 1000)
    assert few["p99.9_us"] == few["p99.99_us"] == "-"
    assert [many["p99.9_us"], many["p99.99_us"]] == pytest.approx([999, 1000], abs=1)


@pytest.mark.slow
def test_scenarios_run_whole_and_name_their_fields(tmp_path: Path) -> None:
    path = tmp_path / "scenarios.json"
    arguments = [
        "--only",
        "hot",
        "cold",
        "--seconds",
        "1",
        "--rate",
        "50",
        "--subjects",
        "200",
        "--json",
        str(path),
    ]
    assert main(["scenarios", *arguments]) == 0
    rows = json.loads(path.read_text())["scenarios"]
    assert [row["scenario"] for row in rows] == ["hot", "cold"]
    assert {"offered_per_s", "p99_us", "shed", "lag_p99_us", "steady_p99_us"} <= set(rows[0])
    assert all(row["failed"] == 0 for row in rows)
