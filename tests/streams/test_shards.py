"""From an event to its shard: the same for a gate, a worker and the broker."""

from __future__ import annotations

import doctest

import pytest

import haechi.streams.shards.subject
from haechi.configs.port import Port
from haechi.configs.topics import Topics
from haechi.configs.topology import Topology
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.decode import Decoder
from haechi.streams.decode.places import Edge
from haechi.streams.decode.references import subject_of
from haechi.streams.ingest.routes import Named
from haechi.streams.ingest.routes import Router as IngestRouter
from haechi.streams.kafka.routing import routing_tokens, subject_key
from haechi.streams.shards.router import About, Router
from haechi.streams.shards.subject import subject_token
from haechi.streams.tokens import Tokens

TOKENS = Tokens(bytes(32))
TWO = Topology.parse(
    """
version = 1
[[shard]]
number = 0
address = "a:1"
partitions = ["0-31"]
[[shard]]
number = 1
address = "b:1"
partitions = ["32-63"]
""",
    64,
)
DOCUMENT = {"issuing_state": "KOR", "number": "M123 45678", "flight": "ke 0902"}
FLIGHT = {**DOCUMENT, "flight_date": 20261122}
WAYBILL = {"courier": "CJ", "hawb": "H1", "arrival_date": 20261122}


def test_examples():
    outcome = doctest.testmod(haechi.streams.shards.subject)
    assert outcome.attempted
    assert not outcome.failed


ROUTER = Router(TWO, TOKENS)


def token_of(**name: object) -> int:
    return subject_token([SubjectReference(**name)], TOKENS)


def event(*names: dict[str, object], **kind: object) -> Event:
    made = Event(**kind)
    for name in names:
        made.envelope.subjects.add(**name)
    return made


def test_two_spellings_of_a_name_are_one_key_and_two_names_are_two():
    spelt = [
        FLIGHT,
        {**FLIGHT, "number": "m12345678"},
        {**FLIGHT, "issuing_state": "kor", "flight": "KE902"},
    ]
    assert len({token_of(document=one) for one in spelt}) == 1
    named = [
        {"traveler_id": "t1"},
        {"traveler_id": "T1"},
        {"parcel_id": "t1"},
        {"bag_tag": "t1"},
        {"document": FLIGHT},
        {"document": {**FLIGHT, "flight_date": 20261123}},
        {"waybill": WAYBILL},
        {"waybill": {**WAYBILL, "courier": "HJ"}},
    ]
    assert len({token_of(**one) for one in named}) == len(named)


def test_of_several_names_the_preferred_one_counts_in_any_order():
    names = [{"bag_tag": "b"}, {"document": FLIGHT}, {"traveler_id": "t"}]
    key = subject_key(token_of(traveler_id="t"))
    for order in (names, names[::-1]):
        assert ROUTER.keys_of(event(*order, gate_event={"gate": "g"})) == (key,)
    bag = subject_key(token_of(bag_tag="b"))
    assert ROUTER.keys_of(event({"bag_tag": "b"}, scanner_result={})) == (bag,)


@pytest.mark.parametrize(
    "name",
    [{"pccc": "P123456789012"}, {"traveler_id": " "}, {"document": DOCUMENT}, {"waybill": {}}],
)
def test_what_names_nobody_has_no_key(name):
    assert token_of(**name) == 0
    assert ROUTER.keys_of(event(name, gate_event={})) is About.A_DECISION


def test_a_subject_that_only_the_body_names_is_found_there():
    manifest = {**FLIGHT, "document_number": FLIGHT["number"]}
    del manifest["number"]
    bodies = [
        ({"traveler_manifest": manifest}, {"document": FLIGHT}),
        ({"parcel_manifest": WAYBILL}, {"waybill": WAYBILL}),
        ({"face_match": {"candidates": [{"traveler_id": "t"}]}}, {"traveler_id": "t"}),
    ]
    for kind, name in bodies:
        assert ROUTER.keys_of(event(**kind)) == ROUTER.keys_of(event(name, **kind))


def test_ties_have_two_sides_and_both_owners_get_them():
    both = set()
    for number in range(40):
        tie = event({"traveler_id": "t"}, link={"other": {"parcel_id": f"p{number}"}})
        assert len(ROUTER.keys_of(tie)) == 2
        both.add(tuple(one.number for one in ROUTER.recipients(tie)))
    mine = ROUTER.partitions_of(event({"traveler_id": "t"}, gate_event={}))
    owner = TWO.owner(mine[0]).number
    assert both == {(owner,), (owner, 1 - owner)}
    same = event({"traveler_id": "t"}, link={"other": {"traveler_id": "t"}})
    assert len(ROUTER.keys_of(same)) == 1


def test_lists_and_sensors_concern_everybody_and_a_decision_is_known_where_it_was_made():
    for kind in ("sensor_status", "intelligence", "capacity", "trust_changed", "rule_set"):
        assert ROUTER.recipients(event(**{kind: {}})) == TWO.shards
    by_id = event(officer_action={"decision_id": "0" * 32})
    assert ROUTER.partitions_of(by_id) is About.A_DECISION
    assert ROUTER.recipients(by_id) == ()


def test_every_kind_of_event_from_outside_has_a_place():
    fields = Event.DESCRIPTOR.oneofs_by_name["kind"].fields
    for field in fields:
        named = event({"traveler_id": "t"}, **{field.name: {}})
        assert ROUTER.recipients(named), field.name


def test_subjects_are_spread_over_all_partitions():
    count = [0] * 64
    for number in range(6400):
        (partition,) = ROUTER.partitions_of(event({"parcel_id": f"P-{number}"}, gate_event={}))
        count[partition] += 1
    assert min(count) > 60
    assert max(count) < 145


def test_a_subject_is_one_for_routing_exactly_if_it_is_one_for_the_core():
    secret = bytes(range(32))
    core = Edge(Tokens(secret), Port.load())
    for name in (
        {"traveler_id": "T 1"},
        {"parcel_id": "p"},
        {"bag_tag": "0180123456"},
        {"document": FLIGHT},
        {"waybill": WAYBILL},
    ):
        reference = SubjectReference(**name)
        assert subject_token([reference], Tokens(secret)) == subject_of(core, [reference]).ref
        assert (
            subject_token([reference], routing_tokens(secret)) != subject_of(core, [reference]).ref
        )


def facts() -> list[Event]:
    """One of each kind that may come by a feed, under every name that it may have."""
    traveler: dict[str, object] = {"traveler_id": "t 1"}
    parcel: dict[str, object] = {"parcel_id": "p1"}
    manifest = {"document_type": 1, "document_state": 1, "birth_year": 1985, "sex": 1}
    tie = {"other": {"parcel_id": "p1"}, "kind": 1}
    made = [
        event(traveler, traveler_manifest=manifest),
        event({"document": FLIGHT}, traveler_manifest=manifest),
        event(traveler, traveler_declaration={"value_usd": 1.0}),
        event(parcel, parcel_manifest={"hs6": "851712"}),
        event({"waybill": WAYBILL}, parcel_manifest={"hs6": "851712"}),
        event(parcel_manifest={**WAYBILL, "hs6": "851712"}),
        event(traveler, exit_seen={}),
        event(parcel, exit_seen={}),
        event(traveler, case_closed={}),
        event(traveler, gate_event={"gate": "ICN-T1-EXIT-1"}),
        event(traveler, {"bag_tag": "0180123456"}, gate_event={"gate": "ICN-T1-EXIT-1"}),
        event(traveler, link=tie),
        event(traveler, unlink=tie),
    ]
    for number, one in enumerate(made):
        one.envelope.event_id = f"fact:{number}"
        one.envelope.schema_version = 1
        one.envelope.event_time_us = 1_795_000_000_000_000
    return made


@pytest.mark.parametrize("fact", facts(), ids=lambda fact: fact.WhichOneof("kind"))
def test_the_ingest_sends_a_fact_where_its_gates_will_ask(fact):
    ingest = IngestRouter(Decoder(TOKENS, Port.load()))
    feed = Topics.load().feeds["protobuf"]
    routed = ingest.route(feed, fact.SerializeToString())
    keys = [step.key for step in routed.steps if isinstance(step, Named)]
    assert tuple(dict.fromkeys(keys)) == ROUTER.keys_of(fact)


def test_the_ingest_tells_everybody_what_concerns_everybody():
    entry = event(intelligence={
        "watched": 2, "value": "KOR/M1", "legal_basis": "Customs Act", "weight": 0.5,
        "expires_us": 1 << 60,
    })  # fmt: skip
    entry.envelope.event_id, entry.envelope.schema_version = "entry", 1
    entry.envelope.event_time_us = 1_795_000_000_000_000
    raw = entry.SerializeToString()
    ingest = IngestRouter(Decoder(TOKENS, Port.load()))
    assert ingest.route(Topics.load().feeds["protobuf"], raw).to_all == raw
    assert ROUTER.keys_of(entry) is About.EVERYBODY
