"""The scenarios that the demo tells."""

from __future__ import annotations

import pytest

from haechi.configs.port import Port as Places
from haechi.rpc.v1.decision_pb2 import GateAnswer
from haechi.rpc.v1.officers_pb2 import FINDING_FOUND, SELECTED_BY_OFFICER
from haechi.rpc.v1.vocabulary_pb2 import CODE_CLASS_CLEAR, VERDICT_RELEASE
from haechi.streams.decode import Decoder
from haechi.streams.simulator import Item, Port, Prevalence, Scenario, Size, make_demo
from haechi.streams.simulator.items import event_id
from haechi.streams.simulator.scenarios import make_scenarios
from haechi.streams.tokens import Tokens

START_US = 1_760_000_000_000_000
HOURS = 6.0


def opened(item: Item) -> GateAnswer | None:
    if item.channel != "decide":
        return None
    return GateAnswer(
        decision_id=event_id(item.name), verdict=VERDICT_RELEASE, code_class=CODE_CLASS_CLEAR
    )


@pytest.fixture(scope="module")
def demo() -> tuple[Port, dict[str, Scenario], list[Item]]:
    port, scenarios = make_demo(7, START_US, HOURS, Size(), Prevalence(oversampling=10.0))
    extra = [item for scenario in scenarios for item in scenario.items]
    return port, {s.name: s for s in scenarios}, list(port.play(opened, extra))


def test_all_are_there_with_ids_of_their_own(
    demo: tuple[Port, dict[str, Scenario], list[Item]],
) -> None:
    port, scenarios, items = demo
    assert list(scenarios) == [
        "undervalued", "addresses", "seizure", "body", "bag", "handover", "family", "learned",
    ]  # fmt: skip
    for scenario in scenarios.values():
        names = {item.name for item in scenario.items}
        assert names >= set(scenario.judged)
        assert {item.subject for item in scenario.items if item.subject} == {
            truth.subject for truth in scenario.subjects
        }
        assert all(truth.subject.startswith("demo-") for truth in scenario.subjects)
        assert all(port.truth[truth.subject] == truth for truth in scenario.subjects)
    first = [item.name for item in items if not item.duplicate]
    assert len(set(first)) == len(first)
    asked = [i.event.gate_event.presentation_id for i in items if i.kind == "gate_event"]
    doubled = sum(i.kind == "gate_event" and i.duplicate for i in items)
    assert len(asked) - len(set(asked)) == doubled


def test_the_demo_has_thousands_of_events(
    demo: tuple[Port, dict[str, Scenario], list[Item]],
) -> None:
    assert 3_000 <= len(demo[2]) <= 6_000


def test_the_cheap_parcel_has_company_under_its_code(
    demo: tuple[Port, dict[str, Scenario], list[Item]],
) -> None:
    _, scenarios, items = demo
    (cheap,) = [i for i in scenarios["undervalued"].items if i.kind == "parcel_manifest"]
    before = [
        i
        for i in items
        if i.kind == "parcel_manifest"
        and i.send_us < cheap.send_us
        and i.event.parcel_manifest.hs6 == cheap.event.parcel_manifest.hs6
    ]
    assert len(before) >= 60


def test_the_family_and_the_crowd_agree_that_the_camera_is_down(
    demo: tuple[Port, dict[str, Scenario], list[Item]],
) -> None:
    _, scenarios, items = demo
    (outage,) = scenarios["family"].down
    for item in items:
        if item.kind == "face_match" and item.event.face_match.camera == outage.device:
            assert not outage.from_us <= item.event_us < outage.until_us
        if item.kind == "sensor_status" and item.event.sensor_status.device == outage.device:
            assert item.event_us in (outage.from_us, outage.until_us)


def test_the_bag_is_scanned_after_its_owner_left(
    demo: tuple[Port, dict[str, Scenario], list[Item]],
) -> None:
    _, scenarios, items = demo
    (scan,) = [i for i in scenarios["bag"].items if i.kind == "scanner_result"]
    (left,) = [i for i in items if i.kind == "exit_seen" and i.subject == "demo-bag-1"]
    assert left.send_us < scan.send_us


def test_outcomes_come_between_the_first_parcel_and_the_last(
    demo: tuple[Port, dict[str, Scenario], list[Item]],
) -> None:
    _, scenarios, items = demo
    first, last = scenarios["learned"].judged
    at = {item.name: item.send_us for item in items}
    outcomes = [
        i for i in items if i.kind == "inspection_outcome" and i.subject.startswith("demo-learned")
    ]
    assert len(outcomes) == 8
    for item in outcomes:
        assert at[first] < item.send_us < at[last]
        assert item.event.inspection_outcome.finding == FINDING_FOUND
        assert item.event.inspection_outcome.selected_by == SELECTED_BY_OFFICER
        assert item.event.inspection_outcome.decision_id


def test_the_edge_takes_every_event(
    demo: tuple[Port, dict[str, Scenario], list[Item]],
) -> None:
    decoder = Decoder(Tokens(bytes(32)), Places.load())
    for item in demo[2]:
        assert decoder.decode(item.raw).event_us == item.event_us


def test_a_day_must_be_long_enough() -> None:
    with pytest.raises(ValueError, match="lengthen the day"):
        make_scenarios(7, START_US, 1.0)
