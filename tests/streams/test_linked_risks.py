"""What a shard tells others of its own subjects, from its log alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from haechi.configs.port import Port
from haechi.configs.topology import Topology
from haechi.engine.codes import EventKind
from haechi.engine.records import DECISION, EVENT
from haechi.rpc.v1.envelope_pb2 import SubjectReference
from haechi.rpc.v1.event_pb2 import Event
from haechi.streams.decode import Decoder
from haechi.streams.decode.places import Edge
from haechi.streams.kafka.routing import routing_tokens, subject_key
from haechi.streams.kafka.wire import partition_of
from haechi.streams.log.keys import SubjectKeys
from haechi.streams.log.reader import LogReader
from haechi.streams.log.writer import LogWriter, Row
from haechi.streams.shards.linked_risks import LinkedRisks
from haechi.streams.shards.router import Router
from haechi.streams.shards.subject import subject_token
from haechi.streams.tokens import Tokens

KEY = bytes(range(32))
ROUTING = routing_tokens(KEY)
DECODER = Decoder(Tokens(KEY), Port.load())
NOW_US = 1_795_000_000_000_000
DAY_US = 86_400_000_000
TWO = Topology.parse(
    'version = 1\n[[shard]]\nnumber = 0\naddress = "a:1"\npartitions = ["0-31"]\n'
    '[[shard]]\nnumber = 1\naddress = "b:1"\npartitions = ["32-63"]\n',
    64,
)


def key_of(**name: Any) -> bytes:
    return subject_key(subject_token([SubjectReference(**name)], ROUTING)).encode()


def shard_of(**name: Any) -> int:
    return TWO.owner(partition_of(key_of(**name), 64)).number


def named(shard: int, kind: str, count: int = 3) -> list[str]:
    """Names of subjects that a shard owns."""
    found: list[str] = []
    number = 0
    while len(found) < count:
        number += 1
        name = f"{kind}{number}"
        if shard_of(**{kind: name}) == shard:
            found.append(name)
    return found


PARCEL, OTHER_PARCEL, _ = named(0, "parcel_id")
HERE, _, _ = named(0, "traveler_id")
THERE, ALSO_THERE, _ = named(1, "traveler_id")


class Shard:
    """Shard 0: its log, and what it tells."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.keys = SubjectKeys(folder / "keys.sqlite")
        self.writer = LogWriter(folder / "log", self.keys)
        self.reader = LogReader(folder / "log", self.keys)
        self.at = 0
        self.now = NOW_US
        self.linked = self.open()

    def open(self) -> LinkedRisks:
        edge = Edge(Tokens(KEY), Port.load())
        router = Router(TWO, ROUTING)
        return LinkedRisks(self._folder / "linked.sqlite", router, 0, edge, self.reader, DAY_US)

    def add(self, subjects: list[dict[str, Any]], own: float | None = None, **kind: Any) -> None:
        """One event of the log, and with ``own`` a decision about its subject."""
        event = Event(**kind)
        event.envelope.event_id = f"e{self.writer.offset}"
        event.envelope.schema_version = 1
        event.envelope.event_time_us = self.now
        for name in subjects:
            event.envelope.subjects.add(**name)
        raw = event.SerializeToString()
        decoded = DECODER.decode(raw)
        bodies = np.zeros(0 if own is None else 1, DECISION)
        for body in bodies:
            body["id_hi"], body["offset"] = self.writer.offset + 1, self.writer.offset
            body["stamp_us"] = self.now
            body["subject"] = np.frombuffer(decoded.records, EVENT)[0]["ref"]
            body["own_log_odds"] = own
        self.writer.append(
            [Row(int(decoded.kind), self.now, self.now, _signed(decoded.subject), decoded.id,
                 decoded.digest, "s", decoded.records, raw, bodies.tobytes(), 0, 0)]
        )  # fmt: skip
        self.now += 1000

    def tell(self) -> list[tuple[bytes, Event]]:
        """What is told of what was added since."""
        end = self.writer.offset
        for event in self.reader.events(self.at, end):
            self.linked.take_event(event)
        for decision in self.reader.decisions(self.at, end):
            self.linked.take_decision(decision)
        self.at = end
        return [(told.key, Event.FromString(told.event)) for told in self.linked.due()]


@pytest.fixture
def shard(tmp_path: Path) -> Iterator[Shard]:
    one = Shard(tmp_path)
    yield one
    one.linked.close()
    one.reader.close()
    one.writer.close()


def link(traveler: str, parcel: str = PARCEL, which: str = "link", version: int = 1) -> Any:
    return {
        "subjects": [{"traveler_id": traveler}],
        which: {"other": {"parcel_id": parcel}, "link_version": version},
    }


def parcel(own: float, name: str = PARCEL, **more: Any) -> Any:
    given = {"manifest_version": 1, **more}
    return {"subjects": [{"parcel_id": name}], "parcel_manifest": given, "own": own}


def odds(told: list[tuple[bytes, Event]]) -> list[float]:
    return [event.linked_risk.own_log_odds for _, event in told]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_parcels_risk_is_told_to_the_shard_of_its_traveler(
    shard: Shard, order: tuple[int, ...]
) -> None:
    events = [parcel(1.5), link(THERE)]
    for number in order:
        shard.add(**events[number])
        told = shard.tell()
    ((key, event),) = told
    assert key == key_of(traveler_id=THERE)
    assert event.linked_risk.own_log_odds == 1.5
    assert event.envelope.subjects[0].parcel_id == PARCEL
    decoded = DECODER.decode(event.SerializeToString())
    assert decoded.kind is EventKind.LINKED_RISK
    assert shard.tell() == []


def test_only_what_changed_is_told_again_and_newer_is_a_higher_version(shard: Shard) -> None:
    shard.add(**link(THERE))
    shard.add(**parcel(1.5))
    first = shard.tell()
    shard.add(**parcel(1.5))
    assert shard.tell() == []
    shard.add(**parcel(-2.0))
    second = shard.tell()
    assert odds(first + second) == [1.5, -2.0]
    one, two = (event for _, event in first + second)
    assert two.linked_risk.version > one.linked_risk.version
    assert two.envelope.event_id != one.envelope.event_id


def test_nothing_is_told_of_whom_both_sides_are_here_or_both_elsewhere(shard: Shard) -> None:
    shard.add(**link(HERE))
    shard.add(**parcel(1.0))
    there, also = named(1, "parcel_id")[:2]
    shard.add(**link(THERE, there))
    shard.add(**parcel(1.0, also))
    shard.add(**link(HERE, there), own=2.0)
    told = shard.tell()
    assert [(key, e.envelope.subjects[0].traveler_id) for key, e in told] == [
        (key_of(parcel_id=there), HERE)
    ]


def test_a_tie_that_was_taken_back_is_told_no_more(shard: Shard) -> None:
    shard.add(**link(THERE, version=2))
    shard.add(**link(THERE, which="unlink", version=1))
    shard.add(**parcel(1.0))
    assert odds(shard.tell()) == [1.0]
    shard.add(**link(THERE, which="unlink", version=3))
    shard.add(**parcel(2.0))
    assert shard.tell() == []
    shard.add(**link(THERE, version=4))
    assert odds(shard.tell()) == [2.0]


def test_a_tie_under_a_waybill_follows_to_the_parcel(shard: Shard) -> None:
    waybill = {"courier": "CJ", "hawb": "H1", "arrival_date": 20_261_121}
    while shard_of(waybill=waybill) != 0:
        waybill["hawb"] += "1"
    shard.add([{"traveler_id": THERE}], link={"other": {"waybill": waybill}})
    shard.add(**parcel(1.0, **waybill))
    ((_, event),) = shard.tell()
    assert event.envelope.subjects[0].waybill.hawb == waybill["hawb"]
    shard.add([{"traveler_id": ALSO_THERE}], link={"other": {"waybill": waybill}})
    ((key, _),) = shard.tell()
    assert key == key_of(traveler_id=ALSO_THERE)


def test_a_manifests_companions_are_ties_both_ways(shard: Shard) -> None:
    shard.add(
        [{"traveler_id": HERE}], own=0.5,
        traveler_manifest={
            "manifest_version": 1, "document_type": 1, "document_state": 1,
            "companion_traveler_ids": [THERE],
        },
    )  # fmt: skip
    ((key, event),) = shard.tell()
    assert (key, event.envelope.subjects[0].traveler_id) == (key_of(traveler_id=THERE), HERE)


def test_whom_the_body_alone_names_has_companions_too(shard: Shard) -> None:
    where = {"issuing_state": "KOR", "flight": "KE902", "flight_date": 20_261_121}
    numbers = (f"M{number}" for number in range(1000))
    mine = next(n for n in numbers if shard_of(document={**where, "number": n}) == 0)
    shard.add(
        [], own=0.5,
        traveler_manifest={
            **where, "document_number": mine, "manifest_version": 1, "document_type": 1,
            "document_state": 1, "companion_traveler_ids": [" ", THERE],
        },
    )  # fmt: skip
    ((key, event),) = shard.tell()
    assert key == key_of(traveler_id=THERE)
    assert event.envelope.subjects[0].document.number == mine


def test_a_tie_of_a_bag_is_at_risk_of_nothing(shard: Shard) -> None:
    shard.add([{"traveler_id": THERE}], link={"other": {"bag_tag": named(0, "bag_tag")[0]}})
    assert shard.tell() == []


def test_what_kafka_did_not_take_is_told_again_the_same(shard: Shard) -> None:
    shard.add(**link(THERE))
    shard.add(**parcel(1.0))
    first = shard.tell()
    shard.linked.begin(anew=False)
    shard.at = 0
    assert shard.tell() == first
    shard.linked.settle()
    shard.linked.begin(anew=False)
    shard.at = 0
    assert shard.tell() == []
    shard.linked.begin(anew=True)
    shard.at = 0
    assert shard.tell() == first


def test_what_was_settled_outlasts_the_process(shard: Shard) -> None:
    shard.add(**link(THERE))
    assert shard.tell() == []
    shard.linked.settle()
    shard.linked.close()
    shard.linked = shard.open()
    shard.add(**parcel(1.0))
    assert odds(shard.tell()) == [1.0]


def test_an_erased_subject_is_told_of_no_more(shard: Shard) -> None:
    shard.add(**link(THERE))
    shard.tell()
    shard.keys.forget(_signed(DECODER.decode(_raw(shard)).subject))
    shard.add(**parcel(1.0))
    assert shard.tell() == []


def _signed(token: int) -> int:
    """A token as the log's database has it."""
    return token - (token >> 63 << 64)


def _raw(shard: Shard) -> bytes:
    event = shard.reader.event(0)
    assert event is not None
    return shard.reader.payload(event)


def test_old_notes_are_let_go(shard: Shard) -> None:
    shard.add(**link(THERE))
    shard.add(**parcel(1.0))
    assert len(shard.tell()) == 1
    shard.now += 2 * DAY_US
    shard.add(**parcel(1.0, OTHER_PARCEL))
    shard.tell()
    shard.linked.settle()
    shard.add(**parcel(2.0))
    assert shard.tell() == []
