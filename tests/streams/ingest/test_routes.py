"""Where events go and what they say of names: no Kafka, the engine's own decoder."""

from __future__ import annotations

from typing import Any

import pytest

from haechi.configs.port import Port
from haechi.configs.topics import Topics
from haechi.engine.errors import BadInput
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.decode import Decoder
from haechi.streams.ingest.routes import Named, Owner, Router
from haechi.streams.kafka.routing import routing_tokens, subject_key

NOW = 1_700_000_000_000_000
TOKENS = routing_tokens(bytes(32))
ROUTER = Router(Decoder(TOKENS, Port.load()))
FEED = Topics.load().feeds["protobuf"]


def event(subjects: list[dict[str, Any]], **kind: Any) -> Event:
    envelope = {"event_id": "e1", "schema_version": 1, "event_time_us": NOW, "subjects": subjects}
    return Event(envelope=envelope, **kind)


def steps(made: Event) -> list[Named | Owner]:
    return ROUTER.route(FEED, made.SerializeToString()).steps


def key(kind: str, *parts: str) -> str:
    return subject_key(TOKENS.token(kind, *parts))


DOCUMENT = {"issuing_state": "KOR", "number": "M1", "flight": "KE902", "flight_date": 20260901}
DOCUMENT_KEY = key("document", "KOR", "M1", "KE902", "20260901")


def test_an_id_of_the_site_owns_the_document_beside_it() -> None:
    made = event([{"document": DOCUMENT}, {"traveler_id": "t1"}], traveler_declaration={})
    assert steps(made) == [
        Named(key("traveler", "t1"), made.SerializeToString(), loose=False),
        Owner(DOCUMENT_KEY, key("traveler", "t1"), NOW, loose=False),
    ]


def test_a_document_alone_may_turn_out_to_be_somebodys() -> None:
    made = event([{"document": DOCUMENT}], traveler_declaration={})
    assert steps(made) == [Named(DOCUMENT_KEY, made.SerializeToString(), loose=True)]


def test_a_manifest_says_whose_a_bag_is() -> None:
    made = event([{"traveler_id": "t1"}], traveler_manifest={"bags": [{"bag_tag": "b1"}]})
    assert steps(made)[1:] == [Owner(key("bag", "b1"), key("traveler", "t1"), NOW, loose=False)]


def test_a_bag_that_is_taken_back_stands_for_itself_again() -> None:
    unlink = {"other": {"bag_tag": "b1"}, "kind": 2, "link_version": 5}
    made = event([{"traveler_id": "t1"}], unlink=unlink)
    raw = made.SerializeToString()
    assert steps(made) == [
        Named(key("traveler", "t1"), raw, loose=False),
        Named(key("bag", "b1"), raw, loose=True),
        Owner(key("bag", "b1"), "", 5, loose=False),
    ]


def test_a_bag_tied_by_its_own_side_is_the_travelers_too() -> None:
    link = {"other": {"document": DOCUMENT}, "kind": 2, "link_version": 5}
    made = event([{"bag_tag": "b1"}], link=link)
    assert steps(made)[2:] == [Owner(key("bag", "b1"), DOCUMENT_KEY, 5, loose=True)]


@pytest.mark.parametrize(("change", "owner"), [(1, "t1"), (2, "t1"), (3, "")])
def test_merged_names_are_one_and_split_ones_are_two(change: int, owner: str) -> None:
    identity = {"change": change, "other": {"traveler_id": "t2"}}
    made = event([{"traveler_id": "t1"}], identity_link=identity)
    raw = made.SerializeToString()
    assert steps(made) == [
        Named(key("traveler", "t1"), raw, loose=False),
        # Both sides learn of it, so the statement comes after.
        Named(key("traveler", "t2"), raw, loose=False),
        Owner(key("traveler", "t2"), key("traveler", owner) if owner else "", NOW, loose=False),
    ]


def test_a_face_that_nobody_knows_goes_where_its_camera_does() -> None:
    made = event([], face_match={"camera": "ICN-T1-CAM-EXIT-1", "outcome": 4})
    assert steps(made) == [
        Named(key("device", "ICN-T1-CAM-EXIT-1"), made.SerializeToString(), loose=True)
    ]


def test_what_every_shard_needs_is_for_all() -> None:
    made = event([], sensor_status={"device": "ICN-T1-BAGX-1", "up": True})
    routed = ROUTER.route(FEED, made.SerializeToString())
    assert routed.to_all == made.SerializeToString()
    assert routed.steps == []


def test_companions_learn_of_the_tie_under_an_id_of_its_own() -> None:
    manifest = {"companion_traveler_ids": ["t1", "t2"], "manifest_version": 3}
    made = event([{"bag_tag": "b1"}, {"traveler_id": "t1"}], traveler_manifest=manifest)
    (told,) = [step for step in steps(made) if step.key == key("traveler", "t2")]
    assert isinstance(told, Named)
    tie = Event.FromString(told.event)
    assert tie.link.other.traveler_id == "t1"
    assert tie.envelope.subjects[0].traveler_id == "t2"
    assert len(tie.envelope.event_id) == 32
    assert steps(made) == steps(made)


def test_a_decision_alone_does_not_tell_its_shard() -> None:
    made = event([], gate_action={"decision_id": "1" * 32, "acted": 1})
    with pytest.raises(BadInput, match=r"name the subject"):
        steps(made)
