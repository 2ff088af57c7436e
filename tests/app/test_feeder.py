from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from haechi.app.feeder import Feeder
from haechi.rpc.v1.event_pb2 import Event
from haechi.rpc.v1.ingest_service_pb2 import PublishResponse
from haechi.streams.adapters.kcs import feed

HEADER = (
    "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,"
    "Mode of Transport,Declarant ID,Importer ID,Seller ID,Courier ID,HS6 Code,"
    "Country of Departure,Country of Origin,Tax Rate,Tax Type,Country of Origin Indicator,"
    "Net Mass,Item Price,Fraud,Critical Fraud"
)


def row(number: int, mass: str = "12.5") -> str:
    return (
        f"{number},2021-01-{1 + number % 28:02d},40,B,11,21,11,10,D{number % 3},I1,S1,,847130,"
        f"CN,CN,8.0,A,E,{mass},100000.0,{number % 2},{number % 2}"
    )


class Lost(grpc.RpcError):
    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNAVAILABLE

    def details(self) -> str:
        return "gone"


class FakeClient:
    """An engine that takes what it gets, and goes away now and then."""

    def __init__(self, lost_after: Iterable[int] = ()) -> None:
        self.taken: dict[str, int] = {}
        self.outcomes: dict[str, str] = {}
        self._lost_after = itertools.chain(lost_after, itertools.repeat(1 << 30))

    def publish(self, events: Iterator[Event | bytes]) -> Iterator[PublishResponse]:
        left = next(self._lost_after)
        for index, event in enumerate(events):
            told = PublishResponse(index=index)
            if isinstance(event, bytes):
                told.refusal.code = "UNDECODABLE"
            else:
                name = event.envelope.event_id
                told.accepted.duplicate = name in self.taken
                told.accepted.position.offset = self.taken.setdefault(name, len(self.taken))
                if event.WhichOneof("kind") == "parcel_manifest":
                    told.accepted.decision_ids.append(f"{self.taken[name]:032x}")
                else:
                    self.outcomes[name] = event.inspection_outcome.decision_id
            if left == 0:
                # Taken, and its acknowledgement lost on the way.
                raise Lost
            left -= 1
            yield told

    def healthy(self) -> bool:
        return True


def fed(path: Path, client: Any) -> Any:
    return Feeder(client, feed(path, 5.0), lambda _: None).run()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "declarations.csv"
    lines = [row(number) for number in range(1, 41)]
    lines[9] = row(10, "heavy")
    lines.append(lines[4])
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    return path


def test_every_row_is_accounted_for(file: Path) -> None:
    account = fed(file, FakeClient())
    assert account.rows == 41
    assert (account.decided, account.repeated, len(account.refused)) == (39, 1, 1)
    assert account.refused[0].line == 11
    assert "Net Mass" in account.refused[0].reason
    assert account.outcomes == 39


def test_an_outcome_names_its_decision(file: Path) -> None:
    client = FakeClient()
    fed(file, client)
    for name, decision in client.outcomes.items():
        manifest = client.taken[name.removesuffix(":outcome")]
        assert decision == f"{manifest:032x}"


def test_a_broken_stream_loses_and_doubles_nothing(file: Path) -> None:
    client = FakeClient(lost_after=(0, 3, 17, 2))
    account = fed(file, client)
    assert account.rows == 41
    assert account.decided + account.known == 39
    assert len(account.refused) == 1
    assert account.outcomes + account.outcomes_known == 39
    assert len(client.taken) == 78


def test_feeding_again_has_no_second_effect(file: Path) -> None:
    client = FakeClient()
    fed(file, client)
    account = fed(file, client)
    assert (account.decided, account.known, account.outcomes) == (0, 39, 0)
