"""Bad input over real gRPC: a clear answer each, no state changed, kept in log and ClickHouse."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
import numpy as np
import pytest
from system_account import head
from system_messages import event, manifest, question, scan

from haechi.app import credentials
from haechi.app.installation import Installation
from haechi.engine.codes import EventKind
from haechi.operators.shard import Shard
from haechi.operators.state import Count, digest
from haechi.rpc.client import HaechiClient
from haechi.rpc.v1 import event_pb2, ingest_service_pb2
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.burial import KEPT
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.replay import Replayer

pytestmark = pytest.mark.slow
EXIT = "ICN-T1-EXIT-3"
DAY_US = 86_400_000_000
NAN, INFINITE = math.nan, math.inf
STATUS = grpc.StatusCode
PUBLISH = "/haechi.v1.IngestService/Publish"


@dataclass(frozen=True)
class Bad:
    """A message that must be refused.

    Parameters
    ----------
    name
        What is wrong with it.
    role
        Who sends it; ``gate`` asks Decide, others publish.
    raw
        Its bytes.
    code
        Code of the refusal.
    status
        Status of Decide.
    """

    name: str
    role: str
    raw: bytes
    code: str
    status: grpc.StatusCode = STATUS.INVALID_ARGUMENT


def changed(made: Event, **fields: Any) -> bytes:
    """The event with fields of its envelope set otherwise."""
    for name, value in fields.items():
        setattr(made.envelope, name, value)
    return made.SerializeToString()


def without_subject(made: Event) -> bytes:
    del made.envelope.subjects[:]
    return made.SerializeToString()


def with_score(score: float) -> bytes:
    return scan(score, 1, traveler="bad-1").SerializeToString()


def with_similarity(value: float) -> bytes:
    return event(
        "bad-1",
        face_match={
            "camera": "ICN-T1-CAM-EXIT-1", "outcome": 1,
            "candidates": [{"traveler_id": "bad-1", "similarity": value}],
        },
    ).SerializeToString()  # fmt: skip


def unknown_kind() -> bytes:
    """An event of a kind that a later version may have: field 90, a message."""
    bare = event("bad-1").SerializeToString()
    return bare + b"\xd2\x05\x00"


def asked(**gate: Any) -> Event:
    made = question("bad-1", EXIT, "family")
    for name, value in gate.items():
        setattr(made.gate_event, name, value)
    return made


def padded(made: Event, size: int) -> bytes:
    made.envelope.source_message_id = "x" * size
    return made.SerializeToString()


def cases() -> Iterator[Bad]:
    now = time.time_ns() // 1000
    yield Bad("undecodable question", "gate", b"\xff\xfe not protobuf" * 9, "UNDECODABLE")
    yield Bad("undecodable fact", "sensor", b"\xff\xfe not protobuf" * 9, "UNDECODABLE")
    yield Bad("cut question", "gate", asked().SerializeToString()[:-7], "UNDECODABLE")
    yield Bad("empty fact", "sensor", b"", "UNKNOWN_EVENT")
    yield Bad("unknown kind", "sensor", unknown_kind(), "UNKNOWN_EVENT")
    yield Bad("unknown kind, asked", "gate", unknown_kind(), "UNKNOWN_EVENT")
    yield Bad("version", "gate", changed(asked(), schema_version=2), "UNKNOWN_VERSION")
    yield Bad("version, fact", "feeder", changed(manifest("bad-1"), schema_version=9),
              "UNKNOWN_VERSION")  # fmt: skip
    yield Bad("no id", "gate", changed(asked(), event_id=""), "BAD_EVENT_ID")
    yield Bad("no time", "gate", changed(asked(), event_time_us=0), "BAD_TIME")
    yield Bad("nobody", "gate", without_subject(asked()), "MISSING_REFERENCE")
    yield Bad("nobody scanned", "sensor", without_subject(scan(0.9, 1, traveler="bad-1")),
              "MISSING_REFERENCE")  # fmt: skip
    unnamed = manifest("bad-1")
    # A document with its flight would name somebody.
    unnamed.traveler_manifest.document_number = ""
    yield Bad("nobody's manifest", "feeder", without_subject(unnamed), "MISSING_REFERENCE")
    for what, name in (("endless", "x" * 10_000), ("numbered", "12345")):
        named = manifest("bad-1")
        named.traveler_manifest.name = name
        yield Bad(f"{what} name", "feeder", named.SerializeToString(), "BAD_NAME")
    # The server writes the officer's name in, and keeps it so.
    overruled = {"decision_id": "ab" * 16, "to_verdict": 1, "officer": "officer"}
    yield Bad("override without a reason", "officer",
              event("bad-1", officer_action=overruled).SerializeToString(),
              "MISSING_FIELD")  # fmt: skip
    yield Bad("no such decision", "officer",
              event("bad-1", officer_action=overruled | {"reason_code": "R1"}).SerializeToString(),
              "UNKNOWN_DECISION")  # fmt: skip
    yield Bad("wrong enum", "gate", asked(direction=77).SerializeToString(), "BAD_ENUM")
    yield Bad("negative enum", "sensor", event(
        "bad-1", scanner_result={"kind": 1, "result": -1, "device": "ICN-T1-BODY-1"}
    ).SerializeToString(), "BAD_ENUM")  # fmt: skip
    yield Bad("wrong result", "sensor", event(
        "bad-1", scanner_result={"kind": 1, "result": 99, "device": "ICN-T1-BODY-1"}
    ).SerializeToString(), "BAD_ENUM")  # fmt: skip
    for value in (NAN, INFINITE, -INFINITE):
        yield Bad(f"score {value}", "sensor", with_score(value), "NOT_FINITE")
        yield Bad(f"similarity {value}", "sensor", with_similarity(value), "NOT_FINITE")
    yield Bad("score 1.5", "sensor", with_score(1.5), "OUT_OF_RANGE")
    for ahead in (DAY_US, 400 * 365 * DAY_US):
        yield Bad("in the future", "gate", changed(asked(), event_time_us=now + ahead),
                  "IN_FUTURE")  # fmt: skip
    yield Bad("end of time", "gate", changed(asked(), event_time_us=(1 << 63) - 1), "IN_FUTURE")
    yield Bad("in the past", "gate", changed(asked(), event_time_us=now - 30 * DAY_US), "TOO_OLD")
    yield Bad("in 1970", "sensor", changed(scan(0.9, 1, traveler="bad-1"), event_time_us=1),
              "TOO_OLD")  # fmt: skip
    yield Bad("before 1970", "gate", changed(asked(), event_time_us=-5), "BAD_TIME")
    yield Bad("10 MB", "gate", padded(asked(), 10 << 20), "TOO_LARGE")
    yield Bad("10 MB fact", "feeder", padded(manifest("bad-1"), 10 << 20), "TOO_LARGE")
    yield Bad("unknown gate", "gate", asked(gate="ICN-T9-EXIT-9").SerializeToString(),
              "UNKNOWN_GATE")  # fmt: skip
    yield Bad("unknown lane", "gate", asked(lane="sideways").SerializeToString(), "UNKNOWN_LANE")
    yield Bad("unknown scanner", "sensor", event(
        "bad-1", scanner_result={"kind": 1, "result": 1, "device": "nowhere"}
    ).SerializeToString(), "UNKNOWN_SENSOR")  # fmt: skip


class Ways:
    """The ways in, by role, with any bytes."""

    def __init__(self, running: Installation) -> None:
        address = running.address("engine")
        options = [("grpc.max_send_message_length", 32 << 20)]
        self.channel = grpc.insecure_channel(address.target, options=options)
        self._folder = running.folder
        self._decide = self.channel.unary_unary("/haechi.v1.DecisionService/Decide", None, None)
        self._publish = self.channel.stream_stream(
            PUBLISH, None, ingest_service_pb2.PublishResponse.FromString
        )

    def _bearer(self, role: str) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {credentials.token(self._folder, role)}"),)

    def send(self, bad: Bad) -> tuple[str, grpc.StatusCode | None]:
        """Send it; the refusal's code and Decide's status."""
        framed = _framed(bad.raw)
        if bad.role == "gate":
            with pytest.raises(grpc.RpcError) as caught:
                self._decide(framed, timeout=20, metadata=self._bearer("gate"))
            error: Any = caught.value
            return error.details().partition(":")[0], error.code()
        (told,) = self._publish(iter([framed]), timeout=20, metadata=self._bearer(bad.role))
        assert told.refusal.reason
        return told.refusal.code, None


def _framed(raw: bytes) -> bytes:
    """As field 1 of a request; what is no event at all stays that."""
    from haechi.rpc import wire

    return b"\x0a" + wire.varint(len(raw)) + raw


def state_digest(running: Installation, end: int) -> str:
    """Digest of the shard's state before the event at an offset, by replay."""
    folder = running.folder
    keys = SubjectKeys(folder.keys)
    reader = LogReader(folder.log, keys)
    shard = Shard(running.profile.engine.cases)
    try:
        Replayer(reader, Artefacts(folder.artefacts), shard).run(end)
    finally:
        reader.close()
        keys.close()
    # Time goes on and events are counted, dead letters too; nothing else may differ.
    for count in (Count.EVENTS, Count.NOW_US, Count.ORDINAL):
        shard.state.counters[count] = 0
    return digest(shard.state)


def letters(running: Installation, first: int) -> list[event_pb2.Event]:
    """Dead letters of the log from an offset on."""
    keys = SubjectKeys(running.folder.keys)
    reader = LogReader(running.folder.log, keys)
    try:
        return [
            Event.FromString(reader.payload(one))
            for one in reader.events(first)
            if one.kind == EventKind.DEAD_LETTER
        ]
    finally:
        reader.close()
        keys.close()


def settled(client: HaechiClient, number: int) -> Any:
    """What the engine says of the subject that bad input was about."""
    answer = client.decide(question("bad-1", EXIT, "family")).answer
    return answer.verdict, answer.directive, answer.code_class, answer.case_reference


def test_bad_input_is_refused_changes_nothing_and_is_kept(installed: Installation) -> None:
    with installed.client("feeder") as feeder, installed.client("gate") as gate:
        list(feeder.publish(iter([manifest("bad-1")])))
        before = settled(gate, 0)
        first = head(installed) + 1
        ways = Ways(installed)
        sent = list(cases())
        for bad in sent:
            code, status = ways.send(bad)
            assert code == bad.code, bad.name
            assert status == (bad.status if bad.role == "gate" else None), bad.name
        # What is no request at all.
        with pytest.raises(grpc.RpcError) as caught:
            ways._decide(b"\xff" * 40, timeout=20, metadata=ways._bearer("gate"))
        error: Any = caught.value
        assert error.code() == STATUS.INVALID_ARGUMENT
        ways.channel.close()
        last = head(installed)
        kept = letters(installed, first)
        assert len(kept) == len(sent) + 1
        for bad, letter in zip(sent, kept, strict=False):
            buried = letter.dead_letter
            assert buried.detail.startswith(f"{bad.code}: "), bad.name
            assert buried.size_bytes == len(bad.raw), bad.name
            assert buried.head == bad.raw[:KEPT], bad.name
            assert buried.source == bad.role
        assert state_digest(installed, first) == state_digest(installed, last + 1)
        assert settled(gate, 1) == before
    assert installed.wait_shipped(30)
    client = installed.clickhouse()
    try:
        rows = client.query(
            "SELECT offset, detail, size_bytes FROM dead_letters WHERE offset >= "
            f"{first} AND offset <= {last} ORDER BY offset"
        ).result_rows
    finally:
        client.close()
    assert [row[1].partition(":")[0] for row in rows[: len(sent)]] == [b.code for b in sent]
    assert [row[2] for row in rows[: len(sent)]] == [len(bad.raw) for bad in sent]


def test_the_same_id_with_other_bytes_is_a_conflict(installed: Installation) -> None:
    with installed.client("feeder") as feeder, installed.client("gate") as gate:
        booked = manifest("twice-1")
        (taken,) = feeder.publish(iter([booked]))
        other = Event()
        other.CopyFrom(booked)
        other.traveler_manifest.birth_year = 1950
        (told,) = feeder.publish(iter([other]))
        assert told.refusal.code == "ID_CONFLICT"
        (again,) = feeder.publish(iter([booked]))
        assert again.accepted.duplicate
        assert again.accepted.position.offset == taken.accepted.position.offset

        one = question("twice-1", EXIT, "family")
        answer = gate.decide(one).answer
        changed_one = Event()
        changed_one.CopyFrom(one)
        changed_one.gate_event.retried = True
        conflict = Bad(
            "other bytes", "gate", changed_one.SerializeToString(), "ID_CONFLICT",
            STATUS.ALREADY_EXISTS,
        )  # fmt: skip
        ways = Ways(installed)
        assert ways.send(conflict) == (conflict.code, conflict.status)
        ways.channel.close()
        assert gate.decide(one).answer == answer
        # Nor does a start in between forget either of them.
        installed.kill_engine()
        installed.wait_ready("engine")
        (told,) = feeder.publish(iter([other]))
        assert told.refusal.code == "ID_CONFLICT"
    kept = letters(installed, int(taken.accepted.position.offset))
    assert [one.dead_letter.detail.partition(":")[0] for one in kept] == ["ID_CONFLICT"] * 3


def test_a_stream_goes_on_after_a_bad_event(installed: Installation) -> None:
    mixed: list[Event | bytes] = []
    for number in range(200):
        mixed.append(manifest(f"mixed-{number}"))
        mixed.append(b"\xff\xff\xff" if number % 2 else with_score(NAN))
    with installed.client("feeder") as feeder:
        told = sorted(feeder.publish(iter(mixed)), key=lambda one: one.index)
    assert [one.index for one in told] == list(range(len(mixed)))
    assert all(one.HasField("accepted") for one in told[::2])
    assert all(one.HasField("refusal") for one in told[1::2])


def test_random_bytes_never_change_the_state(installed: Installation) -> None:
    draws = np.random.default_rng(7)
    good = [asked().SerializeToString(), manifest("fuzz").SerializeToString()]
    first = head(installed) + 1
    mangled = []
    for number in range(400):
        raw = bytearray(good[number % 2])
        for _ in range(int(draws.integers(1, 6))):
            raw[int(draws.integers(len(raw)))] = int(draws.integers(256))
        # Whatever else it says, it is of no version that anybody reads.
        broken = bytes(raw[: int(draws.integers(1, len(raw)))]) + b"\x0a\x03\x10\xe7\x07"
        mangled.append(broken)
    with installed.client("feeder") as feeder:
        told = list(feeder.publish(iter(mangled)))
    assert len(told) == len(mangled)
    assert all(one.HasField("refusal") for one in told)
    assert len(letters(installed, first)) == len(mangled)
    assert state_digest(installed, first) == state_digest(installed, head(installed) + 1)
