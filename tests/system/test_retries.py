"""Gates that ask twice at once, or across a crash, get one answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from system_account import decoder_of, read_log
from system_messages import event, manifest, question, scan

from haechi.app.installation import Installation
from haechi.rpc.v1 import vocabulary_pb2 as words
from haechi.rpc.v1.event_pb2 import Event

pytestmark = pytest.mark.slow
FAMILY, SCREENED = ("ICN-T1-EXIT-3", "family"), ("ICN-T1-EXIT-4", "screened")
CLEAR = 2


def book(running: Installation, *travelers: str) -> None:
    with running.client("feeder") as feeder:
        told = list(feeder.publish(map(manifest, travelers)))
    assert all(one.HasField("accepted") for one in told)


def answered_once(running: Installation, asked: Event, decision_id: str) -> None:
    logged = read_log(running)
    gate_event = decoder_of(running).decode(asked.SerializeToString()).id
    (only,) = logged.answers()[gate_event]
    assert only.id.hex() == decision_id
    assert sum(event_id == gate_event for _, _, event_id, _ in logged.events) == 1


@pytest.mark.parametrize(("gate", "lane"), [FAMILY, SCREENED], ids=["at once", "waiting"])
def test_many_retries_at_once_get_one_answer(installed: Installation, gate: str, lane: str) -> None:
    travelers = [f"crowd-{lane}-{number}" for number in range(20)]
    book(installed, *travelers)
    with installed.client("gate") as client, ThreadPoolExecutor(8) as pool:
        for traveler in travelers:
            asked = question(traveler, gate, lane)
            given = list(pool.map(lambda one: client.decide(one).answer, [asked] * 8))
            assert {answer.decision_id for answer in given} == {given[0].decision_id}
            assert all(answer == given[0] for answer in given)
            assert given[0].HasField("position")
            answered_once(installed, asked, given[0].decision_id)


def test_a_scan_answers_the_gate_that_waits_for_it(installed: Installation) -> None:
    """Without it the lane refers; it comes within the lane's wait of 40 ms or it does not."""
    travelers = [f"wait-{number}" for number in range(20)]
    book(installed, *travelers)
    released = 0
    with installed.client("gate") as gate, installed.client("sensor") as sensor:

        def looked(name: str) -> None:
            (told,) = sensor.publish(iter([scan(0.01, CLEAR, traveler=name)]))
            assert told.HasField("accepted")

        for name in travelers:
            thread = threading.Timer(0.01, looked, (name,))
            thread.start()
            asked = question(name, *SCREENED)
            answer = gate.decide(asked).answer
            thread.join()
            assert answer.HasField("position")
            released += answer.verdict == words.VERDICT_RELEASE
            if answer.verdict != words.VERDICT_RELEASE:
                assert answer.code_class == words.CODE_CLASS_MISSING_EVIDENCE
            answered_once(installed, asked, answer.decision_id)
    assert released >= len(travelers) // 2


def test_a_gate_that_waits_when_the_engine_dies_is_answered_once(
    installed: Installation, until: Callable[..., Any]
) -> None:
    book(installed, "dead-wait")
    asked = question("dead-wait", *SCREENED)
    gate_event = decoder_of(installed).decode(asked.SerializeToString()).id
    with installed.client("gate") as gate, ThreadPoolExecutor(1) as pool:
        first = pool.submit(gate.decide, asked)
        # It is in the log, and no answer to it yet.
        until(lambda: any(gate_event == one[2] for one in read_log(installed).events))
        installed.kill_engine()
        assert first.result().answer.code_class in (
            words.CODE_CLASS_ENGINE_UNREACHABLE, words.CODE_CLASS_MISSING_EVIDENCE,
        )  # fmt: skip
        installed.wait_ready("engine")
        with installed.client("gate") as anew:
            answer = anew.decide(asked).answer
    assert answer.verdict == words.VERDICT_REFER
    assert answer.HasField("position")
    answered_once(installed, asked, answer.decision_id)


def test_a_refused_id_may_be_used_for_the_corrected_event(installed: Installation) -> None:
    wrong = scan(0.01, CLEAR, traveler="corrected")
    wrong.envelope.event_time_us = 1
    with installed.client("sensor") as sensor:
        (told,) = sensor.publish(iter([wrong]))
        assert told.refusal.code == "TOO_OLD"
        (twice,) = sensor.publish(iter([wrong]))
        assert twice.refusal.code == "TOO_OLD"
        wrong.envelope.event_time_us = time.time_ns() // 1000
        (told,) = sensor.publish(iter([wrong]))
    assert told.HasField("accepted")
    assert not told.accepted.duplicate


def test_a_batch_may_hold_the_same_event_twice(installed: Installation) -> None:
    book(installed, "batch-1", "batch-2")
    one, other = question("batch-1", *FAMILY), question("batch-2", *FAMILY)
    acted = event("batch-1", exit_seen={"gate": FAMILY[0]})
    with installed.client("gate") as gate:
        given = [told.answer for told in gate.decide_batch([one, other, one, one])]
        assert given[0] == given[2] == given[3]
        assert given[0].decision_id != given[1].decision_id
        told = sorted(gate.publish(iter([acted] * 5)), key=lambda each: each.index)
    assert [each.accepted.duplicate for each in told] == [False] + [True] * 4
    assert len({each.accepted.position.offset for each in told}) == 1
