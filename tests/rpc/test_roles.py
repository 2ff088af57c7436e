"""Nobody gets what is not theirs: role by method, role by event, scope, and bad tokens."""

from __future__ import annotations

import grpc
import pytest
from fake_engine import CAMERA, GATE, OTHER_GATE, event, fill
from grpc_health.v1 import health_pb2

from haechi.engine.codes import EventKind
from haechi.rpc.identity import Keyring
from haechi.rpc.roles import EVENTS, FACE_SERVICE, METHODS, Role, may_send
from haechi.rpc.v1 import event_pb2
from haechi.rpc.watching import failure

STREAMS_IN = {"DecideStream", "Publish", "Follow", "ServerReflectionInfo"}
STREAMS_OUT = {"DecideStream", "Publish", "Follow", "ServerReflectionInfo", "Watch"}

# Written out once more, so that a change of the table has to be meant.
ALLOWED = {
    "gate": "Decide DecideStream DecideBatch Watch AcknowledgeWatch Publish GetTopology Check "
    "Health.Watch",
    "sensor": "Publish GetTopology Check Health.Watch",
    "feeder": "Publish GetTopology Check Health.Watch",
    "officer": "Watch AcknowledgeWatch Explain ListTasks ActOnTask Publish GetTopology Check "
    "Health.Watch",
    "approver": "SubmitRuleSet PromoteModel ChangeTrust SetCapacity Erase GetTopology Check "
    "Health.Watch",
    "analyst": "",
    "operator": "GetTopology Check Health.Watch ServerReflectionInfo",
    "monitor": "Publish GetTopology Check Health.Watch",
    "faces": "Watch Publish GetTopology Check Health.Watch",
    "standby": "Follow GetTopology Check Health.Watch",
}
SERVED = [method for method in METHODS if f"/{FACE_SERVICE}/" not in method]
"""What the engine serves; the face service serves the rest."""


def short(method: str) -> str:
    service, _, name = method[1:].rpartition("/")
    return f"Health.{name}" if service.endswith("Health") and name == "Watch" else name


def status(port: int, method: str, metadata: tuple[tuple[str, str], ...]) -> grpc.StatusCode:
    name = method.rpartition("/")[2]
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        arity = f"{'stream' if name in STREAMS_IN else 'unary'}_"
        arity += "stream" if name in STREAMS_OUT else "unary"
        call = getattr(channel, arity)(method)
        request = iter([b""]) if name in STREAMS_IN else b""
        try:
            response = call(request, metadata=metadata, timeout=5)
            if name in STREAMS_OUT:
                next(response, None)
                response.cancel()
        except grpc.RpcError as error:
            code = failure(error)[0]
            assert code is not None
            return code
    return grpc.StatusCode.OK


@pytest.mark.parametrize("method", SERVED)
@pytest.mark.parametrize("role", Role)
def test_matrix(server, keyring, role, method):
    token = keyring.sign("somebody", role, ("*",))
    got = status(server.port, method, (("authorization", f"Bearer {token}"),))
    if short(method) in ALLOWED[role].split():
        assert got not in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED)
    else:
        assert got is grpc.StatusCode.PERMISSION_DENIED


def test_who_may_call_the_face_service():
    mine = {
        "Observe": {"sensor", "gate"},
        "EnrolWatched": {"approver"},
        "EraseFaces": {"approver"},
        "DescribeGalleries": {"operator", "officer", "approver"},
    }
    for method in set(METHODS) - set(SERVED):
        assert METHODS[method] == mine.pop(short(method))
    assert not mine


@pytest.mark.parametrize("method", SERVED)
def test_nothing_is_open(server, method):
    assert status(server.port, method, ()) is grpc.StatusCode.UNAUTHENTICATED


def bad_tokens() -> dict[str, str]:
    ring = Keyring(b"k" * 32)
    good = ring.sign("g", Role.GATE, ("*",))
    body, _, mac = good.partition(".")
    return {
        "no scheme": good,
        "empty": "Bearer ",
        "nonsense": "Bearer nonsense",
        "other key": "Bearer " + Keyring(b"x" * 32).sign("g", Role.GATE, ("*",)),
        "expired": "Bearer " + ring.sign("g", Role.GATE, ("*",), days=-1),
        "body changed": f"Bearer {body[:-4]}AAAA.{mac}",
        "no signature": f"Bearer {body}.",
        "not ascii": "Bearer !.!",
    }


@pytest.mark.parametrize("name", bad_tokens())
def test_bad_tokens(server, name):
    got = status(
        server.port, "/haechi.v1.DecisionService/Decide", (("authorization", bad_tokens()[name]),)
    )
    assert got is grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize("kind", EventKind)
@pytest.mark.parametrize("role", Role)
def test_role_by_event(role, kind):
    mine = {
        "gate": "GATE_EVENT GATE_ACTION EXIT_SEEN",
        "sensor": "FACE_MATCH SCANNER_RESULT SENSOR_STATUS EXIT_SEEN",
        "feeder": "TRAVELER_MANIFEST TRAVELER_DECLARATION PARCEL_MANIFEST LINK UNLINK "
        "IDENTITY_LINK INTELLIGENCE CASE_CLOSED",
        "officer": "OFFICER_ACTION INSPECTION_OUTCOME CASE_CLOSED",
        "monitor": "DRIFT_DETECTED",
        "faces": "FACE_MATCH SENSOR_STATUS",
    }
    assert may_send(role, kind, historical=False) == (kind.name in mine.get(role, "").split())


def test_a_feeder_labels_only_the_past():
    assert may_send(Role.FEEDER, EventKind.INSPECTION_OUTCOME, historical=True)
    assert not may_send(Role.FEEDER, EventKind.INSPECTION_OUTCOME, historical=False)


def test_nobody_sends_the_engines_own_events_nor_governance():
    sent = set().union(*EVENTS.values())
    assert not sent & {
        EventKind.TICK,
        EventKind.ENGINE_STARTED,
        EventKind.DEAD_LETTER,
        EventKind.PROVISIONAL_DELIVERED,
        EventKind.WATCH_ACKNOWLEDGED,
        EventKind.RULE_SET,
        EventKind.MODEL_PROMOTION,
        EventKind.ERASURE,
        EventKind.TRUST_CHANGED,
        EventKind.LINKED_RISK,
    }


def scan(device: str) -> event_pb2.Event:
    made = event_pb2.Event()
    fill(made)
    made.face_match.camera = device
    made.face_match.role = 2
    made.face_match.outcome = 1
    made.face_match.captured_us = made.envelope.event_time_us
    return made


def test_a_sensor_reports_only_what_is_its_own(connect):
    mine = connect(Role.SENSOR, CAMERA)
    told = list(mine.publish([scan(CAMERA), scan("ICN-T1-CAM-EXIT-2"), event()]))
    assert [t.refusal.code for t in told] == ["", "FORBIDDEN", "WRONG_METHOD"]


def test_a_gate_publishes_only_for_its_own_gates(connect):
    made = event_pb2.Event()
    fill(made)
    made.exit_seen.gate = OTHER_GATE
    made.exit_seen.stage = 4
    told = list(connect(Role.GATE, GATE).publish([made]))
    assert told[0].refusal.code == "FORBIDDEN"


def test_a_gate_watches_only_its_own_gates(connect):
    with pytest.raises(grpc.RpcError) as caught:
        next(connect(Role.GATE, GATE).watch(gate=OTHER_GATE))
    assert failure(caught.value)[0] is grpc.StatusCode.PERMISSION_DENIED


def test_health_follows_the_engine(connect, engine):
    client = connect(Role.OPERATOR)
    assert client.healthy()
    assert client.healthy("haechi.v1.IngestService")
    engine.is_healthy = False
    assert not client.healthy()


def test_health_is_watched(server, keyring, engine):
    token = keyring.sign("o", Role.OPERATOR, ("*",))
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        watch = channel.unary_stream(
            "/grpc.health.v1.Health/Watch",
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )(b"", metadata=(("authorization", f"Bearer {token}"),), timeout=5)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        engine.is_healthy = False
        assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING
        watch.cancel()


def test_governance_says_what_it_does_not_do(server, keyring):
    token = keyring.sign("a", Role.APPROVER, ("*",))
    got = status(
        server.port,
        "/haechi.v1.GovernanceService/Erase",
        (("authorization", f"Bearer {token}"),),
    )
    assert got is grpc.StatusCode.UNIMPLEMENTED
