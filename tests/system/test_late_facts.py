"""Facts that come late change what was decided, and whoever watches learns of it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from system_messages import event, manifest, parcel_manifest, question, scan, status

from haechi.app.installation import Installation
from haechi.rpc.v1 import decision_pb2 as pb
from haechi.rpc.v1 import vocabulary_pb2 as words
from haechi.rpc.v1.event_pb2 import Event

pytestmark = pytest.mark.slow
RELEASE, HOLD, REFER = words.VERDICT_RELEASE, words.VERDICT_HOLD, words.VERDICT_REFER
ALARM, CLEAR = 1, 2
EXIT = "ICN-T1-EXIT-3"
Until = Callable[..., Any]


def publish(running: Installation, role: str, *events: Event) -> list[Any]:
    """Hand events in; each must be taken."""
    with running.client(role) as client:
        told = list(client.publish(iter(events)))
    assert all(one.HasField("accepted") for one in told), told
    return [one.accepted for one in told]


def ask(running: Installation, asked: Event) -> pb.GateAnswer:
    with running.client("gate") as gate:
        return gate.decide(asked).answer


def opened(answer: pb.GateAnswer) -> Event:
    return event(gate_action={"decision_id": answer.decision_id, "acted": 1, "gate": EXIT})


@contextmanager
def watched(
    running: Installation, role: str = "officer", **given: Any
) -> Iterator[tuple[Any, queue.Queue[Any]]]:
    """A watch that stands, and what it gets."""
    pushed: queue.Queue[Any] = queue.Queue()
    with running.client(role) as client:
        watching = client.watch(**given)

        def follow() -> None:
            for one in watching:
                pushed.put(one)

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        if "cursor" not in given:
            assert watching.standing.wait(20)
        try:
            yield watching, pushed
        finally:
            watching.close()
            thread.join(10)


def superseding(pushed: queue.Queue[Any], decision_id: str) -> pb.GateAnswer:
    """The next pushed answer that supersedes a decision."""
    while True:
        one = pushed.get(timeout=20)
        if one.answer.supersedes == decision_id:
            return one.answer


def test_a_scan_after_a_release_supersedes_it(installed: Installation) -> None:
    publish(installed, "feeder", manifest("late-1"))
    with watched(installed) as (_, pushed), watched(installed, "gate", gate=EXIT) as (_, told):
        answer = ask(installed, question("late-1", EXIT, "family"))
        assert answer.verdict == RELEASE
        publish(installed, "gate", opened(answer))
        publish(installed, "sensor", scan(0.97, ALARM, traveler="late-1"))
        revised = superseding(pushed, answer.decision_id)
        assert revised.verdict != RELEASE
        assert revised.kind == words.DECISION_KIND_ALERT
        assert revised.case_reference == answer.case_reference
        assert superseding(told, answer.decision_id).decision_id == revised.decision_id
    asked_again = ask(installed, question("late-1", EXIT, "family"))
    assert asked_again.verdict != RELEASE


def test_a_watcher_that_was_away_gets_it_from_its_cursor(installed: Installation) -> None:
    publish(installed, "feeder", manifest("away-1"), manifest("away-2"))
    with watched(installed) as (watching, pushed):
        first = ask(installed, question("away-1", EXIT, "family"))
        publish(installed, "gate", opened(first))
        publish(installed, "sensor", scan(0.97, ALARM, traveler="away-1"))
        seen = superseding(pushed, first.decision_id)
    cursor = pb.LogPosition()
    cursor.CopyFrom(watching.cursor)
    second = ask(installed, question("away-2", EXIT, "family"))
    publish(installed, "gate", opened(second))
    publish(installed, "sensor", scan(0.97, ALARM, traveler="away-2"))
    # The engine dies in between: the cursor outlives its start.
    installed.kill_engine()
    installed.wait_ready("engine")
    with watched(installed, cursor=cursor) as (_, pushed):
        got = superseding(pushed, second.decision_id)
    assert got.verdict != RELEASE
    assert got.position.offset > seen.position.offset


def test_a_watch_that_stands_while_the_engine_dies_goes_on(installed: Installation) -> None:
    publish(installed, "feeder", manifest("stands-1"))
    with watched(installed) as (_, pushed):
        answer = ask(installed, question("stands-1", EXIT, "family"))
        assert answer.verdict == RELEASE
        publish(installed, "gate", opened(answer))
        installed.kill_engine()
        installed.wait_ready("engine")
        publish(installed, "sensor", scan(0.97, ALARM, traveler="stands-1"))
        assert superseding(pushed, answer.decision_id).verdict != RELEASE


def test_a_bags_x_ray_changes_its_travelers_decision(installed: Installation) -> None:
    publish(installed, "feeder", manifest("bag-1", tags=("0155500001",)))
    with watched(installed) as (_, pushed):
        answer = ask(installed, question("bag-1", EXIT, "family"))
        assert answer.verdict == RELEASE
        publish(installed, "gate", opened(answer))
        publish(installed, "sensor", scan(0.99, ALARM, bag="0155500001"))
        assert superseding(pushed, answer.decision_id).verdict != RELEASE


def test_an_x_ray_after_the_exit_is_followed_up(installed: Installation) -> None:
    publish(installed, "feeder", manifest("gone-1", tags=("0155500002",)))
    with watched(installed) as (_, pushed):
        answer = ask(installed, question("gone-1", EXIT, "family"))
        publish(installed, "gate", opened(answer), event("gone-1", exit_seen={"gate": EXIT}))
        publish(installed, "sensor", scan(0.99, ALARM, bag="0155500002"))
        assert superseding(pushed, answer.decision_id).kind == words.DECISION_KIND_FOLLOW_UP


def test_a_linked_parcel_changes_its_traveler_and_back(installed: Installation) -> None:
    tie = {"other": {"traveler_id": "linked-1"}, "kind": 1}
    publish(
        installed, "feeder",
        manifest("linked-1"), parcel_manifest("linked-p"),
        event(parcel="linked-p", link={**tie, "link_version": 1}),
    )  # fmt: skip
    assert ask(installed, question("linked-1", EXIT, "family")).verdict == RELEASE
    head = _head(installed)
    like = [{"case_id": "seizure-1", "similarity": 0.99, "model_id": "m"}]
    publish(installed, "sensor", scan(0.99, ALARM, parcel="linked-p", similar_seizures=like))
    assert ask(installed, question("linked-1", EXIT, "family")).verdict != RELEASE
    publish(installed, "feeder", event(parcel="linked-p", unlink={**tie, "link_version": 2}))
    assert ask(installed, question("linked-1", EXIT, "family")).verdict == RELEASE
    # Neither made the other decide again and again: five events, some decisions each.
    reader = installed.open_reader()
    try:
        made = len(reader.decisions(head + 1, _head(installed) + 1))
    finally:
        reader.close()
    assert made <= 12


def _head(running: Installation) -> int:
    reader = running.open_reader()
    try:
        head = reader.head()
    finally:
        reader.close()
    assert head is not None
    return int(head.offset)


def test_sensors_down_refer_only_where_they_are_required(installed: Installation) -> None:
    travelers = [f"down-{number}" for number in range(4)]
    publish(
        installed, "feeder", *map(manifest, travelers), parcel_manifest("down-p"),
        parcel_manifest("down-g"),
    )  # fmt: skip
    devices = [
        status("ICN-T1-CAM-EXIT-1", up=False, camera_role=2),
        status("ICN-T1-BODY-1", up=False, scan_kind=1),
        status("ICN-EXP-XRAY-1", up=False, scan_kind=3),
        status("ICN-EXP-XRAY-2", up=False, scan_kind=3),
    ]
    publish(installed, "sensor", *devices)
    try:
        asked = {
            "walk": question("down-0", "ICN-T1-EXIT-1", "walk"),
            "screened": question("down-1", "ICN-T1-EXIT-4", "screened"),
            "family": question("down-2", EXIT, "family"),
            "desk": question("down-3", "ICN-T1-DESK-1", "walk"),
            "express": question(parcel="down-p", gate="ICN-EXP-SORT-1", lane="express"),
            "general": question(parcel="down-g", gate="ICN-EXP-SORT-1", lane="general"),
        }
        answers = {name: ask(installed, one) for name, one in asked.items()}
        verdicts = {name: one.verdict for name, one in answers.items()}
        assert verdicts == {
            "walk": REFER, "screened": REFER, "family": RELEASE, "desk": RELEASE,
            "express": REFER, "general": RELEASE,
        }  # fmt: skip
        assert answers["walk"].directive == words.DIRECTIVE_FACE_CHECK
        assert answers["screened"].directive == words.DIRECTIVE_BODY_SCAN
        for lane in ("walk", "screened", "express"):
            assert answers[lane].code_class == words.CODE_CLASS_MISSING_EVIDENCE
    finally:
        publish(
            installed, "sensor",
            *(status(d.sensor_status.device, up=True, scan_kind=d.sensor_status.scan_kind,
                     camera_role=d.sensor_status.camera_role) for d in devices),
        )  # fmt: skip
