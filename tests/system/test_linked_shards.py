"""A parcel at one shard, its traveler at another: what the one is at risk of, the other hears."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import system_messages as messages
import system_shards
from system_account import read_log

from haechi.app.installation import Installation
from haechi.configs.topics import Topics
from haechi.engine.codes import EventKind
from haechi.engine.exactmath import sigmoid
from haechi.engine.features import PLACE
from haechi.engine.records import DECISION
from haechi.rpc.routing import RoutingClient
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.vocabulary_pb2 import VERDICT_REFER, VERDICT_RELEASE

pytest.importorskip("confluent_kafka")
pytestmark = [pytest.mark.kafka, pytest.mark.slow]

from haechi.streams.kafka.topics import Cluster  # noqa: E402

FAR_US = 4_000_000_000_000_000


def of_shard(number: int, feeder: RoutingClient, make: Callable[[str], Event], kind: str) -> Event:
    """An event about the first subject that a shard owns."""
    made = (make(f"{kind}{n}") for n in range(1000))
    return next(e for e in made if feeder.router().recipients(e)[0].number == number)


def decisions(shard: Installation, node: int) -> list[Any]:
    """Decisions about travelers (1) or parcels (2), the oldest first."""
    reader = shard.open_reader()
    head = reader.head()
    assert head is not None
    bodies = [np.frombuffer(d.body, DECISION)[0] for d in reader.decisions(0, head.offset + 1)]
    reader.close()
    return [body for body in bodies if body["node"] == node]


def linked_risk(decision: Any) -> float:
    return float(decision["x"][PLACE["linked_parcel_risk"]])


@pytest.mark.timeout(240)
def test_a_parcel_of_the_other_shard_changes_its_travelers_decision(
    tmp_path: Path, kafka: str, until: Callable[..., Any]
) -> None:
    with system_shards.running(tmp_path, 2, kafka, f"linked{os.getpid()}.") as shards:
        Cluster(kafka).create(Topics.load(tmp_path / "configs"))
        with (
            system_shards.routed(shards, "feeder") as feeder,
            system_shards.routed(shards, "sensor") as sensor,
            system_shards.routed(shards, "gate") as gate,
        ):
            traveler = of_shard(0, feeder, messages.manifest, "t")
            parcel = of_shard(1, feeder, messages.parcel_manifest, "p")
            name = traveler.envelope.subjects[0].traveler_id
            box = parcel.envelope.subjects[0].parcel_id
            document = f"KOR/{traveler.traveler_manifest.document_number}"
            watched = messages.event(
                intelligence={
                    "entry_id": "1", "watched": 2, "value": document, "weight": 0.25,
                    "legal_basis": "Act, Article 1", "expires_us": FAR_US, "list_name": "list",
                }
            )  # fmt: skip
            for told in feeder.publish([watched, traveler, parcel]):
                assert told.HasField("accepted"), told
            (told,) = sensor.publish([messages.scan(0.99, 1, parcel=box)])
            assert told.HasField("accepted"), told
            before = gate.decide(messages.question(name)).answer
            assert before.verdict == VERDICT_RELEASE

            tie = messages.event(name, link={"other": {"parcel_id": box}, "kind": 1})
            (told,) = feeder.publish([tie])
            assert told.HasField("accepted"), told
            began = time.monotonic()
            own = sigmoid(float(decisions(shards[1], 2)[-1]["own_log_odds"]))
            until(lambda: linked_risk(decisions(shards[0], 1)[-1]) == own, 60)
            print(f"the other shard heard of it after {time.monotonic() - began:.2f} s")
            after = gate.decide(messages.question(name)).answer
            assert (after.verdict, after.position.shard) == (VERDICT_REFER, 0)

            back = messages.event(name, unlink={"other": {"parcel_id": box}, "kind": 1})
            (told,) = feeder.publish([back])
            assert told.HasField("accepted"), told
            assert gate.decide(messages.question(name)).answer.verdict == VERDICT_RELEASE
        # Neither decides about the other's subject, and neither refused what the other said.
        assert decisions(shards[0], 2) == []
        assert decisions(shards[1], 1) == []
        for shard in shards:
            assert not [
                kind for _, kind, _, _ in read_log(shard).events if kind == EventKind.DEAD_LETTER
            ]
