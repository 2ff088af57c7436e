"""Two approvers over gRPC, a real engine behind it, and whatever one of them gets wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import numpy as np
import pytest
from fake_engine import NAMES
from governed import Governed, governed
from promoting import packed
from rule_files import rule, text_of

from haechi.app import credentials
from haechi.engine.codes import EventKind
from haechi.engine.records import EVENT
from haechi.operators.artefact import settings_digest
from haechi.rpc.client import HaechiClient
from haechi.rpc.roles import Role
from haechi.rpc.server import serve
from haechi.rpc.settings import ServerSettings
from haechi.rpc.v1 import event_pb2, governance_pb2
from haechi.rpc.v1 import governance_service_pb2 as service_pb
from haechi.rpc.watching import failure
from haechi.streams.log.artefacts import Artefacts
from haechi.streams.log.reader import LoggedEvent

WAITING = service_pb.PROPOSAL_STATE_AWAITING_SECOND
IN_EFFECT = service_pb.PROPOSAL_STATE_IN_EFFECT
Connect = Callable[[str], HaechiClient]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Governed]:
    with governed(tmp_path_factory.mktemp("governed")) as one:
        one.feed(0, 60)
        yield one


@pytest.fixture(scope="module")
def as_(running: Governed) -> Iterator[Connect]:
    ring = credentials.keyring(running.folder)
    server = serve(running.engine, ring, NAMES, ServerSettings(threads_least=4))
    clients = {}

    def connected(name: str, role: Role = Role.APPROVER) -> HaechiClient:
        if name not in clients:
            token = ring.sign(name, role, ("*",))
            clients[name] = HaechiClient(f"127.0.0.1:{server.port}", token)
        return clients[name]

    yield connected
    for client in clients.values():
        client.close()
    server.stop(0.1)


@pytest.fixture
def keep(running: Governed) -> Callable[..., bytes]:
    """Put a model among the artefacts; the first of the engine's own settings."""

    def put(kind: str = "traveler", bias: float = 0.5, **changes: object) -> bytes:
        model = running.engine._machine.state.model[0 if kind == "parcel" else 1]
        given = {"settings": settings_digest(model), **changes}
        raw = packed(kind, bias, **given)
        return bytes.fromhex(Artefacts(running.folder.artefacts).keep(raw))

    return put


def promotion(
    sha256: bytes, family: str = "traveler", role: int = 1, **more: object
) -> governance_pb2.ModelPromotion:
    return governance_pb2.ModelPromotion(
        family=family, artefact_sha256=sha256, role=role, reason="because", **more
    )


def refused(work: Callable[[], object]) -> tuple[grpc.StatusCode | None, str]:
    with pytest.raises(grpc.RpcError) as caught:
        work()
    return failure(caught.value)


def last(running: Governed) -> LoggedEvent:
    reader = running.engine.open_reader()
    try:
        head = reader.head()
        assert head is not None
        event = reader.event(head.offset)
        assert event is not None
        return event
    finally:
        reader.close()


def test_two_approvers(running: Governed, as_: Connect, keep: Callable[..., bytes]) -> None:
    name = keep(bias=0.5)
    first = as_("kim").promote_model(promotion(name, approvers=["lee", "park"]))
    assert first.state == WAITING
    assert not running.engine._machine.state.weights[2].any()
    second = as_("lee").promote_model(promotion(name))
    assert second.state == IN_EFFECT
    assert second.position.offset > first.position.offset
    assert running.engine._machine.state.weights[2, 0, 2] == 0.5
    reader = running.engine.open_reader()
    event = reader.event(first.position.offset)
    assert event is not None
    assert event.id.hex() == first.event_id
    said = event_pb2.Event.FromString(reader.payload(event)).model_promotion
    reader.close()
    # What the sender wrote does not count: the person is of the credentials.
    assert list(said.approvers) == ["kim"]
    assert said.reason == "because"
    record = np.frombuffer(event.records, EVENT)[0]
    assert int(record["model"]) == int.from_bytes(name[:8], "big")
    rolled_back = keep(bias=0.0)
    as_("lee").promote_model(promotion(rolled_back))
    assert as_("kim").promote_model(promotion(rolled_back)).state == IN_EFFECT
    assert not running.engine._machine.state.weights[2].any()


def test_one_approver_twice(running: Governed, as_: Connect, keep: Callable[..., bytes]) -> None:
    name = keep(bias=0.25)
    assert as_("kim").promote_model(promotion(name)).state == WAITING
    status, details = refused(lambda: as_("kim").promote_model(promotion(name)))
    assert status is grpc.StatusCode.FAILED_PRECONDITION
    assert "second approver" in details
    assert last(running).kind == EventKind.DEAD_LETTER


def damage(running: Governed, name: bytes, content: bytes) -> bytes:
    (running.folder.artefacts / name.hex()).write_bytes(content)
    return name


BAD = {
    "unknown": (grpc.StatusCode.NOT_FOUND, "haechi models"),
    "changed": (grpc.StatusCode.FAILED_PRECONDITION, "restore"),
    "no model": (grpc.StatusCode.FAILED_PRECONDITION, "make it anew"),
    "other table": (grpc.StatusCode.FAILED_PRECONDITION, "refit"),
    "other settings": (grpc.StatusCode.FAILED_PRECONDITION, "refit"),
    "other family": (grpc.StatusCode.INVALID_ARGUMENT, "name the other family"),
    "no family": (grpc.StatusCode.INVALID_ARGUMENT, "traveler"),
    "challenger": (grpc.StatusCode.INVALID_ARGUMENT, "CHAMPION"),
    "parcels' shadow": (grpc.StatusCode.INVALID_ARGUMENT, "CHAMPION"),
    "no role": (grpc.StatusCode.INVALID_ARGUMENT, "role"),
    "short": (grpc.StatusCode.INVALID_ARGUMENT, "32"),
}


@pytest.mark.parametrize("how", BAD)
def test_what_is_wrong_is_refused_and_recorded(
    running: Governed, as_: Connect, keep: Callable[..., bytes], how: str
) -> None:
    shelf = Artefacts(running.folder.artefacts)
    good = keep(bias=0.125)
    told = {
        "unknown": lambda: promotion(b"\1" * 32),
        "changed": lambda: promotion(damage(running, keep(bias=0.0625), b"changed")),
        "no model": lambda: promotion(bytes.fromhex(shelf.keep(b"no model"))),
        "other table": lambda: promotion(keep(features="0" * 16)),
        "other settings": lambda: promotion(keep(settings="0" * 64)),
        "other family": lambda: promotion(good, "parcel"),
        "no family": lambda: promotion(good, "parcel-ftrl"),
        "challenger": lambda: promotion(good, role=2),
        "parcels' shadow": lambda: promotion(keep("parcel"), "parcel", 3),
        "no role": lambda: promotion(good, role=0),
        "short": lambda: promotion(b"\1" * 31),
    }[how]()
    machine = running.engine._machine
    weights, waiting = machine.state.weights.copy(), machine.promotions.digest()
    status, details = refused(lambda: as_("park").promote_model(told))
    assert (status, BAD[how][1] in details) == (BAD[how][0], True), details
    assert last(running).kind == EventKind.DEAD_LETTER
    assert (machine.state.weights == weights).all()
    assert machine.promotions.digest() == waiting


def test_only_approvers(as_: Connect, keep: Callable[..., bytes]) -> None:
    client = as_("officer-7", Role.OFFICER)  # type: ignore[call-arg]
    status, _ = refused(lambda: client.promote_model(promotion(keep())))
    assert status is grpc.StatusCode.PERMISSION_DENIED


def test_capacity_of_one_lane_and_of_all(running: Governed, as_: Connect) -> None:
    lanes = running.engine._machine.state.lanes
    number = running.engine.decoder._edge.lanes["express"]
    as_("kim").set_capacity(
        governance_pb2.Capacity(lane="express", inspections_per_hour=12.0, approver="nobody")
    )
    assert (lanes["capacity"][number] == 12.0).all()
    assert lanes["capacity"].sum() == 12.0 * lanes.shape[1]
    reader = running.engine.open_reader()
    said = event_pb2.Event.FromString(reader.payload(last(running))).capacity
    reader.close()
    assert said.approver == "kim"
    told = as_("lee").set_capacity(
        governance_pb2.Capacity(inspections_per_hour=5.0, until_us=77), "ICN-T1"
    )
    assert told.event_id == last(running).id.hex()
    every = list(running.engine.decoder._edge.lanes.values())
    assert (lanes["capacity"][every] == 5.0).all()
    assert (lanes["capacity_until_us"][every] == 77).all()
    assert lanes["capacity"][0].sum() == 0.0


@pytest.mark.parametrize(
    ("capacity", "site", "remedy"),
    [
        ({"lane": "no-such-lane", "inspections_per_hour": 1.0}, "", "express"),
        ({"inspections_per_hour": -1.0}, "", "at least 0"),
        ({"inspections_per_hour": float("nan")}, "", "finite"),
        ({"inspections_per_hour": 1.0, "from_us": 1 << 60}, "", "when it begins"),
        ({"inspections_per_hour": 1.0}, "no-such-site", "ICN-T1"),
    ],
)
def test_a_capacity_that_cannot_be(
    running: Governed, as_: Connect, capacity: dict[str, object], site: str, remedy: str
) -> None:
    before = running.engine._machine.state.lanes["capacity"].copy()
    message = governance_pb2.Capacity(**capacity)
    status, details = refused(lambda: as_("kim").set_capacity(message, site))
    assert (status, remedy in details) == (grpc.StatusCode.INVALID_ARGUMENT, True), details
    assert last(running).kind == EventKind.DEAD_LETTER
    assert (running.engine._machine.state.lanes["capacity"] == before).all()


def test_bytes_that_are_no_request_are_kept(running: Governed, as_: Connect) -> None:
    client = as_("kim")
    call = client._channel.unary_unary("/haechi.v1.GovernanceService/PromoteModel")
    status, details = refused(lambda: call(b"\xff\xff", metadata=client._metadata, timeout=10))
    assert status is grpc.StatusCode.INVALID_ARGUMENT
    assert "UNDECODABLE" in details
    assert last(running).kind == EventKind.DEAD_LETTER


def test_what_is_not_built_says_so(as_: Connect) -> None:
    client = as_("kim")
    call = client._channel.unary_unary("/haechi.v1.GovernanceService/Erase")
    status, _ = refused(lambda: call(b"", metadata=client._metadata, timeout=10))
    assert status is grpc.StatusCode.UNIMPLEMENTED


def rules(text: str = "", role: int = 1, **more: object) -> governance_pb2.RuleSet:
    return governance_pb2.RuleSet(toml=text, role=role, reason="because", **more)


def active(running: Governed) -> list[str]:
    return [rule.id for rule in running.engine._machine.rules.rules]


def test_two_approvers_put_rules_into_force(running: Governed, as_: Connect) -> None:
    text = text_of(rule("one-way", "one_way"))
    first = as_("kim").submit_rule_set(rules(text, approvers=["lee", "park"]))
    assert (first.state, active(running)) == (WAITING, [])
    # The second person needs no file: the name of what the first one sent will do.
    second = as_("lee").submit_rule_set(rules(sha256=first.sha256))
    assert (second.state, active(running)) == (IN_EFFECT, ["one-way"])
    reader = running.engine.open_reader()
    event = reader.event(first.position.offset)
    assert event is not None
    said = event_pb2.Event.FromString(reader.payload(event)).rule_set
    reader.close()
    assert (list(said.approvers), said.toml, said.sha256) == (["kim"], "", first.sha256)
    running.feed(60, 90)
    for name in ("kim", "lee"):
        as_(name).submit_rule_set(rules(text_of()))
    assert active(running) == []


def test_one_approver_of_rules_twice(running: Governed, as_: Connect) -> None:
    text = text_of(rule("twice", "one_way"))
    assert as_("kim").submit_rule_set(rules(text)).state == WAITING
    status, details = refused(lambda: as_("kim").submit_rule_set(rules(text)))
    assert status is grpc.StatusCode.FAILED_PRECONDITION
    assert "second approver" in details
    assert last(running).kind == EventKind.DEAD_LETTER
    assert active(running) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": text_of(rule("typo", "one_wya"))}, "line 6: rule typo: when:"),
        ({"text": text_of(rule("old", "one_way", until="2001-01-01T00:00:00Z"))}, "that is past"),
        ({"text": "name = "}, "not TOML"),
        ({"text": text_of(rule("a", "one_way")), "role": 0}, "rule_set.role"),
        ({"sha256": b"x" * 32}, "no artefact"),
        ({"sha256": b"short"}, "32"),
        ({}, "32"),
    ],
)
def test_rules_that_cannot_be_used_are_refused_and_recorded(
    running: Governed, as_: Connect, given: dict[str, Any], said: str
) -> None:
    before = last(running).offset
    status, details = refused(lambda: as_("kim").submit_rule_set(rules(**given)))
    assert status in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)
    assert said in details
    assert last(running).kind == EventKind.DEAD_LETTER
    assert last(running).offset > before
    assert active(running) == []


def test_a_model_is_no_rule_set(
    running: Governed, as_: Connect, keep: Callable[..., bytes]
) -> None:
    _, details = refused(lambda: as_("kim").submit_rule_set(rules(sha256=keep())))
    assert "no rule set" in details
    assert active(running) == []
