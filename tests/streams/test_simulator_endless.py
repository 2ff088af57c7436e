"""The endless mix for benchmarks: valid, in order, new subjects, the port's proportions."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haechi.configs.port import Port
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.decode import Decoder
from haechi.streams.simulator import Frame, endless
from haechi.streams.simulator.items import event_id
from haechi.streams.simulator.templates import eight_bytes, times_in
from haechi.streams.tokens import Tokens

START_US = 1_760_000_000_000_000


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return list(endless(5, START_US, subjects=1500))


def test_the_same_seed_gives_the_same_frames(frames: list[Frame]) -> None:
    assert list(endless(5, START_US, subjects=1500)) == frames
    assert list(islice(endless(6, START_US), 100)) != frames[:100]


def test_frames_are_canonical_events_in_order(frames: list[Frame]) -> None:
    names = Counter()
    last_us = 0
    for frame in frames:
        event = Event.FromString(frame.raw)
        assert event.SerializeToString(deterministic=True) == frame.raw
        assert event.WhichOneof("kind") == frame.kind
        assert event.envelope.event_time_us == frame.event_us <= frame.send_us
        assert event.envelope.event_id == event_id(event.envelope.source_message_id)
        assert last_us <= frame.send_us
        last_us = frame.send_us
        names[event.envelope.source_message_id] += 1
    # Only what the feeds send twice is there twice.
    assert max(names.values()) == 2
    assert 0.005 < sum(n == 2 for n in names.values()) / len(names) < 0.02


def test_subjects_are_new_and_their_events_meet(frames: list[Frame]) -> None:
    manifests: dict[str, Event] = {}
    questions: set[str] = set()
    for frame in frames:
        event = Event.FromString(frame.raw)
        named = [subject for subject in event.envelope.subjects if subject.traveler_id]
        if frame.kind == "traveler_manifest":
            key = named[0].traveler_id
            if key in manifests:
                before = manifests[key].traveler_manifest
                assert before.document_number == event.traveler_manifest.document_number
            manifests[key] = event
        elif frame.kind == "gate_event" and named:
            questions.add(named[0].traveler_id)
    assert len(manifests) > 500
    assert questions <= set(manifests)
    tags = [bag.bag_tag for e in manifests.values() for bag in e.traveler_manifest.bags]
    assert len(tags) == len(set(tags)) > 100
    documents = {e.traveler_manifest.document_number for e in manifests.values()}
    assert len(documents) == len(manifests)


def test_the_mix_is_that_of_the_port(frames: list[Frame]) -> None:
    counts = Counter(frame.kind for frame in frames)
    assert sum(counts.values()) == len(frames)
    share = {kind: count / len(frames) for kind, count in counts.items()}
    assert 0.2 < share["gate_event"] < 0.32
    assert 0.07 < share["scanner_result"] < 0.14
    assert 0.07 < share["face_match"] < 0.15
    assert not counts["inspection_outcome"]


def test_times_move_with_the_subject(frames: list[Frame]) -> None:
    for frame in frames[-200:]:
        for time_us in times_in(Event.FromString(frame.raw)):
            # Bookings are up to a hundred days old; nothing lies far ahead.
            assert -110 * 86_400e6 < time_us - frame.event_us < 13 * 3_600e6


def test_the_edge_takes_every_frame(frames: list[Frame]) -> None:
    decoder = Decoder(Tokens(bytes(32)), Port.load())
    for frame in frames:
        assert decoder.decode(frame.raw).event_us == frame.event_us


@given(st.integers(1 << 49, (1 << 56) - 1))
def test_eight_bytes_is_protobufs_varint(time_us: int) -> None:
    raw = Event(envelope={"event_time_us": time_us}).SerializeToString()
    assert raw.endswith(eight_bytes(time_us))
