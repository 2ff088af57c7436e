"""The simulated port: determinism, order, prevalence, sensors, and that the truth stays hidden."""

from __future__ import annotations

import ast
import math
import tomllib
from collections import Counter
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from haechi.rpc.v1.decision_pb2 import GateAnswer
from haechi.rpc.v1.officers_pb2 import FINDING_FOUND, FINDING_NOTHING
from haechi.rpc.v1.sensors_pb2 import SCAN_RESULT_ALARM, SCAN_RESULT_FAILED
from haechi.rpc.v1.vocabulary_pb2 import (
    CODE_CLASS_CLEAR,
    CODE_CLASS_MISSING_EVIDENCE,
    CODE_CLASS_RANDOM_CHECK,
    CODE_CLASS_RISK,
    DIRECTIVE_BAG_SEARCH,
    DIRECTIVE_BODY_SCAN,
    DIRECTIVE_CALL_OFFICER,
    DIRECTIVE_FACE_CHECK,
    STAGE_DESK,
    VERDICT_HOLD,
    VERDICT_REFER,
    VERDICT_RELEASE,
)
from haechi.streams.simulator import Disorder, Item, Pattern, Port, Prevalence, Size, Truth
from haechi.streams.simulator.draws import draws_for
from haechi.streams.simulator.items import ROLE_OF, event_id
from haechi.streams.simulator.sensors import BAG, BODY, PARCEL, Detector, scan

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "streams" / "simulator"
START_US = 1_760_000_000_000_000
SMALL = Size(flights=3, seats=20, parcels=60, past_parcels=40)


def make(seed: int = 7, *, share: float = 0.05, size: Size = SMALL) -> Port:
    return Port(seed, START_US, 4.0, size, Prevalence(share))


def reply(item: Item) -> GateAnswer | None:
    """Stand in for an engine that says a bit of everything."""
    if item.channel != "decide":
        return None
    answers = (
        (VERDICT_RELEASE, CODE_CLASS_CLEAR, 0),
        (VERDICT_RELEASE, CODE_CLASS_CLEAR, 0),
        (VERDICT_RELEASE, CODE_CLASS_CLEAR, 0),
        (VERDICT_HOLD, CODE_CLASS_RISK, DIRECTIVE_BAG_SEARCH),
        (VERDICT_REFER, CODE_CLASS_MISSING_EVIDENCE, DIRECTIVE_BODY_SCAN),
        (VERDICT_REFER, CODE_CLASS_MISSING_EVIDENCE, DIRECTIVE_FACE_CHECK),
        (VERDICT_REFER, CODE_CLASS_RANDOM_CHECK, DIRECTIVE_CALL_OFFICER),
    )
    verdict, code, directive = answers[int(item.name[-8:]) % len(answers)]
    return GateAnswer(
        decision_id=event_id(item.name), verdict=verdict, code_class=code, directive=directive
    )


@pytest.fixture(scope="module")
def played() -> tuple[Port, list[Item]]:
    port = make(size=Size(flights=6, seats=40, parcels=250, past_parcels=60))
    return port, list(port.play(reply))


def test_the_same_seed_gives_the_same_bytes() -> None:
    once = [(item.send_us, item.raw) for item in make().play(reply)]
    assert once == [(item.send_us, item.raw) for item in make().play(reply)]
    assert once != [(item.send_us, item.raw) for item in make(8).play(reply)]


def test_follow_ups_do_not_depend_on_the_order_of_asking() -> None:
    port = make()
    asked = [item for item in port.items if item.channel == "decide"]
    forth = {a.name: [n.raw for n in port.respond(a, reply(a) or GateAnswer())] for a in asked}
    back = {
        a.name: [n.raw for n in port.respond(a, reply(a) or GateAnswer())] for a in reversed(asked)
    }
    assert forth == back


def test_items_come_in_the_order_of_sending_and_none_before_it_happened(
    played: tuple[Port, list[Item]],
) -> None:
    sent = [item.send_us for item in played[1]]
    assert sent == sorted(sent)
    assert all(item.event_us <= item.send_us for item in played[1])


def test_event_ids_are_unique_and_follow_from_names(played: tuple[Port, list[Item]]) -> None:
    first = [item for item in played[1] if not item.duplicate]
    assert len({item.event.envelope.event_id for item in first}) == len(first)
    for item in first:
        assert item.name.startswith("sim:7:")
        assert item.event.envelope.event_id == event_id(item.name)


def test_every_kind_of_event_occurs_under_its_role(played: tuple[Port, list[Item]]) -> None:
    counts = Counter(item.kind for item in played[1])
    assert set(counts) == set(ROLE_OF)
    assert sum(counts.values()) == len(played[1])
    for item in played[1]:
        historical = item.event.envelope.historical
        assert item.role == ("feeder" if historical else ROLE_OF[item.kind])
        assert (item.channel == "decide") == (item.kind == "gate_event")


def test_disorder_comes_in_the_stated_shares() -> None:
    items = Port(3, START_US, size=Size(12, 60, 600, 0)).items
    published = [i for i in items if i.channel == "publish" and not i.duplicate]
    late = [i for i in published if i.send_us - i.event_us >= 60_000_000]
    swapped = [i for i in published if 0 < i.send_us - i.event_us < 60_000_000]
    first = {i.name: i.raw for i in items if not i.duplicate}
    doubled = [i for i in items if i.duplicate]
    # Events of the past are sent when the day begins, and count for nothing here.
    past = sum(i.event.envelope.historical for i in published)
    disorder, n = Disorder(), len(published) - past
    assert within(len(late) - past, n, disorder.late)
    assert within(len(swapped), n, disorder.swapped)
    assert within(len(doubled), len(items), disorder.doubled)
    assert all(i.raw == first[i.name] for i in doubled)


def within(count: int, n: int, share: float, sigmas: float = 4.0) -> bool:
    """Whether a count agrees with a binomial of that share."""
    return abs(count - n * share) <= sigmas * math.sqrt(n * share * (1 - share)) + 1


@pytest.mark.parametrize("oversampling", [1.0, 10.0])
def test_prevalence_is_as_stated(oversampling: float) -> None:
    prevalence = Prevalence(0.003, oversampling)
    size = Size(flights=40, seats=100, parcels=4000, past_parcels=0)
    truth = Port(11, START_US, 12.0, size, prevalence).truth
    assert len(truth) == 8000
    # Families are guilty as one, which widens the spread.
    guilty = sum(t.guilty for t in truth.values())
    assert within(guilty, 8000, 0.003 * oversampling, sigmas=6.0)
    assert all(t.guilty == (t.pattern is not Pattern.NONE) for t in truth.values())


def test_prevalence_must_be_a_probability() -> None:
    with pytest.raises(ValueError, match="oversampling 500"):
        Prevalence(0.003, 500.0)


@pytest.mark.parametrize(
    ("detector", "pattern"),
    [
        (BODY, Pattern.STRAPPED_GOODS),
        (BAG, Pattern.FALSE_BOTTOM),
        (PARCEL, Pattern.HIDDEN_IN_GOODS),
    ],
)
def test_sensors_err_as_stated(detector: Detector, pattern: Pattern) -> None:
    def alarms(truth: Pattern) -> tuple[int, int, float]:
        draws = draws_for(1, "sensor", truth)
        results = [scan(detector, draws, truth, "device", i) for i in range(6000)]
        failed = sum(r.result == SCAN_RESULT_FAILED for r in results)
        alarmed = [r for r in results if r.result == SCAN_RESULT_ALARM]
        assert within(failed, len(results), detector.failed)
        assert all(r.HasField("score") == (r.result != SCAN_RESULT_FAILED) for r in results)
        return len(alarmed), len(results) - failed, float(np.mean([r.score for r in alarmed]))

    false, looks, false_score = alarms(Pattern.NONE)
    assert within(false, looks, detector.false_alarm)
    true, looks, true_score = alarms(pattern)
    assert within(true, looks, 1.0 - detector.miss)
    assert true_score > false_score


def test_swallowed_goods_are_seen_by_no_scanner() -> None:
    draws = draws_for(1, "swallowed")
    seen = [scan(BODY, draws, Pattern.SWALLOWED_GOODS, "device", i) for i in range(4000)]
    alarms = sum(r.result == SCAN_RESULT_ALARM for r in seen)
    assert within(alarms, 4000, BODY.false_alarm * (1 - BODY.failed))


def test_truth_is_in_no_event_but_the_outcomes(played: tuple[Port, list[Item]]) -> None:
    words = [p.value.encode() for p in Pattern if p is not Pattern.NONE]
    words += [b"guilty", b"truth", b"pattern", b"innocent"]
    for item in played[1]:
        assert not [word for word in words if word in item.raw], item.name
    # A truth changes nothing that names or numbers subjects.
    innocent = [item.subject for item in make(share=0.0).items]
    assert {s for s in innocent if s} == {item.subject for item in make().items if item.subject}


def test_outcomes_are_true_and_only_of_what_was_inspected(
    played: tuple[Port, list[Item]],
) -> None:
    port, items = played
    asked = {event_id(i.name): i for i in items if i.kind == "gate_event"}
    outcomes = [
        i for i in items if i.kind == "inspection_outcome" and not i.event.envelope.historical
    ]
    assert {o.event.inspection_outcome.finding for o in outcomes} >= {
        FINDING_FOUND,
        FINDING_NOTHING,
    }
    for item in outcomes:
        outcome = item.event.inspection_outcome
        question = asked[outcome.decision_id]
        assert question.subject == item.subject
        assert question.event.gate_event.stage != STAGE_DESK
        assert outcome.selected_by != 0
        assert outcome.finished_us == item.event_us > outcome.started_us > question.event_us
        if outcome.finding == FINDING_FOUND:
            assert port.truth[item.subject].guilty


def test_a_gate_acts_on_every_answer_and_nobody_leaves_shut_gates(
    played: tuple[Port, list[Item]],
) -> None:
    _, items = played
    asked = {event_id(i.name) for i in items if i.kind == "gate_event" and not i.duplicate}
    acted = {i.event.gate_action.decision_id for i in items if i.kind == "gate_action"}
    assert asked == acted
    seized = {i.subject for i in items if i.kind == "case_closed"}
    left = {i.subject for i in items if i.kind == "exit_seen"}
    # A seizure at the sorter or exit ends the way; only an earlier release can have led out.
    assert not seized & left


def test_a_repetition_has_no_follow_ups() -> None:
    port = make()
    item = next(i for i in port.items if i.channel == "decide")
    again = item.sent_at(item.send_us + 1, duplicate=True)
    assert port.respond(item, GateAnswer(verdict=VERDICT_RELEASE))
    assert port.respond(again, GateAnswer(verdict=VERDICT_RELEASE)) == []


def test_an_answer_without_a_verdict_opens_nothing() -> None:
    port = make()
    for item in port.items:
        if item.channel == "decide":
            (action, *_) = port.respond(item, GateAnswer())
            assert action.event.gate_action.acted != 1


def test_places_are_those_of_the_port() -> None:
    configured = tomllib.loads((ROOT / "configs" / "port.toml").read_text())
    lanes = {gate["id"]: gate["lanes"] for gate in configured["gate"]}
    devices = {d["id"] for kind in ("camera", "scanner") for d in configured[kind]}
    seen: set[str] = set()
    for item in make(size=Size(6, 40, 200, 10)).play(reply):
        kind, event = item.kind, item.event
        if kind == "gate_event":
            assert event.gate_event.lane in lanes[event.gate_event.gate]
        elif kind == "face_match":
            seen.add(event.face_match.camera)
        elif kind == "scanner_result":
            seen.add(event.scanner_result.device)
        elif kind == "sensor_status":
            assert event.sensor_status.device in devices
    assert seen == devices


def test_it_imports_nothing_of_ours_but_the_schema_and_itself() -> None:
    allowed = ("haechi.rpc.v1", "haechi.streams.simulator")
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            ours = [name for name in names if name.startswith("haechi")]
            assert all(name.startswith(allowed) for name in ours), (path.name, ours)


def test_it_reads_no_clock_and_no_file() -> None:
    for path in FOLDER.glob("*.py"):
        text = path.read_text()
        for word in (
            "import time",
            ".now(",
            ".today(",
            "open(",
            "tomllib",
            "default_rng",
            "environ",
        ):
            assert word not in text, (path.name, word)


def test_truth_shares_no_field_with_the_expert_prior() -> None:
    prior = tomllib.loads((ROOT / "configs" / "prior.toml").read_text())
    terms = {*prior["parcel"]["term"], *prior["traveler"]["term"]}
    assert not terms & {field.name for field in fields(Truth)}
    assert not terms & {pattern.value.replace("-", "_") for pattern in Pattern}


def test_innocents_look_odd_too() -> None:
    port = make(share=0.0, size=Size(6, 60, 600, 0))
    alarms = sum(
        i.kind == "scanner_result" and i.event.scanner_result.result == SCAN_RESULT_ALARM
        for i in port.items
    )
    addresses: dict[str, set[str]] = {}
    for item in port.items:
        if item.kind == "parcel_manifest":
            manifest = item.event.parcel_manifest
            addresses.setdefault(manifest.pccc, set()).add(manifest.address_token)
    assert alarms > 10
    assert max(map(len, addresses.values())) >= 3
