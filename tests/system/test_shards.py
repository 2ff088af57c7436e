"""Two shards, two gates: every subject at its owner, and who asks the wrong one is sent on."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import grpc
import pytest
import system_messages as messages
import system_shards
from system_account import decoder_of, read_log

from haechi.engine.codes import EventKind
from haechi.rpc.v1 import vocabulary_pb2

TRAVELERS = 80


@pytest.mark.slow
def test_two_gates_find_every_subjects_shard(tmp_path: Path) -> None:
    asked = [messages.question(f"t{number}") for number in range(TRAVELERS)]
    known = [messages.manifest(f"t{number}") for number in range(TRAVELERS)]
    with system_shards.running(tmp_path) as shards:
        with system_shards.routed(shards, "feeder") as feeder:
            told = list(feeder.publish(known))
            assert all(one.HasField("accepted") for one in told)
            router = feeder.router()
        answers: dict[int, list[int]] = {}

        def gate(first: int, given: int) -> None:
            with system_shards.routed(shards, "gate", given) as client:
                for number in range(first, TRAVELERS, 2):
                    answer = client.decide(asked[number]).answer
                    answers[number] = [answer.position.shard, answer.verdict]

        gates = [Thread(target=gate, args=(0, 0)), Thread(target=gate, args=(1, 1))]
        for one in gates:
            one.start()
        for one in gates:
            one.join(60)
        assert sorted(answers) == list(range(TRAVELERS))
        owners = [router.recipients(one)[0].number for one in asked]
        assert [answers[number][0] for number in range(TRAVELERS)] == owners
        assert min(owners.count(0), owners.count(1)) > TRAVELERS // 4

        # Asked by their addresses alone, each takes its own and sends on the others'.
        for number, shard in enumerate(shards):
            with shard.client("gate") as plain:
                for event, owner in zip(asked, owners, strict=True):
                    again = plain.decide(event)
                    assert again.HasField("redirect") is (owner != number)
                    if owner != number:
                        assert again.answer.verdict == vocabulary_pb2.VERDICT_REFER
                        assert again.redirect.address == shards[owner].address("engine").target

        for number, shard in enumerate(shards):
            decoder = decoder_of(shard)
            mine = {
                decoder.decode(event.SerializeToString()).id
                for event, owner in zip([*asked, *known], owners * 2, strict=True)
                if owner == number
            }
            logged = read_log(shard)
            facts = (EventKind.GATE_EVENT, EventKind.TRAVELER_MANIFEST)
            assert {event_id for _, kind, event_id, _ in logged.events if kind in facts} == mine
            # What was sent on left no trace, not even a dead letter.
            assert logged.kinds()[EventKind.DEAD_LETTER] == 0


@pytest.mark.slow
def test_a_shard_that_died_is_missed_by_its_own_subjects_only(tmp_path: Path) -> None:
    with (
        system_shards.running(tmp_path) as shards,
        system_shards.routed(shards, "gate") as gate,
    ):
        router = gate.router()
        subjects: dict[int, str] = {}
        for number in range(50):
            event = messages.question(f"t{number}")
            subjects[router.recipients(event)[0].number] = f"t{number}"
        shards[1].stop_child("engine")
        lost = gate.decide(messages.question(subjects[1])).answer
        assert lost.verdict == vocabulary_pb2.VERDICT_REFER
        assert lost.code_class == vocabulary_pb2.CODE_CLASS_ENGINE_UNREACHABLE
        kept = gate.decide(messages.question(subjects[0])).answer
        assert kept.position.shard == 0
        # Nobody told this shard of the traveler, as after partitions have moved.
        assert kept.verdict == vocabulary_pb2.VERDICT_REFER
        with pytest.raises(grpc.RpcError):
            gate.shard(1).topology(1.0)
        shards[1].start_child("engine")
        back = gate.decide(messages.question(subjects[1])).answer
        assert back.position.shard == 1
